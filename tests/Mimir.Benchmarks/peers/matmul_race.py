"""Single matrix products: Mimir's kernels against OpenBLAS and oneDNN, on the shapes that Mimir's own benchmark measures."""
from __future__ import annotations

from pathlib import Path
from typing import Callable

import children
from contestants import matmul_command, matmul_result
from rounds import Rounds, spread
from tables import table

LIBRARIES = ("openblas", "onednn")


class MatmulRace:
    """All shapes with one number of threads."""

    def __init__(self, threads: int, wanted: int):
        self.threads, self.rounds = threads, Rounds(wanted)
        self.shapes: list[str] = []

    def run(self, mimir: Path, limit: float, progress: Callable[[str], None], finished: Callable[[], None]) -> None:
        """Adds rounds; the first turn of Mimir says which shapes there are."""
        def turn(contestant: str) -> dict:
            outcome = children.run(matmul_command(contestant, mimir, self.threads, self.shapes))
            products = matmul_result(outcome, ("mimir",) if contestant == "mimir" else LIBRARIES)
            self.shapes = self.shapes or list(products)
            if not products:
                raise children.ChildFailed(f"{contestant} measured no matrix product")
            progress(f"matrix products on {self.threads} thread{'s' * (self.threads > 1)}, round {len(self.rounds.done) + 1}: {contestant}, {len(products)} shapes, "
                     f"others {100 * outcome.others:.1f} %")
            return {"products": products, "others": outcome.others, "peak_gflops": outcome.document.get("peak_gflops")}

        self.rounds.run(["mimir", "torch"], turn, limit, finished)

    def summary(self) -> dict:
        """For each shape the medians, and Mimir's ratio to the faster library of the round."""
        return {"threads": self.threads, "rounds": len(self.rounds.done), "rounds_quiet": len(self.rounds.quiet),
                "peak_gflops": max((one["mimir"]["peak_gflops"] or 0 for one in self.rounds.done), default=0) or None,
                "products": [self._product(shape) for shape in self.shapes]}

    def _product(self, shape: str) -> dict:
        kernel, _, sizes = shape.partition(":")
        pairs = [(one["mimir"]["products"][shape], one["torch"]["products"][shape]) for one in self.rounds.used]
        result = {"kernel": kernel, "shape": sizes, "note": pairs[0][0]["note"], "mimir_gflops": spread([ours["mimir"] for ours, _ in pairs])["median"]}
        for library in LIBRARIES:
            rates = [theirs[library] for _, theirs in pairs if library in theirs]
            result[library + "_gflops"] = spread(rates)["median"] if rates else None
        result["mimir_to_faster"] = spread([ours["mimir"] / max(theirs[name] for name in LIBRARIES if name in theirs) for ours, theirs in pairs])
        return result


def matmul_table(race: MatmulRace) -> str:
    """A line for each shape."""
    if not race.rounds.done:
        return ""
    rows = []
    for product in race.summary()["products"]:
        ratio = product["mimir_to_faster"]
        rates = [product[name + "_gflops"] for name in ("mimir", *LIBRARIES)]
        rows.append([product["kernel"], product["note"], product["shape"], *["-" if rate is None else f"{rate:.1f}" for rate in rates],
                     f"{ratio['median']:.3f}", f"{ratio['least']:.3f}..{ratio['greatest']:.3f}"])
    return table(("kernel", "note", "shape", "Mimir", "OpenBLAS", "oneDNN", "ratio", "of rounds"), rows, left=2)
