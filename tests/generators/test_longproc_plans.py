"""Journeys with one plan only, found by a search as long as asked for."""

from __future__ import annotations

import re
from itertools import pairwise, permutations

import pytest

from synthctx.compose import Sample, compose
from synthctx.errors import GenerationError, SuiteError
from synthctx.generators._longproc_journey import Sizes, another_plan, draw
from synthctx.generators._longproc_towns import bundles, flights, towns, visited
from synthctx.generators.longproc_travel import procedure
from synthctx.rules import Grade, grade
from synthctx.streams import Streams
from synthctx.suite import Suite
from synthctx.tasks import get_task
from synthctx.tokenizers import get_tokenizer

TASK = "longproc/travel_planning"


def samples(
    length: int = 8192,
    number: int = 1,
    depth: float | None = None,
    tokenizer: str = "tekken",
    **params: object,
) -> list[Sample]:
    test = {"task": TASK, "length": [length], "samples": number, "params": params}
    if depth is not None:
        test["depth"] = [depth]
    document = {"name": "plans", "seed": 3, "tokenizer": tokenizer, "tests": [test]}
    return [compose(row) for row in Suite.from_document(document).rows()]


def graded(sample: Sample, output: str) -> Grade:
    return grade(
        sample.task.rule,
        output=output,
        reference=sample.draft.reference,
        params=dict(sample.draft.rule_params),
    )


def all_plans(
    days: dict[str, int], fixed: dict[str, int], legs: set[tuple[str, str]]
) -> list[tuple[str, ...]]:
    """Look at every order of the cities."""
    found = []
    for order in permutations(days):
        if any(leg not in legs for leg in pairwise(order)):
            continue
        day, good = 1, True
        for city in order:
            good = good and fixed.get(city, day) == day
            day += days[city] - 1
        if good:
            found.append(order)
    return found


def asked(sample: Sample) -> tuple[dict[str, int], dict[str, int], set[tuple[str, str]]]:
    """Read the problem out of the prompt."""
    page, _, question = sample.prompt.rpartition("\nJourney of ")
    rows = re.findall(r"^\d+\. (\w+): (\d+) days(?:, fixed from day (\d+))?", question, re.M)
    days = {name: int(number) for name, number, _ in rows}
    fixed = {name: int(first) for name, _, first in rows if first}
    lines = re.findall(r"^From (\w+) to (\w+)\.$", page.rpartition("Flights:\n")[2], re.M)
    return days, fixed, {(a, b) for a, b in lines if a in days and b in days}


@pytest.mark.parametrize("fixed", [0, 1, 2, 3])
@pytest.mark.parametrize("size", [300, 512, 1024, 2048])
def test_there_is_exactly_one_plan(size: int, fixed: int) -> None:
    for sample in samples(6000 + 2 * size, 4, output_tokens=size, fixed=fixed):
        days, windows, legs = asked(sample)
        if len(days) > 8:
            continue
        assert all_plans(days, windows, legs) == [tuple(sample.draft.reference["cities"])]
        assert len(windows) == min(fixed, len(days) - 1)


@pytest.mark.parametrize("size", [256, 512, 1000, 2048, 8192, 20_000])
def test_the_answer_is_as_long_as_asked_for(size: int) -> None:
    tokenizer = get_tokenizer("tekken")
    for sample in samples(4096 + 3 * size, 4, output_tokens=size):
        output = sample.task.read(sample.prompt)
        result = graded(sample, output)
        assert (result.score, result.paper) == (1.0, 1.0), result.explanation
        assert result.metrics["as_found"] == 1.0
        count = tokenizer.count(output)
        assert sample.draft.rule_params["reference_tokens"] == count
        assert abs(count - size) <= 0.1 * size
        assert sample.max_output_tokens >= 1.25 * count
        assert 0 <= sample.shortfall <= getattr(sample.draft.body, "item_tokens", 0) < 30


@pytest.mark.parametrize(
    ("tokenizer", "size", "length"), [("words", 700, 8000), ("chars", 5000, 30_000)]
)
def test_other_tokenizers(tokenizer: str, size: int, length: int) -> None:
    for sample in samples(length, 3, tokenizer=tokenizer, output_tokens=size):
        output = sample.task.read(sample.prompt)
        assert graded(sample, output).score == 1.0
        assert abs(get_tokenizer(tokenizer).count(output) - size) <= 0.1 * size


@pytest.mark.parametrize("cities", [3, 5, 8, 12, 14])
def test_the_number_of_cities_can_be_said(cities: int) -> None:
    size = {3: 320, 5: 560, 8: 2048}.get(cities, 8192)
    sample = samples(40_000, cities=cities, output_tokens=size)[0]
    assert len(sample.draft.reference["cities"]) == cities
    assert graded(sample, sample.task.read(sample.prompt)).score == 1.0


def test_sizes_out_of_reach_are_refused() -> None:
    with pytest.raises(GenerationError, match="output_tokens"):
        samples(40_000, cities=14, output_tokens=300)
    with pytest.raises(SuiteError, match="output_tokens"):
        samples(output_tokens=100)
    defaults = {name: schema["default"] for name, schema in get_task(TASK).params.items()}
    assert defaults == {"output_tokens": 512, "cities": None, "fixed": 1, "examples": 4}


def test_many_small_journeys_have_one_plan() -> None:
    sizes = Sizes(20, 25, 20, 15, 0.5)
    found = 0
    for number in range(900):
        stream = Streams(["test"])("journey", number)
        names = stream.sample(towns(), stream.between(3, 7))
        target = stream.between(8, 160) * 20
        journey = draw(stream, names, stream.between(0, 2), sizes, 0.9 * target, 1.1 * target)
        if journey is None:
            continue
        found += 1
        days = dict(zip(names, journey.days, strict=True))
        fixed = {names[city]: day for day, city in journey.fixed}
        legs = {(names[a], names[b]) for a, b in journey.flights}
        assert all_plans(days, fixed, legs) == [tuple(names[city] for city in journey.plan)]
        assert another_plan(journey) is None
        assert procedure(journey)[-1].endswith("every city is visited")
    assert found > 30


def test_a_wrong_line_costs() -> None:
    for sample in samples(number=4):
        right = sample.task.read(sample.prompt)
        lines = right.split("\n")
        for at, line in enumerate(lines):
            without = "\n".join([*lines[:at], *lines[at + 1 :]])
            number = re.search(r"\d+", line)
            if line.strip() and not line.startswith("<"):
                assert graded(sample, without).score == 0.0, line
            if number is not None:
                changed = f"{line[: number.start()]}{int(number[0]) + 1}{line[number.end() :]}"
                wrong = "\n".join([*lines[:at], changed, *lines[at + 1 :]])
                assert graded(sample, wrong).score == 0.0, changed
        twice = "\n".join([*lines[:6], lines[5], *lines[6:]])
        assert graded(sample, twice).score == 0.0


def test_a_plan_alone_is_a_solution_and_no_search() -> None:
    sample = samples()[0]
    right = sample.task.read(sample.prompt)
    result = graded(sample, right[right.index("<Plan>") :])
    assert (result.score, result.paper) == (0.0, 1.0)
    assert result.metrics["solution"] == 1.0
    assert graded(sample, right.partition("<Plan>")[0]).score == 0.0
    plain = right.replace("**", "").replace("|- ", "- ").replace("  ", "")
    assert graded(sample, plain).score == 1.0


def test_examples_are_solved_by_the_reader_too() -> None:
    prompt = samples(16_384, examples=8)[0].prompt
    examples = re.findall(r"^Example \d+\n\n(.*?)\nAnswer:\n(.*?</Plan>)", prompt, re.M | re.S)
    assert len(examples) == 8
    for problem, answer in examples:
        assert get_task(TASK).read(problem) == answer
    cities = [set(re.findall(r"^\d+\. (\w+):", problem, re.M)) for problem, _ in examples]
    assert all(not one & other for one, other in pairwise(cities))


def test_flights_lie_where_they_are_asked_for() -> None:
    spread, late = samples(30_000)[0], samples(30_000, depth=1.0)[0]
    assert spread.draft.reference == late.draft.reference
    depths = [piece.depth for piece in spread.evidence]
    assert min(depths) < 0.2
    assert max(depths) > 0.8
    assert min(piece.depth for piece in late.evidence) > 0.99
    days, _, legs = asked(spread)
    assert legs == set(map(tuple, spread.draft.reference["flights"]))
    assert len(spread.evidence) == len(legs)
    others = re.findall(r"^From (\w+) to (\w+)\.$", spread.context, re.M)
    assert len(others) == len(set(others))
    assert any((a in days) != (b in days) for a, b in others)


def test_towns_and_flights_are_different() -> None:
    names = towns()
    assert len(names) == len(set(names)) > 800
    joined = "\n".join(sorted(names))
    assert all(joined.count(name) == 1 for name in names)
    assert all(re.fullmatch(r"[A-Z][a-z]+", name) for name in names)
    lines = [line for block in range(40) for line in flights("tekken")._make(block)]
    for block in range(40):
        for bundle in bundles("tekken")._make(block):
            lines += bundle.splitlines(keepends=True)
    assert len(lines) == len(set(lines)) > 80_000
    for a, b in re.findall(r"From (\w+) to (\w+)\.", "".join(lines)):
        assert a != b
        assert not {a, b} <= set(visited())


def test_too_short_and_cut() -> None:
    with pytest.raises(GenerationError, match="too short"):
        samples(2000)
    sample = samples()[0]
    for share in (0.1, 0.5, 0.9, 1.0):
        assert isinstance(sample.task.read(sample.prompt[int(len(sample.prompt) * share) :]), str)
    flight = re.compile(r"^From .*\n", re.M)
    assert graded(sample, sample.task.read(flight.sub("", sample.prompt))).score == 0.0
