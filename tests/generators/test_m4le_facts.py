"""M4LE: that a fact, a state or a translation in a prompt is the only right one."""

from __future__ import annotations

import re
from collections import Counter
from math import gcd

import pytest

from synthctx.generators import _m4le_sequel as sequel
from synthctx.generators._m4le_code import code_words, plain_words
from synthctx.topics import topics
from tests.generators.m4le_samples import LANGUAGES, QUOTED, sample, texts_of
from tests.generators.samples import scores


def facts_of(language: str, text: str) -> set[tuple[str, str, str]]:
    """Every (topic, attribute, value) that an article states."""
    for topic in topics(language):
        heads = [opening.partition("{name}") for opening in topic.openings]
        if any(text.startswith(head) and tail in text for head, _, tail in heads):
            return {(topic.id, a, v) for a, v in topic.read(text).items()}
    raise AssertionError(f"an article about nothing: {text}")


# ---------------------------------------------------------------- facts


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fact_told_in_other_words_is_held_by_one_article_alone(language: str) -> None:
    for index in range(12):
        shown = sample("semantic_single_qa", index, language)
        quoted = QUOTED.search(shown.draft.suffix)
        assert quoted
        keys = [
            (topic.id, fact.id, value)
            for topic in topics(language)
            for fact in topic.attributes
            for text in texts_of(shown).values()
            for id, value in topic.read(text).items()
            if id == fact.id and fact.restated.format(value=value) == quoted[1]
        ]
        assert len(set(keys)) == 1
        holders = [t for t in texts_of(shown).values() if keys[0] in facts_of(language, t)]
        assert len(holders) == 1
        assert shown.draft.reference[0] in holders[0]
        naming = [t for t in texts_of(shown).values() if keys[0][2] in t]
        assert len(naming) == 3  # with two decoys


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_article_answers_and_one_fits_an_abstract(language: str) -> None:
    for index in range(10):
        shown = sample("semantic_single_retrieval", index, language)
        texts, gold = texts_of(shown), shown.draft.reference[0]
        quoted = QUOTED.search(shown.draft.suffix)
        assert quoted
        (name,) = {
            n
            for n in re.findall(
                r"[A-Z]\w+ [A-Z]\w+|[A-Z]\w+|[\u4e00-\u9fff]+?(?=[的出夏和有])", quoted[1]
            )
            if sum(n in t for t in texts.values()) == 3
        }
        openings = tuple(o.replace("{name}", name) for t in topics(language) for o in t.openings)
        assert [id for id, text in texts.items() if text.startswith(openings)] == [gold]
        about = {t.id: t for t in topics(language)}[next(iter(facts_of(language, texts[gold])))[0]]
        asked = next(a for a in about.attributes if a.question.replace("{name}", name) == quoted[1])
        naming = [facts_of(language, text) for text in texts.values() if name in text]
        named = {a for facts in naming for topic, a, value in facts if value == name}
        assert asked.id not in named  # nobody shares a workshop with whom it is asked about
        if asked.kind != about.named:  # another of the kind says the same of itself
            assert sum(any(fact[0] == about.id for fact in facts) for facts in naming) >= 2

        shown = sample("semantic_single_summary", index, language)
        texts, gold = texts_of(shown), shown.draft.reference[0]
        told = {
            value for _, _, value in facts_of(language, texts[gold]) if value in shown.draft.suffix
        }
        assert len(told) == 2
        held = {id: sum(value in text for value in told) for id, text in texts.items()}
        assert Counter(held.values())[1] == 2  # one fact each
        assert Counter(held.values())[2] == 3  # all values, in other roles but for one
        facts = {fact for fact in facts_of(language, texts[gold]) if fact[2] in told}
        assert [id for id, text in texts.items() if facts <= facts_of(language, text)] == [gold]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_linked_question_has_one_witness(language: str) -> None:
    for index in range(8):
        shown = sample("semantic_multiple_qa", index, language)
        first, second = (shown.prompt[p.char_start : p.char_end] for p in shown.evidence)
        assert [shown.draft.reference[0] in part for part in (first, second)].count(True) == 1
        assert sum(shown.draft.reference[0] in t for t in texts_of(shown).values()) == 1
        for piece in (first, second):
            cut = shown.prompt.replace(piece, "")
            assert scores(shown, shown.task.read(cut))[0] == 0.0


# ---------------------------------------------------------------- sequels and codes


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_passage_ends_as_the_continuation_begins(language: str) -> None:
    for index in range(12):
        shown = sample("semantic_single_continuation", index, language)
        wanted = sequel.stated(language, shown.draft.suffix, sequels=True)
        held = {id: sequel.stated(language, text) for id, text in texts_of(shown).items()}
        assert all(len(state) == 4 for state in held.values())
        assert [id for id, state in held.items() if state == wanted] == shown.draft.reference
        shared = Counter(
            sum(a == b for a, b in zip(state, wanted, strict=True)) for state in held.values()
        )
        assert shared[3] >= 4
        alike = [text for text in texts_of(shown).values() if all(part in text for part in wanted)]
        assert len(alike) >= 5  # by words the decoys are as near
        for part in range(4):  # what a decoy does not share is each part in turn
            near = [s for s in held.values() if s[part] != wanted[part]]
            assert any(sum(a == b for a, b in zip(s, wanted, strict=True)) == 3 for s in near)


def test_no_two_states_are_the_same() -> None:
    assert gcd(sequel._STRIDE, sequel._SIZE) == 1
    first = [sequel.state_of(n) for n in range(20_000)]
    last = [sequel.state_of(sequel._SIZE - 1 - n) for n in range(20_000)]
    assert len({*first, *last}) == 40_000
    for language in LANGUAGES:
        assert len(set(sequel.number_words(language))) == 58
        assert [len(set(part)) for part in sequel.parts(language)] == [20, 20, 20]
    assert [sequel.number_words("en")[n - 2] for n in (2, 13, 20, 59)] == [
        "two",
        "thirteen",
        "twenty",
        "fifty-nine",
    ]
    chinese = [sequel.number_words("zh")[n - 2] for n in (2, 10, 12, 20, 35)]
    assert chinese == ["两", "十", "十二", "二十", "三十五"]


def test_code_words_are_no_plain_words_and_a_dictionary_is_dealt_out_anew() -> None:
    code = code_words(6, 500)
    assert len(set(code)) == 500
    assert code_words(6, 40) == code[:40]
    for language in LANGUAGES:
        assert not set(code) & set(plain_words(language))
        assert len(plain_words(language)) >= 60
    books = {sample("explicit_single_translation", i).draft.prefix for i in range(5)}
    assert len(books) == 5


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["explicit_single_translation", "global_translation"])
def test_a_translation_is_right_whole_and_in_order_alone(name: str, language: str) -> None:
    shown = sample(name, language=language)
    right = shown.task.read(shown.prompt)
    blank = "、" if language == "zh" else " "
    words = right.split(blank)
    assert scores(shown, right) == (1.0, 1.0)
    for wrong in (words[1:], words[:-1], words[::-1], [words[1], words[0], *words[2:]]):
        assert scores(shown, blank.join(wrong))[0] == 0.0
    entries = re.findall("= (.+)", shown.draft.prefix)
    other = next(word for word in entries if word not in words and word[0] not in "(（")
    assert scores(shown, blank.join([*words, other]))[0] == 0.0
    assert all(scores(shown, joint.join(words))[0] == 1.0 for joint in (", ", "、", "\n"))


def test_words_that_stand_for_nothing_are_on_all_other_pages() -> None:
    shown = sample("global_translation", length=5000, params=(("words", 8), ("blinds", 3)))
    book = dict(re.findall("^([a-z]+) = (.+)$", shown.draft.prefix, re.MULTILINE))
    pages = [QUOTED.findall(text) for text in texts_of(shown).values()]
    assert all(len(found) == 1 for found in pages)
    meant = [book[word] for (word,) in pages]
    assert Counter(meant)["(nothing)"] == len(pages) - 8
    assert " ".join(m for m in meant if m != "(nothing)") == shown.draft.reference[0]
