"""SCBench's own variants of InfiniteBench's rules, and its rule for functions found."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rapidfuzz.distance import Indel

from synthctx.errors import ScoreError
from synthctx.forms import any_form, named_grade, read_kind, strings
from synthctx.recall import recall
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.spelt import count_stated
from synthctx.text import fold, is_denied, numbers, read_answer, strip_wrapping

_SOURCE = "SCBench (arXiv:2412.10319), scbench/compute_scores.py"
_LONGEST_INT = 4300  # digits; beyond, Python refuses, and the published rule raises

# ---------------------------------------------------------------- one string


@rule(
    "scbench/kv",
    1,
    source=_SOURCE + ", kv_retrieval and scbench_kv_compressible",
    extracts="the declared answer, or the whole output when it is as short as answers are",
    compares="the value is named as a whole, and no other value",
)
def scbench_kv(output: str, reference: Any, params: Params) -> Grade:
    """The value of a key: kv, kv_hard, kv_compressible, prefix_suffix, hashhop.

    Reference: a string. Params: `kind` and `candidates` as in match/all.

    The paper score looks for the value as a raw substring, so that "12" is found in "123" and any
    value in an echo of the file, while another case ("Red fox") is missed. The
    strict score is match/all's.
    """
    if not isinstance(reference, str) or not reference.strip():
        raise ScoreError(f"rule scbench/kv: the reference must be a text, got {reference!r}")
    paper = float(reference in output)
    kind, candidates = read_kind(params, "scbench/kv")
    named = recall(output, [reference], kind=kind, candidates=candidates)
    return named_grade(named, named.score, paper)


_MARKED = re.compile(r"[(\[*\"'`]([A-Za-z])[)\]*\"'`]")
_ALONE = re.compile(r"(?<![\w'-])([A-Z])(?![\w'-])(?!(?<=[AI]) (?!(?:or|and)\b)[a-z])")
_FIRST = re.compile(r"\A\W{0,8}([a-z])\W{0,8}\Z")


def _letters(text: str) -> set[str]:
    """Return the option letters an answer names: those in brackets, else those on their own."""
    for pattern in (_MARKED, _ALONE, _FIRST):
        found = {m[1].upper() for m in pattern.finditer(text) if not is_denied(text, m.start())}
        if found:
            return found
    return set()


@rule(
    "scbench/any",
    2,
    source=_SOURCE + ", longdialogue_qa_eng, scbench_many_shot and scbench_qa_eng",
    extracts="the declared answer, or the whole output when it is as short as answers are",
    compares="any form of the answer is named as a whole, and no other answer",
)
def scbench_any(output: str, reference: Any, params: Params) -> Grade:
    """An answer in any of its forms: dialogue, questions on books, many-shot classification.

    Reference: a string, or a list of forms. Params: `kind` and `candidates` as in match/all.

    The paper score is 1 when any form, in capitals, is a substring of the output in capitals:
    "malice" names Alice. A plain string is walked through by character, so that the
    answer "(B)" is met by "(A)", by "(" and by nearly anything.

    The strict score is 1 when a form stands there as whole words, not denied and not offered
    with another. An option letter, "(B)", is right in any usual form and as the only letter.
    """
    forms = strings(reference, "scbench/any")
    if not all(strip_wrapping(form) for form in forms):
        raise ScoreError(f"rule scbench/any: a form of the answer is empty: {str(reference)[:200]}")
    upper = output.strip().upper()
    paper = float(any(piece.upper() in upper for piece in reference))
    letters = {strip_wrapping(form) for form in forms}
    if not all(len(letter) == 1 and "A" <= letter <= "Z" for letter in letters):
        return any_form(output, forms, params, "scbench/any", paper)
    reading = read_answer(fold(output))
    if reading.too_long:
        return unreadable("no option declared in a long output", "shotgun", paper=paper)
    named = _letters(reading.text)
    if not named:
        return unreadable("no option is named", paper=paper)
    flags = ("ambiguous",) if len(named) == 2 else ("shotgun",) if len(named) > 2 else ()
    right = len(named) == 1 and named <= letters
    why = f"names {', '.join(sorted(named))}, asked for {' or '.join(sorted(letters))}"
    return Grade(float(right), paper, {}, reading.text.strip()[:500], why, flags)


# ---------------------------------------------------------------- numbers

_FIRST_NUMBER = re.compile(r"\d+\.\d+|\d+")
_DIGITS = re.compile("[0-9]+")
_NO_NUMBER = re.compile("[^0-9.]")
_LONGEST_FLOAT = 2000  # digits; beyond 309 before the point a float is infinite


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


@rule(
    "scbench/number",
    1,
    source=_SOURCE + ", math_find",
    extracts="the declared number, else the only one, else the last one stated",
    compares="equality of value",
)
def scbench_number(output: str, reference: Any, params: Params) -> Grade:
    """One number of a list, such as its median: scbench_mf.

    Reference: an integer or a float, alone or in a list of one. No params.

    The paper score reads the first number without its sign, and for an integer cuts off its
    decimals: "42.9" and "-42" are 42, "1. 42" is 1. It does not exist when that number is too
    large for a float: there the published rule crashes.

    The strict score compares the stated number, sign and decimals included, words too; 42.0 is 42.
    """
    many = isinstance(reference, list | tuple) and len(reference) == 1
    wanted = reference[0] if many else reference
    if not _is_number(wanted):
        raise ScoreError(f"rule scbench/number: the reference must be a number, got {reference!r}")
    paper = _first_number_is(output, wanted)
    stated = count_stated(output)
    if stated.number is None:
        flags = ("ambiguous",) if stated.ambiguous else ()
        why = "several numbers, none declared" if stated.ambiguous else "no number"
        return unreadable(why, *flags, paper=paper)
    right = stated.number.value == Decimal(str(wanted))
    why = f"states {stated.number.text[:80]}, asked for {wanted}"
    return Grade(float(right), paper, {}, stated.number.text[:500], why)


def _first_number_is(output: str, wanted: int | float) -> float | None:
    first = _FIRST_NUMBER.search(output)
    if first is None:
        return 0.0
    value = float(first[0][:_LONGEST_FLOAT])
    if isinstance(wanted, float):
        return float(value == wanted)
    return float(int(value) == wanted) if math.isfinite(value) else None


@rule(
    "scbench/values",
    1,
    source=_SOURCE + ", math_calc",
    extracts="all numbers of the output, in order",
    compares="length of the right beginning over the longer of both lists",
)
def scbench_values(output: str, reference: Any, params: Params) -> Grade:
    """All intermediate values of a long sum: math_calc.

    Reference: a list of numbers, or that list in a list of one. Params: `skip_first`: true drops
    the first number said, as the published rule does for one model.

    The paper score is the length of the common beginning over the number of values; minus signs
    and decimal points part numbers, and anything may follow. A list in a list is never met, the
    right answer scores 0. It does not exist when a number has more digits than Python reads.
    In the strict score a number too many lengthens the denominator, and signs and decimals count.
    """
    rows = reference if isinstance(reference, list | tuple) else []
    values = rows[0] if len(rows) == 1 and isinstance(rows[0], list | tuple) else rows
    if not values or not all(map(_is_number, values)):
        raise ScoreError(
            "rule scbench/values: the reference must be a list of numbers, got "
            f"{str(reference)[:200]!r}"
        )
    skip = 1 if params.get("skip_first", False) else 0
    runs = _DIGITS.findall(output)
    paper: float | None = None
    if all(len(run) <= _LONGEST_INT for run in runs):
        said = [Decimal(run) for run in runs[skip : skip + len(rows)]]
        paper = _beginning(said, rows) / len(rows)
    text, rest = _parted(fold(output), len(values))
    found = numbers(text)[skip:]
    if not found:
        return unreadable("no number", paper=paper)
    right = _beginning([number.value for number in found], values)
    given = len(found) + len(_DIGITS.findall(rest))
    why = f"the first {right} of {len(values)} values are right, {given} were given"
    shown = ", ".join(number.text for number in found[:40])[:500]
    return Grade(right / max(len(values), given), paper, {"prefix": float(right)}, shown, why)


def _parted(text: str, values: int) -> tuple[str, str]:
    """Part a text where even long values must be over: what follows is only counted."""
    gap = _NO_NUMBER.search(text, 10_000 + 100 * values)
    return (text, "") if gap is None else (text[: gap.start()], text[gap.start() :])


def _beginning(said: Sequence[Decimal], values: Sequence[Any]) -> int:
    """Return how many values are right before the first that is not."""
    for right, (number, value) in enumerate(zip(said, values, strict=False)):
        if not _is_number(value) or number != Decimal(str(value)):
            return right
    return min(len(said), len(values))


# ---------------------------------------------------------------- a function found

_ORDER = 4
_SMOOTHING = 5  # NLTK's constant of its fourth method
_TOKEN = re.compile(r"\w+|[^\w\s]")
_COMMENT_LINE = re.compile(r"^[ \t]{0,99}(?:#(?!include|define|if|else|endif|pragma)|//).*$", re.M)
_HEAD = re.compile(r"([ \t]*)(?:async[ \t]+)?def[ \t]+\w+[ \t]*[(\[]")
_FENCE = re.compile(r"```\w*\s*")
_MARK = re.compile("\"\"\"|'''|[\"'#()\\[\\]{}]")
_STRING_ENDS = {quote: re.compile(rf"(?:[^{quote}\\]|\\.)*+{quote}") for quote in "\"'"}


@dataclass(frozen=True, slots=True)
class _Needles:
    """The functions of a repository, which of them is asked for, and how near it must be."""

    functions: dict[str, str]
    truth: str
    threshold: float


def bleu_4(said: Sequence[str], wanted: Sequence[str]) -> float:
    """Return BLEU-4 of one text against one reference with NLTK's smoothing method 4."""
    if not said or not wanted:
        return 0.0
    precisions: list[float] = []
    smoothed = 0
    for size in range(1, _ORDER + 1):
        most = Counter(zip(*(wanted[i:] for i in range(size)), strict=False))
        runs = zip(*(said[i:] for i in range(size)), strict=False)
        shared = (Counter(filter(most.__contains__, runs)) & most).total()
        possible = max(1, len(said) - size + 1)
        if size == 1 and not shared:
            return 0.0
        if not shared and len(said) > 1:
            smoothed += 1
            precisions.append(math.log(len(said)) / (2**smoothed * _SMOOTHING) / possible)
        else:
            precisions.append(shared / possible)
    logs = [math.log(precision) for precision in precisions if precision > 0]
    short = 1.0 if len(said) > len(wanted) else math.exp(1 - len(wanted) / len(said))
    return short * math.exp(math.fsum(logs) / _ORDER)


def code_blocks(output: str) -> list[str]:
    """Return what stands in fences that open and close at the start of a line."""
    blocks: list[str] = []
    held: list[str] | None = None
    lines = output.split("\n")
    for number, line in enumerate(lines, 1):
        if not line.startswith("```"):
            if held is not None:
                held.append(line)
        elif held is not None:
            blocks.append("\n".join(held))
            held = None
        elif number < len(lines) and _FENCE.fullmatch(line):
            held = []
    return blocks


def first_function(block: str) -> str | None:
    """Return the first function of a block of Python, told by its indentation, if there is one.

    What a bracket or a triple quote holds open belongs to it, however it is indented.
    """
    lines = block.split("\n")
    start = next((i for i, line in enumerate(lines) if _HEAD.match(line)), None)
    if start is None:
        return None
    indent = _indent(lines[start])
    depth, quote, end = 0, "", start
    for i, line in enumerate(lines[start:], start):
        blank = not line.strip()
        if i > start and not depth and not quote and not blank and _indent(line) <= indent:
            break
        depth, quote = _held_open(line, depth, quote)
        end = end if blank else i + 1
    return "\n".join(lines[start:end])


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _held_open(line: str, depth: int, quote: str) -> tuple[int, str]:
    """Return how many brackets, and which triple quote, are open behind a line."""
    at = 0
    while True:
        if quote:
            close = line.find(quote, at)
            if close < 0:
                return depth, quote
            at, quote = close + 3, ""
        mark = _MARK.search(line, at)
        if mark is None or mark[0] == "#":
            return depth, ""
        at = mark.end()
        if mark[0] in _STRING_ENDS:
            string = _STRING_ENDS[mark[0]].match(line, at)
            if string is None:  # never closed: the rest of the line is in it
                return depth, ""
            at = string.end()
        elif len(mark[0]) == 3:
            quote = mark[0]
        else:
            depth = depth + 1 if mark[0] in "([{" else max(0, depth - 1)


def published_function(output: str, language: str) -> str | None:
    """Return the code that the published rule compares, None where that takes a parser."""
    text = output.strip()
    blocks = code_blocks(text)
    if not blocks:
        return text
    if language != "python":
        return None
    found = (function for block in blocks if (function := first_function(block)) is not None)
    return next(found, blocks[0])


def _nearest(figures: dict[str, float]) -> tuple[str | None, float]:
    """Return the first of the highest figures and its name, no name when all are 0."""
    best = max(figures, key=lambda name: figures[name])
    return (best, figures[best]) if figures[best] > 0 else (None, 0.0)


def _code_tokens(text: str) -> list[str]:
    return _TOKEN.findall(_COMMENT_LINE.sub("", fold(text)))


def _token_similarities(said: str, functions: dict[str, str]) -> dict[str, float]:
    """Return how near a text is to each function, by the edits between their tokens.

    A text many times as long as any of them is near none.
    """
    if len(said) > 10 * (max(map(len, functions.values())) + 1000):
        return dict.fromkeys(functions, 0.0)
    wanted = {name: _code_tokens(code) for name, code in functions.items()}
    ids: dict[str, int] = {}
    for tokens in wanted.values():
        for token in tokens:
            ids.setdefault(token, len(ids))
    ours = [ids.get(token, -1) for token in _code_tokens(said)]
    return {
        name: Indel.normalized_similarity(ours, [ids[token] for token in tokens])
        for name, tokens in wanted.items()
    }


def _needles(reference: Any, params: Params) -> _Needles:
    good = isinstance(reference, dict) and all(
        isinstance(name, str) and isinstance(code, str) and _code_tokens(code)
        for name, code in reference.items()
    )
    if not good or not reference:
        raise ScoreError(
            "rule scbench/repoqa: the reference must be an object of function names and their "
            f"code, got {str(reference)[:200]!r}"
        )
    truth, threshold = params.get("truth"), params.get("threshold", 0.8)
    if truth not in reference:
        raise ScoreError(
            f"rule scbench/repoqa: param truth is {truth!r}, allowed: {', '.join(reference)}"
        )
    if not _is_number(threshold) or not 0 <= threshold <= 1:
        raise ScoreError(f"rule scbench/repoqa: param threshold is {threshold!r}, allowed: 0 to 1")
    return _Needles(dict(reference), str(truth), float(threshold))


@rule(
    "scbench/repoqa",
    1,
    source="SCBench (arXiv:2412.10319), scbench/repo_qa_utils.py, with NLTK's BLEU",
    extracts="the last fenced block, or the whole output",
    compares="it is nearer to the function asked for than to any other, and near enough",
)
def scbench_repoqa(output: str, reference: Any, params: Params) -> Grade:
    """The function of a repository that fits a description, written out.

    Reference: an object of the repository's functions, name -> code. Params: `truth`, the name of
    the one asked for; `threshold`, 0.8 unless given; `language`, "python" unless given.

    The paper score is 1 when BLEU-4 (smoothed, words parted at blanks) is highest for the function
    asked for and reaches the threshold. Of several blocks the first that has a function
    counts, whatever comes later, and of that block the first function; without a fence all of the
    output is compared, words around it included; the same code with other blanks has next to
    nothing. For other languages than Python the published rule parses a fenced block,
    and we have no paper score there.

    The strict score compares tokens of code (one minus edits over the length of both, lines of
    comment aside) of the last block: it must be nearest to the one asked for, and near enough.
    Metrics: `similarity`, `paper_similarity` where there is one.
    """
    needles = _needles(reference, params)
    language = params.get("language", "python")
    if not isinstance(language, str):
        raise ScoreError(f"rule scbench/repoqa: param language must be a text, got {language!r}")
    metrics: dict[str, float] = {}
    paper = None
    code = published_function(output, language)
    if code is not None:
        words = code.split()
        name, figure = _nearest({n: bleu_4(words, f.split()) for n, f in needles.functions.items()})
        paper = float(name == needles.truth and figure >= needles.threshold)
        metrics["paper_similarity"] = figure
    blocks = code_blocks(output.strip() + "\n```") if "```" in output else []
    said = next((block for block in reversed(blocks) if block.strip()), output)
    figures = _token_similarities(said, needles.functions)
    name, figure = _nearest(figures)
    metrics["similarity"] = figures[needles.truth]
    right = name == needles.truth and figure >= needles.threshold
    why = f"nearest to {name}, at {figure:.3f}; asked for {needles.truth}"
    return Grade(float(right), paper, metrics, said.strip()[:500], why)
