#!/usr/bin/env python3
"""Images a second of one of MIMIR's tasks in PyTorch on the CPU, as JSON; race.py calls this for each round.

    /usr/bin/python3 torch_step.py --model vit_ti --patch 4 --batch 128 --task pretrain --mode tuned
    /usr/bin/python3 torch_step.py --check --batch 8        # tuned and stock give the same attack, gradients and update
"""
from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import time

import environment
from arguments import Parser, count, patch_of_image

TASKS = ("pretrain", "finetune", "eval")  # of tasks.py and vit.py, which need torch
MODELS = ("vit_ti", "vit_small", "vit_small_ds", "vit_base", "vit_large")


def parse() -> argparse.Namespace:
    """The command line."""
    parser = Parser(__doc__)
    parser.add_argument("--model", choices=MODELS, default="vit_ti")
    parser.add_argument("--patch", type=patch_of_image, default=4, help="side of a patch in pixels; images are 32 x 32")
    parser.add_argument("--batch", type=count, default=128)
    parser.add_argument("--task", choices=TASKS, default="pretrain")
    parser.add_argument("--mode", choices=("stock", "tuned"), default="tuned", help="how the step is written: tasks.py")
    parser.add_argument("--environment", choices=("tuned", "plain"), default="tuned",
                        help="tuned: environment.py's settings, for either mode; plain: as it is")
    parser.add_argument("--threads", type=count, default=environment.available_threads())
    parser.add_argument("--repetitions", type=count, default=5)
    parser.add_argument("--check", action="store_true", help="compare a tuned step with a stock one, then leave")
    options = parser.parse_args()
    if options.task == "pretrain" and options.patch > 16:
        parser.error("--patch 32 leaves no patch visible in --task pretrain")
    return options


def make(options: argparse.Namespace, mode: str):
    """A step of the given mode."""
    import tasks

    kind = tasks.StockStep if mode == "stock" else tasks.TunedStep
    return kind(options.task, options.model, options.patch, options.batch, options.threads)


def measure(options: argparse.Namespace) -> dict:
    """Times the step; one is run before, unmeasured."""
    import torch

    from method import work

    step = make(options, options.mode)
    step.run()
    seconds, phases, processor = [], [], time.process_time()
    for _ in range(options.repetitions):
        begin = time.perf_counter()
        phases.append(step.run())
        seconds.append(time.perf_counter() - begin)
    processor = time.process_time() - processor
    median = statistics.median(seconds)
    return {
        "task": options.task, "model": options.model, "patch": options.patch, "batch": options.batch,
        "mode": options.mode, "environment": options.environment, "threads": options.threads,
        "images_per_second": options.batch / median, "images_per_second_best": options.batch / min(seconds),
        "seconds_per_step": median, "seconds": seconds, "processor_seconds_per_step": processor / options.repetitions,
        "phases": {name: statistics.median(p[name] for p in phases) for name in phases[0]},
        "gflop_per_image": work(options.task, options.model, options.patch) / 1e9,
        "rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "torch": torch.__version__, "python": sys.version.split()[0],
    }


def main() -> int:
    """Restarts in the right environment, then measures or checks."""
    options = parse()
    if options.environment == "tuned":
        environment.restart(environment.tuned(options.threads if options.mode == "stock" else 1))
    environment.require_torch()
    import torch

    torch.set_flush_denormal(True)
    if options.check:
        import check

        return check.run(options, make)
    print(json.dumps({"steps": [measure(options)]}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
