"""choice/index beyond the recorded cases."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthctx.errors import ScoreError
from synthctx.rules import Grade, grade
from synthctx.scorers.choice import published_choice


def graded(output: str, reference: str = "A3", **params: Any) -> Grade:
    return grade("choice/index", output=output, reference=reference, params={"n": 6, **params})


def by_search(output: str, n: int) -> str:
    """Look for each candidate by itself, as the rule is written down."""
    for mark in ("A", ""):
        found = [i for i in range(1, n + 1) if f"{mark}{i}" in output]
        if found:
            return f"A{max(found)}"
    return "???"


@given(st.text("A0123459 .", max_size=30), st.sampled_from([1, 3, 9, 10, 40, 100, 1000]))
def test_the_published_reading_is_a_search_for_each_candidate(output: str, n: int) -> None:
    assert published_choice(output, n) == by_search(output, n)


def test_every_candidate_of_a_thousand() -> None:
    for i in range(1, 1001, 37):
        result = grade(
            "choice/index", output=f"Answer: A{i}", reference=f"A{i}", params={"n": 1000}
        )
        assert (result.score, result.paper) == (1.0, 1.0)


@pytest.mark.parametrize("size", [2, 6])
def test_listing_the_candidates_does_not_pay(size: int) -> None:
    labels = [f"A{i}" for i in range(1, size + 1)]
    for glue in (" ", ", ", "\n", " or ", " and ", "/"):
        for gold in labels:
            output = glue.join(labels)
            plain = output.replace("A", "")
            for said in (output, plain, "Answer: " + " ".join(output.split())):
                result = grade("choice/index", output=said, reference=gold, params={"n": size})
                assert result.score == 0.0, said


def test_a_declaration_may_give_its_reason() -> None:
    assert graded("Answer: A3, since A4 breaks the second condition").score == 1.0
    assert graded("Answer: A3 or A4").score == 0.0


def test_words_after_the_choice_do_not_hide_it() -> None:
    assert graded("A3. I hope this answer is of help.").score == 1.0


def test_a_long_output_without_a_declaration_is_no_answer() -> None:
    assert graded("A3 " + "and so on " * 200).status == "unreadable"


@pytest.mark.parametrize(
    ("output", "followed", "copied"),
    [("Answer: A5", 1.0, 1.0), ("A5", 0.0, 1.0), (" Answer: A2\n", 1.0, 0.0), ("?", 0.0, 0.0)],
)
def test_followed_and_copied(output: str, followed: float, copied: float) -> None:
    metrics = graded(output, sample="A5").metrics
    assert (metrics["followed"], metrics["copied"]) == (followed, copied)


def test_without_n_there_is_no_paper_score() -> None:
    result = grade("choice/index", output="A3", reference="A3")
    assert (result.score, result.paper) == (1.0, None)


@pytest.mark.parametrize(
    ("reference", "params"),
    [("3", {}), ("A7", {}), (3, {}), ("A3", {"n": 0}), ("A3", {"n": "6"}), ("A3", {"sample": "B"})],
)
def test_bad_references(reference: Any, params: dict[str, Any]) -> None:
    with pytest.raises(ScoreError, match="choice/index"):
        graded("A3", reference, **params)
