"""One run for each verdict, and what a test sees of it."""

from __future__ import annotations

import pytest

from synthctx.pytest_plugin.reporting import plain
from tests.pytest_plugin.conftest import FULL, Inner

pytest_plugins = ["pytester"]

HALF = '''
import pytest
from synthctx.tasks import get_task

@pytest.fixture
def synthctx_model():
    """Right at every other problem."""
    calls = []
    def answer(prompt):
        calls.append(prompt)
        return get_task("niah/single").read(prompt) if len(calls) % 2 else "I do not know."
    return answer
'''


def test_the_verdict_passes_with_fewer_calls(inner: Inner) -> None:
    done = inner(
        """
        import pytest
        from synthctx.analytics.sequential import design

        @pytest.mark.synthctx(task="niah/single", length="1k", samples=50, at_least=0.9)
        def test_retrieval(synthctx_result):
            found = synthctx_result
            assert found.verdict == "passed"
            assert found.rate == 1 and found.passed == found.answered == found.asked
            assert found.saved == 50 - found.asked >= 10
            low, high = found.interval
            assert found.interval == design(0.9, 50).interval(found.passed, found.asked)
            assert 0.9 <= low < high <= 1
            assert not found.failures and not found.failed_calls and not found.cut_prompts
            (cell,) = found.cells
            assert (cell.task, cell.length, cell.depth, cell.rate) == ("niah/single", 1024, 0.5, 1)
            assert found.samples[0].prompt.startswith(found.samples[0].prompt_head)
        """,
        *FULL,
    )
    done.assert_outcomes(passed=1)
    done.stdout.fnmatch_lines(
        [
            "*= synthctx: reader:full =*",
            "verdict *rate *interval *at least *asked *saved *cut *no answer *test",
            "passed *1.000 *0.9??..1.000 *0.9 *33/50 *17 *0 *0 *test_it.py::test_retrieval",
            "asked 33, saved 17 calls",
        ]
    )


def test_the_verdict_fails_though_the_body_asserts_nothing(inner: Inner) -> None:
    done = inner(
        """
        import pytest

        @pytest.mark.synthctx(task="niah/single", length="2k", depth=0, samples=50, at_least=0.9)
        def test_retrieval(synthctx_result): ...

        @pytest.mark.synthctx(task="niah/single", length="2k", depth=0, samples=50, at_least=0.9)
        def test_without_the_fixture(): ...
        """,
        "--synthctx-model",
        "reader:window?tokens=1k",
    )
    done.assert_outcomes(failed=2)
    out = done.stdout.str()
    assert "session.py" not in out, "no traceback of the plugin"
    done.stdout.fnmatch_lines(
        [
            "pass rate 0.000 (0 of 3; 0.000 to 0.*, each bound sure to 0.95), at least 0.9 *failed",
            "asked 3 of 50 samples of reader:window?tokens=1k, 47 calls saved",
            "3 wrong, all of them:",
            "  niah/single, en, 2k, depth 0, problem 0, sample *",
            "    expected   [[]*",
            "    extracted  *",
            "    why        empty output",
            '    output     ""',
            '    prompt     "Below is a long text.* ... "*',
            "FAILED test_it.py::test_retrieval - Failed: pass rate 0.000*",
        ]
    )
    report = out.partition("each bound")[2].partition("____")[0]
    assert len(report.splitlines()) < 25


def test_a_failing_body_is_shown_with_what_came_of_the_model(inner: Inner) -> None:
    done = inner(
        """
        import pytest

        @pytest.mark.synthctx(task="niah/single", length="1k", samples=4)
        def test_retrieval(synthctx_result):
            assert synthctx_result.verdict is None
            assert synthctx_result.passed == 5
        """,
        *FULL,
    )
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        [
            "E * where 4 = <Result measured: 4 of 4 right, asked 4>.passed",
            "*Captured synthctx call*",
            "pass rate 1.000 (4 of 4; 0.473 to 1.000, each bound sure to 0.95)",
            "measured *4/4*",
        ]
    )


UNDECIDED = """
import pytest

@pytest.mark.synthctx(task="niah/single", length="1k", samples=20, at_least=0.5, batch=20)
def test_retrieval(): ...
"""


@pytest.mark.parametrize(
    ("options", "outcome", "asked"),
    [
        ([], "xfailed", "20/20"),
        (["--synthctx-undecided=xfail"], "xfailed", "20/20"),
        (["--synthctx-undecided=fail"], "failed", "20/20"),
        (["--synthctx-undecided=more"], "xfailed", "80/80"),
        (["--runxfail"], "failed", "20/20"),
        (["-o", "synthctx_undecided=fail"], "failed", "20/20"),
    ],
)
def test_undecided_is_what_the_option_says(
    inner: Inner, pytester: pytest.Pytester, options: list[str], outcome: str, asked: str
) -> None:
    pytester.makeconftest(HALF)
    done = inner(UNDECIDED, "-rx", *options)
    done.assert_outcomes(**{outcome: 1})
    done.stdout.fnmatch_lines(["undecided *0.500 *" + asked + "*"])
    done.stdout.fnmatch_lines(["*pass rate 0.500 (*at least 0.5 is asked for: undecided*"])


def test_a_call_that_fails_leaves_undecided_what_it_could_not_have_decided(
    inner: Inner, pytester: pytest.Pytester
) -> None:
    pytester.makeconftest(
        HALF.replace("        return", "        if len(calls) == 7: raise OSError\n        return")
    )
    done = inner(UNDECIDED.replace("batch=20", "batch=2"), "-rx")
    done.assert_outcomes(xfailed=1)
    done.stdout.fnmatch_lines(["undecided *0.462 *14/20 *6 *0 *1 *test_it.py::test_retrieval"])


def test_more_samples_decide_what_fewer_did_not(inner: Inner, pytester: pytest.Pytester) -> None:
    pytester.makeconftest(HALF)
    marker = '@pytest.mark.synthctx(task="niah/single", length="1k", samples=20, at_least=0.35%s)'
    tests = "import pytest\n" + "".join(
        f"{marker % more}\ndef test_{name}(): ...\n"
        for name, more in (("few", ""), ("more", ', undecided="more"'))
    )
    done = inner(tests, "-rx")
    done.assert_outcomes(passed=1, xfailed=1)
    done.stdout.fnmatch_lines(["*at this rate about * samples would decide*"])
    line = next(line for line in done.outlines if line.startswith("passed"))
    asked, _, most = line.split()[4].partition("/")
    assert most == "80"
    assert 20 < int(asked) < 80


def test_the_published_rule_and_another_pass_score(inner: Inner) -> None:
    done = inner(
        """
        import pytest

        common = {"task": "ruler/vt", "length": "2k", "samples": 4}

        @pytest.mark.synthctx(**common, metric="paper")
        def test_paper(synthctx_result):
            assert [one.value for one in synthctx_result.samples] == [
                one.grade.paper for one in synthctx_result.samples
            ]

        @pytest.mark.synthctx(**common, pass_score=0.05)
        def test_low(synthctx_result):
            assert all(one.passed == (one.grade.score >= 0.05) for one in synthctx_result.samples)
        """,
        *FULL,
    )
    done.assert_outcomes(passed=2)


def test_a_published_score_that_does_not_exist_is_an_error(inner: Inner) -> None:
    done = inner(
        """
        import pytest

        @pytest.mark.synthctx(task="threading/multiple", length="4k", samples=2, metric="paper")
        def test_paper(): ...
        """,
        *FULL,
    )
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["no verdict: rule threads/values has no published score: *"])


def test_a_published_scorer_that_crashes_over_wrong_answers_judges_them_wrong(
    inner: Inner,
) -> None:
    done = inner(
        """
        import pytest

        @pytest.mark.synthctx(task="threading/single", length="4k", samples=30, metric="paper",
                              at_least=0.8)
        def test_paper(): ...
        """,
        "--synthctx-model=reader:constant?text=x",
    )
    done.assert_outcomes(failed=1)


def test_a_body_of_unittest_is_judged_too(inner: Inner) -> None:
    done = inner(
        """
        import unittest
        import pytest

        class TestModel(unittest.TestCase):
            @pytest.mark.synthctx(task="niah/single", length="1k", samples=30, at_least=0.9)
            def test_retrieval(self): ...
        """,
        "--synthctx-model",
        "reader:constant?text=no",
    )
    done.assert_outcomes(failed=1)


def test_hostile_output_neither_breaks_the_run_nor_the_terminal(
    inner: Inner, pytester: pytest.Pytester
) -> None:
    pytester.makeconftest(
        r"""
import itertools
import pytest

OUTPUTS = itertools.cycle([
    "\x1b[2J\x1b[31mred\x07", "\ud800 alone", "<think>" * 3000, "\x00", "[" * 100_000,
    "\u202eright to left", "]]>", "", "%s %n {0} \\", "A" * 2_000_000,
])

@pytest.fixture(scope="session")
def synthctx_model():
    return lambda prompt: next(OUTPUTS)
"""
    )
    source = """
import pytest

@pytest.mark.synthctx(task="niah/single", length="1k", samples=30, at_least=0.9, batch=30)
def test_retrieval(): ...
"""
    done = inner(source, "--junitxml=out.xml", "--synthctx-record=out.jsonl")
    done.assert_outcomes(failed=1)
    report = done.stdout.str()
    assert not set("\x1b\x07\x00\u202e\ud800") & set(report)
    assert len(report) < 10_000
    assert "(21,000 characters)" in report
    from xml.etree import ElementTree

    assert ElementTree.parse(pytester.path / "out.xml").find(".//failure") is not None
    assert len((pytester.path / "out.jsonl").read_text().splitlines()) == 30


def test_a_foreign_text_is_shown_on_one_line_without_what_a_terminal_acts_on() -> None:
    every = "".join(map(chr, range(0x110000)))
    shown = plain(every, len(every))
    assert len(shown) == len(every) + 1, "a line break shows as two characters"
    assert len(shown.splitlines()) == 1
    controls = [chr(n) for n in (*range(32), *range(127, 160), *range(0xD800, 0xE000), 0x202E)]
    assert not set(controls) & set(shown)
    assert plain("한국어 العربية 中文 é 🙂") == "한국어 العربية 中文 é 🙂"
    assert plain("x" * 200, 10, 5_000_000) == "xxxxxxxxxx… (5,000,000 characters)"
