"""Shortcuts of the Python face that belong to no one verb."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from synthctx.compose import Sample, compose
from synthctx.suite import Suite


def samples(
    task: str,
    *,
    length: int | str | list[int | str],
    n: int = 1,
    seed: int,
    depth: Any = None,
    language: str | None = None,
    tokenizer: str = "tekken",
    haystack: Any = None,
    **params: Any,
) -> Iterator[Sample]:
    """Yield samples of a task; nothing is written.

    Args:
        task: id of the task.
        length: window, or a list of windows: 4096 or "4k".
        n: samples a cell.
        seed: suite seed.
        depth: as in a suite file.
        language: one of the task's.
        tokenizer: what a length is measured in.
        haystack: as in a suite file.
        params: the task's parameters.

    Raises:
        SuiteError: something is not allowed; every problem in one message.
        GenerationError: the task does not fit into the length.
    """
    entry: dict[str, Any] = {"task": task, "length": length, "samples": n, "params": params}
    for name, value in (("depth", depth), ("language", language), ("haystack", haystack)):
        if value is not None:
            entry[name] = value
    document = {"name": task, "seed": seed, "tokenizer": tokenizer, "tests": [entry]}
    for row in Suite.from_document(document, "samples()").rows():
        yield compose(row)
