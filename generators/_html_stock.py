"""What fills a page up: articles and other listings, made once, counted once, drawn by all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

import numpy as np

from synthctx.compose import Room
from synthctx.generators._html_draws import Draws
from synthctx.generators._html_render import LAYOUTS, Look, closing, entry, opening
from synthctx.generators._html_sites import draw_value, sites
from synthctx.prose import block as prose_block
from synthctx.streams import Stream, Streams, ranking

_VERSION = 2
_MISSING = 0.08


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of a page, with a newline behind it.

    Attributes:
        text: its source.
        heading: of a listing that a reader of the page sees; "" of anything else.
    """

    text: str
    heading: str = ""


class Stock:
    """Items without end of one kind, with their tokens behind a newline."""

    def __init__(self, source: Iterator[Item]) -> None:
        self._source = source
        self._items: list[Item] = []
        self._tokens: list[int] = []
        self._total = 0

    def draw(self, room: Room, label: str, tokens: int, without: str) -> tuple[list[str], int]:
        """Return items of no more than so many tokens in all, and how many those are.

        Items with the heading `without` are left out.
        """
        if tokens <= 0:
            return [], 0
        wanted = tokens * 3 // 2 + 4000
        while self._total < wanted:
            item = next(self._source)
            self._items.append(item)
            self._tokens += room.line_tokens([item.text])
            self._total += self._tokens[-1]
        sizes = np.array(self._tokens)
        enough = int(np.searchsorted(np.cumsum(sizes), wanted)) + 1
        order = ranking(room.streams("stock", label).raw(enough)).tolist()
        kept = [i for i in order if not without or self._items[i].heading != without]
        total = np.cumsum(sizes[kept])
        fits = int(np.searchsorted(total, tokens, side="right"))
        return [self._items[i].text for i in kept[:fits]], int(total[fits - 1]) if fits else 0


def _articles() -> Iterator[Item]:
    for part in count():
        for paragraph in prose_block("en", part):
            text = " ".join(paragraph)
            yield Item(f'<div class="text"><article><p>{text}</p></article></div>\n')


def css_prefix(stream: Stream) -> str:
    """Return the beginning of a page's class names."""
    return stream.pick(("ax", "pl", "kn", "ui", "mo")) + str(stream.between(10, 99))


def _listings(site_name: str) -> Iterator[Item]:
    """Yield listings of a site in looks of their own; one in five is hidden."""
    site, streams = sites()[site_name], Streams(["listings", _VERSION, site_name])
    for number in count():
        stream = Draws(streams("listing", number))
        shown = (site.columns[0], *stream.shuffled(site.columns[1:])[: stream.between(2, 6)])
        labels = ("Name", *(c.label for c in shown[1:]))
        look = Look(stream.pick(LAYOUTS), css_prefix(stream), labels)
        heading, hidden = stream.pick(site.headings), stream.chance(0.2)
        rows = []
        for _ in range(stream.between(2, 7)):
            values = [
                None if i and stream.chance(_MISSING) else draw_value(c, stream, _anything)
                for i, c in enumerate(shown)
            ]
            rows.append(entry(values, look, stream) + "\n")
        text = opening(heading, look, " hidden" if hidden else "") + "".join(rows) + closing(look)
        if hidden and stream.chance(0.5):
            text = f"<template>\n{text}</template>\n"
        yield Item(text, "" if hidden else heading)


def _anything(value: str) -> bool:
    return True


_SOURCES: dict[str, Callable[[], Iterator[Item]]] = {"articles": _articles}


@lru_cache(maxsize=32)
def _stock(tokenizer: str, kind: str) -> Stock:
    return Stock(_SOURCES[kind]() if kind in _SOURCES else _listings(kind))


def stock_of(room: Room, kind: str) -> Stock:
    """Return the stock of "articles", or of the listings of a site by its name."""
    return _stock(room.row.tokenizer, kind)
