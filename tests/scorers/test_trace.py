"""The rules about traces: what a mutation of a right answer moves, and what it leaves alone."""

from __future__ import annotations

import gc
import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from synthctx.countdown import HEADER, joined, search, told
from synthctx.errors import ScoreError
from synthctx.rules import Grade, grade
from synthctx.scorers.trace_countdown import trace_countdown
from synthctx.scorers.trace_path import route_line, trace_path
from synthctx.scorers.trace_plan import published_answer, published_stays, trace_plan
from synthctx.scorers.trace_state import State, Story, state_line, trace_state

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "rules"
RULES = {
    "trace/countdown": trace_countdown,
    "trace/path": trace_path,
    "trace/plan": trace_plan,
    "trace/state": trace_state,
}


@dataclass(frozen=True)
class Trace:
    """A right answer in parts.

    Attributes:
        steps: the lines of the procedure.
        before: what stands before it.
        after: what stands behind it, the final answer included.
        wrong: the same with a wrong final answer.
        value: which part of a line to spoil, and by what.
        answers: the metrics of the final answer.
        shares: the metrics that are shares of the steps, and those that `value` moves.
    """

    rule: str
    reference: Any
    steps: tuple[str, ...]
    before: str
    after: str
    wrong: str
    value: tuple[str, str]
    answers: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()

    def tell(self, steps: Sequence[str], after: str | None = None) -> str:
        return "\n".join([self.before, *steps]) + (self.after if after is None else after)

    def graded(self, output: str) -> Grade:
        return RULES[self.rule](output, self.reference, {})

    def spoilt(self, line: str) -> str:
        return re.sub(*self.value, line, count=1)


def path(hops: int) -> Trace:
    names = [f"Town{chr(97 + i % 26)} {i}" for i in range(hops + 1)]
    vehicles = ("bus", "train", "ferry")
    route = [(names[i], vehicles[i % 3], names[i + 1]) for i in range(hops)]
    steps = tuple(map(route_line, route))
    reference = [list(hop) for hop in route]
    return Trace(
        "trace/path", reference, steps, "<Route>", "\n</Route>", "", (r"take a \w+", "take a mule")
    )


def state(steps: int) -> Trace:
    rooms, places = ("Hall", "Study", None), ("Chest", "Shelf", "Drawer")
    states = [State(rooms[i % 3], places[i % 2], i % 3 == 1, places[i % 3]) for i in range(steps)]
    story = Story("Orla", "compass", tuple(states))
    lines = tuple(state_line(story, i) for i in range(steps))
    reference = {"agent": "Orla", "object": "compass", "states": [list(s) for s in states]}
    final = f"\nFinal Answer: the {states[-1].belief}"
    return Trace(
        "trace/state",
        reference,
        lines,
        "The trace:",
        final,
        "\nFinal Answer: the Attic",
        (r"sees compass: \w+", "sees compass: perhaps"),
        ("final_answer",),
        ("agent_location", "object_location", "sees", "belief"),
        ("sees",),
    )


def countdown(numbers: tuple[int, ...], target: int) -> Trace:
    found = search(numbers, target)
    assert found is not None
    after = told(found)[len("\n".join([HEADER, *found.lines])) :]
    last = found.solution[-1]
    return Trace(
        "trace/countdown",
        {"numbers": list(numbers), "target": target},
        found.lines,
        HEADER,
        after,
        after.replace(f"{last}\n</", f"{last}0\n</"),
        (r"[0-9]+", "77777"),
        ("solution", "as_found"),
    )


def plan(lines: int) -> Trace:
    tail = ("   |- No.", "    |- Yes.", "All 3 stays are placed.")
    procedure = [f" |- Try Eskby from Day {i} - {i + 3}." for i in range(lines - len(tail))]
    reference = {
        "cities": ["Norvale", "Eskby", "Tolmar"],
        "durations": [3, 4, 2],
        "fixed": {"Norvale": [1, 3]},
        "flights": [["Norvale", "Eskby"], ["Eskby", "Tolmar"]],
        "procedure": [*procedure, *tail],
    }
    text = published_answer(reference)
    after = text[text.index("\n</Solving") :]
    return Trace(
        "trace/plan",
        reference,
        (*procedure, *tail),
        "<Solving Procedure>",
        after,
        after.replace("Day 3:", "Day 4:"),
        (r"\w+", "Perhaps"),
        ("solution", "as_found"),
    )


TRACES = [countdown((60, 54, 20, 37), 57), path(12), plan(12), state(12)]
each_trace = pytest.mark.parametrize("trace", TRACES, ids=[trace.rule for trace in TRACES])


def check(trace: Trace, output: str, **moved: float) -> None:
    """Check that these metrics are moved, and no other (the published ones aside)."""
    right = trace.graded(trace.tell(trace.steps)).metrics
    result = trace.graded(output)
    assert result.score == 0.0
    expected = {**right, **moved}
    own = [name for name in expected if not name.startswith("paper_")]
    found = {name: result.metrics[name] for name in own}
    assert found == pytest.approx({name: expected[name] for name in own}), result.explanation


@each_trace
def test_a_right_answer_has_it_all(trace: Trace) -> None:
    result = trace.graded(trace.tell(trace.steps))
    count = float(len(trace.steps))
    assert (result.score, result.paper, result.flags) == (1.0, 1.0, ())
    own = {n: v for n, v in result.metrics.items() if n != "steps"}
    assert own == dict.fromkeys(own, 1.0)
    assert result.metrics["steps"] == count
    assert "first_error_step" not in own


@each_trace
def test_a_step_is_dropped(trace: Trace) -> None:
    count = len(trace.steps)
    rest = 1 - 1 / count
    for k in range(count):
        output = trace.tell([*trace.steps[:k], *trace.steps[k + 1 :]])
        shares = dict.fromkeys(trace.shares, rest)
        check(trace, output, first_error_step=k + 1, progress=k / count, in_order=rest, **shares)


@each_trace
def test_two_steps_are_swapped(trace: Trace) -> None:
    count = len(trace.steps)
    for k in range(count - 1):
        one, other = trace.steps[k : k + 2]
        output = trace.tell([*trace.steps[:k], other, one, *trace.steps[k + 2 :]])
        check(trace, output, first_error_step=k + 1, progress=k / count, in_order=1 - 1 / count)


@each_trace
def test_a_step_is_repeated(trace: Trace) -> None:
    count = len(trace.steps)
    for k in range(count):
        output = trace.tell([*trace.steps[: k + 1], *trace.steps[k:]])
        at = k + 1
        in_order = count / (count + 1)
        check(trace, output, first_error_step=at + 1, progress=at / count, in_order=in_order)


@each_trace
def test_an_answer_breaks_off_half_way(trace: Trace) -> None:
    half = len(trace.steps) // 2
    share = half / len(trace.steps)
    gone = dict.fromkeys(trace.answers, 0.0) | dict.fromkeys(trace.shares, share)
    output = trace.tell(trace.steps[:half], "")
    check(trace, output, first_error_step=half + 1, progress=share, in_order=share, **gone)


@each_trace
def test_one_value_is_wrong(trace: Trace) -> None:
    count = len(trace.steps)
    rest = 1 - 1 / count
    for k, step in enumerate(trace.steps):
        output = trace.tell([*trace.steps[:k], trace.spoilt(step), *trace.steps[k + 1 :]])
        moved = dict.fromkeys(trace.moved, rest)
        check(trace, output, first_error_step=k + 1, progress=k / count, in_order=rest, **moved)


@each_trace
def test_the_final_answer_is_wrong(trace: Trace) -> None:
    if not trace.answers:  # a route ends with its last hop
        output = trace.tell([*trace.steps[:-1], trace.steps[-1].replace(" to ", " to New ")])
        rest = len(trace.steps) - 1
        share = rest / len(trace.steps)
        check(trace, output, first_error_step=rest + 1, progress=share, in_order=share)
        return
    check(trace, trace.tell(trace.steps, trace.wrong), **dict.fromkeys(trace.answers, 0.0))


@each_trace
def test_the_final_answer_is_missing(trace: Trace) -> None:
    if trace.answers:
        check(trace, trace.tell(trace.steps, ""), **dict.fromkeys(trace.answers, 0.0))
    else:
        assert trace.graded(trace.tell(trace.steps, "")).score == 1.0


@each_trace
def test_what_stands_round_a_trace_does_not_count(trace: Trace) -> None:
    answer = trace.tell(trace.steps)
    half = trace.tell(trace.steps[: len(trace.steps) // 2], "")
    for output in (
        f"Let me see.\n\n{answer}\n\nThat is all.",
        f"```\n{answer}\n```",
        answer.replace("\n", "\r\n"),
        answer.replace("\n", "\n\n"),
        answer.swapcase(),
        f"{half}\nI lost the thread; all of it again.\n{answer}",
    ):
        assert trace.graded(output).score == 1.0, output[:200]


# ---------------------------------------------------------------- time

LONG = [
    countdown((38, 5, 2, 32, 49), 347),
    path(24_000),
    plan(28_000),
    state(6_000),
]


def seconds(run: Callable[[], object]) -> float:
    """Return the processor's time; a collection of other tests' garbage is not part of it."""
    gc.disable()
    start = time.process_time()
    run()
    took = time.process_time() - start
    gc.enable()
    return took


@pytest.mark.parametrize("trace", LONG, ids=[trace.rule for trace in LONG])
def test_a_long_right_answer_is_graded_at_once(trace: Trace) -> None:
    output = trace.tell(trace.steps)
    assert len(output) > 900_000
    start = time.process_time()
    assert trace.graded(output).score == 1.0
    assert time.process_time() - start < 4.0  # a second or less alone on one core


@each_trace
def test_time_grows_with_the_length_only(trace: Trace) -> None:
    pieces = (
        trace.tell(trace.steps) + "\n",
        trace.tell(trace.steps, ""),
        trace.before,
        trace.steps[0] + "\n",
        trace.steps[-1] + " ",
        trace.after,
        trace.after.rstrip()[-40:-12],
        "<Plan>Day 1-2: arriving in a and visit b and visit c for 3 for 3 day\n",
        "Day 1 from a to from b to ",
        "from a take a take a b to ",
        "<Solution>1 + 1 = 2;",
    )
    for piece in filter(None, pieces):
        output = piece * (1_000_000 // len(piece) + 1)
        half = output[: len(output) // 2]
        once = min(seconds(partial(trace.graded, half)) for _ in range(3))
        twice = min(seconds(partial(trace.graded, output)) for _ in range(3))
        assert twice < 4 * once + 0.05, f"{piece[:60]!r}: {once:.3f} s, {twice:.3f} s"
        assert twice < 4.0, f"{piece[:60]!r}: {twice:.3f} s"


# ---------------------------------------------------------------- details

CASES = [
    (f"{name}-{number}", case)
    for name in ("trace_countdown", "trace_path", "trace_plan", "trace_state")
    for number, case in enumerate(json.loads((FIXTURES / f"{name}.json").read_text("utf-8")))
    if "metrics" in case
]


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=[name for name, _ in CASES])
def test_metrics_of_the_recorded_cases(case: dict[str, Any]) -> None:
    result = grade(case["rule"], output=case["output"], reference=case["reference"])
    found = {name: result.metrics[name] for name in case["metrics"]}
    assert found == pytest.approx(case["metrics"]), case["why"]


def test_every_step_of_the_search_is_told() -> None:
    found = search((5, 5, 2, 30), 57)
    assert found is not None
    assert any("/ 0 (invalid operation). drop this branch." in line for line in found.lines)
    assert any("is a decimal, drop this branch." in line for line in found.lines)
    assert found.lines[-1].endswith("Evaluate 57 == 57, target found!")
    assert sum("target found" in line for line in found.lines) == 1
    numbers = [5, 5, 2, 30]
    for equation in found.solution:
        numbers.remove(equation.first)
        numbers.remove(equation.second)
        numbers.append(equation.result)
        assert joined(*equation[:3]) == equation.result
    assert numbers == [57]


@pytest.mark.parametrize("numbers", [(2, 3, 4), (9, 1, 1, 8), (1, 2, 3, 4, 5)])
def test_other_numbers_of_numbers(numbers: tuple[int, ...]) -> None:
    trace = countdown(numbers, sum(numbers))
    result = trace.graded(trace.tell(trace.steps))
    assert result.score == 1.0
    assert result.paper == (1.0 if len(numbers) == 4 else None)  # published are three equations


def test_a_target_out_of_reach() -> None:
    assert search((2, 2, 2, 2), 1999) is None
    found = search((2, 30, 40), 100, limit=100)
    assert found is None


def test_no_python_is_run(tmp_path: Path) -> None:
    spy = tmp_path / "spy"
    for line in (f"open({str(spy)!r}, 'w').close() or 1 + 1 = 2", "9**9**9**9**9 + 1 = 2"):
        output = f"<Solution>\n{line}\n{line}\n{line}\n</Solution>"
        result = trace_countdown(output, {"numbers": [60, 54, 20, 37], "target": 57}, {})
        assert result.score == 0.0
    assert not spy.exists()


@pytest.mark.parametrize(
    ("plan_text", "stays"),
    [
        ("Day 1-2: x\nDay 2: from A to B\nDay 2-5: y", [("A", 2), ("B", 4)]),
        ("1-2\nDay 1 Day 2 from A to B from C to D", [("C", 2), ("D", 1)]),
        ("European cities for 5 days\n2-5\nDay 2 from A to B", []),
        ("Day 2 from A to B", []),
        ("1-9", []),
    ],
)
def test_published_stays(plan_text: str, stays: list[tuple[str, int]]) -> None:
    assert published_stays(plan_text) == stays


BAD: dict[str, list[Any]] = {
    "trace/countdown": [
        None,
        {"numbers": [1, 2, 3]},
        {"numbers": [1, 2], "target": 3},
        {"numbers": [1, 2, 3, 4, 5, 6], "target": 3},
        {"numbers": [1, -2, 3], "target": 3},
        {"numbers": [1, True, 3], "target": 3},
        {"numbers": [1, 1, 1, 1], "target": 1000},
    ],
    "trace/path": [None, [], [["a", "b"]], [["a", "b", " "]], "from a to b"],
    "trace/plan": [
        None,
        {"cities": ["A"], "durations": [1]},
        {"cities": ["A"], "durations": [0], "procedure": ["x"]},
        {"cities": ["A", "a"], "durations": [1, 1], "procedure": ["x"]},
        {"cities": ["A", "B"], "durations": [1], "procedure": ["x"]},
        {"cities": ["A"], "durations": [1], "procedure": ["-"]},
        {"cities": ["A"], "durations": [1], "procedure": ["x"], "fixed": {"A": [2, 2]}},
        {"cities": ["A"], "durations": [1], "procedure": ["x"], "fixed": {1: [1, 1]}},
        {"cities": ["A", "B"], "durations": [1, 1], "procedure": ["x"], "flights": [["B", "A"]]},
    ],
    "trace/state": [None, {"agent": "a", "object": "b", "states": []}, {"states": [[1]]}],
}


@pytest.mark.parametrize(
    ("rule", "reference"), [(rule, reference) for rule, those in BAD.items() for reference in those]
)
def test_bad_references(rule: str, reference: Any) -> None:
    with pytest.raises(ScoreError, match=rule):
        RULES[rule]("x", reference, {})
