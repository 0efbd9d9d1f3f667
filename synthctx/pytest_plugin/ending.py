"""The end of a run: the record and the table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from synthctx.errors import SynthctxError
from synthctx.pytest_plugin.baseline import write_record
from synthctx.pytest_plugin.options import read_settings
from synthctx.pytest_plugin.reporting import aligned, colour, table, totals

Found = Mapping[str, Mapping[str, Any]]
_RECORDED = pytest.StashKey[str]()


def write(session: pytest.Session, found: Found) -> None:
    """Write the record of all tests, if one is wanted and all tests have run."""
    config = session.config
    path = read_settings(config).record
    if path is None:
        return
    broken_off = (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR)
    if session.exitstatus in broken_off or session.shouldstop or session.shouldfail:
        # half a record in the place of a whole one would compare with half of the samples
        config.stash[_RECORDED] = f"no record was written to '{path}': the run was stopped"
        return
    # tests may share samples: a record has each model's score of a sample once
    rows = {
        (row["model"], row["sample_id"]): row
        for one in found.values()
        for row in one.get("record", ())
    }
    try:
        write_record(path, rows.values())
    except SynthctxError as error:
        config.stash[_RECORDED] = f"no record was written: {error}"
    else:
        config.stash[_RECORDED] = f"record of {len(rows)} samples: {path}"


def show(config: pytest.Config, reporter: pytest.TerminalReporter, found: Found) -> None:
    """Show the table of all tests, and what there is to be said of the run."""
    models = list(dict.fromkeys(one["model"] for one in found.values()))
    reporter.section(f"synthctx: {', '.join(models)}")
    head, *lines = aligned(table(list(found.items())))
    reporter.write_line(head)
    for line, one in zip(lines, found.values(), strict=True):
        reporter.write_line(line, **{colour(one["verdict"]): True})
    notes = dict.fromkeys(note for one in found.values() for note in one["notes"])
    settings = read_settings(config)
    if settings.baseline is not None:
        reporter.write_line(f"baseline: {settings.baseline}")
    for line in [*totals(found.values()), *notes]:
        reporter.write_line(line)
    if _RECORDED in config.stash:
        reporter.write_line(config.stash[_RECORDED])
