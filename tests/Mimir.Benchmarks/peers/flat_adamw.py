"""AdamW over one flat buffer for each group of parameters: a handful of long operations instead of thousands of short ones."""
from __future__ import annotations

import math
from typing import Iterable

import torch
from torch import Tensor


class FlatAdamW:
    """Decoupled decay, bias correction, epsilon outside the root, as torch.optim.AdamW. The parameters become views of the buffers."""

    def __init__(self, groups: list[dict], rate: float, betas: tuple[float, float], epsilon: float = 1e-8):
        self.betas, self.epsilon, self.steps = betas, epsilon, 0
        self.groups = [self._flatten(group, rate) for group in groups]

    @staticmethod
    def _flatten(group: dict, rate: float) -> dict:
        flat = torch.cat([p.detach().reshape(-1) for p in group["params"]])
        for p, piece in zip(group["params"], flat.split([p.numel() for p in group["params"]])):
            p.data = piece.view(p.shape)
        return {"count": len(group["params"]), "flat": flat, "rate": group.get("lr", rate), "decay": group["weight_decay"],
                "mean": torch.zeros_like(flat), "square": torch.zeros_like(flat)}

    @torch.no_grad()
    def step(self, gradients: Iterable[Tensor]) -> None:
        """One step with one gradient for each parameter, in the order of the groups."""
        self.steps += 1
        first, second = self.betas
        gradients = iter(gradients)
        for group in self.groups:
            gradient = torch.cat([next(gradients).reshape(-1) for _ in range(group["count"])])
            if group["decay"]:
                group["flat"].mul_(1 - group["rate"] * group["decay"])
            group["mean"].mul_(first).add_(gradient, alpha=1 - first)
            group["square"].mul_(second).addcmul_(gradient, gradient, value=1 - second)
            root = group["square"].sqrt().div_(math.sqrt(1 - second ** self.steps)).add_(self.epsilon)
            group["flat"].addcdiv_(group["mean"], root, value=-group["rate"] / (1 - first ** self.steps))
