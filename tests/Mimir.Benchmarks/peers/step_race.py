"""Whole training steps: Mimir against PyTorch's modes."""
from __future__ import annotations

from pathlib import Path
from typing import Callable

import children
from contestants import Case, step_command, step_result
from rounds import Rounds, median, spread
from tables import table

REPETITIONS = {"pretrain": 5, "finetune": 2, "eval": 1}  # steps of a round: their lengths differ by a factor of thirty


class StepRace:
    """One task on one case."""

    def __init__(self, case: Case, task: str, modes: list[str], wanted: int):
        self.case, self.task, self.modes = case, task, modes
        self.rounds = Rounds(wanted)

    def run(self, mimir: Path, threads: int, repetitions: int | None, environment: str, limit: float,
            progress: Callable[[str], None], finished: Callable[[], None]) -> None:
        """Adds rounds."""
        def turn(contestant: str) -> dict:
            command = step_command(contestant, mimir, self.case, self.task, threads, repetitions or REPETITIONS[self.task], environment)
            result = step_result(children.run(command))
            progress(f"{self.case} {self.task}, round {len(self.rounds.done) + 1}: {contestant} {result['images_per_second']:.2f} images/s, "
                     f"others {100 * result['others']:.1f} %")
            return result

        self.rounds.run(["mimir", *self.modes], turn, limit, finished)

    def summary(self) -> dict:
        """Medians over the rounds used; memory is the most of all."""
        used = self.rounds.used
        peak = max((one["mimir"]["peak_gflops"] for one in self.rounds.done if "peak_gflops" in one["mimir"]), default=None)
        work = used[0]["mimir"]["gflop_per_image"]
        contestants = {}
        for name in ("mimir", *self.modes):
            rate = median(used, name, "images_per_second")
            contestants[name] = {
                "images_per_second": rate, "images_per_second_best": max(one[name]["images_per_second_best"] for one in used),
                "rss_mib": max(one[name]["rss_mib"] for one in used), "gflop_per_image": used[0][name]["gflop_per_image"],
                "share_of_peak": rate * work / peak if peak else None}
        ratios = {mode: spread([one["mimir"]["images_per_second"] / one[mode]["images_per_second"] for one in used]) for mode in self.modes}
        return {"task": self.task, "model": self.case.model, "patch": self.case.patch, "batch": self.case.batch, "peak_gflops": peak,
                "rounds": len(self.rounds.done), "rounds_quiet": len(self.rounds.quiet), "contestants": contestants,
                "mimir_to": ratios, "all_rounds": self.rounds.done}


def step_table(races: list[StepRace]) -> str:
    """A line for each opponent of each race."""
    rows = []
    for race in races:
        if not race.rounds.done:
            continue
        summary = race.summary()
        ours = summary["contestants"]["mimir"]
        for mode in race.modes:
            theirs, ratio = summary["contestants"][mode], summary["mimir_to"][mode]
            rows.append([str(race.case), race.task, mode, f"{ours['images_per_second']:.2f}", f"{theirs['images_per_second']:.2f}",
                         f"{ratio['median']:.3f}", f"{ratio['least']:.3f}..{ratio['greatest']:.3f}", _share(ours), _share(theirs),
                         f"{ours['rss_mib']:.0f}", f"{theirs['rss_mib']:.0f}", race.rounds.note()])
    return table(("case", "task", "PyTorch", "Mimir images/s", "PyTorch images/s", "ratio", "of rounds", "Mimir of peak", "PyTorch of peak",
                  "Mimir MiB", "PyTorch MiB", "quiet rounds"), rows, left=3)


def disagreements(races: list[StepRace]) -> list[str]:
    """Races whose sides count a different amount of work, and so may not do the same."""
    lines = []
    for race in races:
        if race.rounds.done:
            counts = {name: result["gflop_per_image"] for name, result in race.rounds.done[0].items()}
            if max(counts.values()) > 1.01 * min(counts.values()):
                lines.append(f"warning: {race.case} {race.task}: GFLOP an image differ: {counts}")
    return lines


def _share(contestant: dict) -> str:
    share = contestant["share_of_peak"]
    return "-" if share is None else f"{100 * share:.0f} %"
