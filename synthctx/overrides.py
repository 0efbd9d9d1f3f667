"""A suite with some of it said otherwise: other lengths, fewer samples, only some tests."""

from __future__ import annotations

import copy
import fnmatch
from collections.abc import Mapping
from typing import Any

from synthctx.errors import SuiteError, UnknownName
from synthctx.jsonio import canonical
from synthctx.tasks import Task, get_task

TOP = ("seed", "tokenizer", "reserve")
EVERYWHERE = ("length", "samples", "max_output_tokens")


def changed(document: Any, changes: Mapping[str, Any], name: str) -> Any:
    """Return a suite document with some of it said otherwise.

    `task` keeps only the tests whose id matches (ruler/*); lengths, samples and room for the
    answer are set for all tests; depth where a test has one; languages where a test has them
    (a test that has none of those asked for is left out). Entries that have become the same
    are one.

    Args:
        document: a suite as plain data; one that is no suite is returned as it is.
        changes: names of `TOP`, `EVERYWHERE`, "task", "depth" and "language".
        name: what the suite is called in messages.

    Raises:
        SuiteError: a name cannot be changed in a suite, or nothing is left of the suite.
    """
    allowed = ("task", *TOP, *EVERYWHERE, "depth", "language")
    unknown = sorted(set(changes) - set(allowed))
    if unknown:
        raise SuiteError(
            f"suite '{name}': {', '.join(unknown)} cannot be changed from outside. "
            f"Allowed: {', '.join(allowed)}"
        )
    if not isinstance(document, dict) or not isinstance(document.get("tests"), list):
        return document
    out = {**document, **{k: v for k, v in changes.items() if k in TOP}}
    tests = [dict(t) if isinstance(t, dict) else t for t in copy.deepcopy(document["tests"])]
    if any(not isinstance(test, dict) for test in tests):
        return document  # no suite: what is wrong with it is said where it is checked
    for what, value in changes.items():
        tests = _one(tests, what, value, name)
    # what a gate asks of a cell makes no other cell
    distinct = {canonical({k: v for k, v in t.items() if k != "gate"}): t for t in tests}
    return {**out, "tests": list(distinct.values())}


def _one(tests: list[dict[str, Any]], what: str, value: Any, name: str) -> list[dict[str, Any]]:
    """Return the tests with one thing changed."""
    if what in EVERYWHERE:
        return [{**test, what: value} for test in tests]
    kept = tests
    if what == "task":
        kept = [t for t in tests if fnmatch.fnmatch(str(t.get("task")), str(value))]
    elif what == "depth":
        kept = [{**t, what: value} if _has_depth(t) else t for t in tests]
        kept = kept if any(map(_has_depth, tests)) else []
    elif what == "language":
        kept = [{**t, what: spoken} for t in tests if (spoken := _spoken(t, value))]
    if not kept:
        there = ", ".join(dict.fromkeys(str(t.get("task")) for t in tests))
        raise SuiteError(f"suite '{name}' has no test for {what} {value!r}. It has: {there}")
    return kept


def _task(test: Mapping[str, Any]) -> Task | None:
    try:
        return get_task(str(test.get("task")))
    except UnknownName:
        return None  # said where the suite is checked


def _has_depth(test: Mapping[str, Any]) -> bool:
    task = _task(test)
    return task is not None and task.depth


def _spoken(test: Mapping[str, Any], value: Any) -> list[str]:
    """Return those of the languages asked for that a test has."""
    task = _task(test)
    asked = value if isinstance(value, list) else str(value).split(",")
    languages = () if task is None else task.languages
    return [name for part in asked if (name := str(part).strip()) in languages]
