"""L-Eval's rules: equality or containment, options, numbers, code outputs, facts and overlap."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from synthctx.arithmetic import PLAIN, Value, evaluate
from synthctx.errors import ScoreError
from synthctx.forms import any_form, strings, switched_on
from synthctx.options import read_options
from synthctx.overlap import (
    normalise_answer,
    rouge_l,
    rouge_n,
    rouge_tokens,
    strict_words,
    token_f1,
)
from synthctx.recall import stated_number
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.scorers._leval import (
    OPTIONS,
    normal,
    published_boolean,
    published_code_gold,
    published_code_output,
    published_digits,
    published_facts,
    published_match,
    published_options,
)
from synthctx.text import Number, fold, is_denied, is_hedged, lowered, numbers, read_answer

_SOURCE = "L-Eval (arXiv:2307.11088), Evaluation/"


def _best_match(said: str, golds: Sequence[str]) -> float:
    return max(published_match(said, gold) for gold in golds)


@rule(
    "leval/exact",
    2,
    source=_SOURCE + "em.py",
    extracts="the declared answer, or the whole output when it is as short as answers are",
    compares="the answer is named whole, and no other; numbers by value, options as a set",
)
def exact(output: str, reference: Any, params: Params) -> Grade:
    """Whether the answer is right, whatever it is: topic retrieval and plain exact match.

    Reference: a string or a list of its forms. Params: `candidates`, the other possible
    answers (of topic retrieval: the other topics); `kind` as in match/all.

    The paper score is L-Eval's `exact_match_score`. By containment a list of all topics is
    right, and so are "x and the right topic" and 3 in "x 13"; a newline inside the right answer
    makes it wrong. Against options the empty output, any one of them and a permutation score 0.25.

    The strict score wants the whole answer and nothing beside it.
    """
    forms = strings(reference, "leval/exact")
    paper = _best_match(output, forms)
    options = [letters for form in forms if (letters := normal(form)) and _are_options(letters)]
    if len(options) == len(forms):
        return _options_grade(output, set(options), several=True, paper=paper)
    wanted = [form for form in forms if form.strip()]
    values = [number.value for form in wanted if (number := _only_number(form)) is not None]
    if values and len(values) == len(wanted):
        return _number_grade(output, set(map(Fraction, values)), paper)
    if not wanted:
        raise ScoreError(f"rule leval/exact: there is nothing in the reference {reference!r}")
    flat = " ".join(fold(output).split()) if len(output) < 10_000 else output
    return any_form(flat, wanted, params, "leval/exact", paper)


def _are_options(letters: str) -> bool:
    return set(letters) <= set(OPTIONS) and len(set(letters)) == len(letters)


def _only_number(text: str) -> Number | None:
    text = fold(text).strip()
    found = numbers(text)
    return found[0] if len(found) == 1 and found[0].text == text else None


# ---------------------------------------------------------------- options


@rule(
    "leval/choice",
    2,
    source=_SOURCE + "auto_eval.py, process_output_mc; em.py",
    extracts="the option letters that the answer settles on",
    compares="the set of them is the reference's",
)
def choice(output: str, reference: Any, params: Params) -> Grade:
    """A question with options A to D: coursera, tpo, quality.

    Reference: the right letter or letters, alone or before the option's text ("(B) text").
    Params: `several`: more than one option may be right (coursera).

    The paper score reads the first capital A to D anywhere ("Answer: C" is A, "Definitely C" is
    D, "Based on the text, C" is B), and A where there is none ("c" is A); of several, what
    stands before a blank, full stop or bracket, so that "A, C" is A. A part of the right
    options scores 0.25.

    The strict score is 1 for exactly the right set, in any usual form.
    """
    if not isinstance(reference, str) or not reference.split():
        raise ScoreError(f"rule leval/choice: the reference must name options, got {reference!r}")
    several = switched_on(params, "several", "leval/choice")
    gold = "".join(char for char in reference.split()[0] if char in OPTIONS)
    paper = published_match(published_options(output, several), gold or "A")
    if not gold:
        return any_form(output, [reference], {}, "leval/choice", paper)
    return _options_grade(output, {gold}, several=several, paper=paper)


def _options_grade(output: str, golds: set[str], *, several: bool, paper: float) -> Grade:
    read = read_options(output, OPTIONS, several=several)
    if not read.letters:
        return unreadable(read.why, *read.flags, paper=paper)
    wanted = {"".join(sorted(set(gold))) for gold in golds}
    everything = several and read.letters == OPTIONS and read.letters not in wanted
    flags = ("shotgun",) if everything else read.flags
    right = read.letters in wanted
    return Grade(float(right), paper, {}, read.letters, f"settles on {read.why}", flags)


# ---------------------------------------------------------------- a number

_LAST_ANSWER = re.compile(r"(?:The answer is|####)\s{0,3}([^\n]{1,60})")
_BESIDE = " \t\r\n.:;,*_`\"'$€£¥%\\()"


@rule(
    "leval/number",
    1,
    source=_SOURCE + "auto_eval.py, process_math; em.py",
    extracts="the declared number, else the only one, else the last one stated",
    compares="equality of value",
)
def number(output: str, reference: Any, params: Params) -> Grade:
    """The result of a word problem: gsm100.

    Reference: the number, or a worked solution that ends with "The answer is 18" or "#### 18".

    The paper score strings the digits of a word together: the sign is lost ("-18" is 18),
    "36/2" is 362, "1.8e1" is 1, 18.9 is 18. The strict score compares values, sign and decimals
    included; "36/2" is 18.
    """
    gold = _gold_value(reference)
    paper = published_match(published_digits(output), published_digits(str(reference)))
    return _number_grade(output, {gold}, paper)


def _gold_value(reference: Any) -> Value:
    if isinstance(reference, str):
        said = _LAST_ANSWER.findall(fold(reference))
        text = fold(said[-1] if said else reference)
        value = evaluate(text.strip(_BESIDE), dialect=PLAIN)
        if value is not None:
            return value
        found = numbers(text)
        if found:
            return Fraction(found[0 if said else -1].value)
    raise ScoreError(f"rule leval/number: there is no number in the reference {reference!r}")


def _number_grade(output: str, golds: set[Value], paper: float) -> Grade:
    value, shown, ambiguous = _value_said(output)
    if value is None:
        flags = ("ambiguous",) if ambiguous else ()
        why = "several numbers, none declared" if ambiguous else "no number"
        return unreadable(why, *flags, paper=paper)
    wanted = " or ".join(sorted(str(gold)[:40] for gold in golds))
    why = f"states {shown[:80]}, asked for {wanted}"
    return Grade(float(value in golds), paper, {}, shown[:500], why)


def _value_said(output: str) -> tuple[Value | None, str, bool]:
    """Return the value an answer states, as written, and whether several are on a par."""
    said = read_answer(fold(output)).text.strip(_BESIDE)
    value = evaluate(said)
    if value is not None:
        return value, said, False
    stated = stated_number(output)
    if stated.number is None:
        return None, "", stated.ambiguous
    exact_value: Decimal = stated.number.value
    return Fraction(exact_value), stated.number.text, False


# ---------------------------------------------------------------- the output of code

_WORD_OR_MARK = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?![\w.])|\w+|[^\s\w,'\"`\\]")
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_LINE_BREAKS = re.compile(r"(?:\n|\\n)")


@rule(
    "leval/code_output",
    2,
    source=_SOURCE + "auto_eval.py, process_output_code; em.py",
    extracts="the last bracketed value, the stated number, or the text that the answer gives",
    compares="value by value and bracket by bracket; numbers by value",
)
def code_output(output: str, reference: Any, params: Params) -> Grade:
    """What a program prints: codeU.

    Reference: the output as text.

    The paper score looks for the gold in the last (or behind "the final output" the first)
    words: commas, quotes and every ".0" are deleted from both ("10.05" is 105), and "is" from
    the output only, so that a right word such as "list" is never found; a part will do
    ("[1, 2, 3]" in "[[1, 2, 3], 4]").

    The strict score compares whole values, without regard to quotes, commas and blanks.
    """
    if not isinstance(reference, str) or not _code_tokens(reference):
        raise ScoreError(f"rule leval/code_output: the reference must be text, got {reference!r}")
    paper = published_match(
        published_code_output(output, reference), published_code_gold(reference)
    )
    gold = _code_tokens(fold(reference))
    value = _only_number(reference)
    reading = read_answer(fold(output), max(1000, 4 * len(reference)), to_end=True)
    if reading.too_long:
        return unreadable("no output is declared in a long answer", "shotgun", paper=paper)
    if value is not None:
        return _number_grade(output, {Fraction(value.value)}, paper)
    if gold[0] not in _OPENING or gold[-1] not in _CLOSING:
        return _text_output(output, reading.text, reference, paper)
    groups = _bracketed(reading.text) or _bracketed(fold(output))
    if not groups:
        return unreadable("no value in brackets is given", paper=paper)
    start, end, said = groups[-1]
    hedged = is_hedged(reading.text, start, end) or is_denied(reading.text, start)
    shown = " ".join(map(str, said))[:500]
    why = "the choice is left open" if hedged else f"the last value given is {shown[:120]}"
    flags = ("ambiguous",) if hedged else ()
    return Grade(float(said == gold and not hedged), paper, {}, shown, why, flags)


def _code_tokens(text: str) -> list[str]:
    """Return the words, numbers and marks of a code output, numbers in one form."""
    return [_one_form(token) for token in _WORD_OR_MARK.findall(text)]


def _one_form(token: str) -> str:
    if len(token) < 40 and token.lstrip("-")[:1].isdecimal() and token.isascii():
        whole, _, decimals = token.partition(".")
        decimals = decimals.rstrip("0")
        return f"{whole}.{decimals}" if decimals else whole
    return token


def _bracketed(text: str) -> list[tuple[int, int, list[str]]]:
    """Return the outermost bracketed pieces of a text: where they stand, and their tokens."""
    found: list[tuple[int, int, list[str]]] = []
    depth = start = 0
    for match in re.finditer(r"[()\[\]{}]", text):
        if match[0] in _OPENING:
            if not depth:
                start = match.start()
            depth += 1
        elif depth:
            depth -= 1
            if not depth:
                found.append((start, match.end(), _code_tokens(text[start : match.end()])))
    return found


def _text_output(output: str, said: str, reference: str, paper: float) -> Grade:
    """Grade a printed text: the declared answer, the whole output or its last line is it."""
    wanted = _code_tokens(fold(reference))
    lines = [line for line in fold(output).strip().split("\n") if line.strip("` ")]
    tail = "\n".join(lines[-len(_LINE_BREAKS.split(reference)) :]) if lines else ""
    tries = (said, fold(output), tail)
    right = any(
        _ends_with(_code_tokens(text.strip(" .\n")), wanted, text is said) for text in tries
    )
    if right:
        return Grade(1.0, paper, {}, said.strip()[:500], "the text printed is given")
    return replace(any_form(output, [reference], {}, "leval/code_output", paper), score=0.0)


def _ends_with(tokens: list[str], wanted: list[str], declared: bool) -> bool:
    if tokens == wanted:
        return True
    lead = tokens[-len(wanted) - 1 : -len(wanted)]
    return declared and tokens[-len(wanted) :] == wanted and lead in (["is"], [":"], ["prints"])


# ---------------------------------------------------------------- true or false, twice

_BOOLEAN = re.compile(r"\b(?:true|false)\b")


@rule(
    "leval/facts",
    1,
    source=_SOURCE + "auto_eval.py, process_output_judge; em.py",
    extracts="what is said before [fact: ...] and inside it",
    compares="true or false as a whole word, in each",
)
def facts(output: str, reference: Any, params: Params) -> Grade:
    """A claim judged by a story and by the real world: sci_fi.

    Reference: "True [fact: False]".

    The paper score is the mean of two: the first word of each part in which "true" or "false"
    is found ("untrue" is true). It does not exist without "[fact:", where the published code
    raises. The strict score is that mean with whole words, one and not both of them in each
    part. Metrics: `loyalty` and `fact`.
    """
    golds = published_facts(reference.lower()) if isinstance(reference, str) else None
    if golds is None or not all(_BOOLEAN.search(gold) for gold in golds):
        raise ScoreError(
            "rule leval/facts: the reference must be like 'True [fact: False]', "
            f"got {str(reference)[:200]!r}"
        )
    said = published_facts(output.lower())
    paper = None
    if said is not None:
        pairs = zip(said, golds, strict=True)
        paper = sum(published_match(published_boolean(text), gold) for text, gold in pairs) / 2
    read = _strict_parts(output)
    wanted = [_BOOLEAN.findall(gold)[0] for gold in golds]
    right = [ours == gold for ours, gold in zip(read, wanted, strict=True)]
    metrics = {"loyalty": float(right[0]), "fact": float(right[1])}
    shown = f"{read[0] or '?'} [fact: {read[1] or '?'}]"
    if not any(read):
        return replace(unreadable("neither true nor false is said", paper=paper), metrics=metrics)
    why = f"says {shown}, right is {wanted[0]} [fact: {wanted[1]}]"
    return Grade(sum(right) / 2, paper, metrics, shown, why)


def _strict_parts(output: str) -> tuple[str, str]:
    """Return what each part says, "" where it says nothing or both."""
    text = lowered(fold(output))
    at = text.rfind("[fact")
    story, real = (text[:at], text[at:]) if at >= 0 else (text, "")
    return _one_boolean(read_answer(story).text), _one_boolean(real.split("]", 1)[0][:300])


def _one_boolean(text: str) -> str:
    found = {
        match[0] if not is_denied(text, match.start()) else _OPPOSITE[match[0]]
        for match in _BOOLEAN.finditer(text)
    }
    return found.pop() if len(found) == 1 else ""


_OPPOSITE = {"true": "false", "false": "true"}


# ---------------------------------------------------------------- overlap


@rule(
    "leval/f1",
    1,
    source=_SOURCE + "f1.py",
    extracts="the declared answer, or the whole output when it is as short as answers are",
    compares="F1 of the words as bags, the best over the references",
)
def f1(output: str, reference: Any, params: Params) -> Grade:
    """F1 of the words of a short answer.

    Reference: a string or a list of them.

    The paper score is SQuAD's over the whole output: hyphens and decimal points are deleted
    ("taft-hotel" shares nothing with "Taft Hotel", "3.5" is 35). The strict score keeps
    numbers whole, parts at hyphens, folds width and case.
    """
    golds = strings(reference, "leval/f1")
    said = normalise_answer(output).split()
    paper = max(token_f1(said, normalise_answer(gold).split()) for gold in golds)
    reading = read_answer(fold(output))
    if reading.too_long:
        return unreadable("no answer is declared in a long output", "shotgun", paper=paper)
    words = strict_words(reading.text)
    if not words:
        return unreadable("there are no words in the output", paper=paper)
    score = max(token_f1(words, strict_words(gold)) for gold in golds)
    return Grade(score, paper, {}, reading.text.strip()[:500], f"F1 {score:.3f}")


@rule(
    "leval/rouge",
    1,
    source=_SOURCE + "rouge.py, on the package rouge_score 0.1.2",
    extracts="the whole output",
    compares="ROUGE-L F1 of the words, the best over the references",
)
def rouge(output: str, reference: Any, params: Params) -> Grade:
    """How much of a text is that of a reference.

    Reference: a string or a list of them.

    The paper score is the geometric mean of the F1 of ROUGE-1, ROUGE-2 and ROUGE-L, each the
    best over the references (metrics `rouge1`, `rouge2`, `rougeL`). Only runs of a-z and 0-9
    are words: a text in another script has none; and a text of one word, without a
    pair of words, scores 0 although it is right.

    The strict score is the F1 of ROUGE-L over all words, other scripts and signs included.
    """
    golds = strings(reference, "leval/rouge")
    said = rouge_tokens(output)
    wanted = [rouge_tokens(gold) for gold in golds]
    metrics = {
        "rouge1": max(rouge_n(said, gold, 1).f1 for gold in wanted),
        "rouge2": max(rouge_n(said, gold, 2).f1 for gold in wanted),
        "rougeL": max(rouge_l(said, gold).f1 for gold in wanted),
    }
    paper = (metrics["rouge1"] * metrics["rouge2"] * metrics["rougeL"]) ** (1 / 3)
    words = strict_words(output)
    if not words:
        return replace(unreadable("there are no words", paper=paper), metrics=metrics)
    score = max(rouge_l(words, strict_words(gold)).f1 for gold in golds)
    return Grade(score, paper, metrics, output.strip()[:500], f"ROUGE-L {score:.3f}")
