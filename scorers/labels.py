"""Rules for answers that are one label of a set: LongICLBench's six data sets."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from typing import Any, NamedTuple

from synthctx.errors import ScoreError
from synthctx.forms import settled
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.scorers._label_places import lateness, places_of
from synthctx.text import fold, is_denied, last_declaration

_EPSILON = 1e-8
_MARKERS = {
    "banking77": ("service query", "intent category:"),
    "goemotion": ("comment: ", "emotion category:"),
    "discovery": ("", "the most suitable conjunction word in the previous ( ) is "),
    "tacred": ("sentence:", "the relation between the two entities is:"),
}
_DISCOVERY_DELETED = str.maketrans("", "", '",.\u201c\u201d')
_DEMONSTRATION = re.compile(r"[A-Za-z][A-Za-z ]{1,30}:\s")
_LIST = re.compile(r"[,;|\n、]|\s/\s|\b(?:or|and|vs)\b|或者?|和")
_LEAD = re.compile(
    r"(?:\bis|\bare|\bbe|\bto|\bbut|[:=])\s|(?:而|(?<!不))[是为]|(?<=[\u4e00-\u9fff]):|"
    r"(?:\b(?:it|that)'s|\b(?:as|under|category|class|label|type|relation|connective|intent|"
    r"emotion|topic|match(?:es)?))\s",
    re.IGNORECASE,
)
_DENIED_CLAUSE = re.compile(r"(?:\b(?:not|never|cannot|neither|nor)\b|n't\b)[^,;.]{0,60}$", re.I)
# what follows a label that is given first, with its reason
_REASON = re.compile(r"\s(?:because|since|as|which|given|due\sto|based\son|is\s(?:the|my))\s", re.I)
_REMARK = re.compile(r"\s(?:\(|[-\u2013\u2014]\s)")
_BULLET = re.compile(r"^\s{0,20}(?:[-*\u2022]|\(?[0-9]{1,3}[.)])\s{1,20}")
_MARKUP = re.compile(
    r"\\(?=[_*#`-])|\*\*|`+|\\text[a-z]{0,2}(?=\{)|"
    r"</?(?:answer|final_answer|final|result|output|label|category|b|i|em|strong|code)>",
    re.IGNORECASE,
)
_JOINER = re.compile(r"-(?![0-9])|(?<=\w)-|_")
_LONGEST = 300
_MOST_LINES = 100
_MANY = 3


def normal_label(text: str) -> str:
    """Return a label folded: width, case, `_` and `-` as blanks, no quotes or marks round it.

    The sign of a number stays.
    """
    joined = " ".join(_JOINER.sub(" ", fold(text).casefold()).split())
    start, end = 0, len(joined)
    while start < end and not joined[start].isalnum() and joined[start] != "-":
        start += 1
    while end > start and not joined[end - 1].isalnum():
        end -= 1
    return joined[start:end]


def unmarked(text: str) -> str:
    r"""Return a text without the markup of an answer: `**`, `` ` ``, `<answer>`, `\_`."""
    return _MARKUP.sub("", text)


def names_other(text: str, known: Set[str], own: Set[str]) -> bool:
    """Tell whether a text holds, as whole words, a (folded) label that is none of some."""
    padded = f" {normal_label(text)} "
    return any(f" {label} " in padded for label in known if label not in own)


# ---------------------------------------------------------------- the published rules


def published_label(output: str, published: str, query: str) -> str:
    """Return what the published script of a data set takes as the label, not lower-cased."""
    before, marker = _MARKERS[published]
    text = output
    if published == "tacred":
        text = text.split(marker, 1)[-1].split(before, 1)[0]
    elif query and query in text:
        text = text.rsplit(query, 1)[-1]
        if marker in text:
            text = text.split(marker)[1]
            text = text.split(before, 1)[0] if before else text
    elif before:
        text = text.split(before, 1)[0]
    return text.strip().split("\n", 1)[0].strip()


def _published_score(output: str, reference: str, published: str, query: str) -> float:
    said = published_label(output, published, query)
    if published == "tacred":
        rate = float(said == reference) / (1 + _EPSILON)
        return 2 * rate * rate / (2 * rate + _EPSILON)
    if published == "discovery":
        said, reference = (t.translate(_DISCOVERY_DELETED).strip() for t in (said, reference))
    return float(said.lower() == reference.lower())


# ---------------------------------------------------------------- the strict rule


class _Read(NamedTuple):
    """What was read: a label of the set, folded, or ""; the text; why; a flag or ""."""

    label: str
    said: str
    why: str = ""
    flag: str = ""


def _named(said: str, known: Set[str]) -> _Read:
    """Read the one label that a short text is, after at most a lead such as "it is"."""
    if len(said) > _LONGEST:
        return _Read("", said[:_LONGEST], "too long for a label")
    whole = normal_label(said)
    if whole in known:
        return _Read(whole, said)
    bare = _BULLET.sub("", said)
    if (listed := normal_label(bare)) in known:
        return _Read(listed, said)
    leads = [m for m in _LEAD.finditer(said) if not _DENIED_CLAUSE.search(said[: m.start()])]
    tails = [said[m.end() :] for m in leads if not is_denied(said, m.end())]
    pieces = [piece for text in [said, *tails] for piece in _LIST.split(text)]
    several = dict.fromkeys(p for p in map(normal_label, [*pieces, *tails]) if p in known)
    if len(several) > 1:
        return _Read("", said, *_too_many(len(several)))
    ends_so = [label for label in map(normal_label, tails) if label in known]
    if not ends_so and len(known) > 1:
        # "joy, as she smiles": only a whole set tells that the rest names no other label
        ends_so = _starts([bare, *tails], known)
    if ends_so:
        return _Read(ends_so[-1], said)
    return _Read("", said, f"'{whole[:80]}' is none of the labels")


def _starts(texts: Sequence[str], known: Set[str]) -> list[str]:
    """Return the labels with which texts begin, before a reason or a remark."""
    starts = [p.split(text, maxsplit=1)[0] for p in (_LIST, _REASON) for text in texts]
    found = [label for label in map(normal_label, starts) if label in known]
    for text in texts:
        label = normal_label(_REMARK.split(text, maxsplit=1)[0])
        if label in known and not names_other(text, known, {label}):
            found.append(label)
    return found


def _too_many(count: int) -> tuple[str, str]:
    flag = "shotgun" if count >= _MANY else "ambiguous"
    return f"{count} different labels are named", flag


def _read_label(text: str, known: Set[str], query: str, marker: str) -> _Read:
    """Read the label out of a folded output."""
    if text.count("\n") >= _MOST_LINES:
        return _Read("", "", "far more lines than one label needs")
    if query and marker and query in text:
        after = text[text.index(query) + len(query) :].lstrip()
        text = after if after.startswith(marker) else text
    text = settled(unmarked(text))
    declared = last_declaration(text)
    if declared is not None:
        read = _named(declared[0], known)
        if read.label or read.flag:
            return read
    return _read_lines(text, known, marker)


def _read_lines(text: str, known: Set[str], marker: str) -> _Read:
    """Read the one label that stands on a line of its own, before any next demonstration."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if not lines:
        return _Read("", "", "nothing is left to read")
    key = marker.casefold()
    starts = [bool(marker) and line.casefold().startswith(key) for line in lines]
    # reasons first, then the label behind its key: that is no next demonstration
    last = starts.index(True) if starts.count(True) == 1 else 0
    if starts[0] or (last and not _label_in(lines[:last], known)):
        lines[last] = lines[last][len(marker) :]
    goes_on = (i for i, line in enumerate(lines) if i and _DEMONSTRATION.match(line))
    lines = lines[: next(goes_on, len(lines))]
    reads = [_named(line, known) for line in lines]
    found = dict.fromkeys(read.label for read in reads if read.label)
    if len(found) > 1:
        return _Read("", lines[0], *_too_many(len(found)))
    flagged = next((read for read in reads if read.flag), None)
    return flagged or next((read for read in reads if read.label), reads[0])


def _label_in(lines: Sequence[str], known: Set[str]) -> bool:
    return any(_named(line, known).label for line in lines)


def _label_set(reference: str, labels: Any) -> set[str]:
    given = [reference] if labels is None else labels
    if not isinstance(given, list | tuple) or not all(isinstance(g, str) for g in given):
        raise ScoreError(f"rule label/exact: labels must be a list of strings, got {labels!r}")
    seen: dict[str, str] = {}
    for label in given:
        other = seen.setdefault(normal_label(label), label)
        if other != label:
            raise ScoreError(
                f"rule label/exact: the labels {other!r} and {label!r} differ in nothing but "
                "case, blanks or punctuation"
            )
    if normal_label(reference) not in seen:
        raise ScoreError(f"rule label/exact: the reference {reference!r} is none of the labels")
    return set(seen)


def _lateness(params: Params, right: str, said: str) -> dict[str, float]:
    if "places" not in params:
        return {}
    labels = [normal_label(label) for label in params.get("labels") or ()]
    return lateness(places_of(params, labels, "label/exact"), [(right, said)])


def _text_param(params: Params, name: str, rule_id: str) -> str:
    value = params.get(name, "")
    if not isinstance(value, str):
        raise ScoreError(f"rule {rule_id}: param {name} must be a string, got {value!r}")
    return value


@rule(
    "label/exact",
    3,
    source="LongICLBench (arXiv:2404.02060), banking77, goemotion, discovery and tacred _infer.py",
    extracts="the declared answer, the text after the label key, or the only label line",
    compares="equality with one label of the set, folded",
)
def label_exact(output: str, reference: Any, params: Params) -> Grade:
    """Whether the answer is the right label.

    Reference: the label. Params: `labels`, the whole set (else the reference alone);
    `published`: "banking77", "goemotion", "discovery" or "tacred" (without it there is no
    paper score); `query`, the text that was to be labelled; `marker`, the label key of the
    demonstrations, such as "intent category:"; `places`, for each of the labels the share 0..1
    of the demonstrations before its own; `whole_rounds` and `partial_round`, how many
    demonstrations were shown, are not read.

    The paper score is that script's. It looks for the query's text in the output, so that a
    query "s" turns "surprise" into "e"; it demands the exact label, so that a full stop, quotes,
    a blank for `_` or the label key make it wrong (discovery deletes some of those;
    tacred counts case, and its right answer is an F1 a little under 1).

    The strict score folds width, case, `_`, `-` and blanks, takes off quotes, outer punctuation
    markup and the label key, and asks for exactly one label of the set, as it is or after a lead
    ("belongs to category x"), a reason or remark behind it. Two or more named without
    a declaration are ambiguous; very long output is no answer. Metrics: `valid_label`, and with
    `places` how late a wrong label stands: `wrong_labels`, `late_labels` (in the last quarter of
    the wrong ones), `late_by_chance`, `label_rank`.
    """
    if not isinstance(reference, str) or not normal_label(reference):
        raise ScoreError(f"rule label/exact: the reference must be a label, got {reference!r}")
    published = params.get("published")
    if published is not None and published not in _MARKERS:
        allowed = ", ".join(_MARKERS)
        raise ScoreError(f"rule label/exact: published is {published!r}, allowed: {allowed}")
    query = _text_param(params, "query", "label/exact")
    marker = _text_param(params, "marker", "label/exact")
    if not marker and published is not None:
        marker = _MARKERS[published][1]
    known = _label_set(reference, params.get("labels"))
    paper = None
    if published is not None:
        paper = _published_score(output, reference, published, query)
    read = _read_label(fold(output), known, fold(query), fold(marker).strip())
    right = normal_label(reference)
    metrics: Mapping[str, float] = {
        "valid_label": float(bool(read.label)),
        **_lateness(params, right, read.label),
    }
    flags = (read.flag,) if read.flag else ()
    if not read.said:
        return unreadable(read.why, *flags, paper=paper)
    why = read.why or f"the label read is '{read.label}', right is '{right}'"
    score = float(read.label == right)
    return Grade(score, paper, metrics, read.said, why, flags)
