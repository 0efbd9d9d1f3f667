"""What C++ reads and writes: cin and cout, printf and scanf."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from synthctx.minicpp.algorithms import Algorithms
from synthctx.minicpp.read import Outside
from synthctx.minicpp.streams import c_string, directives, printed, scan
from synthctx.minicpp.types import (
    BOOL,
    CHAR,
    INT,
    ISTREAM,
    MANIPULATOR,
    OSTREAM,
    STRING,
    VOID,
    Frame,
    Get,
    Type,
    is_number,
)
from synthctx.minicpp.values import Expr, out_of_bounds

_STYLES = {"fixed": "f", "scientific": "e"}


class InputOutput(Algorithms):
    """Builds what reads and writes."""

    def manipulator(self, name: str) -> Expr | None:
        """Return what a name without brackets does in an output."""
        if name in ("endl", "flush"):
            text = b"\n" if name == "endl" else b""
            return Expr(MANIPULATOR, lambda f: text, const=name)
        if name in _STYLES:
            return Expr(MANIPULATOR, self._set_style(_STYLES[name]), const=name)
        if name in ("ios", "ios_base") and self.accept("::"):
            return self._of_ios(self.take().text)
        return None

    # ------------------------------------------------------------ streams

    def _set_style(self, style: str) -> Get:
        machine = self.machine

        def change(f: Frame) -> bytes:
            machine.fixed = style
            return b""

        return change

    def _of_ios(self, name: str) -> Expr:
        if name in _STYLES:
            return Expr(Type("flag"), lambda f: _STYLES[name], const=name)
        if name != "sync_with_stdio":
            self.outside(f"ios::{name[:30]}")
        given = self.arguments()
        machine = self.machine

        def unlink(f: Frame) -> None:
            if machine.used:
                raise Outside("streams are unsynchronised after use")
            machine.synced = False

        return Expr(VOID, unlink, effect=True).over(*given)

    def _manipulated(self, given: list[Expr], change: Callable[[int], None]) -> Expr:
        self.counts(given, 1)
        get = self.whole(given[0])

        def manipulate(f: Frame) -> bytes:
            value = get(f)
            if not 0 <= value <= 200:
                raise Outside("a width or precision out of range")
            change(value)
            return b""

        return Expr(MANIPULATOR, manipulate)

    def do_setprecision(self, given: list[Expr]) -> Expr:
        return self._manipulated(given, lambda value: setattr(self.machine, "precision", value))

    def do_setw(self, given: list[Expr]) -> Expr:
        return self._manipulated(given, lambda value: setattr(self.machine, "width", value))

    def do_setfill(self, given: list[Expr]) -> Expr:
        return self._manipulated(given, lambda value: setattr(self.machine, "filler", value))

    def _ostream_precision(self, owner: Expr, given: list[Expr]) -> Expr:
        return Expr(VOID, self.do_setprecision(given).get, effect=True)

    def _ostream_flush(self, owner: Expr, given: list[Expr]) -> Expr:
        return Expr(VOID, lambda f: None)

    def _ostream_tie(self, owner: Expr, given: list[Expr]) -> Expr:
        return Expr(VOID, lambda f: None)

    _istream_tie = _ostream_tie

    def _ostream_setf(self, owner: Expr, given: list[Expr]) -> Expr:
        if [one.type.kind for one in given] != ["flag"]:
            self.outside("setf of this")
        return Expr(VOID, self._set_style(_STYLES[given[0].const]), effect=True)

    _istream_sync_with_stdio = _ostream_sync_with_stdio = lambda self, owner, given: self.outside(
        "sync_with_stdio of a stream"
    )

    def _istream_fail(self, owner: Expr, given: list[Expr]) -> Expr:
        get, machine = owner.get, self.machine
        return Expr(BOOL, lambda f: (get(f), machine.failed)[1], effect=True)

    def _istream_eof(self, owner: Expr, given: list[Expr]) -> Expr:
        machine = self.machine
        return Expr(BOOL, lambda f: machine.ended, effect=True)

    def _istream_ignore(self, owner: Expr, given: list[Expr]) -> Expr:
        self.counts(given, 0)
        machine = self.machine
        return Expr(ISTREAM, lambda f: machine.read_char(blanks=True) is not None, effect=True)

    def _istream_get(self, owner: Expr, given: list[Expr]) -> Expr:
        self.counts(given, 0)
        machine = self.machine

        def read(f: Frame) -> int:
            code = machine.read_char(blanks=True)
            return -1 if code is None else code

        return Expr(INT, read, effect=True)

    def do_getchar(self, given: list[Expr]) -> Expr:
        self.counts(given, 0)
        self.mark()
        machine = self.machine

        def read(f: Frame) -> int:
            machine.use("stdio in")
            machine.pay(1)
            machine.at += 1
            return machine.data[machine.at - 1] if machine.at <= len(machine.data) else -1

        return Expr(INT, read, effect=True)

    def do_getline(self, given: list[Expr]) -> Expr:
        self.counts(given, 2, 3)
        stream, target = given[:2]
        if stream.const != "cin" or target.type != STRING or target.fixed:
            self.outside("getline from or into this")
        end = given[2].const if len(given) > 2 else 10
        if end is None:
            self.outside("getline up to a letter that is not known")
        get, machine = target.get, self.machine

        def read(f: Frame) -> bool:
            line = machine.read_line(end)
            if line is not None:
                get(f)[:] = line
            return not machine.failed

        self.mark()
        return self.touch(Expr(ISTREAM, read, effect=True), target)

    def read_into(self, stream: Expr, target: Expr) -> Expr:
        """Return what reads from cin into a variable."""
        self.mark()
        if stream.touched & target.way or target.effect:
            self.outside("a variable is read and changed at once: the result is left open")
        first, machine, type = stream.get, self.machine, target.type
        if type.kind == "string" or (type.kind == "array" and type.of[0] == CHAR):
            get, closing = target.get, type.kind == "array"

            def read_text(f: Frame) -> bool:
                first(f)
                word = machine.read_word()
                if word is not None:
                    values = get(f)
                    if not closing:
                        values[:] = word
                    elif len(word) < len(values):
                        values[: len(word) + 1] = [*word, 0]
                    else:
                        raise out_of_bounds()
                return not machine.failed

            if target.fixed:
                self.outside("a constant is read into")
            return self.touch(Expr(ISTREAM, read_text, effect=True), target, stream)
        if target.box is None or target.fixed or not is_number(type):
            self.outside(f"a {type.kind} is read")
        box, letter = target.box, type == CHAR

        def read(f: Frame) -> bool:
            first(f)
            value = machine.read_char() if letter else machine.read_number(type)
            if value is not None:
                values, at = box(f)
                if at < 0:
                    raise out_of_bounds()
                values[at] = value
            return not machine.failed

        return self.touch(Expr(ISTREAM, read, effect=True), target, stream)

    def write_to(self, stream: Expr, what: Expr) -> Expr:
        """Return what writes a value to cout."""
        self.mark()
        ordered = self.order(stream, what)
        first, machine = stream.get, self.machine
        value, put = self._writer(what)

        def write(f: Frame) -> None:
            if ordered is not None and machine.reverse:
                shown = value(f)
                first(f)
            else:
                first(f)
                shown = value(f)
            put(shown)

        made = Expr(OSTREAM, write).over(stream, what)
        if what.type.kind != "manipulator":
            made.const = None
        return made

    def _writer(self, what: Expr) -> tuple[Get, Callable[[Any], None]]:
        machine, type = self.machine, what.type
        if is_number(type):
            return what.get, lambda value: machine.put_number(value, type)
        if type.kind == "manipulator":
            return what.get, machine.write
        if type.kind == "string":
            return what.get, lambda value: machine.put(bytes([code & 255 for code in value]))
        what = self.decayed(what)
        if what.type.kind != "ptr" or what.type.of[0] != CHAR:
            self.outside(f"a {type.kind} is written")
        if what.const is not None:
            text = c_string(what.const)
            return (lambda f: text), machine.put
        get = what.get
        return get, lambda pointer: machine.put(c_string(pointer))

    def do_puts(self, given: list[Expr]) -> Expr:
        self.counts(given, 1)
        self.mark()
        text, machine = self.decayed(given[0]).get, self.machine

        def put(f: Frame) -> int:
            machine.use("stdio out")
            machine.write(c_string(text(f)) + b"\n")
            return 1

        return Expr(INT, put, effect=True)

    def do_putchar(self, given: list[Expr]) -> Expr:
        self.counts(given, 1)
        self.mark()
        code, machine = self.whole(given[0]), self.machine

        def put(f: Frame) -> int:
            machine.use("stdio out")
            value: int = code(f) & 255
            machine.write(bytes([value]))
            return value

        return Expr(INT, put, effect=True)

    def do_printf(self, given: list[Expr]) -> Expr:
        self.mark()
        if not given or not isinstance(given[0].const, tuple):
            self.outside("printf with a form that is not known")
        pieces = directives(c_string(given[0].const))
        values = [self.decayed(one) for one in given[1:]]
        if len(values) != sum(m is not None and m[0] != b"%%" for _, m in pieces):
            self.outside("printf with another number of arguments")
        machine = self.machine
        written = list(values)
        plan: list[Any] = []
        for text, directive in pieces:
            shown = written.pop(0) if directive is not None and directive[0] != b"%%" else None
            plan.append((text, directive, shown and shown.type, shown and shown.get))

        def write(f: Frame) -> int:
            machine.use("stdio out")
            out = b""
            for text, directive, type, get in plan:
                out += text
                if directive is not None:
                    out += b"%" if get is None else printed(directive, type, get(f))
            machine.write(out)
            return len(out)

        return Expr(INT, write, effect=True)

    def do_scanf(self, given: list[Expr]) -> Expr:
        self.mark()
        if not given or not isinstance(given[0].const, tuple):
            self.outside("scanf with a form that is not known")
        form, machine = c_string(given[0].const), self.machine
        targets = [self.decayed(one) for one in given[1:]]
        if any(one.type.kind != "ptr" or one.fixed for one in targets):
            self.outside("scanf into something else than an address")
        plan = [(one.type.of[0], one.get) for one in targets]

        def read(f: Frame) -> int:
            return scan(machine, form, [(type, get(f)) for type, get in plan])

        made = Expr(INT, read, effect=True)
        for one in targets:
            made.touched |= one.root
        return made
