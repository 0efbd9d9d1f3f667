"""A small grammar of phrases: lists of alternatives whose slots name further lists."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, TypeVar

from synthctx.streams import Stream

# literal text and slot names in turn: "in {year}" is ("in ", "year", "")
Phrase = tuple[str, ...]
Lists = Mapping[str, list[Phrase]]
Facts = dict[str, str]
T = TypeVar("T")

_SLOT = re.compile(r"\{(\w+)\}")
_BATCH = 1 << 14
_SMALL = 3  # a list shorter than this may repeat itself within a paragraph
_TRIES = 6
_OWN = 3  # how many times as often as a common phrase a topic uses one of its own


@dataclass(frozen=True, slots=True)
class Grammar:
    """The phrases of one language.

    Attributes:
        plans: kinds of sentences that make up a paragraph, in order.
        topics: for each topic, the lists of the language with the topic's own added.
        years: for each topic, the first and last year in which its stories begin.
        names: lists of name parts, as plain strings.
    """

    plans: list[list[str]]
    topics: list[Lists]
    years: list[tuple[int, int]]
    names: dict[str, list[str]]


def parse(text: str) -> Phrase:
    """Return the literals and slots of a phrase."""
    return tuple(_SLOT.split(text))


def load(language: str) -> Grammar:
    """Read the grammar of a language from the package data."""
    path = files("synthctx").joinpath("data", f"prose_{language}.json")
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    common = {name: [parse(t) for t in texts] for name, texts in data["lists"].items()}
    for name, (low, high) in data["numbers"].items():
        common[name] = [(str(n),) for n in range(low, high + 1)]
    topics: list[Lists] = []
    for topic in data["topics"]:
        own = {name: [parse(t) for t in texts] for name, texts in topic["lists"].items()}
        topics.append(common | {name: _OWN * own[name] + common.get(name, []) for name in own})
    years = [(topic["years"][0], topic["years"][1]) for topic in data["topics"]]
    return Grammar([p.split() for p in data["plans"]], topics, years, data["names"])


def draws(stream: Stream) -> Iterator[int]:
    """Yield whole numbers below 2**31 for ever."""
    while True:
        yield from stream.integers(0, 1 << 31, _BATCH).tolist()


def pick(items: Sequence[T], numbers: Iterator[int]) -> T:
    """Return one of the items."""
    return items[next(numbers) % len(items)]


def common_facts(grammar: Grammar, topic: int, numbers: Iterator[int]) -> Facts:
    """Draw what a paragraph has in any language: places, years, an object and two figures."""
    names = grammar.names
    places: dict[str, None] = {}
    while len(places) < 3:
        places.setdefault(pick(names["place_heads"], numbers) + pick(names["place_tails"], numbers))
    facts = dict(zip(("place", "place2", "place3"), places, strict=True))
    low, high = grammar.years[topic]
    year = low + next(numbers) % (high - low + 1)
    later = year + 1 + next(numbers) % 7
    facts["year"], facts["year2"] = str(year), str(later)
    facts["year3"] = str(later + 1 + next(numbers) % 5)
    facts["thing"] = pick(grammar.topics[topic]["thing"], numbers)[0]
    count = 300 + next(numbers) % 7000
    facts["count"] = str(count)
    facts["near"] = str(count * (75 + next(numbers) % 60) // 100)
    return facts


class Writer:
    """Fills the slots of one paragraph, without using a phrase twice where it can.

    Args:
        lists: the phrases of the paragraph's topic.
        facts: slots that keep one value in the whole paragraph (who, where, when).
        numbers: where the draws come from.
    """

    __slots__ = ("_facts", "_lists", "_numbers", "_used")

    def __init__(self, lists: Lists, facts: Facts, numbers: Iterator[int]) -> None:
        self._lists = lists
        self._facts = facts
        self._numbers = numbers
        self._used: set[Phrase] = set()

    def slot(self, name: str) -> str:
        """Return the value of a slot."""
        value = self._facts.get(name)
        if value is not None:
            return value
        options = self._lists[name]
        size = len(options)
        phrase = options[next(self._numbers) % size]
        if size >= _SMALL:
            for _ in range(_TRIES):
                if phrase not in self._used:
                    break
                phrase = options[next(self._numbers) % size]
            self._used.add(phrase)
        if len(phrase) == 1:
            return phrase[0]
        out = list(phrase)
        for i in range(1, len(out), 2):
            out[i] = self.slot(out[i])
        return "".join(out)
