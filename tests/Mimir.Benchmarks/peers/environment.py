"""The environment in which PyTorch is fastest on a CPU, and the restart that puts a process into it.

BLAS, OpenMP, ATen and malloc read these variables once, when they are loaded; hence the restart before torch is imported.
"""
from __future__ import annotations

import os
import pathlib
import sys

MARK = "MIMIR_PEER_ENVIRONMENT"  # set in the restarted process, so that it does not restart for ever
PACKAGES = "python3-torch libopenblas0-pthread"

# The large tensors of a step are freed and asked for again thousands of times: malloc keeps them instead of mapping fresh zero
# pages each time, and asks for huge pages.
MALLOC = {
    "MALLOC_MMAP_MAX_": "0",  # never mmap a large block
    "MALLOC_TRIM_THRESHOLD_": str(1 << 34),  # never give the top of the heap back
    "MALLOC_TOP_PAD_": str(1 << 28),  # grow the heap by 256 MiB at a time
    "MALLOC_ARENA_MAX": "1",  # threads share one heap: a second arena could not use the settings above
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",  # madvise(MADV_HUGEPAGE) for the heap
}
# libgomp's idle worker would otherwise spin on the core that an OpenBLAS thread needs.
OPENMP = {"OMP_WAIT_POLICY": "passive"}
# OpenBLAS 0.3.21 takes AVX2 kernels on AMD, and Debian's ATen takes AVX2 everywhere, unless told; both have AVX-512 code.
AVX512 = {"OPENBLAS_CORETYPE": "SkylakeX", "ATEN_CPU_CAPABILITY": "avx512"}
# A machine's own settings of these must not slip in.
CLEARED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "ATEN_CPU_CAPABILITY")


def has_avx512() -> bool:
    """Whether the processor has what the AVX-512 kernels of OpenBLAS and ATen use; without, both choose for themselves."""
    flags: set[str] = set()
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("flags"):
            flags = set(line.split(":", 1)[1].split())
            break
    return {"avx512f", "avx512dq", "avx512bw", "avx512vl"} <= flags


def tuned(library_threads: int) -> dict[str, str]:
    """The settings for a process whose libraries may use `library_threads` threads for one operator."""
    threads = {"OPENBLAS_NUM_THREADS": str(library_threads), "OMP_NUM_THREADS": str(library_threads)}
    return {**MALLOC, **OPENMP, **(AVX512 if has_avx512() else {}), **threads}


def restart(settings: dict[str, str]) -> None:
    """Starts this very command again with the settings; returns at once in the process that has them."""
    if os.environ.get(MARK) == "set":
        return
    kept = {name: value for name, value in os.environ.items() if name not in CLEARED}
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, *sys.argv], {**kept, **settings, MARK: "set"})


def require_torch() -> None:
    """Leaves with one clear line where torch cannot be imported."""
    try:
        import numpy  # noqa: F401
        import torch  # noqa: F401
    except ImportError as missing:
        print(f"error: {sys.executable} cannot import {missing.name}; on Debian: apt install {PACKAGES}, "
              "and run this with /usr/bin/python3", file=sys.stderr)
        sys.exit(1)


def available_threads() -> int:
    """Cores this process may run on."""
    return len(os.sched_getaffinity(0))
