"""Keeping several calls under way while no more than those are held."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from queue import Full, Queue
from typing import Any, TypeVar

Call = TypeVar("Call")
Reply = TypeVar("Reply")
_LOOK_SECONDS = 0.2


def ask_all(
    groups: Iterator[Sequence[Call]],
    ask: Callable[[Call], Reply | None],
    lanes: int,
) -> Iterator[Reply]:
    """Yield the replies to calls as they come.

    A lane takes one group after another and makes its calls one after another, so that calls
    that share a context find it in the server's cache. What is held is one group for a lane.

    Args:
        groups: groups of calls, taken when a lane is free.
        ask: makes one call; None says that no more are to be made.
        lanes: calls under way at a time; with one, all happens in this thread.
    """
    if lanes == 1:
        for group in groups:
            for call in group:
                reply = ask(call)
                if reply is None:
                    return
                yield reply
        return
    yield from _Lanes(groups, ask, lanes).replies()


class _Ended:
    """Says that a lane has no more to do."""


class _Lanes:
    """Threads that take groups in turn; only the caller's thread sees the replies."""

    def __init__(
        self,
        groups: Iterator[Sequence[Call]],
        ask: Callable[[Call], Reply | None],
        lanes: int,
    ) -> None:
        self._groups = groups
        self._ask = ask
        self._lanes = lanes
        self._source = threading.Lock()
        self._stop = threading.Event()  # no more calls
        self._gone = threading.Event()  # nobody reads replies any more
        self._out: Queue[object] = Queue(2 * lanes)

    def replies(self) -> Iterator[Any]:
        """Yield replies; what a lane raises is raised here, once the others have been told."""
        # daemons: a call that hangs does not keep a process that is stopped from ending
        for number in range(self._lanes):
            threading.Thread(target=self._work, name=f"lane-{number}", daemon=True).start()
        failure: BaseException | None = None
        running = self._lanes
        try:
            while running:
                got = self._out.get()
                if isinstance(got, _Ended):
                    running -= 1
                elif isinstance(got, BaseException):
                    failure = failure or got
                    self._stop.set()
                    if isinstance(got, KeyboardInterrupt):
                        break
                else:
                    yield got
        finally:
            self._stop.set()
            self._gone.set()
        if failure is not None:
            raise failure

    def _work(self) -> None:
        try:
            while not self._stop.is_set():
                with self._source:
                    group = next(self._groups, None)
                if group is None:
                    break
                for call in group:
                    reply = None if self._stop.is_set() else self._ask(call)
                    if reply is None:
                        return
                    self._put(reply)
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            self._put(error)
        finally:
            self._put(_Ended())

    def _put(self, what: object) -> None:
        while True:
            try:
                return self._out.put(what, timeout=_LOOK_SECONDS)
            except Full:
                if self._gone.is_set():
                    return
