"""The wire format of somebody else: Hugging Face's own server with a small random model.

`make test-server` installs it (PyTorch among it) into an environment of its own and runs this.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from synthctx.answering import answer
from synthctx.errors import ModelError, PartlyDone
from synthctx.generation import generate
from synthctx.scoring import score
from synthctx.store import Bench, read_rows
from synthctx.suite import Suite

ROOT = Path(__file__).parents[2]
PYTHON = Path(os.environ.get("SYNTHCTX_SERVER_PYTHON", ROOT / ".venv-server/bin/python")).absolute()
OTHER = "openai:other/model"
CLI = [sys.executable, "-m", "synthctx"]

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(
        not PYTHON.exists(),
        reason="no inference server is installed: `make test-server` does (SYNTHCTX_SERVER_PYTHON)",
    ),
]


@dataclass
class Served:
    """A running server.

    Attributes:
        model: the folder of the model, which is its name too.
        url: what calls go to.
    """

    model: Path
    url: str

    @property
    def tokenizer(self) -> str:
        return f"hf:{self.model / 'tokenizer.json'}"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    model, log = folder / "tiny", folder / "log"
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    build = [PYTHON, Path(__file__).with_name("tiny_model.py"), model, ROOT / "README.md"]
    made = subprocess.run(build, env=environment, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr[-2000:]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(PYTHON.with_name("transformers")), "serve", str(model), "--port", str(port)]
    command += ["--host", "127.0.0.1", "--device", "cpu", "--dtype", "float32"]
    with log.open("wb") as out:
        server = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
        try:
            _wait(server, port, log)
            yield Served(model, f"http://127.0.0.1:{port}/v1")
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    import httpx

    until = time.monotonic() + 120
    while time.monotonic() < until:
        assert server.poll() is None, log.read_text()[-2000:]
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise AssertionError(f"the server does not come up: {log.read_text()[-2000:]}")


@pytest.fixture
def bench(served: Served, tmp_path: Path) -> Bench:
    entry = {"task": "niah/single", "length": ["1k", "4k"], "depth": [0, 1]}
    document = {"seed": 3, "tokenizer": served.tokenizer, "tests": [entry]}
    return generate(Suite.from_document(document), tmp_path / "bench")


def _table(bench: Bench, kind: str, model: str) -> dict[tuple[str, int], dict[str, Any]]:
    rows = (row for part in bench.model_parts(kind, model) for row in read_rows(part))
    return {(row["sample_id"], row["attempt"]): row for row in rows}


@pytest.mark.parametrize("api, overhead", [("chat", 12), ("completions", 0)])
def test_every_token_that_is_sent_arrives(
    served: Served, bench: Bench, api: str, overhead: int
) -> None:
    settings = {"base_url": served.url, "api": api}
    done = answer(bench, f"openai:{served.model}", name=api, settings=settings, concurrency=3)
    assert (done.asked, done.failed) == (4, 0)
    sent = {row["sample_id"]: row for row in bench.samples()}
    for (sample_id, _), row in _table(bench, "outputs", api).items():
        assert row["prompt_tokens"] == sent[sample_id]["prompt_tokens"] + overhead
        assert 0 < row["completion_tokens"] <= sent[sample_id]["max_output_tokens"]
        assert row["finish_reason"] in ("length", "stop")
        assert isinstance(row["output"], str) and row["error"] is None
    score(bench)
    graded = _table(bench, "scores", api)
    assert {row["status"] for row in graded.values()} <= {"scored", "unreadable"}
    assert not any("truncated_prompt" in row["flags"] for row in graded.values())
    assert sum(row["score"] for row in graded.values()) == 0  # weights are random


def test_answers_repeat_and_attempts_stand_apart(served: Served, bench: Bench) -> None:
    settings = {"base_url": served.url}
    model = f"openai:{served.model}"
    answer(bench, model, name="one", settings=settings, attempts=2)
    answer(bench, model, name="two", settings=settings)
    one, two = _table(bench, "outputs", "one"), _table(bench, "outputs", "two")
    assert len(one) == 2 * len(two) == 8
    assert all(one[key]["output"] == two[key]["output"] for key in two)
    again = answer(bench, model, name="one", settings=settings, attempts=2)
    assert again.asked == 0


def test_a_window_too_small_is_seen_as_a_cut(served: Served, bench: Bench, tmp_path: Path) -> None:
    """The server itself cuts nothing: a gateway in front of it that does is found out."""
    from tests.server.gateway import Gateway

    with Gateway(served.url, keep=4000) as gateway:
        answer(bench, f"openai:{served.model}", name="cut", settings={"base_url": gateway.url})
    score(bench)
    lengths = {row["sample_id"]: row["length"] for row in bench.samples()}
    found = {
        (lengths[key[0]], "truncated_prompt" in row["flags"])
        for key, row in _table(bench, "scores", "cut").items()
    }
    assert found == {(1024, False), (4096, True)}


def test_a_model_that_is_not_there_gives_no_answers(served: Served, bench: Bench) -> None:
    with pytest.raises(PartlyDone, match=r"4 of 4 calls gave no answer .*other/model"):
        answer(bench, OTHER, settings={"base_url": served.url})
    assert all(row["output"] is None for row in _table(bench, "outputs", OTHER).values())


def test_a_wrong_path_stops_the_run(served: Served, bench: Bench) -> None:
    settings = {"base_url": served.url + "/nowhere"}
    with pytest.raises(ModelError, match="HTTP 404"):
        answer(bench, f"openai:{served.model}", settings=settings)


def test_the_window_and_the_template_are_found(served: Served) -> None:
    command = [*CLI, "probe", "--model", f"openai:{served.model}", "--base-url", served.url]
    command += ["--longest", "4k", "--json", "--tokenizer", served.tokenizer]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert found["template_overhead"] == 12
    assert found["token_ratio"] == 1
    assert found["window"] == 4096 - 12
    assert found["beyond"] == ""
    assert found["repeats"] is True


def test_a_model_in_a_file_sends_its_fields(served: Served, bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "tiny.yaml"
    file.write_text(
        f"name: filed\nmodel: {served.model}\nbase_url: {served.url}\n"
        "request: {max_tokens: 3}\nprices: {in: 0.5, out: 1.5}\n"
    )
    command = [*CLI, "answer", str(bench.path), "--model", str(file), "--max-cost", "1"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    rows = _table(bench, "outputs", "filed").values()
    assert {row["completion_tokens"] for row in rows} == {3}
