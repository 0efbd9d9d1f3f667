"""LongProc's procedures that are one trace: routes, beliefs and code."""

from __future__ import annotations

import re
from typing import Any

from synthctx.rules import get_rule
from synthctx.scorers.trace_path import route_line
from synthctx.scorers.trace_state import State, Story, state_line

from . import Case, Figures, Uncovered

_HOP = re.compile(r"From (.+?), take a (\w+) to (.+)\.")


def _figures(case: Case, rule: str, reference: Any) -> Figures:
    grade = get_rule(rule).grade(case["prediction"], reference, {})
    companions = ("partial_accuracy", "extraction_rate")
    ours = {name: grade.metrics.get(f"paper_{name}") for name in companions}
    return Figures({"accuracy": grade.paper, **ours}, case["score"])


def _path(case: Case) -> Figures:
    lines = case["item"]["reference_output"].split("\n")
    hops = [(match[1], match[2], match[3]) for line in lines if (match := _HOP.fullmatch(line))]
    if [route_line(hop) for hop in hops] != lines:
        raise Uncovered("its reference is not a list of hops")
    return _figures(case, "trace/path", hops)


_STATE = re.compile(
    r"- Step \d+: \(.+?\) \{(?P<agent>.+?) location: (.+?); (?P<thing>.+?) location: (.+?); "
    r"(?P=agent) sees (?P=thing): (True|False); (?P=agent)'s belief on (?P=thing): (.+?)\}"
)


def _none(place: str) -> str | None:
    return None if place == "None" else place


def _state(case: Case) -> Figures:
    _, *lines, _ = case["item"]["reference_output"].split("\n")
    matches = [match for line in lines if (match := _STATE.fullmatch(line))]
    states = [State(_none(m[2]), _none(m[4]), m[5] == "True", _none(m[6])) for m in matches]
    agent, thing = (matches[0]["agent"], matches[0]["thing"]) if matches else ("", "")
    story = Story(agent, thing, tuple(states))
    if [state_line(story, i) for i in range(len(states))] != lines:
        raise Uncovered("its reference is not a list of states")
    reference = {"agent": agent, "object": thing, "states": [list(state) for state in states]}
    return _figures(case, "trace/state", reference)


CASES = {
    ("longproc", "path_traversal"): _path,
    ("longproc", "tom_tracking"): _state,
}
