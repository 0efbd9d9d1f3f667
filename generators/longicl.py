"""Many-shot classification: labels that only the demonstrations explain.

Source: Li et al. 2024 (LongICLBench, arXiv:2404.02060), table 1: demonstrations in rounds over
28 to 174 labels, label order the same in each round, the query at the end. There, labels are
words with a meaning, so a model may guess them; here they are made-up words, and what makes a
message belong to one is a code: each label owns three made-up cue words, two labels share at
most one, and the messages are otherwise alike.

The proof: a pair of cues occurs in one label at most, every label's three stand together in each
of its demonstrations, and a query is only used when exactly one label owns a pair in it. So the
answer follows from one full round, and from nothing else.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from synthctx.compose import Room
from synthctx.jsonio import canonical
from synthctx.streams import Stream, Streams
from synthctx.tasks import Body, Counted, Demonstrations, Draft, Task, register
from synthctx.tokenizers import get_tokenizer

TIERS = ("easy", "medium", "hard")
ORDERS = ("round_robin", "reshuffled", "grouped", "gold_first", "gold_last")
_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"

_PREFIX = (
    "Each message below is followed by its category. Work out from them what belongs to which "
    "category, and give the category of the last message. Reply with the category alone, "
    "written exactly as it is above.\n\n"
)
_QUERY = "\nMessage: {text}\nCategory:"
_SHOT = "Message: {text}\nCategory: {label}\n"

# what all messages are made of; cues stand at {c}
_OPENERS = [
    "I looked into it this morning,",
    "As I told your colleague on the phone,",
    "Just so that you know,",
    "It has been a week now,",
    "Sorry to write again,",
    "We talked it over at home,",
    "Before I forget it,",
    "To keep this short,",
    "After the last visit,",
    "I went through the papers,",
    "Nobody here could tell me,",
    "Since you asked,",
    "On my way back,",
    "At first I paid no attention,",
]
_PHRASES = [
    "there was something about the {c},",
    "the {c} came up twice,",
    "my neighbour has the same {c},",
    "somebody mentioned a {c},",
    "I still do not have the {c},",
    "we were shown the {c},",
    "the old {c} is gone,",
    "a {c} was on the list,",
    "they keep asking for the {c},",
    "I was promised a {c},",
    "the {c} looks different now,",
    "no one has seen the {c},",
    "it all began with the {c},",
    "the {c} was there before,",
    "I had put the {c} aside,",
    "and then the {c} turned up,",
    "we could do without the {c},",
    "there is one more {c},",
]
_IDLE = [
    "the weather did not help,",
    "it was already late,",
    "my sister was there too,",
    "the line was busy,",
    "I had to wait outside,",
    "the second floor was closed,",
    "it took most of the day,",
    "the dog did not mind,",
    "we had tea in the meantime,",
    "the stairs are steep,",
]
_CLOSERS = [
    "so what now?",
    "please have a look.",
    "thank you for your time.",
    "that is all I know.",
    "I would be glad of a reply.",
    "let me know.",
    "could you check?",
    "I leave it to you.",
    "it is not urgent.",
    "what would you do?",
    "I hope this helps.",
    "many thanks.",
]
_CARRIERS = frozenset(
    re.findall(r"[a-z]+", " ".join([*_OPENERS, *_PHRASES, *_IDLE, *_CLOSERS]).lower())
)
_SHOTS = re.compile(r"^Message: (.*)\nCategory: (.+)$", re.MULTILINE)


def _words(stream: Stream, n: int, taken: set[str]) -> list[str]:
    """Return `n` different made-up words of two or three syllables, none of which is taken."""
    out: dict[str, None] = {}
    while len(out) < n:
        syllables = stream.between(2, 3)
        word = "".join(stream.pick(_CONSONANTS) + stream.pick(_VOWELS) for _ in range(syllables))
        word += stream.pick(_CONSONANTS)
        if word not in taken:
            out.setdefault(word)
    return list(out)


@dataclass
class Book:
    """What is the same for all problems of a suite: labels, their cues, the demonstrations.

    Attributes:
        labels: in round-robin order.
        cues: of each label, its three cue words.
        shots: demonstrations by number: shot n shows label n modulo the number of labels.
        tokens: of each shot.
    """

    streams: Streams
    tokenizer: str
    labels: list[str]
    cues: list[tuple[str, str, str]]
    noise: int
    shots: list[str]
    tokens: list[int]

    def grow(self, n: int) -> None:
        """Make the first `n` demonstrations."""
        counter = get_tokenizer(self.tokenizer)
        anchor = counter.count("k\n")
        for number in range(len(self.shots), n):
            at = number % len(self.labels)
            text = message(self.streams("shot", number), self.cues[at], self.noise)
            shot = _SHOT.format(text=text, label=self.labels[at])
            self.shots.append(shot)
            self.tokens.append(counter.count("k\n" + shot) - anchor)


def message(stream: Stream, cues: tuple[str, ...], noise: int) -> str:
    """Return a message that holds the cues at random places, with `noise` idle phrases."""
    phrases = stream.sample(_PHRASES, len(cues))
    parts = [p.format(c=c) for p, c in zip(phrases, cues, strict=True)]
    parts += stream.sample(_IDLE, noise)
    return " ".join([stream.pick(_OPENERS), *stream.shuffled(parts), stream.pick(_CLOSERS)])


def _code(stream: Stream, n: int, disjoint: bool) -> list[tuple[str, str, str]]:
    """Return `n` triples of cue words, any two of which share at most one word."""
    if disjoint:
        words = _words(stream, 3 * n, set(_CARRIERS))
        return [(words[3 * i], words[3 * i + 1], words[3 * i + 2]) for i in range(n)]
    words = _words(stream, max(9, math.ceil(5.2 * math.sqrt(n))), set(_CARRIERS))
    used: set[tuple[int, int]] = set()
    out: list[tuple[str, str, str]] = []
    while len(out) < n:
        a, b, c = sorted(stream.sample(range(len(words)), 3))
        pairs = {(a, b), (a, c), (b, c)}
        if not pairs & used:
            used |= pairs
            out.append((words[a], words[b], words[c]))
    return out


@lru_cache(maxsize=8)
def _book(key: str, tokenizer: str, labels: int, tier: str, noise: int) -> Book:
    streams = Streams(key)
    cues = _code(streams("cues"), labels, tier == "easy")
    taken = {word for triple in cues for word in triple} | _CARRIERS
    halves = _words(streams("labels"), 2 * labels, taken)
    names = [f"{a}_{b}" for a, b in zip(halves[::2], halves[1::2], strict=True)]
    return Book(streams, tokenizer, names, cues, noise, [], [])


def book_of(room: Room) -> Book:
    """Return the book of a row: all but its index, length and depth."""
    row, params = room.row, room.params
    shared = {"labels": params["labels"], "tier": params["tier"], "noise": params["noise"]}
    key = canonical([row.seed, row.task, row.task_version, row.version, shared])
    return _book(key, row.tokenizer, params["labels"], params["tier"], params["noise"])


def owners(cues: list[tuple[str, str, str]], words: set[str]) -> list[int]:
    """Return the labels two of whose cues are among some words."""
    return [i for i, triple in enumerate(cues) if len(words & set(triple)) >= 2]


def _query(room: Room, book: Book) -> tuple[str, int]:
    """Return the message that is asked about, and its label; only one label owns a pair in it."""
    start = book.streams("turn").below(len(book.labels))
    gold = (start + room.row.index) % len(book.labels)
    for attempt in range(1000):
        stream = room.streams("query", attempt)
        cues = tuple(stream.shuffled(book.cues[gold]))
        if room.params["tier"] != "medium":
            cues = cues[:2]
        if room.params["tier"] == "hard":
            cues += (stream.pick(book.cues[(gold + 1 + attempt) % len(book.cues)]),)
        if len(set(cues)) == len(cues) and owners(book.cues, set(cues)) == [gold]:
            return message(stream, cues, room.params["noise"]), gold
    raise room.too_short("no message was found that only one label fits")


def _numbers(room: Room, book: Book, budget: int) -> list[int]:
    """Return the demonstrations that fit, as numbers: whole rounds, the last one may be partial."""
    labels, rounds = len(book.labels), room.params["rounds"]
    total = used = 0
    while rounds is None or total < rounds * labels:
        book.grow(total + 1)
        if used + book.tokens[total] > budget:
            break
        used += book.tokens[total]
        total += 1
    least = labels * (rounds or 1)
    if total < least:
        book.grow(labels)
        needed = sum(book.tokens[:labels]) * (rounds or 1) + room.row.length - budget
        raise room.too_short(
            f"{rounds or 1} demonstrations of each of {labels} labels need a length of about "
            f"{needed:,}, or fewer labels"
        )
    return list(range(total))


def _arranged(room: Room, book: Book, numbers: list[int], gold: int) -> list[int]:
    """Return the demonstrations in the order asked for."""
    labels, order, depth = len(book.labels), room.params["order"], room.row.depth
    if order == "reshuffled":
        rounds = [numbers[i : i + labels] for i in range(0, len(numbers), labels)]
        numbers = [n for i, r in enumerate(rounds) for n in room.streams("order", i).shuffled(r)]
    elif order == "grouped":
        place = room.streams("order").permutation(labels).tolist()
        numbers = sorted(numbers, key=lambda n: (place[n % labels], n))
    share = {"gold_first": 0.0, "gold_last": 1.0}.get(order) if depth is None else depth
    if share is None:
        return numbers
    gold_ones = [n for n in numbers if n % labels == gold]
    others = [n for n in numbers if n % labels != gold]
    at = round(share * len(others))
    return [*others[:at], *gold_ones, *others[at:]]


def build(room: Room) -> Draft:
    """Fill the window with demonstrations, in rounds over all labels."""
    book = book_of(room)
    text, gold = _query(room, book)
    suffix, max_output_tokens = _QUERY.format(text=text), 32
    budget = room.budget(_PREFIX, suffix, max_output_tokens)
    numbers = _arranged(room, book, _numbers(room, book, budget), gold)
    spans, starts, ends = [], [], []
    chars = tokens = 0
    for n in numbers:
        size, shown = len(book.shots[n]), book.tokens[n]
        if n % len(book.labels) == gold:
            spans.append((chars, chars + size - 1))
            starts.append(tokens)
            ends.append(tokens + shown - 1)  # without the newline
        chars += size
        tokens += shown
    book.grow(len(numbers) + 1)
    left = budget - tokens
    return Draft(
        prefix=_PREFIX,
        body=Body(
            "".join(book.shots[n] for n in numbers),
            spans,
            # a fixed number of rounds leaves the rest of the window free
            item_tokens=left + 4 if room.params["rounds"] else max(book.tokens) + 4,
            counted=Counted(tokens, starts, ends) if room.adds_up(book.shots[:40]) else None,
        ),
        suffix=suffix,
        reference=book.labels[gold],
        max_output_tokens=max_output_tokens,
        rule_params={"labels": book.labels, "published": "banking77", "marker": "Category:"},
        floor=1 / len(book.labels),
    )


def demonstrations(prompt: str) -> Demonstrations:
    """Return the demonstrations that a prompt shows, and the message that it asks about."""
    body, _, query = prompt.rpartition("\nMessage: ")
    shots = _SHOTS.findall(body)
    return Demonstrations(
        [text for text, _ in shots],
        [label for _, label in shots],
        query.removesuffix("\nCategory:"),
    )


def _cue_words(text: str) -> set[str]:
    return {w for w in re.findall(r"[a-z]+", text.lower()) if w not in _CARRIERS}


def read(prompt: str) -> str:
    """Return the label whose demonstrations share a pair of unusual words with the query."""
    seen = demonstrations(prompt)
    wanted = _cue_words(seen.query)
    votes: Counter[str] = Counter()
    for text, label in zip(seen.texts, seen.labels, strict=True):
        shared = sum(1 for _ in combinations(sorted(wanted & _cue_words(text)), 2))
        votes[label] = max(votes[label], shared)
    if not votes:
        return ""
    best = max(votes.values())
    return next(label for label, n in votes.items() if n == best)


def guesses(prompt: str) -> list[str]:
    """Return all labels in one answer, and the two shown last."""
    labels = list(dict.fromkeys(demonstrations(prompt).labels))
    return [", ".join(labels), "\n".join(labels), " or ".join(labels[-2:])]


register(
    Task(
        id="longicl/classification",
        version=2,
        rule="label/exact",
        summary="Many labels, explained by nothing but demonstrations",
        source="Li et al. 2024 (LongICLBench), table 1; code of labels our own",
        scope="the demonstrations of one label",
        diffusion="among demonstrations of the other labels",
        build=build,
        read=read,
        params={
            "labels": {"type": "integer", "minimum": 28, "maximum": 2000, "default": 77},
            "tier": {"enum": list(TIERS), "default": "medium"},
            "order": {"enum": list(ORDERS), "default": "round_robin"},
            "rounds": {"type": ["integer", "null"], "minimum": 1, "maximum": 1000, "default": None},
            "noise": {"type": "integer", "minimum": 0, "maximum": 6, "default": 1},
        },
        depth_default=None,
        guesses=guesses,
        demonstrations=demonstrations,
    )
)
