"""The verbs: demo, generate, verify, answer, score."""

from __future__ import annotations

import time
from typing import Any

import click

from synthctx.cli.common import (
    as_json,
    flags_document,
    given_flags,
    model_flags,
    model_settings,
    need,
    print_rows,
    progress,
    suite_flags,
)


@click.command()
@click.argument("suite", required=False)
@click.option("-o", "--output", required=True, help="Bench folder to write.")
@click.option("--workers", type=int, default=1, show_default=True, help="Processes.")
@click.option("--shard", help="I/N: make only every N-th part.")
@click.option(
    "--store",
    type=click.Choice(["text", "recipe"]),
    default="text",
    show_default=True,
    help="recipe keeps no text: contexts are made again when they are needed.",
)
@suite_flags
def generate(
    suite: str | None, output: str, workers: int, shard: str | None, store: str, **flags: Any
) -> int:
    """Generate a bench from SUITE (a file, or a shipped one such as demo.yaml), or from flags.

    Flags beside a SUITE change it: --length 4k, --samples 2, --task 'ruler/niah*', --depth,
    --language, --seed, --tokenizer, --reserve, --max-output-tokens. An interrupted run goes on
    with the same command.
    """
    from synthctx.generation import generate as run
    from synthctx.suite import Suite

    if suite is not None:
        the_suite = Suite.from_file(suite, given_flags(flags))
    else:
        need(flags["task"] is not None, "give a suite file, or --task")
        need(flags["seed"] is not None, "give --seed: a sample is a pure function of it")
        the_suite = Suite.from_document(flags_document(**flags), "the suite from flags")
    start = time.perf_counter()
    with progress("generate", "tokens") as update:
        bench = run(the_suite, output, workers=workers, shard=shard, store=store, progress=update)
    manifest = bench.manifest()
    for note in manifest["notes"]:
        click.echo(note, err=True)
    rows = manifest["rows"]["samples"]
    if manifest["status"] != "complete":
        click.echo(f"{output}: shard {shard} is there; run without --shard once all are")
        return 0
    seconds = time.perf_counter() - start
    click.echo(
        f"{output}: {rows} samples in {seconds:.1f} s, fingerprint {manifest['fingerprint']}"
    )
    return 0


@click.command()
@click.argument("bench")
@click.option("-o", "--output", required=True, help="Bench folder to write.")
@click.option("--workers", type=int, default=1, show_default=True, help="Processes.")
@click.option("--store", type=click.Choice(["text", "recipe"]), default="text", show_default=True)
def materialise(bench: str, output: str, workers: int, store: str) -> int:
    """Write a BENCH of recipes with its texts, or with --store recipe the other way round."""
    from synthctx.generation import materialise as run

    with progress("materialise", "tokens") as update:
        made = run(bench, output, store=store, workers=workers, progress=update).manifest()
    click.echo(f"{output}: {made['rows']['samples']} samples, fingerprint {made['fingerprint']}")
    return 0


@click.command()
@click.argument("bench")
@click.option("--sample", type=click.IntRange(min=1), help="Look at only so many samples.")
def verify(bench: str, sample: int | None) -> int:
    """Re-derive everything in BENCH; exit 1 and the rows that fail."""
    from synthctx.verification import verify as run

    with progress("verify") as update:
        report = run(bench, sample=sample, progress=lambda done, total: update(done, total, 0))
    for failure in report.failures:
        click.echo(f"{failure.where}: {failure.what}")
    if report.failures:
        click.echo(f"{len(report.failures)} failures in {report.checked} samples")
        return 1
    click.echo(f"{report.checked} of {report.total} samples hold, fingerprint {report.fingerprint}")
    return 0


@click.command()
@click.argument("bench")
@model_flags
@click.option("--name", help="Name to store the answers under (default: the model's).")
@click.option("--attempts", type=int, default=1, show_default=True, help="Answers a sample.")
@click.option("--limit", type=int, help="Only the first so many samples.")
@click.option("--concurrency", type=int, help="Calls under way (default: 4 for a served model).")
@click.option("--max-cost", type=float, help="Make no call that could cost more than this in all.")
@click.option("--dry-run", is_flag=True, help="Say what would be asked, and send nothing.")
@as_json
def answer(
    bench: str,
    model: str,
    name: str | None,
    attempts: int,
    limit: int | None,
    concurrency: int | None,
    max_cost: float | None,
    dry_run: bool,
    as_json: bool,
    **flags: Any,
) -> int:
    """Have a model answer BENCH; what is there already is not asked again.

    A model is reader:window?tokens=8k, openai:NAME with --base-url URL, a YAML file,
    replay:FILE, command:PROGRAM, or whatever else `synthctx models` lists.
    """
    from synthctx.answering import answer as run

    same: dict[str, Any] = {"name": name, "attempts": attempts, "limit": limit}
    same["settings"] = model_settings(flags)
    if dry_run:
        return _dry_run(bench, model, as_json, same)
    cost = ""
    with progress("answer") as update:

        def spent(amount: float) -> None:
            nonlocal cost
            cost = f"{amount:.4f} spent"

        done = run(
            bench,
            model,
            **same,
            concurrency=concurrency,
            max_cost=max_cost,
            progress=lambda had, total: update(had, total, 0, cost),
            spent=spent,
            say=lambda text: click.echo(f"synthctx: {text}", err=True),
        )
    said = f"{bench}: {done.name} gave {done.asked} answers, {done.had} were there already"
    if done.cut:
        said += f", {done.cut} prompts were cut"
    if done.cost is not None:
        said += f", {done.cost:.4f} spent"
    click.echo(said)
    return 0


def _dry_run(bench: str, model: str, as_json: bool, same: dict[str, Any]) -> int:
    from synthctx.answering import plan
    from synthctx.suite import format_length

    rows = []
    for row in plan(bench, model, **same):
        length: int | str = row.length or "all"
        if not as_json and row.length:
            length = format_length(row.length)
        counts = {"calls": row.calls, "tokens_in": row.tokens_in, "tokens_out": row.tokens_out}
        cost = {} if row.cost is None else {"cost": round(row.cost, 6)}
        rows.append({"length": length, **counts, **cost})
    print_rows(rows, as_json)
    return 0


@click.command()
@click.argument("bench")
@click.option("--model", help="Only this model's outputs.")
def score(bench: str, model: str | None) -> int:
    """Score the outputs in BENCH by the rules that its samples name."""
    from synthctx.scoring import score as run
    from synthctx.scoring import troubles

    for name, rows in run(bench, model).items():
        failed, cut = troubles(bench, name)
        lost = f", {cut} of them to prompts that the server has not seen whole" if cut else ""
        missing = f", {failed} without an answer" if failed else ""
        click.echo(f"{bench}: {name}: {rows - failed} scored{lost}{missing}")
    return 0


@click.command()
@click.option("-o", "--output", default="synthctx-demo", show_default=True, help="Folder.")
@click.option("--suite", default="demo.yaml", show_default=True, help="Suite to run.")
def demo(output: str, suite: str) -> int:
    """Run the whole path on a small suite, offline: generate, verify, answer, score, report."""
    from synthctx.demo import run

    report = run(output, suite, say=lambda text: click.echo(text))
    click.echo(f"\nreport: {report}")
    return 0
