"""Ada-LEval: the parts of a text, shuffled, to be put back into their order (TSort).

Source: Wang et al. 2024 (arXiv:2404.06480), TSort; four parts and the paragraphs before and
after them, `Answer: [4, 1, 3, 2]` as the form of the answer, part labels in reading order.

The published parts are cut out of books, so that their order is only asserted. Here a
chronicle is written for each sample: filler prose in which every part says how matters stand
where it sets in and where it leaves off, and sets in where the part before it left off. States
are counted over all orders before use (a dynamic programme over the sets of parts read so far):
exactly one order is possible. Answers are dealt out so that every order is as frequent as every
other; the answer shown as an example is never the right one, and every other is as likely.

`tier` says what links two parts: one thing that is handed on (literal), two things in turn
(interleaved), a stock that is to be worked out (computed), a person by name in one part and by
trade in the other (alias). With `file`, parts of a text of the user's own, as published: then
the order is only asserted (see `_adaleval_book`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import chain, pairwise
from math import factorial

from synthctx.compose import Room
from synthctx.errors import SuiteError
from synthctx.fill import Filled, fill, seam
from synthctx.generators._adaleval_book import PARAMS as BOOK_PARAMS
from synthctx.generators._adaleval_book import book_body
from synthctx.generators._chronicle import GOODS, THINGS, Chronicle, chronicle
from synthctx.streams import Stream, Streams
from synthctx.tasks import Body, Counted, Draft, Piece, Task, register
from synthctx.tokenizers import token_starts

_PREFIX = """\
You are given {n} parts of one {what}, in the wrong order, and the paragraphs that stand \
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
_HEAD, _LAST = "\n\nPart {}:\n", "\n\nAfter:\n"
_NEAR = 100  # characters at a cut that are read to see what a heading changes
_PART_TOKENS = 60  # least filler of a part
_TRIES = 20
TIERS = ("literal", "interleaved", "computed", "alias")


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


def _body(made: Chronicle, filled: Filled, n: int) -> tuple[Body, list[int]]:
    """Return the paragraphs under their headings, where the clues stand, and the cuts."""
    cuts = [0, *_cuts(filled, n), len(filled.text)]
    text, spans = _intro(made)
    parts = [text]
    chars = len(text)
    for k, (start, end) in enumerate(pairwise(cuts)):
        head = _HEAD.format(k + 1)
        shift = chars + len(head) - start
        spans += [(p.char_start + shift, p.char_end + shift) for p in filled.placed[2 * k :][:2]]
        parts += [head, filled.text[start:end].rstrip()]
        chars += len(head) + len(parts[-1])
    spans.append((chars + len(_LAST), chars + len(_LAST) + len(made.after)))
    return Body("".join([*parts, _LAST, made.after]), spans, exact=True), cuts


def _intro(made: Chronicle) -> tuple[str, list[tuple[int, int]]]:
    text, spans = "Before:\n", []
    for sentence in made.before:
        spans.append((len(text), len(text) + len(sentence)))
        text += sentence + " "
    return text.rstrip(), spans


def _counted(room: Room, made: Chronicle, filled: Filled, cuts: list[int]) -> Counted:
    """Return the tokens of a body: those of its filler, and what headings change at the cuts."""
    count, text = room.tokenizer.count, filled.text
    intro, spans = _intro(made)
    whole = "k\n" + intro + _HEAD.format(1)
    marks = [seam(whole, at + 2) if i % 2 == 0 else at + 2 for i, at in enumerate(chain(*spans))]
    tokens, at = token_starts(room.tokenizer, whole, marks)
    anchor = count("k\n")
    starts, ends = [t - anchor for t in at[::2]], [t - anchor for t in at[1::2]]
    before = tokens - anchor  # what the headings and the intro have added so far
    for k, cut in enumerate(cuts[:-1]):
        moved = 0  # of that, what stands behind a clue with which the part begins
        if k:
            left = text[:cut].rstrip()[-_NEAR:]
            joint, right = text[cut - (1 if text[cut - 1] == " " else 2) : cut], text[cut:][:_NEAR]
            head = count(left + _HEAD.format(k + 1)) - count(left)
            change = count(left + _HEAD.format(k + 1) + right) - count(left + joint + right)
            moved = change - head
            before += head
        for placed in filled.placed[2 * k :][:2]:
            clue = text[placed.char_start : placed.char_end]
            first = placed.char_start == cut
            lead = "" if first or text[placed.char_start - 1] != " " else " "
            anchored = "k\n" if first else "." if lead else ".\n\n"
            starts.append(placed.token_start + before + (0 if first else moved))
            ends.append(starts[-1] + count(anchored + lead + clue) - count(anchored))
        before += moved
    tail = text[-_NEAR:].rstrip()
    last = token_starts(
        room.tokenizer,
        tail + _LAST + made.after,
        [len(tail + _LAST), len(tail + _LAST + made.after)],
    )[1]
    total = before + filled.tokens - count(tail)
    starts.append(total + last[0])
    ends.append(total + last[1])
    return Counted(total + last[1], starts, ends)


def _filled_body(
    room: Room, made: Chronicle, pieces: list[Piece], around: tuple[str, str], window: int
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
        filled = fill(pool, room.streams, "haystack", size, pieces, forbidden)
        body, cuts = _body(made, filled, n)
        if pool.additive:
            body = replace(body, counted=_counted(room, made, filled, cuts))
        over = room.total(prefix, body, suffix) - window
        if over == 0:
            return body
        size -= over
    raise room.too_short(f"no text of exactly {window:,} tokens was found")


def _chronicle_body(room: Room, gold: list[int], around: tuple[str, str], window: int) -> Body:
    """Return a chronicle, proved to have one order, with its parts as they are shown."""
    n = len(gold)
    made = chronicle(room.streams, room.params["tier"], n)
    made.forbidden.extend(_as_number(gold))
    pieces = _pieces(room, [made.clues[gold.index(label)] for label in range(1, n + 1)])
    return _filled_body(room, made, pieces, around, window)


def _as_number(gold: list[int]) -> list[str]:
    """Return how the right order could stand in filler: "3142 pounds" reads as one."""
    digits = "".join(map(str, gold))
    if len(gold) > 9:
        return []
    # a short one is part of many a number, which does no harm
    return [digits] if len(gold) > 3 else [f" {digits}{end}" for end in " .,"]


def build(room: Room) -> Draft:
    """Write a chronicle or open a book, deal out an order, show the parts under their labels."""
    n, own = int(room.params["segments"]), room.params["file"] is not None
    if own and (room.params["tier"] != TIERS[0] or room.params["clue_depth"] is not None):
        raise SuiteError(
            f"task {room.row.task}: tier and clue_depth are of written chronicles; leave them out"
            f" next to file"
        )
    gold = _order(room, n)
    sample = _sample_answer(room.streams("sample"), gold)
    what = "text" if own else "chronicle"
    prefix = _PREFIX.format(n=n, m=len(sample), sample=sample, what=what)
    suffix = _SUFFIX.format(n=n)
    max_output_tokens = 32 + 8 * n  # the line asked for, and some words round it
    if own:
        body = book_body(room, gold, room.budget(prefix, suffix, max_output_tokens))
    else:
        body = _chronicle_body(room, gold, (prefix, suffix), room.window(max_output_tokens))
    return Draft(
        prefix=prefix,
        body=body,
        suffix=suffix,
        reference=gold,
        max_output_tokens=max_output_tokens,
        rule_params={"n": n, "sample": sample} if len(sample) == n else {"n": n},
        # Whoever reads the instruction knows one wrong order, the sample answer.
        floor=1 / (factorial(n) - 1) if len(sample) == n else 1 / factorial(n),
        uniqueness="asserted" if own else None,
    )


def _sample_answer(stream: Stream, gold: list[int]) -> list[int]:
    """Return an order that is not the right one, each as likely; of three parts when there are two.

    With two parts, a wrong order of both would tell the right one. An example that is changed
    only where it would be right tells the right one too.
    """
    n = max(3, len(gold))
    while (sample := unrank(stream.below(factorial(n)), n)) == gold:
        continue
    return sample


_THING = "|".join(THINGS)
_WHO = r"(?:the (?P<trade>[a-z]+)|(?P<name>[A-Z][A-Za-z]+ [A-Z][A-Za-z]+))"
_KEPT = re.compile(
    rf"(?P<thing>{_THING}) (?:(?P<sets_in>in the care of|lies with|is in the charge of|still "
    rf"belongs to the duties of)|stays with|passes to|has been handed to|has gone over to) {_WHO}\."
)
_KNOWN = re.compile(r"([A-Z][A-Za-z]+ [A-Z][A-Za-z]+) is the ([a-z]+)\.")
_GOOD = "|".join(GOODS)
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
    finish = next((s for s in links.get("After", ("", "")) if s), "")
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
        version=3,
        rule="sequence/permutation",
        summary="Shuffled parts of a chronicle or of one's own book, to be listed in reading order",
        source="Wang et al. 2024 (Ada-LEval), TSort",
        scope="the whole text",
        diffusion="links between parts, in prose of the same style",
        build=build,
        read=read,
        params={
            "segments": {"type": "integer", "minimum": 2, "maximum": 16, "default": 4},
            "tier": {"enum": list(TIERS), "default": TIERS[0]},
            "clue_depth": {"type": ["number", "null"], "minimum": 0, "maximum": 1, "default": None},
            **BOOK_PARAMS,
        },
        depth=False,
        guesses=guesses,
        files=("file",),
    )
)
