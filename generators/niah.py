"""Needle in a haystack: one fact in filler, or several that belong together, asked for at the end.

Source: the needle test of G. Kamradt (2023) and its version with several needles. His haystack
is a fixed set of essays, his judge a language model; here the filler is generated, facts are
drawn from over 10^8, and the answer is compared by rule.

Of several needles, by default three, the first stands at the asked depth and the others at even
steps over what is left of the haystack, a step being the rest divided by their number, as
published: at depth 0 three stand at 0, 33 and 67 %, at depth 1 all at the end. There, each step is
measured on a text that grows with the needles before, and a needle drifts backwards to the last
full stop that is a token of its own; here depths are shares of the haystack alone.

The proof: the person of the question occurs in the needles alone, and every needle about that
person states one of the values, none of which stands in another or in the filler.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from synthctx.compose import DISTRACTORS, Room
from synthctx.names import people
from synthctx.streams import Stream, Streams
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
    same, stream = room.both("evidence")
    theme = same.pick(_THEMES)
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


# ---------------------------------------------------------------- several needles

_MULTI_PREFIX = (
    "Below is a long text. Several sentences in it, far from one another, answer together the "
    "question that follows the text. Read all of it.\n\n<text>\n"
)
_MULTI_SUFFIX = (
    "\n</text>\n\nQuestion: {question}\nReply with the {kind} alone, in one line, separated by "
    "commas.\n"
)


@dataclass(frozen=True)
class _Set:
    """One kind of fact that may hold several times; values are put together out of parts."""

    kind: str
    needle: str
    question: str
    parts: tuple[str, ...]
    joint: str = " "

    def draw(self, stream: Stream) -> str:
        if not self.parts:
            return str(stream.between(100_000, 999_999))
        return self.joint.join(stream.pick(part.split()) for part in self.parts)

    @property
    def chance(self) -> float:
        """Return the chance that a guessed value is a given one."""
        sizes = [len(part.split()) for part in self.parts]
        return 1 / prod(sizes) if sizes else 1 / 900_000


_SETS = (
    _Set(
        "names of the places",
        "One of the places where {who} kept a boat was {value}.",
        "According to the text, in which places did {who} keep a boat?",
        (
            "Alder Bracken Cald Dunli Elver Farrow Grans Hollin Inver Jarro Kester Linton Marl "
            "Nether Ox Pen Quill Raven Salt Thorn Ulver Venn Wex Yarrow",
            "moor by stow mere ford wick bury lach sea howe leigh combe dale stone march",
        ),
        "",
    ),
    _Set(
        "names of the dishes",
        "Among the dishes that {who} would serve to late guests was the {value}.",
        "According to the text, which dishes would {who} serve to late guests?",
        (
            "smoked baked roast spiced pickled stewed braised creamed sweet sour",
            "barley trout plum leek saffron chestnut lentil almond herring buckwheat fennel quince "
            "mushroom pear walnut cabbage ginger",
            "soup pie tart salad broth pudding stew loaf pancake casserole",
        ),
    ),
    _Set(
        "names of the tunes",
        "A tune that {who} asked for at every wedding was the {value}.",
        "According to the text, which tunes did {who} ask for at every wedding?",
        (
            "slow winter copper harvest lantern ferry miller's morning harbour snow autumn velvet "
            "silver shepherd's crooked merry",
            "waltz march reel jig hymn lullaby polka gavotte hornpipe round serenade fanfare",
        ),
    ),
    _Set(
        "numbers",
        "In the register of the old mill, one of the lots kept for {who} carries the number "
        "{value}.",
        "According to the text, what numbers do the lots kept for {who} carry?",
        (),
    ),
)


def _values(kind: _Set, stream: Stream, n: int) -> list[str]:
    """Return different values, none of which stands in another."""
    out: list[str] = []
    while len(out) < n:
        value = kind.draw(stream)
        if not any(value in other or other in value for other in out):
            out.append(value)
    return out


def build_multi(room: Room) -> Draft:
    """Draw one person and several values of one kind."""
    n = int(room.params["needles"])
    same, stream = room.both("evidence")
    kind = same.pick(_SETS)
    who = people("en", stream, 1)[0]
    values = _values(kind, stream, n)
    # among facts of the same form it is the person alone who tells the needles
    others = [] if room.row.haystack["kind"] == DISTRACTORS else values
    depth = room.row.depth or 0.0
    pieces = [
        Piece(kind.needle.format(who=who, value=value), depth + (1 - depth) * i / n)
        for i, value in enumerate(values)
    ]
    return Draft(
        prefix=_MULTI_PREFIX,
        body=Hay(pieces, (who, *others)),
        suffix=_MULTI_SUFFIX.format(question=kind.question.format(who=who), kind=kind.kind),
        reference=values,
        max_output_tokens=64 + 12 * n,
        rule_params={"kind": "word" if kind.parts else "number"},
        # a wrong value takes back a right one: who does not know does best to name one only
        floor=kind.chance,
    )


def distractor_multi(stream: Stream, language: str, params: Mapping[str, Any]) -> str:
    """Return a fact of such a kind about somebody else."""
    kind = stream.pick(_SETS)
    return kind.needle.format(who=people("en", stream, 1)[0], value=kind.draw(stream))


def read_multi(prompt: str) -> str:
    """Find all sentences that the question turns round, and return their values."""
    context, _, rest = prompt.rpartition("</text>")
    question = rest.partition("Question: ")[2].partition("\n")[0]
    for kind in _SETS:
        asked = re.fullmatch(_pattern(kind.question), question)
        if asked:
            stated = kind.needle.format(who=asked["who"], value="\0").partition("\0")
            found = re.findall(re.escape(stated[0]) + "(.{1,60}?)" + re.escape(stated[2]), context)
            return ", ".join(dict.fromkeys(found))
    return ""


def guesses_multi(prompt: str) -> list[str]:
    """Return all parts of the values, some values of each kind, and the question's person."""
    out = [" ".join(kind.parts) for kind in _SETS if kind.parts]
    out += [", ".join(_some(kind)) for kind in _SETS]
    return [*out, *re.findall(r"[A-Z][a-z]+ [A-Z][a-z]+", prompt.rpartition("Question: ")[2])]


def _some(kind: _Set) -> list[str]:
    stream = Streams(["guesses", kind.kind])("values")
    return _values(kind, stream, 60)


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
register(
    Task(
        id="niah/multi",
        version=1,
        rule="match/all",
        summary="Several facts about one person, far apart in filler text, asked for together",
        source="Kamradt 2023, Needle In A Haystack, several needles",
        scope="3 sentences (1 to 32)",
        diffusion="state what the question asks, in its words",
        build=build_multi,
        read=read_multi,
        params={"needles": {"type": "integer", "minimum": 1, "maximum": 32, "default": 3}},
        haystacks=("prose", "noise", "essay", DISTRACTORS),
        distractor=distractor_multi,
        guesses=guesses_multi,
    )
)
