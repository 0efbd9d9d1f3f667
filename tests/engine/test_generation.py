"""Benches: the same bytes however they are made, resumable, and verified from the files."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from synthctx.answering import answer
from synthctx.compose import compose
from synthctx.errors import GenerationError, StoreError, SuiteError
from synthctx.generation import Plan, generate, materialise
from synthctx.store import Bench, read_rows
from synthctx.suite import Suite
from synthctx.tables import TABLES, schema
from synthctx.verification import verify

DOCUMENT: dict[str, Any] = {
    "name": "mixed",
    "seed": 5,
    "tests": [
        {"task": "niah/single", "length": ["2k", "4k"], "depth": "0:1:3", "samples": 2},
        {"task": "ruler/niah_single_1", "length": "4k", "samples": 2},
    ],
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return generate(Suite.from_document(DOCUMENT), tmp_path_factory.mktemp("made") / "bench")


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synthctx.generation.PART_ROWS", 3)


def test_tables_have_the_designed_columns(made: Bench) -> None:
    assert TABLES == ("contexts", "samples", "outputs", "scores")
    answer(made, "reader:full", limit=2)
    for table in ("contexts", "samples", "outputs"):
        for path in made.parts(table):
            assert pq.read_schema(path).equals(schema(table))
            column = pq.ParquetFile(path).metadata.row_group(0).column(0)
            assert column.compression == "ZSTD"


def test_row_groups_are_cut_by_bytes(tmp_path: Path) -> None:
    document = {"seed": 1, "tests": [{"task": "niah/single", "length": "1M", "samples": 6}]}
    bench = generate(Suite.from_document(document), tmp_path / "b")
    groups = pq.ParquetFile(bench.parts("contexts")[0]).num_row_groups
    assert groups > 1


def test_the_fingerprint_is_the_same_for_any_workers_and_shards(
    made: Bench, tmp_path: Path, small_parts: None
) -> None:
    suite = Suite.from_document(DOCUMENT)
    assert len(Plan(suite).parts) > 3
    want = made.manifest()["fingerprint"]
    two = generate(suite, tmp_path / "two", workers=2)
    assert two.manifest()["fingerprint"] == want
    for shard in ("1/2", "2/2"):
        generate(suite, tmp_path / "split", shard=shard)
    assert Bench(tmp_path / "split").manifest()["fingerprint"] == want
    first = generate(suite, tmp_path / "first", shard="1/2")
    assert first.manifest()["status"] == "partial"
    second = generate(suite, tmp_path / "second", shard="2/2")
    for table in ("contexts", "samples"):
        for path in second.parts(table):
            shutil.copy(path, first.path / table / path.name)
    assert generate(suite, first.path).manifest()["fingerprint"] == want


def test_recipes_hold_no_text_and_are_the_same_bench(made: Bench, tmp_path: Path) -> None:
    suite = Suite.from_document(DOCUMENT)
    recipe = generate(suite, tmp_path / "recipe", store="recipe")
    want = made.manifest()["fingerprint"]
    assert recipe.manifest()["fingerprint"] == want
    assert [r["text"] for p in recipe.parts("contexts") for r in read_rows(p)] == [None] * 14
    assert list(recipe.prompts()) == list(made.prompts())
    assert verify(recipe).failures == []
    size = sum(p.stat().st_size for p in recipe.parts("contexts"))
    assert size * 5 < sum(p.stat().st_size for p in made.parts("contexts"))
    answer(recipe, "reader:full")
    text = materialise(recipe, tmp_path / "text")
    assert [p.read_bytes() for p in text.parts("contexts")] == [
        p.read_bytes() for p in made.parts("contexts")
    ]
    assert materialise(text, tmp_path / "again", store="recipe").manifest()["fingerprint"] == want
    with pytest.raises(StoreError, match="is a bench with store recipe, not text"):
        generate(suite, recipe.path)


def test_recipes_are_refused_when_the_users_text_has_changed(tmp_path: Path) -> None:
    book = tmp_path / "book.txt"
    book.write_text("\n\n".join(f"Day {i} was calm. Day {i} ended early." for i in range(400)))
    entry = {
        "task": "niah/single",
        "length": "2k",
        "haystack": {"kind": "essay", "files": [str(book)]},
    }
    suite = Suite.from_document({"seed": 1, "tests": [entry]})
    bench = generate(suite, tmp_path / "b", store="recipe")
    assert verify(bench).failures == []
    book.write_text(book.read_text() + "\n\nOne day more.")
    with pytest.raises(StoreError, match=r"corpus file .* has changed since"):
        list(Bench(bench.path).prompts())
    assert any("has changed since" in f.what for f in verify(bench.path).failures)


def test_a_killed_run_is_finished_by_the_same_command(tmp_path: Path) -> None:
    suite = tmp_path / "s.json"
    entry = {"task": "niah/single", "length": "128k", "samples": 120}
    suite.write_text(json.dumps({"seed": 3, "tests": [entry]}))
    command = [sys.executable, "-m", "synthctx", "generate", str(suite), "-o"]
    killed = tmp_path / "killed"
    process = subprocess.Popen([*command, str(killed)], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not list((killed / "samples").glob("*.parquet")) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert json.loads((killed / "manifest.json").read_text())["status"] == "partial"
    kept = {p.name: p.stat().st_mtime_ns for p in (killed / "samples").glob("*.parquet")}
    subprocess.run([*command, str(killed)], check=True, capture_output=True)
    subprocess.run([*command, str(tmp_path / "whole")], check=True, capture_output=True)
    for name, written in kept.items():
        assert (killed / "samples" / name).stat().st_mtime_ns == written, "made twice"
    one, two = Bench(killed).manifest(), Bench(tmp_path / "whole").manifest()
    assert one["fingerprint"] == two["fingerprint"]
    assert one["files"] == two["files"]
    assert not list(killed.rglob("*.tmp"))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_killed_at_random_moments_and_gone_on_with(tmp_path: Path, workers: str) -> None:
    suite = tmp_path / "s.json"
    entry = {"task": "niah/single", "length": "128k", "samples": 240}
    suite.write_text(json.dumps({"seed": 3, "tests": [entry]}))
    command = [sys.executable, "-m", "synthctx", "generate", str(suite), "-o"]
    whole = tmp_path / "whole"
    start = time.monotonic()
    subprocess.run([*command, str(whole)], check=True, capture_output=True)
    took = time.monotonic() - start
    killed = Bench(tmp_path / "killed")
    moments = random.Random(f"moments {workers}")
    for _ in range(5):
        process = subprocess.Popen(
            [*command, str(killed.path), "--workers", workers],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(moments.uniform(0.2, 1.0) * took)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for table in ("contexts", "samples"):
            for path in killed.parts(table):
                assert pq.read_metadata(path).num_rows, "a file that is there is whole"
    subprocess.run([*command, str(killed.path)], check=True, capture_output=True)
    one, two = killed.manifest(), Bench(whole).manifest()
    assert one["status"] == "complete"
    assert one["fingerprint"] == two["fingerprint"]
    assert one["files"] == two["files"]
    assert not list(Path(killed.path).rglob("*.tmp"))
    assert verify(killed, sample=4).failures == []


def test_the_same_bytes_in_any_surroundings(tmp_path: Path) -> None:
    suite = tmp_path / "s.json"
    suite.write_text(json.dumps(DOCUMENT))
    command = [sys.executable, "-m", "synthctx", "generate", str(suite), "-o"]
    surroundings = [
        {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "2", "TZ": "Pacific/Apia", "LC_ALL": "C.UTF-8", "LANG": "de_DE"},
    ]
    files = []
    for number, changed in enumerate(surroundings):
        for workers in ("1", "2", "4"):
            out = tmp_path / f"{number}-{workers}"
            subprocess.run(
                [*command, str(out), "--workers", workers],
                env={**os.environ, **changed},
                check=True,
                capture_output=True,
            )
            files.append(Bench(out).file_digests())
    assert all(found == files[0] for found in files)


def test_a_row_made_alone_is_the_row_of_the_bench(made: Bench) -> None:
    suite = Suite.from_document(DOCUMENT)
    rows = {row.sample_id: row for row in suite.rows()}
    prompts = {r["sample_id"]: r["prefix"] + r["text"] + r["suffix"] for r in made.prompts()}
    for sample_id, prompt in reversed(prompts.items()):
        assert compose(rows[sample_id]).prompt == prompt


def test_another_suite_in_the_folder_is_refused(made: Bench) -> None:
    with pytest.raises(StoreError, match="already holds another suite"):
        generate(Suite.from_document({**DOCUMENT, "seed": 6}), made.path)


def test_a_folder_that_is_no_bench_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(StoreError, match="is not empty and is not a bench"):
        generate(Suite.from_document(DOCUMENT), tmp_path)


def test_what_cannot_be_made_is_said_before_anything_is_written(tmp_path: Path) -> None:
    entry = {"task": "niah/single", "length": ["8k", "90"]}
    with pytest.raises(GenerationError, match="length 90 is too short"):
        generate(Suite.from_document({"seed": 1, "tests": [entry]}), tmp_path / "b")
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("shard", ["0/2", "3/2", "a/b", "2", "1/0", "-1/2"])
def test_bad_shards(shard: str, tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="form I/N"):
        generate(Suite.from_document(DOCUMENT), tmp_path / "b", shard=shard)


def test_verify_holds_and_checks_only_as_many_as_asked(made: Bench) -> None:
    whole = verify(made)
    assert whole.failures == []
    assert whole.checked == whole.total == 14
    assert whole.fingerprint == made.manifest()["fingerprint"]
    some = verify(made, sample=5)
    assert 5 <= some.checked < 14


def edited(made: Bench, tmp_path: Path, table: str, column: str, change: Any) -> Bench:
    """Copy a bench with one value changed, and its manifest made to agree with the files."""
    import pyarrow as pa

    copy = Bench(shutil.copytree(made.path, tmp_path / "copy"))
    path = copy.parts(table)[0]
    rows = list(read_rows(path))
    rows[1][column] = change(rows[1][column])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema(table)), path)
    manifest = copy.manifest()
    manifest |= {"files": copy.file_digests(), "fingerprint": copy.fingerprint()}
    copy.write_manifest(manifest)
    return copy


@pytest.mark.parametrize(
    ("table", "column", "change", "said"),
    [
        ("samples", "reference", lambda v: '["1234567"]', "the reader answers"),
        ("samples", "prompt_tokens", lambda v: v + 1, "recorded are"),
        ("samples", "suffix", lambda v: v + " ", "suffix is"),
        ("samples", "floor", lambda v: 0.9, "floor is 0.9"),
        ("contexts", "text", lambda v: v.replace(" the ", " that ", 1), "not the digest"),
    ],
)
def test_verify_finds_what_was_edited_even_with_a_forged_manifest(
    made: Bench, tmp_path: Path, table: str, column: str, change: Any, said: str
) -> None:
    report = verify(edited(made, tmp_path, table, column, change))
    assert any(said in failure.what for failure in report.failures), report.failures


def test_verify_finds_any_flipped_byte(made: Bench, tmp_path: Path) -> None:
    copy = Bench(shutil.copytree(made.path, tmp_path / "copy"))
    for path in [*copy.parts("contexts"), *copy.parts("samples"), copy.manifest_path]:
        good = path.read_bytes()
        for at in (len(good) // 3, len(good) // 2, len(good) - 20):
            bad = bytearray(good)
            bad[at] ^= 1
            path.write_bytes(bytes(bad))
            try:
                assert verify(copy, sample=1).failures, f"{path.name} at {at}"
            except StoreError:
                assert path == copy.manifest_path  # no longer JSON
        path.write_bytes(good)
    assert verify(copy, sample=1).failures == []


def test_a_damaged_file_is_named(made: Bench, tmp_path: Path) -> None:
    copy = Bench(shutil.copytree(made.path, tmp_path / "copy"))
    copy.parts("samples")[0].write_bytes(b"PAR1 nonsense")
    with pytest.raises(StoreError, match=r"part-00000\.parquet' is not a readable Parquet file"):
        list(copy.samples())


def test_missing_samples_are_found(made: Bench, tmp_path: Path, small_parts: None) -> None:
    bench = generate(Suite.from_document(DOCUMENT), tmp_path / "b")
    bench.parts("samples")[1].unlink()
    report = verify(bench)
    assert any("is missing" in f.what for f in report.failures)
    assert sum("is in the suite but not in the bench" in f.what for f in report.failures) == 3
