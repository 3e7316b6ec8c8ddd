#!/usr/bin/env python3
"""Races Mimir's evaluations under attack against PyTorch's on the same checkpoint and the same CIFAR-10 images.

    /usr/bin/python3 attack_race.py --checkpoint runs/tuned --data cifar-10-batches-bin --attack pgd-20 --images 512 --rounds 3
    /usr/bin/python3 attack_race.py --checkpoint runs/tuned --data cifar-10-batches-bin --attack autoattack --images 64 --rounds 1 --auto-attack auto-attack

Both sides take turns, each in a process of its own, and get the same number of threads. Their times begin when model and images are loaded. The sides draw
their random numbers differently, so single images may fall differently; how many do is printed. See README.md beside this file.
"""
from __future__ import annotations

import argparse
import json
import math
import shlex
import sys
import time
from pathlib import Path

import children
import machine
from arguments import Parser, count, seconds, words
from children import ChildFailed
from contestants import HERE, find_mimir
from environment import available_threads
from rounds import OTHERS, Rounds, median, spread
from tables import table, write

MODES = ("stock", "tuned")
OURS = ("mimir", "mimir-last")


def parse() -> argparse.Namespace:
    """The command line."""
    parser = Parser(__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True, metavar="PATH", help="a classifier of Mimir's, 3x32x32: the file or its run's folder")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="CIFAR-10's binary folder")
    parser.add_argument("--attack", default="pgd-20", metavar="LIST", help="pgd-K, autoattack, or a list of AutoAttack's attacks (default pgd-20)")
    parser.add_argument("--auto-attack", type=Path, metavar="PATH", help="checkout of fra31/auto-attack at a392200; not needed for pgd")
    parser.add_argument("--images", type=count, default=256, help="test images (default 256)")
    parser.add_argument("--batch", type=count, default=128, help="images at once (default 128)")
    parser.add_argument("--steps", type=count, help="iterations of apgd and fab in a list (default 100)")
    parser.add_argument("--queries", type=count, help="queries of square in a list (default 5000)")
    parser.add_argument("--modes", type=words(MODES), default=list(MODES), metavar="LIST", help="PyTorch's operators: of stock,tuned (default both)")
    parser.add_argument("--rounds", type=count, default=3, help="undisturbed rounds wanted (default 3)")
    parser.add_argument("--limit", type=seconds, default=7200, help="seconds after which no further round starts (default 7200)")
    parser.add_argument("--threads", type=count, default=available_threads(), help="of each side (default: all cores)")
    parser.add_argument("--mimir", metavar="PATH", help="the executable (default: the one built in this checkout)")
    parser.add_argument("--out", type=Path, default=Path("runs/attack-race"), help="folder for race.json and race.md (default runs/attack-race)")
    options = parser.parse_args()
    try:
        options.mimir = find_mimir(options.mimir)
    except ValueError as error:
        parser.error(str(error))
    options.out.mkdir(parents=True, exist_ok=True)
    # Beside Mimir as it comes, which lets an image go once it is fooled, PGD is also run as PyTorch's side runs it: all steps of all images.
    options.contestants = [*(OURS if options.attack.startswith("pgd-") else OURS[:1]), *options.modes]
    return options


def command(contestant: str, options: argparse.Namespace) -> list[str]:
    """How a side is called."""
    shared = ["--checkpoint", str(options.checkpoint), "--data", str(options.data), "--attack", options.attack, "--batch", str(options.batch),
              "--threads", str(options.threads)]
    for name in ("steps", "queries"):
        if (value := getattr(options, name)) is not None:
            shared += [f"--{name}", str(value)]
    if contestant in OURS:
        keep = ["--keep", "last"] if contestant == "mimir-last" else []
        return [str(options.mimir), "eval", *shared, "--limit", str(options.images), *keep, "--json"]
    peer = ["--auto-attack", str(options.auto_attack)] if options.auto_attack else []
    return [sys.executable, str(HERE / "torch_attack.py"), *shared, "--images", str(options.images), "--mode", contestant, *peer]


def result(contestant: str, outcome: children.Outcome) -> dict:
    """What a round keeps of a side's document."""
    document = outcome.document
    try:
        if contestant in OURS:
            found = {"seconds": document["seconds"], "images": document["images"], "natural": document["natural"]["correct"],
                     "robust": document["robust"]["correct"], "flags": [int(flag) for flag in document["samples"]["robust"]]}
        else:
            found = {name: document[name] for name in ("seconds", "images", "natural", "robust", "flags")}
    except (KeyError, TypeError) as error:
        raise ChildFailed(f"the JSON of {contestant} is not as expected ({type(error).__name__}: {error})") from None
    return {**found, "images_per_second": found["images"] / found["seconds"], "others": outcome.others, "rss_mib": outcome.rss_mib}


def agreement(rounds: Rounds, contestants: list[str]) -> list[str]:
    """How the sides' verdicts differ, in the first round."""
    first = rounds.done[0]
    ours, lines = first["mimir"], []
    for name in contestants[1:]:
        theirs = first[name]
        only_ours = sum(a and not b for a, b in zip(ours["flags"], theirs["flags"]))
        only_theirs = sum(b and not a for a, b in zip(ours["flags"], theirs["flags"]))
        share = theirs["robust"] / theirs["images"]
        half = 1.96 * math.sqrt(share * (1 - share) / theirs["images"])
        lines.append(
            f"{name}: natural {ours['natural']} against {theirs['natural']}, robust {ours['robust']} against {theirs['robust']} of {theirs['images']} images "
            f"(95 % interval +- {half * theirs['images']:.1f}); {only_ours} robust for mimir alone, {only_theirs} for {name} alone")
    return lines


def report(options: argparse.Namespace, rounds: Rounds) -> str:
    """The race as Markdown."""
    rows = []
    for name in options.contestants:
        ratios = spread([one["mimir"]["images_per_second"] / one[name]["images_per_second"] for one in rounds.used])
        rows.append([name, f"{median(rounds.used, name, 'images_per_second'):.3f}", f"{median(rounds.used, name, 'seconds'):.1f}", f"{ratios['median']:.3f}",
                     f"{ratios['least']:.3f}..{ratios['greatest']:.3f}", f"{max(one[name]['rss_mib'] for one in rounds.done):.0f}", rounds.note()])
    heads = ("side", "images/s", "seconds", "mimir to it", "of rounds", "MiB", "quiet rounds")
    return table(heads, rows, left=1) + "\n\n" + "\n".join(agreement(rounds, options.contestants))


def save(options: argparse.Namespace, rounds: Rounds, started: str) -> None:
    """Writes race.json and race.md."""
    facts = machine.describe(options.mimir)
    document = {"command": shlex.join(sys.argv), "started": started, "machine": facts, "threads": options.threads, "others_at_most": OTHERS,
                "attack": options.attack, "images": options.images, "rounds": rounds.done}
    write(options.out / "race.json", json.dumps(document, indent=1) + "\n")
    words_of_machine = "; ".join(f"{name} {value}" for name, value in facts.items())
    write(options.out / "race.md",
          f"# {options.attack} on {options.images} images\n\n{words_of_machine}; {options.threads} threads; {started}\n\n`{document['command']}`\n\n"
          f"{report(options, rounds)}\n")


def main() -> int:
    """Runs the race and prints its table."""
    options = parse()
    rounds, started = Rounds(options.rounds), time.strftime("%Y-%m-%d %H:%M:%S %z")

    def turn(contestant: str) -> dict:
        found = result(contestant, children.run(command(contestant, options)))
        print(f"round {len(rounds.done) + 1}: {contestant} {found['images_per_second']:.3f} images/s, {found['seconds']:.1f} s, robust {found['robust']} of "
              f"{found['images']}, others {100 * found['others']:.1f} %", file=sys.stderr, flush=True)
        return found

    code = 0
    try:
        rounds.run(options.contestants, turn, options.limit, lambda: save(options, rounds, started))
    except KeyboardInterrupt:
        print("interrupted; finished rounds are kept", file=sys.stderr)
        code = 130
    except ChildFailed as error:
        print(f"error: {error}", file=sys.stderr)
        code = 1
    if rounds.done:
        print(report(options, rounds))
        print(f"\n{options.out / 'race.json'} and race.md have it all.")
    return code


if __name__ == "__main__":
    sys.exit(main())
