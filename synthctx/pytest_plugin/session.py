"""What a run of tests holds in one process: who is asked, the baseline, and how tests ended.

Of pytest two things are used here that its documentation does not promise: `callspec` of an item
(the marks and values of its parameters) and the place that a skip is shown at.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from synthctx.errors import SuiteError, SynthctxError
from synthctx.pytest_plugin.asking import Asker
from synthctx.pytest_plugin.baseline import Baseline, read_baseline, record_row
from synthctx.pytest_plugin.gates import CELL, Check, from_marker, out_of_reach
from synthctx.pytest_plugin.options import read_settings
from synthctx.pytest_plugin.reporting import headline, plain, properties, report, summary
from synthctx.pytest_plugin.results import Result
from synthctx.pytest_plugin.running import run

CHECK = pytest.StashKey[Check]()
PROBLEM = pytest.StashKey[str]()
RESULT = pytest.StashKey[Result]()
PAYLOAD = pytest.StashKey[dict[str, Any]]()
SESSION = pytest.StashKey["Session"]()

MARKER = "synthctx"
FIXTURE = "synthctx_result"


class Session:
    """The synthctx part of a run, made when the first test needs it."""

    def __init__(self, config: pytest.Config) -> None:
        self.settings = read_settings(config)
        # what xdist tells its workers; its variables in the environment reach every process
        self._workers = int(getattr(config, "workerinput", {}).get("workercount", 1))
        self._askers: dict[tuple[object, str], tuple[Any, Asker]] = {}
        self._baselines: dict[str, Baseline] = {}
        self._notes: list[str] = []

    @classmethod
    def of(cls, config: pytest.Config) -> Session:
        """Return the session of a run."""
        if SESSION not in config.stash:
            config.stash[SESSION] = cls(config)
        return config.stash[SESSION]

    def run(self, check: Check, model: Any) -> Result:
        """Ask a test's samples.

        Raises:
            SynthctxError: the model cannot be asked, or the baseline not be read.
        """
        asker = self._asker(model, check.fields)
        others = (other for _, other in self._askers.values() if other is not asker)
        asker.begin(sum(other.spent or 0.0 for other in others))
        baseline = None if self.settings.baseline is None else lambda: self._baseline(asker.name)
        return run(check, asker, self.settings, baseline)

    def notes(self) -> list[str]:
        """Return the warnings that were not given out yet."""
        notes = self._notes.copy()
        self._notes.clear()
        return notes

    def close(self) -> None:
        """End what models hold open."""
        for _, asker in self._askers.values():
            asker.close()
        self._askers = {}

    def _asker(self, model: Any, fields: Mapping[str, Any]) -> Asker:
        # the model itself is held, so that no other can come to have its id
        key = (
            model if isinstance(model, str) else id(model),
            json.dumps(fields, sort_keys=True, default=repr),
        )
        if key not in self._askers:
            asker = Asker(model, fields, self.settings, self._workers, self._notes.append)
            self._askers[key] = (model, asker)
        return self._askers[key][1]

    def _baseline(self, current: str) -> Baseline:
        if current not in self._baselines and self.settings.baseline is not None:
            self._baselines[current] = read_baseline(
                self.settings.baseline, self.settings.baseline_model, current
            )
        return self._baselines[current]


def close(config: pytest.Config) -> None:
    """End what the models of a run hold open, if it has asked any."""
    if SESSION in config.stash:
        config.stash[SESSION].close()


# ---------------------------------------------------------------- collection


def prepare(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Find out what the collected tests ask.

    Raises:
        pytest.UsageError: a marker says what is not allowed; all problems in one message.
    """
    problems: list[str] = []
    for item in items:
        # the examples of a docstring are no tests of a model, though its module is marked
        if isinstance(item, pytest.DoctestItem):
            continue
        if isinstance(item, pytest.Function) and FIXTURE not in item.fixturenames:
            # a marked test has its verdict, whether it looks at it or not; the list that is
            # there belongs to all parameters of the test, and not all need be marked
            item.fixturenames = [*item.fixturenames, FIXTURE]
        problem = _problem(config, item)
        if problem:
            item.stash[PROBLEM] = problem
            problems.append(f"{item.nodeid}: {problem}")
    # a worker must not end before it has begun: there each of these tests says it
    if problems and not hasattr(config, "workerinput"):
        raise pytest.UsageError("\n".join(problems))


def _problem(config: pytest.Config, item: pytest.Item) -> str:
    if not isinstance(item, pytest.Function):
        return _said_of_marker(f"{type(item).__name__} is no test function: nothing would be asked")
    try:
        if CHECK not in item.stash:
            item.stash[CHECK] = from_marker(_arguments(item), Path(item.path).parent)
    except SynthctxError as error:
        return _said_of_marker(str(error))
    return of_too_few(config, item.stash[CHECK])


def of_too_few(config: pytest.Config, check: Check) -> str:
    """Return why a test could never pass, "" when it can."""
    confidence = check.gate.confidence or Session.of(config).settings.confidence
    return out_of_reach(check.gate, check.samples, confidence)


def _said_of_marker(text: str) -> str:
    lines = text.splitlines()
    said = f" {text}" if len(lines) == 1 else "".join(f"\n  {line}" for line in lines)
    return f"@pytest.mark.synthctx:{said}"


def _arguments(item: pytest.Item) -> dict[str, Any]:
    """Return the arguments of all markers of a test; the nearest goes before the others.

    What none of them says of the cell, a parameter of that name does.
    """
    callspec = getattr(item, "callspec", None)
    # those of a parameter are the nearest, though pytest lists them behind the function's
    own = [m for m in getattr(callspec, "marks", ()) if m.name == MARKER]
    others = [m for m in item.iter_markers(MARKER) if not any(m is one for one in own)]
    out: dict[str, Any] = {}
    for mark in reversed([*own, *others]):
        if mark.args:
            raise SuiteError(f"takes names only, such as task=..., given {mark.args[0]!r:.80}")
        out |= mark.kwargs
    said = {name: v for name, v in getattr(callspec, "params", {}).items() if name in CELL}
    return said | out


# ---------------------------------------------------------------- one test


def result_of(item: pytest.Item, model: Any) -> Result:
    """Ask what a test asks, and keep what came of it; what is no verdict ends the test here."""
    if PROBLEM in item.stash:
        pytest.fail(f"{item.nodeid}: {item.stash[PROBLEM]}", pytrace=False)
    if CHECK not in item.stash:
        pytest.fail(
            f"{FIXTURE} needs a marker that says what is asked: "
            '@pytest.mark.synthctx(task="niah/single", length="4k", samples=50, at_least=0.9)',
            pytrace=False,
        )
    if model is None:
        reason = "no model: give --synthctx-model NAME, or a fixture synthctx_model"
        raise pytest.skip.Exception(reason, _use_item_location=True)
    session = Session.of(item.config)
    result, problem = _run(session, item.stash[CHECK], model)
    if result is None:
        pytest.fail(f"no verdict: {problem}", pytrace=False)
    item.stash[RESULT] = result
    found = summary(result)
    # a test that is run again has its properties once
    others = [one for one in item.user_properties if not one[0].startswith(f"{MARKER}_")]
    item.user_properties[:] = [*others, *properties(found)]
    found["notes"] = [plain(note.removeprefix("warning: "), 500) for note in session.notes()]
    if session.settings.record is not None:
        found["record"] = [record_row(o, result.model, item.nodeid) for o in result.samples]
    item.stash[PAYLOAD] = found
    if result.missing:
        pytest.fail(report(result), pytrace=False)
    return result


def _run(session: Session, check: Check, model: Any) -> tuple[Result | None, str]:
    """Return the result, or why there is none: a test must not fail while an error is handled."""
    try:
        return session.run(check, model), ""
    except SynthctxError as error:
        return None, str(error)


def judge(item: pytest.Item) -> None:
    """End a test whose body is through by its verdict."""
    result = item.stash.get(RESULT, None)
    if result is None:
        _unasked(item)
        return
    if result.verdict == "failed" or result.regressed:
        pytest.fail(report(result), pytrace=False)
    if result.verdict == "undecided":
        gate = item.stash[CHECK].gate
        undecided = gate.undecided or Session.of(item.config).settings.undecided
        if undecided == "fail" or item.config.getoption("runxfail", False):
            pytest.fail(report(result), pytrace=False)
        pytest.xfail(headline(result))


def _unasked(item: pytest.Item) -> None:
    """Fail a test that has a marker and was not asked anything: it would pass unseen."""
    if isinstance(item, pytest.DoctestItem):
        return
    late = "nothing was asked: the marker must be there when the tests are collected"
    pytest.fail(f"{item.nodeid}: {item.stash.get(PROBLEM, late)}", pytrace=False)


def explain(item: pytest.Item) -> None:
    """Show what came of a test whose body has failed by itself."""
    result = item.stash.get(RESULT, None)
    if result is not None:
        item.add_report_section("call", "synthctx", report(result))


def payloads(item: pytest.Item) -> Iterator[dict[str, Any]]:
    """Yield what the controller is to know of a test, once."""
    found = item.stash.get(PAYLOAD, None)
    if found is not None:
        del item.stash[PAYLOAD]
        yield found
