#!/usr/bin/env python3
"""Races Mimir against PyTorch on this machine's CPU: whole training steps and, with --matmul, single matrix products.

    /usr/bin/python3 race.py                                             # everything; hours
    /usr/bin/python3 race.py --cases vit_ti:4:128 --tasks pretrain --rounds 2
    /usr/bin/python3 race.py --matmul --rounds 3                         # matrix products only

Both sides take turns, each in a process of its own. Needs Debian's python3-torch and libopenblas0-pthread, and a built Mimir.
See README.md beside this file. Ctrl-C keeps what is finished.
"""
from __future__ import annotations

import argparse
import importlib.util
import json
import shlex
import signal
import sys
import time
from pathlib import Path

import machine
from arguments import Parser, count, patch_of_image, seconds, words
from children import ChildFailed
from contestants import Case, find_mimir
from environment import PACKAGES, available_threads
from matmul_race import MatmulRace, matmul_table
from rounds import OTHERS
from step_race import StepRace, disagreements, step_table
from tables import write
from torch_step import MODELS, TASKS

CASES = "vit_ti:4:128,vit_ti:2:64,vit_small:4:64"
MODES = ("stock", "tuned")


def cases(text: str) -> list[Case]:
    """MODEL:PATCH:BATCH with commas between."""
    return [_case(word) for word in text.split(",")]


def _case(text: str) -> Case:
    parts = text.split(":")
    if len(parts) != 3 or parts[0] not in MODELS:
        raise argparse.ArgumentTypeError(f"'{text}' is not MODEL:PATCH:BATCH with a MODEL of {', '.join(MODELS)}")
    return Case(parts[0], patch_of_image(parts[1]), count(parts[2]))


def parse() -> argparse.Namespace:
    """The command line."""
    parser = Parser(__doc__)
    parser.add_argument("--cases", type=cases, default=cases(CASES), metavar="LIST", help=f"MODEL:PATCH:BATCH,... (default {CASES})")
    parser.add_argument("--tasks", type=words(TASKS), default=list(TASKS), metavar="LIST", help=f"of {','.join(TASKS)} (default all)")
    parser.add_argument("--modes", type=words(MODES), default=list(MODES), metavar="LIST", help="PyTorch's: of stock,tuned (default both)")
    parser.add_argument("--environment", choices=("tuned", "plain"), default="tuned", help="PyTorch's, for either mode: settings of environment.py, or none")
    parser.add_argument("--matmul", action="store_true", help="race matrix products, with one thread and with all, instead of steps")
    parser.add_argument("--rounds", type=count, default=5, help="undisturbed rounds wanted of each race (default 5)")
    parser.add_argument("--repetitions", type=count, help="steps timed in a round (default: 5 of pretrain, 2 of finetune, 1 of eval)")
    parser.add_argument("--threads", type=count, default=available_threads(), help="of each side (default: all cores)")
    parser.add_argument("--limit", type=seconds, default=1800, help="seconds after which a race starts no further round (default 1800)")
    parser.add_argument("--mimir", metavar="PATH", help="the executable (default: the one built in this checkout)")
    parser.add_argument("--out", type=Path, default=Path("runs/race"), help="folder for race.json and race.md (default runs/race)")
    options = parser.parse_args()
    if options.threads > available_threads():
        parser.error(f"--threads {options.threads} is more than the {available_threads()} cores there are")
    if "pretrain" in options.tasks and not options.matmul:
        for case in options.cases:
            if case.patch > 16 or case.batch < 2:
                parser.error(f"'{case.model}:{case.patch}:{case.batch}' cannot pretrain: that takes patches up to 16 pixels and 2 images")
    try:
        options.mimir = find_mimir(options.mimir)
        options.out.mkdir(parents=True, exist_ok=True)
    except ValueError as error:
        parser.error(str(error))
    except OSError as error:
        parser.error(f"--out '{options.out}' cannot be made: {error.strerror}")
    return options


class Record:
    """All races of this command and the files that tell of them."""

    def __init__(self, options: argparse.Namespace):
        self.options, self.finished = options, False
        self.started = time.strftime("%Y-%m-%d %H:%M:%S %z")
        self.machine = machine.describe(options.mimir)
        self.steps = [] if options.matmul else [
            StepRace(case, task, options.modes, options.rounds) for case in options.cases for task in options.tasks]
        self.matmul = [MatmulRace(n, options.rounds) for n in sorted({1, options.threads})] if options.matmul else []

    def run(self) -> None:
        """Runs the races one after the other; the files are up to date after each round."""
        options = self.options
        for race in self.steps:
            race.run(options.mimir, options.threads, options.repetitions, options.environment, options.limit, progress, self.save)
        for race in self.matmul:
            race.run(options.mimir, options.limit, progress, self.save)
        self.finished = True
        self.save()

    def tables(self) -> str:
        """What is finished, as Markdown."""
        parts = [step_table(self.steps)] if any(race.rounds.done for race in self.steps) else []
        for race in self.matmul:
            if race.rounds.done:
                parts.append(f"Matrix products, GFLOP/s with {race.threads} thread{'s' * (race.threads > 1)}; quiet rounds {race.rounds.note()}\n\n"
                             + matmul_table(race))
        notes = [*disagreements(self.steps), f"Medians of rounds in which other processes used at most {100 * OTHERS:.0f} % of the machine on each side "
                 "(of all rounds where it says disturbed). ratio: Mimir to PyTorch, above 1 Mimir is faster; of rounds: its least and greatest."]
        return "\n\n".join(parts + notes) if parts else "No round was finished."

    def save(self) -> None:
        """Writes race.json and race.md."""
        document = {"command": shlex.join(sys.argv), "started": self.started, "finished": self.finished, "threads": self.options.threads,
                    "environment": self.options.environment, "others_at_most": OTHERS, "machine": self.machine,
                    "steps": [race.summary() for race in self.steps if race.rounds.done],
                    "matmul": [race.summary() for race in self.matmul if race.rounds.done]}
        write(self.options.out / "race.json", json.dumps(document, indent=1) + "\n")
        facts = "; ".join(f"{name} {value}" for name, value in self.machine.items())
        state = "" if self.finished else "\n\nNot all races were finished."
        write(self.options.out / "race.md",
              f"# Mimir against PyTorch\n\n{facts}; {self.options.threads} threads; {self.started}\n\n`{document['command']}`{state}\n\n{self.tables()}\n")


def progress(line: str) -> None:
    """Tells what was just measured."""
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    """Runs the races and prints their table."""
    try:
        options = parse()
        for module in ("torch", "numpy"):
            if importlib.util.find_spec(module) is None:
                raise ChildFailed(f"{sys.executable} has no {module}; on Debian: apt install {PACKAGES}, and run this with /usr/bin/python3")
        record = Record(options)
    except ChildFailed as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    code = 0
    try:
        record.run()
    except KeyboardInterrupt:
        print("interrupted; what is finished is kept", file=sys.stderr)
        code = 130
    except ChildFailed as error:
        print(f"error: {error}", file=sys.stderr)
        code = 1
    record.save()
    print(record.tables())
    print(f"\n{options.out / 'race.json'} and race.md have it all.")
    return code


if __name__ == "__main__":
    sys.exit(main())
