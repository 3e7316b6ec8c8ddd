"""What a result must say of where it was measured."""
from __future__ import annotations

import platform
import subprocess
from pathlib import Path

from environment import available_threads, has_avx512

PACKAGES = ("python3-torch", "libopenblas0-pthread", "libdnnl2")


def describe(mimir: Path) -> dict[str, str]:
    """Processor, system and versions; what cannot be found is left out."""
    facts = {"processor": _processor(), "cores": str(available_threads()), "AVX-512": "yes" if has_avx512() else "no",
             "system": _system(), "python": platform.python_version(), "Mimir commit": _commit(mimir.parent), **_packages()}
    return {name: value for name, value in facts.items() if value}


def _processor() -> str:
    """The name and, since clouds hide the name, family and model."""
    first = Path("/proc/cpuinfo").read_text().split("\n\n")[0]
    facts = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in first.splitlines())}
    name = facts.get("model name", platform.machine())
    return f"{name} (family {facts['cpu family']}, model {facts['model']})" if "cpu family" in facts else name


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"] + ", Linux " + platform.release()
    except (OSError, KeyError):
        return platform.platform()


def _output(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""


def _commit(folder: Path) -> str:
    changed = " with changes" if _output("git", "-C", str(folder), "status", "--porcelain", "--untracked-files=no") else ""
    commit = _output("git", "-C", str(folder), "rev-parse", "--short", "HEAD").strip()
    return commit + changed if commit else ""


def _packages() -> dict[str, str]:
    lines = _output("dpkg-query", "-W", "-f=${Package} ${Version}\n", *PACKAGES).splitlines()
    return dict(line.split(" ", 1) for line in lines if " " in line)
