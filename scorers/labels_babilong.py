"""BABILong's rule: one of the few labels of a bAbI task."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from synthctx.errors import ScoreError
from synthctx.forms import says_yes_or_no, settled
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.text import bounded_find, fold, is_denied, is_hedged, read_answer, undeclared_answer

_ROOMS = ("bathroom", "bedroom", "garden", "hallway", "kitchen", "office")
_YES_NO = ("no", "yes")
_STEPS = ("e,e", "e,n", "e,s", "n,e", "n,n", "n,w", "s,e", "s,s", "s,w", "w,n", "w,s", "w,w")

LABELS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("qa1", "qa2", "qa3", "qa4", "qa11", "qa12", "qa13"), _ROOMS),
    "qa5": ("Bill", "Fred", "Jeff", "Mary", "apple", "football", "milk"),
    **dict.fromkeys(("qa6", "qa9", "qa17", "qa18"), _YES_NO),
    "qa7": ("none", "one", "three", "two"),
    "qa8": ("apple", "football", "milk", "nothing"),
    "qa10": ("maybe", "no", "yes"),
    "qa14": ("bedroom", "cinema", "kitchen", "office", "park", "school"),
    "qa15": ("cat", "mouse", "sheep", "wolf"),
    "qa16": ("gray", "green", "white", "yellow"),
    "qa19": _STEPS,
    "qa20": ("bedroom", "bored", "garden", "hungry", "kitchen", "thirsty", "tired"),
}

_DIRECTION = r"(?:north|south|east|west|[nsew])\b"
_WALK = re.compile(
    rf"(?<![\w'-]){_DIRECTION}(?:\s{{0,3}}(?:,|->|→|then|and then|and)\s{{0,3}}(?:and\s{{1,3}})?"
    rf"(?:then\s{{1,3}})?(?:(?:go|head|walk)\s{{1,3}})?{_DIRECTION})++(?!-)"
)
_ONE_STEP = re.compile(rf"\b{_DIRECTION}")
_DIGIT_WORDS = {"0": "none", "1": "one", "2": "two", "3": "three"}
_SENTENCE = re.compile(r"[^.!?\n。]+(?:\.(?=\S)[^.!?\n。]+)*")


def published_text(output: str) -> str:
    """Return what BABILong reads: lower case, up to the first full stop or example tag."""
    text = output.lower().split(".", 1)[0]
    return text.split("<context>", 1)[0].split("<example>", 1)[0]


def published_match(target: str, output: str, question: str, labels: Iterable[str]) -> bool:
    """Return BABILong's verdict: the target's labels, and no others, are substrings."""
    text, asked = published_text(output), question.lower()
    known = {label.lower() for label in labels}
    said = {label for label in known if label in text and label not in asked}
    wanted = target.lower()
    if "," in wanted and len(wanted) > 3:
        return said == set(wanted.split(","))
    return said == {wanted}


def _labels(params: Params) -> Sequence[str]:
    labels = params.get("labels") or LABELS.get(str(params.get("task", "")), ())
    if not labels or not all(isinstance(label, str) for label in labels):
        raise ScoreError(
            "rule label/babilong: param task must be one of "
            f"{', '.join(LABELS)}, or param labels a list of strings; got {dict(params)!r}"
        )
    return [str(label) for label in labels]


def _all_labels(reference: str, params: Params) -> Sequence[str]:
    """Return the labels of the task, else those of all tasks that the reference may be from."""
    task = LABELS.get(str(params.get("task", "")))
    wanted = {reference} if reference in _STEPS else set(reference.split(","))
    sets = [task] if task else [labels for labels in LABELS.values() if wanted <= set(labels)]
    return sorted({label for labels in sets for label in labels} | wanted)


@rule(
    "label/babilong",
    2,
    source="BABILong (arXiv:2406.10149), babilong/metrics.py",
    extracts="the declared answer; without one, the last sentence that names a label",
    compares="the labels named there are those of the reference",
)
def label_babilong(output: str, reference: Any, params: Params) -> Grade:
    """Whether the answer names the right label and no other.

    Reference: a label ("kitchen"; for qa8 several with commas). Params: `task` ("qa1" to
    "qa20") or `labels`; `question`; `published`: "current" (default) or "old".

    The paper score looks for labels as substrings of the text before the first full stop
    ("not" and "know" hold "no"; "Mr. kitchen" is wrong), leaves out every label that the
    question names, even the right one, and wants nothing else named, explanations
    included. The old version asks for the reference as a substring alone.

    The strict score looks for whole words in the declared answer, or in the whole output
    when it is short: there the last sentence that names a label counts, unless the
    first one gives a different single label. Denied labels, and those of the question as long
    as another is named, are left out. Digits are read for number words, north for n; a third step
    makes another route, "no idea" is no "no".
    """
    if not isinstance(reference, str) or not reference.strip():
        raise ScoreError(f"rule label/babilong: the reference must be a label, got {reference!r}")
    question = str(params.get("question", ""))
    if params.get("published", "current") == "old":
        labels: Sequence[str] = params.get("labels") or _all_labels(reference, params)
        paper = float(reference.lower() in published_text(output))
    else:
        labels = _labels(params)
        paper = float(published_match(reference, output, question, labels))
    known = sorted({fold(label).casefold() for label in (*labels, *reference.split(","))})
    if reference.casefold() in _STEPS:
        known = list(_STEPS)
    wanted = {reference.casefold()} if reference.casefold() in known else set()
    wanted = wanted or set(reference.casefold().split(","))
    text = settled(fold(output))
    reading = read_answer(text)
    if reading.too_long:
        return unreadable("no label declared in a long output", "shotgun", paper=paper)
    asked = fold(question).casefold()
    said = _named(reading.text.casefold(), known, asked, reading.declared)
    if reading.declared and not said:
        said = _named(undeclared_answer(text).text.casefold(), known, asked, False)
    if not said:
        return unreadable("no label named", paper=paper)
    right = said == wanted
    flags = ("ambiguous",) if not right and wanted < said else ()
    shown = ", ".join(sorted(said))
    why = f"named: {shown}; asked for: {reference}"
    return Grade(float(right), paper, {"labels": float(len(said))}, shown, why, flags)


def _named(text: str, known: Sequence[str], question: str, declared: bool) -> set[str]:
    """Return the labels that an answer settles on."""
    if declared:
        return _labels_in(text, known, question)
    sentences = [_labels_in(match[0], known, question) for match in _SENTENCE.finditer(text)]
    naming = [labels for labels in sentences if labels]
    if not naming:
        return set()
    first, last = naming[0], naming[-1]
    if first != last and len(first) == 1:
        return first | last
    return last


def _labels_in(text: str, known: Sequence[str], question: str) -> set[str]:
    if known and known[0] in _STEPS:
        walks = [m for m in _WALK.finditer(text) if not is_denied(text, m.start())]
        return {",".join(step[0] for step in _ONE_STEP.findall(walk[0])) for walk in walks}
    if "two" in known:
        for digit, word in _DIGIT_WORDS.items():
            if bounded_find(text, digit):
                text = f"{text} {word}"
    found: set[str] = set()
    for label in known:
        if label in _YES_NO and not says_yes_or_no(text, label):
            continue
        places = [at for at in bounded_find(text, label) if not is_denied(text, at)]
        if places:
            found.add(label)
            if all(is_hedged(text, at, at + len(label)) for at in places):
                found.add(f"or {label}")
    beyond = {label for label in found if not bounded_find(question, label)}
    return beyond or found
