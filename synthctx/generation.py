"""Generating a bench: rows cut into parts, each part made and written by one worker."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cached_property
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from synthctx.compose import Sample, compose
from synthctx.errors import PartlyDone, StoreError, SuiteError
from synthctx.essay import essay_files
from synthctx.haystack import versions as text_versions
from synthctx.recipes import suite_of
from synthctx.store import (
    Bench,
    context_record,
    fingerprint_of,
    row_digest,
    sample_record,
    versions,
    write_rows,
)
from synthctx.suite import Suite
from synthctx.tasks import Row
from synthctx.tokenizers import get_tokenizer

PART_BYTES = 32 << 20
PART_ROWS = 2000
_BYTES_PER_TOKEN = 5
STORES = ("text", "recipe")

Progress = Callable[[int, int, int], None]
"""Called with (rows done, rows in all, tokens done)."""


class Plan:
    """The rows of a suite cut into parts: the same for any number of workers or shards."""

    def __init__(self, suite: Suite) -> None:
        self.suite = suite

    @cached_property
    def parts(self) -> list[list[Row]]:
        """Return the rows of each part, in order."""
        out: list[list[Row]] = []
        part: list[Row] = []
        size = 0
        for row in self.suite.rows():
            part.append(row)
            size += row.length * _BYTES_PER_TOKEN
            if size >= PART_BYTES or len(part) >= PART_ROWS:
                out.append(part)
                part, size = [], 0
        return [*out, part] if part else out

    @property
    def rows(self) -> int:
        """Return the number of rows."""
        return sum(len(part) for part in self.parts)


def parse_shard(text: str | None) -> tuple[int, int]:
    """Return (i, n) of "i/n", 1 <= i <= n; (1, 1) for None.

    Raises:
        SuiteError: it is not of that form.
    """
    if text is None:
        return 1, 1
    first, _, last = text.partition("/")
    if first.isdigit() and last.isdigit() and 1 <= int(first) <= int(last):
        return int(first), int(last)
    raise SuiteError(f"shard {text!r} is not of the form I/N with 1 <= I <= N")


def preflight(suite: Suite) -> None:
    """Compose one sample of every test and language at its shortest length.

    What cannot be made at all is then said before anything is written.
    """
    seen: dict[tuple[str, str, str], Row] = {}
    for part in Plan(suite).parts:
        for row in part:
            key = (row.task, row.language, repr(sorted(row.params.items())))
            if key not in seen or row.length < seen[key].length:
                seen[key] = row
    for row in seen.values():
        compose(row)


def generate(
    suite: Suite,
    out: str | Path,
    *,
    workers: int = 1,
    shard: str | None = None,
    store: str = "text",
    progress: Progress | None = None,
) -> Bench:
    """Generate a bench; a run that was interrupted goes on where it stopped.

    Args:
        suite: what to generate.
        out: the bench folder.
        workers: processes; the bytes do not depend on it.
        store: "text" keeps contexts; "recipe" keeps none: they are made again when needed.
        shard: "i/n" makes only every n-th part; run without it once all parts are there.
        progress: called after each part.

    Raises:
        SuiteError: the suite cannot be made.
        StoreError: the folder cannot be written, or holds another suite.
        PartlyDone: the run was cut short; the same command goes on.
    """
    number, shards = parse_shard(shard)
    if workers < 1:
        raise SuiteError(f"workers must be at least 1, given {workers}")
    if store not in STORES:
        raise SuiteError(f"store {store!r} is none of {', '.join(STORES)}")
    bench, plan = Bench(out), Plan(suite)
    _same_suite(bench, suite, store)
    if bench.path.exists() and not bench.path.is_dir():
        raise StoreError(f"'{bench.path}' is a file, not a folder")
    todo = [
        n
        for n in range(len(plan.parts))
        if n % shards == number - 1 and not bench.part("samples", n).is_file()
    ]
    if todo:
        preflight(suite)
    manifest = {**_manifest(suite, plan), "store": store}
    if not bench.manifest_path.is_file():
        bench.write_manifest({**manifest, "status": "partial"})
    done = plan.rows - sum(len(plan.parts[n]) for n in todo) if shards == 1 else 0
    total = plan.rows if shards == 1 else sum(len(plan.parts[n]) for n in todo)
    tokens = 0
    digests: list[tuple[str, str]] = []
    try:
        for made in _run(bench, plan, todo, store, workers):
            done, tokens = done + len(made.digests), tokens + made.tokens
            digests += made.digests
            if progress is not None:
                progress(done, total, tokens)
    except KeyboardInterrupt:
        raise PartlyDone(f"stopped; the same command goes on with '{bench.path}'") from None
    if all(bench.part("samples", n).is_file() for n in range(len(plan.parts))):
        whole = len(digests) == plan.rows
        fingerprint = fingerprint_of(digests) if whole else bench.fingerprint()
        marks = {"fingerprint": fingerprint, "files": bench.file_digests()}
        bench.write_manifest({**manifest, **marks, "status": "complete"})
    return bench


def _same_suite(bench: Bench, suite: Suite, store: str) -> None:
    if not bench.manifest_path.is_file():
        if bench.path.is_dir() and any(bench.path.iterdir()):
            raise StoreError(f"folder '{bench.path}' is not empty and is not a bench")
        return
    have = bench.manifest()
    if have.get("suite_id") != suite.id:
        raise StoreError(
            f"'{bench.path}' already holds another suite ('{have['suite'].get('name')}', seed "
            f"{have['suite'].get('seed')}); give another folder with -o, or remove it"
        )
    if have.get("store") != store:
        raise StoreError(f"'{bench.path}' is a bench with store {have.get('store')}, not {store}")


def _manifest(suite: Suite, plan: Plan) -> dict[str, Any]:
    tokenizer = get_tokenizer(suite.document["tokenizer"])
    return {
        "suite": suite.document,
        "suite_id": suite.id,
        "seed": suite.document["seed"],
        "canary": suite.canary,
        "tokenizer": {"name": tokenizer.name, "sha256": tokenizer.sha256},
        "versions": {**versions(), **text_versions()},
        "corpus": _corpus(suite),
        "parts": len(plan.parts),
        "rows": {"samples": plan.rows},
    }


def _corpus(suite: Suite) -> dict[str, str]:
    files = [f for t in suite.tests for f in t.haystack.get("files", ())]
    return {
        name: hashlib.sha256(Path(name).read_bytes()).hexdigest()
        for name in (essay_files(files) if files else [])
    }


def _run(bench: Bench, plan: Plan, todo: list[int], store: str, workers: int) -> Iterator[_Made]:
    jobs = [(bench.path, n, plan.parts[n], plan.suite.canary, store == "recipe") for n in todo]
    if workers == 1 or len(todo) < 2:
        for job in jobs:
            yield _write_part(*job)
        return
    # spawn: a fork of a process that runs Arrow's threads may hang
    with ProcessPoolExecutor(min(workers, len(todo)), mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(_write_part, *job) for job in jobs]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            for future in futures:
                future.cancel()


@dataclass(frozen=True, slots=True)
class _Made:
    """What became of a part: its tokens, and sample_id and digest of every row."""

    tokens: int
    digests: list[tuple[str, str]]


def _write_part(path: Path, number: int, rows: list[Row], canary: str, recipe: bool) -> _Made:
    """Write one part, contexts first: a part is there when its samples file is."""
    bench = Bench(path)
    records: list[dict[str, Any]] = []
    digests: list[tuple[str, str]] = []

    def contexts() -> Iterator[dict[str, Any]]:
        last = None
        for row in rows:
            sample = compose(row)
            record, context = sample_record(sample, canary), context_record(sample, recipe)
            records.append(record)
            digests.append((row.sample_id, row_digest(record, context)))
            if sample.context_id != last:
                last = sample.context_id
                yield context

    write_rows(bench.part("contexts", number), "contexts", contexts())
    write_rows(bench.part("samples", number), "samples", records)
    return _Made(sum(r["prompt_tokens"] for r in records), digests)


def samples(suite: Suite) -> Iterable[Sample]:
    """Yield the samples of a suite one by one, without writing anything."""
    for row in suite.rows():
        yield compose(row)


def materialise(
    path: str | Path | Bench,
    out: str | Path,
    *,
    store: str = "text",
    workers: int = 1,
    progress: Progress | None = None,
) -> Bench:
    """Write a bench of recipes with its texts, or the other way round; the rows stay the same.

    Outputs and scores are not taken along.

    Raises:
        StoreError: there is no bench, or its rows cannot be made here as they were.
    """
    bench = Bench.open(path)
    manifest = bench.manifest()
    made = generate(suite_of(manifest), out, store=store, workers=workers, progress=progress)
    if made.manifest().get("fingerprint") != manifest.get("fingerprint"):
        raise StoreError(f"'{made.path}' does not come out as '{bench.path}' did")
    return made
