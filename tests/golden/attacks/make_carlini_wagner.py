"""What torchattacks' CW finds on the model and images of victim.safetensors: carlini_wagner.safetensors beside this file.

    git clone https://github.com/Harry24k/adversarial-attacks-pytorch
    python3 tests/golden/attacks/make_carlini_wagner.py --torchattacks adversarial-attacks-pytorch

`alone.NAME` is what each image gives when it is attacked by itself, so that it alone decides when to stop; `together.NAME` what all give as one
batch, which stops when its summed cost has risen. NAME: `points` [IMAGES, 3, 16, 16], the nearest wrongly classified iterates (the image where there
is none), and `distances` [IMAGES], their L2 distances (0 where there is none). `together.points` are left out: `alone.points` has the formulas.
One thing is changed: the label's logit is masked with minus infinity. The original multiplies by zero, which makes 0 the best other logit
where all are negative.
"""
import argparse
import pathlib
import sys

import torch

import victim
from make_golden import write_safetensors

IMAGES, STEPS, RATE, C, KAPPA = 16, 20, 0.05, 1.0, 0.0


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--torchattacks", type=pathlib.Path, required=True, metavar="PATH", help="checkout of adversarial-attacks-pytorch")
    sys.path.insert(0, str(arguments.parse_args().torchattacks))
    from torchattacks.attacks.cw import CW

    class MaskedCW(CW):
        def f(self, outputs, labels):
            own = torch.nn.functional.one_hot(labels, outputs.shape[1]).bool()
            others = outputs.masked_fill(own, -float("inf")).max(1)[0]
            return torch.clamp(outputs[own] - others, min=-self.kappa)

    parameters, images, labels = victim.load()
    images, labels = images[:IMAGES], labels[:IMAGES]
    attack = MaskedCW(victim.Classifier(parameters).eval(), c=C, kappa=KAPPA, steps=STEPS, lr=RATE)
    attack.device = images.device
    alone = torch.cat([attack.forward(images[i:i + 1], labels[i:i + 1]) for i in range(IMAGES)])
    together = attack.forward(images, labels)
    tensors = {"settings": torch.tensor([STEPS, RATE, C, KAPPA]), "alone.points": alone}
    for name, points in (("alone", alone), ("together", together)):
        tensors[name + ".distances"] = (points - images).flatten(1).norm(dim=1)
        print(f"{name}: {(tensors[name + '.distances'] > 0).sum().item()} of {IMAGES} fooled, "
              f"median distance {tensors[name + '.distances'].median().item():.4f}")
    apart = (tensors["alone.distances"] - tensors["together.distances"]).abs()
    print(f"{(apart > 1e-3).sum().item()} images stop elsewhere together")
    write_safetensors(victim.HERE / "carlini_wagner.safetensors", tensors)


if __name__ == "__main__":
    main()
