"""How far plain retrieval and a short window get on every test at 32k: for the catalogue.

Of tests that show demonstrations also what classifiers learn from them.

Run: make catalogue. Measures what has not been measured in its version, and writes
docs/baselines.json.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

from measure import ROOT

from synthctx.baseline import baseline
from synthctx.compose import Sample, compose
from synthctx.models import Request, get_model
from synthctx.rules import grade
from synthctx.suite import Suite
from synthctx.tasks import TASKS, Task

PAGE = ROOT / "docs" / "baselines.json"
READERS = {"retrieval": "reader:retrieval?k=8", "window": "reader:window?tokens=8k"}
LEARNED = ("linear", "shuffled", "nearest")
SAMPLES = 20
QUESTIONS = 50  # that the classifiers are asked; one fit is for all of them


def samples(task: Task) -> Iterator[Sample]:
    """Yield samples of 32k, over five depths where the test has one."""
    entry: dict[str, object] = {"task": task.id, "length": "32k", "samples": SAMPLES}
    if task.depth:
        entry |= {"depth": "0:1:5", "samples": SAMPLES // 5}
    suite = Suite.from_document({"seed": 32, "tests": [entry]})
    yield from map(compose, suite.rows())


def asked(sample: Sample) -> Request:
    """Return what a model is sent."""
    draft, row = sample.draft, sample.row
    return Request(
        row.sample_id,
        draft.prefix,
        sample.context,
        draft.suffix,
        row.task,
        row.tokenizer,
        sample.max_output_tokens,
    )


def score(sample: Sample, model: str) -> float:
    """Return the strict score of a reader on a sample."""
    draft = sample.draft
    result = grade(
        sample.task.rule,
        output=get_model(model).answer(asked(sample)).output,
        reference=draft.reference,
        params=dict(draft.rule_params),
    )
    return result.score or 0.0


def measured(task: Task) -> dict[str, float]:
    """Return the mean score of each reader, and over how many samples."""
    made = list(samples(task))
    means = {n: round(sum(score(s, m) for s in made) / len(made), 3) for n, m in READERS.items()}
    return {**means, **learned(task), "samples": len(made)}


def learned(task: Task) -> dict[str, float]:
    """Return what classifiers get that have seen the demonstrations, {} where there are none."""
    if task.demonstrations is None:
        return {}
    entry = {"task": task.id, "length": "32k", "samples": QUESTIONS}
    suite = Suite.from_document({"seed": 32, "tests": [entry]})
    found = baseline(map(compose, suite.rows()))
    return {name: round(getattr(found, name), 3) for name in LEARNED}


def main() -> None:
    known = json.loads(PAGE.read_text(encoding="utf-8")) if PAGE.is_file() else {}
    found = {}
    for name, task in TASKS:
        key = f"{name} {task.version}"
        found[key] = known.get(key) or measured(task)
        print(key, found[key], file=sys.stderr)
        PAGE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
