"""The rule for a journey planned step by step: LongProc's travel_planning."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, NamedTuple

from synthctx.errors import ScoreError
from synthctx.overlap import normalise_answer, strict_words
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.scorers._trace import (
    Published,
    last_start,
    published_block,
    tag_pattern,
    tagged_blocks,
)
from synthctx.steps import compare_steps
from synthctx.text import Span, fold, strip_wrapping


class Visit(NamedTuple):
    """A stay: where, from which day to which, and how many days it is said to take."""

    city: str
    start: int
    end: int
    days: int

    def __str__(self) -> str:
        return f"Day {self.start}-{self.end}: Visit {self.city} for {self.days} days"


class Flight(NamedTuple):
    """A flight: on which day, from where to where."""

    day: int
    origin: str
    destination: str

    def __str__(self) -> str:
        return f"Day {self.day}: Fly from {self.origin} to {self.destination}"


Entry = Visit | Flight


@dataclass(frozen=True, slots=True)
class Journey:
    """What a plan has to keep to, cities spelt as they are compared.

    Attributes:
        plan: the right plan, visits and flights by turns.
        fixed: first and last day of the cities that have them fixed.
        flights: all flights there are; None when that is not known.
        procedure: the lines of the right search.
    """

    plan: tuple[Entry, ...]
    fixed: Mapping[str, tuple[int, int]]
    flights: frozenset[tuple[str, str]] | None
    procedure: tuple[str, ...]


def _plan(cities: list[str], durations: list[int]) -> Iterator[Entry]:
    """Yield the visits and flights of a plan: a stay begins on the last day of the one before."""
    day = 1
    for i, (city, days) in enumerate(zip(cities, durations, strict=True)):
        if i:
            yield Flight(day, cities[i - 1], city)
        yield Visit(city, day, day + days - 1, days)
        day += days - 1


# ---------------------------------------------------------------- the published rule

_ANNOUNCEMENT = "Output the plan in the required format:"
_OPENING = "<Solving Procedure>"
_TOTAL = re.compile(r"European cities for (\d+) days")
_STAY = re.compile(r"(?<!\d)\d++-(\d++)")
_ON_DAY = re.compile(r"Day (\d+)")
_FROM_TO = re.compile(r"(?=from (\w+) to (\w+))")


def published_answer(reference: Mapping[str, Any]) -> str:
    """Return the right answer to a (valid) reference in the published form."""
    lines: list[str] = []
    for entry in _plan(reference["cities"], reference["durations"]):
        if isinstance(entry, Flight):
            lines.append(f"**Day {entry.day}:** Fly from {entry.origin} to {entry.destination}.")
            continue
        visit = f"isit {entry.city} for {entry.days} days."
        what = f"Arriving in {entry.city} and v" if not lines else "V"
        lines.append(f"**Day {entry.start}-{entry.end}:** {what}{visit}")
    searched, plan = "\n".join(reference["procedure"]), "\n".join(lines)
    return (
        f"{_OPENING}\n{searched}\n</Solving Procedure>\n\n{_ANNOUNCEMENT}\n<Plan>\n{plan}\n</Plan>"
    )


def _published_flight(line: str) -> tuple[str, str, str] | None:
    """Return day, origin and destination: the last "from x to y", the last day before it."""
    route = deque(_FROM_TO.finditer(line), maxlen=1)
    if not route:
        return None
    day = deque(_ON_DAY.finditer(line, 0, route[0].start()), maxlen=1)
    return (day[0][1], route[0][1], route[0][2]) if day else None


def published_stays(plan: str) -> list[tuple[str, int]]:
    """Return the cities of a plan, each with how long one stays by the days of the flights.

    Raises:
        ValueError: a day has thousands of digits.
    """
    total = last_day = None
    flights: list[tuple[str, str, str]] = []
    for line in plan.split("\n"):
        if "European" in line and (found := _TOTAL.search(line)) is not None:
            total = int(found[1])
        if "-" in line and (found := _STAY.search(line)) is not None:
            last_day = int(found[1])
            if last_day == total:
                break
        if "from" in line and (flight := _published_flight(line)) is not None:
            flights.append(flight)
    flight_days = [int(day) for day, _, _ in flights]
    if last_day is None or not flights:
        return []
    cities = [flights[0][1], *(destination for _, _, destination in flights)]
    days = [1, *flight_days, last_day]
    return [(city, days[i + 1] - days[i] + 1) for i, city in enumerate(cities)]


def _published_progress(output: str, answer: str) -> float:
    """Return the partial accuracy: the place of the last line compared, over all lines."""
    output = output.replace(_ANNOUNCEMENT, "")
    if _OPENING in output:
        output = _OPENING + output.split(_OPENING, 2)[1]
    asked = [line for line in answer.replace(_ANNOUNCEMENT, "").split("\n") if line.strip()]
    said = islice((line for line in output.split("\n") if line.strip()), len(asked))
    at = -1
    for ours, right in zip(said, asked, strict=False):
        at += 1
        if normalise_answer(right) not in normalise_answer(ours):
            break
    return max(at, 0) / len(asked)


def _published_score(output: str, reference: Mapping[str, Any]) -> Published | None:
    """Return the published figures, None where the published scorer raises."""
    plan = published_block(output, "Plan")
    if plan is not None:
        asked = list(zip(reference["cities"], reference["durations"], strict=True))
        try:
            if published_stays(plan)[: len(asked)] == asked:
                return Published(1.0, 1.0, 1.0)
        except ValueError:
            return None
    progress = _published_progress(output, published_answer(reference))
    return Published(0.0, progress, float(plan is not None))


# ---------------------------------------------------------------- the strict rule: the plan

_PLAN_TAG = tag_pattern("plan")
_DAYS = re.compile(
    r"[\W_]{0,12}(?:[0-9]{1,3}[.)] ?[\W_]{0,4})?days? ?([0-9]{1,5})"
    r"(?: ?(?:-|to) ?(?:day )?([0-9]{1,5}))?(?!\.?[0-9])[\W_]{1,8}(?=[^\W_])"
)
_VISIT = re.compile(
    r"(?:arriv(?:e|ing) (?:in|at) (.{1,80}?) and )?visit(?:ing)? (.{1,80}?)"
    r" for ([0-9]{1,5}) days?[\W_]{0,12}"
)
_FLIGHT = re.compile(r"(?:take a )?(?:fly|flying|flight) from (.{1,80}?) to (.{1,80})")
_LONGEST = 400  # of a line of the plan


def _city(name: str) -> str:
    """Return the name of a city as it is compared."""
    return " ".join(strip_wrapping(fold(name)).casefold().split())


def entry_of(line: str) -> Entry | None:
    """Return the visit or the flight that a (folded) line tells, None when it tells none."""
    said = line[:_LONGEST].casefold()
    days = _DAYS.match(said := " ".join(said.split())) if "day" in said else None
    if days is None:
        return None
    rest = said[days.end() :]
    if days[2] is None:
        flight = _FLIGHT.fullmatch(rest)
        return Flight(int(days[1]), _city(flight[1]), _city(flight[2])) if flight else None
    visit = _VISIT.fullmatch(rest)
    if visit is None:
        return None
    city, arrival = _city(visit[2]), _city(visit[1] or visit[2])
    city = city if city == arrival else f"{arrival} and {city}"
    return Visit(city, int(days[1]), int(days[2]), int(visit[3]))


def _entries(text: str) -> list[Entry]:
    return [entry for line in text.split("\n") if (entry := entry_of(line)) is not None]


def read_plan(text: str) -> tuple[list[Entry], int, bool]:
    """Return the plan a (folded) text tells, where it begins, and whether there was another.

    The last tagged block with a visit or flight in it, closed or not; without one, all there
    are. A plan that is not told begins nowhere: behind the end.
    """
    blocks = [(_entries(block.text), block) for block in tagged_blocks(text, _PLAN_TAG)]
    told = [(plan, block.start) for plan, block in blocks if plan]
    if told:
        plan, start = told[-1]
        return plan, text.rfind("<", 0, start), len({tuple(plan) for plan, _ in told}) > 1
    start = 0
    for line in text.split("\n"):
        if entry_of(line) is not None:
            return _entries(text[start:]), start, False
        start += len(line) + 1
    return [], len(text), False


def fault(plan: list[Entry], journey: Journey) -> str:
    """Return what is wrong with a plan, "" when it can be followed and has all that is asked."""
    visits = [entry for entry in plan[::2] if isinstance(entry, Visit)]
    flights = [entry for entry in plan[1::2] if isinstance(entry, Flight)]
    if len(visits) + len(flights) < len(plan) or len(visits) != len(flights) + 1:
        return "visits and flights do not take turns"
    asked = {entry.city: entry.days for entry in journey.plan if isinstance(entry, Visit)}
    if sorted(visit.city for visit in visits) != sorted(asked):
        return "it does not visit each city once"
    day = 1
    for visit in visits:
        if (visit.start, visit.end) != (day, day + asked[visit.city] - 1):
            return f"'{visit}' does not follow on day {day} for {asked[visit.city]} days"
        if visit.days != asked[visit.city]:
            return f"'{visit}' is not {asked[visit.city]} days"
        if journey.fixed.get(visit.city, (visit.start, visit.end)) != (visit.start, visit.end):
            return f"'{visit}' is not when it is fixed"
        day = visit.end
    for flight, before, after in zip(flights, visits[:-1], visits[1:], strict=True):
        if flight != (before.end, before.city, after.city):
            return f"'{flight}' does not join the visits round it"
        if journey.flights is not None and flight[1:] not in journey.flights:
            return f"'{flight}': there is no such flight"
    if journey.flights is None and tuple(plan) != journey.plan:
        return "it is another plan than the one asked for"
    return ""


# ---------------------------------------------------------------- the strict rule: the search

_PROCEDURE_TAG = tag_pattern("solving procedure")
_RANGE = re.compile(r"(?<=[0-9])\s{0,3}-\s{0,3}(?=[0-9])")


def _spelt(line: str) -> str:
    """Return a line as it is compared: its words and numbers."""
    return " ".join(strict_words(_RANGE.sub(" ", fold(line))))


def _block(text: str, known: frozenset[str]) -> Span:
    """Return the last tagged block, with a right step in it if any; else what no tag opens."""
    blocks = [b for b in tagged_blocks(text, _PROCEDURE_TAG) if b.text.strip()]
    for block in reversed(blocks):
        if any(_spelt(line) in known for line in dict.fromkeys(block.text.split("\n"))):
            return block
    if blocks:
        return blocks[-1]
    closing = [tag.start() for tag in _PROCEDURE_TAG.finditer(text) if tag[1]]
    end = closing[-1] if closing else len(text)
    return Span(text[:end], 0, end)


def read_procedure(text: str, plan_start: int, asked: list[str]) -> list[tuple[str, str]]:
    """Return the lines of the search a (folded) text tells, from where it was last begun.

    Each as it is told and as it is compared. The search ends where the plan begins. Words before
    the first right step are passed over, and so is a line at the end that announces the plan.
    """
    known = frozenset(asked)
    block = _block(text, known)
    if block.start < plan_start < block.end:
        block = Span(text[block.start : plan_start], block.start, plan_start)
    lines = [line.strip() for line in block.text.split("\n")]
    words = {line: "" if entry_of(line) else _spelt(line) for line in dict.fromkeys(lines)}
    steps = [(line, words[line]) for line in lines if words[line]]
    if steps and steps[-1][0].rstrip("*_ ").endswith(":") and steps[-1][1] not in known:
        steps.pop()
    nowhere = 0 if block.start else len(steps)  # words without a tag or a right step are no search
    first = next((i for i, (_, spelt) in enumerate(steps) if spelt in known), nowhere)
    if asked.count(asked[0]) == 1:
        first += last_start([spelt == asked[0] for _, spelt in steps[first:]])
    return steps[first:]


# ---------------------------------------------------------------- the rule


def _reference(value: Any) -> Journey:
    given: dict[str, Any] = value if isinstance(value, dict) else {}
    cities: Any = given.get("cities")
    durations: Any = given.get("durations")
    procedure: Any = given.get("procedure")
    flights: Any = given.get("flights")
    fixed: Any = given.get("fixed", {})
    good = (
        _texts(cities)
        and _texts(procedure)
        and _days(durations)
        and len(cities) == len(durations) == len(set(map(_city, cities)))
        and all(map(_city, cities))
        and any(map(_spelt, procedure))
        and isinstance(fixed, dict)
        and _texts(list(fixed))
        and all(_days(days) and len(days) == 2 for days in fixed.values())
        and (flights is None or isinstance(flights, list | tuple))
        and all(_texts(flight) and len(flight) == 2 for flight in flights or ())
    )
    if not good:
        raise ScoreError(
            "rule trace/plan: the reference must hold cities (in order, each once), durations "
            "(days, one for each), procedure (lines) and may hold fixed (first and last day by "
            f"city) and flights (pairs of cities); got {str(value)[:200]!r}"
        )
    journey = Journey(
        tuple(_plan([_city(city) for city in cities], durations)),
        {_city(city): (days[0], days[1]) for city, days in fixed.items()},
        None if flights is None else frozenset((_city(a), _city(b)) for a, b in flights),
        tuple(spelt for line in procedure if (spelt := _spelt(line))),
    )
    wrong = fault(list(journey.plan), journey)
    if wrong:
        raise ScoreError(f"rule trace/plan: the reference contradicts itself: {wrong}")
    return journey


def _texts(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(text, str) for text in value)


def _days(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(type(n) is int and n > 0 for n in value)


@rule(
    "trace/plan",
    2,
    source="LongProc (arXiv:2501.05414), travel_planning_evaluator.py and longproc_data.py",
    extracts="the lines of the last block in <Solving Procedure> tags and the visits and flights "
    "of the last block in <Plan> tags, closed or not",
    compares="the search line by line; the plan by what it has to keep to",
)
def trace_plan(output: str, reference: Any, params: Params) -> Grade:
    """Whether a journey is searched step by step in the fixed order, and planned rightly.

    Reference: `cities` in the order of the right plan, `durations` (days, one for each),
    `procedure` (the lines of the right search), and what a plan has to keep to: `fixed` (first
    and last day of a city) and `flights` (pairs from, to). Without `flights` only the right
    plan itself is right. A stay begins on the last day of the one before, the first on day 1.
    No params.

    The paper score is LongProc's accuracy: between the first `<Plan>` and the first `</Plan>`
    the cities and how long one stays in them, reckoned from the days of the flights and the last
    day of the last visit, begin with those of the one right plan. The words of the visits
    and their first days are not looked at, nor is what follows on the last city, nor whether
    anything was searched. A city of two words, capitals, another plan that keeps to
    everything, a tag named in the prose or a block cut off fail. The score does not exist
    where a day has thousands of digits. Metric `paper_partial_accuracy` is the index of the last
    line compared over all lines, the plan's too; a line is right when it holds the right
    one. `paper_extraction_rate` is 1 as soon as both tags occur.

    The strict score is 1 when the whole search is told (each line once, in order, all its words
    and numbers) and a plan is given, visits and flights by turns, that keeps to everything;
    else 0. A plan alone earns metric `solution`, and `as_found` when it is the one the search
    ends with. The search counts from where it was last begun, with or without tags;
    case, indentation, bullets and punctuation do not count. Further metrics:
    `first_error_step`, `progress`, `steps`, `in_order`.
    """
    journey = _reference(reference)
    published = _published_score(output, reference)
    text = fold(output)
    plan, plan_start, ambiguous = read_plan(text)
    asked = list(journey.procedure)
    told = read_procedure(text, plan_start, asked)
    steps = compare_steps([spelt for _, spelt in told], asked)
    wrong = fault(plan, journey) if plan else "there is none"
    metrics = {
        **({} if published is None else published.companions),
        **steps.metrics,
        "solution": float(not wrong),
        "as_found": float(tuple(plan) == journey.plan),
    }
    paper = None if published is None else published.accuracy
    if not told and not plan:
        return replace(unreadable("no step and no plan is told", paper=paper), metrics=metrics)
    why = steps.explanation
    at = steps.first_error
    if at < min(len(told), len(asked)):
        why += f"; line {at + 1} is '{told[at][0][:120]}', expected '{asked[at][:120]}'"
    why += f"; the plan is wrong: {wrong[:200]}" if wrong else "; the plan is right"
    said = "\n".join(map(str, plan[:20])) or "\n".join(line for line, _ in told[:10])
    flags = ("ambiguous",) if ambiguous else ()
    return Grade(float(steps.exact and not wrong), paper, metrics, said[:500], why, flags)
