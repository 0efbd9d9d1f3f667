"""The countdown game: numbers, a target, and the search for it, told line by line.

Two numbers at a time are joined by +, -, * or / until one is left, which has to be the target.
The search is fixed, so that numbers and target determine every line of it: pairs in the order of
the list, the larger number first, the four signs in that order, the new number to the front.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

SIGNS = "+-*/"
LIMIT = 2000
FEWEST_NUMBERS, MOST_NUMBERS = 3, 5  # the whole tree of six numbers has millions of lines
HEADER = "# Search Procedure"


class Equation(NamedTuple):
    """Two numbers of the set, joined into one."""

    first: int
    sign: str
    second: int
    result: int

    def __str__(self) -> str:
        return f"{self.first} {self.sign} {self.second} = {self.result}"

    @property
    def unordered(self) -> Equation:
        """Return the same equation with the larger number first, where the order is free."""
        if self.sign in "+*" and self.first < self.second:
            return Equation(self.second, self.sign, self.first, self.result)
        return self


class Search(NamedTuple):
    """A search that reached its target: all its lines, and the equations that led there."""

    lines: tuple[str, ...]
    solution: tuple[Equation, ...]


class _Goal(NamedTuple):
    target: int
    limit: int


def joined(first: int, sign: str, second: int) -> int | None:
    """Return what two numbers give, None when that is no whole number."""
    if sign == "+":
        return first + second
    if sign == "-":
        return first - second
    if sign == "*":
        return first * second
    return None if second == 0 or first % second else first // second


@lru_cache(maxsize=64)
def search(numbers: tuple[int, ...], target: int, limit: int = LIMIT) -> Search | None:
    """Search the target depth first and return all that is told on the way; None if in vain.

    Args:
        numbers: `FEWEST_NUMBERS` to `MOST_NUMBERS` whole numbers, none negative.
        target: what the last number left has to be.
        limit: the first number that is too large for a result.
    """
    start = list(numbers)
    lines = [f"Initial number set: {start}, target: {target}. {_options(start)}"]
    solution = _explore(start, 0, _Goal(target, limit), lines)
    return None if solution is None else Search(tuple(lines), tuple(reversed(solution)))


def told(found: Search) -> str:
    """Return the text of a right answer: the search, the way back, and the solution."""
    last, *between, first = reversed(found.solution)
    steps = "\n".join(map(str, found.solution))
    return "\n".join(
        [
            HEADER,
            *found.lines,
            "",
            "Now we have found the target, let's trace back the solution:",
            f"Final step: {last}",
            *(f"The step before: {equation}" for equation in between),
            f"The first step: {first}",
            "",
            "Output the solution in the required format:",
            f"<Solution>\n{steps}\n</Solution>\n",
        ]
    )


def _explore(
    numbers: list[int], depth: int, goal: _Goal, lines: list[str]
) -> list[Equation] | None:
    """Try all that can be done with some numbers; return the equations, the last one first."""
    many = len(numbers) > 2
    for one, other, left in _pairs(numbers):
        if many:
            picked = f"Pick two numbers ({one}, {other}) (numbers left: {left})."
            lines.append(f"{_indent(depth + 1)}{picked} Try possible operations.")
        for sign in SIGNS:
            attempt = (max(one, other), sign, min(one, other))
            solution = _attempt(attempt, left, depth + 1 + many, goal, lines)
            if solution is not None:
                return solution
    return None


def _attempt(
    attempt: tuple[int, str, int], left: list[int], depth: int, goal: _Goal, lines: list[str]
) -> list[Equation] | None:
    first, sign, second = attempt
    result = joined(first, sign, second)
    trying = f"{_indent(depth)}Try {first} {sign} {second}"
    if result is None:
        why = " (invalid operation). drop"
        if second:
            quotient = f"{first / second:.1f}"
            why = f" = {quotient}. {quotient} is a decimal, drop"
        lines.append(f"{trying}{why} this branch.")
        return None
    trying += f" = {result}."
    if result >= goal.limit:
        lines.append(
            f"{trying} {result} exceeds the maximum intermediate result, drop this branch."
        )
        return None
    if not left:
        hit = result == goal.target
        verdict = "==" if hit else "!="
        end = "target found!" if hit else "drop this branch."
        lines.append(f"{trying} Evaluate {result} {verdict} {goal.target}, {end}")
        return [Equation(first, sign, second, result)] if hit else None
    numbers = [result, *left]
    rest = f". {_options(numbers)}" if len(numbers) > 2 else ", just two numbers left."
    now = f"Current number set: {numbers}, target: {goal.target}{rest}"
    lines.append(f"{trying} Add {result} to the number set. {now}")
    solution = _explore(numbers, depth, goal, lines)
    return None if solution is None else [*solution, Equation(first, sign, second, result)]


def _pairs(numbers: list[int]) -> Iterator[tuple[int, int, list[int]]]:
    """Yield all pairs in order, each with the numbers left."""
    for i, one in enumerate(numbers):
        for j in range(i + 1, len(numbers)):
            yield one, numbers[j], numbers[:i] + numbers[i + 1 : j] + numbers[j + 1 :]


def _options(numbers: list[int]) -> str:
    pairs = ", ".join(f"({one}, {other})" for one, other, _ in _pairs(numbers))
    return f"Options for choosing two numbers: [{pairs}]."


def _indent(depth: int) -> str:
    return " " * depth + "|- "
