"""Several calls under way: how many, what is held, and how it ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from synthctx.asking import ask_all


@pytest.mark.parametrize("lanes", [1, 4])
def test_no_more_is_taken_than_is_needed(lanes: int) -> None:
    taken = 0

    def groups() -> Iterator[list[int]]:
        nonlocal taken
        for number in range(1000):
            taken += 1
            yield [number]

    replies = ask_all(groups(), lambda call: call, lanes)
    got = [next(replies) for _ in range(20)]
    time.sleep(0.2)
    # a lane holds one group, and the queue of replies is bounded
    assert taken <= 20 + 3 * lanes + 1
    got += list(replies)
    assert sorted(got) == list(range(1000))


def test_a_group_is_asked_in_order_by_one_lane() -> None:
    where: dict[int, set[str]] = {}

    def ask(call: tuple[int, int]) -> tuple[int, int]:
        where.setdefault(call[0], set()).add(threading.current_thread().name)
        time.sleep(0.001)
        return call

    groups = ([(group, n) for n in range(5)] for group in range(20))
    replies = list(ask_all(groups, ask, 4))
    assert all(len(names) == 1 for names in where.values())
    for group in range(20):
        assert [n for g, n in replies if g == group] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("lanes", [1, 3])
def test_none_ends_it_and_what_is_under_way_still_comes(lanes: int) -> None:
    lock = threading.Lock()
    asked: list[int] = []

    def ask(call: int) -> int | None:
        with lock:
            asked.append(call)
            last = len(asked) > 10
        return None if last else call

    replies = list(ask_all(iter([[n] for n in range(100)]), ask, lanes))
    assert len(replies) == 10


def test_what_a_lane_raises_is_raised_once_the_others_are_in() -> None:
    def ask(call: int) -> int:
        if call == 5:
            raise RuntimeError("broken")
        time.sleep(0.05)
        return call

    got: list[int] = []
    replies = ask_all(iter([[n] for n in range(100)]), ask, 4)
    with pytest.raises(RuntimeError, match="broken"):
        while True:
            got.append(next(replies))
    assert 4 <= len(got) < 50, "what is under way is taken in, the rest is not asked"


def test_lanes_end_when_nobody_reads_on() -> None:
    replies = ask_all(iter([[n] for n in range(100)]), lambda call: call, 4)
    next(replies)
    replies.close()  # type: ignore[attr-defined]
    until = time.monotonic() + 5
    while time.monotonic() < until:
        if not [t for t in threading.enumerate() if t.name.startswith("lane-")]:
            break
        time.sleep(0.05)
    assert not [t for t in threading.enumerate() if t.name.startswith("lane-")]
