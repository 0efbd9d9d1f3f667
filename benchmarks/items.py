"""How fast bodies made of items are composed, one core, with and without their pools built.

Run: make bench. Writes benchmarks/results/items.json.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from measure import save

from synthctx.compose import compose
from synthctx.suite import Suite
from synthctx.tasks import Row

TASKS = (
    "longicl/classification",
    "longproc/html_to_tsv",
    "longicl/relation",
    "adaleval/tsort",
    "adaleval/best_answer",
    "m4le/explicit_multiple_reviews",
    "needlebench/ancestral_trace",
    "infinitebench/kv_retrieval",
    "ruler/niah_multikey_3",
    "ruler/cwe",
    "threading/multi_thread",
)
LENGTH = 131_072
SAMPLES = 100


def rate(rows: Sequence[Row]) -> float:
    """Return M tokens/s of composing some rows."""
    start = time.perf_counter()
    tokens = sum(compose(row).prompt_tokens for row in rows)
    return tokens / (time.perf_counter() - start) / 1e6


def main() -> None:
    result: dict[str, object] = {"samples": f"{SAMPLES} of {LENGTH:,} tokens"}
    for task in TASKS:
        entry = {"task": task, "length": LENGTH, "samples": 2 * SAMPLES}
        rows = list(Suite.from_document({"seed": 1, "tests": [entry]}).rows())
        cold, warm = rate(rows[:SAMPLES]), rate(rows[SAMPLES:])
        result[f"{task}, M tokens/s"] = round(warm, 1)
        result[f"{task}, first {SAMPLES}"] = round(cold, 1)
    save("items", result)


if __name__ == "__main__":
    main()
