"""One training step: an update of the discriminator, then one of the generator against it.

The frames are generated once per step: detached for the discriminator, with their graph for the generator.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from damsm import damsm_loss
from discriminator import condition_part_of, conditional_logits, encode_pictures, feature_part_of, unconditional_logits
from dynamic_block import Text
from generator import Generated, generate
from layers import Weights, spectral_norm

Report = dict[str, Tensor]
Step = Callable[[Tensor, Text, dict[str, Tensor], int], Report]


def discriminator_loss(
    weights: Weights, config: dict, images: Tensor, fakes: Tensor, mean: Tensor, text: Text, noise: dict[str, Tensor]
) -> tuple[Tensor, Report, Weights]:
    """(real_c + real_u)/2 + (fake_c + fake_u + wrong_c)/3; only the real pairs update running statistics.

    `wrong` pairs a real frame with the condition of the next story in the batch. Returns loss, report and vectors u.
    """
    normalised, vectors = spectral_norm(weights)
    features, selectors = encode_pictures(normalised, config, images, text, noise, "real", track=True)
    feature_part = feature_part_of(normalised, features)
    fake, _ = encode_pictures(normalised, config, fakes, text, noise, "fake", track=False)
    condition_part = condition_part_of(normalised, condition_of(text, mean), features.shape[1])
    wrong_part = condition_part.roll(-text.mask.shape[1], 0)
    logits = {
        "real_c": conditional_logits(normalised, feature_part, condition_part, track=True),
        "real_u": unconditional_logits(normalised, features),
        "fake_c": conditional_logits(normalised, feature_part_of(normalised, fake), condition_part, track=False),
        "fake_u": unconditional_logits(normalised, fake),
        "wrong_c": conditional_logits(normalised, feature_part, wrong_part, track=False),
    }
    # −log σ(±x): logits should be high for real pairs and low for the others.
    losses = {name: F.softplus(-x if name.startswith("real") else x).mean() for name, x in logits.items()}
    loss = (losses["real_c"] + losses["real_u"]) / 2 + (losses["fake_c"] + losses["fake_u"] + losses["wrong_c"]) / 3
    report = {f"loss.d.{name}": value.detach() for name, value in losses.items()}
    report["accuracy.real"] = (logits["real_c"] > 0).float().mean()
    report["accuracy.fake"] = (logits["fake_c"] < 0).float().mean()
    report["accuracy.wrong"] = (logits["wrong_c"] < 0).float().mean()
    return loss, report | {f"p_sa.{name}": value for name, value in selectors.items()}, vectors


def generator_loss(
    weights: Weights, config: dict, generated: Generated, text: Text, noise: dict[str, Tensor]
) -> tuple[Tensor, Report]:
    """fake_c + fake_u + kl·KL + damsm·DAMSM; the discriminator's statistics and vectors u are not changed."""
    normalised, _ = spectral_norm(weights)
    features, _ = encode_pictures(normalised, config, generated.images, text, noise, "fake", track=False)
    condition_part = condition_part_of(normalised, condition_of(text, generated.mean), features.shape[1])
    conditional = conditional_logits(normalised, feature_part_of(normalised, features), condition_part, track=False)
    mean, log_variance = generated.mean, generated.log_variance
    report = {
        "loss.g.fake_c": F.softplus(-conditional).mean(),
        "loss.g.fake_u": F.softplus(-unconditional_logits(normalised, features)).mean(),
        "kl": (mean.square() + log_variance.exp() - log_variance - 1).mean() * 0.5,
    }
    total = report["loss.g.fake_c"] + report["loss.g.fake_u"] + config["loss"]["kl"] * report["kl"]
    if config["loss"]["damsm"] > 0:
        report["loss.g.damsm"] = damsm_loss(weights, config, generated.images, text)
        total = total + config["loss"]["damsm"] * report["loss.g.damsm"]
    report = {name: value.detach() for name, value in report.items()}
    return total, report | {f"p_sa.{name}": value for name, value in generated.selectors.items()}


def condition_of(text: Text, mean: Tensor) -> Tensor:
    """Sentence and story code of each frame [B·T, D + c]; no gradient reaches the code."""
    tiled = mean.detach()[:, None].expand(-1, text.mask.shape[1], -1)
    return torch.cat([text.sentences, tiled], 2).flatten(0, 1)


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
    parts = ("generator", "discriminator")
    trained = {part: [weights[name].requires_grad_() for name in trainable if name.startswith(part)] for part in parts}
    rates = {"generator": settings["learningRateG"], "discriminator": settings["learningRateD"]}
    betas = (settings["beta1"], settings["beta2"])
    adam = {part: torch.optim.Adam(trained[part], rates[part], betas, fused=True) for part in parts}
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
        for optimizer in adam.values():
            optimizer.zero_grad(set_to_none=True)
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
            loss_g, report_g = loss_of_g(weights, config, generated, text, noise)
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
