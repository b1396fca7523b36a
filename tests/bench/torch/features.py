"""What feature networks see, by PyTorch.

`features.py NAME WEIGHTS IMAGES OUT` writes the features of the tensor `images` [N, T, H, W, 3] of a safetensors file, in
double precision. `features.py NAME WEIGHTS IMAGES` is a side of the bench: it sees all images once, says so with its
first line, and again for each line "work" on its input. `--torchvision` takes torchvision's module for R(2+1)D-18.
"""

import argparse
import time

import torch
from safetensors.torch import load_file, save_file

from networks import feed, open_network
from worker import memory, say


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
    told = parser.parse_args()
    images, weights = load_file(told.images)["images"], load_file(told.weights)
    with torch.inference_mode():
        if told.out:
            weights = {name: tensor.double() for name, tensor in weights.items()}
            see = open_network(told.name, weights, fold=False)
            if told.torchvision:
                model = torchvision_network(weights)
                see = lambda images: model(feed(told.name, images))
            parts = [see(part.double()).float() for part in images.split(told.batch)]
            save_file({"features": torch.cat(parts)}, told.out)
            return
        see = open_network(told.name, weights, fold=True)
        work = lambda: sum(see(part).sum().item() for part in images.split(told.batch))
        say({"ready": True, "value": work(), "version": torch.__version__, "threads": torch.get_num_threads()})
        while True:
            try:
                line = input()
            except EOFError:
                return
            if line.strip() == "memory":
                say(memory(torch.device("cpu")))
                continue
            start = time.perf_counter()
            value = work()
            say({"ms": (time.perf_counter() - start) * 1000, "value": value})


if __name__ == "__main__":
    main()
