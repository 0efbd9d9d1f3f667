"""One generic registry for tasks, rules, models and tokenizers.

Built-in families are found by walking `synthctx.generators` and `synthctx.scorers`;
other distributions add theirs through an entry-point group of the same name. Nobody
edits a central list to add a family.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import pkgutil
import sys
from collections.abc import Iterator
from typing import Generic, TypeVar

from synthctx.errors import SynthctxError, unknown

T = TypeVar("T")


class Registry(Generic[T]):
    """Names mapped to things of one kind, filled on first use.

    Args:
        kind: what one entry is called in messages, for example "task".
        group: entry-point group of other distributions; an entry point names a module
            whose import registers its things.
        package: package whose modules are imported to register the built-in ones.
    """

    def __init__(self, kind: str, group: str, package: str | None = None) -> None:
        self.kind = kind
        self.group = group
        self.package = package
        self._items: dict[str, T] = {}
        self._origins: dict[str, str] = {}
        self._loaded = self._plugged = False

    def add(self, name: str, item: T, depth: int = 1) -> None:
        """Register an item; `depth` is how many frames up its origin lies.

        Raises:
            SynthctxError: the name is taken; the message names both origins.
        """
        frame = sys._getframe(depth)
        origin = f"{frame.f_code.co_filename}:{frame.f_lineno}"
        if name in self._items:
            raise SynthctxError(
                f"{self.kind} '{name}' is registered twice: {self._origins[name]} and {origin}"
            )
        self._items[name] = item
        self._origins[name] = origin

    def load(self) -> None:
        """Import all built-in modules and entry points, once."""
        if not self._loaded:
            self._import_family("")
            self._import_plugins()
            self._loaded = True

    def _import_family(self, prefix: str) -> None:
        """Import the built-in modules whose names begin with a prefix."""
        if self.package is None:
            return
        package = importlib.import_module(self.package)
        for module in sorted(m.name for m in pkgutil.iter_modules(package.__path__)):
            if module.startswith(prefix) and not module.startswith("_"):
                importlib.import_module(f"{self.package}.{module}")

    def _import_plugins(self) -> None:
        """Import what other distributions add, once."""
        if self._plugged:
            return
        for point in sorted(
            importlib.metadata.entry_points(group=self.group), key=lambda p: (p.name, p.value)
        ):
            try:
                point.load()
            except SynthctxError:
                raise
            except Exception as error:
                dist = point.dist.name if point.dist else "?"
                raise SynthctxError(
                    f"plugin '{point.name}' ({point.value}) of distribution '{dist}' does not "
                    f"import: {type(error).__name__}: {error}"
                ) from error
        self._plugged = True

    def get(self, name: str) -> T:
        """Return the item of a name.

        Raises:
            UnknownName: there is none; the message suggests the nearest.
        """
        if name not in self._items and not self._loaded:
            # one family is enough for one name: its modules begin with what stands before "/"
            self._import_plugins()
            family, slash, _ = name.partition("/")
            if slash and family:
                self._import_family(family.replace("-", "_"))
        if name not in self._items:
            self.load()
        if name not in self._items:
            raise unknown(self.kind, name, self._items)
        return self._items[name]

    def names(self) -> list[str]:
        """Return all names, sorted."""
        self.load()
        return sorted(self._items)

    def origin(self, name: str) -> str:
        """Return file:line where an item was registered."""
        self.get(name)
        return self._origins[name]

    def __iter__(self) -> Iterator[tuple[str, T]]:
        for name in self.names():
            yield name, self._items[name]

    def __contains__(self, name: object) -> bool:
        return name in self._items or name in self.names()
