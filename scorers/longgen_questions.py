"""Rules for many questions answered in one reply: LongGenBench's (Liu et al.)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple

from synthctx.errors import ScoreError
from synthctx.recall import stated_number
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.text import fold, is_hedged, numbers, read_answer

KINDS = ("number", "letter")

_SOURCE = "LongGenBench (arXiv:2410.04199), longgenbench_GSM8K_openai.py and _MMLU_openai.py"
_PATTERNS = {"number": re.compile(r"\d*\.?\d+"), "letter": re.compile("A|B|C|D")}
_REGION = re.compile(r"(?<=:\n)(.*?)(?=\n\n|$)", re.DOTALL)
_HEADER = re.compile(
    r"^[ \t]{0,8}(?:#{1,6}[ \t]{0,4}|[*_]{1,3})?Answer[ \t_]{0,2}(?:to[ \t]{1,2})?#?([0-9]{1,6})"
    r"[*_]{0,3}[ \t]{0,2}(?:[:.)]|[ \t]*$)[*_]{0,3}",
    re.IGNORECASE | re.MULTILINE,
)
_LEADING = re.compile(
    r"\W{0,8}(?:(?:[Oo]ption|[Cc]hoice|[Ll]etter)\s{1,3})?\W{0,4}"
    r"([B-HJ-Zb-hj-z]|[Aa](?! [a-z]))(?![\w'])"
)
_MARKED = re.compile(
    r"[(\[]([A-Za-z])[)\]]|\*\*([A-Za-z])[.)]?\*\*|\b(?:[Oo]ption|[Cc]hoice|[Ll]etter) ([A-Z])\b"
)
_CAPITAL = re.compile(r"\b([A-Z])\b")
_MOST_QUESTIONS = 100_000


# ---------------------------------------------------------------- the published rule


def published_item(output: str, gold: str, kind: str) -> bool | None:
    """Return what the published comparison of one answer says, None where it raises.

    The last match in the answer is compared with the last in the gold as a string. Numbers have
    no sign, and commas are deleted from the answer only; a letter is any capital A to D.
    """
    pattern = _PATTERNS[kind]
    said = pattern.findall(output.replace(",", "") if kind == "number" else output)
    if not said:
        return False
    asked = pattern.findall(gold)
    return bool(said[-1] == asked[-1]) if asked else None


def published_regions(output: str) -> list[str]:
    """Return the texts the published code takes for the answers, in order.

    Each is what stands between a colon that ends a line and the next empty line; a line
    that begins with "Answer_" gets one before it. The numbers of the answers are not looked at.
    """
    text = "\n".join(output.split("Answer_"))
    return [region.strip() for region in _REGION.findall(text)]


class PublishedBatch(NamedTuple):
    """How many questions the published code counts, and how many of them are right."""

    questions: int
    correct: int


def published_batch(
    output: str, golds: Sequence[str], kind: str, questions: Sequence[str] = ()
) -> PublishedBatch | None:
    """Return what the published code makes of one reply, None where it raises.

    It writes question, answer and gold to a file for as many answers as it found, and reads the
    file again line by line, so that "Q_3" and "A_model" stand in an answer that has no number
    or letter of its own. With too few answers letters are asked again, for the rest of the
    questions, and what was parsed is lost; a model at temperature 0 is taken to repeat itself.
    """
    said = published_regions(output)
    if kind == "letter":
        if not said:
            return None  # asked again for ever
        while len(said) < len(golds):
            golds, questions = golds[len(said) :], questions[len(said) :]
    asked = [*questions, *[""] * len(golds)]
    written = "".join(
        f"Question: {q}\nA_model:Q_{i}\n{a}\nA_gold:\n{gold}\n\n"
        for i, (q, gold, a) in enumerate(zip(asked, golds, said, strict=False))
    )
    return _published_file(written.replace("\r\n", "\n").replace("\r", "\n"), kind)


def _published_file(written: str, kind: str) -> PublishedBatch | None:
    parts: dict[str, list[str]] = {}
    order: list[tuple[str, str]] = []
    current = ""
    count = 0
    for line in written.split("\n")[:-1]:
        mark = next((m for m in ("Question:", "A_model:", "A_gold:") if line.startswith(m)), "")
        if mark == "Question:":
            count += 1
            if "A_model:" in parts and "A_gold:" in parts:
                order.append(("".join(parts["A_model:"]), "".join(parts["A_gold:"])))
        if mark:
            current = mark
            parts[mark] = []
        parts[current].append(line + "\n")
    if not ("A_model:" in parts and "A_gold:" in parts):
        return None
    order.append(("".join(parts["A_model:"]), "".join(parts["A_gold:"])))
    verdicts = [published_item(said, gold, kind) for said, gold in order]
    return None if None in verdicts else PublishedBatch(count, sum(map(bool, verdicts)))


# ---------------------------------------------------------------- the strict rule


def read_answers(text: str) -> dict[int, str]:
    """Return what a folded reply says under each "Answer 7:", the last of one number."""
    heads = list(_HEADER.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return {int(h[1]): text[h.end() : end] for h, end in zip(heads, ends, strict=False)}


def settled(text: str, kind: str) -> str | None:
    """Return the number (as plain digits) or the letter that an answer settles on, or None."""
    if kind == "number":
        number = stated_number(text).number
        return None if number is None else _plain(number.value)
    reading = read_answer(fold(text))
    lead = _LEADING.match(reading.text)
    letters = {m[1] or m[2] or m[3] for m in _MARKED.finditer(reading.text)}
    if lead is not None and not is_hedged(reading.text, lead.start(1), lead.end(1)):
        letters.add(lead[1])
    said = {letter.upper() for letter in letters}
    return said.pop() if len(said) == 1 else None


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if value == 0 else text


def _gold(value: Any, kind: str, rule_id: str) -> str:
    text = fold(str(value)) if isinstance(value, str | int | float) else ""
    if kind == "letter":
        found = _CAPITAL.search(text)
        if found is not None:
            return found[1]
    else:
        read = numbers(text)
        if read:
            return _plain(read[-1].value)
    raise ScoreError(f"rule {rule_id}: there is no {kind} in the reference {value!r}")


def _kind(params: Params, rule_id: str) -> str:
    kind = params.get("kind", "number")
    if kind not in KINDS:
        raise ScoreError(f"rule {rule_id}: kind is {kind!r}, allowed: {', '.join(KINDS)}")
    return str(kind)


@rule(
    "longgen/item",
    1,
    source=_SOURCE + ", test_answer",
    extracts="the number or option letter that the answer settles on",
    compares="numbers by value, letters without case",
)
def longgen_item(output: str, reference: Any, params: Params) -> Grade:
    """Whether one question is answered with the right number or option letter.

    Reference: the gold answer; of a longer text (a worked solution) the last number, sign and
    thousands separators included. Params: `kind`: "number" (default) or "letter".

    The paper score compares the last number of the answer with the last of the gold as strings:
    no sign (-5 is 5), 18.0 is not 18, .5 not 0.5, a gold 1,200 is 200; or the last capital A to D
    anywhere ("Because Cats" is C), so that a lower-case letter is none.
    The strict score reads the declared number or letter, and compares by value.
    """
    kind = _kind(params, "longgen/item")
    gold = _gold(reference, kind, "longgen/item")
    right = published_item(output, str(reference), kind)
    paper = None if right is None else float(right)
    said = settled(output, kind)
    if said is None:
        return unreadable(f"settles on no {kind}", paper=paper)
    return Grade(float(said == gold), paper, {}, said[:500], f"says {said[:80]}, right is {gold}")


@rule(
    "longgen/questions",
    1,
    source=_SOURCE + ", process_question and parse_pred_ans",
    extracts='what stands under each "Answer_i:", the last of one number',
    compares="share of all the questions asked that are answered right",
)
def longgen_questions(output: str, reference: Any, params: Params) -> Grade:
    """How many of K questions asked in one prompt are answered right.

    Reference: the gold answers in order, as in longgen/item. Params: `kind` as there; `first`, the
    number of the first question (1); `questions`, their texts (only the paper score sees them).

    The paper score reads the i-th region between a colon at a line's end and an empty line as
    the i-th answer, whatever its number: a skipped answer shifts all later ones, a preamble that
    ends with a colon is answer 1, and "Answer_1: x" on one line raises (no paper score). With
    numbers the answers found are the denominator, so that a reply cut short is not
    worse; with letters it is K, and a reply with too few is asked for again (`published_batch`).

    The strict score goes by the numbers of the answers, over K. Metrics: `answered` (share
    that settles on something), `accuracy_answered`, and `early` and `late` (accuracy of the
    first and the last half).
    """
    kind = _kind(params, "longgen/questions")
    if not isinstance(reference, list | tuple) or not 0 < len(reference) <= _MOST_QUESTIONS:
        raise ScoreError(
            f"rule longgen/questions: the reference must be a list of answers, got {reference!r}"
        )
    golds = [_gold(value, kind, "longgen/questions") for value in reference]
    first, asked = params.get("first", 1), params.get("questions", [])
    texts = isinstance(asked, list | tuple) and all(isinstance(q, str) for q in asked)
    if type(first) is not int or not texts:
        raise ScoreError(
            f"rule longgen/questions: first must be a whole number and questions a list of "
            f"texts, got {first!r} and {asked!r}"
        )
    batch = published_batch(output, [str(value) for value in reference], kind, asked)
    paper = None
    if batch is not None:
        paper = batch.correct / (batch.questions if kind == "number" else len(golds))
    given = read_answers(fold(output))
    said = [settled(given[i], kind) if i in given else None for i in _numbers(first, golds)]
    right = [a is not None and a == gold for a, gold in zip(said, golds, strict=True)]
    answered = sum(a is not None for a in said)
    half = (len(golds) + 1) // 2
    metrics = {
        "answered": answered / len(golds),
        "accuracy_answered": sum(right) / answered if answered else 0.0,
        "early": sum(right[:half]) / half,
        "late": sum(right[-half:]) / half,
    }
    if not answered:
        grade = unreadable("no answer with the number of a question was read", paper=paper)
        return replace(grade, metrics=metrics)
    shown = ", ".join(f"{i}: {a}" for i, a in zip(_numbers(first, golds), said, strict=True) if a)
    why = f"{sum(right)} of {len(golds)} right, {answered} answered"
    return Grade(sum(right) / len(golds), paper, metrics, shown[:500], why)


def _numbers(first: int, golds: Sequence[str]) -> range:
    return range(first, first + len(golds))
