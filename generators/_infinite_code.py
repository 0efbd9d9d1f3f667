"""Code.Run: what a function returns that calls functions that call functions.

Published: 550 functions in 2, 4, 6, 8 or 10 levels; each calls a function of the next level and
adds a number of -12 to 17, those of the last level add it to their argument; sorted by name, and
run to find the answer (with stale byte code, so that some published answers are wrong).

Here nothing is run: the call graph is drawn and added up as whole numbers. The number of
functions follows from the length. All names have six digits and differ, so that none stands
inside another. Each function calls one of the next level at random, those of the asked chain
too, so that how often a name occurs tells nothing. Numbers along the chain are drawn until no end
of it adds nothing: whoever stops at any call short of the last has another result, and so has
whoever gives the argument back.

Order: not by name, because the asked function has the same name at every length and depth; the
others stand in random order. Depth is where the asked function stands (anywhere, where none is
asked for), and `placement` says where the functions do that it leads to: anywhere ("random", as
published), at even distances ("spread", in random order, past the end on from the beginning), or
all round that depth ("clustered").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise

import numpy as np
import numpy.typing as npt

from synthctx.compose import Room
from synthctx.haystack import several
from synthctx.items import Frame, items_body, put_among
from synthctx.streams import Ints, Streams, ranking
from synthctx.tasks import Draft
from synthctx.tokenizers import Counts, count_many, get_tokenizer

PLACEMENTS = ("random", "spread", "clustered")
LEVELS = (2, 4, 6, 8, 10)

_PREFIX = (
    "Below is a Python module. Each of its functions calls at most one other, and adds a number "
    "to the outcome or takes one away. Work out what the call after the module returns.\n\n"
    "```python\n"
)
_SUFFIX = (
    "\n```\n\nWhat does {name}({x}) return? End your reply with the whole number that it returns.\n"
)
_INNER = "def {name}(x):\n    return {callee}(x){added}\n\n"
_LAST = "def {name}(x):\n    return x{added}\n\n"
_FRAME = Frame("7\n\n", cut="\n\n")
_FUNCTION = re.compile(
    r"^def (func_\d+)\(x\):\n    return (?:(func_\d+)\(x\)|x) ([+-]) (\d+)$", re.MULTILINE
)
_QUESTION = re.compile(r"^What does (func_\d+)\((-?\d+)\) return\?", re.MULTILINE)

_LOWEST, _NAMES = 100_000, 900_000
_STRIDE = 387_917  # shares no divisor with the number of names: all of them come, none twice
_TRIED = 60


def _name(number: int) -> str:
    return f"func_{number}"


def _added(n: int) -> str:
    return f" - {-n}" if n < 0 else f" + {n}"


# ---------------------------------------------------------------- the asked chain


@dataclass(frozen=True)
class _Chain:
    """The asked function, those it leads to, and what comes out.

    Attributes:
        numbers: of the names, from the asked function on.
        added: what each adds.
        x: argument of the call.
    """

    numbers: list[int]
    added: list[int]
    x: int

    @property
    def answer(self) -> int:
        """Return what the call returns."""
        return self.x + sum(self.added)

    def items(self) -> list[str]:
        """Return the functions as they are shown."""
        names = [_name(n) for n in self.numbers]
        out = [
            _INNER.format(name=name, callee=callee, added=_added(n))
            for (name, callee), n in zip(pairwise(names), self.added, strict=False)
        ]
        return [*out, _LAST.format(name=names[-1], added=_added(self.added[-1]))]


def _chain(room: Room) -> _Chain:
    """Draw the chain; no end of it adds up to nothing."""
    params, levels = room.params, room.params["levels"]
    if levels == "mixed":
        levels = LEVELS[room.row.index % len(LEVELS)]
    stream = room.streams("evidence")
    numbers = [_LOWEST + n for n in stream.sample(range(_NAMES), int(levels))]
    x = stream.between(params["x_low"], params["x_high"])
    added: list[int] = []
    while not added or 0 in np.cumsum(added[::-1]):
        added = stream.integers(params["add_low"], params["add_high"] + 1, len(numbers)).tolist()
    return _Chain(numbers, added, x)


@lru_cache(maxsize=64)
def best_guess(levels: int, low: int, high: int) -> float:
    """Return the share of the likeliest sum of so many numbers, no end of which adds nothing."""
    ways, wide = [1], high - low + 1  # of each total, from the lowest there can be
    for taken in range(1, levels + 1):
        upto = [0, *accumulate(ways)]
        last = len(ways)
        ways = [
            upto[min(at + 1, last)] - upto[max(0, at + 1 - wide)] for at in range(last + wide - 1)
        ]
        ways[-taken * low] = 0
    return max(ways) / sum(ways)


# ---------------------------------------------------------------- the other functions


class _Counts:
    """Tokens of functions, by name and by the number they add, each counted once.

    A function has the tokens of one with the first name (twice, where it calls another) and
    nothing to add, and what its own names and number differ from these by.
    """

    def __init__(self, tokenizer: str) -> None:
        self._counter = get_tokenizer(tokenizer)
        turn = Streams(["code_run"])("names").below(_NAMES)
        self._all = _LOWEST + (turn + np.arange(_NAMES, dtype=np.int64) * _STRIDE) % _NAMES
        self._names = np.zeros(0, dtype=np.int64)
        first = _name(int(self._all[0]))
        self.inner = self._tokens(_INNER.format(name=first, callee=first, added=_added(0)))
        self.last = self._tokens(_LAST.format(name=first, added=_added(0)))
        self._numbers: dict[tuple[int, int], Counts] = {}

    def _tokens(self, item: str) -> int:
        return self._counter.count(_FRAME.anchor + item) - self._counter.count(_FRAME.anchor)

    def names(self, n: int) -> tuple[Ints, Counts]:
        """Return `n` numbers of names, or all there are, and what each adds to the tokens."""
        n = min(n, _NAMES)
        if n > len(self._names):
            heads = [f"def {_name(i)}(x):" for i in self._all[len(self._names) : n].tolist()]
            base = self._counter.count(f"def {_name(int(self._all[0]))}(x):")
            self._names = np.concatenate([self._names, count_many(self._counter, heads) - base])
        return self._all[:n], self._names[:n]

    def added(self, low: int, high: int) -> Counts:
        """Return what each number adds to the tokens, from the lowest to the highest."""
        if (low, high) not in self._numbers:
            tails = [f"x{_added(n)}\n\n" for n in range(low, high + 1)]
            base = self._counter.count(f"x{_added(0)}\n\n")
            self._numbers[low, high] = count_many(self._counter, tails) - base
        return self._numbers[low, high]


_counts = lru_cache(maxsize=8)(_Counts)


@dataclass
class _Others:
    """The functions beside the chain, dealt out to the levels in turn, as many as are wanted.

    Attributes:
        names: numbers of their names; tokens: what each adds to the tokens.
        turns: which function of the next level each calls, as a share.
        added: what each adds, as a place in `number_tokens`.
    """

    chain: _Chain
    chain_tokens: Counts
    counts: _Counts
    names: Ints
    tokens: Counts
    turns: npt.NDArray[np.float64]
    added: Ints
    number_tokens: Counts

    def called(self, n: int) -> tuple[Ints, Counts]:
        """Return what each of the first `n` calls (0 on the last level), and its tokens."""
        levels = len(self.chain.numbers)
        level = np.arange(n, dtype=np.int64) % levels
        below = np.minimum(level + 1, levels - 1)
        of_level = np.maximum(n - below + levels - 1, 0) // levels  # beside the chain's
        which = np.floor(self.turns[:n] * (of_level + 1)).astype(np.int64)  # 0: the chain's
        at = np.minimum(below + levels * (which - 1), max(n - 1, 0))
        own = np.array(self.chain.numbers, dtype=np.int64)
        callee = np.where(which == 0, own[below], self.names[at])
        tokens = np.where(which == 0, self.chain_tokens[below], self.tokens[at])
        inner = level < levels - 1
        sizes = np.where(inner, self.counts.inner + tokens, self.counts.last)
        sizes = sizes + self.tokens[:n] + self.number_tokens[self.added[:n]]
        return np.where(inner, callee, 0), sizes

    def fitting(self, budget: int) -> int:
        """Return the largest `n` near which one more does not fit."""
        largest = self.counts.inner + 2 * int(self.tokens.max()) + int(self.number_tokens.max())
        most = len(self.names) - 1

        def left(n: int) -> int:
            return budget - int(self.called(n)[1].sum())

        n = 0
        while n < most and (step := left(n) // largest) > 0:
            n = min(most, n + step)
        while n > 0 and left(n) < 0:
            n -= 1
        while n < most and left(n + 1) >= 0:
            n += 1
        return n


def _others(room: Room, chain: _Chain, budget: int) -> _Others:
    """Draw more functions than fit."""
    counts = _counts(room.row.tokenizer)
    low, high = room.params["add_low"], room.params["add_high"]
    numbers = counts.added(low, high)
    own = room.item_tokens([f"def {_name(n)}(x):\n" for n in chain.numbers], _FRAME.anchor)
    first = room.item_tokens([f"def {_name(int(counts.names(1)[0][0]))}(x):\n"], _FRAME.anchor)[0]
    # a name may take some tokens less than the first
    smallest = max(1, counts.last + int(numbers.min()) - 3)
    most = max(budget, 0) // smallest + 2
    names, tokens = counts.names(several(most))
    order = ranking(room.streams("names").raw(len(names)), most + len(chain.numbers))
    order = order[~np.isin(names[order], chain.numbers)]
    stream = room.streams("calls")
    return _Others(
        chain,
        np.array(own, dtype=np.int64) - first,
        counts,
        names[order],
        tokens[order],
        stream.uniform(len(order)),
        stream.integers(0, len(numbers), len(order)),
        numbers,
    )


def _functions(room: Room, chain: _Chain, budget: int) -> tuple[list[str], list[int], int]:
    """Return the other functions that fit, in random order, their tokens, those of one more."""
    others, low = _others(room, chain, budget), int(room.params["add_low"])
    n = others.fitting(budget)
    callees, sizes = others.called(n)
    one_more = int(others.called(n + 1)[1].sum() - sizes.sum())
    shown = [_added(low + i) for i in range(len(others.number_tokens))]
    items = [
        f"def func_{name}(x):\n    return func_{callee}(x){shown[added]}\n\n"
        if callee
        else f"def func_{name}(x):\n    return x{shown[added]}\n\n"
        for name, callee, added in zip(
            others.names[:n].tolist(), callees.tolist(), others.added[:n].tolist(), strict=True
        )
    ]
    order = room.streams("order").permutation(n)
    items, counted = [items[i] for i in order.tolist()], sizes[order].tolist()
    if sum(counted[:_TRIED]) != sum(room.item_tokens(items[:_TRIED], _FRAME.anchor)):
        # a tokenizer whose tokens run on over names and numbers: all are counted one by one
        counted = room.item_tokens(items, _FRAME.anchor)
        one_more = max(one_more, budget - sum(counted))
    return items, counted, one_more


def _depths(room: Room, n: int) -> list[float]:
    """Return where the functions of the chain stand, the asked one first."""
    stream, placement = room.structure("depths"), room.params["placement"]
    drawn = stream.uniform(n).tolist()
    first = drawn[0] if room.row.depth is None else room.row.depth
    if placement == "clustered":
        return [first] * n
    if placement == "spread":
        places = stream.shuffled(range(1, n))
        return [first, *((first + place / n) % 1 for place in places)]
    return [first, *drawn[1:]]


def build(room: Room) -> Draft:
    """Draw a chain of calls, and hide it among functions that call each other."""
    chain = _chain(room)
    levels = len(chain.numbers)
    suffix = _SUFFIX.format(name=_name(chain.numbers[0]), x=chain.x)
    # to spell out one call takes about 20 tokens
    max_output_tokens = 64 + 24 * levels
    own = chain.items()
    sizes = room.item_tokens(own, _FRAME.anchor)
    budget = room.budget(_PREFIX, suffix, max_output_tokens) - sum(sizes)
    items, tokens, one_more = _functions(room, chain, budget)
    if len(items) < levels:
        raise room.too_short(
            f"a chain of {levels} functions, as many others, question and answer take about "
            f"{room.row.length - budget + sum(sizes):,} tokens"
        )
    order = room.structure("chain").permutation(levels).tolist()
    depths = _depths(room, levels)
    among = put_among(
        items,
        tokens,
        [own[i] for i in order],
        [sizes[i] for i in order],
        [depths[i] for i in order],
    )
    return Draft(
        prefix=_PREFIX,
        body=items_body(room, among, one_more, _FRAME),
        suffix=suffix,
        reference=chain.answer,
        max_output_tokens=max_output_tokens,
        floor=best_guess(levels, room.params["add_low"], room.params["add_high"]),
    )


# ---------------------------------------------------------------- reading


def read(prompt: str) -> str:
    """Follow the calls from the asked function on, and add up."""
    asked = _QUESTION.findall(prompt)
    if not asked:
        return ""
    functions = {
        name: (callee, int(sign + digits))
        for name, callee, sign, digits in _FUNCTION.findall(prompt)
    }
    name, value = asked[-1][0], int(asked[-1][1])
    for _ in range(len(functions)):
        if name not in functions:
            return ""
        name, added = functions[name]
        value += added
        if not name:
            return str(value)
    return ""


def guesses(prompt: str) -> list[str]:
    """Return the argument, and what comes out when only the asked function is looked at."""
    asked = _QUESTION.findall(prompt)
    if not asked:
        return []
    name, x = asked[-1]
    found = re.search(rf"^def {name}\(x\):\n    return func_\d+\(x\) ([+-]) (\d+)$", prompt, re.M)
    return [x, str(int(x) + int(found[1] + found[2]))] if found else [x]
