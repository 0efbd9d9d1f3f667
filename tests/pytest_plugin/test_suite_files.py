"""Suite files as tests: one for each cell."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthctx.generation import generate
from synthctx.suite import Suite
from tests.pytest_plugin.conftest import FULL, Inner

pytest_plugins = ["pytester"]

SUITE = """
seed: 3
gate: {at_least: 0.8, confidence: 0.9}
tests:
  - task: niah/single
    length: [1k, 2k]
    depth: [0, 1]
    samples: 30
  - task: niah/single
    length: 1k
    depth: 0.5
    samples: 5
    haystack: noise
    gate: {at_least: null}
  - task: ruler/vt
    length: 2k
    samples: 30
    params: {hops: 2}
    gate: {at_least: 0.9, undecided: fail}
"""
CELLS = [
    "retrieval.ctx.yaml::niah/single[en-1k-d0]",
    "retrieval.ctx.yaml::niah/single[en-1k-d1]",
    "retrieval.ctx.yaml::niah/single[en-2k-d0]",
    "retrieval.ctx.yaml::niah/single[en-2k-d1]",
    "retrieval.ctx.yaml::niah/single[en-1k-d0.5-haystack=noise]",
    "retrieval.ctx.yaml::ruler/vt[en-2k-hops=2]",
]


@pytest.fixture
def suite(pytester: pytest.Pytester) -> Path:
    path: Path = pytester.path / "retrieval.ctx.yaml"
    path.write_text(SUITE)
    return path


def test_every_cell_is_a_test_with_a_name_that_reads(inner: Inner, suite: Path) -> None:
    done = inner("", "--collect-only", "-q")
    assert done.outlines[:6] == CELLS
    assert done.outlines[6:] == ["", *done.outlines[-1:]]
    some = inner("", "--collect-only", "-q", "-k", "niah/single and 2k")
    assert some.outlines[:2] == CELLS[2:4]
    assert "2/6 tests collected" in some.outlines[-1]
    marked = inner("", "--collect-only", "-q", "-m", "not synthctx")
    assert "no tests collected" in marked.outlines[-1]


def test_cells_have_their_own_verdicts(inner: Inner, suite: Path) -> None:
    done = inner("", "--synthctx-model", "reader:window?tokens=1k", "--junitxml=out.xml")
    done.assert_outcomes(passed=4, failed=2)
    done.stdout.fnmatch_lines(
        [
            "failed *0.000 *0.8 * 4/30 *retrieval.ctx.yaml::niah/single[[]en-2k-d0]",
            "measured *1.000 * - * 5/5 *::niah/single[[]en-1k-d0.5-haystack=noise]",
            "failed *0.9 *retrieval.ctx.yaml::ruler/vt[[]en-2k-hops=2]",
        ]
    )
    assert "files.py" not in done.stdout.str()
    from xml.etree import ElementTree

    cases = ElementTree.parse(suite.parent / "out.xml").findall(".//testcase")
    assert len(cases) == 6
    found = [{p.get("name"): p.get("value") for p in c.iter("property")} for c in cases]
    assert [one["synthctx_verdict"] for one in found].count("passed") == 3
    assert all(float(str(one["synthctx_asked"])) > 0 for one in found)


def test_one_cell_can_be_run_by_its_name(inner: Inner, suite: Path) -> None:
    inner("", CELLS[3], *FULL).assert_outcomes(passed=1)


def test_without_a_model_cells_are_skipped(inner: Inner, suite: Path) -> None:
    inner("").assert_outcomes(skipped=6)


def test_fixtures_of_a_conftest_hold_for_cells(
    inner: Inner, suite: Path, pytester: pytest.Pytester
) -> None:
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="module")
        def synthctx_model():
            return "reader:full"

        @pytest.fixture(autouse=True, scope="module")
        def announced():
            print("the server is up")
        """
    )
    done = inner("", "-s", "-k", "1k-d1")
    done.assert_outcomes(passed=1)
    assert "the server is up" in done.stdout.str()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("at_least: 0.8", "at_lest: 0.8", "gate.at_lest: unknown key. Did you mean 'at_least'?"),
        ("undecided: fail", "undecided: fial", "tests[2].gate.undecided: given 'fial'. Did you"),
        ("length: 1k", "length: 1q", "tests[1].length: length '1q' is not a positive number"),
        ("task: ruler/vt", "task: ruler/vtt", "tests[2].task: unknown task 'ruler/vtt'. Did you"),
        ("confidence: 0.9", "confidence: 90", "gate.confidence: 90 is greater than the maximum"),
        ("samples: 30", "samples: 3", "niah/single[en-1k-d0]: samples=3 cannot show a pass rate"),
        ("seed: 3", "seed: [3", "is not YAML"),
        ("seed: 3", "", "'seed' is a required property"),
    ],
)
def test_what_is_wrong_with_a_file_is_a_collection_error(
    inner: Inner, suite: Path, old: str, new: str, said: str
) -> None:
    suite.write_text(SUITE.replace(old, new, 1))
    # an interrupted run makes pytest trace itself, which is slow
    done = inner("", *FULL, "--continue-on-collection-errors")
    done.assert_outcomes(errors=1)
    out = done.stdout.str()
    assert "ERROR collecting retrieval.ctx.yaml" in out
    assert said in out
    assert "Traceback" not in out
    assert "gates.py" not in out


def test_a_gate_changes_nothing_that_is_generated(tmp_path: Path) -> None:
    gated = tmp_path / "retrieval.ctx.yaml"
    gated.write_text(SUITE)
    plain = "\n".join(line for line in SUITE.splitlines() if "gate:" not in line)
    (tmp_path / "plain.yaml").write_text(plain)
    assert Suite.from_file(gated).id == Suite.from_file(tmp_path / "plain.yaml").id
    # entries that differ in their gates alone are one once their lengths are the same
    changes = {"length": "1k", "samples": 1, "task": "niah/single", "depth": 0}
    text = SUITE.replace("    haystack: noise\n", "")
    gated.write_text(text)
    bench = generate(Suite.from_file(gated, changes), tmp_path / "bench")
    assert len(list(bench.samples())) == 1
