"""Scoring the outputs of a bench by the rules its samples name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from synthctx.errors import StoreError, UnknownName, did_you_mean
from synthctx.journal import recover
from synthctx.rules import Grade, failed, get_rule, grade
from synthctx.store import Bench, read_batches, write_rows
from synthctx.tables import slug
from synthctx.truncation import COLUMNS as _COUNTED
from synthctx.truncation import load as load_calibration

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

_REFERENCE = ["sample_id", "scorer", "reference", "rule_params"]


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
    recover(bench)
    models = bench.models("outputs")
    if not models:
        raise StoreError(f"'{bench.path}' has no outputs yet: run synthctx answer first")
    if model is not None and model not in models:
        raise UnknownName(
            f"no outputs of model '{model}' in '{bench.path}'.{did_you_mean(model, models)} "
            f"There are: {', '.join(models)}"
        )
    import pyarrow as pa

    columns = [*_REFERENCE, *_COUNTED]
    references = pa.concat_tables(read_batches(bench.parts("samples"), columns))
    return {
        name: _score_model(bench, name, references, progress)
        for name in ([model] if model else models)
    }


class Troubles(NamedTuple):
    """What has gone wrong before the model: failed calls, and prompts that were cut."""

    failed: int
    cut: int


def troubles(path: str | Path | Bench, model: str) -> Troubles:
    """Return how many rows of a model's scores are of failed calls, or of cut prompts."""
    failed = cut = 0
    parts = Bench.open(path).model_parts("scores", model)
    for batch in read_batches(parts, ["status", "flags"]):
        failed += batch["status"].to_pylist().count("failed")
        cut += sum("truncated_prompt" in (flags or []) for flags in batch["flags"].to_pylist())
    return Troubles(failed, cut)


def _score_model(
    bench: Bench,
    model: str,
    references: pa.Table,
    progress: Callable[[int], None] | None,
) -> int:
    """Score one model's outputs part by part; only ids and one batch are held."""
    parts = bench.model_parts("outputs", model)
    keep, place = _which(parts, model, references["sample_id"])
    calibration = load_calibration(bench, model)
    # what a server has seen of a prompt is looked at only where that can be told
    counted = [] if calibration is None else _COUNTED
    wanted = references.select([*_REFERENCE[1:], *counted])

    def rows() -> Iterator[dict[str, Any]]:
        at = 0
        for batch in read_batches(parts):
            here = slice(at, at + batch.num_rows)
            at += batch.num_rows
            answers = batch.filter(keep[here]).to_pylist()
            samples = wanted.take(place[here][keep[here]]).to_pylist()
            for output, sample in zip(answers, samples, strict=True):
                counts = {name: sample.pop(name) for name in counted}
                row = score_row(output, **sample)
                if calibration is not None and calibration.cut(counts, output["prompt_tokens"]):
                    row["flags"].append("truncated_prompt")
                yield row
            if progress is not None:
                progress(len(answers))

    folder = bench.path / "scores" / f"model={slug(model)}"
    target = folder / "part-00000.parquet"
    written = write_rows(target, "scores", rows())
    for old in folder.glob("part-*.parquet"):
        if old != target:
            old.unlink()
    return written.rows


def _which(
    parts: list[Path], model: str, sample_ids: pa.ChunkedArray
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Return which rows of some outputs count, and the row of samples that each belongs to.

    Of several answers to one sample and attempt the last counts; a failed call never takes the
    place of an answer.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    keys = pa.concat_tables(read_batches(parts, ["sample_id", "attempt", "error"]))
    if not len(keys):
        return np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.int64)
    found = pc.index_in(keys["sample_id"], value_set=pc.cast(sample_ids, pa.string()))
    if found.null_count:
        missing = keys["sample_id"][pc.index(pc.is_null(found), True).as_py()]
        raise StoreError(
            f"outputs of model '{model}' name sample {missing}, which is not in this bench"
        )
    place = found.to_numpy().astype(np.int64)
    attempt = keys["attempt"].to_numpy()
    answered = pc.is_null(keys["error"]).to_numpy(zero_copy_only=False)
    # by sample, attempt, whether it is an answer, and place in the files: the last one counts
    order = np.lexsort((answered, attempt, place))
    here, there = order[:-1], order[1:]
    last = (place[here] != place[there]) | (attempt[here] != attempt[there])
    keep = np.zeros(len(order), dtype=np.bool_)
    keep[order[np.append(last, True)]] = True
    return keep, place


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
            params=_params(rule_params),
            finish_reason=output["finish_reason"],
        )
        if output["output"] == "" and output["reasoning"]:
            result = replace(result, explanation="the answer is empty; all of it was reasoning")
    return score_record(output, scorer, result)


@lru_cache(maxsize=256)
def _params(text: str) -> Mapping[str, Any]:
    return MappingProxyType(json.loads(text))


def score_record(output: dict[str, Any], scorer: str, result: Grade) -> dict[str, Any]:
    """Return the scores row of a grade of an outputs row."""
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
