"""Benches in an object store, and what happens when writing fails."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from synthctx.analytics.connect import connect
from synthctx.answering import answer
from synthctx.errors import PartlyDone, StoreError
from synthctx.generation import generate
from synthctx.journal import JOURNAL
from synthctx.places import RemotePath, place_of
from synthctx.scoring import score
from synthctx.store import Bench, read_rows
from synthctx.suite import Suite
from synthctx.verification import verify
from synthctx.watching import Watch

DOCUMENT = {
    "name": "far",
    "seed": 5,
    "tests": [{"task": "niah/single", "length": ["2k", "4k"], "depth": [0, 1], "samples": 3}],
}


class Store:
    """An S3 server on loopback."""

    def __init__(self) -> None:
        from moto.server import ThreadedMotoServer

        self.server = ThreadedMotoServer(port=0, verbose=False)
        self.server.start()
        self.port = self.server.get_host_and_port()[1]

    def stop(self) -> None:
        self.server.stop()

    def restart(self) -> None:
        from moto.server import ThreadedMotoServer

        self.server = ThreadedMotoServer(port=self.port, verbose=False)
        self.server.start()

    def uri(self, folder: str) -> str:
        return (
            f"s3://benches/{folder}?scheme=http&region=eu-west-1"
            f"&endpoint_override=127.0.0.1:{self.port}"
        )


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    pytest.importorskip("moto", reason="needs moto[server] (extra test)")
    os.environ |= {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
    made = Store()
    where = place_of(made.uri(""))
    assert isinstance(where, RemotePath)
    import boto3

    boto3.client(
        "s3", endpoint_url=f"http://127.0.0.1:{made.port}", region_name="eu-west-1"
    ).create_bucket(Bucket="benches", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    yield made
    made.stop()


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synthctx.generation.PART_BYTES", 40_000)


def test_the_whole_path_over_s3(store: Store, tmp_path: Path) -> None:
    suite = Suite.from_document(DOCUMENT)
    here = generate(suite, tmp_path / "here")
    far = generate(suite, store.uri("path/bench"), workers=2)
    assert str(far.path) == "s3://benches/path/bench"
    assert far.manifest()["fingerprint"] == here.manifest()["fingerprint"]
    assert verify(store.uri("path/bench")).failures == []
    answer(store.uri("path/bench"), "reader:full")
    score(store.uri("path/bench"))
    score(far)
    sql = "select count(*), avg(score), count(distinct sample_id) from results"
    assert connect(far).execute(sql).fetchone() == (12, 1.0, 12)
    answer(here, "reader:none")
    score(here)
    both = connect(here, far).execute("select model, count(*) from results group by 1 order by 1")
    assert both.fetchall() == [("reader:full", 12), ("reader:none", 12)]


PROGRAM = """
import json, sys, time
for line in sys.stdin:
    time.sleep(0.1)
    print(json.dumps({"id": json.loads(line)["id"], "output": "none"}), flush=True)
"""


def test_a_killed_run_loses_no_answer(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    bench = generate(Suite.from_document(DOCUMENT), store.uri("killed"))
    (tmp_path / "slow.py").write_text(PROGRAM)
    model = f"command:{sys.executable} slow.py"
    words = [
        sys.executable,
        "-m",
        "synthctx",
        "answer",
        store.uri("killed"),
        "--model",
        model,
        "--name",
        "slow",
    ]
    process = subprocess.Popen(words, cwd=tmp_path)
    until, kept = time.monotonic() + 60, 0
    while kept < 3 and time.monotonic() < until:
        time.sleep(0.02)
        kept = sum(p.read_bytes().count(b"\n") for p in tmp_path.rglob(JOURNAL))
    process.kill()
    process.wait()
    (seen,) = Watch(store.uri("killed")).look(grading=0).models
    assert (seen.model, seen.at_work) == ("slow", True)
    assert 3 <= seen.all.answered < 12, "watch reads the journal, wherever it lies"
    assert bench.model_parts("outputs", "slow") == []
    score(bench)
    rows = [row for part in bench.model_parts("outputs", "slow") for row in read_rows(part)]
    assert 3 <= len(rows) < 12
    assert list((tmp_path / "cache").rglob(JOURNAL)) == []


def test_without_a_home_answers_are_stored_all_the_same(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    bench = generate(Suite.from_document(DOCUMENT), store.uri("homeless"))
    assert answer(bench, "reader:none").asked == 12


def test_a_lost_connection_leaves_what_is_done(store: Store, small_parts: None) -> None:
    suite = Suite.from_document(DOCUMENT)
    with pytest.raises(PartlyDone, match=r"cannot write 's3://benches/lost/.* goes on from what"):
        generate(suite, store.uri("lost"), progress=lambda *_: store.stop())
    with pytest.raises(PartlyDone, match="cannot look into 's3://benches/lost'"):
        generate(suite, store.uri("lost"))
    store.restart()
    bench = Bench(store.uri("lost"))
    assert bench.manifest()["status"] == "partial"
    done = len(bench.parts("samples"))
    assert done == 1
    assert generate(suite, store.uri("lost")).manifest()["status"] == "complete"
    assert verify(bench).failures == []


def test_the_command_line_writes_to_s3_and_says_when_it_cannot(store: Store) -> None:
    command = [sys.executable, "-m", "synthctx", "generate", "--task", "niah/single"]
    command += ["--length", "2k", "--seed", "1", "-o"]

    def run(uri: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*command, uri], capture_output=True, text=True, check=False)

    made = run(store.uri("cli"))
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("s3://benches/cli")
    refused = run("s3://benches/x?endpoint=127.0.0.1")
    assert refused.returncode == 2
    assert "s3:// takes scheme, endpoint_override, region, not endpoint" in refused.stderr
    nobody = run("s3://benches/x?scheme=http&region=eu-west-1&endpoint_override=127.0.0.1:9")
    assert nobody.returncode == 3, nobody.stderr
    assert "cannot look into 's3://benches/x'" in nobody.stderr
    assert "Traceback" not in nobody.stderr


@pytest.mark.parametrize("uri", ["s3://", "s3:///folder"])
def test_a_uri_names_a_bucket(uri: str) -> None:
    with pytest.raises(StoreError, match="names no bucket"):
        place_of(uri)


def test_no_other_store() -> None:
    with pytest.raises(StoreError, match="'ftp://' is no place"):
        generate(Suite.from_document(DOCUMENT), "ftp://host/bench")


def _no_room(megabytes: float) -> Any:
    def limit() -> None:
        size = int(megabytes * 1e6)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


def test_a_file_that_cannot_grow_is_partly_done(tmp_path: Path) -> None:
    out = tmp_path / "bench"
    command = [sys.executable, "-m", "synthctx", "generate", "--task", "niah/single"]
    command += ["--length", "2k,256k", "--samples", "40", "--seed", "1", "-o", str(out)]
    full = subprocess.run(
        command, preexec_fn=_no_room(1), capture_output=True, text=True, check=False
    )
    assert full.returncode == 3, full.stderr
    assert "cannot write" in full.stderr
    assert "File too large" in full.stderr
    assert "the same command goes on" in full.stderr
    assert "Traceback" not in full.stderr
    assert Bench(out).manifest()["status"] == "partial"
    assert not [p for p in out.rglob("*") if p.name.startswith(".")]
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert verify(out, sample=4).failures == []
