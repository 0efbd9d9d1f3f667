"""HELMET's json_kv: one pair is asked for, others are shown how."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from synthctx.compose import Sample
from synthctx.errors import GenerationError, SuiteError
from synthctx.tasks import Body, get_task
from synthctx.tokenizers import get_tokenizer, tail
from tests.generators.samples import made, scores
from tests.vocabularies import NAMES, vocabulary

TASK = "helmet/json_kv"


def make(
    index: int = 0,
    length: int = 4096,
    depth: float = 0.5,
    tokenizer: str = "tekken",
    **params: Any,
) -> Sample:
    return made(TASK, params, seed=5, index=index, length=length, depth=depth, tokenizer=tokenizer)


def asked_keys(sample: Sample) -> list[str]:
    return re.findall(r"^Key: (.+)$", sample.draft.suffix, re.MULTILINE)


@pytest.mark.parametrize("shots", [0, 1, 2, 7])
@pytest.mark.parametrize("depth", [0.0, 0.4, 1.0])
def test_the_demonstrations_are_of_the_same_object_and_only_one_pair_answers(
    shots: int, depth: float
) -> None:
    for index in range(4):
        sample = make(index, 8192, depth, demonstrations=shots)
        pairs = json.loads(sample.context)
        *shown, asked = asked_keys(sample)
        values = re.findall(r"^Value: (.+)$", sample.draft.suffix, re.MULTILINE)
        assert [pairs[key] for key in shown] == values
        assert len(set(shown)) == shots
        assert len({*pairs, *pairs.values()}) == 2 * sample.context.count('": "')
        assert pairs[asked] == sample.draft.reference
        assert sample.prompt.count(sample.draft.reference) == 1
        assert sample.prompt.count(asked) == 2
        assert abs(list(pairs).index(asked) - depth * (len(pairs) - 1)) <= shots + 1
        assert [sample.prompt[p.char_start : p.char_end] for p in sample.evidence] == [
            f'"{asked}": "{pairs[asked]}"'
        ]
        assert scores(sample, sample.task.read(sample.prompt)) == (1.0, 1.0)


def test_two_demonstrations_are_published_and_the_default() -> None:
    assert get_task(TASK).complete({}) == {"demonstrations": 2}
    assert len(asked_keys(make())) == 3
    for junk in ({"demonstrations": -1}, {"demonstrations": 17}, {"shots": 2}):
        with pytest.raises(SuiteError):
            get_task(TASK).complete(junk)


def test_as_many_pairs_as_fit() -> None:
    sizes = [len(json.loads(make(length=n).context)) for n in (4096, 16_384, 65_536)]
    assert 30 < sizes[0] < sizes[1] / 3.5 < sizes[2] / 14


@pytest.mark.parametrize("name", [*NAMES, "words", "chars"])
def test_other_tokenizers(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer = vocabulary(name, monkeypatch)
    for depth in (0.0, 0.6):
        sample = make(1, 9000, depth, tokenizer=tokenizer.name)
        assert tokenizer.count(sample.prompt) == sample.prompt_tokens
        assert isinstance(sample.draft.body, Body)
        assert 0 <= sample.shortfall <= sample.draft.body.item_tokens < 200
        assert scores(sample, sample.task.read(sample.prompt)) == (1.0, 1.0)


def test_guesses_and_demonstrated_values_are_wrong() -> None:
    for index in range(20):
        sample = make(index, 2048)
        guesses = sample.task.guesses(sample.prompt)
        assert len(guesses) == 4
        for guess in [*guesses, sample.context, sample.draft.suffix]:
            assert scores(sample, guess)[0] == 0.0


def test_the_published_reading_takes_an_answer_behind_its_prefix() -> None:
    sample = make()
    value = sample.draft.reference
    assert scores(sample, f"Value: {value}\nKey: something else") == (1.0, 1.0)
    assert scores(sample, value.replace("-", ""))[1] == 1.0  # punctuation is taken off


def test_cut_and_foreign_prompts_give_no_answer() -> None:
    sample = make(2, depth=0.0)
    read = sample.task.read
    assert read(tail(get_tokenizer("tekken"), sample.prompt, 900)) == ""
    assert read("") == read("Key: abc\nValue:") == ""
    for end in range(0, len(sample.prompt), 101):
        assert isinstance(read(sample.prompt[:end]), str)


def test_one_problem_at_every_length_and_depth() -> None:
    cells = [make(3, n, d) for n in (2048, 8192) for d in (0.0, 0.7)]
    assert len({cell.draft.suffix for cell in cells}) == 1
    assert len({cell.draft.reference for cell in cells}) == 1


def test_too_short_says_what_is_needed() -> None:
    with pytest.raises(GenerationError, match="16 demonstrations"):
        make(length=2048, demonstrations=16)
