"""One training step on the inputs of a folder; writes its report and the new state to `torch.safetensors` there.

The tensors are under `report/`, `model/`, `moments/` and `ema/`, with our names and in our layouts. Computed in double
precision: by rounding alone, PyTorch's float32 gradients differ more from these than ours do.
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
    device = torch.device(options.device)
    inputs = read_inputs(options.folder, device, torch.float64)
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
    results = {
        f"{part}/{name}": from_torch(name, tensor).float().cpu()
        for part, tensors in parts.items()
        for name, tensor in tensors.items()
        if not name.startswith("tower.")
    }
    save_file(results, Path(options.folder) / "torch.safetensors")


if __name__ == "__main__":
    main()
