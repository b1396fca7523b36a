"""One training step on the inputs of a folder; writes its report and the new state to `float64.safetensors` there.

The tensors are under `report/`, `model/`, `moments/` and `ema/`, with our names and in our layouts. `float32.safetensors`
has the same step in single precision: what differs between the two is rounding.
"""

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file

from files import from_torch, read_inputs
from train import PREFIXES, training_step


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    for dtype in (torch.float64, torch.float32):
        name = str(dtype).removeprefix("torch.")
        save_file(step_of(options.folder, torch.device(options.device), dtype), Path(options.folder) / f"{name}.safetensors")


def step_of(folder: str, device: torch.device, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """Report and new state of one step, computed in a precision."""
    inputs = read_inputs(folder, device, dtype)
    step, adam = training_step(inputs.weights, inputs.average, inputs.trainable, inputs.config)
    for part, optimizer in adam.items():
        names = [name for name in inputs.trainable if name.startswith(PREFIXES[part])]
        for name, parameter in zip(names, optimizer.param_groups[0]["params"], strict=True):
            optimizer.state[parameter] = {
                "step": torch.tensor(inputs.step - 1.0, device=device),
                "exp_avg": inputs.moments[f"{name}.m"],
                "exp_avg_sq": inputs.moments[f"{name}.v"],
            }
    report = step(inputs.images, inputs.text, inputs.noise, inputs.step)
    parts = {"report": report, "model": inputs.weights, "moments": inputs.moments, "ema": inputs.average}
    return {
        f"{part}/{name}": from_torch(name, tensor).float().cpu()
        for part, tensors in parts.items()
        for name, tensor in tensors.items()
        if not name.startswith("tower.")
    }


if __name__ == "__main__":
    main()
