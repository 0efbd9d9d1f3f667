"""Looking at a bench while it is answered: all is seen, nothing is touched."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from synthctx import watched
from synthctx.analytics.connect import connect
from synthctx.answering import answer
from synthctx.cli.watch import _Screen, clean, duration, short
from synthctx.errors import StoreError, SynthctxError
from synthctx.generation import generate
from synthctx.journal import JOURNAL
from synthctx.scoring import score
from synthctx.store import Bench, read_batches, read_rows, write_rows
from synthctx.suite import Suite
from synthctx.tables import slug
from synthctx.watching import Seen, Watch
from tests.conftest import Cli
from tests.models.loopback import Loopback, Reply, loopback
from tests.models.loopback import Seen as Request

MODEL = "openai:tiny"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    entry = {"task": "niah/single", "length": ["1k", "2k", "4k"], "depth": [0, 1], "samples": 2}
    folder = tmp_path_factory.mktemp("made") / "bench"
    generate(Suite.from_document({"seed": 3, "tests": [entry]}), folder)
    return folder


@pytest.fixture
def bench(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-loopback")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return Bench(shutil.copytree(made, tmp_path / "bench"))


def row(bench: Bench, number: int, output: str | None = "x", **more: Any) -> dict[str, Any]:
    ids = [r["sample_id"] for r in bench.samples(["sample_id"])]
    return {
        "sample_id": ids[number],
        "model": "m",
        "attempt": 0,
        "output": output,
        "reasoning": None,
        "finish_reason": "stop",
        "prompt_tokens": 100,
        "completion_tokens": 5,
        "latency_s": 0.1,
        "error": None if output is not None else "no reply",
        "answered_at": datetime.now(UTC),
        **more,
    }


def store(bench: Bench, *rows: dict[str, Any], model: str = "m") -> Path:
    part = bench.next_model_part("outputs", model)
    write_rows(part, "outputs", rows)
    return part


def journal(bench: Bench, *rows: dict[str, Any], rest: bytes = b"", model: str = "m") -> Path:
    path = bench.path / "outputs" / f"model={slug(model)}" / JOURNAL
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({**r, "answered_at": r["answered_at"].isoformat()}) for r in rows]
    path.write_bytes("".join(f"{line}\n" for line in lines).encode() + rest)
    return path


def state(folder: Path) -> dict[str, tuple[int, int]]:
    """Return size and time of every file of a bench."""
    return {
        str(p): (p.stat().st_size, p.stat().st_mtime_ns) for p in folder.rglob("*") if p.is_file()
    }


# ---------------------------------------------------------------- beside a run


@contextmanager
def held_after(number: int) -> Iterator[tuple[Loopback, threading.Event]]:
    """Run a server that gives so many answers and holds the next until it is told."""
    go = threading.Event()

    def behave(server: Loopback, seen: Request) -> Reply | None:
        if len(server.asked) > number:
            go.wait(60)
        return None

    with loopback(behave=behave) as server:
        try:
            yield server, go
        finally:
            go.set()


def test_a_run_is_watched_in_its_middle_and_at_its_end(bench: Bench, cli: Cli) -> None:
    with held_after(5) as (server, go):
        words = [sys.executable, "-m", "synthctx", "answer", "bench", "--model", MODEL]
        words += ["--base-url", server.url, "--concurrency", "1"]
        process = subprocess.Popen(words, cwd=bench.path.parent, stdout=subprocess.DEVNULL)
        eyes = Watch(bench)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            seen = eyes.look()
            if seen.models and seen.models[0].all.answered == 5:
                break
            time.sleep(0.02)
        before = state(bench.path)
        table = cli("watch", "bench", "--once").out
        document = json.loads(cli("watch", "bench", "--json").out)
        assert state(bench.path) == before
        go.set()
        assert process.wait(60) == 0
    assert re.search(r"^openai:tiny +niah/single +en +1k +4/4 +4/4 +100\.0 %", table, re.M)
    assert re.search(r"^openai:tiny +niah/single +en +2k +1/4 +1/1", table, re.M)
    assert re.search(r"^openai:tiny +all +5/12 +5/5", table, re.M)
    assert "openai:tiny: 5 of 12 answered, 100.0 % pass" in table
    assert "nobody is at work" not in table
    (model,) = document["models"]
    assert (model["answered"], model["of"], model["at_work"]) == (5, 12, True)
    assert model["per_second"] > 0
    assert model["seconds_left"] == pytest.approx(7 / model["per_second"])
    assert not document["complete"]
    seen = eyes.look()
    assert seen.complete
    assert seen.models[0].all.answered == 12
    assert seen.models[0].per_second is None
    last = cli("watch", "bench").out.splitlines()[-1]
    assert last == "bench: all 12 answers are there; passed: openai:tiny 100.0 %"


def test_the_figures_are_those_of_scoring(bench: Bench) -> None:
    for reader in ("reader:window?tokens=2k", "reader:window?tokens=1k"):
        answer(bench, reader)
    watched_first = Watch(bench).look().as_dict()
    score(bench)
    seen = Watch(bench).look(grading=0)  # out of stored scores
    assert seen.as_dict() == watched_first
    assert seen.complete
    sql = "select model, length, sum(scored)::int, sum(passed)::int from cells group by all"
    with connect(bench) as connection:
        told = set(connection.sql(sql).fetchall())
    found = {
        (model.model, cell.length, counts.scored, counts.passed)
        for model in seen.models
        for cell, counts in model.cells.items()
    }
    assert found == told
    assert len({passed for *_, passed in found}) > 1


def test_cut_prompts_and_calls_without_an_answer_are_counted(bench: Bench, cli: Cli) -> None:
    def behave(server: Loopback, seen: Request) -> Reply | None:
        if len(server.asked) == 2 and not seen.calibrates:
            return Reply(400, {"error": {"message": "bad \x1b[31mluck\x1b[0m\nand more"}})
        return None

    with loopback(behave=behave, window=3000, cut="head") as server:
        settings = {"base_url": server.url, "backoff": "0.01"}
        with pytest.raises(SynthctxError):
            answer(bench, MODEL, settings=settings, concurrency=1)
        (model,) = Watch(bench).look().models
        assert (model.all.errors, model.all.truncated_prompts, model.all.answered) == (1, 4, 11)
        assert "bad" in model.last_error
        said = cli("watch", "bench").out
        assert "4 prompts cut on the way" in said
        assert re.search(r"1 calls without an answer: .*bad \[31mluck", said)
        assert "\x1b" not in said
        assert "nobody is at work" in said
        answer(bench, MODEL, settings=settings)
    (model,) = Watch(bench).look().models
    assert (model.all.errors, model.all.answered, model.last_error) == (0, 12, "")


# ---------------------------------------------------------------- what may be found


def test_a_bench_without_outputs_waits(bench: Bench, cli: Cli) -> None:
    seen = Watch(bench).look()
    assert (seen.samples, seen.models, seen.complete) == (12, (), False)
    assert cli("watch", "bench").out.startswith("no outputs yet: synthctx answer bench")
    assert json.loads(cli("watch", "bench", "--once", "--json").out)["models"] == []
    assert not (bench.path / "outputs").exists()


def test_half_written_lines_and_lines_that_are_in_a_part_do_no_harm(bench: Bench) -> None:
    rows = [row(bench, n) for n in range(4)]
    strange = journal(bench, row(bench, 3, attempt="x"), row(bench, 3, error=[])).read_bytes()
    journal(bench, *rows[:3], rest=strange + b'{"sample_id": "\xff\n[]\n{}\n{"sample_id": "00')
    eyes = Watch(bench)
    assert eyes.look().models[0].all.answered == 3
    store(bench, *rows[:3])  # written, the journal not yet emptied
    assert eyes.look().models[0].all.answered == 3
    journal(bench, rows[3])
    model = eyes.look().models[0]
    assert (model.all.answered, model.all.scored, model.all.passed) == (4, 4, 0)
    assert (model.all.tokens_in, model.all.tokens_out) == (400, 20)


def test_an_answer_takes_the_place_of_a_failure_never_the_other_way(bench: Bench) -> None:
    store(bench, row(bench, 0, None), row(bench, 1))
    eyes = Watch(bench)
    counts = eyes.look().models[0].all
    assert (counts.answered, counts.errors) == (1, 1)
    store(bench, row(bench, 0), row(bench, 1, None))
    counts = eyes.look().models[0].all
    assert (counts.answered, counts.errors) == (2, 0)


def test_parts_may_vanish_and_be_damaged(bench: Bench) -> None:
    first, second = store(bench, row(bench, 0)), store(bench, row(bench, 1))
    eyes = Watch(bench)
    assert eyes.look().models[0].all.answered == 2
    second.unlink()
    assert eyes.look().models[0].all.answered == 1
    first.write_bytes(b"PAR1 and nothing more")
    seen = eyes.look()
    assert seen.models[0].all.answered == 0
    assert "is not a readable Parquet file" in seen.notes[0]
    shutil.copy(bench.parts("samples")[0], first)
    seen = eyes.look()
    assert seen.notes == (f"'{first}' has not the columns of the table outputs",)
    assert drawn(seen, 80).count("has not the columns") == 1
    shutil.rmtree(first.parent)
    assert eyes.look().models == ()
    shutil.rmtree(bench.path / "samples")
    with pytest.raises(StoreError, match="has no samples to answer"):
        eyes.look()


def test_a_place_that_does_not_answer_for_a_while_is_said(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(bench, row(bench, 0))
    eyes = Watch(bench)
    before = eyes.look()

    def fails(self: Path, pattern: str) -> Any:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "glob", fails)
        seen = eyes.look()
    assert seen.models == before.models
    assert seen.notes == (f"cannot read '{bench.path / 'samples'}': Permission denied",)
    assert eyes.look() == before


def test_each_part_is_read_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    batches = read_batches

    def counted(paths: Any, *args: Any) -> Any:
        paths = list(paths)
        read.extend(path.name for path in paths)
        return batches(paths, *args)

    monkeypatch.setattr(watched, "read_batches", counted)
    store(bench, row(bench, 0))
    eyes = Watch(bench)
    eyes.look()
    store(bench, row(bench, 1))
    for _ in range(3):
        eyes.look()
    assert read == ["part-00000.parquet", "part-00001.parquet"]


def test_what_there_is_no_time_for_waits_for_the_next_look(bench: Bench, cli: Cli) -> None:
    answer(bench, "reader:window?tokens=8k", name="m")
    eyes = Watch(bench)
    seen = eyes.look(reading=-1)
    assert (seen.unread, seen.complete) == (1, False)
    seen = eyes.look(grading=-1)
    assert (seen.unread, seen.unscored, seen.complete) == (0, 11, False)
    assert drawn(seen, 80).endswith("pass rates are of the answers scored so far; 11 are not\n")
    seen = eyes.look()
    assert (seen.unscored, seen.models[0].all.passed, seen.complete) == (0, 12, True)


def test_answers_to_nothing_and_references_that_are_none_are_said(bench: Bench) -> None:
    (part,) = bench.parts("samples")
    samples = [{**r, "scorer": "no/such"} for r in read_rows(part)]
    write_rows(part, "samples", samples)
    store(bench, row(bench, 0), row(bench, 1, sample_id="feed"), row(bench, 2, attempt=10**9))
    seen = Watch(bench).look()
    assert seen.models[0].all.answered == 1
    assert any(note.startswith("2 answers of m are not counted") for note in seen.notes)
    assert any("cannot be scored" in note and "no/such" in note for note in seen.notes)
    assert (seen.unscored, seen.models[0].all.scored) == (0, 0)


# ---------------------------------------------------------------- what is asked for


def test_depths_attempts_models_and_limits(bench: Bench, cli: Cli) -> None:
    answer(bench, "reader:window?tokens=8k", name="whole", attempts=2)
    answer(bench, "reader:window?tokens=2k", name="part", limit=3)
    part, whole = Watch(bench, by_depth=True).look().models
    assert {(c.length, c.depth) for c in whole.cells} == {
        (length, depth) for length in (1024, 2048, 4096) for depth in (0.0, 1.0)
    }
    assert {counts.of for counts in whole.cells.values()} == {4}
    assert (whole.all.answered, whole.all.of, part.all.of) == (24, 24, 12)
    assert Watch(bench, limit=3, models=["part"]).look().complete
    assert not Watch(bench, limit=3, attempts=2, models=["part"]).look().complete
    seen = Watch(bench, models=["hole"]).look()
    assert not seen.complete
    assert seen.notes == ("there are no outputs of model 'hole' yet. Did you mean 'whole'?",)
    table = cli("watch", "bench", "--by", "depth", "--model", "part", "--limit", "3").out
    assert "depth" in table.splitlines()[0]
    assert table.splitlines()[-1] == "bench: all 3 answers are there; passed: part 100.0 %"
    assert "--interval" in cli("watch", "bench", "--interval", "0", code=2).err
    assert "there is no folder 'nothing'" in cli("watch", "nothing", code=2).err


# ---------------------------------------------------------------- on a terminal


def drawn(seen: Seen, width: int, lines: int | None = None) -> str:
    out = io.StringIO()
    Console(file=out, width=width).print(_Screen(seen, lines))
    return out.getvalue()


def test_the_table_fits_a_terminal(bench: Bench) -> None:
    answer(bench, "reader:window?tokens=2k", name="a model of \x1b[31m[bold]a long name " * 3)
    seen = Watch(bench, by_depth=True).look()
    for width in (80, 120):
        text = drawn(seen, width)
        assert max(len(line) for line in text.splitlines()) <= width
        assert text.count("niah/single") == 6
        assert "\x1b" not in text
        assert ("out" in text.split("task")[1].splitlines()[0]) is (width == 120)
    short_one = drawn(seen, 80, 10)
    assert len(short_one.splitlines()) <= 10
    assert "more cells" in short_one
    assert "all answered" in short_one


def terminal(*words: str, cwd: Path, press: bytes = b"") -> tuple[str, int]:
    """Run synthctx in a terminal of 80 columns; press keys once there is a table."""
    pid, number = pty.fork()
    if pid == 0:
        os.chdir(cwd)
        os.environ.update(COLUMNS="80", LINES="24", TERM="xterm")
        os.execv(sys.executable, [sys.executable, "-m", "synthctx", *words])
    out, until = b"", time.monotonic() + 60
    try:
        while time.monotonic() < until:
            if select.select([number], [], [], 0.1)[0]:
                try:
                    got = os.read(number, 65536)
                except OSError:
                    break
                if not got:
                    break
                out += got
                if press and b"niah/single" in out:
                    os.write(number, press)
                    press = b""
        else:
            os.kill(pid, signal.SIGKILL)
    finally:
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.close(number)
    return out.decode(), status


def test_it_ends_by_itself_or_when_it_is_told_to(bench: Bench) -> None:
    answer(bench, "reader:window?tokens=8k", name="m", limit=4)
    words = ("watch", "bench", "--interval", "0.1")
    text, code = terminal(*words, cwd=bench.path.parent, press=b"\x03")
    assert "4/4" in text
    assert text.rstrip().endswith("stopped watching")
    assert code == 0
    answer(bench, "reader:window?tokens=8k", name="m")
    text, code = terminal(*words, cwd=bench.path.parent)
    assert "bench: all 12 answers are there; passed: m 100.0 %" in text
    assert code == 0


@pytest.mark.parametrize(
    ("shown", "wanted"),
    [
        (short(999), "999"),
        (short(1000), "1.0k"),
        (short(999_960), "1.0M"),
        (short(123_456), "123k"),
        (short(4_100_000), "4.1M"),
        (duration(40.4), "40 s"),
        (duration(180), "3 min"),
        (duration(7800), "2 h 10 min"),
        (duration(3599), "1 h"),
        (duration(100 * 3600), "4 d 4 h"),
        (clean("a\x1b[2J\r\n\tb\u202e"), "a [2J b"),
        (clean("x" * 500, 10), "x" * 9 + "…"),
    ],
)
def test_what_is_shown_is_short_and_harmless(shown: str, wanted: str) -> None:
    assert shown == wanted
