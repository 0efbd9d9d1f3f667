"""Where the golden cases are, and the table of what is covered."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from .adapter import Key, collect, lookup, read_cases

ROOT = Path(__file__).resolve().parents[2]


def folder_of(variable: str, default: str) -> Path:
    """Return the folder a variable names, else the one beside the repository."""
    return Path(os.environ.get(variable, "") or ROOT / ".." / "shared" / default)


@dataclass
class Coverage:
    """What a run covered of one (system, task)."""

    cases: int
    covered: int = 0
    agreeing: int = 0
    uncovered: dict[str, int] = field(default_factory=dict)


COVERAGE = pytest.StashKey[dict[Key, Coverage]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[COVERAGE] = {}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "golden_key" in metafunc.fixturenames:
        folder = folder_of("SYNTHCTX_GOLDEN", "golden")
        keys: list[Any] = list(read_cases(folder)) if folder.is_dir() else []
        if not keys:
            reason = f"no golden cases in {folder} (set SYNTHCTX_GOLDEN)"
            keys = [pytest.param(("", ""), marks=pytest.mark.skip(reason=reason))]
        names = [" ".join(key) if isinstance(key, tuple) else "absent" for key in keys]
        metafunc.parametrize("golden_key", keys, ids=names)


@pytest.fixture(scope="session")
def golden_cases() -> dict[Key, list[dict[str, Any]]]:
    return read_cases(folder_of("SYNTHCTX_GOLDEN", "golden"))


@pytest.fixture
def coverage(request: pytest.FixtureRequest) -> dict[Key, Coverage]:
    return request.config.stash[COVERAGE]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print system x cases x covered x agreeing, and what is not covered, by name."""
    seen = config.stash[COVERAGE]
    if not seen:
        return
    line = terminalreporter.write_line
    _, reasons = collect()
    line("")
    line(f"{'golden cases':<30}{'cases':>8}{'covered':>9}{'agreeing':>10}")
    for system in dict.fromkeys(key[0] for key in seen):
        rows = [c for key, c in seen.items() if key[0] == system]
        sums = [sum(getattr(r, n) for r in rows) for n in ("cases", "covered", "agreeing")]
        line(f"{system:<30}{sums[0]:>8}{sums[1]:>9}{sums[2]:>10}")
    line("")
    line("not covered:")
    for key, row in seen.items():
        whole = lookup(reasons, key)
        if row.covered == 0 and not row.uncovered:
            line(f"  {' / '.join(key)}: {row.cases} cases: {whole or 'no adapter yet'}")
        for reason, count in row.uncovered.items():
            line(f"  {' / '.join(key)}: {count} of {row.cases} cases: {reason}")
