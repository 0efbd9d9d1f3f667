"""What the objects of the C++ library can do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from synthctx.minicpp.calls import Calls
from synthctx.minicpp.read import Outside
from synthctx.minicpp.types import (
    BOOL,
    STRING,
    TEXT,
    TREES,
    ULONG,
    VOID,
    Frame,
    Get,
    Type,
    is_class,
    is_number,
    is_ordered,
    is_whole,
)
from synthctx.minicpp.values import Expr, at_box, out_of_bounds

NOWHERE = (1 << 64) - 1
_CHANGING = frozenset(
    [
        "push_back",
        "emplace_back",
        "pop_back",
        "push_front",
        "pop_front",
        "clear",
        "resize",
        "insert",
        "erase",
        "assign",
        "swap",
        "append",
        "push",
        "pop",
        "emplace",
    ]
)
Less = Callable[[Any, Any], Any]


class Methods(Calls):
    """Builds the calls of an object's functions."""

    def method(self, owner: Expr, name: str, given: list[Expr]) -> Expr:
        """Return the call of a function of an object of the library."""
        self.nodes += 2
        for one in given:
            self.order(owner, one)
        for i, one in enumerate(given):
            for other in given[:i]:
                if self.order(other, one) is not None and (one.effect or other.effect):
                    self.outside("arguments whose order may matter")
        kind = owner.type.kind
        family = "tree" if kind in TREES else kind
        if family in ("vector", "deque"):
            family = "sequence"
        build = getattr(self, f"_{family}_{name}", None)
        if build is None and family in ("string", "sequence"):
            build = getattr(self, f"_any_{name}", None)
        if build is None or (owner.fixed and name in _CHANGING):
            self.outside(f"the function '{name[:30]}' of a {kind}")
        made: Expr = build(owner, given)
        made.over(owner, *given)
        if name in _CHANGING or family in ("istream", "ostream"):
            made.touched |= owner.root
            made.effect = made.effect or owner.lent or not owner.root
            self.mark()
        return made

    def counts(self, given: list[Expr], *allowed: int) -> None:
        """Refuse another number of arguments."""
        if len(given) not in allowed:
            self.outside("a call with another number of arguments")

    def whole(self, expr: Expr) -> Get:
        """Return how an argument that must be a whole number is got."""
        if not is_whole(expr.type):
            self.outside("a fraction where a whole number is wanted")
        return expr.get

    # ------------------------------------------------------------ all sequences

    def _any_size(self, owner: Expr, given: list[Expr]) -> Expr:
        get = owner.get
        return Expr(ULONG, lambda f: len(get(f)))

    _string_length = _queue_size = _stack_size = _heap_size = _any_size

    def _any_empty(self, owner: Expr, given: list[Expr]) -> Expr:
        get = owner.get
        return Expr(BOOL, lambda f: not get(f))

    _queue_empty = _stack_empty = _heap_empty = _any_empty

    def _any_clear(self, owner: Expr, given: list[Expr]) -> Expr:
        get = owner.get
        return Expr(VOID, lambda f: get(f).clear())

    def _any_push_back(self, owner: Expr, given: list[Expr]) -> Expr:
        self.counts(given, 1)
        get, value = owner.get, self.value(given[0], owner.type.of[0])

        def push(f: Frame) -> None:
            new = value(f)
            get(f).append(new)

        return Expr(VOID, push)

    _queue_push = _stack_push = _any_push_back

    def _sequence_emplace_back(self, owner: Expr, given: list[Expr]) -> Expr:
        if len(given) == 1 and given[0].type == owner.type.of[0]:
            return self._any_push_back(owner, given)
        made = Expr(owner.type.of[0], self.built(owner.type.of[0], given), fresh=True)
        if not is_class(made.type):
            self.outside("emplace_back of another type")
        return self._any_push_back(owner, [made])

    def _any_pop_back(self, owner: Expr, given: list[Expr]) -> Expr:
        get = owner.get

        def pop(f: Frame) -> None:
            values = get(f)
            if not values:
                raise out_of_bounds()
            values.pop()

        return Expr(VOID, pop)

    _stack_pop = _any_pop_back

    def _end(self, owner: Expr, at: int) -> Expr:
        get = owner.get

        def box(f: Frame) -> Any:
            values = get(f)
            return values, 0 if at == 0 else len(values) - 1

        made = at_box(owner.type.of[0], box)
        made.root, made.lent, made.fixed = owner.root, owner.lent, owner.fixed
        return made

    def _any_front(self, owner: Expr, given: list[Expr]) -> Expr:
        return self._end(owner, 0)

    def _any_back(self, owner: Expr, given: list[Expr]) -> Expr:
        return self._end(owner, 1)

    _queue_front, _queue_back, _stack_top = _any_front, _any_back, _any_back

    def _heap_top(self, owner: Expr, given: list[Expr]) -> Expr:
        made = self._end(owner, 0)
        made.fixed = True
        return made

    def _queue_pop(self, owner: Expr, given: list[Expr]) -> Expr:
        get, pay = owner.get, self.machine.pay

        def pop(f: Frame) -> None:
            values = get(f)
            if not values:
                raise out_of_bounds()
            pay(len(values) >> 8)
            del values[0]

        return Expr(VOID, pop)

    def _sequence_push_front(self, owner: Expr, given: list[Expr]) -> Expr:
        self.counts(given, 1)
        get, value, pay = owner.get, self.value(given[0], owner.type.of[0]), self.machine.pay

        def push(f: Frame) -> None:
            new = value(f)
            values = get(f)
            pay(len(values) >> 8)
            values.insert(0, new)

        return Expr(VOID, push)

    def _sequence_pop_front(self, owner: Expr, given: list[Expr]) -> Expr:
        return self._queue_pop(owner, given)

    def _any_begin(self, owner: Expr, given: list[Expr]) -> Expr:
        get = owner.get
        return Expr(Type("ptr", owner.type.of[:1]), lambda f: (get(f), 0), root=owner.root)

    def _any_end(self, owner: Expr, given: list[Expr]) -> Expr:
        get = owner.get

        def end(f: Frame) -> Any:
            values = get(f)
            return values, len(values)

        return Expr(Type("ptr", owner.type.of[:1]), end, root=owner.root)

    def _any_rbegin(self, owner: Expr, given: list[Expr]) -> Expr:
        get = owner.get
        return Expr(Type("backward", owner.type.of[:1]), lambda f: (get(f), 0), root=owner.root)

    _any_rend = _any_rbegin

    def _any_at(self, owner: Expr, given: list[Expr]) -> Expr:
        self.counts(given, 1)
        made = self.indexed(owner, given[0])
        if owner.type.kind == "string":
            get, place = owner.get, given[0].get
            made.get = lambda f: get(f)[_inside(place(f))]
        return made

    def _any_resize(self, owner: Expr, given: list[Expr]) -> Expr:
        self.counts(given, 1, 2)
        get, size, made = owner.get, self.whole(given[0]), self.machine.make
        inner = owner.type.of[0]
        one = self.initial(inner, zero=True) if len(given) == 1 else self.value(given[1], inner)
        if len(given) == 2 and is_class(inner):
            self.outside("resize with an object")

        def resize(f: Frame) -> None:
            wanted, values = size(f), get(f)
            made(max(0, wanted - len(values)) if wanted >= 0 else wanted)
            del values[wanted:]
            values += [one(f) for _ in range(wanted - len(values))]

        return Expr(VOID, resize)

    def _any_assign(self, owner: Expr, given: list[Expr]) -> Expr:
        self.counts(given, 2)
        if not is_whole(given[0].type):
            self.outside("assign from a range")
        get, build = owner.get, self.built(owner.type, given)

        def assign(f: Frame) -> None:
            fresh = build(f)
            get(f)[:] = fresh

        return Expr(VOID, assign)

    def _any_reserve(self, owner: Expr, given: list[Expr]) -> Expr:
        self.counts(given, 1)
        return Expr(VOID, given[0].get)

    def _any_erase(self, owner: Expr, given: list[Expr]) -> Expr:
        self.counts(given, 1, 2)
        get, pay = owner.get, self.machine.pay
        if is_number(given[0].type):
            if owner.type.kind != "string":
                self.outside("erase by number")
            first, count = self.whole(given[0]), given[1].get if len(given) > 1 else _everything

            def cut(f: Frame) -> Any:
                values, start, size = get(f), first(f), count(f)
                if not 0 <= start <= len(values) or size < 0:
                    raise out_of_bounds()
                del values[start : start + size]
                return values

            return Expr(STRING, cut, fresh=True)
        ends = [one.get for one in given]
        if any(one.type.kind != "ptr" for one in given):
            self.outside("erase of this")

        def erase(f: Frame) -> Any:
            values = get(f)
            places = [end(f) for end in ends]
            start, stop = places[0][1], places[-1][1] + (len(places) == 1)
            if any(one[0] is not values for one in places) or not 0 <= start <= stop <= len(values):
                raise out_of_bounds()
            pay(len(values) >> 6)
            del values[start:stop]
            return values, start

        return Expr(Type("ptr", owner.type.of[:1]), erase)

    def _any_insert(self, owner: Expr, given: list[Expr]) -> Expr:
        get, pay = owner.get, self.machine.pay
        if owner.type.kind == "string" and len(given) == 2 and is_whole(given[0].type):
            at, text = given[0].get, self.characters(given[1])

            def put(f: Frame) -> Any:
                values, place, new = get(f), at(f), list(text(f))
                if not 0 <= place <= len(values):
                    raise out_of_bounds()
                pay(1 + (len(values) >> 6))
                values[place:place] = new
                return values

            return Expr(STRING, put, fresh=True)
        self.counts(given, 2)
        if given[0].type.kind != "ptr":
            self.outside("insert at this")
        where, value = given[0].get, self.value(given[1], owner.type.of[0])

        def insert(f: Frame) -> Any:
            new = value(f)
            values, (place, start) = get(f), where(f)
            if place is not values or not 0 <= start <= len(values):
                raise out_of_bounds()
            pay(1 + (len(values) >> 6))
            values.insert(start, new)
            return values, start

        return Expr(Type("ptr", owner.type.of[:1]), insert)

    def _any_swap(self, owner: Expr, given: list[Expr]) -> Expr:
        self.counts(given, 1)
        return self.swapped(owner, given[0])

    def swapped(self, one: Expr, other: Expr) -> Expr:
        """Return what exchanges two objects or values."""
        if one.type != other.type or one.fixed or other.fixed or one.type.kind in TREES:
            self.outside("a swap of these")
        a, b = one.get, other.get
        if is_class(one.type):
            pay = self.machine.pay

            def swap(f: Frame) -> None:
                first, second = a(f), b(f)
                pay((len(first) + len(second)) >> 3)
                if first is not second:
                    first[:], second[:] = second[:], first[:]

            return Expr(VOID, swap)
        p, q = one.box, other.box
        if p is None or q is None:
            self.outside("a swap of mere values")

        def exchange(f: Frame) -> None:
            values, i = p(f)
            others, j = q(f)
            if i < 0 or j < 0:
                raise out_of_bounds()
            values[i], others[j] = others[j], values[i]

        return Expr(VOID, exchange)

    # ------------------------------------------------------------ strings

    def _string_substr(self, owner: Expr, given: list[Expr]) -> Expr:
        self.counts(given, 1, 2)
        get, first, make = owner.get, self.whole(given[0]), self.machine.make
        count = self.whole(given[1]) if len(given) > 1 else _everything

        def cut(f: Frame) -> Any:
            values, start, size = get(f), first(f), count(f)
            if not 0 <= start <= len(values):
                raise out_of_bounds()
            found = values[start : start + size] if size >= 0 else values[start:]
            make(len(found))
            return found

        return Expr(STRING, cut, fresh=True)

    def _found(self, owner: Expr, given: list[Expr], last: bool) -> Expr:
        self.counts(given, 1) if last else self.counts(given, 1, 2)
        get, text, pay = owner.get, self.characters(given[0]), self.machine.pay
        start = self.whole(given[1]) if len(given) > 1 else (lambda f: 0)

        def find(f: Frame) -> int:
            values, wanted, at = get(f), text(f), start(f)
            pay(1 + (len(values) >> 2))
            if min(values, default=0) < 0 or min(wanted, default=0) < 0 or at < 0:
                raise Outside("letters outside ASCII")
            where, what = bytes(values), bytes(wanted)
            found = where.rfind(what) if last else where.find(what, at)
            return found if found >= 0 else NOWHERE

        return Expr(ULONG, find)

    def _string_find(self, owner: Expr, given: list[Expr]) -> Expr:
        return self._found(owner, given, False)

    def _string_rfind(self, owner: Expr, given: list[Expr]) -> Expr:
        return self._found(owner, given, True)

    def _string_c_str(self, owner: Expr, given: list[Expr]) -> Expr:
        get, make = owner.get, self.machine.make

        def text(f: Frame) -> Any:
            values = get(f)
            make(len(values))
            return [*values, 0], 0

        return Expr(TEXT, text, fixed=True)

    def _string_append(self, owner: Expr, given: list[Expr]) -> Expr:
        if len(given) == 2 and is_whole(given[0].type):
            given = [Expr(STRING, self.built(STRING, given), fresh=True).over(*given)]
        self.counts(given, 1)
        if is_number(given[0].type):
            self.outside("append of a number")
        return self.changed(owner, "+", given[0])

    # ------------------------------------------------------------ heaps

    def less(self, type: Type, *, fixed: bool = True) -> Less:
        """Return how two values of a type are ordered."""
        if type.kind == "struct":
            parts = [Expr(type, _of_frame(i), lent=True, fixed=fixed) for i in (0, 1)]
            compare = self.operator_call("<", *parts).get
            return lambda a, b: compare([a, b])
        if not is_ordered(type):
            self.outside(f"an order of {type.kind}")
        return lambda a, b: a < b

    def _order_of(self, type: Type) -> Less:
        inner = type.of[0]
        if type.name in ("", "less"):
            return self.less(inner)
        if type.name == "greater":
            if not is_ordered(inner):
                self.outside("greater of a struct")
            return lambda a, b: a > b
        self.outside("a queue in an order of its own")

    def _heap_push(self, owner: Expr, given: list[Expr]) -> Expr:
        self.counts(given, 1)
        get, value = owner.get, self.value(given[0], owner.type.of[0])
        less, pay = self._order_of(owner.type), self.machine.pay

        def push(f: Frame) -> None:
            new = value(f)
            heap = get(f)
            heap.append(new)
            pay(2 * len(heap).bit_length())
            sift_up(heap, len(heap) - 1, new, less)

        return Expr(VOID, push)

    def _heap_pop(self, owner: Expr, given: list[Expr]) -> Expr:
        get, less, pay = owner.get, self._order_of(owner.type), self.machine.pay

        def pop(f: Frame) -> None:
            heap = get(f)
            if not heap:
                raise out_of_bounds()
            pay(4 * len(heap).bit_length())
            last = heap.pop()
            if heap:
                sift_down(heap, last, less)

        return Expr(VOID, pop)


def sift_up(heap: list[Any], at: int, value: Any, less: Less) -> None:
    """Move a value up to its place, as the library does."""
    while at > 0 and less(heap[(at - 1) // 2], value):
        heap[at] = heap[(at - 1) // 2]
        at = (at - 1) // 2
    heap[at] = value


def sift_down(heap: list[Any], value: Any, less: Less) -> None:
    """Fill the top with its greater children down to a leaf, and move a value up from there."""
    size, at = len(heap), 0
    child = 0
    while child < (size - 1) // 2:
        child = 2 * child + 2
        if less(heap[child], heap[child - 1]):
            child -= 1
        heap[at], at = heap[child], child
    if size % 2 == 0 and child == (size - 2) // 2:
        child = 2 * child + 1
        heap[at], at = heap[child], child
    sift_up(heap, at, value, less)


def _everything(f: Frame) -> int:
    return NOWHERE


def _inside(at: int) -> int:
    if at < 0:
        raise out_of_bounds()
    return at


def _of_frame(i: int) -> Get:
    return lambda f: f[i]
