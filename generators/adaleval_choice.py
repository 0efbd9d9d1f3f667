"""Ada-LEval: one of many numbered answers to a question is to be chosen (BestAnswer).

Source: Wang et al. 2024 (arXiv:2404.06480), BestAnswer: a question and n answers A1 to An, of
which the asker accepted one; the parts of the prompt; `Answer: A4` as the form of the answer; on
the average 4, 10, 22, 33, 43, 71, 91, 167, 333 and 1000 answers at 1k, 2k, 4k, 6k, 8k, 12k, 16k,
32k, 64k and 128k (suite adaleval.yaml).

The published answers are posts of a forum; whether the accepted one is the only right one
nobody knows, and where it stands is left to the data. Here every candidate describes a thing to
be had, in prose, and the question has `constraints` wishes: a value, values ruled out, a range,
more or less than another candidate has, in turn.

The proof that one answer is right: the right candidate is drawn first, and the wishes so that
it fulfils them. For every wish `near_misses` candidates are drawn that fail that one alone (so
none can be left out); the one that a comparison names is among them. All others are looked at,
on the numbers of which their texts are made, and taken only where they fail a wish. Every
candidate is told by the same wordings, in an order of its own: neither length nor order tells
the right one. `tier` says how attributes are told: plainly (stated), half of them in contrast to
what does not hold (contrasted), numbers also as sums and differences (computed).

There are as many candidates as fit, or `candidates` of them; then paragraphs that speak of
other things make them longer, all alike, up to the length asked for. Without a depth, which is
the published way, the right one takes all places from A1 to An in turn. With a depth it stands
there, and the numbering begins elsewhere and goes round: its label still takes all numbers in
turn. As the number of candidates grows with the length, so does the label: what stays the same
over lengths is the question and the text of the right candidate.

With `file`, questions and answers are the user's own (see `_adaleval_asked`): then it is only
asserted that one is right.
"""

from __future__ import annotations

import re
from typing import Any

from synthctx.compose import Room
from synthctx.errors import SuiteError
from synthctx.generators._adaleval_asked import PARAMS as FILE_PARAMS
from synthctx.generators._adaleval_asked import asked_body, held_by
from synthctx.generators._adaleval_best import body_of, problem_of
from synthctx.generators._adaleval_list import sample_label
from synthctx.generators._adaleval_offers import TIERS
from synthctx.generators._adaleval_wishes import choose
from synthctx.tasks import Draft, Task, register

QUESTION_AT = ("before", "after", "both")
_OUTPUT_TOKENS = 32
_PREFIX = """\
Below are a question and many answers to it, which are numbered with an A and a number. One of \
the answers is right. Read all of them and find out which it is.

Reply with one line: "Answer:" and the number of the right answer. Such a line could look like \
this (it shows the form only):
Answer: A{sample}

"""
_QUESTION = "Question: {question}\n\n"
_ANSWERS = "These are the answers:\n\n"
_SUFFIX = """

These were the answers. Which of them is the right one? Reply with the line "Answer: A..." that \
gives its number.
"""
_ASKED = re.compile(r"^Question: (.+)$", re.MULTILINE)
_LABEL = re.compile(r"^A(\d{1,9}):\n\n", re.MULTILINE)
_SAMPLE = re.compile(r"^Answer: A\d{1,9}$", re.MULTILINE)
_END = "\n\nThese were the answers."


def _around(room: Room, question: str, sample: int) -> tuple[str, str]:
    """Return prefix and suffix, with the question where it is to stand."""
    asked, at = _QUESTION.format(question=question), room.params["question_at"]
    prefix = _PREFIX.format(sample=sample) + (asked if at != "after" else "") + _ANSWERS
    suffix = _SUFFIX if at == "before" else f"\n\n{asked.rstrip()}{_SUFFIX}"
    return prefix, suffix


def build(room: Room) -> Draft:
    """Ask for the one of many candidates that fulfils all wishes, or that the file says."""
    params = room.params
    if own := params["file"] is not None:
        _only_generated(room)
        held = held_by(room)
        question = held.question
    else:
        problem = problem_of(room)
        question = problem.question
    # as many digits as the sample answer can have: how many candidates fit is not known yet
    widest = params["candidates"] or max(9, room.row.length // 20)
    budget = room.budget(*_around(room, question, int("8" * len(str(widest)))), _OUTPUT_TOKENS)
    body, label, n = asked_body(held, budget) if own else body_of(room, problem, budget)
    sample = sample_label(room, label, n)
    prefix, suffix = _around(room, question, sample)
    return Draft(
        prefix=prefix,
        body=body,
        suffix=suffix,
        reference=f"A{label}",
        max_output_tokens=_OUTPUT_TOKENS,
        rule_params={"n": n, "sample": f"A{sample}"} if n > 2 else {"n": n},
        # whoever reads the instruction knows one wrong answer, the sample
        floor=1 / (n - 1) if n > 2 else 1 / 2,
        uniqueness="asserted" if own else None,
    )


def _only_generated(room: Room) -> None:
    """Raise an error where params of generated candidates are set next to a file."""
    for name in ("constraints", "near_misses", "tier"):
        if room.params[name] != _PARAMS[name]["default"]:
            raise SuiteError(
                f"task {room.row.task}: {name} is of generated candidates; leave it out next to"
                " file"
            )


def _candidates(prompt: str) -> list[tuple[str, str]]:
    """Return the candidates that a prompt shows, as label and text."""
    body = prompt[: max(0, prompt.rfind(_END))]
    parts = _LABEL.split(body)
    return [("A" + number, text) for number, text in zip(parts[1::2], parts[2::2], strict=True)]


def read(prompt: str) -> str:
    """Read the wishes, and return the one candidate that fulfils them all."""
    asked = _ASKED.findall(prompt)
    label = choose(asked[-1], _candidates(prompt)) if asked else ""
    return f"Answer: {label}" if label else ""


def guesses(prompt: str) -> list[str]:
    """Return all candidates in one answer, the last two side by side, and the sample answer."""
    labels = [label for label, _ in _candidates(prompt)]
    listed = [", ".join(labels), " ".join(labels), "Answer: " + " or ".join(labels[-2:])]
    return [*(listed if len(labels) > 1 else ()), *_SAMPLE.findall(prompt)[:1]]


_PARAMS: dict[str, dict[str, Any]] = {
    "candidates": {"type": ["integer", "null"], "minimum": 2, "maximum": 10_000, "default": None},
    "constraints": {"type": "integer", "minimum": 1, "maximum": 8, "default": 4},
    "near_misses": {"type": "integer", "minimum": 1, "maximum": 50, "default": 1},
    "tier": {"enum": list(TIERS), "default": TIERS[0]},
    "question_at": {"enum": list(QUESTION_AT), "default": QUESTION_AT[0]},
    **FILE_PARAMS,
}

register(
    Task(
        id="adaleval/best_answer",
        version=1,
        rule="choice/index",
        summary="Which of many numbered answers meets all that a question asks for",
        source="Wang et al. 2024 (Ada-LEval), BestAnswer",
        scope="one or two of many candidates",
        diffusion="for every wish a candidate that fails it alone",
        build=build,
        read=read,
        params=_PARAMS,
        depth_default=None,
        guesses=guesses,
        files=("file",),
    )
)
