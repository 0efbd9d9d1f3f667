"""Streams: pure functions of key and label, with figures that must never move."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthctx.streams import Stream, Streams


def test_the_figures_that_every_sample_rests_on() -> None:
    stream = Stream(b"golden")
    assert stream.integers(0, 1000, 6).tolist() == GOLDEN_INTEGERS
    assert Stream(b"golden").permutation(6).tolist() == GOLDEN_PERMUTATION
    assert Stream(b"golden").below(10**30) == GOLDEN_BELOW


GOLDEN_INTEGERS = [972, 640, 174, 993, 709, 511]
GOLDEN_PERMUTATION = [2, 5, 1, 4, 0, 3]
GOLDEN_BELOW = 972749754312131381653006372281


def test_labels_do_not_move_one_another() -> None:
    streams = Streams(["suite", 1])
    before = streams("needle").integers(0, 100, 5).tolist()
    streams("haystack").integers(0, 100, 1000)
    assert streams("needle").integers(0, 100, 5).tolist() == before
    assert streams("haystack").integers(0, 100, 5).tolist() != before
    assert streams.child("x")("needle").integers(0, 100, 5).tolist() != before


def test_keys_that_look_alike_are_different() -> None:
    pairs = [([1, 11], [11, 1]), (["a", "b"], ["ab"]), ([1], ["1"]), ({"a": 1}, [["a", 1]])]
    for one, other in pairs:
        assert Streams(one)("x").raw(2).tolist() != Streams(other)("x").raw(2).tolist()


@given(st.integers(1, 10**24))
def test_below_is_below(high: int) -> None:
    assert 0 <= Stream(str(high).encode()).below(high) < high


@given(st.integers(0, 60), st.data())
def test_samples_are_different_items(k: int, data: st.DataObject) -> None:
    n = data.draw(st.integers(k, 5000))
    drawn = Stream(f"{k},{n}".encode()).sample(range(n), k)
    assert len(set(drawn)) == k
    assert all(0 <= i < n for i in drawn)


def test_too_large_a_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot draw 3 different items out of 2"):
        Stream(b"x").sample([1, 2], 3)


def test_draws_are_even() -> None:
    counts = np.bincount(Stream(b"even").integers(0, 10, 100_000), minlength=10)
    assert counts.min() > 9_600
    assert counts.max() < 10_400
    firsts = [int(Stream(f"p{i}".encode()).permutation(4)[0]) for i in range(4000)]
    assert np.bincount(firsts).min() > 880
