"""The generator: [z; s; ŝ; c] → 4×4 features → four up blocks with dynamic blocks between them → a 64×64 picture."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from dynamic_block import Text, generator_fuse, select, words_of
from layers import Weights, attend, batch_norm, conv, linear, standardise


@dataclass(frozen=True)
class Generated:
    """The output of the generator for B stories with T frames."""

    images: Tensor  # in [-1, 1] [B·T, 3, 64, 64]
    mean: Tensor  # μ of the story code [B, c]
    log_variance: Tensor  # log σ² [B, c]
    selectors: dict[str, Tensor]  # mean p(SA) of each dynamic block: `g8`, …


def generate(weights: Weights, config: dict, text: Text, noise: dict[str, Tensor], training: bool) -> Generated:
    """Generates every frame; training updates running statistics, inference uses the mean of the story code."""
    settings = config["model"]
    stories, frames, width = text.sentences.shape
    all_words = text.words.flatten(1, 2)  # [B, T·L, D]
    normalised = settings["input"] == "normalised"
    scale = 1.0 if normalised else width**-0.5
    read = attend(text.sentences, all_words, scale, text.penalty.flatten(1))  # ŝ [B, T, D]
    mean_sentence = text.sentences.mean(1)  # [B, D]
    mean, log_variance = linear(weights, "generator.ca", mean_sentence).chunk(2, 1)
    code = mean + torch.exp(0.5 * log_variance) * noise["code"] if training else mean
    gru = [weights[f"generator.gru.{part}"] for part in ("kernel", "recurrent", "bias", "recurrentBias")]
    states, _ = torch.gru(text.sentences, code[None], gru, True, 1, 0.0, training, False, True)  # [B, T, c]

    of_story = [mean_sentence, code] if settings["storyInput"] else []
    tiled = [x[:, None].expand(-1, frames, -1) for x in of_story]
    context = torch.cat([text.sentences, read, states, *tiled], 2)
    if normalised:
        context = standardise(weights, "generator.context", context, training, track=True)
    z = noise["z"].expand(stories, frames, -1)
    x = linear(weights, "generator.fc", torch.cat([z, context], 2).flatten(0, 1))
    x = F.relu(batch_norm(weights, "generator.fc.bn", x, training, track=True))
    x = x.view(stories * frames, 4, 4, -1).permute(0, 3, 1, 2)  # channels-last memory without a copy
    words = words_of(weights, "generator", config, text, training, track=True)
    selectors = {}
    for i, size in enumerate([8, 16, 32, 64], start=1):
        x = conv(weights, f"generator.up{i}.conv", F.interpolate(x, scale_factor=2.0, mode="nearest"))
        x = F.relu(batch_norm(weights, f"generator.up{i}.bn", x, training, track=True))
        if size in settings["db"]["gSizes"]:
            name = f"generator.db{size}"
            logistic = noise[f"logistic.g{size}"] if training else None
            h, p = select(weights, name, config, x, words, logistic, training, track=True)
            x = generator_fuse(weights, name, x, h, training)
            selectors[f"g{size}"] = p.detach().mean()
    return Generated(torch.tanh(conv(weights, "generator.image", x)), mean, log_variance, selectors)
