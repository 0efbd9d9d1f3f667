"""Shared fixtures."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Run:
    """How a command ended."""

    code: int
    out: str
    err: str


Cli = Callable[..., Run]


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """Run the command line in its own process, in a new folder, as a user does."""

    def run(*args: str | Path, env: dict[str, str] | None = None, code: int | None = 0) -> Run:
        done = subprocess.run(
            [sys.executable, "-m", "synthctx", *map(str, args)],
            cwd=tmp_path,
            env={**os.environ, "COLUMNS": "200", **(env or {})},
            capture_output=True,
            text=True,
            timeout=300,
            stdin=subprocess.DEVNULL,
        )
        result = Run(done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in result.err, result.err
        if code is not None:
            assert result.code == code, f"exit {result.code}\n{result.out}\n{result.err}"
        return result

    return run
