"""Single steps of the public FAB and Square attacks, on arrays: steps.safetensors beside this file.

    git clone https://github.com/fra31/auto-attack && git -C auto-attack checkout a392200
    python3 tests/golden/attacks/make_steps.py --auto-attack auto-attack

`project.points` t, `.normals` w [rows, values], `.offsets` b [rows], and `.NORM` [rows, values], the moves of projection_linf and projection_l2 in
float64. `square.natural` [rows, 3, side, side] and `.epsilon`; `square.stripes.signs`, `.points` and `square.tiles.signs`, `.transposed`, `.points`: the
starts in Linf and L2; `square.NORM.windows`, `.signs` and `.candidates`: what the attack asks next from there. All as SquareStep takes them.
"""
import argparse
import pathlib
import sys

import numpy as np
import torch

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from make_golden import write_safetensors  # noqa: E402

ROWS, VALUES = 10, 60
IMAGES, SIDE, EPSILON = 5, 15, 0.4


def projections(tensors):
    from autoattack import fab_projections

    generator = np.random.Generator(np.random.PCG64(1))
    t = np.clip(generator.uniform(-0.1, 1.1, (ROWS, VALUES)), 0, 1)
    w = generator.normal(0, 1, t.shape) * generator.integers(0, 2, t.shape)
    at = (w * t).sum(1)
    goal = np.where(np.arange(ROWS) % 2, np.minimum(w, 0).sum(1), np.maximum(w, 0).sum(1))
    share = np.array([0, 0.001, 0.02, 0.1, 0.3, 0.6, 0.9, 0.99, 1.2, 0.5])
    t, w, b = (torch.tensor(a.astype(np.float32)) for a in (t, w, at + share * (goal - at)))
    tensors.update({"project.points": t, "project.normals": w, "project.offsets": b})
    for norm, project in (("Linf", fab_projections.projection_linf), ("L2", fab_projections.projection_l2)):
        tensors["project." + norm] = project(t.double(), w.double(), b.double()).float()


class Ordered:
    """Stands for the attack's random numbers and for its model: gives what it was told, and keeps what it is asked."""

    def __init__(self, attack, choices, corners, turns):
        self.choices, self.corners, self.turns, self.asked = iter(choices), iter(corners), iter(turns), []
        attack.random_choice = lambda shape: next(self.choices).view(shape)
        attack.random_int = lambda low=0, high=1, shape=(1,): torch.tensor([next(self.corners)])
        attack.predict = self.predict

    def predict(self, x):
        self.asked.append(x.clone())
        return torch.tensor([[1.0, 0.0]]).expand(len(x), 2).clone()

    def rand(self, shape):
        return torch.tensor([0.75 if next(self.turns) else 0.25])


def square(tensors):
    from autoattack.square import SquareAttack

    generator = np.random.Generator(np.random.PCG64(2))
    shape = (IMAGES, 3, SIDE, SIDE)
    natural = torch.tensor(generator.uniform(0, 1, shape).astype(np.float32))
    tensors.update({"square.natural": natural, "square.epsilon": torch.tensor([EPSILON])})
    signs = lambda *size: torch.tensor(np.where(generator.integers(0, 2, size), 1, -1).astype(np.float32))
    across = SIDE // (SIDE // 5)
    tile_signs, turned = signs(IMAGES, 3, across * across), torch.tensor(generator.integers(0, 2, (IMAGES, across * across)))
    rand = torch.rand
    tensors.update({"square.tiles.signs": tile_signs, "square.tiles.transposed": turned, "square.tiles.points": torch.empty(shape)})
    for norm, windows in (("Linf", 3), ("L2", 6)):
        tensors.update({f"square.{norm}.windows": torch.zeros(IMAGES, windows, dtype=torch.int64), f"square.{norm}.signs": signs(IMAGES, 3),
                        f"square.{norm}.candidates": torch.empty(shape)})
        for row in range(IMAGES):
            attack = SquareAttack(None, norm=norm, n_queries=1, eps=EPSILON, p_init=[0.8, 0.3, 0.1, 0.05, 0.02][row % 5], resc_schedule=False)
            attack.init_hyperparam(natural[row:row + 1])
            side = max(round((attack.p_init * SIDE * SIDE) ** 0.5), 1)
            side = min(max(side, 3) + (max(side, 3) % 2 == 0), SIDE) if norm == "L2" else min(side, SIDE)
            corners = generator.integers(0, max(SIDE - side, 1), 2 if norm == "Linf" else 4).tolist()
            turn = int(generator.integers(0, 2))
            own = tensors[f"square.{norm}.signs"][row]
            if norm == "Linf":
                start, turns = signs(3, SIDE), []
                order = Ordered(attack, [start, own], corners, turns)
            else:
                order = Ordered(attack, [*tile_signs[row].t(), own], corners, [*turned[row].tolist(), turn])
            torch.rand = order.rand
            try:
                attack.attack_single_run(natural[row:row + 1], torch.tensor([0]))
            finally:
                torch.rand = rand
            tensors[f"square.{norm}.windows"][row] = torch.tensor([side, *corners, turn][:windows])
            tensors[f"square.{norm}.candidates"][row] = order.asked[1][0]
            if norm == "Linf":
                tensors.setdefault("square.stripes.signs", torch.empty(IMAGES, 3, SIDE))[row] = start
                tensors.setdefault("square.stripes.points", torch.empty(shape))[row] = order.asked[0][0]
            else:
                tensors["square.tiles.points"][row] = order.asked[0][0]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--auto-attack", type=pathlib.Path, required=True, metavar="PATH", help="checkout of fra31/auto-attack at a392200")
    sys.path[:0] = [str(arguments.parse_args().auto_attack)]
    tensors = {}
    projections(tensors)
    with torch.no_grad():
        square(tensors)
    write_safetensors(HERE / "steps.safetensors", tensors)


if __name__ == "__main__":
    main()
