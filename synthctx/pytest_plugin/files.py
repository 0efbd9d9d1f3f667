"""Suite files as tests: every cell of a `*.ctx.yaml` is one.

pytest makes a node of every file that lies beside those it runs: until a suite file is really
collected, nothing is imported for it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from synthctx.pytest_plugin.gates import Check


def _cell(synthctx_result: Any) -> None:
    """Ask the samples of a cell; what is to be said of them is said by the verdict."""


class SuiteFile(pytest.Module):
    """A suite file. It is a module as doctest's files are, so that fixtures have their scopes."""

    obj = None

    def collect(self) -> Iterator[pytest.Item]:
        """Yield a test for each cell.

        Raises:
            CollectError: the file is not readable, or something in it is not allowed.
        """
        from synthctx.errors import SynthctxError
        from synthctx.pytest_plugin.gates import from_file
        from synthctx.pytest_plugin.session import of_too_few

        try:
            cells = list(from_file(self.path))
        except SynthctxError as error:
            raise self.CollectError(str(error)) from None
        reasons = ((name, of_too_few(self.config, check)) for name, check in cells)
        problems = [f"{self.path.name}::{name}: {why}" for name, why in reasons if why]
        if problems:
            raise self.CollectError("\n".join(problems))
        for name, check in cells:
            yield SuiteCell.of(self, name, check)


class SuiteCell(pytest.Function):
    """One cell of a suite file."""

    @classmethod
    def of(cls, parent: SuiteFile, name: str, check: Check) -> SuiteCell:
        """Return the test of a cell."""
        from synthctx.pytest_plugin.session import CHECK

        item: SuiteCell = cls.from_parent(parent, name=name, callobj=_cell)
        item.add_marker(pytest.mark.synthctx)
        item.stash[CHECK] = check
        return item

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """Return where the test stands: in its file."""
        return Path(self.path), 0, self.name
