"""Ada-LEval's TSort: one order only, every order as often, exact length, no give-aways."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import permutations
from math import factorial
from typing import Any

import pytest

from synthctx.compose import Sample
from synthctx.errors import GenerationError, SuiteError
from synthctx.generators._chronicle import chronicle, count_orders
from synthctx.generators.adaleval import unrank
from synthctx.rules import grade
from synthctx.streams import Streams
from synthctx.tasks import get_task
from synthctx.tokenizers import get_tokenizer, tail
from tests.generators.samples import made

TSORT = "adaleval/tsort"
TIERS = ("literal", "interleaved", "computed", "alias")


def make(index: int = 0, length: int = 3072, tokenizer: str = "tekken", **params: Any) -> Sample:
    return made(TSORT, params, seed=5, index=index, length=length, depth=None, tokenizer=tokenizer)


def strict(sample: Sample, output: str) -> float | None:
    draft = sample.draft
    return grade(
        sample.task.rule, output=output, reference=draft.reference, params=dict(draft.rule_params)
    ).score


def parts_of(sample: Sample) -> list[str]:
    return re.split(r"\n\n(?:Part \d+|After):\n", sample.context)[1:-1]


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("segments", [2, 4, 9, 16])
def test_exact_length_and_the_reader_is_right(tier: str, segments: int) -> None:
    for index in range(3):
        sample = make(index, 4096, tier=tier, segments=segments)
        assert sample.shortfall == 0
        output = sample.task.read(sample.prompt)
        assert output == f"Answer: {sample.draft.reference}"
        assert strict(sample, output) == 1.0
        assert len(parts_of(sample)) == segments


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("depth", [0, 0.5, 1])
def test_clue_depths(tier: str, depth: float) -> None:
    sample = make(1, tier=tier, clue_depth=depth)
    assert sample.task.read(sample.prompt) == f"Answer: {sample.draft.reference}"
    clues = [sample.prompt[p.char_start : p.char_end] for p in sample.evidence][-9:-1]
    for k, part in enumerate(parts_of(sample)):
        first, last = part.index(clues[2 * k]), part.index(clues[2 * k + 1])
        assert first < last
        wanted = depth / 2
        assert first / len(part) == pytest.approx(wanted, abs=0.15)
        assert (last + len(clues[2 * k + 1])) / len(part) == pytest.approx(1 - wanted, abs=0.15)
        if depth == 0:
            assert first == 0
            assert part.endswith(clues[2 * k + 1])


@pytest.mark.parametrize("segments", [2, 3, 4])
def test_every_order_is_dealt_out_once_in_a_round(segments: int) -> None:
    rounds = factorial(segments)
    orders = Counter(tuple(make(i, segments=segments).draft.reference) for i in range(rounds))
    assert set(orders) == set(permutations(range(1, segments + 1)))
    assert set(orders.values()) == {1}


def test_a_constant_answer_scores_one_in_twenty_four() -> None:
    samples = [make(i) for i in range(24)]
    for constant in ("Answer: [1, 2, 3, 4]", "Answer: [3, 1, 4, 2]"):
        assert sum(strict(s, constant) or 0 for s in samples) == 1


def test_the_sample_answer_is_never_right() -> None:
    for segments in (2, 3, 4):
        for index in range(factorial(segments)):
            sample = make(index, segments=segments)
            shown = json.loads(sample.draft.prefix.partition("\nAnswer: ")[2].partition("\n")[0])
            assert shown != sample.draft.reference
            assert sample.draft.rule_params.get("sample") == (shown if segments > 2 else None)
            assert len(shown) == max(3, segments)
            assert all(strict(sample, guess) == 0 for guess in sample.task.guesses(sample.prompt))
    assert make(segments=2).draft.floor == 1 / 2  # a wrong order of two would tell the right one
    assert make().draft.floor == 1 / 23


def test_ranks_and_orders() -> None:
    assert [unrank(r, 3) for r in range(6)] == [list(p) for p in permutations((1, 2, 3))]
    assert unrank(factorial(16) - 1, 16) == list(range(16, 0, -1))


def brute_force(clues: list[Any], start: tuple[str, str], end: tuple[str, str]) -> int:
    """Try every order, moving things about as the parts say."""
    good = 0
    for order in permutations(clues):
        where, fits = dict([start]), True
        for (thing, holder), moved in order:
            fits = fits and where.setdefault(thing, holder) == holder
            where[moved[0]] = moved[1]
        good += fits and where.get(end[0]) == end[1]
    return good


@pytest.mark.parametrize("tier", TIERS)
def test_one_order_by_brute_force(tier: str) -> None:
    for n in (2, 3, 4, 6):
        for seed in range(5):
            made = chronicle(Streams([tier, n, seed]), tier, n)
            assert brute_force(made.states, made.start, made.end) == 1
            shuffled = Streams(seed)("order").shuffled(made.states)
            assert count_orders(shuffled, made.start, made.end) == 1


def test_counting_orders_agrees_with_brute_force_where_there_are_more_or_none() -> None:
    counted = set()
    for seed in range(300):
        stream = Streams(["states", seed])("x")

        def state(stream: Any = stream) -> tuple[str, str]:
            return stream.pick("XY"), stream.pick("abc")

        clues = [(state(), state()) for _ in range(4)]
        start, end = state(), state()
        n = count_orders(clues, start, end)
        assert n == brute_force(clues, start, end)
        counted.add(n)
    assert {0, 1, 2} <= counted


@pytest.mark.parametrize("tier", ["computed", "alias"])
def test_no_word_joins_two_parts(tier: str) -> None:
    for index in range(6):
        sample = make(index, tier=tier)
        clues = [sample.prompt[p.char_start : p.char_end] for p in sample.evidence][-9:-1]
        marks = [re.findall(r"\d+|[A-Z][a-z]+ [A-Z]\w+|the \w+\.", clue) for clue in clues]
        counts = Counter(mark for found in marks for mark in found if mark != "the store.")
        assert len(counts) >= 8
        assert max(counts.values()) == 1, counts


def test_names_alone_do_not_order_two_things() -> None:
    made = chronicle(Streams("two"), "interleaved", 6)
    by_name = [((("-"), a[1]), ("-", b[1])) for a, b in made.states]
    assert len({b for _, b in by_name}) < len(by_name)
    assert len({thing for (thing, _), _ in made.states}) == 2


def test_parts_share_the_length() -> None:
    sample = make(length=16384)
    sizes = [get_tokenizer("tekken").count(part) for part in parts_of(sample)]
    assert max(sizes) < 1.1 * min(sizes)


def test_clues_stay_the_same_over_lengths() -> None:
    def clues(sample: Sample) -> list[str]:
        return [sample.prompt[p.char_start : p.char_end] for p in sample.evidence]

    short, long = make(3, 2048), make(3, 8192)
    assert clues(short) == clues(long)
    assert short.draft.reference == long.draft.reference


def test_what_a_window_leaves() -> None:
    tekken = get_tokenizer("tekken")
    samples = [make(i, clue_depth=0) for i in range(24)]
    half = [s.task.read(tail(tekken, s.prompt, s.prompt_tokens // 2)) for s in samples]
    assert half == [""] * 24
    # Without "Before" nothing says what comes first, but one place is left over for one part.
    cuts = [s.prompt[s.prompt.index("Part 2:") :] for s in samples]
    assert all(
        s.task.read(cut) in ("", f"Answer: {s.draft.reference}")
        for s, cut in zip(samples, cuts, strict=True)
    )
    whole_parts = [s.prompt[s.prompt.index("Part 1:") :] for s in samples]
    assert all(
        s.task.read(cut) == f"Answer: {s.draft.reference}"
        for s, cut in zip(samples, whole_parts, strict=True)
    )


def test_the_reader_survives_anything() -> None:
    read = get_task(TSORT).read
    ask = "\n\nIn which order are the 4 parts to be read?"
    loop = "Part 1:\nTo begin with, the guild seal is in the charge of Al Po.\n" * 3
    for junk in ("", ask, loop + ask, "Part 9" + "9" * 6000 + ":\n" + ask, "7" * 9000 + ask):
        assert read(junk) == ""


def test_other_tokenizers_are_exact_too() -> None:
    assert make(length=12000, tokenizer="chars").shortfall == 0
    assert make(length=2500, tokenizer="words").shortfall == 0


def test_too_short_and_junk_are_refused() -> None:
    with pytest.raises(GenerationError, match="4 parts take"):
        make(length=512)
    for junk in ({"segments": 1}, {"segments": 17}, {"tier": "hard"}, {"clue_depth": 2}, {"n": 4}):
        with pytest.raises(SuiteError):
            get_task(TSORT).complete(junk)
