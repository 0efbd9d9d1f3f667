"""HELMET: synthetic recall.

Source: Yen et al. 2024 (arXiv:2410.02694), json_kv: one JSON object of UUIDs, a demonstration or
two of how a value is looked up in it, then the key that is asked about; substring exact match.

Kept: two demonstrations, drawn from the object itself, and the form that they and the answer
have. Changed: as many pairs as the length has room for (published: 50 at 4k to 1,800 at 128k), the
depth of the asked pair is any (published: six), the pairs of the demonstrations stand anywhere,
and all keys and values differ.
"""

from __future__ import annotations

import re

from synthctx.compose import Room
from synthctx.items import PAIR, RECORD, items_body, put_among, uuid_pairs
from synthctx.names import uuids
from synthctx.tasks import Draft, Task, register

_PREFIX = (
    "Look up the value that belongs to a key in the following JSON object. The answer is the "
    "value alone.\n\n"
)
_SUFFIX = "\n\n{shots}Key: {key}\nValue:"
_SHOT = "Key: {key}\nValue: {value}\n\n"
_ASKED = re.compile(r"\nKey: ([0-9a-f-]+)\nValue:\Z")
_SHOWN = re.compile(r"^Value: ([0-9a-f-]+)$", re.MULTILINE)
_OUTPUT = 100


def build(room: Room) -> Draft:
    """Put the asked pair at its depth, and those of the demonstrations anywhere."""
    shots = int(room.params["demonstrations"])
    drawn = uuids(room.streams("evidence"), 2 + 2 * shots)
    pairs = list(zip(drawn[::2], drawn[1::2], strict=True))
    (key, value), shown = pairs[0], pairs[1:]
    suffix = _SUFFIX.format(shots="".join(_SHOT.format(key=k, value=v) for k, v in shown), key=key)
    budget = room.budget(_PREFIX, suffix, _OUTPUT)
    needed = [PAIR.format(k, v) for k, v in pairs]
    sizes = room.item_tokens(needed, RECORD.anchor)
    own = frozenset(drawn)
    others, tokens, one_more = uuid_pairs(room.row.tokenizer).draw(
        room, budget - sum(sizes), but=lambda pair: not own.isdisjoint(pair.split('"'))
    )
    if not others:
        raise room.too_short(
            f"instruction, {shots} demonstrations, question, answer and {shots + 2} pairs take "
            f"about {room.row.length - budget + sum(sizes) + one_more:,} tokens"
        )
    places = room.streams("demonstrations").uniform(shots).tolist()
    among = put_among(others, tokens, needed, sizes, [room.row.depth or 0.0, *places])
    among.needed[1:] = []  # a demonstration is no evidence
    return Draft(
        prefix=_PREFIX,
        body=items_body(room, among, one_more, RECORD),
        suffix=suffix,
        reference=value,
        max_output_tokens=_OUTPUT,
        rule_params={"metric": "substring_exact_match", "prefix": "Value:", "kind": "uuid"},
    )


def read(prompt: str) -> str:
    """Look the asked key up in the object."""
    asked = _ASKED.search(prompt[-200:])
    if asked is None:
        return ""
    at = prompt.find(f'"{asked[1]}": "')
    value = re.compile(r'"[0-9a-f-]+": "([0-9a-f-]+)"').match(prompt, at) if at >= 0 else None
    return value[1] if value else ""


def guesses(prompt: str) -> list[str]:
    """Return the asked key, the values of the demonstrations, and all values in one answer."""
    values = re.findall(r': "([0-9a-f-]+)"', prompt)
    asked = _ASKED.search(prompt[-200:])
    return [*([asked[1]] if asked else []), *_SHOWN.findall(prompt), "\n".join(values)]


register(
    Task(
        id="helmet/json_kv",
        version=1,
        rule="helmet/answer",
        summary="One JSON object of random identifiers, shown how to look a value up, then asked",
        source="Yen et al. 2024 (HELMET), synthetic recall, json_kv",
        scope="one pair",
        diffusion="among pairs of the same form",
        build=build,
        read=read,
        params={
            "demonstrations": {"type": "integer", "minimum": 0, "maximum": 16, "default": 2},
        },
        guesses=guesses,
    )
)
