"""NoLiMa: the needle is found by what one knows of the world, not by a word of the question.

Source: Modarressi et al. 2025 (arXiv:2502.05167), needle sets with one-hop and two-hop
questions, both orders of the needle's sentence, its control with a literal question, its
distractor that holds the question's word, and its variant with reasoning; 192 tokens for the
answer. The published sweep is 26 depths from 0 to 1.

Kept: a character does something that has to do with a key (walks past the Brandenburg Gate);
the question names what stands for it one association away (Berlin), or two (Germany), and asks
which character it is. Changed: the length is exact, the window holds everything, and depth 0
loses nothing; the haystack is generated (or anybody's own text) instead of five books; links
are our own and lead one way and back; by default three other characters stand in needles of
the same form (`others: 0` gives the published setting), so that a sentence which is unlike its
surroundings is not yet the answer; characters have full names, and the answer is one of them.

The proof: nobody but the answer's character stands in the same sentence with a key that leads
to what is asked, for others' links are drawn from those that share no end with the asked one,
and the haystack holds none of the words that lead there: neither what is asked nor anything
that the table connects with it. Needle and question share no word but those of grammar (a test
goes through all links and wordings). Names stand in needles alone, drawn out of half a million,
so that without the context there is nothing to guess with: the floor is 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from synthctx.compose import Room
from synthctx.generators._nolima_links import THEMES, Link, Theme
from synthctx.names import each_person
from synthctx.streams import Stream
from synthctx.tasks import Draft, Hay, Piece, Task, register

_PREFIX = (
    "Read the passage between the tags. The question after it is about one of the people in it; "
    "the passage may not say in so many words what is asked, but together with general knowledge "
    "it allows one answer.\n\n<passage>\n"
)
_SUFFIX = "\n</passage>\n\nQuestion: {question}\n{form}\n"
_FORMS = {
    False: "Reply with that character's full name and nothing else.",
    True: "Think step by step about what the passage says and what it implies. Then end with a "
    'line that reads "Answer: " and that character\'s full name.',
}
_DIRECT = "Which character is spoken of together with {value}?"
_LITERAL = "There was a long article about {value} in the weekend paper."
_ZONE = 0.2  # so far the literal distractor keeps away from the needle
_NAME = r"[A-Z][A-Za-z]+ [A-Z][A-Za-z]+"
_ARTICLE = re.compile(r"^(?:the|a|an) ", re.IGNORECASE)
_ALIKE = 4  # letters that two related words begin with


@lru_cache(maxsize=1024)
def bare(words: str) -> str:
    """Return words without their article."""
    return _ARTICLE.sub("", words)


@lru_cache(maxsize=1)
def _table_words() -> frozenset[str]:
    """Return the first letters of every word of the tables, in lower case."""
    ends = (end for theme in THEMES for link in theme.links for end in ends_of(link))
    words = (word for end in ends for word in re.findall(r"[a-z]+", end.lower()))
    return frozenset(word[:_ALIKE] for word in words if len(word) > 2)


def _characters(stream: Stream) -> Iterator[str]:
    """Yield different names that remind of nothing in the tables (not Sydney, not London)."""
    alike: set[str] = set()
    for name in each_person("en", stream):
        parts = name.lower().split()
        # of one given name and one surname each, so that no name is the beginning of another
        if alike.isdisjoint(parts) and not any(p[:_ALIKE] in _table_words() for p in parts):
            alike.update(parts)
            yield name


def ends_of(link: Link) -> tuple[str, str, str]:
    """Return all three ends of a link."""
    return link.key, link.near, link.far


def _meet(link: Link, other: Link) -> bool:
    """Say whether an end of a link stands in one of another, or holds it."""
    return any(
        bare(a) in bare(b) or bare(b) in bare(a) for a in ends_of(link) for b in ends_of(other)
    )


@lru_cache(maxsize=512)
def connected(link: Link) -> tuple[str, ...]:
    """Return the words that could decide: all ends of the links that meet a link."""
    links = [other for theme in THEMES for other in theme.links if _meet(link, other)]
    words = [bare(end) for other in links for end in ends_of(other)]
    both = [form for word in words for form in (word, word[0].upper() + word[1:])]
    return tuple(dict.fromkeys(both))


@lru_cache(maxsize=512)
def strangers(theme: Theme, link: Link) -> tuple[list[tuple[Theme, Link]], ...]:
    """Return the links that have no end in common with a link: those of its theme, the others."""
    own = [(theme, other) for other in theme.links if not _meet(link, other)]
    rest = [(t, o) for t in THEMES if t is not theme for o in t.links if not _meet(link, o)]
    return own, rest


@dataclass(frozen=True)
class _Problem:
    """What is asked, and the needles: the first is the one that answers."""

    asked: str
    value: str
    link: Link
    names: list[str]
    needles: list[str]


def _sentence(theme: Theme, link: Link, who: str, inverted: bool) -> str:
    return (theme.inverted if inverted else theme.plain).format(who=who, key=link.key)


def _problem(room: Room, hops: int) -> _Problem:
    params, stream = room.params, room.structure("evidence")
    pairs = [(theme, link) for theme in THEMES for link in theme.links]
    theme, link = stream.pick(pairs)
    inverted = {"plain": False, "inverted": True}.get(params["needle"], stream.chance(0.5))
    if room.row.version:  # the same kind of needle about something else
        link = room.streams("evidence").pick(theme.links)
    own, rest = strangers(theme, link)
    others = room.streams("others")
    drawn = [*others.shuffled(own), *others.shuffled(rest)][: int(params["others"])]
    people = _characters(room.streams("names"))
    names = [next(people) for _ in range(1 + len(drawn))]
    needles = [_sentence(theme, link, names[0], inverted)]
    # one wording for all, so that the form does not tell the needle
    needles += [
        _sentence(t, o, who, inverted) for (t, o), who in zip(drawn, names[1:], strict=True)
    ]
    value = link.key if params["question"] == "direct" else (link.near, link.far)[hops - 1]
    template = (theme.one_hop, theme.two_hop)[hops - 1]
    if params["question"] == "direct":
        template = _DIRECT
    return _Problem(template.format(value=value), value, link, names, needles)


def _away(share: float, depth: float) -> float:
    """Return a share of the haystack as a depth that keeps away from another."""
    before, after = max(0.0, depth - _ZONE), max(0.0, 1 - depth - _ZONE)
    place = share * (before + after)
    return place if place < before else depth + _ZONE + place - before


def _build(room: Room, hops: int) -> Draft:
    problem, depth = _problem(room, hops), room.row.depth or 0.0
    places = room.structure("places").uniform(len(problem.needles)).tolist()
    pieces = [Piece(problem.needles[0], depth)]
    pieces += [
        Piece(needle, place, evidence=False)
        for needle, place in zip(problem.needles[1:], places[1:], strict=True)
    ]
    if room.params["distractor"] == "literal":
        text = _LITERAL.format(value=problem.value)
        pieces.append(Piece(text, _away(places[0], depth), evidence=False))
    reasoned = bool(room.params["reasoning"])
    return Draft(
        prefix=_PREFIX,
        body=Hay(pieces, [*problem.names, *connected(problem.link)]),
        suffix=_SUFFIX.format(question=problem.asked, form=_FORMS[reasoned]),
        reference=problem.names[:1],
        max_output_tokens=192,
        rule_params={
            "metric": "lastline_contains" if reasoned else "contains",
            "candidates": problem.names[1:],
        },
    )


def build_one_hop(room: Room) -> Draft:
    """Ask for the character by what the needle's key stands for."""
    return _build(room, 1)


def build_two_hop(room: Room) -> Draft:
    """Ask for the character by what that stands for in its turn."""
    return _build(room, 2)


def _known(question: str) -> list[Link]:
    """Return the links that a question leads to by general knowledge."""
    out = []
    for theme in THEMES:
        for link in theme.links:
            asked = (
                theme.one_hop.format(value=link.near),
                theme.two_hop.format(value=link.far),
                _DIRECT.format(value=link.key),
            )
            if question in asked:
                out.append(link)
    return out


def read(prompt: str) -> str:
    """Think of what the question could mean, and look for who has to do with it."""
    passage, _, rest = prompt.rpartition("</passage>")
    question = rest.partition("Question: ")[2].partition("\n")[0]
    for link in _known(question):
        for theme in THEMES:
            for wording in (theme.plain, theme.inverted):
                stated = re.escape(wording.format(who="\0", key=link.key))
                found = re.search(stated.replace("\0", f"({_NAME})"), passage)
                if found:
                    return found[1]
    return ""


def guesses(prompt: str) -> list[str]:
    """Return all names in one line, the one that is named most often, and what is asked."""
    passage, _, rest = prompt.rpartition("</passage>")
    named = re.findall(_NAME, passage)
    different = sorted(set(named), key=lambda name: (-named.count(name), name))
    question = rest.partition("Question: ")[2].partition("\n")[0]
    return [", ".join(different), *different[:1], question, question.rpartition(" ")[2]]


_PARAMS: dict[str, dict[str, Any]] = {
    "needle": {"enum": ["mixed", "plain", "inverted"], "default": "mixed"},
    "others": {
        "type": "integer",
        "minimum": 0,
        "maximum": 32,
        "default": 3,
        "description": "characters in needles of the same form that do not answer",
    },
    "distractor": {
        "enum": ["none", "literal"],
        "default": "none",
        "description": "literal: a sentence with the question's word that names nobody",
    },
    "question": {
        "enum": ["associated", "direct"],
        "default": "associated",
        "description": "direct: the control, which asks with the needle's own word",
    },
    "reasoning": {"type": "boolean", "default": False},
}

register(
    Task(
        id="nolima/one_hop",
        version=1,
        rule="match/nolima",
        summary="Who does something that implies what is asked, without a word in common",
        source="Modarressi et al. 2025 (NoLiMa), one-hop questions",
        scope="one sentence",
        diffusion="shares no word with the question: one association away",
        build=build_one_hop,
        read=read,
        params=_PARAMS,
        haystacks=("prose", "essay"),
        guesses=guesses,
    )
)
register(
    Task(
        id="nolima/two_hop",
        version=1,
        rule="match/nolima",
        summary="Who does something that implies what is asked by way of another thing",
        source="Modarressi et al. 2025 (NoLiMa), two-hop questions",
        scope="one sentence",
        diffusion="shares no word with the question: two associations away",
        build=build_two_hop,
        read=read,
        params=_PARAMS,
        haystacks=("prose", "essay"),
        guesses=guesses,
    )
)
