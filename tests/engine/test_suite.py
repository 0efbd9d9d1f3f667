"""Suites: every problem at once, each with its place; lengths and depths in all their forms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from synthctx.errors import SuiteError
from synthctx.suite import (
    Suite,
    format_length,
    parse_depths,
    parse_length,
    shipped_suites,
    suite_schema,
)


@pytest.mark.parametrize(
    ("given", "tokens"),
    [(4096, 4096), ("4096", 4096), ("4k", 4096), ("128K", 131072), ("1M", 1048576), ("1.5k", 1536)],
)
def test_lengths(given: Any, tokens: int) -> None:
    assert parse_length(given) == tokens


@pytest.mark.parametrize("given", [0, -1, "-4k", "4kk", "", "k", True, 1.5, "0", "1.0001k", None])
def test_bad_lengths(given: Any) -> None:
    with pytest.raises(SuiteError, match="positive number of tokens"):
        parse_length(given)


def test_lengths_are_written_as_people_write_them() -> None:
    assert [format_length(n) for n in (4096, 131072, 1048576, 5000, 0)] == [
        "4k",
        "128k",
        "1M",
        "5000",
        "0k",
    ]


@pytest.mark.parametrize(
    ("given", "depths"),
    [
        (0.5, [0.5]),
        ("0.25", [0.25]),
        ("0:1:5", [0, 0.25, 0.5, 0.75, 1]),
        ("0.2:0.2:1", [0.2]),
        ("0,0.5,1", [0, 0.5, 1]),
        ([0, "0.5:1:2"], [0, 0.5, 1]),
        ({"scale": "linear", "points": 3}, [0, 0.5, 1]),
    ],
)
def test_depths(given: Any, depths: list[float]) -> None:
    assert parse_depths(given) == depths


def test_sigmoid_depths_crowd_at_both_ends_and_reach_them() -> None:
    depths = parse_depths({"scale": "sigmoid", "points": 11})
    assert depths == sorted(depths)
    assert depths[0] == 0
    assert depths[-1] == 1
    assert depths[5] == 0.5
    assert depths[2] - depths[1] < depths[5] - depths[4]


@pytest.mark.parametrize("given", [1.5, -0.1, "2", "0:2:3", "deep", [0, 7], True])
def test_bad_depths(given: Any) -> None:
    with pytest.raises(SuiteError, match="depth"):
        parse_depths(given)


def test_every_problem_is_named_at_once_with_its_place() -> None:
    document = {
        "sed": 1,
        "pairing": "indx",
        "tests": [
            {"task": "niah/single", "length": "4k", "deph": 0.5},
            {"task": "niah/singel", "length": "4k"},
        ],
    }
    with pytest.raises(SuiteError) as caught:
        Suite.from_document(document, "s.yaml")
    text = str(caught.value)
    assert "s.yaml has 5 problems" in text
    assert "sed: unknown key. Did you mean 'seed'?" in text
    assert "'seed' is a required property" in text
    assert "pairing: given 'indx'. Did you mean 'index'? Allowed: index, none" in text
    assert "tests[0].deph: unknown key. Did you mean 'depth'?" in text
    assert "tests[1].task: unknown task 'niah/singel'. Did you mean 'niah/single'?" in text


def test_problems_of_meaning_are_named_at_once_too() -> None:
    document = {
        "seed": 1,
        "tokenizer": "tekkn",
        "tests": [
            {"task": "niah/singel", "length": "4k"},
            {"task": "niah/single", "length": ["4k", -3], "depth": 2, "language": "de"},
            {"task": "ruler/niah_single_1", "length": "4k", "params": {"kee": "word", "value": 7}},
            {"task": "adaleval/tsort", "length": "4k", "depth": 0.5, "haystack": "prose"},
            {"task": "niah/single", "length": "4k", "haystack": "prase"},
            {"task": "niah/single", "length": "4k", "haystack": {"kind": "essay"}},
        ],
    }
    with pytest.raises(SuiteError) as caught:
        Suite.from_document(document)
    lines = str(caught.value).splitlines()[1:]
    wanted = [
        "tokenizer: unknown tokenizer 'tekkn'. Did you mean 'tekken'?",
        "tests[0].task: unknown task 'niah/singel'. Did you mean 'niah/single'?",
        "tests[1].language: task niah/single has no 'de'. Allowed: en",
        "tests[1].length: length -3 is not a positive number",
        "tests[1].depth: depth 2 is not a share",
        "tests[2].params.kee: task ruler/niah_single_1 has no such parameter. Did you mean 'key'?",
        "tests[2].params.value: 7 is not one of ['number', 'uuid']",
        "tests[3].depth: task adaleval/tsort has no depth",
        "tests[3].haystack: the context of task adaleval/tsort is made of items",
        "tests[4].haystack: task niah/single has no haystack 'prase'. Did you mean 'prose'?",
        "tests[5].haystack: essay needs files",
    ]
    for line in wanted:
        assert any(line in found for found in lines), line
    assert len(lines) == len(wanted)


@pytest.mark.parametrize("document", [None, [], 7, {"seed": 1, "tests": 3}, {"tests": [None, 4]}])
def test_what_is_no_suite_at_all_is_said_too(document: Any) -> None:
    with pytest.raises(SuiteError, match="problem"):
        Suite.from_document(document)


def test_the_same_cell_twice_is_refused() -> None:
    entry = {"task": "niah/single", "length": "4k"}
    with pytest.raises(SuiteError, match=r"tests\[1\]: same cell as tests\[0\]"):
        Suite.from_document({"seed": 1, "tests": [entry, entry]})


def test_yaml_keeps_grids_and_refuses_doubled_keys(tmp_path: Path) -> None:
    good = tmp_path / "good.yaml"
    good.write_text("seed: 1\ntests:\n  - task: niah/single\n    length: 4k\n    depth: 0:1:5\n")
    assert Suite.from_file(good).tests[0].depths == [0, 0.25, 0.5, 0.75, 1]
    bad = tmp_path / "bad.yaml"
    bad.write_text("seed: 1\nseed: 2\ntests: []\n")
    with pytest.raises(SuiteError, match="'seed' is given twice"):
        Suite.from_file(bad)
    broken = tmp_path / "broken.yaml"
    broken.write_text("seed: [1\n")
    with pytest.raises(SuiteError, match="is not YAML"):
        Suite.from_file(broken)


def test_json_suites_say_the_same(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_text('{"seed": 1, "tests": [{"task": "niah/single", "length": "4k"}]}')
    assert [row.length for row in Suite.from_file(path).rows()] == [4096]
    path.write_text("{")
    with pytest.raises(SuiteError, match="is not JSON"):
        Suite.from_file(path)


def test_shipped_suites_are_found_by_name_and_a_near_name_is_suggested() -> None:
    assert {"demo.yaml", "smoke.yaml"} <= set(shipped_suites())
    for name in shipped_suites():
        assert sum(1 for _ in Suite.from_file(name).rows()) > 0
    with pytest.raises(SuiteError, match=r"Did you mean 'demo.yaml'\?"):
        Suite.from_file("demmo.yaml")


def test_the_schema_is_a_valid_draft_2020_12_schema() -> None:
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(suite_schema())


def test_versions_are_variants_of_one_problem() -> None:
    entry = {"task": "niah/single", "length": "4k", "versions": 3}
    rows = list(Suite.from_document({"seed": 1, "tests": [entry]}).rows())
    assert len({row.sample_id for row in rows}) == 3
    assert len({row.group_id for row in rows}) == 1
