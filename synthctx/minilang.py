"""A small part of Python, read by ourselves: nothing a model writes is ever run by Python.

Whole numbers, text, lists; assignment, if, while, for, functions, print and input. A program
is checked before it is parsed (size, nesting, spelling of literals), then node by node against
the list of what the language has. `synthctx.minirun` runs it.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from dataclasses import dataclass

MOST_CHARACTERS = 250_000
_MOST_TOKENS = 400  # of one logical line
_LONGEST_TOKEN = 400
_DEEPEST = 40  # nesting of brackets, of blocks, of the parsed tree

FUNCTIONS = [
    "abs",
    "bool",
    "input",
    "int",
    "len",
    "list",
    "map",
    "max",
    "min",
    "print",
    "range",
    "sorted",
    "str",
    "sum",
]
METHODS = {
    "list": ["append", "count", "extend", "index", "insert", "pop", "reverse", "sort"],
    "str": ["join", "lower", "split", "strip", "upper"],
}

_STATEMENTS = (
    "FunctionDef Return Assign AugAssign For While If Expr Pass Break Continue arguments arg"
)
_EXPRESSIONS = """
    BoolOp BinOp UnaryOp IfExp Compare Call keyword JoinedStr FormattedValue Constant Attribute
    Subscript Slice Starred Name List Tuple ListComp GeneratorExp comprehension
"""
_OPERATORS = """
    And Or Not USub UAdd Add Sub Mult FloorDiv Mod Pow LShift RShift BitAnd BitOr BitXor
    Eq NotEq Lt LtE Gt GtE In NotIn
"""
_ALLOWED = frozenset(f"Module Load Store {_STATEMENTS} {_EXPRESSIONS} {_OPERATORS}".split())


class NotInLanguage(Exception):
    """A text is no program of the language; says where and why."""


# ---------------------------------------------------------------- reading a program


@dataclass(frozen=True, slots=True)
class Program:
    """A program of the language, checked."""

    body: tuple[ast.stmt, ...]


def parse(source: str) -> Program:
    """Read a program.

    Raises:
        NotInLanguage: it is too large, no Python, or uses what the language does not have.
    """
    if len(source) > MOST_CHARACTERS:
        raise NotInLanguage(f"the program is longer than {MOST_CHARACTERS:,} characters")
    try:
        _check_tokens(source)
        tree = ast.parse(source)
    except (tokenize.TokenError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        where = f"line {line}: " if line else ""
        raise NotInLanguage(f"{where}{error.args[0] if error.args else 'no program'}") from None
    _check_tree(tree)
    return Program(tuple(tree.body))


_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)


def _check_tokens(source: str) -> None:
    """Refuse what would be costly or noisy to parse: depth, length, odd literals."""
    brackets = blocks = tokens = 0
    before = (0, 0)  # where the last number ended
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        where = f"line {token.start[0]}: "
        tokens = 0 if token.type == tokenize.NEWLINE else tokens + 1
        brackets += (token.string in ("(", "[", "{")) - (token.string in (")", "]", "}"))
        blocks += (token.type == tokenize.INDENT) - (token.type == tokenize.DEDENT)
        if brackets > _DEEPEST or blocks > _DEEPEST or tokens > _MOST_TOKENS:
            raise NotInLanguage(f"{where}nested too deep, or too long")
        if token.type == tokenize.COMMENT:
            continue
        if len(token.string) > _LONGEST_TOKEN:
            raise NotInLanguage(f"{where}a literal or name that is too long")
        if token.type == tokenize.NUMBER and not token.string.replace("_", "").isdecimal():
            raise NotInLanguage(f"{where}only whole decimal numbers")
        if token.type == tokenize.NAME and token.start == before:
            raise NotInLanguage(f"{where}a number and a word without a blank")
        before = token.end if token.type == tokenize.NUMBER else (0, 0)
        if not all(char in "nt\\'\"" for char in _ESCAPE.findall(token.string)):
            raise NotInLanguage(f"{where}only the escapes \\n, \\t, \\\\, \\' and \\\"")


def _check_tree(tree: ast.Module) -> None:
    """Refuse every node that the language does not have."""
    waiting: list[tuple[ast.AST, int, ast.AST | None, bool]] = [(tree, 0, None, False)]
    while waiting:
        node, depth, function, loop = waiting.pop()
        reason = _refusal(node, function, loop)
        if reason is None and depth > _DEEPEST:
            reason = "nested too deep"
        if reason is not None:
            raise NotInLanguage(f"line {getattr(node, 'lineno', 1)}: {reason}")
        if isinstance(node, ast.FunctionDef):
            function, loop = node, False
        if isinstance(node, ast.Module):
            function = None
        inside = loop or isinstance(node, ast.For | ast.While)
        for child in ast.iter_child_nodes(node):
            waiting.append((child, depth + 1, function, inside))
            if isinstance(child, ast.FunctionDef) and not isinstance(node, ast.Module):
                raise NotInLanguage(f"line {child.lineno}: a function inside something else")


def _refusal(node: ast.AST, function: ast.AST | None, loop: bool) -> str | None:
    """Return why a node is not part of the language, None when it is."""
    kind = type(node).__name__
    if kind not in _ALLOWED:
        return f"'{kind}' is not part of the language"
    if isinstance(node, ast.Constant):
        good = node.value is None or type(node.value) in (int, bool, str)
        return None if good else "a literal of another type"
    given = node.id if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else ""
    given = node.name if isinstance(node, ast.FunctionDef) else given
    given = node.arg if isinstance(node, ast.arg) else given
    if given in FUNCTIONS:
        return f"'{given}' is a function of the language"
    if isinstance(node, ast.Return) and function is None:
        return "return outside a function"
    if isinstance(node, ast.Break | ast.Continue) and not loop:
        return f"{kind.lower()} outside a loop"
    if isinstance(node, ast.For | ast.While) and node.orelse:
        return "else after a loop"
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
        return "assignment to a slice" if isinstance(node.slice, ast.Slice) else None
    if isinstance(node, ast.Attribute | ast.Starred) and isinstance(node.ctx, ast.Store):
        return f"assignment to '{kind}'"
    if isinstance(node, ast.FormattedValue) and (node.format_spec or node.conversion != -1):
        return "a format specification"
    if isinstance(node, ast.arguments):
        plain = ast.arguments([], node.args, None, [], [], None, [])
        same = ast.dump(node) == ast.dump(plain)
        return None if same else "only plain parameters"
    if isinstance(node, ast.FunctionDef) and node.decorator_list:
        return "a decorator"
    if isinstance(node, ast.ListComp | ast.GeneratorExp) and len(node.generators) > 1:
        return "a comprehension over more than one thing"
    return _call_refusal(node)


def _call_refusal(node: ast.AST) -> str | None:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Attribute) and getattr(node, "func", None) is not child:
            return "an attribute that is not called"
        if isinstance(child, ast.Starred) and child not in getattr(node, "args", ()):
            return "a star outside a call"
    if not isinstance(node, ast.Call):
        return None
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if not isinstance(node.func, ast.Name | ast.Attribute):
        return "a call of something without a name"
    if any(word.arg not in ("sep", "end") or name != "print" for word in node.keywords):
        return "a named argument"
    methods = METHODS["list"] + METHODS["str"]
    if isinstance(node.func, ast.Attribute) and node.func.attr not in methods:
        return f"the method '{node.func.attr}' is not part of the language"
    return None
