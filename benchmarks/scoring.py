"""How fast recorded answers are scored, Parquet in and Parquet out, beside a bare loop.

Whole processes on one core, and the peak of their memory, for two numbers of answers.

Run: make bench. Writes benchmarks/results/scoring.json.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from measure import one_core, save, seconds, synthctx

from synthctx.names import numbers, people
from synthctx.rules import get_rule
from synthctx.store import Bench, read_rows, write_rows
from synthctx.streams import Streams

MANY = 1_000_000
FEW = 200_000
NAMES = 1000
FORMS = ("{value}", "The number kept for {name} is {value}.", "Answer: {value}", "I cannot tell.")


def answers(count: int) -> Iterator[tuple[str, str]]:
    """Yield answers as models write them, and what was asked for."""
    streams = Streams(["benchmark", "answers"])
    names, values = people("en", streams("names"), NAMES), numbers(streams("values"), NAMES)
    for i in range(count):
        name, value = names[i % NAMES], values[i % NAMES]
        yield FORMS[i % len(FORMS)].format(name=name, value=value), value


def records(count: int) -> Iterator[dict[str, Any]]:
    """Yield rows of outputs."""
    for i, (output, _) in enumerate(answers(count)):
        yield {"sample_id": f"{i:032x}", "model": "recorded", "attempt": 0, "output": output}


def samples(count: int) -> Iterator[dict[str, Any]]:
    """Yield rows of samples."""
    for i, (_, value) in enumerate(answers(count)):
        rule = {"scorer": "match/all", "reference": f'["{value}"]', "rule_params": "{}"}
        yield {"sample_id": f"{i:032x}", **rule}


def make(folder: Path, count: int) -> None:
    """Write a bench of recorded answers, and a file of them with their references."""
    bench = Bench(folder / "bench")
    write_rows(bench.part("samples", 0), "samples", samples(count))
    write_rows(bench.next_model_part("outputs", "recorded"), "outputs", records(count))
    bench.write_manifest({"suite": {"name": "benchmark"}, "status": "imported"})
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [{"output": output, "reference": f'["{value}"]'} for output, value in answers(count)]
    pq.write_table(pa.Table.from_pylist(rows), folder / "answers.parquet")


def loop(folder: Path) -> None:
    """Grade the answers of a file with the bare rule, keeping nothing."""
    rule = get_rule("match/all").grade
    for row in read_rows(folder / "answers.parquet"):
        rule(row["output"], [row["reference"][2:-2]], {})


def main() -> None:
    one_core()
    result: dict[str, object] = {"rule": "match/all, short answers, whole process on one core"}
    folder = Path(tempfile.mkdtemp())
    try:
        for count in (FEW, MANY):
            shutil.rmtree(folder)
            folder.mkdir()
            make(folder, count)
            scored, memory = synthctx("score", str(folder / "bench"))
            out = str(folder / "graded.parquet")
            file = str(folder / "answers.parquet")
            graded, peak = synthctx("grade", file, "--rule", "match/all", "-o", out)
            shown = f"{count:,} answers"
            result[f"score, {shown}"] = f"{scored:.1f} s, {memory:.0f} MB"
            result[f"grade, {shown}"] = f"{graded:.1f} s, {peak:.0f} MB"
        bare = seconds(lambda: loop(folder))
        result["bare rule in a loop, same answers, s"] = round(bare, 1)
        result["score, answers a minute"] = f"{MANY / scored * 60:,.0f}"
        result["grade, answers a minute"] = f"{MANY / graded * 60:,.0f}"
    finally:
        shutil.rmtree(folder)
    save("scoring", result)


if __name__ == "__main__":
    main()
