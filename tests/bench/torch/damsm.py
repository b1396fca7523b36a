"""Losses of generated frames through the frozen image encoder: DAMSM, distance to the real frames, and objects."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from augment import changed
from dynamic_block import Text
from layers import Weights, batch_norm, conv, leaky_relu, linear, pixel_rows


@dataclass(frozen=True)
class ImageCode:
    """What the image encoder computes of N pictures."""

    regions: Tensor  # [N, 8·8, D]
    whole: Tensor  # [N, D]
    maps: list[Tensor]  # of all its convolutions [N, C, H, W]


def encode_image(weights: Weights, images: Tensor) -> ImageCode:
    """Encodes images [N, 3, 64, 64], with running statistics."""

    def step(i: int, x: Tensor) -> Tensor:
        x = conv(weights, f"tower.conv{i}", x, stride=2)
        return leaky_relu(batch_norm(weights, f"tower.conv{i}.bn", x, training=False))

    maps = []
    for i in (1, 2, 3, 4):
        maps.append(step(i, maps[-1] if maps else images))
    regions = pixel_rows(conv(weights, "tower.regions", maps[2])) + weights["tower.places"]  # of 8×8
    return ImageCode(regions, linear(weights, "tower.global", pixel_rows(maps[3]).flatten(1)), maps)


def image_losses(
    weights: Weights,
    config: dict,
    drawn: Tensor,
    real: Tensor,
    text: Text,
    noise: dict[str, Tensor],
    encoder_objects: float | Tensor,
) -> dict[str, tuple[Tensor, float | Tensor]]:
    """The losses that are on, with their weights, by name; both kinds of frames [B·T, 3, 64, 64] are shifted by the same random pixels."""
    losses = config["loss"]
    if losses["damsm"] == losses["perceptual"] == losses["encoderObjects"] == 0:
        return {}

    def encode(images: Tensor) -> ImageCode:
        return encode_image(weights, changed(images, losses["jitter"], noise, "jitter"))

    of_drawn = encode(drawn)
    terms = {}
    if losses["damsm"] > 0:
        terms["damsm"] = damsm_loss(config, of_drawn, text), losses["damsm"]
    if losses["perceptual"] > 0:
        with torch.no_grad():
            of_real = encode(real)
        pairs = [(F.avg_pool2d(drawn, 8), F.avg_pool2d(real, 8))]
        pairs += list(zip(of_drawn.maps, of_real.maps, strict=True))[-2:]
        distance = torch.stack([(a - b).abs().mean() for a, b in pairs]).mean()
        terms["perceptual"] = distance, losses["perceptual"]
    if losses["encoderObjects"] > 0:
        loss = object_loss(weights, "tower.objects", of_drawn.maps[2], text)
        terms["encoder_objects"] = loss, encoder_objects
    return terms


def object_logits(weights: Weights, head: str, features: Tensor) -> Tensor:
    """Logits of the objects that a head finds anywhere in a map [N, C, H, W]: [N, K]."""
    places = conv(weights, f"{head}.places", features).flatten(2) + weights[f"{head}.bias"][:, None]  # [N, K, H·W]
    return places.logsumexp(2)


def object_loss(weights: Weights, head: str, features: Tensor, text: Text) -> Tensor:
    """Cross-entropy of the objects that a head finds, and those that frames show."""
    return F.binary_cross_entropy_with_logits(object_logits(weights, head, features), text.targets.flatten(0, 1))


def rejection_loss(weights: Weights, head: str, features: Tensor, text: Text) -> Tensor:
    """Cross-entropy to 0 of what frames should show: a head that also sees drawn frames rejects it there."""
    return (F.softplus(object_logits(weights, head, features)) * text.targets.flatten(0, 1)).mean()


def damsm_loss(config: dict, code: ImageCode, text: Text) -> Tensor:
    """Cross-entropy of finding the caption and the picture in the batch, by words and by whole sentences.

    Frames of one story are not held against each other.
    """
    regions, whole = code.regions, code.whole
    frames = text.mask.shape[1]
    scores = [
        word_scores(config, regions, text),
        F.normalize(whole, dim=1) @ F.normalize(text.sentences.flatten(0, 1), dim=1).T,
    ]
    own = torch.arange(len(whole), device=whole.device)
    story = own // frames
    same = (story[:, None] == story) & ~torch.eye(len(whole), dtype=torch.bool, device=whole.device)
    total = torch.zeros((), device=whole.device)
    for score in scores:
        logits = (score * config["text"]["gamma3"]).masked_fill(same, -1e9)  # [picture, caption]
        total = total + F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)
    return total


def word_scores(config: dict, regions: Tensor, text: Text) -> Tensor:
    """log Σ_w exp(γ2·cos(c_w, w)) for all pairs [N, M], where c_w is the context vector of word w in the picture.

    c_w is never formed: with r the regions and β its weights, c·w = Σ β (r·w) and |c|² = βᵀ(r rᵀ)β.
    """
    gamma1, gamma2 = config["text"]["gamma1"], config["text"]["gamma2"]
    words = text.words.flatten(0, 1)  # [M, L, D]
    captions, length, _ = words.shape
    pictures, places, _ = regions.shape
    products = (words.flatten(0, 1) @ regions.mT).view(pictures, captions, length, places)  # r·w [N, M, L, R]
    penalty = text.penalty.view(captions, length, 1)
    over_words = F.softmax(products + penalty, 2)  # each region shares itself out among the caption's words
    weights = F.softmax(over_words * gamma1, 3)  # β [N, M, L, R]
    dot = (weights * products).sum(3)  # c·w [N, M, L]
    flat = weights.view(pictures, captions * length, places)
    context = (torch.bmm(flat, torch.bmm(regions, regions.mT)) * flat).sum(2).view_as(dot)  # |c|²
    norm = words.square().sum(2)  # |w|² [M, L]
    cosine = dot * torch.rsqrt((context * norm).clamp(min=1e-16))
    votes = torch.exp((cosine - 1) * gamma2) * text.mask.flatten(0, 1)  # e^γ2 comes back after the logarithm
    return torch.log(votes.sum(2) + 1e-12) + gamma2
