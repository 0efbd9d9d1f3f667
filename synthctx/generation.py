"""Generating a bench: rows cut into parts, each part made and written by one worker."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, ProcessPoolExecutor, wait
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

from synthctx.compose import Sample, compose
from synthctx.errors import PartlyDone, StoreError, SuiteError
from synthctx.haystack import versions as text_versions
from synthctx.recipes import corpus_changes, corpus_of, suite_of
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
from synthctx.tasks import Row, get_task
from synthctx.tokenizers import get_tokenizer

T = TypeVar("T")
R = TypeVar("R")
PART_BYTES = 32 << 20
PART_ROWS = 2000
_BYTES_PER_TOKEN = 5
_GOES_ON = "the same command goes on from what is done"
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


def shortest_rows(suite: Suite) -> list[Row]:
    """Return of every test and language a row of its shortest length.

    Of a test out of a file also the last one, for which the file may have too little.
    """
    seen: dict[tuple[str, str, str], Row] = {}
    last: dict[tuple[str, str, str], Row] = {}
    for part in Plan(suite).parts:
        for row in part:
            key = (row.task, row.language, repr(sorted(row.params.items())))
            if key not in seen or row.length < seen[key].length:
                seen[key] = row
            if get_task(row.task).files_of(row.params):
                held = last.setdefault(key, row)
                if (row.index, row.length) > (held.index, held.length):
                    last[key] = row
    return [*seen.values(), *last.values()]


def preflight(rows: list[Row]) -> list[str]:
    """Compose some rows, so that what cannot be made is said before anything is written.

    Returns:
        What a user should know: of which tests whole prompts must be counted, which is slower,
        because with this tokenizer the counts of sentences or items do not add up.
    """
    slow: dict[str, set[str]] = {}
    for row in rows:
        if not compose(row).added_up:
            slow.setdefault(row.tokenizer, set()).add(f"{row.task} ({row.language})")
    return [
        f"counts of {tokenizer} do not add up, whole prompts are counted (slower): {test}"
        for tokenizer, tests in slow.items()
        for test in sorted(tests)
    ]


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
    try:
        _same_suite(bench, suite, store)
        if bench.path.exists() and not bench.path.is_dir():
            raise StoreError(f"'{bench.path}' is a file, not a folder")
        have = {path.name for path in bench.parts("samples")}
    except OSError as error:
        raise PartlyDone(f"cannot look into '{bench.path}': {error}") from error
    todo = [
        n
        for n in range(len(plan.parts))
        if n % shards == number - 1 and bench.part("samples", n).name not in have
    ]
    _make(bench, plan, todo, {**_manifest(suite, plan), "store": store}, workers, progress)
    return bench


def _make(
    bench: Bench,
    plan: Plan,
    todo: list[int],
    manifest: dict[str, Any],
    workers: int,
    progress: Progress | None,
) -> None:
    """Make the parts that are to do, and finish the bench when no part is missing."""
    total = sum(len(plan.parts[n]) for n in todo)
    done = tokens = 0
    digests: list[tuple[str, str]] = []
    files: dict[str, str] = {}
    with _Crew(min(workers, len(todo))) as crew:
        if todo:
            manifest |= {"notes": crew.call(preflight, shortest_rows(plan.suite))}
        else:
            manifest |= {"notes": bench.manifest().get("notes", [])}
        _begin(bench, manifest)
        try:
            recipe = manifest["store"] == "recipe"
            jobs = ((bench.path, n, plan.parts[n], plan.suite.canary, recipe) for n in todo)
            for made in crew.run(_write_part, jobs):
                done, tokens = done + len(made.digests), tokens + made.tokens
                digests += made.digests
                files |= made.files
                if progress is not None:
                    progress(done, total, tokens)
            names = {path.name for path in bench.parts("samples")}
            if all(bench.part("samples", n).name in names for n in range(len(plan.parts))):
                whole = len(digests) == plan.rows
                marks = {
                    "fingerprint": fingerprint_of(digests) if whole else bench.fingerprint(),
                    "files": files if whole else bench.file_digests(),
                }
                bench.write_manifest({**manifest, **marks, "status": "complete"})
                bench.remove_leftovers()
        except KeyboardInterrupt:
            raise PartlyDone(f"stopped; the same command goes on with '{bench.path}'") from None
        except BrokenExecutor as error:
            raise PartlyDone(f"a worker process was killed; {_GOES_ON}") from error
        except (StoreError, OSError) as error:
            raise PartlyDone(f"{error}; {_GOES_ON}") from error


def _begin(bench: Bench, manifest: dict[str, Any]) -> None:
    """Write the manifest of a bench that is not there yet: the first thing to be written."""
    if bench.manifest_path.is_file():
        return
    try:
        bench.write_manifest({**manifest, "status": "partial"})
    except StoreError as error:
        if getattr(error.__cause__, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
            raise PartlyDone(f"{error}; {_GOES_ON}") from error
        raise


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
    changed = corpus_changes(have.get("corpus", {}), corpus_of(suite))
    if changed:
        raise StoreError(f"'{bench.path}' was begun with other contents: {changed}")


def _manifest(suite: Suite, plan: Plan) -> dict[str, Any]:
    tokenizer = get_tokenizer(suite.document["tokenizer"])
    return {
        "suite": suite.document,
        "suite_id": suite.id,
        "seed": suite.document["seed"],
        "canary": suite.canary,
        "tokenizer": {"name": tokenizer.name, "sha256": tokenizer.sha256},
        "versions": {**versions(), **text_versions()},
        "corpus": corpus_of(suite),
        "parts": len(plan.parts),
        "rows": {"samples": plan.rows},
    }


class _Crew:
    """Runs jobs here, or in other processes as they come free.

    The processes are spawned: a fork of a process that runs Arrow's threads may hang.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> _Crew:
        if self._workers > 1:
            self._pool = ProcessPoolExecutor(self._workers, mp_context=get_context("spawn"))
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def call(self, function: Callable[[T], R], argument: T) -> R:
        """Run a function once; in every process, so that all of them get ready meanwhile."""
        if self._pool is None:
            return function(argument)
        futures = [self._pool.submit(function, argument) for _ in range(self._workers)]
        results = [future.result() for future in futures]
        return results[0]

    def run(self, function: Callable[..., T], jobs: Iterable[tuple[Any, ...]]) -> Iterator[T]:
        """Yield the results of jobs; never more than a few jobs wait."""
        if self._pool is None:
            for job in jobs:
                yield function(*job)
            return
        rest = iter(jobs)
        first = islice(rest, 2 * self._workers)
        running = {self._pool.submit(function, *job) for job in first}
        while running:
            ready, running = wait(running, return_when=FIRST_COMPLETED)
            for future in ready:
                yield future.result()
                running |= {self._pool.submit(function, *job) for job in islice(rest, 1)}


@dataclass(frozen=True, slots=True)
class _Made:
    """What became of a part: its tokens, sample_id and digest of every row, sha256 of files."""

    tokens: int
    digests: list[tuple[str, str]]
    files: dict[str, str]


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

    written = {
        table: write_rows(bench.part(table, number), table, rows_of)
        for table, rows_of in (("contexts", contexts()), ("samples", records))
    }
    name = bench.part("samples", number).name
    files = {f"{table}/{name}": file.sha256 for table, file in written.items()}
    return _Made(sum(r["prompt_tokens"] for r in records), digests, files)


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
