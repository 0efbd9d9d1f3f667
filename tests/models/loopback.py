"""A real HTTP server on loopback that behaves as servers of models do, well and badly."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from synthctx.tasks import get_task
from synthctx.tokenizers import get_tokenizer

_MARK = re.compile(r"MARK-\d{6}")


@dataclass
class Reply:
    """What the server does with one request."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    delay: float = 0.0
    drop: bool = False


@dataclass
class Seen:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    began: float
    ended: float = 0.0

    @property
    def prompt(self) -> str:
        messages = self.body.get("messages")
        return str(messages[0]["content"] if messages else self.body["prompt"])

    @property
    def calibrates(self) -> bool:
        return bool(self.body.get("max_tokens") == 1)


Behave = Callable[["Loopback", Seen], "Reply | None"]


@dataclass
class Loopback:
    """The server's settings, and what it has seen.

    Attributes:
        behave: called first; None leaves it to answer as a model does.
        window: tokens that it takes, the template's among them.
        cut: what it does above: head, tail, middle, or refuse.
        overhead: tokens of its template.
        tokenizer: what it counts by.
        usage: whether it reports its counts.
        task: whose reader is the model.
    """

    url: str = ""
    behave: Behave | None = None
    window: int | None = None
    cut: str = "refuse"
    overhead: int = 11
    tokenizer: str = "tekken"
    usage: bool = True
    task: str = "niah/single"
    delay: float = 0.0
    seen: list[Seen] = field(default_factory=list)
    peak: int = 0
    under_way: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def asked(self) -> list[Seen]:
        """Return the requests that ask a sample, not those that calibrate."""
        return [s for s in self.seen if not s.calibrates]

    def reply(self, seen: Seen) -> Reply:
        found = self.behave(self, seen) if self.behave else None
        return found or self.model(seen)

    def model(self, seen: Seen) -> Reply:
        """Answer as a model does, after the cut that servers make without saying so."""
        tokenizer = get_tokenizer(self.tokenizer)
        ends = tokenizer.ends(seen.prompt)
        kept = seen.prompt
        room = None if self.window is None else self.window - self.overhead
        count = len(ends)
        if room is not None and count > room:
            if self.cut == "refuse":
                text = f"This model's maximum context length is {self.window} tokens."
                return Reply(400, {"error": {"message": text, "code": "context_length_exceeded"}})
            kept, count = self._cut(seen.prompt, ends.tolist(), room), room
        return Reply(body=self.completion(seen, self._say(kept), count), delay=self.delay)

    def _cut(self, text: str, ends: list[int], room: int) -> str:
        if self.cut == "head":
            return text[ends[len(ends) - room - 1] :]
        if self.cut == "tail":
            return text[: ends[room - 1]]
        half = room // 2
        return text[: ends[half - 1]] + text[ends[len(ends) - (room - half) - 1] :]

    def _say(self, kept: str) -> str:
        marks = _MARK.findall(kept)
        if "every code" in kept:
            return "\n".join(m for m in marks if m != "MARK-123456")
        if marks or "five sentences" in kept:
            return "A letter lay on the stairs."
        return get_task(self.task).read(kept)

    def completion(self, seen: Seen, text: str | None, count: int = 10, **more: Any) -> Any:
        choice: dict[str, Any] = {"index": 0, "finish_reason": "stop"}
        if "messages" in seen.body:
            choice["message"] = {"role": "assistant", "content": text, **more}
        else:
            choice["text"] = text
        body: dict[str, Any] = {"object": "completion", "choices": [choice]}
        if self.usage:
            out = len((text or "").split())
            body["usage"] = {"prompt_tokens": count + self.overhead, "completion_tokens": out}
        return body


def context_of(seen: Seen) -> str:
    """Return a digest of a request's prompt."""
    return hashlib.sha256(seen.prompt.encode()).hexdigest()


@contextmanager
def loopback(**settings: Any) -> Iterator[Loopback]:
    """Run a server until the block ends."""
    state = Loopback(**settings)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            seen = Seen(self.path, dict(self.headers), json.loads(raw), time.monotonic())
            with state.lock:
                state.seen.append(seen)
                state.under_way += 1
                state.peak = max(state.peak, state.under_way)
            reply = state.reply(seen)
            time.sleep(reply.delay)
            with state.lock:
                state.under_way -= 1
                seen.ended = time.monotonic()
            self._send(reply)

        def _send(self, reply: Reply) -> None:
            if reply.drop:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            raw = json.dumps(reply.body).encode() if reply.raw is None else reply.raw
            try:
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)
            except OSError:
                pass  # the client has given up

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
