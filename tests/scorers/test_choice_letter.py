"""choice/letter beyond the recorded cases."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthctx.errors import ScoreError
from synthctx.rules import Grade, grade
from synthctx.scorers._first_option import first_option


def graded(output: str, reference: str = "C", **params: Any) -> Grade:
    return grade("choice/letter", output=output, reference=reference, params=params)


@pytest.mark.parametrize("letter", "ABCD")
@pytest.mark.parametrize(
    "form",
    [
        "{}",
        "{}.",
        "({})",
        "**{}**",
        "Answer: {}",
        "Answer: ({}) Tom Hale",
        "Option {}",
        "option {} is correct.",
        "\\boxed{{{}}}",
        "Final answer:\n{}",
        "I'd go with {}, since nothing else fits.",
        "Therefore, {}",
        "The answer is option {}.",
        "答案是{}。",
        "选{}",
        "故选 {} 项",
        "选项{}正确",
        "{}是正确答案",
        "因此，答案应该是：{}",
        "Three names came first.\n\n{}",
        "{}\n\nThe others are younger.",
    ],
)
def test_usual_forms(form: str, letter: str) -> None:
    for said in "ABCD":
        assert graded(form.format(said), letter).score == float(said == letter), form


@pytest.mark.parametrize("size", [2, 4, 6])
def test_listing_the_options_does_not_pay(size: int) -> None:
    options = "ABCDEF"[:size]
    for glue in (" ", ", ", "\n", " or ", " and ", "/", ". ", ") ", ""):
        for gold in options:
            for lead in ("", "Answer: ", "The answer is ", "答案是", "I choose "):
                output = lead + glue.join(options)
                assert graded(output, gold, options=options).score == 0.0, output


@pytest.mark.parametrize("sentences", [40, 3000])
@pytest.mark.parametrize("depth", [0.0, 0.5, 1.0])
def test_an_echo_earns_nothing(depth: float, sentences: int) -> None:
    filler = ["The harbour was quiet, and boats lay at the quay. "] * sentences
    filler.insert(round(depth * sentences), "A. Ann Holt\nB. Ben Holt\nC. Cato Holt\nD. Dan Holt\n")
    echo = "".join(filler)
    for output in (echo, echo + "\n\nQuestion: which one is it?\nAnswer:"):
        for letter in "ABCD":
            assert graded(output, letter).score == 0.0


@pytest.mark.parametrize(
    ("output", "score"),
    [
        ("Answer: C. A is the child of B.", 1.0),
        ("Answer: C. D. Holt is younger.", 1.0),
        ("Answer: C, as A and B are children.", 1.0),
        ("Answer: C\nIt cannot be A or B.", 1.0),
        ("Answer: C\n\nA is wrong, B is wrong.", 1.0),
        ("Answer: C. Cato Holt\nD. Dan Holt", 0.0),
        ("Answer: C. D.", 0.0),
        ("Answer: C (or D)", 0.0),
        ("Answer: D\nC", 0.0),
        ("Answer: D\n\nI was wrong, the last one is older.\n\nC", 1.0),
        ("Answer: D\nCorrection: C", 1.0),
        ("D\n\nOn second thoughts, the answer is C.", 1.0),
    ],
)
def test_what_stands_behind_a_choice(output: str, score: float) -> None:
    assert graded(output).score == score


def test_a_letter_of_a_word_is_no_choice() -> None:
    for output in ("Cato", "C-clamp", "C3", "vitamin-C", "ABC", "C's", "it's c.d."):
        assert graded(output).score == 0.0, output
        assert graded(f"The answer is {output}").score == 0.0, output


@pytest.mark.parametrize("options", ["", "A", "AA", "AB1", "ab", "A,B", 4, None, ["A", "B"]])
def test_bad_options(options: Any) -> None:
    with pytest.raises(ScoreError, match="choice/letter: options is"):
        graded("A", "A", options=options)


def test_bad_reference_and_form() -> None:
    for reference in ("E", "AB", "", "c", None, 3):
        with pytest.raises(ScoreError, match=r"the reference is .*, allowed: A, B, C, D"):
            graded("A", reference)  # type: ignore[arg-type]
    with pytest.raises(ScoreError, match="allowed: first-option"):
        graded("A", "A", published="last-option")


# ---------------------------------------------------------------- the published reading


@pytest.mark.parametrize(
    ("output", "letter"),
    [
        ("", ""),
        ("no capital here", ""),
        ("答案是x。B", "B"),
        ("答案为 (B) 吗", "B"),
        ("答案应该是《C》。以及D", "C"),
        ("The correct answer is clear:\n\\boxed{D} or \\boxed{A}", "D"),
        ("The correct answer is \\boxed{d}, says Ann", "A"),
        ("1", ""),
        ("10 D", "D"),
        ("x1yD then A, surely", "A"),
        ("D then A, surely", "D"),
        ("so D then A, surely", "D"),
        ("选 \n D or A, surely", "D"),
        ("说法不正确的是D还有A吧", "D"),
        ("其实A说错了，D是正确的吧", "D"),
        ("Ann, 因此D。", "D"),
        ("Answer: B then A, surely", "B"),
        ("an answer : b then A: surely", "A"),
    ],
)
def test_what_the_published_forms_read(output: str, letter: str) -> None:
    assert first_option(output, "ABCD") == letter


def test_of_one_match_the_first_option_counts() -> None:
    assert first_option("答案是《DA》吧", "ABCD") == "A"
    assert first_option("答案是《DA》吧", "DCBA") == "D"


PIECES = [*"ABCD", "答案是", "答案", "选", "故", "只有", "对", "。", " ", "\n", "1", ".", ":", "x"]
PIECES += ["The correct answer is", "the answer is", "boxed{", "}", "Answer"]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_it_reads_an_option_whenever_there_is_one(output: str) -> None:
    read = first_option(output, "ABCD")
    assert (read == "") == (not any(letter in output for letter in "ABCD"))
    assert first_option(f" {output}\n", "ABCD") == read
