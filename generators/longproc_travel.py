"""Journeys planned by a search that is written down step by step.

Source: LongProc (arXiv:2501.05414), travel_planning. Kept: cities to be visited once each, for
so many days, some on fixed days; flights in one direction; a stay begins on the day the one
before ends; a depth-first search in the order of the list, written with an indentation for each
level, then the plan, each in tags of its own; four worked examples in front.

Changed. Sizes: the length of the answer (`output_tokens`: search and plan, met within 10 %; 128
is out of reach, so 256 to 65,536) has nothing to do with the length of the prompt, which is
filled up with flights of other cities, from and to the asked ones too. Wording: a step is one
line and says what was tried and with what result. Cities: names are made up and one word each.
One plan: published journeys may have several plans, of which only the first counts; here
exactly one order of the cities keeps to flights and fixed days (`_longproc_journey` says why),
so the search ends with it and with none else. The rule compares every line of the search,
where the published one is content with the plan.

The flights between asked cities are the evidence: with a depth all of them stand there, without
one they are spread over the list in random order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from synthctx.compose import Room
from synthctx.errors import GenerationError
from synthctx.generators._longproc_journey import Journey, Sizes, Try, draw, search
from synthctx.generators._longproc_journey_read import read_journey
from synthctx.generators._longproc_towns import FLIGHT, bundles, elsewhere, flights, visited
from synthctx.items import items_body, put_among
from synthctx.streams import Stream, Streams
from synthctx.tasks import Draft, Task, register
from synthctx.tokenizers import Tokenizer, get_tokenizer

_RULES = """\
You plan a journey. Flights are given one a line; each goes in that direction only. Then the \
cities to be visited are listed, with the days to stay in each; some have their days fixed. \
Visit every listed city exactly once and no other. A flight takes no time: the day on which you \
leave a city is the last day there and the first day in the next one. The journey begins on \
day 1, in any city, and a city of d days that is reached on day x is left on day x + d - 1.

Find the plan by this search and write the search down, one line for each step:
- Three lines come first: "Stays:" with all cities in listed order and their days; "Fixed:" with \
the fixed cities by their first day, and that day (or none); "Free:" with the other cities in \
listed order (or none).
- On each day look at what can come next. When a fixed city that is not visited yet begins on \
that day, it alone is tried; otherwise the free cities not visited yet, in listed order.
- Trying a city: without a flight from where you are, write "no flight, drop" (there is nothing \
to fly on day 1). With one, compute the day on which the city is left. Is that later than the \
first day of the next fixed city not yet visited (when none is left, the last day of the \
journey), write "until day N, past day L, drop". Otherwise write "until day N, go on" and search \
on from there, one level deeper.
- When all that can be tried on a level has been tried, write "dead end in CITY, back" (on day 1: \
"dead end, back") and go back up one level.
- When all cities are visited, write "every city is visited" and stop.
Each step begins with two blanks for each city visited before, then "|- " and the day.
"""
_PREFIX = """
Now your task. Most of these flights are of no use; look for those between the listed cities.

Flights:
"""
_ASK = """
Write the search between <Solving Procedure> and </Solving Procedure>, then the plan between \
<Plan> and </Plan>, as in the examples.
"""
_MINIMUM, _MAXIMUM = 256, 65_536
_LOW, _HIGH = 0.93, 1.07  # of the tokens asked for; less than the 10 % that are promised
_TRIES = 600
# cities of a journey whose search has up to so many tokens
_CITIES = (
    (350, 3, 6),
    (1000, 5, 9),
    (3000, 6, 11),
    (12_000, 8, 12),
    (_MAXIMUM, 10, 14),
)
_EXAMPLES = 8


# ---------------------------------------------------------------- question, search and plan


def question(journey: Journey) -> str:
    """Return what is asked, ending in a newline."""
    lines = [
        f"Journey of {journey.total} days to {len(journey.names)} cities, listed in this order:"
    ]
    begin = {city: day for day, city in journey.fixed}
    for city, (name, days) in enumerate(zip(journey.names, journey.days, strict=True)):
        first = begin.get(city)
        when = "" if first is None else f", fixed from day {first} to day {first + days - 1}"
        lines.append(f"{city + 1}. {name}: {days} days{when}")
    return "\n".join(lines) + "\n"


def _line(step: Try, names: Sequence[str]) -> str:
    here = "" if step.last is None else names[step.last]
    lead = f"{'  ' * step.depth}|- Day {step.day}: "
    if step.kind == "done":
        return f"{lead}every city is visited"
    if step.kind == "back":
        return f"{lead}dead end in {here}, back" if here else f"{lead}dead end, back"
    lead += f"{here} to {names[step.city]}: " if here else f"begin in {names[step.city]}: "
    if step.kind == "missing":
        return f"{lead}no flight, drop"
    past = "go on" if step.kind == "stay" else f"past day {step.limit}, drop"
    return f"{lead}until day {step.until}, {past}"


def procedure(journey: Journey) -> list[str]:
    """Return the lines of the search."""
    names = journey.names
    stays = zip(names, journey.days, strict=True)
    fixed = ", ".join(f"{names[city]} from day {day}" for day, city in journey.fixed)
    return [
        "Stays: " + ", ".join(f"{name} {days}" for name, days in stays),
        "Fixed: " + (fixed or "none"),
        "Free: " + (", ".join(names[city] for city in journey.free()) or "none"),
        *(_line(step, names) for step in search(journey)),
    ]


def _plan(journey: Journey) -> list[str]:
    out, before = [], ""
    for city, day in zip(journey.plan, journey.starts(), strict=True):
        name, days = journey.names[city], journey.days[city]
        out += [f"**Day {day}:** Fly from {before} to {name}."] if before else []
        out.append(f"**Day {day}-{day + days - 1}:** Visit {name} for {days} days.")
        before = name
    return out


def _answer(searched: Sequence[str], journey: Journey) -> str:
    lines, plan = "\n".join(searched), "\n".join(_plan(journey))
    return f"<Solving Procedure>\n{lines}\n</Solving Procedure>\n\n<Plan>\n{plan}\n</Plan>"


# ---------------------------------------------------------------- a journey of the size asked for


@lru_cache(maxsize=8)
def _sizes(tokenizer: str) -> Sizes:
    """Return the tokens that lines of a search have on the average."""
    names = Streams(["sizes"])("names").sample(visited(), 24)

    def mean(kind: str, depth: int) -> float:
        steps = [Try(kind, depth, 12, i, i + 1, 17, 14) for i in range(len(names) - 1)]
        text = "".join(_line(step, names) + "\n" for step in steps)
        return get_tokenizer(tokenizer).count(text) / len(steps)

    level = (mean("missing", 9) - mean("missing", 1)) / 8
    missing, late, stay, back = (
        mean(kind, 2) - 2 * level for kind in ("missing", "late", "stay", "back")
    )
    return Sizes(missing, late, stay, back, level)


def _number(stream: Stream, asked: int | None, target: int) -> int:
    if asked is not None:
        return asked
    _, low, high = next(band for band in _CITIES if target <= band[0])
    return stream.between(low, high)


@dataclass(frozen=True, slots=True)
class _Found:
    journey: Journey
    searched: list[str]
    tokens: int


def _find(room: Room, tokenizer: Tokenizer) -> _Found:
    """Return a journey whose search and plan have as many tokens as asked for.

    Raises:
        GenerationError: none was found.
    """
    p = room.params
    target, bound = p["output_tokens"], p["fixed"]
    scale = 1.0
    for attempt in range(_TRIES):
        same, stream = room.both("evidence", attempt)
        number = _number(same, p["cities"], target)
        names = stream.sample(visited(), number)
        around = 22 * number + 30  # about what the first lines and the plan take, in words
        around = round(around * room.line_tokens([_sample_visit(names)])[0] / 22)
        factor = [scale * size for size in _sizes(room.row.tokenizer)]
        low, high = target * 0.95 - around, target * 1.05 - around
        journey = draw(stream, names, bound, Sizes(*factor), low, high) if high > 0 else None
        if journey is None:
            continue
        searched = procedure(journey)
        tokens = tokenizer.count(_answer(searched, journey))
        if _LOW * target <= tokens <= _HIGH * target:
            return _Found(journey, searched, tokens)
        scale = min(1.5, max(0.6, scale * (tokens / target) ** 0.7))
    cities = "3 to 14" if p["cities"] is None else p["cities"]
    raise GenerationError(
        f"longproc/travel_planning: no journey of {cities} cities, {bound} of them on fixed days,"
        f" was found whose search and plan take {target:,} output_tokens ({tokenizer.name}): ask"
        " for another number of them, or leave the number of cities open"
    )


def _sample_visit(names: Sequence[str]) -> str:
    return f"**Day 4:** Fly from {names[0]} to {names[1]}.\n**Day 4-8:** Visit {names[1]}.\n"


# ---------------------------------------------------------------- examples


@lru_cache(maxsize=1)
def _examples() -> tuple[str, ...]:
    """Return worked examples, the same in every prompt; none of their cities is asked about."""
    streams = Streams(["longproc journeys", "examples", 1])
    names = streams("names").shuffled(elsewhere())
    out: list[str] = []
    for number in range(_EXAMPLES):
        for attempt in range(_TRIES):
            stream = streams("example", number, attempt)
            cities = [names.pop() for _ in range(3 + number % 2)]
            journey = draw(stream, cities, 1, Sizes(1, 1, 1, 1, 0), 6, 12)
            if journey is not None:
                break
            names += cities
        else:
            raise GenerationError("longproc/travel_planning: no example was found")
        legs = stream.shuffled(sorted(journey.flights))
        lines = "".join(FLIGHT.format(cities[a], cities[b]) for a, b in legs)
        answer = _answer(procedure(journey), journey)
        out.append(
            f"\nExample {number + 1}\n\nFlights:\n{lines}\n{question(journey)}\nAnswer:\n{answer}\n"
        )
    return tuple(out)


# ---------------------------------------------------------------- the test


def build(room: Room) -> Draft:
    """Draw a journey of the size asked for and hide its flights among others."""
    found = _find(room, room.tokenizer)
    journey, names = found.journey, found.journey.names
    prefix = _RULES + "".join(_examples()[: room.params["examples"]]) + _PREFIX
    suffix = "\n\n" + question(journey) + _ASK
    out = found.tokens * 5 // 4 + 64
    order = room.streams("order")
    legs = order.shuffled(sorted(journey.flights))
    needed = [FLIGHT.format(names[a], names[b]) for a, b in legs]
    tokens = room.line_tokens(needed)
    left = room.budget(prefix, suffix, out) - sum(tokens)
    if left < 0:
        raise room.too_short(f"rules, examples and an answer of {found.tokens:,} tokens")
    many, sizes, _ = bundles(room.row.tokenizer).draw(room, left, "bundles")
    few, few_sizes, one_more = flights(room.row.tokenizer).draw(room, left - sum(sizes), "flights")
    others, sizes = [*many, *few], [*sizes, *few_sizes]
    placed = order.permutation(len(others)).tolist()
    others, sizes = [others[i] for i in placed], [sizes[i] for i in placed]
    depth = room.row.depth
    even = [(i + 0.5) / len(needed) for i in range(len(needed))]
    depths = even if depth is None else [depth] * len(needed)
    return Draft(
        prefix=prefix,
        body=items_body(room, put_among(others, sizes, needed, tokens, depths), one_more),
        suffix=suffix,
        reference=_reference(journey, found.searched),
        max_output_tokens=out,
        rule_params={"reference_tokens": found.tokens},
    )


def _reference(journey: Journey, searched: list[str]) -> dict[str, Any]:
    names, days = journey.names, journey.days
    return {
        "cities": [names[city] for city in journey.plan],
        "durations": [days[city] for city in journey.plan],
        "procedure": searched,
        "fixed": {names[city]: [day, day + days[city] - 1] for day, city in journey.fixed},
        "flights": [[names[a], names[b]] for a, b in sorted(journey.flights)],
    }


def read(prompt: str) -> str:
    """Search for a plan, by the question and the flights in the prompt."""
    return read_journey(prompt)


def guesses(prompt: str) -> list[str]:
    """Return the answer of the last example, and the listed cities in their order as a plan."""
    start = prompt.find("<Solving Procedure>\nStays:")
    end = prompt.rfind("</Plan>\n\nNow your task")
    asked = prompt.rpartition("\nJourney of ")[2].split("\n")[1:]
    day, lines, before = 1, [], ""
    for line in asked:
        name, mark, rest = line.partition(". ")[2].partition(": ")
        if not mark:
            break
        days = int(rest.split()[0])
        lines += [f"**Day {day}:** Fly from {before} to {name}."] if before else []
        lines.append(f"**Day {day}-{day + days - 1}:** Visit {name} for {days} days.")
        day, before = day + days - 1, name
    listed = "<Plan>\n" + "\n".join(lines) + "\n</Plan>"
    return [prompt[max(0, start) : end + 7], listed]


register(
    Task(
        id="longproc/travel_planning",
        version=1,
        rule="trace/plan",
        summary="A journey of flights and fixed days, searched step by step in a fixed order",
        source="Ye et al. 2025 (LongProc), travel_planning",
        scope="every flight between 3 to 14 cities, again and again",
        diffusion="among flights of other cities",
        build=build,
        read=read,
        params={
            "output_tokens": {
                "type": "integer",
                "minimum": _MINIMUM,
                "maximum": _MAXIMUM,
                "default": 512,
            },
            "cities": {"type": ["integer", "null"], "minimum": 3, "maximum": 14, "default": None},
            "fixed": {"type": "integer", "minimum": 0, "maximum": 4, "default": 1},
            "examples": {"type": "integer", "minimum": 1, "maximum": _EXAMPLES, "default": 4},
        },
        depth_default=None,
        guesses=guesses,
    )
)
