"""Ways to run: several processes, JUnit, stopping early, and runs that have no synthctx test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from synthctx.api import samples
from tests.models.loopback import loopback
from tests.pytest_plugin.conftest import FULL, Inner

pytest_plugins = ["pytester"]

TESTS = """
import pytest

one = {"task": "niah/single", "length": "2k", "samples": 30, "at_least": 0.8}

@pytest.mark.synthctx(**one, depth=0)
def test_head(): ...

@pytest.mark.synthctx(**one, depth=1)
def test_tail(): ...

def test_plain(): ...
"""
WINDOW = ("--synthctx-model", "reader:window?tokens=1k")


def test_nothing_happens_where_no_synthctx_test_is(inner: Inner) -> None:
    done = inner("def test_plain(): ...", "--strict-markers", *FULL)
    done.assert_outcomes(passed=1)
    out = done.stdout.str()
    assert "= synthctx" not in out
    assert "PytestUnknown" not in out


def test_a_run_without_synthctx_tests_imports_nothing_of_it(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "import sys\n"
        "def pytest_unconfigure():\n"
        "    print('LOADED', sorted(m for m in sys.modules if m.startswith('synthctx')))\n"
        "    print('HEAVY', [m for m in ('numpy', 'scipy', 'pyarrow') if m in sys.modules])\n"
    )
    (tmp_path / "test_it.py").write_text("def test_plain(): ...\n")
    (tmp_path / "beside.ctx.yaml").write_text(FILE)
    without = [f"-pno:{name}" for name in ("xdist", "hypothesispytest", "faker", "anyio")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-s", *without, "test_it.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    loaded = ["synthctx", *(f"synthctx.pytest_plugin{m}" for m in ("", ".files", ".options"))]
    assert f"LOADED {loaded}" in done.stdout
    assert "HEAVY []" in done.stdout


def test_properties_in_junit(inner: Inner, pytester: pytest.Pytester) -> None:
    inner(TESTS, *WINDOW, "--junitxml=out.xml").assert_outcomes(passed=2, failed=1)
    cases = ElementTree.parse(pytester.path / "out.xml").findall(".//testcase")
    found = {
        case.get("name"): {p.get("name"): p.get("value") for p in case.iter("property")}
        for case in cases
    }
    assert found["test_plain"] == {}
    assert found["test_tail"] == {
        "synthctx_model": "reader:window?tokens=1k",
        "synthctx_verdict": "passed",
        "synthctx_rate": "1.0",
        "synthctx_low": found["test_tail"]["synthctx_low"],
        "synthctx_high": "1.0",
        "synthctx_at_least": "0.8",
        "synthctx_confidence": "0.95",
        "synthctx_asked": "18",
        "synthctx_most": "30",
        "synthctx_saved": "12",
        "synthctx_cut_prompts": "0",
        "synthctx_failed_calls": "0",
        "synthctx_cached": "0",
    }
    assert found["test_head"]["synthctx_verdict"] == "failed"
    (failure,) = [case.find("failure") for case in cases if case.get("name") == "test_head"]
    assert failure is not None
    assert "pass rate 0.000" in str(failure.get("message"))


def test_stopping_at_the_first_failure_still_shows_the_table(inner: Inner) -> None:
    done = inner(TESTS, *WINDOW, "-x", "-q")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["failed *test_it.py::test_head"])
    assert "test_it.py::test_tail" not in done.stdout.str()


def test_a_run_that_is_stopped_leaves_the_record_alone(
    inner: Inner, pytester: pytest.Pytester
) -> None:
    record = pytester.path / "main.jsonl"
    inner(TESTS, *FULL, "--synthctx-record=main.jsonl").assert_outcomes(passed=3)
    whole = record.read_text()
    done = inner("", *WINDOW, "--synthctx-record=main.jsonl", "-x")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["no record was written to '*main.jsonl': the run was stopped"])
    assert record.read_text() == whole


AGAIN = """
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    runtestprotocol(item, nextitem=item, log=False)
    item._initrequest()
    for report in runtestprotocol(item, nextitem=nextitem, log=False):
        item.ihook.pytest_runtest_logreport(report=report)
    return True
"""


def test_a_test_that_is_run_again_has_its_properties_once(
    inner: Inner, pytester: pytest.Pytester
) -> None:
    pytester.makeconftest(AGAIN)
    inner(TESTS, *FULL, "--junitxml=out.xml").assert_outcomes(passed=3)
    for case in ElementTree.parse(pytester.path / "out.xml").iter("testcase"):
        names = [p.get("name") for p in case.iter("property")]
        assert len(set(names)) == len(names)


def test_recorded_answers_that_the_ini_file_names_are_found_from_anywhere(
    inner: Inner, pytester: pytest.Pytester
) -> None:
    pytester.makeini("[pytest]\nsynthctx_model = replay:answers.jsonl?output=said")
    rows = samples("niah/single", length="1k", n=3, seed=0)
    lines = [{"sample_id": s.row.sample_id, "said": s.task.read(s.prompt)} for s in rows]
    (pytester.path / "answers.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (pytester.path / "sub").mkdir()
    (pytester.path / "sub" / "test_it.py").write_text(
        "import pytest\n@pytest.mark.synthctx(task='niah/single', length='1k', samples=3)\n"
        "def test_it(synthctx_result): assert synthctx_result.rate == 1\n"
    )
    for folder in ("sub", ".."):
        os.chdir(folder)  # pytester goes back at the end
        inner("").assert_outcomes(passed=1)


def test_collecting_only_asks_nobody(inner: Inner) -> None:
    done = inner(TESTS, "--collect-only", "-q", "--synthctx-model", "raeder:full")
    assert done.outlines[:3] == [f"test_it.py::test_{n}" for n in ("head", "tail", "plain")]
    assert "= synthctx" not in done.stdout.str()


SHARED = """
import pytest

@pytest.mark.synthctx(task="niah/single", length="2k", depth=1, samples=6)
def test_tail(): ...

@pytest.mark.synthctx(task="niah/single", length="2k", samples=6, at_lest=0.9)
def test_nonsense(): ...
"""
FILE = """
seed: 1
tests:
  - {task: niah/single, length: [1k, 2k], samples: 6}
"""


def test_several_processes_share_a_cache_and_one_table(
    inner: Inner, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    pytester.makepyfile(test_it=SHARED)
    pytester.makefile(".ctx.yaml", a=FILE)
    with loopback(window=1500, cut="head") as server:
        run = ["-q", "--synthctx-model", "openai:tiny?backoff=0.001", "--synthctx-cache=kept"]
        run += ["--synthctx-base-url", server.url]
        written = ("--synthctx-record=main.jsonl", "--junitxml=out.xml", "-pno:hypothesispytest")
        done = pytester.runpytest_subprocess("-n2", *run, *written)
        done.assert_outcomes(passed=3, errors=1)
        calls = len(server.seen)
        again = inner("", "--deselect=test_it.py::test_nonsense", *run)
        again.assert_outcomes(passed=3)
        assert len(server.seen) == calls
    again.stdout.fnmatch_lines(["asked 18, saved 0 calls, 18 answers out of the cache"])
    # a worker that ended at once with a usage error could not say why
    assert "test_it.py::test_nonsense: @pytest.mark.synthctx: unknown argument" in done.stdout.str()
    table = [line.split() for line in done.outlines if line.startswith("measured")]
    assert sorted(cells[-1] for cells in table) == [
        "a.ctx.yaml::niah/single[en-1k-d0.5]",
        "a.ctx.yaml::niah/single[en-2k-d0.5]",
        "test_it.py::test_tail",
    ]
    assert "12 prompts were cut on the way" in done.stdout.str()
    rows = [json.loads(line) for line in (pytester.path / "main.jsonl").read_text().splitlines()]
    assert len({row["sample_id"] for row in rows}) == len(rows) == 18
    names = {p.get("name") for p in ElementTree.parse(pytester.path / "out.xml").iter("property")}
    assert {"synthctx_verdict", "synthctx_cut_prompts"} <= names
