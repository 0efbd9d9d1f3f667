"""Taking a model's reasoning off its answer before any rule sees the text."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MARK = re.compile(r"<(?P<close>/?)(?P<tag>think|thinking|reasoning|thought)>", re.IGNORECASE)
_CHANNEL = "<|channel|>"
_MESSAGE = "<|message|>"


@dataclass(frozen=True, slots=True)
class Split:
    """An output parted in two.

    Attributes:
        answer: what is left to score.
        reasoning: what was taken off ("" when there was none).
        unclosed: a reasoning block was opened and never closed, so nothing after it is
            an answer.
    """

    answer: str
    reasoning: str
    unclosed: bool


def split_reasoning(output: str) -> Split:
    """Part an output into answer and reasoning, in one pass, for any text.

    Knows `<think>`, `<thinking>`, `<reasoning>`, `<thought>` (any case, several blocks, the
    opening tag missing because the chat template wrote it) and the channel tags of gpt-oss
    (`<|channel|>analysis<|message|>...<|channel|>final<|message|>...`).
    """
    if _CHANNEL in output:
        return _split_channels(output)
    kept: list[str] = []
    taken: list[str] = []
    at, opened = 0, ""
    for mark in _MARK.finditer(output):
        name, closing = mark["tag"].lower(), bool(mark["close"])
        if opened:
            if closing and name == opened:
                taken.append(output[at : mark.start()])
                at, opened = mark.end(), ""
        elif not closing:
            kept.append(output[at : mark.start()])
            at, opened = mark.end(), name
        elif not taken:
            # the opening tag was written by the chat template: all so far is reasoning
            taken.append("".join([*kept, output[at : mark.start()]]))
            kept, at = [], mark.end()
    if opened:
        return Split("".join(kept).strip(), "\n".join([*taken, output[at:]]), True)
    if not taken:
        return Split(output, "", False)
    kept.append(output[at:])
    return Split("".join(kept).strip(), "\n".join(taken), False)


def _split_channels(output: str) -> Split:
    head, *parts = output.split(_CHANNEL)
    taken: list[str] = []
    final: str | None = None
    for part in parts:
        name, found, text = part.partition(_MESSAGE)
        text = text.split("<|end|>", 1)[0].split("<|return|>", 1)[0] if found else ""
        if name.strip().lower().startswith("final"):
            final = text
        else:
            taken.append(text)
    head = head.replace("<|start|>assistant", "")
    if final is None:
        return Split(head.strip(), "\n".join(taken), True)
    return Split((head + final).strip(), "\n".join(taken), False)
