"""Writes the PyTorch checkpoints that torch_test.ts reads, and the numbers that PyTorch itself holds.

    python tests/formats/python/make_torch_fixtures.py && deno fmt tests/base/python

Each state dict is saved twice: as a zip, and as the stream that was written before PyTorch 1.6. Files are held as Base64
of their gzip in torch.json. Made with PyTorch 2.13.
"""
import base64, collections, gzip, io, json, os
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
torch.manual_seed(1)


class Odd:
    """An object of a class, which no reader of weights should make."""


def model():
    return torch.nn.Sequential(torch.nn.Conv2d(2, 3, (1, 2), bias=False), torch.nn.BatchNorm2d(3)).state_dict()


big = torch.arange(24.0)
cases = {
    "a module's state": model(),
    "views": collections.OrderedDict(
        rows=big.view(4, 6)[1:3],  # an offset
        columns=big.view(4, 6).t(),  # strides
        every_other=big[::2].view(3, 4),
        one_place=big.view(1, 24)[:, 3:4],
        empty=torch.zeros(0, 3),
        scalar=torch.tensor(2.5),
    ),
    "types": {
        "half": torch.tensor([1.5, -0.25, 65504.0, 6e-8]).half(),
        "bfloat16": torch.tensor([1.5, -3e38, 1e-30]).bfloat16(),
        "integers": torch.tensor([3, -4, 2**40]),
        "parameter": torch.nn.Parameter(torch.tensor([[7.0]])),
    },
    "inside": {"epoch": 3, "state_dict": {"weight": torch.tensor([1.0, 2.0])}, "optimizer": {"lr": 0.1}},
    "doubles": {"weight": torch.tensor([1.0], dtype=torch.float64)},
    "expanded": {"weight": torch.tensor([1.0]).expand(3)},
    "a module": torch.nn.Linear(1, 1),
    "an object": {"weight": torch.tensor([1.0]), "extra": Odd()},
    "no tensor": {"weight": torch.tensor([1.0]), "epoch": 3},
}


def plain(value):
    tensors = value.get("state_dict", value) if isinstance(value, dict) else {}
    return {
        name: {"shape": list(t.shape), "dtype": str(t.dtype).removeprefix("torch."), "data": t.double().flatten().tolist()}
        for name, t in tensors.items() if isinstance(t, torch.Tensor)
    }


def packed(value, zipped):
    file = io.BytesIO()
    torch.save(value, file, _use_new_zipfile_serialization=zipped)
    return base64.b64encode(gzip.compress(file.getvalue(), mtime=0)).decode()


found = {
    name: {"zip": packed(value, True), "stream": packed(value, False), "tensors": plain(value)}
    for name, value in cases.items()
}
with open(os.path.join(HERE, "torch.json"), "w") as file:
    json.dump(found, file, indent=1)
