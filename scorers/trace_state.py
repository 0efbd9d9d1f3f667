"""The rule for what somebody believes, step by step: LongProc's tom_tracking."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from synthctx.errors import ScoreError
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.scorers._trace import last_start
from synthctx.steps import compare_steps
from synthctx.text import fold, strip_wrapping


class State(NamedTuple):
    """What holds after a step; None is out of all rooms, or no belief."""

    agent_location: str | None
    object_location: str | None
    sees: bool | None
    belief: str | None


@dataclass(frozen=True, slots=True)
class Story:
    """The right trace: whose belief, on what, and what holds after each step."""

    agent: str
    object: str
    states: tuple[State, ...]


# ---------------------------------------------------------------- the published rule


def state_line(story: Story, step: int) -> str:
    """Return the bullet of a step in the published form."""
    agent, thing, state = story.agent, story.object, story.states[step]
    label = "initial state"
    if step:
        before = story.states[step - 1]
        label = (
            f"{agent} location {_moved(before.agent_location, state.agent_location)}; "
            f"{thing} location {_moved(before.object_location, state.object_location)}"
        )
    return (
        f"- Step {step}: ({label}) {{{agent} location: {state.agent_location}; "
        f"{thing} location: {state.object_location}; {agent} sees {thing}: {state.sees}; "
        f"{agent}'s belief on {thing}: {state.belief}}}"
    )


def _moved(before: str | None, after: str | None) -> str:
    return "unchanged" if before == after else "changed"


_DELETED = str.maketrans("", "", string.punctuation + "\u2019")
_IGNORED = re.compile(
    r"\b(?:a|an|the|on|in|at|step|thinks|think|believes|believe|is|are|of|location|know|knows|"
    r"belief)\b"
)


def published_bullets(text: str) -> list[str]:
    """Return the lines the published rule compares, as it spells them."""
    bullets = "\n".join(line for line in text.splitlines() if line.strip().startswith("-"))
    kept = (line[1:] for line in bullets.strip().split("\n") if line.startswith("-"))
    spelt = (_IGNORED.sub(" ", line.lower().translate(_DELETED)) for line in kept)
    return [bullet for line in spelt if (bullet := " ".join(line.split()))]


def _published_score(output: str, story: Story) -> tuple[float, float]:
    """Return accuracy and partial accuracy."""
    lines = "\n".join(state_line(story, i) for i in range(len(story.states)))
    said, asked = published_bullets(output), published_bullets(lines)
    if said == asked:
        return 1.0, 1.0
    shorter = min(len(said), len(asked))
    wrong = (i for i in range(shorter) if said[i] != asked[i])
    return 0.0, next(wrong, shorter) / len(asked)


# ---------------------------------------------------------------- the strict rule

Told = tuple[str, ...]  # the four values of a state in one spelling, "" where one is not told
Step = tuple[int, Told]

_STEP = re.compile(
    r"^[ >#*•\-]{0,12}(?:the )?step ?#?([0-9]{1,6}) ?[*_]{0,3} ?[:.)(\-]",
    re.MULTILINE,
)
_FINAL = re.compile(r"\bfinal (?:answer|belief) ?[*_]{0,3} ?(?::|=|\bis\b)[\s*_]{0,4}")
_ARTICLE = re.compile(r"\A(?:(?:in|at|on) )?(?:the|an|a) ")
_VALUE_ENDS = re.compile(r"[;{}\n]")
_SENTENCE_ENDS = re.compile(r"[.!;(\n]")
_WORD = re.compile(r"[\w-]+")
_LONGEST = 4000  # of one step; a final answer is cut there too
_NOTHING = frozenset(("none", "null", "unknown", "n/a", "no belief"))
_TRUTH = {"yes": "true", "no": "false"}
# Words that a sentence round the place may have.
_FILLING = """
    the a an in at on is it he she they that still now will look looks for believe believes think
    thinks belief location
"""


def _plain(text: str) -> str:
    """Return a text as it is compared: folded, in one case, no apostrophes, single blanks."""
    folded = fold(text).casefold().replace("'", "")
    return "\n".join(" ".join(line.split()) for line in folded.split("\n"))


def _value(text: str) -> str:
    bare = _ARTICLE.sub("", strip_wrapping(text), count=1)
    return "none" if bare in _NOTHING else _TRUTH.get(bare, bare)


def _expected(state: State) -> Told:
    return tuple(_value(_plain(str(value))) for value in state)


def _field_marks(story: Story) -> re.Pattern[str]:
    """Return what announces the value of a field (in a plain text), its name as the group."""
    agent, thing = re.escape(_plain(story.agent)), re.escape(_plain(story.object))
    return re.compile(
        rf"\b(?:(?P<belief>{agent}s? belief(?: on| about| of)?(?: the)? {thing})"
        rf"|(?P<sees>{agent} sees(?: the)? {thing})"
        rf"|(?P<agent_location>{agent}s? location)"
        rf"|(?P<object_location>(?:the )?{thing}s? location))"
        r" ?[*_`]{0,3} ?(?::|=|\bis\b)"
    )


def _read_state(text: str, marks: re.Pattern[str]) -> Told:
    """Return the four values a step tells; one told in two ways is not told."""
    found = list(marks.finditer(text))
    values: dict[str | None, str] = {}
    for i, mark in enumerate(found):
        end = found[i + 1].start() if i + 1 < len(found) else len(text)
        value = _value(_VALUE_ENDS.split(text[mark.end() : end].lstrip(), maxsplit=1)[0])
        values[mark.lastgroup] = value if values.get(mark.lastgroup, value) == value else ""
    return tuple(values.get(field, "") for field in State._fields)


def read_steps(text: str, story: Story) -> list[Step]:
    """Return the steps of the last list of steps in a plain text, as (number, values).

    A step without any value in front of them all is a plan, not a step of the list.
    """
    marks = _field_marks(story)
    heads = list(_STEP.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    steps: list[Step] = []
    for head, end in zip(heads, ends, strict=False):
        told = text[head.end() : min(end, head.end() + _LONGEST)]
        final = _FINAL.search(told)
        values = _read_state(told[: final.start()] if final else told, marks)
        if steps or any(values):
            steps.append((int(head[1]), values))
    return steps[last_start([number == 0 for number, _ in steps]) :]


def read_final(text: str) -> str | None:
    """Return what the last "final answer" of a plain text says, None when there is none."""
    mark = None
    for found in _FINAL.finditer(text):
        mark = found
    if mark is None:
        return None
    said = text[mark.end() : mark.end() + _LONGEST]
    return _value(_SENTENCE_ENDS.split(said, maxsplit=1)[0])


def _says(said: str, answer: str, story: Story) -> bool:
    """Tell whether a final answer is the right place, alone or in a sentence that adds nothing."""
    if said == answer:
        return True
    words, wanted = _WORD.findall(said), _WORD.findall(answer)
    filling = _WORD.findall(_FILLING + _plain(f"{story.agent} {story.agent}s {story.object}"))
    places = [i for i in range(len(words)) if words[i : i + len(wanted)] == wanted]
    if len(places) != 1:
        return False
    return set(filling).issuperset(words[: places[0]] + words[places[0] + len(wanted) :])


def _field_shares(steps: list[Step], asked: list[Step]) -> dict[str, float]:
    """Return for each field the share of the steps, found by their number, that have it right."""
    told = dict(steps)
    rights = [
        [ours == right for ours, right in zip(told.get(n, ()), values, strict=False)]
        for n, values in asked
    ]
    return {
        name: sum(right[i] for right in rights if right) / len(asked)
        for i, name in enumerate(State._fields)
    }


def _reference(value: Any) -> Story:
    states = value.get("states") if isinstance(value, dict) else None
    good = isinstance(states, list) and bool(states) and all(map(_is_state, states))
    names = [value.get(key) for key in ("agent", "object")] if isinstance(value, dict) else []
    named = bool(names) and all(isinstance(name, str) and _plain(name).strip() for name in names)
    if not isinstance(states, list) or not good or not named:
        raise ScoreError(
            "rule trace/state: the reference must hold agent, object and states, each state a "
            "list [agent's location, object's location, sees, belief] of text or null, sees true "
            f"or false; got {str(value)[:200]!r}"
        )
    return Story(value["agent"], value["object"], tuple(State(*state) for state in states))


def _is_state(value: Any) -> bool:
    if not isinstance(value, list | tuple) or len(value) != 4 or type(value[2]) is not bool:
        return False
    return all(
        place is None or (isinstance(place, str) and bool(_value(_plain(place))))
        for place in (value[0], value[1], value[3])
    )


@rule(
    "trace/state",
    2,
    source="LongProc (arXiv:2501.05414), longproc_data.py, eval_tom_tracking",
    extracts='the last list of "Step i" with its four values each, and the last "Final Answer"',
    compares="value by value at each step, steps in order; then the final answer",
)
def trace_state(output: str, reference: Any, params: Params) -> Grade:
    """Whether somebody's belief on a thing is followed through every step, and to the end.

    Reference: `agent`, `object` and `states`, one [agent's location, object's location, sees,
    belief] for each step from step 0 on; a location or belief may be null. The final answer is
    the last belief. No params.

    The paper score is LongProc's accuracy over all lines that begin with "-", without case,
    ASCII punctuation and some words ("the", "step", "belief"...). The final answer is not looked
    at; the changed/unchanged labels are; a bullet in the words before, "*" for "-" or an
    indented list gives 0; metric `paper_partial_accuracy` (share of the lines before the first
    difference) is 1 for a list with steps to spare. `paper_extraction_rate` is always 1.

    The strict score is 1 when every step is told once, in order, with its four values, and the
    final answer is right; else 0. Steps go by their number, values by the names of the
    two, whatever markup or label stands round them. Metrics: `first_error_step`, `progress`,
    `steps`, `in_order`; the share of steps with each value right; `final_answer`.
    """
    story = _reference(reference)
    accuracy, partial = _published_score(output, story)
    text = _plain(output)
    told = read_steps(text, story)
    asked = [(i, _expected(state)) for i, state in enumerate(story.states)]
    steps = compare_steps(told, asked)
    final = read_final(text)
    answer = asked[-1][1][3]
    right = final is not None and _says(final, answer, story)
    metrics = {
        "paper_partial_accuracy": partial,
        "paper_extraction_rate": 1.0,
        **steps.metrics,
        **_field_shares(told, asked),
        "final_answer": float(right),
    }
    if not told and final is None:
        return replace(unreadable("no step is told", paper=accuracy), metrics=metrics)
    why = steps.explanation
    at = steps.first_error
    if at < min(len(told), len(asked)):
        why += f"; {_difference(told[at], asked[at])}"
    if not right:
        given = "missing" if final is None else f"'{final[:80]}'"
        why += f"; the final answer is {given}, expected '{answer}'"
    said = "\n".join(f"Step {n}: {'; '.join(values)}" for n, values in told[:20])[:500]
    return Grade(float(steps.exact and right), accuracy, metrics, said or final, why)


def _difference(told: Step, asked: Step) -> str:
    if told[0] != asked[0]:
        return f"step {told[0]} stands where step {asked[0]} belongs"
    field, ours, right = next(
        (field, ours, right)
        for field, ours, right in zip(State._fields, told[1], asked[1], strict=True)
        if ours != right
    )
    name = field.replace("_", " ")
    given = f"'{ours[:80]}'" if ours else "not told"
    return f"step {asked[0]}: {name} is {given}, expected '{right}'"
