"""Against a record: a regression fails, noise does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from synthctx.answering import answer
from synthctx.generation import generate
from synthctx.pytest_plugin.baseline import worse
from synthctx.scoring import score
from synthctx.suite import Suite
from tests.pytest_plugin.conftest import FULL, Inner

pytest_plugins = ["pytester"]

TEST = """
import pytest

@pytest.mark.synthctx(task="niah/single", length="1k", samples=20{more})
def test_retrieval(synthctx_result): ...
"""
PLAIN = TEST.format(more="")
# right but for some of the problems, in the order of asking
CONFTEST = """
import pytest
from synthctx.tasks import get_task

@pytest.fixture
def synthctx_model():
    asked = iter(range(1000))
    wrong = {wrong}
    def answer(prompt):
        return "no" if next(asked) in wrong else get_task("niah/single").read(prompt)
    return answer
"""


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_test_is_that_of_mcnemar_one_sided() -> None:
    assert worse(0, 0) == 1
    assert worse(5, 0) == pytest.approx(1 / 32)
    assert worse(0, 5) == 1
    assert worse(8, 1) == pytest.approx(10 / 512)


@pytest.fixture
def recorded(inner: Inner, pytester: pytest.Pytester) -> Path:
    """Return the record of a model that is wrong at problems 0 and 1 of 20."""
    pytester.makeconftest(CONFTEST.format(wrong={0, 1}))
    inner(PLAIN, "--synthctx-record=main.jsonl").assert_outcomes(passed=1)
    return Path(pytester.path / "main.jsonl")


def test_a_record_holds_the_score_of_every_sample(inner: Inner, recorded: Path) -> None:
    rows = lines(recorded)
    assert [row["score"] for row in rows] == [0, 0] + [1] * 18
    assert {row["test"] for row in rows} == {"test_it.py::test_retrieval"}
    assert [row["index"] for row in rows] == list(range(20))
    assert set(rows[0]) >= {"sample_id", "model", "task", "length", "depth", "status", "paper"}


@pytest.mark.parametrize(
    ("wrong", "outcome", "figures"),
    [
        ({0, 1}, "passed", "0 *0 *1 *0"),
        ({0, 1, 5, 6, 7}, "passed", "3 *0 *0.12 *0"),
        ({2, 3, 4, 5}, "passed", "4 *2 *0.34 *0"),
        ({0, 1, 3, 4, 5, 6, 7}, "failed", "5 *0 *0.031 *0"),
        (set(), "passed", "0 *2 *1 *0"),
    ],
)
def test_a_regression_fails_and_noise_does_not(
    inner: Inner,
    pytester: pytest.Pytester,
    recorded: Path,
    wrong: set[int],
    outcome: str,
    figures: str,
) -> None:
    pytester.makeconftest(CONFTEST.format(wrong=wrong))
    done = inner("", "--synthctx-baseline=main.jsonl", "--junitxml=out.xml")
    done.assert_outcomes(**{outcome: 1})
    verdict = "regressed" if outcome == "failed" else "measured"
    done.stdout.fnmatch_lines(
        [
            "verdict *lost *gained *p *not in baseline *test",
            f"{verdict} *20/20 *{figures} *test_it*",
        ]
    )
    if outcome == "failed":
        done.stdout.fnmatch_lines(
            [
                "pass rate 0.650 (13 of 20; *): regressed",
                "beside the baseline (*): 5 lost, 0 gained of 20 samples, one-sided p = 0.0312",
            ]
        )
    assert 'name="synthctx_lost"' in (pytester.path / "out.xml").read_text()


def test_a_higher_confidence_lets_more_pass(
    inner: Inner, pytester: pytest.Pytester, recorded: Path
) -> None:
    pytester.makeconftest(CONFTEST.format(wrong={0, 1, 3, 4, 5, 6, 7}))
    done = inner("", "--synthctx-baseline=main.jsonl", "--synthctx-confidence=0.99")
    done.assert_outcomes(passed=1)


def test_every_sample_is_asked_and_a_regression_fails_what_would_pass(
    inner: Inner, pytester: pytest.Pytester
) -> None:
    pytester.makeconftest(CONFTEST.format(wrong=set()))
    source = TEST.replace("samples=20", "samples=60").format(more=", at_least=0.5")
    inner(source, "--synthctx-record=main.jsonl").assert_outcomes(passed=1)
    assert len(lines(Path(pytester.path / "main.jsonl"))) == 60
    pytester.makeconftest(CONFTEST.format(wrong=set(range(40, 48))))
    done = inner("", "--synthctx-baseline=main.jsonl")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["regressed *0.867 *60/60 *0 *0 *0 *8 *0 *0.0039 *0 *"])


def test_samples_that_the_record_lacks_are_counted_and_said(
    inner: Inner, pytester: pytest.Pytester, recorded: Path
) -> None:
    recorded.write_text("\n".join(recorded.read_text().splitlines()[:5]))
    done = inner("", "--synthctx-baseline=main.jsonl")
    done.stdout.fnmatch_lines(["measured *20/20 *0 *0 *1 *15 *"])
    done = inner(PLAIN.replace("1k", "2k"), "--synthctx-baseline=main.jsonl")
    done.assert_outcomes(passed=1)
    done.stdout.fnmatch_lines(["nothing was compared: none of these samples is in the baseline"])


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_a_record_may_be_parquet_or_csv(
    inner: Inner, pytester: pytest.Pytester, suffix: str
) -> None:
    inner(PLAIN, *FULL, f"--synthctx-record=main.{suffix}").assert_outcomes(passed=1)
    done = inner("", "--synthctx-model=reader:none", f"--synthctx-baseline=main.{suffix}")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["regressed *20/20 *20 *0 *9.5e-07 *0 *"])


def test_a_bench_with_scores_is_a_baseline(inner: Inner, pytester: pytest.Pytester) -> None:
    file = "a.ctx.yaml"
    (pytester.path / file).write_text(
        "seed: 3\ntests:\n  - {task: niah/single, length: 1k, samples: 20}\n"
    )
    bench = generate(Suite.from_file(file), "bench")
    for model in ("reader:full", "reader:none"):
        answer(bench, model)
    score(bench)
    beside = ("--synthctx-baseline", "bench")
    done = inner("", file, "--synthctx-model=reader:constant?text=x", *beside)
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*holds several models. There are: reader:full, reader:none; n*"])
    named = ("--synthctx-baseline-model=reader:full", "--synthctx-model=reader:constant?text=x")
    inner("", file, *named, *beside).assert_outcomes(failed=1)
    inner("", file, *FULL, *beside).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "holds no scores"),
        ("{", "is not a readable JSON lines file"),
        ('{"sample_id": "1"}', "no column 'score'"),
        ('{"sample_id": "1", "score": "high"}', "holds a score that is no number: 'high'"),
    ],
)
def test_a_record_that_cannot_be_read_is_an_error_before_anything_is_asked(
    inner: Inner, pytester: pytest.Pytester, content: str, said: str
) -> None:
    (pytester.path / "main.jsonl").write_text(content)
    done = inner(PLAIN, *FULL, "--synthctx-baseline=main.jsonl")
    done.assert_outcomes(errors=1)
    assert said in done.stdout.str()
    assert "= synthctx:" not in done.stdout.str()


def test_a_record_that_cannot_be_written_is_said(inner: Inner, pytester: pytest.Pytester) -> None:
    (pytester.path / "file").write_text("")
    done = inner(PLAIN, *FULL, "--synthctx-record=file/main.jsonl")
    done.assert_outcomes(passed=1)
    done.stdout.fnmatch_lines(["no record was written: cannot write*"])
