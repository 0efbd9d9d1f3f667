"""Peak memory of whole processes, as the operating system accounts it.

Run: make bench. Writes benchmarks/results/memory.json.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from measure import generate_flags, save, synthctx

CELLS = (
    ("niah/single", "128k", 200),
    ("niah/single", "128k", 2000),
    ("longicl/classification", "128k", 400),
    ("needlebench/ancestral_trace", "128k", 400),
    ("longproc/html_to_tsv", "128k", 200),
    ("niah/single", "10M", 1),
    ("longicl/classification", "10M", 1),
)


def main() -> None:
    result: dict[str, object] = {}
    folder = Path(tempfile.mkdtemp())
    try:
        for number, (task, length, samples) in enumerate(CELLS):
            took, peak = synthctx(*generate_flags(task, length, samples, folder / str(number)))
            result[f"{task}, {samples} x {length}"] = f"{peak:.0f} MB, {took:.1f} s"
            shutil.rmtree(folder / str(number))
    finally:
        shutil.rmtree(folder)
    save("memory", result)


if __name__ == "__main__":
    main()
