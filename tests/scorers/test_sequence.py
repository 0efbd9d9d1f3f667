"""sequence/permutation beyond the recorded cases."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from synthctx.errors import ScoreError
from synthctx.rules import Grade, grade
from synthctx.scorers.sequence import longest_rise, orders_in


def graded(output: str, reference: list[int], **params: Any) -> Grade:
    return grade("sequence/permutation", output=output, reference=reference, params=params)


def test_every_permutation_is_read_in_every_form() -> None:
    for order in permutations((1, 2, 3, 4)):
        gold, said = list(order), [str(label) for label in order]
        forms = (", ", " ", " > ", " -> ", "\n", ";", "", "-", " then Part ")
        for output in (glue.join(said) for glue in forms):
            assert graded(output, gold).score == 1.0, output
            wrong = graded(output, [gold[1], gold[0], *gold[2:]])
            assert wrong.score == 0.0, output


def test_measures_of_a_swap_of_neighbours() -> None:
    result = graded("Answer: [2, 1, 3, 4, 5]", [1, 2, 3, 4, 5])
    assert result.score == 0.0
    assert result.metrics == pytest.approx(
        {
            "adjacency": 2 / 4,
            "position": 3 / 5,
            "kendall": 9 / 10,
            "lcs": 4 / 5,
            "followed": 1.0,
            "extractable": 1.0,
            "copied": 0.0,
        }
    )


def test_the_reverse_order_is_the_worst() -> None:
    metrics = graded("[4, 3, 2, 1]", [1, 2, 3, 4]).metrics
    assert (metrics["kendall"], metrics["adjacency"], metrics["position"]) == (0.0, 0.0, 0.0)
    assert metrics["lcs"] == 0.25


def test_an_unreadable_answer_has_every_metric() -> None:
    unread, read = graded("no idea", [2, 1, 3]), graded("[2, 1, 3]", [2, 1, 3])
    assert unread.status == "unreadable"
    assert set(unread.metrics) == set(read.metrics)
    assert set(unread.metrics.values()) == {0.0}


@pytest.mark.parametrize(
    ("output", "copied", "followed"),
    [
        ("Answer: [4, 1, 3, 2]", 1.0, 1.0),
        ("I say 4, 1, 3, 2", 1.0, 0.0),
        ("Answer: [1, 2, 3, 4]", 0.0, 1.0),
    ],
)
def test_copied_and_followed(output: str, copied: float, followed: float) -> None:
    metrics = graded(output, [1, 2, 3, 4], n=4, sample=[4, 1, 3, 2]).metrics
    assert (metrics["copied"], metrics["followed"]) == (copied, followed)


def test_the_right_answer_is_no_copy() -> None:
    assert graded("[4, 1, 3, 2]", [4, 1, 3, 2], sample=[4, 1, 3, 2]).metrics["copied"] == 0.0


@pytest.mark.parametrize(
    "output",
    ["[1, 2, 3, 3]", "[0, 1, 2, 3]", "[-1, 2, 3, 4]", "v1 2 3 4x", "1.2.3.4", "12345", "2024"],
)
def test_what_is_no_order_of_four(output: str) -> None:
    assert graded(output, [1, 2, 3, 4]).status == "unreadable"


def test_a_long_list_over_several_lines() -> None:
    gold = [*range(9, 17), *range(1, 9)]
    said = ",\n".join(", ".join(map(str, gold[i : i + 4])) for i in range(0, 16, 4))
    assert graded(f"Answer: [{said}]", gold, n=16).score == 1.0


def test_two_lists_are_two_lists() -> None:
    found = orders_in("[1, 2, 3]\n[3, 2, 1]\n1, 3, 2\n2, 1, 3", 3)
    assert [order for order, _, _ in found] == [(1, 2, 3), (3, 2, 1), (1, 3, 2), (2, 1, 3)]


def test_words_after_the_list_do_not_hide_it() -> None:
    output = "The order is [2, 1, 3]. I hope this answer is of help."
    assert graded(output, [2, 1, 3]).score == 1.0


def test_longest_rise() -> None:
    assert longest_rise([]) == 0
    assert longest_rise([3, 1, 2, 5, 4]) == 3


@pytest.mark.parametrize(
    ("reference", "params"),
    [
        ([1], {}),
        ([1, 1], {}),
        ("[1, 2]", {}),
        ([True, 2], {}),
        ([1, 2, 3], {"n": 4}),
        ([1, 2, 3], {"sample": [1, 2]}),
    ],
)
def test_bad_references(reference: Any, params: dict[str, Any]) -> None:
    with pytest.raises(ScoreError, match="sequence/permutation"):
        graded("[1, 2]", reference, **params)
