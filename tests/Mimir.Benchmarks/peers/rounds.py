"""The alternation A B A B ... that keeps a slow drift of the machine from favouring a side, and the statistics over rounds."""
from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, field
from typing import Callable

OTHERS = 0.03  # share of the machine that others may use in a round that counts
MOST = 3  # times the rounds wanted are tried at most, in search of quiet ones


@dataclass
class Rounds:
    """Finished rounds of one race; each maps a contestant to its result."""

    wanted: int
    done: list[dict[str, dict]] = field(default_factory=list)

    @property
    def quiet(self) -> list[dict[str, dict]]:
        """Rounds in which no contestant was disturbed."""
        return [one for one in self.done if all(result["others"] <= OTHERS for result in one.values())]

    @property
    def used(self) -> list[dict[str, dict]]:
        """The quiet ones; all, where there is none."""
        return self.quiet or self.done

    def run(self, contestants: list[str], turn: Callable[[str], dict], limit: float, finished: Callable[[], None]) -> None:
        """Goes on until enough rounds were quiet, the time is over or too many were tried. No half round is kept."""
        until = time.monotonic() + limit
        while len(self.quiet) < self.wanted and len(self.done) < MOST * self.wanted:
            if self.done and time.monotonic() > until:
                return
            self.done.append({name: turn(name) for name in contestants})
            finished()

    def note(self) -> str:
        """Quiet rounds of all, and a warning where none was."""
        return f"{len(self.quiet)}/{len(self.done)}" + ("" if self.quiet else " (disturbed)")


def median(rounds: list[dict[str, dict]], contestant: str, value: str) -> float:
    """Over rounds."""
    return statistics.median(one[contestant][value] for one in rounds)


def spread(ratios: list[float]) -> dict[str, float]:
    """Median, least and greatest of the ratios of single rounds: neighbours in time, so a drift cancels."""
    return {"median": statistics.median(ratios), "least": min(ratios), "greatest": max(ratios)}
