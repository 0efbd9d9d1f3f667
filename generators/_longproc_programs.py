"""Made-up programs, each line twice: in pseudocode and in code.

Every program ends by construction: loops run over ranges between small numbers or over a list
that they do not change, a `while` counts down from a small number, functions call nothing. No
division but by a constant above 0, no item but at a place taken modulo the length of a list
that has items. What a line computes goes into a number that is taken modulo a prime, passed
on and written, and conditions turn out both ways, so that a line that is wrong shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from synthctx.streams import Stream

NUMBERS = "vals"  # the list that a program reads
_SCALARS = tuple("bcdefghkmpqrsuwxyz")
_LISTS = ("bag", "row", "set", "tray", "pile", "deck")
_FUNCTIONS = (
    *("fig", "oak", "elm", "ash", "yew", "fir", "bay", "ivy", "rye", "oat"),
    *("nut", "pea", "tea", "jam", "cod", "eel", "hen", "owl", "ram", "yak"),
)
_PRIMES = (97, 101, 127, 151, 179, 211, 233, 257, 307, 353, 401, 457, 503, 601, 701, 809, 907, 997)
_AHEAD = 512


class Line(NamedTuple):
    """A line in both forms; `level` blanks twice before each."""

    level: int
    pseudo: str
    code: str


@dataclass(frozen=True, slots=True)
class Expr:
    """An expression in both forms; `whole` needs no brackets inside another."""

    pseudo: str
    code: str
    whole: bool = True

    @property
    def inner(self) -> str:
        """Return the code as part of a larger expression."""
        return self.code if self.whole else f"({self.code})"


class Dice:
    """Draws from one stream, made many at a time."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._drawn: list[float] = []

    def roll(self) -> float:
        """Return a number in [0, 1)."""
        if not self._drawn:
            self._drawn = self._stream.uniform(_AHEAD).tolist()
        return self._drawn.pop()

    def between(self, low: int, high: int) -> int:
        """Return a whole number, both ends included."""
        return low + int(self.roll() * (high - low + 1))

    def pick(self, items: Sequence[str]) -> str:
        """Return one of the items."""
        return items[int(self.roll() * len(items))]


def num(value: int) -> Expr:
    """Return a number."""
    return Expr(str(value), str(value))


def name(text: str) -> Expr:
    """Return a name."""
    return Expr(text, text)


_SIGNS = {
    "sum": "+",
    "difference": "-",
    "product": "*",
    "quotient": "//",
    "remainder": "%",
}


def two(word: str, left: Expr, right: Expr) -> Expr:
    """Return "the sum of ... and ..." and its like."""
    pseudo = f"the {word} of {left.pseudo} and {right.pseudo}"
    if word in _SIGNS:
        return Expr(pseudo, f"{left.inner} {_SIGNS[word]} {right.inner}", False)
    function = "max" if word == "larger" else "min"
    return Expr(pseudo, f"{function}({left.code}, {right.code})")


def size(of: Expr) -> Expr:
    """Return the absolute value."""
    return Expr(f"the absolute value of {of.pseudo}", f"abs({of.code})")


def item(place: Expr, values: str) -> Expr:
    """Return an item of a list."""
    return Expr(f"item {place.pseudo} of {values}", f"{values}[{place.code}]")


def length(values: str) -> Expr:
    """Return the length of a list."""
    return Expr(f"the length of {values}", f"len({values})")


def call(function: str, left: Expr, right: Expr) -> Expr:
    """Return the result of a function of two values."""
    pseudo = f"the result of {function} for {left.pseudo} and {right.pseudo}"
    return Expr(pseudo, f"{function}({left.code}, {right.code})")


_RELATIONS = {
    "less than": "<",
    "at most": "<=",
    "greater than": ">",
    "at least": ">=",
    "equal to": "==",
    "not equal to": "!=",
}


def relation(left: Expr, words: str, right: Expr) -> Expr:
    """Return a comparison."""
    pseudo = f"{left.pseudo} is {words} {right.pseudo}"
    return Expr(pseudo, f"{left.code} {_RELATIONS[words]} {right.code}", False)


def joined(word: str, left: Expr, right: Expr) -> Expr:
    """Return two conditions as one; word: both or either."""
    sign = "and" if word == "both" else "or"
    return Expr(f"{word} {left.pseudo} {sign} {right.pseudo}", f"{left.code} {sign} {right.code}")


def let(level: int, target: str, value: Expr) -> Line:
    """Return an assignment."""
    return Line(level, f"let {target} be {value.pseudo}", f"{target} = {value.code}")


def change(level: int, target: str, how: str, value: Expr) -> Line:
    """Return a change of a number; how: add, take, multiply or reduce."""
    pseudo, sign = {
        "add": (f"add {value.pseudo} to {target}", "+="),
        "take": (f"take {value.pseudo} away from {target}", "-="),
        "multiply": (f"multiply {target} by {value.pseudo}", "*="),
        "reduce": (f"reduce {target} modulo {value.pseudo}", "%="),
    }[how]
    return Line(level, pseudo, f"{target} {sign} {value.code}")


def counting(level: int, index: str, low: int, high: int) -> Line:
    """Return the head of a loop over numbers in a row."""
    pseudo = f"for {index} from {low} to {high}, both included:"
    return Line(level, pseudo, f"for {index} in range({low}, {high + 1}):")


def write(level: int, values: Sequence[Expr]) -> Line:
    """Return the writing of one or two values on a line."""
    pseudo = "write " + " and then ".join(value.pseudo for value in values)
    return Line(level, pseudo, f"print({', '.join(value.code for value in values)})")


class Maker:
    """One program while it is made: sections that each write what they have changed."""

    def __init__(self, stream: Stream) -> None:
        self.dice = Dice(stream)
        names = stream.shuffled(_SCALARS)
        self.first, self.scalars = names[0], names[1:4]
        self._functions = 0
        self._lists = stream.shuffled(_LISTS)
        self._function_names = stream.shuffled(_FUNCTIONS)
        self._parameters = names[4:8]

    def opening(self) -> list[Line]:
        """Return the lines that read the input and give every number a first value."""
        first, dice = self.first, self.dice
        whole = Line(0, f"read a whole number into {first}", f"{first} = int(input())")
        several = Line(
            0,
            f"read whole numbers into {NUMBERS}",
            f"{NUMBERS} = list(map(int, input().split()))",
        )
        seeds = (num(2), name(first), item(num(dice.between(0, 5)), NUMBERS))
        starts = [
            let(0, x, two("sum", seed, num(dice.between(2, 90))))
            for x, seed in zip(self.scalars, seeds, strict=True)
        ]
        starts[0] = let(0, self.scalars[0], num(dice.between(2, 90)))
        return [whole, several, *starts]

    def closing(self) -> Line:
        """Return the line that writes how the numbers ended."""
        one, other, third = (name(x) for x in self.scalars)
        return write(0, [two("sum", one, two("product", other, num(3))), third])

    # ------------------------------------------------------------ parts of sections

    def update(self, level: int, target: str, value: Expr) -> list[Line]:
        """Return lines that mix a value into a number, each of which counts."""
        factor, prime = num(self.dice.between(2, 60)), self._prime()
        way = self.dice.between(0, 3)
        grown = two("sum", two("product", name(target), factor), value)
        if way == 0:
            return [let(level, target, two("remainder", grown, prime))]
        if way == 1:
            return [let(level, target, grown), change(level, target, "reduce", prime)]
        how = "add" if way == 2 else "take"
        return [
            change(level, target, "multiply", factor),
            change(level, target, how, value),
            change(level, target, "reduce", prime),
        ]

    def _mix(self, level: int, target: str, known: Sequence[str]) -> list[Line]:
        """Return lines that mix something else that is known into a number."""
        others = [one for one in known if one != target]
        return self.update(level, target, self.value(others))

    def _prime(self) -> Expr:
        return num(_PRIMES[self.dice.between(0, len(_PRIMES) - 1)])

    def value(self, known: Sequence[str], lists: Sequence[str] = (NUMBERS,)) -> Expr:
        """Return an expression of some known names."""
        dice = self.dice
        first, second = dice.pick(known), dice.pick(known)
        while second == first:
            second = dice.pick(known)
        one, other = name(first), name(second)
        way = dice.between(0, 8)
        if way == 0 and lists:
            values = dice.pick(lists)
            place = two("remainder", two("sum", one, num(dice.between(1, 9))), length(values))
            return item(place, values)
        if way == 1:
            return two("product", one, two("sum", other, num(dice.between(1, 30))))
        if way == 2:
            return two("difference", two("product", one, num(dice.between(2, 9))), other)
        if way == 3:
            return size(two("difference", one, two("product", other, num(dice.between(2, 9)))))
        if way == 4:
            word = "larger" if dice.roll() < 0.5 else "smaller"
            return two("sum", two(word, one, other), one)
        if way == 5:
            return two("sum", two("quotient", one, num(dice.between(2, 4))), other)
        return two("sum", one, num(dice.between(1, 40))) if way == 6 else one

    def condition(self, index: str, by_place: bool) -> Expr:
        """Return a condition on the running name of a loop that turns out both ways.

        Args:
            index: the running name.
            by_place: it runs from at most 1 to at least 4; else over numbers from 1 to 60.
        """
        dice = self.dice
        number = name(index)
        parts = dice.between(2, 3) if by_place else 2
        rest = two("remainder", number, num(parts))
        words = "equal to" if dice.roll() < 0.6 else "not equal to"
        simple = relation(rest, words, num(dice.between(0, parts - 1)))
        if by_place:
            return simple
        middle = num(dice.between(24, 36))
        words = ("less than", "at most", "greater than", "at least")[dice.between(0, 3)]
        way = dice.between(0, 3)
        if way < 2:
            return simple if way else relation(number, words, middle)
        return joined("both" if way == 2 else "either", relation(number, words, middle), simple)

    def _branches(self, level: int, index: str, by_place: bool, known: Sequence[str]) -> list[Line]:
        """Return a choice between changes of two numbers."""
        asked = self.condition(index, by_place)
        one, other = self.scalars[self.dice.between(0, 2)], self.scalars[self.dice.between(0, 2)]
        lines = [Line(level, f"if {asked.pseudo}:", f"if {asked.code}:")]
        lines += self._mix(level + 1, one, known)
        if by_place and self.dice.roll() < 0.3:
            again = relation(name(index), "greater than", num(2))
            lines.append(Line(level, f"otherwise, if {again.pseudo}:", f"elif {again.code}:"))
            lines += self._mix(level + 1, other, known)
        if self.dice.roll() < 0.6:
            lines.append(Line(level, "otherwise:", "else:"))
            lines += self._mix(level + 1, other, known)
        return lines

    def _written(self) -> Line:
        values = [name(x) for x in self.scalars]
        if self.dice.roll() < 0.5:
            return write(0, values)
        return write(0, [two("sum", values[0], values[1]), values[2]])

    # ------------------------------------------------------------ sections

    def section(self) -> list[Line]:
        """Return a part of a program that ends with a line that writes all numbers."""
        kinds: tuple[Callable[[], list[Line]], ...] = (
            self._over_list,
            self._over_range,
            self._nested,
            self._countdown,
            self._with_list,
            self._with_function,
            self._with_jump,
        )
        lines = kinds[self.dice.between(0, len(kinds) - 1)]()
        return [*lines, self._written()]

    def short(self) -> list[Line]:
        """Return a change of one number."""
        target = self.scalars[self.dice.between(0, 2)]
        return self._mix(0, target, [self.first, *self.scalars])

    def _over_list(self) -> list[Line]:
        known = ["t", *self.scalars, self.first]
        lines = [Line(0, f"for each t in {NUMBERS}:", f"for t in {NUMBERS}:")]
        if self.dice.roll() < 0.4:
            lines += self.update(1, self.dice.pick(self.scalars), name("t"))
        return lines + self._branches(1, "t", False, known)

    def _over_range(self) -> list[Line]:
        known = ["i", *self.scalars, self.first]
        lines = [counting(0, "i", self.dice.between(0, 1), self.dice.between(4, 6))]
        lines += self._branches(1, "i", True, known)
        if self.dice.roll() < 0.5:
            lines += self._mix(1, self.dice.pick(self.scalars), known)
        return lines

    def _nested(self) -> list[Line]:
        known = ["i", "j", *self.scalars]
        lines = [counting(0, "i", self.dice.between(0, 2), self.dice.between(3, 4))]
        lines.append(counting(1, "j", self.dice.between(0, 1), 4))
        target = self.dice.pick(self.scalars)
        mixed = two("product", two("sum", name("i"), num(1)), two("sum", name("j"), num(2)))
        lines += self.update(2, target, mixed)
        lines += self._branches(2, "j", True, known) if self.dice.roll() < 0.5 else []
        return lines

    def _countdown(self) -> list[Line]:
        dice, target = self.dice, self.dice.pick(self.scalars)
        rest = two("remainder", name(self.first), num(dice.between(3, 6)))
        start = two("sum", rest, num(dice.between(7, 12)))
        over = relation(name("n"), "greater than", num(dice.between(1, 5)))
        return [
            let(0, "n", start),
            Line(0, f"while {over.pseudo}:", f"while {over.code}:"),
            *self.update(1, target, two("product", name("n"), num(dice.between(2, 9)))),
            change(1, "n", "take", num(dice.between(1, 2))),
            *self.update(0, target, name("n")),
        ]

    def _with_list(self) -> list[Line]:
        values = self._lists[self.dice.between(0, 2)]
        dice, target = self.dice, self.dice.pick(self.scalars)
        last = dice.between(4, 6)
        one, other = dice.between(0, 1), dice.between(3, 4)
        placed, at = self.value([self.first, *self.scalars]), dice.between(0, 1) + 1
        at += at == one
        mixed = two("sum", two("product", name("i"), num(dice.between(11, 60))), placed)
        added = two("remainder", mixed, self._prime())
        lines = [
            Line(0, f"let {values} be an empty list", f"{values} = []"),
            counting(0, "i", 0, last),
            Line(1, f"append {added.pseudo} to {values}", f"{values}.append({added.code})"),
            *self.update(1, target, item(name("i"), values)),
        ]
        if dice.roll() < 0.6:
            pair = (f"{values}[{one}]", f"{values}[{other}]")
            lines.append(
                Line(
                    0,
                    f"swap items {one} and {other} of {values}",
                    f"{pair[0]}, {pair[1]} = {pair[1]}, {pair[0]}",
                )
            )
        lines.append(
            Line(
                0,
                f"put {placed.pseudo} into item {at} of {values}",
                f"{values}[{at}] = {placed.code}",
            )
        )
        lines.append(Line(0, f"for each t in {values}:", f"for t in {values}:"))
        return lines + self.update(1, target, two("sum", name("t"), num(dice.between(1, 50))))

    def _with_function(self) -> list[Line]:
        dice = self.dice
        number = self._functions
        self._functions += 1
        names = self._function_names
        function = names[number % len(names)] + (
            str(number // len(names) + 1) if number >= len(names) else ""
        )
        one, other, result, _ = self._parameters
        asked = relation(
            two("remainder", name(result), num(2)), "equal to", num(dice.between(0, 1))
        )
        target = dice.pick(self.scalars)
        known = [one, other, "i"]
        return [
            Line(0, f"define {function} of {one} and {other}:", f"def {function}({one}, {other}):"),
            let(
                1,
                result,
                two("sum", two("product", name(one), num(dice.between(2, 60))), name(other)),
            ),
            counting(1, "i", dice.between(1, 2), dice.between(3, 4)),
            *self.update(2, result, self.value(known, ())),
            Line(1, f"if {asked.pseudo}:", f"if {asked.code}:"),
            self._back(2, two("sum", name(result), name(other))),
            self._back(
                1,
                two("difference", two("product", name(result), num(dice.between(2, 9))), name(one)),
            ),
            counting(0, "i", 1, 4),
            *self.update(1, target, call(function, name("i"), name(dice.pick(self.scalars)))),
        ]

    def _back(self, level: int, value: Expr) -> Line:
        return Line(level, f"give back {value.pseudo}", f"return {value.code}")

    def _with_jump(self) -> list[Line]:
        dice, target = self.dice, self.dice.pick(self.scalars)
        leave = dice.roll() < 0.5
        lines = [counting(0, "i", 1, dice.between(4, 6))]
        lines += self._mix(1, target, ["i", *self.scalars])
        by, parts = (target, dice.between(3, 5)) if leave else ("i", 2)
        rest = two("remainder", name(by), num(parts))
        asked = relation(rest, "equal to", num(dice.between(0, parts - 1)))
        lines.append(Line(1, f"if {asked.pseudo}:", f"if {asked.code}:"))
        lines.append(
            Line(2, "leave the loop", "break")
            if leave
            else Line(2, "go on with the next turn", "continue")
        )
        return lines + self.update(1, target, two("sum", name("i"), num(dice.between(1, 50))))


def pseudo_text(lines: Sequence[Line]) -> str:
    """Return lines as pseudocode, each with a newline."""
    return "".join(f"{'  ' * line.level}{line.pseudo}\n" for line in lines)


def code_text(lines: Sequence[Line]) -> str:
    """Return lines as code, each with a newline."""
    return "".join(f"{'  ' * line.level}{line.code}\n" for line in lines)
