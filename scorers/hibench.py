"""The rule for questions on trees, JSON and formulas with a short JSON answer: HiBench's."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from synthctx.errors import ScoreError
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.text import (
    fold,
    last_declaration,
    lowered,
    numbers,
    stated_verdict,
    strip_wrapping,
)

KINDS = ("string", "number", "list", "hits", "tree", "bool")

_LONGEST = 1000  # an answer that is not marked as one is short
_BLANKS = re.compile(r"\s+")


# ---------------------------------------------------------------- the published rule

_PUBLISHED_ANSWER = re.compile(r"""\{\s*["']?answer["']?\s*[:=]\s*("[^"]*"|'[^']*|[^}\n]*)\s*\}?""")
_DELETED = re.compile(r"[^a-zA-Z0-9 ,]")


def published_answer(output: str) -> str | None:
    """Return what the published code takes out of an output, None when nothing.

    It is the first `{answer: ...`, in lower case: a text in double quotes, one in single quotes
    without the last of them, or all up to the brace or the end of the line.
    """
    match = _PUBLISHED_ANSWER.search(output.lower())
    return (match[1].strip() or None) if match and match[1] else None


def _refined(text: str) -> str:
    return _DELETED.sub("", _BLANKS.sub(" ", text.lower().strip()))


def _published(output: str, reference: str, kind: str, sep: str) -> float | None:
    said = published_answer(output)
    if said is None:
        return 0.0
    if kind == "hits":
        return _published_hits(said, reference, sep)
    said, gold = _refined(said), _refined(reference)
    if kind == "bool":
        return float(bool(said) == bool(gold))  # whether there is anything on both sides
    if kind == "number":
        return float(said == gold)
    if kind == "string":
        return float(gold in said)
    if kind == "tree":
        return float(re.sub(r"\D", "", said) == re.sub(r"\D", "", gold))
    ours, theirs = (sorted(_BLANKS.sub("", text).split(sep)) for text in (said, gold))
    return float(all(a == b for a, b in zip(ours, theirs, strict=False)))


def _published_hits(said: str, reference: str, sep: str) -> float | None:
    gold = published_answer(reference)
    if gold is None:
        return None
    ours, theirs = (
        [_refined(item) for item in _BLANKS.sub("", text).split(sep)] for text in (said, gold)
    )
    held = set(ours)
    return sum(item in held for item in theirs) / len(theirs)


# ---------------------------------------------------------------- the strict reading

_OPENS = re.compile(r"\{\s{0,8}[\"']?answer[\"']?\s{0,8}[:=]\s{0,8}", re.IGNORECASE)
_QUOTED = re.compile(r"\"((?:[^\"\\]|\\.)*+)\"|'([^']*+)'\s{0,8}[},]")


def said_answer(output: str) -> str | None:
    """Return the answer in the last JSON object that has one, else a declared or short output."""
    text = fold(output)
    opened = list(_OPENS.finditer(text))
    if opened:
        start = opened[-1].end()
        quoted = _QUOTED.match(text, start)
        if quoted is not None:
            return (quoted[1] or quoted[2] or "").replace("\\n", "\n").replace('\\"', '"')
        return text[start:].split("}", 1)[0]
    declared = last_declaration(text[-8 * _LONGEST :])
    if declared is not None:
        return declared[0]
    return text if 0 < len(text.strip()) <= _LONGEST else None


def items_of(text: str, sep: str) -> list[str]:
    """Return the items of a list, without brackets and quotes round the list or an item."""
    inner = strip_wrapping(text)
    return [item for part in inner.split(sep) if (item := _form(strip_wrapping(part)))]


def _form(text: str) -> str:
    """Return a text in lower case, with blanks only where they part two words."""
    words = _BLANKS.sub(" ", lowered(fold(text))).strip(" \"'`.;$")
    return _BESIDE_SIGN.sub("", words)


_BESIDE_SIGN = re.compile(r"(?<=[^\w]) | (?=[^\w])")
_RAILS = " \t|`+-\\\u2500\u2502\u2514\u251c>*."


def levels_of(text: str) -> list[tuple[int, str]]:
    """Return the nodes of an indented tree with their depths, line by line.

    What stands left of a name (blanks and the lines that are drawn) says only how deep it is.
    """
    open_at: list[int] = []
    found: list[tuple[int, str]] = []
    for line in lowered(fold(text)).split("\n"):
        bare = line.lstrip(_RAILS)
        name = bare.strip(" \t\r\"'`,")
        if not name:
            continue
        indent = len(line) - len(bare)
        while open_at and open_at[-1] >= indent:
            open_at.pop()
        found.append((len(open_at), name))
        open_at.append(indent)
    return found


def _same_number(said: str, reference: str) -> tuple[float, str]:
    found = numbers(said)
    gold = numbers(fold(reference))
    if len({n.value for n in gold}) != 1:
        raise ScoreError(f"rule hibench/answer: the reference {reference!r} is not one number")
    values = {n.value for n in found}
    return float(values == {gold[0].value}), ", ".join(n.text for n in found[:20])


def _same_verdict(said: str, reference: str) -> tuple[float, str]:
    gold = stated_verdict(fold(reference)).value
    if gold is None:
        raise ScoreError(
            f"rule hibench/answer: the reference is {reference!r}, allowed: true, false, yes, no"
        )
    verdict = stated_verdict(said).value
    shown = said.strip() if verdict is None else str(verdict).lower()
    return float(verdict is gold), shown


def _shares(said: Sequence[str], gold: Sequence[str]) -> dict[str, float]:
    common = (Counter(said) & Counter(gold)).total()
    places = sum(a == b for a, b in zip(said, gold, strict=False))
    return {
        "precision": common / len(said) if said else 0.0,
        "recall": common / len(gold) if gold else 0.0,
        "places": places / max(len(said), len(gold), 1),
    }


@rule(
    "hibench/answer",
    1,
    source="HiBench (arXiv:2503.00912), evaluator/base.py",
    extracts="the last JSON object with an answer, else what is declared or a short output",
    compares="whole: signs, decimals, operators, the order and the number of items count",
)
def hibench_answer(output: str, reference: Any, params: Params) -> Grade:
    """Whether a question on a structure is answered rightly.

    Reference: the answer as text (a list with its separators; a tree with its lines). Params:
    `kind`: "string" (default), "number", "list", "hits" (a list scored by what it has), "tree",
    "bool" (true or yes, false or no); `sep` (","); `ordered` (true: the order of a list counts;
    hits have none).

    The paper score takes the first `{"answer": ...}`, deletes all but letters, digits, blanks and
    commas, and compares by kind. String: the reference is anywhere in the answer ("1" in "12"),
    operators are gone. Number: without sign and point, -5 is 5 and 1.5 is 15. List: both
    sorted, as far as the shorter one goes. Hits: the share of the asked items that are there,
    others cost nothing; without a JSON answer in the reference it raises (no paper score).
    Tree: the digits in a row. Bool (of an older version): any two texts with a letter or digit
    are equal, "false" and "true" too.

    The strict score takes the last answer and compares all of it; hits: common items over the
    longer list; bools: the verdict ("not true" is false, "true or false" is neither). Trees
    compare names and depths line by line. Metrics of lists: `precision`, `recall` (as
    multisets), `places`.
    """
    kind, sep, ordered = params.get("kind", "string"), params.get("sep", ","), params.get("ordered")
    if kind not in KINDS:
        raise ScoreError(f"rule hibench/answer: kind is {kind!r}, allowed: {', '.join(KINDS)}")
    if not isinstance(sep, str) or not sep or ordered not in (None, True, False):
        raise ScoreError("rule hibench/answer: sep must be text, ordered true or false")
    if not isinstance(reference, str):
        raise ScoreError(f"rule hibench/answer: the reference must be text, got {reference!r}")
    paper = _published(output, reference, kind, sep)
    wrapped = said_answer(reference) if _OPENS.search(fold(reference)) else None
    gold = reference if wrapped is None else wrapped
    said = said_answer(output)
    if said is None or not said.strip():
        return unreadable("no answer was found", paper=paper)
    score, shown, metrics = _compare(said, gold, kind, sep, ordered is not False)
    return Grade(score, paper, metrics, shown[:500], f"'{shown[:80]}', asked for '{gold[:80]}'")


def _compare(
    said: str, gold: str, kind: str, sep: str, ordered: bool
) -> tuple[float, str, dict[str, float]]:
    if kind == "number":
        right, shown = _same_number(said, gold)
        return right, shown, {}
    if kind == "bool":
        right, shown = _same_verdict(said, gold)
        return right, shown, {}
    if kind == "tree":
        tree = levels_of(said)
        right = float(bool(tree) and tree == levels_of(gold))
        return right, "\n".join("  " * depth + name for depth, name in tree[:40]), {}
    if kind == "string":
        form = _form(strip_wrapping(said) if strip_wrapping(gold) == gold.strip() else said)
        return float(form == _form(gold)), form, {}
    ours, theirs = items_of(said, sep), items_of(gold, sep)
    metrics = _shares(ours, theirs)
    same: Callable[[list[str]], list[str]] = list if ordered else sorted
    if kind == "list":
        score = float(same(ours) == same(theirs))
    else:
        score = min(metrics["precision"], metrics["recall"])
    return score, sep.join(ours[:40]), metrics
