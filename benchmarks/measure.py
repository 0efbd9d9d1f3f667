"""What all benchmarks share: medians, whole processes, results on disk."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
ROOT = Path(__file__).resolve().parent.parent


def one_core() -> None:
    """Stay on one core, so that no thread of a library helps either side."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def seconds(action: Callable[[], object]) -> float:
    """Return the wall seconds of an action."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def median(action: Callable[[], object], times: int = 3) -> float:
    """Return the median seconds of an action."""
    return statistics.median(seconds(action) for _ in range(times))


# The memory of a child begins with that of the process that starts it: so a small one does.
_STARTER = """
import json, resource, subprocess, sys, time
start = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
took = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(json.dumps([done.returncode, took, peak]))
"""


def process(*command: str) -> tuple[float, float]:
    """Run a whole command; return its wall seconds and its peak memory in MB.

    The memory is what the operating system accounts to the process (maximum resident set).
    """
    starter = [sys.executable, "-c", _STARTER, *command]
    done = subprocess.run(starter, capture_output=True, text=True, cwd=ROOT, check=True)
    code, took, peak = json.loads(done.stdout)
    if code:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return float(took), float(peak)


def synthctx(*args: str) -> tuple[float, float]:
    """Run synthctx as a whole process; return wall seconds and peak memory in MB."""
    return process(sys.executable, "-m", "synthctx", *args)


def generate_flags(task: str, length: str, samples: int, out: Path) -> list[str]:
    """Return the arguments of `synthctx generate` for one cell."""
    flags = ["generate", "--task", task, "--length", length, "--samples", str(samples)]
    return [*flags, "--seed", "1", "-o", str(out)]


def save(name: str, result: Mapping[str, Any]) -> None:
    """Print a result, and write it with the machine's description."""
    machine = {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}",
        "python": platform.python_version(),
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps({**machine, **result}, indent=1)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    print(f"== {name}")
    for key, value in result.items():
        print(f"{key:<44}{value}")
