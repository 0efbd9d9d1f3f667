"""The types of interpreted C++, their values in Python, and what passes from one to another.

A whole number is an int, a double a float; a string, vector, array, pair or struct is a list
that keeps its identity; a pointer is (list, place). None is a value that was never set: reading
it is left open by the language, so it ends the run.
"""

from __future__ import annotations

import struct as binary
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from synthctx.minicpp.read import Outside

Frame = list[Any]
Get = Callable[[Frame], Any]


@dataclass(frozen=True, slots=True)
class Type:
    """A type: its kind, what it is made of, the length of an array (-1: known when run)."""

    kind: str
    of: tuple[Type, ...] = ()
    size: int = 0
    name: str = ""


VOID, BOOL, CHAR, INT, UINT = (Type(kind) for kind in ("void", "bool", "char", "int", "uint"))
LONG, ULONG, LLONG, ULLONG = (Type(kind) for kind in ("long", "ulong", "llong", "ullong"))
FLOAT, DOUBLE = Type("float"), Type("double")
STRING = Type("string", (CHAR,))
ISTREAM, OSTREAM, MANIPULATOR = (Type(k) for k in ("istream", "ostream", "manipulator"))
CALLABLE = Type("callable")
TEXT = Type("ptr", (CHAR,), name="const")
NULL = (None, 0)

_WIDTHS = {
    "char": (8, True),
    "uchar": (8, False),
    "short": (16, True),
    "ushort": (16, False),
    "int": (32, True),
    "uint": (32, False),
    "long": (64, True),
    "ulong": (64, False),
    "llong": (64, True),
    "ullong": (64, False),
}
RANGES = {
    kind: (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
    for kind, (bits, signed) in _WIDTHS.items()
}
RANGES["bool"] = (0, 1)
_RANKS = ["int", "uint", "long", "ulong", "llong", "ullong"]
LISTS = frozenset(
    ("string", "vector", "deque", "queue", "stack", "heap", "pair", "struct", "array")
)
TREES = frozenset(("set", "multiset", "map"))
SEQUENCES = frozenset(("string", "vector", "deque"))


def is_whole(type: Type) -> bool:
    """Tell whether a type is one of whole numbers."""
    return type.kind in RANGES


def is_number(type: Type) -> bool:
    """Tell whether a type is one of numbers."""
    return type.kind in RANGES or type.kind in ("double", "float")


def is_class(type: Type) -> bool:
    """Tell whether values of a type are objects with an identity."""
    return type.kind in LISTS or type.kind in TREES


def width(kind: str) -> int:
    """Return the bits of a whole type."""
    return _WIDTHS[kind][0] if kind in _WIDTHS else 8


def promoted(type: Type) -> Type:
    """Return the type a small number is computed in."""
    return INT if type.kind in ("bool", "char", "uchar", "short", "ushort") else type


def common(left: Type, right: Type) -> Type:
    """Return the type in which two numbers are computed."""
    for kind in ("double", "float"):
        if kind in (left.kind, right.kind):
            return Type(kind)
    a, b = promoted(left), promoted(right)
    if a == b:
        return a
    low, high = sorted((a, b), key=lambda t: _RANKS.index(t.kind))
    signed = [t for t in (a, b) if RANGES[t.kind][0]]
    if len(signed) != 1 or low is signed[0]:
        return high
    return high if width(high.kind) > width(low.kind) else Type("u" + high.kind)


def wrap(kind: str, value: int) -> int:
    """Return a whole number as a narrower type keeps it."""
    low, high = RANGES[kind]
    if low <= value <= high:
        return value
    return (value - low) % (high - low + 1) + low


def single(value: float) -> float:
    """Return a number rounded to a float."""
    try:
        return float(binary.unpack("f", binary.pack("f", value))[0])
    except OverflowError:
        raise Outside("a float out of range") from None


def _to_whole(kind: str) -> Callable[[float], int]:
    low, high = RANGES[kind]

    def convert(value: float) -> int:
        if not low - 1 < value < high + 1:
            raise Outside("a fraction out of the range of whole numbers")
        return int(value)

    return convert


def converter(source: Type, target: Type) -> Callable[[Any], Any] | None:
    """Return the function that turns one number type into another, None when it does nothing.

    Raises:
        Outside: there is no such conversion.
    """
    if not is_number(source) or not is_number(target):
        raise Outside(f"a {source.kind} as a {target.kind}")
    if source.kind == target.kind:
        return None
    if target.kind == "bool":
        return lambda value: int(value != 0)
    if target.kind == "double":
        return None if source.kind == "float" else float
    if target.kind == "float":
        return lambda value: single(float(value))
    if not is_whole(source):
        return _to_whole(target.kind)
    (low, high), (least, most) = RANGES[source.kind], RANGES[target.kind]
    if least <= low and high <= most:
        return None
    kind = target.kind
    return lambda value: value if least <= value <= most else wrap(kind, value)


# ---------------------------------------------------------------- objects


class Tree:
    """A set, multiset or map: keys in order, and beside each what it stands for."""

    __slots__ = ("entries", "keys", "version")

    def __init__(self) -> None:
        self.keys: list[Any] = []
        self.entries: list[Any] = []
        self.version = 0

    def find(self, key: Any) -> int:
        """Return the place of a key, the number of keys when it is not there."""
        at = bisect_left(self.keys, key)
        return at if at < len(self.keys) and self.keys[at] == key else len(self.keys)

    def add(self, key: Any, entry: Any) -> int:
        """Put in a key behind its equals and return its place."""
        at = bisect_right(self.keys, key)
        self.keys.insert(at, key)
        self.entries.insert(at, entry)
        self.version += 1
        return at

    def remove(self, start: int, end: int) -> None:
        """Take out the keys from one place to another."""
        del self.keys[start:end], self.entries[start:end]
        self.version += 1

    def take(self, other: Tree) -> None:
        """Become a copy that was made of another one."""
        self.keys, self.entries = other.keys, other.entries
        self.version += 1


@dataclass(slots=True)
class Struct:
    """A struct of the program: its fields, and its functions by name."""

    name: str
    fields: list[tuple[str, Type, Get | None]] = field(default_factory=list)
    methods: dict[str, list[Any]] = field(default_factory=dict)

    def place(self, name: str) -> int | None:
        """Return where a field lies, None when there is none."""
        return next((i for i, one in enumerate(self.fields) if one[0] == name), None)


def overwrite(target: Any, source: Any) -> None:
    """Make an object hold what a fresh copy holds."""
    if isinstance(target, Tree):
        target.take(source)
    else:
        target[:] = source


def copier(type: Type) -> Callable[[Any], Any] | None:
    """Return the function that copies a value, None for those that need no copy."""
    if type.kind in TREES:
        inner = copier(Type("pair", type.of[:2]) if type.kind == "map" else type.of[0])
        return lambda tree: _copied_tree(tree, inner)
    if type.kind == "struct":
        return _copied_list  # fields of any kind: found by looking at them
    if type.kind in LISTS:
        if type.kind == "pair":
            return _copied_list
        item = copier(type.of[0])
        return list if item is None else lambda value: [item(one) for one in value]
    return None


def _copied_tree(tree: Tree, inner: Callable[[Any], Any] | None) -> Tree:
    made = Tree()
    made.keys = list(tree.keys)
    made.entries = list(tree.entries) if inner is None else [inner(one) for one in tree.entries]
    return made


def _copied_list(value: list[Any]) -> list[Any]:
    made = list(value)
    for i, one in enumerate(made):
        if isinstance(one, list):
            made[i] = _copied_list(one)
        elif isinstance(one, Tree):
            raise Outside("a struct or pair that holds a set or map, copied")
    return made


def is_ordered(type: Type) -> bool:
    """Tell whether Python's own order of the values is the one of the language."""
    if type.kind in ("pair", "vector"):
        return all(map(is_ordered, type.of))
    return is_number(type) or type.kind == "string"


def freezer(type: Type) -> Callable[[Any], Any] | None:
    """Return the function that makes a key out of a value, None when it is one already."""
    if is_number(type):
        return None
    if not is_ordered(type):
        raise Outside(f"a key of the type {type.kind}")
    if type.kind in ("string", "vector") and freezer(type.of[0]) is None:
        return tuple
    inner = [freezer(one) or _same for one in type.of]
    if type.kind == "vector":
        return lambda value: tuple(map(inner[0], value))
    return lambda value: (inner[0](value[0]), inner[1](value[1]))


def weight(value: Any) -> int:
    """Return about how much there is to look at in a value: its items and theirs."""
    if not isinstance(value, list):
        return 1
    return len(value) + sum([len(one) for one in value if isinstance(one, list)])


def _same(value: Any) -> Any:
    return value
