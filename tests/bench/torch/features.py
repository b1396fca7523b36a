"""Features of the feature networks by PyTorch.

`features.py NAME WEIGHTS IMAGES OUT` writes the features of the tensor `images` [N, T, H, W, 3] of a safetensors file,
in double precision. `features.py NAME WEIGHTS IMAGES` is a side of the bench: it computes all features once, writes a
first line, and computes them again for each line of its input. `--torchvision` uses torchvision's R(2+1)D-18.
"""

import argparse
import time

import torch
from safetensors.torch import load_file, save_file

from networks import as_input, open_network
from worker import memory, send


def torchvision_network(weights: dict[str, torch.Tensor]):
    from torchvision.models.video import r2plus1d_18

    model = r2plus1d_18(weights=None).double().eval()
    model.fc = torch.nn.Identity()
    missing, surplus = model.load_state_dict(weights, strict=False)
    assert not surplus and all(name.endswith("num_batches_tracked") for name in missing), (missing, surplus)
    return model


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("weights")
    parser.add_argument("images")
    parser.add_argument("out", nargs="?")
    parser.add_argument("--torchvision", action="store_true")
    parser.add_argument("--batch", type=int, default=8)
    options = parser.parse_args()
    images, weights = load_file(options.images)["images"], load_file(options.weights)
    with torch.inference_mode():
        if options.out:
            weights = {name: tensor.double() for name, tensor in weights.items()}
            network = open_network(options.name, weights, fold=False)
            if options.torchvision:
                model = torchvision_network(weights)
                network = lambda images: model(as_input(options.name, images))
            parts = [network(part.double()).float() for part in images.split(options.batch)]
            save_file({"features": torch.cat(parts)}, options.out)
            return
        network = open_network(options.name, weights, fold=True)
        run = lambda: sum(network(part).sum().item() for part in images.split(options.batch))
        send({"ready": True, "value": run(), "version": torch.__version__, "threads": torch.get_num_threads()})
        while True:
            try:
                line = input()
            except EOFError:
                return
            if line.strip() == "memory":
                send(memory(torch.device("cpu")))
                continue
            start = time.perf_counter()
            value = run()
            send({"ms": (time.perf_counter() - start) * 1000, "value": value})


if __name__ == "__main__":
    main()
