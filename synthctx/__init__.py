"""synthctx: long-context tests for language models, made exactly and scored by rule.

Names below are loaded when first used, so that importing synthctx is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synthctx.analytics import connect
    from synthctx.answering import answer
    from synthctx.api import samples
    from synthctx.errors import SynthctxError
    from synthctx.generation import generate
    from synthctx.rules import Grade, grade
    from synthctx.scoring import score
    from synthctx.suite import Suite
    from synthctx.verification import verify

_HOME = {
    "Grade": "rules",
    "Suite": "suite",
    "SynthctxError": "errors",
    "answer": "answering",
    "connect": "analytics",
    "generate": "generation",
    "grade": "rules",
    "samples": "api",
    "score": "scoring",
    "verify": "verification",
}
__all__ = [
    "Grade",
    "Suite",
    "SynthctxError",
    "answer",
    "connect",
    "generate",
    "grade",
    "samples",
    "score",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'synthctx' has no attribute '{name}'")
    value = getattr(import_module(f"synthctx.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
