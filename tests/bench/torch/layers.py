"""The layers of both networks, on flat records of named tensors.

Pictures are [N, C, H, W] in channels-last memory, so that their pixels are rows [N, H·W, C] without a copy. Weights
have the kit's own names; `files.py` converts their layouts.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

Weights = dict[str, Tensor]

SLOPE = 0.2  # of LeakyReLU
MOMENTUM = 0.1  # share of the new batch in BatchNorm's running statistics
EPSILON = 1e-5
MASKED = -1e9  # added to the score of a padded word


def conv(weights: Weights, name: str, x: Tensor, stride: int = 1) -> Tensor:
    """A convolution that keeps the size divided by `stride`: a border of 1 for 3×3 and 4×4, none for 1×1."""
    kernel = weights[f"{name}.kernel"]
    return F.conv2d(x, kernel, stride=stride, padding=(kernel.shape[-1] - 1) // 2)


def linear(weights: Weights, name: str, x: Tensor) -> Tensor:
    """[N, I] → [N, O]."""
    kernel, bias = weights[f"{name}.kernel"], weights.get(f"{name}.bias")
    return x @ kernel if bias is None else torch.addmm(bias, x, kernel)


def batch_norm(weights: Weights, name: str, x: Tensor, training: bool, track: bool = False) -> Tensor:
    """Normalises channels; in training by the batch; `track` updates the running statistics, in place."""
    running = not training or track
    return F.batch_norm(
        x,
        weights[f"{name}.mean"] if running else None,
        weights[f"{name}.variance"] if running else None,
        weights[f"{name}.scale"],
        weights[f"{name}.offset"],
        training,
        MOMENTUM,
        EPSILON,
    )


def standardise(
    weights: Weights, name: str, x: Tensor, training: bool, track: bool = False, mask: Tensor | None = None
) -> Tensor:
    """Mean 0 and variance 1 of each channel [..., C], in training by the batch; `mask` [..., 1] is 1 where x counts.

    `track` updates the running statistics, in place.
    """
    if not training:
        mean, variance = weights[f"{name}.mean"], weights[f"{name}.variance"]
        return (x - mean) * torch.rsqrt(variance + EPSILON)
    if mask is None:
        # The fused kernel, which takes [N, C].
        running = (weights[f"{name}.mean"], weights[f"{name}.variance"]) if track else (None, None)
        return F.batch_norm(x.flatten(0, -2), *running, None, None, True, MOMENTUM, EPSILON).view(x.shape)
    axes = tuple(range(x.dim() - 1))
    count = mask.sum().clamp(min=1)
    mean = (x * mask).sum(axes) / count
    variance = ((x - mean).square() * mask).sum(axes) / count
    if track:
        with torch.no_grad():
            weights[f"{name}.mean"].lerp_(mean, MOMENTUM)
            weights[f"{name}.variance"].lerp_(variance * (count / (count - 1).clamp(min=1)), MOMENTUM)
    return (x - mean) * torch.rsqrt(variance + EPSILON)


def leaky_relu(x: Tensor) -> Tensor:
    return F.leaky_relu(x, SLOPE)


def pixel_rows(x: Tensor) -> Tensor:
    """[N, C, H, W] → [N, H·W, C], a view of channels-last memory."""
    return x.permute(0, 2, 3, 1).flatten(1, 2)


def attend(a: Tensor, b: Tensor, scale: float, penalty: Tensor | None = None) -> Tensor:
    """softmax(scale · a bᵀ + penalty) b: queries [G, Q, C], keys and values in one [G, K, C] → [G, Q, C].

    `penalty` [G, K] is 0 for a word and MASKED for padding.
    """
    mask = None if penalty is None else penalty[:, None, None, :]  # [G, 1, 1, K]
    # The kernels that keep the scores out of memory want a head axis.
    return F.scaled_dot_product_attention(a[:, None], b[:, None], b[:, None], attn_mask=mask, scale=scale)[:, 0]


def spectral_norm(weights: Weights) -> tuple[Weights, Weights]:
    """Divides every kernel with a vector `.u` by its largest singular value, estimated by one power iteration.

    Returns the weights with normalised kernels, and the next vectors u. u and v are held still for gradients.
    """
    normalised, vectors = dict(weights), {}
    for name, u in weights.items():
        if not name.endswith(".u"):
            continue
        kernel = weights[name.removesuffix(".u")]
        with torch.no_grad():
            matrix = rows(kernel)  # [O, K]
            left = unit(matrix.T @ u)  # [K]
            right = unit(matrix @ left)  # [O]
        sigma = torch.dot(right, torch.mv(rows(kernel), left))
        normalised[name.removesuffix(".u")] = kernel / sigma
        vectors[name] = right
    return normalised, vectors


def rows(kernel: Tensor) -> Tensor:
    """A kernel [O, I, H, W] as a matrix [O, H·W·I], a view of channels-last memory."""
    return kernel.permute(0, 2, 3, 1).flatten(1)


def unit(vector: Tensor) -> Tensor:
    return vector * torch.rsqrt(vector.square().sum() + 1e-12)
