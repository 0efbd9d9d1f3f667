"""Needle Threading: pairs that differ, threads that lead one way, one longest branch."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest

from synthctx.errors import GenerationError, SuiteError
from synthctx.generators._threading_pairs import (
    FORMS,
    Pair,
    _mixed,
    identifiers,
    marked,
)
from synthctx.generators.threading import DIRECTIONS, PLACEMENTS
from synthctx.streams import Streams
from synthctx.tasks import get_task
from synthctx.tokenizers import get_tokenizer, tail, token_starts
from tests.generators.samples import scores
from tests.generators.threading_samples import (
    ALL,
    BRANCHED,
    CONDITIONAL,
    MULTI,
    MULTIPLE,
    SINGLE,
    THREAD,
    answered,
    chains,
    evidence,
    keys_asked,
    make,
    one_pair,
    shown,
    walk,
)
from tests.vocabularies import NAMES, vocabulary

# ---------------------------------------------------------------- pairs


def test_numbers_are_mixed_one_to_one() -> None:
    full = (1 << 64) - 1

    def undone(word: int) -> int:
        for shift, factor in ((31, 0x94D049BB133111EB), (27, 0xBF58476D1CE4E5B9), (30, 0)):
            low = word
            for _ in range(3):
                low = word ^ (low >> shift)
            word = low * pow(factor, -1, 1 << 64) & full if factor else low
        return (word * pow(0x9E3779B97F4A7C15, -1, 1 << 64) & full) - 1

    numbers = [0, 1, 2, 4711, 1 << 40, (1 << 63) - 1, 1 << 63, (1 << 63) + 12345, full - 1]
    mixed = _mixed(np.array(numbers, dtype=np.uint64)).tolist()
    assert [undone(word) for word in mixed] == numbers


def test_identifiers_differ_and_have_one_shape() -> None:
    stock = identifiers(Streams(1)("a"), 5000, 0)
    needles = identifiers(Streams(1)("b"), 500)
    assert len({*stock, *needles}) == 5500
    for name in (*stock[:50], *needles[:50]):
        assert [len(group) for group in name.split("-")] == [8, 4, 4, 4, 12]
        assert int(name.replace("-", ""), 16) >= 0
    ones = sum(bin(int(name.replace("-", ""), 16)).count("1") for name in stock) / 5000
    assert abs(ones - 64) < 0.5
    versions = Counter(name[14] for name in stock)
    assert len(versions) == 16, "no version bits, as published"


def test_a_marker_takes_the_place_of_a_digit() -> None:
    keys = identifiers(Streams(2)("a"), 200)
    changed = [marked(Streams(i)("m"), key, "*") for i, key in enumerate(keys)]
    for key, new in zip(keys, changed, strict=True):
        assert len(new) == 36
        assert new.count("*") == 1
        assert new.count("-") == 4
        assert new[:19] == key[:19]
    assert len({new.index("*") for new in changed}) == 16


@pytest.mark.parametrize("task", [t for t in ALL if t != BRANCHED])
def test_one_flat_json_object_on_one_line_of_80_characters_a_pair(task: str) -> None:
    sample = make(task)
    assert "\n" not in sample.context
    parsed = json.loads(sample.context)
    assert len(sample.context) == 80 * len(parsed)
    assert json.dumps(parsed, ensure_ascii=False) == sample.context
    assert list(parsed.items()) == shown(sample)


@pytest.mark.parametrize("task", [t for t in ALL if t != BRANCHED])
def test_other_forms(task: str) -> None:
    for index in range(3):
        sample = make(task, index, form="json_lines")
        parsed = json.loads(sample.draft.prefix[-2:] + sample.context + sample.draft.suffix[:2])
        assert list(parsed.items()) == shown(sample)
        assert sample.context.count("\n") == len(parsed) - 1
        assert answered(sample)[0] == 1.0
        sample = make(task, index, form="lines")
        lines = sample.context.split("\n")
        assert [Pair(*line.split(" -> ")) for line in lines] == shown(sample)
        assert answered(sample)[0] == 1.0
    with pytest.raises(SuiteError, match="form"):
        get_task(task).complete({"form": "yaml"})


def test_all_keys_and_values_differ() -> None:
    for task, index in product((SINGLE, MULTIPLE, CONDITIONAL), range(4)):
        names = [name for pair in shown(make(task, index)) for name in pair]
        assert len(set(names)) == len(names)
        assert {len(name) for name in names} == {36}


def test_samples_have_other_pairs_and_short_ones_do_not_begin_long_ones() -> None:
    short, long = make(SINGLE, length=4096), make(SINGLE, length=8192)
    assert evidence(short) == evidence(long)
    assert shown(short)[:10] != shown(long)[:10]
    first, second = make(SINGLE, 0), make(SINGLE, 1)
    assert evidence(first) != evidence(second)
    assert len(set(shown(first)) & set(shown(second))) < len(shown(first)) / 2


def test_published_parameters_are_the_defaults() -> None:
    complete = {task: get_task(task).complete({}) for task in ALL}
    assert complete[SINGLE] == {"form": "json"}
    assert complete[MULTIPLE] == {"needles": 10, "placement": "random", "form": "json"}
    assert complete[CONDITIONAL] == {**complete[MULTIPLE], "marker": "*"}
    assert complete[THREAD]["direction"] == "forward"
    assert complete[MULTI]["thread_length"] == 3
    assert complete[MULTI]["direction"] == "random"
    assert make(SINGLE, depth=0.5).max_output_tokens == 100
    for name, low, high in (("needles", 1, 25), ("thread_length", 2, 25), ("threads", 2, 25)):
        for task in ALL:
            if name in complete[task]:
                get_task(task).complete({name: low})
                get_task(task).complete({name: high})
    get_task(BRANCHED).complete({"thread_length": 10, "branching": 10})
    get_task(BRANCHED).complete({"thread_length": 2, "branching": 1})


# ---------------------------------------------------------------- needles


def test_depth_of_one_needle() -> None:
    for depth, index in product((0.0, 0.1, 0.37, 0.5, 0.9, 1.0), range(3)):
        sample = make(SINGLE, index, depth=depth)
        pairs = shown(sample)
        at = pairs.index(Pair(keys_asked(sample)[0], sample.draft.reference))
        assert abs(at - depth * (len(pairs) - 1)) <= 2
        assert at == round(depth * (len(pairs) - 1)) or 0 < depth < 1
        assert sample.evidence[0].depth == pytest.approx(depth, abs=0.6 / len(pairs))
        assert answered(sample) == (1.0, 1.0)


@pytest.mark.parametrize("task", [MULTIPLE, CONDITIONAL])
@pytest.mark.parametrize("needles", [1, 2, 10, 25])
def test_needles_stand_where_they_are_asked_to(task: str, needles: int) -> None:
    for placement, depth in product(PLACEMENTS, (None, 0.0, 0.3, 1.0)):
        sample = make(task, depth=depth, needles=needles, placement=placement)
        assert answered(sample) == (1.0, None)
        pairs = shown(sample)
        at = sorted(i for i, p in enumerate(pairs) if p.value in sample.draft.reference)
        first = next(i for i, p in enumerate(pairs) if p.value == sample.draft.reference[0])
        assert [pairs[i] for i in at] == evidence(sample)
        assert len(at) == needles
        others = len(pairs) - needles
        if placement == "clustered":
            assert at == list(range(at[0], at[0] + needles))
            if depth is not None:
                assert abs(at[0] - depth * others) <= 2
            continue
        if depth is not None:
            assert abs(sum(i not in at for i in range(first)) - depth * others) <= 2
        if placement == "spread":
            gaps = [b - a for a, b in pairwise(at)]
            assert all(abs(gap - len(pairs) / needles) <= 3 for gap in gaps)


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_values_are_not_asked_for_in_the_order_of_the_text(placement: str) -> None:
    sorted_ones = 0
    for index in range(20):
        sample = make(MULTIPLE, index, length=4096, depth=0.5, needles=5, placement=placement)
        in_text = [p.value for p in evidence(sample)]
        assert sorted(in_text) == sorted(sample.draft.reference)
        sorted_ones += in_text == sample.draft.reference
        looked_up = dict(shown(sample))
        assert [looked_up[k] for k in keys_asked(sample)] == sample.draft.reference
        assert sample.draft.suffix.count('"') == 10
    assert sorted_ones <= 3


@pytest.mark.parametrize("marker", list("*&%#@+~"))
def test_the_marker_is_in_the_needles_keys_alone(marker: str) -> None:
    for form in FORMS:
        sample = make(CONDITIONAL, marker=marker, form=form, needles=7)
        has = [p for p in shown(sample) if marker in p.key + p.value]
        assert sorted(p.value for p in has) == sorted(sample.draft.reference)
        assert sample.context.count(marker) == 7
        assert answered(sample) == (1.0, None)
        backwards = "\n".join(sample.draft.reference[::-1])
        assert scores(sample, backwards)[0] == 1.0, "the order is free"
        assert scores(sample, "\n".join(sample.draft.reference[:6]))[0] == pytest.approx(6 / 7)


def test_a_list_in_the_wrong_order_is_wrong_where_the_order_is_asked_for() -> None:
    sample = make(MULTIPLE, needles=4)
    assert scores(sample, "\n".join(sample.draft.reference))[0] == 1.0
    assert scores(sample, "\n".join(sample.draft.reference[::-1]))[0] == 0.0
    lines = [
        f'"{k}": "{v}"' for k, v in zip(keys_asked(sample), sample.draft.reference, strict=True)
    ]
    assert scores(sample, "\n".join(lines))[0] == 1.0, "keys may be repeated"


# ---------------------------------------------------------------- threads


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("length", [2, 3, 5, 25])
def test_a_thread_goes_its_way_and_no_other_chain_is_there(direction: str, length: int) -> None:
    for index, depth in product(range(4), (None, 0.0, 0.37, 1.0)):
        sample = make(
            THREAD, index, 16384, depth, thread_length=length, direction=direction, distractors=3
        )
        found = chains(sample)
        assert [len(chain) for chain in found] == [length + 1] * 4
        (key,) = keys_asked(sample)
        (asked,) = (chain for chain in found if chain[0] == key)
        assert asked[-1] == sample.draft.reference
        assert asked[1:] == sample.draft.rule_params["path"]
        assert answered(sample) == (1.0, 1.0)
        for chain in found:
            places = walk(sample, chain[0])
            steps = {b > a for a, b in pairwise(places)}
            if direction == "random":
                assert len(steps) == 2 or length == 2
            else:
                assert steps == {direction == "forward"}
        places = walk(sample, key)
        assert [shown(sample)[i] for i in sorted(places)] == evidence(sample)
        if depth is not None:
            before = sum(i not in places for i in range(places[-1]))
            assert abs(before - depth * (len(shown(sample)) - length)) <= 2


def test_a_thread_without_a_depth_runs_through_the_whole_text() -> None:
    spans = []
    for index in range(10):
        places = walk(sample := make(THREAD, index, thread_length=10), keys_asked(sample)[0])
        spans.append((places[-1] - places[0]) / len(shown(sample)))
    assert min(spans) > 0.75


def test_steps_may_be_shown_and_stopping_half_way_is_wrong() -> None:
    sample = make(THREAD, thread_length=5)
    path = sample.draft.rule_params["path"]
    assert scores(sample, " -> ".join(path))[0] == 1.0
    assert scores(sample, path[-2])[0] == 0.0
    assert scores(sample, path[0])[0] == 0.0


@pytest.mark.parametrize("direction", [*DIRECTIONS, "mixed"])
def test_several_threads_each_with_its_own_end(direction: str) -> None:
    ways: Counter[tuple[bool, ...]] = Counter()
    for index, depth in product(range(4), (None, 0.0, 0.6, 1.0)):
        sample = make(
            MULTI,
            index,
            depth=depth,
            threads=6,
            thread_length=3,
            direction=direction,
            distractors=4,
        )
        found = {chain[0]: chain for chain in chains(sample)}
        assert [len(chain) for chain in found.values()] == [4] * 10
        assert [found[key][-1] for key in keys_asked(sample)] == sample.draft.reference
        assert answered(sample) == (1.0, None)
        assert len(sample.evidence) == 18
        assert scores(sample, "\n".join(found[k][1] for k in keys_asked(sample)))[0] == 0.0
        for key in keys_asked(sample):
            places = walk(sample, key)
            ways[tuple(b > a for a, b in pairwise(places))] += 1
    if direction == "forward":
        assert set(ways) == {(True, True)}
    elif direction == "backward":
        assert set(ways) == {(False, False)}
    elif direction == "random":
        assert set(ways) == {(True, False), (False, True)}
    else:
        assert len(ways) == 4


def test_ends_at_one_place_are_not_in_the_order_of_the_keys() -> None:
    ordered = 0
    for index in range(12):
        sample = make(MULTI, index, depth=0.5, threads=4)
        places = [walk(sample, key)[-1] for key in keys_asked(sample)]
        assert max(places) - min(places) <= 3 * 4
        ordered += places == sorted(places)
    assert ordered <= 3


def test_published_extremes_fit() -> None:
    sample = make(MULTI, length=65536, threads=25, distractors=0)
    assert answered(sample)[0] == 1.0
    row: dict[str, Any] = {"threads": 25, "thread_length": 10, "distractors": 0}
    wide = make(MULTI, length=65536, depth=0.5, **row)
    assert len(wide.evidence) == 250
    assert answered(wide)[0] == 1.0
    assert wide.max_output_tokens >= 25 * 60
    assert answered(make(THREAD, distractors=0))[0] == 1.0


# ---------------------------------------------------------------- shortcuts


def test_the_end_of_any_thread_is_rarely_the_answer() -> None:
    hits = 0
    for index in range(60):
        sample = make(THREAD, index, 4096)
        found = sorted(chains(sample))
        assert len(found) == 5
        hits += found[0][-1] == sample.draft.reference
    assert hits / 60 < 0.4


@pytest.mark.parametrize("task", ALL)
def test_nothing_cheap_pays_in_the_shortest_text(task: str) -> None:
    forms = FORMS if task != BRANCHED else ["lines"]
    sizes = [{"needles": n} for n in (1, 10, 25)] if task in (MULTIPLE, CONDITIONAL) else [{}]
    for form, size in product(forms, sizes):
        params: dict[str, Any] = {**size, **({} if task == BRANCHED else {"form": form})}
        low, high = 100, 20_000
        while high - low > 8:
            middle = (low + high) // 2
            try:
                make(task, length=middle, **params)
                high = middle
            except GenerationError:
                low = middle
        for depth in (None, 0.0, 0.5, 1.0):
            sample = make(task, length=high, depth=depth, **params)
            assert answered(sample)[0] == 1.0
            for guess in [sample.context, sample.draft.suffix, *sample.task.guesses(sample.prompt)]:
                assert scores(sample, guess)[0] == 0.0


# ---------------------------------------------------------------- windows


@pytest.mark.parametrize("task", ALL)
def test_without_the_pairs_there_is_no_answer(task: str) -> None:
    read = get_task(task).read
    for text in ("", "Key:", '\nQuestion: Key: "', "\nQuestion: \nCharacter: *", " -> " * 50):
        assert read(text) == ""
    sample = make(task, depth=0.0)
    question = sample.draft.suffix
    assert read(question) == read(sample.draft.prefix + question) == ""
    cut = tail(get_tokenizer("tekken"), sample.prompt, sample.prompt_tokens - 200)
    assert scores(sample, read(cut))[0] in (0.0, *(pytest.approx(i / 10) for i in range(10)))


def test_the_reader_survives_circles() -> None:
    a, b, c = identifiers(Streams(0)("x"), 3)
    lines = f"\n{a} -> {b}\n{b} -> {a}\n{b} -> {c}\n"
    for task in (SINGLE, THREAD, MULTI, BRANCHED):
        assert c in get_task(task).read(f'{lines}\nQuestion: Key: "{a}"')
    assert get_task(THREAD).read(f'{lines}\nQuestion: Key: "{c}"') == ""


def test_what_is_missing_keeps_its_place() -> None:
    sample = make(MULTIPLE, needles=4)
    gone = sample.draft.reference[1]
    output = sample.task.read(sample.prompt.replace(gone, "0" * 30))
    assert scores(sample, output)[0] == 0.75


def test_pairs_are_the_same_at_every_length_and_depth() -> None:
    for task in ALL:
        made = [make(task, 1, n, depth) for n in (6144, 12288) for depth in (None, 0.2, 0.8)]
        assert len({frozenset(evidence(s)) for s in made}) == 1
        assert len({s.draft.suffix for s in made}) == 1


@pytest.mark.parametrize("task", ALL)
def test_too_short_says_what_is_needed(task: str) -> None:
    with pytest.raises(GenerationError, match=r"too short.*pairs, the fewest, need a length"):
        make(task, length=700)


def test_the_named_length_is_about_enough() -> None:
    with pytest.raises(GenerationError) as error:
        make(MULTI, length=4096, threads=25, thread_length=10)
    named = int(str(error.value).rsplit(maxsplit=1)[1].replace(",", ""))
    assert len(make(MULTI, length=named + 200, threads=25, thread_length=10).evidence) == 250


def test_junk_is_refused() -> None:
    for task, junk in (
        (MULTIPLE, {"needles": 0}),
        (MULTIPLE, {"placement": "ends"}),
        (CONDITIONAL, {"marker": "a"}),
        (THREAD, {"thread_length": 1}),
        (THREAD, {"direction": "mixed"}),
        (MULTI, {"threads": 1}),
        (BRANCHED, {"branching": 0}),
        (BRANCHED, {"form": "json"}),
    ):
        with pytest.raises(SuiteError):
            get_task(task).complete(junk)


@pytest.mark.parametrize("name", [*NAMES, "chars", "words"])
def test_other_tokenizers(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer = vocabulary(name, monkeypatch)
    length = {"words": 2048, "chars": 16384}.get(name, 8192)
    for task in ALL:
        forms = FORMS if task != BRANCHED else ["lines"]
        for form in forms:
            params: dict[str, Any] = {} if task == BRANCHED else {"form": form}
            params |= {"distractors": 0} if "thread" in task.partition("/")[2] else {}
            sample = make(task, 2, length, 0.3, tokenizer.name, **params)
            assert 0 <= sample.shortfall <= one_pair(sample)
            assert answered(sample)[0] == 1.0
            total, _ = token_starts(tokenizer, sample.prompt, [])
            assert total == sample.prompt_tokens
