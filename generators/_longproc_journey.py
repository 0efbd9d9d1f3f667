"""Journeys with exactly one plan, whose search in a fixed order is as long as asked for.

A plan is a path through all cities along the flights. The planted one is a chain; a flight
that leads on in that chain, however far, cannot make a second plan (flights without a way
back allow one order of all cities at most). Flights back can: all plans are counted, and of
every second plan one flight back is taken out, until the planted plan is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from synthctx.streams import Stream

_TRIES = 400
SHARE_BACK = 0.35  # of the flights that lead back in the plan, so many are tried


class Sizes(NamedTuple):
    """Tokens of the lines of a search by kind, those of its depth apart."""

    missing: float
    late: float
    stay: float
    back: float
    level: float


@dataclass(frozen=True, slots=True)
class Journey:
    """Where to go: cities by their numbers in the list.

    Attributes:
        names: of the cities, in the order of the list.
        days: how long to stay in each.
        fixed: (first day, city) of those that have their days fixed, ascending.
        flights: (from, to).
        plan: the planted order.
    """

    names: tuple[str, ...]
    days: tuple[int, ...]
    fixed: tuple[tuple[int, int], ...]
    flights: frozenset[tuple[int, int]]
    plan: tuple[int, ...]

    @property
    def total(self) -> int:
        """Return the last day: a stay begins on the last day of the one before."""
        return sum(self.days) - len(self.days) + 1

    def free(self) -> list[int]:
        """Return the cities without fixed days, in the order of the list."""
        bound = {city for _, city in self.fixed}
        return [city for city in range(len(self.days)) if city not in bound]

    def starts(self) -> list[int]:
        """Return the first day of each stay of the plan."""
        day, out = 1, []
        for city in self.plan:
            out.append(day)
            day += self.days[city] - 1
        return out


class Try(NamedTuple):
    """One step of the search.

    Attributes:
        kind: missing (no flight), late (too long), stay, back (dead end), done.
        depth: cities visited before.
        day: on which day it is.
        last: the city one is in, None at the beginning.
        city: the city that is tried.
        until: day of departure from it.
        limit: first day of the next fixed city, for "late".
    """

    kind: str
    depth: int
    day: int
    last: int | None
    city: int
    until: int
    limit: int


def search(journey: Journey) -> Iterator[Try]:
    """Yield the steps of the search up to the first plan."""
    days, fixed, free = journey.days, journey.fixed, journey.free()
    number = len(days)

    def go(visited: list[int], day: int, bound: int) -> Iterator[Try]:
        last = visited[-1] if visited else None
        depth = len(visited)
        if depth == number:
            yield Try("done", depth, day, last, -1, day, 0)
            return
        due = bound < len(fixed) and fixed[bound][0] == day
        options = [fixed[bound][1]] if due else [c for c in free if c not in visited]
        after = bound + due
        limit = fixed[after][0] if after < len(fixed) else journey.total
        for city in options:
            until = day + days[city] - 1
            kind = "stay"
            if last is not None and (last, city) not in journey.flights:
                kind = "missing"
            elif until > limit:
                kind = "late"
            yield Try(kind, depth, day, last, city, until, limit)
            if kind == "stay":
                for step in go([*visited, city], until, after):
                    yield step
                    if step.kind == "done":
                        return
        yield Try("back", depth, day, last, -1, day, 0)

    yield from go([], 1, 0)


def size_of(journey: Journey, sizes: Sizes, most: float) -> float:
    """Return the tokens of the search by the sizes of its lines; given up when over `most`."""
    days, fixed, flights, free = journey.days, journey.fixed, journey.flights, journey.free()
    number, total = len(days), 0.0

    def go(last: int, visited: int, depth: int, day: int, bound: int) -> bool:
        nonlocal total
        if depth == number:
            total += sizes.stay
            return True
        due = bound < len(fixed) and fixed[bound][0] == day
        after = bound + due
        limit = fixed[after][0] if after < len(fixed) else journey.total
        for city in (fixed[bound][1],) if due else free:
            if visited >> city & 1:
                continue
            until = day + days[city] - 1
            if last >= 0 and (last, city) not in flights:
                total += sizes.missing + depth * sizes.level
            elif until > limit:
                total += sizes.late + depth * sizes.level
            else:
                total += sizes.stay + depth * sizes.level
                if total > most or go(city, visited | 1 << city, depth + 1, until, after):
                    return True
        total += sizes.back + depth * sizes.level
        return total > most

    go(-1, 0, 0, 1, 0)
    return total


def another_plan(journey: Journey) -> list[int] | None:
    """Return a plan besides the planted one, None when there is no other.

    Every order of the cities that keeps to flights and fixed days is looked through, but no
    end twice: what is left after the same cities, ending in the same one, is known.
    """
    days, number = journey.days, len(journey.days)
    start_of = {city: day for day, city in journey.fixed}
    onward = [[b for b in range(number) if (a, b) in journey.flights] for a in range(number)]
    planted = list(journey.plan)
    dead: set[tuple[int, int]] = set()

    def go(path: list[int], visited: int, day: int) -> list[int] | None:
        if len(path) == number:
            return None if path == planted else path
        if (visited, path[-1]) in dead:
            return None
        for city in onward[path[-1]]:
            if not visited >> city & 1 and start_of.get(city, day) == day:
                found = go([*path, city], visited | 1 << city, day + days[city] - 1)
                if found is not None:
                    return found
        # on the planted path the planted plan itself was passed over: nothing is known of it
        if path != planted[: len(path)]:
            dead.add((visited, path[-1]))
        return None

    for first in range(number):
        if start_of.get(first, 1) == 1:
            found = go([first], 1 << first, days[first])
            if found is not None:
                return found
    return None


def _planted(stream: Stream, names: Sequence[str], fixed: int) -> Journey:
    number = len(names)
    days = tuple(stream.between(2, 6) for _ in names)
    plan = tuple(stream.permutation(number).tolist())
    chain = frozenset(pairwise(plan))
    journey = Journey(tuple(names), days, (), chain, plan)
    places = sorted(stream.sample(range(1, number), min(fixed, number - 1)))
    starts = journey.starts()
    return replace(journey, fixed=tuple((starts[at], plan[at]) for at in places))


def _extras(stream: Stream, plan: Sequence[int]) -> list[tuple[int, int]]:
    """Return flights that may be added, in random order."""
    number = len(plan)
    on = [(plan[i], plan[j]) for i in range(number) for j in range(i + 2, number)]
    back = [(plan[j], plan[i]) for i in range(number) for j in range(i + 1, number)]
    few = stream.sample(back, max(1, int(len(back) * SHARE_BACK)))
    return stream.shuffled([*on, *few])


def _alone(journey: Journey) -> Journey:
    """Take flights back out until there is one plan."""
    place = {city: at for at, city in enumerate(journey.plan)}
    while (other := another_plan(journey)) is not None:
        back = next(leg for leg in pairwise(other) if place[leg[0]] > place[leg[1]])
        journey = replace(journey, flights=journey.flights - {back})
    return journey


def _steered(
    journey: Journey, extras: list[tuple[int, int]], sizes: Sizes, low: float, high: float
) -> Journey | None:
    """Add flights until the search is between `low` and `high` tokens long."""

    def upto(count: int) -> Journey:
        return replace(journey, flights=journey.flights | frozenset(extras[:count]))

    least, most = 0, len(extras)
    while least < most:  # more flights, longer search: as many as stay below `high`
        middle = (least + most + 1) // 2
        if size_of(upto(middle), sizes, high) <= high:
            least = middle
        else:
            most = middle - 1
    found = _alone(upto(least))
    size = size_of(found, sizes, high)
    for leg in extras[least:]:
        if low <= size <= high:
            break
        longer = replace(found, flights=found.flights | {leg})
        size_longer = size_of(longer, sizes, high)
        if size < size_longer <= high and another_plan(longer) is None:
            found, size = longer, size_longer
    return found if low <= size <= high else None


def draw(
    stream: Stream, names: Sequence[str], fixed: int, sizes: Sizes, low: float, high: float
) -> Journey | None:
    """Return a journey whose search has between `low` and `high` tokens, None if none was found."""
    journey = _planted(stream, names, fixed)
    extras = _extras(stream, journey.plan)
    if size_of(journey, sizes, high) > high:
        return None
    fullest = replace(journey, flights=journey.flights | frozenset(extras))
    if size_of(fullest, sizes, low) < low:
        return None
    return _steered(journey, extras, sizes, low, high)
