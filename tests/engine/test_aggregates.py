"""Figures over groups of answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthctx.aggregates import (
    Constraints,
    Followed,
    batch_mean,
    degradation,
    over_checklists,
    over_constraints,
    over_instructions,
    over_pairs,
    over_versions,
    published_constraints,
)
from synthctx.errors import ScoreError

Items = list[tuple[str, list[object], list[float]]]
SCORE = st.one_of(st.none(), st.integers(0, 4).map(lambda n: n / 4))


# ---------------------------------------------------------------- batches


def test_a_batch_is_over_what_was_asked_for() -> None:
    assert batch_mean([1, 0, 1, 1]) == (0.75, 4, 0)
    assert batch_mean([1, None, 1, None]) == (0.5, 4, 2)
    assert batch_mean([1, 1], expected=4) == (0.5, 4, 2)
    assert batch_mean([1, None], expected=4) == (0.25, 4, 3)
    assert batch_mean([None, None]) == (0, 2, 2)
    assert batch_mean([]) == (None, 0, 0)
    assert batch_mean([], expected=2) == (0, 2, 2)


def test_a_batch_that_is_too_large() -> None:
    with pytest.raises(ScoreError, match="a batch of 2 cannot have 3 scores"):
        batch_mean([1, 1, 1], expected=2)


@given(st.lists(SCORE, max_size=8), st.integers(0, 4))
def test_batches_keep_their_bounds(scores: list[float | None], more: int) -> None:
    batch = batch_mean(scores, len(scores) + more)
    assert batch.size == len(scores) + more
    assert batch.mean is None or 0 <= batch.mean <= 1
    known = [score for score in scores if score is not None]
    assert batch.missing == batch.size - len(known)
    if known and not batch.missing:
        assert batch.mean == pytest.approx(sum(known) / len(known))


def test_degradation() -> None:
    assert degradation([1, 1, 1, 0], [1, 0, 0, 0]) == 0.5
    assert degradation([1, 1], [1, None]) == 0.5
    assert degradation([0, 0], [1, 1]) == -1
    assert degradation([], []) is None
    with pytest.raises(ScoreError, match="got 2 and 1 scores"):
        degradation([1, 1], [1])


# ---------------------------------------------------------------- versions


def test_versions_by_hand() -> None:
    figures = over_versions({"a": [1, 1, 1], "b": [1, 0, 1], "c": [0, 0, 0]}, 3)
    assert figures.average == pytest.approx(5 / 9)
    assert figures.effective == pytest.approx(1 / 3)
    assert figures.any == pytest.approx(2 / 3)
    assert figures.gap == pytest.approx(5 / 9 - 1 / 3)
    assert figures.relative_gap == pytest.approx(2 / 3)
    assert (figures.groups, figures.incomplete) == (3, ())
    same = over_versions({"a": [1, 1, 1], "b": [1, 0, 1], "c": [0, 0, 0]}, 3, published=True)
    assert same == figures


def test_a_missing_version_is_wrong_published_it_leaves() -> None:
    groups: dict[str, list[float | None]] = {
        "whole": [1, 1],
        "cut": [1],
        "lost": [None, 1],
        "none": [],
    }
    figures = over_versions(groups, 2)
    assert figures.average == 4 / 8
    assert figures.effective == 1 / 4
    assert figures.any == 3 / 4
    assert figures.incomplete == ("cut", "lost", "none")
    published = over_versions(groups, 2, published=True)
    assert published.average == 1
    assert published.effective == 3 / 2  # over the two problems that have a first version
    assert published.any == 3 / 2
    assert published.incomplete == figures.incomplete


def test_what_counts_as_right() -> None:
    groups = {"a": [0.6, 1.0]}
    assert over_versions(groups, 2).effective == 0
    assert over_versions(groups, 2, right=0.5).effective == 1


def test_no_versions() -> None:
    nothing = (None, None, None, None, None)
    assert over_versions({}, 3)[:5] == nothing
    assert over_versions({}, 3, published=True)[:5] == nothing
    assert over_versions({"a": []}, 0)[:5] == nothing
    assert over_versions({"a": [None]}, 1, published=True)[:5] == nothing
    assert over_versions({"a": [0, 0]}, 2).relative_gap is None
    with pytest.raises(ScoreError, match="group 'a' has 3 scores for 2 versions"):
        over_versions({"a": [1, 1, 1]}, 2)


@given(st.dictionaries(st.text("abc", min_size=1), st.lists(SCORE, max_size=3), min_size=1))
def test_versions_keep_their_order(groups: dict[str, list[float | None]]) -> None:
    figures = over_versions(groups, 3)
    assert figures.average is not None
    assert figures.effective is not None
    assert figures.any is not None
    assert 0 <= figures.effective <= figures.average <= figures.any <= 1
    assert figures.gap == pytest.approx(figures.average - figures.effective)
    whole = {key: [1.0, *row[:2], *[None] * (2 - len(row[:2]))] for key, row in groups.items()}
    assert over_versions(whole, 3).any == 1


# ---------------------------------------------------------------- pairs


def test_pairs_by_hand() -> None:
    labels = {
        "both": (True, False),
        "yes-man": (True, True),
        "no-man": (False, False),
        "swapped": (False, True),
        "half": (True, None),
    }
    figures = over_pairs(labels)
    assert figures.right == 1
    assert figures.pair_accuracy == 0.2
    assert figures.claim_accuracy == 0.5
    assert figures.said_true == pytest.approx(5 / 9)
    assert (figures.pairs, figures.incomplete) == (5, ("half",))


def test_pairs_without_labels() -> None:
    assert over_pairs({}) == (0, None, None, None, 0, ())
    lost = over_pairs({"a": (None, None)})
    assert (lost.pair_accuracy, lost.claim_accuracy, lost.said_true) == (0, 0, None)


@given(st.dictionaries(st.integers().map(str), st.booleans(), min_size=1))
def test_a_constant_answer_earns_no_pair(keys: dict[str, bool]) -> None:
    for constant in (True, False):
        figures = over_pairs(dict.fromkeys(keys, (constant, constant)))
        assert (figures.right, figures.claim_accuracy) == (0, 0.5)
        assert figures.said_true == float(constant)


# ---------------------------------------------------------------- constraints


@pytest.mark.parametrize(
    ("verdicts", "primary", "figures"),
    [
        ([True, True], [True, False], (1, 1, 1, 0)),
        ([False, True], [True, False], (0.5, 0, 0, 0)),
        ([True, None], [True, False], (0.5, 0, 0, 1)),
        # half for the primary, and 3/5 of the other half: 0.8 exactly is enough
        ([True, True, True, True, False, False], [True] + [False] * 5, (2 / 3, 0, 1, 0)),
        ([True, True, True, False, False, False], [True] + [False] * 5, (0.5, 0, 0, 0)),
        ([True, True, True, True, False], [False] * 5, (0.8, 0, 1, 0)),
        ([True, True, True, False], [False] * 4, (0.75, 0, 0, 0)),
        ([True, False], [True, True], (0.5, 0, 0, 0)),
        ([None], [True], (0, 0, 0, 1)),
    ],
)
def test_constraints(
    verdicts: list[bool | None], primary: list[bool], figures: tuple[float, float, float, int]
) -> None:
    assert over_constraints(verdicts, primary) == pytest.approx(Constraints(*figures))


def test_published_constraints_round_first_and_must_exceed() -> None:
    nearly = [1.0] * 200 + [0.0]
    published = published_constraints(nearly, [False] * 201)
    assert published == (1, 1, 1, 0)
    assert over_constraints([v == 1 for v in nearly], [False] * 201)[:2] == (200 / 201, 0)
    exactly = [1.0, 1.0, 1.0, 1.0, 0.0]
    assert published_constraints(exactly, [False] * 5) == (0.8, 0, 0, 0)
    assert published_constraints([1.0, 1.0, 1.0, 1.0, 0, 0], [True] + [False] * 5) == (
        0.67,
        0,
        0,
        0,
    )


def test_published_constraints_of_a_reply_read_in_part() -> None:
    assert published_constraints([1.0], [True, True], "0") == (1, 1, 1, 0)
    assert published_constraints([1.0], [True, True], "-1") == (1, 1, 0, 0)
    assert published_constraints([1.0], [True, True], "1") is None
    assert published_constraints([], [], "1") is None


def test_bad_constraints() -> None:
    for verdicts, primary in (([], []), ([True], [True, False])):
        with pytest.raises(ScoreError, match="one priority for each verdict"):
            over_constraints(verdicts, primary)


@given(st.lists(st.tuples(st.sampled_from([True, False, None]), st.booleans()), min_size=1))
def test_one_more_constraint_met_lowers_nothing(rows: list[tuple[bool | None, bool]]) -> None:
    primary = [row[1] for row in rows]
    before = over_constraints([row[0] for row in rows], primary)
    after = over_constraints([True, *(row[0] for row in rows[1:])], primary)
    assert all(b <= a for b, a in zip(before[:3], after[:3], strict=True))
    assert before.isr <= before.psr
    assert (before.isr == 1) == (before.csr == 1)


# ---------------------------------------------------------------- long outputs


def test_instructions_by_hand() -> None:
    figures = over_instructions(
        [
            Followed(demands=10, asked=10, met=5, completion=1.0, words=3000, pieces=50),
            Followed(demands=10, asked=2, met=2, completion=0.2, words=3000, pieces=40),
            Followed(demands=0, asked=0, met=0, completion=0.0, words=2000, pieces=60),
        ]
    )
    assert figures[:3] == (20, 12, 7)
    assert figures.asked_share == 0.6
    assert figures.stic1 == pytest.approx(7 / 12)
    assert figures.stic2 == pytest.approx(7 / 20)
    assert figures.completion == pytest.approx(0.4)
    assert figures.words == pytest.approx(8000 / 3)
    assert figures.published_words == 3000


def test_stopping_early_lowers_stic_2_only() -> None:
    whole = over_instructions([Followed(10, 10, 10, 1.0)])
    cut = over_instructions([Followed(10, 1, 1, 0.1)])
    assert (whole.stic1, whole.stic2) == (1, 1)
    assert (cut.stic1, cut.stic2) == (1, 0.1)


def test_no_instructions() -> None:
    assert over_instructions([]) == (0, 0, 0, None, None, None, None, None, None)
    nothing = over_instructions([Followed(4, 0, 0, 0.0)])
    assert (nothing.stic1, nothing.stic2, nothing.published_words) == (None, 0, None)


# ---------------------------------------------------------------- checklists


def test_checklists_by_hand() -> None:
    items: Items = [("a", [1, 0.5], [60, 40]), ("b", ["0.75", 0.75], [50, 50])]
    figures = over_checklists(items)
    assert figures.mean == pytest.approx((0.8 + 0.75) / 2)
    assert figures.rescaled == pytest.approx((77.5 - 75) * 4)
    assert figures[2:] == (2, (), (0, 1))
    assert over_checklists(items, published=True) == figures


def test_an_item_that_cannot_be_scored_is_0_published_it_leaves() -> None:
    items: Items = [
        ("good", [1, 1], [50, 50]),
        ("short", [1], [50, 50]),
        ("words", ["good", 1], [50, 50]),
        ("beyond", [1, 5], [50, 50]),
        ("weightless", [1], [0]),
        ("good", [0, 0], [50, 50]),
    ]
    figures = over_checklists(items)
    assert figures.mean == 0.2
    assert (figures.size, figures.kept) == (5, (0,))
    assert figures.dropped == ("short", "words", "beyond", "weightless")
    published = over_checklists(items, published=True)
    assert (published.mean, published.size, published.rescaled) == (1, 1, 100)
    assert published.dropped == figures.dropped


def test_weights_are_percent_when_published() -> None:
    items: Items = [("a", [1], [50])]
    assert over_checklists(items).mean == 1
    assert over_checklists(items, published=True).mean == 0.5


def test_no_checklists() -> None:
    assert over_checklists([]) == (None, None, 0, (), ())
    assert over_checklists([("a", [], [])]).mean == 0
    assert over_checklists([("a", [], [])], published=True).mean is None
    assert over_checklists([("a", [None], [100])]).dropped == ("a",)
    assert over_checklists([("a", ["nan"], [100])]).dropped == ("a",)


@given(st.lists(st.integers(0, 4).map(lambda n: n / 4), min_size=1, max_size=6), st.integers(1, 9))
def test_checklists_keep_their_bounds(scores: list[float], weight: int) -> None:
    figures = over_checklists([("a", scores, [weight] * len(scores))])
    assert figures.mean == pytest.approx(sum(scores) / len(scores))
    assert figures.rescaled is not None and -300 - 1e-9 <= figures.rescaled <= 100 + 1e-9
