"""What the words of a story determine of its frames: objects, and the colours of sky and ground.

    python ceiling.py STORIES.safetensors

The file holds, for train, val and test, "words" [S, T, V], "objects" [S, T, K] and "colours" [S, T, 6]. One hidden layer
reads, for each frame, the words of its sentence, those of the sentences so far and those of all; it is trained with
several seeds, and the epoch and the threshold are chosen on val. Prints one line of JSON: numbers of the test stories.
"""

import json
import sys

import numpy as np
import torch
from safetensors.torch import load_file

HIDDEN, EPOCHS, BATCH, RATE = 512, 12, 256, 1e-3

data = load_file(sys.argv[1])


def inputs(words: torch.Tensor) -> torch.Tensor:
    """[S, T, V] → [S·T, 4V + T]: own words, those so far, those of the story, how often in the story; and t."""
    stories, frames, _ = words.shape
    whole = words.amax(1, keepdim=True).expand_as(words)
    counts = words.mean(1, keepdim=True).expand_as(words)
    so_far = torch.cummax(words, 1).values
    at = torch.eye(frames).expand(stories, frames, frames)
    return torch.cat([words, so_far, whole, counts, at], 2).flatten(0, 1)


def split(name: str):
    objects, colours = (data[f"{name}.{kind}"].flatten(0, 1) for kind in ("objects", "colours"))
    return inputs(data[f"{name}.words"]), objects, colours


x, train_objects, train_colours = split("train")
val, val_objects, val_colours = split("val")
test, objects, colours = split("test")


def f1(found: torch.Tensor, true: torch.Tensor) -> float:
    return 100 * (2 * (found * true).sum() / (found.sum() + true.sum())).item()


def correlation(a: torch.Tensor, b: torch.Tensor) -> float:
    return float(np.mean([np.corrcoef(a[:, c], b[:, c])[0, 1] for c in range(a.shape[1])]))


def trained(seed: int, target: torch.Tensor, loss, score):
    """The predictions for test at the epoch with the best score on val; `target` is that of train."""
    torch.manual_seed(seed)
    net = torch.nn.Sequential(
        torch.nn.Linear(x.shape[1], HIDDEN),
        torch.nn.BatchNorm1d(HIDDEN),
        torch.nn.ReLU(),
        torch.nn.Dropout(0.5),
        torch.nn.Linear(HIDDEN, target.shape[1]),
    )
    optimiser = torch.optim.AdamW(net.parameters(), RATE, weight_decay=0.01)
    best, predictions = -1.0, None
    for _ in range(EPOCHS):
        net.train()
        for rows in torch.randperm(len(x)).split(BATCH):
            optimiser.zero_grad()
            loss(net(x[rows]), target[rows]).backward()
            optimiser.step()
        net.eval()
        with torch.no_grad():
            value = score(net(val))
            if value > best:
                best, predictions = value, net(test)
    return predictions


def measure(seed: int) -> dict:
    middle, spread = train_colours.mean(0), train_colours.std(0)  # correlation is blind to both
    thresholds = [i / 20 for i in range(4, 12)]
    best = {"threshold": 0.5, "f1": -1.0}

    def score_objects(logits: torch.Tensor) -> float:
        scores = [f1((logits.sigmoid() > t).float(), val_objects) for t in thresholds]
        if max(scores) > best["f1"]:
            best.update(f1=max(scores), threshold=thresholds[int(np.argmax(scores))])
        return max(scores)

    cross_entropy = torch.nn.functional.binary_cross_entropy_with_logits
    found = trained(seed, train_objects, cross_entropy, score_objects)
    scaled = (train_colours - middle) / spread
    drawn = trained(seed, scaled, torch.nn.functional.mse_loss, lambda y: correlation(y, val_colours))
    return {
        "object-f1": f1((found.sigmoid() > best["threshold"]).float(), objects),
        "colour-match sky": correlation(drawn[:, :3], colours[:, :3]),
        "colour-match ground": correlation(drawn[:, 3:], colours[:, 3:]),
    }


runs = [measure(seed) for seed in (1, 2, 3)]
print(json.dumps({"torch": torch.__version__, "runs": runs, "mean": {k: float(np.mean([r[k] for r in runs])) for k in runs[0]}}))
