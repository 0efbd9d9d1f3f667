"""When a call is tried again, and how long is waited before."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

from synthctx.errors import PartlyDone
from synthctx.streams import Streams

if TYPE_CHECKING:
    from tenacity import RetryCallState

T = TypeVar("T")
AGAIN = frozenset({408, 409, 425, 429, *range(500, 600)})
_LONGEST = 60.0  # seconds between two tries, unless the server asks for more
_PATIENCE = 900.0  # a server that asks for a longer wait is asked another day


class Again(Exception):
    """A try failed in a way that may pass.

    Attributes:
        wait: seconds that the server asks to wait, None when it says nothing.
        unreached: there was no connection at all.
    """

    def __init__(self, what: str, wait: float | None = None, unreached: bool = False) -> None:
        super().__init__(what)
        self.wait = wait
        self.unreached = unreached


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that Retry-After asks for: a number, or a date."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        text = headers.get(name, "").strip()
        try:
            seconds = float(text) / unit
        except ValueError:
            continue
        if 0 <= seconds < float("inf"):
            return seconds
    try:
        when = parsedate_to_datetime(headers.get("retry-after", ""))
    except (ValueError, TypeError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


def tried(
    call: Callable[[], T],
    key: Any,
    *,
    retries: int,
    backoff: float,
    sleep: Callable[[float], None] = time.sleep,
) -> T:
    """Return what a call gives, trying again while it raises `Again`.

    Args:
        call: what is tried.
        key: of the stream that the jitter is drawn from: the same call waits the same.
        retries: how often it is tried again.
        backoff: seconds before the second try; twice as long before each further one.
        sleep: waits so many seconds.

    Raises:
        Again: the last try failed too.
        PartlyDone: the server asks to wait for longer than one would.
    """
    import tenacity

    jitter = Streams(["retry", key])("jitter").uniform(retries + 1).tolist()

    def wait(state: RetryCallState) -> float:
        failure = state.outcome.exception() if state.outcome else None
        if isinstance(failure, Again) and failure.wait is not None:
            if failure.wait > _PATIENCE:
                raise PartlyDone(
                    f"the server asks to wait {failure.wait:.0f} seconds ({failure}); "
                    "the same command goes on then"
                )
            # never before what the server asks for, and not all lanes at once
            return float(failure.wait + backoff * jitter[state.attempt_number - 1] / 4)
        longest = min(_LONGEST, backoff * 2.0 ** (state.attempt_number - 1))
        return float(longest * (0.5 + jitter[state.attempt_number - 1] / 2))

    trying = tenacity.Retrying(
        stop=tenacity.stop_after_attempt(retries + 1),
        wait=wait,
        retry=tenacity.retry_if_exception_type(Again),
        sleep=sleep,
        reraise=True,
    )
    return trying(call)
