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


def seconds(action: Callable[[], object]) -> float:
    """Return the wall seconds of an action."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def median(action: Callable[[], object], times: int = 3) -> float:
    """Return the median seconds of an action."""
    return statistics.median(seconds(action) for _ in range(times))


def process(*command: str, env: Mapping[str, str] | None = None) -> tuple[float, float]:
    """Run a whole command; return its wall seconds and its peak memory in MB.

    The memory is what the operating system accounts to the process (maximum resident set).
    """
    start = time.perf_counter()
    child = subprocess.Popen(
        command,
        env={**os.environ, **(env or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    stderr = child.stderr.read() if child.stderr else b""
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{stderr.decode(errors='replace')}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


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
