"""Expressions of C++, read and built in one go."""

from __future__ import annotations

import re
from typing import Any

from synthctx.minicpp.operators import Operators, backward, change_by, forward
from synthctx.minicpp.types import (
    BOOL,
    CHAR,
    DOUBLE,
    FLOAT,
    INT,
    LLONG,
    LONG,
    RANGES,
    STRING,
    TEXT,
    UINT,
    ULLONG,
    ULONG,
    Get,
    Type,
    common,
    is_class,
    is_number,
    is_whole,
    promoted,
    width,
)
from synthctx.minicpp.values import (
    Expr,
    at_box,
    computed,
    constant,
    converted,
    truth,
    updated,
)

_POWERS = {"*": 10, "/": 10, "%": 10, "+": 9, "-": 9, "<<": 8, ">>": 8}
_POWERS |= {"<": 7, ">": 7, "<=": 7, ">=": 7, "==": 6, "!=": 6}
_POWERS |= {"&": 5, "^": 4, "|": 3, "&&": 2, "||": 1}
_ASSIGNMENTS = frozenset(("+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="))
_ESCAPES = {"n": 10, "t": 9, "r": 13, "0": 0, "\\": 92, "'": 39, '"': 34, "a": 7, "b": 8}
_WHOLE = re.compile(r"(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)([uUlL]{0,3})\Z")
_REAL = re.compile(r"([0-9]*\.?[0-9]*(?:[eE][+-]?[0-9]+)?)([fF]?)\Z")
_CASTS = frozenset(("static_cast", "const_cast", "reinterpret_cast", "dynamic_cast"))


class Expressions(Operators):
    """Reads expressions."""

    def expression(self) -> Expr:
        """Read an expression, commas and all."""
        expr = self.assignment()
        while self.accept(","):
            before, last = expr, self.assignment()
            expr = Expr(last.type, _second(before.get, last.get), fresh=last.fresh)
            expr.over(before, last)
        return expr

    def assignment(self) -> Expr:
        """Read an expression without commas."""
        self.deeper()
        left = self._choice()
        op = self.word if self.tokens[self.at].kind == "op" else ""
        if op == "=":
            self.take()
            left = self.assigned(left)
        elif op in _ASSIGNMENTS:
            self.take()
            left = self.changed(left, op[:-1], self.assignment())
        self.depth -= 1
        return left

    def _choice(self) -> Expr:
        test = self._binary(1)
        if not self.accept("?"):
            return test
        yes = self.decayed(self.expression())
        self.expect(":")
        no = self.decayed(self.assignment())
        if is_number(yes.type) and is_number(no.type):
            type = yes.type if yes.type == no.type else common(yes.type, no.type)
            a, b = converted(yes, type), converted(no, type)
        elif yes.type.kind == no.type.kind and yes.type.of == no.type.of:
            type, a, b = yes.type, self.value(yes, yes.type), self.value(no, no.type)
        elif "string" in (yes.type.kind, no.type.kind):
            type, a, b = STRING, self.value(yes, STRING), self.value(no, STRING)
        else:
            self.outside("a choice between two types")
        get = truth(test)
        chosen = Expr(type, lambda f: a(f) if get(f) else b(f), fresh=is_class(type))
        return chosen.over(test, yes, no)

    def _binary(self, power: int) -> Expr:
        left = self._unary()
        while True:
            token = self.tokens[self.at]
            op = token.text
            this = _POWERS.get(op, 0) if token.kind == "op" else 0
            if this < power or this == 0:
                return left
            self.take()
            left = self.joined(op, left, self._binary(this + 1))

    # ------------------------------------------------------------ one operand

    def _unary(self) -> Expr:
        self.deeper()
        self.nodes += 1
        token = self.tokens[self.at]
        expr = self._prefixed(token.text) if token.kind in ("op", "name") else None
        if expr is None:
            expr = self.postfixed(self.primary())
        self.depth -= 1
        return expr

    def _prefixed(self, op: str) -> Expr | None:
        if op in ("++", "--"):
            self.take()
            return self.stepped(self._unary(), op, old=False)
        if op in ("-", "+", "~", "!", "*", "&"):
            self.take()
            return self._with_sign(op, self._unary())
        if op == "sizeof":
            self.take()
            return self._size()
        if op == "(":
            self.take()
            if self.at_type():
                type = self.full_type()
                self.expect(")")
                return self.cast(self._unary(), type)
            self.at -= 1
        return None

    def _with_sign(self, op: str, expr: Expr) -> Expr:
        if op == "*":
            expr = self.decayed(expr)
            return self.pointed(expr)
        if op == "&":
            if expr.box is None or expr.type.kind == "array":
                self.outside("the address of this")
            self.mark()
            made = Expr(Type("ptr", (expr.type,)), expr.box, root=expr.root).over(expr)
            made.fixed = expr.fixed
            return made
        if op == "!":
            get = truth(expr)
            if expr.const is not None and is_number(expr.type):
                return constant(BOOL, int(not expr.const))
            return Expr(BOOL, lambda f: 0 if get(f) else 1).over(expr)
        if not is_number(expr.type):
            self.outside(f"{op} of a {expr.type.kind}")
        if op == "~":
            return (
                computed("^", constant(promoted(expr.type), -1), expr)
                if (RANGES.get(promoted(expr.type).kind, (0,))[0])
                else self.outside("~ of an unsigned number")
            )
        if op == "-" and not is_whole(expr.type):
            value = expr.get
            negative = None if expr.const is None else -expr.const
            return Expr(expr.type, lambda f: -value(f), const=negative).over(expr)
        return computed(op, constant(promoted(expr.type), 0), expr)

    def pointed(self, expr: Expr) -> Expr:
        """Return what a pointer or iterator points to."""
        if expr.type.kind == "last":
            expr.type = expr.type.of[0]
        if expr.type.kind == "iterator":
            return self.entry(expr)
        if expr.type.kind != "ptr":
            self.outside(f"* of a {expr.type.kind}")
        made = at_box(expr.type.of[0], expr.get).over(expr)
        made.root, made.lent, made.way = expr.root, True, expr.used
        return made

    def stepped(self, expr: Expr, op: str, *, old: bool) -> Expr:
        one = constant(INT, 1)
        if expr.type.kind == "iterator":
            step = self.tree_step(1 if op == "++" else -1)
            get = updated(expr, step, one.get, old=old)
        elif expr.type.kind == "ptr":
            get = updated(expr, forward if op == "++" else backward, one.get, old=old)
        elif is_number(expr.type) and expr.type != BOOL:
            get = updated(expr, *change_by(op[0], expr.type, one), old=old)
        else:
            self.outside(f"{op} of a {expr.type.kind}")
        made = Expr(expr.type, get, root=expr.root)
        if not old:
            made.box, made.slot = expr.box, None
            if expr.box is not None:
                changed, box = get, expr.box
                made.box = lambda f: (changed(f), box(f))[1]
        if old:
            made.late = expr.root
        return self.touch(made, expr)

    def _size(self) -> Expr:
        bracket = self.accept("(")
        if bracket and self.at_type():
            type = self.full_type()
        else:
            expr = self.expression() if bracket else self._unary()
            type = expr.type
            if type.kind == "array" and _unknown_length(type):
                self.outside("the size of an array of variable length") if not bracket else None
                self.expect(")")
                unit, get = self._bytes(_innermost(type)), expr.get
                return Expr(ULONG, lambda f: _count(get(f)) * unit).over(expr)
        if bracket:
            self.expect(")")
        return constant(ULONG, self._bytes(type))

    def _bytes(self, type: Type) -> int:
        if type.kind == "array":
            return type.size * self._bytes(type.of[0])
        if type.kind in ("double", "ptr"):
            return 8
        if type.kind == "float":
            return 4
        if not is_whole(type):
            self.outside(f"the size of a {type.kind}")
        return width(type.kind) // 8

    def cast(self, expr: Expr, type: Type) -> Expr:
        """Return an expression as another type."""
        if is_class(type):
            return Expr(type, self.value(expr, type), fresh=True).over(expr)
        if type.kind == "void":
            return Expr(type, expr.get).over(expr)
        get = converted(self.decayed(expr), type)
        return Expr(type, get, const=None if expr.const is None else get([])).over(expr)

    # ------------------------------------------------------------ literals and names

    def primary(self) -> Expr:
        """Read a literal, a name, a call or brackets."""
        token = self.take()
        if token.kind == "number":
            return self._number(token.text)
        if token.kind == "char":
            codes = self.escaped(token.text[1:-1])
            if len(codes) != 1:
                self.outside("a character of several letters")
            return constant(CHAR, codes[0])
        if token.kind == "text":
            codes = self.escaped(token.text[1:-1])
            while self.tokens[self.at].kind == "text":
                codes += self.escaped(self.take().text[1:-1])
            value = ([*codes, 0], 0)
            return Expr(TEXT, lambda f: value, const=value, fixed=True)
        if token.text == "(":
            expr = self.expression()
            if not self.accept(")"):
                self.outside("a bracket that does not close where it should")
            return expr
        if token.kind == "name":
            self.at -= 1
            return self.named(token.text)
        self.at -= 1
        before = self.tokens[self.at - 1].text
        if token.text in (")", "]", "}", ";") and before not in ("<", ">", "{", "]"):
            self.broken(f"an expression is missing before {token.text!r}")
        self.outside(f"an expression that begins with {token.text[:20]!r}")

    def _number(self, text: str) -> Expr:
        match = _WHOLE.match(text)
        if match:
            digits, suffix = match[1], match[2].lower()
            base = 16 if digits[1:2] in ("x", "X") else 8 if digits[0] == "0" else 10
            value = int(digits, base) if len(digits) < 70 else 1 << 65
            signed = [t for t in (INT, LONG) if "u" not in suffix]
            unsigned = [t for t in (UINT, ULONG) if "u" in suffix or base != 10]
            kinds = sorted(signed + unsigned, key=lambda t: width(t.kind))
            if suffix.count("l") == 2:
                kinds = [ULLONG] if "u" in suffix else [LLONG]
            elif "l" in suffix:
                kinds = [t for t in kinds if t in (LONG, ULONG)]
            for type in kinds:
                if value <= RANGES[type.kind][1]:
                    return constant(type, value)
        real = _REAL.match(text)
        if not real or len(text) > 60 or not any(c.isdigit() for c in real[1]) or match:
            self.outside(f"the number {text[:30]!r}")
        if "." not in real[1] and "e" not in real[1].lower():
            self.outside(f"the number {text[:30]!r}")
        if real[2]:
            return self.cast(constant(DOUBLE, float(real[1])), FLOAT)
        return constant(DOUBLE, float(real[1]))

    def escaped(self, text: str) -> list[int]:
        """Return the characters of a literal."""
        codes: list[int] = []
        at = 0
        while at < len(text):
            char = text[at]
            if char != "\\":
                codes.append(ord(char))
                at += 1
                continue
            follower = text[at + 1 : at + 2]
            if follower not in _ESCAPES or (follower == "0" and text[at + 2 : at + 3].isdigit()):
                self.outside("an escape that is not read")
            codes.append(_ESCAPES[follower])
            at += 2
        return codes


def _second(first: Get, second: Get) -> Get:
    return lambda f: (first(f), second(f))[1]


def _unknown_length(type: Type) -> bool:
    return type.kind == "array" and (type.size < 0 or _unknown_length(type.of[0]))


def _innermost(type: Type) -> Type:
    return _innermost(type.of[0]) if type.kind == "array" else type


def _count(value: Any) -> int:
    if isinstance(value, list) and value and isinstance(value[0], list):
        return len(value) * _count(value[0])
    return len(value)
