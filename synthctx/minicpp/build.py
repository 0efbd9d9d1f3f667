"""The ground on which interpreted C++ is built: words, names in scope, types."""

from __future__ import annotations

from typing import Any, NoReturn

from synthctx.minicpp.names import is_header_name, may_be_header_name
from synthctx.minicpp.outline import Outline
from synthctx.minicpp.read import NotCompiling, Outside, Source, Token
from synthctx.minicpp.streams import Machine
from synthctx.minicpp.types import (
    LISTS,
    TREES,
    Frame,
    Get,
    Struct,
    Tree,
    Type,
    is_class,
    is_number,
    is_whole,
)
from synthctx.minicpp.values import Expr, Function, Var, local_getter, unset
from synthctx.minicpp.words import (
    CONTAINERS,
    KEYWORDS,
    MODIFIERS,
    NAMED,
    NUMBERS,
    WORDS,
)

_DEEPEST = 40  # expressions, blocks and types inside each other


class Ground(Outline):
    """Words and names of one program."""

    def __init__(self, source: Source) -> None:
        self.tokens = source.tokens
        self.headers = source.headers
        self.at = 0
        self.depth = 0
        self.nodes = 0
        self.machine = Machine()
        self.globals: Frame = []
        self.scopes: list[dict[str, Any]] = [{}]
        self.functions: dict[str, list[Function]] = {}
        self.structs: dict[str, Struct] = {}
        self.function: Function | None = None
        self.struct: Struct | None = None
        self.loops = 0
        self.orders = False  # the order of two effects may matter

    # ------------------------------------------------------------ words

    @property
    def word(self) -> str:
        """Return the text of the word that comes next."""
        return self.tokens[self.at].text

    def after(self, by: int = 1) -> Token:
        """Return a word further on."""
        return self.tokens[min(self.at + by, len(self.tokens) - 1)]

    def take(self) -> Token:
        """Return the next word and go on."""
        token = self.tokens[self.at]
        if token.kind != "end":
            self.at += 1
        return token

    def accept(self, text: str) -> bool:
        """Go over a word if it is the next one."""
        token = self.tokens[self.at]
        if token.text == text and token.kind in ("op", "name"):
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        """Go over a word that must come next."""
        if not self.accept(text):
            self.outside(f"{text!r} is expected before {self.word[:30]!r}")

    def outside(self, why: str) -> NoReturn:
        """Give up: what comes next is not read."""
        raise Outside(f"line {self.tokens[self.at].line}: {why}")

    def broken(self, why: str) -> NoReturn:
        """Say that what comes next certainly does not compile."""
        raise NotCompiling(f"line {self.tokens[self.at].line}: {why}")

    def deeper(self) -> None:
        """Go one level deeper; the caller comes back with `self.depth -= 1`."""
        self.depth += 1
        if self.depth > _DEEPEST:
            self.outside("nested too deep")

    # ------------------------------------------------------------ names

    def name(self) -> str:
        """Take a name that the program gives."""
        token = self.take()
        if token.kind != "name" or token.text in KEYWORDS:
            self.at -= 1
            self.outside(f"a name is expected before {token.text[:30]!r}")
        return token.text

    def declare(self, name: str, what: Any) -> None:
        """Bring a name into the innermost scope."""
        scope = self.scopes[-1]
        if name in scope or (len(self.scopes) == 1 and (is_header_name(name))):
            self.outside(f"the name '{name}' is taken")
        if name in ("EOF", "NULL", "errno", "assert", "stdin", "stdout") or name.startswith("__"):
            self.outside(f"the name '{name}' is the system's")
        scope[name] = what

    def find(self, name: str) -> Any:
        """Return what a name stands for in the program, None when it declares none."""
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        return None

    def unknown(self, name: str) -> NoReturn:
        """Give up on a name that the program does not declare."""
        if may_be_header_name(name) or name in KEYWORDS or self.struct is not None:
            self.outside(f"the name '{name}' is not known")
        self.broken(f"'{name}' is not declared")

    def new_slot(self) -> int:
        """Return a place in the frame of the function that is read, or among the globals."""
        if self.function is None:
            self.globals.append(None)
            return len(self.globals) - 1
        self.function.slots += 1
        return self.function.slots - 1

    def variable(self, type: Type, name: str, *, refers: bool = False, fixed: bool = False) -> Var:
        """Return a new variable, not yet in scope."""
        home = "global" if self.function is None else "local"
        return Var(type, home, self.new_slot(), name, refers, fixed=fixed)

    def read_variable(self, var: Var) -> Expr:
        """Return the expression that a variable is."""
        slot, type, used = var.slot, var.type, frozenset((var.name,))
        if var.const is not None:
            value = var.const
            return Expr(type, lambda f: value, const=value, used=used, fixed=True)
        expr = self._read_home(var, slot, type)
        expr.used = expr.root = used
        expr.fixed, expr.lent = var.fixed, var.refers
        return expr

    def _read_home(self, var: Var, slot: int, type: Type) -> Expr:
        if var.home == "field":
            return self.field(Expr(Type("struct"), lambda f: f[1]), slot, type)
        if var.refers and not is_class(type):
            return self.referred(var)
        if var.home == "local":
            return Expr(type, local_getter(slot, type), lambda f: (f, slot), slot)
        values = self.globals
        if is_class(type):
            return Expr(type, lambda f: values[slot], lambda f: (values, slot))

        def get(f: Frame) -> Any:
            value = values[slot]
            if value is None:
                raise unset()
            return value

        return Expr(type, get, lambda f: (values, slot))

    def referred(self, var: Var) -> Expr:
        """Return what a reference to a number or pointer refers to."""
        slot = var.slot
        frame = self.globals if var.home == "global" else None

        def box(f: Frame) -> Any:
            return (frame or f)[slot]

        def get(f: Frame) -> Any:
            values, at = (frame or f)[slot]
            value = values[at]
            if value is None:
                raise unset()
            return value

        return Expr(var.type, get, box)

    def field(self, owner: Expr, slot: int, type: Type) -> Expr:
        """Return a field of a struct or pair."""
        values = owner.get

        def get(f: Frame) -> Any:
            value = values(f)[slot]
            if value is None:
                raise unset()
            return value

        expr = Expr(type, get, lambda f: (values(f), slot), fresh=owner.fresh, fixed=owner.fixed)
        expr.root, expr.lent, expr.way = owner.root, owner.lent, owner.way
        return expr.over(owner)

    # ------------------------------------------------------------ types

    def at_type(self) -> bool:
        """Tell whether a type begins here."""
        token = self.tokens[self.at]
        if token.kind != "name":
            return False
        name = token.text
        if name == "std" and self.after().text == "::":
            name = self.after(2).text
            return name in NAMED or name in CONTAINERS
        if name in MODIFIERS or name in WORDS or name in ("struct", "class"):
            return True
        found = self.find(name)
        if found is not None:
            return isinstance(found, Type)
        return name in NAMED or name in CONTAINERS

    def read_type(self) -> tuple[Type, bool]:
        """Read a type without its stars; tell whether it is const."""
        self.deeper()
        fixed, words = False, []
        type: Type | None = None
        while self.tokens[self.at].kind == "name":
            word = self.word
            if word in MODIFIERS:
                fixed = fixed or word in ("const", "constexpr")
            elif word in WORDS and type is None:
                words.append(word)
            elif type is None and not words and (self.at_type() or word in ("struct", "class")):
                type = self._named_type()
                continue
            else:
                break
            self.take()
        if type is None:
            key = tuple(
                sorted(
                    words
                    if words == ["int"] or len(words) < 2
                    else [
                        w
                        for w in words
                        if w != "int"
                        or "char" in words
                        or not {"long", "short", "unsigned", "signed"} & set(words)
                    ]
                )
            )
            if key not in NUMBERS:
                self.outside(f"the type {' '.join(words)[:40]!r}")
            type = NUMBERS[key]
        self.depth -= 1
        return type, fixed

    def _named_type(self) -> Type:
        if self.accept("struct") or self.accept("class"):
            name = self.name()
            found = self.find(name)
            if not isinstance(found, Type):
                self.outside(f"the struct '{name}' is not known")
            return found
        prefixed = self.accept("std") and self.accept("::")
        name = self.take().text
        found = None if prefixed else self.find(name)
        if isinstance(found, Type):
            type = found
        elif name in NAMED:
            type = NAMED[name]
        else:
            type = self._container(name)
        if self.word == "::" and self.after().text in ("iterator", "const_iterator"):
            self.at += 2
            if type.kind in TREES:
                return Type("iterator", (type,))
            if type.kind in ("vector", "string", "deque"):
                return Type("ptr", (type.of[0],))
            self.outside("an iterator of this type")
        return type

    def _container(self, name: str) -> Type:
        kind, count = CONTAINERS[name]
        if name.startswith("unordered") and not {name, "bits/stdc++.h"} & self.headers:
            self.outside(f"{name} without its header")
        self.expect("<")
        of = [self.full_type()]
        while self.accept(","):
            of.append(self.full_type())
        order = ""
        if len(of) == count + 1 and of[-1].kind == "order" and kind in TREES:
            order = of.pop().name
        if kind == "heap" and len(of) == 3 and of[1] == Type("vector", (of[0],)):
            order, of = of[2].name, of[:1]
            kind = "heap"
        if len(of) != count or any(one.kind in ("order", "auto") for one in of):
            self.outside(f"a {name} of this form")
        if self.word == ">>":
            self.tokens[self.at] = self.tokens[self.at]._replace(text=">")
        else:
            self.expect(">")
        if name.startswith("unordered"):
            order = "none"
        if (
            order
            and order != "none"
            and kind in TREES
            and not (order == "greater" and is_number(of[0]))
        ):
            self.outside(f"a {name} in an order of its own")
        return Type(kind, tuple(of), name=order)

    def full_type(self) -> Type:
        """Read a type with its stars, or an order inside a container's brackets."""
        if self.word in ("greater", "less") and self.after().text == "<":
            name = self.take().text
            self.expect("<")
            if self.word != ">":
                self.full_type()
            if self.word == ">>":
                self.tokens[self.at] = self.tokens[self.at]._replace(text=">")
            else:
                self.expect(">")
            return Type("order", name=name if name == "greater" else "")
        if not self.at_type():
            self.outside(f"the type {self.word[:30]!r}")
        type, _ = self.read_type()
        while self.accept("*"):
            type = Type("ptr", (type,))
        return type

    # ------------------------------------------------------------ first values

    def initial(self, type: Type, *, zero: bool) -> Get:
        """Return what makes the first value of a variable: zero, or none at all."""
        if type.kind == "array":
            return self._initial_array(type, zero)
        if type.kind in TREES:
            return lambda f: Tree()
        if type.kind == "pair":
            first, second = (self.initial(one, zero=True) for one in type.of)
            return lambda f: [first(f), second(f)]
        if type.kind == "struct":
            return self._initial_struct(self.structs[type.name], zero)
        if type.kind in LISTS:
            return lambda f: []
        if type.kind == "ptr" and zero:
            return lambda f: (None, 0)
        if not is_number(type) and type.kind not in ("ptr", "iterator"):
            self.outside(f"a variable of the type {type.kind}")
        value: Any = (0 if is_whole(type) else 0.0) if zero and is_number(type) else None
        return lambda f: value

    def _initial_array(self, type: Type, zero: bool) -> Get:
        size, inner, made = type.size, self.initial(type.of[0], zero=zero), self.machine.make
        simple = not is_class(type.of[0])

        def make(f: Frame) -> Any:
            made(size)
            return [inner(f)] * size if simple else [inner(f) for _ in range(size)]

        return make

    def _initial_struct(self, struct: Struct, zero: bool) -> Get:
        parts = [given or self.initial(one, zero=zero) for _, one, given in struct.fields]
        builders = struct.methods.get(struct.name, [])
        build = next((one for one in builders if len(one.parameters) == len(one.defaults)), None)
        if struct.name in struct.methods and build is None:
            return self._no_default
        made, machine = self.machine.make, self.machine

        def make(f: Frame) -> Any:
            made(len(parts))
            value = [part(f) for part in parts]
            if build is not None:
                machine.pay(build.cost)
                frame: Frame = [None] * build.slots
                frame[1] = value
                for i, given in enumerate(build.defaults):
                    frame[2 + i] = given.get(f)
                build.body(frame)
            return value

        return make

    def _no_default(self, f: Frame) -> Any:
        raise Outside("a struct that cannot be made without arguments")
