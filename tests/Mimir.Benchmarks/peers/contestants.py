"""How to call each contestant, and what its JSON means. All knowledge of Mimir's command line is here."""
from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from children import ChildFailed, Outcome, repository

HERE = Path(__file__).resolve().parent
BUILT = Path("src/Mimir.Cli/bin/Release/net10.0/mimir")


@dataclass(frozen=True)
class Case:
    """A model and the size of its batches."""

    model: str
    patch: int
    batch: int

    def __str__(self) -> str:
        return f"{self.model} p{self.patch} b{self.batch}"

    def options(self, task: str, threads: int, repetitions: int) -> list[str]:
        """As both sides spell them."""
        return ["--model", self.model, "--patch", str(self.patch), "--batch", str(self.batch), "--task", task,
                "--threads", str(threads), "--repetitions", str(repetitions)]


def find_mimir(given: str | None) -> Path:
    """The executable asked for, or the one built in this checkout."""
    if given is not None:
        path = Path(given)
        if not os.access(path, os.X_OK) or not path.is_file():
            raise ValueError(f"--mimir '{given}' is no executable file")
        return path.resolve()
    path = repository() / BUILT
    if not path.is_file():
        raise ChildFailed(f"Mimir is not built; build it with: dotnet build -c Release {repository()}")
    return path


def step_command(contestant: str, mimir: Path, case: Case, task: str, threads: int, repetitions: int, environment: str) -> list[str]:
    """Contestants are `mimir` and the modes of torch_step.py."""
    options = case.options(task, threads, repetitions)
    if contestant == "mimir":
        return [str(mimir), "bench", "step", *options, "--json"]
    return [sys.executable, str(HERE / "torch_step.py"), *options, "--mode", contestant, "--environment", environment]


def step_result(outcome: Outcome) -> dict:
    """What a round keeps of a contestant's document: a list under `steps`, or the step itself."""
    steps = outcome.document.get("steps", [outcome.document])
    try:
        (step,) = steps
        kept = {name: float(step[name]) for name in ("images_per_second", "images_per_second_best", "seconds_per_step", "gflop_per_image")}
    except (KeyError, TypeError, ValueError) as error:
        raise ChildFailed(f"a step's JSON is not as expected ({type(error).__name__}: {error})") from None
    if (peak := step.get("peak_gflops")) is not None:
        kept["peak_gflops"] = float(peak)
    return {**kept, "rss_mib": outcome.rss_mib, "others": outcome.others, "process_seconds": outcome.seconds}


def matmul_command(contestant: str, mimir: Path, threads: int, shapes: list[str]) -> list[str]:
    """Mimir measures its own list of shapes; PyTorch is given the same one."""
    if contestant == "mimir":
        return [str(mimir), "bench", "kernels", "--family", "matmul", "--threads", str(threads), "--json"]
    return [sys.executable, str(HERE / "torch_matmul.py"), "--threads", str(threads), "--shapes", ",".join(shapes)]


def matmul_result(outcome: Outcome, libraries: tuple[str, ...]) -> dict[str, dict]:
    """`ENTRY:SHAPE` -> GFLOP/s of each library, and a note. A shape measured with several epilogues keeps its first."""
    result: dict[str, dict] = {}
    try:
        for kernel in outcome.document["kernels"]:
            name, sizes = kernel["kernel"], kernel["shape"]
            if name.startswith("MatMul.") and sizes.count("x") == 2:  # not the packing of weights
                rates = _rates(kernel, libraries)
                result.setdefault(f"{name}:{sizes}", {"note": kernel.get("note", ""), **rates})
    except (KeyError, TypeError, AttributeError) as error:
        raise ChildFailed(f"a kernel's JSON is not as expected ({type(error).__name__}: {error})") from None
    return result


def _rates(kernel: dict, libraries: tuple[str, ...]) -> dict[str, float]:
    if libraries == ("mimir",):
        return {"mimir": float(kernel["gflops"])}
    return {library: float(kernel[library]["gflops"]) for library in libraries if library in kernel}
