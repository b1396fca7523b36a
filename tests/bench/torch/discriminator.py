"""The discriminator: an encoder with dynamic blocks, and two heads, of the picture alone and with its condition.

Always in training mode. The given kernels are already normalised, see `spectral_norm`.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from dynamic_block import Words, discriminator_fuse, select
from layers import Weights, batch_norm, conv, leaky_relu, pixel_rows

SIDE = 4  # of the last feature map


@dataclass(frozen=True)
class Encoded:
    """The output of the encoder for N pictures."""

    features: Tensor  # [N, C, 4, 4]
    selectors: dict[str, Tensor]  # mean p(SA) of each block: `d16`, …
    of_picture: Tensor  # features before the first block, which no words have reached; the last ones without a block


def encode_pictures(
    weights: Weights,
    config: dict,
    images: Tensor,
    words: Words,
    noise: dict[str, Tensor],
    kind: str,
    track: bool,
    from_block: bool = False,
) -> Encoded:
    """Encodes images [N, 3, 64, 64]; `kind` is `real`, `fake` or `wrong`.

    With `from_block`, `images` are the features before the first block of another pass.
    """
    settings = config["model"]["db"]
    selectors = {}
    x = images
    of_picture = x if from_block else None
    for i, size in enumerate([32, 16, 8, 4], start=1):
        block = size in settings["dSizes"]
        skip = from_block and not selectors  # up to the first block, which reads what is given
        if not skip:
            x = conv(weights, f"discriminator.conv{i}", x, stride=2)
            if i > 1:
                x = batch_norm(weights, f"discriminator.conv{i}.bn", x, True, track)
            x = leaky_relu(x)
        if block:
            of_picture = x if of_picture is None else of_picture
            name = f"discriminator.db{size}"
            h, p = select(weights, name, config, x, words, noise[f"logistic.{kind}.d{size}"], True, track)
            x = discriminator_fuse(weights, name, x, h)
            selectors[f"d{size}"] = p.detach().mean()
    return Encoded(x, selectors, x if of_picture is None else of_picture)


def unconditional_logits(weights: Weights, features: Tensor) -> Tensor:
    """Logits [N] of the pictures alone."""
    return out(weights, "discriminator.unconditional.out", features)


def feature_part_of(weights: Weights, features: Tensor) -> Tensor:
    """The features' part of the conditional head's convolution; linear, so that means can be taken after it."""
    kernel = weights["discriminator.conditional.join.kernel"]
    return F.conv2d(features, kernel[:, : features.shape[1]], padding=1)


def condition_part_of(weights: Weights, condition: Tensor, features: int) -> Tensor:
    """The part of a condition [N, K] that is the same at all places: one matmul, with the taps summed beforehand."""
    kernel = weights["discriminator.conditional.join.kernel"][:, features:]  # [C, K, 3, 3]
    channels, width = kernel.shape[:2]
    inside = taps_inside(kernel.device, kernel.dtype)  # [16, 9]
    taps = kernel.permute(1, 0, 2, 3).reshape(width * channels, 9)
    by_place = (taps @ inside.T).view(width, channels, SIDE, SIDE).permute(0, 2, 3, 1)
    maps = condition @ by_place.reshape(width, -1)  # [N, 4·4·C]
    return maps.view(-1, SIDE, SIDE, channels).permute(0, 3, 1, 2)


def taps_inside(device: torch.device, dtype: torch.dtype) -> Tensor:
    """Whether tap (i, j) of a 3×3 kernel at place (y, x) falls inside the 4×4 map [16, 9]."""
    places = torch.arange(SIDE, device=device)[:, None] + torch.arange(3, device=device) - 1  # [4, 3]
    inside = ((places >= 0) & (places < SIDE)).to(dtype)
    return torch.einsum("yi,xj->yxij", inside, inside).reshape(SIDE * SIDE, 9)


def conditional_logits(weights: Weights, feature_part: Tensor, condition_part: Tensor, track: bool) -> Tensor:
    """Logits [N] of pictures with their conditions, from the two parts."""
    joined = feature_part + condition_part
    x = leaky_relu(batch_norm(weights, "discriminator.conditional.join.bn", joined, True, track))
    return out(weights, "discriminator.conditional.out", x)


def out(weights: Weights, name: str, x: Tensor) -> Tensor:
    """A 4×4 convolution over the whole 4×4 map is one dot product: [N, C, 4, 4] → [N]."""
    kernel = weights[f"{name}.kernel"].permute(2, 3, 1, 0).reshape(-1, 1)
    return torch.addmm(weights[f"{name}.bias"], pixel_rows(x).flatten(1), kernel)[:, 0]
