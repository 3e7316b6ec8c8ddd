"""One step of each of MIMIR's three tasks, as anyone would write it (Stock) and as fast as eager PyTorch was made to go (Tuned).

pretrain: PGD-1 on the reconstruction loss, forward, HSIC-CCA on the whole batch, backward, AdamW.
finetune: PGD-10 on the cross-entropy, forward with drop path and label smoothing, backward, AdamW.
eval:     PGD-20 on the cross-entropy, forward.
"""
from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

import operators
from flat_adamw import FlatAdamW
from method import EPS, finetuning_groups, hsic_cca, pgd, pretraining_groups
from vit import CHANNELS, CLASSES, SIDE, Classifier, Mae

TASKS = ("pretrain", "finetune", "eval")
ATTACK = {"pretrain": (1, 10 / 255), "finetune": (10, 2 / 255), "eval": (20, 2 / 255)}  # steps and their length
BETAS = {"pretrain": (0.9, 0.95), "finetune": (0.9, 0.999), "eval": (0.9, 0.999)}
RATE, PENALTY, SMOOTHING, DROP_PATH = 1e-4, 1e-5, 0.1, 0.1


class Step:
    """The model and the inputs of a task, the same in both forms; a subclass says how the work is done."""

    ops: operators.Stock | operators.Tuned

    def __init__(self, task: str, name: str, patch: int, batch: int):
        torch.manual_seed(0)
        self.task, self.batch = task, batch
        self.model = (Mae if task == "pretrain" else Classifier)(self.ops, name, patch)
        self.groups = pretraining_groups(self.model) if task == "pretrain" else finetuning_groups(self.model, RATE)
        self.parameters = [p for group in self.groups for p in group["params"]]
        self.images = torch.rand(batch, CHANNELS, SIDE, SIDE)
        self.labels = torch.randint(0, CLASSES, (batch,))
        self.start = (torch.rand_like(self.images) * 2 - 1) * EPS
        self.noise = torch.rand(batch, (SIDE // patch) ** 2)
        depth = len(self.model.blocks)
        keep = 1 - torch.linspace(0, DROP_PATH, depth).view(1, -1, 1)
        self.scales = torch.floor(torch.rand(batch, depth, 2) + keep) / keep

    def attack(self) -> Tensor:
        """The attacked images."""
        raise NotImplementedError

    def gradients(self, adversarial: Tensor) -> list[Tensor]:
        """One gradient for each of `parameters`."""
        raise NotImplementedError

    def update(self, gradients: list[Tensor]) -> None:
        """Moves the parameters."""
        raise NotImplementedError

    def predict(self, adversarial: Tensor) -> int:
        """How many attacked images are still recognised."""
        raise NotImplementedError

    def run(self) -> dict[str, float]:
        """One step; the seconds of its phases."""
        seconds = {}

        def timed(phase: str, action: Callable, *arguments):
            begin = time.perf_counter()
            result = action(*arguments)
            seconds[phase] = time.perf_counter() - begin
            return result

        adversarial = timed("attack", self.attack)
        if self.task == "eval":
            timed("forward", self.predict, adversarial)
        else:
            timed("optimizer", self.update, timed("gradients", self.gradients, adversarial))
        return seconds

    def _freeze(self, frozen: bool) -> None:
        for p in self.parameters:
            p.requires_grad_(not frozen)

    def _attack(self, images: Tensor, labels: Tensor, start: Tensor, noise: Tensor) -> Tensor:
        steps, alpha = ATTACK[self.task]
        if self.task == "pretrain":
            return pgd(lambda x: self.model(x, images, noise)[0], images, start, steps, alpha)
        return pgd(lambda x: F.cross_entropy(self.model(x), labels), images, start, steps, alpha)


class StockStep(Step):
    """Stock operators and optimiser, the threads of the libraries."""

    def __init__(self, task: str, name: str, patch: int, batch: int, threads: int):
        self.ops = operators.Stock()
        super().__init__(task, name, patch, batch)
        torch.set_num_threads(threads)
        self.optimizer = torch.optim.AdamW(self.groups, RATE, BETAS[task])

    def attack(self) -> Tensor:
        self._freeze(True)
        adversarial = self._attack(self.images, self.labels, self.start, self.noise)
        self._freeze(False)
        return adversarial

    def gradients(self, adversarial: Tensor) -> list[Tensor]:
        if self.task == "pretrain":
            loss, latent = self.model(adversarial, self.images, self.noise)
            loss = loss + PENALTY * hsic_cca(adversarial.flatten(1), latent.flatten(1))
        else:
            loss = F.cross_entropy(self.model(adversarial, self.scales), self.labels, label_smoothing=SMOOTHING)
        return list(torch.autograd.grad(loss, self.parameters))

    def update(self, gradients: list[Tensor]) -> None:
        for p, g in zip(self.parameters, gradients):
            p.grad = g
        self.optimizer.step()

    def predict(self, adversarial: Tensor) -> int:
        with torch.no_grad():
            return int((self.model(adversarial).argmax(1) == self.labels).sum())


class TunedStep(Step):
    """Tuned operators and optimiser; a Python thread with a share of the batch for each core, each operator on one thread.

    Operators this small gain little from two threads, and all that is elementwise gains nothing; shares of the batch need no
    waiting for one another until the gradients are added. (Smaller pieces, to stay in the cache, were slower: oneDNN packs
    the weights anew for each.)
    """

    def __init__(self, task: str, name: str, patch: int, batch: int, threads: int):
        self.ops = operators.Tuned()
        super().__init__(task, name, patch, batch)
        self.threads = min(threads, batch)
        self.optimizer = FlatAdamW(self.groups, RATE, BETAS[task])
        self.pool = ThreadPoolExecutor(threads, initializer=_single_threaded)
        list(self.pool.map(lambda _: time.sleep(0.02), range(threads)))  # all start now, before this thread's own setting
        torch.set_num_threads(threads)  # for what this thread does alone: the penalty and the optimiser
        self._turn()

    def _turn(self) -> None:
        list(self.pool.map(lambda layer: layer.turn(), self.model.layers()))

    def _shares(self, *tensors: Tensor) -> list[tuple[Tensor, ...]]:
        return list(zip(*[torch.tensor_split(t, self.threads) for t in tensors]))

    def attack(self) -> Tensor:
        self._freeze(True)
        shares = self._shares(self.images, self.labels, self.start, self.noise)
        adversarial = list(self.pool.map(lambda share: self._attack(*share), shares))
        self._freeze(False)
        return torch.cat(adversarial)

    def gradients(self, adversarial: Tensor) -> list[Tensor]:
        results = self._pretraining(adversarial) if self.task == "pretrain" else self._finetuning(adversarial)
        total = list(results[0])
        for other in results[1:]:
            torch._foreach_add_(total, list(other))
        return total

    def _pretraining(self, adversarial: Tensor) -> list[tuple[Tensor, ...]]:
        shares = self._shares(adversarial, self.images, self.noise)
        forward = list(self.pool.map(lambda share: self.model(*share), shares))
        latent = torch.cat([z.detach() for _, z in forward]).requires_grad_(True)
        penalty = PENALTY * hsic_cca(adversarial.flatten(1), latent.flatten(1))
        to_latent = torch.tensor_split(torch.autograd.grad(penalty, latent)[0], self.threads)

        def backward(result: tuple[Tensor, Tensor], slope: Tensor) -> tuple[Tensor, ...]:
            weight = torch.full((), len(slope) / self.batch)
            return torch.autograd.grad(result, self.parameters, (weight, slope))

        return list(self.pool.map(backward, forward, to_latent))

    def _finetuning(self, adversarial: Tensor) -> list[tuple[Tensor, ...]]:
        def share(x: Tensor, y: Tensor, scales: Tensor) -> tuple[Tensor, ...]:
            loss = F.cross_entropy(self.model(x, scales), y, label_smoothing=SMOOTHING, reduction="sum")
            return torch.autograd.grad(loss / self.batch, self.parameters)

        return list(self.pool.map(lambda s: share(*s), self._shares(adversarial, self.labels, self.scales)))

    def update(self, gradients: list[Tensor]) -> None:
        self.optimizer.step(gradients)
        self._turn()

    def predict(self, adversarial: Tensor) -> int:
        def right(x: Tensor, y: Tensor) -> int:
            with torch.no_grad():  # holds for one thread only
                return int((self.model(x).argmax(1) == y).sum())

        return sum(self.pool.map(lambda share: right(*share), self._shares(adversarial, self.labels)))


def _single_threaded() -> None:
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
