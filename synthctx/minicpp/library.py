"""Functions of the C++ library: numbers, characters, streams."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from synthctx.minicpp.names import is_header_name
from synthctx.minicpp.read import Outside
from synthctx.minicpp.streams import Ended
from synthctx.minicpp.trees import Trees
from synthctx.minicpp.types import (
    BOOL,
    DOUBLE,
    INT,
    LLONG,
    LONG,
    RANGES,
    STRING,
    VOID,
    Frame,
    Type,
    is_class,
    is_number,
    is_whole,
)
from synthctx.minicpp.values import Expr, converted

_FRACTIONS: dict[str, Callable[..., float]] = {
    "sqrt": math.sqrt,
    "floor": lambda x: math.copysign(math.floor(x), x),
    "ceil": lambda x: math.copysign(math.ceil(x), x),
    "round": lambda x: math.copysign(math.floor(abs(x)) + (abs(x) % 1 >= 0.5), x),
    "trunc": lambda x: math.copysign(math.trunc(x), x),
    "fabs": abs,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "acos": math.acos,
    "asin": math.asin,
    "atan": math.atan,
    "exp": math.exp,
    "log": math.log,
    "log2": math.log2,
    "log10": math.log10,
    "cbrt": lambda x: math.cbrt(x),
    "pow": lambda x, y: math.pow(x, y),
    "atan2": math.atan2,
    "hypot": math.hypot,
    "fmod": math.fmod,
}
_TWO = frozenset(("pow", "atan2", "hypot", "fmod"))
_KINDS: dict[str, Callable[[int], bool]] = {
    "isdigit": lambda c: 48 <= c <= 57,
    "isalpha": lambda c: 65 <= c <= 90 or 97 <= c <= 122,
    "isalnum": lambda c: 48 <= c <= 57 or 65 <= c <= 90 or 97 <= c <= 122,
    "isupper": lambda c: 65 <= c <= 90,
    "islower": lambda c: 97 <= c <= 122,
    "isspace": lambda c: c == 32 or 9 <= c <= 13,
    "ispunct": lambda c: 33 <= c <= 126 and not chr(c).isalnum(),
}


class Library(Trees):
    """Builds the calls of functions of the library."""

    def library(self, name: str) -> Expr:
        """Return what a name is that the program does not declare."""
        simple = self.simple_name(name)
        if simple is not None:
            return simple
        if self.word != "(":
            shown = self.manipulator(name)
            if shown is not None:
                return shown
        build = getattr(self, f"do_{name}", None)
        if name == "greater" and self.word == "<":
            self.at -= 1
            type = self.full_type()
            self.arguments()
            return Expr(type, lambda f: None)
        if build is None and name not in _FRACTIONS and name not in _KINDS:
            if is_header_name(name) or self.word in ("::", ":", "<"):
                self.outside(f"the library's '{name}'")
            self.unknown(name)
        if self.word != "(":
            self.outside(f"the function '{name}' without a call")
        given = self.arguments()
        self.nodes += 2
        for i, one in enumerate(given):
            for other in given[:i]:
                machine = self.order(other, one)
                if machine is not None and (one.effect and other.effect):
                    self.outside("arguments whose order may matter")
        if build is not None:
            made: Expr = build(given)
        elif name in _KINDS:
            made = self._of_letter(name, given)
        else:
            made = self._fraction(name, given)
        return made.over(*given)

    def _of_letter(self, name: str, given: list[Expr]) -> Expr:
        self.counts(given, 1)
        test, get = _KINDS[name], self.whole(given[0])

        def check(f: Frame) -> int:
            code = get(f)
            if not -1 <= code <= 127:
                raise Outside("a letter outside ASCII")
            return 1024 if test(code) else 0

        return Expr(INT, check)

    def do_toupper(self, given: list[Expr], *, up: bool = True) -> Expr:
        self.counts(given, 1)
        get = self.whole(given[0])
        low, high, by = (97, 122, -32) if up else (65, 90, 32)

        def change(f: Frame) -> int:
            code: int = get(f)
            return code + by if low <= code <= high else code

        return Expr(INT, change)

    def do_tolower(self, given: list[Expr]) -> Expr:
        return self.do_toupper(given, up=False)

    def _fraction(self, name: str, given: list[Expr]) -> Expr:
        self.counts(given, 2 if name in _TWO else 1)
        compute = _FRACTIONS[name]
        if any(one.type.kind == "float" for one in given):
            self.outside(f"{name} of a float")
        values = [converted(one, DOUBLE) for one in given]

        def call(f: Frame) -> float:
            arguments = [value(f) for value in values]
            try:
                result = compute(*arguments)
            except (ValueError, OverflowError):
                raise Outside(f"{name} of a number out of its range") from None
            return float(result)

        return Expr(DOUBLE, call)

    # ------------------------------------------------------------ numbers

    def do_abs(self, given: list[Expr]) -> Expr:
        self.counts(given, 1)
        type, get = given[0].type, given[0].get
        if not is_number(type) or (is_whole(type) and RANGES[type.kind][0] == 0 and type != BOOL):
            self.outside("abs of this")
        if type.kind in ("char", "short", "bool"):
            type = INT
        most = RANGES[type.kind][1] if is_whole(type) else None

        def absolute(f: Frame) -> Any:
            value = abs(get(f))
            if most is not None and value > most:
                raise Outside("abs of the least number")
            return value

        return Expr(type, absolute)

    def do_labs(self, given: list[Expr]) -> Expr:
        self.counts(given, 1)
        return self.do_abs([Expr(LONG, converted(given[0], LONG))])

    def do_llabs(self, given: list[Expr]) -> Expr:
        self.counts(given, 1)
        return self.do_abs([Expr(LLONG, converted(given[0], LLONG))])

    def do_max(self, given: list[Expr], *, least: bool = False) -> Expr:
        self.counts(given, 2, 3)
        one, other = given[:2]
        if one.type != other.type:
            if is_number(one.type) and is_number(other.type):
                self.broken(f"max or min of a {one.type.kind} and a {other.type.kind}")
            self.outside("max or min of two types")
        if len(given) > 2:
            self.outside("max or min in an order of its own")
        less, a, b = self.less(one.type), one.get, other.get

        def greater(f: Frame) -> Any:
            x, y = a(f), b(f)
            return y if less(y, x) else x

        def lesser(f: Frame) -> Any:
            x, y = a(f), b(f)
            return y if less(x, y) else x

        machine = self.order(one, other)
        if machine is not None:
            self.outside(
                "arguments whose order may matter"
            ) if one.effect and other.effect else None
        fresh = is_class(one.type) and one.fresh and other.fresh
        return Expr(one.type, greater if least else lesser, fresh=fresh)

    def do_min(self, given: list[Expr]) -> Expr:
        return self.do_max(given, least=True)

    def do___gcd(self, given: list[Expr]) -> Expr:
        self.counts(given, 2)
        if given[0].type != given[1].type or not is_whole(given[0].type):
            self.outside("__gcd of two types")
        a, b = given[0].get, given[1].get

        def gcd(f: Frame) -> int:
            x, y = a(f), b(f)
            if x < 0 or y < 0:
                raise Outside("__gcd of a negative number")
            return math.gcd(x, y)

        return Expr(given[0].type, gcd)

    def do_exit(self, given: list[Expr]) -> Expr:
        self.counts(given, 1)
        self.mark()

        def leave(f: Frame) -> None:
            raise Ended

        return Expr(VOID, leave, effect=True)

    def do_make_pair(self, given: list[Expr]) -> Expr:
        self.counts(given, 2)
        self.order(*given)
        given = [self.decayed(one) for one in given]
        type = Type("pair", (given[0].type, given[1].type))
        return Expr(type, self.built(type, given), fresh=True)

    def do_to_string(self, given: list[Expr]) -> Expr:
        self.counts(given, 1)
        get = self.whole(given[0])
        return Expr(STRING, lambda f: list(b"%d" % get(f)), fresh=True)

    def do_stoi(self, given: list[Expr], kind: str = "int") -> Expr:
        self.counts(given, 1)
        text, (low, high) = self.characters(given[0]), RANGES[kind]

        def read(f: Frame) -> int:
            letters = bytes([code & 255 for code in text(f)])
            if not letters.lstrip(b"-").isdigit() or len(letters) > 25 or b"--" in letters:
                raise Outside("a text that is no plain number")
            value = int(letters)
            if not low <= value <= high:
                raise Outside("a number out of range")
            return value

        return Expr(Type(kind), read)

    def do_stoll(self, given: list[Expr]) -> Expr:
        return self.do_stoi(given, "llong")

    def do_atoi(self, given: list[Expr]) -> Expr:
        return self.do_stoi(given)
