"""From a draft to a sample: the room a task builds in, and the exact budget."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from synthctx.errors import GenerationError
from synthctx.essay import essay_files
from synthctx.fill import Filled, Placed, fill, seam
from synthctx.haystack import Pool, get_pool, joints, several
from synthctx.jsonio import canonical, text_digest
from synthctx.records import stamp
from synthctx.streams import Stream, Streams, in_step
from synthctx.tasks import Body, Counted, Draft, Hay, Row, Task, get_task
from synthctx.tokenizers import Tokenizer, count_many, get_tokenizer, token_starts

DISTRACTORS = "distractors"
LINE = "k\n"  # what a line is counted behind
_TRIES = 60
_TAIL = 200  # characters of a body that are read together with what follows
_TOGETHER, _PER_BLOCK = 6, 400  # sentences of a paragraph, paragraphs of a block


@dataclass
class Room:
    """What a task sees while it builds: the row, its streams, and how much fits.

    Attributes:
        slack: tokens to leave free on top, set by the composer when a try came out too long.
    """

    row: Row
    tokenizer: Tokenizer
    streams: Streams
    slack: int = 0

    @property
    def params(self) -> dict[str, Any]:
        """Return the complete parameters."""
        return dict(self.row.params)

    @property
    def language(self) -> str:
        """Return the language of the sample."""
        return self.row.language

    @cached_property
    def structure(self) -> Streams:
        """Return the streams that all versions of the problem share: those of version 0.

        What makes a problem as hard as it is comes from them (the kind of question, the places
        of the evidence, the shape of a tree), and what a version has of its own (names, values,
        filler) from `streams`. In version 0 both are the same.
        """
        return self.row.streams(0)

    def both(self, label: str, *more: Any) -> tuple[Stream, Stream]:
        """Return a stream of `structure` and one of `streams` in step, for draws by turns."""
        return in_step(self.structure.key(label, *more), self.streams.key(label, *more))

    def window(self, max_output_tokens: int) -> int:
        """Return the tokens that the prompt may have."""
        if self.row.max_output_tokens is not None:
            max_output_tokens = self.row.max_output_tokens
        return self.row.length - self.row.reserve - max_output_tokens

    def budget(self, prefix: str, suffix: str, max_output_tokens: int) -> int:
        """Return the tokens left for the body (may be negative: nothing fits)."""
        around = self.fixed(prefix) + self.line_tokens([suffix.lstrip("\n")])[0] + 2
        return self.window(max_output_tokens) - int(around) - self.slack

    def fixed(self, text: str) -> int:
        """Return the count of a text that comes again and again, such as an instruction."""
        return _fixed(self.row.tokenizer, text)

    def line_tokens(self, lines: Sequence[str]) -> list[int]:
        """Return the tokens that each line (ending in a newline) adds behind another line."""
        return self.item_tokens(lines, LINE)

    def item_tokens(self, items: Sequence[str], anchor: str) -> list[int]:
        """Return the tokens that each item adds behind an anchor, what stands before it."""
        counts = count_many(self.tokenizer, [anchor + item for item in items])
        return [int(n) for n in counts - self.fixed(anchor)]

    def adds_up(self, items: Sequence[str], anchor: str = LINE) -> bool:
        """Say whether some items have as many tokens together as one by one.

        A task tries it on items of its own before it gives a body that is `Counted`.
        """
        return sum(self.item_tokens(items, anchor)) == self.item_tokens(["".join(items)], anchor)[0]

    def total(self, prefix: str, body: Body, suffix: str) -> int:
        """Return the tokens of a prompt, without reading a body that is counted."""
        if body.counted is None:
            return self.tokenizer.count(prefix + body.text + suffix)
        end = body.text[-_TAIL:]
        after = self.tokenizer.count(end + suffix) - self.tokenizer.count(end)
        return self.fixed(prefix) + body.counted.tokens + after

    def too_short(self, why: str) -> GenerationError:
        """Return the error for a length in which the test does not fit."""
        return GenerationError(
            f"task {self.row.task}: length {self.row.length:,} is too short"
            f" ({self.tokenizer.name}, index {self.row.index}): {why}"
        )

    def pool(self, kind: str | None = None) -> Pool:
        """Return the pool of the row's haystack, or of another built-in kind."""
        hay = self.row.haystack
        if kind is not None:
            return get_pool(self.row.tokenizer, kind, self.language)
        if hay["kind"] == DISTRACTORS:
            key = (self.row.tokenizer, self.row.task, self.language, canonical(self.params))
            return _distractors(*key)
        files = tuple(hay.get("files", ()))
        return get_pool(
            self.row.tokenizer,
            hay["kind"],
            self.language,
            files,
            hay.get("column", "text"),
            hay.get("repeat", False),
            hay.get("shuffle", True),
            tuple(map(stamp, essay_files(files))),
        )


@lru_cache(maxsize=256)
def _fixed(tokenizer: str, text: str) -> int:
    return get_tokenizer(tokenizer).count(text)


@lru_cache(maxsize=8)
def _distractors(tokenizer: str, task_id: str, language: str, params: str) -> Pool:
    """Return the pool of sentences that have the form of a task's needle."""
    task = get_task(task_id)
    made = task.distractor
    if made is None:
        raise GenerationError(f"task {task_id} has no haystack '{DISTRACTORS}'")
    key = [DISTRACTORS, task_id, task.version, language, params]
    arguments = json.loads(params)

    def block(part: int) -> list[list[str]]:
        stream = Streams(key)("block", part)
        return [
            [made(stream, language, arguments) for _ in range(_TOGETHER)] for _ in range(_PER_BLOCK)
        ]

    return Pool(get_tokenizer(tokenizer), joints(language), block, DISTRACTORS, reach=several)


@dataclass(frozen=True)
class Sample:
    """A finished sample: what a model is sent, and what its answer is compared with.

    Attributes:
        prompt: prefix + context + suffix.
        evidence: where each piece really lies in the prompt.
        added_up: its count is a sum of counts; else the whole prompt had to be read.
    """

    row: Row
    draft: Draft
    context: str
    context_tokens: int
    prompt_tokens: int
    max_output_tokens: int
    evidence: tuple[Placed, ...]
    haystack: str
    added_up: bool

    @property
    def task(self) -> Task:
        """Return the task of the row."""
        return get_task(self.row.task)

    @cached_property
    def prompt(self) -> str:
        """Return exactly what a model is sent."""
        return self.draft.prefix + self.context + self.draft.suffix

    @cached_property
    def context_id(self) -> str:
        """Return the digest of the context's text."""
        return text_digest(self.context)

    @property
    def shortfall(self) -> int:
        """Return how many tokens the prompt stays under its window."""
        return self.row.length - self.row.reserve - self.max_output_tokens - self.prompt_tokens


def compose(row: Row) -> Sample:
    """Make the sample of a row: a pure function of it.

    Raises:
        GenerationError: the test does not fit into the length.
    """
    task = get_task(row.task)
    room = Room(row, get_tokenizer(row.tokenizer), row.streams())
    for _ in range(_TRIES):
        draft = task.build(room)
        if isinstance(draft.body, Hay):
            return _compose_hay(room, draft, draft.body)
        sample = _compose_body(room, task, draft, draft.body)
        if sample.shortfall >= 0:
            return sample
        room.slack -= sample.shortfall
    raise room.too_short("the items do not fit")


def _sample(room: Room, draft: Draft, text: str, **rest: Any) -> Sample:
    out = room.row.max_output_tokens
    return Sample(
        room.row,
        draft,
        text,
        max_output_tokens=draft.max_output_tokens if out is None else out,
        **rest,
    )


def _compose_hay(room: Room, draft: Draft, hay: Hay) -> Sample:
    count, pool = room.tokenizer.count, room.pool()
    window = room.window(draft.max_output_tokens)
    before = pool.fixed(draft.prefix)
    after = pool.behind(pool.joint.stop, draft.suffix)
    size = window - before - after
    needed = smallest = 0
    if size < 4000 * (1 + len(hay.pieces)):  # else they fit, whatever they are
        needed = int(pool.anchored([p.text for p in hay.pieces], pool.joint.anchor_first).sum())
        smallest = min(pool.closers.by_count)
    if size < needed + smallest:
        raise room.too_short(
            f"instruction, question, evidence and answer take {room.row.length - size + needed:,}"
            f" tokens, and at least {smallest} of haystack are needed"
        )
    tried: Counter[int] = Counter()
    for _ in range(_TRIES):
        try:
            filled = fill(
                pool,
                room.streams,
                "haystack",
                size,
                hay.pieces,
                hay.forbidden,
                before=draft.prefix[-200:],
                # a size that comes again would give the same text again, and so on for ever
                skip=tried[size],
            )
        except GenerationError as error:
            if size > 200 + needed:
                raise
            raise room.too_short(str(error)) from error
        if pool.additive:
            after = count(filled.last + draft.suffix) - count(filled.last)
            total = before + filled.tokens + after
        else:
            total = count(draft.prefix + filled.text + draft.suffix)
        if total == window:
            break
        tried[size] += 1
        size += window - total
    else:
        raise room.too_short(f"no text of exactly {window:,} tokens was found")
    shift = len(draft.prefix)
    placed = [
        Placed(p.char_start + shift, p.char_end + shift, p.token_start + before, p.depth)
        for p, piece in zip(filled.placed, hay.pieces, strict=True)
        if piece.evidence
    ]
    if not pool.additive:
        placed = _measured(room, draft, filled, placed)
    return _sample(
        room,
        draft,
        filled.text,
        context_tokens=total - before - after,
        prompt_tokens=total,
        evidence=tuple(placed),
        haystack=pool.name,
        added_up=pool.additive,
    )


def _measured(room: Room, draft: Draft, filled: Filled, placed: list[Placed]) -> list[Placed]:
    prompt = draft.prefix + filled.text + draft.suffix
    _, starts = token_starts(room.tokenizer, prompt, [seam(prompt, p.char_start) for p in placed])
    return [
        Placed(p.char_start, p.char_end, s, p.depth) for p, s in zip(placed, starts, strict=True)
    ]


def _added(
    room: Room, draft: Draft, text: str, counted: Counted
) -> tuple[int, int, int, list[int], list[int]]:
    end = text[-_TAIL:]
    both, (inside,) = token_starts(room.tokenizer, end + draft.suffix, [len(end)])
    first = room.fixed(draft.prefix)
    before = first + counted.tokens - room.tokenizer.count(end)
    # the last token of the body may run on into what follows: then it is not wholly inside
    last = before + inside
    starts, ends = [first + s for s in counted.starts], [first + e for e in counted.ends]
    return before + both, first, last, starts, [min(e, last) for e in ends]


def _read(room: Room, draft: Draft, body: Body) -> tuple[int, int, int, list[int], list[int]]:
    shift = len(draft.prefix)
    prompt = draft.prefix + body.text + draft.suffix
    marks = [shift, shift + len(body.text)]
    for start, end in body.spans:
        marks += [seam(prompt, shift + start), shift + end]
    total, at = token_starts(room.tokenizer, prompt, marks)
    return total, at[0], at[1], at[2::2], at[3::2]


def _compose_body(room: Room, task: Task, draft: Draft, body: Body) -> Sample:
    shift = len(draft.prefix)
    if body.counted is not None:
        total, first, last, starts, ends = _added(room, draft, body.text, body.counted)
    else:
        total, first, last, starts, ends = _read(room, draft, body)
    others = max(1, last - first - sum(e - s for s, e in zip(starts, ends, strict=True)))
    placed, inside = [], 0
    for (start, end), token, token_end in zip(body.spans, starts, ends, strict=True):
        depth = min(1.0, max(0.0, (token - first - inside) / others))
        placed.append(Placed(start + shift, end + shift, token, depth))
        inside += token_end - token
    return _sample(
        room,
        draft,
        body.text,
        context_tokens=last - first,
        prompt_tokens=total,
        evidence=tuple(placed),
        haystack="items",
        added_up=body.counted is not None,
    )
