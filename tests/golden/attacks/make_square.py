"""What the public Square attack does to the model and images of victim.safetensors: square.safetensors beside this file.

    git clone https://github.com/fra31/auto-attack && git -C auto-attack checkout a392200
    python3 tests/golden/attacks/make_square.py --auto-attack auto-attack

`images` are the numbers of the images, all classified rightly. For each norm, at radius `NORM.radius`:
`replay.NORM.queries`, `.margins` [REPLAYED], `.points` [SHOWN, 3, 16, 16]: queries used (with the start), last margins and last points of the
    first images, each attacked by itself by the public code, which is handed Mimir's own random draws. All decisions can then be compared.
`replay.NORM.margins_float64`: the same with the model in float64. Where they differ, rounding decided about a query, and the runs parted.
`random.NORM.robust` [SEEDS]: how many of all the images the public code, as it is, leaves right, for a few seeds.
"""
import argparse
import pathlib
import sys

import numpy as np
import torch

import victim
from make_golden import write_safetensors

SEED, REPLAYED, SHOWN, QUERIES = 5, 32, 4, 200
SEEDS, RANDOM_QUERIES = 5, 300
RADII = {"Linf": 12 / 255, "L2": 0.5}
WINDOWS, SIGNS = 8, 9  # Mimir's numbers of the purposes of random streams


class Stream:
    """Words of Philox 4x32-10 (Salmon et al. 2011): the key is the seed, the counter (block, stream)."""

    def __init__(self, purpose, image):
        self.stream, self.position = purpose << 56 | image, 0

    def word(self):
        block, lane = divmod(self.position, 4)
        self.position += 1
        counter = [block & 0xFFFFFFFF, block >> 32, self.stream & 0xFFFFFFFF, self.stream >> 32]
        key = [SEED & 0xFFFFFFFF, SEED >> 32]
        for _ in range(10):
            first, second = 0xD2511F53 * counter[0], 0xCD9E8D57 * counter[2]
            counter = [second >> 32 ^ counter[1] ^ key[0], second & 0xFFFFFFFF, first >> 32 ^ counter[3] ^ key[1], first & 0xFFFFFFFF]
            key = [key[0] + 0x9E3779B9 & 0xFFFFFFFF, key[1] + 0xBB67AE85 & 0xFFFFFFFF]
        return counter[lane]

    def uniform(self):
        return np.float32(self.word() >> 8) * np.float32(2 ** -24)

    def signs(self, shape):
        return torch.tensor([1.0 if self.word() >> 31 else -1.0 for _ in range(int(np.prod(shape)))]).view(list(shape))


def replay(SquareAttack, model, norm, radius, image, number, label):
    """Queries, margin and point of one image, with Mimir's draws."""
    windows, own = Stream(WINDOWS, number), Stream(SIGNS, number)
    channels, side = image.shape[:2]
    across = side // (side // 5)
    start = iter(own.signs((channels, across * across)).t()) if norm == "L2" else iter(())  # the original asks tile by tile

    class Replayed(SquareAttack):
        def random_choice(self, shape):
            tile = next(start, None)
            return tile.view(shape) if tile is not None else (own if len(shape) == 4 else windows).signs(shape)

        def random_int(self, low=0, high=1, shape=(1,)):
            return torch.tensor([int(low + np.float32(high - low) * windows.uniform())])

    attack = Replayed(model, norm=norm, n_queries=QUERIES, eps=radius, resc_schedule=True)
    attack.init_hyperparam(image[None])
    rand = torch.rand
    torch.rand = lambda shape: torch.tensor([0.75 if windows.word() >> 31 else 0.25])  # which way a bump lies
    try:
        queries, point = attack.attack_single_run(image[None], label[None])
    finally:
        torch.rand = rand
    return queries[0].long(), attack.margin_and_loss(point, label[None])[0][0], point[0]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--auto-attack", type=pathlib.Path, required=True, metavar="PATH", help="checkout of fra31/auto-attack at a392200")
    sys.path.insert(0, str(arguments.parse_args().auto_attack))
    from autoattack.square import SquareAttack

    parameters, images, labels = victim.load()
    model, in_float64 = victim.Classifier(parameters), victim.Classifier(parameters, torch.float64)
    with torch.no_grad():
        numbers = (model(images).argmax(1) == labels).nonzero().flatten()
        images, labels = images[numbers], labels[numbers]
        tensors = {"images": numbers}
        for norm, radius in RADII.items():
            tensors[norm + ".radius"] = torch.tensor([radius])
            runs = [replay(SquareAttack, model, norm, radius, images[i], numbers[i].item(), labels[i]) for i in range(REPLAYED)]
            queries, margins, points = (torch.stack(part) for part in zip(*runs))
            exact = torch.stack([replay(SquareAttack, in_float64, norm, radius, images[i], numbers[i].item(), labels[i])[1] for i in range(REPLAYED)])
            tensors.update({f"replay.{norm}.queries": queries, f"replay.{norm}.margins": margins, f"replay.{norm}.margins_float64": exact,
                            f"replay.{norm}.points": points[:SHOWN].clone()})
            robust = []
            for seed in range(SEEDS):
                attack = SquareAttack(model, norm=norm, n_queries=RANDOM_QUERIES, eps=radius, resc_schedule=True, seed=seed)
                robust.append((model(attack.perturb(images, labels)).argmax(1) == labels).sum())
            tensors[f"random.{norm}.robust"] = torch.stack(robust)
            print(f"{norm}: {(margins <= 0).sum().item()} of {REPLAYED} fooled in the replay, {((margins - exact).abs() > 1e-4).sum().item()} parted in "
                  f"float64; {[r.item() for r in robust]} of {len(numbers)} robust")
    write_safetensors(victim.HERE / "square.safetensors", tensors)


if __name__ == "__main__":
    main()
