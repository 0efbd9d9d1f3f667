"""Questions asked with their options turned round."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthctx.circular import UNREAD, Turn, over_turns, published_circular, turned
from synthctx.errors import ScoreError

ORDERS = turned("ABCD")


def turns_of(said: str, key: str = "q", right: str = "A") -> list[Turn]:
    """Return the four turns of a question; "?" is an answer not read, "." a turn missing."""
    return [
        Turn(key, order, "ABCD"[order.index(right)], None if letter == "?" else letter)
        for order, letter in zip(ORDERS, said, strict=True)
        if letter != "."
    ]


def test_turns() -> None:
    assert turned("ABC") == ["ABC", "BCA", "CAB"]
    assert [turn.right for turn in turns_of("ABCD", right="A")] == ["A", "D", "C", "B"]


def test_all_right() -> None:
    figures = over_turns([*turns_of("ADCB", "one"), *turns_of("BADC", "two", "B")])
    assert figures is not None
    assert (figures.accuracy, figures.unturned, figures.perfect, figures.vote) == (1, 1, 1, 1)
    assert figures.at_least == (1, 1, 1, 1, 1)
    assert (figures.questions, figures.incomplete) == (2, ())
    assert figures == published_circular([*turns_of("ADCB", "one"), *turns_of("BADC", "two", "B")])


def test_by_hand() -> None:
    figures = over_turns([*turns_of("ADCC", "one"), *turns_of("BBCB", "two")])
    assert figures is not None
    assert figures.accuracy == 5 / 8
    assert figures.unturned == figures.unturned_vote == 0.5
    assert figures.at_least == (1, 1, 1, 0.5, 0)
    assert figures.perfect == 0
    # one: A three times; two: options B, C, A, A
    assert figures.vote == 1
    assert figures.letters == {"A": 1 / 8, "B": 3 / 8, "C": 3 / 8, "D": 1 / 8, UNREAD: 0}


def test_a_constant_letter_wins_no_vote_published_it_wins_all_of_its_kind() -> None:
    figures, published = over_turns(turns_of("AAAA")), published_circular(turns_of("AAAA"))
    assert figures is not None and published is not None
    assert (figures.vote, published.vote) == (0, 1)
    assert figures.accuracy == published.accuracy == 0.25


def test_what_is_missing_or_unread_counts_as_wrong_and_is_named() -> None:
    turns = [*turns_of("AD..", "gap"), *turns_of("AD??", "mumbled"), *turns_of("ADC?", "most")]
    figures = over_turns(turns)
    assert figures is not None
    assert figures.accuracy == 7 / 12
    assert figures.incomplete == ("gap", "mumbled", "most")
    assert figures.vote == pytest.approx(1 / 3)  # two of four is no majority over silence
    assert figures.letters[UNREAD] == 5 / 12
    published = published_circular(turns)
    assert published is not None
    assert published.accuracy == 7 / 10
    assert published.vote == 1
    assert published.incomplete == ("gap",)


def test_published_figures_of_a_single_turn() -> None:
    published = published_circular(turns_of("A..."))
    assert published is not None
    assert (published.accuracy, published.unturned) == (1, 4)
    figures = over_turns(turns_of("A..."))
    assert figures is not None
    assert (figures.accuracy, figures.unturned) == (0.25, 1)


def test_an_answer_of_several_letters_is_not_read() -> None:
    figures = over_turns([turn._replace(said="AB") for turn in turns_of("AAAA")])
    assert figures is not None
    assert (figures.letters[UNREAD], figures.accuracy, figures.vote) == (1, 0, 0)


@pytest.mark.parametrize(
    "turns",
    [
        [],
        turns_of(".DCB"),
        [Turn("q", "ABC", "A", "A")],
        [Turn("q", "ABCD", "E", "A")],
        [Turn("q", "ABCD", "", "A")],
        [Turn("q", "ACBD", "A", "A")],
    ],
)
def test_where_the_published_code_raises(turns: list[Turn]) -> None:
    assert published_circular(turns) is None


def test_bad_turns() -> None:
    with pytest.raises(ScoreError, match="'ACBD' is no turn of 'ABCD'"):
        over_turns([Turn("q", "ACBD", "A", "A")])
    with pytest.raises(ScoreError, match="comes twice"):
        over_turns([*turns_of("A..."), *turns_of("A...")])
    with pytest.raises(ScoreError, match="right is 'E', allowed: A, B, C, D"):
        over_turns([Turn("q", "ABCD", "E", "A")])
    with pytest.raises(ScoreError, match="another option is right"):
        over_turns([Turn("q", "ABCD", "A", "A"), Turn("q", "BCDA", "A", "A")])
    assert over_turns([]) is None


def test_other_numbers_of_options() -> None:
    turns = [Turn("q", order, "AB"[order.index("B")], "B") for order in turned("AB")]
    figures = over_turns(turns, "AB")
    assert figures is not None
    assert (figures.accuracy, figures.perfect, figures.vote) == (0.5, 0, 0)


SAID = st.lists(st.text("ABCD?.", min_size=4, max_size=4), min_size=1, max_size=4)


@given(SAID)
def test_bounds_and_monotony(said: list[str]) -> None:
    turns = [turn for i, row in enumerate(said) for turn in turns_of(row, str(i))]
    figures = over_turns(turns)
    if figures is None:
        assert not turns
        return
    shares = [figures.accuracy, figures.unturned, figures.vote, *figures.letters.values()]
    assert all(0 <= share <= 1 for share in shares)
    assert figures.at_least[0] == 1
    assert list(figures.at_least) == sorted(figures.at_least, reverse=True)
    assert figures.accuracy == pytest.approx(sum(figures.at_least[1:]) / 4)
    assert sum(figures.letters.values()) == pytest.approx(1)
    published = published_circular(turns)
    if published is not None and not any("." in row for row in said):
        assert published.accuracy == pytest.approx(figures.accuracy)
        assert published.at_least == figures.at_least
        assert published.vote >= figures.vote
