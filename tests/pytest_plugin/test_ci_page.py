"""What the page on gating shows is run: its tests, suite files, commands and workflow."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from synthctx.cli.main import run as command_line
from synthctx.tasks import get_task
from tests.cli.test_docs import blocks
from tests.models.loopback import Loopback, Reply, Seen, loopback
from tests.pytest_plugin.conftest import Inner

pytest_plugins = ["pytester"]

PAGE = "docs/ci.md"
ROOT = Path(__file__).resolve().parent.parent.parent
FILE = re.compile(r"`([\w./-]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
URL = "http://localhost:8000/v1"
# lengths of the page and those that serve here
SHORTER = {"128k": "4k", "64k": "3k", "32k": "2k", "8k": "1k", "tokens=4k": "tokens=500"}
# and so are samples; of thresholds, what so few can show
FEWER = {"samples: 60": "samples: 15", "samples: 100": "samples: 15", "samples=60": "samples=15"}
LOWER = {"at_least: 0.85": "at_least: 0.7", "at_least: 0.9": "at_least: 0.7", "=0.9": "=0.7"}


def shorter(text: str) -> str:
    for length, less in SHORTER.items():
        text = re.sub(rf"(?<![\w]){length}\b", less, text)
    for old, new in {**FEWER, **LOWER}.items():
        text = text.replace(old, new)
    return text


@pytest.fixture
def repository(pytester: pytest.Pytester) -> Iterator[Path]:
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    for name, body in FILE.findall(text):
        path = Path(pytester.path / name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body if name.startswith(".github") else shorter(body))
    yield Path(pytester.path)


def answer(server: Loopback, seen: Seen) -> Reply | None:
    """Answer a sample of any task of the page, as a model would that reads well."""
    for task in ("ruler/niah_multikey_2", "ruler/vt"):
        found = get_task(task).read(seen.prompt)
        if found:
            count = len(seen.prompt.split())
            return Reply(body=server.completion(seen, found, count))
    return None


def run(inner: Inner, command: str) -> pytest.RunResult:
    words = shlex.split(shorter(command))
    assert words[0] == "pytest", command
    return inner("", *words[1:])


def test_the_files_of_the_page(repository: Path) -> None:
    found = {str(p.relative_to(repository)) for p in repository.rglob("*") if p.is_file()}
    assert found == {
        "gates/test_reasoning.py",
        "gates/pull_request/retrieval.ctx.yaml",
        "gates/nightly/retrieval.ctx.yaml",
        "model.yaml",
        "pytest.ini",
        ".github/workflows/long-context.yml",
    }


def test_commands_of_the_page(inner: Inner, repository: Path) -> None:
    commands = [line for block in blocks(PAGE, "sh") for line in block.splitlines()]
    mine = [line for line in commands if line.startswith("pytest ")]
    assert len(mine) == 5
    collected, one, cut, record, compared = (run(inner, line) for line in mine)
    assert "gates/nightly/retrieval.ctx.yaml::niah/single[en-4k-d0.5]" in collected.outlines
    one.assert_outcomes(passed=1)
    cut.assert_outcomes(passed=1, failed=1, xfailed=1)
    record.assert_outcomes(passed=7)
    compared.assert_outcomes(passed=7)
    compared.stdout.fnmatch_lines(["passed *15/15 *0 *0 *1 *0 *ruler/vt*"])


def test_a_model_of_your_own(inner: Inner, repository: Path) -> None:
    (conftest,) = (b for b in blocks(PAGE, "python") if "def synthctx_model" in b)
    (repository / "conftest.py").write_text(conftest)
    done = inner("", "gates/test_reasoning.py", "-k", "test_retrieval and not at_length")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(['*output     "I was sent * characters."'])


def steps(repository: Path) -> dict[str, dict[str, Any]]:
    text = (repository / ".github" / "workflows" / "long-context.yml").read_text()
    workflow = yaml.safe_load(text)
    return {s["name"]: s for s in workflow["jobs"]["gate"]["steps"] if "name" in s}


def test_the_workflow_of_the_page(
    inner: Inner,
    repository: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    every = steps(repository)
    gates = [s["run"] for s in every.values() if s.get("run", "").startswith("pytest ")]
    assert len(gates) == 4
    compared, alone, record, night = gates
    with loopback(behave=answer) as server:
        model = repository / "model.yaml"
        model.write_text(model.read_text().replace(URL, server.url))
        # what one step has asked need not be asked again here
        with (repository / "pytest.ini").open("a") as ini:
            ini.write("synthctx_cache = kept\n")
        probe = every["See what it takes before anything is asked"]["run"]
        assert "--longest 128k" in probe
        words = shlex.split(probe.replace("128k", "2k").replace("model.yaml", str(model)))
        assert command_line(words[1:]) == 0
        assert "overhead" in capsys.readouterr().out
        run(inner, alone).assert_outcomes(passed=9, deselected=1)
        run(inner, record).assert_outcomes(passed=9, deselected=1)
        (repository / "baseline").mkdir()
        (repository / "main.jsonl").rename(repository / "baseline" / "main.jsonl")
        done = run(inner, compared)
        done.assert_outcomes(passed=9, deselected=1)
        done.stdout.fnmatch_lines(["*not in baseline *"])
        last = run(inner, night)
        last.assert_outcomes(passed=16)
        last.stdout.fnmatch_lines(["asked *, saved * calls, * out of the cache, spent *"])
        assert (repository / "long-context.xml").is_file()
        for command in (line for b in blocks(PAGE, "sh") for line in b.splitlines()):
            if command.startswith("synthctx "):
                words = shlex.split(command.replace("model.yaml", str(model)))
                capsys.readouterr()
                assert command_line(words[1:]) == 0
        out = capsys.readouterr().out
        assert out.splitlines()[0].split() == ["length", "calls", "tokens_in", "tokens_out", "cost"]


def test_the_figures_of_the_page() -> None:
    from synthctx.analytics.sequential import design

    gate = design(0.9, 60, batch=4)
    assert next(n for n in gate.looks if gate.verdict(n, n) == "passed") == 36
    assert next(n for n in gate.looks if gate.verdict(0, n) == "failed") == 4
