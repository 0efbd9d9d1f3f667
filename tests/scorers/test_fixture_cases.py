"""The recorded cases of all rules: where the strict and the published score differ, and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from synthctx.rules import FLAGS, RULES, grade

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "rules"
CASES: list[tuple[str, dict[str, Any]]] = [
    (f"{path.stem}-{number}-{case['rule']}", case)
    for path in sorted(FOLDER.glob("*.json"))
    for number, case in enumerate(json.loads(path.read_text(encoding="utf-8")))
]


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=[name for name, _ in CASES])
def test_case(case: dict[str, Any]) -> None:
    result = grade(
        case["rule"],
        output=case["output"],
        reference=case["reference"],
        params=case.get("params", {}),
        finish_reason=case.get("finish_reason"),
    )
    assert result.score == pytest.approx(case["score"]), case["why"]
    assert result.paper == (None if case["paper"] is None else pytest.approx(case["paper"]))
    if "flags" in case:
        assert list(result.flags) == case["flags"], case["why"]
    assert set(result.flags) <= set(FLAGS)
    for name, figure in case.get("metrics", {}).items():
        assert result.metrics[name] == pytest.approx(figure), f"{name}: {case['why']}"


def test_every_rule_has_cases() -> None:
    assert {case["rule"] for _, case in CASES} == set(RULES.names())


def test_the_first_case_of_a_rule_is_a_right_answer() -> None:
    first: dict[str, dict[str, Any]] = {}
    for _, case in CASES:
        first.setdefault(case["rule"], case)
    assert {rule: case["score"] for rule, case in first.items()} == dict.fromkeys(first, 1.0)
