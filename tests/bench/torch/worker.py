"""PyTorch's side of the bench: a process that lives on standard input and output, one JSON object a line.

`worker.py FOLDER train|draw [--device D] [--precision P] [--compile]` loads the inputs, works once, and says so with its
first line; then each line "work" on its input is one more piece of work, and "memory" asks for peaks.
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
    parser.add_argument("work", choices=["train", "draw"])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="float32", choices=["float32", "tf32", "bfloat16"])
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    # PyTorch allows TF32 in convolutions unless it is told not to.
    torch.backends.cuda.matmul.allow_tf32 = options.precision == "tf32"
    torch.backends.cudnn.allow_tf32 = options.precision == "tf32"
    torch.backends.cudnn.benchmark = True
    torch.manual_seed(1)

    device = torch.device(options.device)
    inputs = read_inputs(options.folder, device)
    prepare = {"train": prepare_training, "draw": prepare_drawing}[options.work]
    work = prepare(inputs, device, options)
    say({"ready": True, "value": work(), "version": torch.__version__, "threads": torch.get_num_threads()})
    for line in sys.stdin:
        if line.strip() == "memory":
            say(memory(device))
            continue
        synchronize(device)
        start = time.perf_counter()
        value = work()
        say({"ms": (time.perf_counter() - start) * 1000, "value": value})


def prepare_training(inputs: Inputs, device: torch.device, options: argparse.Namespace) -> Callable[[], float]:
    """One training step with fresh noise; its value is the generator's loss, and reading it waits for the step."""
    autocast = options.precision == "bfloat16"
    step, adam = training_step(
        inputs.weights, inputs.average, inputs.trainable, inputs.config, options.compile, autocast
    )
    number = 0

    def work() -> float:
        nonlocal number
        number += 1
        report = step(inputs.images, inputs.text, draw_noise(inputs.draws, device), number)
        synchronize(device)
        return report["loss.g"].item()

    return work


def prepare_drawing(inputs: Inputs, device: torch.device, options: argparse.Namespace) -> Callable[[], float]:
    """The batch's stories drawn in inference mode, with fresh z; its value is the mean of the frames."""
    draw = torch.compile(generate, dynamic=False) if options.compile else generate
    draws = {"z": inputs.draws["z"]}
    autocast = torch.autocast(device.type, torch.bfloat16, enabled=options.precision == "bfloat16")

    def work() -> float:
        with torch.inference_mode(), autocast:
            images = draw(inputs.weights, inputs.config, inputs.text, draw_noise(draws, device), False).images
        return images.float().cpu().mean().item()

    return work


def synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def memory(device: torch.device) -> dict[str, int]:
    """Peaks in bytes: of the process's resident memory, and of what PyTorch held on the GPU."""
    peaks = {"rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}  # kilobytes on Linux
    if device.type == "cuda":
        peaks["device"] = torch.cuda.max_memory_reserved(device)
    return peaks


def say(message: dict) -> None:
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    main()
