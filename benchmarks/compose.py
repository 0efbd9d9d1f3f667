"""How fast samples are composed and written: ratios measured in one run, medians.

Run: make bench. Writes benchmarks/results/compose.json.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from synthctx.generation import generate
from synthctx.store import Bench
from synthctx.suite import Suite

RESULTS = Path(__file__).parent / "results"
SAMPLES = 200
LENGTH = 131_072


def suite(samples: int = SAMPLES, length: int = LENGTH) -> Suite:
    entry = {"task": "niah/single", "length": length, "samples": samples}
    return Suite.from_document({"name": "bench", "seed": 1, "tests": [entry]})


def median(action: Callable[[], object], times: int = 3) -> float:
    """Return the median seconds of an action."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def write_only(texts: list[str], path: Path) -> None:
    """Write the same strings with pyarrow alone: the floor."""
    column = pa.schema([("text", pa.large_string())])
    options = {"compression": "zstd", "compression_level": 3, "use_dictionary": False}
    with pq.ParquetWriter(path, column, **options) as writer:
        for at in range(0, len(texts), 8):
            writer.write_table(pa.table([pa.array(texts[at : at + 8], pa.large_string())], column))


def process_seconds(*args: str) -> float:
    """Return the wall seconds of one whole command."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "synthctx", *args], check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    folder = Path(tempfile.mkdtemp())
    tokens = SAMPLES * LENGTH
    try:
        generate(suite(4), folder / "warm")

        def ours(workers: int) -> None:
            shutil.rmtree(folder / "ours", ignore_errors=True)
            generate(suite(), folder / "ours", workers=workers)

        one = median(lambda: ours(1))
        texts = [row["text"] for row in Bench(folder / "ours").prompts()]
        floor = median(lambda: write_only(texts, folder / "floor.parquet"))
        two = median(lambda: ours(2))
        first = statistics.median(
            process_seconds(
                "generate",
                "--task",
                "niah/single",
                "--length",
                "4k",
                "--seed",
                "1",
                "-o",
                str(folder / f"first{i}"),
            )
            for i in range(5)
        )
    finally:
        shutil.rmtree(folder)
    result = {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "python": platform.python_version(),
        "samples": SAMPLES,
        "length": LENGTH,
        "one worker, s": round(one, 2),
        "one worker, M tokens/s": round(tokens / one / 1e6, 1),
        "writing alone, s": round(floor, 2),
        "share of writing speed": round(floor / one, 3),
        "two workers, s": round(two, 2),
        "speed-up of two workers": round(one / two, 2),
        "first 4k sample, whole process, s": round(first, 2),
        "peak memory, MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "compose.json").write_text(json.dumps(result, indent=1) + "\n")
    for name, value in result.items():
        print(f"{name:<36}{value}")


if __name__ == "__main__":
    main()
