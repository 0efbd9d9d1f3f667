"""Runs of pytest inside a test, in this process so that nothing heavy is imported again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from synthctx import pytest_plugin
from synthctx.api import samples
from synthctx.models import MODELS
from synthctx.pytest_plugin import ending, files, session
from synthctx.rules import RULES
from synthctx.tasks import TASKS
from synthctx.tokenizers import TOKENIZERS

Inner = Callable[..., pytest.RunResult]
FULL = ("--synthctx-model", "reader:full")


@pytest.fixture(scope="session")
def _warm() -> None:
    """Import what the runs need: what they import themselves is forgotten after each."""
    import httpcore
    import httpx
    import scipy.optimize
    import scipy.stats
    import tenacity

    assert all((ending, files, session, httpcore, httpx, scipy.optimize, scipy.stats, tenacity))
    for registry in (TASKS, RULES, MODELS, TOKENIZERS):
        registry.load()
    assert next(samples("niah/single", length="1k", seed=0)).shortfall == 0


@pytest.fixture
def inner(pytester: pytest.Pytester, _warm: None, monkeypatch: pytest.MonkeyPatch) -> Inner:
    """Run pytest on `source`, a test file, in a folder of its own.

    Other plugins are left out, because looking for them costs more than most of these runs;
    that this one is found where it is installed, runs in processes of their own show.
    """

    def run(source: str, *args: str) -> pytest.RunResult:
        if source:
            pytester.makepyfile(test_it=source)
        with monkeypatch.context() as here:
            here.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
            return pytester.runpytest_inprocess(
                "-pno:cacheprovider", *args, plugins=[pytest_plugin]
            )

    return run
