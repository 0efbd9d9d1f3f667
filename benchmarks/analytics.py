"""A million results in one bench: the seconds that every view takes, and the memory.

Run: make bench, or python benchmarks/analytics.py [RESULTS]. Writes benchmarks/results/.

The bench is simulated: five models on ten tests at five lengths and five depths, four versions of
each problem, with the columns, row groups and compression that scoring writes. A view of figures
(cells, pairs, ...) is timed whole, every row of it. A view with a row for each answer (results,
answers, failures) is timed as it is used: counted as a whole, and its first 500 rows in order.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from measure import median, process, save

from synthctx.analytics.connect import VIEWS, connect, named_query
from synthctx.jsonio import digest
from synthctx.store import Bench, versions
from synthctx.streams import Streams
from synthctx.tables import schema

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

MODELS = [f"model-{n}" for n in range(5)]
TASKS = [f"simulated/test_{n}" for n in range(10)]
LENGTHS = [4096, 8192, 32768, 65536, 131072]
DEPTHS = [0.0, 0.25, 0.5, 0.75, 1.0]
VERSIONS = 4
RESULTS = 1_000_000
ROWS = ("results", "answers", "failures")  # views with a row for each answer
ORDERED = {
    "results": "select * from results order by model, task, sample_id limit 500",
    "answers": "select * from answers order by model, sample_id limit 500",
    "failures": f"{named_query('failures')} limit 500",
}


def main() -> None:
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else RESULTS
    folder = Path(tempfile.mkdtemp())
    try:
        made = simulate(folder / "bench", asked)
        found: dict[str, Any] = {"results": f"{made:,}"}
        found |= times(folder / "bench")
        for command in (["query", "--name", "cells"], ["stats"]):
            took, peak = whole(command, folder / "bench")
            found[f"synthctx {' '.join(command)}, whole process"] = f"{took:.2f} s, {peak:.0f} MB"
        found["synthctx report, whole process"] = report(folder)
        save("analytics", found)
    finally:
        shutil.rmtree(folder)


def times(bench: Path) -> dict[str, str]:
    """Return how long each view takes, in the median of three, with what it gives."""
    found: dict[str, str] = {}
    with connect(bench) as connection:
        for view in VIEWS:
            counted = view in ROWS
            found[view] = timed(connection, f"select {'count(*)' if counted else '*'} from {view}")
        for view, sql in ORDERED.items():
            found[f"{view}, the first 500"] = timed(connection, sql)
    return found


def timed(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    """Return the seconds by the clock and of all cores together: others may use the machine."""
    rows = 0

    def run() -> None:
        nonlocal rows
        rows = connection.sql(sql).to_arrow_table().num_rows

    start = time.process_time()
    took = median(run)
    cores = (time.process_time() - start) / 3
    return f"{took:.2f} s, {cores:.2f} s of cores, {rows:,} rows"


def whole(command: list[str], bench: Path) -> tuple[float, float]:
    """Return the seconds and the peak memory of a command in a process of its own."""
    verb, *rest = command
    return process(sys.executable, "-m", "synthctx", verb, str(bench), *rest)


def report(folder: Path) -> str:
    """Return the seconds and the peak memory of the report, and the size of its page."""
    page = folder / "report.html"
    took, peak = whole(["report", "-o", str(page)], folder / "bench")
    return f"{took:.2f} s, {peak:.0f} MB, page of {page.stat().st_size / 1e6:.1f} MB"


def simulate(path: Path, results: int) -> int:
    """Write a bench of about so many results; return how many there are."""
    bench = Bench(path)
    cells = len(TASKS) * len(LENGTHS) * len(DEPTHS)
    problems = max(1, results // (len(MODELS) * cells * VERSIONS))
    samples = _samples(problems)
    write(bench.part("samples", 0), samples)
    write(bench.part("contexts", 0), _contexts())
    for number, model in enumerate(MODELS):
        streams = Streams(["analytics benchmark", model])
        outputs, scores = _answers(samples, model, 0.97 - 0.06 * number, streams)
        write(bench.next_model_part("outputs", model), outputs)
        write(bench.next_model_part("scores", model), scores)
    rows = {"samples": samples.num_rows}
    bench.write_manifest(
        {"suite": {"name": "simulated"}, "seed": 1, "rows": rows, "versions": versions()}
    )
    return int(samples.num_rows) * len(MODELS)


def write(path: Path, table: pa.Table) -> None:
    """Write a table as the store does: row groups of 10,000 rows, zstd."""
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, row_group_size=10_000, compression="zstd", compression_level=3)


def _contexts() -> pa.Table:
    import pyarrow as pa

    row = {"context_id": "c", "text": None, "tokens": 1, "characters": 1, "tokenizer": "chars"}
    return pa.Table.from_pylist([row], schema=schema("contexts"))


def _samples(problems: int) -> pa.Table:

    shape = (len(TASKS), len(LENGTHS), len(DEPTHS), problems, VERSIONS)
    task, length, depth, index, version = (a.ravel() for a in np.indices(shape))
    size = len(task)
    depths = np.array(DEPTHS)[depth]
    columns: dict[str, Any] = {
        "sample_id": _ids(np.arange(size)),
        "group_id": _ids(task * problems + index),
        "turn": np.zeros(size),
        "task": np.array(TASKS)[task],
        "task_version": np.ones(size),
        "language": ["en"] * size,
        "seed": np.ones(size),
        "index": index,
        "version": version,
        "tokenizer": ["tekken"] * size,
        "length": np.array(LENGTHS)[length],
        "prompt_tokens": np.array(LENGTHS)[length] - 64,
        "max_output_tokens": np.full(size, 64),
        "depth": depths,
        "evidence": _evidence(depths),
        "context_id": ["c"] * size,
        "prefix": ["Read the text and answer the question at its end.\n"] * size,
        "suffix": [f"\nWhat is the number of item {n}?" for n in range(size)],
        "scorer": ["match/all"] * size,
        "reference": [f'["{n:07d}"]' for n in range(size)],
        "rule_params": ["{}"] * size,
        "params": ["{}"] * size,
        "uniqueness": ["proved"] * size,
        "floor": np.zeros(size),
        "canary": ["synthctx-canary"] * size,
    }
    return _table("samples", columns, size)


def _ids(numbers: Any) -> list[str]:
    """Return ids such as the store's: 32 hexadecimal digits that do not compress."""
    return [digest(number) for number in numbers.tolist()]


def _evidence(depths: Any) -> pa.Array:
    import pyarrow as pa

    size = 2 * len(depths)  # two pieces each, side by side
    zero = pa.array(np.zeros(size, dtype=np.int64))
    pieces = pa.StructArray.from_arrays(
        [zero, zero, zero, pa.array(np.repeat(depths, 2))],
        ["char_start", "char_end", "token_start", "depth"],
    )
    return pa.ListArray.from_arrays(pa.array(np.arange(0, size + 1, 2, dtype=np.int32)), pieces)


def _answers(
    samples: pa.Table, model: str, base: float, streams: Streams
) -> tuple[pa.Table, pa.Table]:
    size = samples.num_rows
    ids = samples["sample_id"]
    rate = base - 0.08 * np.searchsorted(LENGTHS, samples["length"].to_numpy())
    drawn = streams("answers").uniform(size)
    right = drawn < rate
    progress = np.where(right, 1.0, np.floor(streams("progress").uniform(size) * 20) / 20)
    words = [f"The answer is {n:07d}." for n in range(size)]
    metrics = [
        [("progress", p), ("first_error_step", 20 * p), ("steps", 20.0)] for p in progress.tolist()
    ]
    common = {"sample_id": ids, "model": [model] * size, "attempt": np.zeros(size)}
    outputs = {**common, "output": words, "finish_reason": ["stop"] * size}
    scores = {
        **common,
        "scorer": ["match/all"] * size,
        "scorer_version": np.ones(size),
        "status": ["scored"] * size,
        "score": right.astype(float),
        "paper": right.astype(float),
        "metrics": metrics,
        "extracted": words,
        "explanation": np.where(right, "the value is there", "the value is not there"),
        "flags": [[]] * size,
    }
    return _table("outputs", outputs, size), _table("scores", scores, size)


def _table(name: str, columns: dict[str, Any], size: int) -> pa.Table:
    """Return a table of the store; columns that are not given are null."""
    import pyarrow as pa

    arrays = []
    for field in schema(name):
        given = columns.get(field.name)
        if given is None:
            arrays.append(pa.nulls(size, field.type))
        elif isinstance(given, np.ndarray) and given.dtype.kind in "if":
            arrays.append(pa.array(given).cast(field.type))
        elif isinstance(given, pa.ChunkedArray | pa.Array):
            arrays.append(given.cast(field.type))
        else:
            arrays.append(pa.array(given, type=field.type))
    return pa.Table.from_arrays(arrays, schema=schema(name))


if __name__ == "__main__":
    main()
