"""NoLiMa: needle and question share no word, links lead one way, and one character answers."""

from __future__ import annotations

import re
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest

from synthctx.compose import Sample, compose
from synthctx.errors import GenerationError, SuiteError
from synthctx.generators._nolima_links import THEMES, Link, Theme
from synthctx.generators.nolima import (
    _DIRECT,
    _LITERAL,
    _NAME,
    _away,
    _characters,
    bare,
    connected,
    ends_of,
    strangers,
)
from synthctx.names import _person_parts
from synthctx.streams import Streams
from synthctx.suite import Suite
from synthctx.tasks import get_task
from synthctx.tokenizers import get_tokenizer, tail
from tests.generators.samples import made, scores

ONE, TWO = "nolima/one_hop", "nolima/two_hop"
TASKS = (ONE, TWO)
ALL = [(theme, link) for theme in THEMES for link in theme.links]
# words of grammar, and those that the two sentences of any pair may share
GRAMMAR = frozenset(
    re.findall(
        "[a-z]+",
        """a an the this that these those of in on at by to from for with without past into out up
        and or not no nor but as than when whenever whose who which what where be is are was were
        been has have had having can could would do does did it its her his she he they their there
        all any each every other more most one s""",
    )
)


def make(
    task: str = ONE,
    index: int = 0,
    length: int = 3000,
    depth: float = 0.5,
    haystack: dict[str, Any] | None = None,
    tokenizer: str = "tekken",
    **params: Any,
) -> Sample:
    return made(
        task,
        params,
        seed=7,
        index=index,
        length=length,
        depth=depth,
        tokenizer=tokenizer,
        haystack=haystack or {"kind": "prose"},
    )


def needle_of(sample: Sample) -> str:
    (piece,) = sample.evidence
    return sample.prompt[piece.char_start : piece.char_end]


def question_of(sample: Sample) -> str:
    return sample.draft.suffix.partition("Question: ")[2].partition("\n")[0]


# ---------------------------------------------------------------- the tables


def test_there_are_enough_links() -> None:
    assert len(ALL) >= 150
    assert all(len(theme.links) >= 4 for theme in THEMES)
    assert all(len(set(ends_of(link))) == 3 for _, link in ALL)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.plain[:40])
def test_links_lead_one_way_and_back(theme: Theme) -> None:
    for one, other in combinations(theme.links, 2):
        for a, b in product(ends_of(one), ends_of(other)):
            assert bare(a).lower() not in bare(b).lower(), (a, b)
            assert bare(b).lower() not in bare(a).lower(), (a, b)
    for side in range(3):
        assert len({ends_of(link)[side] for link in theme.links}) == len(theme.links)


def stems(text: str) -> set[str]:
    """The beginnings of all words that mean something: four letters, endings taken off."""
    out = set()
    for word in re.findall(r"[a-z]+", text.lower()):
        if word in GRAMMAR:
            continue
        for ending in ("ings", "ing", "ers", "er", "ed", "es", "s", "ly"):
            if word.endswith(ending) and len(word) - len(ending) >= 3:
                word = word.removesuffix(ending)
                break
        out.add(word[:4])
    return out


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.plain[:40])
def test_needle_and_question_share_no_word_that_means_something(theme: Theme) -> None:
    for link in theme.links:
        questions = [
            theme.one_hop.format(value=link.near),
            theme.two_hop.format(value=link.far),
        ]
        for wording, question in product((theme.plain, theme.inverted), questions):
            needle = wording.format(who="", key=link.key)
            assert not stems(needle) & stems(question), (needle, question)
        assert stems(link.key) & stems(_DIRECT.format(value=link.key))


def test_names_remind_of_nothing_in_the_tables() -> None:
    words = {word for _, link in ALL for end in ends_of(link) for word in stems(end)}
    people = _characters(Streams("names")("test"))
    names = [next(people) for _ in range(200)]
    assert len({part for name in names for part in name.split()}) == 400
    for name in names:
        assert not {part[:4].lower() for part in name.split()} & words, name
        assert re.fullmatch(_NAME, name)
    given = {name[:4].lower() for name in _person_parts("en")[0]}
    assert given & words, "names such as Sydney would have to be left out"


def test_the_words_that_decide_hold_all_ways_to_what_is_asked() -> None:
    for theme, link in ALL:
        words = set(connected(link))
        assert {bare(end) for end in ends_of(link)} <= words
        for other in (o for t in THEMES for o in t.links):
            if {other.near, other.far} & {link.near, link.far}:
                assert bare(other.key) in words
        own, rest = strangers(theme, link)
        assert len(own) == len(theme.links) - 1
        for _, stranger in [*own, *rest]:
            assert not {bare(e) for e in ends_of(stranger)} & {bare(e) for e in ends_of(link)}


# ---------------------------------------------------------------- samples


def who_has_to_do(passage: str) -> dict[Link, set[str]]:
    """Who stands in one sentence with which key, by looking for every key of the tables."""
    out: dict[Link, set[str]] = {}
    for sentence in re.split(r"(?<=[.!?])\s+", passage):
        for _, link in ALL:
            if link.key in sentence:
                out.setdefault(link, set()).update(re.findall(_NAME, sentence))
    return out


@pytest.mark.parametrize("task", TASKS)
def test_brute_force_finds_one_character(task: str) -> None:
    for index in range(40):
        sample = make(task, index, depth=index / 39)
        question, found = question_of(sample), who_has_to_do(sample.context)
        (gold,) = sample.draft.reference
        assert len(found) >= 4
        side = 1 if task == ONE else 2
        answers = {
            who
            for link, people in found.items()
            if question.endswith(f" {ends_of(link)[side]}?")
            for who in people
            if who not in link.key and not who.startswith("In ")  # In Mandarin, and so on
        }
        assert answers == {gold}
        assert scores(sample, sample.task.read(sample.prompt)) == (1.0, 1.0)
        assert scores(sample, f"The answer is {gold}.") == (1.0, 1.0)


@pytest.mark.parametrize("task", TASKS)
def test_every_link_can_be_read(task: str) -> None:
    seen = set()
    for index in range(400):
        sample = make(task, index, length=800, others=0)
        needle = needle_of(sample)
        seen |= {link for theme, link in ALL if _says(needle, theme, link)}
        assert scores(sample, sample.task.read(sample.prompt)) == (1.0, 1.0)
    assert len(seen) > 0.85 * len(ALL)


def _says(needle: str, theme: Theme, link: Link) -> bool:
    """Whether a needle is that of a link, in one of its two wordings."""
    sides = [w.format(who="\0", key=link.key).split("\0") for w in (theme.plain, theme.inverted)]
    return any(needle.startswith(a) and needle.endswith(b) for a, b in sides)


@pytest.mark.parametrize("task", TASKS)
def test_the_filler_holds_no_word_that_decides(task: str) -> None:
    for index in range(12):
        sample = make(task, index, length=12000)
        needle = needle_of(sample)
        theme, link = next((t, k) for t, k in ALL if _says(needle, t, k))
        value = link.near if task == ONE else link.far
        asked = {theme.one_hop.format(value=value), theme.two_hop.format(value=value)}
        assert question_of(sample) in asked
        assert bare(value) not in sample.context
        outside = sample.context.replace(needle, "")
        for word in connected(link):
            assert word not in outside
        (gold,) = sample.draft.reference
        assert sample.prompt.count(gold) == 1
        assert not stems(needle.replace(gold, "")) & stems(question_of(sample))


def test_names_stand_in_needles_alone() -> None:
    for index in range(8):
        sample = make(ONE, index, length=8000)
        rivals = sample.draft.rule_params["candidates"]
        assert len(rivals) == 3
        for name in [*sample.draft.reference, *rivals]:
            assert sample.prompt.count(name) == 1
            assert scores(sample, name)[0] == float(name in sample.draft.reference)
        everybody = ", ".join([*sample.draft.reference, *rivals])
        assert scores(sample, everybody)[0] == 0.0


def test_others_wordings_and_the_control() -> None:
    for others in (0, 1, 8, 32):
        sample = make(TWO, 5, length=6000, others=others)
        assert len(sample.evidence) == 1
        assert len(sample.draft.rule_params["candidates"]) == others
        assert scores(sample, sample.task.read(sample.prompt)) == (1.0, 1.0)
    heads = {theme.plain.partition("{key}")[0].partition("{who}")[2] for theme in THEMES}
    plain = [needle_of(make(ONE, i, length=1200, needle="plain")) for i in range(10)]
    assert all(any(head in needle for head in heads if head) for needle in plain)
    inverted = [needle_of(make(ONE, i, length=1200, needle="inverted")) for i in range(10)]
    forms = {theme.inverted.partition("{who}")[2] for theme in THEMES}
    assert all(any(needle.endswith(form) for form in forms) for needle in inverted)
    for task in TASKS:
        control = make(task, 3, question="direct")
        key = next(k.key for t, k in ALL if _says(needle_of(control), t, k))
        assert key in question_of(control)
        assert scores(control, control.task.read(control.prompt)) == (1.0, 1.0)


@pytest.mark.parametrize("task", TASKS)
def test_a_literal_distractor_keeps_away_and_names_nobody(task: str) -> None:
    for index, depth in enumerate((0.0, 0.15, 0.5, 0.9, 1.0)):
        sample = make(task, index, length=12000, depth=depth, distractor="literal")
        value = question_of(sample).removesuffix("?")
        head, end = _LITERAL.split("{value}")
        at = sample.context.find(head)
        assert at >= 0
        sentence = sample.context[at : sample.context.find(end, at)]
        assert value.endswith(sentence.removeprefix(head))
        assert abs(at / len(sample.context) - depth) > 0.18
        assert scores(sample, sample.task.read(sample.prompt)) == (1.0, 1.0)
    for share, depth in product((0.0, 0.3, 0.7, 0.999), (0.0, 0.1, 0.5, 0.93, 1.0)):
        assert 0 <= _away(share, depth) <= 1
        assert abs(_away(share, depth) - depth) >= 0.2 - 1e-9


def test_reasoning_reads_the_last_line() -> None:
    sample = make(ONE, 2, reasoning=True)
    (gold,) = sample.draft.reference
    rival = sample.draft.rule_params["candidates"][0]
    assert sample.draft.rule_params["metric"] == "lastline_contains"
    assert scores(sample, f"{rival} does something else.\n\nAnswer: {gold}") == (1.0, 1.0)
    assert scores(sample, f"{gold} does something else.\n\nAnswer: {rival}") == (0.0, 0.0)


def test_the_published_sweep_of_26_depths() -> None:
    entry = {"task": ONE, "length": "4k", "depth": "0:1:26"}
    suite = Suite.from_document({"name": "sweep", "seed": 1, "tests": [entry]})
    samples = [compose(row) for row in suite.rows()]
    assert len(samples) == 26
    assert len({needle_of(sample) for sample in samples}) == 1
    assert all(sample.shortfall == 0 for sample in samples)
    for i, sample in enumerate(samples):
        near = 30 / sample.context_tokens
        assert sample.evidence[0].depth == pytest.approx(i / 25, abs=near)


@pytest.mark.parametrize("tokenizer", ["chars", "words"])
def test_other_tokenizers(tokenizer: str) -> None:
    sample = make(TWO, 1, tokenizer=tokenizer, length=8000)
    assert sample.shortfall == 0
    assert scores(sample, sample.task.read(sample.prompt)) == (1.0, 1.0)


def test_own_text_that_speaks_of_the_answer_is_left_out(tmp_path: Path) -> None:
    text = tmp_path / "book.txt"
    ends = [bare(end) for _, link in ALL for end in ends_of(link)]
    lines = [f"Somebody once spoke of {end}. It was late." for end in ends]
    lines += [f"The clock struck {i} times. Nobody came." for i in range(2000)]
    text.write_text("\n\n".join(lines))
    for index in range(6):
        sample = make(TWO, index, haystack={"kind": "essay", "files": [str(text)]})
        needle = needle_of(sample)
        link = next(k for t, k in ALL if _says(needle, t, k))
        outside = sample.context.replace(needle, "")
        assert not any(word in outside for word in connected(link))
        assert scores(sample, sample.task.read(sample.prompt)) == (1.0, 1.0)


def test_cut_prompts_and_junk() -> None:
    sample = make(ONE, 1, depth=0.0)
    read = sample.task.read
    assert read(tail(get_tokenizer("tekken"), sample.prompt, 1200)) == ""
    assert read("") == read("Question: ") == read("</passage>\n\nQuestion: Why?\n") == ""
    with pytest.raises(GenerationError, match="too short"):
        make(ONE, length=300)
    for junk in ({"others": 33}, {"needle": "both"}, {"question": "three_hop"}):
        with pytest.raises(SuiteError):
            get_task(ONE).complete(junk)
