"""What classifiers learn from a test's demonstrations."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from synthctx.cli.common import flags_document, need, print_rows, suite_flags


@click.command()
@click.argument("name", metavar="TASK")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@suite_flags
def baseline(name: str, as_json: bool, **flags: Any) -> int:
    """Fit scikit-learn classifiers on the demonstrations of a many-shot TASK.

    A linear model that is right shows that the demonstrations suffice; shuffled labels, the
    nearest demonstration, the majority and the label names alone are controls. Figures are mean
    strict scores over 50 samples, or as many as --samples says.

    Of a test out of a file of your own (-p file=TABLE), ceiling is what the linear model gets
    that has learned every demonstration of the file.
    """
    from synthctx.baseline import baseline as run
    from synthctx.compose import compose
    from synthctx.suite import Suite

    need(flags["task"] in (None, name), "name the task once")
    flags |= {"task": name, "seed": flags["seed"] or 0, "samples": flags["samples"] or 50}
    suite = Suite.from_document(flags_document(**flags), "the suite from flags")
    rows = []
    for length in suite.tests[0].lengths:
        found = run(compose(row) for row in suite.rows() if row.length == length)
        figures = {k: round(v, 3) if isinstance(v, float) else v for k, v in asdict(found).items()}
        if found.ceiling is None:
            del figures["ceiling"]
        rows.append({"task": name, "length": length, **figures})
    print_rows(rows, as_json)
    return 0
