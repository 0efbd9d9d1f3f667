"""LongBench's rules for counts, paragraphs, classes and the next line of code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Any

from rapidfuzz.distance import Indel

from synthctx.errors import ScoreError
from synthctx.forms import first_line, one_of, strings, switched_on
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.spelt import count_stated, in_digits
from synthctx.text import (
    Number,
    Span,
    bounded_find,
    fold,
    is_denied,
    is_hedged,
    lowered,
    numbers,
    read_answer,
    undeclared_answer,
)

_SOURCE = "LongBench (arXiv:2308.14508), LongBench/metrics.py"
_DIGITS = re.compile(r"\d+")


def _share_of_runs(output: str, wanted: str) -> float:
    """Return the share of the digit runs that are a given one, 0 when there are none."""
    runs = _DIGITS.findall(output)
    return runs.count(wanted) / len(runs) if runs else 0.0


# ---------------------------------------------------------------- a count


def _counts(reference: Any) -> list[str]:
    given = reference if isinstance(reference, list | tuple) else [reference]
    counts = [str(value) if type(value) is int else value for value in given]
    if not counts or not all(isinstance(c, str) and c.isdecimal() and c.isascii() for c in counts):
        raise ScoreError(
            "rule number/count: the reference must be a whole number from 0, as a number or "
            f"as digits, or a list of them, got {str(reference)[:200]!r}"
        )
    return counts


@rule(
    "number/count",
    1,
    source=_SOURCE + ", count_score",
    extracts="the declared number, else the only one, else the last one stated; words too",
    compares="equality of value",
)
def number_count(output: str, reference: Any, params: Params) -> Grade:
    """How many different passages there are.

    Reference: a whole number, as a number or as digits, or a list of such. No params.

    The paper score is the share of the output's digit runs that are the reference: "8, 9" and
    "8.0" and "8 of 10" earn half, all numbers in turn an n-th, "-8" everything, "08"
    and "eight" nothing.

    The strict score is 1 when the number that is stated has the right value: sign and decimals
    count, number words do, two numbers on a par are no answer. Metric: `relative_error`
    (at most 1, and 1 where no number is stated).
    """
    counts = _counts(reference)
    paper = max(_share_of_runs(output, count) for count in counts)
    stated = count_stated(output)
    if stated.number is None:
        flags = ("ambiguous",) if stated.ambiguous else ()
        why = "several numbers, none declared" if stated.ambiguous else "no number"
        grade = unreadable(why, *flags, paper=paper)
        return replace(grade, metrics={"relative_error": 1.0})
    value = stated.number.value
    error = min(abs(value - Decimal(c)) / max(Decimal(c), Decimal(1)) for c in counts)
    why = f"states {stated.number.text[:80]}, asked for {counts[0]}"
    metrics = {"relative_error": min(1.0, float(error))}
    return Grade(float(error == 0), paper, metrics, stated.number.text[:500], why)


# ---------------------------------------------------------------- a paragraph

_PATTERNS = {"en": re.compile(r"Paragraph (\d+)"), "zh": re.compile(r"段落(\d+)")}
_GLUED = re.compile(r"\b([Pp])\.?(?=[0-9])")
_LABEL = re.compile(
    r"(?:\b(?:paragraph|passage|para|p)\b\.?\s{0,3}(?:number|no\b\.?)?|段落?|第)\s{0,3}[#(\"'*`\[]{0,4}$",
    re.IGNORECASE,
)
_ALONGSIDE = re.compile(
    r"[\s,;/&|、]{0,4}(?:\b(?:and|or)\b|和|或)?[\s,;/&|、\"'*(\[]{0,4}", re.IGNORECASE
)


def _paragraph(reference: str, language: str) -> tuple[str, str | None]:
    """Return the number of a reference, and the digits that the published rule takes for it."""
    match = _PATTERNS[language].search(reference)
    if match is not None:
        return match[1], match[1]
    found = numbers(fold(reference))
    if len(found) == 1 and found[0].text.isdecimal():
        return found[0].text, None
    raise ScoreError(
        "rule retrieval/paragraph: the reference must name one paragraph, such as 'Paragraph 3' "
        f"or '段落3', got {reference[:200]!r}"
    )


def _labelled(text: str) -> list[tuple[Number, int]]:
    """Return the numbers that are said to be a paragraph's, or all numbers; where each starts."""
    found: list[tuple[Number, int]] = []
    every: list[tuple[Number, int]] = []
    for number in numbers(text):
        from_here = max(0, number.start - 40)
        label = _LABEL.search(text[from_here : number.start])
        every.append((number, number.start))
        if label is not None:
            found.append((number, from_here + label.start()))
    return found or every


def read_paragraph(output: str) -> tuple[Number | None, str, str]:
    """Return the paragraph number that an answer settles on, or None; why; and a flag or ""."""
    text = _GLUED.sub(r"\1 ", fold(output))
    reading = read_answer(text)
    if reading.declared and not numbers(in_digits(reading.text)):
        reading = undeclared_answer(text)
    if reading.too_long:
        return None, "the output declares no answer and is far longer than one", "shotgun"
    said = reading.text if numbers(reading.text) else in_digits(reading.text)
    named = [(n, start) for n, start in _labelled(said) if not is_denied(said, start)]
    if not named:
        return None, "no paragraph is named", ""
    first, start = named[0]
    distinct = {number.value for number, _ in named}
    if len(distinct) == 1:
        hedged = all(is_hedged(said, s, n.end) for n, s in named)
        return (None, "it is one of several offered", "ambiguous") if hedged else (first, "", "")
    other = next(s for n, s in named if n.value != first.value)
    apart = not _ALONGSIDE.fullmatch(said[first.end : other][:40])
    if reading.declared and apart and not is_hedged(said, start, first.end):
        return first, "", ""
    why = f"{len(distinct)} different paragraphs are named"
    return None, why, "shotgun" if len(distinct) > 2 else "ambiguous"


@rule(
    "retrieval/paragraph",
    1,
    source=_SOURCE + ", retrieval_score and retrieval_zh_score",
    extracts="the paragraph number that the answer settles on",
    compares="equality of value",
)
def retrieval_paragraph(output: str, reference: Any, params: Params) -> Grade:
    """From which numbered paragraph an abstract comes.

    Reference: a text that names it, such as "Paragraph 3" or "段落3", or a list of such.
    Params: `language`: "en" (default) or "zh".

    The paper score is the share of the output's digit runs that are the reference's:
    "Paragraph 3, not Paragraph 4" and "Paragraph 3 (of 30)" earn half, "3, 3, 3" everything;
    "03", "七" and full-width digits nothing. It does not exist for a reference
    without "Paragraph " (or "段落") and a number: there the published rule crashes.

    The strict score is 1 when one paragraph is named, in any usual form and not denied, and it
    is the right one; the last declaration counts, and two side by side are no answer.
    """
    references = strings(reference, "retrieval/paragraph")
    language = one_of(params, "language", ("en", "zh"), "retrieval/paragraph")
    wanted = [_paragraph(r, language) for r in references]
    shares = [None if run is None else _share_of_runs(output, run) for _, run in wanted]
    known = [share for share in shares if share is not None]
    paper = max(known) if len(known) == len(shares) else None
    number, why, flag = read_paragraph(output)
    if number is None:
        return unreadable(why, *((flag,) if flag else ()), paper=paper)
    right = any(number.value == int(digits) for digits, _ in wanted)
    why = f"settles on {number.text[:80]}, asked for {wanted[0][0]}"
    return Grade(float(right), paper, {}, number.text[:500], why)


# ---------------------------------------------------------------- a class


def published_classes(output: str, reference: str, labels: Sequence[str]) -> float:
    """Return one over the classes left, when the right one is; parts of it are dropped in part.

    The published loop takes out of the list that it walks through, and so skips each class behind
    one that it drops.
    """
    left = [label for label in labels if label in output]
    at = 0
    while at < len(left):
        if left[at] in reference and left[at] != reference:
            left.remove(left[at])
        at += 1
    return 1 / len(left) if reference in left else 0.0


def named_labels(text: str, labels: Sequence[str]) -> list[Span]:
    """Return where labels stand as whole words in a folded text, the longer one where two do."""
    lower = lowered(text)
    taken = bytearray(len(lower))
    found: list[Span] = []
    for label in sorted(labels, key=len, reverse=True):
        for start in bounded_find(lower, label):
            end = start + len(label)
            if not any(taken[start:end]):
                taken[start:end] = b"\x01" * len(label)
                found.append(Span(label, start, end))
    return sorted(found, key=lambda span: span.start)


def _label_set(reference: Any, labels: Any) -> tuple[list[str], list[str]]:
    answers = strings(reference, "label/longbench")
    given = strings(labels, "label/longbench", "param labels")
    missing = [answer for answer in answers if answer not in given]
    if missing or not all(fold(label).strip() for label in given):
        raise ScoreError(
            "rule label/longbench: param labels must hold the reference and no empty label, got "
            f"the reference {missing or answers} and {len(given)} labels"
        )
    return answers, given


@rule(
    "label/longbench",
    1,
    source=_SOURCE + ", classification_score",
    extracts="the classes that the answer names as whole words and does not deny",
    compares="exactly one, and it is the right one",
)
def label_longbench(output: str, reference: Any, params: Params) -> Grade:
    """Which of the classes a text belongs to.

    Reference: the class, or a list of right ones. Params: `labels`, all classes; `first_line`:
    true keeps the first line for the paper score, as eval.py does for both of its data sets.

    The paper score is one over the number of classes that are substrings of the output, if the
    right one is among them: naming all k earns a k-th, "City" is in "Cityscape", the case counts.
    Classes inside the right one are to be dropped, but the loop skips every second of
    them, so that the right answer alone may earn half.

    The strict score is 1 when exactly one class is named, as whole words in any case, and it is
    the right one; a class inside a longer one named does not count, a denied one neither.
    """
    answers, labels = _label_set(reference, params.get("labels"))
    first_only = switched_on(params, "first_line", "label/longbench")
    text = first_line(output) if first_only else output
    paper = max(published_classes(text, answer, labels) for answer in answers)
    plain = list(dict.fromkeys(lowered(fold(label).strip()) for label in labels))
    folded = fold(output)
    reading = read_answer(folded)
    said = named_labels(reading.text, plain)
    if reading.declared and not said:
        reading = undeclared_answer(folded)
        said = named_labels(reading.text, plain)
    if reading.too_long:
        return unreadable("no class declared in a long output", "shotgun", paper=paper)
    named = [span for span in said if not is_denied(reading.text, span.start)]
    distinct = list(dict.fromkeys(span.text for span in named))
    shown = reading.text.strip()[:500]
    if len(distinct) != 1:
        flags = ("shotgun",) if len(distinct) > 2 else ("ambiguous",) if distinct else ()
        why = f"{len(distinct)} classes are named" if distinct else "none of the classes is named"
        return Grade(0.0, paper, {}, shown, why, flags)
    if all(is_hedged(reading.text, span.start, span.end) for span in named):
        return Grade(0.0, paper, {}, shown, "the class is left open", ("ambiguous",))
    right = distinct[0] in {lowered(fold(answer).strip()) for answer in answers}
    return Grade(float(right), paper, {}, distinct[0], f"names '{distinct[0]}'")


# ---------------------------------------------------------------- a line of code

_BACKENDS = ("levenshtein", "difflib")
# difflib's time grows with the square of the line: LongBench's own lines are far shorter
_LONGEST_FOR_DIFFLIB = 2000
_LONGEST_COMMENT = 1000
_TOKEN = re.compile(r"\w+|[^\w\s]")
_LANGUAGE_TAG = re.compile(r"\s{0,9}[\w+#.-]{0,20}\s{0,9}")
_PROSE = re.compile(r"[A-Z][^=(){}\[\];]{0,120}[: ][^=(){}\[\];]{0,120}:\s{0,9}")


def published_line(output: str) -> str:
    """Return the first line without a backtick, "#" or "//", or nothing."""
    lines = output.lstrip("\n").split("\n")
    marks = ("`", "#", "//")
    return next((line for line in lines if not any(mark in line for mark in marks)), "")


def published_similarity(line: str, reference: str, backend: str) -> float | None:
    """Return fuzzywuzzy's ratio of two lines over 100; None where difflib would take too long."""
    if line == reference:
        return 1.0
    if not line or not reference:
        return 0.0
    if backend == "levenshtein":
        ratio = Indel.normalized_similarity(line, reference)
    elif max(len(line), len(reference)) > _LONGEST_FOR_DIFFLIB:
        return None
    else:
        ratio = SequenceMatcher(None, line, reference).ratio()
    return round(100 * ratio) / 100


def _is_comment(line: str) -> bool:
    return line.startswith(("#", "//"))


def code_line(output: str, reference: str) -> str:
    """Return the first line of code: of the last fenced block, or after a line of prose.

    Lines that are nothing but a comment are passed over, unless the reference is one.
    """
    fences = output.split("```")
    text = output
    if len(fences) > 2:
        text = fences[-2] if len(fences) % 2 else fences[-1]
        tag, newline, rest = text.partition("\n")
        text = rest if newline and _LANGUAGE_TAG.fullmatch(tag[:99]) else text
    elif len(fences) == 2:
        text = fences[1].partition("\n")[2] or fences[0]
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if not _is_comment(reference.strip()):
        lines = [line for line in lines if not _is_comment(line)]
    if len(lines) > 1 and _PROSE.fullmatch(lines[0][:300]):
        lines = lines[1:]
    line = lines[0] if lines else ""
    return line[1:-1] if len(line) > 1 and line[0] == line[-1] == "`" else line


def same_code(line: str, reference: str) -> bool:
    """Tell whether two lines are the same code: blanks do not count, nor a comment behind it."""
    if len(line) > 4 * len(reference) + _LONGEST_COMMENT:
        return False
    said, wanted = (_TOKEN.findall(fold(text)) for text in (line, reference))
    rest = said[len(wanted) :]
    return said[: len(wanted)] == wanted and (not rest or rest[0] == "#" or rest[:2] == ["/", "/"])


@rule(
    "code/similarity",
    1,
    source=_SOURCE + ", code_sim_score, with fuzzywuzzy 0.18.0",
    extracts="the first line of code, in a fenced block or not",
    compares="the same tokens, blanks and a comment behind them aside",
)
def code_similarity(output: str, reference: Any, params: Params) -> Grade:
    """The next line of a program.

    Reference: the line, or a list of right ones. Params: `backend`: "levenshtein" (default) or
    "difflib", whichever fuzzywuzzy finds installed: the figures differ.

    The paper score is fuzzywuzzy's ratio, in whole percents, of the first line that has no
    backtick, "#" or "//" in it. An exact copy of `a // b` or of a line with a comment earns
    nothing while `a / b` earns nearly all; a backtick round the line loses it; any line
    of code earns a third or so. With difflib a line over 2000 characters has no paper score,
    as comparing it may take minutes.

    The strict score is 1 when the first line of code is the right one token by token, else 0.
    Metric: `similarity`, one minus the edits over the length of both, outer blanks aside.
    """
    references = strings(reference, "code/similarity")
    backend = one_of(params, "backend", _BACKENDS, "code/similarity")
    line = published_line(output)
    figures = [published_similarity(line, r, backend) for r in references]
    known = [figure for figure in figures if figure is not None]
    paper = max(known) if len(known) == len(figures) else None
    said = {r: code_line(output, r) for r in references}
    best = max(said, key=lambda r: (same_code(said[r], r), _similar(said[r], r)))
    why = "the line is the right one" if same_code(said[best], best) else "another line"
    if paper is None:
        why += "; no paper score: the line is too long for difflib"
    if not said[best]:
        return unreadable("no line of code", paper=paper)
    score = float(same_code(said[best], best))
    return Grade(score, paper, {"similarity": _similar(said[best], best)}, said[best][:500], why)


def _similar(line: str, reference: str) -> float:
    return Indel.normalized_similarity(line, reference.strip())
