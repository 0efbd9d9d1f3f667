"""Answering and scoring: resumable, honest about failures, and what each reader sees."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthctx.answering import answer
from synthctx.errors import ModelError, PartlyDone, StoreError, UnknownName
from synthctx.generation import generate
from synthctx.models import get_model
from synthctx.models.readers import chunks
from synthctx.scoring import score
from synthctx.store import Bench, read_rows
from synthctx.suite import Suite


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    entry = {"task": "niah/single", "length": ["2k", "8k"], "depth": [0, 1], "samples": 2}
    return generate(Suite.from_document({"seed": 2, "tests": [entry]}), tmp_path / "bench")


def scores(bench: Bench, model: str) -> dict[str, float | None]:
    rows = [r for path in bench.model_parts("scores", model) for r in read_rows(path)]
    return {row["sample_id"]: row["score"] for row in rows}


def test_the_full_reader_is_right_and_the_window_shows(bench: Bench) -> None:
    answer(bench, "reader:full")
    answer(bench, "reader:window?tokens=4k")
    score(bench)
    assert set(scores(bench, "reader:full").values()) == {1.0}
    seen = scores(bench, "reader:window?tokens=4k")
    for row in bench.samples(["sample_id", "length", "depth"]):
        inside = row["length"] <= 4096 or row["depth"] == 1
        assert seen[row["sample_id"]] == (1.0 if inside else 0.0), row


def test_ends_retrieval_none_and_constant(bench: Bench) -> None:
    for model in (
        "reader:ends?tokens=4k",
        "reader:retrieval?k=4",
        "reader:none",
        "reader:constant",
    ):
        answer(bench, model)
    score(bench)
    assert set(scores(bench, "reader:ends?tokens=4k").values()) == {1.0}
    assert set(scores(bench, "reader:retrieval?k=4").values()) == {1.0}
    assert set(scores(bench, "reader:none").values()) == {0.0}
    assert set(scores(bench, "reader:constant").values()) == {0.0}


def test_only_what_is_missing_is_asked(bench: Bench) -> None:
    calls: list[int] = []

    def model(prompt: str) -> str:
        calls.append(len(prompt))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return "something"

    with pytest.raises(PartlyDone, match="stopped after 2 answers"):
        answer(bench, model, name="mine")
    done = answer(bench, model, name="mine")
    assert (done.had, done.asked, done.total) == (2, 6, 8)
    assert answer(bench, model, name="mine").asked == 0


def test_a_failed_call_is_missing_coverage_and_is_asked_again(bench: Bench) -> None:
    broken = True

    def model(prompt: str) -> str:
        if broken and len(prompt) > 20_000:
            raise TimeoutError("no answer in time")
        return "something"

    with pytest.raises(PartlyDone, match=r"4 of 8 calls gave no answer.*no answer in time"):
        answer(bench, model, name="mine")
    score(bench)
    assert sorted(scores(bench, "mine").values(), key=str) == [0.0] * 4 + [None] * 4
    broken = False
    assert answer(bench, model, name="mine").asked == 4
    score(bench)
    assert list(scores(bench, "mine").values()) == [0.0] * 8


def test_attempts_and_limit(bench: Bench) -> None:
    done = answer(bench, "reader:full", attempts=2, limit=3)
    assert (done.asked, done.total) == (6, 6)
    score(bench)
    assert len(scores(bench, "reader:full")) == 3


def test_replay_of_recorded_outputs(bench: Bench, tmp_path: Path) -> None:
    rows = list(bench.samples(["sample_id", "reference"]))
    lines = ["id,text"]
    for row in rows[:-1]:
        value = row["reference"].strip('[]"')
        lines.append(f'{row["sample_id"]},"It is {value}."')
    (tmp_path / "out.csv").write_text("\n".join(lines))
    model = f"replay:{tmp_path / 'out.csv'}?id=id&output=text"
    with pytest.raises(PartlyDone, match="no recorded output for this sample"):
        answer(bench, model, name="recorded")
    score(bench)
    found = list(scores(bench, "recorded").values())
    assert found.count(1.0) == 7
    assert found.count(None) == 1


def test_lone_surrogates_are_stored(bench: Bench) -> None:
    answer(bench, lambda prompt: "\ud800 broken", name="odd")
    score(bench)
    assert set(scores(bench, "odd").values()) == {0.0}


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("reader:windw", "unknown reader 'windw'. Allowed: full"),
        ("reader:window?token=8k", "no setting 'token'. Allowed: tokens"),
        ("reader:window?tokens=-8k", "length '-8k' is not a positive"),
        ("reader:full?tokens", "settings are written"),
        ("reader:retrieval?k=0", "k must be a whole number"),
        ("replay:", "needs a file"),
        ("replay:none.csv", "there is no file"),
    ],
)
def test_bad_models(model: str, said: str) -> None:
    with pytest.raises(ModelError) as caught:
        get_model(model)
    assert said in str(caught.value)


def test_unknown_kind_of_model_and_missing_outputs(bench: Bench) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'reader'"):
        get_model("reeder:full")
    with pytest.raises(StoreError, match="has no outputs yet"):
        score(bench)
    answer(bench, "reader:full")
    with pytest.raises(UnknownName, match="Did you mean 'reader:full'"):
        score(bench, "reader:ful")
    with pytest.raises(ModelError, match="needs a name"):
        answer(bench, lambda prompt: "x")


@given(st.lists(st.sampled_from(["word ", "a, ", "end. ", "线。", "\n", "x" * 70, '"k": "v", '])))
def test_chunks_make_the_text_and_none_is_long(parts: list[str]) -> None:
    text = "".join(parts)
    cut = chunks(text, 40)
    assert "".join(cut) == text
    assert all(0 < len(chunk) <= 40 for chunk in cut)


def test_retrieval_cuts_what_stands_on_one_line() -> None:
    record = ", ".join(f'"key {i}": "value {i}"' for i in range(500))
    assert len(chunks(record)) > 15
    lines = "".join(f"Line {i} says nothing\n" for i in range(500))
    assert len(chunks(lines)) > 15
