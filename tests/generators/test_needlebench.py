"""NeedleBench: the needle is where and what it should be; the trace cannot be short-cut."""

from __future__ import annotations

from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from synthctx.compose import Sample
from synthctx.errors import GenerationError, SuiteError
from synthctx.generators._kinship import (
    TERMS,
    WORDINGS,
    Fact,
    chinese_number,
    ordinal,
    spread_steps,
)
from synthctx.generators._kinship_ask import QUESTIONS
from synthctx.generators._kinship_read import parse, statements
from synthctx.generators._needles import THEMES
from synthctx.streams import Streams
from synthctx.tasks import Body, get_task
from synthctx.tokenizers import get_tokenizer, tail
from tests.generators.samples import made, scores

SINGLE, TRACE = "needlebench/single_retrieval", "needlebench/ancestral_trace"


def make(
    task: str,
    index: int = 0,
    language: str = "en",
    length: int = 4096,
    depth: float | None = None,
    haystack: dict[str, Any] | None = None,
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
        haystack=haystack or {},
    )


def single(index: int = 0, kind: str = "prose", depth: float = 0.5, **rest: Any) -> Sample:
    return make(SINGLE, index, depth=depth, haystack={"kind": kind}, **{"length": 2048, **rest})


# ---------------------------------------------------------------- single retrieval


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", ["prose", "noise"])
def test_the_needle_stands_once_and_its_key_and_value_nowhere_else(
    language: str, kind: str
) -> None:
    for index in range(12):
        sample = single(index, kind, language=language)
        keyword, needle = sample.draft.reference["keyword"], sample.draft.reference["needle"]
        piece = sample.evidence[0]
        assert sample.prompt[piece.char_start : piece.char_end] == needle
        assert needle.endswith("。" if language == "zh" else ".")
        assert sample.prompt.count(needle) == 1
        assert sample.prompt.count(keyword) == 1
        assert keyword not in sample.draft.suffix
        assert sample.shortfall == 0
        assert scores(sample, sample.task.read(sample.prompt)) == (1.0, 1.0)
        assert scores(sample, keyword) == (1.0, 1.0)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_theme_is_used_and_values_differ(language: str) -> None:
    drawn = [single(i, "noise", language=language).draft.reference for i in range(60)]
    for theme in THEMES[language]:
        head = theme.needle.partition("{")[0]
        middle = theme.needle.partition("{key}")[2].partition("{value}")[0]
        assert any(d["needle"].startswith(head) and middle in d["needle"] for d in drawn)
    assert len({d["keyword"] for d in drawn}) >= 58


def test_one_needle_at_every_length_and_depth() -> None:
    cells = [single(3, depth=d, length=n) for d in (0.0, 0.4, 1.0) for n in (1024, 4096)]
    assert len({cell.draft.reference["needle"] for cell in cells}) == 1
    for cell, asked in zip(cells, (0.0, 0.0, 0.4, 0.4, 1.0, 1.0), strict=True):
        assert cell.evidence[0].depth == pytest.approx(asked, abs=0.05)


def test_own_text_as_haystack(tmp_path: Path) -> None:
    text = tmp_path / "essay.txt"
    text.write_text("\n\n".join(f"Thought {i} is short. It ends here." for i in range(400)))
    sample = make(SINGLE, 1, depth=0.3, haystack={"kind": "essay", "files": [str(text)]})
    assert "Thought" in sample.context
    assert scores(sample, sample.task.read(sample.prompt)) == (1.0, 1.0)


def test_a_cut_or_foreign_document_gives_no_answer() -> None:
    sample = single(2, depth=0.0)
    read = sample.task.read
    assert read(tail(get_tokenizer("tekken"), sample.prompt, 900)) == ""
    assert read("") == read("____") == read("</document> ____") == ""
    wrong = single(7).draft.reference["keyword"]
    assert scores(sample, wrong) == (0.0, 0.0)


# ---------------------------------------------------------------- ancestral trace


def elders_of(prompt: str) -> dict[str, tuple[str, int]]:
    facts, _ = statements(prompt)
    assert len({younger for _, younger, _ in facts}) == len(facts), "somebody has two elders"
    return {younger: (elder, steps) for elder, younger, steps in facts}


def all_distances(elders: dict[str, tuple[str, int]]) -> dict[tuple[str, str], int]:
    """Every (ancestor, descendant) pair and the generations between, by plain repetition."""
    known = {(elder, younger): steps for younger, (elder, steps) in elders.items()}
    fresh = dict(known)
    while fresh:
        fresh = {
            (elders[old][0], young): elders[old][1] + n
            for (old, young), n in fresh.items()
            if old in elders
        }
        known |= fresh
    return known


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_brute_force_finds_one_answer_and_the_reader_the_same(language: str, question: str) -> None:
    for index in range(8):
        sample = make(TRACE, index, language, facts=6, question=question)
        answer = sample.draft.reference
        assert sample.task.read(sample.prompt) == f"\\boxed{{{answer}}}"
        assert scores(sample, sample.task.read(sample.prompt)) == (1.0, 1.0)
        elders = elders_of(sample.prompt)
        distance = all_distances(elders)
        asked = [n for n in {*elders, *(e for e, _ in elders.values())} if n in sample.draft.suffix]
        digits = "".join(c if c.isascii() and c.isdigit() else " " for c in sample.draft.suffix)
        n = int(digits.split()[-1]) if digits.strip() else 0
        if question == "relationship_distance":
            found = [str(d) for pair, d in distance.items() if {*pair} == {*asked}]
        elif question == "nth_descendant":
            found = [young for (old, young), d in distance.items() if [old] == asked and d == n]
        else:
            above = {old: d for (old, young), d in distance.items() if [young] == asked}
            eldest = question == "eldest_ancestor"
            found = [o for o, d in above.items() if (o not in elders if eldest else d == n)]
        assert found == [answer]


def one_fact(sample: Sample) -> int:
    assert isinstance(sample.draft.body, Body)
    return sample.draft.body.item_tokens


@pytest.mark.parametrize("language", ["en", "zh"])
def test_evidence_is_the_chain_and_the_window_is_filled(language: str) -> None:
    for facts, index in product((2, 8, 40), range(4)):
        sample = make(TRACE, index, language, length=8192, facts=facts)
        assert len(sample.evidence) == facts
        assert 0 <= sample.shortfall <= one_fact(sample) < 60
        lines = sample.context.split("\n")
        pieces = [sample.prompt[p.char_start : p.char_end] for p in sample.evidence]
        assert {*pieces} <= {*lines}
        assert all(parse(line) for line in lines)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("facts", [2, 512])
def test_chains_of_2_to_512_facts_with_every_question(
    facts: int, question: str, language: str
) -> None:
    length = 65536 if facts == 512 else 4096
    sample = make(TRACE, 1, language, length=length, facts=facts, question=question)
    answer = sample.draft.reference
    assert sample.task.read(sample.prompt) == f"\\boxed{{{answer}}}"
    assert scores(sample, sample.task.read(sample.prompt)) == (1.0, 1.0)
    assert len(sample.evidence) == facts
    assert sample.max_output_tokens > 12 * facts
    assert 0 <= sample.shortfall <= one_fact(sample)
    # the chain's own facts, walked by hand, give the answer too
    pieces = [sample.prompt[p.char_start : p.char_end] for p in sample.evidence]
    chain = {fact[1]: (fact[0], fact[2]) for piece in pieces if (fact := parse(piece))}
    (top,) = {elder for elder, _ in chain.values()} - {*chain}
    (bottom,) = {*chain} - {elder for elder, _ in chain.values()}
    distance = sum(steps for _, steps in chain.values())
    assert facts <= distance <= 2 * facts
    expected = {"nth_descendant": bottom, "relationship_distance": str(distance)}
    assert answer == expected.get(question, top)
    if question.startswith("nth"):
        assert str(distance) in sample.draft.suffix
    # more statements belong to others, branches of the chain's members among them
    facts_, _ = statements(sample.prompt)
    members = {*chain, top}
    assert len(facts_) >= 2 * facts
    assert any(old in members and young not in members for old, young, _ in facts_)
    assert any(old not in members for old, _, _ in facts_)


def test_512_facts_say_what_length_they_need() -> None:
    with pytest.raises(GenerationError, match="a chain of 512 facts"):
        make(TRACE, 1, length=32768, facts=512)


def shortcuts(prompt: str) -> dict[str, str]:
    """What one may answer without following anybody."""
    facts, question = statements(prompt)
    mentions = Counter(name for elder, younger, _ in facts for name in (elder, younger))
    others = [name for name in mentions if name not in question]
    younger = {y for _, y, _ in facts}
    roots = [name for name in others if name not in younger]
    once = [name for name in others if mentions[name] == 1]
    assert len(roots) > 3
    assert len(once) > 10
    return {
        "the one named once": once[0],
        "the last one named once": once[-1],
        "named most often": max(others, key=lambda name: mentions[name]),
        "stated to be nobody's child": roots[0],
        "of these, named most often": max(roots, key=lambda name: mentions[name]),
        "first to be named": others[0],
    }


def test_counting_names_does_not_answer() -> None:
    hits: Counter[str] = Counter()
    indices = [i for i in range(80) if i % 4 != 3]  # every fourth asks for a number
    for index in indices:
        sample = make(TRACE, index)
        for name, guess in shortcuts(sample.prompt).items():
            hits[name] += guess == sample.draft.reference
    assert max(hits.values(), default=0) / len(indices) < 0.15, hits


def test_half_of_the_statements_are_not_enough() -> None:
    tekken = get_tokenizer("tekken")
    samples = [make(TRACE, i) for i in range(40)]
    cut = [tail(tekken, s.prompt, s.prompt_tokens // 2) for s in samples]
    right = [scores(s, s.task.read(c))[0] == 1.0 for s, c in zip(samples, cut, strict=True)]
    assert sum(right) <= 2


def test_distances_are_spread_evenly() -> None:
    sums = Counter(sum(spread_steps(Streams(i)("x"), 4)) for i in range(1000))
    assert set(sums) == {4, 5, 6, 7, 8}
    assert max(sums.values()) < 250
    sample = make(TRACE, facts=4, question="relationship_distance")
    assert sample.draft.floor == pytest.approx(0.2)
    assert make(TRACE, question="eldest_ancestor").draft.floor == 0


def test_nobody_is_called_father_and_mother() -> None:
    female = {t for (_, is_female), ts in TERMS["en"].items() if is_female for t in ts}
    kinds: dict[str, set[bool]] = {}
    prompt = make(TRACE, 2, length=8192).prompt
    for line in prompt.partition("<statements>")[2].splitlines():
        if fact := parse(line):
            term = max((t for ts in TERMS["en"].values() for t in ts if t in line), key=len)
            kinds.setdefault(fact[0], set()).add(term in female)
    assert len(kinds) > 50
    assert all(len(said) == 1 for said in kinds.values())


def test_the_asked_ones_are_often_not_at_the_end_of_the_chain() -> None:
    for index in range(6):
        sample = make(TRACE, index, question="nth_ancestor")
        assert sample.draft.reference in elders_of(sample.prompt)
        sample = make(TRACE, index, question="nth_descendant")
        elders = elders_of(sample.prompt)
        assert sample.draft.reference in {elder for elder, _ in elders.values()}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_wording_says_who_is_older_and_by_how_much(language: str) -> None:
    names = {"en": ["Ann Lee", "Bob James"], "zh": ["李小明", "王大成"]}[language]
    for wording, ((steps, _), terms) in product(WORDINGS[language], TERMS[language].items()):
        for term in terms:
            line = Fact(0, 1, steps, term, wording).text(names)
            assert parse(line) == (*names, steps), line


def test_ordinals() -> None:
    english = "1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 101st 111th 113th 123rd"
    assert all(ordinal(int(word[:-2])) == word for word in english.split())
    chinese = "三3 十10 十二12 二十20 三十五35 一百100 一百零五105 一百一十110 一千零一1001"
    for word in chinese.split():
        digits = "".join(c for c in word if c.isascii())
        assert chinese_number(int(digits)) == word.removesuffix(digits)
    assert "的第" in make(TRACE, 1, "zh").draft.suffix


def test_pairing_keeps_question_and_chain_over_lengths() -> None:
    def chain_of(sample: Sample) -> set[str]:
        return {sample.prompt[p.char_start : p.char_end] for p in sample.evidence}

    short, long = make(TRACE, 2, length=2048), make(TRACE, 2, length=16384)
    assert short.draft.suffix == long.draft.suffix
    assert chain_of(short) == chain_of(long)


@pytest.mark.parametrize("tokenizer", ["chars", "words"])
def test_other_tokenizers(tokenizer: str) -> None:
    sample = make(TRACE, 1, tokenizer=tokenizer, length=16384)
    assert 0 <= sample.shortfall <= one_fact(sample)


def test_too_short_and_junk_are_refused() -> None:
    with pytest.raises(GenerationError, match="a chain of 64 facts"):
        make(TRACE, length=2048 + 64 * 24, facts=64)
    for junk in ({"facts": 1}, {"facts": 513}, {"question": "cousin"}, {"hops": 3}):
        with pytest.raises(SuiteError):
            get_task(TRACE).complete(junk)


def test_the_trace_reader_survives_anything() -> None:
    read = get_task(TRACE).read
    circle = "Ann Lee is Bob Ray's father.\nBob Ray is Ann Lee's father.\n</statements>\n"
    for question in ("Who is the eldest ancestor of Ann Lee?", "between Ann Lee and Cy Roe?", ""):
        assert isinstance(read(circle + question), str)
    assert read("Who is the descendant of Ann Lee, exactly " + "9" * 40 + " gen") == ""
