"""Our paper scores are what the published scorers returned, case by case."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .adapter import Key, Uncovered, collect, lookup
from .conftest import Coverage

MAPPERS, REASONS = collect()


def test_paper_scores_are_the_published_ones(
    golden_key: Key,
    golden_cases: dict[Key, list[dict[str, Any]]],
    coverage: dict[Key, Coverage],
) -> None:
    cases = golden_cases[golden_key]
    row = coverage[golden_key] = Coverage(len(cases))
    mapper = lookup(MAPPERS, golden_key)
    if golden_key in REASONS or mapper is None:
        pytest.skip(lookup(REASONS, golden_key) or "no adapter yet")
    wrong: list[str] = []
    for case in cases:
        try:
            check = mapper(case)
        except Uncovered as reason:
            row.uncovered[str(reason)] = row.uncovered.get(str(reason), 0) + 1
            continue
        row.covered += 1
        if check.agrees():
            row.agreeing += 1
        else:
            shown = json.dumps(
                {n: case.get(n) for n in ("reference", "params", "prediction", "score")},
                ensure_ascii=False,
            )
            wrong.append(f"ours {check.found()}, published {check.expected}: {shown[:700]}")
    assert not wrong, f"{len(wrong)} of {row.covered} disagree:\n" + "\n".join(wrong)


def test_no_case_is_both_covered_and_excused() -> None:
    assert not set(MAPPERS) & set(REASONS)


@pytest.mark.parametrize(("score", "code"), [(100.0, 0), (50.0, 1)])
def test_another_folder_of_cases(tmp_path: Path, score: float, code: int) -> None:
    cases = [
        {
            "system": "RULER",
            "task": "niah",
            "reference": ["5550123"],
            "params": {"fn": "string_match_all", "scale": 100},
            "prediction": "It is 5550123.",
            "score": score,
        },
        {"system": "Nobody", "kind": "unheard", "reference": "x", "prediction": "x", "score": 1},
    ]
    (tmp_path / "made_up.jsonl").write_text("\n".join(map(json.dumps, cases)), encoding="utf-8")
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            __file__,
            "-q",
            "-p",
            "no:cacheprovider",
            "-k",
            "published",
        ],
        env={**os.environ, "SYNTHCTX_GOLDEN": str(tmp_path)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == code, run.stdout
    assert "Nobody / unheard: 1 cases: no adapter yet" in run.stdout
    assert f"1        1{1 - code:>10}" in run.stdout
