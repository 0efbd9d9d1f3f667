"""Reading C++: words, macros, and the faults that no compiler forgives."""

from __future__ import annotations

import re
from typing import NamedTuple

MOST_CHARACTERS = 40_000
_MOST_TOKENS = 20_000
_DEEPEST_MACRO = 12


class Outside(Exception):
    """The program uses what is not interpreted, or does what the language leaves open."""


class NotCompiling(Exception):
    """The program certainly does not compile."""


class Token(NamedTuple):
    """A word of a program; `kind` is name, number, text, char, op or end."""

    kind: str
    text: str
    line: int


class Macro(NamedTuple):
    """What a name stands for; `parameters` is None for one without brackets."""

    parameters: list[str] | None
    body: list[Token]


class Source(NamedTuple):
    """A program as words, its macros replaced."""

    tokens: list[Token]
    headers: frozenset[str]


_TOKEN = re.compile(
    r"(?P<blank>[ \t\r\n\v\f]+|//[^\n]*|/\*[\s\S]*?\*/)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<number>\.?[0-9](?:[eE][+-]|[A-Za-z0-9_.])*)"
    r"|(?P<text>\"(?:[^\"\\\n]|\\[^\n])*\")"
    r"|(?P<char>'(?:[^'\\\n]|\\[^\n])+')"
    r"|(?P<op><<=|>>=|\.\.\.|->\*?|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|##|::"
    r"|[-+*/%&|^~!<>=?:;,.(){}\[\]#])"
)
_HEADERS = frozenset(
    [
        "bits/stdc++.h",
        "algorithm",
        "bitset",
        "cassert",
        "cctype",
        "cerrno",
        "cfloat",
        "chrono",
        "climits",
        "cmath",
        "complex",
        "cstdint",
        "cstdio",
        "cstdlib",
        "cstring",
        "ctime",
        "deque",
        "fstream",
        "functional",
        "iomanip",
        "ios",
        "iostream",
        "istream",
        "iterator",
        "limits",
        "list",
        "locale",
        "map",
        "memory",
        "numeric",
        "ostream",
        "queue",
        "random",
        "set",
        "sstream",
        "stack",
        "stdexcept",
        "string",
        "tuple",
        "unordered_map",
        "unordered_set",
        "utility",
        "valarray",
        "vector",
        "assert.h",
        "ctype.h",
        "limits.h",
        "math.h",
        "stdint.h",
        "stdio.h",
        "stdlib.h",
        "string.h",
        "time.h",
    ]
)
_INCLUDE = re.compile(r"#\s{0,20}include\s{0,20}<([A-Za-z+./_0-9]{1,40})>\s*\Z")
_DEFINE = re.compile(
    r"#\s{0,20}define\s{1,20}([A-Za-z_]\w*)(\([\w\s,]*\))?(?=\s|\Z)(.*)\Z", re.ASCII
)
_RAW = re.compile(
    r"(?:^|\W)(?:u8|[uUL])?R\"|(?:^|\W)(?:u8|[uUL])[\"']|\?\?[=/'()!<>-]|%:|<[%:]|[%:]>"
)
_CLOSES = {")": "(", "]": "[", "}": "{"}


def read(text: str) -> Source:
    """Return the words of a program.

    Raises:
        Outside: it is too large, or uses what is not read.
        NotCompiling: it certainly does not compile.
    """
    if len(text) > MOST_CHARACTERS:
        raise Outside(f"the program is longer than {MOST_CHARACTERS:,} characters")
    if not text.isascii() or _RAW.search(text):
        raise Outside("letters outside ASCII, raw or wide literals, digraphs")
    text = text.replace("\r\n", "\n").replace("\\\n", "")
    headers, macros, lines = _directives(text)
    tokens = _expand(_tokens("\n".join(lines)), macros, frozenset(), [0])
    if any(macros[t.text].parameters is not None for t in tokens if t.text in macros):
        raise Outside("a macro with parameters that is not called")
    check_certain_faults(tokens)
    return Source([*tokens, Token("end", "", 0)], headers)


def _directives(text: str) -> tuple[frozenset[str], dict[str, Macro], list[str]]:
    """Take the lines that begin with # out of a text."""
    headers: set[str] = set()
    macros: dict[str, Macro] = {}
    lines: list[str] = []
    for line in text.split("\n"):
        bare = line.strip()
        lines.append("" if bare.startswith("#") else line)
        if not bare.startswith("#"):
            continue
        bare = bare.split("//")[0].rstrip()
        include, define = _INCLUDE.match(bare), _DEFINE.match(bare)
        if include and include[1] in _HEADERS and not macros:
            headers.add(include[1])
        elif define and define[1] not in macros and "#" not in bare[1:]:
            words = define[2][1:-1].split(",") if define[2] else None
            names = None if words is None else [word.strip() for word in words if word.strip()]
            macros[define[1]] = Macro(names, _tokens(define[3]))
        elif bare != "#":
            raise Outside("a line for the preprocessor that is not read")
        if "/*" in bare:
            raise Outside("a comment in a line for the preprocessor")
    if macros and any("/*" in line or line.count('"') % 2 for line in lines):
        raise Outside("macros beside long comments")
    return frozenset(headers), macros, lines


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    at, line = 0, 1
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            char = text[at]
            if char in "`@\"'":
                raise NotCompiling(f"line {line}: a stray {char!r}")
            raise Outside(f"line {line}: the character {char!r}")
        if text.startswith("/*", at) and match.lastgroup != "blank":
            raise NotCompiling(f"line {line}: a comment without an end")
        if match.lastgroup != "blank":
            found.append(Token(match.lastgroup or "", match[0], line))
        line += match[0].count("\n")
        at = match.end()
    if len(found) > _MOST_TOKENS:
        raise Outside(f"the program has more than {_MOST_TOKENS:,} words")
    return found


def _expand(
    tokens: list[Token], macros: dict[str, Macro], hidden: frozenset[str], made: list[int]
) -> list[Token]:
    """Replace macros, each not inside its own text; `made` counts words over all calls."""
    if not macros:
        return tokens
    if len(hidden) > _DEEPEST_MACRO:
        raise Outside("macros nested too deep")
    out: list[Token] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        at += 1
        macro = macros.get(token.text) if token.kind == "name" else None
        if macro is None or token.text in hidden:
            out.append(token)
            continue
        body = [part._replace(line=token.line) for part in macro.body]
        if macro.parameters is not None:
            if at >= len(tokens) or tokens[at].text != "(":
                out.append(token)
                continue
            given, at = _arguments(tokens, at)
            given = [_expand(one, macros, hidden, made) for one in given]
            if len(given) != max(1, len(macro.parameters)):
                raise Outside("a macro with another number of arguments")
            values = dict(zip(macro.parameters, given, strict=False))
            body = [part for word in body for part in values.get(word.text, [word])]
        made[0] += len(body)
        if made[0] > _MOST_TOKENS:
            raise Outside(f"macros make more than {_MOST_TOKENS:,} words")
        out += _expand(body, macros, hidden | {token.text}, made)
    return out


def _arguments(tokens: list[Token], at: int) -> tuple[list[list[Token]], int]:
    given: list[list[Token]] = [[]]
    depth = 0
    for i in range(at, len(tokens)):
        text = tokens[i].text
        depth += (text == "(") - (text == ")")
        if depth == 0:
            return given, i + 1
        if text == "," and depth == 1:
            given.append([])
        elif i > at:
            given[-1].append(tokens[i])
    raise NotCompiling("a macro's bracket is never closed")


def check_certain_faults(tokens: list[Token]) -> None:
    """Refuse brackets that do not match, and a program without main or with two."""
    opened: list[str] = []
    mains = 0
    for i, token in enumerate(tokens):
        if token.kind == "op" and token.text in "([{":
            opened.append(token.text)
        elif token.kind == "op" and token.text in _CLOSES:
            if not opened or opened.pop() != _CLOSES[token.text]:
                raise NotCompiling(f"line {token.line}: {token.text!r} closes nothing")
        elif token.text == "main" and not opened and tokens[i - 1].text in ("int", "signed"):
            mains += _is_definition(tokens, i + 1)
    if opened:
        raise NotCompiling(f"{opened[-1]!r} is never closed")
    if mains > 1:
        raise NotCompiling("main is defined twice")
    if not any(token.text == "main" for token in tokens):
        raise NotCompiling("there is no main")


def _is_definition(tokens: list[Token], at: int) -> bool:
    """Tell whether brackets and a body stand at a place."""
    if at >= len(tokens) or tokens[at].text != "(":
        return False
    depth = 0
    for i in range(at, len(tokens)):
        depth += (tokens[i].text == "(") - (tokens[i].text == ")")
        if depth == 0:
            return i + 1 < len(tokens) and tokens[i + 1].text == "{"
    return False
