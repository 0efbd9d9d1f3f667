"""RULER: the retrieval test with one key (niah_single_1).

Source: Hsieh et al. 2024, "RULER: What's the Real Context Size of Your Long-Context
Language Models?", table 1 and the published generator. Kept: repeated short sentences as
filler, word keys, 7-digit values, 128 tokens for the answer. Changed: the length is exact,
the depth is asked for instead of drawn, and the key and value occur once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from synthctx.compose import DISTRACTORS, Room
from synthctx.names import numbers, uuids, word_keys
from synthctx.streams import Stream
from synthctx.tasks import Draft, Hay, Piece, Task, register

_NEEDLE = "The special magic {kind} kept for {key} is: {value}."
_PREFIX = (
    "A special magic {kind} is hidden in the following text. Remember it: you will be asked "
    "about it afterwards.\n"
)
_SUFFIX = (
    "\nWhich special magic {kind} kept for {key} does the text mention? The special magic {kind} "
    "kept for {key} mentioned in the text is"
)
_ASKED = re.compile(r"Which special magic (?P<kind>\w+) kept for (?P<key>\S+) does the text")


def _pair(stream: Stream, params: Mapping[str, Any]) -> tuple[str, str]:
    key = word_keys(stream, 1)[0] if params["key"] == "word" else uuids(stream, 1)[0]
    value = numbers(stream, 1)[0] if params["value"] == "number" else uuids(stream, 1)[0]
    return key, value


def distractor(stream: Stream, language: str, params: Mapping[str, Any]) -> str:
    """Return another key with its value."""
    key, value = _pair(stream, params)
    return _NEEDLE.format(kind=params["value"], key=key, value=value)


def build(room: Room) -> Draft:
    """Draw one key and one value."""
    key, value = _pair(room.streams("evidence"), room.params)
    kind = room.params["value"]
    needle = _NEEDLE.format(kind=kind, key=key, value=value)
    return Draft(
        prefix=_PREFIX.format(kind=kind),
        body=Hay([Piece(needle, room.row.depth or 0.0)], (key, value)),
        suffix=_SUFFIX.format(kind=kind, key=key),
        reference=[value],
        max_output_tokens=128,
        rule_params={"kind": kind},
    )


def read(prompt: str) -> str:
    """Look the asked key up in the text."""
    questions = list(_ASKED.finditer(prompt))
    if not questions:
        return ""
    asked = questions[-1]
    stated = _NEEDLE.format(kind=asked["kind"], key=asked["key"], value="\0").partition("\0")[0]
    at = prompt.find(stated)
    if at < 0:
        return ""
    value = re.match(r"[0-9a-f-]+", prompt[at + len(stated) :])
    return value[0] if value else ""


register(
    Task(
        id="ruler/niah_single_1",
        version=2,
        rule="match/all",
        summary="One key and its 7-digit value in repeated short sentences",
        source="Hsieh et al. 2024 (RULER), niah_single_1",
        scope="one sentence",
        diffusion="stands out from repeated filler",
        build=build,
        read=read,
        params={
            "key": {"enum": ["word", "uuid"], "default": "word"},
            "value": {"enum": ["number", "uuid"], "default": "number"},
        },
        haystacks=("noise", "prose", "essay", DISTRACTORS),
        distractor=distractor,
    )
)
