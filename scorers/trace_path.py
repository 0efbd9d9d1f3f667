"""The rule for a route told hop by hop: LongProc's path_traversal."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from synthctx.errors import ScoreError
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.scorers._trace import Published, published_block, tag_pattern, tagged_blocks
from synthctx.steps import compare_steps
from synthctx.text import fold, last_declaration, strip_wrapping

Hop = tuple[str, str, str]


# ---------------------------------------------------------------- the published rule


def route_line(hop: Hop) -> str:
    """Return the sentence the published rule expects for a hop."""
    return f"From {hop[0]}, take a {hop[1]} to {hop[2]}."


def _published_score(output: str, hops: list[Hop]) -> Published:
    route = published_block(output, "Route")
    if route is None:
        return Published()
    lines, asked = route.split("\n"), [route_line(hop) for hop in hops]
    if lines == asked:
        return Published(1.0, 1.0, 1.0)
    shorter = min(len(lines), len(asked))
    wrong = (i for i in range(shorter) if lines[i] != asked[i])
    return Published(0.0, (next(wrong, shorter - 1) + 1) / len(asked), 1.0)


# ---------------------------------------------------------------- the strict rule

_TAG = tag_pattern("route")
_HOP_STARTS = re.compile(r"\n+|(?=\bfrom\s)", re.IGNORECASE)
_HOP = re.compile(
    r"from\s{1,4}(.{1,80}?)\s{0,4},?\s{1,4}take\s{1,4}(?:(?:an?|the)\s{1,4})?"
    r"([\w-]{1,30}(?:\s[\w-]{1,30})?)\s{1,4}to\s{1,4}(.{1,80})",
    re.IGNORECASE,
)
# A note after the place: another sentence (but "St. Ives" is one place), a bracket, a dash.
_NOTE = re.compile(r"(?<=\w\w\w)[.;!]\s|\s[(\[#]|\s->?\s")
_LONGEST = 300


def _bare(hop: Hop) -> Hop:
    """Return a hop as it is compared."""
    start, by, place = (" ".join(strip_wrapping(fold(n)).casefold().split()) for n in hop)
    return start, by, place


def hops_in(text: str) -> list[Hop]:
    """Return the hops a (folded) text tells, in order; all other words are passed over."""
    found: list[Hop] = []
    for piece in _HOP_STARTS.split(text):
        piece = piece[:_LONGEST]
        match = _HOP.match(piece) if "take" in piece.casefold() else None
        if match is not None:
            place = _NOTE.split(match[3], maxsplit=1)[0]
            found.append((match[1], match[2], strip_wrapping(place)))
    return found


def read_route(output: str) -> tuple[list[Hop], bool]:
    """Return the route an output tells, and whether an earlier block told another one.

    The last tagged block with a hop in it; without one, the hops after the last declaration
    of an answer, else all there are.
    """
    text = fold(output)
    routes = [hops for block in tagged_blocks(text, _TAG) if (hops := hops_in(block.text))]
    if routes:
        return routes[-1], len({tuple(map(_bare, route)) for route in routes}) > 1
    declared = last_declaration(text)
    hops = hops_in(text[declared[1] :]) if declared is not None else []
    return hops or hops_in(text), False


def _reference(value: Any) -> list[Hop]:
    good = isinstance(value, list) and all(
        isinstance(hop, list | tuple)
        and len(hop) == 3
        and all(isinstance(name, str) for name in hop)
        and all(_bare((hop[0], hop[1], hop[2])))
        for hop in value
    )
    if not good or not value:
        raise ScoreError(
            "rule trace/path: the reference must be a list of hops [from, by, to], at least "
            f"one, got {str(value)[:200]!r}"
        )
    return [(hop[0], hop[1], hop[2]) for hop in value]


@rule(
    "trace/path",
    2,
    source="LongProc (arXiv:2501.05414), longproc_data.py, eval_path_traversal",
    extracts="the hops of the last block in <Route> tags, closed or not; without tags all hops",
    compares="hop by hop: from where, by what, to where, in order",
)
def trace_path(output: str, reference: Any, params: Params) -> Grade:
    """Whether a route is told hop by hop, without a step lost, added or swapped.

    Reference: the hops in order, each [from, by, to]. No params.

    The paper score is LongProc's accuracy: what stands between the first `<Route>` and the first
    `</Route>` must be, character by character, one sentence "From A, take a T to B." a line.
    Case, numbering, a trailing blank, an empty line, CRLF or a tag named in the prose fail it.
    Metric `paper_partial_accuracy` counts the wrong line in: all wrong is 1/n, the last hop
    wrong or one too many is 1, and a block cut off by the length limit is 0, however far it
    came. `paper_extraction_rate` is 1 as soon as both tags occur.

    The strict score is 1 when exactly these hops are told in this order, else 0; case,
    numbering, markup and the words round a hop do not count, and the last block does. Metrics:
    `first_error_step`, `progress`, `steps`, `in_order`.
    """
    hops = _reference(reference)
    published = _published_score(output, hops)
    told, ambiguous = read_route(output)
    steps = compare_steps(list(map(_bare, told)), list(map(_bare, hops)))
    metrics = published.companions | steps.metrics
    if not told:
        grade = unreadable("no hop of a route is told", paper=published.accuracy)
        return replace(grade, metrics=metrics)
    why = steps.explanation
    at = steps.first_error
    if at < min(len(told), len(hops)):
        why += f"; step {at + 1} is '{route_line(told[at])}', expected '{route_line(hops[at])}'"
    said = "\n".join(map(route_line, told[:20]))[:500]
    flags = ("ambiguous",) if ambiguous else ()
    return Grade(float(steps.exact), published.accuracy, metrics, said, why, flags)
