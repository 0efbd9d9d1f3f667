"""Scoring the outputs of a bench by the rules its samples name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from synthctx.errors import StoreError, UnknownName, did_you_mean
from synthctx.rules import Grade, failed, get_rule, grade
from synthctx.store import Bench, read_rows, write_rows
from synthctx.tables import slug

_REFERENCE = ["sample_id", "scorer", "reference", "rule_params", "floor"]


def score(
    path: str | Path | Bench,
    model: str | None = None,
    *,
    progress: Callable[[int], None] | None = None,
) -> dict[str, int]:
    """Score the outputs of one model, or of all; return rows scored by model.

    Scores are made anew each time and replace what was there.

    Raises:
        StoreError: there is no bench, or it has no outputs yet.
        UnknownName: the bench has no outputs of that model.
    """
    bench = Bench.open(path)
    models = bench.models("outputs")
    if not models:
        raise StoreError(f"'{bench.path}' has no outputs yet: run synthctx answer first")
    if model is not None and model not in models:
        raise UnknownName(
            f"no outputs of model '{model}' in '{bench.path}'.{did_you_mean(model, models)} "
            f"There are: {', '.join(models)}"
        )
    references = {row["sample_id"]: row for row in bench.samples(_REFERENCE)}
    return {
        name: _score_model(bench, name, references, progress)
        for name in ([model] if model else models)
    }


def _score_model(
    bench: Bench,
    model: str,
    references: dict[str, dict[str, Any]],
    progress: Callable[[int], None] | None,
) -> int:
    parts = bench.model_parts("outputs", model)
    last: dict[tuple[str, int], tuple[bool, int]] = {}
    for number, key, error in _keys(parts):
        # a later answer takes the place of an earlier one, a failed call never does
        if key not in last or error is None or not last[key][0]:
            last[key] = (error is None, number)

    def rows() -> Iterator[dict[str, Any]]:
        number = done = 0
        for part in parts:
            for output in read_rows(part):
                key = (output["sample_id"], output["attempt"])
                if last[key][1] == number:
                    yield _row(output, references)
                    done += 1
                    if progress is not None and done % 200 == 0:
                        progress(200)
                number += 1

    folder = bench.path / "scores" / f"model={slug(model)}"
    target = folder / "part-00000.parquet"
    written = write_rows(target, "scores", rows())
    for old in folder.glob("part-*.parquet"):
        if old != target:
            old.unlink()
    return written.rows


def _keys(parts: list[Path]) -> Iterator[tuple[int, tuple[str, int], str | None]]:
    number = 0
    for part in parts:
        for row in read_rows(part, ["sample_id", "attempt", "error"]):
            yield number, (row["sample_id"], row["attempt"]), row["error"]
            number += 1


def _row(output: dict[str, Any], references: dict[str, dict[str, Any]]) -> dict[str, Any]:
    sample = references.get(output["sample_id"])
    if sample is None:
        raise StoreError(
            f"outputs of model '{output['model']}' name sample {output['sample_id']}, "
            "which is not in this bench"
        )
    return score_row(output, sample["scorer"], sample["reference"], sample["rule_params"])


def score_row(
    output: dict[str, Any], scorer: str, reference: str, rule_params: str
) -> dict[str, Any]:
    """Return the scores row of an outputs row; reference and parameters as JSON."""
    if output["error"] is not None:
        result = failed(f"the call failed: {output['error']}")
    else:
        result = grade(
            scorer,
            output=output["output"],
            reference=json.loads(reference),
            params=json.loads(rule_params),
            finish_reason=output["finish_reason"],
        )
        if output["output"] == "" and output["reasoning"]:
            result = replace(result, explanation="the answer is empty; all of it was reasoning")
    return _record(output, scorer, result)


def _record(output: dict[str, Any], scorer: str, result: Grade) -> dict[str, Any]:
    return {
        "sample_id": output["sample_id"],
        "model": output["model"],
        "attempt": output["attempt"],
        "scorer": scorer,
        "scorer_version": get_rule(scorer).version,
        "status": result.status,
        "score": result.score,
        "paper": result.paper,
        "metrics": list(result.metrics.items()),
        "extracted": _short(result.extracted, 2000),
        "explanation": _short(result.explanation, 1000),
        "flags": list(result.flags),
    }


def _short(text: str | None, limit: int) -> str | None:
    if text is None or len(text) <= limit:
        return text
    return text[: limit - 1] + "…"
