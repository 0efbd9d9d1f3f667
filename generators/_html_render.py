"""Entries of a listing as HTML, in four layouts, with what real pages put around values."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

from synthctx.streams import Stream

LAYOUTS = ("table", "cards", "terms", "stack")
_NAMED = {"é": "eacute", "è": "egrave", "ö": "ouml", "ü": "uuml", "ø": "oslash", "€": "euro"}

Entry = Sequence[str | None]  # one value for each label; the first is the heading


@dataclass(frozen=True, slots=True)
class Look:
    """How one page is written: layout, prefix of its class names, labels of its columns."""

    layout: str
    css: str
    labels: tuple[str, ...]


def escape(text: str, stream: Stream) -> str:
    """Return a text with entities: always where needed, elsewhere by chance."""
    out = html.escape(text, quote=False)
    foreign = [] if text.isascii() else dict.fromkeys(c for c in text if not c.isascii())
    for char in foreign:
        way = stream.below(3)
        if way == 0:
            out = out.replace(char, f"&#{ord(char)};")
        elif way == 1 and char in _NAMED:
            out = out.replace(char, f"&{_NAMED[char]};")
    return out.replace(" ", "&nbsp;", 1) if stream.chance(0.2) else out


def _value(value: str | None, look: Look, stream: Stream) -> str:
    if value is None:
        return stream.pick(("", "&mdash;", "<!-- none -->", "-"))
    first, blank, rest = value.partition(" ")
    way = stream.below(5)
    if way == 0 and blank:
        return f"<b>{escape(first, stream)}</b> {escape(rest, stream)}"
    if way == 1:
        return f'<span class="{look.css}-v"><em>{escape(value, stream)}</em></span>'
    if way == 2:
        was = f'<del style="display:none">{stream.between(100, 999)}</del>'
        return f"{was}{escape(value, stream)}"
    return escape(value, stream)


def entry(values: Entry, look: Look, stream: Stream, attributes: str = "") -> str:
    """Return one entry as an element without a newline at its end."""
    css, shown = look.css, [_value(v, look, stream) for v in values]
    link = f'<a href="/{css}/{stream.between(1000, 99999)}" class="{css}-a">{shown[0]}</a>'
    pairs = list(zip(look.labels[1:], values[1:], shown[1:], strict=True))
    if look.layout == "table":
        cells = "".join(f'<td class="{css}-d">{v}</td>' for v in [link, *shown[1:]])
        return f'<tr class="{css}-r"{attributes}>{cells}</tr>'
    # outside of a table what is missing may be left out altogether
    pairs = [p for p in pairs if p[1] is not None or stream.chance(0.5)]
    if look.layout == "cards":
        rows = "".join(
            f'<li><span class="{css}-k">{label}</span> <span>{v}</span></li>'
            for label, _, v in pairs
        )
        inner = f'<div class="{css}-h"><h4>{link}</h4></div><ul>{rows}</ul>'
        return f'<div class="{css}-r"{attributes}>{inner}</div>'
    if look.layout == "terms":
        rows = "".join(f"<dt>{label}</dt><dd>{v}</dd>" for label, _, v in pairs)
        return f'<li class="{css}-r"{attributes}><h4>{link}</h4><dl>{rows}</dl></li>'
    rows = "".join(f"<p><b>{label}:</b> {v}</p>" for label, _, v in pairs)
    return f'<article class="{css}-r"{attributes}><h4>{link}</h4><div>{rows}</div></article>'


def opening(heading: str, look: Look, attributes: str = "") -> str:
    """Return what stands before the entries of a listing, ending in a newline."""
    top = f'<section class="{look.css}-s"{attributes}><h2>{html.escape(heading)}</h2>\n'
    if look.layout == "table":
        names = "".join(f"<th>{label}</th>" for label in look.labels)
        return f'{top}<div class="{look.css}-w"><table><thead><tr>{names}</tr></thead><tbody>\n'
    return f'{top}<div class="{look.css}-w"><{"ul" if look.layout == "terms" else "div"}>\n'


def closing(look: Look) -> str:
    """Return what stands behind the entries of a listing, ending in a newline."""
    tag = {"table": "tbody></table", "terms": "ul"}.get(look.layout, "div")
    pages = '<nav><a href="?p=1">1</a> <a href="?p=2">2</a> <a href="?p=3">next</a></nav>'
    return f"</{tag}></div>{pages}</section>\n"


def advertisement(look: Look, text: str) -> str:
    """Return an advertisement that stands between entries, without a newline at its end."""
    inner = f"<aside>Advertisement: {html.escape(text)}</aside>"
    if look.layout == "table":
        return f'<tr><td colspan="{len(look.labels)}">{inner}</td></tr>'
    return f"<li>{inner}</li>" if look.layout == "terms" else inner
