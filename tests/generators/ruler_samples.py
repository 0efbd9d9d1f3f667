"""Samples of RULER's tests, and what two scorers say of an answer."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Any

from synthctx.compose import Sample, compose
from synthctx.rules import grade
from synthctx.tasks import Row, get_task

NIAH = [
    "niah_single_1",
    "niah_single_2",
    "niah_single_3",
    "niah_multikey_1",
    "niah_multikey_2",
    "niah_multikey_3",
    "niah_multivalue",
    "niah_multiquery",
]
LISTS = ["cwe", "fwe"]
ALL = [*NIAH, "vt", *LISTS]


def make(
    name: str,
    index: int = 0,
    length: int = 8192,
    depth: float | None = None,
    kind: str | None = None,
    tokenizer: str = "tekken",
    files: list[str] | None = None,
    **params: Any,
) -> Sample:
    task = get_task(f"ruler/{name}")
    filler = {"kind": kind or task.haystacks[0]} if task.haystacks else {}
    row = Row(
        seed=3,
        task=task.id,
        task_version=task.version,
        language="en",
        length=length,
        depth=depth,
        index=index,
        version=0,
        tokenizer=tokenizer,
        params=task.complete(params),
        haystack={**filler, **({"files": files} if files else {})},
    )
    return compose(row)


def strict(sample: Sample, output: str) -> float:
    draft = sample.draft
    result = grade(
        sample.task.rule, output=output, reference=draft.reference, params=dict(draft.rule_params)
    )
    return result.score or 0.0


def published(sample: Sample, output: str) -> float:
    """The published scorer, written anew: all references as substrings, in per cent."""
    text = output.lower()
    found = [reference.lower() in text for reference in sample.draft.reference]
    return 100 * sum(found) / len(found)


def pieces(sample: Sample) -> list[str]:
    return [sample.prompt[p.char_start : p.char_end] for p in sample.evidence]


def mean(samples: list[Sample], guess: Callable[[Sample], str]) -> float:
    return sum(strict(s, guess(s)) for s in samples) / len(samples)


def distinct_and_apart(words: list[str]) -> bool:
    """Whether all differ and none stands inside another."""
    return all(a not in b for a, b in permutations(words, 2))
