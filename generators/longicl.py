"""Many-shot classification: labels that only the demonstrations explain.

Source: Li et al. 2024 (LongICLBench, arXiv:2404.02060), table 1: demonstrations in rounds over
77 labels (BANKING77; 28 in GoEmotion), the label order the same in each round, the query at the
end. There, labels are words with a meaning, so a model may guess them; here they are made-up
words, and what makes a message belong to one is a code of cue words, see `_longicl_code` for it
and for the proof. A demonstration takes about 50 tokens, not 28: three cues and an opaque label
need room.

A file of texts and labels of the user's own makes a test of the same form, see `_longicl_file`;
whether only one label is right is then as the file says: asserted.
"""

from __future__ import annotations

import re
from functools import lru_cache

from synthctx.compose import Room
from synthctx.generators._longicl_code import Code, Shown, all_labels, new_code, words_of
from synthctx.generators._longicl_file import PARAMS, file_book, held_out, split_of
from synthctx.generators._longicl_shots import (
    Book,
    Question,
    book_keys,
    chosen,
    draft,
    listed,
    params,
    turn,
)
from synthctx.streams import Stream, Streams
from synthctx.tasks import Demonstrations, Draft, Task, register

_PREFIX = (
    "Each message below is followed by its category. Work out from them what belongs to which "
    "category, and give the category of the last message. Reply with the category alone, "
    "written exactly as it is above.\n\n"
)
_QUERY = "\nMessage: {text}\nCategory:"
_SHOT = "Message: {text}\nCategory: {label}\n"
_MARKER = "Category:"
_ANSWER_TOKENS = 32

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
_CARRIERS = words_of([*_OPENERS, *_PHRASES, *_IDLE, *_CLOSERS])
_SHOTS = re.compile(r"^Message: (.*)\nCategory: (.+)$", re.MULTILINE)


def message(stream: Stream, cues: tuple[str, ...], noise: int) -> str:
    """Return a message that holds the cues at random places, with `noise` idle phrases."""
    phrases = stream.sample(_PHRASES, len(cues))
    parts = [p.format(c=c) for p, c in zip(phrases, cues, strict=True)]
    parts += stream.sample(_IDLE, noise)
    return " ".join([stream.pick(_OPENERS), *stream.shuffled(parts), stream.pick(_CLOSERS)])


@lru_cache(maxsize=8)
def _book(
    words: str, shared: str, tokenizer: str, labels: int, tier: str, noise: int
) -> tuple[Code, Book]:
    streams, structure = Streams(words), Streams(shared)
    code = new_code(streams, labels, tier, _CARRIERS)

    def make(number: int) -> str:
        at = number % labels
        text = message(streams("shot", number), code.cues[at], noise)
        return _SHOT.format(text=text, label=code.labels[at])

    return code, Book(code.labels, make, first=structure("turn").below(labels))


def book_of(room: Room) -> tuple[Code, Book]:
    """Return the code and the demonstrations of a row: all but its index, length and depth."""
    settings = chosen(room, "labels", "tier", "noise")
    return _book(*book_keys(room, settings), room.row.tokenizer, **settings)


def build(room: Room) -> Draft:
    """Fill the window with demonstrations, in rounds over all labels."""
    if room.params["file"] is not None:
        return _build_from_file(room)
    code, book = book_of(room)
    gold = turn(book, room.row.index)
    cues = code.ask(room.streams, gold)
    text = message(room.streams("query"), cues, room.params["noise"])
    return draft(room, book, _question(room, book, text, gold))


def _question(room: Room, book: Book, text: str, gold: int) -> Question:
    categories = listed("The categories are", book.labels) if room.params["instruct"] else ""
    own = room.params["file"] is not None
    return Question(
        prefix=_PREFIX + categories,
        suffix=_QUERY.format(text=text),
        asked=[gold],
        reference=book.labels[gold],
        max_output_tokens=_ANSWER_TOKENS,
        rule_params={"published": "banking77", "marker": _MARKER},
        uniqueness="asserted" if own else None,
    )


def _build_from_file(room: Room) -> Draft:
    """Do the same with texts and labels of a file."""
    book = file_book(room, _SHOT)
    text, gold = held_out(room)
    return draft(room, book, _question(room, book, text, gold))


def demonstrations(prompt: str) -> Demonstrations:
    """Return the demonstrations that a prompt shows, and the message that it asks about."""
    body, _, query = prompt.rpartition("\nMessage: ")
    shots = _SHOTS.findall(body)
    return Demonstrations(
        [text for text, _ in shots],
        [label for _, label in shots],
        [query.removesuffix("\nCategory:")],
    )


def read(prompt: str) -> str:
    """Return the label whose demonstrations share most unusual words with the query.

    In a generated test that is the right one; in one out of a file the nearest demonstration's.
    """
    seen = demonstrations(prompt)
    return Shown(seen.texts, seen.labels, _CARRIERS).label(seen.queries[0])


def guesses(prompt: str) -> list[str]:
    """Return all labels in one answer, and the two shown last."""
    return all_labels(demonstrations(prompt).labels)


register(
    Task(
        id="longicl/classification",
        version=3,
        rule="label/exact",
        summary="Many labels, explained by nothing but demonstrations",
        source="Li et al. 2024 (LongICLBench), table 1; code of labels our own",
        scope="the demonstrations of one label",
        diffusion="among demonstrations of the other labels",
        build=build,
        read=read,
        params={**params(77, 28, 1), **PARAMS},
        depth_default=None,
        guesses=guesses,
        demonstrations=demonstrations,
        files=("file",),
        split=split_of,
    )
)
