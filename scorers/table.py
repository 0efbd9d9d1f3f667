"""The rule for tables written out row by row: LongProc's html_to_tsv."""

from __future__ import annotations

import csv
import re
import string
from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from synthctx.errors import ScoreError
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.text import fold

Row = tuple[str, ...]

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLE = re.compile(r"\b(a|an|the)\b")
_ABSENT = frozenset(("", "n/a", "n.a.", "na"))


# ---------------------------------------------------------------- the published rule


class _Paper(NamedTuple):
    f1: float = 0.0
    precision: float = 0.0
    recall: float = 0.0
    extraction_rate: float = 0.0


def published_text(output: str) -> str:
    """Return what the published rule reads: first ```tsv to last ```, its rest, or all."""
    start = output.find("```tsv")
    if start < 0:
        return output
    end = output.rfind("```")
    return output[start + 6 : end] if end >= start + 6 else output[start + 6 :]


def _published_rows(text: str) -> tuple[Row, list[Row]] | None:
    """Return header and normalised rows, or None where the published parser gives up."""
    try:
        lines = list(csv.reader(text.strip().split("\n"), delimiter="\t"))
    except csv.Error:
        return None
    header, rows = tuple(lines[0]), lines[1:]
    width = len(header)
    if rows and len(rows[-1]) != width:
        rows.pop()
    if not rows or len(set(header)) != width:
        return None
    filled = (row if len(row) == width else ["N/A"] * width for row in rows)
    return header, [tuple(map(_published_cell, row)) for row in filled]


def _published_cell(cell: str) -> str:
    text = cell.lower().translate(_PUNCTUATION)
    return "".join(_ARTICLE.sub(" ", text).split())


def _published_score(output: str, reference: str) -> _Paper:
    said = _published_rows(published_text(output))
    asked = _published_rows(reference)
    if said is None or asked is None or len(said[0]) != len(asked[0]):
        return _Paper()
    said_set, asked_set = set(said[1]), set(asked[1])
    precision = sum(row in asked_set for row in said[1]) / len(said[1])
    recall = sum(row in said_set for row in asked[1]) / len(asked[1])
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return _Paper(f1, precision, recall, 1.0)


# ---------------------------------------------------------------- the strict rule


def normal_cell(cell: str) -> str:
    """Return a folded cell with single blanks, out of its quotes; "not there" is always N/A."""
    text = " ".join(cell.split())
    if len(text) > 1 and text[0] == text[-1] == '"' and '"' not in text[1:-1]:
        text = text[1:-1].strip()
    return "N/A" if text.lower() in _ABSENT and text not in ("Na", "na") else text


def _row(line: str) -> Row:
    return tuple(map(normal_cell, line.split("\t")))


def _names(row: Row) -> Row:
    return tuple(name.casefold() for name in row)


def _fences(lines: Sequence[str]) -> list[list[str]]:
    """Return the contents of the fenced blocks in order of preference, the best first.

    Complete ones from the last to the first, then the one that was never closed.
    """
    closed: list[list[str]] = []
    opened: list[str] | None = None
    for line in lines:
        if not line.lstrip().startswith("```"):
            if opened is not None:
                opened.append(line)
        elif opened is None:
            opened = []
        elif line.strip() == "```":
            closed.append(opened)
            opened = None
        else:
            opened = []  # a fence with a name opens a new block; the old one has no end
    return [*reversed(closed), *([opened] if opened else [])]


class _Table(NamedTuple):
    rows: list[Row]
    header: bool


def read_table(output: str, header: Row) -> _Table | None:
    """Return the rows of the table that an output holds, or None when there is none.

    The last complete fence with the header and a row wins, then an unclosed one, then a
    header that stands free; without the header, the last fence, else all lines with tabs.
    """
    lines = fold(output.replace("\r\n", "\n")).split("\n")
    fences = [[line for line in fence if line.strip()] for fence in _fences(lines)]
    for fence in fences:
        if len(fence) > 1 and _names(_row(fence[0])) == _names(header):
            return _Table([_row(line) for line in fence[1:]], True)
    wide = len(header) > 1
    for at in range(len(lines) - 1, -1, -1):
        if ("\t" in lines[at]) is wide and _names(_row(lines[at])) == _names(header):
            return _Table(_free_rows(lines[at + 1 :], wide), True)
    bare = next((fence for fence in fences if fence), None)
    if bare is None and wide:
        bare = [line for line in lines if "\t" in line]
    return _Table([_row(line) for line in bare], False) if bare else None


def _free_rows(lines: Sequence[str], wide: bool) -> list[Row]:
    """Return the rows that follow a header without a fence, up to the first other text."""
    rows: list[Row] = []
    for line in lines:
        if line.lstrip().startswith("```") or (wide and line.strip() and "\t" not in line):
            break
        if line.strip():
            rows.append(_row(line))
    return rows


def _in_order(said: Sequence[Row], asked: Sequence[Row]) -> tuple[int, int]:
    """Return how many rows match one to one, and how many of those stand in order."""
    places: dict[Row, deque[int]] = defaultdict(deque)
    for i, row in enumerate(asked):
        places[row].append(i)
    matched = [places[row].popleft() for row in said if places.get(row)]
    tails: list[int] = []
    for place in matched:
        at = bisect_left(tails, place)
        tails[at : at + 1] = [place]
    return len(matched), len(tails)


def _first_error(said: Sequence[Row], asked: Sequence[Row], header: Row) -> tuple[int, str]:
    """Return the number of the first wrong row (0 when none is) and what is wrong with it."""
    for i, (ours, right) in enumerate(zip(said, asked, strict=False), start=1):
        if ours == right:
            continue
        if len(ours) != len(right):
            return i, f"row {i} has {len(ours)} cells, expected {len(right)}"
        column = next(c for c in range(len(right)) if ours[c] != right[c])
        name = header[column] if column < len(header) else str(column + 1)
        given, expected = ours[column][:80], right[column][:80]
        return i, f"row {i}: cell '{name}' is '{given}', expected '{expected}'"
    if len(said) < len(asked):
        return len(said) + 1, f"row {len(said) + 1} and what follows is missing"
    if len(said) > len(asked):
        return len(asked) + 1, f"row {len(asked) + 1} and what follows was not asked for"
    return 0, ""


def _reference(reference: Any) -> tuple[Row, list[Row]]:
    lines = reference.strip("\r\n").split("\n") if isinstance(reference, str) else []
    if len(lines) < 2:
        raise ScoreError(
            "rule table/rows: the reference must be tab-separated text with a header and at "
            f"least one row, got {str(reference)[:200]!r}"
        )
    header, *rows = (_row(fold(line)) for line in lines if line.strip())
    return header, rows


def _mismatches(said: Sequence[Row], asked: Sequence[Row]) -> tuple[int, int]:
    ours, right = Counter(said), Counter(asked)
    return (ours - right).total(), (right - ours).total()


@rule(
    "table/rows",
    2,
    source="LongProc (arXiv:2501.05414), html_to_tsv",
    extracts="the last complete fence that starts with the header, else the text after a header",
    compares="rows as a multiset, in order, cell by cell after gentle folding",
)
def table_rows(output: str, reference: Any, params: Params) -> Grade:
    """How well a table was written out.

    Reference: tab-separated text, header first. No params.

    The paper score is LongProc's row F1. Cells are compared without case, ASCII punctuation,
    articles and blanks (-5 is 5, 1.5 is 15, "+" is nothing); rows by membership, so that
    duplicates and order are free; header names do not count, but the first line is always
    taken for one. A quote swallows lines, a bad last row is dropped, a bad inner row never
    matches; no data row, another number of columns, a header that repeats a name or a fence
    without `tsv` make everything 0 (metric `paper_extraction_rate`).

    The strict score is 2 x (rows right and in order) / (rows said + rows asked for), and 0
    without the right header (its case does not count). That is the F1 of rows matched one
    to one, times `order`, the share of the matched rows on the longest rising line: so
    duplicates, extra and missing rows and swaps all cost. Cells are equal after folding of
    width, quotes round a cell and blanks; case, signs and punctuation count, and blank is N/A.

    Metrics: `precision`, `recall`, `f1`, `order`, `header`, `progress` (share of the rows before
    the first error), `first_error_step` (number of that row, left out when there is none),
    `extra_rows`, `missing_rows`, and the published four.
    """
    header, asked = _reference(reference)
    published = _published_score(output, reference)
    paper = {f"paper_{n}": v for n, v in published._asdict().items() if n != "f1"}
    table = read_table(output, header)
    if table is None:
        zero = dict.fromkeys(("precision", "recall", "f1", "order", "header", "progress"), 0.0)
        rows = {"first_error_step": 1.0, "extra_rows": 0.0, "missing_rows": float(len(asked))}
        grade = unreadable("there is no table", paper=published.f1)
        return replace(grade, metrics=paper | zero | rows)
    said = table.rows
    matched, rising = _in_order(said, asked)
    extra, missing = _mismatches(said, asked)
    error, why = _first_error(said, asked, header)
    metrics = paper | {
        "precision": matched / len(said) if said else 0.0,
        "recall": matched / len(asked),
        "f1": 2 * matched / (len(said) + len(asked)),
        "order": rising / matched if matched else 0.0,
        "header": float(table.header),
        "progress": (error - 1 if error else len(asked)) / len(asked),
        "extra_rows": float(extra),
        "missing_rows": float(missing),
    }
    if error:
        metrics["first_error_step"] = float(error)
    score = 2 * rising / (len(said) + len(asked)) if table.header else 0.0
    if not table.header:
        wrong = f"the header is not '{' | '.join(header)[:200]}'"
        why = f"{wrong}; {why}" if why else wrong
    extracted = "\n".join("\t".join(row) for row in said[:20])[:500]
    return Grade(score, published.f1, metrics, extracted, why or "every row is right", ())
