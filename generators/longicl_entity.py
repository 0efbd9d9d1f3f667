"""Many-shot entity typing: names in sentences, each of one of many fine types.

Source: Li et al. 2024 (LongICLBench, arXiv:2404.02060), table 1, Few-NERD: 66 fine types, about
61 tokens a demonstration, a sentence and one line "entity: type" for each name in it, micro F1
over (entity, type). There, names and types have a meaning of their own (and a model may know
both); here types are made-up words, and which type a name has depends on the cues of
`_longicl_code` (which also has the proof): one is a word of the name, the others stand in its
part of the sentence, between semicolons. Kept are the number of types, the form and the rule.
Changed:

- each sentence has the same number of names, and each round shows every type as often as every
  other (published: whatever the sentences hold, from 1 to 38 times in the first round);
- no name of the question is in a demonstration, so that none can be looked up;
- all names are to be listed, there are no others, so that the pairs asked for are clear;
- a demonstration takes about 78 tokens: names, cues and types of made-up words need room;
- the tier is hard by default: at medium the demonstration that is most like a question is of the
  right type four times out of five, at hard less than every other time (`synthctx baseline`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from synthctx.compose import Room
from synthctx.generators._longicl_code import Code, Shown, made_up, new_code, words_of
from synthctx.generators._longicl_shots import (
    Book,
    Question,
    book_keys,
    chosen,
    draft,
    listed,
    params,
    partners,
    turn,
)
from synthctx.streams import Stream, Streams
from synthctx.tasks import Demonstrations, Draft, Task, register

_PREFIX = (
    "Below each sentence stand the names that occur in it, in order, one on a line, each with "
    "its type. Work out from them which names are of which type, and write such lines for the "
    "last sentence. Write nothing else, and every type exactly as it is below.\n\n"
)
_SENTENCE = "Sentence: {text}\n"
_LINE = "{name}: {type}\n"

# what all sentences are made of; a name stands at {n}, and it may be of anything
_OPENERS = [
    "In the spring,",
    "As far as is known,",
    "For the first time,",
    "In the last report,",
    "On the other side,",
    "Before the war,",
    "In those years,",
    "For some reason,",
    "After the election,",
    "At the time,",
    "According to the minutes,",
    "By the end of the month,",
]
_PHRASES = [
    "{n} was named twice",
    "little was heard of {n}",
    "everything turned on {n}",
    "nobody had thought of {n}",
    "{n} came first",
    "much was expected of {n}",
    "the talk was of {n}",
    "{n} remained in doubt",
    "a word was said for {n}",
    "{n} was left out",
    "a picture showed {n}",
    "some had forgotten {n}",
]
_CUES = [
    "beside the {c}",
    "for want of a {c}",
    "over the {c}",
    "after some {c}",
    "without any {c}",
    "like a {c}",
    "near the {c}",
    "against the {c}",
    "under a {c}",
    "by way of the {c}",
    "until the {c} came",
    "because of a {c}",
]
_IDLE = [
    "to be sure",
    "as always",
    "not for long",
    "at least once",
    "in the end",
    "it is true",
    "so far",
    "for years",
]
_CARRIERS = words_of([*_OPENERS, *_PHRASES, *_CUES, *_IDLE])
_NAME_WORDS = 24  # half of them for demonstrations, half for questions
_SHOT = re.compile(r"^Sentence: (.*)\n((?:(?!Sentence: ).+: .+(?:\n|\Z))+)", re.MULTILINE)
_NAME = re.compile(r"[A-Z][a-z]+ [A-Z][a-z]+")


@dataclass(frozen=True)
class Words:
    """What the sentences of a suite are made of.

    Attributes:
        shown: words that stand in names beside a cue, in demonstrations.
        asked: the same in questions; none is in both.
    """

    code: Code
    shown: list[str]
    asked: list[str]


def _sentence(
    stream: Stream, cues: Sequence[tuple[str, ...]], words: Sequence[str], noise: int
) -> tuple[str, list[str]]:
    """Return a sentence with as many names as there are cues, and the names in order.

    Args:
        stream: what to draw from.
        cues: of each name; the first becomes a word of it.
        words: what else may be in a name.
        noise: idle phrases.
    """
    beside = stream.sample(words, len(cues))
    phrases = stream.sample(_PHRASES, len(cues))
    parts, names = [], []
    for own, word, phrase in zip(cues, beside, phrases, strict=True):
        name = " ".join(w.capitalize() for w in stream.shuffled([own[0], word]))
        marks = stream.sample(_CUES, len(own) - 1)
        said = [m.format(c=c) for m, c in zip(marks, own[1:], strict=True)]
        parts.append(", ".join([" ".join([phrase.format(n=name), *said[:1]]), *said[1:]]))
        names.append(name)
    for idle in stream.sample(_IDLE, noise):
        parts[stream.below(len(parts))] += f", {idle}"
    return f"{stream.pick(_OPENERS)} {'; '.join(parts)}.", names


@lru_cache(maxsize=8)
def _book(
    words: str, shared: str, tokenizer: str, labels: int, tier: str, noise: int, entities: int
) -> tuple[Words, Book]:
    streams, structure = Streams(words), Streams(shared)
    code = new_code(streams, labels, tier, _CARRIERS)
    taken = _CARRIERS | {cue for triple in code.cues for cue in triple}
    drawn = made_up(streams("names"), _NAME_WORDS, taken, (2, 3))
    shown_words = drawn[: _NAME_WORDS // 2]

    def shows(number: int) -> list[int]:
        own = partners(structure, number, labels, entities)
        return structure("names", number).shuffled(own)

    def make(number: int) -> str:
        stream, shown = streams("shot", number), shows(number)
        cues = [tuple(stream.shuffled(code.cues[at])) for at in shown]
        text, names = _sentence(stream, cues, shown_words, noise)
        types = [code.labels[at] for at in shown]
        lines = (_LINE.format(name=n, type=t) for n, t in zip(names, types, strict=True))
        return _SENTENCE.format(text=text) + "".join(lines)

    book = Book(code.labels, make, shows, first=structure("turn").below(labels))
    return Words(code, shown_words, drawn[_NAME_WORDS // 2 :]), book


def book_of(room: Room) -> tuple[Words, Book]:
    """Return the words and the demonstrations of a row: all but its index, length and depth."""
    settings = chosen(room, "labels", "tier", "noise", "entities")
    return _book(*book_keys(room, settings), room.row.tokenizer, **settings)


def build(room: Room) -> Draft:
    """Fill the window with sentences and the types of the names in them."""
    words, book = book_of(room)
    code, entities = words.code, room.params["entities"]
    first = turn(book, room.row.index)
    others = [at for at in range(len(code.labels)) if at != first]
    partners_of_it = room.structure("partners").sample(others, entities - 1)
    asked = room.structure("names").shuffled([first, *partners_of_it])
    cues = [code.ask(room.streams, gold, k) for k, gold in enumerate(asked)]
    text, names = _sentence(room.streams("query"), cues, words.asked, room.params["noise"])
    types = listed("The types are", code.labels) if room.params["instruct"] else ""
    return draft(
        room,
        book,
        Question(
            prefix=_PREFIX + types,
            suffix="\n" + _SENTENCE.format(text=text),
            asked=asked,
            reference={n: code.labels[at] for n, at in zip(names, asked, strict=True)},
            max_output_tokens=16 + 32 * entities,
            rule_params={"published": "fewnerd", "query": text},
        ),
    )


def _instances(sentence: str, names: Sequence[str]) -> list[str]:
    """Return for each name its part of the sentence."""
    parts = sentence.partition(",")[2].split(";")
    return [next((part for part in parts if name in part), name) for name in names]


def demonstrations(prompt: str) -> Demonstrations:
    """Return what is said of all names with their types, and of those that are asked about.

    An instance is a name with its part of the sentence.
    """
    body, _, query = prompt.rpartition("\nSentence: ")
    texts: list[str] = []
    labels: list[str] = []
    for sentence, lines in _SHOT.findall(body + "\n"):
        pairs = [line.rpartition(": ") for line in lines.splitlines()]
        texts += _instances(sentence, [name for name, _, _ in pairs])
        labels += [kind for _, _, kind in pairs]
    names = _NAME.findall(query)

    def write(types: Sequence[str]) -> str:
        return "\n".join(f"{name}: {kind}" for name, kind in zip(names, types, strict=True))

    return Demonstrations(texts, labels, _instances(query, names), write)


def read(prompt: str) -> str:
    """Return each name with the type of which most of the same words are used."""
    seen = demonstrations(prompt)
    shown = Shown(seen.texts, seen.labels, _CARRIERS)
    return seen.write([shown.label(query) for query in seen.queries])


def guesses(prompt: str) -> list[str]:
    """Return all types for each name, line by line and in one line, and none but names."""
    seen = demonstrations(prompt)
    types = list(dict.fromkeys(seen.labels))
    each = [seen.write([kind] * len(seen.queries)) for kind in types]
    lists = seen.write([", ".join(types)] * len(seen.queries))
    return ["\n".join(each), lists, ", ".join(types)]


register(
    Task(
        id="longicl/entity",
        version=1,
        rule="label/micro_f1",
        summary="The types of names, explained by nothing but demonstrations",
        source="Li et al. 2024 (LongICLBench), table 1 (Few-NERD); code of types our own",
        scope="the demonstrations of a few types",
        diffusion="among demonstrations of the other types",
        build=build,
        read=read,
        params={
            **params(66, 8, 0, "hard"),
            "entities": {"type": "integer", "minimum": 1, "maximum": 6, "default": 2},
        },
        depth_default=None,
        guesses=guesses,
        demonstrations=demonstrations,
    )
)
