"""What the parts of the reader of C++ need of each other."""

from __future__ import annotations

from typing import Any

from synthctx.minicpp.types import Get, Type
from synthctx.minicpp.values import Expr


class Outline:
    """The methods that later parts bring in."""

    def assignment(self) -> Expr:
        """Read an expression without commas."""
        raise NotImplementedError

    def postfixed(self, expr: Expr) -> Expr:
        """Read what follows a value."""
        raise NotImplementedError

    def named(self, name: str) -> Expr:
        """Read what begins with a name."""
        raise NotImplementedError

    def library(self, name: str) -> Expr:
        """Return what a name of the library is."""
        raise NotImplementedError

    def manipulator(self, name: str) -> Expr | None:
        """Return what a name without brackets does in an output."""
        raise NotImplementedError

    def method(self, owner: Expr, name: str, given: list[Expr]) -> Expr:
        """Return the call of a function of an object of the library."""
        raise NotImplementedError

    def map_item(self, base: Expr, index: Expr) -> Expr:
        """Return what a map holds for a key."""
        raise NotImplementedError

    def entry(self, iterator: Expr) -> Expr:
        """Return what an iterator of a set or map stands at."""
        raise NotImplementedError

    def tree_step(self, by: int) -> Any:
        """Return how an iterator is moved."""
        raise NotImplementedError

    def operator_call(self, op: str, left: Expr, right: Expr) -> Expr:
        """Return what an operator of the program gives for structs."""
        raise NotImplementedError

    def copied_span(self, type: Type, given: list[Expr]) -> Get:
        """Return what makes a sequence out of a range."""
        raise NotImplementedError

    def unnamed_function(self) -> Expr:
        """Read a function without a name."""
        raise NotImplementedError

    def read_into(self, stream: Expr, target: Expr) -> Expr:
        """Return what reads from cin into a variable."""
        raise NotImplementedError

    def write_to(self, stream: Expr, what: Expr) -> Expr:
        """Return what writes a value to cout."""
        raise NotImplementedError

    def value(self, expr: Expr, type: Type) -> Get:
        """Return how a value is got as a type."""
        raise NotImplementedError

    def characters(self, expr: Expr) -> Get:
        """Return how the characters of a text are got."""
        raise NotImplementedError

    def decayed(self, expr: Expr) -> Expr:
        """Return an array as the pointer to its first item."""
        raise NotImplementedError

    def braced(self, type: Type) -> Get:
        """Read a list in braces."""
        raise NotImplementedError

    def pointed(self, expr: Expr) -> Expr:
        """Return what a pointer points to."""
        raise NotImplementedError

    def block(self) -> Get:
        """Read statements in braces."""
        raise NotImplementedError

    def end_statement(self) -> None:
        """Read the semicolon."""
        raise NotImplementedError
