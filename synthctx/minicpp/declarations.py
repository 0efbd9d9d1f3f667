"""Declarations of C++."""

from __future__ import annotations

from typing import Any

from synthctx.minicpp.input_output import InputOutput
from synthctx.minicpp.read import Outside
from synthctx.minicpp.streams import MOST_STACK
from synthctx.minicpp.types import (
    INT,
    VOID,
    Frame,
    Get,
    Type,
    is_class,
    is_number,
    is_whole,
)
from synthctx.minicpp.values import Expr, Var, converted

RETURN = 3  # how a statement ended that leaves the function


class Declarations(InputOutput):
    """Reads declarations of variables, and functions without a name."""

    # ------------------------------------------------------------ declarations

    def declaration(self) -> Get:
        """Read the declaration of variables."""
        if self.word == "static" and self.function is not None:
            self.outside("a static variable in a function")
        type, fixed = self.read_type()
        parts: list[Get] = []
        while True:
            parts.append(self.declarator(type, fixed))
            if not self.accept(","):
                break
        self.end_statement()
        return sequence(parts)

    def declarator(self, type: Type, fixed: bool) -> Get:
        """Read one name of a declaration, and what it begins with."""
        while self.accept("*"):
            type = Type("ptr", (type,))
        if self.accept("&"):
            return self._reference(type, fixed)
        name = self.name()
        sizes: list[Expr | None] = []
        while self.accept("["):
            sizes.append(None if self.word == "]" else self.expression())
            self.expect("]")
        if sizes:
            return self._array(type, name, sizes, fixed)
        if type == VOID:
            self.outside("a variable of the type void")
        return self._single(type, name, fixed)

    def _single(self, type: Type, name: str, fixed: bool) -> Get:
        if self.word in ("(", "{") and type.kind != "auto":
            value = self._bracketed(type)
            var = self.variable(type, name, fixed=fixed)
            self.declare(name, var)
            return self._set(var, value)
        if not self.accept("="):
            if fixed:
                self.outside("a constant without a value")
            if type.kind == "auto":
                self.broken("auto without a value")
            zero = self.function is None
            var = self.variable(type, name)
            self.declare(name, var)
            return self._set(var, self.initial(type, zero=zero))
        var = self.variable(type, name, fixed=fixed)
        if type.kind != "auto":
            self.declare(name, var)
        if self.word == "{":
            return self._set(var, self.braced(type))
        expr = self.assignment() if self.word != "[" else self.unnamed_function()
        if name in expr.used and not is_class(type):
            self.outside("a variable in its own first value")
        if type.kind == "auto":
            expr = self.decayed(expr)
            var.type = type = expr.type
            self.declare(name, var)
        if type.kind in ("istream", "ostream", "lambda", "callable", "null", "void"):
            self.outside("a variable of this type")
        value = self.value(expr, type)
        if fixed and expr.const is not None and is_number(type):
            var.const = value([])
        return self._set(var, value)

    def _bracketed(self, type: Type) -> Get:
        if self.word == "{":
            if is_class(type):
                return self.braced(type)
            self.outside("braces for a number")
        given = self.arguments()
        if is_class(type):
            return self.built(type, given)
        if len(given) != 1:
            self.outside("a value made of several")
        return self.value(given[0], type)

    def _set(self, var: Var, value: Get) -> Get:
        slot, values = var.slot, self.globals

        def start(f: Frame) -> int:
            f[slot] = value(f)
            return 0

        def start_global(f: Frame) -> int:
            values[slot] = value(f)
            return 0

        return start if var.home == "local" else start_global

    def _reference(self, type: Type, fixed: bool) -> Get:
        name = self.name()
        self.expect("=")
        expr = self.assignment()
        if type.kind == "auto":
            type = expr.type
        if type != expr.type or (expr.fixed and not fixed) or type.kind == "array":
            self.outside("a reference to this")
        value = expr.get if is_class(type) else expr.box
        if value is None or (is_class(type) and expr.fresh):
            self.outside("a reference to a mere value")
        self.mark()
        var = self.variable(type, name, refers=True, fixed=fixed)
        self.declare(name, var)
        return self._set(var, value)

    def _array(self, type: Type, name: str, sizes: list[Expr | None], fixed: bool) -> Get:
        if sizes[0] is None or any(size is not None and size.const is None for size in sizes):
            return self._odd_array(type, name, sizes, fixed)
        for size in reversed(sizes):
            if size is None or not is_whole(size.type) or not 0 < size.const <= 1 << 30:
                self.outside("an array of this length")
            type = Type("array", (type,), int(size.const))
        if self.function is not None:
            self.function.stack += min(1 << 40, _items(type) * 8)
        var = self.variable(type, name, fixed=fixed)
        self.declare(name, var)
        if self.accept("="):
            if self.tokens[self.at].kind == "text":
                return self._set(var, self._text_array(type))
            return self._set(var, self.braced(type))
        if self.word == "{":
            return self._set(var, self.braced(type))
        return self._set(var, self.initial(type, zero=self.function is None))

    def _text_array(self, type: Type) -> Get:
        text = self.primary().const
        size = type.size
        if not isinstance(text, tuple) or len(text[0]) > size or type.of[0].kind != "char":
            self.outside("an array made of a text")
        values = text[0] + [0] * (size - len(text[0]))
        return lambda f: list(values)

    def _odd_array(self, type: Type, name: str, sizes: list[Expr | None], fixed: bool) -> Get:
        """Read an array whose length its values give, or that is known when run only."""
        if sizes[0] is None:
            if len(sizes) > 1 or not self.accept("="):
                self.outside("an array without a length")
            if self.tokens[self.at].kind == "text":
                size = len(self.escaped(self.word[1:-1])) + 1
            else:
                size = self._values_ahead()
            made = Type("array", (type,), size)
            var = self.variable(made, name, fixed=fixed)
            self.declare(name, var)
            text = self.tokens[self.at].kind == "text"
            return self._set(var, self._text_array(made) if text else self.braced(made))
        if self.function is None or self.word in ("=", "{") or is_class(type):
            self.outside("an array whose length is not known")
        counts = [converted(size, INT) for size in sizes if size is not None]
        for _ in sizes:
            type = Type("array", (type,), -1)
        var = self.variable(type, name)
        self.declare(name, var)
        make = self.machine.make

        def build(f: Frame) -> Any:
            lengths = [count(f) for count in counts]
            total = 1
            for length in lengths:
                if length <= 0:
                    raise Outside("an array without items")
                total *= length
                if total > MOST_STACK >> 3:
                    raise Outside("a large array inside a function")
            make(total)
            return _nested(lengths)

        return self._set(var, build)

    def _values_ahead(self) -> int:
        """Return how many values the braces that come next hold."""
        depth = count = 0
        for token in self.tokens[self.at :]:
            if token.kind == "op" and token.text in "([{":
                depth += 1
            elif token.kind == "op" and token.text in ")]}":
                depth -= 1
                if depth == 0:
                    break
            count += token.text == "," and depth == 1
        trailing = self.tokens[self.at + 1].text == "}"
        if trailing or depth:
            self.outside("an array without values")
        return count + 1

    # ------------------------------------------------------------ functions without a name

    def unnamed_function(self) -> Expr:
        """Read a function without a name that is passed on at once."""
        self.expect("[")
        shared = self.accept("&") or self.accept("=")
        self.expect("]")
        outer = self.function
        if outer is None:
            self.outside("a function without a name outside functions")
        scopes, loops, result = self.scopes, self.loops, outer.result
        self.scopes = [*scopes, {}] if shared else [scopes[0], {}]
        self.expect("(")
        variables = [self.parameter() for _ in iter(lambda: self.accept(")"), True)]
        outer.result = Type("auto")
        if self.accept("->"):
            outer.result = self.full_type()
        self.loops, nodes = 0, self.nodes
        body = self.block()
        self.scopes, self.loops, outer.result = scopes, loops, result
        if any(v.refers and not v.fixed for v in variables) or len(variables) != 2:
            self.outside("a function without a name of this form")
        return Expr(Type("lambda"), self._lambda(variables, body, self.nodes - nodes), effect=True)

    def _lambda(self, variables: list[Var], body: Get, cost: int) -> Get:
        machine = self.machine
        (one, a), (two, b) = [(v.slot, v.refers and not is_class(v.type)) for v in variables]

        def bind(f: Frame) -> Any:
            def less(x: Any, y: Any) -> Any:
                machine.pay(cost + 2)
                kept = f[0]
                f[one], f[two] = ([x], 0) if a else x, ([y], 0) if b else y
                if body(f) != RETURN:
                    raise Outside("a function ends without its value")
                value, f[0] = f[0], kept
                return value

            return less

        return bind

    def parameter(self) -> Var:
        """Read one parameter of a function."""
        type, fixed = self.read_type()
        while self.accept("*"):
            type = Type("ptr", (type,))
        refers = self.accept("&")
        name = self.name() if self.tokens[self.at].kind == "name" else ""
        sizes: list[Expr | None] = []
        while self.accept("["):
            sizes.append(None if self.word == "]" else self.expression())
            self.expect("]")
        for size in reversed(sizes[1:]):
            if size is None or size.const is None:
                self.outside("an array of this length")
            type = Type("array", (type,), int(size.const))
        if sizes:
            type = Type("ptr", (type,))
        if type.kind in ("auto", "void"):
            self.outside(f"a parameter of the type {type.kind}")
        var = self.variable(type, name or f" {self.at}", refers=refers, fixed=fixed)
        if self.word not in (")", "="):
            self.expect(",")
        self.declare(var.name, var)
        return var


def _items(type: Type) -> int:
    return type.size * _items(type.of[0]) if type.kind == "array" else 1


def _nested(lengths: list[int]) -> list[Any]:
    if len(lengths) == 1:
        return [None] * lengths[0]
    return [_nested(lengths[1:]) for _ in range(lengths[0])]


def sequence(parts: list[Get]) -> Get:
    """Return statements one after the other as one."""
    if len(parts) == 1:
        return parts[0]
    steps = tuple(parts)

    def run(f: Frame) -> Any:
        for step in steps:
            code = step(f)
            if code:
                return code
        return 0

    return run
