"""Running a program of the small language: step by step, on fuel.

Every step, every item and every character made costs fuel, so that time and memory end with
it. Values are whole numbers of at most 1,024 bits, truth values, text, lists and tuples.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from synthctx.minilang import FUNCTIONS, METHODS, Program
from synthctx.minivalues import Stopped, Values

FUEL = 200_000
_MOST_LEVELS = 150  # of blocks and expressions inside each other
_BREAK, _CONTINUE, _RETURN = "break", "continue", "return"

_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda value, values: value in values,
    ast.NotIn: lambda value, values: value not in values,
}
_FAULTS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run wrote, and what ended it: None when it came to its end."""

    output: str
    failure: str | None
    steps: int


@dataclass(slots=True)
class _Scope:
    """The names of a function that is run; those of the program without one."""

    names: dict[str, Any] = field(default_factory=dict)
    own: frozenset[str] | None = None  # the names a function sets itself
    outer: _Scope | None = None


def run(program: Program, given: str = "", fuel: int = FUEL) -> Outcome:
    """Run a program on an input; never raises because of the program."""
    machine = _Machine(given, fuel)
    failure: str | None = None
    try:
        machine.block(program.body, machine.globals)
    except Stopped as stop:
        failure = str(stop)
    except _FAULTS as error:
        failure = f"line {machine.line}: {type(error).__name__}: {str(error)[:100]}"
    return Outcome("".join(machine.output), failure, fuel - max(0, machine.fuel))


class _Machine(Values):
    """One run."""

    def __init__(self, given: str, fuel: int) -> None:
        super().__init__(given, fuel)
        self.levels = 0
        self.globals = _Scope()
        self.functions: dict[str, tuple[ast.FunctionDef, frozenset[str]]] = {}
        self.result: Any = None

    # ------------------------------------------------------------ statements

    def block(self, statements: Iterable[ast.stmt], scope: _Scope) -> str | None:
        """Run statements; the result says how they were left."""
        self.levels += 1
        if self.levels > _MOST_LEVELS:
            raise self.stop("the program goes too deep")
        for statement in statements:
            self.line = statement.lineno
            self.pay(1)
            left: str | None = getattr(self, f"do_{type(statement).__name__}")(statement, scope)
            if left is not None:
                break
        else:
            left = None
        self.levels -= 1
        return left

    def do_Pass(self, node: ast.Pass, scope: _Scope) -> None:
        """Do nothing."""

    def do_Break(self, node: ast.Break, scope: _Scope) -> str:
        """Leave a loop."""
        return _BREAK

    def do_Continue(self, node: ast.Continue, scope: _Scope) -> str:
        """Go on with the next turn of a loop."""
        return _CONTINUE

    def do_Expr(self, node: ast.Expr, scope: _Scope) -> None:
        """Compute and forget."""
        self.value(node.value, scope)

    def do_FunctionDef(self, node: ast.FunctionDef, scope: _Scope) -> None:
        """Define a function."""
        names = {argument.arg for argument in node.args.args}
        inner = [part for part in ast.walk(node) if not isinstance(part, ast.comprehension)]
        hidden = {
            id(name)
            for part in ast.walk(node)
            if isinstance(part, ast.comprehension)
            for name in ast.walk(part.target)
        }
        for part in inner:
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                names |= set() if id(part) in hidden else {part.id}
        self.pay(len(inner))
        self.functions[node.name] = node, frozenset(names)

    def do_Return(self, node: ast.Return, scope: _Scope) -> str:
        """Leave a function."""
        self.result = None if node.value is None else self.value(node.value, scope)
        return _RETURN

    def do_If(self, node: ast.If, scope: _Scope) -> str | None:
        """Run one of two blocks."""
        return self.block(node.body if self.value(node.test, scope) else node.orelse, scope)

    def do_While(self, node: ast.While, scope: _Scope) -> str | None:
        """Run a block as long as a condition holds."""
        while self.value(node.test, scope):
            left = self.block(node.body, scope)
            if left == _BREAK:
                break
            if left == _RETURN:
                return left
        return None

    def do_For(self, node: ast.For, scope: _Scope) -> str | None:
        """Run a block for every item."""
        values = self.value(node.iter, scope)
        if not isinstance(values, list | str | tuple | range):
            raise self.stop("a loop over something that has no items")
        for value in values:
            self.pay(1)
            self.assign(node.target, value, scope)
            left = self.block(node.body, scope)
            if left == _BREAK:
                break
            if left == _RETURN:
                return left
        return None

    def do_Assign(self, node: ast.Assign, scope: _Scope) -> None:
        """Give names or items a value."""
        value = self.value(node.value, scope)
        for target in node.targets:
            self.assign(target, value, scope)

    def do_AugAssign(self, node: ast.AugAssign, scope: _Scope) -> None:
        """Change a name or an item."""
        target = node.target
        if isinstance(target, ast.Name):
            before = self.look_up(target.id, scope)
            self.assign(target, self.changed(node, before, scope), scope)
        elif isinstance(target, ast.Subscript):
            values, at = self.value(target.value, scope), self.value(target.slice, scope)
            new = self.changed(node, values[at], scope)
            self.set_item(values, at, new)

    def changed(self, node: ast.AugAssign, before: Any, scope: _Scope) -> Any:
        """Return a value changed by another; a list grows in place."""
        by = self.value(node.value, scope)
        if isinstance(before, list) and isinstance(node.op, ast.Add):
            more = self.items(by)
            before.extend(more)
            return before
        return self.operation(type(node.op), before, by)

    def assign(self, target: ast.expr, value: Any, scope: _Scope) -> None:
        """Give a target a value."""
        if isinstance(target, ast.Name):
            scope.names[target.id] = value
        elif isinstance(target, ast.Subscript):
            values = self.value(target.value, scope)
            self.set_item(values, self.value(target.slice, scope), value)
        elif isinstance(target, ast.Tuple | ast.List):
            parts = self.items(value)
            if len(parts) != len(target.elts):
                raise self.stop("another number of values than of names")
            for one, part in zip(target.elts, parts, strict=True):
                self.assign(one, part, scope)

    def set_item(self, values: Any, at: Any, value: Any) -> None:
        """Set an item of a list."""
        if not isinstance(values, list) or not isinstance(at, int):
            raise self.stop("only items of lists can be set")
        values[at] = value

    # ------------------------------------------------------------ expressions

    def value(self, node: ast.expr, scope: _Scope) -> Any:
        """Compute an expression."""
        self.fuel -= 1
        self.levels += 1
        if self.levels > _MOST_LEVELS or self.fuel < 0:
            self.pay(0)
            raise self.stop("the program goes too deep")
        result = getattr(self, f"get_{type(node).__name__}")(node, scope)
        self.levels -= 1
        return result

    def get_Constant(self, node: ast.Constant, scope: _Scope) -> Any:
        """Return a literal."""
        return self.small(node.value)

    def get_Name(self, node: ast.Name, scope: _Scope) -> Any:
        """Return the value of a name."""
        return self.look_up(node.id, scope)

    def look_up(self, name: str, scope: _Scope) -> Any:
        """Return the value of a name."""
        place: _Scope | None = scope
        while place is not None:
            if name in place.names:
                return place.names[name]
            if place.own is not None and name in place.own:
                break
            place = place.outer
        raise self.stop(f"'{name[:40]}' has no value")

    def get_BoolOp(self, node: ast.BoolOp, scope: _Scope) -> Any:
        """Return the first value that decides."""
        wanted = isinstance(node.op, ast.Or)
        result = None
        for part in node.values:
            result = self.value(part, scope)
            if bool(result) == wanted:
                break
        return result

    def get_UnaryOp(self, node: ast.UnaryOp, scope: _Scope) -> Any:
        """Return not, minus or plus a value."""
        value = self.value(node.operand, scope)
        if isinstance(node.op, ast.Not):
            return not value
        if not isinstance(value, int):
            raise self.stop("a sign before something else than a number")
        return -value if isinstance(node.op, ast.USub) else +value

    def get_BinOp(self, node: ast.BinOp, scope: _Scope) -> Any:
        """Return what two values give."""
        left = self.value(node.left, scope)
        return self.operation(type(node.op), left, self.value(node.right, scope))

    def get_Compare(self, node: ast.Compare, scope: _Scope) -> bool:
        """Return whether a chain of comparisons holds."""
        left = self.value(node.left, scope)
        for op, part in zip(node.ops, node.comparators, strict=True):
            right = self.value(part, scope)
            self.pay(self.size(left) + self.size(right))
            if not _COMPARISONS[type(op)](left, right):
                return False
            left = right
        return True

    def get_IfExp(self, node: ast.IfExp, scope: _Scope) -> Any:
        """Return one of two values."""
        return self.value(node.body if self.value(node.test, scope) else node.orelse, scope)

    def get_List(self, node: ast.List, scope: _Scope) -> list[Any]:
        """Return a new list."""
        return [self.value(part, scope) for part in node.elts]

    def get_Tuple(self, node: ast.Tuple, scope: _Scope) -> tuple[Any, ...]:
        """Return several values as one."""
        return tuple([self.value(part, scope) for part in node.elts])

    def get_JoinedStr(self, node: ast.JoinedStr, scope: _Scope) -> str:
        """Return a text with values in it."""
        return self.text_of("".join([self.value(part, scope) for part in node.values]))

    def get_FormattedValue(self, node: ast.FormattedValue, scope: _Scope) -> str:
        """Return a value as text."""
        return self.text_of(self.value(node.value, scope))

    def get_Subscript(self, node: ast.Subscript, scope: _Scope) -> Any:
        """Return an item, or a slice."""
        values = self.value(node.value, scope)
        if not isinstance(values, list | str | tuple | range):
            raise self.stop("an item of something that has none")
        if not isinstance(node.slice, ast.Slice):
            return values[self.value(node.slice, scope)]
        parts = (node.slice.lower, node.slice.upper, node.slice.step)
        cut = slice(*[None if part is None else self.value(part, scope) for part in parts])
        self.pay(len(values))
        return values[cut]

    def get_ListComp(self, node: ast.ListComp | ast.GeneratorExp, scope: _Scope) -> list[Any]:
        """Return the values of an expression for every item."""
        (generator,) = node.generators
        inner = _Scope(outer=scope)
        result: list[Any] = []
        for value in self.items(self.value(generator.iter, scope)):
            self.assign(generator.target, value, inner)
            if all(self.value(test, inner) for test in generator.ifs):
                result.append(self.value(node.elt, inner))
        return result

    get_GeneratorExp = get_ListComp

    # ------------------------------------------------------------ calls

    def get_Call(self, node: ast.Call, scope: _Scope) -> Any:
        """Call a function or a method."""
        owner = self.value(node.func.value, scope) if isinstance(node.func, ast.Attribute) else None
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        first: list[Any] = []
        parts = node.args
        if name == "map" and owner is None and parts and isinstance(parts[0], ast.Name):
            first, parts = [parts[0].id], parts[1:]
        for part in parts:
            if isinstance(part, ast.Starred):
                first += self.items(self.value(part.value, scope))
            else:
                first.append(self.value(part, scope))
        if isinstance(node.func, ast.Attribute):
            return self.method(owner, name, first)
        named = {word.arg or "": self.value(word.value, scope) for word in node.keywords}
        return self.call(name, first, named)

    def call(self, name: str, given: list[Any], named: dict[str, Any]) -> Any:
        """Call a function of the language or of the program."""
        if name in FUNCTIONS:
            return getattr(self, f"call_{name}")(*given, **named)
        if name not in self.functions:
            raise self.stop(f"there is no function '{name[:40]}'")
        node, own = self.functions[name]
        parameters = [argument.arg for argument in node.args.args]
        if len(parameters) != len(given):
            raise self.stop(f"'{name[:40]}' takes another number of values")
        line, self.result = self.line, None
        scope = _Scope(dict(zip(parameters, given, strict=True)), own, self.globals)
        left = self.block(node.body, scope)
        result, self.result, self.line = self.result, None, line
        return result if left == _RETURN else None

    def method(self, owner: Any, name: str, given: list[Any]) -> Any:
        """Call a method of a list or of a text."""
        kind = "list" if isinstance(owner, list) else "str" if isinstance(owner, str) else ""
        if name not in METHODS.get(kind, ()):
            raise self.stop(f"this value has no method '{name}'")
        if name in ("extend", "join") and len(given) == 1:
            given = [self.items(given[0])]
            self.pay(sum(len(one) for one in given[0] if isinstance(one, str)))
            self.pay(len(given[0]) * len(owner) if name == "join" else 0)
        self.pay(1 + (0 if name in ("append", "pop") else self.size(owner) + len(owner)))
        return getattr(owner, name)(*given)
