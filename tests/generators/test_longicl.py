"""longicl/classification: the code is unique, the demonstrations teach it, nothing else does."""

from __future__ import annotations

import json
from collections import Counter
from itertools import combinations, pairwise
from typing import Any

import pytest

from synthctx.api import samples
from synthctx.baseline import baseline
from synthctx.compose import Room, Sample, compose
from synthctx.errors import GenerationError, SuiteError
from synthctx.generators._longicl_code import TIERS, owners
from synthctx.generators._longicl_shots import ORDERS
from synthctx.generators.longicl import book_of, demonstrations, read
from synthctx.suite import Suite
from synthctx.tokenizers import get_tokenizer
from tests.conftest import Cli

NAME = "longicl/classification"


def some(length: str, n: int = 8, **params: Any) -> list[Sample]:
    return list(samples(NAME, length=length, n=n, seed=3, **params))


def code(sample: Sample) -> list[tuple[str, str, str]]:
    room = Room(sample.row, get_tokenizer(sample.row.tokenizer), sample.row.streams())
    return book_of(room)[0].cues


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
        (query,) = demonstrations(sample.prompt).queries
        words = set(query.replace(",", " ").replace(".", " ").split())
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
    for order in ("round_robin", "reshuffled", "grouped"):
        (sample,) = some("16k", n=1, depth=depth, order=order)
        assert all(abs(piece.depth - depth) < 0.01 for piece in sample.evidence)
        assert sample.row.depth == depth
        # all labels stand together, so that to stand together tells nothing
        assert 1 + sum(a != b for a, b in pairwise(demonstrations(sample.prompt).labels)) == 77


def test_the_places_of_all_labels_and_the_last_round_are_recorded() -> None:
    (sample,) = some("8k", n=1, labels=28, order="grouped")
    labels, params = demonstrations(sample.prompt).labels, sample.draft.rule_params
    assert params["whole_rounds"] * 28 + params["partial_round"] == len(labels)
    assert 0 < params["partial_round"] < 28
    shown = list(dict.fromkeys(labels))
    places = dict(zip(params["labels"], params["places"], strict=True))
    assert [places[label] for label in shown] == sorted(places.values())
    gold = [piece.depth for piece in sample.evidence]
    # a depth leaves out the evidence itself, a place is a share of everything
    assert places[sample.draft.reference] == pytest.approx(sum(gold) / len(gold), abs=0.05)


def test_the_instruction_lists_the_labels_when_asked_to() -> None:
    (plain,) = some("5k", n=1, labels=28)
    (told,) = some("5k", n=1, labels=28, instruct=True)
    labels = told.draft.rule_params["labels"]
    assert f"The categories are: {', '.join(sorted(labels))}.\n\n" in told.draft.prefix
    assert not any(label in plain.draft.prefix for label in plain.draft.rule_params["labels"])
    assert read(told.prompt) == told.draft.reference


def test_versions_are_the_same_problem_in_other_words() -> None:
    document: dict[str, Any] = {"task": NAME, "length": "5k", "samples": 1, "versions": 3}
    document |= {"params": {"labels": 28, "order": "reshuffled"}}
    suite = Suite.from_document({"name": "v", "seed": 5, "tests": [document]})
    made = [compose(row) for row in suite.rows()]
    assert len({s.draft.reference for s in made}) == 3
    ordinals = []
    for sample in made:
        numbers = [
            sample.draft.rule_params["labels"].index(label)
            for label in demonstrations(sample.prompt).labels
        ]
        ordinals.append((numbers[:28], numbers.index(numbers[0])))
    assert ordinals[0] == ordinals[1] == ordinals[2]


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


def test_the_views_show_where_a_short_window_looks(cli: Cli) -> None:
    """Of the last 2k tokens: right where the demonstrations stand late, else late labels."""
    flags = ["--task", NAME, "--length", "8k", "--samples", "28", "--seed", "4"]
    cli("generate", *flags, "-p", "labels=28", "-p", "order=grouped", "-o", "b")
    cli("answer", "b", "--model", "reader:window?tokens=2k")
    cli("score", "b")
    (late,) = json.loads(cli("query", "b", "--name", "late_labels", "--format", "json").out)
    assert late["wrong_labels"] >= 15
    assert late["lo"] > late["by_chance"] == pytest.approx(6 / 27)
    assert late["mean_rank"] > 0.75
    rows = json.loads(cli("query", "b", "--name", "demonstrations", "--format", "json").out)
    means = {row["tenth"]: row["mean"] for row in rows}
    assert means[9] == 1.0
    assert max(mean for tenth, mean in means.items() if tenth < 6) <= 0.2
    assert all(5 < row["rounds"] < 6 for row in rows)
