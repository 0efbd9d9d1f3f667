"""A small bench, and an environment with a key in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthctx.generation import generate
from synthctx.store import Bench
from synthctx.suite import Suite
from tests.models.served import KEY


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    entry = {"task": "niah/single", "length": ["1k", "2k", "4k"], "depth": [0, 1], "samples": 2}
    folder = tmp_path_factory.mktemp("made") / "bench"
    generate(Suite.from_document({"seed": 3, "tests": [entry]}), folder)
    return folder


@pytest.fixture
def bench(made: Path, tmp_path: Path) -> Bench:
    import shutil

    return Bench(shutil.copytree(made, tmp_path / "bench"))


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
