"""Random changes of pictures: a shift and other colours, by numbers in (-1, 1)."""

import torch
import torch.nn.functional as F
from torch import Tensor


def changed(images: Tensor, pixels: float, noise: dict[str, Tensor], name: str, whole: bool = False) -> Tensor:
    """Images [N, 3, H, W], each or each story's moved by up to `pixels`, by whole ones if asked, and recoloured."""
    if pixels == 0:
        return images
    by, colour = noise[f"{name}.shift"], noise[f"{name}.colour"]  # [N, 2] or [B, 2]; [N, 2, 3] or [B, 2, 3]
    frames = len(images) // len(by)
    by, colour = (x.repeat_interleave(frames, 0) for x in (by * pixels, colour))
    return recolour(shift(images, (by + 0.5).floor() if whole else by), colour)


def shift(images: Tensor, by: Tensor) -> Tensor:
    """Images [N, C, H, W] moved by fractions of pixels [N, 2] (down, right): bilinear, with black borders."""
    pictures, _, height, width = images.shape
    rows = torch.arange(height, device=images.device, dtype=images.dtype)[None, :] - by[:, :1]  # [N, H]
    columns = torch.arange(width, device=images.device, dtype=images.dtype)[None, :] - by[:, 1:]
    x = (2 * columns + 1) / width - 1  # as grid_sample counts without aligned corners
    y = (2 * rows + 1) / height - 1
    grid = torch.stack([x[:, None].expand(-1, height, -1), y[:, :, None].expand(-1, -1, width)], 3)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def recolour(images: Tensor, by: Tensor) -> Tensor:
    """Contrast and brightness of each channel, changed by up to a tenth: by [N, 2, 3] in (-1, 1)."""
    contrast, brightness = (0.1 * by).unbind(1)
    return images * (1 + contrast[:, :, None, None]) + brightness[:, :, None, None]
