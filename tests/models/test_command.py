"""A program as a model: well behaved, slow, mad, and gone."""

from __future__ import annotations

import os
import sys
import textwrap
import time
from pathlib import Path

import pytest

from synthctx.answering import answer
from synthctx.errors import ModelError, PartlyDone
from synthctx.generation import generate
from synthctx.models import get_model
from synthctx.store import Bench, read_rows
from synthctx.suite import Suite

READ = """
import json, sys
for line in sys.stdin:
    row = json.loads(line)
"""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    entry = {"task": "niah/single", "length": "1k", "samples": 4}
    return generate(Suite.from_document({"seed": 3, "tests": [entry]}), tmp_path / "bench")


def program(tmp_path: Path, body: str, query: str = "?timeout=20") -> str:
    script = tmp_path / "program.py"
    script.write_text(READ + textwrap.indent(textwrap.dedent(body), "    "))
    return f"command:{sys.executable} -u {script}{query}"


def outputs(bench: Bench) -> list[dict[str, object]]:
    return [r for p in bench.model_parts("outputs", "it") for r in read_rows(p)]


def test_a_program_is_started_once_and_answers(bench: Bench, tmp_path: Path) -> None:
    body = """
        import os
        out = {"id": row["id"], "output": f"{os.getpid()}", "prompt_tokens": len(row["prompt"]),
               "completion_tokens": 1, "finish_reason": "length", "reasoning": "hm"}
        print(json.dumps(out))
    """
    answer(bench, program(tmp_path, body), name="it", attempts=2)
    rows = outputs(bench)
    assert len(rows) == 8
    assert len({row["output"] for row in rows}) == 1
    assert {row["finish_reason"] for row in rows} == {"length"}
    assert {row["reasoning"] for row in rows} == {"hm"}
    with pytest.raises(ProcessLookupError):
        os.kill(int(str(rows[0]["output"])), 0)


def test_answers_in_any_order_and_garbage_between(bench: Bench, tmp_path: Path) -> None:
    body = """
        print("loading model ...")
        print('{"id": "someone else", "output": "no"}')
        print("[1, 2")
        print("[" * 100000)
        held = globals().setdefault("held", [])
        held.append(row["id"])
        if len(held) == 4:
            for number in reversed(held):
                print(json.dumps({"id": number, "output": number}))
    """
    answer(bench, program(tmp_path, body), name="it", concurrency=4)
    assert all(row["output"] == f"{row['sample_id']}-0" for row in outputs(bench))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('print("no answer at all")', "no answer within 0.5 s; 1 lines were no answers"),
        ('print(json.dumps({"id": row["id"]}))', "no text under 'output'"),
        ('print(json.dumps({"id": row["id"], "output": 5}))', "no text under 'output'"),
        ('print(json.dumps({"id": row["id"], "error": "no memory"}))', "no memory"),
        (
            'print(json.dumps({"id": row["id"], "output": "", "prompt_tokens": -1}))',
            "a count of tokens in the line is none",
        ),
    ],
)
def test_what_is_no_answer_is_a_failed_call(
    bench: Bench, tmp_path: Path, body: str, said: str
) -> None:
    with pytest.raises(PartlyDone, match="1 of 1 calls gave no answer") as caught:
        answer(bench, program(tmp_path, body, "?timeout=0.5"), name="it", limit=1)
    assert said in str(caught.value)


def test_a_program_that_ends_stops_the_run(bench: Bench, tmp_path: Path) -> None:
    body = """
        count = globals().get("count", 0) + 1
        if count == 3:
            sys.stderr.write("out of memory\\n")
            sys.exit(7)
        print(json.dumps({"id": row["id"], "output": "x"}))
    """
    with pytest.raises(PartlyDone, match="has ended with exit code 7: out of memory"):
        answer(bench, program(tmp_path, body), name="it")
    assert len(outputs(bench)) == 2
    assert answer(bench, program(tmp_path, body), name="it").asked == 2


def test_a_program_that_reads_nothing_and_does_not_end(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synthctx.models.command._END_SECONDS", 1.0)
    script = tmp_path / "deaf.py"
    script.write_text("import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n")
    script.write_text(script.read_text() + "time.sleep(600)\n")
    start = time.monotonic()
    with pytest.raises(PartlyDone, match="no answer within"):
        answer(bench, f"command:{sys.executable} {script}?timeout=0.2", name="it", limit=2)
    assert time.monotonic() - start < 30


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("command:", "needs a program"),
        ("command:'x", "No closing quotation"),
        ("command:x?timeout=soon", "could not convert"),
        ("command:x?timeout=0", "timeout must be above 0"),
        ("command:x?time=1", "no setting 'time'. Allowed: timeout. Did you mean 'timeout'?"),
    ],
)
def test_bad_commands(model: str, said: str) -> None:
    with pytest.raises(ModelError) as caught:
        get_model(model)
    assert said in str(caught.value)


def test_a_program_that_is_not_there(bench: Bench) -> None:
    with pytest.raises(ModelError, match="'/no/such/program' cannot be started"):
        answer(bench, "command:/no/such/program", name="it")
