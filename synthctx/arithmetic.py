r"""The value of a short arithmetic expression, plain or LaTeX: "3/4", "2\pi", "\frac{1}{\sqrt{2}}".

Nothing is evaluated by Python. The expression is read by descent, with bounds on its length, its
depth and the size of its numbers; whole numbers and fractions stay exact.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

Value = Fraction | float

_LONGEST = 1000  # characters
_DEEPEST = 40
_MOST_BITS = 20_000
_LARGEST_POWER = 4096
_LARGEST_FACTORIAL = 100

_SIGNS = str.maketrans(
    {
        "π": "\\pi ",
        "∞": "\\infty ",
        "×": "*",
        "·": "*",
        "⋅": "*",
        "÷": "/",
        "−": "-",
        "√": "\\sqrt ",
        "²": "^2",
        "³": "^3",
    }
)
_FUNCTIONS: dict[str, Callable[[float], float]] = {
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "cot": lambda x: 1 / math.tan(x),
    "sec": lambda x: 1 / math.cos(x),
    "csc": lambda x: 1 / math.sin(x),
    "arcsin": math.asin,
    "arccos": math.acos,
    "arctan": math.atan,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "ln": math.log,
    "log": math.log,
    "exp": math.exp,
    "abs": abs,
}
_NAMES = sorted([*_FUNCTIONS, "sqrt", "frac", "dfrac", "tfrac", "pi", "infty"], key=len)[::-1]
_TOKEN = re.compile(
    r"(?P<skip>\s+|~|\$|\\[,;:! ]|\\(?:left|right|displaystyle|q?quad)(?![A-Za-z]))"
    r"|(?P<group>[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])(?:\.[0-9]+)?)"
    r"|(?P<scientific>(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][+-]?[0-9]{1,4}(?![A-Za-z0-9]))"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
    r"|(?P<times>\\cdot(?![A-Za-z])|\\times(?![A-Za-z])|\*\*|\*)"
    r"|(?P<over>\\div(?![A-Za-z])|/)"
    r"|(?P<name>\\?(?:" + "|".join(_NAMES) + r"))"
    r"|(?P<percent>\\?%)"
    r"|(?P<variable>[A-Za-z])"
    r"|(?P<mark>[-+^(){}\[\]|!_])"
)
_OPENED = {"(": ")", "[": "]", "{": "}", "|": "|"}


class NotArithmetic(Exception):
    """A text is no arithmetic expression, or one beyond the bounds; never leaves this module."""


@dataclass(frozen=True, slots=True)
class Dialect:
    r"""How the ambiguous forms are read.

    Attributes:
        euler: the letter e is the number 2.718...
        mixed: a whole number before a fraction is added to it ("2\frac{1}{2}" is 2.5).
        grouped: "1,234" is one number.
        scientific: "1.5e3" is one number.
        percent: "50%" is one half.
        lenient: names without a backslash ("sqrt(2)", "pi"), "**", powers of powers (from
            the right), "2^-1", arguments and bases without brackets ("\sin x") are read.
    """

    euler: bool = True
    mixed: bool = True
    grouped: bool = True
    scientific: bool = True
    percent: bool = True
    lenient: bool = True


PLAIN = Dialect()


def evaluate(
    text: str, variables: Mapping[str, Value] | None = None, dialect: Dialect = PLAIN
) -> Value | None:
    """Return the value of an expression, None when the text is not one that has a real value.

    Args:
        text: the expression.
        variables: the values of one-letter variables; without it there are none.
        dialect: how the ambiguous forms are read.
    """
    try:
        return _Reader(text, (variables or {}).get, dialect).whole()
    except (NotArithmetic, ArithmeticError, ValueError):
        return None


def free_variables(text: str, dialect: Dialect = PLAIN) -> frozenset[str] | None:
    """Return the one-letter variables of an expression, None when the text is not one.

    An expression that has no value where every variable is about 1.3 counts as none.
    """
    found: set[str] = set()

    def note(name: str) -> Value:
        found.add(name)
        return 1.3 + ord(name) / 4096

    try:
        _Reader(text, note, dialect).whole()
    except (NotArithmetic, ArithmeticError, ValueError):
        return None
    return frozenset(found)


def close(said: Value, wanted: Value, precision: float) -> bool:
    """Tell whether a value is within a relative precision of another (an absolute one of 0)."""
    if said == wanted:
        return True
    if isinstance(said, float) or isinstance(wanted, float):
        try:
            said, wanted = float(said), float(wanted)
        except OverflowError:
            return False
        if not (math.isfinite(said) and math.isfinite(wanted)):
            return False
    difference, size = _size(said - wanted), _size(wanted) if wanted else 1
    within = precision if isinstance(size, float) else Fraction(precision)
    return difference <= within * size


# ---------------------------------------------------------------- values


def _checked(value: Value) -> Value:
    """Return a value; one that is too long for exact arithmetic as a float."""
    if isinstance(value, float):
        if math.isnan(value):
            raise NotArithmetic
        return value
    if value.numerator.bit_length() + value.denominator.bit_length() > _MOST_BITS:
        return float(value)
    return value


def _size(value: Value) -> Value:
    return -value if value < 0 else value


def power(base: Value, exponent: Value) -> Value:
    """Return a power, exact where it can be.

    Raises:
        NotArithmetic: it is not real.
        ArithmeticError: it is not finite.
    """
    whole = isinstance(exponent, Fraction) and exponent.denominator == 1
    if isinstance(base, Fraction) and isinstance(exponent, Fraction) and whole:
        times = exponent.numerator
        bits = base.numerator.bit_length() + base.denominator.bit_length()
        if abs(times) <= _LARGEST_POWER and bits * abs(times) <= _MOST_BITS:
            return base**times
    if isinstance(exponent, Fraction) and exponent.numerator == 1 and base >= 0:
        return _root(base, exponent.denominator)
    if base < 0 and not whole:
        raise NotArithmetic
    return _checked(math.pow(float(base), float(exponent)))


def _root(value: Value, degree: int) -> Value:
    if value < 0 or degree < 1:
        raise NotArithmetic
    if isinstance(value, Fraction) and degree <= 10:
        parts = [_whole_root(value.numerator, degree), _whole_root(value.denominator, degree)]
        if parts[0] is not None and parts[1] is not None:
            return Fraction(parts[0], parts[1])
    return math.sqrt(value) if degree == 2 else math.pow(float(value), 1 / degree)


def _whole_root(number: int, degree: int) -> int | None:
    if degree == 2:
        root = math.isqrt(number)
    elif number.bit_length() > 900:
        return None
    else:
        root = round(math.pow(number, 1 / degree))
    return root if root**degree == number else None


# ---------------------------------------------------------------- reading


class _Reader:
    """Reads one expression from left to right."""

    def __init__(
        self, text: str, variable: Callable[[str], Value | None], dialect: Dialect
    ) -> None:
        self.variable = variable
        self.dialect = dialect
        self.depth = 0
        self.at = 0
        self.tokens = self._tokens(text.translate(_SIGNS))

    def _tokens(self, text: str) -> list[tuple[str, str]]:
        if len(text) > _LONGEST:
            raise NotArithmetic
        found: list[tuple[str, str]] = []
        at = 0
        allowed = {
            "group": self.dialect.grouped,
            "scientific": self.dialect.scientific,
            "percent": self.dialect.percent,
        }
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None or not allowed.get(match.lastgroup or "", True):
                raise NotArithmetic
            bare = match.lastgroup == "name" and match[0].isalpha()
            if not self.dialect.lenient and (bare or match[0] in ("**", "\\abs")):
                raise NotArithmetic
            if match.lastgroup != "skip":
                found.append((match.lastgroup or "", match[0]))
            at = match.end()
        return found

    def _next(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def _take(self, *texts: str) -> str:
        text = self._next()[1]
        if text not in texts or not text:
            return ""
        self.at += 1
        return text

    def whole(self) -> Value:
        value = self.sum()
        if self.at < len(self.tokens):
            raise NotArithmetic
        return value

    def sum(self) -> Value:
        value = self._product()
        while sign := self._take("+", "-"):
            other = self._product()
            value = _checked(value + other if sign == "+" else value - other)
        return value

    def _product(self) -> Value:
        value = self._signed()
        while self._next()[0] in ("times", "over"):
            kind, text = self._next()
            self.at += 1
            if text == "**":
                raise NotArithmetic  # a power of an atom is taken where the atom is read
            other = self._signed()
            value = _checked(value * other if kind == "times" else value / other)
        return value

    def _signed(self) -> Value:
        negative = False
        while sign := self._take("+", "-"):
            negative ^= sign == "-"
        value = self._run()
        return -value if negative else value

    def _run(self) -> Value:
        r"""Read factors without a sign between them: "2\pi", "2(3)", "xy"."""
        first = self.at
        value = self._factor()
        plain = self.at == first + 1 and self.tokens[first][0] == "number"
        while self._opens():
            fraction = self._next()[1].lstrip("\\") in ("frac", "dfrac", "tfrac")
            other = self._factor()
            if plain and fraction and self.dialect.mixed and isinstance(value, Fraction):
                value = _checked(value + other)
            else:
                value = _checked(value * other)
            plain = False
        return value

    def _opens(self) -> bool:
        kind, text = self._next()
        return kind in ("name", "variable") or (kind == "mark" and text in "([{")

    def _factor(self) -> Value:
        value = self._atom()
        while True:
            kind, text = self._next()
            if text == "!":
                self.at += 1
                value = _factorial(value)
            elif kind == "percent":
                self.at += 1
                value = _checked(value / 100)
            else:
                break
        return self._raised(value)

    def _raised(self, value: Value) -> Value:
        """Read the power behind an atom, from the right when there are several."""
        exponents: list[Value] = []
        while self._next()[1] in ("^", "**"):
            self.at += 1
            exponents.append(self._exponent())
        if len(exponents) > 1 and not self.dialect.lenient:
            raise NotArithmetic
        while len(exponents) > 1:
            last = exponents.pop()
            exponents[-1] = _checked(power(exponents[-1], last))
        return _checked(power(value, exponents[0])) if exponents else value

    def _exponent(self) -> Value:
        negative = bool(self._take("-")) if self.dialect.lenient else False
        value = self._atom()
        return -value if negative else value

    def _atom(self) -> Value:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise NotArithmetic
        value = self._any_atom()
        self.depth -= 1
        return value

    def _any_atom(self) -> Value:
        kind, text = self._next()
        self.at += 1
        if kind in ("number", "scientific", "group"):
            return _checked(Fraction(text.replace(",", "")))
        called = kind == "variable" or text == "\\pi"
        if called and not self.dialect.lenient and self._next()[1] == "(":
            raise NotArithmetic  # "f(x)" may be a function's value
        if kind == "variable":
            return self._variable(text)
        if kind == "name":
            return self._named(text.lstrip("\\"))
        if kind == "mark" and text in _OPENED:
            value = self.sum()
            if not self._take(_OPENED[text]):
                raise NotArithmetic
            return _size(value) if text == "|" else value
        raise NotArithmetic

    def _variable(self, name: str) -> Value:
        if name == "e" and self.dialect.euler:
            return math.e
        value = self.variable(name)
        if value is None:
            raise NotArithmetic
        return value

    def _named(self, name: str) -> Value:
        if name == "pi":
            return math.pi
        if name == "infty":
            return math.inf
        if name in ("frac", "dfrac", "tfrac"):
            above = self._argument()
            return _checked(above / self._argument())
        if name == "sqrt":
            degree: Value = Fraction(2)
            if self._take("["):
                degree = self.sum()
                if not self._take("]"):
                    raise NotArithmetic
            if not isinstance(degree, Fraction) or degree.denominator != 1:
                raise NotArithmetic
            of = self._atom() if self.dialect.lenient else self._argument()
            return _root(of, degree.numerator)
        return self._function(name)

    def _argument(self) -> Value:
        r"""Read what a LaTeX command takes: a group, or one digit ("\frac12")."""
        kind, text = self._next()
        if kind == "number" and len(text) > 1 and text.isdecimal():
            self.tokens[self.at] = (kind, text[1:])
            return Fraction(text[0])
        return self._atom()

    def _function(self, name: str) -> Value:
        base, exponent = self._base_and_power(name)
        bracketed = self._next()[1] in (_OPENED if self.dialect.lenient else ["("])
        if not (bracketed or self.dialect.lenient):
            raise NotArithmetic
        argument = self._atom() if bracketed else self._run()
        if name == "abs":
            return _checked(power(_size(argument), exponent))
        value = _FUNCTIONS[name](float(argument))
        if base is not None:
            value /= math.log(float(base))
        return _checked(power(_checked(value), exponent))

    def _base_and_power(self, name: str) -> tuple[Value | None, Value]:
        """Read what may stand between a function's name and its argument."""
        base: Value | None = None
        exponent: Value = Fraction(1)
        for _ in range(2):
            if name == "log" and base is None and self._take("_"):
                if not self.dialect.lenient and self._next()[1] != "{":
                    raise NotArithmetic
                base = self._argument()
            elif self._take("^"):
                exponent = self._argument()
                if not isinstance(exponent, Fraction) or exponent < 1:
                    raise NotArithmetic  # "\sin^{-1}" is no power
        return base, exponent


def _factorial(value: Value) -> Value:
    whole = isinstance(value, Fraction) and value.denominator == 1
    if not whole or not 0 <= value <= _LARGEST_FACTORIAL:
        raise NotArithmetic
    return Fraction(math.factorial(int(value)))
