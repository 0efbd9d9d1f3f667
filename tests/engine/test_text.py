"""Folding, whole-word search, numbers, boxes and declarations."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthctx.text import (
    bounded_find,
    boxed_spans,
    fold,
    is_denied,
    is_hedged,
    last_declaration,
    lowered,
    numbers,
    own_turn,
    read_answer,
    strip_wrapping,
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("１２３ ＡＢ", "123 AB"),
        ("ke\u200bttle\ufeff", "kettle"),
        ("\u201cx\u201d \u2018y\u2019 \u300cz\u300d", '"x" \'y\' "z"'),
        ("\u22127 and 3\u20134", "-7 and 3-4"),
        ("here\u2014there", "here - there"),
        ("e\u0301", "\u00e9"),
        ("plain", "plain"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=2000))
def test_folding_by_pieces_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert unicodedata.is_normalized("NFKC", fold("x" + text + "y"))


@given(st.text(max_size=200))
def test_lowered_keeps_places(text: str) -> None:
    assert len(lowered(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "needle", "places"),
    [
        ("1234567", "1234567", [0]),
        ("12345678", "1234567", []),
        ("01234567", "1234567", []),
        ("1234567.5", "1234567", []),
        ("0.1234567", "1234567", []),
        ("-1234567", "1234567", []),
        ("(-1234567)", "1234567", []),
        ("item-1234567", "1234567", [5]),
        ("It is 1234567.", "1234567", [6]),
        ("是1234567。", "1234567", [1]),
        ("1,234,567", "234", []),
        ("1,234,567", "567", []),
        ("1234567,7654321", "1234567", [0]),
        ("7, 8", "7", [0]),
        ("3-7", "7", []),
        ("cat catalog concat cat", "cat", [0, 19]),
        ("blue-green", "blue", []),
        ("snake_case", "case", []),
        ("_blue_ **blue**", "blue", [1, 9]),
        ("Anna's", "Anna", [0]),
        ("住在李明家", "李明", [2]),
        ("叫Anna的人", "Anna", [1]),
        ("anything", "", []),
    ],
)
def test_bounded_find(text: str, needle: str, places: list[int]) -> None:
    assert bounded_find(text, needle) == places


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("-7 x-8 3-4", ["-7", "8", "3", "4"]),
        ("1,234,567.5", ["1234567.5"]),
        ("3,17,4", ["3", "17", "4"]),
        ("v1.2.3 1.2.3", []),
        ("A3 4f1b x_5", []),
        ("It is 5. Or (6), 7%.", ["5", "6", "7"]),
        ("第12个是-0.5。", ["12", "-0.5"]),
        ("", []),
    ],
)
def test_numbers(text: str, values: list[str]) -> None:
    found = numbers(text)
    assert [n.value for n in found] == [Decimal(v) for v in values]
    assert all(text[n.start : n.end] == n.text for n in found)


def test_nobody_asks_for_an_endless_number() -> None:
    assert numbers("9" * 1_000_000) == []


def test_boxes() -> None:
    text = "a \\boxed{x{y}} b \\boxed{p \\boxed{q}} \\fbox{r} \\boxed{cut"
    assert [b.text for b in boxed_spans(text)] == ["x{y}", "p \\boxed{q}", "r"]
    assert [b.text for b in boxed_spans("} \\boxed{cut \\boxed{in}")] == ["in"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Answer: 5. No wait, the answer is 7.", "7"),
        ("Answer: 5.\nActually, it's 6!", "6"),
        ("**Final answer**: Mr. Smith. Done.", "Mr. Smith"),
        ("The answer is Harry S. Truman. Yes.", "Harry S. Truman"),
        ("答案是：李明。还有别的。", "李明"),
        ("The answer is:\n\n7\n8", "7"),
        ("#### 18", "18"),
        ("so \\boxed{A} or \\boxed{B}", "B"),
        ("\\boxed{A}, so the answer is A, I think", "A, I think"),
        ("The return value is: -3.", "-3"),
        ("To answer this question, look", None),
        ("Answer:", None),
        ("nothing", None),
    ],
)
def test_last_declaration(text: str, said: str | None) -> None:
    found = last_declaration(text)
    assert (found and found[0]) == said
    if found:
        assert text[found[1] :].startswith(found[0])


def test_an_echo_is_no_answer_but_what_it_ends_in_is() -> None:
    echo = "The answer is Oslo. " + "Some more text about other towns. " * 3000
    assert read_answer("Bergen. " * 500).too_long
    assert read_answer("x. " * 4000 + echo).too_long
    assert read_answer(echo + "The answer is Molde.").text == "Molde"
    assert read_answer("Molde").text == "Molde"
    assert read_answer("莫" * 600).too_long


def test_another_question_ends_the_answer() -> None:
    assert own_turn("Oslo.\nQuestion: why?\nAnswer: so") == "Oslo."
    assert own_turn("Question: why?\nOslo") == "Question: why?\nOslo"
    assert read_answer("Answer: Oslo\n\n**Question:** why?\nAnswer: so").text == "Oslo"


def test_denied_and_hedged() -> None:
    assert is_denied("not the lantern", 8)
    assert is_denied("不是铜壶", 2)
    assert not is_denied("it is the lantern", 10)
    assert is_hedged("the lantern or the kettle", 4, 11)
    assert is_hedged("the kettle or the lantern", 18, 25)
    assert not is_hedged("the lantern, for sure", 4, 11)


def test_strip_wrapping() -> None:
    assert strip_wrapping(" **“x y”**. ") == "“x y”"
    assert strip_wrapping("（甲乙）。") == "甲乙"
