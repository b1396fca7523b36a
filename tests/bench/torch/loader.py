"""Batches of stories by PyTorch's DataLoader, from the same files as ours.

`strips`: as the published loaders do it, a picture is cut out of its PNG strip at every access.
`prepared`: from the kit's prepared set, its pictures mapped into memory.

Prints one line of JSON: seconds of each of the last N batches and the sum of the first batch's numbers.
"""

import argparse
import json
import random
import re
import time
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

WORDS = re.compile(r"\w+")


class Stories(Dataset):
    """Training stories of a prepared set: pictures [T, 3, 64, 64] in [-1, 1], tokens and mask [T, L]."""

    def __init__(self, prepared: Path, strips: Path | None, length: int):
        lines = lambda name: [json.loads(line) for line in (prepared / name).read_text().splitlines()]
        self.frames = lines("frames.jsonl")
        self.stories = [story["frames"] for story in lines("stories.jsonl") if story["split"] == "train"]
        self.images = np.memmap(prepared / "images.u8", np.uint8, "c").reshape(-1, 64, 64, 3)
        self.strips = strips
        self.length = length
        self.numbers: dict[str, int] = {}
        for story in self.stories:
            for frame in story:
                for caption in self.frames[frame]["captions"]:
                    for word in WORDS.findall(caption["text"].lower()):
                        self.numbers.setdefault(word, len(self.numbers) + 2)

    def __len__(self) -> int:
        return len(self.stories)

    def picture(self, frame: dict) -> torch.Tensor:
        first, count = frame["pictures"]["first"], frame["pictures"]["count"]
        if self.strips is None:
            pixels = torch.from_numpy(self.images[first + random.randrange(count)])
            return pixels.permute(2, 0, 1).float().div_(127.5).sub_(1)
        from PIL import Image

        with Image.open(self.strips / f"{frame['id']}.png") as strip:
            side = strip.width
            top = random.randrange(strip.height // side) * side
            square = strip.convert("RGB").crop((0, top, side, top + side)).resize((64, 64), Image.BILINEAR)
        return torch.from_numpy(np.array(square)).permute(2, 0, 1).float().div_(127.5).sub_(1)

    def __getitem__(self, index: int):
        frames = [self.frames[frame] for frame in self.stories[index]]
        tokens = torch.zeros(len(frames), self.length, dtype=torch.int32)
        mask = torch.zeros(len(frames), self.length)
        for row, frame in enumerate(frames):
            words = WORDS.findall(random.choice(frame["captions"])["text"].lower())[: self.length]
            tokens[row, : len(words)] = torch.tensor([self.numbers.get(word, 1) for word in words], dtype=torch.int32)
            mask[row, : len(words)] = 1
        return torch.stack([self.picture(frame) for frame in frames]), tokens, mask


def forever(loader: DataLoader):
    while True:
        yield from loader


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("prepared", type=Path)
    parser.add_argument("--strips", type=Path)
    parser.add_argument("--stories", type=int, default=12)
    parser.add_argument("--words", type=int, default=25)
    parser.add_argument("--batches", type=int, default=50)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(1)  # in the workers this is the default anyway
    dataset = Stories(options.prepared, options.strips, options.words)
    loader = DataLoader(
        dataset,
        options.stories,
        shuffle=True,
        drop_last=True,
        num_workers=options.workers,
        persistent_workers=options.workers > 0,
    )
    batches = forever(loader)
    total = sum(float(part.sum()) for part in next(batches))
    for _ in range(2 * options.workers):  # batches prefetched before the timing
        next(batches)
    seconds = []
    for _ in range(options.batches):
        start = time.perf_counter()
        next(batches)
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"seconds": seconds, "sum": total, "version": torch.__version__}))


if __name__ == "__main__":
    main()
