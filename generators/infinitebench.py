"""InfiniteBench: its retrieval, arithmetic and code tests that are made by a program.

Source: Zhang et al. 2024 (arXiv:2402.13718), table 2 and the published generator: Retrieve.PassKey,
Retrieve.Number, Retrieve.KV, Math.Find, Math.Calc, Code.Run (Code.Debug and the books have data
that are not made by a program).

Kept: what each test asks, and its figures, as the defaults of the params. Changed:

- Lengths are exact, everything follows from the seed, and more than the few tokens that were
  given for an answer (3 to 50) are kept free, because a right answer may come with a word beside.
- passkey, number_string: the depth is asked for; neighbouring digits of a number string differ
  but for the one run, so that its length is certain and no two draws make the same string.
- kv_retrieval: pairs are made, not fetched; keys and values all differ.
- math_find, math_calc, code_run: see _infinite_find.py, _infinite_calc.py, _infinite_code.py.
"""

from __future__ import annotations

import re
from typing import Any

from synthctx.compose import Room
from synthctx.generators import _infinite_calc as calc
from synthctx.generators import _infinite_code as code
from synthctx.generators import _infinite_find as find
from synthctx.items import PAIR, RECORD, items_body, put_among, uuid_pairs
from synthctx.names import uuids
from synthctx.streams import Stream
from synthctx.tasks import Draft, Hay, Piece, Task, register

_PAPER = "Zhang et al. 2024 (InfiniteBench)"

# ---------------------------------------------------------------- passkey, number string

_HIDDEN = "{Name} is {value}. Note it down: {value} is {name}."
_HIDDEN_PREFIX = (
    "Somewhere in the long text below, {name} is given, among much that does not matter. Look out "
    "for it: the question after the text asks for it.\n\n<text>\n"
)
_HIDDEN_SUFFIX = (
    "\n</text>\n\nWhat is {name} that the text gives? Reply with its digits alone, all of them, "
    "in their order.\n"
)
_PASSKEY, _NUMBER = "the pass key", "the long number"


def _hidden(room: Room, name: str, value: str, floor: float) -> Draft:
    """Return the draft of digits that are stated twice in one place of the filler."""
    stated = _HIDDEN.format(Name=name.capitalize(), name=name, value=value)
    return Draft(
        prefix=_HIDDEN_PREFIX.format(name=name),
        body=Hay([Piece(stated, room.row.depth or 0.0)], (value,)),
        suffix=_HIDDEN_SUFFIX.format(name=name),
        reference=value,
        max_output_tokens=32 + 2 * len(value),
        floor=floor,
    )


def build_passkey(room: Room) -> Draft:
    """Draw a number of so many digits; it stands in its statement alone."""
    low = 10 ** (room.params["digits"] - 1)
    value = str(low + room.streams("evidence").below(9 * low))
    return _hidden(room, _PASSKEY, value, 1 / (9 * low))


def number_string(stream: Stream, digits: int, repeats: int) -> str:
    """Return digits of which neighbours differ, but for one that is said `repeats` times more.

    The run tells which digit that was, so different draws give different strings.
    """
    out = [stream.between(1, 9)]
    while len(out) < digits:
        step = stream.between(1, 9)
        out.append((out[-1] + step) % 10)
    at = stream.below(digits)
    return "".join(str(d) * (1 + repeats * (i == at)) for i, d in enumerate(out))


def build_number_string(room: Room) -> Draft:
    """Draw digits and the one that is repeated in its place."""
    digits, repeats = room.params["digits"], room.params["repeats"]
    value = number_string(room.streams("evidence"), digits, repeats)
    return _hidden(room, _NUMBER, value, 1 / (9**digits * digits))


def read_hidden(prompt: str) -> str:
    """Find the statement of what the question asks for."""
    asked = re.findall(r"^What is (the [a-z ]+) that the text gives\?", prompt, re.MULTILINE)
    if not asked:
        return ""
    name = re.escape(asked[-1])
    found = re.search(rf"\b{name} is (\d+)\.|\b(\d+) is {name}\.", prompt, re.IGNORECASE)
    return (found[1] or found[2]) if found else ""


def guess_digits(prompt: str) -> list[str]:
    """Return digits in order, and the first of them."""
    return ["12345", "1234567890"]


# ---------------------------------------------------------------- key and value

_KV_PREFIX = (
    "Below is one large JSON object. Its keys and its values are all different. You will be asked "
    "for the value of one key.\n\n"
)
_KV_SUFFIX = '\n\nWhich value belongs to the key "{key}"? Reply with the value alone.\n'
_ASKED_KEY = re.compile(r'^Which value belongs to the key "([0-9a-f-]+)"\?', re.MULTILINE)
_KV_OUTPUT = 96  # a UUID takes up to 36


def build_kv(room: Room) -> Draft:
    """Put one pair at its depth among pairs of the stock, of which none is like it."""
    key, value = uuids(room.streams("evidence"), 2)
    suffix = _KV_SUFFIX.format(key=key)
    budget = room.budget(_KV_PREFIX, suffix, _KV_OUTPUT)
    needed = [PAIR.format(key, value)]
    sizes = room.item_tokens(needed, RECORD.anchor)
    others, tokens, one_more = uuid_pairs(room.row.tokenizer).draw(
        room, budget - sum(sizes), but=lambda pair: key in pair or value in pair
    )
    if not others:
        raise room.too_short(
            f"instruction, question, answer and two pairs take about "
            f"{room.row.length - budget + sizes[0] + one_more:,} tokens"
        )
    among = put_among(others, tokens, needed, sizes, [room.row.depth or 0.0])
    return Draft(
        prefix=_KV_PREFIX,
        body=items_body(room, among, one_more, RECORD),
        suffix=suffix,
        reference=value,
        max_output_tokens=_KV_OUTPUT,
    )


def read_kv(prompt: str) -> str:
    """Look the asked key up."""
    asked = _ASKED_KEY.findall(prompt)
    if not asked:
        return ""
    at = prompt.find(f'"{asked[-1]}": "')
    value = re.compile(r'"[0-9a-f-]+": "([0-9a-f-]+)"').match(prompt, at) if at >= 0 else None
    return value[1] if value else ""


def guess_kv(prompt: str) -> list[str]:
    """Return the asked key, and all values in one answer."""
    values = re.findall(r': "([0-9a-f-]+)"', prompt)
    return [*_ASKED_KEY.findall(prompt)[-1:], "\n".join(values), ", ".join(values)]


# ---------------------------------------------------------------- registration


def _whole(low: int, high: int, default: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": low, "maximum": high, "default": default}


register(
    Task(
        id="infinitebench/passkey",
        version=1,
        rule="infinite/digits",
        summary="A number of five digits, stated in one place of repeated short sentences",
        source=f"{_PAPER}, Retrieve.PassKey",
        scope="one statement",
        diffusion="stands out from repeated filler",
        build=build_passkey,
        read=read_hidden,
        params={"digits": _whole(4, 64, 5)},
        haystacks=("noise", "prose", "essay"),
        guesses=guess_digits,
    )
)
register(
    Task(
        id="infinitebench/number_string",
        version=1,
        rule="infinite/digits",
        summary="Ten digits with one run of the same digit, stated in repeated short sentences",
        source=f"{_PAPER}, Retrieve.Number",
        scope="one statement",
        diffusion="stands out from repeated filler; its run must be counted",
        build=build_number_string,
        read=read_hidden,
        params={"digits": _whole(4, 64, 5), "repeats": _whole(1, 64, 5)},
        haystacks=("noise", "prose", "essay"),
        guesses=guess_digits,
    )
)
register(
    Task(
        id="infinitebench/kv_retrieval",
        version=1,
        rule="infinite/kv",
        summary="One JSON object of random identifiers, the value of one key asked for",
        source=f"{_PAPER}, Retrieve.KV",
        scope="one pair",
        diffusion="among pairs of the same form",
        build=build_kv,
        read=read_kv,
        guesses=guess_kv,
    )
)
register(
    Task(
        id="infinitebench/math_find",
        version=1,
        rule="infinite/math_find",
        summary="The largest, second or third largest or smallest, or median number of a list",
        source=f"{_PAPER}, Math.Find",
        scope="the whole list",
        diffusion="among numbers of the same form, in no order",
        build=find.build,
        read=find.read,
        params={
            "question": {"enum": ["mixed", *find.QUESTIONS], "default": "mixed"},
            "high": _whole(99, 10**9, 99_999),
        },
        depth_default=None,
        guesses=find.guesses,
    )
)
register(
    Task(
        id="infinitebench/math_calc",
        version=1,
        rule="infinite/math_calc",
        summary="A long sum, the running result asked for after every step",
        source=f"{_PAPER}, Math.Calc",
        scope="every number of the text",
        diffusion="in the order of the text; the answer is as long",
        build=calc.build,
        read=calc.read,
        params={"high": _whole(9, 9999, 99)},
        depth=False,
        guesses=calc.guesses,
    )
)
register(
    Task(
        id="infinitebench/code_run",
        version=1,
        rule="infinite/code_run",
        summary="What a function returns that calls functions that call functions",
        source=f"{_PAPER}, Code.Run",
        scope="as many functions as there are levels",
        diffusion="among functions of the same form, in no order",
        build=code.build,
        read=code.read,
        params={
            "levels": {
                "anyOf": [{"enum": ["mixed"]}, {"type": "integer", "minimum": 1, "maximum": 64}],
                "default": "mixed",
            },
            "add_low": _whole(-1000, 0, -12),
            "add_high": _whole(1, 1000, 17),
            "x_low": _whole(-1000, 0, -10),
            "x_high": _whole(0, 1000, 10),
            "placement": {"enum": list(code.PLACEMENTS), "default": "random"},
        },
        depth_default=None,
        guesses=code.guesses,
    )
)
