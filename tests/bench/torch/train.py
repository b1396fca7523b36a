"""One training step: an update of the discriminator, then one of the generator against it.

The frames are generated once per step: detached for the discriminator, with their graph for the generator.
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from augment import changed
from damsm import image_losses, object_loss, rejection_loss
from discriminator import condition_part_of, conditional_logits, encode_pictures, feature_part_of, unconditional_logits
from dynamic_block import Text, words_of
from generator import Generated, generate
from layers import Weights, spectral_norm

Report = dict[str, Tensor]
Step = Callable[[Tensor, Text, dict[str, Tensor], int], Report]


# What each optimiser trains; the object head is trained with the discriminator.
PREFIXES = {"generator": ("generator",), "discriminator": ("discriminator", "objects")}


def discriminator_loss(
    weights: Weights, config: dict, images: Tensor, fakes: Tensor, mean: Tensor, text: Text, noise: dict[str, Tensor]
) -> tuple[Tensor, Report, Weights]:
    """(real_c + real_u)/2 + (fake_c + fake_u + wrong_c)/3 + story·(real_s + (fake_s + mixed_s)/2) + objects.

    `wrong` pairs a real frame with the condition and the words of the next story in the batch; `_s` are whole stories.
    Only the real pairs update running statistics. Returns loss, report and vectors u.
    """
    normalised, vectors = spectral_norm(weights)
    frames = text.mask.shape[1]
    words = words_of(normalised, "discriminator", config, text, True, track=True)
    augment = config["loss"]["augment"]
    images = changed(images, augment, noise, "augment.real", whole=True)
    real = encode_pictures(normalised, config, images, words, noise, "real", track=True)
    features, feature_part = real.features, feature_part_of(normalised, real.features)
    fakes = changed(fakes, augment, noise, "augment.fake", whole=True)
    fake = encode_pictures(normalised, config, fakes, words, noise, "fake", track=False)
    fake_part = feature_part_of(normalised, fake.features)
    condition_part = condition_part_of(normalised, condition_of(text, mean), features.shape[1])
    wrong_features = feature_part
    if config["loss"]["wrong"] == "words" and real.selectors:
        wrong = encode_pictures(
            normalised, config, real.of_picture, words.roll(frames), noise, "wrong", track=False, from_block=True
        )
        wrong_features = feature_part_of(normalised, wrong.features)
    logits = {
        "real_c": conditional_logits(normalised, feature_part, condition_part, track=True),
        "real_u": unconditional_logits(normalised, features),
        "fake_c": conditional_logits(normalised, fake_part, condition_part, track=False),
        "fake_u": unconditional_logits(normalised, fake.features),
        "wrong_c": conditional_logits(normalised, wrong_features, condition_part.roll(-frames, 0), track=False),
    }
    of_story = config["loss"]["story"]
    if of_story > 0:
        story_condition = mean_of_frames(condition_part, frames)
        for name, part in (("real", feature_part), ("fake", fake_part), ("mixed", mix_stories(feature_part, frames))):
            part = mean_of_frames(part, frames)
            logits[f"{name}_s"] = conditional_logits(normalised, part, story_condition, track=False)
    # −log σ(±x): logits should be high for real pairs and low for the others.
    losses = {name: F.softplus(-x if name.startswith("real") else x).mean() for name, x in logits.items()}
    loss = (losses["real_c"] + losses["real_u"]) / 2 + (losses["fake_c"] + losses["fake_u"] + losses["wrong_c"]) / 3
    if of_story > 0:
        loss = loss + of_story * (losses["real_s"] + (losses["fake_s"] + losses["mixed_s"]) / 2)
    if config["loss"]["objects"] > 0:
        losses["objects"] = object_loss(weights, "objects", real.of_picture, text)
        loss = loss + config["loss"]["objects"] * losses["objects"]
        if config["loss"]["objectsFrom"] == "both":
            losses["fake_objects"] = rejection_loss(weights, "objects", fake.of_picture, text)
            loss = loss + config["loss"]["objects"] * losses["fake_objects"]
    report = {f"loss.d.{name}": value.detach() for name, value in losses.items()}
    report["accuracy.real"] = (logits["real_c"] > 0).float().mean()
    for name, of in (("fake", "fake_c"), ("wrong", "wrong_c"), ("mixed", "mixed_s")):
        if of in logits:
            report[f"accuracy.{name}"] = (logits[of] < 0).float().mean()
    return loss, report | {f"p_sa.{name}": value for name, value in real.selectors.items()}, vectors


def generator_loss(
    weights: Weights,
    config: dict,
    generated: Generated,
    images: Tensor,
    text: Text,
    noise: dict[str, Tensor],
    encoder_objects: Tensor,
) -> tuple[Tensor, Report]:
    """fake_c + fake_u + kl·KL + story·fake_s + objects + image losses; the discriminator's statistics and vectors u stay.

    `encoder_objects` is the weight of that loss at this step.
    """
    normalised, _ = spectral_norm(weights)
    frames = text.mask.shape[1]
    words = words_of(normalised, "discriminator", config, text, True, track=False)
    seen = changed(generated.images, config["loss"]["augment"], noise, "augment.fake", whole=True)
    encoded = encode_pictures(normalised, config, seen, words, noise, "fake", track=False)
    features = encoded.features
    feature_part = feature_part_of(normalised, features)
    condition_part = condition_part_of(normalised, condition_of(text, generated.mean), features.shape[1])
    conditional = conditional_logits(normalised, feature_part, condition_part, track=False)
    mean, log_variance = generated.mean, generated.log_variance
    report = {
        "loss.g.fake_c": F.softplus(-conditional).mean(),
        "loss.g.fake_u": F.softplus(-unconditional_logits(normalised, features)).mean(),
        "kl": (mean.square() + log_variance.exp() - log_variance - 1).mean() * 0.5,
    }
    losses = config["loss"]
    total = report["loss.g.fake_c"] + report["loss.g.fake_u"] + losses["kl"] * report["kl"]
    if losses["story"] > 0:
        part, condition = mean_of_frames(feature_part, frames), mean_of_frames(condition_part, frames)
        report["loss.g.fake_s"] = F.softplus(-conditional_logits(normalised, part, condition, track=False)).mean()
        total = total + losses["story"] * report["loss.g.fake_s"]
    if losses["objects"] > 0:
        report["loss.g.objects"] = object_loss(weights, "objects", encoded.of_picture, text)
        total = total + losses["objects"] * report["loss.g.objects"]
    terms = image_losses(weights, config, generated.images, images, text, noise, encoder_objects)
    for name, (loss, weight) in terms.items():
        report[f"loss.g.{name}"] = loss
        total = total + weight * loss
    report = {name: value.detach() for name, value in report.items()}
    return total, report | {f"p_sa.{name}": value for name, value in generated.selectors.items()}


def mean_of_frames(x: Tensor, frames: int) -> Tensor:
    """[B·T, …] → [B, …]."""
    return x.unflatten(0, (-1, frames)).mean(1)


def mix_stories(x: Tensor, frames: int) -> Tensor:
    """Frame t of story b + t in place of frame t of story b [B·T, …]."""
    by_story = x.unflatten(0, (-1, frames))  # [B, T, …]
    return torch.stack([by_story[:, t].roll(-t, 0) for t in range(frames)], 1).flatten(0, 1)


def condition_of(text: Text, mean: Tensor) -> Tensor:
    """Sentence and story code of each frame [B·T, D + c]; no gradient reaches the code."""
    tiled = mean.detach()[:, None].expand(-1, text.mask.shape[1], -1)
    return torch.cat([text.sentences, tiled], 2).flatten(0, 1)


def share_of_rate(settings: dict, number: int) -> float:
    """The part of the learning rates that `decay` leaves at a step, which is counted from 1."""
    if settings["decay"] == "none":
        return 1.0
    done = min(1.0, (number - 1) / settings["steps"])
    return 1 - done if settings["decay"] == "linear" else (1 + math.cos(math.pi * done)) / 2


def weight_of_encoder_objects(config: dict, number: int) -> float:
    """The weight of the frozen object head's loss at a step, which is counted from 1."""
    weight, until = config["loss"]["encoderObjects"], config["loss"]["encoderObjectsUntil"]
    if until == 0:
        return weight
    return weight * max(0.0, 1 - (number - 1) / (until * config["train"]["steps"]))


def training_step(
    weights: Weights,
    average: Weights,
    trainable: list[str],
    config: dict,
    compiled: bool = False,
    autocast: bool = False,
) -> tuple[Step, dict[str, torch.optim.Adam]]:
    """A step as a function of images, text, noise and the step's number (from 1), and the two optimisers.

    It changes weights and average in place. `trainable` names the trained parameters; `average` is the generator's
    moving average, empty where it is off. `autocast` computes convolutions and products in bfloat16.
    """
    settings = config["train"]
    trained = {
        part: [weights[name].requires_grad_() for name in trainable if name.startswith(prefixes)]
        for part, prefixes in PREFIXES.items()
    }
    rates = {"generator": settings["learningRateG"], "discriminator": settings["learningRateD"]}
    betas = (settings["beta1"], settings["beta2"])
    adam = {part: torch.optim.Adam(trained[part], rates[part], betas, fused=True) for part in PREFIXES}
    run_generator, loss_of_d, loss_of_g = generate, discriminator_loss, generator_loss
    if compiled:
        functions = (run_generator, loss_of_d, loss_of_g)
        run_generator, loss_of_d, loss_of_g = (torch.compile(f, dynamic=False) for f in functions)
    targets = list(average.values())
    sources = [weights[name].detach() for name in average]
    device = next(iter(weights.values())).device.type

    def mixed() -> torch.autocast:
        return torch.autocast(device, torch.bfloat16, enabled=autocast)

    def step(images: Tensor, text: Text, noise: dict[str, Tensor], number: int) -> Report:
        # 1. Update the discriminator on real stories and on those of the current generator.
        for part, optimizer in adam.items():
            optimizer.zero_grad(set_to_none=True)
            optimizer.param_groups[0]["lr"] = rates[part] * share_of_rate(settings, number)
        with mixed():
            generated = run_generator(weights, config, text, noise, True)
            fakes, mean = generated.images.detach(), generated.mean.detach()
            loss_d, report_d, vectors = loss_of_d(weights, config, images, fakes, mean, text, noise)
        loss_d.backward()
        norm_d = torch.nn.utils.get_total_norm([p.grad for p in trained["discriminator"]])
        adam["discriminator"].step()
        for name, vector in vectors.items():
            weights[name].copy_(vector)

        # 2. Update the generator against the updated discriminator, whose gradients are not needed.
        for p in trained["discriminator"]:
            p.requires_grad_(False)
        with mixed():
            of_encoder = images.new_tensor(weight_of_encoder_objects(config, number))  # a number would compile anew
            loss_g, report_g = loss_of_g(weights, config, generated, images, text, noise, of_encoder)
        loss_g.backward()
        for p in trained["discriminator"]:
            p.requires_grad_(True)
        norm_g = torch.nn.utils.get_total_norm([p.grad for p in trained["generator"]])
        adam["generator"].step()

        # 3. Update the moving average of the generator, which is used for sampling.
        if targets:
            decay = min(settings["ema"], (1 + number) / (10 + number))
            torch._foreach_lerp_(targets, sources, 1 - decay)
        totals = {"loss.d": loss_d, "loss.g": loss_g, "gradient.d": norm_d, "gradient.g": norm_g}
        return report_d | report_g | {name: value.detach() for name, value in totals.items()}

    return step, adam
