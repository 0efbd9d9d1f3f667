"""longicl/entity, relation, discourse: one right answer, learned from demonstrations alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import pytest

from synthctx.api import samples
from synthctx.baseline import baseline
from synthctx.compose import Room, Sample
from synthctx.errors import GenerationError
from synthctx.generators import longicl_discourse, longicl_entity, longicl_relation
from synthctx.generators._longicl_code import TIERS, Code, owners
from synthctx.generators._longicl_shots import ORDERS
from synthctx.tasks import Demonstrations, get_task
from synthctx.tokenizers import get_tokenizer
from tests.generators.samples import graded, scores

ENTITY, RELATION, DISCOURSE = "longicl/entity", "longicl/relation", "longicl/discourse"
FORMS: list[tuple[str, dict[str, Any]]] = [
    (ENTITY, {}),
    (RELATION, {"form": "dialogue"}),
    (RELATION, {"form": "sentence"}),
    (DISCOURSE, {}),
]
# labels, tokens of a demonstration; published are 61, 226, 80 and 61
PUBLISHED = [(66, 78), (36, 226), (41, 80), (174, 59)]


def some(name: str, length: str, n: int = 4, **params: Any) -> list[Sample]:
    return list(samples(name, length=length, n=n, seed=3, **params))


def seen(sample: Sample) -> Demonstrations:
    demonstrations = get_task(sample.row.task).demonstrations
    assert demonstrations is not None
    return demonstrations(sample.prompt)


def code(sample: Sample) -> Code:
    room = Room(sample.row, get_tokenizer(sample.row.tokenizer), sample.row.streams())
    if sample.row.task == ENTITY:
        return longicl_entity.book_of(room)[0].code
    if sample.row.task == RELATION:
        return longicl_relation.book_of(room)[0]
    return longicl_discourse.book_of(room)[0]


def answers(sample: Sample) -> list[str]:
    reference = sample.draft.reference
    if isinstance(reference, dict):
        return list(reference.values())
    return [reference] if isinstance(reference, str) else list(reference)


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower()))


@pytest.mark.parametrize(("form", "published"), list(zip(FORMS, PUBLISHED, strict=True)))
def test_defaults_are_the_published_ones(
    form: tuple[str, dict[str, Any]], published: tuple[int, int]
) -> None:
    name, params = form
    labels, tokens = published
    (sample,) = some(name, f"{labels * tokens * 3 // 2048}k", n=1, **params)
    given = sample.draft.rule_params
    assert len(given["labels"]) == labels
    shots = given["whole_rounds"] * labels + given["partial_round"]
    assert abs(sample.context_tokens / shots - tokens) < 3
    assert sample.draft.floor == 1 / labels


@pytest.mark.parametrize(("name", "params"), FORMS)
@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("labels", [8, 60])
def test_by_brute_force_one_label_only_fits(
    name: str, params: dict[str, Any], tier: str, labels: int
) -> None:
    """From the prompt alone: of all labels, one has shown two cues of the question together."""
    for sample in some(name, "20k", labels=labels, tier=tier, rounds=1, **params):
        book, shown = code(sample), seen(sample)
        assert sample.task.read(sample.prompt) == shown.write(answers(sample))
        assert graded(sample, shown.write(answers(sample))).score == 1.0
        pairs = Counter(p for cues in book.cues for p in combinations(sorted(cues), 2))
        assert max(pairs.values()) == 1
        cues = {cue for triple in book.cues for cue in triple}
        assert len(shown.queries) == len(answers(sample))
        for query, gold in zip(shown.queries, answers(sample), strict=True):
            asked = words(query) & cues
            assert len(asked) == (2 if tier == "easy" else 3)
            fitting = {
                label
                for text, label in zip(shown.texts, shown.labels, strict=True)
                if len(asked & words(text)) >= 2
            }
            assert fitting == {gold}
            assert [book.labels[i] for i in owners(book.cues, asked)] == [gold]


@pytest.mark.parametrize(("name", "params"), FORMS)
def test_a_round_shows_every_label_as_often(name: str, params: dict[str, Any]) -> None:
    (sample,) = some(name, "20k", n=1, labels=30, rounds=2, **params)
    together = len(answers(sample))
    counts = Counter(seen(sample).labels)
    assert set(counts.values()) == {2 * together}
    assert len(sample.evidence) == sum(
        bool(set(answers(sample)) & set(re.findall(r"[a-z]+_[a-z]+", shot)))
        for shot in re.split(r"^(?=Sentence|Dialogue)", sample.context, flags=re.MULTILINE)
    )


@pytest.mark.parametrize("entities", [1, 3])
def test_as_many_names_as_asked_for_and_all_are_new(entities: int) -> None:
    for sample in some(ENTITY, "16k", labels=30, entities=entities):
        names = list(sample.draft.reference)
        assert len(names) == entities
        assert all(name in sample.draft.suffix and name not in sample.context for name in names)
        assert len(set(sample.draft.reference.values())) == entities


@pytest.mark.parametrize("pairs", [1, 2, 5])
def test_as_many_relations_as_pairs_in_their_order(pairs: int) -> None:
    for sample in some(RELATION, "24k", labels=30, pairs=pairs):
        assert len(sample.draft.reference) == pairs
        assert sample.draft.suffix.count("(") == pairs
        assert graded(sample, "\n".join(sample.draft.reference)).score == 1.0
        if pairs > 1:
            turned = [*sample.draft.reference[1:], sample.draft.reference[0]]
            assert scores(sample, ", ".join(turned))[0] == 0.0


def test_neither_sentence_alone_tells_the_connective() -> None:
    for tier in ("easy", "hard"):
        for sample in some(DISCOURSE, "6k", labels=30, tier=tier, n=8):
            book, (query,) = code(sample), seen(sample).queries
            for half in query.split("( )"):
                assert owners(book.cues, words(half)) == []


@pytest.mark.parametrize(("name", "params"), FORMS)
@pytest.mark.parametrize("order", ORDERS)
def test_orders_move_the_demonstrations_and_nothing_else(
    name: str, params: dict[str, Any], order: str
) -> None:
    (sample,) = some(name, "20k", n=1, labels=30, rounds=2, order=order, **params)
    pieces = [p.depth for p in sample.evidence]
    if order == "gold_first":
        assert max(pieces) < 0.01
    if order == "gold_last":
        assert min(pieces) > 0.99
    if order == "grouped" and len(answers(sample)) == 1:
        assert max(pieces) - min(pieces) < 0.01
    places = sample.draft.rule_params["places"]
    assert len(places) == 30
    assert all(0 <= place <= 1 for place in places)


@pytest.mark.parametrize(("name", "params"), FORMS)
def test_a_depth_puts_the_gold_demonstrations_there(name: str, params: dict[str, Any]) -> None:
    made = some(name, "20k", n=1, labels=30, rounds=2, depth=[0, 0.3, 1], **params)
    for sample in made:
        depth = sample.row.depth
        assert depth is not None
        assert all(abs(piece.depth - depth) < 0.03 for piece in sample.evidence)
    shots = [sorted(seen(sample).texts) for sample in made]
    assert shots[0] == shots[1] == shots[2]


@pytest.mark.parametrize(("name", "params"), FORMS)
@pytest.mark.parametrize("tokenizer", ["words", "chars"])
def test_other_tokenizers(name: str, params: dict[str, Any], tokenizer: str) -> None:
    length = "8k" if tokenizer == "words" else "40k"
    given = {"labels": 12, "instruct": True, **params}
    for sample in some(name, length, n=2, tokenizer=tokenizer, **given):
        assert get_tokenizer(tokenizer).count(sample.prompt) == sample.prompt_tokens
        assert 0 <= sample.shortfall <= getattr(sample.draft.body, "item_tokens", 0)
        assert scores(sample, sample.task.read(sample.prompt))[0] == 1.0
        assert all(label in sample.draft.prefix for label in sample.draft.rule_params["labels"])


@pytest.mark.parametrize(("name", "params"), FORMS)
def test_guessers_stay_at_the_floor(name: str, params: dict[str, Any]) -> None:
    made = some(name, "8k", n=40, labels=20, **params)
    floor = made[0].draft.floor
    slack = 2.6 * (floor * (1 - floor) / len(made)) ** 0.5
    means = dict.fromkeys(("first", "last", "most frequent"), 0.0)
    for sample in made:
        shown = seen(sample)

        def score(
            labels: Sequence[str], sample: Sample = sample, shown: Demonstrations = shown
        ) -> float:
            answer = shown.write([labels[k % len(labels)] for k in range(len(shown.queries))])
            return scores(sample, answer)[0] or 0.0

        means["first"] += score(shown.labels[:1]) / len(made)
        means["last"] += score(shown.labels[-1:]) / len(made)
        frequent = [label for label, _ in Counter(shown.labels).most_common(1)]
        means["most frequent"] += score(frequent) / len(made)
        for guess in sample.task.guesses(sample.prompt):
            assert (scores(sample, guess)[0] or 0.0) <= floor, guess[:200]
    assert all(mean <= floor + slack for mean in means.values()), means


# what is learned in five rounds and more: linear model; the nearest demonstration
LEARNED = {ENTITY: (0.95, 0.6), RELATION: (0.85, 0.5), DISCOURSE: (0.9, 0.5)}


@pytest.mark.parametrize(("name", "params"), FORMS)
def test_the_demonstrations_can_be_learned_and_nothing_cheaper_answers(
    name: str, params: dict[str, Any]
) -> None:
    found = baseline(some(name, "40k", n=40, labels=40, **params))
    linear, nearest = LEARNED[name]
    assert found.shots > 5
    assert found.linear >= linear
    assert found.nearest <= nearest
    assert found.shuffled <= 0.12
    assert found.majority <= 0.08
    assert found.names <= 0.1
    assert found.ceiling is None


@pytest.mark.parametrize(("name", "params"), FORMS)
def test_too_short_and_cut_prompts(name: str, params: dict[str, Any]) -> None:
    with pytest.raises(
        GenerationError, match=r"too short.*one demonstration of each of \d+ labels"
    ):
        some(name, "2k", n=1, **params)
    (sample,) = some(name, "8k", n=1, labels=20, **params)
    for at in (0, 1, 30, len(sample.prompt) // 2, len(sample.prompt) - 40):
        assert isinstance(sample.task.read(sample.prompt[at:]), str)
        assert isinstance(sample.task.read(sample.prompt[:at]), str)
