"""The main table, the views behind it, figures over several tests, published tables, the page."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from synthctx.aggregates import over_versions
from synthctx.analytics import connect
from synthctx.analytics.comparison import compare_models
from synthctx.analytics.overall import needlebench_overall, over_tasks
from synthctx.analytics.stats import Statistics, statistics, statistics_of
from synthctx.errors import SuiteError
from synthctx.grids import NEEDLEBENCH_V2
from synthctx.interop.duckdb_file import export_duckdb
from synthctx.store import Bench, write_rows
from tests.conftest import Cli
from tests.engine.test_analytics import procedures, sample, scored, simulate

# ---------------------------------------------------------------- views and the main table


def test_versions_in_sql_are_those_of_the_aggregates(tmp_path: Path) -> None:
    bench = procedures(tmp_path / "b")
    with connect(bench) as connection:
        row = connection.execute(
            "select average, effective, gap, ratio, problems, incomplete from versions"
        ).fetchone()
        groups = connection.execute("select versions, effective, ratio from groups").fetchall()
    scores: dict[str, list[float | None]] = {"0": [0.0, None], "1": [0.0, 0.0]}
    scores |= {"2": [0.0, 0.0], "3": [0.0, 1.0], "4": [1.0, 1.0]}
    figures = over_versions(scores, 2)
    assert row == pytest.approx(
        (figures.average, figures.effective, figures.gap, figures.relative_gap, 5, 1)
    )
    assert len(groups) == 5
    (whole,) = statistics(bench)
    assert whole.versions is not None
    assert (whole.versions.effective, whole.versions.incomplete) == (figures.effective, 1)


def test_first_errors_by_hand(tmp_path: Path) -> None:
    with connect(procedures(tmp_path / "b")) as connection:
        rows = connection.execute(
            "select tenth, n, still_right, first_errors, hazard, right_after, median_step "
            "from first_errors order by tenth"
        ).fetchall()
    assert len(rows) == 10
    # progress 0, .25, .5, .5, .75, .75 and three times 1
    assert rows[0] == (0, 9, 9, 1, pytest.approx(1 / 9), pytest.approx(8 / 9), 1.0)
    assert rows[2] == (2, 9, 8, 1, 0.125, pytest.approx(7 / 9), 3.0)
    assert rows[3][2:4] == (7, 0)
    assert rows[7] == (7, 9, 5, 2, 0.4, pytest.approx(3 / 9), 7.0)
    assert rows[9][2:4] == (3, 0)
    (row,) = statistics(tmp_path / "b")
    assert row.steps is not None
    assert row.steps.n == 9
    assert row.steps.flawless == pytest.approx(3 / 9)
    assert row.steps.median_step == 5.0


def test_demonstrations_by_hand(tmp_path: Path) -> None:
    with connect(procedures(tmp_path / "b")) as connection:
        rows = connection.execute(
            "select arrangement, tenth, n, pieces, round(spread, 6), mean from demonstrations "
            "order by tenth"
        ).fetchall()
    assert [row[1] for row in rows] == [1, 3, 5, 7, 9]
    assert rows[3] == ("grouped", 7, 2, 2.0, 0.1, 0.5)
    assert rows[0] == ("grouped", 1, 1, 2.0, 0.1, 0.0)


def test_the_main_table_of_a_simulated_bench(tmp_path: Path) -> None:
    good, short = statistics(simulate(tmp_path / "b"), threshold=0.5)
    assert (good.model, good.n, good.scored, good.coverage) == ("good/1", 36, 36, 1.0)
    assert short.coverage == 30 / 36
    assert short.rate is not None
    assert short.rate.value == pytest.approx(0.8)
    # 1, 1, 0 at 4k, 32k and 128k
    assert short.longer == pytest.approx((1 + 2) / 6)
    assert short.shorter == pytest.approx((3 + 2) / 6)
    assert list(short.effective) == ["absolute 0.856", "0.85 of base", "absolute 0.5"]
    assert {e.length for e in short.effective.values()} == {32768}
    assert short.curve is not None
    assert short.curve.low is not None
    assert short.curve.low > 32768
    plain = short.as_dict()
    assert plain["effective"]["0.85 of base"]["length"] == 32768
    assert json.loads(json.dumps(plain)) == plain


def test_stats_on_the_command_line(cli: Cli, tmp_path: Path) -> None:
    simulate(tmp_path / "b")
    table = cli("stats", "b").out
    assert "1.000 [" in table
    assert "p_holm" in table
    found = json.loads(cli("stats", "b", "--json", "--threshold", "0.5").out)
    assert [row["model"] for row in found["table"]] == ["good/1", "short"]
    assert found["pairs"][0]["only_a"] == 6
    assert cli("stats", "b", "--threshold", "50", code=2).err.startswith("synthctx: the threshold")


def test_a_model_that_answered_another_test_only_has_a_row(cli: Cli, tmp_path: Path) -> None:
    simulate(tmp_path / "a")
    three_kinds(tmp_path / "b")
    table = cli("stats", "a", "b", "--threshold", "0.5").out.split("\n\n")[0].splitlines()
    # four tests, three models
    assert len(table) == 1 + 4 * 3
    assert next(line.split()[:4] for line in table[1:] if " 0/" in line) == [
        "nb/multi",
        "good/1",
        "en",
        "0/4",
    ]


def test_a_bench_without_scores_has_an_empty_table(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "b")
    write_rows(bench.part("samples", 0), "samples", [sample(4096, None, 0)])
    bench.write_manifest({"suite": {"name": "x"}})
    with connect(bench) as connection:
        assert statistics_of(connection) == []
        assert compare_models(connection) == []


# ---------------------------------------------------------------- over several tests


def three_kinds(path: Path) -> Bench:
    bench = Bench(path)
    samples, scores = [], []
    means: dict[tuple[str, int], list[float]] = {
        ("nb/single", 4096): [1, 1],
        ("nb/single", 8192): [1, 0],
        ("nb/multi", 4096): [1, 0],
        ("nb/multi", 8192): [0, 0],
        ("nb/reason", 4096): [1, 1],
        ("nb/reason", 8192): [0, 1],
    }
    for (task, length), values in means.items():
        for index, value in enumerate(values):
            row = sample(length, 0.5, index, task)
            samples.append(row)
            scores.append(scored(row["sample_id"], "m", float(value)))
    write_rows(bench.part("samples", 0), "samples", samples)
    write_rows(bench.next_model_part("scores", "m"), "scores", scores)
    bench.write_manifest({"suite": {"name": "kinds"}, "seed": 1})
    return bench


def test_overall_scores_as_meant_and_as_published(tmp_path: Path) -> None:
    kinds = {"S-RT": "nb/single", "M-RT": "nb/multi", "M-RS": "nb/reason"}
    with connect(three_kinds(tmp_path / "b")) as connection:
        first = needlebench_overall(connection, kinds)["m"]
        second = needlebench_overall(connection, kinds, weights=NEEDLEBENCH_V2)["m"]
        lengths = over_tasks(connection, "nb/%")["m"]
        paper = over_tasks(connection, "nb/%", paper=True)["m"]
        with pytest.raises(SuiteError, match="no scores of tests like"):
            over_tasks(connection, "ruler/%")
    # 4k: 1, .5, 1; 8k: .5, 0, .5
    assert first.meant == pytest.approx(0.4 * 0.75 + 0.3 * 0.25 + 0.3 * 0.75)
    # the published table has multi-needle retrieval in both rows
    assert first.published == pytest.approx(0.7 * 0.25 + 0.3 * 0.75)
    assert second.meant == pytest.approx((0.75 + 0.25 + 0.75) / 3)
    assert lengths.average == pytest.approx((5 / 6 + 1 / 3) / 2)
    assert lengths.longer == pytest.approx((5 / 6 + 2 / 3) / 3)
    assert paper == lengths


# ---------------------------------------------------------------- published tables

REAL = Path(__file__).resolve().parents[3] / "shared" / "real_outputs"
# the table in InfiniteBench's README, in percent
PUBLISHED = {
    ("gpt4", "passkey"): 100.0,
    ("gpt4", "number_string"): 100.0,
    ("gpt4", "kv_retrieval"): 89.0,
    ("gpt4", "math_find"): 60.0,
    ("gpt4", "code_run"): 23.25,
}


def test_infinitebench_means_are_those_of_the_published_scorer(tmp_path: Path) -> None:
    import os

    folder = Path(os.environ.get("SYNTHCTX_REAL_OUTPUTS", "") or REAL)
    path = folder / "infinitebench.parquet"
    if not path.is_file():
        pytest.skip(f"no real outputs in {folder} (set SYNTHCTX_REAL_OUTPUTS)")
    from synthctx.rules import get_rule
    from tests.golden.adapter.infinite import RULES

    bench = Bench(tmp_path / "b")
    samples: dict[str, dict[str, Any]] = {}
    scores: dict[str, list[dict[str, Any]]] = {}
    import pyarrow.parquet as pq

    recorded: dict[tuple[str, str], list[float]] = {}
    for row in pq.read_table(path).to_pylist():
        recorded.setdefault((row["model"], row["task"]), []).append(row["paper_score"])
        made = sample(131072, None, int(row["item"]), row["task"])
        samples[made["sample_id"]] = made
        grade = get_rule(RULES[row["task"]]).grade(row["output"], json.loads(row["reference"]), {})
        line = scored(made["sample_id"], row["model"], grade.score, paper=grade.paper)
        scores.setdefault(row["model"], []).append(line)
    write_rows(bench.part("samples", 0), "samples", samples.values())
    for model, rows in scores.items():
        write_rows(bench.next_model_part("scores", model), "scores", rows)
    bench.write_manifest({"suite": {"name": "infinitebench"}, "seed": 1})
    found = {(row.model, row.task): row for row in statistics(bench)}
    assert {model for model, _ in found} == {"gpt4", "yi-6b-200k", "chatglm3"}
    assert set(found) == set(recorded)
    for key, scores_ in recorded.items():
        assert found[key].paper == pytest.approx(sum(scores_) / len(scores_)), key
    for key, printed in PUBLISHED.items():
        paper = found[key].paper
        assert paper is not None
        assert 100 * paper == pytest.approx(printed, abs=0.005), key


# ---------------------------------------------------------------- one file


def test_a_duckdb_file_has_tables_and_views(tmp_path: Path) -> None:
    import duckdb

    bench = simulate(tmp_path / "b")
    path = export_duckdb(bench, tmp_path / "out" / "b.duckdb")
    assert export_duckdb(bench, path) == path
    with duckdb.connect(str(path), read_only=True) as file, connect(bench) as memory:
        for view in ("pairs", "cells", "effective_length", "failures", "samples", "contexts"):
            sql = f"select * from {view} order by all"
            assert file.execute(sql).fetchall() == memory.execute(sql).fetchall()
    assert [p.name for p in path.parent.iterdir()] == ["b.duckdb"]


def test_a_duckdb_file_on_the_command_line(cli: Cli, tmp_path: Path) -> None:
    import duckdb

    simulate(tmp_path / "b")
    assert "b.duckdb" in cli("export", "b", "--to", "duckdb", "-o", "b.duckdb").out
    with duckdb.connect(str(tmp_path / "b.duckdb"), read_only=True) as file:
        assert file.execute("select count(*) from results").fetchone() == (69,)
    assert "--model" in cli("export", "b", "--to", "duckdb", "-o", "x", "--model", "m", code=2).err


# ---------------------------------------------------------------- the page


def test_the_page_of_statistics_runs(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    text = (root / "docs" / "statistics.md").read_text(encoding="utf-8")
    simulate(tmp_path / "bench")
    (script,) = re.findall(r"```python\n(.*?)```", text, re.S)
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    (shown,) = re.findall(r"```text\n(.*?)```", text, re.S)
    assert done.stdout == shown


def test_every_figure_of_the_table_is_defined_on_the_page() -> None:
    root = Path(__file__).resolve().parents[2]
    text = (root / "docs" / "statistics.md").read_text(encoding="utf-8")
    for name in Statistics.__dataclass_fields__:
        assert f"`{name}`" in text, name
