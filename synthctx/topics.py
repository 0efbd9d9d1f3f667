"""What fact documents are about: kinds of things, what is said of each, and how it is asked.

A topic (a museum, a town, a craftsman) has attributes, an attribute two ways to be stated, a
question, and a way to be told again in other words. The wordings lie in data/documents.json.
What is written by them can be read by them: `Topic.read`, `asked`, `linked`, `retold` find the
facts in a text that nobody has seen being made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any

_SENTENCE = {"en": re.compile(r"(?<=\.) "), "zh": re.compile("(?<=。)")}


def _pattern(template: str, slot: str = "value") -> re.Pattern[str]:
    """Return what a wording looks like with its slot filled."""
    head, _, tail = template.partition("{" + slot + "}")
    return re.compile(re.escape(head) + r"([^.。\"《》]{1,200}?)" + re.escape(tail))


@dataclass(frozen=True)
class Attribute:
    """One thing that is said of whatever the topic is.

    Attributes:
        kind: what its values are: person, town, number or title.
        statements: sentences of a document, with {value}.
        question: with the document's {name}.
        restated: the same in other words and without the name, with {value}.
        phrase: names the value by the document's {name} ("the founder of ..."); "" where the
            values have no documents of their own.
    """

    id: str
    kind: str
    statements: tuple[str, ...]
    question: str
    restated: str
    phrase: str = ""

    @cached_property
    def patterns(self) -> tuple[re.Pattern[str], ...]:
        """Return what its statements look like."""
        return tuple(map(_pattern, self.statements))


@dataclass(frozen=True)
class Topic:
    """A kind of thing that documents are about.

    Attributes:
        named: what its names are: person, town, or coined with a word behind it.
        title: of a document, round the drawn name.
        openings: first sentences, with {name}.
        idle: sentences that state nothing of their own.
    """

    id: str
    language: str
    named: str
    title: str
    openings: tuple[str, ...]
    idle: tuple[str, ...]
    attributes: tuple[Attribute, ...]

    def attribute(self, id: str) -> Attribute:
        """Return an attribute by id."""
        return next(a for a in self.attributes if a.id == id)

    def read(self, text: str) -> dict[str, str]:
        """Return the values that a document's text states, by attribute."""
        found = {}
        for sentence in _SENTENCE[self.language].split(text):
            for attribute in self.attributes:
                for pattern in attribute.patterns:
                    if match := pattern.fullmatch(sentence):
                        found[attribute.id] = match[1]
        return found


@lru_cache(maxsize=1)
def data() -> Mapping[str, Any]:
    """Return the wordings and name parts of all languages."""
    text = files("synthctx").joinpath("data", "documents.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@lru_cache(maxsize=4)
def topics(language: str) -> tuple[Topic, ...]:
    """Return the topics of a language."""
    out = []
    for entry in data()[language]["topics"]:
        attributes = tuple(
            Attribute(
                a["id"],
                a["kind"],
                tuple(a["statements"]),
                a["question"],
                a["restated"],
                a.get("phrase", ""),
            )
            for a in entry["attributes"]
        )
        sentences = tuple(entry["openings"]), tuple(entry["idle"])
        out.append(
            Topic(entry["id"], language, entry["named"], entry["title"], *sentences, attributes)
        )
    return tuple(out)


@lru_cache(maxsize=4)
def institutions(language: str) -> tuple[Topic, ...]:
    """Return the topics whose documents name persons and towns that have documents too."""
    return tuple(t for t in topics(language) if any(a.phrase for a in t.attributes))


def topic_named(language: str, named: str) -> Topic:
    """Return the topic of the documents about what an attribute's value is: person or town."""
    return next(t for t in topics(language) if t.named == named)


Asked = tuple[Topic, Attribute, str]


def asked(language: str, question: str) -> list[Asked]:
    """Return of which name what is asked: every way in which a question can be read."""
    return _read(question, [(t, a, a.question) for t in topics(language) for a in t.attributes])


def linked(language: str, phrase: str) -> list[Asked]:
    """Return of which name what is meant by a phrase such as "the founder of ..."."""
    named = [(t, a, a.phrase) for t in topics(language) for a in t.attributes]
    return _read(phrase, [entry for entry in named if entry[2]])


def retold(language: str, text: str) -> list[str]:
    """Return the values in a text of sentences that tell facts again."""
    found = []
    patterns = [_pattern(a.restated) for t in topics(language) for a in t.attributes]
    for sentence in _SENTENCE[language].split(text):
        matches = [p.fullmatch(sentence.strip()) for p in patterns]
        found += [m[1] for m in matches if m][:1]
    return found


def _read(text: str, wordings: list[tuple[Topic, Attribute, str]]) -> list[Asked]:
    out = []
    for topic, attribute, wording in wordings:
        if match := _pattern(wording, "name").fullmatch(text):
            out.append((topic, attribute, match[1]))
    return out
