"""The pytest plugin: a model's long-context tests with a statistical verdict (see docs/ci.md).

Loaded in every pytest run, so that nothing but options is imported here: all else is when the
first synthctx test is collected.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from synthctx.pytest_plugin.options import add_options, read_settings

if TYPE_CHECKING:
    from synthctx.pytest_plugin.results import Result

_MARKER = (
    "synthctx(task, length, samples=50, at_least=None, depth, language, params, haystack, "
    "tokenizer, seed=0, ..., confidence, batch, metric, pass_score, undecided) or "
    "synthctx(suite='file.yaml', at_least=None, ...): ask a model so many samples and judge its "
    "pass rate; asked for is the fixture synthctx_result."
)
_SUFFIXES = (".ctx.yaml", ".ctx.yml")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --synthctx-* and their ini settings."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Announce the marker, and say at once which setting is not allowed."""
    config.addinivalue_line("markers", _MARKER)
    read_settings(config)
    config.pluginmanager.register(_Ended(config), "synthctx-ended")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect suite files."""
    if not file_path.name.endswith(_SUFFIXES):
        return None
    from synthctx.pytest_plugin.files import SuiteFile

    return SuiteFile.from_parent(parent, path=file_path)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Find out what the tests that are left ask; a marker that says nonsense is a usage error."""
    marked = [item for item in items if item.get_closest_marker("synthctx") is not None]
    if marked:
        from synthctx.pytest_plugin.session import prepare

        prepare(config, marked)


@pytest.fixture(scope="session")
def synthctx_model(pytestconfig: pytest.Config) -> Any:
    """Who is asked: --synthctx-model by default.

    A conftest may give another: a model's name, a function from prompt to answer, or an object
    with answer(request). None: synthctx tests are skipped.
    """
    return read_settings(pytestconfig).model


@pytest.fixture
def synthctx_result(request: pytest.FixtureRequest, synthctx_model: Any) -> Result:
    """What came of asking the samples of the test's marker: verdict, rate, failures and more."""
    from synthctx.pytest_plugin.session import result_of

    return result_of(request.node, synthctx_model)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Judge a test by its verdict once its body is through, whatever the body looks at."""
    if item.get_closest_marker("synthctx") is None:
        return (yield)
    from synthctx.pytest_plugin.session import explain, judge

    try:
        done = yield
    except (Exception, pytest.fail.Exception):
        explain(item)
        raise
    judge(item)
    return done


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Give what came of a test along with its report, which also comes from other processes."""
    found = yield
    if item.get_closest_marker("synthctx") is not None:
        from synthctx.pytest_plugin.session import payloads

        for payload in payloads(item):
            found.synthctx = payload
    return found


class _Ended:
    """Holds what came of tests, here and in other processes, until the end of the run."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._found: dict[str, dict[str, Any]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what came of a test."""
        found = getattr(report, "synthctx", None)
        if found is not None:
            self._found[report.nodeid] = found

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the record; in a run of several processes the controller does."""
        if self._found and not hasattr(self._config, "workerinput"):
            from synthctx.pytest_plugin.ending import write

            write(session, self._found)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the table of all tests."""
        if self._found:
            from synthctx.pytest_plugin.ending import show

            show(self._config, terminalreporter, self._found)

    def pytest_unconfigure(self) -> None:
        """End what models hold open."""
        if "synthctx.pytest_plugin.session" in sys.modules:
            from synthctx.pytest_plugin.session import close

            close(self._config)
