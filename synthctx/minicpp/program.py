"""Whole programs of C++: functions, structs, and running them on tests."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from synthctx.minicpp.declarations import sequence
from synthctx.minicpp.names import is_header_name
from synthctx.minicpp.read import NotCompiling, Outside, read
from synthctx.minicpp.statements import Statements, nothing
from synthctx.minicpp.streams import Differs, Ended, Endless, Spent
from synthctx.minicpp.types import VOID, Get, Struct, Type
from synthctx.minicpp.values import Expr, Function, Var

FUEL = 10_000_000
_FRAMES = 40_000  # of Python, for functions of the program inside each other
_OPERATORS = frozenset(
    ["+", "-", "*", "/", "%", "<", ">", "<=", ">=", "==", "!=", "+=", "-=", "*=", "()"]
)
_LEFT_OPEN = (IndexError, TypeError, ValueError, AttributeError, KeyError, ArithmeticError)
_DEEP = (RecursionError, MemoryError)


class Verdict(NamedTuple):
    """Whether a program passes its tests: None when that is not certain; why; how many it does."""

    passed: bool | None
    why: str
    tests: int = 0


class Program(Statements):
    """Reads a whole program."""

    def whole_program(self) -> None:
        """Read everything; `start` then sets the globals, `main` is a function."""
        starts: list[Get] = []
        while self.tokens[self.at].kind != "end":
            starts.append(self._global())
        self.start = sequence([nothing, *starts])
        mains = self.functions.get("main", [])
        if len(mains) != 1 or mains[0].body is None:
            self.outside("there is no single main")
        self.main = mains[0]

    def _global(self) -> Get:
        word = self.word
        if self.accept(";"):
            return nothing
        if word == "using":
            return self._using()
        if self.accept("typedef"):
            type = self.full_type()
            self.declare(self.name(), type)
            self.end_statement()
            return nothing
        if word == "class" and self.after(3).text != "public":
            self.outside("a class whose parts are not public")
        if word in ("struct", "class") and "{" in (self.after().text, self.after(2).text):
            return self._struct()
        if word == "struct" and self.after(2).text == ";":
            self.outside("a struct that is declared before it is defined")
        if not self.at_type():
            if self.tokens[self.at].kind == "name" and word not in ("template", "enum", "union"):
                self.outside(f"{word[:20]!r} outside functions")
            self.outside("what is no declaration outside functions")
        start = self.at
        type, _ = self.read_type()
        while self.accept("*"):
            type = Type("ptr", (type,))
        refers = self.accept("&")
        if self.word == "operator" or (self.after().text == "(" and self._is_function()):
            self._function(type, refers)
            return nothing
        self.at = start
        return self.declaration()

    def _using(self) -> Get:
        self.take()
        if self.accept("namespace"):
            if not self.accept("std"):
                self.outside("a namespace of its own")
        else:
            name = self.name()
            self.expect("=")
            self.declare(name, self.full_type())
        self.end_statement()
        return nothing

    def _is_function(self) -> bool:
        """Tell whether brackets after a name hold parameters."""
        kept = self.at
        self.at += 2
        found = self.word == ")" or self.at_type()
        if found and self.word in ("string", "vector") and self.after().text == "(":
            found = False
        self.at = kept
        return found

    def _name_of_function(self) -> str:
        if not self.accept("operator"):
            name = self.name()
            taken = self.scopes[-1].get(name) if len(self.scopes) == 1 else None
            if taken is not None or (len(self.scopes) == 1 and is_header_name(name)):
                self.outside(f"the name '{name}' is taken")
            return name
        op = self.take().text
        if op == "(":
            self.expect(")")
            op = "()"
        if op not in _OPERATORS:
            self.outside("an operator of this kind")
        return f"operator{op}"

    def _signature(self, result: Type, refers: bool, name: str) -> Function:
        """Read the parameters of a function; its scope stays open."""
        function = Function(name, result, refers=refers)
        self.function = function
        self.scopes.append({})
        self.expect("(")
        if self.word == "void" and self.after().text == ")":
            self.take()
        while not self.accept(")"):
            function.parameters.append(self.parameter())
            if self.accept("="):
                function.defaults.append(self.assignment())
                if self.word != ")":
                    self.expect(",")
            elif function.defaults:
                self.outside("a parameter without a value after one with it")
        return function

    def _function(self, result: Type, refers: bool) -> None:
        name = self._name_of_function()
        function = self._signature(result, refers, name)
        others = self.functions.setdefault(name, [])
        types = [(p.type, p.refers) for p in function.parameters]
        same = [o for o in others if [(p.type, p.refers) for p in o.parameters] == types]
        if same:
            if same[0].result != result or (function.defaults and self.word != ";"):
                self.outside(f"'{name}' is declared in two ways")
            same[0].parameters, same[0].slots = function.parameters, function.slots
            self.function = function = same[0]
        else:
            others.append(function)
        if not self.accept(";"):
            if function.body is not None:
                self.broken(f"'{name}' is defined twice")
            self._body_of(function)
        self.scopes.pop()
        self.function = None

    def _body_of(self, function: Function, before: Get | None = None) -> None:
        nodes, self.loops = self.nodes, 0
        if self.word != "{":
            self.outside("a function without braces")
        names = {parameter.name for parameter in function.parameters}
        body = self._inner_block(names)
        function.cost = self.nodes - nodes + 4
        function.body = body if before is None else sequence([before, body])

    def _inner_block(self, parameters: set[str]) -> Get:
        """Read the body of a function, which must not declare a parameter's name anew."""
        self.expect("{")
        parts: list[Get] = []
        while not self.accept("}"):
            parts.append(self.statement())
        del parameters  # they are in the same scope: a second one is refused
        return sequence([nothing, *parts])

    # ------------------------------------------------------------ structs

    def _struct(self) -> Get:
        self.take()
        name = self.name() if self.word != "{" else f" struct {self.at}"
        struct = Struct(name)
        type = Type("struct", name=name)
        self.declare(name, type)
        self.structs[name] = struct
        self.struct = struct
        fields: dict[str, Var] = {}
        self.scopes.append(fields)
        later: list[tuple[int, Function, dict[str, Var]]] = []
        self.expect("{")
        while not self.accept("}"):
            self._member(struct, fields, later)
        end = self.at
        for place, function, scope in later:
            self.at, self.function = place, function
            self.scopes.append(scope)
            self._body_of(function, self._first_values(fields))
            self.scopes.pop()
        self.scopes.pop()
        self.at, self.function, self.struct = end, None, None
        if self.accept(";"):
            return nothing
        parts = [self.declarator(type, False)]
        while self.accept(","):
            parts.append(self.declarator(type, False))
        self.end_statement()
        return sequence(parts)

    def _member(
        self,
        struct: Struct,
        fields: dict[str, Var],
        later: list[tuple[int, Function, dict[str, Var]]],
    ) -> None:
        if self.accept("public"):
            self.expect(":")
            return
        builder = self.word == struct.name and self.after().text == "("
        if builder:
            type, refers, name = VOID, False, self.take().text
        else:
            if not self.at_type() or self.word in ("static", "struct", "class"):
                self.outside("a part of a struct that is not read")
            type, _ = self.read_type()
            while self.accept("*"):
                type = Type("ptr", (type,))
            refers = self.accept("&")
            if self.word != "operator" and not (self.after().text == "(" and self._is_function()):
                self._fields(struct, fields, type)
                return
            name = self._name_of_function()
        function = self._signature(type, refers, "constructor" if builder else name)
        function.impure = True
        function.constant = self.accept("const")
        struct.methods.setdefault(name, []).append(function)
        scope = self.scopes.pop()
        self.function = None
        later.append((self.at, function, scope))
        while self.word != "{":
            if self.take().kind == "end":
                self.outside("a function of a struct without a body")
        self._skip_braces()
        self.accept(";")

    def _skip_braces(self) -> None:
        depth = 0
        while True:
            text = self.take().text
            depth += (text == "{") - (text == "}")
            if depth == 0:
                return

    def _fields(self, struct: Struct, fields: dict[str, Var], type: Type) -> None:
        while True:
            one = type
            while self.accept("*"):
                one = Type("ptr", (one,))
            name = self.name()
            sizes: list[Expr] = []
            while self.accept("["):
                sizes.append(self.expression())
                self.expect("]")
            for size in reversed(sizes):
                if not isinstance(size.const, int) or size.const < 1:
                    self.outside("an array of this length")
                one = Type("array", (one,), size.const)
            given = None
            if self.accept("="):
                given = self.value(self.assignment(), one)
            if one == Type("struct", name=struct.name):
                self.outside("a struct inside itself")
            self.declare(name, Var(one, "field", len(struct.fields), name))
            struct.fields.append((name, one, given))
            if not self.accept(","):
                break
        self.end_statement()

    def _first_values(self, fields: dict[str, Var]) -> Get | None:
        """Read what a builder sets before its body."""
        if not self.accept(":"):
            return None
        parts: list[Get] = []
        while True:
            name = self.name()
            if name not in fields:
                self.outside("a builder that calls another")
            given = self.arguments()
            if len(given) != 1 or fields[name].type.kind == "array":
                self.outside("a field made of several values")
            slot, value = fields[name].slot, self.value(given[0], fields[name].type)
            parts.append(_setter(slot, value))
            if not self.accept(","):
                return sequence([nothing, *parts])

    # ------------------------------------------------------------ running

    def run(self, data: bytes, expected: bytes, fuel: int, *, loose: bool) -> Verdict:
        """Run the program on one input."""
        machine = self.machine
        machine.start(data, None if loose else expected, fuel)
        self.globals[:] = [None] * len(self.globals)
        try:
            frame = [None] * max(self.main.slots, 2)
            self.start(frame)
            machine.stack = self.main.stack
            machine.make(machine.stack >> 3)
            self.main.body(frame)  # type: ignore[misc]  # it is checked to be there
        except Ended:
            pass
        except Differs:
            return Verdict(False, "the output differs")
        except Endless:
            return Verdict(False, "the program never ends")
        except Spent:
            return Verdict(None, "it takes more steps, or makes more, than are interpreted")
        except Outside as error:
            return Verdict(None, str(error))
        except _DEEP:
            return Verdict(None, "it goes deeper than is interpreted")
        except _LEFT_OPEN as error:
            return Verdict(None, f"it does what the language leaves open ({type(error).__name__})")
        out = bytes(machine.out)
        if (bare(out) != bare(expected)) if loose else (out != expected):
            return Verdict(False, "the output differs")
        return Verdict(True, "")


def _setter(slot: int, value: Get) -> Get:
    def start(f: list[object]) -> int:
        fields = f[1]
        fields[slot] = value(f)  # type: ignore[index]  # a struct is a list
        return 0

    return start


_LOCK = threading.Lock()
_inside = [0, 0]  # how many runs go on, and the limit before the first of them


@contextmanager
def _deep_recursion() -> Iterator[None]:
    """Let functions of the program call each other deeper than Python's usual limit."""
    with _LOCK:
        if not _inside[0]:
            _inside[1] = sys.getrecursionlimit()
            sys.setrecursionlimit(max(_inside[1], _FRAMES))
        _inside[0] += 1
    try:
        yield
    finally:
        with _LOCK:
            _inside[0] -= 1
            if not _inside[0]:
                sys.setrecursionlimit(_inside[1])


def bare(output: bytes) -> list[bytes]:
    """Return the lines of an output without blanks at their ends, and none that are empty last."""
    return [line.rstrip() for line in output.rstrip().split(b"\n")]


def judge(
    text: str, tests: Sequence[tuple[bytes, bytes]], fuel: int = FUEL, *, loose: bool = False
) -> Verdict:
    """Say whether a program compiles and writes what each test expects.

    Args:
        text: the program.
        tests: input and expected output, as bytes.
        fuel: how many steps all runs together may take.
        loose: pass over blanks at the ends of lines, and go on after a test that fails;
            else the output is compared byte by byte, up to the first test that fails.
    """
    if not all(data.isascii() for data, _ in tests):
        return Verdict(None, "letters outside ASCII in a test")
    try:
        program = Program(read(text))
        program.whole_program()
    except NotCompiling as error:
        return Verdict(False, f"it does not compile: {error}")
    except Outside as error:
        return Verdict(None, str(error))
    except (*_DEEP, *_LEFT_OPEN) as error:
        return Verdict(None, f"it cannot be read ({type(error).__name__})")
    with _deep_recursion():
        return _judged(program, tests, fuel, loose)


def _judged(
    program: Program, tests: Sequence[tuple[bytes, bytes]], fuel: int, loose: bool
) -> Verdict:
    failed: Verdict | None = None
    open_: Verdict | None = None
    passed = 0
    for number, (data, expected) in enumerate(tests, 1):
        verdict = program.run(data, expected, fuel, loose=loose)
        fuel = max(0, program.machine.fuel)
        if program.orders and verdict.passed is not None:
            first = bytes(program.machine.out)
            program.machine.reverse = True
            other = program.run(data, expected, fuel, loose=loose)
            program.machine.reverse = False
            fuel = max(0, program.machine.fuel)
            if other.passed != verdict.passed or bytes(program.machine.out) != first:
                verdict = Verdict(None, "it rests on an order that the language leaves open")
        passed += verdict.passed is True
        if verdict.passed is False and failed is None:
            failed = Verdict(False, f"test {number}: {verdict.why}")
            if not loose:
                break
        if verdict.passed is None and open_ is None:
            open_ = Verdict(None, f"test {number}: {verdict.why}")
    found = failed or open_ or Verdict(True, f"all {len(tests)} tests pass")
    return found._replace(tests=passed)
