"""What the parts of the reader of C++ need of each other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from synthctx.minicpp.types import Get, Type
from synthctx.minicpp.values import Expr


class Outline(ABC):
    """The methods that later parts bring in."""

    @abstractmethod
    def assignment(self) -> Expr:
        """Read an expression without commas."""

    @abstractmethod
    def postfixed(self, expr: Expr) -> Expr:
        """Read what follows a value."""

    @abstractmethod
    def named(self, name: str) -> Expr:
        """Read what begins with a name."""

    @abstractmethod
    def library(self, name: str) -> Expr:
        """Return what a name of the library is."""

    @abstractmethod
    def manipulator(self, name: str) -> Expr | None:
        """Return what a name without brackets does in an output."""

    @abstractmethod
    def method(self, owner: Expr, name: str, given: list[Expr]) -> Expr:
        """Return the call of a function of an object of the library."""

    @abstractmethod
    def map_item(self, base: Expr, index: Expr) -> Expr:
        """Return what a map holds for a key."""

    @abstractmethod
    def entry(self, iterator: Expr) -> Expr:
        """Return what an iterator of a set or map stands at."""

    @abstractmethod
    def tree_step(self, by: int) -> Any:
        """Return how an iterator is moved."""

    @abstractmethod
    def operator_call(self, op: str, left: Expr, right: Expr) -> Expr:
        """Return what an operator of the program gives for structs."""

    @abstractmethod
    def copied_span(self, type: Type, given: list[Expr]) -> Get:
        """Return what makes a sequence out of a range."""

    @abstractmethod
    def unnamed_function(self) -> Expr:
        """Read a function without a name."""

    @abstractmethod
    def read_into(self, stream: Expr, target: Expr) -> Expr:
        """Return what reads from cin into a variable."""

    @abstractmethod
    def write_to(self, stream: Expr, what: Expr) -> Expr:
        """Return what writes a value to cout."""

    @abstractmethod
    def value(self, expr: Expr, type: Type) -> Get:
        """Return how a value is got as a type."""

    @abstractmethod
    def characters(self, expr: Expr) -> Get:
        """Return how the characters of a text are got."""

    @abstractmethod
    def decayed(self, expr: Expr) -> Expr:
        """Return an array as the pointer to its first item."""

    @abstractmethod
    def braced(self, type: Type) -> Get:
        """Read a list in braces."""

    @abstractmethod
    def pointed(self, expr: Expr) -> Expr:
        """Return what a pointer points to."""

    @abstractmethod
    def block(self) -> Get:
        """Read statements in braces."""

    @abstractmethod
    def end_statement(self) -> None:
        """Read the semicolon."""
