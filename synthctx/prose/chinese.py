"""Who, where and when of a Chinese paragraph."""

from __future__ import annotations

from collections.abc import Iterator

from synthctx.prose.grammar import Facts, Grammar, common_facts, pick


def cast(grammar: Grammar, topic: int, numbers: Iterator[int]) -> Facts:
    """Draw the fixed slots of a paragraph.

    The two people are a woman and a man, so that a pronoun is never in doubt.
    """
    names, lists = grammar.names, grammar.topics[topic]
    facts = common_facts(grammar, topic, numbers)
    house = pick(lists["inst"], numbers)[0]
    facts["inst"] = facts["place"] + house
    facts["body"] = house
    woman_first = next(numbers) % 2
    for mark, is_man in (("", 1 - woman_first), ("2", woman_first)):
        given = pick(names["male" if is_man else "female"], numbers)
        facts["name" + mark] = pick(names["surnames"], numbers) + given
        facts["he" + mark] = "她他"[is_man]
    return facts


def finish(text: str) -> str:
    """Return a sentence with its full stop; a date that opens it gets its preposition."""
    return ("在" if text[0].isdigit() else "") + text + "。"
