"""A suite with some of it said otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from synthctx.errors import SuiteError
from synthctx.overrides import changed
from synthctx.suite import Suite

DOCUMENT: dict[str, Any] = {
    "name": "two",
    "seed": 5,
    "tests": [
        {"task": "niah/single", "length": ["8k", "16k"], "depth": "0:1:3", "samples": 4},
        {"task": "niah/single", "length": "32k", "depth": "0:1:3", "samples": 4},
        {"task": "needlebench/ancestral_trace", "length": "8k", "language": ["en", "zh"]},
    ],
}


def suite_of(**changes: Any) -> Suite:
    return Suite.from_document(changed(DOCUMENT, changes, "two"))


def test_lengths_and_samples_are_set_for_all_and_equal_entries_are_one() -> None:
    suite = suite_of(length="4k,6k", samples=2, seed=9)
    assert [t.task.id for t in suite.tests] == ["niah/single", "needlebench/ancestral_trace"]
    assert all(t.lengths == [4096, 6144] and t.samples == 2 for t in suite.tests)
    assert suite.document["seed"] == 9
    assert DOCUMENT["tests"][0]["samples"] == 4, "the document itself is left alone"


def test_depth_is_set_where_there_is_one() -> None:
    suite = suite_of(depth="0.5")
    assert [t.depths for t in suite.tests] == [[0.5], [0.5], [None]]
    only = changed(DOCUMENT, {"task": "needlebench/*"}, "two")
    with pytest.raises(SuiteError, match=r"has no test for depth '0\.5'"):
        changed(only, {"depth": "0.5"}, "two")


def test_tests_that_have_none_of_the_languages_are_left_out() -> None:
    suite = suite_of(language="zh")
    assert [(t.task.id, t.languages) for t in suite.tests] == [
        ("needlebench/ancestral_trace", ["zh"])
    ]
    with pytest.raises(SuiteError, match="has no test for language 'fr'"):
        suite_of(language="fr")


def test_only_some_tests() -> None:
    assert {t.task.id for t in suite_of(task="niah/*").tests} == {"niah/single"}
    with pytest.raises(SuiteError, match=r"no test for task 'ruler/\*'\. It has: niah/single"):
        suite_of(task="ruler/*")


def test_what_cannot_be_changed_is_refused_and_what_is_no_suite_is_left_to_the_check() -> None:
    with pytest.raises(SuiteError, match=r"params cannot be changed from outside\. Allowed: task"):
        suite_of(params=("a=1",))
    odd: list[Any] = [None, [], {"tests": 1}, {"tests": [1]}]
    for document in odd:
        assert changed(document, {"length": "4k"}, "x") == document
    with pytest.raises(SuiteError, match="tests"):
        Suite.from_document(changed({"seed": 1, "tests": [{"lenth": 1}]}, {"samples": 1}, "x"))


def test_shipped_suites_are_found_by_name_and_changed() -> None:
    suite = Suite.from_file("demo.yaml", {"length": "8k", "samples": 1, "task": "ruler/*"})
    assert {row.length for row in suite.rows()} == {8192}
