"""A route to be told hop by hop, by a guide in which every town has one service.

Source: LongProc (arXiv:2501.05414), path_traversal. Kept: every town but the last has exactly
one service, which runs one way; towns off the route lead into it and among themselves, some in
circles; the route is to be told in <Route> tags, one sentence a hop, in the published words.

Changed: the published input has 50 towns, whatever its level, and grows with the answer. Here
the answer has the tokens that are asked for (`output_tokens`) and the guide fills the window.
Lines come in several wordings. There was a town that led to itself in the published example;
here none does. A town off the route is not mentioned less often than one on it.

One route: a town has at most one service (all towns are different, each line is about a town of
its own), so from a town there is one way on, and the route cannot meet itself because its towns
are different. Names have one length, so that none stands inside another.

A right answer is within a tenth of `output_tokens`; its exact count is kept with the sample, as
`reference_tokens` among the parameters of the rule, which passes it over.

Depth: `placement` random (the default, as published) puts the line of the first town at the
depth and the others anywhere; spread puts them at even distances, the first one nearest to the
depth; clustered puts all of them, in any order, at the depth.
"""

from __future__ import annotations

import re

import numpy as np

from synthctx.compose import Room
from synthctx.generators._longproc_guide import entries, guide, own_towns, vehicles
from synthctx.generators._longproc_size import OUTPUT_TOKENS, allowance, near, no_trace, recorded
from synthctx.items import items_body, put_among
from synthctx.streams import Streams
from synthctx.tasks import Draft, Task, register

Hop = tuple[str, str, str]

_GUIDE = "Here is the guide.\n"
_PREFIX = f"""\
The guide below has one line for each of many towns, in no order. A line says a little about the \
town and names the one service that leaves it: a bus, a train, a plane or a ferry to another \
town. A service runs one way only, and no town has a second one. You will be given a first and \
a last town. Begin in the first one, take its service, look up the line of the town where you \
get out, take the service from there, and so on until you get out in the last town. Write down \
every hop, in order and without leaving one out, in this form and with nothing else on a line:

<Route>
From TOWN, take a VEHICLE to TOWN.
</Route>

Write "take a" before every vehicle, and each hop on a line of its own. An example with a small \
guide:

Port Quill has a brick chimney. From Port Quill one ferry leaves, and it ends in Upper Zed.
Long Xan has a cattle market. The only way on is a bus from Long Xan to Port Quill.
Upper Zed has a stone circle. To go on, take the plane that runs from Upper Zed to Old Tarn.
East Wye has a row of inns. Port Quill is where the train from East Wye takes you.

From East Wye to Old Tarn the answer is:

<Route>
From East Wye, take a train to Port Quill.
From Port Quill, take a ferry to Upper Zed.
From Upper Zed, take a plane to Old Tarn.
</Route>

{_GUIDE}"""
_SUFFIX = """
That was the guide.

First town: {first}
Last town: {last}
Write the whole route from the first town to the last, in <Route> tags as in the example.
"""
_SIDE_ROADS = 0.3  # towns off the route that lead into it, for each hop: as published
_MEASURED = 32


def told(hops: list[Hop]) -> str:
    """Return a right answer."""
    return "<Route>\n" + "".join(map(_line, hops)) + "</Route>"


def _line(hop: Hop) -> str:
    return f"From {hop[0]}, take a {hop[1]} to {hop[2]}.\n"


def _route(room: Room) -> tuple[list[Hop], int]:
    """Return the route whose answer is nearest to the asked size, and that size."""
    asked = int(room.params["output_tokens"])

    def hops(n: int, streams: Streams) -> list[Hop]:
        towns = own_towns(streams("towns"), n + 1)
        return list(zip(towns, vehicles(streams("vehicles"), n), towns[1:], strict=False))

    few = room.line_tokens(list(map(_line, hops(_MEASURED, room.structure))))
    likely = asked * _MEASURED // sum(few)
    many = hops(likely + likely // 8 + 4, room.structure)
    sizes = room.line_tokens(list(map(_line, many)))
    total = np.cumsum(sizes) + room.fixed(told([]))
    n = int(np.argmin(np.abs(total - asked))) + 1
    for take in (n, n - 1, n + 1) if room.row.version else (n,):  # a version has as many hops
        route = hops(take, room.streams) if room.row.version else many[:n]
        tokens = room.tokenizer.count(told(route))
        if near(tokens, asked):
            return route, tokens
    raise no_trace(room, f"one hop takes {sizes[0]}; ask for more")


def _depths(room: Room, n: int) -> list[float]:
    """Return where the line of each hop stands."""
    depth, placement = room.row.depth or 0.0, room.params["placement"]
    if placement == "clustered":
        return [depth] * n
    stream = room.structure("depths")
    if placement == "random":
        return [depth, *stream.uniform(n - 1).tolist()]
    slots = stream.shuffled([(i + 0.5) / n for i in range(n)])
    first = min(range(n), key=lambda i: abs(slots[i] - depth))
    slots[0], slots[first] = slots[first], slots[0]
    return slots


def build(room: Room) -> Draft:
    """Draw a route, put its lines among those of other towns, and ask for it."""
    hops, tokens = _route(room)
    out = allowance(tokens)
    suffix = _SUFFIX.format(first=hops[0][0], last=hops[-1][2])
    budget = room.budget(_PREFIX, suffix, out)
    starts, by, stops = map(list, zip(*hops, strict=True))
    needed = entries(room.streams("entries"), starts, by, stops)
    sizes = room.line_tokens(needed)
    left = budget - sum(sizes)
    if left < 0:
        raise room.too_short(
            f"a route of {len(hops):,} hops has lines of {sum(sizes):,} tokens and an answer of"
            f" {tokens:,}, and {max(budget, 0):,} are free for the lines;"
            " raise the length or lower output_tokens"
        )
    sides, side_sizes = _sides(room, hops, left // 2)
    others, other_sizes, one_more = guide(room.row.tokenizer).draw(room, left - sum(side_sizes))
    others, other_sizes = others + sides, other_sizes + side_sizes
    order = room.streams("order").permutation(len(others)).tolist()
    order_of_route = room.structure("route order").permutation(len(hops)).tolist()
    depths = _depths(room, len(hops))
    among = put_among(
        [others[i] for i in order],
        [other_sizes[i] for i in order],
        [needed[i] for i in order_of_route],
        [sizes[i] for i in order_of_route],
        [depths[i] for i in order_of_route],
    )
    return Draft(
        prefix=_PREFIX,
        body=items_body(room, among, max(one_more, *side_sizes, 0)),
        suffix=suffix,
        reference=[list(hop) for hop in hops],
        max_output_tokens=out,
        rule_params=recorded(tokens),
    )


def _sides(room: Room, hops: list[Hop], tokens: int) -> tuple[list[str], list[int]]:
    """Return lines of towns off the route that lead into it, of no more than so many tokens."""
    stream, n = room.streams("sides"), round(room.params["side_roads"] * len(hops))
    into = [hops[i][2] for i in stream.integers(0, len(hops), n).tolist()]
    lines = entries(stream, own_towns(stream, n, off=True), vehicles(stream, n), into)
    sizes = room.line_tokens(lines) if lines else []
    keep = int(np.searchsorted(np.cumsum(sizes), max(tokens, 0), side="right"))
    return lines[:keep], sizes[:keep]


_SERVICES = [
    re.compile(said)
    for said in (
        r"The only way on is a (?P<by>[a-z]+) from (?P<start>[A-Z]\w+) to (?P<stop>[A-Z]\w+)\.",
        r"From (?P<start>[A-Z]\w+) one (?P<by>[a-z]+) leaves, and it ends in (?P<stop>[A-Z]\w+)\.",
        r"take the (?P<by>[a-z]+) that runs from (?P<start>[A-Z]\w+) to (?P<stop>[A-Z]\w+)\.",
        r"(?P<stop>[A-Z]\w+) is where the (?P<by>[a-z]+) from (?P<start>[A-Z]\w+) takes you\.",
    )
]
_ASKED = re.compile(r"^First town: (\w+)\nLast town: (\w+)$", re.MULTILINE)


def read(prompt: str) -> str:
    """Note the service of each town, then go from the first town to the last."""
    guide_text = prompt.rpartition(_GUIDE)[2]
    asked = _ASKED.search(guide_text, guide_text.rfind("\nFirst town: ") + 1)
    if asked is None:
        return ""
    ways: dict[str, tuple[str, str]] = {}
    for service in _SERVICES:
        for found in service.finditer(guide_text):
            ways[found["start"]] = (found["by"], found["stop"])
    at, hops = asked[1], list[str]()
    while at != asked[2]:
        by, stop = ways.pop(at, ("", ""))  # a town met again has no way on
        if not by:
            return ""
        hops.append(_line((at, by, stop)))
        at = stop
    return "<Route>\n" + "".join(hops) + "</Route>" if hops else ""


def guesses(prompt: str) -> list[str]:
    """Return the two towns as one hop, and every service in the order of the guide."""
    asked = _ASKED.search(prompt, prompt.rfind("\nFirst town: ") + 1)
    if asked is None:
        return []
    found = [m for line in prompt.split("\n") for s in _SERVICES if (m := s.search(line))]
    every = [(m["start"], m["by"], m["stop"]) for m in found]
    return [told([(asked[1], "train", asked[2])]), told(every), told(every[::-1])]


register(
    Task(
        id="longproc/path_traversal",
        version=1,
        rule="trace/path",
        summary="A route told hop by hop; size of guide and of answer set apart",
        source="Ye et al. 2025 (LongProc), path_traversal",
        scope="one line for each hop",
        diffusion="among lines of the same form, in no order",
        build=build,
        read=read,
        params={
            "output_tokens": OUTPUT_TOKENS,
            "placement": {"enum": ["random", "spread", "clustered"], "default": "random"},
            "side_roads": {"type": "number", "minimum": 0, "maximum": 2, "default": _SIDE_ROADS},
        },
        guesses=guesses,
    )
)
