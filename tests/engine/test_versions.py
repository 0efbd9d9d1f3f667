"""Versions of a problem: the same structure, other slots; over every registered test."""

from __future__ import annotations

import json
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from synthctx.analytics import connect
from synthctx.analytics.stats import statistics
from synthctx.compose import Room, Sample, compose
from synthctx.rules import grade
from synthctx.store import Bench, sample_record, write_rows
from synthctx.streams import Streams, in_step
from synthctx.suite import Suite
from synthctx.tasks import TASKS
from synthctx.tokenizers import get_tokenizer
from tests.conftest import Cli
from tests.engine.test_analytics import scored
from tests.generators.samples import LONGER

NAMES = TASKS.names()
INDEXES, VERSIONS = 2, 3


def suite_of(name: str, samples: int = INDEXES) -> Suite:
    length = LONGER.get(name, ["8k"])[0]
    entry = {"task": name, "length": length, "samples": samples, "versions": VERSIONS}
    return Suite.from_document({"seed": 5, "tests": [entry]})


@cache
def problems_of(name: str) -> list[list[Sample]]:
    """The versions of each problem, in order."""
    out: dict[int, list[Sample]] = defaultdict(list)
    for row in suite_of(name).rows():
        out[row.index].append(compose(row))
    return list(out.values())


# ---------------------------------------------------------------- streams


def test_streams_in_step_pass_over_what_the_other_draws() -> None:
    one, other = Streams("a").key("x"), Streams("b").key("x")
    first, second = in_step(one, other)
    drawn = [first.below(1000), second.below(1000), *first.shuffled(range(20)), second.pick("abc")]
    alone, beside = Streams("a")("x"), Streams("b")("x")
    expected: list[Any] = [alone.below(1000)]
    beside.below(1000)
    alone.below(1000)
    expected += [beside.below(1000), *alone.shuffled(range(20))]
    beside.raw(20)
    assert drawn == [*expected, beside.pick("abc")]


def test_streams_of_one_key_are_one() -> None:
    first, second = in_step(Streams("a").key("x"), Streams("a").key("x"))
    assert first is second
    assert [first.below(99), second.below(99)] == [
        (stream := Streams("a")("x")).below(99),
        stream.below(99),
    ]


def test_the_structure_is_that_of_version_0() -> None:
    rooms = [
        Room(row, get_tokenizer("tekken"), row.streams())
        for row in suite_of("niah/single", samples=1).rows()
    ]
    drawn = [room.structure("places").below(10**9) for room in rooms]
    assert drawn == [rooms[0].streams("places").below(10**9)] * VERSIONS
    assert len({room.streams("places").below(10**9) for room in rooms}) == VERSIONS
    for room in rooms:
        same, own = room.both("evidence")
        assert (same is own) is (room.row.version == 0)


# ---------------------------------------------------------------- every test

# how many steps there are follows from how many tokens the right answer is to have
BY_TOKENS = ("infinitebench/math_calc", "longproc/tom_tracking", "longproc/travel_planning")
# where the evidence stands, or how much there is, follows from the version's own items
BY_ITEMS = ("adaleval/", "longicl/", "m4le/", "longproc/html_to_tsv", "needlebench/ancestral_trace")


def shape(value: Any) -> Any:
    """What a reference looks like: its kinds of values, and how many there are."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [len(value), *{type(inner).__name__ for inner in value}]
    return type(value).__name__


@pytest.mark.parametrize("name", NAMES)
def test_versions_are_other_prompts_with_answers_of_their_own(name: str) -> None:
    own = 0
    for versions in problems_of(name):
        assert len({sample.row.group_id for sample in versions}) == 1
        assert len({sample.row.sample_id for sample in versions}) == VERSIONS
        assert len({sample.context_id for sample in versions}) == VERSIONS
        own += len({json.dumps(sample.draft.reference) for sample in versions}) > 1
    # two answers out of few (a count, a label) may be the same, and some go by the index in turn
    assert own > 0 or name.startswith("m4le/")


@pytest.mark.parametrize("name", NAMES)
def test_versions_are_proved_one_by_one(name: str) -> None:
    for sample in (s for versions in problems_of(name) for s in versions):
        draft = sample.draft
        assert sample_record(sample, "")["uniqueness"] == "proved"
        result = grade(
            sample.task.rule,
            output=sample.task.read(sample.prompt),
            reference=draft.reference,
            params=dict(draft.rule_params),
        )
        assert result.score == 1.0, result.explanation


@pytest.mark.parametrize("name", NAMES)
def test_versions_have_one_structure(name: str) -> None:
    for versions in problems_of(name):
        first = versions[0]
        for sample in versions[1:]:
            assert sorted(sample.draft.rule_params) == sorted(first.draft.rule_params)
            if name.startswith(BY_TOKENS):
                continue
            if not name.startswith(("m4le/", "longicl/entity")):
                assert shape(sample.draft.reference) == shape(first.draft.reference)
                assert len(sample.evidence) == len(first.evidence)
            if not name.startswith(BY_ITEMS):
                for piece, like in zip(sample.evidence, first.evidence, strict=True):
                    assert piece.depth == pytest.approx(like.depth, abs=0.1)


@pytest.mark.parametrize("name", ["niah/single", "needlebench/multi_retrieval", "nolima/two_hop"])
def test_versions_ask_the_same_kind_of_question(name: str) -> None:
    """The needle of another version has the wording of the first but for names and values."""

    def words(sample: Sample) -> set[str]:
        text = sample.prompt[sample.evidence[0].char_start : sample.evidence[0].char_end]
        return {word for word in text.split() if word.isalpha() and word.islower()}

    for versions in problems_of(name):
        for sample in versions[1:]:
            both = words(sample) & words(versions[0])
            assert len(both) >= 0.5 * len(words(versions[0]))


# ---------------------------------------------------------------- effective accuracy


def test_effective_accuracy_gap_and_ratio_of_a_bench(cli: Cli, tmp_path: Path) -> None:
    """Three problems in three versions: one right, one right twice, one with a failed call."""
    bench = Bench(tmp_path / "b")
    samples = [compose(row) for row in suite_of("niah/single", samples=3).rows()]
    write_rows(bench.part("samples", 0), "samples", [sample_record(s, "") for s in samples])
    right = {0: (1.0, 1.0, 1.0), 1: (1.0, 0.5, 1.0), 2: (1.0, None, 1.0)}
    rows = []
    for sample in samples:
        score = right[sample.row.index][sample.row.version]
        more = {"status": "failed"} if score is None else {}
        rows.append(scored(sample.row.sample_id, "m", score, **more))
    write_rows(bench.next_model_part("scores", "m"), "scores", rows)
    bench.write_manifest({"suite": {"name": "versions"}, "seed": 5})
    (whole,) = statistics(bench)
    assert whole.versions is not None
    # seven of nine answers are right, a part of one is none; one problem of three throughout
    assert whole.versions == pytest.approx((7 / 9, 1 / 3, 4 / 9, 4 / 3, 3, 1))
    with connect(bench) as connection:
        row = connection.execute(
            "select versions, problems, incomplete, average, effective, gap, ratio from versions"
        ).fetchone()
    assert row == pytest.approx((3, 3, 1, 7 / 9, 1 / 3, 4 / 9, 4 / 3))
    shown = cli("stats", str(bench.path)).out
    assert "average 0.778, effective 0.333, gap 0.444, ratio 1.33" in shown
    assert "1 of 3 problems incomplete" in shown
