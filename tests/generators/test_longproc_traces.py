"""Traces as long as asked: one right answer, found by force; wrong ones are seen to be wrong."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from synthctx.compose import Sample
from synthctx.countdown import joined, search, told
from synthctx.errors import GenerationError
from synthctx.generators._longproc_guide import guide, own_towns, town
from synthctx.generators._longproc_search import name_of, own_name
from synthctx.generators._longproc_story import KINDS
from synthctx.rules import Grade, grade
from synthctx.streams import Streams
from synthctx.tasks import get_task
from synthctx.tokenizers import get_tokenizer
from tests.generators.samples import made

PATH, BELIEF, COUNTDOWN = (
    f"longproc/{test}" for test in ("path_traversal", "tom_tracking", "countdown")
)
ALL = (PATH, BELIEF, COUNTDOWN)
# windows that hold a prompt and an answer of that size
LENGTHS = {512: 8192, 2048: 16_384, 8192: 49_152}


def make(
    task: str,
    index: int = 0,
    length: int = 8192,
    depth: float = 0.5,
    tokenizer: str = "tekken",
    kind: str = "prose",
    **params: Any,
) -> Sample:
    return made(
        task,
        params,
        seed=9,
        index=index,
        length=length,
        depth=depth,
        tokenizer=tokenizer,
        haystack={"kind": kind} if task == BELIEF else {},
    )


def graded(sample: Sample, output: str) -> Grade:
    draft = sample.draft
    return grade(
        sample.task.rule,
        output=output,
        reference=draft.reference,
        params=dict(draft.rule_params),
    )


def answer(sample: Sample) -> str:
    return sample.task.read(sample.prompt)


# ---------------------------------------------------------------- size of the answer


@pytest.mark.parametrize("asked", LENGTHS)
@pytest.mark.parametrize("task", ALL)
def test_the_answer_has_the_size_that_is_asked_for(task: str, asked: int) -> None:
    for index in range(5):
        sample = make(task, index, LENGTHS[asked], output_tokens=asked)
        right = answer(sample)
        tokens = get_tokenizer("tekken").count(right)
        assert tokens == sample.draft.rule_params["reference_tokens"]
        assert abs(tokens - asked) <= 0.1 * asked
        assert sample.max_output_tokens == tokens + tokens // 4 + 64
        result = graded(sample, right)
        assert (result.score, result.paper) == (1.0, 1.0), result.explanation
        allowed = 0 if task == BELIEF else getattr(sample.draft.body, "item_tokens", 0)
        assert 0 <= sample.shortfall <= allowed


@pytest.mark.parametrize("task", ALL)
def test_the_dial_is_the_same_for_all(task: str) -> None:
    schema = get_task(task).params["output_tokens"]
    assert (schema["default"], schema["minimum"], schema["maximum"]) == (512, 128, 65_536)
    assert get_task(task).scope
    assert get_task(task).diffusion


@pytest.mark.parametrize(("task", "length"), [(PATH, 262_144), (BELIEF, 131_072)])
def test_sixty_four_thousand_tokens(task: str, length: int) -> None:
    sample = make(task, length=length, output_tokens=65_536)
    result = graded(sample, answer(sample))
    assert (result.score, result.paper) == (1.0, 1.0)
    assert abs(sample.draft.rule_params["reference_tokens"] - 65_536) <= 6554


def test_a_very_long_search_has_five_numbers() -> None:
    sample = make(COUNTDOWN, length=131_072, output_tokens=65_536)
    assert len(sample.draft.reference["numbers"]) == 5
    assert graded(sample, answer(sample)).score == 1.0
    assert abs(sample.draft.rule_params["reference_tokens"] - 65_536) <= 6554


@pytest.mark.parametrize("task", [PATH, BELIEF])
def test_the_smallest_answers(task: str) -> None:
    for index in range(4):
        sample = make(task, index, length=4096, output_tokens=128)
        assert graded(sample, answer(sample)).score == 1.0
        assert abs(sample.draft.rule_params["reference_tokens"] - 128) <= 12


def test_a_search_that_cannot_be_so_short_says_so() -> None:
    with pytest.raises(GenerationError, match="no right answer of about 128 output_tokens"):
        make(COUNTDOWN, output_tokens=128)
    three = make(COUNTDOWN, output_tokens=256)
    assert len(three.draft.reference["numbers"]) == 3
    assert graded(three, answer(three)).score == 1.0


@pytest.mark.parametrize("tokenizer", ["words", "chars"])
@pytest.mark.parametrize("task", ALL)
def test_another_tokenizer(task: str, tokenizer: str) -> None:
    asked, length = (400, 8192) if tokenizer == "words" else (4096, 65_536)
    sample = make(task, length=length, tokenizer=tokenizer, output_tokens=asked)
    right = answer(sample)
    assert get_tokenizer(tokenizer).count(right) == sample.draft.rule_params["reference_tokens"]
    assert graded(sample, right).score == 1.0


@pytest.mark.parametrize("task", ALL)
def test_size_of_input_and_of_output_are_apart(task: str) -> None:
    short, long = make(task, length=8192), make(task, length=65_536)
    assert short.draft.reference == long.draft.reference
    assert short.draft.rule_params == long.draft.rule_params
    assert long.prompt_tokens > 60_000


@pytest.mark.parametrize("task", ALL)
def test_too_short_says_what_is_needed(task: str) -> None:
    with pytest.raises(GenerationError, match="too short"):
        make(task, length=8192, output_tokens=8192)


# ---------------------------------------------------------------- wrong answers


@pytest.mark.parametrize("task", ALL)
def test_whatever_line_is_wrong_lost_doubled_or_moved_is_seen(task: str) -> None:
    sample = make(task, output_tokens=600)
    right = answer(sample)
    lines = right.splitlines()
    if task == PATH:
        told_lines = range(1, len(lines) - 1)
    elif task == BELIEF:
        told_lines = range(1, len(lines))
    else:
        told_lines = range(1, lines.index(""))
    for i in told_lines:
        wrong = [
            [*lines[:i], *lines[i + 1 :]],
            [*lines[:i], changed(lines[i]), *lines[i + 1 :]],
        ]
        if not lines[i].startswith("Final") and i > told_lines[0]:
            wrong.append([*lines[:i], lines[i], *lines[i:]])
            wrong.append([*lines[: i - 1], lines[i], lines[i - 1], *lines[i + 1 :]])
        for other in wrong:
            assert graded(sample, "\n".join(other)).score == 0.0, (i, lines[i])
    assert graded(sample, "\n".join(lines[: len(lines) // 2])).score == 0.0


def changed(line: str) -> str:
    """Return a line with its last value changed."""
    if line.startswith("From"):
        return line[:-2] + "x."
    if line.startswith(("- Step", "Final")):
        return line.replace("}", " box}") if "}" in line else line + " box"
    numbers = list(re.finditer(r"\d+", line))
    last = numbers[-1]
    return line[: last.start()] + str(int(last[0]) + 1) + line[last.end() :]


def test_a_wrong_solution_or_none_is_seen() -> None:
    sample = make(COUNTDOWN)
    right = answer(sample)
    head, _, solution = right.partition("<Solution>")
    assert graded(sample, head).score == 0.0
    bad = "<Solution>" + solution.replace("= ", "= 1", 1)
    assert graded(sample, head + bad).score == 0.0
    assert graded(sample, "<Solution>" + solution).score == 0.0


@pytest.mark.parametrize("task", ALL)
def test_cheap_answers_and_cut_prompts_earn_nothing(task: str) -> None:
    sample = make(task)
    right, prompt = answer(sample), sample.prompt
    for guess in sample.task.guesses(prompt):
        assert graded(sample, guess).score == 0.0
    first = sample.evidence[0]
    for piece in sample.evidence:
        cut = prompt[: piece.char_start] + prompt[piece.char_end :]
        if task != PATH:
            assert sample.task.read(cut) == ""
        else:
            assert sample.task.read(cut) != right
    for share in range(0, 100, 7):
        assert sample.task.read(prompt[: len(prompt) * share // 100]) == ""
        tail = sample.task.read(prompt[len(prompt) * share // 100 :])
        if len(prompt) * share // 100 > first.char_start:
            assert tail == ""


# ---------------------------------------------------------------- one right answer

LINE = re.compile(r"\b(?=[A-Z])([A-Z][a-z]{8})\b")


def roads(sample: Sample) -> dict[str, list[str]]:
    """Return where one can go from each town, read off in another way than the reader does."""
    out: dict[str, list[str]] = {}
    for line in sample.context.splitlines():
        start, *named = LINE.findall(line)
        (stop,) = {name for name in named if name != start}
        out.setdefault(start, []).append(stop)
    return out


@pytest.mark.parametrize("placement", ["random", "spread", "clustered"])
def test_one_route_leads_to_the_last_town(placement: str) -> None:
    for index in range(3):
        sample = make(PATH, index, placement=placement, output_tokens=1024)
        ways, route = roads(sample), sample.draft.reference
        assert all(len(stops) == 1 for stops in ways.values())
        first, last = route[0][0], route[-1][2]
        assert last not in ways
        found, open_ = [], [[first]]
        while open_:
            way = open_.pop()
            if way[-1] == last:
                found.append(way)
                continue
            open_ += [[*way, s] for s in ways.get(way[-1], []) if s not in way]
        assert found == [[first, *(hop[2] for hop in route)]]
        into = Counter(stop for stops in ways.values() for stop in stops)
        on, off = {hop[2] for hop in route}, set(ways) - {hop[0] for hop in route}
        assert any(into[t] > 1 for t in on)  # other ways lead into it
        assert max(into[t] for t in off) > 1
        assert all(start != stop for start, stops in ways.items() for stop in stops)


def test_no_town_stands_inside_another() -> None:
    names = [town(n) for n in range(0, 376_320, 7)]
    assert len(set(names)) == len(names)
    assert {len(name) for name in names} == {9}
    on = set(own_towns(Streams(["a"])("towns"), 3000))
    off = set(own_towns(Streams(["a"])("towns"), 3000, off=True))
    stocked = set(LINE.findall("".join(guide("tekken")._make(0))))
    assert not on & off
    assert not (on | off) & stocked
    endings = [Counter(name[-4:] for name in group) for group in (on, off)]
    assert endings[0].keys() == endings[1].keys()


def test_where_the_lines_of_a_route_stand() -> None:
    for depth in (0.0, 0.5, 1.0):
        together = make(PATH, length=32_768, depth=depth, placement="clustered")
        assert all(abs(p.depth - depth) < 0.01 for p in together.evidence)
        spread = make(PATH, length=32_768, depth=depth, placement="spread")
        places = [p.depth for p in spread.evidence]
        gaps = [b - a for a, b in pairwise(places)]
        assert max(gaps) < 2 / len(places)
        anywhere = make(PATH, length=32_768, depth=depth)
        start = anywhere.draft.reference[0][0]
        (place,) = [
            p.depth
            for p in anywhere.evidence
            if re.search(rf"(?i:from) {start}", anywhere.prompt[p.char_start : p.char_end])
        ]
        assert abs(place - depth) < 0.02


def test_roads_from_the_side_are_a_setting() -> None:
    none = make(PATH, side_roads=0)
    on = {hop[2] for hop in none.draft.reference}
    assert sum(stop in on for stops in roads(none).values() for stop in stops) == len(on)


def believed(sample: Sample) -> list[tuple[Any, ...]]:
    """Return the states of a story, from a model that keeps sets of facts."""
    reference = sample.draft.reference
    who, what = reference["agent"], reference["object"]
    told_ = [sample.prompt[p.char_start : p.char_end] for p in sample.evidence]
    where: dict[str, Any] = {}
    belief, out = None, []
    for number, text in enumerate(told_):
        assert text.startswith(f"Step {number}: ")
        for sentence in re.findall(r"[A-Z][^.:]*\.", text.partition(": ")[2]):
            words = sentence.rstrip(".").replace("The ", "").split(" ")
            rest = " ".join(words)
            if " leaves the " in rest:
                where[words[0]] = None
            elif " carries the " in rest:
                thing, _, tail = rest.partition(" carries the ")[2].partition(" to the ")
                where[words[0]], _, where[thing] = tail.partition(" and puts it in the ")
            elif " moves the " in rest:
                thing, _, where[thing] = rest.partition(" moves the ")[2].partition(" to the ")
            else:
                name, place = re.split(r" is in the | walks over to the | comes into the ", rest)
                where[name] = place
        at, place = where[who], where[what]
        sees = at is not None and place.startswith(f"{at} ")
        belief = place if sees else belief
        out.append((at, place, sees, belief))
    return out


@pytest.mark.parametrize("cast", [{}, {"agents": 5, "objects": 4, "rooms": 4, "containers": 3}])
@pytest.mark.parametrize("placement", ["spread", "clustered"])
def test_what_is_believed_follows_from_the_story(cast: dict[str, Any], placement: str) -> None:
    for index in range(6):
        sample = make(BELIEF, index, output_tokens=900, placement=placement, **cast)
        assert believed(sample) == [tuple(s) for s in sample.draft.reference["states"]]
        assert graded(sample, answer(sample)).score == 1.0
        text = " ".join(sample.prompt[p.char_start : p.char_end] for p in sample.evidence)
        marks = ("walks over", "moves the", "carries the", "leaves the", "comes into")
        assert len(marks) == len(KINDS)
        assert all(mark in text for mark in marks)
        assert sample.context.count("Step ") == len(sample.evidence)


def test_the_last_belief_is_false_in_half_of_the_stories() -> None:
    ends = [make(BELIEF, i).draft.reference["states"][-1] for i in range(60)]
    assert all(end[3] is not None for end in ends)
    assert 18 <= sum(end[3] != end[1] for end in ends) <= 42
    for share, wanted in ((0, False), (1, True)):
        for index in range(5):
            end = make(BELIEF, index, false_beliefs=share).draft.reference["states"][-1]
            assert (end[3] != end[1]) is wanted


@pytest.mark.parametrize("kind", ["prose", "noise"])
@pytest.mark.parametrize("depth", [0.0, 0.4, 1.0])
def test_a_story_begins_at_its_depth(depth: float, kind: str) -> None:
    for placement in ("spread", "clustered"):
        sample = make(BELIEF, length=16_384, depth=depth, placement=placement, kind=kind)
        places = [p.depth for p in sample.evidence]
        assert abs(places[0] - depth) < 0.005
        assert places == sorted(places)
        if placement == "clustered":
            assert places[-1] - places[0] < 0.005
        elif depth < 1:
            assert places[-1] > 1 - 2 * (1 - depth) / len(places)


def all_lines(numbers: list[int], target: int, limit: int) -> list[str]:
    """Return the sums that are tried until the target is reached, with a stack."""
    out: list[str] = []
    stack = [iter(_moves(numbers))]
    while stack:
        move = next(stack[-1], None)
        if move is None:
            stack.pop()
            continue
        high, sign, low, left = move
        out.append(f"{high} {sign} {low}")
        result = joined(high, sign, low)
        if result is None or result >= limit:
            continue
        if left:
            stack.append(iter(_moves([result, *left])))
        elif result == target:
            return out
    raise AssertionError("not reached")


def _moves(numbers: list[int]) -> list[tuple[int, str, int, list[int]]]:
    out = []
    for i in range(len(numbers)):
        for j in range(i + 1, len(numbers)):
            pair = sorted((numbers[i], numbers[j]))
            left = [n for k, n in enumerate(numbers) if k not in (i, j)]
            out += [(pair[1], sign, pair[0], left) for sign in "+-*/"]
    return out


@pytest.mark.parametrize("params", [{}, {"limit": 600}, {"numbers": 5}, {"largest_target": 300}])
def test_the_search_is_the_one_the_rules_give(params: dict[str, Any]) -> None:
    for index in range(4):
        sample = make(COUNTDOWN, index, length=16_384, output_tokens=2048, **params)
        game = sample.draft.reference
        numbers, target, limit = game["numbers"], game["target"], game["limit"]
        right = answer(sample)
        found = search(tuple(numbers), target, limit)
        assert found is not None
        assert right == told(found)
        tried = re.findall(r"Try (\d+ \S \d+)", right)
        assert tried == all_lines(numbers, target, limit)
        assert 10 <= target <= params.get("largest_target", 50)
        assert all(1 <= n <= 49 for n in numbers)
        assert len(numbers) == params.get("numbers", 4)


def test_a_puzzle_is_named_once_and_can_be_solved() -> None:
    sample = make(COUNTDOWN, length=16_384, depth=0.3)
    names = re.findall(r"^Puzzle (\w+):", sample.context, re.MULTILINE)
    assert len(set(names)) == len(names) > 200
    assert {len(name) for name in names} == {6}
    assert abs(sample.evidence[0].depth - 0.3) < 0.01
    games = re.findall(r"numbers ([\d, ]+); target (\d+)", sample.context)
    for numbers, target in games[:80]:
        assert search(tuple(map(int, numbers.split(", "))), int(target)) is not None
    own = {own_name(Streams([i])("name")) for i in range(2000)}
    stocked = {name_of(64_000 + i) for i in range(20_000)}
    assert not own & stocked


def test_examples_are_a_setting_and_the_first_one_leaves_nothing_out() -> None:
    for n in (1, 2, 4):
        prompt = make(COUNTDOWN, demonstrations=n).prompt
        assert prompt.count("# Search Procedure\nInitial") == n
        first = prompt.partition("Example 1:")[2].partition("Here are the puzzles")[0]
        words = ("is a decimal", "exceeds", "(invalid", "!=", "==", "Add ", "Pick two")
        assert all(word in first for word in words)
