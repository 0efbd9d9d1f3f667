"""The measured figures as the table of the README: python benchmarks/table.py."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def result(name: str) -> dict[str, Any]:
    """Return a recorded result."""
    return dict(json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8")))


def rows() -> Iterator[tuple[str, str]]:
    """Yield what was measured, and the figure."""
    compose, peer, scoring = map(result, ("compose", "against_lm_eval", "scoring"))
    yield (
        "200 samples of 131,072 tokens, composed and written as zstd-3 Parquet, one core",
        f"{compose['M tokens/s']} M tokens/s, {compose['share of writing speed']:.0%} of the speed "
        "of pyarrow writing the same strings alone",
    )
    yield (
        "two workers beside one, 8,000 such samples",
        f"{compose['speed-up of two workers']} times",
    )
    yield (
        "first sample of 4k, from process start",
        f"{compose['first 4k sample, whole process, s']} s",
    )
    ours, theirs = (
        peer[f"{who}, s"] for who in ("synthctx, default vocabulary", "lm-evaluation-harness")
    )
    default, same = (peer[f"ratio, {which} vocabulary"] for which in ("default", "same"))
    yield (
        "500 samples of 131,072 tokens in an essay, whole process, beside "
        "lm-evaluation-harness's RULER",
        f"{ours} s beside {theirs:.0f} s ({default} times; with the same Hugging Face "
        f"vocabulary {same} times)",
    )
    for name, value in result("items").items():
        if name.endswith(", M tokens/s"):
            yield f"`{name.removesuffix(', M tokens/s')}` at 128k, one core", f"{value} M tokens/s"
    for name, value in result("memory").items():
        if " x " in name:
            yield f"peak memory of {name}", value.partition(",")[0]
    yield (
        "recorded answers scored, Parquet in and out, one core",
        f"{scoring['score, answers a minute']} a minute",
    )
    views = [float(v.split(" s,")[0]) for v in result("analytics").values() if " s of cores" in v]
    yield "the slowest view over a bench of a million results", f"{max(views)} s"
    analytics, gate = result("analytics"), result("gate")
    yield "report of a million results", analytics["synthctx report, whole process"]
    yield (
        "calls that a gate saves (at least 0.9, 200 samples) with a model 10 points off",
        gate["saved 10 points from the threshold"],
    )


def table() -> str:
    """Return the table."""
    lines = ["| what | measured |", "|---|---|"]
    return "\n".join([*lines, *(f"| {what} | {figure} |" for what, figure in rows())])


if __name__ == "__main__":
    print(table())
