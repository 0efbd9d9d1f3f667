"""Kamradt's needles: one, or several from the asked depth on, at his schedules of depths."""

from __future__ import annotations

import math
from itertools import combinations, pairwise
from typing import Any

import pytest

from synthctx.compose import Sample, compose
from synthctx.errors import GenerationError, SuiteError
from synthctx.generators.niah import _SETS, _values
from synthctx.rules import grade
from synthctx.streams import Streams
from synthctx.suite import Suite, parse_depths
from synthctx.tasks import get_task
from synthctx.tokenizers import get_tokenizer, tail
from tests.generators.samples import made

SINGLE, MULTI = "niah/single", "niah/multi"


def make(
    task: str,
    index: int = 0,
    length: int = 4096,
    depth: float = 0.5,
    kind: str = "prose",
    tokenizer: str = "tekken",
    **params: Any,
) -> Sample:
    return made(
        task,
        params,
        seed=6,
        index=index,
        length=length,
        depth=depth,
        tokenizer=tokenizer,
        haystack={"kind": kind},
    )


def strict(sample: Sample, output: str) -> float:
    draft = sample.draft
    result = grade(
        sample.task.rule, output=output, reference=draft.reference, params=dict(draft.rule_params)
    )
    return result.score or 0.0


# ---------------------------------------------------------------- schedules


def test_the_sigmoid_schedule_is_kamradts_the_right_way_round() -> None:
    depths = parse_depths({"scale": "sigmoid", "points": 35})
    line = [100 * i / 34 for i in range(35)]
    inner = [1 / (1 + math.exp(-0.1 * (x - 50))) for x in line[1:-1]]
    assert depths == pytest.approx([0.0, *inner, 1.0], abs=1e-6)
    assert depths == sorted(depths)
    assert len(set(depths)) == 35
    # as published, the ends are kept and all between runs the other way: 0, 98.2, ..., 1.8, 100
    eleven = parse_depths({"scale": "sigmoid", "points": 11})
    published = [0, 98.2, 95.3, 88.1, 73.1, 50, 26.9, 11.9, 4.7, 1.8, 100]
    right = [published[0], *published[-2:0:-1], published[-1]]
    assert [round(100 * d, 1) for d in eleven] == right


def test_the_linear_schedule_is_even() -> None:
    depths = parse_depths({"scale": "linear", "points": 35})
    assert depths == pytest.approx([i / 34 for i in range(35)], abs=1e-6)
    assert parse_depths("0:1:35") == depths
    for scale in ("linear", "sigmoid"):
        assert parse_depths({"scale": scale, "points": 2}) == [0.0, 1.0]
        assert parse_depths({"scale": scale, "points": 3}) == [0.0, 0.5, 1.0]


@pytest.mark.parametrize("task", [SINGLE, MULTI])
def test_needles_stand_at_the_depths_of_the_schedule(task: str) -> None:
    entry = {"task": task, "length": "8k", "depth": {"scale": "sigmoid", "points": 9}}
    suite = Suite.from_document({"name": "schedule", "seed": 1, "tests": [entry]})
    samples = [compose(row) for row in suite.rows()]
    assert len(samples) == 9
    for sample in samples:
        near = 30 / sample.context_tokens
        assert sample.evidence[0].depth == pytest.approx(sample.row.depth, abs=near)


# ---------------------------------------------------------------- several needles


def test_three_needles_the_others_evenly_over_the_rest() -> None:
    assert get_task(MULTI).complete({}) == {"needles": 3}
    for depth in (0.0, 0.1, 0.4, 0.75, 1.0):
        sample = make(MULTI, length=16384, depth=depth)
        step = (1 - depth) / 3
        near = 40 / sample.context_tokens
        assert len(sample.evidence) == len(sample.draft.reference) == 3
        for i, piece in enumerate(sample.evidence):
            assert piece.depth == pytest.approx(depth + step * i, abs=near)
        assert sample.shortfall == 0


@pytest.mark.parametrize("kind", ["prose", "noise"])
def test_all_values_are_asked_and_stand_nowhere_else(kind: str) -> None:
    for index in range(12):
        sample = make(MULTI, index, kind=kind, needles=1 + index % 7)
        values = sample.draft.reference
        texts = [sample.prompt[p.char_start : p.char_end] for p in sample.evidence]
        assert all(value in text for value, text in zip(values, texts, strict=True))
        assert all(sample.prompt.count(value) == 1 for value in values)
        who = next(w for w in _pairs(sample.draft.suffix) if w in texts[0])
        assert sample.context.count(who) == len(values)
        assert sample.task.read(sample.prompt) == ", ".join(values)
        assert strict(sample, ", ".join(reversed(values))) == 1.0


def _pairs(text: str) -> list[str]:
    words = text.replace("?", " ").split()
    return [f"{a} {b}" for a, b in pairwise(words)]


def test_every_kind_is_used_and_values_never_stand_in_one_another() -> None:
    kinds = {make(MULTI, i, length=1024).draft.suffix.rpartition("Reply")[2] for i in range(40)}
    assert len(kinds) == len(_SETS)
    for kind in _SETS:
        values = _values(kind, Streams("test")("values"), 64)
        assert len(set(values)) == 64
        assert all(a not in b and b not in a for a, b in combinations(values, 2))
        assert kind.chance <= 1 / 150


def test_a_part_earns_its_share_and_a_wrong_value_costs() -> None:
    for index in range(10):
        sample = make(MULTI, index, length=2048)
        values = sample.draft.reference
        assert strict(sample, ", ".join(values[:2])) == pytest.approx(2 / 3)
        kind = next(k for k in _SETS if f"the {k.kind} alone" in sample.draft.suffix)
        wrong = next(
            v for v in _values(kind, Streams("wrong")("values"), 9) if v not in sample.prompt
        )
        assert strict(sample, ", ".join([*values, wrong])) == pytest.approx(2 / 3)
        assert strict(sample, ", ".join([values[0], wrong])) == 0.0


def test_who_names_several_without_knowing_does_not_do_better_than_who_names_one() -> None:
    for kind in _SETS:
        n, size = 3, round(1 / kind.chance)
        share = n / size

        def expected(named: int, n: int = n, share: float = share) -> float:
            each = [
                math.comb(named, k) * share**k * (1 - share) ** (named - k) * max(0, 2 * k - named)
                for k in range(named + 1)
            ]
            return sum(each) / n

        assert max(expected(named) for named in range(1, 12)) <= kind.chance + 1e-9


def test_among_facts_of_the_same_form_the_person_tells() -> None:
    for task in (SINGLE, MULTI):
        sample = make(task, 2, kind="distractors")
        assert strict(sample, sample.task.read(sample.prompt)) == 1.0


def test_one_problem_at_every_length_and_depth() -> None:
    cells = [make(MULTI, 4, length=n, depth=d) for n in (1024, 4096) for d in (0.0, 0.7)]
    assert len({tuple(cell.draft.reference) for cell in cells}) == 1
    assert len({cell.draft.suffix for cell in cells}) == 1


@pytest.mark.parametrize("tokenizer", ["chars", "words"])
def test_other_tokenizers(tokenizer: str) -> None:
    sample = make(MULTI, tokenizer=tokenizer, needles=32, length=16384)
    assert sample.shortfall == 0
    assert strict(sample, sample.task.read(sample.prompt)) == 1.0


def test_cut_prompts_and_junk() -> None:
    sample = make(MULTI, depth=0.0)
    read = sample.task.read
    part = read(tail(get_tokenizer("tekken"), sample.prompt, 2200))
    assert 0 < len(part.split(", ")) < 3
    assert read("") == read("Question: ") == read("</text>\n\nQuestion: Why?\n") == ""
    with pytest.raises(GenerationError, match="too short"):
        make(MULTI, length=200)
    for junk in ({"needles": 0}, {"needles": 33}):
        with pytest.raises(SuiteError):
            get_task(MULTI).complete(junk)
