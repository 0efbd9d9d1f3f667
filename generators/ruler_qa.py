"""RULER: questions over numbered documents, with one hop (qa_1) and with two (qa_2).

Source: Hsieh et al. 2024 (arXiv:2404.06654), section 3 and the published generator: qa_1 out of
SQuAD, qa_2 out of HotpotQA. Kept: numbered documents one under the other, the instruction before
and after them, 32 tokens for the answer, all accepted forms of an answer as references; next to
what is needed stand documents about the same kind of thing (there: of the same article), then
others. Changed: the documents are generated, so that no model has read them and none answers
from memory; the order is a sample's own, not one for a whole file; the window is filled but for
less than one document; where a sample does not fit that is said. Two-hop questions are bridges;
the comparisons that a fifth of HotpotQA consists of can be guessed with one in two and are left
out.

The proof (see `documents`): a name has one document, a document one value of each attribute, and
no value occurs in a second document. A two-hop question names a thing by what another document
says of it: "the founder of the Velano Museum". That document names one founder, whose article
is the only one under that name. It says nothing of the museum, and the museum's nothing of what
is asked. The keeper of the same museum and its town have articles too, and so have the persons
and towns of all other groups, so that being named twice tells nothing.

With the param `file`, questions and documents are the user's own (SQuAD's or Hotpot's shapes,
see `_ruler_files`); whether only one answer is right is then as the file says: asserted. Other
documents that hold the answer are left out. The reader here knows generated documents only.

Depth: where the document with the answer stands; anywhere when none is asked for. In qa_2 the
other one stands anywhere, next to it, or half the text away (`placement`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Any

from synthctx.compose import Room
from synthctx.documents import (
    END,
    GROUP,
    Pile,
    answers,
    library_of,
    linked_documents,
    passages,
)
from synthctx.errors import GenerationError
from synthctx.generators._ruler_files import CountedCollection, counted
from synthctx.items import Stock
from synthctx.records import record_of
from synthctx.streams import ranking
from synthctx.tasks import Body, Draft, Task, register
from synthctx.topics import Attribute, Topic, asked, institutions, linked, topics

_HEADING = {"en": "Document {}:\n", "zh": "文档{}：\n"}
_PREFIX = {
    "en": "Numbered documents follow, and after them a question that can be answered from them. "
    "Reply with the answer alone and add nothing to it.\n\n",
    "zh": "下面是一些编了号的文档，文档之后有一个问题，答案可以从文档中找到。"
    "请只写出答案，不要写别的内容。\n\n",
}
_SUFFIX = {
    "en": "\n\nThese were the documents. Answer the question from them. Reply with the answer "
    "alone and add nothing to it.\n\nQuestion: {question}\nAnswer:",
    "zh": "\n\n文档到此为止。请根据以上文档回答问题。请只写出答案，不要写别的内容。\n\n"
    "问题：{question}\n答案：",
}
_OUTPUT_TOKENS = 32
_FEWEST = 4  # other documents: with fewer, naming all that could be meant would be an answer
_TRIES = 30  # documents of a file that are tried at the end of the budget
PLACEMENTS = ("random", "together", "apart")


@dataclass(frozen=True)
class _Problem:
    """What is asked, and the documents that answer it: the last of them holds the answer."""

    question: str
    answers: list[str]
    needed: list[str]
    rule_params: dict[str, str] = field(default_factory=dict)


def _rule_params(fact: Attribute) -> dict[str, str]:
    """Return what the rule is told: of a number with commas it would not see that it is one."""
    return {"kind": "number"} if fact.kind == "number" else {}


def _depths(room: Room, n: int) -> list[float]:
    """Return the depths of the needed documents, that with the answer last."""
    drawn = room.structure("depth").uniform(n).tolist()
    asked_for, placement = room.row.depth, room.params.get("placement", "random")
    last = drawn[-1] if asked_for is None else asked_for
    if placement == "together":
        return [last] * n
    if placement == "apart":
        return [(last + 0.5) % 1.0] * (n - 1) + [last]
    return [*drawn[:-1], last]


def _around(room: Room, question: str) -> tuple[str, str, int]:
    """Return prefix, suffix and the tokens between them."""
    prefix = _PREFIX[room.language]
    suffix = _SUFFIX[room.language].format(question=question)
    return prefix, suffix, room.budget(prefix, suffix, _OUTPUT_TOKENS)


def _needed(room: Room, pile: Pile, texts: list[str], budget: int) -> list[int]:
    """Put the needed documents on the pile, and return their tokens."""
    tokens = room.line_tokens(texts)
    if pile.add(texts, tokens) < len(texts):
        raise room.too_short(
            f"the documents with the answer take {sum(tokens):,} tokens,"
            f" {max(budget, 0):,} are free"
        )
    return tokens


def _draft(room: Room, problem: _Problem, near: list[str], like: Stock, others: Stock) -> Draft:
    """Lay a problem's documents among others."""
    prefix, suffix, budget = _around(room, problem.question)
    pile = Pile(room, _HEADING[room.language], budget)
    n, texts = len(problem.needed), [text + END for text in problem.needed]
    tokens = _needed(room, pile, texts, budget)
    if near:
        own = [text + END for text in near]
        pile.add(own, room.line_tokens(own))
    most = int(room.params["same_topic"])
    if most:
        ample = min(pile.left, 2 * most * max(tokens))
        drawn, sizes, one_more = like.draw(room, ample, "same topic")
        pile.add(drawn[:most], sizes[:most], one_more)
    pile.add(*others.draw(room, pile.left, "documents"))
    if len(pile.texts) < n + _FEWEST:
        raise room.too_short(
            f"{n + _FEWEST} documents are needed, {len(pile.texts)} fit into {budget:,} tokens"
        )
    among = pile.among(n, _depths(room, n), room.streams("order"))
    return _finished((prefix, suffix), problem, pile.body(among))


def _finished(around: tuple[str, str], problem: _Problem, body: Body) -> Draft:
    return Draft(
        prefix=around[0],
        body=body,
        suffix=around[1],
        reference=problem.answers,
        max_output_tokens=_OUTPUT_TOKENS,
        rule_params=problem.rule_params,
    )


# ---------------------------------------------------------------- generated documents


def build_single(room: Room) -> Draft:
    """Ask for a fact of one document."""
    if room.params["file"] is not None:
        return _from_file(room)
    language = room.language
    same, stream = room.both("evidence")
    library = library_of(language, room.row.seed)
    topic = same.pick(topics(language))
    gold = library.document(library.own(stream, 1), topic)
    fact = same.pick(topic.attributes)
    question = fact.question.format(name=gold.name)
    problem = _Problem(question, answers(gold, fact), [gold.text], _rule_params(fact))
    return _draft(room, problem, [], passages(room, topic=topic), passages(room))


def build_linked(room: Room) -> Draft:
    """Ask for a fact of what another document names."""
    if room.params["file"] is not None:
        return _from_file(room)
    language = room.language
    same, stream = room.both("evidence")
    library = library_of(language, room.row.seed)
    topic = same.pick(institutions(language))
    group = library.group(library.own(stream, GROUP), topic)
    first, link = group[0], same.pick([a for a in topic.attributes if a.phrase])
    gold = next(d for d in group[1:] if d.name == first.values[link.id])
    fact = same.pick(gold.topic.attributes)
    question = fact.question.format(name=link.phrase.format(name=first.name))
    needed = [first.titled, gold.titled]
    near = [d.titled for d in group if d.titled not in needed]
    problem = _Problem(question, answers(gold, fact), needed, _rule_params(fact))
    return _draft(room, problem, near, linked_documents(room, topic), linked_documents(room))


# ---------------------------------------------------------------- documents of a file


def _from_file(room: Room) -> Draft:
    """Ask a question of the user's file, over its documents."""
    heading = _HEADING[room.language]
    file = counted(room.params["file"], room.row.tokenizer, heading)
    held = file.held
    number = record_of(
        room.row, len(held.questions), room.params["file"], "questions with an answer"
    )
    question = held.questions[number]
    prefix, suffix, budget = _around(room, question.text)
    pile = Pile(room, heading, budget)
    needed = [held.documents[k] + END for k in question.needed]
    _needed(room, pile, needed, budget)
    tells = held.telling(question)
    near = room.streams("same topic").shuffled(question.near)
    near = [k for k in near if not tells(k)][: room.params["same_topic"]]
    taken = {*question.needed, *near}
    order = ranking(room.streams("documents").raw(len(held.documents))).tolist()
    others = (k for k in order if k not in taken and not tells(k))
    _fill(room, pile, file, chain(near, others))
    if len(pile.texts) < len(needed) + 1:
        raise room.too_short(f"no document fits next to those with the answer: {budget:,} tokens")
    depths = _depths(room, len(needed))
    among = pile.among(len(needed), depths, room.streams("order"))
    body = pile.body(among, additive=file.additive)
    problem = _Problem(question.text, question.answers, [])
    return replace(_finished((prefix, suffix), problem, body), uniqueness="asserted")


def _fill(room: Room, pile: Pile, file: CountedCollection, candidates: Iterator[int]) -> None:
    """Put documents of a file on the pile, in order, until none of those next in order fits."""
    texts, tokens = file.held.documents, file.tokens
    order: list[int] = []
    used = 0
    for k in candidates:
        order.append(k)
        used += int(tokens[k])
        if used > pile.left:
            break
    sizes = [int(tokens[k]) for k in order]
    fitted = pile.add([texts[k] + END for k in order], sizes)
    one_more = pile.one_more
    if fitted == len(order):
        one_more = int(tokens.max())
        if pile.left > one_more:
            raise _too_few(room, pile, file)
    for k in islice(chain(order[fitted + 1 :], candidates), _TRIES):
        pile.add([texts[k] + END], [int(tokens[k])])
    pile.one_more = one_more  # the first that did not fit still does not


def _too_few(room: Room, pile: Pile, file: CountedCollection) -> GenerationError:
    """Return the error for a file whose documents do not fill a length."""
    n, used = len(file.held.documents), len(pile.texts)
    held = "" if used == n else f" ({n - used:,} hold the answer and are left out)"
    return GenerationError(
        f"task {room.row.task}: file '{room.params['file']}' has too few documents for"
        f" length {room.row.length:,}: all {n:,} of them take {int(file.tokens.sum()):,}"
        f" tokens ({room.tokenizer.name}){held}, {pile.left:,} are left;"
        " give a larger file or a shorter length"
    )


# ---------------------------------------------------------------- reading


@dataclass(frozen=True)
class _Seen:
    """What a prompt shows."""

    language: str
    documents: list[str]
    question: str

    def value(self, topic: Topic, attribute: Attribute, name: str) -> str:
        """Return what the document of a name states, "" when there is none."""
        for text in self.documents:
            if name in text and any(o.replace("{name}", name) in text for o in topic.openings):
                return topic.read(text).get(attribute.id, "")
        return ""


_ASKED = re.compile(r"\n(Question: |问题：)(.+)\n.+\Z")
_NUMBERED = {
    "en": re.compile(r"^Document \d{1,7}:\n", re.MULTILINE),
    "zh": re.compile(r"^文档\d{1,7}：\n", re.MULTILINE),
}


def _seen(prompt: str) -> _Seen | None:
    """Return what a prompt shows, None where it ends otherwise than prompts do."""
    found = _ASKED.search(prompt, max(0, prompt.rfind("\n\n")))
    if found is None:
        return None
    language = "en" if found[1].isascii() else "zh"
    parts = _NUMBERED[language].split(prompt[: found.start()])
    return _Seen(language, [part.partition(END)[0] for part in parts[1:]], found[2])


def read_single(prompt: str) -> str:
    """Find the document about what is asked for, and in it the sentence with the answer."""
    seen = _seen(prompt)
    ways = asked(seen.language, seen.question) if seen else []
    return next((v for way in ways if seen and (v := seen.value(*way))), "")


def read_linked(prompt: str) -> str:
    """Find the document that is named, in it whom it names, and the answer in that one's."""
    seen = _seen(prompt)
    if seen is None:
        return ""
    for topic, attribute, phrase in asked(seen.language, seen.question):
        for first, link, name in linked(seen.language, phrase):
            who = seen.value(first, link, name)
            if who and (found := seen.value(topic, attribute, who)):
                return found
    return ""


_CANDIDATES = (
    re.compile(r"\b\d{3},?\d{3}\b|(?<!\d)\d{6}(?!\d)"),
    re.compile(r"(?<=[\"《])[^\"《》\n]{3,60}(?=[\"》])"),
    re.compile(r"\b[A-Z][a-z]+ [A-Z][a-z]+\b|(?<=[是跟同。])[\u4e00-\u9fff]{3}(?=[。，])"),
    re.compile(r"(?<=in )[A-Z][a-z]{5,20}\b|[\u4e00-\u9fff]{3}镇"),
)


def _guesses(prompt: str) -> list[str]:
    """Return, for each kind of value, all that the documents name, and what is asked about.

    Of a file of the user's own nothing is known.
    """
    seen = _seen(prompt)
    ways = asked(seen.language, seen.question) if seen else []
    if seen is None or not ways:
        return []
    text = "\n".join(seen.documents)
    named = [list(dict.fromkeys(pattern.findall(text))) for pattern in _CANDIDATES]
    listed = [", ".join(values) for values in named if len(values) > 2]
    return [seen.question, ways[0][2], *listed]


def _params(same_topic: int) -> dict[str, Any]:
    return {
        "same_topic": {"type": "integer", "minimum": 0, "maximum": 400, "default": same_topic},
        "file": {"type": ["string", "null"], "minLength": 1, "default": None},
    }


register(
    Task(
        id="ruler/qa_1",
        version=1,
        rule="match/any",
        summary="A question that one of many numbered documents answers",
        source="Hsieh et al. 2024 (RULER), qa_1 (SQuAD)",
        scope="one sentence of one document",
        diffusion="among documents that say the same of other things",
        build=build_single,
        read=read_single,
        params=_params(20),
        languages=("en", "zh"),
        depth_default=None,
        guesses=_guesses,
        files=("file",),
    )
)
register(
    Task(
        id="ruler/qa_2",
        version=1,
        rule="match/any",
        summary="A question that two of many numbered documents answer together",
        source="Hsieh et al. 2024 (RULER), qa_2 (HotpotQA, bridge questions)",
        scope="a sentence of each of two documents",
        diffusion="the second document is named by the first alone",
        build=build_linked,
        read=read_linked,
        params={
            **_params(8),
            "placement": {"enum": list(PLACEMENTS), "default": PLACEMENTS[0]},
        },
        languages=("en", "zh"),
        depth_default=None,
        guesses=_guesses,
        files=("file",),
    )
)
