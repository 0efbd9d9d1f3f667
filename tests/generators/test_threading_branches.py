"""Branched threads: one way is the longest, and no shortcut finds it."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from synthctx.errors import SuiteError
from synthctx.generators._threading_ways import Edge, tree
from synthctx.generators.threading import DIRECTIONS
from synthctx.streams import Streams
from synthctx.tasks import get_task
from tests.generators.threading_samples import (
    BRANCHED,
    answered,
    chains,
    evidence,
    keys_asked,
    make,
    shown,
)


def ends(edges: dict[Any, list[Any]], start: Any) -> list[tuple[int, Any]]:
    """Length and end of every way from a start, by depth-first search."""
    out = []
    stack = [(0, start, frozenset([start]))]
    while stack:
        steps, node, before = stack.pop()
        if node not in edges:
            out.append((steps, node))
        for following in edges.get(node, []):
            assert following not in before, "a circle"
            stack.append((steps + 1, following, before | {following}))
    return out


def grown(edges: list[Edge]) -> dict[int, list[int]]:
    out: dict[int, list[int]] = {}
    for edge in edges:
        out.setdefault(edge.start, []).append(edge.end)
    return out


@pytest.mark.parametrize("bushy", [True, False])
@pytest.mark.parametrize("length", [2, 3, 5, 10])
@pytest.mark.parametrize("branching", [1, 2, 3, 5])
def test_one_way_of_a_tree_is_the_longest(length: int, branching: int, bushy: bool) -> None:
    for seed in range(60):
        edges = tree(Streams(seed)("t"), length, branching, bushy)
        assert [e[:2] for e in edges[:length]] == [(i, i + 1) for i in range(length)]
        assert sorted(e.end for e in edges) == list(range(1, len(edges) + 1)), "a tree"
        found = ends(grown(edges), 0)
        assert [end for steps, end in found if steps >= length] == [length]
        depth = {0: 0}
        for start, end, level in edges:
            assert level == depth[start]
            depth[end] = level + 1
        values = grown(edges)
        assert all(len(values[i]) == branching for i in range(length - 1))
        assert len(values[length - 1]) == 1
        if bushy:  # a decoy's keys have several values too, its last one has one
            assert {len(v) for v in values.values()} <= {1, branching}


def test_a_decoy_cannot_be_told_by_one_look_ahead() -> None:
    """The values that lead on to several others: on the way, and on decoys."""
    decoys = 0
    for seed in range(40):
        values = grown(tree(Streams(seed)("t"), 6, 3, True))
        for node in range(3):
            decoys += sum(len(values.get(v, [])) == 3 for v in values[node] if v != node + 1)
    assert decoys > 60


@pytest.mark.parametrize("decoys", ["branched", "plain"])
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_longest_way_in_the_text(direction: str, decoys: str) -> None:
    for index, depth in product(range(3), (None, 0.0, 0.37, 1.0)):
        sample = make(
            BRANCHED,
            index,
            16384,
            depth,
            thread_length=5,
            branching=3,
            direction=direction,
            decoys=decoys,
        )
        pairs = shown(sample)
        edges: dict[str, list[str]] = {}
        for key, value in pairs:
            edges.setdefault(key, []).append(value)
        assert len({value for _, value in pairs}) == len(pairs), "a value has one key"
        (key,) = keys_asked(sample)
        found = sorted(ends(edges, key))
        assert found[-1] == (5, sample.draft.reference)
        assert found[-2][0] < 5
        assert answered(sample) == (1.0, 1.0)
        others = [ends(edges, start) for start in set(edges) - {v for _, v in pairs}]
        assert sum(max(way)[0] == 5 for way in others) == 2, "one more tree"
        at = {value: i for i, (_, value) in enumerate(pairs)}
        if direction != "random":
            for k, values in edges.items():
                if k in at:
                    assert {at[v] > at[k] for v in values} == {direction == "forward"}
        if depth is not None:
            place = at[sample.draft.reference]
            inside = {p.value for p in evidence(sample)}
            before = sum(pairs[i].value not in inside for i in range(place))
            assert abs(before - depth * (len(pairs) - len(inside))) <= 2


def test_one_branch_is_a_thread() -> None:
    sample = make(BRANCHED, branching=1, thread_length=4, distractors=2)
    assert [len(chain) for chain in chains(sample)] == [5] * 3
    assert answered(sample) == (1.0, 1.0)


def test_always_the_first_branch_is_rarely_the_longest() -> None:
    hits = {0: 0, -1: 0}
    for index, way in product(range(40), hits):
        sample = make(BRANCHED, index, 8192)
        edges: dict[str, list[str]] = {}
        for key, value in shown(sample):
            edges.setdefault(key, []).append(value)
        (node,) = keys_asked(sample)
        while node in edges:
            node = edges[node][way]
        hits[way] += node == sample.draft.reference
    assert max(hits.values()) <= 4


def test_branches_are_always_lines() -> None:
    with pytest.raises(SuiteError, match="form"):
        get_task(BRANCHED).complete({"form": "json"})
    lines = make(BRANCHED).context.split("\n")
    assert all(len(line) == 76 and " -> " in line for line in lines)
