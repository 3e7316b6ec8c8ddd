"""MIMIR's arithmetic around the models: the attack, the information penalty, parameter groups, and the count of work."""
from __future__ import annotations

from typing import Callable

import torch
from torch import Tensor

from vit import CHANNELS, CLASSES, DECODER_DEPTH, DECODER_RATIO, DECODER_WIDTH, MASK_RATIO, MODELS, SIDE, Model

EPS = 8 / 255
WEIGHT_DECAY, LAYER_DECAY = 0.05, 0.65


def pgd(loss: Callable[[Tensor], Tensor], images: Tensor, start: Tensor, steps: int, alpha: float) -> Tensor:
    """Images that raise `loss` within EPS of the given ones. Only the images' gradient is computed: freeze the weights first."""
    adversarial = (images + start).clamp(0, 1)
    for _ in range(steps):
        adversarial.requires_grad_(True)
        gradient, = torch.autograd.grad(loss(adversarial), adversarial)
        moved = adversarial.detach() + alpha * gradient.sign()
        adversarial = (images + (moved - images).clamp(-EPS, EPS)).clamp(0, 1)
    return adversarial


def hsic_cca(x: Tensor, z: Tensor, sigma: float = 5.0, ridge: float = 1e-5) -> Tensor:
    """tr(Rx Rz) with R = KH (KH + ridge m I)^-1, K the RBF Gram matrix and H the centring.

    In float32, as the published code has it. That loses digits; it is also the faster choice, hence the peer's.
    """
    m = x.shape[0]
    eye = torch.eye(m, dtype=x.dtype)

    def normalised(a: Tensor) -> Tensor:
        squares = (a * a).sum(1, keepdim=True)
        distances = (squares + squares.t() - 2 * (a @ a.t())).abs()
        k = torch.exp(distances / (-2 * sigma * sigma * a.shape[1]))
        k = k - k.mean(1, keepdim=True)
        return k @ torch.inverse(k + ridge * m * eye)

    return (normalised(x) * normalised(z).t()).sum()


def pretraining_groups(model: Model) -> list[dict]:
    """No decay for vectors, as in the published code; the tokens are not vectors."""
    vectors = [p for _, p in model.trainable() if p.ndim <= 1]
    others = [p for _, p in model.trainable() if p.ndim > 1]
    return [{"params": vectors, "weight_decay": 0.0}, {"params": others, "weight_decay": WEIGHT_DECAY}]


def finetuning_groups(model: Model, rate: float) -> list[dict]:
    """A rate for each layer, smaller towards the images; no decay for vectors, class token and positions."""
    last = len(model.blocks) + 1
    groups: dict[tuple[int, float], dict] = {}
    for name, parameter in model.trainable():
        tokens = name in ("cls_token", "pos_embed")
        layer = 0 if tokens or name.startswith("patch_embed") else int(name.split(".")[1]) + 1 if name.startswith("blocks.") else last
        decay = 0.0 if tokens or parameter.ndim <= 1 else WEIGHT_DECAY
        fresh = {"params": [], "weight_decay": decay, "lr": rate * LAYER_DECAY ** (last - layer)}
        groups.setdefault((layer, decay), fresh)["params"].append(parameter)
    return list(groups.values())


def _blocks_work(tokens: float, width: int, depth: int, ratio: float) -> float:
    return depth * (2 * tokens * width * width * (4 + 2 * ratio) + 4 * tokens * tokens * width)


def work(task: str, name: str, patch: int) -> float:
    """Floating point operations of one image's step, by the usual count: multiply-adds of matrix products and attention count 2,
    everything else 0; an input gradient costs one forward pass, weight gradients one more."""
    width, depth, _, ratio = MODELS[name]
    patches, values = (SIDE // patch) ** 2, CHANNELS * patch * patch
    embed = 2 * patches * values * width
    if task == "pretrain":
        visible = int(patches * (1 - MASK_RATIO)) + 1
        forward = (embed + _blocks_work(visible, width, depth, ratio) + 2 * visible * width * DECODER_WIDTH
                   + _blocks_work(patches + 1, DECODER_WIDTH, DECODER_DEPTH, DECODER_RATIO) + 2 * (patches + 1) * DECODER_WIDTH * values)
        return forward * (2 + 3)
    forward = embed + _blocks_work(patches + 1, width, depth, ratio) + 2 * width * CLASSES
    return forward * {"finetune": 10 * 2 + 3, "eval": 20 * 2 + 1}[task]
