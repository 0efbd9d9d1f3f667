"""Answers are on disk as soon as they are there, and only what is missing is asked."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from synthctx.analytics import connect
from synthctx.journal import JOURNAL, Writer
from synthctx.scoring import score
from synthctx.store import Bench, read_rows
from synthctx.tables import slug
from tests.conftest import Cli
from tests.models.loopback import loopback
from tests.models.served import MODEL, outputs, run


def test_a_killed_run_loses_nothing_and_is_resumed(bench: Bench, tmp_path: Path) -> None:
    with loopback(delay=0.15) as server:
        words = [sys.executable, "-m", "synthctx", "answer", "bench", "--model", MODEL]
        words += ["--base-url", server.url, "--concurrency", "2"]
        process = subprocess.Popen(words, cwd=tmp_path, env={**os.environ})
        journal = bench.path / "outputs" / f"model={slug(MODEL)}" / JOURNAL
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if journal.exists() and journal.read_bytes().count(b"\n") >= 4:
                break
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        stored = journal.read_bytes().count(b"\n")
        assert 4 <= stored < 12
        time.sleep(0.4)
        before = len(server.asked)
        done = run(bench, server)
        assert (done.had, done.asked) == (stored, 12 - stored)
        assert len(server.asked) - before == 12 - stored
        # those that were under way when it was killed have been asked once more, no others
        assert before - stored <= 2
    assert not journal.exists()
    keys = [(r["sample_id"], r["attempt"]) for r in outputs(bench)]
    assert len(set(keys)) == len(keys) == 12
    score(bench)
    with connect(bench) as connection:
        assert connection.sql("select avg(score) from results").fetchall() == [(1.0,)]


def test_scoring_takes_up_what_a_killed_run_has_left(bench: Bench) -> None:
    with loopback() as server:
        run(bench, server, limit=3)
    (part,) = bench.model_parts("outputs", MODEL)
    import json

    rows = [{**r, "answered_at": r["answered_at"].isoformat()} for r in read_rows(part)]
    lines = [json.dumps(row) for row in rows]
    # a part that was written, the journal not yet emptied, and a line cut by a loss of power
    (part.parent / JOURNAL).write_text("\n".join([*lines, lines[0][:40]]))
    score(bench)
    assert len(outputs(bench)) == 3
    assert not (part.parent / JOURNAL).exists()
    part.unlink()
    (part.parent / JOURNAL).write_text("\n".join(lines))
    score(bench)
    assert len(outputs(bench)) == 3


def test_two_runs_of_one_model_do_not_mix(bench: Bench, cli: Cli) -> None:
    at_work = Writer(bench, MODEL)
    with loopback() as server:
        args = ["answer", "bench", "--model", MODEL, "--base-url", server.url]
        assert "another run is storing answers of 'openai:tiny'" in cli(*args, code=2).err
        assert not server.seen
        at_work.close()
        cli(*args)


def test_an_interruption_stops_lanes_and_keeps_answers(bench: Bench, tmp_path: Path) -> None:
    with loopback(delay=0.1) as server:
        words = [sys.executable, "-m", "synthctx", "answer", "bench", "--model", MODEL]
        process = subprocess.Popen(
            [*words, "--base-url", server.url, "--concurrency", "2"],
            cwd=tmp_path,
            stderr=subprocess.PIPE,
            text=True,
        )
        while len(server.asked) < 6:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 3
    found = re.search(r"stopped after (\d+) answers", err)
    assert found is not None, err
    assert len(outputs(bench)) == int(found[1]) >= 2
