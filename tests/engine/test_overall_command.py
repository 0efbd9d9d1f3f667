"""Figures over several tests: by hand, against published tables, and as the command prints them."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthctx.analytics import connect
from synthctx.analytics.definitions import Part, read_definitions, shipped_definitions
from synthctx.analytics.effective import Effective
from synthctx.analytics.overall import needlebench_overall
from synthctx.analytics.published import Overall, overall
from synthctx.analytics.weighted import Answers, Value, column_weights
from synthctx.cli.main import run
from synthctx.errors import SuiteError
from synthctx.grids import over_lengths
from synthctx.store import Bench, write_rows
from synthctx.streams import Streams
from synthctx.suite import Suite, shipped_suites
from synthctx.tasks import get_task
from tests.conftest import Cli
from tests.engine.test_analytics import sample, scored

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT.parent / "shared" / "golden"
golden = pytest.mark.skipif(not GOLDEN.is_dir(), reason="no published rows here")
RULER = [p.tests[0] for d in shipped_definitions() if d.id == "ruler" for p in d.parts]
SINGLE, MULTI, REASON = (
    f"needlebench/{kind}" for kind in ("single_retrieval", "multi_retrieval", "multi_reasoning")
)
# of model, test, length and depth; None is no score
Score = Callable[[str, str, int, float | None], float | None]


def bench_of(
    path: Path,
    cells: Iterable[tuple[str, int, float | None]],
    models: Iterable[str],
    score: Score,
    *,
    params: Mapping[str, Mapping[str, Any]] | None = None,
    samples: int = 1,
) -> Bench:
    bench, rows = Bench(path), []
    for (task, length, depth), index in itertools.product(cells, range(samples)):
        row = sample(length, depth, index, task)
        rows.append({**row, "params": json.dumps((params or {}).get(task, {}))})
    write_rows(bench.part("samples", 0), "samples", rows)
    for model in models:
        scores = []
        for row in rows:
            value = score(model, row["task"], row["length"], row["depth"])
            if value is not None:
                scores.append(scored(row["sample_id"], model, value))
        write_rows(bench.next_model_part("scores", model), "scores", scores)
    bench.write_manifest({"suite": {"name": "overall"}, "seed": 1})
    return bench


def of(bench: Bench, id: str, language: str = "en") -> Overall:
    found = [o for o in overall(bench) if (o.definition.id, o.language) == (id, language)]
    assert len(found) == 1, [o.definition.id for o in overall(bench)]
    return found[0]


def numbers(one: Overall, model: str = "m") -> dict[str, Any]:
    return {n.figure: n.score for n in one.numbers if n.model == model}


def rows_of(file: str, task: str) -> list[dict[str, Any]]:
    lines = (GOLDEN / file).read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["task"] == task]


# ---------------------------------------------------------------- the definitions


def test_every_test_of_a_shipped_definition_is_there() -> None:
    """Those without a stroke are names of recorded tests, those of books are recorded only."""
    recorded = {"longbook_sum_eng", "longbook_qa_eng", "longbook_choice_eng", "code_debug"}
    recorded |= {"longdialogue_qa_eng", "longbook_qa_chn"}
    for definition in shipped_definitions():
        for part in definition.parts:
            for test in part.tests:
                if "/" in test and test.split("/")[1] not in recorded:
                    task = get_task(test)
                    assert set(part.params) <= set(task.complete({})), test


def test_shipped_suites_are_published_grids_or_say_why_not() -> None:
    for definition in shipped_definitions():
        if not definition.id.startswith("needlebench"):
            continue
        version = definition.id.removeprefix("needlebench-")
        for name, grid in definition.published.items():
            suite = Suite.from_file(f"needlebench-{version}-{name}.yaml")
            there = {length for test in suite.tests for length in test.lengths}
            assert tuple(sorted(there)) == grid, name
            for test in suite.tests:
                (part,) = [p for p in definition.parts if p.takes(test.task.id, test.params)]
                held = [length for length in grid if length >= part.shortest]
                assert sorted(test.lengths) == held, (suite.name, test.task.id)
    assert "ruler.yaml" in shipped_suites()
    lengths = {tuple(test.lengths) for test in Suite.from_file("ruler.yaml").tests}
    assert lengths == {shipped_definitions()[0].published["4k to 128k"]}


def test_parts_take_samples_by_test_and_parameters() -> None:
    part = Part("x", ("nolima/*", "recorded"), {"question": "associated"})
    assert part.takes("nolima/one_hop", {"question": "associated", "others": 3})
    assert not part.takes("nolima/one_hop", {"question": "direct"})
    assert part.takes("recorded", {})
    assert not part.takes("ruler/vt", {"question": "associated"})


# ---------------------------------------------------------------- published tables


@golden
def test_rulers_leaderboard(tmp_path: Path) -> None:
    """Rows of the table as a bench: every figure is that of the row, as printed but for slips."""
    rows = rows_of("ruler_infinitebench_babilong_scbench_helmet.jsonl", "leaderboard_row")
    assert len(rows) >= 20
    lengths = rows[0]["reference"]["lengths"]
    models = {f"{i:02} {row['params']['model']}": row for i, row in enumerate(rows)}
    score: Score = lambda m, _, n, __: models[m]["prediction"][lengths.index(n)] / 100  # noqa: E731
    cells = [(task, n, None) for task in RULER for n in lengths]
    one = of(bench_of(tmp_path / "b", cells, models, score), "ruler")
    assert one.grid == "4k to 128k"
    printed = agree = effective = 0
    for model, row in models.items():
        found = numbers(one, model)
        ours = over_lengths(dict(zip(lengths, row["prediction"], strict=True)), 85.6)
        names = {"average": "avg", "wAvg (inc)": "wavg_inc", "wAvg (dec)": "wavg_dec"}
        means = (ours.average, ours.longer, ours.shorter)
        for (name, key), mean in zip(names.items(), means, strict=True):
            assert 100 * found[name].value == pytest.approx(mean)
            if row["score"][key] is not None:
                printed += 1
                agree += abs(100 * found[name].value - row["score"][key]) <= 0.05 + 1e-9
        assert found["effective length"].published == ours.effective
        effective += _printed(row["score"]["effective"]) in (ours.effective, "")
    # the rest are slips of the table: tests/golden names them
    assert printed - agree <= 0.08 * printed
    assert len(rows) - effective <= 2


def _printed(label: str) -> int | str | None:
    if not label or label.startswith("<"):
        return None if label else ""
    return int(label.strip("> ").upper().removesuffix("K")) * 1024


@golden
def test_nolimas_table(tmp_path: Path) -> None:
    rows = rows_of("needlebench_niah_nolima.jsonl", "effective-length")
    assert len(rows) >= 10
    models = {f"m{i}": row for i, row in enumerate(rows)}
    lengths = {f"{n}K": 1000 * n for n in (1, 2, 4, 8, 16, 32)}
    names = {n: name for name, n in lengths.items()}

    def score(model: str, task: str, length: int, depth: float | None) -> float | None:
        params = models[model]["params"]
        at = params["base"] if length == 500 else params["scores"].get(names[length])
        return None if at is None else at / 100

    cells = [("nolima/one_hop", n, None) for n in (500, *lengths.values())]
    cells += [("nolima/two_hop", n, None) for n in (500, *lengths.values())]
    params = {"nolima/one_hop": {"question": "associated"}}
    one = of(bench_of(tmp_path / "b", cells, models, score, params=params), "nolima")
    for model, row in models.items():
        found = numbers(one, model)
        assert 100 * found["base score"].value == pytest.approx(row["params"]["base"])
        if set(row["params"]["scores"]) != set(lengths):
            assert found["effective length"] is None
            continue
        label = row["score"]["effective_length"]
        at = found["effective length"].published
        assert (at if at is None or at > 500 else None) == lengths.get(label), (model, label)


@pytest.mark.parametrize(
    ("version", "perfect", "meant", "table"),
    [
        ("v1", SINGLE, 0.4, 0.0),
        ("v1", MULTI, 0.3, 0.7),
        ("v1", REASON, 0.3, 0.3),
        ("v2", SINGLE, 1 / 3, 0.0),
        ("v2", MULTI, 1 / 3, 2 / 3),
        ("v2", REASON, 1 / 3, 1 / 3),
    ],
)
def test_needlebench_as_meant_and_as_its_table_has_it(
    tmp_path: Path, version: str, perfect: str, meant: float, table: float
) -> None:
    """opencompass's summariser, run on its shipped groups: S-RT alone 0, M-RT alone 70 and 66.7."""
    lengths = {"v1": (32000, 128000, 256000), "v2": (1000, 2000, 3000, 4000)}[version]
    short = {"v1": 0, "v2": 3000}[version]
    cells: list[tuple[str, int, float | None]] = []
    for n in lengths:
        cells += [(task, n, d) for task in (SINGLE, REASON) for d in (0.0, 0.5, 1.0)]
        cells += [(MULTI, n, None)] * (n >= short)
    params = {MULTI: {"guide": version == "v1"}}
    score: Score = lambda _, task, __, ___: float(task == perfect)  # noqa: E731
    bench = bench_of(tmp_path / "b", cells, ["m"], score, params=params)
    one = of(bench, f"needlebench-{version}")
    found = numbers(one)
    assert found["overall"].value == pytest.approx(meant)
    assert found["overall as its table has it"].value == pytest.approx(table)
    assert one.dropped == tuple(n for n in lengths if n < short)
    assert one.missing == {"m": ()}
    assert {o.definition.id for o in overall(bench)} == {f"needlebench-{version}"}


def test_multi_needle_retrieval_without_depths_counts_at_all_of_them(tmp_path: Path) -> None:
    cells: list[tuple[str, int, float | None]]
    cells = [(task, 4096, d) for task in (SINGLE, REASON) for d in (0.0, 0.5)]
    cells.append((MULTI, 4096, None))
    bench = bench_of(tmp_path / "b", cells, ["m"], lambda *_: 1.0)
    with connect(bench) as connection:
        kinds = {"S-RT": SINGLE, "M-RT": MULTI, "M-RS": REASON}
        found = needlebench_overall(connection, kinds)["m"]
    assert found.meant == 1.0
    assert found.grid.missing == ()


# ---------------------------------------------------------------- by hand


def test_parts_columns_languages_and_depths_weigh_as_defined(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        """
id: mine
parts:
  - {name: a, tests: [t/a], weight: 3}
  - {name: b, tests: [t/b], weight: 1}
figures:
  - {name: all, kind: rising}
  - {name: at, kind: each}
  - {name: b only, kind: mean, weights: {b: 1}}
""",
        encoding="utf-8",
    )
    values = {("t/a", 4096): 1.0, ("t/a", 8192): 0.5, ("t/b", 4096): 0.4, ("t/b", 8192): 0.0}
    cells = [(t, n, d) for t, n in values for d in ((0.0, 1.0) if t == "t/a" else (None,))]
    # a depth that weighs as much as the other, though it has no more samples
    score: Score = lambda _, t, n, d: values[t, n] * (1 if d is None else 2 * d)  # noqa: E731
    bench = bench_of(tmp_path / "b", cells, ["m"], score, samples=3)
    (one,) = overall(bench, definitions=read_definitions(file))
    found = {name: value.value for name, value in numbers(one).items()}
    four, eight = 0.75 * 1.0 + 0.25 * 0.4, 0.75 * 0.5
    assert found == {
        "all": pytest.approx((four + 2 * eight) / 3),
        "at at 4k": pytest.approx(four),
        "at at 8k": pytest.approx(eight),
        "b only": pytest.approx(0.2),
    }


def test_a_grid_with_cells_missing_is_said_and_not_averaged(tmp_path: Path) -> None:
    tests = RULER[:12]
    cells = [(task, n, None) for task in tests for n in (4096, 8192)]
    cells.remove((tests[0], 8192, None))
    bench = bench_of(
        tmp_path / "b",
        cells,
        ["m", "whole"],
        lambda m, t, n, _: None if m == "m" and (t, n) == (tests[1], 4096) else 1.0,
    )
    one = of(bench, "ruler")
    assert one.absent == ("ruler/qa_2",)
    assert one.grid is None
    assert one.missing["m"] == ("ruler/niah_single_1 at 8k", "ruler/niah_single_2 at 4k")
    assert one.missing["whole"] == ("ruler/niah_single_1 at 8k",)
    found = numbers(one)
    average = found["average"]
    assert average.value is None
    assert average.interval is None
    assert (average.least, average.most) == (pytest.approx(22 / 26), pytest.approx(1))
    assert found["effective length"] is None


def test_answers_by_size_and_tests_that_a_size_does_not_have(tmp_path: Path) -> None:
    names = ("html_to_tsv", "pseudo_to_code", "path_traversal", "tom_tracking", "countdown")
    tasks = [f"longproc/{name}" for name in names]
    params = {task: {"output_tokens": 512} for task in tasks}
    cells = [(task, n, d) for task in tasks for n in (8192, 16384) for d in (0.0, 1.0)]
    bench = bench_of(
        tmp_path / "b", cells, ["m"], lambda m, t, n, d: float(n == 8192), params=params
    )
    one = of(bench, "longproc")
    assert one.columns == (512,)
    assert one.absent == ()  # the paper has no travel plans of that size
    assert numbers(one)["average at 512"].value == pytest.approx(0.5)


def test_recorded_tests_count_under_their_own_names(tmp_path: Path) -> None:
    names = [
        part.tests[1] for d in shipped_definitions() if d.id == "infinitebench" for part in d.parts
    ]
    # the table in InfiniteBench's README: GPT-4, its "< 5%" as 0
    table = (100, 100, 89, 14.73, 22.22, 67.25, 8.5, 25.96, 39.59, 23.25, 0, 60)
    values = dict(zip(names, table, strict=True))
    cells = [(name, 131072, None) for name in names]
    bench = bench_of(tmp_path / "b", cells, ["gpt4"], lambda _, t, __, ___: values[t] / 100)
    found = numbers(of(bench, "infinitebench"), "gpt4")
    assert 100 * found["average at 128k"].value == pytest.approx(sum(table) / 12)
    synthetic = numbers(of(bench, "infinitebench-synthetic"), "gpt4")
    assert 100 * synthetic["average at 128k"].value == pytest.approx((289 + 23.25 + 60) / 6)


def test_the_base_takes_the_best_of_each_problem(tmp_path: Path) -> None:
    def score(model: str, task: str, length: int, depth: float | None) -> float:
        # one test is best at 500, the other at 1k: no length has both
        best = {"nolima/one_hop": 500, "nolima/two_hop": 1024}[task]
        return 1.0 if length == best else 0.5 if length == 2048 else 0.0

    cells = [
        (t, n, d)
        for t in ("nolima/one_hop", "nolima/two_hop")
        for n in (500, 1024, 2048)
        for d in (0.0, 1.0)
    ]
    found = numbers(of(bench_of(tmp_path / "b", cells, ["m"], score, samples=2), "nolima"))
    assert found["base score"].value == 1.0
    effective = found["effective length"]
    assert isinstance(effective, Effective)
    assert effective.needed == pytest.approx(0.85)
    assert effective.published is None


# ---------------------------------------------------------------- intervals


def test_weights_of_columns() -> None:
    assert column_weights("mean", [1, 2]) == {1: 0.5, 2: 0.5}
    assert column_weights("rising", [4, 2, 1]) == pytest.approx({1: 1 / 6, 2: 2 / 6, 4: 3 / 6})
    assert column_weights("falling", [1, 2]) == pytest.approx({1: 2 / 3, 2: 1 / 3})


def simulated(bench: int, rates: Any, problems: int) -> Answers:
    """Tests x lengths, each test with its own problems at all lengths, half of them alike."""
    streams = Streams(["weighted", bench])
    tests, lengths = rates.shape
    own = streams("own").uniform(tests * problems * lengths).reshape(tests, problems, lengths)
    whole = streams("whole").uniform(tests * problems).reshape(tests, problems, 1)
    alike = streams("alike").uniform(tests * problems).reshape(tests, problems, 1) < 0.5
    right = np.where(alike, whole, own) < rates[:, None, :]
    test, problem, length = np.indices(right.shape)
    cells = (test * lengths + length).ravel()
    strata = np.repeat(np.arange(tests), lengths)
    numbers = (test * problems + problem).ravel()
    return Answers(cells, numbers, right.ravel().astype(float), np.ones(cells.size), strata)


def test_intervals_hold_the_truth_and_know_the_tests() -> None:
    """150 benches of 13 tests: half of them easy, half hard, ten problems each at three lengths."""
    rates = np.array([[0.95, 0.9, 0.85]] * 7 + [[0.3, 0.2, 0.1]] * 6)
    weights = dict.fromkeys(range(39), 1 / 39)
    truth, hits, widths = float(rates.mean()), 0, []
    for bench in range(150):
        found = simulated(bench, rates, 10).mean(weights)
        assert found.interval is not None
        hits += found.interval.low <= truth <= found.interval.high
        widths.append(found.interval.high - found.interval.low)
    assert hits >= 0.93 * 150
    # rows as if independent and of one test would have 0.097
    assert float(np.mean(widths)) < 0.12


def test_one_problem_in_each_test_is_no_certainty() -> None:
    answers = Answers(
        np.array([0, 1]), np.array([0, 1]), np.array([1.0, 0.0]), np.ones(2), np.array([0, 1])
    )
    found = answers.mean({0: 0.5, 1: 0.5})
    assert found.value == 0.5
    assert found.interval is not None
    assert found.interval.high - found.interval.low > 0.8
    assert answers.mean({0: 0.5}, 0.5) == Value(None, None, 0.5, 1.0)
    # two tests of ten problems, one all right, the other of one problem only
    mixed = Answers(
        np.array([0] * 10 + [1]),
        np.arange(11),
        np.array([1.0] * 10 + [0.0]),
        np.ones(11),
        np.array([0, 1]),
    )
    problems = mixed.problems_of({0: 0.5, 1: 0.5})
    assert problems.mean == pytest.approx(0.5)


# ---------------------------------------------------------------- the command


def small(path: Path) -> Bench:
    cells = [(task, n, None) for task in RULER for n in (4096, 8192)]
    easy = lambda m, t, n, _: float(n == 4096 or t < "ruler/n")  # noqa: E731
    return bench_of(path, cells, ["m"], easy, samples=2)


def test_the_command_and_the_page(cli: Cli, tmp_path: Path) -> None:
    small(tmp_path / "bench")
    text = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")
    shown = cli("overall", "bench").out
    assert f"```console\n$ synthctx overall bench\n{shown}```" in text, shown
    (own,) = re.findall(r"```yaml\n(id: ours.*?)```", text, re.S)
    (tmp_path / "ours.yaml").write_text(own, encoding="utf-8")
    ours = cli("overall", "bench", "--definition", "ours.yaml").out
    assert "holds to" in ours
    assert "by length at 8k" in ours
    (one,) = json.loads(cli("overall", "bench", "--json").out)
    assert one["definition"]["id"] == "ruler"
    assert one["numbers"][0]["figure"] == "average"
    assert 0 < one["numbers"][0]["score"]["interval"]["low"] < one["numbers"][0]["score"]["value"]
    assert one["numbers"][3]["score"]["published"] == 4096


def test_what_the_command_lists_and_leaves_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench_of(tmp_path / "b", [("ruler/vt", 4096, None)], ["m"], lambda *_: 1.0)
    assert run(["overall", str(tmp_path / "b")]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Not computed:\n  RULER: 12 of its 13 tests are missing: ruler/niah_sin")
    bench_of(tmp_path / "o", [("other/x", 4096, None)], ["m"], lambda *_: 1.0)
    assert run(["overall", str(tmp_path / "o")]) == 0
    found = capsys.readouterr()
    assert found.out == ""
    assert "no test of these is in the bench: RULER, NeedleBench v1" in found.err
    assert run(["overall", "--list", "--json"]) == 0
    ids = [row["id"] for row in json.loads(capsys.readouterr().out)]
    assert ids == [d.id for d in shipped_definitions()]
    assert run(["overall", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "13 of ruler" in lines[1], "many tests are counted, not named"
    assert all(len(line) < 200 for line in lines)
    assert run(["overall", str(tmp_path / "b"), "--only", "rulr"]) == 2
    assert "Did you mean 'ruler'?" in capsys.readouterr().err
    assert run(["overall"]) == 2
    assert "give a bench" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id: x\nparts: [{tests: [a]}]\nfigures: [{name: f, kind: meen}]", "Did you mean 'mean'?"),
        ("id: x\nparts: [{test: [a]}]\nfigures: []", "unknown key. Did you mean 'tests'?"),
        ("id: x\nparts: [{tests: [a]}]\nfigures: [{name: f, kind: effective}]", "'threshold'"),
        (
            "id: x\nparts: [{tests: [a]}]\nfigures: [{name: f, kind: mean, weights: {b: 1}}]",
            "no part is called 'b'",
        ),
        ("id: x\nparts: [{tests: [a]}, {tests: [a]}]\nfigures: [{name: f, kind: mean}]", "two are"),
        ("id: [", "is not YAML"),
        ("12", "12 is not of type 'object'"),
    ],
)
def test_a_wrong_definition_says_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SuiteError) as error:
        read_definitions(file)
    assert said in str(error.value)
    with pytest.raises(SuiteError, match="cannot be read"):
        read_definitions(tmp_path / "none.yaml")
