"""What the rules for LongBench, HELMET and SCBench take and refuse, beyond the recorded cases."""

from __future__ import annotations

from typing import Any

import pytest

from synthctx.errors import ScoreError
from synthctx.rules import grade
from synthctx.scorers.helmet import published_ranking, published_reading
from synthctx.scorers.scbench import bleu_4, code_blocks, first_function
from synthctx.spelt import count_stated, in_digits
from synthctx.stems import stem

LABELS = {"labels": ["City", "Tool"]}


@pytest.mark.parametrize(
    ("rule", "reference", "params", "named"),
    [
        ("number/count", "eight", {}, "whole number"),
        ("number/count", -1, {}, "whole number"),
        ("number/count", [], {}, "whole number"),
        ("retrieval/paragraph", "the third", {}, "name one paragraph"),
        ("retrieval/paragraph", "Paragraph 3", {"language": "fr"}, "allowed: en, zh"),
        ("qa/f1", 3, {}, "string or a list"),
        ("qa/f1", [], {}, "empty list"),
        ("qa/f1", "x", {"published": "none"}, "allowed: longbench, longbench-zh"),
        ("qa/f1", "x", {"first_line": 1}, "allowed: true, false"),
        ("rouge/l", "x", {"package": "rouge_score"}, "allowed: rouge, rouge-chinese"),
        ("rouge/lsum", None, {}, "string or a list"),
        ("label/longbench", "City", {}, "param labels"),
        ("label/longbench", "Sea", LABELS, "must hold the reference"),
        ("code/similarity", "x", {"backend": "both"}, "allowed: levenshtein, difflib"),
        ("recall/substrings", [1], {}, "string or a list"),
        ("recall/substrings", ["x"], {"published": "ruler"}, "allowed: helmet, scbench"),
        ("helmet/answer", "x", {"metric": "bleu"}, "allowed: substring_exact_match"),
        ("helmet/answer", "x", {"prefix": ""}, "prefix"),
        ("helmet/answer", "x", {"kind": "colour"}, "allowed: number, uuid, code, word"),
        ("rank/ndcg", [["31", "high"]], {}, "list of [id, label]"),
        ("rank/ndcg", [], {}, "list of [id, label]"),
        ("rank/ndcg", [["31", "1"]], {"k": 0}, "whole number from 1"),
        ("scbench/kv", ["x"], {}, "must be a text"),
        ("scbench/any", ["x", "()"], {}, "is empty"),
        ("scbench/number", "42", {}, "must be a number"),
        ("scbench/values", [1, "2"], {}, "list of numbers"),
        ("scbench/repoqa", {"f": ""}, {"truth": "f"}, "function names and their code"),
        ("scbench/repoqa", {"f": "def f(): 1"}, {}, "allowed: f"),
        ("scbench/repoqa", {"f": "def f(): 1"}, {"truth": "f", "threshold": 2}, "0 to 1"),
    ],
)
def test_a_bad_reference_or_param_is_named(
    rule: str, reference: Any, params: dict[str, Any], named: str
) -> None:
    with pytest.raises(ScoreError) as error:
        grade(rule, output="Paragraph 3", reference=reference, params=params)
    assert rule in str(error.value)
    assert named in str(error.value)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("twenty-three", "23"),
        ("one hundred and five", "105"),
        ("two thousand three hundred", "2300"),
        ("one hundred thousand", "100000"),
        ("two three", "two three"),
        ("no one and no-one", "no one and no-one"),
        ("a nine-year-old", "a nine-year-old"),
        ("第二十三段", "第23段"),
        ("一共有八个", "一共有8个"),
        ("三千二百零五", "3205"),
        ("两万", "20000"),
        ("二〇二四", "2024"),
    ],
)
def test_numbers_in_words(text: str, digits: str) -> None:
    assert in_digits(text) == digits


def test_words_count_where_there_are_no_digits() -> None:
    said = count_stated("Of 30 passages the answer is twelve.").number
    assert said is not None
    assert said.text == "12"
    assert count_stated("seven or eight").number is None


@pytest.mark.parametrize(
    ("word", "root"),
    [
        ("harbours", "harbour"),
        ("ponies", "poni"),
        ("ties", "tie"),
        ("agreed", "agre"),
        ("hopping", "hop"),
        ("filing", "file"),
        ("falling", "fall"),
        ("happy", "happi"),
        ("enjoy", "enjoy"),
        ("relational", "relat"),
        ("generalizations", "gener"),
        ("adoption", "adopt"),
        ("controlling", "control"),
        ("geologically", "geolog"),
        ("skies", "sky"),
        ("news", "news"),
        ("is", "is"),
        ("2024", "2024"),
    ],
)
def test_stems(word: str, root: str) -> None:
    assert stem(word) == root


def test_what_helmet_reads() -> None:
    assert published_reading("Key: a\nAnswer: ANSWER: 7 \nKey: b", "Answer:") == "7"
    assert published_reading("7\nelse", "Answer:") == "7"
    assert published_reading("", "Answer:") == ""
    assert published_ranking("1 > 2\n[ID: 30] > id 30 >31") == ["30", "31"]
    assert published_ranking("No Idea") == ["no ea"]


def test_bleu_by_hand() -> None:
    words = ["one", "two", "three", "four", "five"]
    assert bleu_4(words, words) == pytest.approx(1.0)
    assert bleu_4(["six"], words) == bleu_4([], words) == 0.0
    # one word alone: its share is all there is, times exp(1 - 5)
    assert bleu_4(["two"], words) == pytest.approx(0.018315638888734)


def test_blocks_and_functions_of_python() -> None:
    said = "Look:\n```python\nx = 1\ndef f(\na,\n):\n    return '''\nnot out\n'''\ny = 2\n```\nDone"
    (block,) = code_blocks(said)
    assert first_function(block) == "def f(\na,\n):\n    return '''\nnot out\n'''"
    assert first_function("x = 1") is None
    assert first_function("class A:\n  async def f(self): # (\n    pass\n  x = 1") == (
        "  async def f(self): # (\n    pass"
    )
    assert code_blocks("```python title\nx\n```\ny\n```") == ["y"]
    assert code_blocks("```python\nnever closed") == []


@pytest.mark.parametrize("backend", ["levenshtein", "difflib"])
def test_both_backends_agree_on_a_copy(backend: str) -> None:
    line = "x" * 5000
    result = grade("code/similarity", output=line, reference=line, params={"backend": backend})
    assert (result.score, result.paper) == (1.0, 1.0)
