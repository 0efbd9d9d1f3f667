"""Algorithms of the C++ library over ranges."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from functools import cmp_to_key
from itertools import pairwise
from typing import Any

from synthctx.minicpp.library import Library
from synthctx.minicpp.methods import Less
from synthctx.minicpp.operators import change_by
from synthctx.minicpp.read import Outside
from synthctx.minicpp.types import (
    BOOL,
    INT,
    LONG,
    ULONG,
    VOID,
    Frame,
    Get,
    Type,
    copier,
    is_class,
    is_number,
    is_ordered,
    is_whole,
    weight,
    width,
    wrap,
)
from synthctx.minicpp.values import Expr, out_of_bounds, unset

_STABLE = 16  # as many items the library sorts by insertion, which keeps the order of equals
Span = tuple[list[Any], int, int]


class Algorithms(Library):
    """Builds the calls of algorithms."""

    def span(self, given: list[Expr]) -> Callable[[Frame], Span]:
        """Return how a range is got: a list and two places."""
        first, last = (self.decayed(one) for one in given[:2])
        if first.type != last.type or first.type.kind not in ("ptr", "backward"):
            self.outside("a range of this")
        a, b, pay, backward = first.get, last.get, self.machine.pay, first.type.kind == "backward"

        def get(f: Frame) -> Span:
            (values, start), (others, end) = a(f), b(f)
            end = len(values) if backward and values is not None else end
            if values is not others or not 0 <= start <= end <= len(values):
                raise out_of_bounds()
            pay(1 + (end - start))
            if None in values[start:end]:
                raise unset()
            return values, start, end

        return get

    def copied_span(self, type: Type, given: list[Expr]) -> Get:
        """Return what makes a sequence out of a range."""
        if self.decayed(given[0]).type.of != type.of or type.kind not in ("vector", "string"):
            self.outside(f"a {type.kind} made of a range")
        span, copy, make = self.span(given), copier(type.of[0]), self.machine.make

        def build(f: Frame) -> list[Any]:
            values, start, end = span(f)
            make(end - start)
            return [copy(v) for v in values[start:end]] if copy else values[start:end]

        return build

    def _item(self, given: list[Expr]) -> Type:
        return self.decayed(given[0]).type.of[0]

    def comparator(self, given: list[Expr], type: Type) -> Callable[[Frame], Less] | None:
        """Return how an order is got that an algorithm is given; None for the plain one."""
        order = given[2] if len(given) > 2 else None
        if order is None or order.type == Type("order"):
            if is_ordered(type):
                return None
            less = self.less(type, fixed=False)
            return lambda f: less
        if order.type == Type("order", name="greater"):
            if not is_ordered(type):
                self.outside("greater of a struct")
            return lambda f: lambda a, b: a > b
        if order.type.kind == "lambda":
            make: Callable[[Frame], Less] = order.get
            return make
        parts = [Expr(type, lambda f: f[0], lent=True), Expr(type, lambda f: f[1], lent=True)]
        for i, part in enumerate(parts):
            part.box = lambda f, i=i: (f, i)
        if order.type.kind == "callable":
            call = self.call(self.functions[order.const], parts, None).get
        elif order.type.kind == "struct":
            found = self.structs[order.type.name].methods.get("operator()", [])
            nobody = Expr(order.type, lambda f: [])
            call = self.call(found, parts, nobody).get
        else:
            self.outside("an order of this kind")
        return lambda f: lambda a, b: call([a, b])

    def do_sort(self, given: list[Expr], *, stable: bool = False) -> Expr:
        self.counts(given, 2, 3)
        span, type = self.span(given), self._item(given)
        order, pay = self.comparator(given, type), self.machine.pay
        backward = given[0].type.kind == "backward"
        if backward and order is not None:
            self.outside("a backward range in an order of its own")

        def sort(f: Frame) -> None:
            values, start, end = span(f)
            chunk = values[start:end]
            pay(len(chunk).bit_length() * weight(chunk) >> 1)
            if order is None:
                chunk.sort(reverse=backward)
            else:
                chunk = sorted_by(chunk, order(f), stable)
            values[start:end] = chunk

        self.mark()
        return Expr(VOID, sort, effect=True)

    def do_stable_sort(self, given: list[Expr]) -> Expr:
        return self.do_sort(given, stable=True)

    def do_reverse(self, given: list[Expr]) -> Expr:
        self.counts(given, 2)
        span = self.span(given)

        def reverse(f: Frame) -> None:
            values, start, end = span(f)
            values[start:end] = values[start:end][::-1]

        self.mark()
        return Expr(VOID, reverse, effect=True)

    def _most(self, given: list[Expr], best: Callable[[list[Any]], Any]) -> Expr:
        self.counts(given, 2)
        span, type = self.span(given), self.decayed(given[0]).type
        if not is_ordered(type.of[0]) or type.kind != "ptr":
            self.outside("the greatest of these")

        pay = self.machine.pay

        def find(f: Frame) -> Any:
            values, start, end = span(f)
            chunk = values[start:end]
            pay(weight(chunk))
            return values, start + chunk.index(best(chunk)) if chunk else end

        return Expr(type, find)

    def do_max_element(self, given: list[Expr]) -> Expr:
        return self._most(given, max)

    def do_min_element(self, given: list[Expr]) -> Expr:
        return self._most(given, min)

    def do_accumulate(self, given: list[Expr]) -> Expr:
        self.counts(given, 3)
        span, first = self.span(given), given[2]
        if not is_number(first.type) or not is_number(self._item(given)):
            self.outside("the sum of these")
        add, by = change_by("+", first.type, Expr(self._item(given), lambda f: f[0]))
        get = first.get

        def total(f: Frame) -> Any:
            value = get(f)
            values, start, end = span(f)
            for one in values[start:end]:
                value = add(value, by([one]))
            return value

        return Expr(first.type, total)

    def _wanted(self, given: list[Expr]) -> Get:
        type, one = self._item(given), given[2]
        if is_whole(type) and is_whole(one.type):
            return one.get
        return self.value(one, type)

    def do_count(self, given: list[Expr]) -> Expr:
        self.counts(given, 3)
        span, wanted = self.span(given), self._wanted(given)

        def count(f: Frame) -> int:
            values, start, end = span(f)
            return values[start:end].count(wanted(f))

        return Expr(LONG, count)

    def do_find(self, given: list[Expr]) -> Expr:
        self.counts(given, 3)
        span, wanted = self.span(given), self._wanted(given)

        def find(f: Frame) -> Any:
            values, start, end = span(f)
            value = wanted(f)
            chunk = values[start:end]
            return values, start + (chunk.index(value) if value in chunk else end - start)

        return Expr(self.decayed(given[0]).type, find)

    def do_fill(self, given: list[Expr]) -> Expr:
        self.counts(given, 3)
        first, last = (self.decayed(one) for one in given[:2])
        type = self._item(given)
        if first.type != last.type or first.type.kind != "ptr":
            self.outside("a range of this")
        a, b, value, pay = first.get, last.get, self.value(given[2], type), self.machine.pay
        simple = not is_class(type)

        def fill(f: Frame) -> None:
            (values, start), (others, end) = a(f), b(f)
            if values is not others or not 0 <= start <= end <= len(values):
                raise out_of_bounds()
            pay((end - start) >> 3)
            size = end - start
            values[start:end] = [value(f)] * size if simple else [value(f) for _ in range(size)]

        self.mark()
        return Expr(VOID, fill, effect=True)

    def do_iota(self, given: list[Expr]) -> Expr:
        self.counts(given, 3)
        first, last, value = self.decayed(given[0]).get, self.decayed(given[1]).get, given[2].get
        kind, pay = self._item(given).kind, self.machine.pay
        if not is_whole(self._item(given)) or not is_whole(given[2].type):
            self.outside("iota of these")

        def count(f: Frame) -> None:
            (values, start), (others, end) = first(f), last(f)
            if values is not others or not 0 <= start <= end <= len(values):
                raise out_of_bounds()
            pay(end - start)
            begin = value(f)
            values[start:end] = [wrap(kind, begin + i) for i in range(end - start)]

        self.mark()
        return Expr(VOID, count, effect=True)

    def do_unique(self, given: list[Expr]) -> Expr:
        self.counts(given, 2)
        span, type = self.span(given), self.decayed(given[0]).type
        if not is_ordered(type.of[0]) or type.kind != "ptr":
            self.outside("unique of these")

        def unique(f: Frame) -> Any:
            values, start, end = span(f)
            chunk = values[start:end]
            kept = [v for i, v in enumerate(chunk) if i == 0 or v != chunk[i - 1]]
            values[start : start + len(kept)] = kept
            return values, start + len(kept)

        self.mark()
        return Expr(type, unique, effect=True)

    def do_next_permutation(self, given: list[Expr], *, back: bool = False) -> Expr:
        self.counts(given, 2)
        span = self.span(given)
        if not is_ordered(self._item(given)):
            self.outside("permutations of these")

        def advance(f: Frame) -> int:
            values, start, end = span(f)
            chunk = values[start:end]
            found = permute(chunk, back)
            values[start:end] = chunk
            return found

        self.mark()
        return Expr(BOOL, advance, effect=True)

    def do_prev_permutation(self, given: list[Expr]) -> Expr:
        return self.do_next_permutation(given, back=True)

    def _bound(self, given: list[Expr], bisect: Any) -> Callable[[Frame], tuple[Span, int, Any]]:
        self.counts(given, 3)
        first, last = (self.decayed(one) for one in given[:2])
        if first.type != last.type or first.type.kind != "ptr" or not is_ordered(first.type.of[0]):
            self.outside("a range of this")
        a, b, wanted, pay = first.get, last.get, self._wanted(given), self.machine.pay

        def find(f: Frame) -> tuple[Span, int, Any]:
            (values, start), (others, end) = a(f), b(f)
            if values is not others or not 0 <= start <= end <= len(values):
                raise out_of_bounds()
            pay(20)
            value = wanted(f)
            return (values, start, end), bisect(values, value, start, end), value

        return find

    def do_lower_bound(self, given: list[Expr]) -> Expr:
        find = self._bound(given, bisect_left)

        def place(f: Frame) -> Any:
            span, at, _ = find(f)
            return span[0], at

        return Expr(self.decayed(given[0]).type, place)

    def do_upper_bound(self, given: list[Expr]) -> Expr:
        find = self._bound(given, bisect_right)

        def place(f: Frame) -> Any:
            span, at, _ = find(f)
            return span[0], at

        return Expr(self.decayed(given[0]).type, place)

    def do_binary_search(self, given: list[Expr]) -> Expr:
        find = self._bound(given, bisect_left)

        def search(f: Frame) -> int:
            span, at, value = find(f)
            return int(at < span[2] and not value < span[0][at])

        return Expr(BOOL, search)

    def do_swap(self, given: list[Expr]) -> Expr:
        self.counts(given, 2)
        made = self.swapped(*given)
        made.touched = given[0].root | given[1].root
        self.mark()
        made.effect = True
        return made

    # ------------------------------------------------------------ memory and text

    def do_memset(self, given: list[Expr]) -> Expr:
        self.counts(given, 3)
        target = self.decayed(given[0])
        if target.type.kind != "ptr":
            self.outside("memset of this")
        inner = target.type.of[0]
        while inner.kind == "array":
            inner = inner.of[0]
        if not is_number(inner) or target.fixed:
            self.outside(f"memset of a {inner.kind}")
        place, code, count = target.get, self.whole(given[1]), self.whole(given[2])
        bits = width(inner.kind) if is_whole(inner) else 32 if inner.kind == "float" else 64
        pay = self.machine.pay

        def fill(f: Frame) -> None:
            (values, start), byte, size = place(f), code(f) & 255, count(f)
            if size % (bits // 8) or start < 0:
                raise out_of_bounds()
            pattern = int.from_bytes(bytes([byte]) * (bits // 8), "little")
            if (not is_whole(inner) and byte) or (inner.kind == "bool" and byte > 1):
                raise Outside("memset with an odd value")
            value: Any = wrap(inner.kind, pattern) if is_whole(inner) else 0.0
            items = size // (bits // 8)
            pay(items >> 4)
            if _set_items(values, start, items, value):
                raise out_of_bounds()

        self.mark()
        return Expr(VOID, fill, effect=True)

    def do_strlen(self, given: list[Expr]) -> Expr:
        self.counts(given, 1)
        get = self.characters(given[0])
        return Expr(ULONG, lambda f: len(get(f)))

    def do_strcmp(self, given: list[Expr]) -> Expr:
        self.counts(given, 2)
        a, b = map(self.characters, given)

        def compare(f: Frame) -> int:
            one, other = a(f), b(f)
            return int(one > other) - int(one < other)

        return Expr(INT, compare)


def _set_items(values: Any, start: int, items: int, value: Any) -> int:
    """Set items in order, row by row, and return how many there was no room for."""
    if not items:
        return 0
    if start < len(values) and isinstance(values[start], list):
        for row in values[start:]:
            items = _set_items(row, 0, items, value)
        return items
    room = min(items, len(values) - start)
    if room > 0:
        values[start : start + room] = [value] * room
    return items - max(0, room)


def sorted_by(chunk: list[Any], less: Less, stable: bool) -> list[Any]:
    """Return items in an order of the program's own, as every library would.

    Raises:
        Outside: the order is none, or leaves open how the items come out.
    """
    if any(less(one, one) for one in chunk):
        raise Outside("an order in which something is less than itself")

    def compare(a: Any, b: Any) -> int:
        return -1 if less(a, b) else int(bool(less(b, a)))

    result = sorted(chunk, key=cmp_to_key(compare))
    reach = len(result) if len(result) <= 24 else 2
    for i, one in enumerate(result):
        if any(less(other, one) for other in result[i + 1 : i + reach]):
            raise Outside("an order that contradicts itself")
    if not stable and len(result) > _STABLE:
        for one, other in pairwise(result):
            if one != other and not less(one, other):
                raise Outside("equals in a large sort: their order is left open")
    return result


def permute(chunk: list[Any], back: bool) -> int:
    """Make the next permutation in place; 0 when it was the last."""
    last = len(chunk) - 1

    def before(a: Any, b: Any) -> bool:
        return bool(a > b) if back else bool(a < b)

    at = last - 1
    while at >= 0 and not before(chunk[at], chunk[at + 1]):
        at -= 1
    if at >= 0:
        other = last
        while not before(chunk[at], chunk[other]):
            other -= 1
        chunk[at], chunk[other] = chunk[other], chunk[at]
    chunk[at + 1 :] = chunk[at + 1 :][::-1]
    return int(at >= 0)
