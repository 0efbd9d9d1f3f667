"""One sample of a test, made alone, and what its rule says of an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthctx.compose import Sample, compose
from synthctx.rules import Grade, grade
from synthctx.tasks import Row, get_task

# tests over all tests take 8k and a little more, where that is enough for one round of all labels
LONGER = {"longicl/discourse": ["12k", "16k"], "longicl/relation": ["12k", "16k"]}


def made(
    task: str,
    params: Mapping[str, Any],
    *,
    seed: int,
    index: int,
    length: int,
    depth: float | None,
    tokenizer: str,
    language: str = "en",
    haystack: Mapping[str, Any] | None = None,
    max_output_tokens: int | None = None,
) -> Sample:
    row = Row(
        seed=seed,
        task=task,
        task_version=1,
        language=language,
        length=length,
        depth=depth,
        index=index,
        version=0,
        tokenizer=tokenizer,
        params=get_task(task).complete(params),
        haystack=haystack or {},
        max_output_tokens=max_output_tokens,
    )
    return compose(row)


def graded(sample: Sample, output: str) -> Grade:
    draft = sample.draft
    return grade(
        sample.task.rule, output=output, reference=draft.reference, params=dict(draft.rule_params)
    )


def scores(sample: Sample, output: str) -> tuple[float | None, float | None]:
    result = graded(sample, output)
    return result.score, result.paper
