"""Runs one contestant as a process of its own and watches what else the machine does meanwhile, the same way for each."""
from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE = 10  # seconds that an interrupted child has to leave


class ChildFailed(Exception):
    """A contestant did not do its work; the message is for the user."""


@dataclass(frozen=True)
class Outcome:
    """What a child printed and what it cost."""

    document: dict
    seconds: float
    others: float  # share of the machine that other processes, and other guests of the host, used
    rss_mib: float  # the most memory resident


def _busy() -> float:
    """Processor seconds of all processes so far, with what the host stole."""
    with open("/proc/stat") as file:
        user, nice, system, _, _, irq, softirq, stolen = map(int, file.readline().split()[1:9])
    return (user + nice + system + irq + softirq + stolen) / TICKS


def _own() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def run(command: list[str]) -> Outcome:
    """Runs the command to its end; its stdout must be one JSON document."""
    what = " ".join(command)
    begin, busy, own = time.perf_counter(), _busy(), _own()
    with tempfile.TemporaryFile() as errors:
        try:
            child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)
        except OSError as error:
            raise ChildFailed(f"cannot start {command[0]}: {error.strerror}") from None
        with child:
            try:
                output = child.stdout.read()
                _, status, usage = os.wait4(child.pid, 0)
            except KeyboardInterrupt:
                _stop(child)
                raise
            child.returncode = os.waitstatus_to_exitcode(status)
        elapsed = time.perf_counter() - begin
        others = _busy() - busy - (_own() - own) - usage.ru_utime - usage.ru_stime
        if child.returncode:
            errors.seek(0)
            lines = errors.read().decode(errors="replace").split("\n")
            said = [line for line in lines if line.strip()] or ["it printed nothing"]
            raise ChildFailed(f"exit code {child.returncode} of '{what}': {said[-1].strip()}")
    try:
        document = json.loads(output)
    except ValueError:
        raise ChildFailed(f"'{what}' printed no JSON document") from None
    return Outcome(document, elapsed, max(0.0, others) / (elapsed * os.cpu_count()), usage.ru_maxrss / 1024)


def _stop(child: subprocess.Popen) -> None:
    """Asks the child to leave, whether or not the terminal's Ctrl-C has reached it; one that stays is killed."""
    child.send_signal(signal.SIGINT)
    try:
        child.wait(PATIENCE)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        child.kill()
        child.wait()


def repository() -> Path:
    """The checkout that this folder is part of."""
    return Path(__file__).resolve().parents[3]
