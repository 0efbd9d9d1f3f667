"""What an interpreted C++ program reads and writes, and the fuel it runs on."""

from __future__ import annotations

import re
from typing import Any

from synthctx.minicpp.read import Outside
from synthctx.minicpp.types import NULL, RANGES, Type, single

MOST_CALLS = 1_200  # functions inside each other
MOST_STACK = 4_000_000  # bytes of arrays in functions
_MOST_ITEMS = 4_000_000  # made by one run
_BLANKS = b" \t\n\v\f\r"
_WORD = re.compile(rb"[^ \t\n\v\f\r]+")
_WHOLE = re.compile(rb"[+-]?[0-9]+")
_FRACTION = re.compile(
    rb"[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,3})?"
)
_DIRECTIVE = re.compile(
    rb"%(?:%|([-+ 0#]*)(\*|[0-9]{0,3})(?:\.([0-9]{1,3}))?(hh|h|ll|l|)([a-zA-Z]))"
)


class Spent(Exception):
    """The run took more steps, or made more, than it may."""


class Differs(Exception):
    """What the run has written so far can no longer become what is expected."""


class Ended(Exception):
    """The program called exit."""


class Endless(Exception):
    """The program certainly never ends."""


class Machine:
    """One run: input, output, fuel."""

    def __init__(self) -> None:
        self.reverse = False
        self.synced = True
        self.used: set[str] = set()
        self.start(b"", b"", 0)

    def start(self, data: bytes, expected: bytes | None, fuel: int) -> None:
        """Begin a run."""
        self.data, self.at, self.failed, self.ended = data, 0, False, False
        self.out = bytearray()
        self.expected, self.checked = expected, 0
        self.fuel, self.items, self.depth, self.stack = fuel, 0, 0, 0
        self.precision, self.fixed, self.width, self.filler = 6, "", 0, 32
        self.synced = True
        self.used.clear()

    def pay(self, steps: int) -> None:
        """Take steps off the fuel."""
        self.fuel -= steps
        if self.fuel < 0:
            raise Spent

    def make(self, items: int) -> None:
        """Count items that are made."""
        self.items += items
        if self.items > _MOST_ITEMS or items < 0:
            raise Spent if items >= 0 else Outside("a negative number of items")
        self.pay(items >> 3)

    def use(self, stream: str) -> None:
        """Note a way of reading or writing: unsynchronised ones must not be mixed."""
        self.used.add(stream)
        other = stream.replace("stdio", "?").replace("stream", "stdio").replace("?", "stream")
        if not self.synced and other in self.used:
            raise Outside("unsynchronised streams beside those of C")

    # ------------------------------------------------------------ writing

    def write(self, text: bytes) -> None:
        """Write, and stop as soon as the output cannot be the expected one."""
        self.out += text
        self.fuel -= 2 + (len(text) >> 3)
        if len(self.out) - self.checked > 4096:
            self.check()
        if self.fuel < 0:
            raise Spent

    def check(self) -> None:
        """Compare what is new in the output with what is expected, if it must be that exactly."""
        if self.expected is None:
            return
        end = len(self.out)
        if (
            end > len(self.expected)
            or self.out[self.checked :] != self.expected[self.checked : end]
        ):
            raise Differs
        self.checked = end

    def put(self, text: bytes) -> None:
        """Write one thing to cout, in its field."""
        self.use("stream out")
        if self.width > len(text):
            text = bytes([self.filler]) * (self.width - len(text)) + text
        self.width = 0
        self.write(text)

    def put_number(self, value: Any, type: Type) -> None:
        """Write a number, a truth value or a character to cout."""
        if type.kind in ("char", "uchar"):
            self.put(bytes([value & 255]))
        elif type.kind in RANGES:
            self.put(b"%d" % value)
        else:
            if value - value != 0:
                raise Outside("an infinite number is written")
            self.put(_fraction(value, self.fixed or "g", self.precision))

    # ------------------------------------------------------------ reading

    def skip_blanks(self) -> bool:
        """Pass over blanks; tell whether something follows."""
        data, at = self.data, self.at
        while at < len(data) and data[at] in _BLANKS:
            at += 1
        self.fuel -= 1 + ((at - self.at) >> 3)
        self.at = at
        return at < len(data)

    def ready(self) -> bool:
        """Get cin ready for the next value; False when it has failed or ended."""
        self.use("stream in")
        if self.failed or self.ended:
            self.failed = True
            return False
        if not self.skip_blanks():
            self.failed = self.ended = True
        return not self.failed

    def read_word(self) -> bytes | None:
        """Read up to the next blank from cin."""
        if not self.ready():
            return None
        match = _WORD.match(self.data, self.at)
        if match is None:
            return None
        self._pass(match.end())
        self.make(len(match[0]))
        return match[0]

    def _pass(self, end: int) -> None:
        self.at = end
        self.ended = self.ended or end >= len(self.data)

    def read_char(self, *, blanks: bool = False) -> int | None:
        """Read a character from cin."""
        if blanks:
            self.use("stream in")
            if self.failed or self.at >= len(self.data):
                self.failed = self.ended = True
                return None
        elif not self.ready():
            return None
        self.at += 1
        self.pay(1)
        return self.data[self.at - 1]

    def read_number(self, type: Type) -> Any:
        """Read a number from cin; None when the variable keeps its value."""
        if not self.ready():
            return None
        if type.kind not in RANGES:
            return self._read_fraction(type)
        if type.kind in ("uchar", "bool"):
            raise Outside(f"a {type.kind} is read")
        match = _WHOLE.match(self.data, self.at)
        if match is None:
            if self.data[self.at] in b"+-":
                raise Outside("a sign without digits is read")
            self.failed = True
            return 0
        self._pass(match.end())
        value = int(match[0]) if len(match[0]) < 30 else 1 << 99
        low, high = RANGES[type.kind]
        if not low <= value <= high:
            if low == 0:
                raise Outside("a number out of the range of an unsigned type is read")
            self.failed = True
            return low if match[0][:1] == b"-" else high
        return value

    def _read_fraction(self, type: Type) -> float:
        match = _FRACTION.match(self.data, self.at)
        after = self.data[match.end() : match.end() + 1] if match else b"?"
        if match is None or (after and after not in (b" ", b"\n", b"\t", b"\r", b",", b":", b"/")):
            raise Outside("something that is no plain fraction is read")
        self._pass(match.end())
        value = float(match[0])
        return single(value) if type.kind == "float" else value

    def read_line(self, end: int = 10) -> list[int] | None:
        """Read a line from cin, without its end."""
        self.use("stream in")
        if self.failed or self.ended:
            self.failed = True
            return None
        if self.at >= len(self.data):
            self.failed = self.ended = True
            return []
        stop = self.data.find(end, self.at)
        line = self.data[self.at : stop if stop >= 0 else len(self.data)]
        self._pass(stop + 1) if stop >= 0 else self._pass(len(self.data))
        self.ended = stop < 0
        self.make(len(line))
        return list(line)


def _fraction(value: float, style: str, precision: int) -> bytes:
    if precision > 60:
        raise Outside("more than 60 decimals")
    return (b"%." + str(precision).encode() + style.encode()) % value


# ---------------------------------------------------------------- printf and scanf


def directives(form: bytes) -> list[tuple[bytes, re.Match[bytes] | None]]:
    """Return the pieces of a form: text, and what stands behind it."""
    pieces: list[tuple[bytes, re.Match[bytes] | None]] = []
    at = 0
    while at < len(form):
        start = form.find(b"%", at)
        if start < 0:
            return [*pieces, (form[at:], None)]
        match = _DIRECTIVE.match(form, start)
        if match is None:
            raise Outside("a form that is not read")
        pieces.append((form[at:start], match))
        at = match.end()
    return pieces


_SIZES = {b"": ("int", "uint", "char", "short", "bool", "uchar", "ushort"), b"l": ("long", "ulong")}
_SIZES[b"ll"] = _SIZES[b"l"] = ("long", "ulong", "llong", "ullong")


def printed(directive: re.Match[bytes], type: Type, value: Any) -> bytes:
    """Return what printf writes for one directive."""
    flags, wide, precision, size, letter = directive.groups()
    form = b"%" + flags + wide + (b"." + precision if precision is not None else b"")
    if wide == b"*" or len(wide) > 2 or b"#" in flags:
        raise Outside("a width that is not read")
    kind = type.kind
    if letter in b"diuxXc" and kind in _SIZES.get(size, ()):
        if letter == b"c":
            return bytes((form + b"s") % bytes([value & 255]))
        low, high = RANGES[kind]
        if letter in b"di" and value > high >> (low == 0) and low == 0 and kind[-3:] != "har":
            raise Outside("an unsigned number is written as a signed one")
        if letter not in b"di" and value < 0:
            value += 1 << (32 if size == b"" else 64)
        return bytes((form + (b"d" if letter in b"diu" else letter)) % value)
    if letter in b"fFeEgG" and size in (b"", b"l") and kind in ("double", "float"):
        if value - value != 0:
            raise Outside("an infinite number is written")
        return bytes((form + letter) % value)
    if letter == b"s" and size == b"" and kind == "ptr" and type.of[0].kind == "char":
        return (form + b"s") % c_string(value)
    raise Outside("a value that its directive does not fit")


def c_string(pointer: Any) -> bytes:
    """Return the characters from a pointer to the closing zero."""
    values, start = pointer
    if pointer == NULL or start < 0:
        raise Outside("text at a null pointer")
    end = values.index(0, start)
    return bytes([value & 255 for value in values[start:end]])


def scan(machine: Machine, form: bytes, targets: list[tuple[Type, Any]]) -> int:
    """Do what scanf does; a target is its type and (list, place)."""
    machine.use("stdio in")
    done = 0
    waiting = list(targets)
    for text, directive in directives(form):
        for char in text:
            if char in _BLANKS:
                machine.skip_blanks()
            elif machine.at < len(machine.data) and machine.data[machine.at] == char:
                machine.at += 1
            else:
                return done if machine.at < len(machine.data) or done else -1
        if directive is None:
            break
        letter = directive[5]
        if directive[1] or directive[2] or directive[3] or letter is None:
            raise Outside("a form of scanf that is not read")
        if letter != b"c" and not machine.skip_blanks():
            return done or -1
        if machine.at >= len(machine.data):
            return done or -1
        if not waiting:
            raise Outside("scanf has a directive without a variable")
        if not _scan_one(machine, directive, *waiting.pop(0)):
            return done
        done += 1
    return done


def _scan_one(machine: Machine, directive: re.Match[bytes], type: Type, place: Any) -> bool:
    values, at = place
    size, letter = directive[4], directive[5]
    machine.pay(2)
    if letter == b"c" and type.kind == "char":
        values[at] = machine.data[machine.at]
        machine.at += 1
        return True
    if letter == b"s" and type.kind == "char":
        match = _WORD.match(machine.data, machine.at)
        word = match[0] if match else b""
        machine.at += len(word)
        if at < 0 or at + len(word) + 1 > len(values):
            raise Outside("text that is longer than its array is read")
        values[at : at + len(word) + 1] = [*word, 0]
        return True
    kinds = {b"": ("int", "uint"), b"l": ("long", "ulong", "llong", "ullong")}
    kinds[b"ll"] = kinds[b"l"]
    if letter in b"du" and type.kind in kinds.get(size, ()):
        match = _WHOLE.match(machine.data, machine.at)
        low, high = RANGES[type.kind]
        if match is None and machine.data[machine.at] not in b"+-":
            return False
        if match is None or len(match[0]) > 25 or not low <= int(match[0]) <= high:
            raise Outside("a number out of range is read")
        machine.at = match.end()
        values[at] = int(match[0])
        return True
    if letter in b"f" and type.kind == ("double" if size == b"l" else "float"):
        values[at] = machine._read_fraction(type)
        return True
    raise Outside("a variable that its directive does not fit")
