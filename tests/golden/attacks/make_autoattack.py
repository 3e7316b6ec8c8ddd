"""What the public AutoAttack leaves robust on the model and images of victim.safetensors: autoattack.safetensors beside this file.

    git clone https://github.com/fra31/auto-attack && git -C auto-attack checkout a392200
    python3 tests/golden/attacks/make_autoattack.py --auto-attack auto-attack

All images are given, wrong ones too. For each norm, at radius `NORM.radius`, flags [images] of those that still stand, after the images as they are
(`natural`) and after each attack in order (`apgd-ce`, `apgd-t`, `fab-t`, `square`):
`NORM.short.ATTACK`: with `short.steps` iterations and `short.queries` queries, which a test repeats in a second.
`NORM.short.robust` [SEEDS]: how many stand in the end with other seeds. FAB-T draws nothing; the other attacks draw their starts and windows.
`--standard` then prints, and does not keep, what version standard leaves as it is: minutes, for `mimir eval --attack autoattack`.
"""
import argparse
import pathlib
import sys

import torch

import victim
from make_golden import write_safetensors

RADII = {"Linf": 8 / 255, "L2": 0.4}
ORDER = ("apgd-ce", "apgd-t", "fab-t", "square")
SHORT = {"steps": 20, "queries": 200}
SEEDS = 5


def evaluate(AutoAttack, model, norm, radius, images, labels, seed, short):
    """Name -> flags. The attacks are called one after another on what stands, as the original does within."""
    attack = AutoAttack(model, norm=norm, eps=radius, seed=seed, verbose=False, device="cpu", version="standard")
    if short:
        for one in (attack.apgd, attack.apgd_targeted, attack.fab):
            one.n_iter = SHORT["steps"]
        attack.square.n_queries = SHORT["queries"]
    robust = model(images).argmax(1) == labels
    flags = {"natural": robust.clone()}
    for name in ORDER:
        standing = robust.nonzero().flatten()
        attack.attacks_to_run = [name]
        attacked = attack.run_standard_evaluation(images[standing], labels[standing], bs=len(labels))
        robust[standing] = model(attacked).argmax(1) == labels[standing]
        flags[name] = robust.clone()
    return flags


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--auto-attack", type=pathlib.Path, required=True, metavar="PATH", help="checkout of fra31/auto-attack at a392200")
    arguments.add_argument("--standard", action="store_true", help="also run version standard as it is")
    options = arguments.parse_args()
    sys.path.insert(0, str(options.auto_attack))
    from autoattack import AutoAttack

    parameters, images, labels = victim.load()
    model = victim.Classifier(parameters)
    tensors = {"short." + name: torch.tensor([value]) for name, value in SHORT.items()}
    def told(kind, norm, flags):
        print(f"{norm} {kind}: " + ", ".join(f"{name} {flag.sum().item()}" for name, flag in flags.items()) + f" of {len(labels)}", flush=True)

    for norm, radius in RADII.items():
        flags = evaluate(AutoAttack, model, norm, radius, images, labels, 0, short=True)
        counts = [evaluate(AutoAttack, model, norm, radius, images, labels, seed, short=True)["square"].sum().item() for seed in range(SEEDS)]
        tensors[norm + ".radius"] = torch.tensor([radius])
        tensors.update({f"{norm}.short.{name}": flag.long() for name, flag in flags.items()})
        tensors[norm + ".short.robust"] = torch.tensor(counts)
        told("short", norm, flags)
        print(f"{norm} short, seeds 0 to {SEEDS - 1}: {counts}", flush=True)
    write_safetensors(victim.HERE / "autoattack.safetensors", tensors)
    if options.standard:
        for norm, radius in RADII.items():
            told("standard", norm, evaluate(AutoAttack, model, norm, radius, images, labels, 0, short=False))


if __name__ == "__main__":
    main()
