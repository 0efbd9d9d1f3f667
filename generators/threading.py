"""Needle Threading: values of keys, and threads of values that are keys in their turn.

Source: Roberts, Han and Albanie 2025 (ICLR, arXiv:2411.05000): single, multiple and
conditional needles, threading, multi-threading and branched threading. Kept: one flat JSON
object on one line with UUID-like keys and values (32 random hexadecimal digits, no version
bits), ", " and ": " between them, so exactly 80 characters a pair; the text first, then the
question; several keys answered in their order, conditional needles in any; needles at random
places or in a cluster; threads forward, backward and in random order; longest of several
branches; 100 tokens for one answer.

The paper measures in characters, 80 of them a pair: 2,000 characters are 25 pairs, 1 million
are 12,500 pairs, of 0.6 to 0.7 tokens a character. Here a length is in tokens, and there are
as many pairs as fit.

Changed:
* Published haystacks are beginnings of one random series, short ones of long ones; here each
  sample draws its pairs, while needles and threads of an index stay the same at all lengths.
* In a published text the thread is the only one, so that whoever finds a value that is no
  key behind one that is has the answer. Here other threads of the same length and direction
  stand in it, which nobody asks for (`distractors`; 0: as published).
* A forward or backward thread has each hop in a share of the text of its own, at a random
  place of it, so that no thread is bunched by chance.
* A random thread of three pairs or more goes both ways at least once.
* Of branches, the text is lines, as a JSON object has no key twice. All ways of a forward or
  backward tree go its way; no way but one has full length. The keys on a decoy branch as those
  on the longest way do, or one look ahead would tell it (`decoys`; plain: they do not).
* Several values are asked for one a line, which needs no parsing; published was a list. Such
  answers have no paper score: the one rule that was released is made for one value.

Depth: of one needle, where it stands. Of several needles, where the cluster stands, or the
needle of the first key (random; or spread, from there on in equal steps, past the end on at
the beginning). Of threads, where the last pair of each stands; the other pairs lie before it
(forward), behind it (backward) or anywhere. Without one, all lie anywhere.

Proof: all identifiers differ, in evidence and stock together (`identifiers`), and have the
same length. So a key that was not repeated on purpose has one value; a value of a thread
leads to one pair, and its last value is a key nowhere. A tree's ways from the start are the
longest, of L pairs, and decoys: one that leaves at pair j (from 0) has at most L - 1 pairs.
A value is one of 2^128, so no guess reaches anything (floor 0); to list everything does not
pay either, as there are 15 pairs at least, and 28 and twice those asked for in a list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, islice, pairwise
from typing import Any

from synthctx.compose import Room
from synthctx.generators._threading_pairs import (
    FORMS,
    Pair,
    Placed,
    body,
    identifiers,
    marked,
    pairs_of,
)
from synthctx.generators._threading_ways import hops, tree
from synthctx.tasks import Draft, Schema, Task, register

PLACEMENTS = ("random", "clustered", "spread")
DIRECTIONS = ("forward", "backward", "random")
_NOBODY = "00000000-0000-0000-0000-000000000000"
_FEW = 15  # fewer pairs than that could all be given as an answer, whole
_FEW_VALUES = 28  # of so many values could all be given where a list is asked for

_PREFIX = (
    "Below is {said}. Its keys and values are identifiers of 36 characters. A question about "
    "it stands at the end.\n\n"
)
_SUFFIX = "\n\nQuestion: {question}"
_ALONE = "Reply with that value alone, in quotes."
_LISTED = "Reply with the values alone, one per line."
_FOLLOW = (
    "If that value is itself a key, look up its value in turn, and so on, until you come to a "
    "value that is not a key"
)
_SINGLE = f'Which value has the key below? {_ALONE}\nKey: "{{keys}}"\nValue:'
_MULTIPLE = (
    f"Which values have the keys below? Give them in the order of the keys. {_LISTED}\n"
    'Keys:\n"{keys}"\nValues:'
)
_CONDITIONAL = (
    "Which values have the keys in which the character below occurs? Give all of these values, "
    f'in any order. {_LISTED}\nCharacter: "{{marker}}"\nValues:'
)
_THREAD = (
    f"Look up the value of the key below. {_FOLLOW}. {_ALONE} (If the first value is not a key, "
    'it is the one.)\nKey: "{keys}"\nLast value:'
)
_MULTI_THREAD = (
    f"Do this for each of the keys below: look up its value. {_FOLLOW}. Give these last values, "
    f'in the order of the keys. {_LISTED}\nKeys:\n"{{keys}}"\nLast values:'
)
_BRANCHED = (
    "Start from the key below. A key may stand in several lines and so have several values; a "
    "value that is itself a key leads on to the values of that key. Of all the ways that lead "
    "from the start from value to value until one is not a key, exactly one is the longest. At "
    f'which value does it end? {_ALONE}\nKey: "{{keys}}"\nLast value:'
)
_ASKED = re.compile(r'"([^\s"]{36})"')
_CHARACTER = re.compile(r'^Character: "(\S)"$', re.MULTILINE)


def _draft(
    room: Room,
    question: str,
    reference: str | list[str],
    asked: Sequence[Placed],
    others: Sequence[Placed] = (),
    **rule_params: Any,
) -> Draft:
    """Return the draft of a question, its text filled up with pairs."""
    form = room.params.get("form", "lines")
    written = FORMS[form]
    prefix = _PREFIX.format(said=written.said) + written.opening
    suffix = written.closing + _SUFFIX.format(question=question)
    answers = 1 if isinstance(reference, str) else len(reference)
    out = 40 + 60 * answers
    least = _FEW if isinstance(reference, str) else max(_FEW_VALUES, 2 * answers)
    made = body(room, form, room.budget(prefix, suffix, out), asked, others, least)
    return Draft(prefix, made, suffix, reference, out, rule_params)


# ---------------------------------------------------------------- needles


def build_single(room: Room) -> Draft:
    """Draw one key and one value."""
    key, value = identifiers(room.streams("evidence"), 2)
    needle = Placed(room.row.depth or 0.0, 0, Pair(key, value))
    return _draft(room, _SINGLE.format(keys=key), value, [needle], keys=[key])


def _needle_depths(room: Room, n: int) -> list[float]:
    """Return where several needles stand, the first at the row's depth if it has one."""
    placement, asked, stream = room.params["placement"], room.row.depth, room.structure("places")
    if placement == "random":
        drawn = [float(place) for place in stream.uniform(n)]
        return drawn if asked is None else [asked, *drawn[1:]]
    if placement == "clustered":
        return [stream.uniform(1)[0] if asked is None else asked] * n
    order = stream.permutation(n).tolist()
    if asked is None:
        return [(i + 0.5) / n for i in order]
    return [asked, *((asked + i / n) % 1 for i in order if i)]


def _needles(room: Room, pairs: Iterable[Pair]) -> list[Placed]:
    pairs = list(pairs)
    depths = _needle_depths(room, len(pairs))
    return [Placed(float(d), 0, pair) for d, pair in zip(depths, pairs, strict=True)]


def build_multiple(room: Room) -> Draft:
    """Draw several keys with their values."""
    n = room.params["needles"]
    drawn = identifiers(room.streams("evidence"), 2 * n)
    keys, values = drawn[:n], drawn[n:]
    question = _MULTIPLE.format(keys='"\n"'.join(keys))
    return _draft(room, question, values, _needles(room, map(Pair, keys, values)), keys=keys)


def build_conditional(room: Room) -> Draft:
    """Draw several keys with a marker in them, and their values."""
    n, marker = room.params["needles"], room.params["marker"]
    stream = room.streams("evidence")
    drawn = identifiers(stream, 2 * n)
    keys, values = [marked(stream, key, marker) for key in drawn[:n]], drawn[n:]
    question = _CONDITIONAL.format(marker=marker)
    return _draft(room, question, values, _needles(room, map(Pair, keys, values)), ordered=False)


# ---------------------------------------------------------------- threads


def _threads(room: Room, asked: int) -> tuple[list[list[str]], list[Placed], list[Placed]]:
    """Return the threads that are asked for, their pairs, and those of the other threads."""
    length, direction = room.params["thread_length"], room.params["direction"]
    n = asked + room.params["distractors"]
    drawn = identifiers(room.streams("evidence"), n * (length + 1))
    chains = [drawn[i : i + length + 1] for i in range(0, len(drawn), length + 1)]
    placed: tuple[list[Placed], list[Placed]] = ([], [])
    for i, nodes in enumerate(chains):
        stream = room.structure("places", i)
        way = stream.pick(DIRECTIONS) if direction == "mixed" else direction
        last = room.row.depth if i < asked else None
        stands = hops(stream, range(length), length, way, last)
        placed[i >= asked].extend(
            Placed(*at, Pair(*pair)) for at, pair in zip(stands, pairwise(nodes), strict=True)
        )
    return chains[:asked], *placed


def build_thread(room: Room) -> Draft:
    """Draw one thread to be followed, and others."""
    (way,), asked, others = _threads(room, 1)
    question = _THREAD.format(keys=way[0])
    return _draft(room, question, way[-1], asked, others, keys=way[:1], path=way[1:])


def build_multi_thread(room: Room) -> Draft:
    """Draw several threads to be followed, and others."""
    ways, asked, others = _threads(room, room.params["threads"])
    keys, ends = [way[0] for way in ways], [way[-1] for way in ways]
    question = _MULTI_THREAD.format(keys='"\n"'.join(keys))
    return _draft(room, question, ends, asked, others, keys=keys)


# ---------------------------------------------------------------- branches


def build_branched_thread(room: Room) -> Draft:
    """Draw a tree whose longest way is asked for, and others."""
    length, branching = room.params["thread_length"], room.params["branching"]
    bushy, direction = room.params["decoys"] == "branched", room.params["direction"]
    trees = [
        tree(room.structure("tree", i), length, branching, bushy)
        for i in range(1 + room.params["distractors"])
    ]
    drawn = iter(identifiers(room.streams("evidence"), sum(len(t) + 1 for t in trees)))
    placed: list[list[Placed]] = []
    way: list[str] = []
    for i, edges in enumerate(trees):
        named = list(islice(drawn, len(edges) + 1))
        way = way or named[: length + 1]
        last = room.row.depth if i == 0 else None
        levels = [edge.level for edge in edges]
        stands = hops(room.structure("places", i), levels, length, direction, last)
        pairs = [Pair(named[edge.start], named[edge.end]) for edge in edges]
        placed.append([Placed(*at, pair) for at, pair in zip(stands, pairs, strict=True)])
    question = _BRANCHED.format(keys=way[0])
    others = list(chain.from_iterable(placed[1:]))
    return _draft(room, question, way[-1], placed[0], others, keys=way[:1], path=way[1:])


# ---------------------------------------------------------------- reading


def _question(prompt: str) -> tuple[str, list[str]]:
    """Return the question of a prompt and the keys in it."""
    question = prompt[prompt.rfind("\nQuestion: ") :] if "\nQuestion: " in prompt else ""
    return question, _ASKED.findall(question)


def _listed(values: Sequence[str | None]) -> str:
    """Return values one per line, something in the places of those not found; "" without any."""
    return "\n".join(value or _NOBODY for value in values) if any(values) else ""


def _end(values: Mapping[str, Sequence[str]], key: str) -> str | None:
    """Return where the longest way from a key ends; None when the key has no value."""
    seen, end, reached = {key}, None, [key]
    while reached:
        found = dict.fromkeys(value for at in reached for value in values.get(at, ()))
        reached = [value for value in found if value not in seen]
        seen.update(reached)
        end = reached[0] if reached else end
    return end


def _values(prompt: str) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for key, value in pairs_of(prompt):
        out.setdefault(key, []).append(value)
    return out


def read_one(prompt: str) -> str:
    """Follow the key that is asked for as far as its values lead: one pair or many."""
    _, keys = _question(prompt)
    end = _end(_values(prompt), keys[-1]) if keys else None
    return f"'{end}'" if end else ""


def read_several(prompt: str) -> str:
    """Follow each of the keys that are asked for."""
    values = _values(prompt)
    return _listed([_end(values, key) for key in _question(prompt)[1]])


def read_conditional(prompt: str) -> str:
    """Return the values of the keys with the character that is asked about."""
    character = _CHARACTER.search(_question(prompt)[0])
    if character is None:
        return ""
    return _listed([value for key, value in pairs_of(prompt) if character[1] in key])


def _all(prompt: str) -> list[str]:
    """Return all values as one answer, and the keys that are asked for."""
    values = [value for _, value in pairs_of(prompt)]
    return ["\n".join(values), "\n".join(_question(prompt)[1])]


def guesses_single(prompt: str) -> list[str]:
    """Return all values, and two of them at once."""
    values = [value for _, value in pairs_of(prompt)]
    return [*_all(prompt), " or ".join([*values[:1], *values[-1:]])]


def guesses_threads(prompt: str) -> list[str]:
    """Return all values, and the first values of the keys that are asked for."""
    values = _values(prompt)
    first = ["\n".join(values[key][0] for key in _question(prompt)[1] if key in values)]
    return [*_all(prompt), *first]


# ---------------------------------------------------------------- the tests


def _integer(low: int, high: int, default: int) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high, "default": default}


def _register(
    name: str,
    summary: str,
    build: Callable[[Room], Draft],
    read: Callable[[str], str],
    params: Mapping[str, Schema],
    guesses: Callable[[str], list[str]] = _all,
    **rest: Any,
) -> None:
    register(
        Task(
            id=f"threading/{name}",
            version=1,
            rule="threads/values",
            summary=summary,
            source="Roberts et al. 2025 (Needle Threading, arXiv:2411.05000)",
            build=build,
            read=read,
            params=params,
            guesses=guesses,
            **rest,
        )
    )


_FORM: dict[str, Schema] = {"form": {"enum": list(FORMS), "default": "json"}}
_NEEDLES: dict[str, Schema] = {
    "needles": _integer(1, 200, 10),
    "placement": {"enum": list(PLACEMENTS), "default": "random"},
    **_FORM,
}
_MARKER: dict[str, Schema] = {"marker": {"enum": list("*&%#@+~"), "default": "*"}}

_register(
    "single",
    "The value of one key",
    build_single,
    read_one,
    _FORM,
    guesses_single,
    scope="one pair",
    diffusion="among pairs of the same form",
)
_register(
    "multiple",
    "The values of several keys, in their order",
    build_multiple,
    read_several,
    _NEEDLES,
    scope="several pairs",
    diffusion="among pairs of the same form, anywhere or in a cluster",
    depth_default=None,
)
_register(
    "conditional",
    "The values of all keys with a certain character in them",
    build_conditional,
    read_conditional,
    {**_NEEDLES, **_MARKER},
    scope="several pairs",
    diffusion="stand out by a character, anywhere or in a cluster",
    depth_default=None,
)
_register(
    "thread",
    "A value that is a key in its turn, and so on: the last one",
    build_thread,
    read_one,
    {
        "thread_length": _integer(2, 100, 5),
        "direction": {"enum": list(DIRECTIONS), "default": "forward"},
        "distractors": _integer(0, 100, 4),
        **_FORM,
    },
    guesses_threads,
    scope="a chain of pairs",
    diffusion="among pairs and chains of the same form",
    depth_default=None,
)
_register(
    "multi_thread",
    "The last values of several threads that run through the same text",
    build_multi_thread,
    read_several,
    {
        "threads": _integer(2, 100, 5),
        "thread_length": _integer(2, 100, 3),
        "direction": {"enum": [*DIRECTIONS, "mixed"], "default": "random"},
        "distractors": _integer(0, 100, 5),
        **_FORM,
    },
    guesses_threads,
    scope="several chains of pairs",
    diffusion="among pairs and chains of the same form",
    depth_default=None,
)
_register(
    "branched_thread",
    "Keys of several values: where the longest of all ways ends",
    build_branched_thread,
    read_one,
    {
        "thread_length": _integer(2, 30, 5),
        "branching": _integer(1, 20, 3),
        "decoys": {"enum": ["branched", "plain"], "default": "branched"},
        "direction": {"enum": list(DIRECTIONS), "default": "random"},
        "distractors": _integer(0, 100, 1),
    },
    guesses_threads,
    scope="a tree of pairs",
    diffusion="among pairs and trees of the same form",
    depth_default=None,
)
