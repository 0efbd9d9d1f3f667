"""Variable tracking: one variable gets a number, others get it from one another.

Kept: one chain of five variables with names of five capitals and a number of five digits, its
statements in their order at random places, an example in front, the number and the count of
variables told in the question. Changed: no name and no number is drawn twice, in the example
or in other chains (published: names were replaced one after the other over the whole text).
With a depth the first statement lies there and the rest between it and the end; without one
all lie at random.

With one chain, as published, every variable of the text is in the answer, so that whoever
lists them all is right; `chains` adds others of the same shape with other numbers, and then
neither the list of all nor how often a name occurs tells anything. The answer is the only
one: a variable is given a value once, and all numbers differ.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from synthctx.compose import Room
from synthctx.generators._ruler_words import key_parts
from synthctx.haystack import NOISE
from synthctx.names import numbers
from synthctx.streams import Stream
from synthctx.tasks import Draft, Hay, Piece

NAMES = ("letters", "words")
PLACEMENTS = ("random", "even")
PARAMS: dict[str, Any] = {
    "chains": {"type": "integer", "minimum": 1, "maximum": 20, "default": 1},
    "hops": {"type": "integer", "minimum": 1, "maximum": 32, "default": 4},
    "names": {"enum": list(NAMES), "default": "letters"},
    "name_length": {"type": "integer", "minimum": 4, "maximum": 8, "default": 5},
    "placement": {"enum": list(PLACEMENTS), "default": "random"},
    "example": {"type": "boolean", "default": True},
}

_FIRST = "Variable {name} is given the number {value}."
_NEXT = "Variable {name} is given the value of {source}."
_QUESTION = (
    "Which {n} variables are given the number {value}, directly or through others? "
    "The {n} variables with the value {value} are:"
)
_PREFIX = (
    "Among other sentences, the text between the tags gives values to variables: to one a "
    "number, to another the value of one named before. Keep track of them, for a question "
    "about them follows.\n\n"
)
_EXAMPLE = "An example:\n\n<text>\n{text}\n</text>\n\n{question} {answer}\n\nNow your text:\n\n"
_OPEN, _CLOSE = "<text>\n", "\n</text>\n\n"
_EXAMPLE_LINES, _EXAMPLE_HOPS, _EXAMPLE_LETTERS = 8, 4, 3
_ANSWER = 30
_CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


# ---------------------------------------------------------------- chains


def _names(stream: Stream, kind: str, n: int, letters: int) -> list[str]:
    """Return different names, none of which stands inside another."""
    if kind == "words":
        adjectives, nouns = key_parts()
        codes = stream.sample(range(len(adjectives) * len(nouns)), n)
        return [f"{adjectives[c // len(nouns)]}-{nouns[c % len(nouns)]}" for c in codes]
    out: dict[str, None] = {}
    while len(out) < n:
        out.setdefault("".join(stream.pick(_CAPITALS) for _ in range(letters)))
    return list(out)


def _chain(names: list[str], value: str) -> list[str]:
    """Return the statements of a chain, in order."""
    later = zip(names[1:], names, strict=False)
    return [
        _FIRST.format(name=names[0], value=value),
        *(_NEXT.format(name=name, source=source) for name, source in later),
    ]


def _places(room: Room, n: int) -> list[float]:
    """Return ascending depths of the asked chain's statements."""
    start, stream = room.row.depth, room.structure("places")
    if room.params["placement"] == "even":
        if start is None:
            return [(i + 0.5) / n for i in range(n)]
        return [start + (1 - start) * i / n for i in range(n)]
    drawn = sorted(stream.uniform(n).tolist())
    if start is None:
        return drawn
    return [start, *(start + (1 - start) * d for d in drawn[1:])]


def _example(room: Room, taken: list[str], values: list[str]) -> str:
    """Return a short text with its question and answer; it shares no name with the sample."""
    stream, hops = room.streams("example"), min(int(room.params["hops"]), _EXAMPLE_HOPS)
    while True:
        names = _names(stream, room.params["names"], hops + 1, _EXAMPLE_LETTERS)
        (value,) = numbers(stream, 1, 5)
        if value not in values and not any(n in t or t in n for n in names for t in taken):
            break
    lines = [" ".join(NOISE["en"])] * _EXAMPLE_LINES
    places = sorted(stream.sample(range(_EXAMPLE_LINES + hops + 1), hops + 1))
    for place, statement in zip(places, _chain(names, value), strict=True):
        lines.insert(place, statement)
    question = _QUESTION.format(n=len(names), value=value)
    return _EXAMPLE.format(text="\n".join(lines), question=question, answer=", ".join(names))


def build(room: Room) -> Draft:
    """Hide the statements of a chain in filler, and those of others where asked for."""
    p = room.params
    size, chains, stream = int(p["hops"]) + 1, int(p["chains"]), room.streams("evidence")
    names = _names(stream, p["names"], size * chains, int(p["name_length"]))
    values = numbers(stream, chains, 5)
    asked, others = names[:size], names[size:]
    prefix = _PREFIX + (_example(room, names, values) if p["example"] else "") + _OPEN
    places = zip(_chain(asked, values[0]), _places(room, size), strict=True)
    pieces = [Piece(text, depth) for text, depth in places]
    for i in range(1, chains):
        statements = _chain(names[i * size : (i + 1) * size], values[i])
        depths = sorted(room.structure("other places", i).uniform(size).tolist())
        pieces += [Piece(t, d, evidence=False) for t, d in zip(statements, depths, strict=True)]
    words = p["names"] == "words"
    rule: dict[str, Any] = {"kind": "word" if words else "code"}
    if words:
        rule["candidates"] = others[:100]
    return Draft(
        prefix=prefix,
        body=Hay(pieces, (*names, *values)),
        suffix=_CLOSE + _QUESTION.format(n=size, value=values[0]),
        reference=asked,
        max_output_tokens=max(_ANSWER, size * (8 if words else int(p["name_length"]) + 1)),
        rule_params=rule,
    )


# ---------------------------------------------------------------- the reader

_GIVEN = re.compile(r"Variable ([A-Za-z-]+) is given the (?:number (\d+)|value of ([A-Za-z-]+))\.")
_ASKED = re.compile(r"Which \d+ variables are given the number (\d+)")


def _parts(prompt: str) -> tuple[str, str]:
    """Return the text and the question that is asked about it, not those of the example."""
    before, _, after = prompt.rpartition("</text>")
    question = _ASKED.search(after)
    return before.rpartition("<text>")[2], question[1] if question else ""


def read(prompt: str) -> str:
    """Follow the values from the number on."""
    text, number = _parts(prompt)
    gets: dict[str, list[str]] = {}
    for name, value, source in _GIVEN.findall(text):
        gets.setdefault(value or source, []).append(name)
    found = list(dict.fromkeys(gets.get(number, ())))
    seen = set(found)
    for name in found:  # grows while it is walked along
        fresh = [n for n in gets.get(name, ()) if n not in seen]
        seen.update(fresh)
        found += fresh
    return ", ".join(found)


def guesses(prompt: str) -> list[str]:
    """Return the example's answer and, where there are several chains, what counting gives."""
    text, _ = _parts(prompt)
    out = [line.rpartition(": ")[2] for line in prompt.split("\n")[:-1] if _ASKED.match(line)]
    given = _GIVEN.findall(text)
    if len({value for _, value, _ in given if value}) > 1:
        mentions = Counter(name for name, _, source in given for name in (name, source) if name)
        once = [name for name, n in mentions.items() if n == min(mentions.values())]
        out += [", ".join(mentions), " ".join(mentions), ", ".join(once)]
    return out
