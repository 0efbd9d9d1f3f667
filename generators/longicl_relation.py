"""Many-shot relations: how two persons are related, in a sentence or in a dialogue.

Source: Li et al. 2024 (LongICLBench, arXiv:2404.02060), table 1. The form "dialogue" is that of
DialogRE: a dialogue, a list of pairs, as many relations in the same order; 36 relations, about
226 tokens a demonstration; micro F1 by position. The form "sentence" is that of TacRED: a
sentence, subject, object, one relation; 41 relations, about 80 tokens a demonstration; micro F1.
There, relations have names with a meaning; here they are made-up words, and which one holds
between two persons depends on the cues of `_longicl_code` (which also has the proof) in what is
said of these two. Changed:

- a dialogue has the same number of pairs in each demonstration, and each round shows every
  relation as often as every other; published rounds are filled as the dialogues come, and the
  repository's list has 34 relations, its README 36;
- what is said of a pair names both persons, and no person is in two pairs of a dialogue: which
  cues belong to which pair is clear;
- no relation is "no relation": what does not hold cannot be demonstrated.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from synthctx.compose import Room
from synthctx.generators._longicl_code import Code, Shown, new_code, words_of
from synthctx.generators._longicl_shots import (
    Book,
    Question,
    book_keys,
    draft,
    listed,
    params,
    partners,
    turn,
)
from synthctx.names import person_parts
from synthctx.streams import Stream, Streams
from synthctx.tasks import Demonstrations, Draft, Task, register

LABELS = {"dialogue": 36, "sentence": 41}  # relations by default
NOISE = {"dialogue": 1, "sentence": 4}  # idle phrases by default
_PREFIXES = {
    "dialogue": (
        "Below each dialogue stand pairs of persons, and in the same order how the two of each "
        "pair are related. Work out from them what tells which relation, and give the relations "
        "for the last dialogue, parted by commas. Write nothing else, and every relation "
        "exactly as it is below.\n\n"
    ),
    "sentence": (
        "Below each sentence stand two persons, subject and object, and how they are related. "
        "Work out from them what tells which relation, and give the relation for the last "
        "sentence. Reply with the relation alone, written exactly as it is below.\n\n"
    ),
}
_MARKERS = {"dialogue": "Relations:", "sentence": "Relation:"}
_DIALOGUE = "Dialogue:\n{text}\nPairs: {pairs}\nRelations:"
_SENTENCE = "Sentence: {text}\nSubject: {a}\nObject: {b}\nRelation:"

# what is said of two persons, {a} and {b}; cues stand at {c}
_SAID = [
    "{a} gave {b} the {c}",
    "{b} asked {a} for a {c}",
    "{a} and {b} share a {c}",
    "there was a {c} between {a} and {b}",
    "{a} showed {b} the {c}",
    "{b} keeps the {c} that {a} left",
    "{a} took the {c} to {b}",
    "the {c} came from {a} for {b}",
    "{b} wrote to {a} about the {c}",
    "{a} never returned the {c} to {b}",
    "{a} and {b} argued over the {c}",
    "{b} was with {a} when the {c} broke",
]
_LEADS = [
    "I heard that",
    "You know that",
    "They say that",
    "It seems that",
    "I remember that",
    "Last week I was told that",
    "My aunt says that",
    "It is true that",
    "What I know is that",
]
_IDLE = [
    "Is the kettle on?",
    "I have to go soon.",
    "Where did you put my coat?",
    "It is cold in here.",
    "Wait, the phone is ringing.",
    "I did not sleep well.",
    "That does not surprise me.",
    "Let us sit down first.",
]
_ASIDES = [
    "as everybody at the table knew",
    "which was in the paper",
    "and it was not the first time",
    "on a wet day in autumn",
    "long before the house was built",
    "to the joy of the neighbours",
    "while the band was playing",
    "and nobody minded",
]
_CARRIERS = words_of([*_SAID, *_LEADS, *_IDLE, *_ASIDES, "Speaker Dialogue Sentence"])
_SHOTS = {
    "dialogue": re.compile(
        r"^(?:Dialogue:\n)?((?:Speaker .*\n)+)Pairs: (.+)\nRelations:(.*)$", re.MULTILINE
    ),
    "sentence": re.compile(
        r"^Sentence: (.*)\nSubject: (.+)\nObject: (.+)\nRelation:(.*)$", re.MULTILINE
    ),
}
_PAIR = re.compile(r"\((\w+), (\w+)\)")


@lru_cache(maxsize=1)
def _given() -> tuple[str, ...]:
    """Return first names, none of which is a word of the sentences."""
    return tuple(n for n in person_parts("en")[0] if n.lower() not in _CARRIERS)


def _statements(stream: Stream, a: str, b: str, cues: tuple[str, ...]) -> list[str]:
    """Return what is said of two persons, one clause for each cue."""
    said = stream.sample(_SAID, len(cues))
    return [s.format(a=a, b=b, c=c) for s, c in zip(said, cues, strict=True)]


def _dialogue(stream: Stream, cues: Sequence[tuple[str, ...]], noise: int) -> str:
    """Return a dialogue about as many pairs as there are cues, up to the relations."""
    people = stream.sample(_given(), 2 * len(cues))
    pairs = list(zip(people[::2], people[1::2], strict=True))
    said = [
        f"{stream.pick(_LEADS)} {clause}."
        for (a, b), own in zip(pairs, cues, strict=True)
        for clause in _statements(stream, a, b, own)
    ]
    lines = stream.shuffled([*said, *stream.sample(_IDLE, noise)])
    text = "\n".join(f"Speaker {1 + k % 2}: {line}" for k, line in enumerate(lines))
    return _DIALOGUE.format(text=text, pairs=", ".join(f"({a}, {b})" for a, b in pairs))


def _sentence(stream: Stream, cues: Sequence[tuple[str, ...]], noise: int) -> str:
    """Return a sentence about one pair, up to the relation."""
    a, b = stream.sample(_given(), 2)
    clauses = _statements(stream, a, b, cues[0])
    for aside in stream.sample(_ASIDES, noise):
        clauses[stream.below(len(clauses))] += f", {aside}"
    text = f"{stream.pick(_LEADS)} {', '.join(clauses[:-1])}, and {clauses[-1]}."
    return _SENTENCE.format(text=text, a=a, b=b)


_TEXTS = {"dialogue": _dialogue, "sentence": _sentence}


@lru_cache(maxsize=8)
def _book(
    words: str,
    shared: str,
    tokenizer: str,
    labels: int,
    tier: str,
    noise: int,
    form: str,
    pairs: int,
) -> tuple[Code, Book]:
    streams, structure = Streams(words), Streams(shared)
    taken = _CARRIERS | {name.lower() for name in _given()}
    code = new_code(streams, labels, tier, taken)

    def shows(number: int) -> list[int]:
        return structure("pairs", number).shuffled(partners(structure, number, labels, pairs))

    def make(number: int) -> str:
        shown = shows(number)
        text = _TEXTS[form](streams("shot", number), [code.cues[at] for at in shown], noise)
        return f"{text} {', '.join(code.labels[at] for at in shown)}\n"

    return code, Book(code.labels, make, shows, first=structure("turn").below(labels))


_SHARED = ("labels", "tier", "noise", "form", "pairs")


def _settings(room: Room) -> dict[str, Any]:
    """Return what the demonstrations depend on, complete and without what is of no effect."""
    asked = {name: room.params[name] for name in _SHARED}
    form = asked["form"]
    asked["labels"] = asked["labels"] or LABELS[form]
    asked["noise"] = NOISE[form] if asked["noise"] is None else asked["noise"]
    asked["pairs"] = asked["pairs"] if form == "dialogue" else 1
    return asked


def book_of(room: Room) -> tuple[Code, Book]:
    """Return the code and the demonstrations of a row: all but its index, length and depth."""
    settings = _settings(room)
    return _book(*book_keys(room, settings), room.row.tokenizer, **settings)


def build(room: Room) -> Draft:
    """Fill the window with dialogues or sentences, and the relations in them."""
    code, book = book_of(room)
    settings = _settings(room)
    form, labels, together = settings["form"], settings["labels"], settings["pairs"]
    first = turn(book, room.row.index)
    others = room.structure("partners").sample(
        [n for n in range(labels) if n != first], together - 1
    )
    asked = room.structure("order of pairs").shuffled([first, *others])
    cues = [code.ask(room.streams, gold, k) for k, gold in enumerate(asked)]
    relations = listed("The relations are", code.labels) if room.params["instruct"] else ""
    named = [code.labels[at] for at in asked]
    dialogue = form == "dialogue"
    return draft(
        room,
        book,
        Question(
            prefix=_PREFIXES[form] + relations,
            suffix="\n" + _TEXTS[form](room.streams("query"), cues, settings["noise"]),
            asked=asked,
            reference=named if dialogue else named[0],
            max_output_tokens=16 + 16 * together,
            rule_params={
                "published": "dialogre" if dialogue else "tacred",
                "marker": _MARKERS[form],
            },
        ),
    )


def _instances(form: str, shot: tuple[str, ...]) -> list[str]:
    """Return what is said of each pair of a dialogue, or the sentence."""
    if form == "sentence":
        return [shot[0]]
    lines = [(line, set(line.split())) for line in shot[0].replace(".", " ").splitlines()]
    return [
        "\n".join(line for line, words in lines if {a, b} <= words)
        for a, b in _PAIR.findall(shot[1])
    ]


def demonstrations(prompt: str) -> Demonstrations:
    """Return what is said of each pair with its relation, and what is said of those asked about.

    An instance is a pair: the lines of its dialogue that name both, or its sentence.
    """
    form = "sentence" if prompt.endswith(_MARKERS["sentence"]) else "dialogue"
    start = prompt.rfind("\nDialogue:\n" if form == "dialogue" else "\nSentence: ") + 1
    texts: list[str] = []
    labels: list[str] = []
    for found in _SHOTS[form].finditer(prompt, 0, max(start - 1, 0)):
        given = found.groups()
        named = [label.strip() for label in given[-1].split(",")]
        shown = _instances(form, given)
        if len(shown) == len(named):
            texts += shown
            labels += named
    asked = _SHOTS[form].match(prompt, start)
    queries = _instances(form, asked.groups()) if asked else []
    return Demonstrations(texts, labels, queries, ", ".join)


def read(prompt: str) -> str:
    """Return for each pair the relation of those of whom most of the same is said."""
    seen = demonstrations(prompt)
    carriers = _CARRIERS | {name.lower() for name in _given()}
    shown = Shown(seen.texts, seen.labels, carriers)
    return seen.write([shown.label(query) for query in seen.queries])


def guesses(prompt: str) -> list[str]:
    """Return all relations in one answer, all in each place, and the one shown last."""
    seen = demonstrations(prompt)
    labels = sorted(dict.fromkeys(seen.labels))
    return [
        ", ".join(labels),
        "\n".join(labels),
        ", ".join([" or ".join(labels)] * len(seen.queries)),
        ", ".join([" ".join(labels)] * len(seen.queries)),
    ]


register(
    Task(
        id="longicl/relation",
        version=1,
        rule="label/micro_f1",
        summary="How two persons are related, explained by nothing but demonstrations",
        source=(
            "Li et al. 2024 (LongICLBench), table 1 (DialogRE, TacRED); code of relations our own"
        ),
        scope="the demonstrations of a few relations",
        diffusion="among demonstrations of the other relations",
        build=build,
        read=read,
        params={
            "form": {"enum": list(LABELS), "default": "dialogue"},
            **params(None, 8, None),
            "pairs": {"type": "integer", "minimum": 1, "maximum": 6, "default": 3},
        },
        depth_default=None,
        guesses=guesses,
        demonstrations=demonstrations,
    )
)
