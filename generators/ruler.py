"""RULER: needles, variables, common and frequent words.

Source: Hsieh et al. 2024, "RULER: What's the Real Context Size of Your Long-Context
Language Models?" (arXiv:2404.06654), table 1, and the published configuration: the thirteen
tasks without the two of question answering. The answer budgets (128, 30, 120, 50 tokens) and
all counts are the published ones unless a parameter says otherwise.

Needles (niah_*). Kept: kinds and numbers of keys and values, the filler (five short sentences
again and again; essays, for which our prose stands, or your own files; nothing but needles, one a
line), an answer prefix that repeats what is asked. Changed: the length is exact; keys are all
different and none stands inside another (published: drawn with repeats, so that a key could have
two answers); the depth is asked for instead of drawn. With one value asked for, `depth` is where
it lies, and needles with other keys stand at equal distances from it, round from the end to the
beginning. With several, the first lies at `depth` and the others at equal distances from it in
the same way; without a depth they are spread evenly. `placement` turns that into places at random
(as published) or, for the asked ones, all in one place. The filler "distractors" is made of
needles alone, one a line (in niah_single_1, in paragraphs); multikey_2 and _3 have nothing else.
niah_single_1 takes fewer parameters: niah_single_2 with the filler "noise" is the same with all.
The answer is the only one: all keys and values are drawn as different, and the filler is searched
for each of them.

Variables (vt): see `_ruler_vt`. Common words (cwe): `_ruler_cwe`. Frequent words (fwe):
`_ruler_fwe`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from synthctx.compose import DISTRACTORS, Room
from synthctx.generators import _ruler_cwe, _ruler_fwe, _ruler_niah, _ruler_vt
from synthctx.generators._ruler_niah import (
    ASKED,
    KINDS,
    NEEDLE,
    PLACEMENTS,
    PREFIX,
    SUFFIX,
)
from synthctx.names import numbers, uuids, word_keys
from synthctx.streams import Stream
from synthctx.tasks import Draft, Hay, Piece, Task, register

_SOURCE = "Hsieh et al. 2024 (RULER), "

# ---------------------------------------------------------------- niah_single_1


def _pair(stream: Stream, params: Mapping[str, Any]) -> tuple[str, str]:
    key = word_keys(stream, 1)[0] if params["key"] == "word" else uuids(stream, 1)[0]
    value = numbers(stream, 1)[0] if params["value"] == "number" else uuids(stream, 1)[0]
    return key, value


def distractor(stream: Stream, language: str, params: Mapping[str, Any]) -> str:
    """Return another key with its value."""
    key, value = _pair(stream, params)
    return NEEDLE.format(kind=params["value"], key=key, value=value)


def build(room: Room) -> Draft:
    """Draw one key and one value."""
    key, value = _pair(room.streams("evidence"), room.params)
    kind = room.params["value"]
    needle = NEEDLE.format(kind=kind, key=key, value=value)
    return Draft(
        prefix=PREFIX.format(kind=kind),
        body=Hay([Piece(needle, room.row.depth or 0.0)], (key, value)),
        suffix=SUFFIX.format(kind=kind, key=key),
        reference=[value],
        max_output_tokens=128,
        rule_params={"kind": kind},
    )


def read(prompt: str) -> str:
    """Look the asked key up in the text."""
    questions = list(ASKED.finditer(prompt))
    if not questions:
        return ""
    asked = questions[-1]
    stated = NEEDLE.format(kind=asked["kind"], key=asked["keys"], value="\0").partition("\0")[0]
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


# ---------------------------------------------------------------- the other needles


def _number(default: int, most: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": 1, "maximum": most, "default": default}


def _niah(
    name: str,
    summary: str,
    diffusion: str,
    *,
    key: str = "word",
    value: str = "number",
    keys: int = 1,
    values: int = 1,
    queries: int = 1,
    needles_alone: bool = False,
) -> None:
    """Register a test; `keys` is raised to `queries`, as published."""
    several = values * queries
    register(
        Task(
            id=f"ruler/{name}",
            version=1,
            rule="match/all",
            summary=summary,
            source=_SOURCE + name,
            scope="one sentence" if several == 1 else f"{several} sentences",
            diffusion=diffusion,
            build=_ruler_niah.build,
            read=_ruler_niah.read,
            params={
                "key": {"enum": list(KINDS), "default": key},
                "value": {"enum": list(KINDS), "default": value},
                "keys": _number(keys, 64),
                "values": _number(values, 32),
                "queries": _number(queries, 32),
                "placement": {"enum": list(PLACEMENTS), "default": "even"},
            },
            haystacks=() if needles_alone else ("prose", "noise", "essay", DISTRACTORS),
            depth_default=0.5 if several == 1 else None,
            guesses=_ruler_niah.guesses,
        )
    )


_niah(
    "niah_single_2",
    "One key and its 7-digit value in running text",
    "states what the question asks, in its words",
)
_niah(
    "niah_single_3",
    "One key and its uuid in running text",
    "states what the question asks, in its words",
    value="uuid",
)
_niah(
    "niah_multikey_1",
    "One of four keys with their values in running text",
    "three sentences of the same form beside it",
    keys=4,
)
_niah(
    "niah_multikey_2",
    "One key among needles of the same form and nothing else",
    "among sentences of the same form",
    needles_alone=True,
)
_niah(
    "niah_multikey_3",
    "One uuid and its uuid among needles of the same form and nothing else",
    "among sentences of the same form",
    key="uuid",
    value="uuid",
    needles_alone=True,
)
_niah(
    "niah_multivalue",
    "All four values of one key in running text",
    "state what the question asks, in its words, in different places",
    values=4,
)
_niah(
    "niah_multiquery",
    "The values of four keys in running text",
    "state what the question asks, in its words, in different places",
    queries=4,
)

# ---------------------------------------------------------------- variables and words

register(
    Task(
        id="ruler/vt",
        version=1,
        rule="match/all",
        summary="All variables that get one value, one from another, in repeated short sentences",
        source=_SOURCE + "variable tracking",
        scope="5 sentences, each leading to the next",
        diffusion="stand out from repeated filler, in different places",
        build=_ruler_vt.build,
        read=_ruler_vt.read,
        params=_ruler_vt.PARAMS,
        haystacks=("noise", "prose", "essay"),
        depth_default=None,
        guesses=_ruler_vt.guesses,
    )
)
register(
    Task(
        id="ruler/cwe",
        version=1,
        rule="match/all",
        summary="The ten words that come far more often than the others in a numbered list",
        source=_SOURCE + "common words extraction",
        scope="300 entries of the list",
        diffusion="over the whole list, among other words",
        build=_ruler_cwe.build,
        read=_ruler_cwe.read,
        params=_ruler_cwe.PARAMS,
        depth=False,
        guesses=_ruler_cwe.guesses,
    )
)
register(
    Task(
        id="ruler/fwe",
        version=1,
        rule="match/all",
        summary="The three most frequent of many made-up words",
        source=_SOURCE + "frequent words extraction",
        scope="the whole text",
        diffusion="over the whole text, among other words",
        build=_ruler_fwe.build,
        read=_ruler_fwe.read,
        params=_ruler_fwe.PARAMS,
        depth=False,
        guesses=_ruler_fwe.guesses,
    )
)
