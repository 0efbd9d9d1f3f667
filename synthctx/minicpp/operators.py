"""Two operands of C++, and assignment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from synthctx.minicpp.build import Ground
from synthctx.minicpp.read import Outside
from synthctx.minicpp.types import (
    BOOL,
    CHAR,
    ISTREAM,
    LONG,
    OSTREAM,
    STRING,
    Frame,
    Get,
    Type,
    common,
    converter,
    is_class,
    is_number,
    is_ordered,
    is_whole,
    promoted,
    weight,
)
from synthctx.minicpp.values import (
    COMPARISONS,
    Expr,
    arithmetic,
    both,
    computed,
    converted,
    overwritten,
    plain_int,
    shift,
    stored,
    truth,
    updated,
)


class Operators(Ground):
    """Builds what operators do."""

    # ------------------------------------------------------------ two operands

    def order(self, left: Expr, right: Expr) -> Any:
        """Return the machine where it may matter which of two is got first, else None."""
        if left.touched & (right.used | right.touched) or right.touched & left.used:
            self.outside("a variable is read and changed at once: the result is left open")
        return self.either(left, right)

    def either(self, left: Expr, right: Expr) -> Any:
        """Return the machine where a call makes it matter which of two is got first."""
        if (left.effect and right.const is None) or (right.effect and left.const is None):
            self.orders = True
            return self.machine
        return None

    def joined(self, op: str, left: Expr, right: Expr) -> Expr:
        self.nodes += 1
        if op in ("&&", "||"):
            a, b = truth(left), truth(right)
            if op == "&&":
                return Expr(BOOL, lambda f: int(bool(a(f) and b(f)))).over(left, right)
            return Expr(BOOL, lambda f: int(bool(a(f) or b(f)))).over(left, right)
        if left.type == ISTREAM and op == ">>":
            return self.read_into(left, right)
        if left.type == OSTREAM and op == "<<":
            return self.write_to(left, right)
        if is_number(left.type) and is_number(right.type):
            return computed(op, left, right, self.order(left, right))
        kinds = (left.type.kind, right.type.kind)
        if "struct" in kinds:
            return self.operator_call(op, left, right)
        if "string" in kinds:
            return self._joined_strings(op, left, right)
        left, right = self.decayed(left), self.decayed(right)
        if "ptr" in (left.type.kind, right.type.kind):
            return self._joined_pointers(op, left, right)
        machine = self.order(left, right)
        if op in ("==", "!=") and kinds == ("iterator", "iterator"):
            same = both(lambda a, b: a[0] is b[0] and a[1] == b[1], left.get, right.get)
            if op == "!=":
                return Expr(BOOL, lambda f: not same(f)).over(left, right)
            return Expr(BOOL, same).over(left, right)
        if op in COMPARISONS and left.type == right.type and is_ordered(left.type):
            get = both(self._compared(op), left.get, right.get, machine=machine)
            return Expr(BOOL, get).over(left, right)
        self.outside(f"{op} between {kinds[0]} and {kinds[1]}")

    def _compared(self, op: str) -> Callable[[Any, Any], Any]:
        """Return how two objects are compared, paid for."""
        compare, pay = COMPARISONS[op], self.machine.pay

        def paid(one: Any, other: Any) -> Any:
            pay(min(weight(one), weight(other)) >> 1)
            return compare(one, other)

        return paid

    def _joined_strings(self, op: str, left: Expr, right: Expr) -> Expr:
        machine = self.order(left, right)
        if op != "+" and (op not in COMPARISONS or is_number(left.type) or is_number(right.type)):
            self.outside(f"{op} with a string")
        pay = self.machine.pay
        a, b = self.characters(left), self.characters(right)
        if op in COMPARISONS:
            get = both(self._compared(op), a, b, machine=machine)
            return Expr(BOOL, get).over(left, right)

        def join(one: list[int], other: list[int]) -> list[int]:
            pay((len(one) + len(other)) >> 3)
            return one + other

        return Expr(STRING, both(join, a, b, machine=machine), fresh=True).over(left, right)

    def _joined_pointers(self, op: str, left: Expr, right: Expr) -> Expr:
        machine = self.order(left, right)
        if left.type.kind != "ptr":
            left, right = right, left
            if op not in ("+", "==", "!="):
                self.outside(f"{op} with a pointer")
        a = left.get
        if op in "+-" and is_whole(right.type):
            change: Callable[[Any, Any], Any] = forward if op == "+" else backward
            return Expr(left.type, both(change, a, right.get, machine=machine)).over(left, right)
        b = converted(right, left.type)
        if op in ("==", "!="):
            wanted = op == "=="
            same = both(lambda p, q: _same_place(p, q) == wanted, a, b, machine=machine)
            return Expr(BOOL, same).over(left, right)
        if op == "-" or op in COMPARISONS:
            type = LONG if op == "-" else BOOL
            compute = _difference if op == "-" else COMPARISONS[op]

            def compare(p: Any, q: Any) -> Any:
                if p[0] is not q[0]:
                    raise Outside("pointers into different arrays: the result is left open")
                return compute(p[1], q[1])

            return Expr(type, both(compare, a, b, machine=machine)).over(left, right)
        self.outside(f"{op} with a pointer")

    # ------------------------------------------------------------ assignment

    def touch(self, expr: Expr, target: Expr, *parts: Expr) -> Expr:
        """Return an expression that changes a target."""
        expr.over(target, *parts)
        expr.touched |= target.root
        if target.lent or not target.root:
            expr.effect = True
        if target.slot is None or target.lent:
            self.mark()
        return expr

    def mark(self) -> None:
        """Note that the function that is read changes or reads what is not its own."""
        if self.function is not None:
            self.function.impure = True

    def assigned(self, target: Expr) -> Expr:
        self.nodes += 1
        if target.box is None and not is_class(target.type):
            self.outside("assignment to what cannot be assigned to")
        machine: Any = None
        parts: tuple[Expr, ...] = ()
        if self.word == "{":
            value = self.braced(target.type)
        else:
            right = self.assignment()
            if (
                right.late & target.root
                or right.touched & target.way
                or target.touched & right.used
            ):
                self.outside("a variable is changed twice at once: the result is left open")
            machine = self.either(target, right) if target.slot is None else None
            if right.type == CHAR and target.type == STRING:
                value, parts = self.characters(right), (right,)
            else:
                value, parts = self.value(right, target.type), (right,)
        if is_class(target.type):
            if target.fixed or target.type.kind == "array":
                self.outside("assignment to a constant or an array")
            get = overwritten(target, value)
            return self.touch(Expr(target.type, get, target.box, root=target.root), target, *parts)
        get = stored(target, value, machine)
        return self.touch(Expr(target.type, get, root=target.root), target, *parts)

    def changed(self, target: Expr, op: str, right: Expr) -> Expr:
        self.nodes += 1
        if right.touched & target.used or target.touched & right.used:
            self.outside("a variable is changed twice at once: the result is left open")
        if target.type == STRING and op == "+":
            return self._extended(target, right)
        machine = self.order(target, right)
        if target.type.kind == "ptr" and op in "+-" and is_whole(right.type):
            change: Callable[[Any, Any], Any] = forward if op == "+" else backward
            get = updated(target, change, right.get, old=False, machine=machine)
            return self.touch(Expr(target.type, get), target, right)
        if target.type.kind == "struct":
            return self.operator_call(op + "=", target, right)
        if not is_number(target.type) or not is_number(right.type):
            self.outside(f"{op}= with {target.type.kind} and {right.type.kind}")
        get = updated(target, *change_by(op, target.type, right), old=False, machine=machine)
        return self.touch(
            Expr(target.type, get, target.box, target.slot, root=target.root), target, right
        )

    def _extended(self, target: Expr, right: Expr) -> Expr:
        if target.fixed:
            self.outside("a constant is changed")
        get, more, pay = target.get, self.characters(right), self.machine.make

        def extend(f: Frame) -> Any:
            new = more(f)
            pay(len(new))
            values = get(f)
            values += new if new is not values else list(new)
            return values

        return self.touch(Expr(STRING, extend, target.box, root=target.root), target, right)


def forward(pointer: Any, by: int) -> Any:
    """Return a pointer some places on."""
    return pointer[0], pointer[1] + by


def backward(pointer: Any, by: int) -> Any:
    """Return a pointer some places back."""
    return pointer[0], pointer[1] - by


def _difference(one: int, other: int) -> int:
    return one - other


def _same_place(one: Any, other: Any) -> bool:
    return one[0] is other[0] and one[1] == other[1]


def change_by(op: str, type: Type, right: Expr) -> tuple[Callable[[Any, Any], Any], Get]:
    """Return how a number of a type is changed by another, and how that one is got."""
    if op in ("<<", ">>"):
        wide = promoted(type)
        change, by = shift(op, wide), plain_int(right)
    else:
        wide = common(type, right.type)
        change, by = arithmetic(op, wide), converted(right, wide)
    there, back = converter(type, wide), converter(wide, type)
    if there is None and back is None:
        return change, by
    to, fro = there or (lambda v: v), back or (lambda v: v)
    return (lambda a, b: fro(change(to(a), b))), by
