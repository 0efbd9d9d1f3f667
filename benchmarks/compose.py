"""How fast samples are composed and written, beside pyarrow writing the same strings.

Run: make bench. Writes benchmarks/results/compose.json.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from measure import generate_flags, median, one_core, save, seconds, synthctx

from synthctx.generation import generate
from synthctx.store import Bench
from synthctx.suite import Suite

SAMPLES = 200
LENGTH = 131_072
MANY = 8000


def suite() -> Suite:
    entry = {"task": "niah/single", "length": LENGTH, "samples": SAMPLES}
    return Suite.from_document({"name": "bench", "seed": 1, "tests": [entry]})


def writing(folder: Path) -> dict[str, object]:
    """Compare composing and writing with writing alone, in turn, on one core."""
    texts: list[str] = []

    def ours() -> None:
        generate(suite(), folder / "ours")

    def floor() -> None:
        table = pa.table({"text": pa.array(texts, pa.large_string())})
        pq.write_table(table, folder / "floor", compression="zstd", compression_level=3)

    cold = seconds(ours)
    texts += [row["text"] for row in Bench(folder / "ours").prompts()]
    floor()
    pairs = []
    for _ in range(9):
        shutil.rmtree(folder / "ours")
        pairs.append((seconds(ours), seconds(floor)))
    mine, alone = (statistics.median(side) for side in zip(*pairs, strict=True))
    tokens = SAMPLES * LENGTH
    return {
        "samples": f"{SAMPLES} of {LENGTH:,} tokens, zstd-3",
        "compose and write, s": round(mine, 3),
        "write the same strings alone, s": round(alone, 3),
        "share of writing speed": round(alone / mine, 3),
        "M tokens/s": round(tokens / mine / 1e6),
        "first run, pools not built yet, s": round(cold, 3),
    }


def workers(folder: Path) -> dict[str, object]:
    """Compare one worker with two, whole processes on a larger bench."""
    times: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(3):
        for count, had in times.items():
            shutil.rmtree(folder / "many", ignore_errors=True)
            flags = generate_flags("niah/single", "128k", MANY, folder / "many")
            had.append(synthctx(*flags, "--workers", str(count))[0])
    one, two = (statistics.median(times[n]) for n in (1, 2))
    return {
        f"{MANY} samples of 128k, 1 worker, s": round(one, 2),
        f"{MANY} samples of 128k, 2 workers, s": round(two, 2),
        "speed-up of two workers": round(one / two, 2),
    }


def first(folder: Path) -> dict[str, object]:
    """Time the first 4k sample from process start."""
    number = iter(range(100))

    def once() -> None:
        synthctx(*generate_flags("niah/single", "4k", 1, folder / f"first{next(number)}"))

    return {"first 4k sample, whole process, s": round(median(once, 5), 2)}


def main() -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        result = {**first(folder), **workers(folder)}
        one_core()
        save("compose", {**writing(folder), **result})
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
