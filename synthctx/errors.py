"""The one tree of errors a user can meet.

Every message says what is wrong, where, what was given and what is allowed, so
that the command line can print it as it is, without a traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SynthctxError(Exception):
    """Base of all errors that the user can do something about."""

    exit_code = 2


class SuiteError(SynthctxError):
    """A suite, a flag or a parameter does not say something that can be made."""


class UnknownName(SynthctxError):
    """A task, rule, model, tokenizer, view or column that does not exist."""


class GenerationError(SynthctxError):
    """A sample cannot be composed as asked (for example: no room for the evidence)."""


class StoreError(SynthctxError):
    """The bench folder cannot be read or written."""


class ModelError(SynthctxError):
    """A model cannot be asked."""


class ScoreError(SynthctxError):
    """A rule was given a reference or parameters that it cannot use."""


class PartlyDone(SynthctxError):
    """Some of the work is done and stored; the same command goes on from there."""

    exit_code = 3


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return " Did you mean 'x'?" when a known name is near, otherwise ""."""
    names = sorted(set(known))
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if not near:
        tail = {n.rsplit("/", 1)[-1]: n for n in reversed(names)}
        near = [tail[m] for m in difflib.get_close_matches(name, tail, n=1, cutoff=0.7)]
    return f" Did you mean '{near[0]}'?" if near else ""


def unknown(kind: str, name: str, known: Iterable[str], limit: int = 12) -> UnknownName:
    """Build the error for a name that is not in a list of known ones."""
    names = sorted(set(known))
    shown = ", ".join(names[:limit]) + (
        f", ... ({len(names)} in all)" if len(names) > limit else ""
    )
    hint = did_you_mean(name, names)
    return UnknownName(f"unknown {kind} '{name}'.{hint} Known: {shown or 'none'}")
