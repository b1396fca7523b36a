"""PyTorch's side of the bench: a process that answers lines of its input with one JSON object each.

`worker.py FOLDER train|generate [--device D] [--precision P] [--compile]` loads the inputs, runs the workload once and
writes a first line; the line "memory" then requests peaks, and any other line one more run.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable

import torch

from files import Inputs, draw_noise, read_inputs
from generator import generate
from train import training_step


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("kind", choices=["train", "generate"])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="float32", choices=["float32", "tf32", "bfloat16"])
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    # By default PyTorch allows TF32 in convolutions.
    torch.backends.cuda.matmul.allow_tf32 = options.precision == "tf32"
    torch.backends.cudnn.allow_tf32 = options.precision == "tf32"
    torch.backends.cudnn.benchmark = True
    torch.manual_seed(1)

    device = torch.device(options.device)
    inputs = read_inputs(options.folder, device)
    prepare = {"train": prepare_training, "generate": prepare_generation}[options.kind]
    run = prepare(inputs, device, options)
    send({"ready": True, "value": run(), "version": torch.__version__, "threads": torch.get_num_threads()})
    for line in sys.stdin:
        if line.strip() == "memory":
            send(memory(device))
            continue
        synchronize(device)
        start = time.perf_counter()
        value = run()
        send({"ms": (time.perf_counter() - start) * 1000, "value": value})


def prepare_training(inputs: Inputs, device: torch.device, options: argparse.Namespace) -> Callable[[], float]:
    """One training step with fresh noise; its value is the generator's loss, and reading it waits for the step."""
    autocast = options.precision == "bfloat16"
    step, adam = training_step(
        inputs.weights, inputs.average, inputs.trainable, inputs.config, options.compile, autocast
    )
    number = 0

    def run() -> float:
        nonlocal number
        number += 1
        report = step(inputs.images, inputs.text, draw_noise(inputs.draws, device), number)
        synchronize(device)
        return report["loss.g"].item()

    return run


def prepare_generation(inputs: Inputs, device: torch.device, options: argparse.Namespace) -> Callable[[], float]:
    """Generation of the batch's stories in inference mode, with fresh z; its value is the mean of the frames."""
    run_generator = torch.compile(generate, dynamic=False) if options.compile else generate
    draws = {"z": inputs.draws["z"]}
    autocast = torch.autocast(device.type, torch.bfloat16, enabled=options.precision == "bfloat16")

    def run() -> float:
        with torch.inference_mode(), autocast:
            images = run_generator(inputs.weights, inputs.config, inputs.text, draw_noise(draws, device), False).images
        return images.float().cpu().mean().item()

    return run


def synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def memory(device: torch.device) -> dict[str, int]:
    """Peaks in bytes: of the process's resident memory, and of the memory that PyTorch reserved on the GPU."""
    peaks = {"rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}  # kilobytes on Linux
    if device.type == "cuda":
        peaks["device"] = torch.cuda.max_memory_reserved(device)
    return peaks


def send(message: dict) -> None:
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    main()
