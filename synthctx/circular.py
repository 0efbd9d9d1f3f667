"""Figures over questions that are asked several times with their options turned round.

A model that has a favourite letter is right in one turn of four; one that knows is right in all.
Denominators are fixed: a turn that is missing or was not read counts as wrong, and its question
is named in the result. `published_circular` gives the published figures, None where it raises.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from synthctx.errors import ScoreError

UNREAD = "-"


class Turn(NamedTuple):
    """One question in one order of its options.

    Attributes:
        key: which question it is.
        order: the option that stands at each letter: with "BCDA", A shows the second option.
        right: the letter that is right in this turn.
        said: the letter that was read; None or anything else is an answer not read.
    """

    key: str
    order: str
    right: str
    said: str | None


class Circular(NamedTuple):
    """Figures over the turns of all questions, as shares.

    Attributes:
        accuracy: acc_k, turns right.
        unturned: acc_1, questions right in the order that is not turned.
        at_least: more_k_n, questions right in at least n turns, for n = 0, 1, ...; the last
            is perf_k, questions right in every turn.
        unturned_at_least: more_1_n, the same of the order that is not turned.
        vote: vote_k, questions whose right option is the one that most turns chose.
        unturned_vote: vote_1, the same of the order that is not turned.
        letters: prior_X, how often each letter was said; `UNREAD` for no letter.
        questions: how many questions there are.
        incomplete: the questions with a turn missing or not read.
    """

    accuracy: float
    unturned: float
    at_least: tuple[float, ...]
    unturned_at_least: tuple[float, ...]
    vote: float
    unturned_vote: float
    letters: Mapping[str, float]
    questions: int
    incomplete: tuple[str, ...]

    @property
    def perfect(self) -> float:
        """Return perf_k: the share of questions that are right in every turn."""
        return self.at_least[-1]


def turned(options: str) -> list[str]:
    """Return all turns of the options: ABCD, BCDA, CDAB, DABC."""
    return [options[i:] + options[:i] for i in range(len(options))]


def over_turns(turns: Iterable[Turn], options: str = "ABCD") -> Circular | None:
    """Return the figures of circular evaluation, every question over all its turns.

    NeedleBench v1's four-option tracing (arXiv:2407.11963), opencompass CircularEvaluator, as it
    is meant. A vote must be won: an option chosen as often as the right one, or as many turns
    without a letter as it has votes, is a vote lost, so that a constant letter wins none.

    Args:
        turns: what was said to each question in each order; a turn may be missing.
        options: the letters of the options.

    Returns:
        The figures; None when there are no questions.

    Raises:
        ScoreError: an order is no turn of the options, or comes twice for a question; a right
            letter is no option, or is another option than in the question's other turns.
    """
    orders = turned(options)
    questions: dict[str, dict[str, Turn]] = {}
    for turn in turns:
        _check(turn, questions.setdefault(turn.key, {}), options, orders)
    if not questions:
        return None
    total, size = len(questions), len(options)
    rows = list(questions.values())
    hits = [sum(t.said == t.right for t in row.values()) for row in rows]
    plain = [options in row and row[options].said == row[options].right for row in rows]
    said = Counter(_letter(t, options) for row in rows for t in row.values())
    said[UNREAD] += total * size - sum(said.values())
    unturned = sum(plain) / total
    return Circular(
        sum(hits) / (total * size),
        unturned,
        tuple(sum(hit >= n for hit in hits) / total for n in range(size + 1)),
        (1.0, unturned),
        sum(_wins(list(row.values()), options) for row in rows) / total,
        unturned,
        {letter: said[letter] / (total * size) for letter in [*options, UNREAD]},
        total,
        tuple(key for key, row in questions.items() if not _complete(row, options)),
    )


def _check(turn: Turn, others: dict[str, Turn], options: str, orders: Sequence[str]) -> None:
    """Put a turn to the others of its question, if it fits them."""
    if turn.order not in orders or turn.order in others:
        raise ScoreError(
            f"question '{turn.key}': the order {turn.order!r} is no turn of {options!r}, or comes "
            f"twice; allowed, once each: {', '.join(orders)}"
        )
    if turn.right not in tuple(options):
        allowed = ", ".join(options)
        raise ScoreError(f"question '{turn.key}': right is {turn.right!r}, allowed: {allowed}")
    others[turn.order] = turn
    if len({_option(t, t.right, options) for t in others.values()}) > 1:
        raise ScoreError(f"question '{turn.key}': another option is right in another turn")


def _option(turn: Turn, letter: str, options: str) -> str:
    return turn.order[options.index(letter)]


def _letter(turn: Turn, options: str) -> str:
    """Return the letter that a turn says, `UNREAD` for none of the options."""
    return turn.said if turn.said is not None and turn.said in tuple(options) else UNREAD


def _read(turn: Turn, options: str) -> str:
    """Return the option that a turn chose, whatever its letter there; `UNREAD` for none."""
    letter = _letter(turn, options)
    return letter if letter == UNREAD else _option(turn, letter, options)


def _wins(turns: Sequence[Turn], options: str) -> bool:
    votes = Counter(_read(turn, options) for turn in turns)
    votes[UNREAD] += len(options) - len(turns)
    right = _option(turns[0], turns[0].right, options)
    return all(votes[right] > count for option, count in votes.items() if option != right)


def _complete(row: Mapping[str, Turn], options: str) -> bool:
    return len(row) == len(options) and all(_read(t, options) != UNREAD for t in row.values())


# ---------------------------------------------------------------- as published

_LETTERS = "ABCD"
_ORDERS = tuple(turned(_LETTERS))


def published_circular(turns: Sequence[Turn]) -> Circular | None:
    """Return the figures that opencompass computes, None where it raises.

    Four options only. Shares of turns are over the turns there are, times 4 for the order
    that is not turned: with that turn alone acc_1 is 4, and complete groups are assumed
    throughout. The option that was voted for first wins a tie, so that a constant letter
    has every vote; an answer without a letter is one more thing to vote for.
    It raises without turns, for a right letter outside A to D, an order of fewer than
    four, and for a question whose turns lack ABCD, or any of the four.
    """
    groups: dict[str, list[Turn]] = {}
    for turn in turns:
        if len(turn.order) < len(_LETTERS) or turn.right not in tuple(_LETTERS):
            return None
        groups.setdefault(turn.key, []).append(turn)
    known = {key: [t for t in row if t.order in _ORDERS] for key, row in groups.items()}
    plain = {key: [t for t in row if t.order == _LETTERS] for key, row in groups.items()}
    if not groups or not all(plain.values()):
        return None
    said = Counter(_letter(turn, _LETTERS) for turn in turns)
    right = {key: _option(row[0], row[0].right, _LETTERS) for key, row in groups.items()}
    return Circular(
        sum(map(_hits, known.values())) / len(turns),
        sum(map(_hits, plain.values())) / len(turns) * len(_LETTERS),
        tuple(_at_least(known, n) for n in range(len(_LETTERS) + 1)),
        (_at_least(plain, 0), _at_least(plain, 1)),
        _voted(known, right),
        _voted(plain, right),
        {letter: said[letter] / len(turns) for letter in [*_LETTERS, UNREAD]},
        len(groups),
        tuple(key for key, row in groups.items() if len(row) != len(_LETTERS)),
    )


def _hits(turns: Sequence[Turn]) -> int:
    return sum(turn.said == turn.right for turn in turns)


def _at_least(groups: Mapping[str, Sequence[Turn]], n: int) -> float:
    return sum(_hits(row) >= n for row in groups.values()) / len(groups)


def _voted(groups: Mapping[str, Sequence[Turn]], right: Mapping[str, str]) -> float:
    won = 0
    for key, row in groups.items():
        votes = Counter(_read(turn, _LETTERS) for turn in row)
        won += votes.most_common(1)[0][0] == right[key]
    return won / len(groups)
