"""FID's Inception v3 and R(2+1)D-18 as functions of weights with torchvision's names, and their input."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

Weights = dict[str, Tensor]

NORMS = ("weight", "bias", "running_mean", "running_var")
KINETICS = ([0.43216, 0.394666, 0.37645], [0.22803, 0.22145, 0.216989])


class Layers:
    """Convolutions with their BatchNorm, which is folded into the kernel where speed is measured."""

    def __init__(self, weights: Weights, epsilon: float, fold: bool):
        self.weights, self.epsilon, self.fold = weights, epsilon, fold
        self.folded: dict[str, tuple[Tensor, Tensor]] = {}

    def __call__(self, conv: str, norm: str, x: Tensor, stride=1, padding=0) -> Tensor:
        kernel = self.weights[f"{conv}.weight"]
        run = F.conv3d if kernel.dim() == 5 else F.conv2d
        if self.fold:
            if conv not in self.folded:
                self.folded[conv] = self.join(kernel, norm)
            return run(x, *self.folded[conv], stride, padding)
        weight, bias, mean, variance = (self.weights[f"{norm}.{part}"] for part in NORMS)
        return F.batch_norm(run(x, kernel, None, stride, padding), mean, variance, weight, bias, False, 0, self.epsilon)

    def join(self, kernel: Tensor, norm: str) -> tuple[Tensor, Tensor]:
        weight, bias, mean, variance = (self.weights[f"{norm}.{part}"] for part in NORMS)
        gain = weight / (variance + self.epsilon).sqrt()
        memory = torch.channels_last_3d if kernel.dim() == 5 else torch.channels_last
        return (kernel * gain.view(-1, *[1] * (kernel.dim() - 1))).contiguous(memory_format=memory), bias - mean * gain


def inception(weights: Weights, fold: bool) -> Callable[[Tensor], Tensor]:
    """Pictures [N, 3, H, W] in [-1, 1] to [N, 2048]."""
    layers = Layers(weights, 1e-3, fold)

    def c(name: str, x: Tensor, stride=1, padding=0) -> Tensor:
        return F.relu_(layers(f"{name}.conv", f"{name}.bn", x, stride, padding))

    def average(x: Tensor) -> Tensor:
        return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)

    def double(name: str, x: Tensor, stride=1) -> Tensor:
        x = c(f"{name}_2", c(f"{name}_1", x), padding=1)
        return c(f"{name}_3", x, stride, padding=1 if stride == 1 else 0)

    def block5(name: str, x: Tensor) -> Tensor:
        b = f"{name}.branch"
        wide = c(f"{b}5x5_2", c(f"{b}5x5_1", x), padding=2)
        return torch.cat([c(f"{b}1x1", x), wide, double(f"{b}3x3dbl", x), c(f"{b}_pool", average(x))], 1)

    def row(name: str, x: Tensor) -> Tensor:
        return c(name, x, padding=(0, 3))

    def column(name: str, x: Tensor) -> Tensor:
        return c(name, x, padding=(3, 0))

    def block6(name: str, x: Tensor) -> Tensor:
        b = f"{name}.branch"
        short = column(f"{b}7x7_3", row(f"{b}7x7_2", c(f"{b}7x7_1", x)))
        long = column(f"{b}7x7dbl_2", c(f"{b}7x7dbl_1", x))
        long = row(f"{b}7x7dbl_5", column(f"{b}7x7dbl_4", row(f"{b}7x7dbl_3", long)))
        return torch.cat([c(f"{b}1x1", x), short, long, c(f"{b}_pool", average(x))], 1)

    def halves(a: str, b: str, x: Tensor) -> Tensor:
        return torch.cat([c(a, x, padding=(0, 1)), c(b, x, padding=(1, 0))], 1)

    def block7(name: str, x: Tensor, pool: Callable[[Tensor], Tensor]) -> Tensor:
        b = f"{name}.branch"
        short = halves(f"{b}3x3_2a", f"{b}3x3_2b", c(f"{b}3x3_1", x))
        long = c(f"{b}3x3dbl_2", c(f"{b}3x3dbl_1", x), padding=1)
        long = halves(f"{b}3x3dbl_3a", f"{b}3x3dbl_3b", long)
        return torch.cat([c(f"{b}1x1", x), short, long, c(f"{b}_pool", pool(x))], 1)

    def forward(x: Tensor) -> Tensor:
        x = F.interpolate(x, (299, 299), mode="bilinear", align_corners=False)
        x = c("Conv2d_2b_3x3", c("Conv2d_2a_3x3", c("Conv2d_1a_3x3", x, 2)), padding=1)
        x = c("Conv2d_4a_3x3", c("Conv2d_3b_1x1", F.max_pool2d(x, 3, 2)))
        x = F.max_pool2d(x, 3, 2)
        for name in ("Mixed_5b", "Mixed_5c", "Mixed_5d"):
            x = block5(name, x)
        b = "Mixed_6a.branch"
        x = torch.cat([c(f"{b}3x3", x, 2), double(f"{b}3x3dbl", x, 2), F.max_pool2d(x, 3, 2)], 1)
        for name in ("Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"):
            x = block6(name, x)
        b = "Mixed_7a.branch"
        split = column(f"{b}7x7x3_3", row(f"{b}7x7x3_2", c(f"{b}7x7x3_1", x)))
        x = torch.cat([c(f"{b}3x3_2", c(f"{b}3x3_1", x), 2), c(f"{b}7x7x3_4", split, 2), F.max_pool2d(x, 3, 2)], 1)
        x = block7("Mixed_7b", x, average)
        return block7("Mixed_7c", x, lambda x: F.max_pool2d(x, 3, 1, 1)).mean((2, 3))

    return forward


def r2plus1d(weights: Weights, fold: bool) -> Callable[[Tensor], Tensor]:
    """Clips [N, 3, T, H, W] to [N, 512], as they are."""
    layers = Layers(weights, 1e-5, fold)

    def pair(name: str, norm: str, x: Tensor, stride: int) -> Tensor:
        """Over space with its BatchNorm and ReLU, then over time with its BatchNorm."""
        x = F.relu_(layers(f"{name}.0", f"{name}.1", x, (1, stride, stride), (0, 1, 1)))
        return layers(f"{name}.3", norm, x, (stride, 1, 1), (1, 0, 0))

    def forward(x: Tensor) -> Tensor:
        x = F.relu_(layers("stem.0", "stem.1", x, (1, 2, 2), (0, 3, 3)))
        x = F.relu_(layers("stem.3", "stem.4", x, 1, (1, 0, 0)))
        for layer in (1, 2, 3, 4):
            for block in (0, 1):
                name = f"layer{layer}.{block}"
                stride = 2 if layer > 1 and block == 0 else 1
                y = F.relu_(pair(f"{name}.conv1.0", f"{name}.conv1.1", x, stride))
                y = pair(f"{name}.conv2.0", f"{name}.conv2.1", y, 1)
                x = x if stride == 1 else layers(f"{name}.downsample.0", f"{name}.downsample.1", x, 2)
                x = F.relu_(y.add_(x))
        return x.mean((2, 3, 4))

    return forward


def as_input(name: str, images: Tensor) -> Tensor:
    """Stories [N, T, H, W, 3] in [-1, 1] as the network called `name` takes them."""
    frames = images.flatten(0, 1).permute(0, 3, 1, 2)  # [N·T, 3, H, W], channels-last as it stands
    if name.startswith("inception"):
        return frames
    side = 112 if name.endswith("kinetics") else 64
    if frames.shape[-1] != side or frames.shape[-2] != side:
        frames = F.interpolate(frames, (side, side), mode="bilinear", align_corners=False)
    if name.endswith("kinetics"):
        mean, deviation = (torch.tensor(values, dtype=images.dtype).view(3, 1, 1) for values in KINETICS)
        frames = ((frames + 1) / 2 - mean) / deviation
    clips = frames.unflatten(0, images.shape[:2]).transpose(1, 2)
    return clips.contiguous(memory_format=torch.channels_last_3d)


def open_network(name: str, weights: Weights, fold: bool) -> Callable[[Tensor], Tensor]:
    """Stories [N, T, H, W, 3] in [-1, 1] to vectors [N·T, 2048] or [N, 512]."""
    forward = (inception if name.startswith("inception") else r2plus1d)(weights, fold)
    return lambda images: forward(as_input(name, images))
