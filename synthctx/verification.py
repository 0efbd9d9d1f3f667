"""Re-deriving everything in a bench from the files alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthctx.compose import compose
from synthctx.errors import StoreError
from synthctx.fill import seam
from synthctx.jsonio import digest, text_digest
from synthctx.rules import grade
from synthctx.store import Bench, check_schema, sample_record
from synthctx.tasks import Row, get_task
from synthctx.tokenizers import Tokenizer, get_tokenizer, token_starts

_SENTENCE = 250  # characters: a piece may lie half a sentence off, and none is longer than 500


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that does not hold: of which sample (or file), and what."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Report:
    """What `verify` found.

    Attributes:
        checked: samples looked at.
        total: samples in the bench.
        fingerprint: as recomputed.
        failures: everything that does not hold.
    """

    checked: int
    total: int
    fingerprint: str
    failures: list[Failure]


def verify(
    path: str | Path | Bench,
    *,
    sample: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Check a bench: lengths, evidence, answers, contents, fingerprint, file digests.

    Args:
        path: the bench.
        sample: look at only so many samples, evenly spread; files and fingerprint are
            always checked whole.
        progress: called with (samples done, samples to do).

    Raises:
        StoreError: there is no bench, or its manifest cannot be read.
    """
    bench = Bench.open(path)
    manifest = bench.manifest()
    if manifest.get("status") == "imported":
        raise StoreError(f"'{bench.path}' is made of recorded outputs: there is nothing to verify")
    failures = list(_manifest_failures(bench, manifest))
    try:
        for table in ("contexts", "samples"):
            for part in bench.parts(table):
                check_schema(part, table)
        return _check_all(bench, manifest, failures, sample, progress)
    except StoreError as error:  # a file that cannot be read at all
        return Report(0, 0, "", [*failures, Failure("files", str(error))])


def _check_all(
    bench: Bench,
    manifest: dict[str, Any],
    failures: list[Failure],
    sample: int | None,
    progress: Callable[[int, int], None] | None,
) -> Report:
    fingerprint = bench.fingerprint()
    if manifest.get("fingerprint") != fingerprint:
        given = manifest.get("fingerprint")
        failures.append(Failure("manifest", f"fingerprint is {given}, the rows give {fingerprint}"))
    rows = _rows(bench, failures)
    ids = [row["sample_id"] for row in bench.samples(["sample_id"])]
    failures += [Failure(i, "stands more than once") for i, n in Counter(ids).items() if n > 1]
    missing = sorted(set(rows) - set(ids))
    failures += [Failure(m, "is in the suite but not in the bench") for m in missing]
    wanted = ids if not sample else ids[:: max(1, len(ids) // sample)]
    for checked, record in enumerate(bench.prompts(ids=set(wanted)), 1):
        failures += [Failure(record["sample_id"], what) for what in check(record, rows)]
        if progress is not None:
            progress(checked, len(wanted))
    return Report(len(wanted), len(ids), fingerprint, failures)


def _manifest_failures(bench: Bench, manifest: dict[str, Any]) -> Iterator[Failure]:
    if manifest.get("status") != "complete":
        yield Failure("manifest", "the bench is not complete: run generate again")
    rest = {k: v for k, v in manifest.items() if k != "digest"}
    if digest(rest) != manifest.get("digest"):
        yield Failure("manifest", "has been changed since it was written")
    have, want = bench.file_digests(), manifest.get("files", {})
    for name in sorted({*have, *want}):
        if have.get(name) != want.get(name):
            state = "is missing" if name not in have else "is not the file that was written"
            yield Failure(name, state)


def _rows(bench: Bench, failures: list[Failure]) -> dict[str, Row]:
    """Return the rows of the suite by sample_id; {} when they can no longer be made here."""
    try:
        return bench.recipes.rows
    except StoreError as error:
        failures.append(Failure("manifest", str(error)))
    return {}


def check(record: dict[str, Any], rows: dict[str, Row]) -> Iterator[str]:
    """Yield what does not hold of one sample (a samples row with its context's "text")."""
    text = record["text"]
    prompt = record["prefix"] + text + record["suffix"]
    if text_digest(text) != record["context_id"]:
        yield "context_id is not the digest of the context"
    tokenizer = get_tokenizer(record["tokenizer"])
    yield from _check_tokens(record, prompt, tokenizer)
    yield from _check_answer(record, prompt)
    row = rows.get(record["sample_id"])
    if row is None:
        if rows:
            yield "is not a sample of the suite"
        return
    made = compose(row)
    if made.context != text:
        yield "the context is not what its keys give"
    again = sample_record(made, record["canary"])
    for name, value in again.items():
        if record[name] != value:
            yield f"{name} is {_short(record[name])}, its keys give {_short(value)}"


def _check_tokens(record: dict[str, Any], prompt: str, tokenizer: Tokenizer) -> Iterator[str]:
    evidence = record["evidence"]
    marks = [seam(prompt, e["char_start"]) for e in evidence]
    total, starts = token_starts(tokenizer, prompt, marks)
    if total != record["prompt_tokens"]:
        yield f"prompt has {total} tokens, recorded are {record['prompt_tokens']}"
    if total + record["max_output_tokens"] > record["length"]:
        yield f"prompt and answer take more than the window of {record['length']}"
    for i, (piece, start) in enumerate(zip(evidence, starts, strict=True)):
        if not 0 <= piece["char_start"] < piece["char_end"] <= len(prompt):
            yield f"evidence {i} lies outside the prompt"
        elif start != piece["token_start"]:
            yield f"evidence {i} begins after {start} tokens, recorded are {piece['token_start']}"
        if not 0 <= piece["depth"] <= 1:
            yield f"evidence {i} has depth {piece['depth']}"
    asked = record["depth"]
    if asked is not None and len(evidence) == 1:
        off = abs(evidence[0]["depth"] - asked) * len(prompt)
        # an item is a line or a few: its piece may lie half of the longest off
        items = not get_task(record["task"]).haystacks
        longest = max(map(len, record["text"].split("\n"))) if items else 0
        if off > max(_SENTENCE, longest):
            yield f"evidence lies at depth {evidence[0]['depth']:.4f}, asked was {asked}"


def _check_answer(record: dict[str, Any], prompt: str) -> Iterator[str]:
    """Yield what is wrong with the answer: right when read, and not to be had for less."""
    task = get_task(record["task"])
    text = record["text"]
    reference, params = json.loads(record["reference"]), json.loads(record["rule_params"])

    def score(output: str) -> float:
        result = grade(record["scorer"], output=output, reference=reference, params=params)
        return result.score or 0.0

    if record["uniqueness"] == "asserted" and reference and isinstance(reference, str | list):
        # several texts are forms of one answer, numbers are one answer together
        one_of = isinstance(reference, list) and isinstance(reference[0], str)
        who, answer = "the reference", str(reference[0] if one_of else reference)
    else:
        who, answer = "the reader", task.read(prompt)
    if score(answer) != 1.0:
        yield f"{who} answers {_short(answer)}, which scores {score(answer)}"
    if score("") > 0:
        yield "an empty answer scores above 0"
    for guess in [*task.guesses(prompt), text]:
        if score(guess) > record["floor"]:
            yield f"{_short(guess)}, which takes no reading, scores above the floor"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
