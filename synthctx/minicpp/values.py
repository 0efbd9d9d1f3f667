"""Expressions of interpreted C++ as Python functions: reading, storing, computing."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from synthctx.minicpp.read import Outside
from synthctx.minicpp.types import (
    RANGES,
    Frame,
    Get,
    Type,
    common,
    converter,
    copier,
    is_class,
    is_number,
    is_whole,
    overwrite,
    promoted,
    single,
    width,
    wrap,
)


@dataclass(slots=True)
class Expr:
    """An expression: its type and how its value is got.

    Attributes:
        box: gives (list, place) of what can be assigned to; None for a mere value.
        slot: the place in the frame when it is a plain local variable.
        const: the value when it is known before the run.
        fresh: the value is an object that nobody else holds.
        used: names of variables it reads.
        touched: names of variables it changes itself.
        fixed: it is const and must not be assigned to.
        root: the name of the variable whose part it is.
        lent: it lies behind a pointer or reference, so it may be any variable.
        way: names of variables that are read to find its place.
        late: names of variables that it changes after its value is got.
        effect: it calls something that changes or reads more.
    """

    type: Type
    get: Get
    box: Get | None = None
    slot: int | None = None
    const: Any = None
    fresh: bool = False
    used: frozenset[str] = frozenset()
    touched: frozenset[str] = frozenset()
    effect: bool = False
    fixed: bool = False
    root: frozenset[str] = frozenset()
    lent: bool = False
    way: frozenset[str] = frozenset()
    late: frozenset[str] = frozenset()

    def over(self, *parts: Expr) -> Expr:
        """Return the expression with the effects of its parts."""
        for part in parts:
            self.used |= part.used
            self.touched |= part.touched
            self.late |= part.late
            self.effect = self.effect or part.effect
        return self


@dataclass(slots=True)
class Var:
    """A variable: where it lies ("local", "global", "field"), and whether it refers to another."""

    type: Type
    home: str
    slot: int
    name: str
    refers: bool = False
    const: Any = None
    fixed: bool = False


@dataclass(slots=True)
class Function:
    """A function of the program."""

    name: str
    result: Type
    parameters: list[Var] = field(default_factory=list)
    defaults: list[Expr] = field(default_factory=list)
    body: Get | None = None
    slots: int = 2  # 0 holds the result, 1 the struct
    cost: int = 1
    impure: bool = False
    refers: bool = False  # it returns a reference
    constant: bool = False  # it does not change its struct
    stack: int = 0  # bytes of its arrays


def unset() -> Outside:
    """Return what reading a variable that was never set ends in."""
    return Outside("a variable is read that was never set: the result is left open")


def out_of_bounds() -> Outside:
    """Return what a place outside an array ends in."""
    return Outside("a place outside an array: the result is left open")


def constant(type: Type, value: Any) -> Expr:
    """Return an expression that is known."""
    return Expr(type, lambda f: value, const=value)


def local_getter(slot: int, type: Type) -> Get:
    """Return how a local variable is read."""
    if is_class(type):
        return lambda f: f[slot]

    def get(f: Frame) -> Any:
        value = f[slot]
        if value is None:
            raise unset()
        return value

    return get


def boxed_getter(box: Get, type: Type) -> Get:
    """Return how what lies at a (list, place) is read."""

    def get(f: Frame) -> Any:
        values, at = box(f)
        if at < 0:
            raise out_of_bounds()
        value = values[at]
        if value is None:
            raise unset()
        return value

    return get


def at_box(type: Type, box: Get) -> Expr:
    """Return the expression for what lies at a (list, place)."""
    return Expr(type, boxed_getter(box, type), box)


def item(values: Get, index: Get, type: Type) -> Expr:
    """Return the expression for an item of a list."""

    def get(f: Frame) -> Any:
        at = index(f)
        if at < 0:
            raise out_of_bounds()
        value = values(f)[at]
        if value is None:
            raise unset()
        return value

    return Expr(type, get, lambda f: (values(f), index(f)))


def stored(target: Expr, value: Get, machine: Any = None) -> Get:
    """Return what sets a number or pointer and gives its value; `machine` as in `both`."""
    if target.fixed or target.box is None:
        raise Outside("assignment to what cannot be assigned to")
    if target.slot is not None:
        slot = target.slot

        def store_local(f: Frame) -> Any:
            f[slot] = result = value(f)
            return result

        return store_local
    box = target.box

    def store(f: Frame) -> Any:
        early = box(f) if machine is not None and machine.reverse else None
        result = value(f)
        values, at = early or box(f)
        if at < 0:
            raise out_of_bounds()
        values[at] = result
        return result

    return store


def updated(
    target: Expr,
    change: Callable[[Any, Any], Any],
    value: Get,
    *,
    old: bool,
    machine: Any = None,
) -> Get:
    """Return what changes a number or pointer, and gives the value before or after."""
    if target.fixed or target.box is None:
        raise Outside("a change of what cannot be changed")
    box = target.box
    if target.slot is not None and machine is None:
        slot = target.slot

        def update_local(f: Frame) -> Any:
            by = value(f)
            before = f[slot]
            if before is None:
                raise unset()
            f[slot] = after = change(before, by)
            return before if old else after

        return update_local

    def update(f: Frame) -> Any:
        early = None
        if machine is not None and machine.reverse:
            values, at = box(f)
            early = values[at]
        by = value(f)
        if early is None:
            values, at = box(f)
        before = values[at] if early is None else early
        if before is None:
            raise unset()
        if at < 0:
            raise out_of_bounds()
        values[at] = after = change(before, by)
        return before if old else after

    return update


def taken(expr: Expr, pay: Callable[[int], None]) -> Get:
    """Return how a value of a class is copied, where it needs to be."""
    copy = copier(expr.type)
    if copy is None or expr.fresh:
        return expr.get
    get = expr.get

    def copied(f: Frame) -> Any:
        value = get(f)
        pay(len(value) if isinstance(value, list) else len(value.keys))
        return copy(value)

    return copied


def overwritten(target: Expr, value: Get) -> Get:
    """Return what makes an object hold a fresh copy of another."""
    get = target.get

    def store(f: Frame) -> Any:
        fresh = value(f)
        place = get(f)
        overwrite(place, fresh)
        return place

    return store


def converted(expr: Expr, target: Type) -> Get:
    """Return how the value is got as another type.

    Raises:
        Outside: it cannot be.
    """
    source = expr.type
    if is_number(source) and is_number(target):
        change, get = converter(source, target), expr.get
        if change is None:
            return get
        if expr.const is not None:
            value = change(expr.const)
            return lambda f: value
        return lambda f: change(get(f))
    if source == target or (source.kind == target.kind == "ptr" and source.of == target.of):
        return expr.get
    if target.kind == "ptr" and (source.kind == "null" or expr.const == 0):
        return lambda f: (None, 0)
    if target.kind == "bool" and source.kind == "istream":
        return expr.get  # whether everything so far could be read
    if target.kind == "bool" and source.kind == "ptr":
        get = expr.get
        return lambda f: int(get(f)[0] is not None)
    raise Outside(f"a {source.kind} where a {target.kind} is wanted")


def truth(expr: Expr) -> Get:
    """Return how a condition is got: 0 or something else."""
    if expr.type.kind in RANGES or expr.type.kind in ("double", "float"):
        return expr.get
    return converted(expr, Type("bool"))


# ---------------------------------------------------------------- arithmetic


def quotient(left: int, right: int) -> int:
    """Return the quotient, rounded towards zero."""
    if right == 0:
        raise Outside("a division by zero: the result is left open")
    if left >= 0 and right > 0:
        return left // right
    whole = abs(left) // abs(right)
    return whole if (left < 0) == (right < 0) else -whole


def remainder(left: int, right: int) -> int:
    """Return what the quotient leaves."""
    return left - right * quotient(left, right)


def _divide(left: float, right: float) -> float:
    if right == 0:
        raise Outside("a fraction is divided by zero")
    return left / right


_PLAIN: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": quotient,
    "%": remainder,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
}
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
OVERFLOW = "a whole number overflows: the result is left open"


def arithmetic(op: str, type: Type) -> Callable[[Any, Any], Any]:
    """Return how two numbers of one type are computed with."""
    if not is_whole(type):
        if op not in "+-*/":
            raise Outside(f"{op} with fractions")
        plain = _divide if op == "/" else _PLAIN[op]
        return plain if type.kind == "double" else lambda a, b: single(plain(a, b))
    plain = _PLAIN[op]
    low, high = RANGES[type.kind]
    if op in "&|^" or (op in "%/" and low == 0):
        return plain
    if low == 0:
        return lambda a, b: plain(a, b) & high

    def checked(a: int, b: int) -> int:
        result: int = plain(a, b)
        if low <= result <= high:
            return result
        raise Outside(OVERFLOW)

    return checked


def shift(op: str, type: Type) -> Callable[[Any, Any], Any]:
    """Return how a number of a type is shifted."""
    bits, kind = width(type.kind), type.kind

    def shifted(value: int, by: int) -> int:
        if not 0 <= by < bits:
            raise Outside("a shift by more bits than there are: the result is left open")
        return value >> by if op == ">>" else wrap(kind, value << by)

    return shifted


def both(op: Callable[[Any, Any], Any], left: Get, right: Get, *, machine: Any = None) -> Get:
    """Return how a pair of values is got and computed with; in either order with a machine."""
    if machine is None:
        return lambda f: op(left(f), right(f))

    def ordered(f: Frame) -> Any:
        if machine.reverse:
            after = right(f)
            return op(left(f), after)
        return op(left(f), right(f))

    return ordered


def _fast(op: str, type: Type, left: Get, right: Get) -> Get | None:
    """Return the quick way of the commonest operations."""
    if not is_whole(type) or not RANGES[type.kind][0]:
        return None
    low, high = RANGES[type.kind]
    if op == "+":

        def add(f: Frame) -> int:
            result: int = left(f) + right(f)
            if low <= result <= high:
                return result
            raise Outside(OVERFLOW)

        return add
    if op == "-":

        def subtract(f: Frame) -> int:
            result: int = left(f) - right(f)
            if low <= result <= high:
                return result
            raise Outside(OVERFLOW)

        return subtract
    return None


def _compare(op: str, left: Get, right: Get) -> Get:
    if op == "<":
        return lambda f: left(f) < right(f)
    if op == "==":
        return lambda f: left(f) == right(f)
    return both(COMPARISONS[op], left, right)


def computed(op: str, left: Expr, right: Expr, machine: Any = None) -> Expr:
    """Return what two numbers give; `machine` when the order of the two may matter."""
    if op in ("<<", ">>"):
        type = promoted(left.type)
        if not is_whole(left.type) or not is_whole(right.type):
            raise Outside("a shift of fractions")
        change = shift(op, type)
        get = both(change, converted(left, type), right.get, machine=machine)
    else:
        type = common(left.type, right.type)
        a, b = converted(left, type), converted(right, type)
        if op in COMPARISONS:
            get = (
                _compare(op, a, b)
                if machine is None
                else both(COMPARISONS[op], a, b, machine=machine)
            )
            type = Type("bool")
        else:
            fast = _fast(op, type, a, b) if machine is None else None
            get = fast or both(arithmetic(op, type), a, b, machine=machine)
    if left.const is not None and right.const is not None:
        return constant(type, get([]))
    return Expr(type, get).over(left, right)


def plain_int(expr: Expr) -> Get:
    """Return how a whole number is got."""
    if not is_whole(expr.type):
        raise Outside("a whole number is wanted")
    return expr.get
