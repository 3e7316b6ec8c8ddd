#!/usr/bin/env python3
"""GFLOP/s of float32 matrix products in PyTorch, by OpenBLAS and by oneDNN's 1x1 convolution, as JSON.

    /usr/bin/python3 torch_matmul.py --threads 1
    /usr/bin/python3 torch_matmul.py --shapes MatMul.Forward:520x192x768,MatMul.NT:128x128x3072

Linear layers are shaped rows x inputs x outputs, the general products NN, NT and TN m x n x k.
"""
from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from typing import Callable

import environment
from arguments import Parser, count, seconds

LINEAR = ("MatMul.Forward", "MatMul.BackwardInput", "MatMul.BackwardWeight")
GENERAL = ("MatMul.NN", "MatMul.NT", "MatMul.TN")
Shape = tuple[str, int, int, int]


def standard() -> list[Shape]:
    """The models' layers on 8 and 32 images of 65 tokens, the decoder's, and the Gram matrix of a batch of images."""
    layers = [(d, n * d) for d in (192, 384, 768) for n in (1, 3, 4)] + [(4 * d, d) for d in (192, 384, 768)]
    layers += [(128, 128), (128, 384), (128, 512), (512, 128)]
    return [(kind, rows, *layer) for rows in (520, 2080) for layer in layers for kind in LINEAR] + [("MatMul.NT", 128, 128, 3072)]


def shapes(text: str) -> list[Shape]:
    """ENTRY:AxBxC with commas between."""
    return [_shape(word) for word in text.split(",")]


def _shape(text: str) -> Shape:
    kind, _, sizes = text.partition(":")
    numbers = sizes.split("x")
    if kind not in LINEAR + GENERAL or len(numbers) != 3 or not all(n.isascii() and n.isdigit() and int(n) for n in numbers):
        raise argparse.ArgumentTypeError(f"'{text}' is not ENTRY:AxBxC with an ENTRY of {', '.join(LINEAR + GENERAL)}")
    return (kind, *map(int, numbers))


def products(shape: Shape) -> dict[str, Callable]:
    """The product by each library; both in the form that suits them, so that no transposed copy is timed."""
    import torch

    from operators import multiply

    kind, a, b, c = shape

    def random(*sizes: int):
        return torch.rand(*sizes) - 0.5

    if kind == "MatMul.Forward":
        x, weight, bias = random(a, b), random(c, b), random(c)
        return {"openblas": lambda: torch.addmm(bias, x, weight.t()), "onednn": lambda: multiply(x, weight, bias)}
    if kind == "MatMul.BackwardInput":
        slope, weight = random(a, c), random(c, b)
        turned = weight.t().contiguous()
        return {"openblas": lambda: torch.mm(slope, weight), "onednn": lambda: multiply(slope, turned)}
    if kind == "MatMul.BackwardWeight":
        slope, x = random(a, c), random(a, b)
        return {"openblas": lambda: torch.mm(slope.t(), x)}
    if kind == "MatMul.TN":
        left, right = random(c, a), random(c, b)
        return {"openblas": lambda: torch.mm(left.t(), right)}
    left, right = random(a, c), random(b, c)
    turned = right.t().contiguous()
    openblas = (lambda: torch.mm(left, turned)) if kind == "MatMul.NN" else lambda: torch.mm(left, right.t())
    return {"openblas": openblas, "onednn": lambda: multiply(left, right)}


def median_seconds(product: Callable, budget: float) -> float:
    """Of one call, after some that warm up."""
    begin = time.perf_counter()
    taken: list[float] = []
    while len(taken) < 7 or time.perf_counter() - begin < budget:
        start = time.perf_counter()
        product()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken[2:])


def measure(shape: Shape, budget: float) -> dict:
    """Both libraries on one shape."""
    kind, *sizes = shape
    flops = 2 * sizes[0] * sizes[1] * sizes[2]
    result = {"kernel": kind, "shape": "x".join(map(str, sizes))}
    for library, product in products(shape).items():
        taken = median_seconds(product, budget)
        result[library] = {"milliseconds": taken * 1e3, "gflops": flops / taken / 1e9}
    return result


def main() -> int:
    """Restarts in the tuned environment, then measures."""
    parser = Parser(__doc__)
    parser.add_argument("--threads", type=count, default=1, help="threads of a single product")
    parser.add_argument("--shapes", type=shapes, default=standard(), metavar="LIST", help="ENTRY:AxBxC,... (default: the models' shapes)")
    parser.add_argument("--seconds", type=seconds, default=0.03, help="time for each product")
    options = parser.parse_args()
    environment.restart(environment.tuned(options.threads))
    environment.require_torch()
    import torch

    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    torch.set_grad_enabled(False)
    kernels = [measure(shape, options.seconds) for shape in options.shapes]
    print(json.dumps({"threads": options.threads, "torch": torch.__version__, "kernels": kernels}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
