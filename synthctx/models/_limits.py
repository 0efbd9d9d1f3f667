"""Keeping within a server's rate limits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Pace:
    """Spreads calls evenly, so that no minute holds more requests or tokens than allowed.

    Calls are let through in the order in which they ask. One call that is larger than a
    whole minute's tokens goes through alone, and the next waits until its share has passed.

    Args:
        requests_per_minute: None is without limit.
        tokens_per_minute: of prompt and room for the answer together; None is without limit.
        clock: seconds, ever growing.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._request_seconds = 60 / requests_per_minute if requests_per_minute else 0.0
        self._token_seconds = 60 / tokens_per_minute if tokens_per_minute else 0.0
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._requests_free = self._tokens_free = float("-inf")

    def wait(self, tokens: int) -> None:
        """Wait until a call of so many tokens may be sent."""
        if not self._request_seconds and not self._token_seconds:
            return
        with self._lock:
            now = self._clock()
            start = max(now, self._requests_free, self._tokens_free)
            self._requests_free = start + self._request_seconds
            self._tokens_free = start + tokens * self._token_seconds
        if start > now:
            self._sleep(start - now)
