"""LongICLBench: six data sets, one answer a case."""

from __future__ import annotations

from collections.abc import Callable

from . import Case, GoldenCheck, one

_QUERY = {"banking77": "text", "goemotion": "text", "discovery": "sentence2", "tacred": "sentence"}


def _single(published: str) -> Callable[[Case], GoldenCheck]:
    def check(case: Case) -> GoldenCheck:
        query = case["params"][_QUERY[published]]
        params = {"published": published, "query": query}
        return one("label/exact", case, case["reference"], params)

    return check


def _fewnerd(case: Case) -> GoldenCheck:
    query = case["params"].get("sentence", "")
    params = {"published": "fewnerd", "query": query}
    return one("label/micro_f1", case, case["reference"], params)


# The relation labels that the published script knows.
_PERSON = """
    alternate_names alumni place_of_residence employee_or_member_of girl/boyfriend title
    positive_impression children parents siblings spouse friends negative_impression client pet
    place_of_work boss subordinate acquaintance roommate dates other_family age visited_place
    origin neighbor works schools_attended major date_of_birth
"""
_RELATIONS = [f"per:{name}" for name in _PERSON.split()] + [
    "gpe:residents_of_place",
    "gpe:visitors_of_place",
    "org:employees_or_members",
    "org:students",
]


def _dialogre(case: Case) -> GoldenCheck:
    params = {"published": "dialogre", "labels": _RELATIONS}
    return one("label/micro_f1", case, case["reference"], params)


CASES = {
    **{("LongICLBench", name): _single(name) for name in _QUERY},
    ("LongICLBench", "fewnerd"): _fewnerd,
    ("LongICLBench", "dialogre"): _dialogre,
}
