"""Needle Threading."""

from __future__ import annotations

import re

from . import Case, GoldenCheck, Key, Mapper, one

_QUOTED = re.compile(r"'([^']*)'")


def values(case: Case) -> GoldenCheck:
    reference = case["reference"]
    if isinstance(reference, str) and reference.startswith("["):
        reference = _QUOTED.findall(reference)
    return one("threads/values", case, reference)


CASES: dict[Key, Mapper] = {
    ("needle_threading", "*"): values,
}

NOT_COVERABLE: dict[Key, str] = {
    ("needle_threading", "haystack_generator"): "which UUIDs a seed gives: no score of an answer",
}
