"""Needle in a haystack: one fact in filler, asked for at the end.

Source: the needle test of G. Kamradt (2023). His haystack is a fixed set of essays, his
judge a language model; here the filler is generated, the fact is drawn from over 10^8, and
the answer is compared by rule.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from synthctx.compose import DISTRACTORS, Room
from synthctx.names import people
from synthctx.streams import Stream
from synthctx.tasks import Draft, Hay, Piece, Task, register

_PREFIX = (
    "Below is a long text. One sentence in it answers the question that follows the text. "
    "Read all of it.\n\n<text>\n"
)
_SUFFIX = "\n</text>\n\nQuestion: {question}\nReply with the {kind} alone, in one line.\n"


@dataclass(frozen=True)
class _Theme:
    """One kind of fact: how it is stated, how it is asked for, what values it takes."""

    kind: str
    needle: str
    question: str
    values: tuple[str, ...]


_PLACES = [
    "Aldermoor",
    "Brackenby",
    "Caldstow",
    "Dunlivery",
    "Elverham",
    "Farrowmere",
    "Gransby",
    "Hollinford",
    "Inverlach",
    "Jarrowick",
    "Kestermoor",
    "Lintonbury",
    "Marlsea",
    "Netherhowe",
    "Oxleigh",
    "Penrosset",
    "Quillbridge",
    "Ravenscar",
    "Saltholme",
    "Thornaby",
    "Ulverwick",
    "Vennford",
    "Wexcombe",
    "Yarrowdale",
    "Zelstone",
    "Ashgrove",
    "Birkdale",
    "Cransford",
    "Dovecote",
    "Eastmarch",
]
_DISHES = [
    "barley soup",
    "smoked trout",
    "plum dumplings",
    "leek pie",
    "saffron rice",
    "roast chestnuts",
    "lentil stew",
    "almond cake",
    "pickled herring",
    "buckwheat pancakes",
    "fennel salad",
    "quince tart",
    "mushroom broth",
    "rye bread with butter",
    "baked pears",
    "walnut noodles",
    "cabbage rolls",
    "ginger biscuits",
]
_TUNES = [
    "the slow waltz",
    "the harvest march",
    "the lantern song",
    "the ferry tune",
    "the winter reel",
    "the millers' hymn",
    "the long farewell",
    "the morning bell",
    "the copper jig",
    "the snow lullaby",
    "the harbour round",
    "the seven steps",
]

_THEMES = (
    _Theme(
        "name of the place",
        "{who} once said that the finest place to watch the boats come in is {value}.",
        "According to the text, which place did {who} call the finest to watch the boats come in?",
        tuple(_PLACES),
    ),
    _Theme(
        "name of the dish",
        "Whenever guests stayed late, {who} would serve them {value}.",
        "According to the text, what did {who} serve whenever guests stayed late?",
        tuple(_DISHES),
    ),
    _Theme(
        "name of the tune",
        "At every wedding in the valley, {who} insisted on opening with {value}.",
        "According to the text, with which tune did {who} insist on opening every wedding?",
        tuple(_TUNES),
    ),
    _Theme(
        "number",
        "In the register of the old mill, the lot kept for {who} carries the number {value}.",
        "According to the text, what number does the lot kept for {who} carry?",
        (),
    ),
)


def _value(theme: _Theme, stream: Stream) -> str:
    return stream.pick(theme.values) if theme.values else str(stream.between(100_000, 999_999))


def build(room: Room) -> Draft:
    """Draw a theme, a person and a value; the person occurs in the needle alone."""
    stream = room.streams("evidence")
    theme = stream.pick(_THEMES)
    who = people("en", stream, 1)[0]
    value = _value(theme, stream)
    # among facts of the same form it is the person alone who tells the needle
    forbidden = (who,) if room.row.haystack["kind"] == DISTRACTORS else (who, value)
    needle = theme.needle.format(who=who, value=value)
    return Draft(
        prefix=_PREFIX,
        body=Hay([Piece(needle, room.row.depth or 0.0)], forbidden),
        suffix=_SUFFIX.format(question=theme.question.format(who=who), kind=theme.kind),
        reference=[value],
        max_output_tokens=64,
        rule_params={"candidates": list(theme.values)} if theme.values else {"kind": "number"},
        floor=1 / len(theme.values) if theme.values else 0.0,
    )


def distractor(stream: Stream, language: str, params: Mapping[str, Any]) -> str:
    """Return a fact about somebody else."""
    theme = stream.pick(_THEMES)
    return theme.needle.format(who=people("en", stream, 1)[0], value=_value(theme, stream))


def read(prompt: str) -> str:
    """Find the sentence that the question turns round, and return its value."""
    context, _, rest = prompt.rpartition("</text>")
    question = rest.partition("Question: ")[2].partition("\n")[0]
    for theme in _THEMES:
        asked = re.fullmatch(_pattern(theme.question), question)
        if asked:
            stated = theme.needle.format(who=asked["who"], value="\0").partition("\0")
            found = re.search(re.escape(stated[0]) + "(.+?)" + re.escape(stated[2]), context)
            return found[1] if found else ""
    return ""


def _pattern(template: str) -> str:
    return re.escape(template).replace(re.escape("{who}"), "(?P<who>.+)")


def guesses(prompt: str) -> list[str]:
    """Return all values of every theme, in one line each."""
    return [", ".join(t.values) for t in _THEMES if t.values]


register(
    Task(
        id="niah/single",
        version=2,
        rule="match/all",
        summary="One fact in filler text at a chosen depth, asked for at the end",
        source="Kamradt 2023, Needle In A Haystack",
        scope="one sentence",
        diffusion="states what the question asks, in its words",
        build=build,
        read=read,
        haystacks=("prose", "noise", "essay", DISTRACTORS),
        distractor=distractor,
        guesses=guesses,
    )
)
