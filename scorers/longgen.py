"""The rule for long texts written block by block on demand: Spinning the Golden Thread's."""

from __future__ import annotations

import datetime
import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from synthctx.errors import ScoreError
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.text import bounded_find, fold, is_denied, lowered

SEPARATOR = "#*#"

_MOST_BLOCKS = 100_000
_LONGEST_ID = 4000  # digits; Python refuses to read a longer number
_WORD = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|(?:(?![\u3400-\u9fff\uf900-\ufaff])\w)+")
_BLANKS = re.compile(r"\s+")
_GRAM = 8


# ---------------------------------------------------------------- the published parser


def published_blocks(pieces: Sequence[str], unit: str) -> dict[int, str] | None:
    """Return the blocks the published parser finds, by id; None where it raises.

    A piece's id is the first "<unit> <number>" anywhere in it, a cross-reference as well as
    a header, case and all; of two pieces with one id the first counts.
    """
    pattern = re.compile(rf"{re.escape(unit)} (\d+)")
    blocks: dict[int, str] = {}
    for piece in pieces:
        found = pattern.search(piece)
        if found is not None:
            if len(found[1]) > _LONGEST_ID:
                return None
            blocks.setdefault(int(found[1]), piece)
    return blocks


def _published_rate(output: str, unit: str, prefix: str, size: int) -> float | None:
    blocks = published_blocks((prefix + output).split(SEPARATOR), unit)
    return None if blocks is None else sum(1 <= i <= size for i in blocks) / size


# ---------------------------------------------------------------- demands


def block_of_date(date: str, calendar: str) -> int:
    """Return the number of the week a date falls in.

    Calendars: "iso" (the ISO week, so that 31 December may be in week 1) and "plain" (whole weeks
    from 1 January, so that 31 December is in week 53).

    Raises:
        ScoreError: the date or the calendar is not one.
    """
    try:
        day = datetime.date.fromisoformat(date)
    except (ValueError, TypeError):
        raise ScoreError(f"date is {date!r}, allowed: YYYY-MM-DD") from None
    if calendar == "iso":
        return day.isocalendar().week
    if calendar == "plain":
        return (day.timetuple().tm_yday - 1) // 7 + 1
    raise ScoreError(f"calendar is {calendar!r}, allowed: iso, plain")


def demand_ids(demand: Mapping[str, Any], size: int) -> list[int]:
    """Return the numbers of the blocks that a demand is on.

    Forms: `ids`; `range` [first, last], both included; `start` and `every` (start, start +
    every, ... up to `size`); `date` and `calendar`; `point` [x, y] and `width` (of a grid that is
    numbered row by row from 1).

    Raises:
        ScoreError: the demand has none of these forms.
    """
    if "ids" in demand:
        return [int(i) for i in demand["ids"]]
    if "range" in demand:
        first, last = demand["range"]
        return list(range(first, last + 1))
    if "every" in demand and demand["every"] > 0:
        return list(range(demand["start"], size + 1, demand["every"]))
    if "date" in demand:
        return [block_of_date(demand["date"], demand.get("calendar", "plain"))]
    if "point" in demand:
        x, y = demand["point"]
        return [y * int(demand["width"]) + x + 1]
    raise ScoreError(
        f"a demand needs ids, range, start and every, date, or point and width; got {demand!r}"
    )


@dataclass(frozen=True, slots=True)
class _Demand:
    forms: tuple[str, ...]
    ids: frozenset[int]
    kind: str


def _demands(reference: Any) -> tuple[int, list[_Demand]]:
    size = reference.get("blocks") if isinstance(reference, Mapping) else None
    if type(size) is not int or not 1 <= size <= _MOST_BLOCKS:
        raise ScoreError(
            "rule longgen/blocks: the reference must be {blocks: how many from 1, demands: "
            f"[...]}}, got {str(reference)[:200]!r}"
        )
    given = reference.get("demands", [])
    if not isinstance(given, list | tuple):
        raise ScoreError(f"rule longgen/blocks: demands must be a list, got {given!r}")
    return size, [_demand(one, size) for one in given]


def _demand(given: Any, size: int) -> _Demand:
    anchor = given.get("anchor") if isinstance(given, Mapping) else None
    forms = [anchor] if isinstance(anchor, str) else anchor
    if not isinstance(forms, list | tuple) or not all(isinstance(f, str) for f in forms):
        raise ScoreError(f"rule longgen/blocks: a demand needs an anchor, got {given!r}")
    plain = tuple(form for f in forms if (form := _plain(f)))
    try:
        ids = frozenset(demand_ids(given, size))
    except (TypeError, ValueError, KeyError) as error:
        raise ScoreError(f"rule longgen/blocks: cannot read {given!r} ({error})") from None
    if not plain or not ids or not all(1 <= i <= size for i in ids):
        raise ScoreError(
            f"rule longgen/blocks: a demand needs an anchor, and blocks from 1 to {size}; "
            f"got {given!r}"
        )
    return _Demand(plain, ids, str(given.get("type", "once")))


def _plain(text: str) -> str:
    return _BLANKS.sub(" ", lowered(fold(text))).strip()


# ---------------------------------------------------------------- the strict reading


class _Blocks(NamedTuple):
    texts: dict[int, str]  # the first block of each id in range that is more than a header
    others: list[str]  # repeated ids, ids out of range, and blocks that are too thin
    order: list[int]
    repeated: int
    extra: int
    thin: int


def read_blocks(text: str, unit: str, size: int, least: int) -> _Blocks:
    """Part a folded text at the lines (or separators) that begin with the unit and a number.

    What stands before the first of them is left out. A block with fewer than `least` words behind
    its header is none.
    """
    words = r"[ \t]+".join(map(re.escape, unit.split()))
    header = re.compile(
        rf"(?:^|{re.escape(SEPARATOR)})[ \t]*(?:#{{1,6}}[ \t]*|\*\*)?{words}[ \t]+([0-9]{{1,9}})"
        r"(?![0-9])[ \t]*",
        re.IGNORECASE | re.MULTILINE,
    )
    heads = list(header.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    texts: dict[int, str] = {}
    others: list[str] = []
    order: list[int] = []
    repeated = extra = thin = 0
    for head, end in zip(heads, ends, strict=False):
        number, body = int(head[1]), text[head.end() : end]
        repeated += number in texts
        extra += not 1 <= number <= size
        if 1 <= number <= size and number not in texts:
            if _has_words(body, least):
                texts[number] = body
                order.append(number)
                continue
            thin += 1
        others.append(body)
    return _Blocks(texts, others, order, repeated, extra, thin)


def _has_words(text: str, least: int) -> bool:
    return any(count >= least for count, _ in enumerate(_WORD.finditer(text), start=1))


def _names(plain: str, demand: _Demand) -> bool:
    return any(
        not is_denied(plain, at) for form in demand.forms for at in bounded_find(plain, form)
    )


class _Found(NamedTuple):
    hits: dict[str, int]  # demands met, by their type
    everywhere: int  # how often any anchor stands in any block


def _search(blocks: _Blocks, demands: Sequence[_Demand]) -> _Found:
    hits = dict.fromkeys((demand.kind for demand in demands), 0)
    everywhere = 0
    for number, body in [*blocks.texts.items(), *((0, body) for body in blocks.others)]:
        plain = _plain(body)
        for demand in demands:
            if _names(plain, demand):
                everywhere += 1
                hits[demand.kind] += number in demand.ids
    return _Found(hits, everywhere)


def _rising(order: Sequence[int]) -> int:
    tails: list[int] = []
    for number in order:
        at = bisect_left(tails, number)
        tails[at : at + 1] = [number]
    return len(tails)


def _fresh(texts: Sequence[str]) -> float:
    """Return the share of blocks that are not mostly made of runs of words seen before."""
    seen: set[tuple[str, ...]] = set()
    fresh = 0
    for text in texts:
        words = _WORD.findall(lowered(text))
        grams = {tuple(words[i : i + _GRAM]) for i in range(len(words) - _GRAM + 1)}
        fresh += not grams or len(grams & seen) <= 0.8 * len(grams)
        seen |= grams
    return fresh / len(texts) if texts else 0.0


def _text_param(params: Params, name: str, default: str = "") -> str:
    value = params.get(name, default)
    if not isinstance(value, str):
        raise ScoreError(f"rule longgen/blocks: param {name} must be text, got {value!r}")
    return value


@rule(
    "longgen/blocks",
    1,
    source="Spinning the Golden Thread (arXiv:2409.02076), Evalution/eval.py and static.ipynb",
    extracts="the blocks that begin a line (or follow #*#) with the unit and a number",
    compares="demanded phrases in their blocks: F1 over (block, phrase), times completion",
)
def longgen_blocks(output: str, reference: Any, params: Params) -> Grade:
    """How completely a long text was written, with the demanded contents in the right blocks.

    Reference: `blocks` (how many) and `demands`, each with an `anchor` (the phrase, or a list
    of accepted forms), its blocks (see `demand_ids`) and a `type` (once, range, periodic; any
    name) for the metrics. Params: `unit` ("Floor"; needed), `prefix` (what the prompt ended
    with), `min_words` (of a block), `end` (the mark that closes the text).

    The paper score is the completion rate. The output with the prefix before it is parted at
    `#*#`; a piece has the id of the first "Floor 7" in it, so that a cross-reference hijacks
    it, "floor 7" has none, and the unit Week is found in "Menu Week 7"; without separators there
    is one piece; the prefix alone earns 1/N. That a content stands in its block is judged by a
    model there, and so has no paper score: STIC-1 and STIC-2 are in `synthctx.aggregates`.

    The strict score is F1 x completion. Headers in any case begin a line; a block counts with a
    quarter of `min_words`, or one word, behind its header (the prefix is no block for free);
    the first of two with one number counts. F1 is of the share of demands met (STIC-2) and the
    share of all phrases found that stand where they were demanded, so that writing them
    everywhere does not pay. Without demands it is 1.

    Metrics: `completion`, `stic1`, `stic2`, `precision`, `f1`, `met_<type>`, `order` (longest
    rising line of numbers / N), `long_enough`, `fresh` (blocks not mostly copied), `repeated`,
    `extra`, `thin`, `end`, and what `aggregates.over_instructions` takes: `demands`, `asked`,
    `met`, `words`.
    """
    size, demands = _demands(reference)
    unit, prefix = _text_param(params, "unit").strip(), _text_param(params, "prefix")
    least = params.get("min_words", 0)
    if not unit or type(least) is not int or least < 0:
        raise ScoreError(
            f"rule longgen/blocks: needs param unit, and min_words from 0; got {dict(params)!r}"
        )
    paper = _published_rate(output, unit, prefix, size)
    text = fold(prefix + output)
    blocks = read_blocks(text, unit, size, max(1, least // 4))
    found = _search(blocks, demands)
    total = sum(len(demand.ids) for demand in demands)
    asked = sum(i in blocks.texts for demand in demands for i in demand.ids)
    met = sum(found.hits.values())
    f1 = 2 * met / (total + found.everywhere) if total else 1.0
    completion = len(blocks.texts) / size
    long_enough = sum(_has_words(body, max(1, least)) for body in blocks.texts.values())
    of_type = {kind: sum(len(d.ids) for d in demands if d.kind == kind) for kind in found.hits}
    mark = _text_param(params, "end")
    metrics = {
        "completion": completion,
        "stic1": met / asked if asked else 0.0,
        "stic2": met / total if total else 0.0,
        "precision": met / found.everywhere if found.everywhere else 0.0,
        "f1": f1,
        **{f"met_{kind}": hits / of_type[kind] for kind, hits in found.hits.items()},
        "order": _rising(blocks.order) / size,
        "long_enough": long_enough / len(blocks.texts) if blocks.texts else 0.0,
        "fresh": _fresh(list(blocks.texts.values())),
        "repeated": float(blocks.repeated),
        "extra": float(blocks.extra),
        "thin": float(blocks.thin),
        "end": float(bool(mark) and text.rstrip().endswith(fold(mark).strip())),
        "demands": float(total),
        "asked": float(asked),
        "met": float(met),
        "words": float(sum(1 for _ in _WORD.finditer(text))),
    }
    if not blocks.texts:
        grade = unreadable(f"there is no block that begins with '{unit}' and a number", paper=paper)
        return replace(grade, metrics=metrics)
    why = f"{len(blocks.texts)} of {size} blocks, {met} of {total} demands met"
    if found.everywhere > met:
        why += f", {found.everywhere - met} phrases where none was asked for"
    numbers = ", ".join(map(str, blocks.order[:60]))
    return Grade(f1 * completion, paper, metrics, numbers[:500], why)
