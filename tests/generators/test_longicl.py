"""longicl/classification: the code is unique, the demonstrations teach it, nothing else does."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise
from typing import Any

import pytest

from synthctx.api import samples
from synthctx.baseline import baseline
from synthctx.compose import Room, Sample, compose
from synthctx.errors import GenerationError, SuiteError
from synthctx.generators.longicl import ORDERS, TIERS, book_of, demonstrations, owners, read
from synthctx.suite import Suite
from synthctx.tokenizers import get_tokenizer

NAME = "longicl/classification"


def some(length: str, n: int = 8, **params: Any) -> list[Sample]:
    return list(samples(NAME, length=length, n=n, seed=3, **params))


def code(sample: Sample) -> list[tuple[str, str, str]]:
    room = Room(sample.row, get_tokenizer(sample.row.tokenizer), sample.row.streams())
    return book_of(room).cues


@pytest.mark.parametrize("labels", [28, 77, 500, 1000])
@pytest.mark.parametrize("tier", TIERS)
def test_one_round_is_enough_for_the_solver(labels: int, tier: str) -> None:
    for sample in some("80k", n=4, labels=labels, tier=tier, rounds=1):
        assert read(sample.prompt) == sample.draft.reference
        assert len(demonstrations(sample.prompt).labels) == labels


@pytest.mark.parametrize("tier", ["medium", "hard"])
def test_two_labels_share_at_most_one_cue_and_a_query_has_one_owner(tier: str) -> None:
    for sample in some("60k", n=6, labels=1000, tier=tier, rounds=1):
        cues = code(sample)
        pairs = Counter(p for triple in cues for p in combinations(sorted(triple), 2))
        assert max(pairs.values()) == 1
        words = set(demonstrations(sample.prompt).query.replace(",", " ").replace(".", " ").split())
        labels = demonstrations(sample.prompt).labels
        (owner,) = owners(cues, words)
        assert labels[owner] == sample.draft.reference


def test_labels_are_opaque_and_distinct() -> None:
    (sample,) = some("60k", n=1, labels=1000, rounds=1)
    labels = sample.draft.rule_params["labels"]
    halves = [half for label in labels for half in label.split("_")]
    assert len(set(halves)) == 2000
    cue_words = {word for triple in code(sample) for word in triple}
    assert not cue_words & set(halves)


def test_queries_go_round_all_labels_in_turn() -> None:
    golds = [s.draft.reference for s in some("4k", n=56, labels=28)]
    assert set(Counter(golds).values()) == {2}


def test_the_same_problem_at_every_length_depth_and_order() -> None:
    seen = {
        (s.draft.reference, s.draft.suffix)
        for order in ORDERS
        for s in some("5k", n=1, labels=28, order=order)
    }
    assert len({suffix for _, suffix in seen}) == len(ORDERS), "params are part of the problem"
    by_length = list(samples(NAME, length=["8k", "16k"], n=2, seed=3))
    assert by_length[0].draft.suffix == by_length[2].draft.suffix


@pytest.mark.parametrize("order", ORDERS)
def test_orders(order: str) -> None:
    (sample,) = some("8k", n=1, labels=28, order=order)
    labels = demonstrations(sample.prompt).labels
    gold = [i for i, label in enumerate(labels) if label == sample.draft.reference]
    assert len(gold) == len(sample.evidence)
    runs = 1 + sum(a != b for a, b in pairwise(labels))
    if order == "round_robin":
        assert labels[28:56] == labels[:28]
    elif order == "reshuffled":
        assert sorted(labels[28:56]) == sorted(labels[:28])
        assert labels[28:56] != labels[:28]
    elif order == "grouped":
        assert runs == 28
    else:
        wanted = 0 if order == "gold_first" else len(labels) - len(gold)
        assert gold == list(range(wanted, wanted + len(gold)))


@pytest.mark.parametrize("depth", [0.0, 0.3, 0.5, 1.0])
def test_a_depth_puts_the_gold_demonstrations_there(depth: float) -> None:
    (sample,) = some("16k", n=1, depth=depth)
    assert all(abs(piece.depth - depth) < 0.01 for piece in sample.evidence)
    assert sample.row.depth == depth


def test_rounds_are_met_or_the_needed_length_is_named() -> None:
    (sample,) = some("16k", n=1, labels=28, rounds=2)
    assert Counter(demonstrations(sample.prompt).labels).most_common()[0][1] == 2
    with pytest.raises(
        GenerationError, match=r"2 demonstrations of each of 1000 labels need a len"
    ):
        some("32k", n=1, labels=1000, rounds=2)
    with pytest.raises(GenerationError, match=r"or fewer labels"):
        some("2k", n=1)


def test_the_demonstrations_can_be_learned_and_nothing_cheaper_answers() -> None:
    easy = baseline(some("16k", n=56, labels=28, tier="easy"))
    assert easy.shots >= 9
    assert easy.linear >= 0.95
    medium = baseline(some("32k", n=77, labels=77, tier="medium"))
    assert medium.linear >= 0.95
    hard = baseline(some("32k", n=77, labels=77, tier="hard"))
    assert hard.linear > hard.nearest + 0.2
    assert hard.nearest < 0.5
    for found in (easy, medium, hard):
        assert found.shuffled <= 0.15
        assert found.majority <= 0.05
        assert found.names <= 0.1


def test_a_task_without_demonstrations_has_no_baseline() -> None:
    suite = Suite.from_document({"seed": 1, "tests": [{"task": "niah/single", "length": "2k"}]})
    with pytest.raises(SuiteError, match="shows no demonstrations"):
        baseline(compose(row) for row in suite.rows())
