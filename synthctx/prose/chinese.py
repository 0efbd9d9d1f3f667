"""Who, where and when of a Chinese paragraph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from synthctx.prose.grammar import Grammar, Phrase


def _one(options: list[Phrase], numbers: Iterator[int]) -> str:
    return options[next(numbers) % len(options)][0]


def _person(names: Mapping[str, list[str]], given: str, numbers: Iterator[int]) -> str:
    surnames, own = names["surnames"], names[given]
    return surnames[next(numbers) % len(surnames)] + own[next(numbers) % len(own)]


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
    given = ("female", "male")
    place, place2 = _place(names, numbers), _place(names, numbers)
    while place2 == place:
        place2 = _place(names, numbers)
    year = years[0] + next(numbers) % (years[1] - years[0] + 1)
    year2 = year + 1 + next(numbers) % 7
    count = 300 + next(numbers) % 7000
    return {
        "name": _person(names, given[first], numbers),
        "he": "她他"[first],
        "name2": _person(names, given[1 - first], numbers),
        "he2": "他她"[first],
        "inst": place + house,
        "body": house,
        "thing": _one(lists["thing"], numbers),
        "place": place,
        "place2": place2,
        "count": str(count),
        "near": str(count * (75 + next(numbers) % 60) // 100),
        "year": str(year),
        "year2": str(year2),
        "year3": str(year2 + 1 + next(numbers) % 5),
    }


def finish(text: str) -> str:
    """Return a sentence with its full stop."""
    return text + "。"
