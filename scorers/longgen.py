"""The rule for long texts written block by block on demand: Spinning the Golden Thread's."""

from __future__ import annotations

import datetime
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

from synthctx.errors import ScoreError
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.spelt import in_digits
from synthctx.text import bounded_find, fold, is_cjk, is_denied, lowered

SEPARATOR = "#*#"
FINISH = "*** finished"

_MOST_BLOCKS = 100_000
_LONGEST_ID = 4000  # digits; Python refuses to read a longer number
_WORD = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|(?:(?![\u3400-\u9fff\uf900-\ufaff])\w)+")
_BLANKS = re.compile(r"\s+")
_GRAM = 8
_SAME = 0.8


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


# ---------------------------------------------------------------- headers

_UNITS = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_IRREGULAR = {"first": "one", "second": "two", "third": "three", "fifth": "five"} | {
    **{"eighth": "eight", "ninth": "nine", "twelfth": "twelve"},
    **{f"{word[:-1]}ieth": word for word in _TENS.split("|")},
}
_LAST = rf"(?:{'|'.join(_IRREGULAR)}|(?:four|six|seven|{_TEENS})th)"
_ORDINAL = (
    rf"(?:(?:{_UNITS})[ -]hundredth"
    rf"|(?:(?:{_UNITS})[ -]hundred(?: and)?[ -])?(?:(?:{_TENS})[ -])?{_LAST})"
)
_BELOW = rf"(?:(?:{_TENS})(?:[ -](?:{_UNITS}))?|{_TEENS}|{_UNITS})"
_SPELT = rf"(?:(?:{_UNITS})[ -]hundred(?:(?: and)?[ -]{_BELOW})?|{_BELOW})"
_DIGITS = "[0-9]{1,9}(?:st|nd|rd|th)?"
_CHINESE = "[零〇一二两三四五六七八九十百]{1,7}"
_NUMBER = re.compile(rf"{_DIGITS}|{_SPELT}|{_CHINESE}", re.IGNORECASE)

_CLOSES = r"[ \t\r]{0,8}(?:[:.(\[*。-]|$)"  # behind a header that is a line or a title of its own
# A number in prose is none: "floor two-bedroom flats", and the Chinese for "on the floor all".
_ID = (
    rf"(?:{_DIGITS}|{_SPELT}(?!-(?!{_BELOW}\b)(?-i:[a-z]))"
    rf"|{_CHINESE}(?={_CLOSES}|[至到~]))"
)
_WORD_TO = r"[ \t]{1,4}(?:to|through|until)[ \t]{1,4}|[至到]"
_AND = r"[ \t]{0,4}(?:,|(?:,[ \t]{0,4})?(?:and\b|&))[ \t]{0,4}"
_WHOLE = r"(?![a-z0-9_]|\.[0-9])"
_SPAN = rf"{_ID}(?:(?:[ \t]{{0,4}}[-~][ \t]{{0,4}}|{_WORD_TO}){_ID})?"
_FLAGS = re.IGNORECASE | re.MULTILINE
_GAP = r"(?P<gap>[ \t]{0,20})"
_ONE = re.compile(
    rf"{_GAP}(?P<ids>{_ID}(?:(?:[-~]|{_WORD_TO}){_ID})?){_WHOLE}(?!,[0-9]{{3}}(?![0-9]))", _FLAGS
)
_MANY = re.compile(rf"{_GAP}(?P<ids>{_SPAN}(?:{_AND}{_SPAN}){{0,40}}){_WHOLE}", _FLAGS)
_CLOSING = re.compile(_CLOSES, re.MULTILINE)
_BEFORE = re.compile(
    r"[ \t]*(?P<mark>#{1,6}[ \t]*|\*\*)?"
    rf"(?:(?:the[ \t]+)?(?P<ordinal>[0-9]{{1,9}}(?:st|nd|rd|th)|{_ORDINAL})[ \t]+"
    rf"|第[ \t]?(?P<place>[0-9]{{1,9}}|{_CHINESE})[ \t]?)?",
    re.IGNORECASE,
)
_LONGEST_BEFORE = 100
_APART = re.compile(r"and|[&,]", re.IGNORECASE)


class _Head(NamedTuple):
    start: int
    end: int
    spans: tuple[tuple[int, int], ...]  # the first and the last number of each range


def _noun(unit: str) -> re.Pattern[str]:
    """Return what finds a unit, with the group "many" where it is in the plural."""
    words = r"[ \t]{1,8}".join(map(re.escape, unit.split()))
    if unit[-1] in "yY" and unit[-2:-1].lower() not in tuple("aeiou"):
        return re.compile(rf"{words[:-1]}(?:y|(?P<many>ies))(?![a-z])", _FLAGS)
    return re.compile(rf"{words}(?P<many>s)?(?![a-z])", _FLAGS)


def _before(text: str, at: int) -> re.Match[str] | None:
    """Return what stands before a unit, from the line's or the separator's end on."""
    lowest = max(0, at - _LONGEST_BEFORE)
    line, piece = text.rfind("\n", lowest, at), text.rfind(SEPARATOR, lowest, at)
    if line < 0 and piece < 0 and lowest:
        return None
    return _BEFORE.fullmatch(text, max(line + 1, piece + len(SEPARATOR) if piece >= 0 else 0), at)


@lru_cache(maxsize=4096)
def _value(number: str) -> int | None:
    """Return the number that is written in digits or words, as a cardinal or an ordinal."""
    if number[0] in "0123456789":
        return int(number.rstrip("stndrhSTNDRH"))
    *before, last = re.split(r"(?<=[ -])", number.lower())
    last = _IRREGULAR.get(last, last.removesuffix("th"))
    digits = in_digits("".join([*before, last]))
    return int(digits) if digits.isdecimal() else None


@lru_cache(maxsize=4096)
def _spans(ids: str) -> tuple[tuple[int, int], ...]:
    """Return the ranges that the numbers of a header name, none where one is no number."""
    if ids.isdecimal():
        return ((int(ids), int(ids)),)
    spans: list[tuple[int, int]] = []
    end = 0
    for found in _NUMBER.finditer(ids):
        value = _value(found[0])
        if value is None:
            return ()
        if spans and _APART.search(ids, end, found.start()) is None:
            first = spans.pop()[0]
            spans.append((min(first, value), max(first, value)))
        else:
            spans.append((value, value))
        end = found.end()
    return tuple(spans)


def _heads(text: str, unit: str) -> list[_Head]:
    """Return the headers of a folded text.

    A line of prose that begins with the number of a block before it ("Floor 1 is below.") is no
    header: it stays in the block it stands in.
    """
    heads: list[_Head] = []
    named: set[tuple[int, int]] = set()
    glued = is_cjk(unit[-1])
    for noun in _noun(unit).finditer(text):
        before = _before(text, noun.start())
        if before is None:
            continue
        ids, end = before["ordinal"] or before["place"], noun.end()
        if ids is None:
            read = (_MANY if noun["many"] else _ONE).match(text, end)
            if read is None or not (glued or read["gap"]):
                continue
            spans, end = _spans(read["ids"]), read.end()
        else:
            value = _value(ids) if _CLOSING.match(text, end) else None
            spans = () if value is None else ((value, value),)
        start = before.start()
        marked = before["mark"] or text.startswith(SEPARATOR, max(0, start - len(SEPARATOR)))
        if spans and (marked or _CLOSING.match(text, end) or spans[0] not in named):
            named.update(spans)
            heads.append(_Head(start, end, spans))
    return heads


# ---------------------------------------------------------------- the strict reading


class _Block(NamedTuple):
    ids: list[int]  # the blocks for which it counts: none for a copy, a repeated number, ...
    width: int  # how many blocks it stands for
    text: str


class _Blocks(NamedTuple):
    blocks: list[_Block]
    tally: Counter[str]  # how many were written, repeated, extra, thin, copied

    def order(self) -> list[int]:
        return [number for block in self.blocks for number in block.ids]


def read_blocks(text: str, unit: str, size: int, least: int) -> _Blocks:
    """Part a folded text at the lines (or separators) that begin with the unit and a number.

    What stands before the first of them is left out. Less than `least` words behind a header
    for each block that it names are none ("thin"). A block counts when its number is in
    range and new, and when it does not repeat the blocks before it.
    """
    heads = _heads(text, unit)
    ends = [head.start for head in heads[1:]] + [len(text)]
    blocks: list[_Block] = []
    tally: Counter[str] = Counter()
    numbered: set[int] = set()
    seen: set[tuple[str, ...]] = set()
    for head, end in zip(heads, ends, strict=False):
        body = text[head.end : end]
        if not _has_words(body, least * sum(last - first + 1 for first, last in head.spans)):
            tally["thin"] += 1
            blocks += [_Block([], 1, body)] if body.strip() else []
            continue
        # no more numbers than words: a range of a million blocks is thin
        ids = dict.fromkeys(i for first, last in head.spans for i in range(first, last + 1))
        inside = [number for number in ids if 1 <= number <= size]
        new = [number for number in inside if number not in numbered]
        numbered.update(new)
        grams = _grams(body, set(map(str, ids)))
        copied = len(grams & seen) > _SAME * len(grams)
        seen |= grams
        tally["written"] += len(ids)
        tally["extra"] += len(ids) - len(inside)
        tally["repeated"] += len(inside) - len(new)
        tally["copied"] += len(new) if copied else 0
        blocks.append(_Block([] if copied else new, len(ids), body))
    return _Blocks(blocks, tally)


def _has_words(text: str, least: int) -> bool:
    return any(count >= least for count, _ in enumerate(_WORD.finditer(text), start=1))


def _grams(text: str, own: set[str]) -> set[tuple[str, ...]]:
    """Return a block's runs of words, its own number left open; of a short one all its words."""
    words = ["#" if word in own else word for word in _WORD.findall(lowered(text))]
    return {tuple(words[i : i + _GRAM]) for i in range(max(1, len(words) - _GRAM + 1))}


class _Found(NamedTuple):
    hits: dict[str, int]  # demands met, by their type
    everywhere: int  # how often any anchor stands in any block


def _search(blocks: Sequence[_Block], demands: Sequence[_Demand]) -> _Found:
    """Search all blocks at once for each phrase, which is linear however many they are."""
    plain = [_plain(block.text) for block in blocks]
    starts = list(accumulate((len(text) + 1 for text in plain), initial=0))
    joined = "\0".join(plain)
    hits = dict.fromkeys((demand.kind for demand in demands), 0)
    everywhere = 0
    for demand in demands:
        places = {
            bisect_right(starts, at) - 1
            for form in demand.forms
            for at in bounded_find(joined, form)
            if not is_denied(joined, at)
        }
        for block in map(blocks.__getitem__, places):
            everywhere += block.width
            hits[demand.kind] += sum(number in demand.ids for number in block.ids)
    return _Found(hits, everywhere)


def _rising(order: Sequence[int]) -> int:
    tails: list[int] = []
    for number in order:
        at = bisect_left(tails, number)
        tails[at : at + 1] = [number]
    return len(tails)


def _text_param(params: Params, name: str, default: str = "") -> str:
    value = params.get(name, default)
    if not isinstance(value, str):
        raise ScoreError(f"rule longgen/blocks: param {name} must be text, got {value!r}")
    return value


def _figures(
    read: _Blocks, found: _Found, demands: Sequence[_Demand], size: int, least: int
) -> dict[str, float]:
    """Return the metrics that say what was written, and what of it was asked for."""
    order, tally = read.order(), read.tally
    present = set(order)
    long_enough = sum(
        len(block.ids)
        for block in read.blocks
        if block.ids and _has_words(block.text, block.width * max(1, least))
    )
    total = sum(len(demand.ids) for demand in demands)
    asked = sum(len(demand.ids & present) for demand in demands)
    met = sum(found.hits.values())
    of_type = {kind: sum(len(d.ids) for d in demands if d.kind == kind) for kind in found.hits}
    return {
        "completion": len(order) / size,
        "block_precision": len(order) / tally["written"] if tally["written"] else 0.0,
        "stic1": met / asked if asked else 0.0,
        "stic2": met / total if total else 0.0,
        "precision": met / found.everywhere if found.everywhere else 0.0,
        "f1": 2 * met / (total + found.everywhere) if total else 1.0,
        **{f"met_{kind}": hits / of_type[kind] for kind, hits in found.hits.items()},
        "order": _rising(order) / size,
        "long_enough": long_enough / len(order) if order else 0.0,
        "fresh": len(order) / (len(order) + tally["copied"]) if order else 0.0,
        **{name: float(tally[name]) for name in ("copied", "repeated", "extra", "thin")},
        "demands": float(total),
        "asked": float(asked),
        "met": float(met),
    }


def _said(read: _Blocks, figures: Mapping[str, float], everywhere: int, size: int) -> str:
    """Return what was found, in words."""
    met, total = int(figures["met"]), int(figures["demands"])
    why = f"{len(read.order())} of {size} blocks, {met} of {total} demands met"
    if everywhere > met:
        why += f", {everywhere - met} phrases where none was asked for"
    parts = [f"{read.tally[n]} {n}" for n in ("copied", "repeated", "extra", "thin")]
    return ", ".join([why, *(part for part in parts if not part.startswith("0 "))])


@rule(
    "longgen/blocks",
    2,
    source="Spinning the Golden Thread (arXiv:2409.02076), Evalution/eval.py and static.ipynb",
    extracts="the blocks that begin a line (or follow #*#) with the unit and their numbers",
    compares="demanded phrases in their blocks: F1 over (block, phrase), times the share of "
    "new blocks over all asked for or, if more, all written",
)
def longgen_blocks(output: str, reference: Any, params: Params) -> Grade:
    """How completely a long text was written, with the demanded contents in the right blocks.

    Reference: `blocks` (how many) and `demands`, each with an `anchor` (the phrase, or a list
    of accepted forms), its blocks (see `demand_ids`) and a `type` (once, range, periodic; any
    name) for the metrics. Params: `unit` ("Floor"; needed), `prefix` (what the prompt ended
    with), `min_words` (of a block), `end` (the mark that closes the text).

    The paper score is the completion rate. The output with the prefix before it is parted at
    `#*#`; a piece has the id of the first "Floor 7" in it, so that a cross-reference hijacks
    it, "floor 7", "Floor Seven" and "Floors 7-9" have none, and the unit Week is found in "Menu
    Week 7"; without separators there is one piece; the prefix alone earns 1/N; copies of one
    block and blocks beyond the last cost nothing. That a content stands in its block is judged
    by a model there, and so has no paper score: STIC-1 and STIC-2 are in `synthctx.aggregates`.

    The strict score is F1 x the share of blocks that count, over N or over all that were
    written where those are more. A header in any case begins a line, with its number in digits,
    words or as an ordinal ("The Second Floor:"), or with several ("Floors 2-4" stands for three
    blocks and needs their words). A block counts with a quarter of `min_words`, or one
    word, behind its header (the prefix is no block for free), with a number in range that is
    new, and unless four fifths of its runs of eight words stand in the blocks before it, its
    own number aside. F1 is of the share of demands met (STIC-2) and the share of all phrases
    found that stand where they were demanded, so that writing them everywhere does not pay.
    Without demands it is 1.

    Metrics: `completion`, `block_precision`, `stic1` (0 where no demand is on a written block),
    `stic2`, `precision`, `f1`, `met_<type>`, `order` (longest rising line of numbers / N),
    `long_enough`, `fresh` (blocks not mostly copied), `copied`, `repeated`, `extra`, `thin`,
    `end`, and what `aggregates.over_instructions` takes: `demands`, `asked`, `met`, `words`.
    """
    size, demands = _demands(reference)
    unit, prefix = _text_param(params, "unit").strip(), _text_param(params, "prefix")
    plain_unit = fold(unit).strip()
    least, mark = params.get("min_words", 0), fold(_text_param(params, "end")).strip()
    if not plain_unit or type(least) is not int or least < 0:
        raise ScoreError(
            f"rule longgen/blocks: needs param unit, and min_words from 0; got {dict(params)!r}"
        )
    paper = _published_rate(output, unit, prefix, size)
    text = fold(prefix + output).rstrip()
    read = read_blocks(text.removesuffix(mark or FINISH), plain_unit, size, max(1, least // 4))
    found = _search(read.blocks, demands)
    figures = _figures(read, found, demands, size, least) | {
        "end": float(bool(mark) and text.endswith(mark)),
        "words": float(sum(1 for _ in _WORD.finditer(text))),
    }
    order = read.order()
    if not order:
        grade = unreadable(f"there is no block that begins with '{unit}' and a number", paper=paper)
        return replace(grade, metrics=figures)
    score = figures["f1"] * len(order) / max(size, read.tally["written"])
    why = _said(read, figures, found.everywhere, size)
    return Grade(score, paper, figures, ", ".join(map(str, order[:60]))[:500], why)
