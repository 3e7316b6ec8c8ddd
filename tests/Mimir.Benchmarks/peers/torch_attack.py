#!/usr/bin/env python3
"""Evaluates a checkpoint of Mimir's under attack in PyTorch on the CPU, and prints what it found and how long it took as JSON.

    /usr/bin/python3 torch_attack.py --checkpoint runs/tuned --data cifar-10-batches-bin --images 256 --attack pgd-20
    /usr/bin/python3 torch_attack.py --checkpoint runs/tuned --data cifar-10-batches-bin --images 64 --attack autoattack --auto-attack auto-attack

`pgd-K` is the attack of published figures (torchattacks' PGD): all images in lockstep, a uniform start, K signed steps, the last iterate counts.
`autoattack` is the public code (github.com/fra31/auto-attack, at a392200), version standard; a list of its attacks is its version custom.
attack_race.py calls this for each round.
"""
from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import environment
from arguments import Parser, count

OWN = ("apgd-ce", "apgd-t", "apgd-dlr", "fab", "fab-t", "square")
LAST = "checkpoint-last.safetensors"


def parse() -> argparse.Namespace:
    """The command line."""
    parser = Parser(__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True, metavar="PATH", help="a classifier of Mimir's, 3x32x32: the file or its run's folder")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="CIFAR-10's binary folder")
    parser.add_argument("--images", type=count, default=256, help="test images, balanced over the classes as Mimir's --limit takes them (default 256)")
    parser.add_argument("--attack", default="pgd-20", metavar="LIST", help=f"pgd-K, autoattack, or some of {','.join(OWN)} (default pgd-20)")
    parser.add_argument("--auto-attack", type=Path, metavar="PATH", help="checkout of fra31/auto-attack at a392200")
    parser.add_argument("--eps", type=float, default=8 / 255, help="radius in [0, 1] (default 8/255)")
    parser.add_argument("--alpha", type=float, default=2 / 255, help="step of pgd (default 2/255)")
    parser.add_argument("--steps", type=count, default=100, help="iterations of apgd and fab in a list (default 100)")
    parser.add_argument("--queries", type=count, default=5000, help="queries of square in a list (default 5000)")
    parser.add_argument("--batch", type=count, default=128, help="images at once (default 128)")
    parser.add_argument("--mode", choices=("stock", "tuned"), default="stock", help="the model's operators: operators.py (default stock)")
    parser.add_argument("--threads", type=count, default=environment.available_threads())
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    options.steps_of_pgd = _steps_of_pgd(options.attack)
    if options.steps_of_pgd is None:
        if options.attack != "autoattack" and not set(options.attack.split(",")) <= set(OWN):
            parser.error(f"--attack '{options.attack}' is neither pgd-K nor autoattack nor a list of {', '.join(OWN)}")
        if options.auto_attack is None or not (options.auto_attack / "autoattack").is_dir():
            parser.error("--auto-attack needs a checkout of github.com/fra31/auto-attack")
    return options


def _steps_of_pgd(attack: str) -> int | None:
    name, _, steps = attack.partition("-")
    return int(steps) if name == "pgd" and steps.isdigit() and int(steps) > 0 else None


def load_images(folder: Path, wanted: int):
    """[n, 3, 32, 32] in [0, 1] and [n]: in rounds, each the next image of every class, until there are enough; in their own order."""
    import numpy as np
    import torch

    records = np.fromfile(folder / "test_batch.bin", np.uint8).reshape(-1, 3073)
    labels = records[:, 0].astype(np.int64)
    seen = [0] * 10
    rounds = []
    for label in labels:
        rounds.append(seen[label])
        seen[label] += 1
    chosen = sorted(sorted(range(len(labels)), key=lambda i: (rounds[i], labels[i]))[:wanted])
    pixels = records[chosen, 1:].reshape(-1, 3, 32, 32).astype(np.float32) / np.float32(255)
    return torch.from_numpy(pixels), torch.from_numpy(labels[chosen])


def load_model(path: Path, mode: str):
    """The classifier of a checkpoint, frozen."""
    import numpy as np
    import torch

    import operators
    from vit import MODELS, Classifier

    data = (path / LAST if path.is_dir() else path).read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + size])
    encoder = json.loads(header["__metadata__"]["mimir"])["encoder"]
    sizes = (encoder["embed"], encoder["depth"], encoder["heads"], float(encoder["mlp_ratio"]))
    names = [name for name, known in MODELS.items() if known == sizes]
    if not names or (encoder["image"], encoder["channels"]) != (32, 3):
        raise SystemExit(f"error: {path} is none of {', '.join(MODELS)} for 3x32x32 images")
    model = Classifier(operators.Tuned() if mode == "tuned" else operators.Stock(), names[0], encoder["patch"])
    state = {}
    for name in model.state_dict():
        entry = header[name]
        begin, end = (8 + size + at for at in entry["data_offsets"])
        state[name] = torch.from_numpy(np.frombuffer(data[begin:end], np.float32).reshape(entry["shape"]).copy())
    model.load_state_dict(state)
    model.requires_grad_(False).eval()
    if mode == "tuned":
        for layer in model.layers():
            layer.turn()
    return model


def predict(model, images, batch: int):
    """[n] classes."""
    import torch

    with torch.no_grad():
        return torch.cat([model(part).argmax(1) for part in images.split(batch)])


def pgd(model, images, labels, options: argparse.Namespace):
    """The last iterates."""
    import torch
    import torch.nn.functional as F

    attacked = []
    for x, y in zip(images.split(options.batch), labels.split(options.batch)):
        adversarial = (x + torch.empty_like(x).uniform_(-options.eps, options.eps)).clamp(0, 1)
        for _ in range(options.steps_of_pgd):
            adversarial.requires_grad_(True)
            gradient = torch.autograd.grad(F.cross_entropy(model(adversarial), y), adversarial)[0]
            delta = (adversarial.detach() + options.alpha * gradient.sign() - x).clamp(-options.eps, options.eps)
            adversarial = (x + delta).clamp(0, 1)
        attacked.append(adversarial)
    return torch.cat(attacked)


def auto_attack(model, images, labels, options: argparse.Namespace):
    """What the public code returns."""
    sys.path.insert(0, str(options.auto_attack))
    from autoattack import AutoAttack

    standard = options.attack == "autoattack"
    attack = AutoAttack(model, norm="Linf", eps=options.eps, seed=options.seed, verbose=False, device="cpu", version="standard" if standard else "custom",
                        attacks_to_run=[] if standard else options.attack.split(","))
    if not standard:
        attack.apgd.n_restarts = attack.fab.n_restarts = 1
        for one in (attack.apgd, attack.apgd_targeted, attack.fab):
            one.n_iter = options.steps
        attack.square.n_queries = options.queries
    return attack.run_standard_evaluation(images, labels, bs=options.batch)


def main() -> int:
    """Restarts in the right environment, then evaluates."""
    options = parse()
    environment.restart(environment.tuned(options.threads))
    environment.require_torch()
    import torch

    torch.set_flush_denormal(True)
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    images, labels = load_images(options.data, options.images)
    model = load_model(options.checkpoint, options.mode)
    predict(model, images[:options.batch], options.batch)  # unmeasured
    begin = time.perf_counter()
    natural = predict(model, images, options.batch) == labels
    attacked = (pgd if options.steps_of_pgd else auto_attack)(model, images, labels, options)
    robust = natural & (predict(model, attacked, options.batch) == labels)
    seconds = time.perf_counter() - begin
    print(json.dumps({
        "attack": options.attack, "images": len(labels), "mode": options.mode, "threads": options.threads, "batch": options.batch, "seconds": seconds,
        "images_per_second": len(labels) / seconds, "natural": int(natural.sum()), "robust": int(robust.sum()), "flags": robust.int().tolist(),
        "largest": float((attacked - images).abs().max()), "torch": torch.__version__}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
