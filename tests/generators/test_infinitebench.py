"""InfiniteBench: digits, pairs, ranks, sums and calls have one answer, at any length and depth."""

from __future__ import annotations

import json
import re
import statistics
from collections import Counter
from itertools import pairwise, product
from typing import Any

import pytest

from synthctx.compose import Sample
from synthctx.errors import GenerationError, SuiteError
from synthctx.generators._infinite_code import LEVELS, PLACEMENTS, best_guess
from synthctx.generators._infinite_find import QUESTIONS
from synthctx.generators.infinitebench import number_string
from synthctx.streams import Streams
from synthctx.tasks import Body, get_task
from synthctx.tokenizers import get_tokenizer, tail
from tests.generators.samples import made, scores
from tests.vocabularies import NAMES, vocabulary

PASSKEY, NUMBER = "infinitebench/passkey", "infinitebench/number_string"
KV, CODE = "infinitebench/kv_retrieval", "infinitebench/code_run"
FIND, CALC = "infinitebench/math_find", "infinitebench/math_calc"
ALL = (PASSKEY, NUMBER, KV, FIND, CALC, CODE)


def make(
    task: str,
    index: int = 0,
    length: int = 2048,
    depth: float | None = None,
    tokenizer: str = "tekken",
    kind: str = "noise",
    max_output_tokens: int | None = None,
    **params: Any,
) -> Sample:
    return made(
        task,
        params,
        seed=5,
        index=index,
        length=length,
        depth=depth,
        tokenizer=tokenizer,
        haystack={"kind": kind} if get_task(task).haystacks else {},
        max_output_tokens=max_output_tokens,
    )


def solved(sample: Sample) -> bool:
    return scores(sample, sample.task.read(sample.prompt)) == (1.0, 1.0)


def pieces(sample: Sample) -> list[str]:
    return [sample.prompt[p.char_start : p.char_end] for p in sample.evidence]


# ---------------------------------------------------------------- all of them


def test_published_figures_are_the_defaults() -> None:
    assert get_task(PASSKEY).complete({}) == {"digits": 5}
    assert get_task(NUMBER).complete({}) == {"digits": 5, "repeats": 5}
    code = get_task(CODE).complete({})
    assert (code["add_low"], code["add_high"], code["x_low"], code["x_high"]) == (-12, 17, -10, 10)
    assert LEVELS == (2, 4, 6, 8, 10)
    assert len(QUESTIONS) == 7
    assert get_task(CALC).complete({}) == {"high": 99}


@pytest.mark.parametrize("name", [*NAMES, "words", "chars"])
@pytest.mark.parametrize("task", ALL)
def test_other_tokenizers(task: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer = vocabulary(name, monkeypatch)
    for index, length in ((0, 3000), (3, 9000)):
        sample = make(task, index, length, tokenizer=tokenizer.name)
        assert tokenizer.count(sample.prompt) == sample.prompt_tokens
        body = sample.draft.body
        allowed = body.item_tokens if isinstance(body, Body) else 0
        assert 0 <= sample.shortfall <= allowed < 200
        assert solved(sample)


@pytest.mark.parametrize("task", ALL)
def test_cut_and_foreign_prompts_give_no_answer(task: str) -> None:
    read, guesses = get_task(task).read, get_task(task).guesses
    assert read("") == read("</text>") == read("\n</list>\n\nWhat is the ") == ""
    sample = make(task, 4, depth=0.0)
    for share in (1, 5, 20, 60, 95):
        cut = tail(get_tokenizer("tekken"), sample.prompt, sample.prompt_tokens * share // 100)
        assert scores(sample, read(cut))[0] == 0.0
        assert isinstance(guesses(cut), list)
    for end in range(0, len(sample.prompt), 97):
        assert isinstance(read(sample.prompt[:end]), str)
        assert isinstance(read(sample.prompt[end:]), str)


@pytest.mark.parametrize("task", ALL)
def test_guesses_stay_at_the_floor(task: str) -> None:
    for index in range(30):
        sample = make(task, index, depth=0.5 if get_task(task).depth else None)
        for guess in [*sample.task.guesses(sample.prompt), sample.context, sample.prompt]:
            assert scores(sample, guess)[0] == 0.0, guess[:60]


@pytest.mark.parametrize("task", ALL)
def test_a_length_is_too_short_or_has_a_whole_test(task: str) -> None:
    fitted: list[int] = []
    for length in range(40, 640, 30):
        try:
            sample = make(task, 1, length, 0.5 if get_task(task).depth else None)
        except GenerationError as error:
            assert not fitted, "a shorter one fitted"
            why = str(error)
            assert "too short" in why
        else:
            fitted.append(length)
            assert solved(sample)
    assert fitted[0] > 70
    needed = int(re.findall(r"([\d,]+) tokens", why)[0].replace(",", ""))
    assert -30 <= needed - fitted[0] <= 12


@pytest.mark.parametrize(
    ("task", "junk"),
    [
        (PASSKEY, {"digits": 1}),
        (NUMBER, {"repeats": 0}),
        (KV, {"pairs": 7}),
        (FIND, {"question": "mode"}),
        (FIND, {"high": 9}),
        (CALC, {"high": 1}),
        (CODE, {"levels": 0}),
        (CODE, {"levels": "many"}),
        (CODE, {"add_low": 3}),
        (CODE, {"placement": "spiral"}),
    ],
)
def test_junk_is_refused(task: str, junk: dict[str, Any]) -> None:
    with pytest.raises(SuiteError):
        get_task(task).complete(junk)


# ---------------------------------------------------------------- passkey, number string


@pytest.mark.parametrize("task", [PASSKEY, NUMBER])
@pytest.mark.parametrize("kind", ["noise", "prose"])
def test_the_digits_stand_in_their_statement_alone(task: str, kind: str) -> None:
    for index, depth in product(range(4), (0.0, 0.3, 1.0)):
        sample = make(task, index, 4096, depth, kind=kind)
        assert sample.shortfall == 0
        assert sample.prompt.count(sample.draft.reference) == 2
        assert pieces(sample)[0].count(sample.draft.reference) == 2
        assert abs(sample.evidence[0].depth - depth) < 0.01
        assert solved(sample)
        assert scores(sample, f"1. {sample.draft.reference}") == (1.0, 0.0)


def test_lengths_of_digits_follow_the_params() -> None:
    assert len(make(PASSKEY).draft.reference) == 5
    assert len(make(PASSKEY, digits=30).draft.reference) == 30
    assert len(make(NUMBER).draft.reference) == 10
    sample = make(NUMBER, digits=4, repeats=40)
    assert len(sample.draft.reference) == 44
    assert solved(sample)


def runs(text: str) -> list[int]:
    return [len(match[0]) for match in re.finditer(r"(\d)\1*", text)]


def test_number_strings_have_one_run_and_none_is_made_twice() -> None:
    drawn = Counter(number_string(Streams(i)("x"), 2, 3) for i in range(4000))
    assert all(sorted(runs(text)) == [1, 4] and text[0] != "0" for text in drawn)
    # 9 x 9 pairs of digits, either of them repeated: all come up, about equally often
    assert len(drawn) == 162
    assert max(drawn.values()) < 60
    every = {
        "".join(str(d) * (1 + 5 * (i == at)) for i, d in enumerate(digits))
        for digits in product(range(10), repeat=4)
        for at in range(4)
        if digits[0] and all(a != b for a, b in pairwise(digits))
    }
    assert len(every) == 9**4 * 4
    assert make(NUMBER, digits=4).draft.floor == pytest.approx(1 / len(every))


# ---------------------------------------------------------------- key and value


@pytest.mark.parametrize("depth", [0.0, 0.25, 0.5, 1.0])
def test_the_asked_pair_is_at_its_index_and_all_keys_and_values_differ(depth: float) -> None:
    for index in range(4):
        sample = make(KV, index, 8192, depth)
        pairs = json.loads(sample.context)
        keys = list(pairs)
        assert len({*keys, *pairs.values()}) == 2 * len(keys) == 2 * sample.context.count('": "')
        asked = next(k for k in keys if k in sample.draft.suffix)
        assert abs(keys.index(asked) - depth * (len(keys) - 1)) <= 1
        assert pairs[asked] == sample.draft.reference
        assert pieces(sample) == [f'"{asked}": "{pairs[asked]}"']
        assert solved(sample)
        other = next(v for k, v in pairs.items() if k != asked)
        assert scores(sample, other) == (0.0, 0.0)


# ---------------------------------------------------------------- math_find


def listed(sample: Sample) -> list[int]:
    numbers: list[int] = json.loads(sample.context)
    return numbers


def ranked(numbers: list[int], question: str) -> float:
    if question == "median":
        return statistics.median(numbers)
    ordered = sorted(set(numbers), reverse=question.endswith("largest"))
    return ordered[QUESTIONS.index(question) % 3]


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("high", [99, 1000, 99_999, 10**9])
def test_plain_sorting_finds_the_answer(question: str, high: int) -> None:
    for index in range(6):
        sample = make(FIND, index, 1500, question=question, high=high)
        numbers, answer = listed(sample), sample.draft.reference
        assert min(numbers) >= 0
        assert max(numbers) <= high
        assert ranked(numbers, question) == answer
        assert numbers.count(answer) == 1
        assert pieces(sample) == [str(answer)]
        if question == "median":
            assert sum(n < answer for n in numbers) == sum(n > answer for n in numbers)
        else:  # with or without repeats the rank is the same
            ordered = sorted(numbers, reverse=question.endswith("largest"))
            assert ordered[QUESTIONS.index(question) % 3] == answer
            assert question.replace("_", " ") in sample.draft.suffix
        assert solved(sample)


def test_answers_are_spread_over_a_wide_range() -> None:
    for question in QUESTIONS:
        answers = [make(FIND, i, 800, question=question).draft.reference for i in range(150)]
        assert len(set(answers)) >= 147
        assert max(answers) - min(answers) > 15_000
        floor = make(FIND, 0, 800, question=question).draft.floor
        assert 1 / 41_000 < floor < 1 / 17_000


def test_the_second_is_not_the_next_whole_number() -> None:
    for index in range(60):
        numbers = sorted(set(listed(make(FIND, index, 1500, question="second_largest"))))
        assert numbers[-1] - numbers[-2] >= 2
        assert numbers[-2] - numbers[-3] >= 2


def test_all_questions_take_turns() -> None:
    asked = [make(FIND, i, 800).draft.suffix for i in range(7)]
    assert len(set(asked)) == 7


def test_the_answer_is_at_the_asked_depth_or_anywhere() -> None:
    for depth in (0.0, 0.2, 0.5, 1.0):
        for index in range(7):
            numbers = listed(sample := make(FIND, index, 4096, depth))
            at = numbers.index(sample.draft.reference)
            assert abs(at / (len(numbers) - 1) - depth) < 0.03
    anywhere = [make(FIND, i, 1500).evidence[0].depth for i in range(40)]
    assert min(anywhere) < 0.15 < 0.85 < max(anywhere)


# ---------------------------------------------------------------- math_calc


def results_of(sample: Sample) -> list[int]:
    first, *steps = re.findall(r"(?:^|[+-] )\d+", sample.context)
    out, now = [], int(first)
    for step in steps:
        now += int(step.replace(" ", ""))
        out.append(now)
    return out


def test_every_result_follows_and_stays_in_its_range() -> None:
    for index, high in product(range(4), (9, 99, 9999)):
        sample = make(CALC, index, 3000, high=high)
        reference = sample.draft.reference
        start = int(sample.context.split(" ")[0])
        assert results_of(sample) == reference
        assert {*reference, start} <= set(range(high + 1))
        assert all(a != b for a, b in pairwise([start, *reference]))
        assert solved(sample)


def test_prompt_and_answer_share_the_window() -> None:
    count = get_tokenizer("tekken").count
    for length in (1024, 8192, 65_536):
        sample = make(CALC, 1, length)
        answer = count(sample.task.read(sample.prompt))
        assert answer * 9 // 8 <= sample.max_output_tokens <= answer * 9 // 8 + 80
        assert 0 <= sample.shortfall < 16
        assert len(sample.draft.reference) > length // 11


def test_a_longer_sum_goes_on_where_a_shorter_one_ends() -> None:
    short, long = make(CALC, 2, 1024), make(CALC, 2, 4096)
    assert long.context.startswith(short.context)
    assert long.draft.reference[: len(short.draft.reference)] == short.draft.reference


def test_a_fixed_room_for_the_answer_binds_the_number_of_steps() -> None:
    count = get_tokenizer("tekken").count
    sample = make(CALC, 1, 8192, max_output_tokens=1000)
    assert count(sample.task.read(sample.prompt)) <= 1000
    assert solved(sample)
    assert make(CALC, 1, 8192, max_output_tokens=6000).shortfall < 8


def test_one_guessed_result_earns_no_more_than_the_floor() -> None:
    samples = [make(CALC, i, 400) for i in range(200)]
    guessed = sum(scores(s, "50")[0] or 0.0 for s in samples) / len(samples)
    assert guessed <= 4 * sum(s.draft.floor for s in samples) / len(samples)
    counts = Counter(value for s in samples for value in s.draft.reference)
    assert max(counts.values()) < 2 * sum(counts.values()) / 100


# ---------------------------------------------------------------- code_run


def functions_of(sample: Sample) -> dict[str, tuple[str, int]]:
    blocks = sample.context.split("\n\n")
    out = {}
    for block in blocks:
        name, line = name_of(block), block.split("\n")[1]
        called, sign, digits = line.removeprefix("    return ").rsplit(" ", 2)
        assert name not in out
        out[name] = ("" if called == "x" else called.removesuffix("(x)"), int(sign + digits))
    return out


def walk(functions: dict[str, tuple[str, int]], name: str, x: int) -> list[int]:
    """Return what comes out when the last 0, 1, 2, ... calls are left off, the whole last."""
    out = [x]
    while name:
        name, added = functions[name]
        out.append(out[-1] + added)
    return out


def name_of(text: str) -> str:
    return text.removeprefix("def ").partition("(")[0]


def asked_of(sample: Sample) -> tuple[str, int]:
    found = re.search(r"(func_\d+)\((-?\d+)\)", sample.draft.suffix)
    assert found
    return found[1], int(found[2])


@pytest.mark.parametrize("levels", ["mixed", 1, 2, 7, 40])
def test_following_the_calls_gives_the_answer_and_stopping_does_not(levels: int | str) -> None:
    for index in range(10):
        sample = make(CODE, index, 8192, levels=levels)
        functions = functions_of(sample)
        wanted = LEVELS[index % 5] if levels == "mixed" else levels
        *stopped, answer = walk(functions, *asked_of(sample))
        assert len(stopped) == wanted == len(sample.evidence)
        assert answer == sample.draft.reference
        assert answer not in stopped
        assert solved(sample)
        assert {len(name) for name in functions} == {len("func_123456")}
        lengths = Counter(len(walk(functions, name, 0)) - 1 for name in functions)
        assert set(lengths) == set(range(1, wanted + 1))
        assert max(lengths.values()) - min(lengths.values()) <= 1


def test_published_ranges_and_others() -> None:
    added: set[int] = set()
    arguments: set[int] = set()
    for index in range(40):
        sample = make(CODE, index, 4096)
        added |= {n for _, n in functions_of(sample).values()}
        arguments.add(asked_of(sample)[1])
    assert added == set(range(-12, 18))
    assert min(arguments) >= -10
    assert max(arguments) <= 10
    assert len(arguments) > 14
    sample = make(CODE, 0, 4096, add_low=0, add_high=1, x_low=0, x_high=0, levels=20)
    assert {n for _, n in functions_of(sample).values()} == {0, 1}
    assert asked_of(sample)[1] == 0
    assert solved(sample)


def test_the_asked_chain_is_called_as_often_as_others() -> None:
    chain, others = [], []
    for index in range(40):
        sample = make(CODE, index, 8192, levels=4)
        functions, asked = functions_of(sample), asked_of(sample)[0]
        calls = Counter(callee for callee, _ in functions.values())
        mine = {name_of(piece) for piece in pieces(sample)}
        chain += [calls[name] - 1 for name in mine if name != asked]  # one by the chain itself
        below = [name for name in functions if len(walk(functions, name, 0)) <= 4]
        others += [calls[name] for name in below if name not in mine]
    assert statistics.mean(others) == pytest.approx(1, abs=0.1)
    assert statistics.mean(chain) == pytest.approx(1, abs=0.3)


@pytest.mark.parametrize(("levels", "low", "high"), [(1, -2, 3), (3, -2, 3), (4, -1, 1), (2, 0, 4)])
def test_the_best_guess_is_that_of_all_sums(levels: int, low: int, high: int) -> None:
    sums: Counter[int] = Counter()
    for added in product(range(low, high + 1), repeat=levels):
        if all(sum(added[at:]) for at in range(levels)):
            sums[sum(added)] += 1
    assert best_guess(levels, low, high) == pytest.approx(max(sums.values()) / sums.total())
    assert 0 < best_guess(64, -1000, 1000) < 0.001


def test_where_the_chain_stands() -> None:
    for placement, depth, index in product(PLACEMENTS, (0.0, 0.4, 1.0), range(3)):
        sample = make(CODE, index, 8192, depth, levels=8, placement=placement)
        at = {name_of(t): p.depth for t, p in zip(pieces(sample), sample.evidence, strict=True)}
        assert abs(at[asked_of(sample)[0]] - depth) < 0.03
        places = sorted(at.values())
        if placement == "clustered":
            assert places[-1] - places[0] < 0.01
        if placement == "spread":
            assert all(abs(b - a - 1 / 8) < 0.03 for a, b in pairwise(places[1:-1]))


def test_no_two_samples_have_one_layout() -> None:
    for placement in PLACEMENTS:
        samples = [make(CODE, i, 4096, levels=8, placement=placement) for i in range(12)]
        assert len({tuple(round(p.depth, 3) for p in s.evidence) for s in samples}) == 12


def test_the_problem_is_the_same_at_every_length_and_depth() -> None:
    for task in (KV, FIND, CODE):
        cells = [make(task, 3, n, d) for n in (2048, 8192) for d in (0.0, 0.7)]
        assert len({cell.draft.suffix for cell in cells}) == 1
        assert len({cell.draft.reference for cell in cells}) == 1
        assert len({frozenset(pieces(cell)) for cell in cells}) == 1
