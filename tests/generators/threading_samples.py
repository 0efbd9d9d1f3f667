"""Samples of Needle Threading for tests, and what is in them by brute force."""

from __future__ import annotations

from typing import Any

from synthctx.compose import Sample
from synthctx.generators._threading_pairs import Pair, pairs_of
from synthctx.tasks import Body
from tests.generators.samples import made, scores

SINGLE, MULTIPLE, CONDITIONAL = (
    f"threading/{name}" for name in ("single", "multiple", "conditional")
)
THREAD, MULTI, BRANCHED = (
    f"threading/{name}" for name in ("thread", "multi_thread", "branched_thread")
)
ALL = (SINGLE, MULTIPLE, CONDITIONAL, THREAD, MULTI, BRANCHED)


def make(
    task: str,
    index: int = 0,
    length: int = 8192,
    depth: float | None = None,
    tokenizer: str = "tekken",
    **params: Any,
) -> Sample:
    return made(task, params, seed=5, index=index, length=length, depth=depth, tokenizer=tokenizer)


def answered(sample: Sample) -> tuple[float | None, float | None]:
    return scores(sample, sample.task.read(sample.prompt))


def shown(sample: Sample) -> list[Pair]:
    return pairs_of(sample.context)


def evidence(sample: Sample) -> list[Pair]:
    pieces = "\n".join(sample.prompt[p.char_start : p.char_end] for p in sample.evidence)
    return pairs_of(pieces)


def keys_asked(sample: Sample) -> list[str]:
    return list(sample.draft.rule_params["keys"])


def walk(sample: Sample, key: str) -> list[int]:
    """Follow a key from pair to pair; where in the text each of them stands."""
    pairs = shown(sample)
    at = {pair.key: i for i, pair in enumerate(pairs)}
    places: list[int] = []
    while key in at:
        places.append(at[key])
        key = pairs[at[key]].value
    return places


def one_pair(sample: Sample) -> int:
    assert isinstance(sample.draft.body, Body)
    return sample.draft.body.item_tokens


def chains(sample: Sample) -> list[list[str]]:
    """All threads in a text by brute force, whoever asks for them."""
    values = dict(shown(sample))
    starts = set(values) - set(values.values())
    out = []
    for start in starts:
        chain = [start]
        while chain[-1] in values:
            chain.append(values[chain[-1]])
        out.append(chain)
    assert sum(len(chain) - 1 for chain in out) == len(values), "somewhere is a circle"
    return [chain for chain in out if len(chain) > 2]
