"""The model and the images of the attacks' golden values: a small Vision Transformer, adversarially trained for a minute on patterns of ten
classes, so that attacks are neither trivial nor hopeless.

    python3 tests/golden/attacks/victim.py      writes victim.safetensors beside this file

The file is what the comparisons start from; a new one makes all other golden values of this folder void.
"""
import json
import pathlib
import struct
import sys

import numpy as np
import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import make_golden  # noqa: E402
import reference_model as ref  # noqa: E402

MODEL = {"image": 16, "channels": 3, "patch": 4, "embed": 24, "depth": 2, "heads": 3, "mlp_ratio": 2.0, "classes": 10, "pool": "avg"}
FILE = HERE / "victim.safetensors"
IMAGES = 128
EPSILON = 8 / 255


def patterns(generator, count):
    """Images [count, 3, 16, 16] on the 1/255 grid and labels: a class is a wave in each channel, under noise and another class's faint wave."""
    side, channels = MODEL["image"], MODEL["channels"]
    fixed = np.random.Generator(np.random.PCG64(1))
    at = np.arange(side) / side
    waves = np.stack([np.sin(2 * np.pi * (f[0] * at[:, None] + f[1] * at[None]) + f[2] * 6)
                      for f in fixed.uniform(-2.5, 2.5, (MODEL["classes"] * channels, 3))])
    waves = waves.reshape(MODEL["classes"], channels, side, side)
    labels, others = generator.integers(0, MODEL["classes"], (2, count))
    strength = generator.uniform(0.05, 0.3, (count, 1, 1, 1))
    images = 0.5 + strength * waves[labels] + 0.08 * waves[others] + generator.normal(0, 0.1, (count, channels, side, side))
    levels = np.clip(np.round(images * 255), 0, 255).astype(np.uint8)
    return torch.from_numpy(levels), torch.from_numpy(labels)


def train():
    """Parameters after 1500 steps of Adam on images that two PGD steps attacked."""
    parameters = {name: value.clone().requires_grad_(True) for name, value in make_golden.parameters(MODEL).items()}
    optimiser = torch.optim.Adam(parameters.values(), lr=2e-3)
    generator = np.random.Generator(np.random.PCG64(2))
    torch.manual_seed(0)
    for step in range(1500):
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * (1 - step / 1500)
        levels, labels = patterns(generator, 64)
        images = levels.float() / 255
        start = torch.from_numpy(generator.uniform(-EPSILON, EPSILON, images.shape).astype(np.float32))
        _, visited = ref.pgd(lambda x: F.cross_entropy(ref.classify(parameters, MODEL, x), labels, reduction="sum"),
                             images, start, 2, EPSILON, EPSILON)
        loss = F.cross_entropy(ref.classify(parameters, MODEL, visited[-1].detach()), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return {name: value.detach() for name, value in parameters.items()}


def load():
    """Parameters, images [IMAGES, 3, 16, 16] in [0, 1] and labels of the file."""
    blob = FILE.read_bytes()
    length, = struct.unpack_from("<Q", blob)
    types = {"F32": np.float32, "U8": np.uint8, "I64": np.int64}
    tensors = {}
    for name, entry in json.loads(blob[8:8 + length]).items():
        begin, end = entry["data_offsets"]
        data = np.frombuffer(blob[8 + length + begin:8 + length + end], types[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(data.copy())
    images, labels = tensors.pop("images").float() / 255, tensors.pop("labels")
    return tensors, images, labels


class Classifier(torch.nn.Module):
    """The model as the originals want it. In float64 it still takes and gives float32: what an attack then does else is up to rounding."""

    def __init__(self, parameters, dtype=torch.float32):
        super().__init__()
        self.dtype = dtype
        self.values = {name: value.to(dtype) for name, value in parameters.items()}

    def forward(self, x):
        return ref.classify(self.values, MODEL, x.to(self.dtype)).float()


def main():
    parameters = train()
    levels, labels = patterns(np.random.Generator(np.random.PCG64(3)), IMAGES)
    make_golden.write_safetensors(FILE, {**parameters, "images": levels, "labels": labels})
    predictions = ref.classify(parameters, MODEL, levels.float() / 255).argmax(1)
    print(f"{FILE.name}: {FILE.stat().st_size} bytes, {(predictions == labels).sum().item()} of {IMAGES} images right")


if __name__ == "__main__":
    main()
