"""The dynamic block: a selector chooses between self-attention and word attention."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from layers import MASKED, Weights, attend, batch_norm, conv, leaky_relu, pixel_rows


@dataclass(frozen=True)
class Text:
    """Encoded captions of B stories with T frames each and up to L words."""

    words: Tensor  # [B, T, L, D], 0 on padding
    sentences: Tensor  # [B, T, D]
    mask: Tensor  # [B, T, L], 1 for a word

    @property
    def penalty(self) -> Tensor:
        """Summand of attention scores [B, T, L]: 0 for a word, MASKED for padding."""
        return (1 - self.mask) * MASKED


def select(
    weights: Weights, name: str, tau: float, x: Tensor, text: Text, logistic: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Both attentions, mixed by p(SA) = σ((u + ℓ)/τ); without noise ℓ (inference) SA exactly where u > 0.

    Takes features [N, C, H, W] and logistic [N]; returns attended features of the same shape, and p(SA) [N].
    """
    pictures, channels, height, width = x.shape
    scale = channels**-0.5
    pixels = pixel_rows(x)  # [N, H·W, C]
    values = text.words.flatten(0, 1)  # [N, L, D]
    mask = text.mask.flatten(0, 1)  # [N, L]
    b = (values * mask[:, :, None]) @ weights[f"{name}.words"]  # [N, L, C]
    h_words = attend(pixels, b, scale, text.penalty.flatten(0, 1))
    h_self = attend(pixels, pixels, scale)
    mean_a = pixels.mean(1)  # [N, C]
    mean_b = torch.bmm(mask[:, None], b)[:, 0] / mask.sum(1, keepdim=True).clamp(min=1)
    u = (mean_a * mean_b).sum(1) * scale  # [N]
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
