"""What an answer names, and what it names too much."""

from __future__ import annotations

import pytest

from synthctx.recall import kind_of, recall, stated_number

UUID = "0c2f6a4e-1b7d-4f60-9a3c-5d8e7f601234"
OTHER = "9e8d7c6b-5a49-4382-b716-05f4e3d2c1b0"


@pytest.mark.parametrize(
    ("references", "kind"),
    [
        (["12", "345"], "number"),
        ([UUID], "uuid"),
        (["ABCDE", "FGHIJ"], "code"),
        (["A3-9", "B7-1"], "code"),
        (["lantern"], "word"),
        (["Mary Hart"], "word"),
        (["李明"], "word"),
        ([], "word"),
    ],
)
def test_kind(references: list[str], kind: str) -> None:
    assert kind_of(references) == kind


def test_wrong_ones_take_back_right_ones() -> None:
    asked = ["1111111", "2222222", "3333333", "4444444"]
    assert recall(", ".join(asked), asked).score == 1.0
    assert recall(", ".join(asked[:2]), asked).score == 0.5
    assert recall(", ".join([*asked, "5555555"]), asked).score == 0.75
    everything = [str(1111111 * n) for n in range(1, 10)]
    assert recall(", ".join(everything), asked).score == 0.0


def test_an_article_is_a_word_of_its_own() -> None:
    asked = ["Mia Good", "Erica Cochran", "Old Penby"]
    assert recall("Mia Good\nErica Cochran\nOld Penby", asked).score == 1.0
    assert recall("the lantern, a compass and an easel", ["lantern", "compass", "easel"]).score == 1


def test_the_key_is_no_rival_of_its_value() -> None:
    assert recall(f'The value of "{OTHER}" is "{UUID}".', [UUID]).score == 1.0
    assert recall(f'{{"{OTHER}": "{UUID}"}}', [UUID]).score == 1.0
    assert recall(f'{{"{UUID}": "{OTHER}"}}', [UUID]).score == 0.0
    assert recall(f'"a": "{OTHER}", "b": "{UUID}"', [UUID]).score == 0.0


def test_candidates_are_rivals_unless_denied() -> None:
    assert recall("barley soup", ["barley soup"], candidates=["leek pie"]).score == 1.0
    assert recall("barley soup with leek pie", ["barley soup"], candidates=["leek pie"]).score == 0
    denied = recall("barley soup, not the leek pie", ["barley soup"], candidates=["leek pie"])
    assert denied.score == 1.0


def test_a_list_goes_on_after_its_declaration() -> None:
    named = recall("The answer is:\n1. cat\n2. dog\n3. owl", ["cat", "dog", "owl"])
    assert named.reading.declared
    assert named.score == 1.0


def test_small_talk_and_articles_are_no_rivals() -> None:
    assert recall("Sure, the lantern.", ["lantern"]).score == 1.0
    assert recall("A lantern", ["the lantern"]).score == 1.0


@pytest.mark.parametrize(
    ("output", "value"),
    [
        ("42", "42"),
        ("The largest of 60000 numbers is 42.", "42"),
        ("f(3) = 5 - 12 = -7", "-7"),
        ("`func_1(-9)` will return `-9 + 3 = -6`.\n\nThe return value is: 3.", "3"),
        ("42 43", None),
        ("It is 42 or 43", None),
        ("forty-two", None),
        ("93.\n\nOut of: 1 2 3", "93"),
        ("93\nout of 1 2 3", "93"),
    ],
)
def test_stated_number(output: str, value: str | None) -> None:
    number = stated_number(output).number
    assert (number and str(number.value)) == value
