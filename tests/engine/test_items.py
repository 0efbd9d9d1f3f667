"""Bodies made of items: never over, short by less than one, evidence at its depth."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthctx.compose import Room
from synthctx.items import JSON_LINES, LINES, RECORD, Among, Frame, Stock, items_body, put_among
from synthctx.names import uuids
from synthctx.streams import Streams
from synthctx.tasks import Body, Row
from synthctx.tokenizers import token_starts
from tests.vocabularies import NAMES, vocabulary

FORMS = {
    "lines": (LINES, "{0} is kept by {1}\n"),
    "json lines": (JSON_LINES, '"{0}": "{1}",\n'),
    "record": (RECORD, ' "{0}": "{1}",'),
}


def room_of(name: str, monkeypatch: pytest.MonkeyPatch, index: int = 0) -> Room:
    tokenizer = vocabulary(name, monkeypatch)
    row = Row(1, "x/y", 1, "en", 4096, None, index, 0, tokenizer.name, {}, {})
    return Room(row, tokenizer, row.streams())


def stock_of(form: str) -> tuple[Stock, Frame, str]:
    frame, item = FORMS[form]

    def make(block: int) -> list[str]:
        drawn = uuids(Streams(["stock"])("block", block), 400)
        return [item.format(a, b) for a, b in zip(drawn[::2], drawn[1::2], strict=True)]

    return Stock(make, frame.anchor), frame, item


def built(room: Room, form: str, budget: int, depths: list[float]) -> tuple[Body, Among]:
    stock, frame, item = stock_of(form)
    needed = [item.format(f"key number {i}", f"value {i}") for i in range(len(depths))]
    sizes = room.item_tokens(needed, frame.anchor)
    others, tokens, one_more = stock.draw(room, budget - sum(sizes))
    among = put_among(others, tokens, needed, sizes, depths)
    return items_body(room, among, one_more, frame), among


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", FORMS)
def test_counts_and_places(name: str, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    room = room_of(name, monkeypatch)
    before = "Read this.\n"
    for budget in (400, 3000, 20_000):
        for depths in ([0.0], [1.0], [0.5, 0.5], [0.9, 0.1, 0.33]):
            body, among = built(room, form, budget, depths)
            prompt = before + body.text
            marks = [len(before) + start for start, _ in body.spans]
            total, starts = token_starts(room.tokenizer, prompt, marks)
            first = room.tokenizer.count(before)
            assert 0 <= budget - (total - first) <= body.item_tokens
            for (start, end), i in zip(body.spans, sorted(among.needed), strict=True):
                assert "key number" in body.text[start:end]
                assert body.text[start:end] in among.items[i]
            if body.counted is not None:
                assert body.counted.tokens == total - first
                # a record's blank is in the token of its first word
                assert all(
                    abs(a - first - b) <= 1
                    for a, b in zip(starts, body.counted.starts, strict=True)
                )
            hay = sum(among.tokens) - sum(among.tokens[i] for i in among.needed)
            for depth, place in zip(depths, among.needed, strict=True):
                ahead = [n for n in range(place) if n not in among.needed]
                share = sum(among.tokens[n] for n in ahead) / hay
                assert abs(share - depth) * hay <= max(among.tokens)


def test_a_record_is_json_and_all_its_keys_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    room = room_of("tekken", monkeypatch)
    body, among = built(room, "record", 9000, [0.0, 1.0])
    assert len(json.loads(body.text)) == len(among.items)
    assert "\n" not in body.text
    lines, _ = built(room, "json lines", 9000, [0.4])
    assert len(json.loads("{" + lines.text + "}")) > 100


def test_samples_draw_other_items_and_none_that_they_may_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stock, _, _ = stock_of("lines")
    drawn = [stock.draw(room_of("tekken", monkeypatch, i), 5000)[0] for i in range(3)]
    assert all(len(set(items)) == len(items) for items in drawn)
    assert drawn[0] != drawn[1] != drawn[2]
    again, _, _ = stock_of("lines")
    again.draw(room_of("tekken", monkeypatch, 7), 90_000)
    assert again.draw(room_of("tekken", monkeypatch, 0), 5000)[0] == drawn[0], "whoever came first"
    some = stock.draw(room_of("tekken", monkeypatch), 5000, but=lambda item: item.startswith("a"))[
        0
    ]
    assert not [item for item in some if item.startswith("a")]
    assert stock.draw(room_of("tekken", monkeypatch), -5)[0] == []


@given(
    tokens=st.lists(st.integers(1, 9), max_size=30),
    depths=st.lists(st.floats(0, 1), min_size=1, max_size=6),
)
def test_needed_items_are_put_in_at_the_nearest_boundary(
    tokens: list[int], depths: list[float]
) -> None:
    others = [f"other {i}" for i in range(len(tokens))]
    needed = [f"needed {i}" for i in range(len(depths))]
    among = put_among(others, tokens, needed, [1] * len(needed), depths)
    assert [among.items[i] for i in among.needed] == needed
    assert [item for item in among.items if item in others] == others
    hay = sum(tokens)
    for depth, place in zip(depths, among.needed, strict=True):
        ahead = [
            t for t, item in zip(among.tokens[:place], among.items, strict=False) if item in others
        ]
        assert abs(sum(ahead) - depth * hay) <= max(tokens, default=0) / 2 + 1e-6
