"""Keys with values hidden in filler, or among needles of the same form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any

from synthctx.compose import DISTRACTORS, Room
from synthctx.errors import GenerationError
from synthctx.generators._ruler_words import key_parts
from synthctx.items import Among, Stock, items_body, put_among
from synthctx.names import numbers, uuids
from synthctx.streams import Stream, Streams
from synthctx.tasks import Body, Draft, Hay, Piece

KINDS = ("word", "number", "uuid")
PLACEMENTS = ("even", "random", "cluster")
KEY_DIGITS, VALUE_DIGITS = 8, 7  # a key named again beside its value is then no second value
NEEDLE = "The special magic {kind} kept for {key} is: {value}."
_ONE_OF = "A special magic {kind} kept for {key} is: {value}."
PREFIX = (
    "A special magic {kind} is hidden in the following text. Remember it: you will be asked "
    "about it afterwards.\n"
)
SUFFIX = (
    "\nWhich special magic {kind} kept for {key} does the text mention? The special magic {kind} "
    "kept for {key} mentioned in the text is"
)
_PREFIX_MANY = (
    "Special magic {kind}s are hidden in the following text. Remember them: you will be asked "
    "about some of them afterwards.\n"
)
_SUFFIX_MANY = (
    "\nWhich special magic {kind}s kept for {key} does the text mention? The special magic "
    "{kind}s kept for {key} mentioned in the text are"
)
ASKED = re.compile(r"Which special magic (?P<kind>\w+) kept for (?P<keys>.+?) does the text")
_STATED = re.compile(r"special magic \w+ kept for (\S+) is: ([0-9a-z-]+)")

# what an answer may need, in tokens, for each value; never less than published
_ANSWER, _EACH = 128, {"word": 16, "number": 16, "uuid": 40}
_CANDIDATES = 100
_BLOCK = 4000


# ---------------------------------------------------------------- keys and values


def _word(code: int) -> str:
    adjectives, nouns = key_parts()
    return f"{adjectives[code // len(nouns)]}-{nouns[code % len(nouns)]}"


def _pairs() -> int:
    adjectives, nouns = key_parts()
    return len(adjectives) * len(nouns)


def _draw(stream: Stream, kind: str, n: int, digits: int) -> list[str]:
    if kind == "word":
        return [_word(code) for code in stream.sample(range(_pairs()), n)]
    return numbers(stream, n, digits) if kind == "number" else uuids(stream, n)


def _keys_and_values(
    stream: Stream, kinds: tuple[str, str], keys: int, values: int
) -> tuple[list[str], list[list[str]]]:
    """Return keys and the values of each, none of all of which stands inside another."""
    while True:
        drawn = _draw(stream, kinds[0], keys, KEY_DIGITS)
        flat = _draw(stream, kinds[1], keys * values, VALUE_DIGITS)
        if not any(value in key or key in value for key in drawn for value in flat):
            return drawn, [flat[i : i + values] for i in range(0, len(flat), values)]


def _endless(kind: str, digits: int, label: str) -> Iterator[list[str]]:
    """Yield blocks of keys or values, all different."""
    streams = Streams(["ruler", "needles", kind, label])
    if kind == "word":
        codes = streams("words").permutation(_pairs())
        for at in range(0, len(codes), _BLOCK):
            yield [_word(code) for code in codes[at : at + _BLOCK].tolist()]
        return
    seen: set[str] = set()
    for part in count():
        stream = streams("block", part)
        if kind == "uuid":
            drawn = uuids(stream, _BLOCK)
        else:
            low = 10 ** (digits - 1)
            drawn = list(map(str, stream.integers(low, 10 * low, _BLOCK).tolist()))
        fresh = [d for d in dict.fromkeys(drawn) if d not in seen]
        seen.update(fresh)
        yield fresh


@lru_cache(maxsize=16)
def _stock(tokenizer: str, key: str, value: str, needle: str) -> Stock:
    """Return needles without end, no two with one key or one value."""
    drawn = _endless(key, KEY_DIGITS, "keys"), _endless(value, VALUE_DIGITS, "values")
    both = zip(*drawn, strict=False)

    def make(_: int) -> list[str]:
        for keys, values in both:
            return [
                needle.format(kind=value, key=k, value=v) + "\n"
                for k, v in zip(keys, values, strict=False)
            ]
        raise GenerationError("so many needles with different word keys cannot be made")

    return Stock(make)


# ---------------------------------------------------------------- the sample


@dataclass(frozen=True)
class _Needles:
    """What is hidden: the asked keys and values, and others of the same form."""

    kind: str
    form: str
    keys: list[str]
    values: list[list[str]]
    asked: int

    def _texts(self, which: slice) -> list[str]:
        return [
            self.form.format(kind=self.kind, key=key, value=value)
            for key, values in zip(self.keys[which], self.values[which], strict=True)
            for value in values
        ]

    @property
    def wanted(self) -> list[str]:
        """Return the needles that are asked for."""
        return self._texts(slice(0, self.asked))

    @property
    def others(self) -> list[str]:
        """Return the needles with other keys."""
        return self._texts(slice(self.asked, None))

    @property
    def answers(self) -> list[str]:
        """Return the values asked for, key by key."""
        return [value for values in self.values[: self.asked] for value in values]

    @property
    def all(self) -> list[str]:
        """Return every key and value."""
        return [*self.keys, *(value for values in self.values for value in values)]


def _needles(room: Room) -> _Needles:
    p = room.params
    asked = int(p["queries"])
    kinds = (str(p["key"]), str(p["value"]))
    many = max(int(p["keys"]), asked)
    keys, values = _keys_and_values(room.streams("evidence"), kinds, many, int(p["values"]))
    return _Needles(kinds[1], NEEDLE if p["values"] == 1 else _ONE_OF, keys, values, asked)


def _places(room: Room, asked: int, others: int) -> list[float]:
    """Return the depths of the asked needles, then those of the others."""
    stream, start = room.structure("places"), room.row.depth
    n, placement = asked + others, room.params["placement"]
    drawn: list[float] = stream.uniform(n).tolist()
    if placement == "cluster":
        middle = 0.5 if start is None else start
        return [middle] * asked + drawn[asked:]
    if placement == "random":
        return drawn if start is None else [start, *drawn[1:]]
    if start is None:
        return stream.shuffled([(i + 0.5) / n for i in range(n)])
    return [start, *stream.shuffled([(start + i / n) % 1.0 for i in range(1, n)])]


def build(room: Room) -> Draft:
    """Hide keys with their values; the asked ones occur nowhere else."""
    needles = _needles(room)
    answers, keys = needles.answers, needles.keys[: needles.asked]
    many = len(answers) > 1
    named = ", ".join(keys[:-1]) + ", and " + keys[-1] if len(keys) > 1 else keys[0]
    words = {"kind": needles.kind, "key": named}
    prefix = (_PREFIX_MANY if many else PREFIX).format(**words)
    suffix = (_SUFFIX_MANY if many else SUFFIX).format(**words)
    room_for_answer = max(_ANSWER, _EACH[needles.kind] * len(answers))
    depths = _places(room, len(needles.wanted), len(needles.others))
    others = [v for values in needles.values[needles.asked :] for v in values]
    body: Hay | Body
    if room.row.haystack.get("kind", DISTRACTORS) == DISTRACTORS:
        body, shown = _among(room, needles, depths, room.budget(prefix, suffix, room_for_answer))
        others += shown
    else:
        pieces = [Piece(t, d) for t, d in zip(needles.wanted, depths, strict=False)]
        rest = zip(needles.others, depths[len(pieces) :], strict=True)
        body = Hay(pieces + [Piece(t, d, evidence=False) for t, d in rest], needles.all)
    rule: dict[str, Any] = {"kind": needles.kind}
    if needles.kind == "word":
        rule["candidates"] = others[:_CANDIDATES]
    return Draft(prefix, body, suffix, answers, room_for_answer, rule)


def _among(
    room: Room, needles: _Needles, depths: Sequence[float], budget: int
) -> tuple[Body, list[str]]:
    """Return a body of needles alone, one a line, and values that it shows."""
    own = [text + "\n" for text in [*needles.wanted, *needles.others]]
    sizes = room.line_tokens(own)
    left = budget - sum(sizes)
    stock = _stock(room.row.tokenizer, room.params["key"], needles.kind, needles.form)
    lines, tokens, one_more = stock.draw(room, left)
    if not lines:
        raise room.too_short(
            f"the needles take {sum(sizes):,} tokens, {max(budget, 0):,} are free, and at least "
            "one distractor is needed"
        )
    taken, text = needles.all, "".join(lines)
    if any(word in text for word in taken):  # one in a hundred samples
        lines, tokens, one_more = stock.draw(
            room, left, but=lambda line: any(word in line for word in taken)
        )
    among = put_among(lines, tokens, own, sizes, depths)
    wanted = Among(among.items, among.tokens, among.needed[: len(needles.wanted)])
    shown = [line[line.rindex(" ") + 1 : -2] for line in lines[:_CANDIDATES]]
    return items_body(room, wanted, one_more), shown


# ---------------------------------------------------------------- the reader


def _asked_and_stated(prompt: str) -> tuple[list[str], list[tuple[str, str]]]:
    questions = list(ASKED.finditer(prompt))
    if not questions:
        return [], []
    asked = questions[-1]
    keys = asked["keys"].replace(", and ", ", ").split(", ")
    found = _STATED.findall(prompt, 0, asked.start())
    return keys, [(key, value.rstrip("-")) for key, value in found]


def read(prompt: str) -> str:
    """Look the asked keys up in the text."""
    keys, stated = _asked_and_stated(prompt)
    values: dict[str, list[str]] = {key: [] for key in keys}
    for key, value in stated:
        if key in values:
            values[key].append(value)
    return ", ".join(value for key in keys for value in values[key])


def guesses(prompt: str) -> list[str]:
    """Return the asked keys and, where the text has other keys too, all values of the text."""
    keys, stated = _asked_and_stated(prompt)
    out = [", ".join(keys)]
    if {key for key, _ in stated} - set(keys):
        out += [", ".join(v for _, v in stated), "\n".join(f"- {v}" for _, v in stated)]
    return out
