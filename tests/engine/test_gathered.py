"""What a report is made of: tests together, differences, samples with their evidence."""

from __future__ import annotations

import html
import json
import math
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from synthctx.analytics.comparison import compare_models
from synthctx.analytics.connect import connect
from synthctx.analytics.effective import NOLIMA, RULER, effective_length
from synthctx.analytics.excerpts import (
    EVIDENCE,
    GAP,
    PLAIN,
    QUESTION,
    Excerpt,
    excerpts,
    parts_of,
    reference_text,
)
from synthctx.analytics.gathered import cells_of, gather, pooled, troubles
from synthctx.analytics.intervals import paired_difference, paired_p
from synthctx.analytics.page import SAMPLE_BYTES, data_of
from synthctx.analytics.report import write_report
from synthctx.analytics.resampling import Problems
from synthctx.answering import answer
from synthctx.generation import generate
from synthctx.scoring import score
from synthctx.store import Bench, read_rows, write_rows
from synthctx.suite import Suite
from tests.engine.test_analytics import sample, scored, simulate

REAL = Path(__file__).resolve().parents[3] / "shared" / "real_outputs" / "babilong.parquet"


def ones(*values: float) -> Problems:
    return Problems(np.array(values), np.ones(len(values)))


def test_tests_weigh_alike_whatever_their_size() -> None:
    small = {4096: ones(1, 0), 8192: ones(0, 0)}
    large = {4096: Problems(np.array([8.0, 8.0]), np.array([8.0, 8.0])), 16384: ones(1)}
    both = pooled([small, large])
    assert list(both) == [4096], "only where all have answers"
    assert both[4096].mean == pytest.approx((0.5 + 1.0) / 2)
    assert pooled([small]) == small
    assert pooled([]) == {}


def test_equal_tests_together_are_one_larger_test() -> None:
    first, second = ones(*[1.0] * 30), ones(*[1.0] * 28, 0.0, 0.0)
    together = effective_length(pooled([{4096: first}, {4096: second}]), RULER)
    alone = effective_length({4096: ones(*first.totals, *second.totals)}, RULER)
    assert together == alone


@pytest.mark.parametrize(("only_a", "only_b", "n"), [(9, 3, 60), (0, 0, 40), (5, 5, 200)])
def test_a_difference_of_single_answers_is_agresti_and_mins(
    only_a: int, only_b: int, n: int
) -> None:
    problems = ones(*[1.0] * only_a, *[-1.0] * only_b, *[0.0] * (n - only_a - only_b))
    found = paired_difference(problems)
    assert found is not None
    delta, size = only_a - only_b, n + 2
    half = 1.96 * math.sqrt(only_a + only_b + 1 - delta**2 / size) / size
    assert found.value == pytest.approx(delta / n)
    assert found.low == pytest.approx(delta / size - half, abs=0.02 * half + 0.003)
    assert found.high == pytest.approx(delta / size + half, abs=0.02 * half + 0.003)
    assert (paired_p(problems) < 0.05) == (found.low > 0 or found.high < 0)


def test_differences_where_all_agree_keep_a_width() -> None:
    found = paired_difference(Problems(np.full(4, 2.0), np.full(4, 4.0)))
    assert found is not None
    assert found.low < 0.5 < found.high
    assert paired_difference(ones(1.0)) is None
    assert paired_p(ones(1.0)) == 1.0


def test_intervals_of_differences_hold_the_truth() -> None:
    """Problems of five rows, half of which go together: the interval at 95 % covers."""
    random = np.random.Generator(np.random.PCG64(5))
    held = 0
    for _ in range(400):
        shared = random.integers(-1, 2, 25) * (random.random(25) < 0.5)
        own = random.integers(-1, 2, (25, 5))
        rows = np.where(shared[:, None] != 0, shared[:, None], own)
        found = paired_difference(Problems(rows.sum(axis=1).astype(float), np.full(25, 5.0)))
        assert found is not None
        held += found.low <= 0 <= found.high
    assert held / 400 >= 0.93


def test_pairs_by_length_add_up_to_pairs(tmp_path: Path) -> None:
    with connect(simulate(tmp_path / "bench")) as connection:
        (whole,) = compare_models(connection)
        parts = compare_models(connection, by_length=True)
        assert compare_models(connection, models=["short"]) == []
    assert [p.length for p in parts] == [4096, 32768, 131072]
    assert sum(p.n for p in parts) == whole.n
    assert sum(p.only_a for p in parts) == whole.only_a
    assert all(p.p_holm >= p.p for p in parts)


def test_what_is_gathered_of_a_simulated_bench(tmp_path: Path) -> None:
    with connect(simulate(tmp_path / "bench")) as connection:
        found = gather(connection, threshold=0.9, compared=1)
    assert found.models == ["good/1", "short"]
    assert [t.name for t in found.thresholds] == ["absolute 0.856", "0.85 of base", "absolute 0.9"]
    assert [(t.kind, t.model, t.score) for t in found.together] == [
        ("test", "good/1", 1.0),
        ("test", "short", 0.8),
    ]
    good, short = found.troubles
    assert not good.serious
    assert (short.failed, short.absent, short.missing, short.unreadable) == (3, 0, 3, 6)
    assert short.errors == [("timeout", 3)]
    assert (found.compared, found.left_out, found.pairs) == (["good/1"], ["short"], [])


def test_the_same_error_with_another_number_is_the_same(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "bench")
    samples = [sample(4096, None, index) for index in range(5)]
    write_rows(bench.part("samples", 0), "samples", samples)
    errors = ["busy, request 7f3a", "busy, request 81bc", "busy, request 9", "gone", "gone away"]
    outputs = [
        {"sample_id": s["sample_id"], "model": "m", "attempt": 0, "error": error}
        for s, error in zip(samples, errors, strict=True)
    ]
    write_rows(bench.next_model_part("outputs", "m"), "outputs", outputs)
    scores = [scored(s["sample_id"], "m", None, status="failed") for s in samples]
    write_rows(bench.next_model_part("scores", "m"), "scores", scores)
    bench.write_manifest({"suite": {"name": "x"}})
    with connect(bench) as connection:
        (found,) = troubles(connection, cells_of(connection))
    assert found.errors == [("busy, request 7f3a", 3), ("gone", 1), ("gone away", 1)]


def test_a_share_of_nothing_is_no_effective_length() -> None:
    wrong, right = Problems.of([0.0] * 30), Problems.of([1.0] * 30)
    found = effective_length({4096: wrong, 8192: wrong}, NOLIMA)
    assert found is not None
    assert (found.length, found.published) == (None, None)
    assert found.text == "not resolved (below 4k to at least 8k)"
    alone = effective_length({4096: right}, NOLIMA)
    assert alone is not None
    assert alone.text == "not resolved (below 4k to at least 4k)"


# ---------------------------------------------------------------- samples


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Bench]:
    """The same bench with its texts stored, and as recipes; answered from the last 1k tokens."""
    folder = tmp_path_factory.mktemp("made")
    entry = {"task": "niah/single", "length": ["4k"], "depth": [0, 0.5, 1], "samples": 2}
    out = {}
    for store in ("text", "recipe"):
        suite = Suite.from_document({"seed": 3, "tests": [entry]})
        bench = generate(suite, folder / store, store=store)
        answer(bench, "reader:window?tokens=1k")
        score(bench)
        out[store] = bench
    return out


def excerpts_of(bench: Bench, samples: int = 50) -> list[Excerpt]:
    with connect(bench) as connection:
        return excerpts(connection, [bench], samples)


@pytest.mark.parametrize("store", ["text", "recipe"])
def test_samples_show_the_evidence_of_the_prompt(made: dict[str, Bench], store: str) -> None:
    bench = made[store]
    found = excerpts_of(bench)
    assert {e.row["depth"] for e in found} == {0.0, 0.5}, "the window holds the end"
    assert len(found) == 4
    prompts = {r["sample_id"]: r for r in bench.prompts()}
    for excerpt in found:
        row = prompts[excerpt.row["sample_id"]]
        prompt = row["prefix"] + row["text"] + row["suffix"]
        kinds = defaultdict(list)
        for kind, text in excerpt.prompt:
            kinds[kind].append(text)
        (span,) = row["evidence"]
        assert kinds[EVIDENCE] == [prompt[span["char_start"] : span["char_end"]]]
        assert "".join(kinds[QUESTION]) == row["suffix"]
        assert prompt.startswith(excerpt.prompt[0][1])
        shown = [text for kind, text in excerpt.prompt if kind != GAP]
        gaps = [int(t.split()[0].replace(",", "")) for t in kinds[GAP]]
        assert sum(map(len, shown)) + sum(gaps) == len(prompt)
        assert not excerpt.why


def test_recipes_and_stored_texts_give_the_same_samples(made: dict[str, Bench]) -> None:
    stored, recipes = (excerpts_of(made[name]) for name in ("text", "recipe"))
    assert [e.prompt for e in stored] == [e.prompt for e in recipes]


def test_samples_are_bounded_and_the_worst_of_every_cell_first(made: dict[str, Bench]) -> None:
    found = excerpts_of(made["text"], samples=2)
    assert [e.row["depth"] for e in found] == [0.0, 0.5]


def test_recipes_that_cannot_be_made_again_say_why(made: dict[str, Bench], tmp_path: Path) -> None:
    import shutil

    shutil.copytree(made["recipe"].path, tmp_path / "b")
    bench = Bench(tmp_path / "b")
    manifest = bench.manifest()
    manifest["suite"]["tests"][0]["task_version"] = 99
    bench.write_manifest(manifest)
    found = excerpts_of(bench)
    assert all("version 99" in e.why for e in found)
    assert [kind for kind, _ in found[0].prompt] == [PLAIN, GAP, QUESTION]


def test_parts_of_very_long_ends_leave_out_what_is_not_at_hand() -> None:
    spans = [{"char_start": at, "char_end": at + 5} for at in (10, 9_000, 9_995, 10_400)]
    row = {
        "prefix": "p" * 4000,
        "prefix_length": 10_000,
        "suffix": "s" * 4000,
        "suffix_length": 6_000,
        "evidence": spans,
    }
    parts = parts_of(row, "t" * 1000)
    shown = "".join(text for kind, text in parts if kind != GAP)
    gaps = [int(t.split()[0].replace(",", "")) for kind, t in parts if kind == GAP]
    assert len(shown) + sum(gaps) == 17_000
    assert [text for kind, text in parts if kind == EVIDENCE] == ["ppppp", "ttttt"]
    assert shown.endswith("s" * 700)


def test_references_are_read_as_text() -> None:
    assert reference_text('"a\\tb"') == "a\tb"
    assert reference_text('["7"]') == '["7"]'
    assert reference_text('"' + "x" * 5000).endswith("…")
    assert reference_text(None) == ""


def test_the_page_holds_no_more_than_its_bounds(tmp_path: Path) -> None:
    """Long hostile answers of many cells: heads of texts, and no more bytes than allowed."""
    bench = simulate(tmp_path / "bench")
    outputs = bench.model_parts("outputs", "short")[0]
    rows = [{**row, "output": "\u202e<b>" * 50_000} for row in read_rows(outputs)]
    write_rows(outputs, "outputs", rows)
    with connect(bench) as connection:
        data = data_of(connection, gather(connection), excerpts(connection, [bench]))
    text = json.dumps(data["samples"])
    assert 0 < len(text) < SAMPLE_BYTES
    assert {len(s["output"] or "") for s in data["samples"]} <= {0, 900}
    assert all(s["characters"] == 200_000 for s in data["samples"] if s["output"])


def test_tests_without_room_for_their_cells_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synthctx.analytics.page.CELLS", 17)
    monkeypatch.setattr("synthctx.analytics.page.LINES", 1)
    with connect(simulate(tmp_path / "bench")) as connection:
        data = data_of(connection, gather(connection), [])
    assert (data["cells"]["model"], data["cells_without"]) == ([], ["sim/one"])
    assert (len(data["lines"]), data["lines_left_out"], len(data["depths"])) == (1, 1, 1)


def test_the_suite_on_the_page_makes_the_bench_again(
    made: dict[str, Bench], tmp_path: Path
) -> None:
    page = write_report(made["text"], tmp_path / "r.html").read_text(encoding="utf-8")
    (suite,) = re.findall(
        r"<summary>Suite</summary><pre class=\"text\">(.*?)</pre>", page, re.DOTALL
    )
    (tmp_path / "suite.json").write_text(html.unescape(suite), encoding="utf-8")
    again = generate(Suite.from_file(tmp_path / "suite.json"), tmp_path / "again")
    assert again.manifest()["fingerprint"] == made["text"].manifest()["fingerprint"]
    assert f"synthctx answer {made['text'].path} --model" in html.unescape(page)


# ---------------------------------------------------------------- real answers


@pytest.mark.skipif(not REAL.is_file(), reason="recorded outputs of real models are not here")
def test_published_means_of_real_answers_are_those_of_the_published_scorer(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    from synthctx.interop.foreign import Columns, grade_file, make_bench

    params = {"task": "task", "question": "question"}
    columns = Columns(
        "label/babilong", model="model", task="task", length="length", param_columns=params
    )
    rows = [r for r in pq.read_table(REAL).to_pylist() if r["task"] in ("qa1", "qa5")]
    rows = [r for r in rows if r["length"] in ("0k", "64k", "128k", "1M")]
    pq.write_table(_table(rows), tmp_path / "some.parquet")
    graded = list(grade_file(tmp_path / "some.parquet", columns))
    bench = make_bench(graded, columns, tmp_path / "bench", "some.parquet")
    page = write_report(bench, tmp_path / "r.html").read_text(encoding="utf-8")
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page)
    data = json.loads(found)
    lengths = {n: name for n, name in data["lengths"].items()}
    seen = 0
    for line in data["lines"]:
        model, test = data["models"][line["at"][0]], data["tests"][line["at"][1]]
        own = [r for r in rows if (r["model"], r["task"]) == (model, test)]
        for point in line["points"]:
            scores = [r["paper_score"] for r in own if r["length"] == lengths[str(point[0])]]
            assert len(scores) % point[1] == 0, "attempts of a sample are one answer"
            assert point[6] == pytest.approx(np.mean(scores), abs=6e-5)
            seen += 1
        if own:
            whole = np.mean([r["paper_score"] for r in own])
            assert line["paper"] == pytest.approx(whole, abs=6e-5)
    assert seen == len({(r["model"], r["task"], r["length"]) for r in rows})
    cells = data["cells"]
    for n, (model, test) in enumerate(zip(cells["model"], cells["test"], strict=True)):
        own = [
            r["paper_score"]
            for r in rows
            if (r["model"], r["task"]) == (data["models"][model], data["tests"][test])
            and r["length"] == lengths[str(cells["length"][n])]
        ]
        if own:
            assert cells["paper"][n] == pytest.approx(np.mean(own), abs=6e-5)


def _table(rows: list[dict[str, Any]]) -> Any:
    import pyarrow as pa

    return pa.Table.from_pylist(rows)
