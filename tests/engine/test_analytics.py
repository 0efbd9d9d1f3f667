"""Views and queries over a simulated bench whose figures are known."""

from __future__ import annotations

import itertools
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import binomtest

from synthctx.analytics import connect
from synthctx.analytics.connect import (
    VIEWS,
    bound,
    named_query,
    query_names,
    query_parameters,
    view_names,
)
from synthctx.analytics.stats import mcnemar_exact, wilson
from synthctx.errors import StoreError, SuiteError, UnknownName
from synthctx.store import Bench, read_rows, write_rows
from tests.conftest import Cli

ROOT = Path(__file__).resolve().parent.parent.parent
LENGTHS, DEPTHS, INDEXES = (4096, 32768, 131072), (0.0, 0.5, 1.0), range(4)


def sample(length: int, depth: float | None, index: int, task: str = "sim/one") -> dict[str, Any]:
    return {
        "sample_id": f"{task}-{length}-{depth}-{index}",
        "group_id": f"{task}-{index}",
        "task": task,
        "task_version": 1,
        "language": "en",
        "seed": 1,
        "index": index,
        "version": 0,
        "turn": 0,
        "tokenizer": "chars",
        "length": length,
        "prompt_tokens": length - 64,
        "max_output_tokens": 64,
        "depth": depth,
        "evidence": [{"char_start": 1, "char_end": 2, "token_start": 1, "depth": depth or 0.0}],
        "context_id": "c",
        "prefix": "p\n",
        "suffix": "\ns",
        "scorer": "match/all",
        "reference": '["x"]',
        "rule_params": "{}",
        "params": "{}",
        "uniqueness": "proved",
        "floor": 0.0,
        "canary": "c",
    }


def scored(sample_id: str, model: str, score: float | None, **more: Any) -> dict[str, Any]:
    return {
        "sample_id": sample_id,
        "model": model,
        "attempt": 0,
        "scorer": "match/all",
        "scorer_version": 1,
        "status": "failed" if score is None else "scored",
        "score": score,
        "paper": score,
        "metrics": [("m", 1.0)],
        "extracted": "x",
        "explanation": "because",
        "flags": [],
        **more,
    }


def simulate(path: Path) -> Bench:
    """Two models: "good/1" always right; "short" right up to 32k, with gaps and failures."""
    bench = Bench(path)
    samples = [sample(*key) for key in itertools.product(LENGTHS, DEPTHS, INDEXES)]
    write_rows(bench.part("samples", 0), "samples", samples)
    context = {"context_id": "c", "text": None, "tokens": 1, "characters": 1}
    write_rows(bench.part("contexts", 0), "contexts", [context])
    for model in ("good/1", "short"):
        outputs, scores = [], []
        for row in samples:
            missing = model == "short" and row["length"] == 131072 and row["index"] == 3
            failed = model == "short" and row["length"] == 131072 and row["index"] == 2
            if missing:
                continue
            right = model == "good/1" or row["length"] <= 32768
            score = None if failed else float(right)
            unreadable = score == 0
            outputs.append(
                {
                    "sample_id": row["sample_id"],
                    "model": model,
                    "attempt": 0,
                    "output": None if failed else "<b>x</b></script>",
                    "error": "timeout" if failed else None,
                    "answered_at": datetime.now(UTC),
                }
            )
            more: dict[str, Any] = {}
            if unreadable:
                more = {"status": "unreadable", "flags": ["empty"]}
            kept = [(name, float(not unreadable)) for name in ("followed", "extractable")]
            more["metrics"] = [("m", 1.0), *kept, ("copied", 0.0)]
            scores.append(scored(row["sample_id"], model, score, **more))
        write_rows(bench.next_model_part("outputs", model), "outputs", outputs)
        write_rows(bench.next_model_part("scores", model), "scores", scores)
    bench.write_manifest({"suite": {"name": "simulated"}, "seed": 1, "rows": {"samples": 36}})
    return bench


def procedures(path: Path) -> Bench:
    """Two versions of five problems, with steps, and demonstrations at known places."""
    bench = Bench(path)
    samples, scores = [], []
    for index, version in itertools.product(range(5), range(2)):
        row = sample(4096, 0.5, index)
        row["version"] = version
        row["sample_id"] += f"-{version}"
        row["params"] = '{"order": "grouped"}'
        labels = {"labels": list("abcd"), "places": [0.1, 0.4, 0.6, 0.9]}
        row["rule_params"] = json.dumps({**labels, "whole_rounds": 2, "partial_round": 2})
        at = 0.1 + 0.2 * index
        row["evidence"] = [{**row["evidence"][0], "depth": at + d} for d in (-0.05, 0.05)]
        samples.append(row)
        if (index, version) == (0, 1):
            continue  # never answered
        done = min(1.0, 0.25 * index + 0.25 * version)
        metrics = [("progress", done), ("steps", 8.0)]
        metrics += [("first_error_step", 8 * done + 1)] if done < 1 else []
        wrong, late = float(done < 1), float(done < 1 and index < 2)
        metrics += [("wrong_labels", wrong), ("late_labels", late), ("late_by_chance", wrong / 4)]
        metrics += [("label_rank", 0.9 if late else 0.4 * wrong)]
        scores.append(scored(row["sample_id"], "m", float(done == 1.0), metrics=metrics))
    write_rows(bench.part("samples", 0), "samples", samples)
    write_rows(bench.next_model_part("scores", "m"), "scores", scores)
    bench.write_manifest({"suite": {"name": "procedures"}, "seed": 1})
    return bench


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return simulate(tmp_path_factory.mktemp("sim") / "bench")


def test_cells_count_over_all_samples(bench: Bench) -> None:
    with connect(bench) as con:
        row = con.execute(
            "select n, scored, coverage, unreadable, failed, mean, passed, pass_rate, lo, hi "
            "from cells where model = 'short' and length = 131072 and depth = 0.5"
        ).fetchone()
        cells = con.execute("select count(*), min(n), max(n) from cells").fetchone()
    assert row is not None
    assert row[:8] == (4, 2, 0.5, 2, 1, 0.0, 0, 0.0)
    assert cells == (18, 4, 4)


@pytest.mark.parametrize(("passed", "n"), [(0, 1), (0, 10), (7, 10), (10, 10), (333, 1000)])
def test_wilson_in_sql_is_scipys(bench: Bench, passed: int, n: int) -> None:
    with connect(bench) as con:
        row = con.execute(
            f"select wilson_low({passed}, {n}), wilson_high({passed}, {n})"
        ).fetchone()
    interval = binomtest(passed, n).proportion_ci(method="wilson")
    assert row == pytest.approx((interval.low, interval.high), abs=1e-12)
    assert wilson(passed, n) == pytest.approx(row)
    assert wilson(0, 0) is None


def test_mcnemar_is_the_exact_binomial() -> None:
    assert mcnemar_exact(0, 0) == 1.0
    assert mcnemar_exact(6, 0) == pytest.approx(2 / 2**6)
    assert mcnemar_exact(3, 3) == 1.0


def test_lengths_and_effective_length(bench: Bench) -> None:
    with connect(bench) as con:
        means = con.execute(
            "select length, mean, scored, n from lengths where model = 'short' order by length"
        ).fetchall()
        effective = con.execute(
            "select model, effective_length, surely_length, longest_tested from effective_length "
            "where threshold = 'absolute 0.856' order by model"
        ).fetchall()
    assert means == [(4096, 1.0, 12, 12), (32768, 1.0, 12, 12), (131072, 0.0, 6, 12)]
    # 12 of 12 right has a lower bound of 0.757: the threshold is reached, but not surely
    assert effective == [("good/1", 131072, None, 131072), ("short", 32768, None, 131072)]


def test_pairs_positions_groups_failures(bench: Bench) -> None:
    with connect(bench) as con:
        pairs = con.execute("select * exclude (p, lo, hi), p from pairs").fetchall()
        positions = con.execute(
            "select tenth, n from positions where model = 'good/1' order by tenth"
        ).fetchall()
        groups = con.execute("select max(gap), max(versions) from groups").fetchone()
        failures = con.execute("select status, count(*) from failures group by all order by all")
        assert failures.fetchall() == [("failed", 3), ("unreadable", 6)]
        output = con.execute("select any_value(output_head) from failures").fetchone()
    assert pairs == [("good/1", "short", "sim/one", 30, 24, 6, 0, 0.2, 2 / 2**6)]
    assert positions == [(0, 12), (5, 12), (9, 12)]
    assert groups == (0.0, 1)
    assert output == ("<b>x</b></script>",)


def test_a_bench_without_answers_has_all_views(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "b")
    write_rows(bench.part("samples", 0), "samples", [sample(4096, None, 0)])
    bench.write_manifest({"suite": {"name": "x"}})
    with connect(bench) as con:
        for view in ("samples", "contexts", "outputs", "scores", *VIEWS):
            rows = con.execute(f"select * from {view}").fetchall()
            assert len(rows) == (1 if view == "samples" else 0)


def test_several_benches_count_a_shared_sample_once(bench: Bench, tmp_path: Path) -> None:
    other = Bench(tmp_path / "other")
    first = sample(4096, 0.0, 0)
    write_rows(other.part("samples", 0), "samples", [first, sample(4096, None, 0, "sim/two")])
    row = scored(first["sample_id"], "third", 1.0)
    write_rows(other.next_model_part("scores", "third"), "scores", [row])
    other.write_manifest({"suite": {"name": "other"}})
    with connect(bench, other) as con:
        assert con.execute("select count(*) from samples").fetchone() == (37,)
        found = con.execute("select count(*) from results where model = 'third'").fetchone()
        assert found == (1,)
        assert con.execute("select count(*) from pairs where model_b = 'third'").fetchone() == (2,)


def test_every_view_and_query_says_what_it_is_and_runs(bench: Bench) -> None:
    with connect(bench) as con:
        for name in query_names():
            defaults = {n: p.default for n, p in query_parameters(name).items()}
            con.execute(named_query(name), defaults).fetchall()
        for view in VIEWS:
            con.execute(named_query(view)).fetchall()
    for words in (*view_names().values(), *query_names().values()):
        assert words.endswith(".")
    with pytest.raises(UnknownName, match=r"Did you mean 'heatmap'\?"):
        named_query("heatmp")


def test_bad_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no folder"):
        connect(tmp_path / "none")
    with pytest.raises(StoreError, match=r"has no manifest\.json"):
        connect(tmp_path)


def test_parameters_are_bound_and_checked(bench: Bench) -> None:
    sql = named_query("reach")
    defaults = {n: p.default for n, p in query_parameters("reach").items()}
    assert defaults == {"threshold": 0.856}
    assert bound(sql, {}, defaults) == defaults
    assert bound(sql, {"threshold": 0.5}, defaults) == {"threshold": 0.5}
    hostile = "x'; drop view cells; --"
    with connect(bench) as con:
        values = bound("select $x as x", {"x": hostile}, {})
        assert con.execute("select $x as x", values).fetchone() == (hostile,)
    with pytest.raises(UnknownName, match=r"parameter of the query 'treshold'.*'threshold'"):
        bound(sql, {"treshold": 1}, defaults)
    with pytest.raises(UnknownName, match="Known: none"):
        bound("select 1", {"x": 1}, {})
    with pytest.raises(SuiteError, match="needs -p a=VALUE, -p b=VALUE"):
        bound("select $a, $b", {}, {})


@pytest.mark.parametrize(
    "sql",
    [
        "copy (select 1) to 'x.csv'",
        "create table x as select 1",
        "attach 'x.db'",
        "set threads = 1",
        "drop view cells",
        "select 1; select 2",
        "",
    ],
)
def test_only_what_reads_is_run(sql: str) -> None:
    with pytest.raises(SuiteError, match="only reads"):
        bound(sql, {}, {})


@pytest.mark.parametrize(
    "sql", ["from cells", "with a as (select 1) from a", "pivot cells on length using any_value(n)"]
)
def test_all_that_reads_is_run(bench: Bench, sql: str) -> None:
    assert bound(sql, {}, {}) == {}
    with connect(bench) as con:
        assert con.execute(sql).fetchall()


def test_queries_on_the_command_line(bench: Bench, cli: Cli, tmp_path: Path) -> None:
    where = str(bench.path)
    flags = ("--name", "reach", "-p", "threshold=0.2", "--format", "csv")
    rows = cli("query", where, *flags).out.splitlines()
    assert rows[0] == "task,model,language,effective_length,surely_length,longest_tested"
    assert rows[1:] == [
        "sim/one,good/1,en,131072,131072,131072",
        "sim/one,short,en,32768,32768,131072",
    ]
    sql = "select count(*) as n from results where model = $model and length > $length"
    given = ("-p", "model=short", "-p", "length=4096", "--format", "json")
    assert cli("query", where, sql, *given).out.split() == ["[", "{", '"n":', "21", "}", "]"]
    cli("query", where, "--name", "pairs", "--format", "parquet", "-o", "pairs.parquet")
    (pair,) = read_rows(tmp_path / "pairs.parquet")
    assert pair["only_a"] == 6
    steps = procedures(tmp_path / "steps")
    both = cli("query", where, str(steps.path), "--name", "versions", "--format", "csv").out
    assert {row.split(",")[0] for row in both.splitlines()[1:]} == {"good/1", "short", "m"}
    assert "only reads" in cli("query", where, "drop view cells", code=2).err
    assert "-p threshold=" in cli("query", "--list").out


# sections of the page that run on a bench of procedures in two versions
OTHERS = ("versions", "demonstrations", "late_labels", "first_errors")


def test_the_page_of_queries_runs_and_shows_what_comes_out(bench: Bench, tmp_path: Path) -> None:
    text = (ROOT / "docs" / "queries.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^## (\w+)\n.*?```sql\n(.*?)```\n\n```\n(.*?)```", text, re.M | re.S)
    assert {name for name, _, _ in blocks} >= {"samples", "contexts", "outputs", "scores", *VIEWS}
    steps = procedures(tmp_path / "steps")
    with connect(bench) as first, connect(steps) as second:
        for name, sql, shown in blocks:
            relation = (second if name in OTHERS else first).sql(sql)
            lines = ["  ".join(relation.columns)]
            lines += ["  ".join(cell(v) for v in row) for row in relation.fetchall()]
            assert shown.strip().splitlines() == lines, name


def cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
