"""Filler prose: the same for ever, well formed, hardly ever repeating, and free of test words."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from itertools import chain
from math import prod
from pathlib import Path
from typing import Any

import pytest

from synthctx.names import pool_digests
from synthctx.prose import LANGUAGES, PROSE_VERSION, block
from synthctx.prose.grammar import Grammar, Phrase, load
from synthctx.tokenizers import count_many, get_tokenizer

POOLS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "fixtures" / "pools.json").read_text(encoding="utf-8")
)
DIGESTS = """
import json
from synthctx.jsonio import digest
from synthctx.prose import LANGUAGES, block
print(json.dumps({f"{x}.{part}": digest(block(x, part)) for x in LANGUAGES for part in range(3)}))
"""
RESERVED = {
    "en": re.compile(
        r"magic|secret|needle|pass ?key|password|answer|question|document|segment|label:"
        r"|\b(?:grand)?(?:fathers?|mothers?|sons?|daughters?|parents?|children of|child of)\b"
        r"|\b(?:brother|sister|uncle|aunt|cousin|nephew|niece|husband|wife)s?\b",
        re.IGNORECASE,
    ),
    "zh": re.compile("秘密|密码|答案|问题|魔法|父|母亲|[爸妈爷兄弟姐妹妻]|奶奶|儿子|女儿|丈夫"),
}
FORM = {
    "en": re.compile(r"[A-Z](?:[A-Za-z0-9,;:'-]| (?! ))*[A-Za-z0-9]\."),
    "zh": re.compile(r"[\u4e00-\u9fff][\u4e00-\u9fff0-9，、；：“”]*[\u4e00-\u9fff0-9]。"),
}


def sentences(language: str, parts: range) -> list[str]:
    return [s for part in parts for paragraph in block(language, part) for s in paragraph]


def test_pools_and_blocks_are_the_recorded_ones() -> None:
    """In a fresh process under another hash seed, so that neither can matter."""
    environment = {**os.environ, "PYTHONHASHSEED": "4321"}
    done = subprocess.run(
        [sys.executable, "-c", DIGESTS], env=environment, capture_output=True, text=True, check=True
    )
    assert POOLS["prose_version"] == PROSE_VERSION
    assert json.loads(done.stdout) == POOLS["prose"]
    assert pool_digests() == POOLS["names"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_block_does_not_depend_on_those_before_it(language: str) -> None:
    assert block(language, 2) == block(language, 2)
    assert block(language, 2) != block(language, 1)


@pytest.mark.parametrize(("language", "part"), [("fr", 0), ("en", -1)])
def test_other_languages_and_negative_blocks_are_refused(language: str, part: int) -> None:
    with pytest.raises(ValueError, match="languages are en, zh"):
        block(language, part)


@pytest.mark.parametrize("language", LANGUAGES)
def test_paragraphs_have_three_to_seven_sentences(language: str) -> None:
    sizes = Counter(len(p) for p in block(language, 0))
    assert set(sizes) == {3, 4, 5, 6, 7}
    assert sizes.total() == 2000


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_have_the_promised_form(language: str) -> None:
    for sentence in sentences(language, range(3)):
        assert FORM[language].fullmatch(sentence), sentence
        assert not RESERVED[language].search(sentence), sentence
        assert not re.search(r"\d{5}|[A-Z]{2}", sentence), sentence


def test_english_articles_and_numerals_are_right() -> None:
    silent, spoken_y = ("hour", "honest", "heir"), ("one", "once", "use", "uni", "eu")
    for sentence in sentences("en", range(3)):
        for article, word in re.findall(r"\b(an?) (\w+)", sentence):
            vowel = word[0] in "aeiou" and not word.startswith(spoken_y)
            assert (article == "an") == (vowel or word.startswith(silent)), sentence
        assert not re.search(r"\d(?:st|nd|rd|th)\b", sentence), sentence
        assert not re.search(r"\b(\w+) \1\b", sentence), sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_hardly_a_sentence_comes_twice(language: str) -> None:
    seen: set[str] = set()
    total = 0
    for part in range(20):
        found = sentences(language, range(part, part + 1))
        assert len(set(found)) == len(found)
        seen.update(found)
        total += len(found)
    assert total - len(seen) < 0.002 * total


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_token_count_from_10_to_35_occurs(language: str) -> None:
    space = " " if language == "en" else ""
    texts = [space + s for s in sentences(language, range(1))]
    counts = set(count_many(get_tokenizer("tekken"), texts).tolist())
    assert set(range(10, 36)) <= counts


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_enough_topics_and_every_slot_is_filled(language: str) -> None:
    grammar = load(language)
    assert len(grammar.topics) >= 40
    named = [lists["topic"][0][0] for lists in grammar.topics]
    assert len(set(named)) == len(named)
    for plan in grammar.plans:
        assert 3 <= len(plan) <= 7 and "open" in plan
    text = "".join(sentences(language, range(3)))
    assert all(name in text for name in named)


def ways(lists: Mapping[str, list[Phrase]], phrase: Phrase, facts: Mapping[str, int]) -> int:
    """Count the texts of a phrase: the product over its slots of the sum over their phrases."""
    return prod(
        facts[slot]
        if slot in facts
        else sum(ways(lists, option, facts) for option in dict.fromkeys(lists[slot]))
        for slot in dict.fromkeys(phrase[1::2])
    )


def fact_ways(grammar: Grammar, topic: int) -> dict[str, int]:
    """Count the values of the slots that a paragraph keeps (1 where they hang on another)."""
    names, (low, high) = grammar.names, grammar.years[topic]
    surnames = (
        len(names["surname_heads"]) * len(names["surname_tails"])
        if "surname_heads" in names
        else len(names["surnames"])
    )
    people = surnames * (len(names["female"]) + len(names["male"]))
    places = len(names["place_heads"]) * len(names["place_tails"])
    return {
        "name": people, "surname": surnames, "place": places, "place2": places - 1,
        "place3": places - 2, "year": high - low + 1, "year2": 1, "he": 1, "his": 1, "him": 1,
        "inst": 1, "body": 1, "thing": 1, "job": 1,
    }  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_topic_alone_opens_in_a_billion_ways(language: str) -> None:
    """The first opening frame: who came where, when, as what, and what they did there."""
    grammar = load(language)
    for topic, lists in enumerate(grammar.topics):
        frame = lists["open"][0]
        assert {"when", "name", "place", "role", "few", "did"} <= set(frame[1::2])
        assert ways(lists, frame, fact_ways(grammar, topic)) > 10**9


def test_no_paragraph_says_a_long_phrase_twice() -> None:
    """A sentence may share a name with the next one, but not seven words in a row."""
    doubled = 0
    for paragraph in chain(block("en", 0), block("en", 1)):
        runs: Counter[tuple[str, ...]] = Counter()
        for sentence in paragraph:
            words = sentence.rstrip(".").split()
            runs.update({tuple(words[i : i + 7]) for i in range(len(words) - 6)})
        doubled += any(n > 1 for n in runs.values())
    assert doubled < 0.01 * 4000
