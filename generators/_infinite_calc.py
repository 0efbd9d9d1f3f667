"""Math.Calc: a long sum whose running result is asked for after every step.

Published: 30,000 numbers of 0 to 99, added or taken away, the running result kept in the same
range by drawing a number again; all 29,999 results are the answer. Here the running result is
drawn, each value as likely as any other but never the one before, and the number and its sign
follow; so no step leaves the result as it is, and no result is a better guess than another.

The answer is as long as the text: prompt and answer share the window. So many steps are asked
for that the text, the results written one after the other, and an eighth more for a model that
writes them in another way fit together. A longer test goes on where a shorter one ends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from synthctx.compose import Room
from synthctx.streams import Ints
from synthctx.tasks import Body, Counted, Draft
from synthctx.tokenizers import Counts, count_many, get_tokenizer

_PREFIX = (
    "Below is one long sum. Work it out from left to right, one step at a time, and keep track of "
    "the result so far: all of these results are asked for.\n\n<sum>\n"
)
_SUFFIX = (
    "\n</sum>\n\nWrite down the result after each step, from the first step to the last, in one "
    "list with commas between. Write the results only, not the number that the sum sets out "
    "from.\n"
)
_SUM = re.compile(r"\d+|[+-] \d+")
_AROUND = 64  # tokens of an answer beside the results
_LEAST, _TRIED = 3, 60


@dataclass(frozen=True)
class _Steps:
    """All steps and results there can be, counted once.

    Attributes:
        items: " - 99" ... " + 99" at the place of the step plus `high`.
        tokens: of each.
        answer_tokens: of each result, with the comma and blank beside it.
    """

    items: list[str]
    tokens: Counts
    answer_tokens: Counts


@lru_cache(maxsize=8)
def _steps(tokenizer: str, high: int) -> _Steps:
    counter = get_tokenizer(tokenizer)
    items = [f" {'-' if step < 0 else '+'} {abs(step)}" for step in range(-high, high + 1)]
    results = [f" {value}," for value in range(high + 1)]
    tokens = count_many(counter, ["7" + item for item in items]) - counter.count("7")
    answers = count_many(counter, ["," + item for item in results]) - counter.count(",")
    return _Steps(items, tokens, answers)


def _results(room: Room, n: int, high: int) -> Ints:
    """Return the number that the sum sets out from and `n` results, neighbours never equal."""
    start = room.streams("evidence", "start").below(high + 1)
    moves = room.streams("evidence", "moves").integers(1, high + 1, n)
    return np.concatenate([[start], start + np.cumsum(moves)]) % (high + 1)


def _output(answer: int) -> int:
    """Return the room for an answer whose results alone take so many tokens."""
    return answer + answer // 8 + _AROUND


def _how_many(room: Room, body: Counts, answer: Counts) -> tuple[int, int]:
    """Return how many steps fit, and the tokens that one more would have taken.

    Args:
        room: whose window it is; a fixed room for the answer holds as many results as it can.
        body: tokens of the first 1, 2, ... steps.
        answer: tokens of their results.
    """
    output, fixed = answer + answer // 8 + _AROUND, room.row.max_output_tokens
    free = room.budget(_PREFIX, _SUFFIX, 0)
    if fixed is None:
        n = int(np.searchsorted(body + output, free, side="right"))
        return n, int((body + output)[n] - ((body + output)[n - 1] if n else 0))
    n = int(np.searchsorted(body, free, side="right"))
    n = min(n, int(np.searchsorted(output, fixed, side="right")))
    # where the room for the answer is what binds, the rest of the window stays free
    return n, max(int(body[n] - (body[n - 1] if n else 0)), free - int(body[n - 1] if n else 0))


def build(room: Room) -> Draft:
    """Draw the running results; the steps between them are the sum."""
    high = int(room.params["high"])
    known = _steps(room.row.tokenizer, high)
    window = room.budget(_PREFIX, _SUFFIX, 0)
    most = max(window, 0) // int(known.tokens.min()) + _LEAST
    results = _results(room, most, high)
    moves = np.diff(results) + high
    first = room.line_tokens([str(results[0])])[0]
    body = first + np.cumsum(known.tokens[moves])
    answer = np.cumsum(known.answer_tokens[results[1:]])
    n, one_more = _how_many(room, body, answer)
    if n < _LEAST:
        results_need = _output(int(answer[_LEAST - 1]))
        around = room.row.length - window - (room.row.max_output_tokens or 0)
        raise room.too_short(
            f"instruction, a sum of {_LEAST} steps and its results take about "
            f"{around + int(body[_LEAST - 1]) + results_need:,} tokens, {results_need} of them "
            "for the answer"
        )
    shown = [known.items[i] for i in moves[:n].tolist()]
    text = str(results[0]) + "".join(shown)
    tokens = int(body[n - 1])
    added = room.adds_up(shown[:_TRIED], "7")
    # a guess of the first result goes on with guesses of the next
    right = 1 / (high + 1) / (1 - 1 / high)
    return Draft(
        prefix=_PREFIX,
        body=Body(
            text,
            [(0, len(text))],
            item_tokens=one_more + 4,
            counted=Counted(tokens, [0], [tokens]) if added else None,
        ),
        suffix=_SUFFIX,
        reference=results[1 : n + 1].tolist(),
        max_output_tokens=_output(int(answer[n - 1])),
        floor=right / n,
    )


def read(prompt: str) -> str:
    """Add up the sum, step by step; "" where its beginning is missing."""
    body, _, after = prompt.rpartition("\n</sum>")
    _, opened, text = body.rpartition("<sum>\n")
    terms = _SUM.findall(text)
    if not after or not opened or len(terms) < 2:
        return ""
    values = np.array([int(term.replace(" ", "")) for term in terms], dtype=np.int64)
    return ", ".join(map(str, np.cumsum(values)[1:].tolist()))


def guesses(prompt: str) -> list[str]:
    """Return the numbers of the sum, with and without the first, as if they were the results."""
    shown = re.findall(r"\d+", prompt.rpartition("\n</sum>")[0])
    return [", ".join(shown), ", ".join(shown[:1])]
