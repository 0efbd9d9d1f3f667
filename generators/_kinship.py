"""Families as forests: who is stated to be whose elder, in words of two languages.

Every person has at most one stated elder, and every statement says by its kin term how many
generations lie between the two: one (father, mother) or two (grandparents). So a way up is
the only one, and generations add up along it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from synthctx.errors import GenerationError
from synthctx.names import each_person
from synthctx.streams import Stream

# By language: (generations, female) -> kin terms.
TERMS: dict[str, dict[tuple[int, bool], tuple[str, ...]]] = {
    "en": {
        (1, False): ("father",),
        (1, True): ("mother",),
        (2, False): ("grandfather", "paternal grandfather", "maternal grandfather"),
        (2, True): ("grandmother", "paternal grandmother", "maternal grandmother"),
    },
    "zh": {
        (1, False): ("父亲", "爸爸"),
        (1, True): ("母亲", "妈妈"),
        (2, False): ("祖父", "爷爷", "外祖父", "外公"),
        (2, True): ("祖母", "奶奶", "外祖母", "外婆"),
    },
}
WORDINGS = {
    "en": (
        "{elder} is {younger}'s {term}.",
        "{younger}'s {term} is {elder}.",
        "The {term} of {younger} is called {elder}.",
        "{younger} has {elder} as {term}.",
        "As the {term} of {younger}, {elder} kept the family papers.",
        "{elder}, the {term} of {younger}, was fond of long walks.",
        "Everyone in the street knew {elder} as the {term} of {younger}.",
        "It was from {elder}, the {term} of {younger}, that the whole house learned to sing.",
    ),
    "zh": (
        "{elder}是{younger}的{term}。",
        "{younger}的{term}是{elder}。",
        "{younger}的{term}名叫{elder}。",
        "作为{younger}的{term}，{elder}一直保管着家谱。",
        "街坊们都知道，{elder}是{younger}的{term}。",
        "{elder}是{younger}的{term}，平时喜欢散步。",
        "据族谱记载，{younger}的{term}名叫{elder}。",
    ),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement: persons by number, generations between them, and how it is worded."""

    elder: int
    younger: int
    steps: int
    term: str
    wording: str

    def text(self, names: Sequence[str]) -> str:
        """Return the statement with names for numbers."""
        return self.wording.format(
            elder=names[self.elder], younger=names[self.younger], term=self.term
        )


@dataclass
class Family:
    """A tree that is grown person by person.

    Attributes:
        first: number of its eldest; the others count on from there.
        facts: one for every other person, elders before their descendants.
        barred: (a person, how many generations below): no branch puts anybody there.
    """

    language: str
    stream: Stream
    first: int
    facts: list[Fact] = field(default_factory=list)
    barred: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        self._female = [self.stream.chance(0.5)]
        self._below: dict[int, int] = {}  # generations below the barred person

    @property
    def end(self) -> int:
        """Return the number after its last person's."""
        return self.first + len(self._female)

    def add(self, elder: int, steps: int) -> int:
        """State an elder's new child or grandchild; return its number."""
        person, wordings = self.end, WORDINGS[self.language]
        terms = TERMS[self.language][steps, self._female[elder - self.first]]
        # one draw for all: there may be tens of thousands of facts
        code, female = divmod(self.stream.below(2 * len(terms) * len(wordings)), 2)
        term, wording = terms[code % len(terms)], wordings[code // len(terms)]
        self.facts.append(Fact(elder, person, steps, term, wording))
        self._female.append(bool(female))
        if elder in self._below:
            self._below[person] = self._below[elder] + steps
        return person

    def line(self, steps: Sequence[int]) -> list[int]:
        """Grow a straight line of descent from the eldest; return its persons from the top."""
        persons = [self.first]
        for step in steps:
            persons.append(self.add(persons[-1], step))
        return persons

    def bar(self, person: int, line: Sequence[int], distance: int) -> None:
        """Keep branches away from where they would make a second answer.

        Args:
            person: whose descendants are asked about.
            line: the persons of the line, from `person` down.
            distance: generations below the person.
        """
        self.barred = (person, distance)
        steps = {f.younger: f.steps for f in self.facts}
        self._below = {person: 0}
        for elder, younger in pairwise(line):
            self._below[younger] = self._below[elder] + steps[younger]

    def branch(self, count: int) -> None:
        """Hang persons on members drawn evenly, branches of branches included."""
        for _ in range(count):
            place, more = divmod(self.stream.below(2 * len(self._female)), 2)
            elder, steps = self.first + place, 1 + more
            if self.barred and self._below.get(elder, -2) + steps == self.barred[1]:
                steps = 3 - steps
            self.add(elder, steps)


def spread_steps(stream: Stream, links: int) -> list[int]:
    """Return the generations of each link; their sum is uniform on links..2*links."""
    double = stream.between(0, links)
    return stream.shuffled([2] * double + [1] * (links - double))


def different_names(language: str, stream: Stream, n: int) -> list[str]:
    """Return `n` full names, none of which is the beginning of another (Ann Chan, Ann Chandler)."""
    out: list[str] = []
    alike: dict[str, list[str]] = {}
    for name in each_person(language, stream):
        known = alike.setdefault(name.partition(" ")[0], [])
        if not any(name.startswith(other) or other.startswith(name) for other in known):
            known.append(name)
            out.append(name)
        if len(out) == n:
            return out
    raise GenerationError(f"there are no {n:,} different names in {language}")


def ordinal(n: int) -> str:
    """Return 1st, 2nd, 3rd, 4th, 11th, 21st, ..."""
    if n % 100 in (11, 12, 13):
        return f"{n}th"
    return f"{n}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th') }"


def chinese_number(n: int) -> str:
    """Return a number from 1 to 9999 in Chinese characters."""
    out, gap = "", False
    for place, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = n // place % 10
        if digit:
            out += ("零" if gap else "") + "零一二三四五六七八九"[digit] + unit
        gap = bool(out) and not digit
    return out[1:] if out.startswith("一十") else out
