"""Wishes that exactly one thing fulfils, and things that fail one of them.

A record is eight whole numbers: of a choice the number of its value, of a measure the number
itself. A wish allows some values of one attribute, and no two wishes speak of the same one: so
a record that fails one wish and no other is made by drawing each attribute for itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from synthctx.generators._adaleval_offers import (
    CHOICES,
    NAME,
    THINGS,
    TIERS,
    Choice,
    Measure,
    Thing,
    escaped,
    read_value,
)
from synthctx.names import words
from synthctx.streams import Stream

KINDS = ("equal", "unlike", "range", "beside")
ATTRIBUTES = 2 * CHOICES
Values = npt.NDArray[np.int64]
Record = tuple[int, ...]
_AND = (", and ", "; ", ", and ")  # what may join two sentences
_FAR = 10**9
_SPOILT = 40  # steps by which a near miss fails at most


@dataclass(frozen=True)
class Wish:
    """What is wished for in one attribute: values from low to high but for some.

    Attributes:
        kind: one of `KINDS`.
        at: number of the attribute.
        text: as it stands in the question.
        beside: of a comparison, the name of the other thing, which does not fulfil it itself.
    """

    kind: str
    at: int
    text: str
    low: int = -_FAR
    high: int = _FAR
    but: tuple[int, ...] = ()
    beside: str = ""

    def allows(self, value: int) -> bool:
        """Say whether a value fulfils it."""
        return self.low <= value <= self.high and value not in self.but


def fulfilled(values: Values, wishes: Sequence[Wish]) -> npt.NDArray[np.bool_]:
    """Return of records (rows of eight numbers) which of the wishes (columns) they fulfil."""
    out = np.ones((len(values), len(wishes)), dtype=np.bool_)
    for k, wish in enumerate(wishes):
        column = values[:, wish.at]
        out[:, k] = (column >= wish.low) & (column <= wish.high) & ~np.isin(column, wish.but)
    return out


@lru_cache(maxsize=2)
def names(own: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return adjectives and nouns of names: of what a sample asks about, or of all others."""
    adjectives, nouns = words()
    kept = [noun for noun in nouns if len(noun) > 2][0 if own else 1 :: 2]
    return tuple(a.capitalize() for a in adjectives), tuple(n.capitalize() for n in kept)


def scale(thing: Thing, at: int) -> range:
    """Return the values that an attribute can have."""
    if at < CHOICES:
        return range(len(thing.choices[at].values))
    measure = thing.measures[at - CHOICES]
    return range(measure.low, measure.high + 1, measure.step)


@dataclass(frozen=True)
class Problem:
    """A question with the records that it needs.

    Attributes:
        wishes: all of which the first record fulfils.
        records: that one; then for every wish those that fail it alone.
        names: of the records; a comparison is with the first that fails it.
    """

    thing: Thing
    question: str
    wishes: list[Wish]
    records: list[Record]
    names: list[str]

    @property
    def needed(self) -> list[int]:
        """Return the records without which the answer cannot be found."""
        named = {wish.beside for wish in self.wishes} - {""}
        return [0, *(k for k, name in enumerate(self.names) if name in named)]


def problem(thing: Thing, stream: Stream, wishes: int, near_misses: int) -> Problem:
    """Draw a record, wishes that it fulfils, and for every wish records that fail it alone.

    Args:
        thing: what is to be chosen.
        stream: what to draw from.
        wishes: how many, at most eight.
        near_misses: records for each wish.
    """
    gold = [stream.pick(scale(thing, at)) for at in range(ATTRIBUTES)]
    adjectives, nouns = names(own=True)
    codes = stream.sample(range(len(adjectives) * len(nouns)), 1 + wishes * near_misses)
    called = [f"{adjectives[c // len(nouns)]} {nouns[c % len(nouns)]}" for c in codes]
    wanted = _wishes(thing, stream, gold, wishes, called[1::near_misses])
    records = [tuple(gold)]
    every: list[Sequence[int]] = [scale(thing, at) for at in range(ATTRIBUTES)]
    allowed = list(every)
    for wish in wanted:
        allowed[wish.at] = [v for v in every[wish.at] if wish.allows(v)]
    for wish in wanted:
        ranges = [*allowed[: wish.at], every[wish.at], *allowed[wish.at + 1 :]]
        records += _near_misses(stream, ranges, wish, near_misses)
    said = [wish.text for wish in stream.shuffled(wanted)]
    listed = said[0] if len(said) == 1 else ", ".join(said[:-1]) + " and " + said[-1]
    return Problem(thing, thing.asked.format(wishes=listed), wanted, records, called)


def _wishes(
    thing: Thing, stream: Stream, gold: Sequence[int], n: int, called: Sequence[str]
) -> list[Wish]:
    """Return wishes that a record fulfils, the kinds in turn; comparisons with things by name."""
    order = stream.shuffled(KINDS)
    choices = stream.shuffled(range(CHOICES))
    measures = stream.shuffled(range(CHOICES, ATTRIBUTES))
    out = []
    for k in range(n):
        kind = order[k % len(KINDS)]
        if kind in ("equal", "unlike"):
            at = choices.pop()
            out.append(_of_choice(thing.choices[at], stream, kind, at, gold[at]))
        else:
            at = measures.pop()
            measure = thing.measures[at - CHOICES]
            out.append(_of_measure(measure, stream, kind, at, gold[at], called[k]))
    return out


def _of_choice(choice: Choice, stream: Stream, kind: str, at: int, value: int) -> Wish:
    if kind == "equal":
        return Wish(kind, at, choice.equal.format(v=choice.values[value]), value, value)
    v, w = stream.sample([i for i in range(len(choice.values)) if i != value], 2)
    text = choice.unlike.format(v=choice.values[v], w=choice.values[w])
    return Wish(kind, at, text, but=(v, w))


def _of_measure(m: Measure, stream: Stream, kind: str, at: int, value: int, name: str) -> Wish:
    reach = (m.high - m.low) // m.step // 5 - 1
    below = max(m.low, value - m.step * stream.between(1, reach))
    above = min(m.high, value + m.step * stream.between(1, reach))
    low_fails, high_fails = below > m.low, above < m.high  # one of them at least
    form = stream.below(4)
    if kind == "beside":
        if high_fails and (form < 2 or not low_fails):  # a step above what is still right
            high = above + m.step - 1
            return Wish(kind, at, m.under.format(name=name), high=high, beside=name)
        low = below - m.step + 1
        return Wish(kind, at, m.over.format(name=name), low, beside=name)
    if form == 0 and low_fails:
        return Wish(kind, at, m.least.format(v=below), below)
    if form == 1 and high_fails:
        return Wish(kind, at, m.most.format(v=above), high=above)
    return Wish(kind, at, m.both.format(v=below, w=above), below, above)


def _near_misses(
    stream: Stream, ranges: Sequence[Sequence[int]], failed: Wish, n: int
) -> list[Record]:
    """Return records that fail one wish, by not too much, and fulfil all others.

    The first that fails a comparison is the thing that is compared with.

    Args:
        stream: what to draw from.
        ranges: of each attribute, its values; but of those of other wishes, the allowed ones.
        failed: the wish that is to fail.
        n: how many records.
    """
    every = ranges[failed.at]
    far = _SPOILT * (every[1] - every[0])
    low, high = failed.low - far, failed.high + far
    wrong = [v for v in every if low <= v <= high and not failed.allows(v)]
    drawn = [*ranges[: failed.at], wrong, *ranges[failed.at + 1 :]]
    out = [tuple(stream.pick(values) for values in drawn) for _ in range(n)]
    if failed.beside:
        value = failed.high + 1 if failed.high < _FAR else failed.low - 1
        out[0] = (*out[0][: failed.at], value, *out[0][failed.at + 1 :])
    return out


# ---------------------------------------------------------------- in words


def tell(thing: Thing, tier: str, stream: Stream, name: str, record: Sequence[int]) -> str:
    """Return a candidate in words: its name, its attributes in any order, perhaps a remark.

    The higher the tier, the more ways there are in which an attribute may be told.
    """
    draws = iter(stream.raw(64).tolist())
    told = [_told(thing, TIERS.index(tier), at, value, draws) for at, value in enumerate(record)]
    if next(draws) % 2:
        told.append(thing.idle[next(draws) % len(thing.idle)])
    keys = [next(draws) for _ in told]
    out = [thing.openings[next(draws) % len(thing.openings)].format(name=name)]
    joined = True  # the opening stands alone
    for k in sorted(range(len(told)), key=keys.__getitem__):
        way, text = next(draws) % 8, told[k]
        if joined or way >= len(_AND) or text.startswith("I "):
            out.append(text)
            joined = False
        else:
            out[-1] = out[-1][:-1] + _AND[way] + text[0].lower() + text[1:]
            joined = True
    return " ".join(out)


def _told(thing: Thing, level: int, at: int, value: int, draws: Iterator[int]) -> str:
    """Return one attribute in words."""
    way, form, other = next(draws) % 4, next(draws), next(draws)
    if at < CHOICES:
        choice = thing.choices[at]
        names = choice.values
        if level and way < 2:
            shift = 1 + other % (len(names) - 1)
            w = names[(value + shift) % len(names)]
            return choice.contrasted[form % len(choice.contrasted)].format(v=names[value], w=w)
        return choice.stated[form % len(choice.stated)].format(v=names[value])
    measure = thing.measures[at - CHOICES]
    if level == 2 and way < 2:
        return _summed(measure, value, form, other)
    if (level == 1 and way < 2) or (level == 2 and way == 2):
        every = scale(thing, at)
        number = every[other % len(every)]
        if number == value:
            number += measure.step
        return measure.contrasted[form % len(measure.contrasted)].format(v=value, w=number)
    return measure.stated[form % len(measure.stated)].format(v=value)


def _summed(measure: Measure, value: int, form: int, other: int) -> str:
    """Return a number in words as a sum or a difference of two."""
    which = form % len(measure.computed)
    least = 2 if value >= 6 * measure.step else 1
    most = max(least, min(20, value // (3 * measure.step)))
    b = measure.step * (least + other % (most - least + 1))
    return measure.computed[which].format(a=value - measure.signs[which] * b, b=b)


# ---------------------------------------------------------------- read again


def read_question(question: str) -> tuple[Thing, list[Wish]] | None:
    """Return what a question is about and what it wishes, None where it cannot be read.

    A comparison comes back without its bounds: those follow from the thing that it names.
    """
    for thing in THINGS:
        head, _, tail = thing.asked.partition("{wishes}")
        if question.startswith(head) and question.endswith(tail):
            wishes = [
                wish
                for at, forms in enumerate(_question_forms(thing))
                if (wish := _read_wish(thing, at, forms, question)) is not None
            ]
            return (thing, wishes) if wishes else None
    return None


@lru_cache(maxsize=len(THINGS))
def _question_forms(thing: Thing) -> list[list[tuple[str, re.Pattern[str]]]]:
    out = []
    for choice in thing.choices:
        any_of = "(" + "|".join(map(re.escape, choice.values)) + ")"
        forms = {"unlike": choice.unlike, "equal": choice.equal}
        out.append([(k, re.compile(escaped(f, v=any_of, w=any_of))) for k, f in forms.items()])
    for m in thing.measures:
        forms = {"both": m.both, "least": m.least, "most": m.most, "under": m.under, "over": m.over}
        number = r"(\d{1,6})"
        slots = {"v": number, "w": number, "name": NAME}
        out.append([(k, re.compile(escaped(f, **slots))) for k, f in forms.items()])
    return out


def _read_wish(
    thing: Thing, at: int, forms: list[tuple[str, re.Pattern[str]]], question: str
) -> Wish | None:
    for kind, pattern in forms:
        found = pattern.search(question)
        if found is None:
            continue
        if kind in ("under", "over"):
            return Wish(kind, at, found[0], beside=found[1])
        if at < CHOICES:
            numbers = [thing.choices[at].values.index(group) for group in found.groups()]
        else:
            numbers = [int(group) for group in found.groups()]
        if kind == "unlike":
            return Wish(kind, at, found[0], but=tuple(numbers))
        low = numbers[0] if kind != "most" else -_FAR
        high = numbers[-1] if kind != "least" else _FAR
        return Wish(kind, at, found[0], low, high)
    return None


def choose(question: str, candidates: Sequence[tuple[str, str]]) -> str:
    """Return the label of the one candidate that fulfils all wishes; "" where it is not one.

    Args:
        question: as it stands in a prompt.
        candidates: label and text of each.
    """
    read = read_question(question)
    if read is None:
        return ""
    thing, wishes = read
    named = {w.beside: "" for w in wishes if w.beside}
    for _, text in candidates:
        called = thing.openers.search(text)
        name = next((g for g in called.groups() if g), "") if called else ""
        if name in named:
            named[name] = text
    wanted = [_settled(thing, wish, named.get(wish.beside, "")) for wish in wishes]
    fits = [
        label
        for label, text in candidates
        if all(w is not None and _holds(thing, w, text) for w in wanted)
    ]
    return fits[0] if len(fits) == 1 else ""


def _settled(thing: Thing, wish: Wish, other: str) -> Wish | None:
    """Return a wish with its bounds, None where the thing that it names says nothing."""
    if not wish.beside:
        return wish
    value = read_value(thing, other, wish.at)
    if value is None:
        return None
    if wish.kind == "under":
        return replace(wish, high=value - 1)
    return replace(wish, low=value + 1)


def _holds(thing: Thing, wish: Wish, text: str) -> bool:
    value = read_value(thing, text, wish.at)
    return value is not None and wish.allows(value)
