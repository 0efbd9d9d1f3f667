"""Who, where and when of an English paragraph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from synthctx.prose.grammar import Grammar, Phrase

_PRONOUNS = (("she", "her", "her"), ("he", "him", "his"))


def _one(options: list[Phrase], numbers: Iterator[int]) -> str:
    return options[next(numbers) % len(options)][0]


def _surname(names: Mapping[str, list[str]], numbers: Iterator[int]) -> str:
    heads, tails = names["surname_heads"], names["surname_tails"]
    return heads[next(numbers) % len(heads)] + tails[next(numbers) % len(tails)]


def _place(names: Mapping[str, list[str]], numbers: Iterator[int]) -> str:
    heads, tails = names["place_heads"], names["place_tails"]
    return heads[next(numbers) % len(heads)] + tails[next(numbers) % len(tails)]


def cast(grammar: Grammar, topic: int, numbers: Iterator[int]) -> Mapping[str, str]:
    """Draw the fixed slots of a paragraph.

    The two people are a woman and a man, so that a pronoun is never in doubt.
    """
    names, lists, years = grammar.names, grammar.topics[topic], grammar.years[topic]
    house = _one(lists["inst"], numbers)
    first = next(numbers) % 2
    given = (names["female"], names["male"])
    mine, other = given[first], given[1 - first]
    surname, surname2 = _surname(names, numbers), _surname(names, numbers)
    while surname2 == surname:
        surname2 = _surname(names, numbers)
    place, place2 = _place(names, numbers), _place(names, numbers)
    while place2 == place:
        place2 = _place(names, numbers)
    year = years[0] + next(numbers) % (years[1] - years[0] + 1)
    year2 = year + 1 + next(numbers) % 7
    count = 300 + next(numbers) % 7000
    he, him, his = _PRONOUNS[first]
    he2, him2, his2 = _PRONOUNS[1 - first]
    return {
        "name": f"{mine[next(numbers) % len(mine)]} {surname}",
        "surname": surname,
        "he": he,
        "him": him,
        "his": his,
        "name2": f"{other[next(numbers) % len(other)]} {surname2}",
        "surname2": surname2,
        "he2": he2,
        "him2": him2,
        "his2": his2,
        "inst": f"the {place} {house}",
        "body": f"the {house.rsplit(None, 1)[-1].lower()}",
        "thing": _one(lists["thing"], numbers),
        "job": _one(lists["role"], numbers).split(None, 1)[1],
        "place": place,
        "place2": place2,
        "count": str(count),
        "near": str(count * (75 + next(numbers) % 60) // 100),
        "year": str(year),
        "year2": str(year2),
        "year3": str(year2 + 1 + next(numbers) % 5),
    }


def finish(text: str) -> str:
    """Return a sentence with its capital and its full stop."""
    return text[0].upper() + text[1:] + "."
