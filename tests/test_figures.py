"""The figures in the README are the recorded ones."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_the_table_of_the_readme_is_what_was_measured() -> None:
    table = runpy.run_path(str(ROOT / "benchmarks" / "table.py"))["table"]()
    assert table in (ROOT / "README.md").read_text(encoding="utf-8"), (
        "python benchmarks/table.py prints the table"
    )
