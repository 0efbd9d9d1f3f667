"""Math.Find: one number of a long list, by its rank.

Published: 60,000 whole numbers of 0 to 99 and seven questions. With so many draws every value
occurs, so that the largest is the end of the range, one of about 20, and the second largest is
one less. Here the range is wider (`high`; 99 is the published one), and the numbers that are asked
about are drawn first:

- At the upper end three values stand apart, drawn so that the asked one is any of an interval;
  each is in the list once, and all others are below the three. The lower end is its mirror image.
- The median is drawn from the middle of the range and is in the list once; as many numbers are
  below it as above it, so the list has an odd length and a number in its middle.

So the answer is the only right one whether or not equal numbers count once, and it is the same
at every length. Depth is where the answer stands; where none is asked for, it is anywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from synthctx.compose import Room
from synthctx.items import Frame, items_body, put_among
from synthctx.streams import Ints, Stream, Streams, ranking
from synthctx.tasks import Draft
from synthctx.tokenizers import Counts, count_many, get_tokenizer

QUESTIONS = (
    "largest",
    "second_largest",
    "third_largest",
    "smallest",
    "second_smallest",
    "third_smallest",
    "median",
)
_ASKED = {name: name.replace("_", " ") + " number" for name in QUESTIONS} | {"median": "median"}
_PREFIX = (
    "Below is a long list of whole numbers, in no order. You will be asked for one of them. "
    "A number that is in the list more than once counts once.\n\n<list>\n"
)
_PREFIX_MEDIAN = (
    "Below is a long list of whole numbers, in no order. You will be asked for its median: the "
    "number in the middle once they are sorted, each as often as it is in the list.\n\n<list>\n"
)
_SUFFIX = "\n</list>\n\nWhat is the {asked} of the list? Reply with the number alone.\n"
_QUESTION = re.compile(r"^What is the ([a-z ]+) of the list\?", re.MULTILINE)

_FRAME = Frame(",", "[", ",", "]")  # [12, 345, 6] on one line, items " 12,"
_OUTPUT = 32
_KNOWN = 20_000  # different numbers that are counted for a tokenizer


@dataclass(frozen=True)
class Numbers:
    """Numbers from 0 to `high` that lists are made of, counted once.

    Attributes:
        values: ascending, all different, spread evenly over the range.
        items: each as an item of the list.
        tokens: of each.
    """

    values: Ints
    items: list[str]
    tokens: Counts

    def between(self, stream: Stream, low: int, high: int, n: int) -> Ints:
        """Return the places of `n` numbers above `low` and below `high`, drawn with repeats."""
        first = int(np.searchsorted(self.values, low, side="right"))
        end = int(np.searchsorted(self.values, high, side="left"))
        return stream.integers(first, end, n)


@lru_cache(maxsize=8)
def numbers_to(tokenizer: str, high: int) -> Numbers:
    """Return all numbers of a range, or of a wide one some thousands, one of each equal part."""
    if high < _KNOWN:
        values = np.arange(high + 1, dtype=np.int64)
    else:
        edges = np.arange(_KNOWN + 1, dtype=np.int64) * (high + 1) // _KNOWN
        within = Streams(["math_find", high])("numbers").uniform(_KNOWN)
        values = edges[:-1] + np.floor(within * np.diff(edges)).astype(np.int64)
    counter, anchor = get_tokenizer(tokenizer), _FRAME.anchor
    items = [f" {value}," for value in values.tolist()]
    tokens = count_many(counter, [anchor + item for item in items]) - counter.count(anchor)
    return Numbers(values, items, tokens)


@dataclass(frozen=True)
class _Problem:
    """What does not change with the length.

    Attributes:
        needed: numbers that have to be in the list, the answer first.
        low: all others are above it (and, round a median, not it).
        high: all others are below it.
        median: there are as many others below the answer as above it.
        answers: how many different answers are drawn from, each as likely.
    """

    needed: list[int]
    low: int
    high: int
    median: bool
    answers: int

    @property
    def answer(self) -> int:
        """Return the number that is asked for."""
        return self.needed[0]


def _problem(stream: Stream, question: str, high: int) -> _Problem:
    if question == "median":
        first, last = high * 3 // 10, high * 7 // 10
        return _Problem([stream.between(first, last)], -1, high + 1, True, last - first + 1)
    apart = max(1, high // 100)  # the most that lies between neighbouring ranks
    gaps = [stream.between(min(2, apart), apart) for _ in range(2)]
    first, last = -(-high * 4 // 5), high - 2 * apart
    answer = stream.between(first, last)
    rank = QUESTIONS.index(question) % 3
    top = answer + sum(gaps[:rank])
    ranked = [top, top - gaps[0], top - gaps[0] - gaps[1]]
    needed = [answer, *(value for value in ranked if value != answer)]
    if question.endswith("largest"):
        return _Problem(needed, -1, ranked[2], False, last - first + 1)
    return _Problem([high - v for v in needed], high - ranked[2], high + 1, False, last - first + 1)


def _others(
    room: Room, problem: _Problem, stock: Numbers, budget: int
) -> tuple[list[str], list[int], int]:
    """Return the other numbers that fit, their tokens, and those of what found no room."""
    most = max(budget, 0) // int(stock.tokens.min()) + 2
    stream = room.streams("numbers")
    if not problem.median:
        drawn = stock.between(stream, problem.low, problem.high, most)
        total = np.cumsum(stock.tokens[drawn])
        keep = int(np.searchsorted(total, max(budget, 0), side="right"))
        chosen, one_more = drawn[:keep], int(stock.tokens[drawn[keep]])
    else:
        below = stock.between(stream, problem.low, problem.answer, most // 2 + 1)
        above = stock.between(stream, problem.answer, problem.high, most // 2 + 1)
        both = stock.tokens[below] + stock.tokens[above]
        keep = int(np.searchsorted(np.cumsum(both), max(budget, 0), side="right"))
        chosen = np.concatenate([below[:keep], above[:keep]])
        chosen, one_more = chosen[ranking(stream.raw(2 * keep))], int(both[keep])
    return [stock.items[i] for i in chosen.tolist()], stock.tokens[chosen].tolist(), one_more


def _question(room: Room) -> str:
    asked = str(room.params["question"])
    return QUESTIONS[room.row.index % len(QUESTIONS)] if asked == "mixed" else asked


def build(room: Room) -> Draft:
    """Draw the numbers of the asked rank and near it, then as many others as fit."""
    question, high = _question(room), int(room.params["high"])
    problem = _problem(room.streams("evidence"), question, high)
    prefix = _PREFIX_MEDIAN if problem.median else _PREFIX
    suffix = _SUFFIX.format(asked=_ASKED[question])
    needed = [f" {value}," for value in problem.needed]
    sizes = room.item_tokens(needed, _FRAME.anchor)
    budget = room.budget(prefix, suffix, _OUTPUT) - sum(sizes)
    stock = numbers_to(room.row.tokenizer, high)
    others, tokens, one_more = _others(room, problem, stock, budget)
    if len(others) < 2:
        raise room.too_short(
            "instruction, question, answer and five numbers take about "
            f"{room.row.length - budget + 2 * one_more:,} tokens"
        )
    depths = room.structure("depths").uniform(len(needed)).tolist()
    if room.row.depth is not None:
        depths[0] = room.row.depth
    among = put_among(others, tokens, needed, sizes, depths)
    among.needed[1:] = []  # where the answer stands
    return Draft(
        prefix=prefix,
        body=items_body(room, among, one_more, _FRAME),
        suffix=suffix,
        reference=problem.answer,
        max_output_tokens=_OUTPUT,
        floor=1 / problem.answers,
    )


def _listed(prompt: str) -> list[int]:
    """Return the numbers of the list, or of what is left of it (a cut one left out)."""
    body, _, after = prompt.rpartition("\n</list>")
    if not after:
        return []
    _, opened, inside = body.rpartition("<list>\n[")
    text = inside if opened else inside.partition(",")[2]
    return [int(digits) for digits in re.findall(r"\d+", text)]


def read(prompt: str) -> str:
    """Sort the numbers and return the one of the asked rank."""
    asked = _QUESTION.findall(prompt)
    values = sorted(_listed(prompt))
    if not asked or not values:
        return ""
    if asked[-1] == "median":
        return str(values[len(values) // 2])
    name = asked[-1].removesuffix(" number").replace(" ", "_")
    if name not in QUESTIONS:
        return ""
    ranked = sorted(set(values), reverse=name.endswith("largest"))
    rank = QUESTIONS.index(name) % 3
    return str(ranked[rank]) if rank < len(ranked) else ""


def guesses(prompt: str) -> list[str]:
    """Return the whole list, what lies half-way between its ends, and other ranks than asked."""
    values = sorted(set(_listed(prompt)))
    if len(values) < 7:
        return []
    answer = read(prompt)
    ends = [str(v) for v in (*values[:3], *values[-3:])]
    middle = (values[0] + values[-1]) // 2
    others = [end for end in ends if end != answer]
    return [", ".join(map(str, _listed(prompt))), *others, ", ".join(ends), str(middle)]
