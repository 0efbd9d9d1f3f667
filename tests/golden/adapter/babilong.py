"""BABILong."""

from __future__ import annotations

from . import Case, GoldenCheck, Key, Mapper, one


def labels(case: Case) -> GoldenCheck:
    params = {"task": case["task"], "question": case["params"]["question"]}
    return one("label/babilong", case, case["reference"], params)


def old(case: Case) -> GoldenCheck:
    return one("label/babilong", case, case["reference"], {"published": "old"})


CASES: dict[Key, Mapper] = {
    ("BABILong", "*"): labels,
    ("BABILong", "compare_answers_old"): old,
}
