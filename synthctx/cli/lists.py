"""What there is: tasks, rules, models, tokenizers, suites, the schema."""

from __future__ import annotations

import fnmatch
import json
from typing import Any

import click

from synthctx.cli.common import print_rows

as_json = click.option("--json", "as_json", is_flag=True, help="Machine-readable, with all fields.")


@click.command()
@click.argument("pattern", default="*")
@as_json
def tasks(pattern: str, as_json: bool) -> int:
    """List the tests whose id matches PATTERN (for example 'ruler/*')."""
    from synthctx.errors import unknown
    from synthctx.tasks import TASKS

    found = [t for name, t in TASKS if fnmatch.fnmatch(name, pattern) or pattern in name]
    if not found:
        raise unknown("task", pattern, TASKS.names())
    rows: list[dict[str, Any]] = [
        {
            "task": t.id,
            "languages": ",".join(t.languages),
            "summary": t.summary,
        }
        for t in found
    ]
    if as_json:
        for row, t in zip(rows, found, strict=True):
            row |= {
                "version": t.version,
                "rule": t.rule,
                "params": {n: dict(s) for n, s in t.params.items()},
                "languages": list(t.languages),
                "haystacks": list(t.haystacks),
                "depth": t.depth,
                "uniqueness": t.uniqueness,
                "source": t.source,
            }
    print_rows(rows, as_json)
    return 0


@click.command()
@click.argument("pattern", default="*")
@as_json
def rules(pattern: str, as_json: bool) -> int:
    """List the scoring rules whose id matches PATTERN."""
    from synthctx.errors import unknown
    from synthctx.rules import RULES

    found = [r for name, r in RULES if fnmatch.fnmatch(name, pattern) or pattern in name]
    if not found:
        raise unknown("rule", pattern, RULES.names())
    rows = [
        {
            "rule": r.id,
            "version": r.version,
            "source": r.source,
            "extracts": r.extracts,
            "compares": r.compares,
        }
        for r in found
    ]
    if as_json:
        print_rows(rows, as_json)
        return 0
    for row in rows:
        click.echo(click.style(row.pop("rule"), bold=True))
        for name, text in row.items():
            click.echo(f"  {name:<9}{text}")
    return 0


@click.command()
@as_json
def models(as_json: bool) -> int:
    """List who can answer."""
    from synthctx.models import MODELS

    rows = []
    for name, factory in MODELS:
        text = (factory.__doc__ or "").strip().splitlines()
        rows.append({"model": name, "what": text[0] if text else ""})
    print_rows(rows, as_json)
    return 0


@click.command()
@as_json
def tokenizers(as_json: bool) -> int:
    """List what a length can be measured in."""
    from synthctx.tokenizers import SUMMARIES, TOKENIZERS

    print_rows(
        [{"tokenizer": n, "what": SUMMARIES.get(n, "from a plugin")} for n in TOKENIZERS.names()],
        as_json,
    )
    return 0


@click.command()
@as_json
def suites(as_json: bool) -> int:
    """List the suites that come with synthctx."""
    from synthctx.suite import Suite, shipped_suites

    rows = []
    for name in shipped_suites():
        suite = Suite.from_file(name)
        count = sum(1 for _ in suite.rows())
        tasks = ", ".join(dict.fromkeys(t.task.id for t in suite.tests))
        rows.append({"suite": name, "samples": count, "tasks": tasks})
    print_rows(rows, as_json)
    return 0


@click.command()
def schema() -> int:
    """Print the JSON Schema (draft 2020-12) of a suite file."""
    from synthctx.suite import suite_schema

    click.echo(json.dumps(suite_schema(), indent=2))
    return 0
