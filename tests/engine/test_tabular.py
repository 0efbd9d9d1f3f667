"""Files of other tools, in and out, and grades streamed from one to the other."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synthctx.errors import ScoreError, StoreError
from synthctx.interop.foreign import Columns, Tally, grade_file, write_grades
from synthctx.interop.tabular import column_kinds, read_table, write_table
from synthctx.store import Bench, read_rows, write_rows

ROWS: list[dict[str, Any]] = [
    {"id": 1, "t": 0.5, "output": "It was 1234567.", "reference": "1234567", "tags": ["a", "é"]},
    {"id": 2, "t": 1, "output": None, "reference": "1234567", "tags": None},
    {"id": 3, "t": None, "output": " <think>\ud800 1234567", "reference": "1234567", "tags": []},
]


def jsonl(path: Path) -> Path:
    path.write_text("\n".join(map(json.dumps, ROWS)), encoding="utf-8")
    return path


def test_kinds_are_those_of_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    rows: list[dict[str, Any]] = [{"a": 1, "b": 1, "c": 1, "d": True} for _ in range(12_000)]
    path.write_text("\n".join(map(json.dumps, [*rows, {"a": 2, "b": 0.5, "c": "x", "d": True}])))
    kinds = column_kinds(path)
    assert kinds == {"a": int, "b": float, "c": str, "d": str}
    write_table(tmp_path / "x.parquet", read_table(path), kinds)
    made = pq.read_table(tmp_path / "x.parquet")
    assert made["c"].to_pylist()[-2:] == ["1", "x"]
    assert made["b"].to_pylist()[-2:] == [1.0, 0.5]
    assert made["d"][0].as_py() == "true"
    assert column_kinds(tmp_path / "x.parquet") == kinds


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl"])
def test_grades_go_beside_the_rows(tmp_path: Path, suffix: str) -> None:
    source, out = jsonl(tmp_path / "in.jsonl"), tmp_path / f"out.{suffix}"
    tally = Tally()
    graded = list(grade_file(source, Columns("match/all")))
    for item in graded:
        tally.add(item.grade)
    write_grades(graded, out, source)
    made = list(read_table(out))
    assert [str(row["id"]) for row in made] == ["1", "2", "3"]
    assert [row["synthctx_status"] for row in made] == ["scored", "failed", "unreadable"]
    assert float(made[0]["synthctx_score"]) == 1.0
    assert made[1]["synthctx_score"] in (None, "")
    assert made[2]["synthctx_flags"] == "unclosed_reasoning,empty"
    if suffix == "parquet":
        assert json.loads(made[0]["tags"]) == ["a", "é"]
        assert pq.read_schema(out).field("id").type == pa.int64()
    assert tally.summary() == {
        "rows": 3,
        "scored": 2,
        "unreadable": 1,
        "failed": 1,
        "score": 0.5,
        "paper": 0.5,
        "flags": {"empty": 1, "unclosed_reasoning": 1},
    }


def test_a_row_that_cannot_be_graded_leaves_no_file(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"output": "1", "reference": "1"}\n{"output": "1", "reference": {"a": 1}}\n')
    with pytest.raises(ScoreError):
        write_grades(grade_file(source, Columns("match/all")), tmp_path / "o.csv", source)
    assert [p.name for p in tmp_path.iterdir()] == ["in.jsonl"]
    with pytest.raises(StoreError, match=r"is none of \.parquet, \.csv, \.jsonl"):
        write_table(tmp_path / "o.xls", [], {})


def test_a_file_of_one_huge_row_group_is_read_in_batches(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"n": list(range(25_000))}), path)
    assert pq.read_metadata(path).num_row_groups == 1
    assert [row["n"] for row in read_rows(path)] == list(range(25_000))


def test_of_several_answers_the_last_counts_and_a_failure_never(tmp_path: Path) -> None:
    from synthctx.scoring import score

    def answer(sample: str, output: str | None, attempt: int = 0) -> dict[str, Any]:
        error = None if output is not None else "timeout"
        row = {"sample_id": sample, "model": "m", "attempt": attempt, "output": output}
        return {**row, "error": error}

    bench = Bench(tmp_path / "b")
    rule = {"scorer": "match/all", "reference": '["1234567"]', "rule_params": "{}"}
    write_rows(bench.part("samples", 0), "samples", [{"sample_id": s, **rule} for s in "abc"])
    bench.write_manifest({"suite": {"name": "x"}, "status": "imported"})
    first = [answer("a", "7654321"), answer("b", "1234567"), answer("c", None)]
    later = [answer("a", "1234567"), answer("b", None), answer("a", "1111111", attempt=1)]
    for rows in (first, later):
        write_rows(bench.next_model_part("outputs", "m"), "outputs", rows)
    assert score(bench) == {"m": 4}
    (path,) = bench.parts("scores")
    found = {(r["sample_id"], r["attempt"]): (r["status"], r["score"]) for r in read_rows(path)}
    assert found == {
        ("a", 0): ("scored", 1.0),
        ("b", 0): ("scored", 1.0),
        ("c", 0): ("failed", None),
        ("a", 1): ("scored", 0.0),
    }
    write_rows(bench.next_model_part("outputs", "m"), "outputs", [answer("zz", "1")])
    with pytest.raises(StoreError, match="name sample zz, which is not in this bench"):
        score(bench)


def test_csv_output_is_csv(tmp_path: Path) -> None:
    source = jsonl(tmp_path / "in.jsonl")
    write_grades(grade_file(source, Columns("match/all")), tmp_path / "o.csv", source)
    with (tmp_path / "o.csv").open(encoding="utf-8", newline="") as handle:
        assert len(list(csv.DictReader(handle))) == 3


def test_a_cut_answer_is_flagged_by_its_finish_reason(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    row = {"output": "It was 12345", "reference": "1234567", "ended": "length"}
    source.write_text(json.dumps(row))
    (item,) = grade_file(source, Columns("match/all", finish_reason="ended"))
    assert "truncated_output" in item.grade.flags
