"""LongProc's procedures that are a search: countdown and travel plans."""

from __future__ import annotations

import re
from typing import Any

from synthctx.countdown import search, told
from synthctx.rules import get_rule
from synthctx.scorers.trace_plan import published_answer

from . import Case, Figures, Uncovered


def _figures(case: Case, rule: str, reference: Any) -> Figures:
    """Return our three figures and the published ones; none at all where that raised."""
    grade = get_rule(rule).grade(case["prediction"], reference, {})
    companions = ("partial_accuracy", "extraction_rate")
    ours = {name: grade.metrics.get(f"paper_{name}") for name in companions}
    published = case["score"]
    if not isinstance(published, dict) or "raises" in published:
        published = dict.fromkeys(("accuracy", *companions))
    return Figures({"accuracy": grade.paper, **ours}, published)


def _countdown(case: Case) -> Figures:
    item = case["item"]
    found = search(tuple(item["nums"]), item["target"])
    if found is None or told(found) != item["reference_output"]:
        raise Uncovered("its reference is not the search for its target")
    reference = {"numbers": item["nums"], "target": item["target"]}
    return _figures(case, "trace/countdown", reference)


_FIXED = re.compile(
    r"^\* City: (.+?), Duration: \d+ days, Fixed Schedule: Day (\d+) - (\d+)\.$", re.MULTILINE
)


def _plan(case: Case) -> Figures:
    item = case["item"]
    text = item["reference_output"]
    procedure = text.partition("<Solving Procedure>\n")[2].partition("\n</Solving Procedure>")[0]
    reference = {
        "cities": item["ground_truth_cities"].split("**"),
        "durations": [int(days) for days in item["ground_truth_durations"].split("**")],
        "fixed": {m[1]: [int(m[2]), int(m[3])] for m in _FIXED.finditer(procedure)},
        "procedure": procedure.split("\n"),
    }
    if published_answer(reference) != text:
        raise Uncovered("its reference is not a procedure and its plan")
    return _figures(case, "trace/plan", reference)


CASES = {
    ("longproc", "countdown"): _countdown,
    ("longproc", "travel_planning"): _plan,
}
