"""Many-shot discourse marking: which connective joins two sentences, out of many.

Source: Li et al. 2024 (LongICLBench, arXiv:2404.02060), table 1, Discovery: 174 connectives,
about 61 tokens a demonstration, two sentences with a gap "( )" between them and the connective
that fills it; equality with the label. There, connectives are English, so that a model knows
where each fits; here they are made-up words, and which one joins two sentences depends on the
cues of `_longicl_code`, which also has the proof. Kept are the number of labels, the form and
the rule. The cues stand in both sentences: in a question of the tiers easy and hard one cue of
the pair in each, so that neither sentence alone tells the answer.
"""

from __future__ import annotations

import re
from functools import lru_cache

from synthctx.compose import Room
from synthctx.generators._longicl_code import Code, Shown, all_labels, new_code, words_of
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
    "Each pair of sentences below has a gap ( ) between them, and is followed by the connective "
    "that belongs there. Work out from them which connective joins what, and give the one for "
    "the last pair. Reply with the connective alone, written exactly as it is below.\n\n"
)
_QUERY = "\nSentences: {text}\nConnective:"
_SHOT = "Sentences: {text}\nConnective: {label}\n"
_MARKER = "Connective:"

# what all sentences are made of; cues stand at {c}
_OPENERS = [
    "They had waited for the news",
    "The room was full again",
    "It had rained since Monday",
    "The road was open",
    "The younger ones were at school",
    "Most of the work was done",
    "The market had closed early",
    "Nobody wanted to begin",
    "The letter came at noon",
    "It was warmer than before",
]
_AGAIN = [
    "The others took their time",
    "The evening was quiet",
    "The mayor said nothing",
    "The price went up",
    "The children laughed",
    "The bus did not stop",
    "The answer was short",
    "The shop was sold",
    "The whole street knew",
    "The boat was repaired",
]
_PHRASES = [
    "with the {c} on the table",
    "because of a {c}",
    "while the {c} was away",
    "and the {c} stayed where it was",
    "as if there were no {c}",
    "next to the old {c}",
    "without asking for the {c}",
    "and somebody had moved the {c}",
    "after the {c} had been counted",
    "so that the {c} was safe",
    "until a {c} was brought in",
    "in spite of the {c}",
]
_IDLE = [
    "as usual",
    "at least for a day",
    "to be exact",
    "or so it seemed",
    "without any noise",
    "for once",
    "once more",
    "in the end",
]
_CARRIERS = words_of([*_OPENERS, *_AGAIN, *_PHRASES, *_IDLE])
_SHOTS = re.compile(r"^Sentences: (.*)\nConnective: (.+)$", re.MULTILINE)


def _sentences(stream: Stream, cues: tuple[str, ...], noise: int) -> str:
    """Return two sentences with a gap between them, with `noise` idle phrases.

    The first cue stands in the first, the second in the second, any other in either.
    """
    phrases = stream.sample(_PHRASES, len(cues))
    said = [p.format(c=c) for p, c in zip(phrases, cues, strict=True)]
    sides: tuple[list[str], list[str]] = ([said[0]], [said[1]])
    for part in [*said[2:], *stream.sample(_IDLE, noise)]:
        sides[stream.below(2)].append(part)
    first, second = (", ".join(stream.shuffled(side)) for side in sides)
    return f"{stream.pick(_OPENERS)}, {first}. ( ) {stream.pick(_AGAIN)}, {second}."


@lru_cache(maxsize=8)
def _book(
    words: str, shared: str, tokenizer: str, labels: int, tier: str, noise: int
) -> tuple[Code, Book]:
    streams, structure = Streams(words), Streams(shared)
    code = new_code(streams, labels, tier, _CARRIERS)

    def make(number: int) -> str:
        at, stream = number % labels, streams("shot", number)
        cues = tuple(stream.shuffled(code.cues[at]))
        return _SHOT.format(text=_sentences(stream, cues, noise), label=code.labels[at])

    return code, Book(code.labels, make, first=structure("turn").below(labels))


def book_of(room: Room) -> tuple[Code, Book]:
    """Return the code and the demonstrations of a row: all but its index, length and depth."""
    settings = chosen(room, "labels", "tier", "noise")
    return _book(*book_keys(room, settings), room.row.tokenizer, **settings)


def build(room: Room) -> Draft:
    """Fill the window with pairs of sentences and their connectives."""
    code, book = book_of(room)
    gold = turn(book, room.row.index)
    cues = code.ask(room.streams, gold)
    own = [cue for cue in cues if cue in code.cues[gold]]
    cues = (*own, *(cue for cue in cues if cue not in own))  # the pair in both sentences
    text = _sentences(room.streams("query"), cues, room.params["noise"])
    connectives = listed("The connectives are", code.labels) if room.params["instruct"] else ""
    return draft(
        room,
        book,
        Question(
            prefix=_PREFIX + connectives,
            suffix=_QUERY.format(text=text),
            asked=[gold],
            reference=code.labels[gold],
            max_output_tokens=32,
            rule_params={"published": "discovery", "marker": _MARKER},
        ),
    )


def demonstrations(prompt: str) -> Demonstrations:
    """Return the pairs of sentences with their connectives, and the pair that is asked about."""
    body, _, query = prompt.rpartition("\nSentences: ")
    shots = _SHOTS.findall(body)
    return Demonstrations(
        [text for text, _ in shots],
        [label for _, label in shots],
        [query.removesuffix("\nConnective:")],
    )


def read(prompt: str) -> str:
    """Return the connective whose sentences share most unusual words with those asked about."""
    seen = demonstrations(prompt)
    return Shown(seen.texts, seen.labels, _CARRIERS).label(seen.queries[0])


def guesses(prompt: str) -> list[str]:
    """Return all connectives in one answer, and the two shown last."""
    return all_labels(demonstrations(prompt).labels)


register(
    Task(
        id="longicl/discourse",
        version=1,
        rule="label/exact",
        summary="The connective between two sentences, explained by nothing but demonstrations",
        source="Li et al. 2024 (LongICLBench), table 1 (Discovery); code of connectives our own",
        scope="the demonstrations of one connective",
        diffusion="among demonstrations of the other connectives",
        build=build,
        read=read,
        params=params(174, 8, 2),
        depth_default=None,
        guesses=guesses,
        demonstrations=demonstrations,
    )
)
