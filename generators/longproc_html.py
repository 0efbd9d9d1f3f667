"""One listing of a web page as a table.

Source: LongProc (arXiv:2501.05414), html_to_tsv. Kept: a whole page, the columns in their order,
a filter for some rows in words, N/A for what is missing, a fenced table with a given header.

Changed. Pages are made up (published: fixed and real), of ten kinds of site in four layouts,
and other sections, hidden ones among them, fill them up to the length. The size of the answer
has nothing to do with that of the page: `rows` and `columns` decide, or `output_tokens`, met
within 10 % (the published levels are 512, 2,048 and 8,192). Rows differ from each other after
the published folding of cells, no cell vanishes in it, and none holds a quote or a tab. One
listing has the heading that is asked for, and filters compare values that are never in doubt
(no number is equal to a limit), so that there is one right table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from synthctx.compose import Room
from synthctx.errors import GenerationError
from synthctx.fill import fill
from synthctx.generators._html_draws import Draws
from synthctx.generators._html_read import read_listing
from synthctx.generators._html_render import (
    LAYOUTS,
    Look,
    advertisement,
    closing,
    entry,
    escape,
    opening,
)
from synthctx.generators._html_sites import Column, Site, draw_value, sites
from synthctx.generators._html_stock import css_prefix, stock_of
from synthctx.streams import Stream
from synthctx.tasks import Body, Counted, Draft, Task, register
from synthctx.tokenizers import token_starts

_PREFIX = (
    "Here is the source of one web page. Below it you are asked to copy one of its listings "
    "into a table.\n\n```html\n"
)
_SUFFIX = """
```

Copy one listing of this page into tab-separated text.

Section: the one headed "{heading}", and no other.
Columns, in this order:
{columns}
Entries: {filter}
Keep the order of the page, one line for each entry. Copy values as a reader of the page sees \
them: entities decoded, no markup, units and punctuation kept. Where an entry has no value or \
only a dash, write N/A. Leave out advertisements and whatever a browser does not show. The \
first line is the header, exactly as below, with tabs between the names. Answer with one block:

```tsv
{header}
```
"""
_MISSING = 0.08
_PRESENT = 0.15  # of the filters ask for entries that have a value at all
_ITEM_TOKENS = 8
_MISSES = 300
_ATTEMPTS = 12
_OWN_BLOCKS = 2  # at most so many on each side of the listing
_CLOSING = 60  # tokens of prose that end a run of noise: any such number can be made

Row = tuple[str | None, ...]


@dataclass(frozen=True)
class _Filter:
    """Which rows are asked for: a column, a test of its value, and the sentence that says so.

    `present`: the test is that there is a value at all.
    """

    column: Column | None
    test: Callable[[str], bool]
    allowed: Callable[[str], bool]
    text: str
    present: bool = False


@dataclass(frozen=True)
class _Page:
    """What is asked about a page; the same at every length and depth."""

    site: Site
    look: Look
    shown: tuple[Column, ...]
    asked: tuple[Column, ...]
    heading: str
    rows: list[Row]
    wanted: list[bool]
    text: str

    def cells(self) -> list[str]:
        """Return the wanted rows as lines of the answer."""
        at = [self.shown.index(c) for c in self.asked]
        pairs = zip(self.rows, self.wanted, strict=True)
        return ["\t".join(r[i] or "N/A" for i in at) for r, wanted in pairs if wanted]


def _filter(kind: str, columns: Sequence[Column], stream: Stream) -> _Filter:
    if kind == "none":
        return _Filter(None, lambda v: True, lambda v: True, "all of that section.")
    if stream.chance(_PRESENT):
        column = stream.pick(columns[1:])
        text = f'only those with a value for "{column.name}".'
        return _Filter(column, lambda v: True, lambda v: True, text, present=True)
    column = stream.pick(columns)
    sample = column.draw(stream)
    where = f'only those whose "{column.name}"'
    allowed: Callable[[str], bool] = lambda v: True  # noqa: E731
    if column.kind == "n":
        low, high, decimals = int(column.values[0]), int(column.values[1]), column.values[2]
        limit = float(f"{low + (high - low) * stream.between(30, 70) / 100:.{decimals}f}")
        more = stream.chance(0.5)
        text = f"{where} is {'more' if more else 'less'} than {limit:.{decimals}f}"
        test = lambda v: (number(v) > limit) is more  # noqa: E731
        allowed = lambda v: number(v) != limit  # noqa: E731
    elif column.kind == "d":
        first, last = int(column.values[0]), int(column.values[1])
        start = stream.between(first, (first + last) // 2)
        end = start + (last - first) // 3
        text = f"{where} lies in the years {start} to {end}"
        test = lambda v: start <= int(v[-4:]) <= end  # noqa: E731
    elif column.kind == "c":
        word = sample.split()[-1]
        if stream.chance(0.5):
            text, test = f'{where} is "{sample}"', lambda v: v == sample
        else:
            text, test = f'{where} contains "{word}"', lambda v: word in v
    else:
        text, test = f'{where} starts with "{sample[0]}"', lambda v: v[0] == sample[0]
    return _Filter(column, test, allowed, f"{text}. An entry without that value does not count.")


def number(text: str) -> float:
    """Return the first number in a value."""
    found = re.search(r"-?\d+(?:\.\d+)?", text)
    return float(found[0]) if found else 0.0


def _row(columns: Sequence[Column], keep: _Filter, wanted: bool, used: set[str], s: Stream) -> Row:
    out: list[str | None] = []
    for i, column in enumerate(columns):
        chosen = column is keep.column

        def fits(v: str, i: int = i, chosen: bool = chosen) -> bool:
            right = not chosen or keep.present or (keep.allowed(v) and keep.test(v) is wanted)
            return right and (i > 0 or v not in used)

        missing = i > 0 and s.chance(_MISSING) and not (chosen and wanted)
        missing = not wanted if chosen and keep.present else missing
        out.append(None if missing else draw_value(column, s, fits))
    used.add(out[0] or "")
    return tuple(out)


def _page(room: Room) -> _Page:
    p, stream = room.params, room.structure("page")
    site = sites()[stream.pick(list(sites())) if p["site"] == "any" else p["site"]]
    drawn = stream.between(3, 6)
    others = stream.shuffled(site.columns[1:])
    n = (p["columns"] or drawn) - 1
    asked = (site.columns[0], *others[:n])
    shown = (site.columns[0], *stream.shuffled(others[: min(len(others), n + 1)]))
    css = css_prefix(stream)
    look = Look(stream.pick(LAYOUTS), css, ("Name", *(c.label for c in shown[1:])))
    keep = _filter(p["filter"], asked, stream)
    rows, wanted = _rows(room, shown, asked, keep)
    heading = stream.pick(site.headings)
    return _Page(site, look, shown, asked, heading, rows, wanted, keep.text)


def _rows(
    room: Room, shown: Sequence[Column], asked: Sequence[Column], keep: _Filter
) -> tuple[list[Row], list[bool]]:
    """Return the rows of the listing and which of them are asked for.

    Raises:
        GenerationError: so few tokens cannot be made of rows so wide.
    """
    for attempt in range(_ATTEMPTS):
        stream = Draws(room.streams("rows", attempt))
        found = _rows_of(room, shown, asked, keep, stream)
        if found is not None:
            return found
    raise GenerationError(
        f"longproc/html_to_tsv: no rows of {len(asked)} columns add up to"
        f" {room.params['output_tokens']:,} output_tokens ({room.tokenizer.name}): ask for more"
        " of them or for fewer columns"
    )


def _rows_of(
    room: Room, shown: Sequence[Column], asked: Sequence[Column], keep: _Filter, stream: Stream
) -> tuple[list[Row], list[bool]] | None:
    """Return rows as many as asked for; None when none fits into what is left of the tokens."""
    used = set[str]()
    target = room.params["output_tokens"]
    at = [shown.index(c) for c in asked]
    total = room.tokenizer.count("\t".join(c.name for c in asked) + "\n")
    rows: list[Row] = []
    wanted: list[bool] = []
    misses = 0
    while (total < 0.92 * target) if target else (sum(wanted) < room.params["rows"]):
        this = keep.column is None or stream.chance(0.6)
        row = _row(shown, keep, this, used, stream)
        if target and this:
            line = "\t".join(row[i] or "N/A" for i in at) + "\n"
            size = room.line_tokens([line])[0]
            if total + size > 1.08 * target:
                misses += 1
                if misses > _MISSES:
                    return None
                continue
            total += size
        rows.append(row)
        wanted.append(this)
    return (rows, wanted) if any(wanted) else None


def _listing(room: Room, page: _Page) -> tuple[str, list[tuple[int, int]]]:
    """Return the wanted listing and where its wanted rows stand in it."""
    stream, used = Draws(room.streams("listing")), {r[0] or "" for r in page.rows}
    keep = _filter("none", page.shown, stream)
    parts, spans = [opening(page.heading, page.look)], []
    at = len(parts[0])
    for values, wanted in zip(page.rows, page.wanted, strict=True):
        lines = []
        if stream.chance(0.12):
            extra = _row(page.shown, keep, True, used, stream)
            hidden = stream.pick((" hidden", ' style="display:none"'))
            lines.append(entry(extra, page.look, stream, hidden))
        if stream.chance(0.08):
            lines.append(advertisement(page.look, "see the weekend offers"))
        if stream.chance(0.08):
            old = entry(_row(page.shown, keep, True, used, stream), page.look, stream)
            inner = re.sub("<!--.*?-->", "", old)  # comments do not nest
            lines.append(f"<!-- {inner} -->")
        before = "".join(line + "\n" for line in lines)
        row = entry(values, page.look, stream)
        if wanted:
            spans.append((at + len(before), at + len(before) + len(row)))
        parts.append(before + row + "\n")
        at += len(parts[-1])
    return "".join([*parts, closing(page.look)]), spans


def _block(room: Room, page: _Page, label: str, i: int) -> str:
    """Return the i-th piece of noise: a look-alike listing, a sidebar, a hidden copy, a script."""
    stream = Draws(room.streams("noise", label, i))
    kind = stream.below(6)
    if kind == 0:
        fields = ",".join(f'"{page.look.css}{j}":{stream.below(10**6)}' for j in range(12))
        return f"<script>window.state={{{fields}}};</script>\n<style>.x{{margin:0 auto}}</style>\n"
    if kind == 1:
        shown = stream.sample(page.rows, min(3, len(page.rows)))
        items = "".join(f"<li><a>{escape(r[0] or '', stream)}</a></li>" for r in shown)
        return (
            f'<aside class="{page.look.css}-rv"><h3>Recently viewed</h3><ul>{items}</ul></aside>\n'
        )
    hidden = kind == 2
    other = [h for h in page.site.headings if h != page.heading]
    heading = page.heading if hidden else stream.pick(other)
    keep, used = _filter("none", page.shown, stream), {r[0] or "" for r in page.rows}
    rows = [_row(page.shown, keep, True, used, stream) for _ in range(stream.between(2, 7))]
    look = page.look
    lines = "".join(entry(r, look, stream) + "\n" for r in rows)
    block = opening(heading, look, " hidden" if hidden else "") + lines + closing(look)
    return f"<template>\n{block}</template>\n" if hidden and stream.chance(0.5) else block


def _noise(room: Room, page: _Page, label: str, tokens: int) -> tuple[str, int]:
    """Return sections of that many tokens, a few less where nothing so small can be made.

    A few listings are made in the look of the page; the rest comes out of the stock that all
    pages share.
    """
    parts: list[str] = []
    left = tokens
    for i in range(_OWN_BLOCKS):
        block = _block(room, page, label, i)
        size = room.line_tokens([block])[0]
        if size <= left // 2 - 3 * _CLOSING:
            parts.append(block)
            left -= size
    for kind, share in ((page.site.name, left // 2), ("articles", left)):
        share = min(share, left - 3 * _CLOSING)
        texts, taken = stock_of(room, kind).draw(room, label, share, page.heading)
        parts += texts
        left -= taken
    parts = room.streams("order", label).shuffled(parts)
    head, foot = '<div class="letter">\n', "</div>\n"
    room_left = left - sum(room.line_tokens([head, foot])) - 1
    if room_left >= _CLOSING:
        text = fill(room.pool("prose"), room.streams, f"letter {label}", room_left).text
        parts.append(f"{head}{text}\n{foot}")
    else:
        rule = "<hr>\n"
        parts.append(rule * max(0, left // room.line_tokens([rule])[0]))
    return "".join(parts), tokens - left + room.line_tokens([parts[-1]])[0]


def build(room: Room) -> Draft:
    """Make a page around one listing and ask for the listing."""
    page = _page(room)
    header = "\t".join(c.name for c in page.asked)
    reference = "\n".join([header, *page.cells()])
    suffix = _SUFFIX.format(
        heading=page.heading, columns=_columns(page), filter=page.text, header=header
    )
    size = room.tokenizer.count(reference)
    out = size * 5 // 4 + 64
    head = (
        f'<!DOCTYPE html>\n<html lang="en"><head><title>{page.site.brand}</title></head><body>\n'
        f'<div class="{page.look.css}"><header><nav><a href="/">Home</a> <a href="/help">Help</a>'
        "</nav></header><main>\n"
    )
    foot = f"</main><footer><p>&copy; {page.site.brand}</p></footer></div></body></html>\n"
    listing, spans = _listing(room, page)
    anchor = room.fixed("k\n")
    marks = [at + 2 for span in spans for at in span]
    size_listing, at = token_starts(room.tokenizer, "k\n" + listing, marks)
    size_listing -= anchor
    size_head, size_foot = room.line_tokens([head, foot.rstrip("\n")])
    around = size_head + size_listing + size_foot + 1
    evidence = sum(at[1::2]) - sum(at[::2]) + len(spans)
    noise = room.budget(_PREFIX, suffix, out) - around
    if noise < 0:
        raise room.too_short(f"page and answer of {len(spans)} rows need {-noise:,} tokens more")
    depth = room.row.depth or 0.0
    before = min(noise, max(0, round(depth * (noise + around - evidence)) - size_head))
    above, above_tokens = _noise(room, page, "before", before)
    below, below_tokens = _noise(room, page, "after", noise - before)
    front, first = head + above, size_head + above_tokens
    counted = None
    if room.adds_up([head, *listing.splitlines(keepends=True)[:20]]):
        places = [first + t - anchor for t in at]
        total = first + size_listing + below_tokens + size_foot
        counted = Counted(total, places[::2], places[1::2])
    return Draft(
        prefix=_PREFIX,
        body=Body(
            front + listing + below + foot.rstrip("\n"),
            [(a + len(front), b + len(front)) for a, b in spans],
            item_tokens=2 * _ITEM_TOKENS,
            counted=counted,
        ),
        suffix=suffix,
        reference=reference,
        max_output_tokens=out,
        rule_params={"reference_tokens": size},
    )


def _columns(page: _Page) -> str:
    lines = [f"1. {page.asked[0].name}: the name of the entry, which is also its link"]
    for i, column in enumerate(page.asked[1:], start=2):
        lines.append(f'{i}. {column.name}: labelled "{column.label}" on the page')
    return "\n".join(lines)


def read(prompt: str) -> str:
    """Parse the page and the question out of the prompt."""
    return read_listing(prompt)


def guesses(prompt: str) -> list[str]:
    """Return the header alone."""
    start = prompt.rfind("```tsv")
    return [prompt[start:]] if start >= 0 else []


def _optional(low: int, high: int) -> dict[str, Any]:
    return {"type": ["integer", "null"], "minimum": low, "maximum": high, "default": None}


register(
    Task(
        id="longproc/html_to_tsv",
        version=4,
        rule="table/rows",
        summary="One listing of a web page as a table; size of page and of table set apart",
        source="Ye et al. 2025 (LongProc), html_to_tsv",
        scope="one listing of the page, every row",
        diffusion="between listings that look alike, in nested markup",
        build=build,
        read=read,
        params={
            "site": {"enum": ["any", *sites()], "default": "any"},
            "rows": {"type": "integer", "minimum": 2, "maximum": 5000, "default": 12},
            "columns": _optional(2, 12),
            "output_tokens": _optional(128, 65_536),
            "filter": {"enum": ["none", "some"], "default": "none"},
        },
        guesses=guesses,
    )
)
