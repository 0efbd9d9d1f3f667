"""NeedleBench's tests of several needles: all are found, and a chain of kin must be followed."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise, product
from pathlib import Path
from typing import Any

import pytest

from synthctx.compose import Sample
from synthctx.errors import GenerationError, SuiteError
from synthctx.generators._kinship_ask import QUESTIONS
from synthctx.generators._kinship_read import hidden, parse
from synthctx.generators._needles import THEMES
from synthctx.generators.needlebench_multi import spaced
from synthctx.tasks import get_task
from synthctx.tokenizers import get_tokenizer, tail
from tests.generators.samples import made, scores

RETRIEVAL, REASONING = "needlebench/multi_retrieval", "needlebench/multi_reasoning"
LANGUAGES = ("en", "zh")


def make(
    task: str,
    index: int = 0,
    language: str = "en",
    length: int = 4096,
    depth: float | None = None,
    kind: str = "prose",
    tokenizer: str = "tekken",
    haystack: dict[str, Any] | None = None,
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
        haystack=haystack or {"kind": kind},
    )


def evidence(sample: Sample) -> list[str]:
    return [sample.prompt[p.char_start : p.char_end] for p in sample.evidence]


# ---------------------------------------------------------------- multi-needle retrieval


def forms(sample: Sample) -> list[str]:
    around = sample.draft.prefix + sample.draft.suffix
    return [line for line in around.splitlines() if "____" in line]


def test_eleven_needles_at_the_published_depths() -> None:
    sample = make(RETRIEVAL, length=8192)
    assert sample.task.complete({})["needles"] == 11
    assert sample.draft.reference["depths"] == list(range(0, 101, 10))
    assert len(sample.draft.reference["keywords"]) == len(sample.evidence) == 11
    for piece, asked in zip(sample.evidence, range(11), strict=True):
        assert piece.depth == pytest.approx(asked / 10, abs=30 / sample.context_tokens)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["prose", "noise"])
def test_each_sentence_fits_in_one_place(language: str, kind: str) -> None:
    for index in range(8):
        sample = make(RETRIEVAL, index, language, kind=kind)
        needles, keywords = evidence(sample), sample.draft.reference["keywords"]
        assert all(word in needle for word, needle in zip(keywords, needles, strict=True))
        assert all(sample.prompt.count(word) == 1 for word in keywords)
        for a, b in combinations(keywords, 2):
            assert a not in b
            assert b not in a
        for form in forms(sample):
            head, tail_ = form.split("____")
            assert sum(n.startswith(head) and n.endswith(tail_) for n in needles) == 1
            assert sample.context.count(head) == 1
        assert sorted(sample.task.read(sample.prompt).split("\n")) == sorted(needles)
        assert scores(sample, sample.task.read(sample.prompt)) == (1.0, 1.0)
        assert scores(sample, "\n".join(keywords)) == (1.0, 1.0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_keys_and_values_are_distinct_also_where_there_are_many(language: str) -> None:
    for index in range(4):
        sample = make(RETRIEVAL, index, language, length=16384, needles=64)
        assert scores(sample, sample.task.read(sample.prompt)) == (1.0, 1.0)
        found = []
        for needle, theme in product(evidence(sample), THEMES[language]):
            head, middle, end = theme.needle.replace("{value}", "{key}").split("{key}")
            if needle.startswith(head) and middle in needle and needle.endswith(end):
                inside = needle.removeprefix(head).removesuffix(end)
                found += [inside.partition(middle)[0], inside.partition(middle)[2]]
        assert len(found) == 128
        assert all(a not in b and b not in a for a, b in combinations(found, 2))


def test_questions_come_in_another_order_than_the_document() -> None:
    orders = []
    for index in range(6):
        sample = make(RETRIEVAL, index)
        heads = [form.partition("____")[0] for form in forms(sample)]
        places = [sample.context.find(head) for head in heads]
        orders.append(places == sorted(places))
    assert not any(orders)


def test_some_of_the_values_earn_their_share_and_others_cost() -> None:
    sample = make(RETRIEVAL)
    lines = sample.task.read(sample.prompt).split("\n")
    assert scores(sample, "\n".join(lines[:5]))[0] == pytest.approx(5 / 11)
    keywords = sample.draft.reference["keywords"]
    wrong = [*keywords[:5], "Nobody Known", "Somebody Else"]
    assert scores(sample, ", ".join(wrong))[0] == pytest.approx(3 / 11)


def test_depths_placement_order_and_hint_can_be_asked_for() -> None:
    first = [0, 0.1, 0.21, 0.31, 0.42, 0.52, 0.63, 0.73, 0.84, 0.94, 1]
    sample = make(RETRIEVAL, length=8192, depths=first)
    assert sample.draft.reference["depths"] == [round(100 * d) for d in first]
    random_ = make(RETRIEVAL, length=8192, placement="random", needles=5)
    asked = random_.draft.reference["depths"]
    assert len(asked) == 5
    assert asked == sorted(asked)
    assert asked != [0, 25, 50, 75, 100]
    for piece, depth in zip(random_.evidence, asked, strict=True):
        assert 100 * piece.depth == pytest.approx(depth, abs=1)
    for language in LANGUAGES:
        before = make(RETRIEVAL, 1, language, ask="before", guide=True)
        after = make(RETRIEVAL, 1, language)
        assert len(forms(before)) == 11
        assert "____" not in before.draft.suffix
        assert len(before.draft.prefix + before.draft.suffix) > len(after.draft.prefix)
        assert scores(before, before.task.read(before.prompt)) == (1.0, 1.0)
    assert make(RETRIEVAL, needles=1).draft.reference["depths"] == [50]


@pytest.mark.parametrize("language", LANGUAGES)
def test_among_facts_of_the_same_form_the_key_tells(language: str) -> None:
    sample = make(RETRIEVAL, 2, language, kind="distractors")
    assert scores(sample, sample.task.read(sample.prompt)) == (1.0, 1.0)


def test_one_problem_at_every_length() -> None:
    short, long = make(RETRIEVAL, 3, length=2048), make(RETRIEVAL, 3, length=16384)
    assert short.draft.reference == long.draft.reference
    assert short.draft.suffix == long.draft.suffix


@pytest.mark.parametrize("tokenizer", ["chars", "words"])
def test_retrieval_with_other_tokenizers(tokenizer: str) -> None:
    sample = make(RETRIEVAL, tokenizer=tokenizer, length=8192)
    assert sample.shortfall == 0
    assert scores(sample, sample.task.read(sample.prompt)) == (1.0, 1.0)


def test_a_cut_document_gives_what_is_left() -> None:
    sample = make(RETRIEVAL, length=8192)
    half = sample.task.read(tail(get_tokenizer("tekken"), sample.prompt, 4000))
    assert 0.3 < (scores(sample, half)[0] or 0) < 0.7
    read = sample.task.read
    assert read("") == read("____") == read("</document>\n____\n") == read("a ____ b") == ""


def test_what_does_not_fit_or_make_sense_is_refused() -> None:
    with pytest.raises(GenerationError, match="too short"):
        make(RETRIEVAL, length=900)
    for junk in ({"needles": 0}, {"needles": 65}, {"depths": [1.5]}, {"placement": "heap"}):
        with pytest.raises(SuiteError):
            get_task(RETRIEVAL).complete(junk)


# ---------------------------------------------------------------- multi-needle reasoning


def test_facts_never_pile_up() -> None:
    for depth, n, spacing in product(
        (0, 0.05, 0.2, 0.37, 0.5, 0.8, 0.95, 1), (2, 3, 5, 11, 32), (0.02, 0.1, 0.3, 1)
    ):
        depths = spaced(depth, n, spacing)
        assert len(depths) == n
        assert depths[0] == depth
        assert all(0 <= d <= 1 for d in depths)
        step = min(spacing, 1 / (n - 1))
        gaps = [b - a for a, b in pairwise(sorted(depths))]
        assert min(gaps) >= 0.5 * step - 1e-9
        if depth + step * (n - 1) <= 1:  # the published places
            assert depths == pytest.approx([depth + step * i for i in range(n)])
    assert spaced(0.8, 5, 0.1) == pytest.approx([0.8, 0.9, 1.0, 0.7, 0.6])
    assert spaced(1.0, 1, 0.1) == [1.0]


def elders_of(prompt: str) -> dict[str, tuple[str, int]]:
    facts, _ = hidden(prompt)
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


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("question", QUESTIONS)
def test_brute_force_finds_one_answer_and_the_reader_the_same(language: str, question: str) -> None:
    for index in range(8):
        sample = make(REASONING, index, language, depth=0.3, question=question)
        answer = sample.draft.reference
        assert scores(sample, sample.task.read(sample.prompt)) == (1.0, 1.0)
        elders = elders_of(sample.prompt)
        people = {*elders, *(elder for elder, _ in elders.values())}
        asked = [name for name in people if name in sample.draft.suffix]
        digits = "".join(c if c.isascii() and c.isdigit() else " " for c in sample.draft.suffix)
        n = int(digits.split()[-1]) if digits.strip() else 0
        distance = all_distances(elders)
        if question == "relationship_distance":
            found = [str(d) for pair, d in distance.items() if {*pair} == {*asked}]
        elif question == "nth_descendant":
            found = [young for (old, young), d in distance.items() if [old] == asked and d == n]
        else:
            above = {old: d for (old, young), d in distance.items() if [young] == asked}
            eldest = question == "eldest_ancestor"
            found = [o for o, d in above.items() if (o not in elders if eldest else d == n)]
        assert found == [answer]


@pytest.mark.parametrize("language", LANGUAGES)
def test_evidence_is_the_chain_ten_per_cent_apart(language: str) -> None:
    for index in range(8):
        sample = make(REASONING, index, language, length=16384, depth=0.25)
        assert len(sample.evidence) == 2 + index % 4
        assert all(parse(text) for text in evidence(sample))
        near = 40 / sample.context_tokens
        for place, piece in enumerate(sample.evidence):
            assert piece.depth == pytest.approx(0.25 + 0.1 * place, abs=near)
        facts, _ = hidden(sample.prompt)
        assert len(facts) > 2 * len(sample.evidence)
        assert sample.shortfall == 0
    late = make(REASONING, 3, language, length=16384, depth=1.0)
    assert sorted(round(p.depth, 1) for p in late.evidence) == [0.6, 0.7, 0.8, 0.9, 1.0]


def test_no_name_stands_in_another_or_in_the_filler() -> None:
    for index in range(6):
        sample = make(REASONING, index, facts=12, length=8192)
        facts, _ = hidden(sample.prompt)
        names = sorted({name for elder, younger, _ in facts for name in (elder, younger)})
        assert all(a not in b and b not in a for a, b in combinations(names, 2))
        mentions = Counter(name for elder, younger, _ in facts for name in (elder, younger))
        for name in names:
            assert sample.context.count(name) == mentions[name]


def shortcuts(prompt: str) -> dict[str, str]:
    """What one may answer without following anybody."""
    facts, question = hidden(prompt)
    mentions = Counter(name for elder, younger, _ in facts for name in (elder, younger))
    others = [name for name in mentions if name not in question]
    younger = {y for _, y, _ in facts}
    roots = [name for name in others if name not in younger]
    once = [name for name in others if mentions[name] == 1]
    return {
        "the one named once": once[0] if once else "",
        "the last one named once": once[-1] if once else "",
        "named most often": max(others, key=lambda name: mentions[name]),
        "stated to be nobody's child": roots[0],
        "of these, the last": roots[-1],
    }


def hits(n: int, **params: Any) -> dict[str, float]:
    found: Counter[str] = Counter()
    for index in range(n):
        sample = make(REASONING, index, depth=index / n, **params)
        for name, guess in shortcuts(sample.prompt).items():
            found[name] += guess == sample.draft.reference
    return {name: count / n for name, count in found.items()}


def test_counting_names_does_not_answer() -> None:
    found = hits(60, facts=5)
    assert max(found.values()) < 0.4, found  # one of four families is the right one
    assert found["the one named once"] < 0.15
    assert found["the last one named once"] < 0.15
    # the published chain stands alone: who is named once, but not in the question, is the answer
    assert hits(12, facts=5, branches=0, families=0)["the one named once"] == 1.0


def test_chains_up_to_32_facts_and_the_order_of_their_own() -> None:
    sample = make(REASONING, facts=32, length=16384, depth=0.5, question="nth_descendant")
    assert len(sample.evidence) == 32
    assert scores(sample, sample.task.read(sample.prompt)) == (1.0, 1.0)
    ordered = make(REASONING, facts=6, length=16384, depth=0.1, order="eldest_first")
    facts = [fact for text in evidence(ordered) if (fact := parse(text))]
    assert all(above[1] == below[0] for above, below in pairwise(facts))
    shuffled = make(REASONING, facts=6, length=16384, depth=0.1)
    assert sorted(evidence(shuffled)) != evidence(ordered)
    wide = make(REASONING, facts=3, length=16384, depth=0.0, spacing=0.5)
    assert [round(p.depth, 1) for p in wide.evidence] == [0.0, 0.5, 1.0]


def test_all_questions_go_with_all_counts_of_facts() -> None:
    seen = set()
    for index in range(16):
        sample = make(REASONING, index, question="mixed")
        number = sample.draft.rule_params["kind"] == "number"
        seen.add((len(sample.evidence), number, sample.draft.suffix.split()[2:4].__str__()[:8]))
        expected = 1 / (len(sample.evidence) + 1) if number else 0.0
        assert sample.draft.floor == pytest.approx(expected)
    assert {facts for facts, number, _ in seen if number} == {2, 3, 4, 5}


def test_one_chain_at_every_length_and_depth() -> None:
    cells = [
        make(REASONING, 2, length=n, depth=d) for n, d in product((3000, 12000), (0.0, 0.6, 1.0))
    ]
    assert len({tuple(sorted(evidence(cell))) for cell in cells}) == 1
    assert len({cell.draft.suffix for cell in cells}) == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("tokenizer", ["tekken", "chars", "words"])
def test_reasoning_in_noise_and_with_other_tokenizers(language: str, tokenizer: str) -> None:
    sample = make(REASONING, 1, language, kind="noise", tokenizer=tokenizer, length=12288)
    assert sample.shortfall == 0
    assert scores(sample, sample.task.read(sample.prompt)) == (1.0, 1.0)


def test_kin_of_ones_own_text_do_not_disturb(tmp_path: Path) -> None:
    text = tmp_path / "essay.txt"
    line = 'Paul Graham{i} said that Ann Lee was Bob Ray\'s mother: "So it is." It ends here.'
    text.write_text("\n\n".join(line.format(i="") + f" Number {i} was next!" for i in range(900)))
    for index in range(6):
        sample = make(REASONING, index, haystack={"kind": "essay", "files": [str(text)]})
        assert "Ann Lee was Bob" in sample.context
        assert scores(sample, sample.task.read(sample.prompt)) == (1.0, 1.0)


def test_the_reader_survives_anything() -> None:
    read = get_task(REASONING).read
    circle = "Ann Lee is Bob Ray's father. Bob Ray is Ann Lee's father.\n</document>\n"
    for question in ("Who is the eldest ancestor of Ann Lee?", "between Ann Lee and Cy Roe?", ""):
        assert isinstance(read(circle + question), str)
    sample = make(REASONING, 3, depth=0.5)
    assert read(tail(get_tokenizer("tekken"), sample.prompt, 300)) == read("") == ""


def test_too_short_and_junk_are_refused() -> None:
    with pytest.raises(GenerationError, match="too short"):
        make(REASONING, facts=5, length=900)
    for junk in ({"facts": 1}, {"facts": 33}, {"facts": "many"}, {"spacing": 0}, {"families": 9}):
        with pytest.raises(SuiteError):
            get_task(REASONING).complete(junk)
