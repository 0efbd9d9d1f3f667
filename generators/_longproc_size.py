"""How long the answer of a LongProc test is: the dial, what it is held to, room for the model."""

from __future__ import annotations

from typing import Any

from synthctx.compose import Room
from synthctx.errors import GenerationError

# 512, 2,048 and 8,192 are the paper's three levels
OUTPUT_TOKENS: dict[str, Any] = {
    "type": "integer",
    "minimum": 128,
    "maximum": 65_536,
    "default": 512,
}
_OFF = 0.1  # an answer is within a tenth of what is asked for
_MARGIN = 64


def near(tokens: int, asked: int) -> bool:
    """Say whether an answer is as long as asked, or nearly."""
    return abs(tokens - asked) <= _OFF * asked


def allowance(tokens: int) -> int:
    """Return the room for a right answer of so many tokens and a model that says a little more."""
    return tokens + tokens // 4 + _MARGIN


def recorded(tokens: int) -> dict[str, Any]:
    """Return the exact size of the right answer as it is kept with a sample.

    The rules of traces have no parameters of their own and pass it over.
    """
    return {"reference_tokens": tokens}


def no_trace(room: Room, why: str) -> GenerationError:
    """Return the error for an answer that cannot have the size asked for."""
    return GenerationError(
        f"task {room.row.task}: no right answer of about {room.params['output_tokens']:,}"
        f" output_tokens ({room.tokenizer.name}, index {room.row.index}): {why}"
    )
