"""Ada-LEval's TSort: one order only, every order as often, exact length, no give-aways."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import permutations
from math import factorial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from synthctx.compose import Sample
from synthctx.errors import GenerationError, SuiteError
from synthctx.generation import generate
from synthctx.generators._chronicle import chronicle, count_orders
from synthctx.generators.adaleval import unrank
from synthctx.rules import grade
from synthctx.streams import Streams
from synthctx.suite import Suite
from synthctx.tasks import Body, get_task
from synthctx.tokenizers import get_tokenizer, tail
from synthctx.verification import verify
from tests.generators.samples import made

TSORT = "adaleval/tsort"
TIERS = ("literal", "interleaved", "computed", "alias")


def item_tokens(sample: Sample) -> int:
    assert isinstance(sample.draft.body, Body)
    return sample.draft.body.item_tokens


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
    sample = make(1, 6144, tier=tier, clue_depth=depth)
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


def test_the_sample_answer_tells_no_more_than_that_it_is_wrong() -> None:
    """Each sample answer stands before every other order about as often."""
    after: dict[str, Counter[str]] = {}
    for index in range(360):
        sample = make(index, 900, "words", segments=3)
        shown = sample.task.guesses(sample.prompt)[0]
        after.setdefault(shown, Counter())[str(sample.draft.reference)] += 1
    assert len(after) == 6
    for orders in after.values():
        assert len(orders) == 5
        assert max(orders.values()) < 0.45 * sum(orders.values())


def best_chain(alike: Any, n: int) -> list[int]:
    """Return the order with which neighbours are most alike, the text before and after too."""

    def total(order: tuple[int, ...]) -> float:
        return float(sum(alike[a][b] for a, b in zip((0, *order), (*order, n + 1), strict=True)))

    orders: list[tuple[int, ...]] = list(permutations(range(1, n + 1)))
    best = max(orders, key=total)
    return list(best)


def test_no_number_of_the_filler_reads_as_the_right_order() -> None:
    for index in range(12):
        sample = make(index, 16384, segments=4)
        digits = "".join(map(str, sample.draft.reference))
        assert digits not in sample.context
        assert strict(sample, sample.context) == 0


def texts_of(sample: Sample) -> list[str]:
    return re.split(r"(?:\n\n)?(?:Before|Part \d+|After):\n", sample.context)[1:]


def shortcuts(sample: Sample) -> dict[str, list[int]]:
    texts = texts_of(sample)
    n, parts = len(texts) - 2, texts[1:-1]
    words = TfidfVectorizer(token_pattern=r"\w+").fit(texts)
    whole = words.transform(texts)
    ends, heads = (
        words.transform([t[cut] for t in texts]) for cut in (slice(-200, None), slice(200))
    )
    sizes = np.argsort([len(part) for part in parts], kind="stable") + 1
    return {
        "chain of like parts": best_chain((whole @ whole.T).toarray(), n),
        "chain of like ends": best_chain((ends @ heads.T).toarray(), n),
        "shortest first": sizes.tolist(),
        "longest first": sizes[::-1].tolist(),
        "by first words": [k + 1 for k in sorted(range(n), key=parts.__getitem__)],
    }


@pytest.mark.parametrize("tier", ["computed", "alias"])
def test_no_shortcut_orders_the_parts(tier: str) -> None:
    right: Counter[str] = Counter()
    for index in range(96):
        sample = make(index, 1500, "words", tier=tier)
        for trick, order in shortcuts(sample).items():
            right[trick] += order == sample.draft.reference
    chance, n = 1 / 24, 96
    slack = 3 * (chance * (1 - chance) / n) ** 0.5
    assert all(times / n < chance + slack for times in right.values()), right


def test_like_parts_order_the_literal_tier_more_often() -> None:
    """The audit can fail: names that stand in two parts are found."""
    samples = [make(index, 1500, "words") for index in range(48)]
    right = sum(shortcuts(s)["chain of like parts"] == s.draft.reference for s in samples)
    assert right / 48 > 3 / 24


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


# ---------------------------------------------------------------- books


def a_book(folder: Path, paragraphs: int = 120) -> Path:
    """Write a book with headings, page numbers, a running header and a paragraph twice."""
    out = []
    for k in range(paragraphs):
        if k % 10 == 0:
            out += [f"CHAPTER {k // 10 + 1}", f"{k + 7}", "The Lamps of Wenlock"]
        out.append(
            f"On day {k} the keeper wrote that wind {k * 37 % 101} had come. Ship {k * 91 % 997} "
            f"lay off the point until noon, and nobody landed. He lit lamp {k} at dusk."
        )
    out.insert(20, out[19])
    path = folder / "book.txt"
    path.write_text("\n\n".join(out), encoding="utf-8")
    return path


@pytest.mark.parametrize("segments", [2, 4, 7])
@pytest.mark.parametrize("tokenizer", ["tekken", "words"])
def test_parts_of_a_book_follow_each_other(tmp_path: Path, segments: int, tokenizer: str) -> None:
    path = a_book(tmp_path)
    for index in range(4):
        sample = make(index, 1200, tokenizer, file=str(path), segments=segments)
        assert sample.draft.uniqueness == "asserted"
        assert sample.added_up
        assert 0 <= sample.shortfall <= item_tokens(sample) < 80
        before, *parts, after = texts_of(sample)
        order = sample.draft.reference
        read = "\n\n".join([before, *(parts[label - 1] for label in order), after])
        days = [int(day) for day in re.findall(r"On day (\d+) ", read)]
        lamps = [int(lamp) for lamp in re.findall(r"lit lamp (\d+) ", read)]
        assert days == list(range(days[0], days[-1] + 1))
        assert lamps == list(range(lamps[0], lamps[-1] + 1))
        assert not re.search("CHAPTER|Lamps of Wenlock", sample.context)
        sizes = [len(part) for part in parts]
        assert max(sizes) < 2 * min(sizes)
        assert strict(sample, f"Answer: {order}") == 1


def test_a_chinese_book_has_no_blanks_between_its_sentences(tmp_path: Path) -> None:
    path = tmp_path / "书.txt"
    days = (f"第{day}天，渡船离开了码头。它带着{day * 7 % 50 + 3}箱货物。" for day in range(1, 200))
    path.write_text("\n\n".join(days), encoding="utf-8")
    sample = make(0, 1200, file=str(path), segments=3)
    assert "。 " not in sample.context
    before, *parts, after = texts_of(sample)
    read = "".join([before, *(parts[label - 1] for label in sample.draft.reference), after])
    order = [int(day) for day in re.findall(r"第(\d+)天", read)]
    assert order == list(range(order[0], order[-1] + 1))


def test_a_book_on_disk_is_verified_and_its_digest_kept(tmp_path: Path) -> None:
    path = a_book(tmp_path)
    test = {"task": TSORT, "length": ["1k", "2k"], "samples": 2, "params": {"file": str(path)}}
    suite = Suite.from_document({"name": "book", "seed": 1, "tests": [test]})
    bench = generate(suite, tmp_path / "b")
    assert verify(bench).failures == []
    assert list(bench.manifest()["corpus"]) == [str(path)]


def test_a_folder_and_a_table_of_texts(tmp_path: Path) -> None:
    text = a_book(tmp_path).read_text(encoding="utf-8")
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "1.txt").write_text(text, encoding="utf-8")
    (folder / "2.txt").write_text("Too short. It says nothing.", encoding="utf-8")
    table = tmp_path / "t.jsonl"
    table.write_text(json.dumps({"body": text}), encoding="utf-8")
    for params in ({"file": str(folder)}, {"file": str(table), "text_column": "body"}):
        assert "the keeper wrote" in make(1, 1000, **params).context


def test_what_is_said_of_a_book_that_does_not_do(tmp_path: Path) -> None:
    path = str(a_book(tmp_path, 20))
    with pytest.raises(GenerationError, match=r"is one text of .* needs one of more than"):
        make(length=8000, file=path)
    with pytest.raises(GenerationError, match="16 parts of at least"):
        make(length=700, file=path, segments=16)
    with pytest.raises(SuiteError, match="tier and clue_depth are of written chronicles"):
        make(file=path, tier="alias")
    with pytest.raises(SuiteError, match="there is no file"):
        get_task(TSORT).complete({"file": str(tmp_path / "none.txt")})
