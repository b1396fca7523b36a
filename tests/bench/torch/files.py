"""Weights and batches from the kit's safetensors files, in the layouts that PyTorch is fast with."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from dynamic_block import Text


@dataclass(frozen=True)
class Inputs:
    """The start of one measurement, as `inputs.ts` wrote it."""

    config: dict
    trainable: list[str]
    draws: dict[str, dict]  # shape and kind of each random input of a step
    weights: dict[str, Tensor]  # both networks, and the frozen image encoder if the loss uses it
    average: dict[str, Tensor]  # the generator's moving average; empty where it is off
    moments: dict[str, Tensor]  # Adam's `NAME.m` and `NAME.v`; empty for a start from zero
    step: int  # number of the first step
    images: Tensor  # real frames [B·T, 3, 64, 64]
    text: Text
    noise: dict[str, Tensor]


def read_inputs(folder: str, device: torch.device, dtype: torch.dtype = torch.float32) -> Inputs:
    """Reads `inputs.json` and `inputs.safetensors` of a folder."""
    header = json.loads((Path(folder) / "inputs.json").read_text())
    parts: dict[str, dict[str, Tensor]] = {}
    for path, tensor in load_file(Path(folder) / "inputs.safetensors", device=str(device)).items():
        part, name = path.split("/", 1)
        tensor = tensor.to(dtype)
        parts.setdefault(part, {})[name] = tensor if part in ("batch", "noise") else to_torch(name, tensor)
    batch = parts["batch"]
    images = batch["images"].flatten(0, 1).permute(0, 3, 1, 2)  # channels-last memory without a copy
    return Inputs(
        config=header["config"],
        trainable=header["trainable"],
        draws=header["draws"],
        weights=parts["model"] | parts.get("frozen", {}),
        average=parts.get("ema", {}),
        moments=parts.get("moments", {}),
        step=header["step"],
        images=images,
        text=Text(batch["words"], batch["sentences"], batch["mask"], batch["targets"]),
        noise=parts["noise"],
    )


def is_recurrent(name: str) -> bool:
    return name.startswith("generator.gru.") and name.removesuffix(".m").removesuffix(".v").endswith(
        ("kernel", "recurrent")
    )


def to_torch(name: str, tensor: Tensor) -> Tensor:
    """Our layout to PyTorch's: convolutions [H, W, I, O] → [O, I, H, W] channels-last, GRU kernels transposed."""
    if tensor.dim() == 4:
        return tensor.permute(3, 2, 0, 1).contiguous(memory_format=torch.channels_last)
    return tensor.T.contiguous() if is_recurrent(name) else tensor


def from_torch(name: str, tensor: Tensor) -> Tensor:
    """PyTorch's layout to ours."""
    if tensor.dim() == 4:
        tensor = tensor.permute(2, 3, 1, 0)
    elif is_recurrent(name):
        tensor = tensor.T
    return tensor.detach().contiguous()


def draw_noise(draws: dict[str, dict], device: torch.device) -> dict[str, Tensor]:
    """Fresh noise of a step: standard normal, standard logistic, or uniform in (−1, 1)."""
    noise = {}
    for name, draw in draws.items():
        if draw["kind"] == "normal":
            noise[name] = torch.randn(draw["shape"], device=device)
        elif draw["kind"] == "uniform":
            noise[name] = 2 * torch.rand(draw["shape"], device=device) - 1
        else:
            noise[name] = torch.rand(draw["shape"], device=device).clamp(1e-7, 1 - 1e-7).logit()
    return noise
