"""The verbs: demo, generate, verify, answer, score."""

from __future__ import annotations

import time
from typing import Any

import click

from synthctx.cli.common import flags_document, given_flags, need, progress, suite_flags


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
@click.option("--model", required=True, help="For example reader:window?tokens=8k.")
@click.option("--name", help="Name to store the answers under (default: the model's).")
@click.option("--attempts", type=int, default=1, show_default=True, help="Answers a sample.")
@click.option("--limit", type=int, help="Only the first so many samples.")
def answer(bench: str, model: str, name: str | None, attempts: int, limit: int | None) -> int:
    """Have a model answer BENCH; what is there already is not asked again."""
    from synthctx.answering import answer as run

    with progress("answer") as update:
        done = run(
            bench,
            model,
            name=name,
            attempts=attempts,
            limit=limit,
            progress=lambda had, total: update(had, total, 0),
        )
    click.echo(f"{bench}: {name or model} gave {done.asked} answers, {done.had} were there already")
    return 0


@click.command()
@click.argument("bench")
@click.option("--model", help="Only this model's outputs.")
def score(bench: str, model: str | None) -> int:
    """Score the outputs in BENCH by the rules that its samples name."""
    from synthctx.scoring import score as run

    for name, rows in run(bench, model).items():
        click.echo(f"{bench}: {name}: {rows} scored")
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
