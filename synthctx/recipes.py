"""Making a bench's rows again from its manifest: a context is a pure function of its row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthctx.compose import compose
from synthctx.errors import StoreError, SuiteError, SynthctxError
from synthctx.essay import essay_files
from synthctx.jsonio import text_digest
from synthctx.records import path_digest
from synthctx.suite import Suite
from synthctx.tasks import Row, get_task
from synthctx.tokenizers import get_tokenizer


def suite_of(manifest: Mapping[str, Any]) -> Suite:
    """Return the suite of a manifest.

    Raises:
        StoreError: its rows cannot be made here as they were: a task has another version,
            the tokenizer or a file of the user's own corpus is another, or the manifest is
            damaged.
    """
    try:
        document = manifest["suite"]
        tests = [_entry(test) for test in document["tests"]]
        suite = Suite.from_document({**document, "tests": tests}, "suite of the manifest")
        tokenizer = get_tokenizer(document["tokenizer"])
        if tokenizer.sha256 != manifest["tokenizer"]["sha256"]:
            raise StoreError(f"tokenizer {tokenizer.name} is not the one the bench was made with")
        changed = corpus_changes(manifest.get("corpus", {}), corpus_of(suite))
        if changed:
            raise StoreError(f"{changed} since the bench was made")
    except (KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"the manifest holds no suite: {type(error).__name__} {error}") from error
    if suite.id != manifest.get("suite_id"):
        raise StoreError("the manifest's suite is not the one it was made from")
    return suite


def corpus_of(suite: Suite) -> dict[str, str]:
    """Return the digest of every file and folder of the user's own that a suite reads.

    Raises:
        SuiteError: one cannot be read.
    """
    files = [f for t in suite.tests for f in t.haystack.get("files", ())]
    named = [f for t in suite.tests for f in t.task.files_of(t.params)]
    try:
        return {name: path_digest(name) for name in [*essay_files(files), *named]}
    except OSError as error:
        raise SuiteError(f"a file of the suite cannot be read: {error}") from error


def corpus_changes(then: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Return what has become of people's own files, "" where nothing has."""
    out = []
    for name in sorted({*then, *now}):
        if then.get(name) != now.get(name):
            what = "is gone" if name not in now else "is new" if name not in then else "has changed"
            out.append(f"corpus file '{name}' {what}")
    return ", ".join(out)


def _entry(test: Mapping[str, Any]) -> dict[str, Any]:
    version = get_task(test["task"]).version
    if version != test["task_version"]:
        raise StoreError(
            f"task {test['task']} is at version {version} here, the bench was made with version "
            f"{test['task_version']}: its contexts cannot be made again"
        )
    entry = {k: v for k, v in test.items() if k != "task_version" and v not in (None, {})}
    if entry["depth"] == [None]:
        del entry["depth"]
    return entry


class Recipes:
    """The rows of a bench by sample_id, and their contexts made again.

    Raises:
        StoreError: the rows cannot be made here as they were.
    """

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        try:
            self.rows: dict[str, Row] = {row.sample_id: row for row in suite_of(manifest).rows()}
        except StoreError:
            raise
        except SynthctxError as error:
            raise StoreError(f"the rows of this bench cannot be made again: {error}") from error

    def text(self, sample_id: str, context_id: str) -> str:
        """Return the context of a sample.

        Raises:
            StoreError: the sample is not of this bench, or comes out otherwise than it did.
        """
        if sample_id not in self.rows:
            raise StoreError(f"sample {sample_id} is not of the suite in the manifest")
        text = compose(self.rows[sample_id]).context
        if text_digest(text) != context_id:
            raise StoreError(f"the context of sample {sample_id} comes out otherwise than it did")
        return text
