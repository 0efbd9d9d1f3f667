"""Calls of functions of the program, and what is passed to them."""

from __future__ import annotations

from typing import Any

from synthctx.minicpp.expressions import Expressions
from synthctx.minicpp.read import Outside
from synthctx.minicpp.streams import MOST_CALLS, MOST_STACK, Spent
from synthctx.minicpp.types import (
    VOID,
    Frame,
    Get,
    Type,
    is_class,
)
from synthctx.minicpp.values import (
    Expr,
    Function,
    Var,
)


class Passing(Expressions):
    """Builds calls."""

    def chosen(self, candidates: list[Function], given: list[Expr]) -> Function:
        """Return the function that is called, the only one that fits best."""
        fitting = [
            one
            for one in candidates
            if len(one.parameters) - len(one.defaults) <= len(given) <= len(one.parameters)
        ]

        def misses(one: Function) -> int:
            pairs = zip(one.parameters, given, strict=False)
            return sum(parameter.type != self.decayed(arg).type for parameter, arg in pairs)

        ranked = sorted(fitting, key=misses)
        if not ranked or (len(ranked) > 1 and misses(ranked[0])):
            self.outside("no function, or more than one, fits the call")
        return ranked[0]

    def passed(self, parameter: Var, given: Expr) -> Get:
        """Return what is put into the frame of a called function."""
        if not parameter.refers:
            return self.value(given, parameter.type)
        same = given.type == parameter.type
        if is_class(parameter.type):
            if same and (not given.fresh or parameter.fixed):
                if given.fixed and not parameter.fixed:
                    self.outside("a constant passed on by reference")
                return given.get
            if parameter.fixed:
                return self.value(given, parameter.type)
        elif same and given.box is not None and (parameter.fixed or not given.fixed):
            return given.box
        elif parameter.fixed:
            get = self.value(given, parameter.type)
            return lambda f: ([get(f)], 0)
        self.outside("an argument that is not what the reference takes")

    def call(self, candidates: list[Function], given: list[Expr], owner: Expr | None) -> Expr:
        """Return the call of a function of the program."""
        self.nodes += 2
        function = self.chosen(candidates, given)
        if owner is not None and owner.fixed and not function.constant:
            self.outside("a function that may change a constant")
        left_out = len(function.parameters) - len(given)
        extra = function.defaults[len(function.defaults) - left_out :] if left_out else []
        given = [*given, *extra]
        machine = None
        for i, one in enumerate(given):
            for other in given[:i]:
                machine = self.order(other, one) or machine
        getters = list(map(self.passed, function.parameters, given))
        result = function.result
        run = self.runner(function, getters, owner, machine)
        made = Expr(result, run, fresh=is_class(result) and not function.refers)
        if function.refers and not is_class(result):
            made = self.pointed(Expr(Type("ptr", (result,)), run))
        made.over(*given, *([owner] if owner else []))
        changes = any(p.refers and not p.fixed for p in function.parameters) or owner is not None
        if function.impure or function.body is None or changes:
            made.effect = True
            self.mark()
            for parameter, one in zip(function.parameters, given, strict=False):
                if parameter.refers and not parameter.fixed:
                    made.touched |= one.root
        return made

    def runner(
        self, function: Function, getters: list[Get], owner: Expr | None, machine: Any
    ) -> Get:
        """Return what calls a function with arguments."""
        machine_, size = self.machine, len(getters)
        this = owner.get if owner is not None else None
        nothing = function.result == VOID or function.name == "constructor"

        def run(f: Frame) -> Any:
            if machine is not None and machine.reverse:
                values = [get(f) for get in reversed(getters)][::-1]
            else:
                values = [get(f) for get in getters]
            frame = [None] * function.slots
            frame[2 : 2 + size] = values
            if this is not None:
                frame[1] = this(f)
            machine_.fuel -= function.cost
            machine_.depth += 1
            machine_.stack += function.stack
            if machine_.fuel < 0 or machine_.depth > MOST_CALLS or machine_.stack > MOST_STACK:
                raise Spent
            if function.body is None:
                raise Outside("a function without a body")
            code = function.body(frame)
            machine_.depth -= 1
            machine_.stack -= function.stack
            if nothing:
                return None
            if code != 3:
                raise Outside("a function ends without its value: the result is left open")
            return frame[0]

        return run

    def operator_call(self, op: str, left: Expr, right: Expr) -> Expr:
        """Return what an operator of the program gives for structs."""
        name = f"operator{op}"
        if left.type.kind == "struct":
            own = self.structs[left.type.name].methods.get(name, [])
            if own:
                return self.call(own, [right], left)
        return self.call(self.functions.get(name, []), [left, right], None)
