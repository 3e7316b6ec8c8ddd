"""What the public FAB-T finds on the model and images of victim.safetensors: fab.safetensors beside this file.

    git clone https://github.com/fra31/auto-attack && git -C auto-attack checkout a392200
    python3 tests/golden/attacks/make_fab.py --auto-attack auto-attack

`images` are the numbers of the images, all classified rightly. For each norm:
`NORM.distances` [images, 9]: of the nearest wrongly classified point after the runs of the 1, 2, ... 9 likeliest wrong classes, whatever the radius;
`NORM.distances_float64`: the same with the model in float64 (the attack's own arithmetic stays float32): what differs is up to rounding;
`NORM.fooled` [images]: the flags of the whole attack at radius `NORM.radius`.
There is no random start, so all of it is deterministic but for rounding.
"""
import argparse
import pathlib
import sys

import torch

import victim
from make_golden import write_safetensors

IMAGES = 40
RADII = {"Linf": 12 / 255, "L2": 0.5}
TARGETS = victim.MODEL["classes"] - 1
NONE = 1e10


def distances(attack, norm, images, labels):
    nearest = []
    for rank in range(2, TARGETS + 2):
        attack.target_class = rank
        moved = (attack.attack_single_run(images, labels, is_targeted=True) - images).flatten(1)
        found = moved.abs().amax(1) if norm == "Linf" else moved.norm(dim=1)
        nearest.append(torch.where(found == 0, torch.full_like(found, NONE), found))
    return torch.cummin(torch.stack(nearest, 1), 1)[0]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--auto-attack", type=pathlib.Path, required=True, metavar="PATH", help="checkout of fra31/auto-attack at a392200")
    sys.path.insert(0, str(arguments.parse_args().auto_attack))
    from autoattack.fab_pt import FABAttack_PT

    parameters, images, labels = victim.load()
    model = victim.Classifier(parameters)
    numbers = (model(images).argmax(1) == labels).nonzero().flatten()[:IMAGES]
    images, labels = images[numbers], labels[numbers]
    tensors = {"images": numbers}
    for norm, radius in RADII.items():
        def attack(classifier):
            return FABAttack_PT(classifier, norm=norm, n_iter=100, eps=radius, targeted=True, n_target_classes=TARGETS)

        tensors[norm + ".radius"] = torch.tensor([radius])
        tensors[norm + ".distances"] = distances(attack(model), norm, images, labels)
        tensors[norm + ".distances_float64"] = distances(attack(victim.Classifier(parameters, torch.float64)), norm, images, labels)
        tensors[norm + ".fooled"] = (model(attack(model).perturb(images, labels)).argmax(1) != labels).long()
        apart = (tensors[norm + ".distances"] / tensors[norm + ".distances_float64"] - 1).abs()
        print(f"{norm}: {tensors[norm + '.fooled'].sum().item()} of {len(numbers)} fooled within {radius:.4f}; median distance "
              f"{tensors[norm + '.distances'][:, -1].median().item():.4f}; float64 apart by more than 1e-4 in "
              f"{(apart > 1e-4).sum().item()} of {apart.numel()}, at most {apart.max().item():.1e}")
    write_safetensors(victim.HERE / "fab.safetensors", tensors)


if __name__ == "__main__":
    main()
