"""Writes docs/tasks.md out of the registered tests and what readers reach on them.

Run: make docs. A test checks that the page is what this makes.
"""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Any

from synthctx.tasks import TASKS, Task

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "tasks.md"
BASELINES = ROOT / "docs" / "baselines.json"
SOLVED = 0.95
COLUMNS = (
    "test",
    "what it measures",
    "scope",
    "diffusion",
    "languages",
    "rule",
    "retrieval",
    "window",
)
LEARNED = ("linear", "shuffled", "nearest")  # one column more where a test shows demonstrations

HEAD = """# The tests

Each test is a pure function of seed, version and index, exact in length, with one right answer
and a reader that finds it from the prompt alone. *Scope* is how much evidence an answer needs,
*diffusion* how hard it is to find. The last two columns are measured at 32k: the strict score of
the test's own solver on the eight chunks that a TF-IDF search for the question finds
(`reader:retrieval?k=8`), and on the last 8k tokens (`reader:window?tokens=8k`). A test that
retrieval solves says little about how far a model reads.

Tests whose answer must be learned from demonstrations have a column more, *linear / shuffled /
nearest*, also measured at 32k (`synthctx baseline TASK`): what a linear model gets that has
learned the demonstrations, the same with their labels shuffled, and the label of the
demonstration that is most like the question.

`synthctx tasks` lists them in the terminal, `synthctx show TASK` shows a sample.
"""


def measured() -> dict[str, dict[str, float]]:
    """Return what readers reached, by test and version."""
    return dict(json.loads(BASELINES.read_text(encoding="utf-8")))


def row(task: Task, reached: dict[str, float] | None, learned: bool) -> str:
    """Return a test's line of the table, with what is learned where the table has that column."""
    figures = ["?", "?"]
    if reached is not None:
        figures = [f"{reached[name]:.2f}" for name in ("retrieval", "window")]
        if reached["retrieval"] >= SOLVED:
            figures[0] = f"**{figures[0]}: retrieval solves it**"
    cells = [f"`{task.id}`", task.summary, task.scope, task.diffusion]
    cells += [", ".join(task.languages), f"`{task.rule}`", *figures]
    if learned:
        cells.append(_learned(task, reached))
    return "| " + " | ".join(cells) + " |"


def _learned(task: Task, reached: dict[str, float] | None) -> str:
    if task.demonstrations is None:
        return "-"
    figures = [reached.get(name) if reached else None for name in LEARNED]
    return " / ".join("?" if f is None else f"{f:.2f}" for f in figures)


def params(task: Task) -> str:
    """Return a test's parameters with their defaults, as a list."""
    lines = [
        f"  - `{name}`: {_allowed(schema)}, default {json.dumps(schema['default'])}"
        for name, schema in task.params.items()
    ]
    return "\n".join(lines)


def _allowed(schema: Any) -> str:
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    kind = schema.get("type", "any")
    kind = " or ".join(kind) if isinstance(kind, list) else kind
    low, high = schema.get("minimum"), schema.get("maximum")
    return kind if low is None and high is None else f"{kind} {low} to {high}"


def page() -> str:
    """Return the whole page."""
    reached = measured()
    lines = [HEAD]
    tasks = [task for _, task in TASKS]
    for family, members in groupby(tasks, key=lambda task: task.id.split("/")[0]):
        listed = list(members)
        lines += [f"## {family}", ""]
        learned = any(task.demonstrations is not None for task in listed)
        columns = [*COLUMNS, " / ".join(LEARNED)] if learned else list(COLUMNS)
        lines += ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
        lines += [row(task, reached.get(f"{task.id} {task.version}"), learned) for task in listed]
        lines.append("")
        for task in listed:
            lines.append(f"- `{task.id}`: {task.source}. {_answer(task)}")
            if task.params:
                lines.append(params(task))
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _answer(task: Task) -> str:
    hay = f"Filler: {', '.join(task.haystacks)}." if task.haystacks else "Made of items."
    depth = "Depth can be asked for." if task.depth else "No depth."
    return f"{hay} {depth} The answer is {task.uniqueness} to be the only right one."


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
