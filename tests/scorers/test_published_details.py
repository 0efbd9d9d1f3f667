"""Details of the published figures, and what the rules refuse."""

from __future__ import annotations

from typing import Any

import pytest

from synthctx.errors import ScoreError
from synthctx.rules import grade
from synthctx.scorers.boxed import published_answer
from synthctx.scorers.infinite_book import f1
from synthctx.scorers.labels_babilong import LABELS, published_match
from synthctx.scorers.match import ruler_text
from synthctx.scorers.needle import needle_similarity


def test_ruler_turns_control_characters_into_newlines() -> None:
    assert ruler_text(" a\x00b\x1fc\x00 ") == "a\nb\nc"


def test_needle_similarity_leaves_white_space_out_and_trims() -> None:
    assert needle_similarity("a b c", "abc", trim=False) == 1.0
    assert needle_similarity("", "", trim=False) == 1.0
    long = "The chest holds a drum. And then there is much more to say about it."
    needle = "The chest holds a bell."
    assert needle_similarity(long, needle, trim=True) > needle_similarity(long, needle, trim=False)


@pytest.mark.parametrize(
    ("output", "answer"),
    [
        ("\\boxed{A} then \\boxed{B}", "B"),
        ("\\boxed{{A B}}", "A B"),
        ("\\boxed{ \\text{A  B} }", "A B"),
        ("\\boxed {A}", "None"),
        ("\\fbox{A}", "None"),
        ("\\boxed{}", "None"),
        ("\\boxed{A", "None"),
        ("\\boxed{'A~B'}", "A B"),
        ("none at all", "None"),
    ],
)
def test_published_box(output: str, answer: str) -> None:
    assert published_answer(output).strip() == answer


def test_babilong_has_labels_for_all_twenty_tasks() -> None:
    assert sorted(LABELS) == sorted(f"qa{n}" for n in range(1, 21))
    assert all(len(set(labels)) == len(labels) > 1 for labels in LABELS.values())


def test_babilong_leaves_out_what_the_question_names() -> None:
    rooms = LABELS["qa1"]
    assert published_match("garden", "office or garden", "What is north of the office?", rooms)
    assert not published_match("office", "office", "What is north of the office?", rooms)


def test_f1() -> None:
    assert f1(["a", "b"], ["b", "c"]) == 0.5
    assert f1([], ["a"]) == 0.0


def test_metrics_say_what_was_found() -> None:
    found = grade("match/all", output="111, 222 and 999", reference=["111", "222"])
    assert found.metrics == {"found": 2.0, "rivals": 1.0}
    depths = grade(
        "needle/keyed_recall",
        output="drum",
        reference={"keywords": ["kettle", "drum"], "depths": [0, 100]},
    )
    assert depths.metrics == {"depth_0": 0.0, "depth_100": 1.0, "published_average": 0.5}
    assert grade("boxed/exact", output="Answer: 9", reference="9").metrics == {"boxed": 0.0}


def test_two_needles_at_one_depth_stop_at_one() -> None:
    twice = {"keywords": ["kettle", "drum"], "depths": [50, 50]}
    result = grade("needle/keyed_recall", output="kettle, drum", reference=twice)
    assert result.paper == 1.0
    assert result.metrics["published_average"] == 2.0


@pytest.mark.parametrize(
    ("rule", "reference", "params", "said"),
    [
        ("match/all", 5, {}, "string or a list"),
        ("match/all", [5], {}, "string or a list"),
        ("match/all", ["5"], {"kind": "digits"}, "kind is 'digits', allowed: number"),
        ("match/any", ["5"], {"published": "v3"}, "allowed: ruler, lm-eval"),
        ("match/nolima", ["x"], {"metric": "rouge"}, "metric is 'rouge'"),
        ("needle/keyword", ["x"], {}, "keyword and needle"),
        ("needle/keyword", "x", {"published": "v3"}, "allowed: v1, v2"),
        ("needle/keyed_recall", "x", {}, "keywords and depths"),
        ("boxed/exact", ["x"], {}, "string or an integer"),
        ("boxed/exact", "x", {"kind": "number"}, "kind 'number' with reference 'x'"),
        ("label/babilong", "garden", {"task": "qa21"}, "param task must be one of"),
        ("label/babilong", "", {"task": "qa1"}, "must be a label"),
        ("infinite/digits", ["1", "2"], {}, "one answer"),
        ("infinite/code_run", "seven", {}, "must be a number"),
        ("infinite/math_calc", [1, "2"], {}, "list of numbers"),
        ("infinite/code_debug", ["x"], {}, "[text, letter]"),
        ("infinite/qa_eng", {"a": 1}, {}, "string or a list"),
    ],
)
def test_bad_references_and_params(
    rule: str, reference: Any, params: dict[str, Any], said: str
) -> None:
    with pytest.raises(ScoreError) as error:
        grade(rule, output="nothing", reference=reference, params=params)
    assert said in str(error.value)
    assert rule in str(error.value)
