"""What the public auto-PGD does from given starts to the model and images of victim.safetensors: apgd.safetensors beside this file.

    git clone https://github.com/fra31/auto-attack && git -C auto-attack checkout a392200
    python3 tests/golden/attacks/make_apgd.py --auto-attack auto-attack

`images` are the numbers of the images, all classified rightly; `NORM.radius` is the ball's; `NORM.offsets` [images, 3, 16, 16] are bytes b of the
starts clip(x + reach * (b / 127 - 1), 0, 1), with `NORM.reach`. All runs of an image have the same start.
For each norm and loss (`ce`, `dlr`, `t`: towards each of the nine likeliest wrong classes in order, until one run fools):
`long.NORM.LOSS.fooled`, `.losses` [images]: flags, and the largest loss of all runs, after LONG[loss] iterations a run;
`short.NORM.LOSS.fooled`, `.losses` the same after SHORT iterations, and
`short.NORM.LOSS.points` [SHOWN, 3, 16, 16]: of the first images the last wrongly classified point, or the image where there is none.
With `_float64` behind the flags and losses: the same with the model in float64 (the attack's own arithmetic stays float32): what differs is up to rounding.
"""
import argparse
import pathlib
import sys

import numpy as np
import torch

import victim
from make_golden import write_safetensors

IMAGES, SHOWN, SHORT = 64, 6, 12
LONG = {"ce": 100, "dlr": 100, "t": 100}
RADII = {"Linf": 12 / 255, "L2": 0.5}
REACHES = {"Linf": torch.tensor(12 / 255), "L2": torch.tensor(0.025)}  # of an offset's values; in L2 sqrt(768) * 0.025 * 0.6 is inside the ball
TARGETS = victim.MODEL["classes"] - 1


def starts(norm, images, offsets):
    """In float32, an operation a step, so that any language gets the same bits."""
    return (images + REACHES[norm] * (offsets.float() / 127 - 1)).clamp(0, 1)


def attack(module, model, norm, loss, iterations, images, labels, x_init):
    """Flags, largest losses and points of a whole attack, as `perturb` gives them but from given starts."""
    kind = module.APGDAttack_targeted if loss == "t" else module.APGDAttack
    options = {} if loss == "t" else {"loss": loss}
    public = kind(model, n_iter=iterations, norm=norm, eps=RADII[norm], **options)
    public.init_hyperparam(images)
    ranked = model(images).sort(dim=1)[1]
    points, losses = images.clone(), torch.full((len(images),), -np.inf)
    right = model(images).argmax(1) == labels
    for rank in range(2, TARGETS + 2) if loss == "t" else [0]:
        left = right.nonzero().flatten()
        if len(left) == 0:
            break
        if loss == "t":
            public.y_target = ranked[left, -rank]
        _, still, best, adversarial = public.attack_single_run(images[left], labels[left], x_init=x_init[left])
        losses[left] = torch.maximum(losses[left], best)
        fooled = left[~still.bool()]
        points[fooled] = adversarial[~still.bool()]
        right[fooled] = False
    return (~right).long(), losses, points


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--auto-attack", type=pathlib.Path, required=True, metavar="PATH", help="checkout of fra31/auto-attack at a392200")
    sys.path.insert(0, str(arguments.parse_args().auto_attack))
    from autoattack import autopgd_base

    parameters, images, labels = victim.load()
    models = {"": victim.Classifier(parameters), "_float64": victim.Classifier(parameters, torch.float64)}
    numbers = (models[""](images).argmax(1) == labels).nonzero().flatten()[:IMAGES]
    images, labels = images[numbers], labels[numbers]
    generator = np.random.Generator(np.random.PCG64(7))
    tensors = {"images": numbers}
    for norm, radius in RADII.items():
        offsets = torch.from_numpy(generator.integers(0, 255, images.shape).astype(np.uint8))
        x_init = starts(norm, images, offsets)
        tensors.update({norm + ".radius": torch.tensor([radius]), norm + ".reach": REACHES[norm].view(1), norm + ".offsets": offsets})
        for loss, long in LONG.items():
            for length, iterations in (("short", SHORT), ("long", long)):
                name = f"{length}.{norm}.{loss}"
                for precision, model in models.items():
                    fooled, losses, points = attack(autopgd_base, model, norm, loss, iterations, images, labels, x_init)
                    tensors.update({f"{name}.fooled{precision}": fooled, f"{name}.losses{precision}": losses})
                    if length == "short" and not precision:
                        tensors[name + ".points"] = points[:SHOWN].clone()
                apart = (tensors[name + ".losses"] - tensors[name + ".losses_float64"]).abs()
                flags = (tensors[name + ".fooled"] != tensors[name + ".fooled_float64"]).sum().item()
                print(f"{name}: {tensors[name + '.fooled'].sum().item()} of {len(numbers)} fooled; in float64 {flags} flags differ, losses by more than 1e-4 on "
                      f"{(apart > 1e-4).sum().item()} images, at most {apart.max().item():.1e}, the rest by {apart[apart <= 1e-4].max().item():.1e}")
    write_safetensors(victim.HERE / "apgd.safetensors", tensors)


if __name__ == "__main__":
    main()
