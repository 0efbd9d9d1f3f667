"""Filler prose made by rule: connected paragraphs on many topics, without end.

A block is a pure function of the version, the language and its number. All the wording is
in synthctx/data/prose_*.json; nothing depends on a library that could change under it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from synthctx.prose import chinese, english
from synthctx.prose.grammar import Facts, Grammar, Writer, draws, load, pick
from synthctx.streams import Streams

__all__ = ["LANGUAGES", "PROSE_VERSION", "block"]

PROSE_VERSION = 1
LANGUAGES = ("en", "zh")

_PARAGRAPHS = 2000
_RETRIES = 20
_CAST: dict[str, Callable[[Grammar, int, Iterator[int]], Facts]] = {
    "en": english.cast,
    "zh": chinese.cast,
}
_FINISH: dict[str, Callable[[str], str]] = {"en": english.finish, "zh": chinese.finish}


@lru_cache(maxsize=len(LANGUAGES))
def _grammar(language: str) -> Grammar:
    return load(language)


def block(language: str, part: int) -> list[list[str]]:
    """Return the paragraphs of a block, each a list of sentences.

    Within a block no sentence occurs twice; blocks 0, 1, 2, ... go on for ever.

    Args:
        language: "en" or "zh".
        part: number of the block, from 0.

    Raises:
        ValueError: unknown language, or a negative number.
    """
    if language not in LANGUAGES or part < 0:
        raise ValueError(
            f"no block {part} of prose in '{language}': languages are"
            f" {', '.join(LANGUAGES)}, blocks are numbered from 0"
        )
    grammar, cast, finish = _grammar(language), _CAST[language], _FINISH[language]
    numbers = draws(Streams(["prose", PROSE_VERSION, language])("block", part))
    seen: set[str] = set()
    out: list[list[str]] = []
    for _ in range(_PARAGRAPHS):
        topic = next(numbers) % len(grammar.topics)
        writer = Writer(grammar.topics[topic], cast(grammar, topic, numbers), numbers)
        out.append([_fresh(writer, kind, finish, seen) for kind in pick(grammar.plans, numbers)])
    return out


def _fresh(writer: Writer, kind: str, finish: Callable[[str], str], seen: set[str]) -> str:
    """Return a sentence of a kind that the block does not hold yet."""
    sentence = finish(writer.slot(kind))
    for _ in range(_RETRIES):
        if sentence not in seen:
            break
        sentence = finish(writer.slot(kind))
    seen.add(sentence)
    return sentence
