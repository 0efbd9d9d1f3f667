"""Answers kept between runs: one SQLite file that any number of processes may use at once."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from synthctx.models import Answer, Model, Request, traits_of

FILE = "answers.sqlite"
_WAIT_SECONDS = 60.0  # for another process that is writing
_TABLE = """
create table if not exists answers (
    key text primary key, sample_id text, model text, answer text not null, digest text not null
) without rowid
"""


def key_of(model: Model, name: str, request: Request) -> str:
    """Return the key of an answer: a digest of all that the answer can depend on.

    Of a served model that is its address and the body that is sent; of any other its name and
    the request.
    """
    body = getattr(model, "body", None)
    if callable(body):
        options = getattr(model, "options", None)
        what: Any = [getattr(options, "base_url", ""), getattr(options, "api", ""), body(request)]
    else:
        asked = (request.prompt, request.task, request.language, request.tokenizer)
        what = [name, *asked, request.max_output_tokens, request.attempt]
    # escapes, so that lone surrogates of the user's own texts have a digest too
    return _digest(json.dumps(what, sort_keys=True, default=str))


def kept(model: Model, name: str) -> bool:
    """Say whether a model's answers are kept: those that cost something, under a name."""
    if name.startswith(("reader:", "replay:")):
        return False
    return bool(name) and (traits_of(model).name != "" or ":" in name)


class Cache:
    """Answers by key. What cannot be read is asked again, and said.

    Args:
        folder: where the file lies; made when it is not there.
        say: called with a warning.
    """

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self._path = folder / FILE
        self._say = say
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                self._path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False
            )
            # a byte that was lost must not make all the others unreadable
            self._connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            self._connection.execute(_TABLE)
        except (OSError, sqlite3.Error) as error:
            self._without(error)

    def get(self, key: str) -> Answer | None:
        """Return a kept answer, None when there is none that is whole."""
        with self._lock:
            rows = self._run("select answer, digest from answers where key = ?", key)
        if not rows:
            return None
        found = _answer(*rows[0])
        if found is None:
            self._say(f"an answer in the cache '{self._path}' is damaged: it is asked again")
        return found

    def put(self, key: str, sample_id: str, model: str, found: Answer) -> None:
        """Keep an answer; a failed call is none."""
        if found.error is not None or found.output is None:
            return
        fields_of = asdict(found)
        fields_of.pop("error")
        text = json.dumps(fields_of)
        row = (key, sample_id, model, text, _digest(text))
        with self._lock:
            self._run("insert or replace into answers values (?, ?, ?, ?, ?)", *row)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _run(self, statement: str, *values: str) -> list[tuple[Any, ...]]:
        if self._connection is None:
            return []
        try:
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            self._without(error)
            return []

    def _without(self, error: Exception) -> None:
        """Go on without the cache: it saves calls, and decides nothing."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._say(f"the cache '{self._path}' cannot be used ({error}): answers are not kept")


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8"), digest_size=16).hexdigest()


def _answer(text: object, digest: str) -> Answer | None:
    """Return a kept answer, None when it is not what was kept or of another version."""
    if not isinstance(text, str) or _digest(text) != digest:
        return None
    values = json.loads(text)
    names = {field.name for field in fields(Answer)} - {"error"}
    return Answer(**values) if set(values) == names else None
