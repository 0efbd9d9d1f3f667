"""How much of a countdown search is told before each number is reached, without telling it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

import numpy as np

from synthctx.countdown import SIGNS, joined, search, told
from synthctx.errors import GenerationError
from synthctx.items import Stock
from synthctx.streams import Stream, Streams
from synthctx.tokenizers import count_many, get_tokenizer

Kind = tuple[str, int]  # of a line, and of how many numbers it speaks

# searches whose lines say how many tokens a line of each kind has
_MODELS = {
    3: ((23, 23, 9), 10),
    4: ((21, 38, 6, 4), 294),
    5: ((21, 38, 6, 4, 7), 216),
}
_WORDS = ("Pick two", "Add ", "decimal", "exceeds", "invalid", "Evaluate")
_PICK, _ADD, _DECIMAL, _EXCEEDS, _INVALID, _EVALUATE = _WORDS
_MEASURED = 1500  # lines


@dataclass(frozen=True)
class Sizes:
    """Tokens of what is told.

    Attributes:
        frame: of all but the indented lines: the first line, the way back, the solution.
        lines: mean of each kind of line.
    """

    frame: float
    lines: Mapping[Kind, float]


@lru_cache(maxsize=16)
def sizes(tokenizer: str, n: int) -> Sizes:
    """Return the sizes for searches of `n` numbers, taken from one such search."""
    found = search(*_MODELS[n])
    if found is None:
        raise ValueError(f"the model of {n} numbers has no solution")
    counter = get_tokenizer(tokenizer)
    few = found.lines[:_MEASURED]
    anchor = "k\n"
    tokens = count_many(counter, [f"{anchor}{line}\n" for line in few]) - counter.count(anchor)
    by_kind: defaultdict[Kind, list[int]] = defaultdict(list)
    for line, size in zip(few[1:], tokens[1:].tolist(), strict=True):
        indent = len(line) - len(line.lstrip())
        by_kind[next(w for w in _WORDS if w in line), n - (indent - 1) // 2].append(size)
    every = float(np.mean(tokens[1:]))
    lines: defaultdict[Kind, float] = defaultdict(lambda: every)
    lines |= {kind: float(np.mean(counts)) for kind, counts in by_kind.items()}
    short = found._replace(lines=found.lines[:1])
    return Sizes(counter.count(told(short)), lines)


@lru_cache(maxsize=16)
def reach_of_four(tokenizer: str) -> tuple[float, float]:
    """Return the tokens of a short search of four numbers, and those of a whole tree of them."""
    tokens_of = sizes(tokenizer, 4)
    short, whole = (2, 3, 4, 5), _MODELS[4][0]
    most = float("inf")
    first = reached(short, 2000, tokens_of, most)[sum(short)]
    return first, max(reached(whole, 2000, tokens_of, most).values())


class _Enough(Exception):
    """The search has told all that matters."""


class _Walk:
    def __init__(self, limit: int, sizes: Sizes, most: float) -> None:
        self.limit, self.sizes, self.most = limit, sizes.lines, most
        self.told = sizes.frame
        self.first: dict[int, float] = {}

    def go(self, numbers: list[int]) -> None:
        n, sizes = len(numbers), self.sizes
        pick, add, decimal, invalid, exceeds = (
            sizes[word, n] for word in (_PICK, _ADD, _DECIMAL, _INVALID, _EXCEEDS)
        )
        for i in range(n - 1):
            for j in range(i + 1, n):
                left = numbers[:i] + numbers[i + 1 : j] + numbers[j + 1 :]
                one, other = max(numbers[i], numbers[j]), min(numbers[i], numbers[j])
                self.told += pick if left else 0
                for sign in SIGNS:
                    result = joined(one, sign, other)
                    if result is None:
                        self.told += decimal if other else invalid
                    elif result >= self.limit:
                        self.told += exceeds
                    elif left:
                        self.told += add
                        self.go([result, *left])
                    else:
                        self.told += sizes[_EVALUATE, n]
                        self.first.setdefault(result, self.told)
                if self.told > self.most:
                    raise _Enough


def reached(
    numbers: tuple[int, ...], limit: int, tokens_of: Sizes, most: float
) -> dict[int, float]:
    """Return about how many tokens are told when a search first reaches each number.

    Args:
        numbers: what is begun with.
        limit: the first number that is too large for a result.
        tokens_of: size of what is told.
        most: numbers that are reached later are left out.
    """
    walk = _Walk(limit, tokens_of, most)
    with suppress(_Enough):
        walk.go(list(numbers))
    return walk.first


# ---------------------------------------------------------------- puzzles

PUZZLE = "Puzzle {name}: numbers {numbers}; target {target}.\n"
_CONSONANTS, _VOWELS = "bdfghjklmnprstvz", "aeiou"
_SYLLABLES = tuple(c + v for c in _CONSONANTS for v in _VOWELS)
_NAMES = len(_SYLLABLES) ** 3
_STEP = 318_023  # prime: names of neighbouring numbers have nothing in common
_OWN = _NAMES // 8  # numbers of names that samples draw from; the rest is the stock's
_BLOCK = 500
_MODEST = 500  # no step of a solution reaches it, so that it is one under every limit


def name_of(number: int) -> str:
    """Return the name of a puzzle: three syllables, so that no name stands inside another."""
    rest, last = divmod(number * _STEP % _NAMES, len(_SYLLABLES))
    first, middle = divmod(rest, len(_SYLLABLES))
    return (_SYLLABLES[first] + _SYLLABLES[middle] + _SYLLABLES[last]).capitalize()


def own_name(stream: Stream) -> str:
    """Return a name for the puzzle of a sample; the stock does not have it."""
    return name_of(stream.below(_OWN))


def puzzle(name: str, numbers: Sequence[int], target: int) -> str:
    """Return the line of a puzzle."""
    listed = ", ".join(map(str, numbers))
    return PUZZLE.format(name=name, numbers=listed, target=target)


def _solvable(
    stream: Stream, n: int, largest: int, targets: tuple[int, int]
) -> Iterator[tuple[list[int], int]]:
    """Yield numbers, and a target that can be made of them, without end."""
    while True:
        drawn = stream.integers(1, largest + 1, _BLOCK * n).reshape(_BLOCK, n).tolist()
        chosen = stream.integers(0, 1 << 20, _BLOCK * n).reshape(_BLOCK, n).tolist()
        for numbers, picks in zip(drawn, chosen, strict=True):
            result = numbers[0]
            for number, pick in zip(numbers[1:], picks, strict=False):
                high, low = max(result, number), min(result, number)
                made = joined(high, SIGNS[pick % len(SIGNS)], low)
                result = high - low if made is None or made >= _MODEST else made
            if targets[0] <= result <= targets[1]:
                # which way round the numbers are shown does not give the steps away
                yield numbers[picks[-1] % n :] + numbers[: picks[-1] % n], result


@lru_cache(maxsize=16)
def puzzles(tokenizer: str, n: int, largest: int, targets: tuple[int, int]) -> Stock:
    """Return the stock of puzzles that nobody asks for: same form, same ranges, all solvable."""

    def make(block: int) -> list[str]:
        stream = Streams(["longproc puzzles", n, largest, targets])("block", block)
        first = _OWN + block * _BLOCK
        if first + _BLOCK > _NAMES:
            raise GenerationError("longproc/countdown: there are no more names of puzzles")
        games = islice(_solvable(stream, n, largest, targets), _BLOCK)
        return [
            puzzle(name_of(first + i), numbers, target) for i, (numbers, target) in enumerate(games)
        ]

    return Stock(make)
