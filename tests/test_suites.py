"""Every suite that comes with synthctx can be made, and says what the paper has."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthctx.generation import generate, preflight, shortest_rows
from synthctx.suite import Suite, shipped_suites
from synthctx.verification import verify

PAPERS = [name for name in shipped_suites() if name not in ("demo.yaml", "smoke.yaml")]


@pytest.mark.parametrize("name", shipped_suites())
def test_the_shortest_samples_of_every_test_fit(name: str) -> None:
    suite = Suite.from_file(name)
    assert suite.name == name.removesuffix(".yaml")
    assert preflight(shortest_rows(suite)) == []


@pytest.mark.parametrize("name", PAPERS)
def test_a_suite_of_a_paper_says_what_the_paper_has(name: str) -> None:
    text = (Path(__file__).parents[1] / "synthctx" / "suites" / name).read_text(encoding="utf-8")
    comments = [line for line in text.splitlines() if "#" in line]
    assert any("paper" in line.lower() for line in comments)


def test_the_grid_of_needlebench_v2_is_the_papers() -> None:
    suite = Suite.from_file("needlebench-v2-128k.yaml")
    single = next(t for t in suite.tests if t.task.id == "needlebench/single_retrieval")
    assert single.lengths == [1000, 2000, 4000, 8000, 16000, 32000, 64000, 128000]
    assert single.depths == [i / 10 for i in range(11)]
    assert single.languages == ["en", "zh"]


def test_a_suite_is_made_at_another_length_by_its_name(tmp_path: Path) -> None:
    suite = Suite.from_file("threading.yaml", {"length": "16k", "samples": 1})
    bench = generate(suite, tmp_path / "b")
    assert verify(bench).failures == []
