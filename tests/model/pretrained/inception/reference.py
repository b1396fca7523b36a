"""What torchvision's Inception v3 makes of two pictures: writes reference.json beside this file.

    pip install torch==2.14.1 torchvision==0.29.1      (the CPU builds do)
    python tests/model/pretrained/inception/reference.py

Weights, pictures and projections follow from names and indices (formula.ts has the same formula), so that nothing large
is stored. PyTorch computes in double precision here: the reference is not to have rounding of its own.
"""
import functools
import json
import os
import sys
from unittest import mock

import numpy as np
import torch
import torch.nn.functional as F
from torchvision.models import inception_v3

PICTURES = (2, 64, 64, 3)
PROJECTIONS = 4


def noise(name, shape):
    """Numbers in [-1, 1) on a grid of 2^-31: FNV-1a of the name, and MurmurHash3's finaliser over the index."""
    start = 0x811C9DC5
    for byte in name.encode():
        start = (start ^ byte) * 0x01000193 % 2**32
    h = np.arange(np.prod(shape, dtype=np.int64), dtype=np.uint32) * np.uint32(0x9E3779B9) + np.uint32(start)
    h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    h = h ^ (h >> np.uint32(16))
    return (h / 2**31 - 1).reshape(shape)


def weights(name, shape):
    """Float32 weights that keep activations near one: He's variance for kernels, all of BatchNorm away from 0 and 1."""
    u = noise(name, shape)
    if len(shape) == 4:
        u = u * np.sqrt(6 / (shape[1] * shape[2] * shape[3]))
    elif name.endswith(".weight"):
        u = 1 + 0.25 * u
    elif name.endswith(".running_var"):
        u = 1.1 + 0.5 * u
    else:
        u = 0.25 * u
    return torch.from_numpy(u.astype(np.float32))


def build():
    model = inception_v3(weights=None, init_weights=False, aux_logits=False, transform_input=False).eval()
    model.fc = torch.nn.Identity()
    state = {name: weights(name, tuple(old.shape)) for name, old in model.state_dict().items() if old.is_floating_point()}
    model.load_state_dict(state, strict=False)
    return model.double()


def pool_by(block, pool):
    """Lets a block use another function where it takes the average."""
    forward = block.forward

    def patched(x):
        with mock.patch.object(F, "avg_pool2d", pool):
            return forward(x)

    block.forward = patched


def make_fid(model):
    without_padding = functools.partial(F.avg_pool2d, count_include_pad=False)
    for name, block in model.named_children():
        if name.startswith("Mixed"):
            pool_by(block, F.max_pool2d if name == "Mixed_7c" else without_padding)


def measure(name, tensor):
    """Mean, deviation and projections on noise of a whole tensor: every element counts, and so does its place."""
    flat = tensor.detach().reshape(-1).numpy()
    return {
        "shape": list(tensor.shape),
        "mean": flat.mean(),
        "deviation": flat.std(),
        "first": flat[:8].tolist(),
        "projections": [
            float(flat @ noise(f"{name}.{i}", flat.shape) / np.sqrt(flat.size)) for i in range(PROJECTIONS)
        ],
    }


def run(model):
    pictures = torch.from_numpy(noise("pictures", PICTURES).astype(np.float32)).double().requires_grad_()
    regions = []
    hook = model.Mixed_6e.register_forward_hook(lambda module, inputs, output: regions.append(output))
    x = F.interpolate(pictures.permute(0, 3, 1, 2), (299, 299), mode="bilinear", align_corners=False)
    pooled = model(x)
    hook.remove()
    maps = regions[0].permute(0, 2, 3, 1)  # [N, 17, 17, 768]
    total = sum(
        (tensor * torch.from_numpy(noise(name, tuple(tensor.shape)))).sum() / tensor.numel() ** 0.5
        for name, tensor in (("dregions", maps), ("dpooled", pooled))
    )
    (gradient,) = torch.autograd.grad(total, pictures)
    named = {"regions": maps, "pooled": pooled, "gradient": gradient}
    return {name: measure(name, tensor) for name, tensor in named.items()}


def main():
    model = build()
    learnt = sum(p.numel() for p in model.parameters())
    imagenet = run(model)
    make_fid(model)
    result = {"parameters": learnt, "imagenet": imagenet, "fid": run(model)}
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, "reference.json"), "w") as file:
        json.dump(result, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    sys.exit(main())
