"""Questions with answers of the user's own, one of which was accepted, as in Ada-LEval.

The file is a table in one of two shapes. A row for each question: its text, a list of answers,
and the accepted one (its text, or its number in the list, counted from 1). Or a row for each
answer: the question's id, the answer, and whether it was accepted; the question's text stands
in at least one of its rows. What would make a test unsound is an error that lists it: empty
cells, questions with no or with more than one accepted answer, without another answer, or with
the same answer twice, and a question that comes twice.

Candidates are the answers of the same question, then those of others, none of them equal to the
accepted one when folded. That no other of them is right is what the file says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np

from synthctx.compose import LINE, Room
from synthctx.documents import END
from synthctx.errors import GenerationError, SuiteError
from synthctx.generators._adaleval_list import (
    ALLOWANCE,
    Candidate,
    fitting,
    label_of,
    labels_from,
    listed,
    place_of,
    size_of,
)
from synthctx.records import Findings, Record, folded, load_records, record_of, short, stamp
from synthctx.streams import ranking
from synthctx.tasks import Body
from synthctx.tokenizers import count_many, get_tokenizer

_NAME = {"type": "string", "minLength": 1}
COLUMNS = ("question", "answers", "accepted", "question_id", "answer")
PARAMS: dict[str, dict[str, Any]] = {
    "file": {"type": ["string", "null"], "minLength": 1, "default": None},
    **{f"{name}_column": {**_NAME, "default": name} for name in COLUMNS},
}
_SHAPES = (
    "needed are the columns question, answers (a list) and accepted (its text, or its number in"
    " the list from 1), or a row for each answer with question_id, question, answer and accepted"
    " (true in one row of each question); other names with -p question_column=... and so on"
)
_TRUE = ("true", "yes", "1", "1.0")
_FALSE = ("false", "no", "0", "0.0", "")
_FEW = 2  # answers of a question


@dataclass
class Question:
    """A question and its answers.

    Attributes:
        answers: the accepted one first.
        place: where it stands, for messages.
    """

    text: str
    answers: list[str]
    place: str


@dataclass
class _Asked:
    """A question while its rows are read."""

    record: Record
    text: str = ""
    answers: list[str] = field(default_factory=list)
    accepted: list[bool] = field(default_factory=list)


def load(path: str, columns: Sequence[str]) -> list[Question]:
    """Return the questions of a file; a file that is the same as before is not read again.

    Args:
        path: a table.
        columns: what it calls `COLUMNS`.

    Raises:
        SuiteError: not readable, or not fit for a test: lists what is wrong.
    """
    return _load(path, *stamp(path), tuple(columns))


@lru_cache(maxsize=4)
def _load(path: str, size: int, changed: int, columns: tuple[str, ...]) -> list[Question]:
    named = dict(zip(COLUMNS, columns, strict=True))
    rows = load_records(path, named, optional=COLUMNS)
    held = {name for row in rows for name in COLUMNS if row[name] is not None}
    found = Findings(f"file '{path}'")
    if "answers" in held:
        asked = [_one_row(row, found) for row in rows]
    elif {"question_id", "answer"} <= held:
        asked = _many_rows(rows, found)
    else:
        shown = ", ".join(named[n] for n in COLUMNS if n in held) or "none of these"
        raise SuiteError(f"file '{path}' has of the columns needed {shown}; {_SHAPES}")
    _check(asked, found)
    found.check()
    return [_question(one) for one in asked]


def _one_row(row: Record, found: Findings) -> _Asked:
    """Read a row with all answers of a question."""
    one = _Asked(row, found.text(row, "question"), found.texts(row, "answers"))
    accepted = row["accepted"]
    if isinstance(accepted, str) and accepted.strip().isdecimal():
        accepted = int(accepted)
    if isinstance(accepted, float) and accepted.is_integer():
        accepted = int(accepted)
    if isinstance(accepted, list):
        one.accepted = [_is_true(value) is True for value in accepted]
    elif isinstance(accepted, int) and not isinstance(accepted, bool):
        one.accepted = [number == accepted for number in range(1, len(one.answers) + 1)]
    else:
        wanted = folded(str(accepted or ""))
        one.accepted = [folded(answer) == wanted for answer in one.answers]
    if one.answers and not any(one.accepted):
        found.add(
            row,
            f"accepted is {short(accepted)}, neither one of the {len(one.answers)} answers nor"
            f" the number of one, 1 to {len(one.answers)}",
        )
    return one


def _many_rows(rows: list[Record], found: Findings) -> list[_Asked]:
    """Read rows with one answer each."""
    asked: dict[str, _Asked] = {}
    for row in rows:
        id, answer = found.text(row, "question_id"), found.text(row, "answer")
        accepted = _is_true(row["accepted"])
        if accepted is None:
            found.add(row, f"accepted is {short(row['accepted'])}, allowed are true and false")
        one = asked.setdefault(id, _Asked(row))
        text = str(row["question"] or "").strip()
        if text and one.text and folded(text) != folded(one.text):
            found.add(row, f"question_id {short(id)} has another question than {one.record.place}")
        one.text = one.text or text
        one.answers.append(answer)
        one.accepted.append(accepted is True)
    for id, one in asked.items():
        if not one.text:
            found.add(one.record, f"question_id {short(id)} has no question in any row")
        if not any(one.accepted):
            found.add(one.record, f"question_id {short(id)} has no accepted answer")
    return list(asked.values())


def _is_true(value: Any) -> bool | None:
    """Return what a cell says, None where that is neither true nor false."""
    text = str("" if value is None else value).strip().lower()
    return True if text in _TRUE else False if text in _FALSE else None


def _check(asked: list[_Asked], found: Findings) -> None:
    """Remember what is wrong with questions as a whole."""
    found.repeated([(one.record, one.text) for one in asked if one.text], "question")
    for one in asked:
        answers = [answer for answer in one.answers if answer]
        right = sum(one.accepted)
        if right > 1:
            found.add(one.record, f"{right} answers are accepted to {short(one.text)}, not one")
        if 0 < len(answers) < _FEW:
            found.add(one.record, f"{short(one.text)} has no other answer than {short(answers[0])}")
        for key, times in Counter(map(folded, answers)).items():
            if times > 1:
                same = next(answer for answer in answers if folded(answer) == key)
                found.add(one.record, f"the same answer {times} times: {short(same)}")


def _question(one: _Asked) -> Question:
    first = one.accepted.index(True)
    answers = [one.answers[first], *one.answers[:first], *one.answers[first + 1 :]]
    return Question(" ".join(one.text.split()), answers, one.record.place)


# ---------------------------------------------------------------- candidates


@dataclass(frozen=True)
class _Answers:
    """All answers of a file, counted.

    Attributes:
        texts: with `END` behind each.
        keys: of each, folded.
        first: of each question, the number of its accepted answer; behind it its others.
    """

    texts: list[str]
    keys: list[str]
    tokens: list[int]
    first: list[int]


@lru_cache(maxsize=4)
def _counted(
    path: str, size: int, changed: int, columns: tuple[str, ...], tokenizer: str
) -> _Answers:
    questions, count = _load(path, size, changed, columns), get_tokenizer(tokenizer)
    plain = [answer for question in questions for answer in question.answers]
    texts = [_tidy(answer) + END for answer in plain]
    tokens = count_many(count, [LINE + text for text in texts]) - count.count(LINE)
    first = np.cumsum([0, *(len(question.answers) for question in questions)])
    return _Answers(texts, [folded(answer) for answer in plain], tokens.tolist(), first.tolist())


def _tidy(answer: str) -> str:
    """Return an answer without blank lines at its ends and blanks at the ends of its lines."""
    return "\n".join(line.rstrip() for line in answer.strip().split("\n"))


@dataclass(frozen=True)
class Held:
    """A file's questions and answers, and which of them a row asks."""

    room: Room
    questions: list[Question]
    answers: _Answers
    number: int

    @property
    def question(self) -> str:
        """Return the question that is asked."""
        return self.questions[self.number].text


def held_by(room: Room) -> Held:
    """Return what a row's file holds."""
    params = room.params
    path, columns = params["file"], tuple(params[f"{name}_column"] for name in COLUMNS)
    questions = load(path, columns)
    answers = _counted(path, *stamp(path), columns, room.row.tokenizer)
    return Held(room, questions, answers, record_of(room.row, len(questions), path, "questions"))


def _order(held: Held) -> Iterator[int]:
    """Yield candidates: the accepted answer, others of the question, those of other questions."""
    answers, streams = held.answers, held.room.streams
    start, end = answers.first[held.number : held.number + 2]
    yield start
    seen = {answers.keys[start]}
    other = ranking(streams("candidates").raw(len(answers.texts))).tolist()
    for number in [*streams("answers").shuffled(range(start + 1, end)), *other]:
        if answers.keys[number] not in seen:
            seen.add(answers.keys[number])
            yield number


def asked_body(held: Held, budget: int) -> tuple[Body, int, int]:
    """Return answers as a body, the number of the accepted one, and how many there are.

    Raises:
        GenerationError: too few fit, or the file has too few.
    """
    room, answers, n = held.room, held.answers, held.room.params["candidates"]
    free = budget - ALLOWANCE
    most = max(0, budget) // 4 + 2 if n is None else n  # no answer is smaller, with its heading
    numbers = list(islice(_order(held), most))
    drawn = [Candidate([answers.texts[k]], [answers.tokens[k]]) for k in numbers]
    drawn[0].needed = 0
    keep, one_more = fitting(room, [c.size for c in drawn], 0, free)
    if n is not None and len(drawn) < n:
        raise GenerationError(
            f"task {room.row.task}: file '{room.params['file']}' has {len(drawn):,} different"
            f" answers, {n:,} candidates are asked for"
        )
    if keep < (n or _FEW) and keep < len(drawn):
        raise room.too_short(
            f"{keep:,} of {n or _FEW:,} candidates fit into {max(0, budget):,} tokens, the answer"
            f" to {short(held.question)} among them; raise the length or lower candidates"
        )
    left = free - size_of(room, drawn[:keep], 0)
    if n is None and keep == len(drawn):
        raise GenerationError(
            f"task {room.row.task}: file '{room.params['file']}' has too few answers for length"
            f" {room.row.length:,}: {keep:,} different ones leave {left:,} tokens"
            f" ({room.tokenizer.name}) free; give a larger file, a shorter length, or candidates"
        )
    others = room.streams("order").shuffled(drawn[1:keep])
    label = label_of(room, keep)
    place = place_of(room, label, [c.size for c in others])
    shown = [*others[:place], drawn[0], *others[place:]]
    one_more = one_more if n is None else max(left, 0)
    return listed(room, shown, labels_from(label, place, keep), one_more), label, keep
