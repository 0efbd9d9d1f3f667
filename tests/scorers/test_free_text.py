"""F1 of words and ROUGE against values reckoned by hand, and what holds for any two texts."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthctx.overlap import (
    Overlap,
    lcs_length,
    normalise_answer,
    normalise_chinese,
    overlap,
    rouge_l,
    rouge_l_of_sets,
    rouge_lsum,
    rouge_n,
    rouge_tokens,
    strict_words,
    token_f1,
)
from synthctx.rules import grade

WORDS = st.lists(st.sampled_from(["red", "green", "blue", "grey"]), max_size=12)
SENTENCES = st.lists(WORDS, max_size=5)
TEXT = st.text(alphabet="ab .", max_size=40)
DEEP = 990


def near(found: Overlap | None, *figures: float) -> bool:
    """Tell whether precision, recall and F1 are these."""
    return found is not None and list(found) == pytest.approx(list(figures))


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("The Grey Fox!", "grey fox"),
        ("a 3.5-metre wall", "35metre wall"),
        ("an  answer,\tthe\nother", "answer other"),
        ("another theory", "another theory"),
        ("Ångström’s", "ångström’s"),
        ("the", ""),
    ],
)
def test_english_is_normalised(text: str, normal: str) -> None:
    assert normalise_answer(text) == normal


def test_chinese_is_normalised() -> None:
    # the published list of punctuation has the closing bracket of a title, not the opening one
    assert normalise_chinese("《青石镇》，第 3 章。ABC!") == "《青石镇第3章abc"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The Grey-Fox", ["grey", "fox"]),
        ("-3.5 of 1,200", ["-3.5", "of", "1,200"]),
        ("３．５", ["3.5"]),
        ("the", ["the"]),
        ("青石镇A7", ["青", "石", "镇", "a7"]),
        ("", []),
    ],
)
def test_strict_words(text: str, words: list[str]) -> None:
    assert strict_words(text) == words


def test_f1_by_hand() -> None:
    assert token_f1(["grey", "fox"], ["grey", "fox"]) == 1.0
    # 2 of 4 said, 2 of 3 wanted: 2 * (1/2 * 2/3) / (1/2 + 2/3)
    assert token_f1(["a", "grey", "grey", "fox"], ["grey", "fox", "sleeps"]) == pytest.approx(4 / 7)
    assert token_f1([], ["fox"]) == token_f1(["fox"], []) == token_f1([], []) == 0.0


@given(said=WORDS, wanted=WORDS)
def test_f1_is_bounded_symmetric_and_1_for_the_same_bag(said: list[str], wanted: list[str]) -> None:
    figure = token_f1(said, wanted)
    assert 0.0 <= figure <= 1.0
    assert figure == pytest.approx(token_f1(wanted, said))
    assert (figure == pytest.approx(1.0)) == (bool(said) and sorted(said) == sorted(wanted))


def test_overlap_of_nothing() -> None:
    assert overlap(0, 0, 0) == overlap(0, 3, 0) == Overlap(0.0, 0.0, 0.0)
    assert near(overlap(1, 2, 4), 0.5, 0.25, 1 / 3)


# ---------------------------------------------------------------- ROUGE


def slow_lcs(said: list[str], wanted: list[str]) -> int:
    row = [0] * (len(wanted) + 1)
    for word in said:
        last = row[:]
        for i, other in enumerate(wanted, 1):
            row[i] = last[i - 1] + 1 if word == other else max(last[i], row[i - 1])
    return row[-1]


@given(said=WORDS, wanted=WORDS)
def test_longest_common_subsequence(said: list[str], wanted: list[str]) -> None:
    assert lcs_length(said, wanted) == slow_lcs(said, wanted) == lcs_length(wanted, said)


def test_rouge_tokens() -> None:
    assert rouge_tokens("Zoë's 3.5 km, ÅB") == ["zo", "s", "3", "5", "km", "b"]
    assert rouge_tokens("会议") == []


def test_rouge_l_and_n_by_hand() -> None:
    said, wanted = ["red", "green", "blue", "grey"], ["red", "blue", "grey", "green", "grey"]
    # red blue grey is in both in that order
    assert near(rouge_l(said, wanted), 3 / 4, 3 / 5, 2 / 3)
    assert near(rouge_n(said, wanted, 1), 1.0, 4 / 5, 8 / 9)
    assert near(rouge_n(said, wanted, 2), 1 / 3, 1 / 4, 2 / 7)
    assert rouge_n(said, wanted, 6) == Overlap(0.0, 0.0, 0.0)


@given(said=WORDS, wanted=WORDS)
def test_rouge_l_is_bounded_and_mirrored(said: list[str], wanted: list[str]) -> None:
    there, back = rouge_l(said, wanted), rouge_l(wanted, said)
    assert all(0.0 <= figure <= 1.0 for figure in there)
    assert (there.precision, there.recall) == (back.recall, back.precision)
    assert there.f1 == pytest.approx(back.f1)
    assert rouge_l(said, said).f1 == float(bool(said))
    assert rouge_n(said, wanted, 1).recall >= there.recall


def test_rouge_of_sets_by_hand() -> None:
    # 5 different words wanted; the 3 of "on the mat" are what is read out
    found = rouge_l_of_sets("on the mat the cat sat", "the cat sat on the mat", DEEP)
    assert near(found, 3 / 5, 3 / 5, 0.6)
    twice = rouge_l_of_sets("it ran. it ran", "it ran", DEEP)
    assert twice is not None
    assert twice.f1 == pytest.approx(1.0)
    assert twice.f1 < 1.0
    assert rouge_l_of_sets("...", "it ran", DEEP) is None
    assert rouge_l_of_sets("it ran", "", DEEP) is None


@pytest.mark.parametrize(("words", "raises"), [(DEEP, False), (DEEP + 1, True)])
def test_rouge_of_sets_breaks_off_where_the_package_recurses_too_deep(
    words: int, raises: bool
) -> None:
    text = " ".join(f"w{i}" for i in range(words))
    assert (rouge_l_of_sets(text, text, DEEP) is None) == raises
    # a common first word, and nothing else: each step shortens one of the two
    half = words // 2
    said = " ".join(["go", *(f"a{i}" for i in range(half - 1 + words % 2))])
    wanted = " ".join(["go", *(f"b{i}" for i in range(half))])
    assert (rouge_l_of_sets(said, wanted, DEEP) is None) == raises


@given(said=TEXT, wanted=TEXT)
def test_rouge_of_sets_is_bounded(said: str, wanted: str) -> None:
    found = rouge_l_of_sets(said, wanted, DEEP)
    if found is None:
        assert not said.strip(".") or not wanted.strip(".")
    else:
        assert all(0.0 <= figure <= 1.0 for figure in found)
        assert near(rouge_l_of_sets(wanted, wanted, DEEP), 1.0, 1.0, 1.0)


def test_rouge_lsum_by_hand() -> None:
    fox, rain = ["grey", "fox", "slept"], ["it", "rained"]
    assert rouge_lsum([fox, rain], [rain, fox]).f1 == 1.0
    assert near(rouge_lsum([fox + rain], [rain + fox]), 3 / 5, 3 / 5, 0.6)
    # both said sentences together have the wanted one; one "fox" said is enough for one wanted
    assert rouge_lsum([["grey"], ["fox"]], [["grey", "fox", "fox"]]).recall == pytest.approx(2 / 3)
    assert near(rouge_lsum([["slept"]], [fox, fox]), 1.0, 1 / 6, 2 / 7)
    assert rouge_lsum([], [fox]) == rouge_lsum([[]], [fox]) == Overlap(0.0, 0.0, 0.0)


def slow_lsum(said: list[list[str]], wanted: list[list[str]]) -> float:
    """ROUGE-Lsum with the whole table and the walk back through it, step by step."""
    left = [[word for sentence in side for word in sentence] for side in (said, wanted)]
    sizes = [len(side) for side in left]
    hits = 0
    for goal in wanted:
        places: set[int] = set()
        for sentence in said:
            i, j = len(goal), len(sentence)
            while i and j:
                if goal[i - 1] == sentence[j - 1]:
                    i, j = i - 1, j - 1
                    places.add(i)
                elif slow_lcs(goal[:i], sentence[: j - 1]) > slow_lcs(goal[: i - 1], sentence[:j]):
                    j -= 1
                else:
                    i -= 1
        for place in sorted(places):
            if all(goal[place] in side for side in left):
                hits += 1
                for side in left:
                    side.remove(goal[place])
    return 2 * hits / sum(sizes) if hits else 0.0


@given(said=SENTENCES, wanted=SENTENCES)
@settings(deadline=None)
def test_rouge_lsum_is_that_of_the_whole_table(
    said: list[list[str]], wanted: list[list[str]]
) -> None:
    found = rouge_lsum(said, wanted)
    assert all(0.0 <= figure <= 1.0 for figure in found)
    assert found.f1 == pytest.approx(slow_lsum(said, wanted))
    assert rouge_lsum(wanted, wanted).f1 == float(any(wanted))


@given(text=st.text(max_size=80))
@settings(deadline=None)
def test_a_copy_scores_1(text: str) -> None:
    if not strict_words(text):
        return
    for rule in ("rouge/l", "rouge/lsum"):
        result = grade(rule, output=f"- {text}", reference=f"- {text}")
        if result.status == "scored":
            assert math.isclose(result.score or 0.0, 1.0)
