"""Batches: requests as files for OpenAI's Batch API or vLLM's run-batch, and their answers.

Both take one JSON line for a request and give one for an answer, joined by `custom_id`, which
is our sample_id and attempt: 34 letters or so of the 64 that are safe.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from synthctx.answering import REQUEST_COLUMNS, answered, fields_of, request_of
from synthctx.errors import ModelError, PartlyDone, StoreError
from synthctx.journal import Writer, recover
from synthctx.jsonio import digest
from synthctx.models import Answer, Request, Settings, get_model
from synthctx.models._wire import Unusable, answer_of
from synthctx.models.openai import PATHS, OpenAI
from synthctx.store import Bench, atomic
from synthctx.truncation import (
    COLUMNS,
    Calibration,
    load,
    save,
    short_requests,
    shortest,
    texts,
)

FORMS = ("openai-batch", "vllm-batch", "jsonl")
MAX_ROWS = 50_000  # of OpenAI, for one file
MAX_BYTES = 200_000_000
_ID = re.compile(r"([0-9a-f]{32})-(\d{1,6})")
_SHORT = re.compile(r"short-([0-9a-f]{16})-(\d{1,6})")  # the kind of text, our count of tokens
_PLAIN = [*REQUEST_COLUMNS, "length", "depth", "scorer", "reference", "rule_params"]


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export has written.

    Attributes:
        files: in order.
        rows: samples asked for in all of them.
        had: answers that were there already and are not asked for.
        short: lines beside them that ask short prompts, to see how the server counts tokens.
    """

    files: list[Path]
    rows: int
    had: int
    short: int = 0


@dataclass
class Imported:
    """What an import has found.

    Attributes:
        stored: answers that are new.
        failed: lines that say that a call failed.
        had: answers to what was answered already.
        unreadable: lines that are no answers in this form.
        strange: lines whose custom_id is not of this bench.
        missing: answers that the bench still asks for.
        first: what was wrong with the first line that failed or could not be read.
        short: of each short prompt (kind of text, our count), the server's count of tokens.
    """

    stored: int = 0
    failed: int = 0
    had: int = 0
    unreadable: int = 0
    strange: int = 0
    missing: int = 0
    first: str = ""
    short: dict[tuple[str, int], int] = field(default_factory=dict)


def export(
    path: str | Path | Bench,
    form: str,
    folder: str | Path,
    *,
    model: str | None = None,
    name: str | None = None,
    settings: Settings | None = None,
    attempts: int = 1,
    max_rows: int = MAX_ROWS,
    max_bytes: int = MAX_BYTES,
) -> Exported:
    """Write what a bench asks as JSON lines, in files of no more than so many rows and bytes.

    Args:
        path: the bench.
        form: one of `FORMS`.
        folder: where the files go; it must hold no part files yet.
        model: who is to be asked, for the two batches: openai:NAME or a YAML file.
        name: name under which answers are stored; what is answered is not asked again.
        settings: settings of the model that go before its own.
        attempts: requests a sample.
        max_rows: of one file.
        max_bytes: of one file.

    Raises:
        StoreError: there is no bench, the folder is in use, or one line is over the limit.
        ModelError: the model is not one that batches are made for.
    """
    bench = Bench.open(path)
    if attempts < 1 or max_rows < 1 or max_bytes < 1:
        raise ModelError("attempts, rows and bytes must be at least 1")
    target = Path(folder)
    if any(target.glob("part-*.jsonl")):
        raise StoreError(f"'{target}' holds part files already: give another folder")
    if form == "jsonl":
        done: set[tuple[str, int]] = set()
        lines, short = _plain(bench), []
    else:
        asked, label = _asked(model, form, name, settings)
        recover(bench)
        done = {(i, a) for i, a in answered(bench, label) if a < attempts}
        asked = asked.with_fields(fields_of(bench))
        lines = _batch(bench, asked, attempts, done)
        short = list(_short(bench, asked, label))
    shards = _Shards(target, max_rows, max_bytes)
    try:
        with shards:
            for sample_id, line in lines:
                shards.add(sample_id, line)
            rows = shards.rows
            for line in short if rows else ():
                shards.add("of a short prompt", line)
    except BaseException:
        shards.remove()
        raise
    return Exported(shards.files, rows, len(done), shards.rows - rows)


def _asked(
    model: str | None, form: str, name: str | None, settings: Settings | None
) -> tuple[OpenAI, str]:
    """Return the model of a batch, and the name its answers are stored under."""
    if model is None:
        raise ModelError(f"{form} needs a model: openai:NAME, or a YAML file")
    found = get_model(model, settings)
    if not isinstance(found, OpenAI):
        raise ModelError(f"{form} is for models of the kind openai:NAME, given '{model}'")
    if form == "vllm-batch" and found.options.api != "chat":
        raise ModelError("vllm-batch takes chat completions only, not api=completions")
    return found, name or found.traits.name or model


def _batch(
    bench: Bench, model: OpenAI, attempts: int, done: set[tuple[str, int]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    for row in bench.prompts(REQUEST_COLUMNS):
        for attempt in range(attempts):
            if (row["sample_id"], attempt) not in done:
                custom_id = f"{row['sample_id']}-{attempt}"
                yield row["sample_id"], _line(model, custom_id, request_of(row, attempt))


def _short(bench: Bench, model: OpenAI, label: str) -> Iterator[dict[str, Any]]:
    """Yield the lines that ask short prompts of each kind of text that is new."""
    if model.traits.template_overhead is None:
        wanted = shortest(bench.samples([*COLUMNS, "sample_id"]))
        for kind, text in texts(bench, wanted, load(bench, label) or Calibration()):
            for ours, request in short_requests(kind, text, model.traits):
                yield _line(model, f"short-{digest(kind, 8)}-{ours}", request)


def _line(model: OpenAI, custom_id: str, request: Request) -> dict[str, Any]:
    return {
        "custom_id": custom_id,
        "method": "POST",
        "url": "/v1" + PATHS[model.options.api],
        "body": model.body(request),
    }


def _plain(bench: Bench) -> Iterator[tuple[str, dict[str, Any]]]:
    for row in bench.prompts(_PLAIN):
        prompt = row.pop("prefix") + row.pop("text") + row.pop("suffix")
        for name in ("reference", "rule_params"):
            row[name] = json.loads(row[name])
        del row["context_id"]
        yield row["sample_id"], {**row, "prompt": prompt}


class _Shards:
    """Files of JSON lines, each whole or not there, none above the limits."""

    def __init__(self, folder: Path, max_rows: int, max_bytes: int) -> None:
        self.files: list[Path] = []
        self.rows = 0
        self._folder = folder
        self._max_rows = max_rows
        self._max_bytes = max_bytes
        self._open = ExitStack()
        self._here = self._bytes = 0
        self._out: Any = None

    def add(self, sample_id: str, line: dict[str, Any]) -> None:
        """Write a line, into a new file when it has no room in this one."""
        raw = json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        if len(raw) > self._max_bytes:
            raise StoreError(
                f"sample {sample_id} alone makes a line of {len(raw)} bytes, a file may have "
                f"{self._max_bytes}: nothing is written"
            )
        full = self._here >= self._max_rows or self._bytes + len(raw) > self._max_bytes
        if self._out is None or full:
            self._next()
        self._out.write(raw)
        self._here += 1
        self._bytes += len(raw)
        self.rows += 1

    def _next(self) -> None:
        self._open.close()
        self._open = ExitStack()
        path = self._folder / f"part-{len(self.files):05d}.jsonl"
        temporary = self._open.enter_context(atomic(path))
        self._out = self._open.enter_context(temporary.open("wb"))
        self.files.append(path)
        self._here = self._bytes = 0

    def remove(self) -> None:
        """Remove what was written, after a failure."""
        for path in self.files:
            path.unlink(missing_ok=True)

    def __enter__(self) -> _Shards:
        return self

    def __exit__(self, *failure: Any) -> None:
        self._open.__exit__(*failure)


def take(
    path: str | Path | Bench,
    form: str,
    files: Sequence[str | Path],
    *,
    model: str | None = None,
    name: str | None = None,
    attempts: int = 1,
) -> Imported:
    """Store the answers of a batch as outputs; what is there already is not stored again.

    Args:
        path: the bench that the batch was made of.
        form: "openai-batch" or "vllm-batch"; files of errors may be among the files.
        files: what the server has written.
        model: who was asked, as for `export`.
        name: name under which answers are stored, by default the model's.
        attempts: requests a sample had.

    Raises:
        StoreError: there is no bench or file, or no line is of this bench.
        ModelError: neither a model nor a name is given.
        PartlyDone: answers are missing or lines could not be used; what could is stored.
    """
    bench = Bench.open(path)
    label, overhead = name or "", None
    if model is not None:
        asked, its_name = _asked(model, form, name, None)
        label, overhead = its_name, asked.traits.template_overhead
    elif name is None:
        raise ModelError("give the model that was asked, or a name")
    for file in files:
        if not Path(file).is_file():
            raise StoreError(f"there is no file '{file}'")
    recover(bench)
    ids = {row["sample_id"] for row in bench.samples(["sample_id"])}
    done = answered(bench, label)
    found = Imported()
    writer = Writer(bench, label)
    try:
        for where, line in chain.from_iterable(_lines(Path(file)) for file in files):
            _store(where, line, ids, done, writer, found)
    finally:
        writer.close()
    _learn(bench, label, overhead, found)
    if found.strange and not (found.stored or found.failed or found.had):
        raise StoreError(
            f"none of the {found.strange} lines has a custom_id of '{bench.path}': "
            "these answers are of another bench"
        )
    found.missing = sum((i, a) not in done for i in ids for a in range(attempts))
    if found.missing or found.unreadable or found.strange:
        raise PartlyDone(_report(found))
    return found


def _learn(bench: Bench, label: str, overhead: int | None, found: Imported) -> None:
    """Keep what the batch says of how the server counts tokens."""
    known = load(bench, label) or Calibration()
    before = (dict(known.points), known.overhead)
    known.overhead = overhead if found.stored else known.overhead
    kinds = {
        digest(kind, 8): kind
        for kind in (shortest(bench.samples([*COLUMNS, "sample_id"])) if found.short else ())
    }
    for (key, ours), server in sorted(found.short.items()):
        if key in kinds:
            points = dict(known.points.get(kinds[key], ()))
            known.points[kinds[key]] = sorted({**points, ours: server}.items())
    if (known.points, known.overhead) != before:
        save(bench, label, known)


def _report(found: Imported) -> str:
    parts = {
        "answers stored": found.stored,
        "calls that failed": found.failed,
        "lines that cannot be read": found.unreadable,
        "lines of another bench": found.strange,
        "answers still missing": found.missing,
    }
    text = ", ".join(f"{count} {what}" for what, count in parts.items() if count)
    first = f" (first: {found.first})" if found.first else ""
    return f"{text}{first}; export again asks for what is missing"


def _lines(file: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with file.open("rb") as handle:
            for number, line in enumerate(handle, 1):
                if line.strip():
                    yield f"{file}:{number}", line
    except OSError as error:
        raise StoreError(f"'{file}' cannot be read: {error.strerror}") from error


def _store(
    where: str,
    line: bytes,
    ids: set[str],
    done: set[tuple[str, int]],
    writer: Writer,
    found: Imported,
) -> None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    custom_id = row.get("custom_id") if isinstance(row, dict) else None
    if not isinstance(row, dict) or not isinstance(custom_id, str):
        found.unreadable += 1
        found.first = found.first or f"{where} is no line of a batch"
        return
    short = _SHORT.fullmatch(custom_id)
    if short is not None:
        counted = answer_in(row).prompt_tokens
        if counted is not None:
            found.short[short[1], int(short[2])] = counted
        return
    parts = _ID.fullmatch(custom_id)
    if parts is None or parts[1] not in ids:
        found.strange += 1
        return
    key = (parts[1], int(parts[2]))
    if key in done:
        found.had += 1
        return
    answer = answer_in(row)
    if writer.add(*key, answer, None):
        done.add(key)
        found.stored += 1
    else:
        found.failed += 1
        found.first = found.first or f"{where}: {answer.error}"


def answer_in(row: dict[str, Any]) -> Answer:
    """Return the answer in a line of OpenAI's or vLLM's output."""
    error, response = row.get("error"), row.get("response")
    response = response if isinstance(response, dict) else {}
    body = response.get("body")
    status = response.get("status_code")
    try:
        if error:
            answer_of({"error": error if isinstance(error, dict) else {"message": str(error)}})
        if isinstance(body, dict) and body.get("error"):
            answer_of(body)
        if status != 200 or not isinstance(body, dict):
            raise Unusable(f"status {status}, no body")
        return answer_of(body)
    except Unusable as why:
        text = f"HTTP {status}: {why}" if status not in (None, 200) else str(why)
        return Answer(None, finish_reason=None, error=text[:300])
