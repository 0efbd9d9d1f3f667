"""Naming every candidate is worth one guess at most, an echo nothing, and width does not count."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from synthctx.rules import grade

ROOM = {"task": "qa1", "question": "Where is Sandra?"}
VERDICT = {"task": "qa6", "question": "Is Sandra in the garden?"}
TOWNS = ["Oslo", "Bergen", "Rome", "Paris", "Lima", "Cairo", "Quito"]
NUMBERS = ["4815162", "1000001", "1000002", "7654321", "5550001", "9876543"]
ROOMS = ["garden", "kitchen", "office", "bathroom", "bedroom", "hallway"]
LETTERS = ["A", "B", "C", "D"]
LABELS = ["card_arrival", "lost_card", "change_pin", "top_up", "age_limit"]
CANDIDATES: dict[str, tuple[str, list[str], Callable[[str], Any], dict[str, Any]]] = {
    "numbers": ("match/all", NUMBERS, lambda right: [right], {}),
    "words": ("match/all", TOWNS, lambda right: [right], {}),
    "any word": ("match/any", TOWNS, lambda right: [right], {}),
    "any number": ("match/any", NUMBERS, lambda right: [right], {}),
    "yes or no": ("match/any", ["yes", "no"], lambda right: [right], {}),
    "characters": ("match/nolima", TOWNS, lambda right: [right], {}),
    "keywords": ("needle/keyword", TOWNS, lambda right: right, {}),
    "answers": ("needle/words", TOWNS, lambda right: right, {}),
    "boxed": ("boxed/exact", [f"\\boxed{{{town}}}" for town in TOWNS], lambda box: box[7:-1], {}),
    "digits": ("infinite/digits", NUMBERS, lambda right: right, {}),
    "values": ("infinite/code_run", ["7", "-8", "9", "10"], int, {}),
    "found": ("infinite/math_find", ["7", "8", "9", "10"], int, {}),
    "functions": ("infinite/code_debug", LETTERS, lambda right: ["load_rows", right], {}),
    "options": ("infinite/choice", LETTERS, lambda right: ["a grey mare", right], {}),
    "names": ("infinite/dialogue", TOWNS, lambda right: [right.upper()], {}),
    "rooms": ("label/babilong", ROOMS, lambda right: right, ROOM),
    "verdicts": ("label/babilong", ["yes", "no"], lambda right: right, VERDICT),
    "labels": ("label/exact", LABELS, lambda right: right, {"labels": LABELS}),
    "indices": ("choice/index", [f"A{n}" for n in range(1, 7)], lambda right: right, {"n": 6}),
}
JOINERS = [
    ", ",
    " and ",
    "\n",
    " / ",
    "; ",
    " or ",
    " | ",
    "、",
    " ",
    "\t",
    " + ",
    " & ",
    ". ",
    ",",
]
FRAMES = ["{}", "Answer: {}", "The answer is {}.", "It is {}.", "It could be {}.", "They are {}"]


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("name", CANDIDATES)
def test_naming_every_candidate_is_worth_no_more_than_one_guess(name: str, frame: str) -> None:
    rule, candidates, reference, params = CANDIDATES[name]
    for joiner in JOINERS:
        output = frame.format(joiner.join(candidates))
        scores = [
            grade(rule, output=output, reference=reference(right), params=params).score or 0.0
            for right in candidates
        ]
        assert sum(scores) <= 1.0, f"{output!r}: {scores}"


# ---------------------------------------------------------------- echo, width

_EARLY = """
    match/all match/any match/nolima needle/keyword needle/keyed_recall needle/words boxed/exact
    choice/index label/exact label/babilong infinite/digits infinite/kv infinite/code_run
    infinite/math_find infinite/code_debug infinite/choice infinite/dialogue infinite/qa_eng
    infinite/qa_chn
"""
EARLY = _EARLY.split()
LISTS = ["sequence/permutation", "infinite/math_calc", "label/micro_f1", "table/rows"]
DECLARED = ("Answer: ", "The return value is ")
FIRST: dict[str, dict[str, Any]] = {}
for _path in sorted((Path(__file__).resolve().parents[2] / "fixtures" / "rules").glob("*.json")):
    for _case in json.loads(_path.read_text(encoding="utf-8")):
        FIRST.setdefault(_case["rule"], _case)
WIDE = {ord(char): ord(char) + 0xFEE0 for char in map(chr, range(0x30, 0x7B)) if char.isalnum()}


@pytest.mark.parametrize("rule", EARLY)
def test_an_echo_earns_nothing(rule: str) -> None:
    case = FIRST[rule]
    answer = case["output"].replace("\\boxed{Nora Quist}", "Nora Quist")
    for mark in DECLARED:
        answer = answer.removeprefix(mark)
    lines = [f"Barge number {n} lay at the quay with a load of {n + 7} crates." for n in range(80)]
    for place in (0, 40, 80):
        output = " ".join([*lines[:place], f"({answer})", *lines[place:]])
        result = grade(
            rule, output=output, reference=case["reference"], params=case.get("params", {})
        )
        assert (result.score or 0.0) < 0.05, result.explanation


@pytest.mark.parametrize("rule", [*EARLY, *LISTS])
def test_full_width_answers_are_the_same(rule: str) -> None:
    case = FIRST[rule]
    wide = case["output"].translate(WIDE) if "\\" not in case["output"] else "\\boxed{Ｎora Ｑuist}"
    result = grade(rule, output=wide, reference=case["reference"], params=case.get("params", {}))
    assert result.score == 1.0, result.explanation
