"""RULER's questions over documents: one answer each, not to be had for less."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from synthctx.compose import Sample
from synthctx.errors import GenerationError
from synthctx.rules import grade
from synthctx.tasks import Body, get_task
from synthctx.tokenizers import get_tokenizer, head, tail
from synthctx.topics import topics
from tests.generators.samples import made

SINGLE, LINKED = "ruler/qa_1", "ruler/qa_2"
HEADING = re.compile(r"^(?:Document \d+:|文档\d+：)\n", re.MULTILINE)


def make(
    task: str,
    index: int = 0,
    language: str = "en",
    length: int = 4096,
    depth: float | None = None,
    tokenizer: str = "tekken",
    seed: int = 5,
    **params: Any,
) -> Sample:
    return made(
        task,
        params,
        seed=seed,
        index=index,
        length=length,
        depth=depth,
        tokenizer=tokenizer,
        language=language,
    )


def score(sample: Sample, output: str) -> float | None:
    draft = sample.draft
    result = grade(
        sample.task.rule, output=output, reference=draft.reference, params=dict(draft.rule_params)
    )
    return result.score


def shown(sample: Sample) -> list[str]:
    return [text.strip() for text in HEADING.split(sample.context)[1:]]


def evidence(sample: Sample) -> list[str]:
    return [sample.prompt[p.char_start : p.char_end] for p in sample.evidence]


def item_tokens(sample: Sample) -> int:
    assert isinstance(sample.draft.body, Body)
    return sample.draft.body.item_tokens


# ---------------------------------------------------------------- one answer


@pytest.mark.parametrize("language", ["en", "zh"])
def test_one_document_is_asked_about_and_one_has_the_answer(language: str) -> None:
    for index in range(20):
        sample = make(SINGLE, index, language, 2048)
        documents, (gold,) = shown(sample), evidence(sample)
        answer = sample.draft.reference[0]
        assert [d for d in documents if answer in d] == [gold]
        question = sample.draft.suffix.splitlines()[-2]
        parts = {question[k : k + 6] for k in range(len(question) - 5)}
        parts |= {question[k : k + 3] for k in range(len(question)) if language == "zh"}
        assert any([d for d in documents if part in d] == [gold] for part in parts)
        assert len(set(documents)) == len(documents)
        assert sample.task.read(sample.prompt) in sample.draft.reference


@pytest.mark.parametrize("language", ["en", "zh"])
def test_two_documents_are_joined_by_one_name(language: str) -> None:
    for index in range(20):
        sample = make(LINKED, index, language, 2048)
        documents, needed = shown(sample), evidence(sample)
        answer, question = sample.draft.reference[0], sample.draft.suffix
        names = [d.partition("\n")[0] for d in documents]
        assert len(set(names)) == len(names)
        (first,) = [d for d, name in zip(documents, names, strict=True) if name in question]
        (second,) = [d for d in documents if answer in d]
        assert {first, second} == set(needed)
        link, about = second.partition("\n")[0], first.partition("\n")[0]
        assert link in first
        assert about not in second
        assert link not in question
        assert [d for d in documents if link in d and d != second] == [first]


def test_published_settings_are_the_defaults() -> None:
    sample = make(SINGLE)
    assert sample.draft.max_output_tokens == 32
    assert sample.draft.prefix.count("Reply with the answer alone") == 1
    assert sample.draft.suffix.count("Reply with the answer alone") == 1
    numbers = re.findall(r"^Document (\d+):$", sample.context, re.MULTILINE)
    assert numbers == [str(k) for k in range(1, len(numbers) + 1)]
    assert get_task(LINKED).complete({})["placement"] == "random"
    assert get_task(SINGLE).complete({})["file"] is None


def test_kinds_of_questions_and_forms_of_answers_vary() -> None:
    suffixes = Counter(make(SINGLE, i, length=1200).draft.suffix for i in range(60))
    assert len(suffixes) == 60
    forms = Counter(len(make(SINGLE, i, length=1200).draft.reference) for i in range(60))
    assert set(forms) == {1, 2}
    numbered = next(
        s for i in range(60) if len((s := make(SINGLE, i, length=1200)).draft.reference) == 2
    )
    for form in numbered.draft.reference:
        assert score(numbered, form) == 1.0


# ---------------------------------------------------------------- guesses


def test_what_needs_no_reading_is_rarely_right() -> None:
    hits: Counter[str] = Counter()
    for index in range(60):
        sample = make(SINGLE, index, length=2048)
        documents = shown(sample)
        kind = next(
            (t, a)
            for t in topics("en")
            for a in t.attributes
            if sample.draft.reference[0] == t.read(evidence(sample)[0]).get(a.id)
        )
        values = [v for d in documents if (v := kind[0].read(d).get(kind[1].id))]
        hits["first of the kind"] += values[0] in sample.draft.reference
        hits["last of the kind"] += values[-1] in sample.draft.reference
        hits["middle of the kind"] += values[len(values) // 2] in sample.draft.reference
    assert max(hits.values()) / 60 < 0.2, hits


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("task", [SINGLE, LINKED])
def test_naming_all_that_could_be_meant_earns_nothing(task: str, language: str) -> None:
    for length in (1300, 2048, 8192):
        for index in range(30):
            sample = make(task, index, language, length)
            guesses = sample.task.guesses(sample.prompt)
            assert len(guesses) >= 5
            assert [g[:300] for g in guesses if score(sample, g) != 0.0] == []


def test_a_name_that_stands_twice_does_not_tell_the_second_document() -> None:
    right = asked = 0
    for index in range(40):
        sample = make(LINKED, index, length=4096)
        documents = shown(sample)
        names = [d.partition("\n")[0] for d in documents]
        twice = [n for n in names if sum(n in d for d in documents) > 1]
        second = next(d for d in documents if sample.draft.reference[0] in d)
        assert second.partition("\n")[0] in twice
        right += 1
        asked += len(twice)
    assert asked / right > 10


def test_rivals_of_the_link_have_documents_too() -> None:
    for index in range(10):
        sample = make(LINKED, index)
        first = next(d for d in shown(sample) if d.partition("\n")[0] in sample.draft.suffix)
        titles = [d.partition("\n")[0] for d in shown(sample)]
        assert sum(title in first for title in titles) == 4  # its own, two persons, a town


def test_half_of_the_documents_are_not_enough() -> None:
    tekken = get_tokenizer("tekken")
    right = 0
    for index in range(30):
        sample = make(LINKED, index)
        right += score(sample, sample.task.read(tail(tekken, sample.prompt, 2100))) == 1.0
        assert sample.task.read(head(tekken, sample.prompt, 2000)) == ""
    assert right < 18
    for task in (SINGLE, LINKED):
        read = get_task(task).read
        assert read("") == read("\n\nQuestion: \nAnswer:") == ""
        assert read("\n\nQuestion: Who founded the Velano Museum?\nAnswer:") == ""


# ---------------------------------------------------------------- depth and params


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("task", [SINGLE, LINKED])
def test_the_answer_lies_at_the_depth_asked_for(task: str, language: str) -> None:
    for depth in (0.0, 0.25, 0.5, 0.9, 1.0):
        sample = make(task, 3, language, 6000, depth)
        answer = sample.draft.reference[0]
        place = next(
            p for p in sample.evidence if answer in sample.prompt[p.char_start : p.char_end]
        )
        assert place.depth == pytest.approx(depth, abs=300 / 6000)
        assert sample.draft.suffix == make(task, 3, language, 2500).draft.suffix


def test_without_a_depth_the_answer_lies_anywhere() -> None:
    depths = [make(SINGLE, i, length=2500).evidence[0].depth for i in range(40)]
    assert min(depths) < 0.2
    assert max(depths) > 0.8


def test_where_the_other_document_stands() -> None:
    def depths(index: int, placement: str) -> list[float]:
        return [p.depth for p in make(LINKED, index, depth=0.3, placement=placement).evidence]

    assert all(abs(a - b) < 0.05 for a, b in (depths(i, "together") for i in range(8)))
    assert all(abs(a - b) > 0.4 for a, b in (depths(i, "apart") for i in range(8)))
    spread = [abs(a - b) for a, b in (depths(i, "random") for i in range(20))]
    assert min(spread) < 0.15
    assert max(spread) > 0.4


def test_as_many_of_the_same_kind_as_are_asked_for() -> None:
    def same(sample: Sample) -> int:
        gold = evidence(sample)[0]
        topic = next(t for t in topics("en") if len(t.read(gold)) == 5)
        return sum(len(topic.read(d)) == 5 for d in shown(sample)) - 1

    few = [same(make(SINGLE, i, length=8192, same_topic=0)) for i in range(10)]
    many = [same(make(SINGLE, i, length=8192, same_topic=40)) for i in range(10)]
    assert all(n >= 40 for n in many)
    assert sum(few) / 10 < 12


@pytest.mark.parametrize("tokenizer", ["words", "chars"])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("task", [SINGLE, LINKED])
def test_other_tokenizers(task: str, language: str, tokenizer: str) -> None:
    for length in (6000, 20_000):
        sample = make(task, 2, language, length, 0.5, tokenizer)
        assert 0 <= sample.shortfall <= item_tokens(sample)
        counter = get_tokenizer(tokenizer)
        assert counter.count(sample.prompt) == sample.prompt_tokens
        assert score(sample, sample.task.read(sample.prompt)) == 1.0


def test_too_short_says_what_is_needed() -> None:
    with pytest.raises(GenerationError, match="the documents with the answer take"):
        make(LINKED, length=260)
    with pytest.raises(GenerationError, match=r"too short.*6 documents are needed"):
        make(LINKED, length=640)
    with pytest.raises(GenerationError, match=r"too short.*5 documents are needed"):
        make(SINGLE, length=420)
