"""What a task makes may change only together with its version.

`make fingerprints` writes fixtures/fingerprints.json anew, for a task whose version went up.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from synthctx.compose import compose
from synthctx.jsonio import digest
from synthctx.store import sample_record
from synthctx.suite import Suite
from synthctx.tasks import TASKS, get_task
from tests.generators.samples import LONGER

FILE = Path(__file__).resolve().parent.parent / "fixtures" / "fingerprints.json"
UPDATE = bool(os.environ.get("SYNTHCTX_UPDATE_FINGERPRINTS"))


def fingerprint(name: str) -> str:
    task = get_task(name)
    entry: dict[str, Any] = {
        "task": name,
        "length": LONGER.get(name, ["8k", "20k"]),
        "language": list(task.languages),
        "samples": 2,
    }
    if task.depth:
        entry["depth"] = [0, 0.3, 1]
    return _digest(entry)


def variant(name: str) -> str:
    """Return the fingerprint of another version of a problem."""
    length = LONGER.get(name, ["8k"])[:1]
    return _digest({"task": name, "length": length, "versions": 2}, version=1)


def _digest(entry: dict[str, Any], version: int = 0) -> str:
    suite = Suite.from_document({"name": "fingerprint", "seed": 9, "tests": [entry]})
    made = (compose(row) for row in suite.rows() if row.version == version)
    return digest([[sample_record(s, ""), s.context_id] for s in made])


def known() -> dict[str, str]:
    return dict(json.loads(FILE.read_text(encoding="utf-8"))) if FILE.is_file() else {}


@pytest.mark.parametrize("name", TASKS.names())
def test_a_task_makes_what_its_version_made(name: str) -> None:
    key = f"{name} {get_task(name).version}"
    made = {key: fingerprint(name), f"{key} variant": variant(name)}
    if UPDATE:
        FILE.write_text(json.dumps({**known(), **made}, indent=1, sort_keys=True) + "\n")
    assert key in known(), "a new task or version: run make fingerprints"
    assert made == {k: known().get(k) for k in made}, (
        "the bytes of this task have changed: raise its version and run make fingerprints"
    )
