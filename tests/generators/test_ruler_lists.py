"""RULER's common and frequent words: how often each comes, and what counting a part earns."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

import pytest

from synthctx.compose import Sample
from synthctx.errors import GenerationError
from synthctx.generators._ruler_words import inner
from synthctx.tokenizers import get_tokenizer
from tests.generators.ruler_samples import LISTS, make, mean, pieces, strict

# ---------------------------------------------------------------- common words


def listed(sample: Sample) -> list[str]:
    found = re.findall(r"(\d+)\. ([a-z]+)", sample.context)
    assert [int(number) for number, _ in found] == list(range(1, len(found) + 1))
    return [word for _, word in found]


def frequencies(sample: Sample) -> tuple[set[int], list[int]]:
    """How often asked words come; and the others, seldom ones first."""
    counts, asked = Counter(listed(sample)), set(sample.draft.reference)
    return {counts[w] for w in asked}, sorted(n for w, n in counts.items() if w not in asked)


@pytest.mark.parametrize(
    ("length", "often", "seldom"), [(2048, 6, 1), (4096, 30, 3), (20_000, 30, 3), (150_000, 30, 3)]
)
def test_common_words_come_as_often_as_published(length: int, often: int, seldom: int) -> None:
    for index in range(3):
        sample = make("cwe", index, length)
        asked, others = frequencies(sample)
        assert asked == {often}
        assert set(others[1:]) == {seldom}
        assert 1 <= others[0] <= seldom
        words = set(listed(sample))
        assert all(words.isdisjoint(inner(word)) for word in words)
        assert not words & set(re.findall("[a-z]+", sample.draft.prefix + sample.draft.suffix))
        assert 0 <= sample.shortfall < 20


def test_one_more_word_would_not_fit() -> None:
    count = get_tokenizer("tekken").count
    for index in range(6):
        sample = make("cwe", index, 9000)
        n = len(listed(sample))
        assert count(f" {n + 1}. ") + 6 > sample.shortfall - 2


def test_every_list_has_a_layout_of_its_own() -> None:
    for name in LISTS:
        layouts = set()
        for index in range(8):
            sample = make(name, index)
            words = re.findall(r"\b[a-z]+\b", sample.context)
            first: dict[str, int] = {}
            layouts.add(tuple(first.setdefault(word, len(first)) for word in words[:200]))
        assert len(layouts) == 8


def test_parameters_of_common_words() -> None:
    sample = make("cwe", common=4, common_frequency=12, uncommon_frequency=5, words="invented")
    asked, others = frequencies(sample)
    assert (asked, set(others[1:]), len(sample.draft.reference)) == ({12}, {5}, 4)
    assert {len(word) for word in listed(sample)} == {9}
    assert len(sample.evidence) == 48
    assert sum(w in p for p in pieces(sample) for w in sample.draft.reference) == 48
    bare = make("cwe", example=False)
    assert "example" not in bare.draft.prefix
    assert bare.draft.reference == make("cwe", example=False, length=30_000).draft.reference
    example = re.findall(r"\d+\. ([a-z]+)", make("cwe").draft.prefix)
    assert sorted(Counter(example).values()) == [3] * 30 + [11] * 10  # ten times, and its answer


def test_a_list_goes_on_in_invented_words_evenly() -> None:
    assert {len(word) for word in listed(make("cwe", 1, 65_536))} <= set(range(4, 9))
    long = listed(make("cwe", 1, 150_000))
    halves = [
        sum(len(w) == 9 for w in half) for half in (long[: len(long) // 2], long[len(long) // 2 :])
    ]
    assert min(halves) > 1000
    assert max(halves) < 1.1 * min(halves)


def test_more_words_than_asked_for_lose() -> None:
    for name in LISTS:
        samples = [make(name, i, 16_000) for i in range(6)]
        for sample in samples:
            words = list(dict.fromkeys(re.findall(r"\b[a-z]{4,}\b", sample.context)))[:110]
            asked, n = sample.draft.reference, len(sample.draft.reference)
            wrong = [word for word in words if word not in asked]
            for joint in (" ", ", ", "\n"):
                assert strict(sample, joint.join(dict.fromkeys(asked + words))) == 0
                most = 1 - 2 / n
                assert strict(sample, joint.join(asked + wrong[:2])) == pytest.approx(most)
    samples = [make("cwe", i, 16_000) for i in range(10)]
    assert mean(samples, lambda s: ", ".join(list(dict.fromkeys(listed(s)))[:10])) < 0.1
    rare = [", ".join(w for w, n in Counter(listed(s)).items() if n <= 3)[:900] for s in samples]
    assert all(strict(s, r) == 0 for s, r in zip(samples, rare, strict=True))


# ---------------------------------------------------------------- frequent words


def by_rank(sample: Sample) -> list[tuple[str, int]]:
    return Counter(sample.context.split()).most_common()


@pytest.mark.parametrize("length", [1200, 4096, 32_768, 131_072])
def test_frequent_words_follow_their_ranks(length: int) -> None:
    for index in range(3):
        sample = make("fwe", index, length)
        ranked = by_rank(sample)
        assert "...." not in sample.context
        assert [word for word, _ in ranked[:3]] == sample.draft.reference
        assert all(a - b >= 2 for (_, a), (_, b) in pairwise(ranked[:4]))
        first = ranked[0][1]
        for rank, (_, n) in enumerate(ranked[:5], 2):
            assert n == pytest.approx(first * (2 / rank) ** 2, rel=0.03, abs=2)
        assert {len(word) for word, _ in ranked} == {6}
        assert 0 <= sample.shortfall < 10


def test_the_published_layout_with_dots() -> None:
    sample = make("fwe", 1, 32_768, dots=True)
    ranked = by_rank(sample)
    words = sum(n for _, n in ranked)
    assert [w for w, _ in ranked[:4]] == ["....", *sample.draft.reference]
    shares = [n / words for _, n in ranked[:4]]
    assert shares == pytest.approx([0.608, 0.152, 0.0675, 0.038], abs=0.01)
    assert "Dots" in sample.draft.prefix
    assert "Dots" not in make("fwe").draft.prefix
    samples = [make("fwe", i, dots=True) for i in range(6)]
    assert mean(samples, lambda s: by_rank(s)[0][0]) == 0, "most frequent, noise and all"
    assert mean(samples, lambda s: ", ".join(w for w, _ in by_rank(s)[:3])) < 0.4


def test_counting_earns_no_more_than_what_was_counted() -> None:
    samples = [make("fwe", i) for i in range(6)]
    assert mean(samples, lambda s: by_rank(s)[0][0]) == pytest.approx(1 / 3)
    assert mean(samples, lambda s: ", ".join(w for w, _ in by_rank(s)[3:6])) == 0
    assert mean(samples, lambda s: ", ".join(w for w, _ in by_rank(s)[:6])) == 0
    assert mean(samples, lambda s: by_rank(s)[-1][0]) == 0


def test_parameters_of_frequent_words() -> None:
    sample = make("fwe", length=16_000, vocabulary=40, alpha=1.4, word_length=8, asked=6)
    ranked = by_rank(sample)
    assert len(ranked) == 39, "the first rank is that of the dots"
    assert {len(word) for word, _ in ranked} == {8}
    assert [w for w, _ in ranked[:6]] == sample.draft.reference
    assert ranked[0][1] / ranked[2][1] == pytest.approx(2**1.4, rel=0.05)
    assert ranked[5][1] - ranked[6][1] >= 2
    one = make("fwe", asked=1)
    assert "Which 1 word comes" in one.draft.suffix
    assert one.task.read(one.prompt) == one.draft.reference[0]
    short, long = make("fwe", 3, 2000), make("fwe", 3, 60_000)
    assert short.draft.reference == long.draft.reference
    with pytest.raises(GenerationError, match="6 frequent words"):
        make("fwe", length=400, asked=6)
