"""Making a bench's rows again from its manifest: a context is a pure function of its row."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from synthctx.compose import compose
from synthctx.errors import StoreError, SynthctxError
from synthctx.jsonio import text_digest
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
        for name, digest in manifest.get("corpus", {}).items():
            if hashlib.sha256(Path(name).read_bytes()).hexdigest() != digest:
                raise StoreError(f"corpus file '{name}' has changed since the bench was made")
    except OSError as error:
        raise StoreError(f"a corpus file cannot be read: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"the manifest holds no suite: {type(error).__name__} {error}") from error
    if suite.id != manifest.get("suite_id"):
        raise StoreError("the manifest's suite is not the one it was made from")
    return suite


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
