"""Values of the small language: what is made of them, paid for before it is made."""

from __future__ import annotations

import ast
import operator
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

_MOST_BITS = 1024

OPERATIONS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
}


class Stopped(Exception):
    """The run cannot go on; says why."""


class Values(ABC):
    """Fuel, input and output of one run, and the functions that programs can call."""

    def __init__(self, given: str, fuel: int) -> None:
        self.lines = given.split("\n")
        if self.lines[-1] == "":
            self.lines.pop()
        self.next_line = 0
        self.fuel = fuel
        self.line = 1
        self.output: list[str] = []

    @abstractmethod
    def call(self, name: str, given: list[Any], named: dict[str, Any]) -> Any:
        """Call a function by its name."""

    def pay(self, steps: int) -> None:
        """Take steps off the fuel."""
        self.fuel -= steps
        if self.fuel < 0:
            raise Stopped(f"line {self.line}: the program takes more steps than it may")

    def stop(self, why: str) -> Stopped:
        """Return what ends the run."""
        return Stopped(f"line {self.line}: {why}")

    def operation(self, kind: type[ast.operator], left: Any, right: Any) -> Any:
        """Return what two values give, paid for before it is made."""
        if isinstance(left, int) and isinstance(right, int):
            if kind is ast.Pow:
                if right < 0 or abs(left).bit_length() * right > _MOST_BITS * 2:
                    raise self.stop("a power that is too large, or no whole number")
            elif kind is ast.LShift and right > _MOST_BITS:
                raise self.stop("a number that is too large")
            return self.small(OPERATIONS[kind](left, right))
        if kind is ast.Mult and isinstance(left, int):
            left, right = right, left
        joined = (
            kind is ast.Add and type(left) is type(right) and isinstance(left, list | str | tuple)
        )
        repeated = (
            kind is ast.Mult and isinstance(left, list | str | tuple) and isinstance(right, int)
        )
        if not joined and not repeated:
            raise self.stop("an operator between values it is not for")
        self.pay(len(left) + len(right) if joined else len(left) * max(0, right))
        return OPERATIONS[kind](left, right)

    def small(self, value: Any) -> Any:
        """Return a value, refused if it is a number of too many bits."""
        if isinstance(value, int) and value.bit_length() > _MOST_BITS:
            raise self.stop("a number that is too large")
        return value

    def size(self, value: Any) -> int:
        """Return how much there is of a value to look at, in lists its items' items too."""
        if isinstance(value, str):
            return len(value) >> 3
        if not isinstance(value, list | tuple):
            return 0
        total, waiting = 0, [value]
        while waiting:
            found = waiting.pop()
            total += 1 + len(found)
            if total > self.fuel:
                self.pay(total)
            waiting += [one for one in found if isinstance(one, list | tuple)]
            total += sum(len(one) >> 3 for one in found if isinstance(one, str))
        return total

    def text_of(self, value: Any) -> str:
        """Return a value as text, paid for."""
        self.pay(self.size(value))
        text = str(value)
        self.pay(len(text))
        return text

    def items(self, values: Any) -> list[Any]:
        """Return the items of a value as a new list, paid for."""
        if not isinstance(values, list | str | tuple | range):
            raise self.stop("something that has no items")
        self.pay(len(values))
        return list(values)

    # ------------------------------------------------------------ functions

    def call_print(self, *values: Any, sep: Any = " ", end: Any = "\n") -> None:
        """Write values."""
        sep, end = (" " if sep is None else sep), ("\n" if end is None else end)
        self.pay(len(sep) * len(values) + len(end))
        self.output.append(sep.join([self.text_of(value) for value in values]) + end)

    def call_input(self, prompt: Any = "") -> str:
        """Read a line."""
        self.output.append(self.text_of(prompt))
        if self.next_line >= len(self.lines):
            raise self.stop("there is nothing left to read")
        self.next_line += 1
        line = self.lines[self.next_line - 1]
        self.pay(len(line))
        return line

    def call_int(self, value: Any = 0) -> int:
        """Return a value as a whole number."""
        if isinstance(value, str) and len(value) > 400:
            raise self.stop("a number that is too large")
        if not isinstance(value, int | str):
            raise self.stop("a number made of something else")
        number: int = self.small(int(value))
        return number

    def call_str(self, value: Any = "") -> str:
        """Return a value as text."""
        return self.text_of(value)

    def call_bool(self, value: Any = False) -> bool:
        """Return whether a value is something."""
        return bool(value)

    def call_len(self, value: Any) -> int:
        """Return how many items there are."""
        return len(value)

    def call_abs(self, value: int) -> int:
        """Return a number without its sign."""
        return abs(value)

    def call_list(self, values: Any = ()) -> list[Any]:
        """Return items as a new list."""
        return self.items(values)

    def call_map(self, name: Any, *values: Any) -> list[Any]:
        """Return what a function gives for every item."""
        if not isinstance(name, str) or len(values) != 1:
            raise self.stop("map takes a function and one list")
        return [self.call(name, [value], {}) for value in self.items(values[0])]

    def call_range(self, *values: Any) -> range:
        """Return numbers in a row."""
        return range(*values)

    def call_sorted(self, values: Any) -> list[Any]:
        """Return items in order."""
        self.pay(self.size(values))
        return sorted(self.items(values))

    def call_sum(self, values: Any, start: int = 0) -> Any:
        """Return the sum of numbers."""
        total = start
        for value in self.items(values):
            total = self.operation(ast.Add, total, value)
        return total

    def call_max(self, *values: Any) -> Any:
        """Return the greatest value."""
        self.pay(self.size(values))
        return max(self.items(values[0]) if len(values) == 1 else values)

    def call_min(self, *values: Any) -> Any:
        """Return the least value."""
        self.pay(self.size(values))
        return min(self.items(values[0]) if len(values) == 1 else values)
