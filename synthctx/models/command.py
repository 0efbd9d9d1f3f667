"""A program as a model: `command:PROGRAM ARGUMENTS`, one JSON line in, one JSON line out."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import subprocess
import threading
from collections import deque
from queue import Queue
from typing import IO, Any

from synthctx.errors import ModelError, PartlyDone
from synthctx.models import MODELS, Answer, Model, Request, Settings, setting

_LINE_BYTES = 64 << 20  # a longer line is no answer
_ERROR_LINES = 5  # last lines of its stderr that are shown
_END_SECONDS = 5.0
_FIELDS: dict[str, type] = {
    "reasoning": str,
    "finish_reason": str,
    "prompt_tokens": int,
    "completion_tokens": int,
}


class _Waiting:
    """One call: its answer, once it is there."""

    def __init__(self) -> None:
        self.there = threading.Event()
        self.answer: Answer | None = None


class Command:
    """A program that is started once, and answers calls by their ids in any order.

    Args:
        words: the program and its arguments.
        timeout: seconds that one call may take.
    """

    def __init__(self, words: list[str], timeout: float) -> None:
        self._words = words
        self._timeout = timeout
        self._lock = threading.Lock()
        self._calls: dict[str, _Waiting] = {}
        self._lines: Queue[bytes | None] = Queue()
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = False
        self._errors: deque[str] = deque(maxlen=_ERROR_LINES)
        self._garbage = 0

    def answer(self, request: Request) -> Answer:
        """Send one line and wait for the line with its id.

        Raises:
            ModelError: the program cannot be started.
            PartlyDone: it has ended.
        """
        number = f"{request.sample_id}-{request.attempt}"
        line = {
            "id": number,
            "prompt": request.prompt,
            "max_output_tokens": request.max_output_tokens,
            "task": request.task,
            "attempt": request.attempt,
        }
        call = _Waiting()
        with self._lock:
            self._start()
            if self._ended:
                raise PartlyDone(self._how_it_ended())
            self._calls[number] = call
        # a program that does not read must not stop us: another thread writes
        self._lines.put(json.dumps(line).encode() + b"\n")
        call.there.wait(self._timeout)
        with self._lock:
            self._calls.pop(number, None)
        if call.answer is not None:
            return call.answer
        if self._ended:
            raise PartlyDone(self._how_it_ended())
        heard = f"; {self._garbage} lines were no answers" if self._garbage else ""
        return Answer(
            None, finish_reason=None, error=f"no answer within {self._timeout:g} s{heard}"
        )

    def close(self) -> None:
        """End the program: first by the end of its input, then by force."""
        process = self._process
        if process is None:
            return
        self._lines.put(None)
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            _signal(process, signal.SIGTERM)
            try:
                process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)
                process.wait()

    def _start(self) -> None:
        if self._process is not None:
            return
        try:
            self._process = process = subprocess.Popen(
                self._words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise ModelError(
                f"model 'command': '{self._words[0]}' cannot be started: {error.strerror}"
            ) from error
        for work, pipe in (
            (self._write, process.stdin),
            (self._read, process.stdout),
            (self._listen, process.stderr),
        ):
            threading.Thread(target=work, args=(pipe,), daemon=True).start()

    def _write(self, pipe: IO[bytes]) -> None:
        try:
            while (line := self._lines.get()) is not None:
                pipe.write(line)
                pipe.flush()
        except (OSError, ValueError):
            pass  # it reads no more; the end of its output says so to all calls
        finally:
            with contextlib.suppress(OSError, ValueError):
                pipe.close()

    def _read(self, pipe: IO[bytes]) -> None:
        inside = False  # of a line that is too long
        while line := pipe.readline(_LINE_BYTES):
            whole = line.endswith(b"\n")
            if inside or not whole:
                inside = not whole
                # the last line of a program may lack its end
                if not inside or len(line) >= _LINE_BYTES:
                    self._garbage += not inside
                    continue
            self._hear(line)
        with self._lock:
            self._ended = True
            waiting = list(self._calls.values())
        for call in waiting:
            call.there.set()

    def _hear(self, line: bytes) -> None:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        number = row.get("id") if isinstance(row, dict) else None
        with self._lock:
            call = self._calls.get(number) if isinstance(number, str) else None
        if call is None or not isinstance(row, dict):
            self._garbage += 1
            return
        call.answer = _answer(row)
        call.there.set()

    def _listen(self, pipe: IO[bytes]) -> None:
        while line := pipe.readline(1 << 16):
            text = line.decode("utf-8", "replace").strip()
            if text:
                self._errors.append(text[:300])

    def _how_it_ended(self) -> str:
        code = None
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = self._process.wait(_END_SECONDS)
        said = f": {self._errors[-1]}" if self._errors else ""
        return f"'{self._words[0]}' has ended with exit code {code}{said}; the same command goes on"


def _answer(row: dict[str, Any]) -> Answer:
    """Return the answer in a line that has come back."""
    if row.get("error"):
        return Answer(None, finish_reason=None, error=str(row["error"])[:300])
    output = row.get("output")
    if not isinstance(output, str):
        return Answer(None, finish_reason=None, error="the line has no text under 'output'")
    more = {
        name: row[name]
        for name, kind in _FIELDS.items()
        if isinstance(row.get(name), kind) and not isinstance(row[name], bool)
    }
    counts = [more.get(name, 0) for name in ("prompt_tokens", "completion_tokens")]
    if not all(0 <= count < 2**63 for count in counts):
        return Answer(None, finish_reason=None, error="a count of tokens in the line is none")
    return Answer(output, **more)


def _signal(process: subprocess.Popen[bytes], what: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, what)


def command(what: str, settings: Settings) -> Model:
    """A program that answers JSON lines: command:PROGRAM ARGUMENTS?timeout=600.

    Raises:
        ModelError: there is no program, or a setting is not its own.
    """
    given = setting(settings, {"timeout": "600"}, "command")
    try:
        words = shlex.split(what)
        timeout = float(given["timeout"])
    except ValueError as error:
        raise ModelError(f"model 'command:{what}': {error}") from error
    if not words:
        raise ModelError("model 'command' needs a program: command:PROGRAM ARGUMENTS")
    if not 0 < timeout < 1e7:
        raise ModelError(f"model 'command:{what}': timeout must be above 0, given {timeout:g}")
    return Command(words, timeout)


MODELS.add("command", command)
