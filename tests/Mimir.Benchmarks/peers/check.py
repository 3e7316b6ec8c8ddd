"""Whether a tuned step computes what a stock one does: attacked images, gradients, update of the parameters."""
from __future__ import annotations

import argparse
import json
from typing import Callable

from torch import Tensor

GRADIENTS = 1e-5  # of a tensor's largest element; float32 sums in different order
PIXELS = 0.02  # of all pixels; the sign of a gradient near zero is a matter of rounding, and each step of an attack starts from the last
UPDATE = 1e-3  # of a parameter's largest change: changes are small beside the parameters, whose rounding shows


def difference(a: Tensor, b: Tensor) -> float:
    """Largest difference, relative to b's largest element; a b of zeros would agree with anything idle, so it never does."""
    size = b.abs().max().item()
    return (a - b).abs().max().item() / size if size else float("inf")


def changes(step, gradients: list[Tensor]) -> list[Tensor]:
    """By how much the optimiser moves each parameter."""
    before = [p.detach().clone() for p in step.parameters]
    step.update([g.clone() for g in gradients])
    return [p.detach() - b for p, b in zip(step.parameters, before)]


def compare(options: argparse.Namespace, make: Callable, task: str) -> dict:
    """Runs a step of `task` both ways on the same numbers."""
    options.task = task
    stock, tuned = make(options, "stock"), make(options, "tuned")
    expected = stock.attack()
    result = {"task": task, "pixels_differing": (tuned.attack() - expected).abs().gt(1e-6).float().mean().item()}
    if task == "eval":
        return {**result, "recognised_differing": abs(stock.predict(expected) - tuned.predict(expected))}
    gradients = stock.gradients(expected)
    result["gradients"] = max(map(difference, tuned.gradients(expected), gradients))
    result["update"] = max(map(difference, *[changes(step, gradients) for step in (tuned, stock)]))
    return result


def run(options: argparse.Namespace, make: Callable) -> int:
    """Prints the differences of each task; 1 if one is beyond its bound."""
    bounds = {"pixels_differing": PIXELS, "gradients": GRADIENTS, "update": UPDATE, "recognised_differing": 0}
    failed = False
    for task in ("pretrain", "finetune", "eval"):
        result = compare(options, make, task)
        result["equal"] = all(result[name] <= bound for name, bound in bounds.items() if name in result)
        failed |= not result["equal"]
        print(json.dumps(result), flush=True)
    return int(failed)
