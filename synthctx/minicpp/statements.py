"""Statements and declarations of C++."""

from __future__ import annotations

from typing import Any

from synthctx.minicpp.declarations import RETURN, Declarations, sequence
from synthctx.minicpp.read import Outside
from synthctx.minicpp.streams import Endless, Spent
from synthctx.minicpp.types import (
    VOID,
    Frame,
    Get,
    Type,
    copier,
    is_class,
    is_number,
    is_whole,
)
from synthctx.minicpp.values import Expr, truth

BREAK, CONTINUE = 1, 2
_ENDLESS = frozenset(("true", "1"))


class Statements(Declarations):
    """Reads statements; each becomes a function that says how it ended."""

    def block(self) -> Get:
        """Read statements in braces."""
        self.deeper()
        self.expect("{")
        self.scopes.append({})
        parts: list[Get] = []
        while not self.accept("}"):
            parts.append(self.statement())
        self.scopes.pop()
        self.depth -= 1
        return sequence(parts)

    def statement(self) -> Get:
        """Read a statement."""
        word = self.word
        self.nodes += 1
        if word == "{":
            return self.block()
        if self.accept(";"):
            return nothing
        token = self.tokens[self.at]
        if token.kind == "op" and word in ("}", ")", "]"):
            self.broken(f"a statement is missing before {word!r}")
        read = (
            getattr(self, f"_{word}", None) if token.kind == "name" and word in _READERS else None
        )
        if read is not None:
            self.take()
            made: Get = read()
            return made
        if word in ("case", "default"):
            self.outside("a case inside something else")
        if word == "struct" or word == "typedef" or (word == "using"):
            self.outside(f"'{word}' inside a function")
        if self.at_type() and not self._is_value():
            return self.declaration()
        expr = self.expression()
        self.end_statement()
        return _ignored(expr.get)

    def end_statement(self) -> None:
        """Read the semicolon."""
        if self.accept(";"):
            return
        token = self.tokens[self.at]
        if token.text == "}" or (token.kind == "name" and token.text in _READERS):
            self.broken("a semicolon is missing")
        self.outside(f"';' is expected before {token.text[:20]!r}")

    def _is_value(self) -> bool:
        """Tell whether a type here begins a value, as in `string(3, 'a')`."""
        inner = self.after(2)
        if self.after().text == "(" and (
            inner.text in ("*", "&")
            or (inner.kind == "name" and self.after(3).text == ")" and not self.find(inner.text))
        ):
            self.outside("a declaration in brackets")
        return (
            self.after().text in ("(", "{", "::")
            and self.word != "std"
            and inner.text not in ("iterator", "const_iterator")
        )

    def _condition(self) -> Expr:
        self.expect("(")
        if self.at_type() and not self._is_value():
            self.outside("a declaration in a condition")
        expr = self.expression()
        self.expect(")")
        return expr

    def _if(self) -> Get:
        test = truth(self._condition())
        yes = self._body()
        no = self._body() if self.accept("else") else None
        if no is None:
            return lambda f: yes(f) if test(f) else 0
        other = no
        return lambda f: yes(f) if test(f) else other(f)

    def _body(self) -> Get:
        """Read the statement that a condition or loop governs, in a scope of its own."""
        self.deeper()
        if self.word == "else":
            self.broken("'else' without a statement before it")
        self.scopes.append({})
        made = self.statement()
        self.scopes.pop()
        self.depth -= 1
        return made

    def _loop_body(self) -> Get:
        self.loops += 1
        made = self._body()
        self.loops -= 1
        return made

    def _while(self) -> Get:
        nodes, start = self.nodes, self.at
        condition = self._condition()
        test = truth(condition)
        always = self.tokens[start + 1].text in _ENDLESS and self.tokens[start + 2].text == ")"
        empty = self.word == ";" or (self.word == "{" and self.after().text == "}")
        body = self._loop_body()
        if always and empty:
            return endless
        return self._loop(test, None, body, self.nodes - nodes)

    def _loop(self, test: Get, step: Get | None, body: Get, cost: int) -> Get:
        machine, cost = self.machine, cost + 1

        def loop(f: Frame) -> int:
            while test(f):
                machine.fuel -= cost
                if machine.fuel < 0:
                    raise Spent
                code = body(f)
                if code:
                    if code == RETURN:
                        return RETURN
                    if code == BREAK:
                        break
                if step is not None:
                    step(f)
            return 0

        return loop

    def _do(self) -> Get:
        nodes = self.nodes
        body = self._loop_body()
        if not self.accept("while"):
            self.outside("'do' without 'while'")
        test = truth(self._condition())
        self.end_statement()
        machine, cost = self.machine, self.nodes - nodes + 1

        def loop(f: Frame) -> int:
            while True:
                machine.fuel -= cost
                if machine.fuel < 0:
                    raise Spent
                code = body(f)
                if code == RETURN:
                    return RETURN
                if code == BREAK or not test(f):
                    return 0

        return loop

    def _for(self) -> Get:
        nodes = self.nodes
        self.scopes.append({})
        self.expect("(")
        start: Get = nothing
        if not self.accept(";"):
            if self.at_type() and not self._is_value():
                before = self.at
                over = self._for_each()
                if over is not None:
                    self.scopes.pop()
                    return over
                self.at = before
                start = self.declaration()
            else:
                start = _ignored(self.expression().get)
                self.end_statement()
        bare = self.word == ";"
        test = (lambda f: 1) if bare else truth(self.expression())
        self.end_statement()
        step = None if self.word == ")" else self.expression().get
        self.expect(")")
        empty = self.word == ";" or (self.word == "{" and self.after().text == "}")
        body = self._loop_body()
        self.scopes.pop()
        loop = (
            endless
            if bare and empty and step is None
            else (self._loop(test, step, body, self.nodes - nodes))
        )

        def run(f: Frame) -> Any:
            start(f)
            return loop(f)

        return run

    def _for_each(self) -> Get | None:
        """Read a loop over all items; None when it is another loop."""
        nodes = self.nodes
        type, fixed = self.read_type()
        refers = self.accept("&")
        token = self.tokens[self.at]
        if token.kind != "name" or self.after().text != ":":
            return None
        name = self.name()
        self.take()
        over = self.expression()
        self.expect(")")
        inner, items = self.each(over)
        if type.kind == "auto":
            type = inner
        if type != inner and (refers or not (is_number(type) and is_number(inner))):
            self.outside("a loop over items of another type")
        if self.function is None:
            self.outside("a loop outside a function")
        boxed = refers and not is_class(type)
        var = self.variable(type, name, refers=refers, fixed=fixed or (refers and over.fixed))
        if refers and over.type.kind in ("set", "multiset"):
            var.fixed = True
        self.declare(name, var)
        body = self._loop_body()
        slot, machine, cost = var.slot, self.machine, self.nodes - nodes + 2
        change = (
            None if boxed else converted_item(inner, type) or (copier(type) if not refers else None)
        )

        def loop(f: Frame) -> int:
            values = items(f)
            size = len(values)
            for i in range(size):
                machine.fuel -= cost
                if machine.fuel < 0:
                    raise Spent
                if len(values) != size:
                    raise Outside("a container is changed while a loop goes over it")
                value = (values, i) if boxed else values[i]
                f[slot] = change(value) if change else value
                code = body(f)
                if code == RETURN:
                    return RETURN
                if code == BREAK:
                    break
            return 0

        return loop

    def _switch(self) -> Get:
        expr = self._condition()
        if not is_whole(expr.type):
            self.outside("a switch over this")
        self.deeper()
        self.expect("{")
        self.scopes.append({})
        self.loops += 1
        cases: dict[int, int] = {}
        rest: int | None = None
        parts: list[Get] = []
        while not self.accept("}"):
            if self.accept("case"):
                value = self._choice_constant()
                if value in cases:
                    self.broken("the same case twice")
                cases[value] = len(parts)
            elif self.accept("default"):
                self.expect(":")
                rest = len(parts)
            else:
                if self.at_type() and not self._is_value():
                    self.outside("a declaration in a switch")
                parts.append(self.statement())
        self.loops -= 1
        self.scopes.pop()
        self.depth -= 1
        get = expr.get

        def switch(f: Frame) -> int:
            start = cases.get(get(f), rest)
            if start is None:
                return 0
            for part in parts[start:]:
                code = part(f)
                if code:
                    return 0 if code == BREAK else int(code)
            return 0

        return switch

    def _choice_constant(self) -> int:
        expr = self._binary(1)
        self.expect(":")
        if expr.const is None or not is_whole(expr.type):
            self.outside("a case that is not known")
        return int(expr.const)

    def _break(self) -> Get:
        self.end_statement()
        if not self.loops:
            self.outside("'break' outside a loop")
        return lambda f: BREAK

    def _continue(self) -> Get:
        self.end_statement()
        if not self.loops:
            self.outside("'continue' outside a loop")
        return lambda f: CONTINUE

    def _return(self) -> Get:
        function = self.function
        if function is None:
            self.outside("'return' outside a function")
        if self.accept(";"):
            if function.result != VOID:
                self.outside("'return' without a value")
            return lambda f: RETURN
        if self.word == "{":
            value = self.braced(function.result)
        else:
            expr = self.expression()
            if function.result.kind == "auto":
                function.result = expr.type
            if function.result == VOID:
                self.outside("a value from a function without one")
            if function.refers:
                value = expr.get if is_class(expr.type) else expr.box or self._no_place
            else:
                value = self.value(expr, function.result)
        self.end_statement()

        def leave(f: Frame) -> int:
            f[0] = value(f)
            return RETURN

        return leave

    def _no_place(self, f: Frame) -> Any:
        raise Outside("a reference to a mere value")


_READERS = frozenset(["if", "while", "do", "for", "switch", "break", "continue", "return"])


def converted_item(inner: Type, type: Type) -> Any:
    """Return how an item is turned into the type of a loop's variable, None when it is not."""
    from synthctx.minicpp.types import converter

    return converter(inner, type) if is_number(type) and is_number(inner) else None


def nothing(f: Frame) -> int:
    """Do nothing."""
    return 0


def endless(f: Frame) -> int:
    """Go round for ever."""
    raise Endless


def _ignored(get: Get) -> Get:
    def run(f: Frame) -> int:
        get(f)
        return 0

    return run
