"""The dynamic block: a selector chooses between self-attention and word attention."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from layers import MASKED, Weights, attend, batch_norm, conv, leaky_relu, pixel_rows, standardise


@dataclass(frozen=True)
class Text:
    """Encoded captions of B stories with T frames each and up to L words."""

    words: Tensor  # [B, T, L, D], 0 on padding
    sentences: Tensor  # [B, T, D]
    mask: Tensor  # [B, T, L], 1 for a word
    targets: Tensor  # [B, T, K], 1 for what a frame shows; losses alone read it

    @property
    def penalty(self) -> Tensor:
        """Summand of attention scores [B, T, L]: 0 for a word, MASKED for padding."""
        return (1 - self.mask) * MASKED


@dataclass(frozen=True)
class Words:
    """The words of each picture, as the blocks of a network read them."""

    values: Tensor  # [N, L, D]
    mask: Tensor  # [N, L]

    def roll(self, pictures: int) -> "Words":
        """The words of other pictures, that many further."""
        return Words(self.values.roll(-pictures, 0), self.mask.roll(-pictures, 0))


def words_of(weights: Weights, network: str, config: dict, text: Text, training: bool, track: bool) -> Words:
    """The words of the frames, with `wordScale` unit standardised over those that are no padding."""
    values, mask = text.words.flatten(0, 1), text.mask.flatten(0, 1)
    if config["model"]["db"]["wordScale"] == "unit":
        values = standardise(weights, f"{network}.words", values, training, track, mask[:, :, None])
    return Words(values, mask)


def select(
    weights: Weights,
    name: str,
    config: dict,
    x: Tensor,
    words: Words,
    logistic: Tensor | None,
    training: bool,
    track: bool,
) -> tuple[Tensor, Tensor]:
    """Both attentions, mixed by p(SA) = σ((u + ℓ)/τ); without noise ℓ (inference) SA exactly where u > 0.

    Takes features [N, C, H, W] and logistic [N]; returns attended features of the same shape, and p(SA) [N].
    """
    settings = config["model"]["db"]
    pictures, channels, height, width = x.shape
    scale = channels**-0.5 if settings["scale"] else 1.0
    pixels = pixel_rows(x)  # [N, H·W, C]
    mask = words.mask
    b = (words.values * mask[:, :, None]) @ weights[f"{name}.words"]  # [N, L, C]
    h_words = attend(pixels, b, scale, (1 - mask) * MASKED)
    h_self = attend(pixels, pixels, scale)
    mean_a = pixels.mean(1)  # [N, C]
    mean_b = torch.bmm(mask[:, None], b)[:, 0] / mask.sum(1, keepdim=True).clamp(min=1)
    if settings["selector"] != "plain":
        mean_a = standardise(weights, f"{name}.a", mean_a, training, track)
        mean_b = standardise(weights, f"{name}.b", mean_b, training, track)
    u = (mean_a * mean_b).sum(1) * (scale if settings["selector"] == "plain" else channels**-0.5)  # [N]
    if settings["selector"] == "logit":
        u = standardise(weights, f"{name}.logit", u[:, None], training, track)[:, 0]
    tau = settings["tau"]
    p = (u > 0).to(u.dtype) if logistic is None else torch.sigmoid((u + logistic) / tau)
    h = torch.lerp(h_words, h_self, p[:, None, None].to(h_words.dtype))
    return h.view(pictures, height, width, channels).permute(0, 3, 1, 2), p


def generator_fuse(weights: Weights, name: str, x: Tensor, h: Tensor, training: bool) -> Tensor:
    """ReLU(BN(conv3×3([x; h])))."""
    y = conv(weights, f"{name}.fuse", torch.cat([x, h], 1))
    return F.relu(batch_norm(weights, f"{name}.bn", y, training, track=True))


def discriminator_fuse(weights: Weights, name: str, x: Tensor, h: Tensor) -> Tensor:
    """LeakyReLU(x + γ·conv1×1([x; h]))."""
    change = conv(weights, f"{name}.fuse", torch.cat([x, h], 1))
    return leaky_relu(torch.addcmul(x, weights[f"{name}.gamma"], change))
