"""Runs of pytest inside a test, in this process so that nothing heavy is imported again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

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
def inner(pytester: pytest.Pytester, _warm: None) -> Inner:
    """Run pytest on `source`, a test file, in a folder of its own."""

    def run(source: str, *args: str) -> pytest.RunResult:
        if source:
            pytester.makepyfile(test_it=source)
        # hypothesis would be imported in each run, only to have nothing to say
        without = [f"-pno:{name}" for name in ("xdist", "cacheprovider", "hypothesispytest")]
        return pytester.runpytest_inprocess(*without, *args)

    return run
