"""RULER: published counts, one answer and no other, exact lengths, nothing won by counting."""

from __future__ import annotations

import re
from collections import Counter
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from synthctx.compose import Sample
from synthctx.errors import GenerationError, SuiteError
from synthctx.generators._ruler_niah import KINDS
from synthctx.generators._ruler_words import english, inner, invented, key_parts
from synthctx.tasks import Body, get_task
from synthctx.tokenizers import get_tokenizer, tail
from tests.generators.ruler_samples import (
    ALL,
    LISTS,
    NIAH,
    distinct_and_apart,
    make,
    mean,
    pieces,
    published,
    strict,
)

# ---------------------------------------------------------------- all of them


@pytest.mark.parametrize("name", ALL)
def test_the_published_scorer_gives_a_hundred_to_what_is_read(name: str) -> None:
    for length in (4096, 20_000):
        for index in range(3):
            sample = make(name, index, length)
            output = sample.task.read(sample.prompt)
            assert published(sample, output) == 100
            assert strict(sample, output) == 1
            assert published(sample, "I do not know.") == 0
            assert get_tokenizer("tekken").count(output) <= sample.max_output_tokens


@pytest.mark.parametrize("name", ALL)
def test_ways_in_which_models_answer(name: str) -> None:
    sample = make(name, 1)
    answers = sample.draft.reference
    numbered = "\n".join(f"{i}. {answer}" for i, answer in enumerate(answers, 1))
    for output in (
        "The answer is: " + ", ".join(answers) + ".",
        numbered,
        numbered.replace("\n", " "),
        "\n".join(f"- **{answer}**" for answer in answers),
        ", ".join(reversed(answers)),
    ):
        assert strict(sample, output) == 1, output
    if len(answers) > 1:
        assert strict(sample, ", ".join(answers[1:])) == pytest.approx(1 - 1 / len(answers))


def test_published_counts_and_budgets_are_the_defaults() -> None:
    keys = ("key", "value", "keys", "values", "queries")
    for name, expected in {
        "niah_single_2": ("word", "number", 1, 1, 1),
        "niah_single_3": ("word", "uuid", 1, 1, 1),
        "niah_multikey_1": ("word", "number", 4, 1, 1),
        "niah_multikey_2": ("word", "number", 1, 1, 1),
        "niah_multikey_3": ("uuid", "uuid", 1, 1, 1),
        "niah_multivalue": ("word", "number", 1, 4, 1),
        "niah_multiquery": ("word", "number", 1, 1, 4),
    }.items():
        defaults = get_task(f"ruler/{name}").complete({})
        assert tuple(defaults[k] for k in keys) == expected
    budgets = {name: make(name).max_output_tokens for name in ALL}
    assert budgets == {**dict.fromkeys(NIAH, 128), "vt": 30, "cwe": 120, "fwe": 50}
    answers = {name: len(make(name).draft.reference) for name in ALL}
    assert answers["niah_multivalue"] == answers["niah_multiquery"] == 4
    assert (answers["vt"], answers["cwe"], answers["fwe"]) == (5, 10, 3)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("tokenizer", ["words", "chars"])
def test_other_tokenizers(name: str, tokenizer: str) -> None:
    for index in range(2):
        sample = make(name, index, 30_000, tokenizer=tokenizer)
        body = sample.draft.body
        allowed = body.item_tokens if isinstance(body, Body) else 0
        assert get_tokenizer(tokenizer).count(sample.prompt) == sample.prompt_tokens
        assert 0 <= sample.shortfall <= allowed
        assert strict(sample, sample.task.read(sample.prompt)) == 1


@pytest.mark.parametrize("name", ALL)
def test_a_cut_prompt_gives_what_is_left_and_nothing_raises(name: str) -> None:
    sample, tekken = (
        make(name, 2, depth=0.0 if name not in LISTS else None),
        get_tokenizer("tekken"),
    )
    read = sample.task.read
    for kept in (0, 1, 10, 40, 200, 1000, 5000):
        cut = tail(tekken, sample.prompt, kept)
        assert isinstance(read(cut), str)
        if kept <= 40:
            assert strict(sample, read(cut)) == 0
        for guess in sample.task.guesses(cut):
            assert isinstance(guess, str)
    for junk in ("", "</text>", "<list>\n</list>", "</list>Which 99999999999 words", "</text>\x00"):
        assert read(junk) == ""


@pytest.mark.parametrize("name", ["niah_multikey_2", "niah_multikey_3", *LISTS])
def test_a_long_sample_made_before_changes_nothing(name: str) -> None:
    before = make(name, 4).prompt
    make(name, 4, 300_000)
    assert make(name, 4).prompt == before


@pytest.mark.parametrize(
    ("name", "params", "needed"),
    [
        ("niah_multikey_2", {}, "at least one distractor"),
        ("niah_multivalue", {"values": 32}, "evidence"),
        ("vt", {}, "evidence"),
        ("cwe", {}, "10 words 6 times each"),
        ("fwe", {}, "cannot differ by 2"),
    ],
)
def test_too_short_a_length_says_what_is_needed(
    name: str, params: dict[str, Any], needed: str
) -> None:
    with pytest.raises(GenerationError, match=f"too short.*{needed}"):
        make(name, length=150, **params)


def test_junk_params_are_refused() -> None:
    for name, junk in (
        ("niah_multikey_1", {"keys": 0}),
        ("niah_multikey_1", {"key": "letter"}),
        ("niah_multivalue", {"placement": "left"}),
        ("vt", {"hops": 0}),
        ("vt", {"name_length": 2}),
        ("cwe", {"common": 1}),
        ("fwe", {"alpha": 1.0}),
        ("fwe", {"word_length": 3}),
    ):
        with pytest.raises(SuiteError):
            get_task(f"ruler/{name}").complete(junk)
    with pytest.raises(GenerationError, match="common_frequency 3 must be above"):
        make("cwe", common_frequency=3)


# ---------------------------------------------------------------- words


def test_no_key_and_no_word_stands_inside_another() -> None:
    words = english()
    known = set(words)
    assert len(words) > 3000
    assert all(known.isdisjoint(inner(word)) for word in words)
    made = invented(0, 3000, set())
    assert len({len(word) for word in made}) == 1
    assert all(known.isdisjoint(inner(word)) for word in made)
    assert not known & set(made)
    adjectives, nouns = key_parts()
    assert len(adjectives) * len(nouns) > 1_000_000
    assert not any(b.endswith(a) for a, b in permutations(adjectives, 2))
    assert not any(b.startswith(a) for a, b in permutations(nouns, 2))


# ---------------------------------------------------------------- needles


def stated(sample: Sample) -> list[tuple[str, str]]:
    return re.findall(r"kept for (\S+) is: (\S+)\.", sample.context)


@pytest.mark.parametrize("name", ["niah_multikey_2", "niah_multikey_3"])
def test_needles_alone_all_have_keys_of_their_own(name: str) -> None:
    sample = make(name, 1, 60_000)
    found = stated(sample)
    keys = [key for key, _ in found]
    assert len(found) == sample.context.count("\n") + 1 > 700
    assert len(set(keys)) == len(keys)
    joined = "\n".join(keys)
    assert all(joined.count(key) == 1 for key in keys)
    assert len({value for _, value in found}) == len(found)
    assert sample.context.count(sample.draft.reference[0]) == 1
    assert len(sample.evidence) == 1


@pytest.mark.parametrize("key", KINDS)
@pytest.mark.parametrize("value", KINDS)
@pytest.mark.parametrize("kind", ["noise", "distractors"])
def test_kinds_of_keys_and_values(key: str, value: str, kind: str) -> None:
    form = {"word": r"[a-z]+-[a-z]+", "number": r"\d+", "uuid": r"[0-9a-f]{8}(-[0-9a-f]{4,12}){4}"}
    for name in ("niah_single_2", "niah_multikey_1", "niah_multivalue"):
        sample = make(name, 3, 6000, depth=0.4, kind=kind, key=key, value=value)
        assert strict(sample, sample.task.read(sample.prompt)) == 1
        for k, v in stated(sample):
            assert re.fullmatch(form[key], k)
            assert re.fullmatch(form[value], v)
        assert "{" not in sample.draft.prefix + sample.draft.suffix


def test_numbers_of_keys_values_and_queries() -> None:
    sample = make("niah_multiquery", 2, keys=6, values=3, queries=2)
    found = stated(sample)
    assert len(found) == 18
    assert set(Counter(key for key, _ in found).values()) == {3}
    asked = [key for key in dict.fromkeys(k for k, _ in found) if key in sample.draft.suffix]
    assert len(asked) == 2
    assert sorted(sample.draft.reference) == sorted(v for k, v in found if k in asked)
    assert len(sample.evidence) == 6, "needles with other keys are no evidence"
    assert distinct_and_apart([*{k for k, _ in found}, *(v for _, v in found)])
    assert len(stated(make("niah_multiquery", queries=5))) == 5, "keys are raised to queries"
    assert "magic numbers kept" in sample.draft.suffix
    assert "magic number kept" in make("niah_multikey_1").draft.suffix


@pytest.mark.parametrize("name", NIAH)
@pytest.mark.parametrize("depth", [0.0, 0.21, 0.5, 1.0])
def test_the_first_needle_lies_where_it_is_asked_for(name: str, depth: float) -> None:
    sample = make(name, 1, 16_000, depth)
    depths = [piece.depth for piece in sample.evidence]
    first = pieces(sample)[0] if sample.task.haystacks else pieces(sample)[-1]
    assert sample.draft.reference[0] in first
    assert min(abs(d - depth) for d in depths) < 0.005
    if name in ("niah_multivalue", "niah_multiquery"):
        apart = sorted((d - depth) % 1 for d in depths[1:])
        assert apart == pytest.approx([0.25, 0.5, 0.75], abs=0.01)


def test_placements_of_several_needles() -> None:
    length = 30_000
    spread = [p.depth for p in make("niah_multivalue", length=length).evidence]
    assert sorted(spread) == pytest.approx([0.125, 0.375, 0.625, 0.875], abs=0.01)
    close = [
        p.depth
        for p in make("niah_multivalue", placement="cluster", depth=0.7, length=length).evidence
    ]
    assert close == pytest.approx([0.7] * 4, abs=0.01)
    drawn = [
        tuple(
            round(p.depth, 2)
            for p in make("niah_multiquery", i, placement="random", length=length).evidence
        )
        for i in range(6)
    ]
    assert len(set(drawn)) == 6
    others = make("niah_multikey_1", depth=0.1, length=length)
    at = [
        others.context.find(f"kept for {key} is") / len(others.context) for key, _ in stated(others)
    ]
    assert sorted(at) == pytest.approx([0.1, 0.35, 0.6, 0.85], abs=0.03)


def test_own_essays_and_needles_as_filler(tmp_path: Path) -> None:
    text = tmp_path / "essay.txt"
    text.write_text("\n\n".join(f"Thought {i} is short. It ends here." for i in range(900)))
    sample = make("niah_multivalue", kind="essay", files=[str(text)])
    assert "Thought" in sample.context
    assert strict(sample, sample.task.read(sample.prompt)) == 1
    sample = make("niah_multivalue", kind="distractors")
    assert len(stated(sample)) == sample.context.count("\n") + 1
    assert len(sample.evidence) == 4


def test_the_first_and_the_last_number_are_no_better_than_chance() -> None:
    samples = [make("niah_multikey_1", i, placement="random") for i in range(40)]
    assert mean(samples, lambda s: stated(s)[0][1]) < 0.5
    samples = [make("niah_multikey_2", i) for i in range(10)]
    for at in (0, -1):
        assert mean(samples, lambda s, at=at: stated(s)[at][1]) == 0  # type: ignore[misc]
    for sample in samples:
        assert strict(sample, ", ".join(v for _, v in stated(sample)[:60])) == 0
    for name in ("niah_multikey_1", "niah_multiquery"):
        sample = make(name, keys=9)
        assert strict(sample, ", ".join(v for _, v in stated(sample))) == 0


# ---------------------------------------------------------------- variables

GIVEN = re.compile(r"Variable (\S+) is given the (?:number|value of) ([\w-]+)\.")


def values_of(sample: Sample) -> dict[str, str]:
    """The number of every variable, by plain repetition."""
    given = dict(GIVEN.findall(sample.context))
    out = {name: source for name, source in given.items() if source.isdecimal()}
    while len(out) < len(given):
        out |= {name: out[source] for name, source in given.items() if source in out}
    return out


@pytest.mark.parametrize("names", ["letters", "words"])
@pytest.mark.parametrize(("chains", "hops"), [(1, 4), (4, 4), (3, 9), (2, 1)])
def test_a_chain_is_the_only_one_with_its_number(names: str, chains: int, hops: int) -> None:
    for index in range(4):
        sample = make("vt", index, chains=chains, hops=hops, names=names)
        statements = GIVEN.findall(sample.context)
        assert len(statements) == chains * (hops + 1)
        assert distinct_and_apart([name for name, _ in statements])
        values = values_of(sample)
        assert len(set(values.values())) == chains
        (number,) = set(re.findall(r"\d{5}", sample.draft.suffix))
        assert sorted(n for n, v in values.items() if v == number) == sorted(sample.draft.reference)
        assert len(sample.evidence) == hops + 1, "other chains are no evidence"
        at = {name: i for i, (name, _) in enumerate(statements)}
        assert all(at[source] < at[name] for name, source in statements if source in at)


def test_names_values_and_the_example_share_nothing() -> None:
    for index in range(6):
        sample = make("vt", index)
        assert all(re.fullmatch("[A-Z]{5}", name) for name in sample.draft.reference)
        example = GIVEN.findall(sample.draft.prefix)
        assert len(example) == 5
        assert distinct_and_apart([*(n for n, _ in example), *sample.draft.reference])
        answer = sample.draft.prefix.partition("are: ")[2].partition("\n")[0]
        assert answer == ", ".join(name for name, _ in example)
        assert strict(sample, answer) == 0
        assert get_tokenizer("tekken").count(sample.draft.prefix) < 500
    assert "example" not in make("vt", example=False).draft.prefix
    assert len(make("vt", name_length=8).draft.reference[0]) == 8


def test_where_a_chain_begins_and_how_it_is_spread() -> None:
    for depth in (0.0, 0.4, 1.0):
        depths = [p.depth for p in make("vt", 1, 20_000, depth).evidence]
        assert depths[0] == pytest.approx(depth, abs=0.005)
        assert depths == sorted(depths)
    even = [p.depth for p in make("vt", 1, 20_000, placement="even").evidence]
    assert even == pytest.approx([0.1, 0.3, 0.5, 0.7, 0.9], abs=0.01)
    drawn = {make("vt", i, 20_000).evidence[0].depth for i in range(8)}
    assert len(drawn) == 8
    assert (
        make("vt", kind="prose").draft.reference
        == make("vt", kind="prose", length=20_000).draft.reference
    )


def test_how_often_a_name_occurs_answers_nothing() -> None:
    samples = [make("vt", i, 6000, chains=5) for i in range(30)]

    def mentions(sample: Sample) -> Counter[str]:
        return Counter(re.findall(r"\b[A-Z]{5}\b", sample.context))

    def once(sample: Sample) -> list[str]:
        return [name for name, n in mentions(sample).items() if n == 1]

    assert mean(samples, lambda s: ", ".join(mentions(s))) == 0
    assert mean(samples, lambda s: ", ".join(once(s))) == 0
    assert mean(samples, lambda s: " ".join(n for n, k in mentions(s).items() if k == 2)) == 0
    assert mean(samples, lambda s: min(mentions(s), key=mentions(s).__getitem__)) < 0.1
    for sample in samples[:5]:
        assert len(sample.task.guesses(sample.prompt)) == 4
        assert all(strict(sample, g) == 0 for g in sample.task.guesses(sample.prompt))
