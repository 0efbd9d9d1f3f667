"""LongBench: counts that are what they are said to be, abstracts of one paragraph alone."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations, pairwise
from typing import Any

import pytest

from synthctx.compose import Sample
from synthctx.errors import GenerationError, SuiteError
from synthctx.tasks import Body, get_task
from synthctx.tokenizers import get_tokenizer, head, tail
from synthctx.topics import retold
from tests.generators.samples import made, scores

COUNT, RETRIEVAL = "longbench/passage_count", "longbench/passage_retrieval"
HEADING = re.compile(r"^(?:Paragraph (\d+):|段落(\d+)：)\n(.+)$", re.MULTILINE)


def make(
    task: str,
    index: int = 0,
    language: str = "en",
    length: int = 8192,
    depth: float | None = None,
    tokenizer: str = "tekken",
    **params: Any,
) -> Sample:
    return made(
        task,
        params,
        seed=5,
        index=index,
        length=length,
        depth=depth,
        tokenizer=tokenizer,
        language=language,
    )


def shown(sample: Sample) -> list[tuple[int, str]]:
    found = [(int(m[1] or m[2]), m[3]) for m in HEADING.finditer(sample.context)]
    numbers = [number for number, _ in found]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    return found


def item_tokens(sample: Sample) -> int:
    assert isinstance(sample.draft.body, Body)
    return sample.draft.body.item_tokens


# ---------------------------------------------------------------- count


@pytest.mark.parametrize("copies", ["shuffled", "adjacent", "far"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_count_is_that_of_the_texts(language: str, copies: str) -> None:
    for index in range(12):
        sample = make(COUNT, index, language, copies=copies)
        texts = [text for _, text in shown(sample)]
        assert len(set(texts)) == sample.draft.reference
        assert len(texts) > 20
        assert scores(sample, sample.task.read(sample.prompt)) == (1.0, 1.0)
        assert scores(sample, str(len(texts))) == (0.0, 0.0)
        assert 0 <= sample.shortfall <= item_tokens(sample)
        for one, other in combinations(sorted(set(texts)), 2):
            assert not one.startswith(other[:40]) or one[40:] != other[40:]


def test_counts_are_spread_and_the_same_at_every_length() -> None:
    drawn = Counter(make(COUNT, i, length=4096).draft.reference for i in range(120))
    assert set(drawn) == set(range(5, 21))
    assert max(drawn.values()) < 20
    for index in range(5):
        long = make(COUNT, index, length=20_000)
        assert long.draft.reference == make(COUNT, index, length=4096).draft.reference
        assert set(shown(long)[k][1] for k in range(len(shown(long)))) == {
            text for _, text in shown(make(COUNT, index, length=4096))
        }
    assert make(COUNT).draft.floor == 1 / 16
    assert make(COUNT, unique_min=30, unique_max=39).draft.floor == pytest.approx(0.1)
    assert 30 <= make(COUNT, unique_min=30, unique_max=39).draft.reference <= 39


def test_what_needs_no_comparing_is_rarely_right() -> None:
    hits: Counter[str] = Counter()
    for index in range(80):
        sample = make(COUNT, index, length=8192)
        texts = [text for _, text in shown(sample)]
        times = Counter(texts)
        for name, guess in {
            "paragraphs over copies of the first": round(len(texts) / times[texts[0]]),
            "paragraphs over copies of the last": round(len(texts) / times[texts[-1]]),
            "half of them": len(texts) // 2,
            "a quarter": len(texts) // 4,
            "the middle": 12,
            "one half of the text": len(set(texts[: len(texts) // 4])),
        }.items():
            hits[name] += guess == sample.draft.reference
    assert max(hits.values()) / 80 < 0.25, hits


def test_near_duplicates_differ_in_one_fact_and_count() -> None:
    for language in ("en", "zh"):
        for index in range(6):
            sample = make(COUNT, index, language, near_duplicates=0.5)
            texts = sorted({text for _, text in shown(sample)})
            unique = sample.draft.reference
            assert len(texts) == unique
            close = sum(
                any(_differ_in_one_place(one, other) for other in texts if other != one)
                for one in texts
            )
            assert close >= round(0.5 * unique)
            assert scores(sample, sample.task.read(sample.prompt)) == (1.0, 1.0)
    every = make(COUNT, 1, near_duplicates=1)
    assert len({text for _, text in shown(every)}) == every.draft.reference


def _differ_in_one_place(one: str, other: str) -> bool:
    split = re.compile(r"(?<=[.。]) ?")
    a, b = split.split(one), split.split(other)
    return len(a) == len(b) and sum(x != y for x, y in zip(a, b, strict=True)) == 1


def test_where_copies_stand() -> None:
    def ordered(copies: str) -> list[str]:
        return [text for _, text in shown(make(COUNT, 2, copies=copies))]

    beside = [sum(a == b for a, b in pairwise(ordered(c))) for c in ("far", "shuffled", "adjacent")]
    unique = len(set(ordered("far")))
    assert beside[2] == len(ordered("adjacent")) - unique
    assert beside[0] < beside[1] < beside[2]
    assert len(set(ordered("far")[:unique])) == unique


def test_articles_of_a_passage() -> None:
    one, three = make(COUNT, 1), make(COUNT, 1, length=16_384, articles=3)
    mean = [sum(len(t) for _, t in shown(s)) / len(shown(s)) for s in (one, three)]
    assert 2.5 < mean[1] / mean[0] < 3.5


def test_a_count_with_no_room_or_no_range() -> None:
    with pytest.raises(GenerationError, match=r"too short.*21 paragraphs are needed"):
        make(COUNT, length=1024)
    with pytest.raises(GenerationError, match="too short"):
        make(COUNT, length=60)
    with pytest.raises(SuiteError, match="unique_min 30 is above unique_max 20"):
        make(COUNT, unique_min=30)
    read = get_task(COUNT).read
    assert read("") == read("Paragraph 7:\nx") == ""


# ---------------------------------------------------------------- retrieval


def told_of(sample: Sample) -> list[str]:
    lines = [line for line in sample.draft.suffix.splitlines() if line]
    return retold(sample.row.language, lines[1])


@pytest.mark.parametrize("decoys", [0, 1, 3])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_one_paragraph_alone_has_more_than_one_of_the_facts(language: str, decoys: int) -> None:
    for index in range(10):
        sample = make(RETRIEVAL, index, language, length=12_000, decoys=decoys)
        values, paragraphs = told_of(sample), shown(sample)
        assert len(values) == len(set(values)) == 3
        having = {number: [v for v in values if v in text] for number, text in paragraphs}
        (gold,) = [number for number, held in having.items() if len(held) > 1]
        assert having[gold] and len(having[gold]) == 3
        reference = ("段落{}" if language == "zh" else "Paragraph {}").format(gold)
        assert sample.draft.reference == reference
        for value in values:
            assert sum(value in held for held in having.values()) == 1 + decoys
        assert scores(sample, sample.task.read(sample.prompt)) == (1.0, 1.0)
        piece = sample.evidence[0]
        assert sample.prompt[piece.char_start : piece.char_end] == dict(paragraphs)[gold]
        kinds = "Museum|Theatre|School|Library|Brewery|Observatory|Courier|Orchestra"
        names = re.findall(rf"\b[A-Z]\w+ (?:{kinds})\b", dict(paragraphs)[gold])
        assert not any(name in sample.draft.suffix for name in names)


def test_the_abstract_is_of_as_many_articles_as_can_be() -> None:
    for facts, articles in ((3, 3), (2, 3), (3, 2), (3, 1)):
        for index in range(6):
            sample = make(RETRIEVAL, index, facts=facts, articles=articles)
            values = told_of(sample)
            assert len(values) == facts
            piece = sample.evidence[0]
            text = sample.prompt[piece.char_start : piece.char_end]
            assert all(text.count(value) == 1 for value in values)
            if facts == articles == 3:
                at = sorted(text.index(value) for value in values)
                assert at[2] - at[0] > len(text) / 6


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_paragraph_lies_at_its_depth_under_its_number(language: str) -> None:
    cells = [
        make(RETRIEVAL, 4, language, length, depth)
        for depth in (0.0, 0.3, 0.7, 1.0)
        for length in (6000, 12_000)
    ]
    assert len({c.draft.reference for c in cells}) == 1
    assert len({c.draft.suffix for c in cells}) == 1
    for cell, depth in zip(cells, (0.0, 0.0, 0.3, 0.3, 0.7, 0.7, 1.0, 1.0), strict=True):
        assert cell.evidence[0].depth == pytest.approx(depth, abs=300 / cell.context_tokens)
        assert cell.draft.floor == pytest.approx(1 / len(shown(cell)))
        assert 0 <= cell.shortfall <= item_tokens(cell)
    depths = [make(RETRIEVAL, i, language, 6000).evidence[0].depth for i in range(30)]
    assert min(depths) < 0.2
    assert max(depths) > 0.8


def test_numbered_from_one_as_published() -> None:
    for depth in (0.0, 0.5, 1.0):
        sample = make(RETRIEVAL, 2, depth=depth, numbering="from_one")
        numbers = [number for number, _ in shown(sample)]
        assert numbers[0] == 1
        place = round(depth * (len(numbers) - 1)) + 1
        assert abs(int(sample.draft.reference.removeprefix("Paragraph ")) - place) <= 2
        assert sample.task.read(sample.prompt) == sample.draft.reference
        assert 0 <= sample.shortfall <= item_tokens(sample)


def test_one_value_or_word_overlap_is_not_enough() -> None:
    hits: Counter[str] = Counter()
    for index in range(40):
        sample = make(RETRIEVAL, index)
        values, paragraphs = told_of(sample), shown(sample)
        right = int(sample.draft.reference.removeprefix("Paragraph "))
        hits["first with the first fact"] += right == next(
            n for n, text in paragraphs if values[0] in text
        )
        words = set(re.findall(r"\b[a-z]{4,}", sample.draft.suffix))  # no names
        overlap = {n: len(words & set(re.findall(r"\b[a-z]{4,}", t))) for n, t in paragraphs}
        hits["most words shared"] += right == max(overlap, key=lambda n: overlap[n])
        hits["first"] += right == paragraphs[0][0]
    assert hits["first with the first fact"] / 40 < 0.8
    assert hits["most words shared"] / 40 < 0.4
    assert hits["first"] / 40 < 0.2


def test_a_cut_prompt_gives_no_answer() -> None:
    tekken = get_tokenizer("tekken")
    for index in range(6):
        sample = make(RETRIEVAL, index, depth=0.0)
        read = sample.task.read
        assert read(tail(tekken, sample.prompt, 4000)) == ""
        assert read(head(tekken, sample.prompt, 4000)) == ""
    assert read("") == read("\n\na\n\nb\n\nc") == ""
    with pytest.raises(GenerationError, match=r"too short.*4 paragraphs are needed"):
        make(RETRIEVAL, length=1100)
    with pytest.raises(GenerationError, match="too short"):
        make(RETRIEVAL, length=200)


@pytest.mark.parametrize("tokenizer", ["words", "chars"])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("task", [COUNT, RETRIEVAL])
def test_other_tokenizers(task: str, language: str, tokenizer: str) -> None:
    for length in (9000, 40_000):
        sample = make(task, 2, language, length, tokenizer=tokenizer, articles=1)
        assert 0 <= sample.shortfall <= item_tokens(sample)
        assert get_tokenizer(tokenizer).count(sample.prompt) == sample.prompt_tokens
        assert scores(sample, sample.task.read(sample.prompt))[0] == 1.0
