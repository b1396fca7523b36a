"""DAMSM loss of generated frames through the frozen image encoder: which caption belongs to which picture."""

import torch
import torch.nn.functional as F
from torch import Tensor

from dynamic_block import Text
from layers import Weights, batch_norm, conv, leaky_relu, linear, pixel_rows


def encode_image(weights: Weights, images: Tensor) -> tuple[Tensor, Tensor]:
    """Regions [N, 8·8, D] and global codes [N, D] of images [N, 3, 64, 64], with running statistics."""

    def step(i: int, x: Tensor) -> Tensor:
        x = conv(weights, f"tower.conv{i}", x, stride=2)
        return leaky_relu(batch_norm(weights, f"tower.conv{i}.bn", x, training=False))

    middle = step(3, step(2, step(1, images)))  # [N, 4w, 8, 8]
    regions = pixel_rows(conv(weights, "tower.regions", middle)) + weights["tower.places"]
    return regions, linear(weights, "tower.global", pixel_rows(step(4, middle)).flatten(1))


def damsm_loss(weights: Weights, config: dict, images: Tensor, text: Text) -> Tensor:
    """Cross-entropy of finding the caption and the picture in the batch, by words and by whole sentences.

    Frames of one story are not held against each other.
    """
    regions, whole = encode_image(weights, images)
    frames = text.mask.shape[1]
    scores = [
        word_scores(config, regions, text),
        F.normalize(whole, dim=1) @ F.normalize(text.sentences.flatten(0, 1), dim=1).T,
    ]
    story = torch.arange(len(images), device=images.device) // frames
    same = (story[:, None] == story) & ~torch.eye(len(images), dtype=torch.bool, device=images.device)
    own = torch.arange(len(images), device=images.device)
    total = torch.zeros((), device=images.device)
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
