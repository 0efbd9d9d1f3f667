"""Names, calls, fields and items of C++, and values passed on."""

from __future__ import annotations

import math
from typing import Any

from synthctx.minicpp.passing import Passing
from synthctx.minicpp.types import (
    BOOL,
    CHAR,
    DOUBLE,
    INT,
    ISTREAM,
    OSTREAM,
    RANGES,
    STRING,
    ULONG,
    Frame,
    Get,
    Type,
    is_class,
    is_number,
    is_whole,
)
from synthctx.minicpp.values import (
    Expr,
    Var,
    constant,
    converted,
    item,
    out_of_bounds,
    plain_int,
    taken,
    unset,
)

_CONSTANTS: dict[str, tuple[Type, Any]] = {
    "true": (BOOL, 1),
    "false": (BOOL, 0),
    "INT_MAX": (INT, RANGES["int"][1]),
    "INT_MIN": (INT, RANGES["int"][0]),
    "LONG_MAX": (Type("long"), RANGES["long"][1]),
    "LONG_MIN": (Type("long"), RANGES["long"][0]),
    "LLONG_MAX": (Type("llong"), RANGES["llong"][1]),
    "LLONG_MIN": (Type("llong"), RANGES["llong"][0]),
    "UINT_MAX": (Type("uint"), RANGES["uint"][1]),
    "ULLONG_MAX": (Type("ullong"), RANGES["ullong"][1]),
    "CHAR_MAX": (INT, 127),
    "EOF": (INT, -1),
    "M_PI": (DOUBLE, math.pi),
    "M_E": (DOUBLE, math.e),
}


class Calls(Passing):
    """Reads names and what follows them."""

    # ------------------------------------------------------------ values

    def decayed(self, expr: Expr) -> Expr:
        """Return an array as the pointer to its first item, all else as it is."""
        if expr.type.kind != "array":
            return expr
        get = expr.get
        made = Expr(
            Type("ptr", expr.type.of), lambda f: (get(f), 0), root=expr.root, fixed=expr.fixed
        )
        return made.over(expr)

    def value(self, expr: Expr, type: Type) -> Get:
        """Return how a value is got as a type, for a class a copy of its own."""
        if is_class(type):
            if expr.type == type and type.kind != "array":
                return taken(expr, self.machine.pay)
            if type.kind == "string" and self.decayed(expr).type.kind == "ptr":
                return self.characters(expr)
            if type.kind == "pair" and expr.type.kind == "pair":
                parts = [self.field(expr, i, one) for i, one in enumerate(expr.type.of)]
                if not expr.effect and not expr.touched:
                    first, second = map(self.value, parts, type.of)
                    return lambda f: [first(f), second(f)]
            self.outside(f"a {expr.type.kind} as a {type.kind}")
        return converted(self.decayed(expr), type)

    def characters(self, expr: Expr) -> Get:
        """Return how the characters of a string, a text or one character are got, as a list."""
        if expr.type.kind == "string":
            return expr.get
        expr = self.decayed(expr)
        get, pay = expr.get, self.machine.pay
        if expr.type == CHAR:
            return lambda f: [get(f)]
        if expr.type.kind != "ptr" or expr.type.of[0] != CHAR:
            self.outside(f"a {expr.type.kind} as text")

        def text(f: Frame) -> list[int]:
            values, start = get(f)
            if start < 0 or values is None:
                raise out_of_bounds()
            end = values.index(0, start)
            pay((end - start) >> 2)
            found: list[int] = values[start:end]
            if None in found:
                raise unset()
            return found

        return text

    def braced(self, type: Type) -> Get:
        """Read a list in braces as a value of a type."""
        self.deeper()
        self.expect("{")
        size = type.size if type.kind == "array" else -1
        parts: list[Get] = []
        kinds = list(type.of) if type.kind == "pair" else []
        if type.kind == "struct":
            if type.name in self.structs[type.name].methods:
                self.outside("braces for a struct with a function that builds it")
            kinds = [one for _, one, _ in self.structs[type.name].fields]
        elif type.kind not in ("array", "vector", "pair"):
            self.outside(f"braces for a {type.kind}")
        while not self.accept("}"):
            inner = type.of[0] if type.kind in ("array", "vector") else None
            if inner is None:
                if len(parts) >= len(kinds):
                    self.outside("more values in braces than there is room for")
                inner = kinds[len(parts)]
            if self.word == "{":
                parts.append(self.braced(inner))
            elif inner.kind == "array":
                self.outside("an array without its own braces")
            else:
                given = self.assignment()
                if is_whole(inner) and not is_whole(given.type) and is_number(given.type):
                    self.outside("a fraction narrowed in braces")
                parts.append(self.value(given, inner))
            if self.word != "}":
                self.expect(",")
        self.depth -= 1
        if 0 <= size < len(parts):
            self.broken("more values than the array has room for")
        return self._filled(type, parts, kinds)

    def _filled(self, type: Type, parts: list[Get], kinds: list[Type]) -> Get:
        made = self.machine.make
        if type.kind == "array":
            rest, size = self.initial(type.of[0], zero=True), type.size
        elif type.kind == "vector":
            rest, size = parts[0] if parts else (lambda f: None), len(parts)
        else:
            missing = kinds[len(parts) :]
            parts = parts + [self.initial(one, zero=True) for one in missing]
            rest, size = (lambda f: None), len(parts)

        def fill(f: Frame) -> list[Any]:
            made(size)
            values = [part(f) for part in parts]
            return values + [rest(f) for _ in range(size - len(values))]

        return fill

    # ------------------------------------------------------------ what follows

    def postfixed(self, expr: Expr) -> Expr:
        """Read what follows a value: [], ., ->, ++, --."""
        while True:
            token = self.tokens[self.at]
            if token.kind != "op":
                return expr
            if token.text == "[":
                self.take()
                index = self.expression()
                self.expect("]")
                expr = self.indexed(expr, index)
            elif token.text == ".":
                self.take()
                expr = self.member(expr, self.take().text)
            elif token.text == "->":
                self.take()
                expr = self.member(self.pointed(self.decayed(expr)), self.take().text)
            elif token.text in ("++", "--"):
                self.take()
                expr = self.stepped(expr, token.text, old=True)
            elif token.text == "(":
                expr = self.called(expr)
            else:
                return expr

    def called(self, expr: Expr) -> Expr:
        """Return the call of an object: a struct with operator()."""
        if expr.type.kind != "struct":
            self.outside("a call of something without a name")
        found = self.structs[expr.type.name].methods.get("operator()", [])
        return self.call(found, self.arguments(), expr)

    def indexed(self, base: Expr, index: Expr) -> Expr:
        """Return an item of an array, sequence, pointer or map."""
        self.nodes += 1
        if base.type.kind == "map":
            return self.map_item(base, index)
        self.order(base, index)
        place, get = plain_int(index), base.get
        kind = base.type.kind
        if kind in ("array", "vector", "deque"):
            made = item(get, place, base.type.of[0])
        elif kind == "string":
            made = Expr(CHAR, _letter(get, place), lambda f: (get(f), place(f)))
        elif kind == "ptr":

            def box(f: Frame) -> Any:
                values, start = get(f)
                return values, start + place(f)

            made = self.pointed(Expr(base.type, box))
            made.lent = True
        else:
            self.outside(f"an item of a {kind}")
        made.way = base.way | index.used | (base.used if kind == "ptr" else frozenset())
        made.root, made.fixed, made.lent = base.root, base.fixed, base.lent or made.lent
        return made.over(base, index)

    def member(self, owner: Expr, name: str) -> Expr:
        """Return a field, or the call of a function of an object."""
        self.nodes += 1
        type = owner.type
        if self.word == "(":
            if type.kind == "struct":
                return self.call(
                    self.structs[type.name].methods.get(name, []), self.arguments(), owner
                )
            inner = None
            if name in ("push", "push_back", "insert") and type.of and is_class(type.of[0]):
                inner = type.of[0] if type.kind != "map" else None
            return self.method(owner, name, self.arguments(inner))
        if type.kind == "pair" and name in ("first", "second"):
            at = int(name == "second")
            return self.field(owner, at, type.of[at])
        if type.kind == "struct":
            struct = self.structs[type.name]
            place = struct.place(name)
            if place is not None:
                return self.field(owner, place, struct.fields[place][1])
        self.outside(f"the field '{name[:30]}' of a {type.kind}")

    # ------------------------------------------------------------ names

    def named(self, name: str) -> Expr:
        """Read what begins with a name."""
        if self.at_type() and name not in ("struct", "class"):
            return self._constructed()
        self.take()
        if name == "std" and self.accept("::"):
            name = self.take().text
            return self.library(name)
        if name in ("static_cast", "const_cast", "reinterpret_cast", "dynamic_cast"):
            return self._cast_by_name(name)
        found = self.find(name)
        if isinstance(found, Var):
            return self.read_variable(found)
        if name == "this" and self.struct is not None:
            self.outside("'this'")
        if self.struct is not None and self.word == "(" and name in self.struct.methods:
            owner = Expr(Type("struct", name=self.struct.name), lambda f: f[1], lent=True)
            return self.call(self.struct.methods[name], self.arguments(), owner)
        if name in self.functions:
            if self.word != "(":
                return Expr(Type("callable", name=name), lambda f: None, const=name)
            self.function_names(name)
            return self.call(self.functions[name], self.arguments(), None)
        if name == "else":
            self.broken("'else' without 'if'")
        return self.library(name)

    def function_names(self, name: str) -> None:
        """Refuse a call that a function of the library may answer as well."""
        from synthctx.minicpp.names import is_header_name

        if is_header_name(name):
            self.outside(f"the name '{name}' is the library's too")

    def simple_name(self, name: str) -> Expr | None:
        """Return what a name of the library without brackets is."""
        if name in _CONSTANTS:
            return constant(*_CONSTANTS[name])
        if name in ("NULL", "nullptr"):
            return Expr(Type("null"), lambda f: (None, 0), const=0)
        if name in ("cin", "cout"):
            self.mark()
            machine = self.machine
            return Expr(
                ISTREAM if name == "cin" else OSTREAM, lambda f: not machine.failed, const=name
            )
        return None

    def _cast_by_name(self, name: str) -> Expr:
        if name != "static_cast":
            self.outside(name)
        self.expect("<")
        type = self.full_type()
        self.expect(">")
        self.expect("(")
        expr = self.expression()
        self.expect(")")
        return self.cast(expr, type)

    def _constructed(self) -> Expr:
        """Read a type and the values it is made of."""
        type, _ = self.read_type()
        if self.word == "{":
            if not is_class(type):
                self.outside("braces for a number")
            return Expr(type, self.braced(type), fresh=True)
        if self.accept("::"):
            if type != STRING or self.take().text != "npos":
                self.outside("a part of a type")
            return constant(ULONG, RANGES["ulong"][1])
        given = self.arguments()
        if is_class(type):
            made = Expr(type, self.built(type, given), fresh=True).over(*given)
            made.effect = made.effect or type.kind == "struct"
            return made
        if len(given) != 1:
            if not given and is_number(type):
                return constant(type, 0 if is_whole(type) else 0.0)
            self.outside("a value made of several")
        return self.cast(given[0], type)

    def built(self, type: Type, given: list[Expr]) -> Get:
        """Return what makes an object of a type out of arguments."""
        if not given:
            return self.initial(type, zero=True)
        kind = type.kind
        if kind == "pair" and len(given) == 2:
            self.order(*given)
            first, second = map(self.value, given, type.of)
            return lambda f: [first(f), second(f)]
        if kind == "struct":
            return self._built_struct(type, given)
        if (
            len(given) == 1
            and (given[0].type == type or kind == "string")
            and (not is_number(given[0].type))
        ):
            return self.value(given[0], type)
        if kind in ("vector", "string", "deque") and is_whole(given[0].type) and len(given) < 3:
            return self._repeated(type, given)
        if len(given) == 2 and all(one.type.kind in ("ptr", "iterator", "array") for one in given):
            return self.copied_span(type, given)
        if kind == "string" and len(given) == 3:
            return self.method(given[0], "substr", given[1:]).get
        self.outside(f"a {kind} made of these")

    def _repeated(self, type: Type, given: list[Expr]) -> Get:
        count, made = given[0].get, self.machine.make
        if len(given) == 1:
            one = self.initial(type.of[0], zero=True)
        else:
            self.order(*given)
            one = self.value(given[1], type.of[0])
            if given[1].effect or given[1].touched:
                self.outside("a repeated value with an effect")
            fresh = Expr(type.of[0], one)
            one = taken(fresh, self.machine.pay)
        simple = not is_class(type.of[0])

        def fill(f: Frame) -> list[Any]:
            size = count(f)
            made(size)
            return [one(f)] * size if simple and size else [one(f) for _ in range(size)]

        return fill

    def _built_struct(self, type: Type, given: list[Expr]) -> Get:
        builders = self.structs[type.name].methods.get(type.name, [])
        if not builders and len(given) == 1 and given[0].type == type:
            return taken(given[0], self.machine.pay)
        if not any(len(one.parameters) == len(given) for one in builders):
            self.outside("a struct made of these")
        empty = [self.initial(one, zero=False) for _, one, _ in self.structs[type.name].fields]
        slot = self.new_slot()
        home = Expr(type, lambda f: f[slot])
        if self.function is None:
            values = self.globals
            home = Expr(type, lambda f: values[slot])
        call = self.call(builders, given, home).get
        frame = self.globals if self.function is None else None

        def build(f: Frame) -> Any:
            made = [part(f) for part in empty]
            (frame or f)[slot] = made
            call(f)
            return made

        return build

    # ------------------------------------------------------------ calls

    def arguments(self, braces: Type | None = None) -> list[Expr]:
        """Read arguments in brackets; `braces` is the type of one that stands in braces."""
        self.expect("(")
        given: list[Expr] = []
        while not self.accept(")"):
            if self.word == "[":
                given.append(self.unnamed_function())
            elif self.word == "{":
                if braces is None or given:
                    self.outside("braces as an argument")
                given.append(Expr(braces, self.braced(braces), fresh=True, effect=True))
            else:
                given.append(self.assignment())
            if self.word != ")":
                self.expect(",")
                if self.word == ")":
                    self.broken("an argument is missing")
        return given


def _letter(values: Get, index: Get) -> Get:
    """Return how a character of a string is read: behind the last one stands a zero."""

    def get(f: Frame) -> Any:
        text, at = values(f), index(f)
        if 0 <= at < len(text):
            return text[at]
        if at == len(text):
            return 0
        raise out_of_bounds()

    return get
