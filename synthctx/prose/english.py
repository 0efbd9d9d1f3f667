"""Who, where and when of an English paragraph."""

from __future__ import annotations

from collections.abc import Iterator

from synthctx.prose.grammar import Facts, Grammar, common_facts, pick

_PRONOUNS = (("she", "her", "her"), ("he", "him", "his"))


def cast(grammar: Grammar, topic: int, numbers: Iterator[int]) -> Facts:
    """Draw the fixed slots of a paragraph.

    The two people are a woman and a man, so that a pronoun is never in doubt.
    """
    names, lists = grammar.names, grammar.topics[topic]
    facts = common_facts(grammar, topic, numbers)
    house = pick(lists["inst"], numbers)[0]
    facts["inst"] = f"the {facts['place']} {house}"
    facts["body"] = f"the {house.rsplit(None, 1)[-1].lower()}"
    facts["job"] = pick(lists["role"], numbers)[0].split(None, 1)[1]
    woman_first = next(numbers) % 2
    surnames: dict[str, None] = {}
    while len(surnames) < 2:
        head, tail = pick(names["surname_heads"], numbers), pick(names["surname_tails"], numbers)
        surnames.setdefault(head + tail)
    for mark, surname, is_man in zip(
        ("", "2"), surnames, (1 - woman_first, woman_first), strict=True
    ):
        given = pick(names["male" if is_man else "female"], numbers)
        facts["name" + mark] = f"{given} {surname}"
        facts["surname" + mark] = surname
        facts["he" + mark], facts["him" + mark], facts["his" + mark] = _PRONOUNS[is_man]
    return facts


def finish(text: str) -> str:
    """Return a sentence with its capital and its full stop."""
    return text[0].upper() + text[1:] + "."
