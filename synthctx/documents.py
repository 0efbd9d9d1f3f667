"""Fact documents: short articles about made-up things, each fact of which can be asked for.

A document is a pure function of a library's key and the document's number. Values are unique
over all documents by construction: each kind of value is counted through once, in an order of
its own (a bijection), and no two documents, nor two facts of one, have the same count. Names of
things are coined otherwise than values, so that none is both. The lower numbers are for stocks
(see `items.Stock`), made and counted once and drawn by every sample; the upper ones for what a
sample asks about, so that no stock holds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from math import prod
from types import MappingProxyType
from typing import Any

import numpy as np

from synthctx.compose import LINE, Room
from synthctx.errors import GenerationError
from synthctx.items import Among, Stock, put_among
from synthctx.names import person_parts, words
from synthctx.streams import Stream, Streams
from synthctx.tasks import Body, Counted
from synthctx.tokenizers import Counts, count_many, get_tokenizer
from synthctx.topics import Attribute, Topic, data, institutions, topic_named, topics

END = "\n\n"  # behind each document of a list
GROUP = 4  # an institution, and the two persons and the town that it names
_VERSION = 1
_PER_KIND = {"person": 3, "town": 2, "number": 1, "title": 1, "coined": 1}  # in one document
_BLOCK = 60  # groups of a stock made at a time
_TRIED = 40
_ALLOWANCE = 2  # tokens that a budget keeps back for the seams at both ends of a body
_NOTHING: Mapping[str, str] = MappingProxyType({})


# ---------------------------------------------------------------- values


@dataclass(frozen=True)
class _Space:
    """All values of one kind, by number."""

    size: int
    text: Callable[[int], str]


def _coded(parts: Mapping[str, Any]) -> _Space:
    """Return names of one letter out of each list and an ending.

    No ending begins another, so that no name begins another.
    """
    lists = [*map(list, parts["letters"]), parts["endings"]]

    def text(number: int) -> str:
        out = ""
        for choices in lists:
            number, at = divmod(number, len(choices))
            out += choices[at]
        return out.capitalize()

    return _Space(prod(map(len, lists)), text)


def _people(language: str) -> _Space:
    given, family = person_parts(language)

    def english(number: int) -> str:
        last, first = divmod(number, len(given))
        return f"{given[first]} {family[last]}"

    def chinese(number: int) -> str:
        rest, first = divmod(number, len(given))
        last, second = divmod(rest, len(given) - 1)
        return family[last] + given[first] + given[second + (second >= first)]

    if language == "zh":
        return _Space(len(family) * len(given) * (len(given) - 1), chinese)
    return _Space(len(family) * len(given), english)


def _titles(language: str) -> _Space:
    if language == "zh":
        adjectives, nouns = data()["zh"]["adjectives"], data()["zh"]["nouns"]
        form = "{}{}与{}"
    else:
        adjectives, nouns = ([w.capitalize() for w in part] for part in words())
        begun = {noun[:end] for noun in nouns for end in range(1, len(noun))}
        nouns = [noun for noun in nouns if noun not in begun]
        form = "The {} {} of the {}"
    n = len(nouns)

    def text(number: int) -> str:
        rest, first = divmod(number, n)
        adjective, second = divmod(rest, n - 1)
        return form.format(adjectives[adjective], nouns[first], nouns[second + (second >= first)])

    return _Space(len(adjectives) * n * (n - 1), text)


@lru_cache(maxsize=4)
def _spaces(language: str) -> dict[str, _Space]:
    form = "{}" if language == "zh" else "{:,}"
    return {
        "person": _people(language),
        "town": _coded(data()[language]["towns"]),
        "coined": _coded(data()[language]["coined"]),
        # all of six digits: none stands inside another
        "number": _Space(900_000, lambda number: form.format(100_000 + number)),
        "title": _titles(language),
    }


class _Order:
    """The numbers below a size, in an order that looks random: a bijection."""

    def __init__(self, size: int, stream: Stream) -> None:
        bits = max(2, (size - 1).bit_length())
        self._size, self._mask, self._half = size, (1 << bits) - 1, bits // 2
        self._steps = [(stream.below(1 << bits) | 1, stream.below(1 << bits)) for _ in range(3)]

    def __getitem__(self, number: int) -> int:
        while True:  # a number outside is sent on until it comes back inside
            for factor, plus in self._steps:
                number = (number * factor + plus) & self._mask
                number ^= number >> self._half
            if number < self._size:
                return number


# ---------------------------------------------------------------- documents


@dataclass(frozen=True, slots=True)
class Document:
    """A short article.

    Attributes:
        name: what it is about; a whole document names it, no other one of its library does,
            save the one whose value it is.
        values: of its facts, by attribute.
        text: its sentences, in one line.
    """

    topic: Topic
    name: str
    values: Mapping[str, str]
    text: str

    @property
    def titled(self) -> str:
        """Return the text under its name."""
        return f"{self.name}\n{self.text}"


class Library:
    """All documents of one language and seed, by number.

    Attributes:
        size: how many numbers there are.
        stocked: the numbers below are for stocks.
    """

    def __init__(self, language: str, seed: int) -> None:
        self.language = language
        self._streams = Streams(["documents", _VERSION, language, seed])
        self._spaces = _spaces(language)
        self._order = {k: _Order(s.size, self._streams(k)) for k, s in self._spaces.items()}
        self.size = min(s.size // _PER_KIND[k] for k, s in self._spaces.items())
        self.stocked = self.size * 3 // 4

    def own(self, stream: Stream, n: int) -> int:
        """Return the first of `n` numbers in a row that are in no stock."""
        return self.stocked + stream.below(self.size - self.stocked - n + 1)

    def value(self, kind: str, number: int, which: int = 0) -> str:
        """Return the value of a kind that a document has, counted from 0."""
        space = self._spaces[kind]
        return space.text(self._order[kind][number * _PER_KIND[kind] + which])

    def document(
        self, number: int, topic: Topic, name: str = "", values: Mapping[str, str] = _NOTHING
    ) -> Document:
        """Return a document.

        Args:
            number: which; no two of a sample have the same.
            topic: what it is about.
            name: its name, where that is a value of another document.
            values: facts that it shares with another document, by attribute.
        """
        if not name:
            drawn = self.value(topic.named, number, _PER_KIND[topic.named] - 1)
            name = topic.title.format(drawn)
        stated: dict[str, str] = {}
        seen: dict[str, int] = {}
        for attribute in topic.attributes:
            which = seen[attribute.kind] = seen.get(attribute.kind, -1) + 1
            given = values.get(attribute.id)
            stated[attribute.id] = given or self.value(attribute.kind, number, which)
        draws = self._streams("document", number).raw(16).tolist()
        return Document(topic, name, stated, self._text(topic, name, stated, draws))

    def _text(self, topic: Topic, name: str, values: Mapping[str, str], draws: list[int]) -> str:
        sentences = [
            a.statements[draws[k] % len(a.statements)].replace("{value}", values[a.id])
            for k, a in enumerate(topic.attributes)
        ]
        idle, first = topic.idle, draws[5]
        sentences += [idle[(first + k) % len(idle)] for k in range(1 + draws[6] % 3)]
        order = sorted(range(len(sentences)), key=lambda k: draws[7 + k])
        opening = topic.openings[draws[15] % len(topic.openings)].replace("{name}", name)
        joint = "" if self.language == "zh" else " "
        return joint.join([opening, *(sentences[k] for k in order)])

    def group(self, number: int, topic: Topic, name: str = "") -> list[Document]:
        """Return an institution and what it names that has a document, `GROUP` in all.

        They take the numbers from `number` on.
        """
        first = self.document(number, topic, name)
        links = [a for a in topic.attributes if a.phrase]
        return [first] + [
            self.document(number + k, topic_named(self.language, a.kind), first.values[a.id])
            for k, a in enumerate(links, 1)
        ]


@lru_cache(maxsize=8)
def library_of(language: str, seed: int) -> Library:
    """Return the library of a language and seed."""
    return Library(language, seed)


# ---------------------------------------------------------------- stocks


def passages(room: Room, articles: int = 1, topic: Topic | None = None) -> Stock:
    """Return the stock of passages of so many documents each, in one line.

    Args:
        room: whose language, seed and tokenizer they are for.
        articles: documents that follow one another in a passage.
        topic: what all of them are about; all topics when None. The two kinds of stock have no
            document in common.
    """
    row = room.row
    return _passages(row.tokenizer, row.language, row.seed, articles, topic and topic.id)


def linked_documents(room: Room, topic: Topic | None = None) -> Stock:
    """Return the stock of documents under their names, drawn in groups: see `Library.group`."""
    row = room.row
    return _linked(row.tokenizer, row.language, row.seed, topic and topic.id)


def joined(language: str, documents: Iterable[Document]) -> str:
    """Return the texts of documents as one passage."""
    return ("" if language == "zh" else " ").join(d.text for d in documents)


@lru_cache(maxsize=64)
def _passages(
    tokenizer: str, language: str, seed: int, articles: int, topic_id: str | None
) -> Stock:
    library, every = library_of(language, seed), topics(language)
    numbers = _numbers(library, articles, [t.id for t in every], topic_id)

    def passage(number: int) -> str:
        own = range(number, number + articles)
        return joined(language, (library.document(n, every[n % len(every)]) for n in own))

    def make(block: int) -> list[str]:
        return [passage(n) + END for n in numbers(block)]

    return Stock(make)


@lru_cache(maxsize=64)
def _linked(tokenizer: str, language: str, seed: int, topic_id: str | None) -> Stock:
    library, every = library_of(language, seed), institutions(language)
    numbers = _numbers(library, GROUP, [t.id for t in every], topic_id)

    def make(block: int) -> list[str]:
        groups = (library.group(n, every[n // GROUP % len(every)]) for n in numbers(block))
        return [document.titled + END for group in groups for document in group]

    return Stock(make, together=GROUP)


def _numbers(
    library: Library, step: int, ids: list[str], topic_id: str | None
) -> Callable[[int], Iterable[int]]:
    """Return which numbers the groups of a block of a stock begin with.

    The lower half of the stocked numbers is for stocks of all topics, which take each topic in
    turn; of the upper half a stock of one topic takes every so many-th group.
    """
    half = library.stocked // 2
    start, stride = 0, step
    if topic_id is not None:
        turn = len(ids) * step
        start = -(-half // turn) * turn + ids.index(topic_id) * step
        stride = turn
    stop = half if topic_id is None else library.stocked

    def numbers(block: int) -> Iterable[int]:
        first = start + block * _BLOCK * stride
        if first + _BLOCK * stride > stop:
            raise GenerationError(
                f"a library has no more than {stop:,} documents: the length is too long"
            )
        return range(first, first + _BLOCK * stride, stride)

    return numbers


# ---------------------------------------------------------------- numbered lists


def heading_tokens(room: Room, heading: str, first: int, n: int) -> Counts:
    """Return the tokens of `n` numbered headings, each a line."""
    known = _headings(room.row.tokenizer, heading)
    numbers = range(first, first + n)
    missing = [k for k in numbers if k not in known]
    if missing:
        made = room.line_tokens([heading.format(k) for k in missing])
        known.update(zip(missing, made, strict=True))
    return np.fromiter((known[k] for k in numbers), dtype=np.int64, count=n)


@lru_cache(maxsize=64)
def _headings(tokenizer: str, heading: str) -> dict[int, int]:
    return {}


@lru_cache(maxsize=64)
def _adds_up(tokenizer: str, language: str, heading: str) -> bool:
    """Tell whether headings and documents have as many tokens together as one by one."""
    library = library_of(language, 0)
    made = (library.group(n * GROUP, t) for n, t in enumerate(institutions(language)))
    documents = list(islice((d for group in made for d in group), _TRIED))
    texts = [d.titled if k % 2 else d.text for k, d in enumerate(documents)]
    return parts_add_up(tokenizer, heading, [text + END for text in texts])


def parts_add_up(tokenizer: str, heading: str, texts: Sequence[str]) -> bool:
    """Tell whether these texts under headings have as many tokens together as one by one."""
    count = get_tokenizer(tokenizer)
    parts = [p for k, t in enumerate(texts, 9) for p in (heading.format(k), t)]
    alone = int((count_many(count, [LINE + p for p in parts]) - count.count(LINE)).sum())
    return alone == count.count(LINE + "".join(parts)) - count.count(LINE)


class Pile:
    """Texts to be shown under numbered headings: as many as a budget allows.

    Args:
        room: the room that they are counted in.
        heading: a line with {} for the number.
        budget: tokens for headings and texts.
        first: a number from which to count what headings take.

    Attributes:
        texts: with `END` behind each.
        tokens: of each, behind its heading.
        left: tokens still free.
        one_more: tokens that one text more would have taken.
    """

    def __init__(self, room: Room, heading: str, budget: int, first: int = 1) -> None:
        self.texts: list[str] = []
        self.tokens: list[int] = []
        self.left, self.one_more = budget, 0
        self._room, self._heading, self._first = room, heading, first
        self._headings = 0

    def add(self, texts: Sequence[str], tokens: Sequence[int], one_more: int = 0) -> int:
        """Add as many texts as fit, from the front; return how many that are.

        Args:
            texts: with `END` behind each.
            tokens: of each.
            one_more: tokens of a text more of the kind, where all fit.
        """
        n = len(texts)
        heads = heading_tokens(self._room, self._heading, self._first + len(self.texts), n + 1)
        sizes = np.append(np.array(tokens, dtype=np.int64), one_more) + heads
        total = np.cumsum(sizes[:n])
        keep = int(np.searchsorted(total, self.left, side="right"))
        self.texts += texts[:keep]
        self.tokens += tokens[:keep]
        self.one_more = int(sizes[keep])
        self.left -= int(total[keep - 1]) if keep else 0
        self._headings += int(heads[:keep].sum())
        return keep

    def among(self, needed: int, depths: Sequence[float], order: Stream) -> Among:
        """Return the texts as they are shown: the first `needed` at depths, the rest in order."""
        rest = (order.permutation(len(self.texts) - needed) + needed).tolist()
        return put_among(
            [self.texts[i] for i in rest],
            [self.tokens[i] for i in rest],
            self.texts[:needed],
            self.tokens[:needed],
            depths,
        )

    def body(self, among: Among, first: int = 1, additive: bool | None = None) -> Body:
        """Return texts under their headings, the needed ones as evidence.

        Args:
            among: the texts as they are shown.
            first: number of the first heading.
            additive: whether counts add up; tried on documents of a library when None.
        """
        room, heading, n = self._room, self._heading, len(among.items)
        row = room.row
        heads = heading_tokens(room, heading, first, n)
        named = [heading.format(k) for k in range(first, first + n)]
        parts = [part for pair in zip(named, among.items, strict=True) for part in pair]
        parts[-1] = parts[-1].removesuffix(END)
        chars = np.cumsum([0, *map(len, parts)])
        at = sorted(among.needed)
        spans = [
            (int(chars[2 * i + 1]), int(chars[2 * i + 1]) + len(among.items[i]) - len(END))
            for i in at
        ]
        spare = max(0, self._headings - int(heads.sum()))
        body = Body("".join(parts), spans, self.one_more + spare + _ALLOWANCE)
        if additive is None:
            additive = _adds_up(row.tokenizer, row.language, heading)
        if not additive:
            return body
        sizes = np.array(among.tokens, dtype=np.int64)
        sizes[-1] = room.line_tokens([parts[-1]])[0]
        ends = np.cumsum(heads + sizes)
        starts = (ends - sizes)[at].tolist()
        # what parts two documents has one token in it, of its own or not
        counted = Counted(int(ends[-1]), starts, [int(ends[i]) - (i < n - 1) for i in at])
        return Body(body.text, spans, body.item_tokens, counted=counted)


def answers(document: Document, attribute: Attribute) -> list[str]:
    """Return the forms of the answer to the question for a fact; the first is the document's."""
    value = document.values[attribute.id]
    plain = value.replace(",", "")
    return [value] if attribute.kind != "number" or plain == value else [value, plain]
