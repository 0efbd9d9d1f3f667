"""table/rows beyond the recorded cases."""

from __future__ import annotations

import time
from typing import Any

import pytest

from synthctx.errors import ScoreError
from synthctx.rules import Grade, grade

HEADER = "item\tprice\tcolour"
ROWS = [f"item {i}\t{i}.50\t{'red' if i % 2 else 'blue'}" for i in range(1, 11)]
REFERENCE = "\n".join([HEADER, *ROWS])


def fenced(*rows: str, header: str = HEADER) -> str:
    return "\n".join(["```tsv", header, *rows, "```"])


def graded(output: str, reference: Any = REFERENCE) -> Grade:
    return grade("table/rows", output=output, reference=reference)


def test_the_first_wrong_cell_is_named() -> None:
    rows = [*ROWS[:6], ROWS[6].replace("7.50", "7.05"), *ROWS[7:]]
    result = graded(fenced(*rows))
    assert result.explanation == "row 7: cell 'price' is '7.05', expected '7.50'"
    assert result.score == pytest.approx(0.9)
    assert result.metrics["first_error_step"] == 7.0
    assert result.metrics["progress"] == pytest.approx(0.6)
    assert (result.metrics["extra_rows"], result.metrics["missing_rows"]) == (1.0, 1.0)


def test_a_perfect_table_has_no_first_error() -> None:
    metrics = graded(fenced(*ROWS)).metrics
    assert "first_error_step" not in metrics
    assert metrics["progress"] == metrics["order"] == metrics["f1"] == metrics["header"] == 1.0


def test_order_is_the_longest_rising_line() -> None:
    result = graded(fenced(ROWS[9], *ROWS[:9]))
    assert result.metrics["f1"] == 1.0
    assert result.metrics["order"] == pytest.approx(0.9)
    assert result.score == pytest.approx(0.9)
    assert graded(fenced(*reversed(ROWS))).score == pytest.approx(0.1)


def test_equal_rows_are_counted() -> None:
    reference = "\n".join([HEADER, ROWS[0], ROWS[0], ROWS[1]])
    assert graded(fenced(ROWS[0], ROWS[0], ROWS[1]), reference).score == 1.0
    once = graded(fenced(ROWS[0], ROWS[1]), reference)
    assert once.paper == 1.0
    assert once.metrics["recall"] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (ROWS[:4], "row 5 and what follows is missing"),
        ([*ROWS, ROWS[0]], "row 11 and what follows was not asked for"),
        (["item 1\t1.50", *ROWS[1:]], "row 1 has 2 cells, expected 3"),
    ],
)
def test_other_explanations(rows: list[str], why: str) -> None:
    assert graded(fenced(*rows)).explanation == why


def test_the_header_has_to_be_there() -> None:
    for header in ("item\tcolour\tprice", "a\tb\tc", ROWS[0]):
        result = graded(fenced(*ROWS, header=header))
        assert (result.score, result.metrics["header"]) == (0.0, 0.0)
    assert graded(fenced(*ROWS, header=HEADER.title())).score == 1.0


def test_the_last_complete_table_wins() -> None:
    draft, final = fenced(*ROWS[:3]), fenced(*ROWS)
    assert graded(f"{draft}\nNow all:\n{final}").score == 1.0
    assert graded(f"{final}\nNow fewer:\n{draft}").score == pytest.approx(6 / 13)
    assert graded(f"{final}\n```\nsome other text\n```").score == 1.0
    assert graded(f"{final}\n```tsv\n{HEADER}\n{ROWS[0]}").score == 1.0


def test_a_table_that_breaks_off() -> None:
    result = graded("```tsv\n" + "\n".join([HEADER, *ROWS[:5]]) + "\nitem 6\t6.")
    assert result.score == pytest.approx(2 * 5 / 16)
    assert result.metrics["recall"] == 0.5


@pytest.mark.parametrize("empty", ["", " ", "n/a", "N.A.", "NA"])
def test_forms_of_nothing(empty: str) -> None:
    reference = f"{HEADER}\nlamp\tN/A\tred"
    assert graded(fenced(f"lamp\t{empty}\tred"), reference).score == 1.0
    assert graded(fenced(f"lamp\t{empty}\tred"), f"{HEADER}\nlamp\t0\tred").score == 0.0


def test_width_blanks_and_quotes_fold() -> None:
    reference = f"{HEADER}\nthe 'old' lamp\t-4.50\tred"
    assert graded(fenced("the  ‘old’ lamp \t\u2212４.50\tred"), reference).score == 1.0


def test_one_column() -> None:
    reference = "name\nMara Voss\nTeo Lind"
    assert graded("```\nname\nMara Voss\nTeo Lind\n```", reference).score == 1.0
    assert graded("name\nMara Voss\nTeo Lind", reference).score == 1.0


def test_a_big_answer_is_graded_at_once() -> None:
    rows = [f"item {i}\t{i * 7 % 1000}.{i % 10}\t{'red' * (i % 7)}" for i in range(40_000)]
    reference = "\n".join([HEADER, *rows])
    output = fenced(*rows)
    assert len(output) > 900_000
    start = time.process_time()
    result = graded(output, reference)
    assert result.score == 1.0
    assert time.process_time() - start < 3.0  # about half a second alone on one core


@pytest.mark.parametrize("reference", ["", "only a header", None, ["a\tb"], "\n\n"])
def test_bad_references(reference: Any) -> None:
    with pytest.raises(ScoreError, match="table/rows"):
        graded("x", reference)
