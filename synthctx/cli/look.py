"""Looking at one sample."""

from __future__ import annotations

import json
import os
import sys
from itertools import pairwise
from typing import Any

import click

from synthctx.cli.common import flags_document, need, suite_flags
from synthctx.errors import UnknownName
from synthctx.places import place_of

_AROUND = 600  # characters shown on each side of something, where a prompt is abbreviated


@click.command()
@click.argument("what")
@click.argument("sample_id", required=False)
@click.option("--raw", is_flag=True, help="Only the prompt, byte for byte.")
@click.option("--full", is_flag=True, help="Do not abbreviate the context.")
@click.option("--json", "as_json", is_flag=True, help="The whole row as JSON.")
@click.option("--index", type=click.IntRange(min=0), default=0, help="Which problem (with TASK).")
@suite_flags
def show(
    what: str,
    sample_id: str | None,
    raw: bool,
    full: bool,
    as_json: bool,
    index: int,
    **flags: Any,
) -> int:
    """Show a sample of a TASK, made on the spot, or sample SAMPLE_ID of a BENCH.

    Evidence is highlighted. A SAMPLE_ID may be shortened to its first letters.
    """
    # a folder is a bench; with a sample id, a name that is no folder is a bench that is missing
    if sample_id is not None or place_of(what).is_dir():
        need(sample_id is not None, f"'{what}' is a bench: name a sample, synthctx show BENCH ID")
        record = _stored(what, str(sample_id))
        full = True
    else:
        record = _made(what, index, flags)
    prompt = record["prefix"] + record["text"] + record["suffix"]
    if raw:
        sys.stdout.flush()
        sys.stdout.buffer.write(prompt.encode("utf-8"))
        sys.stdout.buffer.flush()
    elif as_json:
        click.echo(json.dumps(record, ensure_ascii=False, indent=1))
    else:
        _print(record, prompt, full)
    return 0


def _made(task: str, index: int, flags: dict[str, Any]) -> dict[str, Any]:
    from synthctx.compose import compose
    from synthctx.store import sample_record
    from synthctx.suite import Suite

    need(flags["task"] in (None, task), "name the task once")
    flags = {**flags, "task": task, "seed": flags["seed"] or 0, "samples": index + 1}
    suite = Suite.from_document(flags_document(**flags), "the sample from flags")
    row = next(r for r in suite.rows() if r.index == index)
    sample = compose(row)
    return {**sample_record(sample, suite.canary), "text": sample.context}


def _stored(path: str, sample_id: str) -> dict[str, Any]:
    from synthctx.store import Bench

    bench = Bench.open(path)
    found = {r["sample_id"] for r in bench.samples(["sample_id"])}
    matches = sorted(i for i in found if i.startswith(sample_id))
    if len(matches) != 1:
        some = ", ".join(sorted(found)[:3])
        why = f"{len(matches)} samples begin so" if matches else f"there are {some}, ..."
        raise UnknownName(f"no sample '{sample_id}' in '{path}': {why}")
    return next(bench.prompts(ids=matches))


def _print(record: dict[str, Any], prompt: str, full: bool) -> None:
    # written with click, not rich, which would expand tabs and fold lines
    color = True if os.environ.get("FORCE_COLOR") else None
    spans = [(e["char_start"], e["char_end"]) for e in record["evidence"]]
    first, last = len(record["prefix"]), len(prompt) - len(record["suffix"])
    keep = [(0, len(prompt))] if full else _kept(spans, first, last, len(prompt))
    at = 0
    for start, end in keep:
        if start > at:
            click.echo(
                click.style(f"\n\n[... {start - at:,} characters ...]\n", italic=True), color=color
            )
        click.echo(_styled(prompt, start, end, spans, first, last), nl=False, color=color)
        at = end
    depths = ", ".join(f"{e['depth']:.3f}" for e in record["evidence"][:8])
    more = ", ..." if len(spans) > 8 else ""
    lines = {
        "sample": record["sample_id"],
        "task": f"{record['task']} version {record['task_version']} ({record['language']})",
        "prompt": f"{record['prompt_tokens']:,} tokens of {record['tokenizer']}, answer at most "
        f"{record['max_output_tokens']:,}, window {record['length']:,}",
        "evidence": f"{len(spans)} at depth {depths}{more}" if spans else "none",
        "reference": record["reference"][:600],
        "rule": f"{record['scorer']}, floor {record['floor']:.4g}, {record['uniqueness']}",
    }
    click.echo("\n" + "-" * 72)
    for name, value in lines.items():
        click.echo(click.style(f"{name:<10}", bold=True) + value, color=color)


def _kept(
    spans: list[tuple[int, int]], first: int, last: int, length: int
) -> list[tuple[int, int]]:
    """Return what is shown of a long prompt: head, surroundings of the evidence, tail."""
    keep = [(0, first + _AROUND), (last - _AROUND, length)]
    keep += [(start - _AROUND // 3, end + _AROUND // 3) for start, end in spans[:12]]
    out: list[tuple[int, int]] = []
    for start, end in sorted((max(0, s), min(length, e)) for s, e in keep):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def _styled(
    prompt: str, start: int, end: int, spans: list[tuple[int, int]], first: int, last: int
) -> str:
    """Return a stretch of the prompt: instruction dim, evidence marked, question bold."""
    cuts = {start, end, first, last, *(p for span in spans for p in span)}
    places = sorted(p for p in cuts if start <= p <= end)
    out = []
    for a, b in pairwise(places):
        text = prompt[a:b]
        if any(s <= a and b <= e for s, e in spans):
            text = click.style(text, fg="black", bg="yellow")
        elif b <= first:
            text = click.style(text, dim=True)
        elif a >= last:
            text = click.style(text, bold=True)
        out.append(text)
    return "".join(out)
