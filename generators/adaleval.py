"""Ada-LEval: the parts of a text, shuffled, to be put back into their order (TSort).

Source: Wang et al. 2024 (arXiv:2404.06480), TSort; four parts and the paragraphs before and
after them, `Answer: [4, 1, 3, 2]` as the form of the answer, part labels in reading order.

The published parts are cut out of books, so that their order is only asserted. Here a
chronicle is written for each sample: filler prose in which every part says how matters stand
where it sets in and where it leaves off, and sets in where the part before it left off. States
are counted over all orders before use: exactly one order is possible. Answers are dealt out
so that every order is as frequent as every other; the sample answer is never the right one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from math import factorial

from synthctx.compose import Room
from synthctx.errors import GenerationError
from synthctx.fill import Filled, fill
from synthctx.names import people
from synthctx.streams import Stream, Streams
from synthctx.tasks import Body, Draft, Piece, Task, register

_PREFIX = """\
You are given {n} parts of one chronicle, in the wrong order, and the paragraphs that stand \
before the first and after the last of them. Each part sets in where the part before it left \
off. Put the parts into the order in which they are to be read.

Reply with one line: "Answer:" and the list of part numbers in reading order, first part to \
read first. For {m} parts such a line could look like this (it shows the form only):
Answer: {sample}

"""
_SUFFIX = """

In which order are the {n} parts to be read? Reply with the line "Answer: [...]" that lists \
all {n} part numbers.
"""
_BREAK = "\n\n"
_PART_TOKENS = 60  # least filler of a part
_TRIES = 20

_THINGS = ("guild seal", "harbour key", "survey map", "court ledger", "tower lamp", "river charter")
_GOODS = ("sacks of barley", "casks of lamp oil", "bales of wool", "crates of candles")
_TRADES = """
baker brewer cartwright chandler cooper dyer fletcher fuller glazier glover mason miller potter
saddler shipwright smith tanner thatcher tiler turner weaver wheelwright
"""
_START = "Here the chronicle finds the {thing} in the care of {who}."
_OPENINGS = (
    "As this sets in, the {thing} lies with {who}.",
    "To begin with, the {thing} is in the charge of {who}.",
    "For the time being the {thing} still belongs to the duties of {who}.",
)
_CLOSINGS = (
    "In the end the {thing} passes to {who}.",
    "Before the page is full, the {thing} has been handed to {who}.",
    "By the close the {thing} has gone over to {who}.",
)
_END = "After that the {thing} stays with {who}."
_ALIAS = "{name} is the {trade}."
_STOCK_START = "Here the chronicle finds {n} {thing} in the store."
_GAINS = (
    "On balance {n} {thing} come into the store here.",
    "Over these pages the store gains {n} {thing}.",
)
_LOSSES = (
    "On balance {n} {thing} leave the store here.",
    "Over these pages the store loses {n} {thing}.",
)
_STOCKS = (
    "At the last count of these pages {n} {thing} are left in the store.",
    "The tally at the close is {n} {thing}.",
)
_STOCK_END = "After that the count of the store sets in with {n} {thing}."


State = tuple[str, str]


@dataclass(frozen=True)
class _Chronicle:
    """The clues of a sample, parts in reading order.

    Attributes:
        before: sentences of the paragraph before the first part.
        after: the sentence after the last part.
        clues: of each part, what it sets in with and what it leaves off with.
        states: the same, as (thing, where or how many).
        start: state before the first part; end: state after the last.
        forbidden: what the filler may not hold.
    """

    before: list[str]
    after: str
    clues: list[tuple[str, str]]
    states: list[tuple[State, State]]
    start: State
    end: State
    forbidden: list[str]


def count_orders(clues: Sequence[tuple[State, State]], start: State, end: State) -> int:
    """Return how many orders of the parts agree with all that is said about the states.

    A thing stays where it is until a part moves it; where it is before anything is said of it
    is open. So this counts more than chains in which each part joins on to the one before it.

    Args:
        clues: of each part, the state at its beginning and the state that it brings about.
        start: state before the first part.
        end: state after the last part.
    """
    ways = {(0, frozenset([start])): 1}  # (set of parts read, all that is known) -> ways
    for _ in clues:
        ahead: dict[tuple[int, frozenset[State]], int] = {}
        for (read, known), n in ways.items():
            world = dict(known)
            for i, (needs, leaves) in enumerate(clues):
                if not read >> i & 1 and world.get(needs[0], needs[1]) == needs[1]:
                    key = (read | 1 << i, frozenset((world | dict([needs, leaves])).items()))
                    ahead[key] = ahead.get(key, 0) + n
        ways = ahead
    return sum(n for (_, known), n in ways.items() if end in known)


def unrank(rank: int, n: int) -> list[int]:
    """Return the order of 1..n with a rank from 0 to n! - 1, in lexicographic order."""
    left, out = list(range(1, n + 1)), []
    for size in range(n, 0, -1):
        at, rank = divmod(rank, factorial(size - 1))
        out.append(left.pop(at))
    return out


def _order(room: Room, n: int) -> list[int]:
    """Return the part labels in reading order: over n! indices, each order once."""
    row = room.row
    key = {"seed": row.seed, "task": row.task, "params": dict(row.params), "version": row.version}
    turn = Streams(key)("order").below(factorial(n))
    stride = 2**61 - 1  # a prime above 16: shares no factor with n!
    return unrank((turn + row.index * stride) % factorial(n), n)


def _handed_on(stream: Stream, n: int, things: int) -> _Chronicle:
    """Link the parts by who keeps a thing; of two things, by one at a time, in turn."""
    kept = stream.sample(_THINGS, things)
    names = people("en", stream, n // things + 1)
    keepers = [stream.shuffled(names) for _ in kept]
    links = [(kept[k % things], keepers[k % things][k // things]) for k in range(n + 1)]
    clues = [
        (
            stream.pick(_OPENINGS).format(thing=a, who=who),
            stream.pick(_CLOSINGS).format(thing=b, who=next_),
        )
        for (a, who), (b, next_) in pairwise(links)
    ]
    return _Chronicle(
        [_START.format(thing=links[0][0], who=links[0][1])],
        _END.format(thing=links[-1][0], who=links[-1][1]),
        clues,
        list(pairwise(links)),
        links[0],
        links[-1],
        [*kept, *names],
    )


def _by_trade(stream: Stream, n: int) -> _Chronicle:
    """Link the parts by persons, named at one side of a link, known by their trade at the other."""
    thing = stream.pick(_THINGS)
    names, trades = people("en", stream, n + 1), stream.sample(_TRADES.split(), n + 1)
    sides = [
        (name, f"the {trade}") if stream.chance(0.5) else (f"the {trade}", name)
        for name, trade in zip(names, trades, strict=True)
    ]
    clues = [
        (
            stream.pick(_OPENINGS).format(thing=thing, who=here[1]),
            stream.pick(_CLOSINGS).format(thing=thing, who=there[0]),
        )
        for here, there in pairwise(sides)
    ]
    known = [
        _ALIAS.format(name=name, trade=trade) for name, trade in zip(names, trades, strict=True)
    ]
    states = [(thing, name) for name in names]
    return _Chronicle(
        [*stream.shuffled(known), _START.format(thing=thing, who=sides[0][0])],
        _END.format(thing=thing, who=sides[-1][1]),
        clues,
        list(pairwise(states)),
        states[0],
        states[-1],
        [thing, *names],
    )


def _by_stock(stream: Stream, n: int) -> _Chronicle:
    """Link the parts by a stock: each says what it changes by and what is left in the end."""
    goods = stream.pick(_GOODS)
    stocks = stream.sample(range(200, 1000), n + 1)

    def change(by: int) -> str:
        return stream.pick(_GAINS if by > 0 else _LOSSES).format(n=abs(by), thing=goods)

    clues = [
        (change(b - a), stream.pick(_STOCKS).format(n=b, thing=goods)) for a, b in pairwise(stocks)
    ]
    states = [(goods, str(stock)) for stock in stocks]
    return _Chronicle(
        [_STOCK_START.format(n=stocks[0], thing=goods)],
        _STOCK_END.format(n=stocks[-1], thing=goods),
        clues,
        list(pairwise(states)),
        states[0],
        states[-1],
        [goods],
    )


def chronicle(streams: Streams, tier: str, n: int) -> _Chronicle:
    """Return the clues of a sample, proved to allow one order only.

    Raises:
        GenerationError: no such clues were found.
    """
    for attempt in range(_TRIES):
        stream = streams("evidence", attempt)
        if tier == "computed":
            made = _by_stock(stream, n)
        elif tier == "alias":
            made = _by_trade(stream, n)
        else:
            made = _handed_on(stream, n, 2 if tier == "interleaved" else 1)
        if count_orders(made.states, made.start, made.end) == 1:
            return made
    raise GenerationError(f"adaleval/tsort: no {n} parts with one order only were found")


def _pieces(room: Room, shown: list[tuple[str, str]]) -> list[Piece]:
    """Return the clues of the parts as they are shown, each at its depth in the whole."""
    n, stream, asked = len(shown), room.streams("depths"), room.params["clue_depth"]
    out = []
    for k, (opening, closing) in enumerate(shown):
        drawn = stream.uniform(2).tolist() if asked is None else [asked, asked]
        out.append(Piece(opening, (k + drawn[0] / 2) / n))
        out.append(Piece(closing, (k + 1 - drawn[1] / 2) / n))
    return out


def _cuts(filled: Filled, n: int) -> list[int]:
    """Return where in the filler the 2nd, 3rd, ... part begins.

    That is the paragraph nearest to an equal share, between the last clue of one part and the
    first of the next; where there is no paragraph between them, at that first clue.
    """
    out = []
    for k in range(1, n):
        low, high = filled.placed[2 * k - 1].char_end, filled.placed[2 * k].char_start
        share = len(filled.text) * k // n
        before = filled.text.rfind(_BREAK, low, min(max(share, low), high))
        after = filled.text.find(_BREAK, min(max(share, low), high), high)
        breaks = [at + len(_BREAK) for at in (before, after) if at >= 0]
        out.append(min(breaks, key=lambda at: abs(at - share), default=high))
    return out


def _body(made: _Chronicle, filled: Filled, n: int) -> Body:
    """Return the paragraphs under their headings, and where the clues stand."""
    cuts = [0, *_cuts(filled, n), len(filled.text)]
    text, spans = "Before:\n", []
    for sentence in made.before:
        spans.append((len(text), len(text) + len(sentence)))
        text += sentence + " "
    parts = [text.rstrip()]
    chars = len(parts[0])
    for k, (start, end) in enumerate(pairwise(cuts)):
        head = f"{_BREAK}Part {k + 1}:\n"
        shift = chars + len(head) - start
        spans += [(p.char_start + shift, p.char_end + shift) for p in filled.placed[2 * k :][:2]]
        parts += [head, filled.text[start:end].rstrip()]
        chars += len(head) + len(parts[-1])
    head = f"{_BREAK}After:\n"
    spans.append((chars + len(head), chars + len(head) + len(made.after)))
    return Body("".join([*parts, head, made.after]), spans, exact=True)


def _filled_body(
    room: Room, made: _Chronicle, pieces: list[Piece], around: tuple[str, str], window: int
) -> Body:
    """Return the body with which the prompt has exactly `window` tokens."""
    n, count = len(made.clues), room.tokenizer.count
    prefix, suffix = around
    heads = [f"Part {k + 1}:" for k in range(n)]
    outside = count(_BREAK.join([prefix, "Before:", *made.before, *heads, made.after, suffix]))
    needed = outside + count(" ".join(chain.from_iterable(made.clues))) + n * _PART_TOKENS
    if window < needed:
        raise room.too_short(
            f"instruction, clues, answer and at least {_PART_TOKENS} tokens of text for each of"
            f" {n} parts take {room.row.length - window + needed:,} tokens"
        )
    pool, forbidden = room.pool("prose"), made.forbidden
    size = window - outside
    for _ in range(_TRIES):
        body = _body(made, fill(pool, room.streams, "haystack", size, pieces, forbidden), n)
        over = count(prefix + body.text + suffix) - window
        if over == 0:
            return body
        size -= over
    raise room.too_short(f"no text of exactly {window:,} tokens was found")


def build(room: Room) -> Draft:
    """Write a chronicle, deal out an order, and show the parts under their labels."""
    n = int(room.params["segments"])
    gold = _order(room, n)
    sample = _sample_answer(room.streams("sample"), gold)
    made = chronicle(room.streams, room.params["tier"], n)
    pieces = _pieces(room, [made.clues[gold.index(label)] for label in range(1, n + 1)])
    prefix = _PREFIX.format(n=n, m=len(sample), sample=sample)
    suffix = _SUFFIX.format(n=n)
    max_output_tokens = 32 + 8 * n  # the line asked for, and some words round it
    window = room.window(max_output_tokens)
    return Draft(
        prefix=prefix,
        body=_filled_body(room, made, pieces, (prefix, suffix), window),
        suffix=suffix,
        reference=gold,
        max_output_tokens=max_output_tokens,
        rule_params={"n": n, "sample": sample} if len(sample) == n else {"n": n},
        # Whoever reads the instruction knows one wrong order, the sample answer.
        floor=1 / (factorial(n) - 1) if len(sample) == n else 1 / factorial(n),
    )


def _sample_answer(stream: Stream, gold: list[int]) -> list[int]:
    """Return an order that is not the right one; of three parts when there are two.

    With two parts, a wrong order of both would tell the right one.
    """
    n = max(3, len(gold))
    sample = [4, 1, 3, 2] if n == 4 else unrank(stream.below(factorial(n)), n)
    return sample if sample != gold else [*sample[1:], sample[0]]


_THING = "|".join(_THINGS)
_WHO = r"(?:the (?P<trade>[a-z]+)|(?P<name>[A-Z][A-Za-z]+ [A-Z][A-Za-z]+))"
_KEPT = re.compile(
    rf"(?P<thing>{_THING}) (?:(?P<sets_in>in the care of|lies with|is in the charge of|still "
    rf"belongs to the duties of)|stays with|passes to|has been handed to|has gone over to) {_WHO}\."
)
_KNOWN = re.compile(r"([A-Z][A-Za-z]+ [A-Z][A-Za-z]+) is the ([a-z]+)\.")
_GOOD = "|".join(_GOODS)
_STOCKED = re.compile(
    rf"(?P<sign>gains |loses )?(?P<n>\d{{1,6}}) (?P<thing>{_GOOD})(?P<verb> come into| leave the)?"
)
_HEADING = re.compile(r"^(Before|After|Part (\d{1,2})):$", re.MULTILINE)


def _links(text: str, trades: dict[str, str], goods: str) -> tuple[str, str]:
    """Return what a paragraph sets in with and leaves off with, "" where it does not say.

    Filler speaks of goods too: only those that the last paragraph counts make a link.
    """
    sets_in = leaves = change = stock = ""
    for found in _KEPT.finditer(text):
        who = found["name"] or trades.get(found["trade"], "")
        state = f"{found['thing']}/{who}" if who else ""
        if found["sets_in"]:
            sets_in = state
        else:
            leaves = state
    for found in _STOCKED.finditer(text):
        if found["thing"] != goods:
            continue
        verb = (found["sign"] or found["verb"] or "").strip()
        if verb:
            change = ("-" if verb in ("loses", "leave the") else "") + found["n"]
        else:
            stock = found["n"]
    if stock:
        leaves, sets_in = stock, str(int(stock) - int(change)) if change else ""
    return sets_in, leaves


def read(prompt: str) -> str:
    """Follow the links from the first paragraph on and from the last one back.

    A part of which nothing is known (for example because the front of the prompt is cut off)
    takes the one place that is left over, if it is only one.
    """
    asked = re.findall(r"In which order are the (\d+) parts to be read\?", prompt)
    n = int(asked[-1]) if asked and len(asked[-1]) < 3 else 0
    body = prompt.rpartition("\n\nIn which order are the ")[0]
    heads = list(_HEADING.finditer(body))
    trades = {trade: name for name, trade in _KNOWN.findall(body)}
    counted = _STOCKED.search(body, heads[-1].end()) if heads else None
    goods = counted["thing"] if counted else ""
    links = {}
    for i, head in enumerate(heads):
        end = heads[i + 1].start() if i + 1 < len(heads) else len(body)
        links[head[2] or head[1]] = _links(body[head.end() : end], trades, goods)
    start = next((s for s in reversed(links.get("Before", ("", ""))) if s), "")
    finish = next((s for s in reversed(links.get("After", ("", ""))) if s), "")
    parts = {int(label): link for label, link in links.items() if label.isdecimal()}
    order = _follow(parts, start, finish, n)
    return f"Answer: {order}" if order else ""


def _follow(parts: dict[int, tuple[str, str]], start: str, finish: str, n: int) -> list[int]:
    after = {needs: label for label, (needs, _) in parts.items() if needs}
    before = {leaves: label for label, (_, leaves) in parts.items() if leaves}
    front: list[int] = []
    back: list[int] = []
    while (label := after.get(start)) and label not in front:
        front.append(label)
        start = parts[label][1]
    while (label := before.get(finish)) and label not in front and label not in back:
        back.insert(0, label)
        finish = parts[label][0]
    missing = set(range(1, n + 1)) - {*front, *back}
    order = [*front, *(missing if len(missing) == 1 else ()), *back]
    return order if n and sorted(order) == list(range(1, n + 1)) else []


def guesses(prompt: str) -> list[str]:
    """Return the sample answer of the instruction."""
    sample = re.findall(r"^Answer: \[[\d, ]+\]$", prompt, re.MULTILINE)
    return sample[:1]


register(
    Task(
        id="adaleval/tsort",
        version=2,
        rule="sequence/permutation",
        summary="Shuffled parts of a chronicle, to be listed in reading order",
        source="Wang et al. 2024 (Ada-LEval), TSort",
        build=build,
        read=read,
        params={
            "segments": {"type": "integer", "minimum": 2, "maximum": 16, "default": 4},
            "tier": {
                "enum": ["literal", "interleaved", "computed", "alias"],
                "default": "literal",
            },
            "clue_depth": {"type": ["number", "null"], "minimum": 0, "maximum": 1, "default": None},
        },
        depth=False,
        guesses=guesses,
    )
)
