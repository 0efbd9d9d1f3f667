"""What rules of several families need: their references, and an answer in any of its forms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from synthctx.errors import ScoreError
from synthctx.overlap import strict_words, token_f1
from synthctx.recall import KINDS, Recall, kind_of, recall
from synthctx.rules import Grade, Params, unreadable
from synthctx.text import (
    bounded_find,
    fold,
    is_denied,
    is_hedged,
    lowered,
    read_answer,
    undeclared_answer,
)


def strings(value: Any, rule_id: str, what: str = "the reference") -> list[str]:
    """Return a string, or a list of at least one, as a list.

    Raises:
        ScoreError: it is neither.
    """
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not all(isinstance(g, str) for g in given):
        raise ScoreError(
            f"rule {rule_id}: {what} must be a string or a list of them, got {str(value)[:200]!r}"
        )
    if not given:
        raise ScoreError(f"rule {rule_id}: {what} is an empty list, at least one string is needed")
    return list(given)


def one_of(params: Params, name: str, allowed: Sequence[str], rule_id: str) -> str:
    """Return a parameter that is one of several words, the first of them when not given.

    Raises:
        ScoreError: it is none of them.
    """
    value = params.get(name, allowed[0])
    if value not in allowed:
        raise ScoreError(
            f"rule {rule_id}: param {name} is {value!r}, allowed: {', '.join(allowed)}"
        )
    return str(value)


def switched_on(params: Params, name: str, rule_id: str) -> bool:
    """Return a parameter that is true or false, false when not given.

    Raises:
        ScoreError: it is neither.
    """
    value = params.get(name, False)
    if not isinstance(value, bool):
        raise ScoreError(f"rule {rule_id}: param {name} is {value!r}, allowed: true, false")
    return value


def first_line(output: str) -> str:
    """Return what LongBench keeps of an output for trec, triviaqa, samsum and lsht."""
    return output.lstrip("\n").split("\n", 1)[0]


def read_kind(params: Params, rule_id: str) -> tuple[str | None, list[str]]:
    """Return the params `kind` and `candidates` of rules that look for given strings.

    Raises:
        ScoreError: one of them is not what it should be.
    """
    kind = params.get("kind")
    if kind is not None and kind not in KINDS:
        raise ScoreError(f"rule {rule_id}: param kind is {kind!r}, allowed: {', '.join(KINDS)}")
    given = params.get("candidates", [])
    return kind, strings(given, rule_id, "param candidates") if given else []


# ---------------------------------------------------------------- what an answer takes back

_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_IN_NUMBER = re.compile("(?<=[0-9])[\x00-\x08\x0e-\x1b\x7f](?=[0-9])")
_HINTS = (
    "not",
    "n't",
    "不是",
    "并非",
    "meant",
    "sorry",
)  # without any of these there is nothing to do
_SETTLED = (
    # "not a drum but a kettle"
    (
        re.compile(
            r"(?:\bnot|n't)\s(?!only\b|just\b)(?:[^.,;:\n()?!]|[.,](?=[0-9])){1,60}?,?\sbut\s",
            re.IGNORECASE,
        ),
        " ",
    ),
    (re.compile(r"不是(?!只|仅)[^\n.。,;:()]{1,30},?\s?而是"), "是"),
    # "kettle (not drum)"
    (re.compile(r"\((?:not\s|不是|并非)[^()\n]{1,60}\)", re.IGNORECASE), " "),
    # what is declared not to be the answer is no declared answer
    (re.compile(r"(?:答案|最终结果|结论)[^\n.:。,]{0,20}?(?:不是|并非)"), "不是"),
    (
        re.compile(
            r"(?:n't|\s?\bnot)\s(?:think|believe)\s(?:that\s)?(?:it's|(?:it|the\s\w{1,20})\s(?:is|was))\s"
            r"|\bcan't\sbe\s|\bcannot\sbe\s|n't\sbe\s",
            re.IGNORECASE,
        ),
        " not ",
    ),
    (
        re.compile(
            r"\bsorry[,.:!]?\s(?:but\s)?(?:i\smeant|it\sis|it's|the\sanswer\sis)\s|\bi\smeant\s(?:to\ssay\s)?",
            re.IGNORECASE,
        ),
        "\nCorrection: ",
    ),
)
_END = 20_000  # what is further from the ends than that is part of a text that is no answer


def settled(text: str) -> str:
    """Return a (folded) text without control characters, and what it denies in favour of another.

    "Not a drum but a kettle" is a kettle; "sorry, I meant 5" is a correction, and "it cannot be
    5", "答案不是5" are plain denials.
    """
    if _CONTROL.search(text) is not None:
        text = _CONTROL.sub(" ", _IN_NUMBER.sub("", text))
    end = text[-_END:]
    if not _has_any(end.lower(), _HINTS):
        return text
    for pattern, plain in _SETTLED:
        end = pattern.sub(plain, end)
    return text[:-_END] + end


def _has_any(text: str, pieces: Sequence[str]) -> bool:
    return any(piece in text for piece in pieces)


_REJECTED = re.compile(
    r"[\"'*)\]}$]{0,3}(?:\s{1,3}(?:is|are|was|were)(?:\s{1,3}(?:not|never|wrong|incorrect|false|ruled)\b"
    r"|n't\b)|\s{1,3}(?:cannot|can't)\b|\s{0,3}(?:不对|不是|是错|错误|不正确|有误))",
    re.IGNORECASE,
)


def is_rejected(text: str, end: int) -> bool:
    """Tell whether what ends at `end` is denied behind it ("A3 is wrong", "B不对")."""
    return _REJECTED.match(text[end : end + 40]) is not None


_YES_OR_NO = frozenset(("yes", "no"))
# "no doubt", "no idea" and the like say nothing about the question
_NO_OF = re.compile(
    r"\s{1,3}(?:idea|doubts?|one|reasons?|longer|problem|matter|information|mention|evidence|way|"
    r"other|more|such|clue|question|answer|indication|need|means|chance|specific|explicit|clear|"
    r"direct|relevant|further)\b"
)
_NOT_QUITE = re.compile(
    r"(?:\b(?:not|never|neither|nor|cannot)|n't)\s{1,3}(?:[a-z']{1,12}\s{1,3}){0,2}[\"'*(]{0,3}$"
)


def asks_yes_or_no(forms: Sequence[str]) -> bool:
    """Tell whether an answer is yes or no in all its forms."""
    return all(form.strip().casefold() in _YES_OR_NO for form in forms)


def said_yes_or_no(output: str) -> str | None:
    """Return "yes" or "no", where the declared answer, or a short output, says only one of them.

    What is denied ("not yes", "I would not say no") is not said, "no doubt" is no "no".
    """
    text = settled(fold(output))
    for part in (read_answer(text).text, undeclared_answer(text).text):
        lower = lowered(part)
        said = [word for word in sorted(_YES_OR_NO) if says_yes_or_no(lower, word)]
        if said:
            return said[0] if len(said) == 1 else None
    return None


def says_yes_or_no(lower: str, word: str) -> bool:
    """Tell whether a text in lower case says "yes" or "no" anywhere, and does not deny it."""
    return any(
        not (_NOT_QUITE.search(lower[max(0, at - 44) : at]) or is_denied(lower, at))
        and not (word == "no" and _NO_OF.match(lower, at + len(word)))
        for at in bounded_find(lower, word)
    )


# ---------------------------------------------------------------- lists without commas

_WORD = r"[^\W\d_]++(?:['-][^\W\d_]++)*+"
_LONE_WORD = re.compile(_WORD)
_RUN = re.compile(rf"(?<![\w'-]){_WORD}(?:[^\S\n]++{_WORD})++")
_JOINED = re.compile(r"[^\S\n][&+][^\S\n]")
# a run of words with one of these in it may be a sentence
_IN_SENTENCES = """
    a an the is are was were be been of in on at to and or for from with by it its this that these
    those i you he she they we there here as not no but so my your his her their have has had do
    does did all which who what where when
"""
_SENTENCE_WORDS = frozenset(_IN_SENTENCES.split())
_MANY_WORDS = 5  # nobody describes one thing in as many words without a small one among them


def listed(output: str, references: Sequence[str]) -> str:
    """Return an output with commas between words that stand one after the other.

    Whoever writes words without a sentence round them writes a list, if one asked for a list, or
    else if they are many. References of several words leave the output as it is.
    """
    wanted = {lowered(fold(reference)).strip() for reference in references}
    if not any(mark in reference for mark in "&+" for reference in wanted):
        output = _JOINED.sub(", ", output)
    if not all(map(_LONE_WORD.fullmatch, wanted)):
        return output
    head, middle, end = output[:_END], output[_END:-_END], output[_END:][-_END:]
    first, last = (_RUN.sub(lambda run: _with_commas(run[0], wanted), part) for part in (head, end))
    return first + middle + last


def _with_commas(run: str, wanted: set[str]) -> str:
    """Return a run of words with commas in each part that is a list."""
    parts: list[list[str]] = [[]]
    for word in run.split():
        lower = lowered(word)
        if lower in _SENTENCE_WORDS - wanted:
            parts += [[word], []]
        else:
            parts[-1].append(word)
    texts = (_joined(part, wanted, whole=len(parts) == 1) for part in parts if part)
    return " ".join(texts)


def _joined(words: list[str], wanted: set[str], whole: bool) -> str:
    named = len(wanted.intersection(map(lowered, words)))
    if len(wanted) > 1 and named > 1:
        if whole or lowered(words[0]) in wanted:
            return ", ".join(words)
        return f"{words[0]} {', '.join(words[1:])}"  # "the words oak elm ash"
    capitals = sum(word[0].isupper() for word in words)
    alike = capitals == len(words) or (whole and not capitals)  # else it may be a sentence
    alone = named == len(wanted) == 1 and len(words) >= _MANY_WORDS and alike
    return (", " if alone else " ").join(words)


# ---------------------------------------------------------------- what an answer names

_BLANKS = re.compile(r"[^\S\n]{2,}")
_ABSENT = re.compile(
    r"(?:\b(?:no|without|anything but|not (?:really|actually|quite))\s{1,3}"
    r"(?:(?:the|a|an)\s{1,3})?|没有|并无)[\"'*(]{0,3}$"
)
_DOUBTS = ("no", "n't", "without", "but", "wrong", "incorrect", "false", "没有", "并无", "不", "错")
_WRONG = re.compile(
    r"[\"'*)]{0,3}(?:\s{1,3}(?:is|are|was|were)\s{1,3}(?:wrong|incorrect|false|"
    r"not\s{1,3}(?:right|correct|(?:the|my)\s{1,3}(?:right\s|correct\s)?answer))\b"
    r"|\s{0,3}(?:不对|是错|不正确|不是答案))"
)


def look_for(
    output: str,
    references: Sequence[str],
    *,
    kind: str | None = None,
    candidates: Sequence[str] = (),
) -> Recall:
    """Look for references in what counts as the answer, as `recall` does, with two things more.

    A run of words is a list too, and what the answer says is absent or wrong ("no kettle", "Oslo
    is wrong") it does not name.
    """
    text = settled(fold(output))
    if "  " in text or "\t" in text:
        text = _BLANKS.sub(" ", text)
    if kind in (None, "word") and references and references[0][:1].isalpha():
        text = listed(text, references)
    named = recall(text, references, kind=kind, candidates=candidates)
    if not named.found:
        return named
    lower = lowered(named.reading.text)
    if _has_any(lower, _DOUBTS):
        kept = tuple(name for name in named.found if _stands(lower, lowered(name)))
        if kept != named.found:
            return replace(named, found=kept)
    beside = named.asked == 1 and not named.rivals and _has_any(lower, _LIST_SIGNS)
    return _with_list(named, lower, kind) if beside else named


_LIST_SIGNS = (",", ";", "、", "/", "|", " and ", "和")
_LIST_FOLLOWS = re.compile(
    r"[\"'`*)\]]{0,4}(?:\s{0,3}([,;])|\s{0,3}[、/|]|\s{1,3}and\s|\s?和)\s{0,3}(?!not\b|[不而\s])"
)
_SENTENCE = re.compile(r"[^.!?。\n]*+(?:\.(?=\S)[^.!?。\n]*+)*+")


def _with_list(named: Recall, lower: str, kind: str | None) -> Recall:
    """Return a recall with the rivals of the list that a stated answer begins: "it is 5 and 6".

    One more word behind a comma may explain the answer ("it is Lima, Peru").
    """
    name = lowered(named.found[0])
    for at in bounded_find(lower, name):
        follows = _LIST_FOLLOWS.match(lower, at + len(name))
        if follows is not None:
            sentence = _SENTENCE.match(named.reading.text, at)
            said = recall(sentence[0] if sentence else "", named.found, kind=kind)
            explains = follows[1] == "," and (kind or kind_of(named.found)) == "word"
            return replace(named, rivals=said.rivals if said.rivals > explains else 0)
    return named


def _stands(lower: str, name: str) -> bool:
    """Tell whether a name is given anywhere, not only as absent or wrong."""
    places = bounded_find(lower, name)
    return not places or any(
        not _ABSENT.search(lower[max(0, at - 40) : at])
        and not _WRONG.match(lower[at + len(name) : at + len(name) + 50])
        and not is_denied(lower, at)
        for at in places
    )


# ---------------------------------------------------------------- any of several forms


def named_grade(named: Recall, score: float, paper: float | None) -> Grade:
    """Return the grade of an answer that was looked through for given strings."""
    if named.reading.too_long:
        return unreadable(named.explanation, *named.flags, paper=paper)
    said = named.reading.text.strip()[:500]
    return Grade(score, paper, {}, said, named.explanation, named.flags)


def any_form(
    output: str,
    forms: Sequence[str],
    params: Params,
    rule_id: str,
    paper: float | None,
    *,
    beside: bool = True,
) -> Grade:
    """Grade whether an answer names any of several forms of one answer, and no other answer.

    Another form is no other answer. With `beside`, words may have one more item behind them
    ("Lima, Peru"), as long as candidates are not known. Any other list is several answers.
    """
    if asks_yes_or_no(forms):
        said = said_yes_or_no(output)
        right = said in {form.strip().casefold() for form in forms}
        return Grade(float(right), paper, {}, said, f"says {said or 'neither yes nor no, or both'}")
    kind, candidates = read_kind(params, rule_id)
    forms = list(dict.fromkeys(forms))
    graded = [look_for(output, [f], kind=kind, candidates=candidates) for f in forms]
    best, others = _settled(graded)
    if others == 1 and not candidates and (kind or kind_of(best.found)) == "word":
        others -= _goes_on(best, beside)
    right = bool(best.found) and not best.hedged and others < 1
    grade = named_grade(best, float(right), paper)
    if right or (best.found and not grade.flags):
        grade = replace(grade, flags=() if right else ("ambiguous",))
    return grade


def _settled(graded: Sequence[Recall]) -> tuple[Recall, int]:
    """Return the form that an answer names, and how many other answers stand beside it.

    A form that only stands inside a longer one ("Ada" in "Ada Ruel") is that one.
    """
    found = [(lowered(g.found[0]), g) for g in graded if g.found]
    if not found:
        return graded[0], 0
    names = {name for name, _ in found}
    whole = {name for name in names if not any(_holds(other, name) for other in names)}
    best = max((g for n, g in found if n in whole), key=lambda g: (not g.hedged, -g.rivals))
    parts = {part.strip() for name in whole for part in name.split(",")}
    return best, max(g.rivals - len(parts - {name}) for name, g in found)


def _holds(longer: str, name: str) -> bool:
    return len(longer) > len(name) and bool(bounded_find(longer, name))


_PLACE = re.compile(r"\s{0,3}[,(，]\s{0,3}(?!and\b|or\b)[^,;、，\n()|/]{1,60}\)?[\s.!?*\"'`。]*")
_APPOSITION = re.compile(r"\s{0,3}[,(]\s{0,3}(?:the|a|an|who|which|his|her|their)\b", re.IGNORECASE)


def _goes_on(named: Recall, place: bool) -> bool:
    """Tell whether the one other item explains the answer: "Lima, Peru", "Ada, the nurse"."""
    lower = lowered(named.reading.text)
    name = lowered(named.found[0])
    end = bounded_find(lower, name)[-1] + len(name)
    rest = lower[end : end + 100]
    if len(lower) > end + 100 or _PLACE.fullmatch(rest) is None:
        return False
    return place or _APPOSITION.match(rest) is not None


def strict_f1(text: str, reference: str) -> float:
    """Return the F1 of words of a (folded) answer with one reference.

    Nothing for a reference that is denied wherever it stands, or offered with another.
    """
    lower, needle = lowered(text), lowered(fold(reference)).strip()
    places = bounded_find(lower, needle)
    if places and all(
        is_denied(lower, at) or is_hedged(lower, at, at + len(needle)) for at in places
    ):
        return 0.0
    return token_f1(strict_words(text), strict_words(reference))
