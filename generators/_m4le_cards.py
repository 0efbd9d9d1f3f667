"""Questions over fact articles: by id, by what holds of one article alone, over two articles.

The articles are those of `documents`: each states the founder, the town, the best-known painting
and so on of one made-up thing, and no value is in two articles of a library. So a pair of
attribute and value is held by one article alone; `decoys` are articles that have the same value
in another role (who founded one museum is the librarian elsewhere), so that looking up the value
finds them as well. Of an abstract of facts every second decoy has all values, of which one or all
are in other roles; the others have one fact. Numbers are stated and never the answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np

from synthctx.compose import Room
from synthctx.documents import GROUP, Document, Library, library_of, passages
from synthctx.generators._m4le_list import (
    END,
    Ids,
    Laid,
    Own,
    anywhere,
    at_depth,
    lay_out,
    turn,
    whole_number,
)
from synthctx.generators._m4le_read import SENTENCE, Seen, seen
from synthctx.streams import Ints, Stream
from synthctx.tasks import Draft
from synthctx.topics import (
    Attribute,
    Topic,
    asked,
    institutions,
    linked,
    topic_named,
    topics,
)

CARD_PARAMS = {"decoys": whole_number(2, 0, 6)}
_OUTPUT_TOKENS = 32
_PREFIX = {
    "en": "Below are many short articles, each under an id. Read them; a question follows.\n\n",
    "zh": "下面是许多篇短文，每篇前面有一个编号。请先阅读，之后有一个问题。\n\n",
}
_SHORT = {
    "en": "Reply with the answer alone, as it stands in the article, and nothing else.\n\nAnswer:",
    "zh": "请只回答答案本身，照文章里的写法，不要写别的内容。\n\n答案：",
}
_ID_ALONE = {
    "en": "Reply with the id of that article, and nothing else.\n\nAnswer:",
    "zh": "请只回答那篇文章的编号，不要写别的内容。\n\n答案：",
}
_OVER = {"en": "\n\nThese were the articles. ", "zh": "\n\n短文到此为止。"}
_NOUNS = {
    "museum": "博物馆",
    "theatre": "剧院",
    "school": "学校",
    "library": "图书馆",
    "brewery": "酒坊",
    "observatory": "天文台",
    "newspaper": "报纸",
    "orchestra": "乐团",
    "person": "匠人",
    "town": "镇",
}
_MEASURES = {"theatre": "家", "school": "所", "brewery": "家", "newspaper": "份", "orchestra": "个"}
_MEASURES |= {"person": "位", "town": "个"}


def noun(language: str, topic: Topic) -> str:
    """Return what articles on a topic are about."""
    if language == "zh":
        return _NOUNS[topic.id]
    return "craftsman" if topic.id == "person" else topic.id


def _about(question: str, name: str) -> str:
    """Return a question of which the name is replaced by another way to say what is meant."""
    return question.replace("the {name}", "{name}").replace("{name}", name)


def _with_id(language: str, topic: Topic, id: str) -> str:
    what = noun(language, topic)
    return f"文章{id}所写的{what}" if language == "zh" else f"the {what} in article {id}"


def _that_one(language: str, topic: Topic) -> str:
    what = noun(language, topic)
    return f"这{_MEASURES.get(topic.id, '座')}{what}" if language == "zh" else f"that {what}"


def _askable(topic: Topic, but: Attribute | None = None) -> list[Attribute]:
    return [a for a in topic.attributes if a.kind != "number" and a is not but]


def _topic(room: Room) -> Topic:
    every = topics(room.language)
    return every[turn(room, len(every))]


def _library(room: Room, n: int) -> tuple[Library, int, Stream]:
    """Return the library, the first of `n` numbers that are in no stock, and a stream for roles.

    Versions of a problem ask for the same facts of other articles.
    """
    library = library_of(room.language, room.row.seed)
    return library, library.own(room.streams("evidence"), n), room.structure("facts")


def _laid(
    room: Room,
    own: list[Document],
    suffix: str,
    evidence: int = 1,
    ids: Ids | None = None,
) -> Laid:
    """Return the list of articles, the first of its own at its depth where a test has one."""
    places = (at_depth if evidence == 1 else anywhere)(room, len(own))
    mine = Own([d.text + END for d in own], places, evidence)

    def others(tokens: int) -> tuple[list[str], Ints]:
        # headings take tokens too, so that more than fit are drawn; some thousand for the last
        texts, sizes, _ = passages(room).draw(room, tokens + tokens // 8 + 3000, "texts")
        return texts, np.array(sizes, dtype=np.int64)

    budget = room.budget(_PREFIX[room.language], suffix, _OUTPUT_TOKENS)
    return lay_out(room, "article", budget, mine, others, len(own) + 2, ids)


def _draft(room: Room, laid: Laid, suffix: str, answer: str, id_asked: bool = False) -> Draft:
    stop = "。" if room.language == "zh" else "."
    return Draft(
        prefix=_PREFIX[room.language],
        body=laid.body,
        suffix=suffix,
        reference=[answer],
        max_output_tokens=_OUTPUT_TOKENS,
        rule_params={"lang": room.language, "end_tokens": [stop]}
        if id_asked
        else {"end_tokens": ["\n", stop]},
        floor=1 / laid.n if id_asked else 0.0,
    )


# ---------------------------------------------------------------- by id


def build_by_id(room: Room) -> Draft:
    """Ask for a fact of the article of an id."""
    language, topic = room.language, _topic(room)
    library, number, stream = _library(room, 1)
    document, fact = library.document(number, topic), stream.pick(_askable(topic))

    def suffix(id: str) -> str:
        question = _about(fact.question, _with_id(language, topic, id))
        return f"{_OVER[language]}{question} {_SHORT[language]}".replace("？ ", "？")

    ids = Ids(room, 1)
    laid = _laid(room, [document], suffix(ids.widest), ids=ids)
    return _draft(room, laid, suffix(laid.ids[0]), document.values[fact.id])


_WITH_ID = {
    "en": re.compile(r"the ([a-z]+) in article ([0-9A-F]{1,7})\b"),
    "zh": re.compile(r"文章([0-9A-F]{1,7})所写的(" + "|".join(_NOUNS.values()) + ")"),
}


def read_by_id(prompt: str) -> str:
    """Find the article of the id, and the value that it states for what is asked."""
    shown = seen(prompt, "article")
    found = _WITH_ID[shown.language].search(shown.question)
    if found is None:
        return ""
    id = found[1] if shown.language == "zh" else found[2]
    return _value(shown, dict(shown.texts).get(id, ""), found[0])


def _value(shown: Seen, text: str, meant: str) -> str:
    """Return what a text states for what the question asks of what is `meant`."""
    for topic in topics(shown.language):
        for fact in topic.attributes:
            if _about(fact.question, meant) in shown.question and (
                value := topic.read(text).get(fact.id)
            ):
                return value
    return ""


# ---------------------------------------------------------------- by what holds of one alone

Fact = tuple[Topic, Attribute]


def _other_roles(room: Room, stream: Stream, held: Fact, n: int) -> list[Fact]:
    """Return roles that a value could have elsewhere, in things of its own kind first."""
    topic, fact = held
    every = [(t, a) for t in topics(room.language) for a in t.attributes if a.kind == fact.kind]
    near = [(t, a) for t, a in every if t is topic and a is not fact]
    far = [(t, a) for t, a in every if t is not topic]
    return (near + stream.shuffled(far))[:n]


def _in_other_roles(
    room: Room, library: Library, number: int, stream: Stream, held: Fact, value: str
) -> list[Document]:
    """Return the decoys of a fact, from a number on."""
    roles = _other_roles(room, stream, held, int(room.params["decoys"]))
    return [library.document(number + k, t, values={a.id: value}) for k, (t, a) in enumerate(roles)]


_SAID = {
    "en": "The articles say this about one {noun}, in other words: “{said}” {question} ",
    "zh": "文章里写到的{noun}当中，有一{measure}可以换个说法这样介绍：“{said}”请问：{question}",
}


def build_by_fact(room: Room) -> Draft:
    """Ask for a fact of the one article that states another fact."""
    language, topic = room.language, _topic(room)
    library, number, stream = _library(room, 1 + int(room.params["decoys"]))
    gold = library.document(number, topic)
    key = stream.pick([a for a in topic.attributes if a.kind in ("person", "town")])
    fact, value = stream.pick(_askable(topic, key)), gold.values[key.id]
    own = [gold, *_in_other_roles(room, library, number + 1, stream, (topic, key), value)]
    said = _SAID[language].format(
        noun=noun(language, topic),
        measure=_MEASURES.get(topic.id, "座"),
        said=key.restated.format(value=value),
        question=_about(fact.question, _that_one(language, topic)),
    )
    suffix = _OVER[language] + said + _SHORT[language]
    return _draft(room, _laid(room, own, suffix), suffix, gold.values[fact.id])


_QUOTED = re.compile("“([^”\n]{1,300})”")


@lru_cache(maxsize=4)
def _restated(language: str) -> list[tuple[Topic, Attribute, re.Pattern[str]]]:
    """Return the facts, with what they look like when they are told in other words."""
    out = []
    for topic in topics(language):
        for fact in topic.attributes:
            head, _, tail = fact.restated.partition("{value}")
            form = re.compile(re.escape(head) + "(.+)" + re.escape(tail))
            out.append((topic, fact, form))
    return out


def _holders(shown: Seen, said: str) -> list[tuple[str, str, Topic]]:
    """Return id, text and topic of the articles that state what is told in other words."""
    ways = [(t, f, m[1]) for t, f, form in _restated(shown.language) if (m := form.fullmatch(said))]
    return [
        (id, text, topic)
        for id, text in shown.texts
        for topic, fact, value in ways
        if value in text and _is_about(topic, text) and topic.read(text).get(fact.id) == value
    ]


def _is_about(topic: Topic, text: str) -> bool:
    """Tell whether a text opens as articles on a topic do."""
    return any(
        text.startswith(head) and tail in text
        for head, _, tail in (opening.partition("{name}") for opening in topic.openings)
    )


def read_by_fact(prompt: str) -> str:
    """Find the one article that states the fact told in other words, and in it what is asked."""
    shown = seen(prompt, "article")
    quoted = _QUOTED.search(shown.question)
    for _, text, topic in _holders(shown, quoted[1]) if quoted else []:
        if value := _value(shown, text, _that_one(shown.language, topic)):
            return value
    return ""


# ---------------------------------------------------------------- which article

_WHICH = {
    "en": "Which article answers this question: “{question}” ",
    "zh": "哪一篇文章能回答这个问题：“{question}”",
}


def build_which(room: Room) -> Draft:
    """Ask which article answers a question about a person or town that others name as well.

    The first decoys are about other persons or towns: they say of these what is asked. None has
    the name in the role asked for, since who shares a workshop is shared one with.
    """
    language = room.language
    topic = topic_named(language, ("person", "town")[turn(room, 2)])
    library, number, stream = _library(room, 1 + int(room.params["decoys"]))
    gold, fact = library.document(number, topic), stream.pick(list(topic.attributes))
    named = [(t, a) for t in institutions(language) for a in t.attributes if a.kind == topic.named]
    near = [(topic, a) for a in topic.attributes if a.kind == topic.named and a is not fact]
    roles = (stream.shuffled(near) + stream.shuffled(named))[: int(room.params["decoys"])]
    own = [gold] + [
        library.document(number + 1 + k, t, values={a.id: gold.name})
        for k, (t, a) in enumerate(roles)
    ]
    question = _WHICH[language].format(question=fact.question.format(name=gold.name))
    suffix = _OVER[language] + question + _ID_ALONE[language]
    laid = _laid(room, own, suffix)
    return _draft(room, laid, suffix, laid.ids[0], id_asked=True)


def read_which(prompt: str) -> str:
    """Return the id of the article about what the question names."""
    shown = seen(prompt, "article")
    quoted = _QUOTED.search(shown.question)
    for topic, fact, name in asked(shown.language, quoted[1]) if quoted else []:
        openings = [opening.replace("{name}", name) for opening in topic.openings]
        for id, text in shown.texts:
            if text.startswith(tuple(openings)) and fact.id in topic.read(text):
                return id
    return ""


_DESCRIBED = {
    "en": "This was said about one of them, in other words: “{said}” Which article is it? ",
    "zh": "有人换个说法，概括了其中一篇：“{said}”概括的是哪一篇？",
}


def build_described(room: Room) -> Draft:
    """Ask which article an abstract of two or more of its facts describes."""
    language, topic = room.language, _topic(room)
    n, decoys = int(room.params["facts"]), int(room.params["decoys"])
    library, number, stream = _library(room, 1 + n * decoys)
    gold = library.document(number, topic)
    facts = stream.sample(list(topic.attributes), n)
    own, crossings = [gold], _crossings(room, stream, topic, facts)
    for k in range(decoys):
        for fact in facts:
            about, roles = (topic, {fact.id: fact.id}) if k % 2 == 0 else next(crossings)
            values = {role: gold.values[id] for id, role in roles.items()}
            own.append(library.document(number + len(own), about, values=values))
    told = [fact.restated.format(value=gold.values[fact.id]) for fact in facts]
    said = ("" if language == "zh" else " ").join(told)
    suffix = _OVER[language] + _DESCRIBED[language].format(said=said) + _ID_ALONE[language]
    laid = _laid(room, own, suffix)
    return _draft(room, laid, suffix, laid.ids[0], id_asked=True)


def _crossings(
    room: Room, stream: Stream, topic: Topic, facts: list[Attribute]
) -> Iterator[tuple[Topic, dict[str, str]]]:
    """Yield what else all values of an abstract can be said of: a topic, and a role for each.

    First the same kind of thing, where two persons can change their roles; then other kinds.
    """
    persons = [a.id for a in topic.attributes if a.kind == "person"]
    same = {fact.id: fact.id for fact in facts}
    if set(persons) & set(same):
        changed = dict(zip(persons, reversed(persons), strict=True))
        yield topic, {id: changed.get(id, id) for id in same}
    while True:
        for other in stream.shuffled([t for t in topics(room.language) if t is not topic]):
            free = {a.id: a.kind for a in other.attributes}
            roles = {}
            for fact in facts:
                roles[fact.id] = next(id for id, kind in free.items() if kind == fact.kind)
                del free[roles[fact.id]]
            yield other, roles


_ABSTRACT = re.compile("“([^”\n]{1,2000})”")


def read_described(prompt: str) -> str:
    """Return the id of the one article that states all that the abstract tells again."""
    shown = seen(prompt, "article")
    quoted = _ABSTRACT.search(shown.question)
    told = SENTENCE[shown.language].split(quoted[1]) if quoted else []
    fits = [{id for id, _, _ in _holders(shown, sentence)} for sentence in told if sentence]
    found = set.intersection(*fits) if fits else set()
    return found.pop() if len(found) == 1 else ""


def guess_id(kind: str) -> Callable[[str], list[str]]:
    """Return what guesses ids: all of them in one answer, and two."""

    def guesses(prompt: str) -> list[str]:
        shown = seen(prompt, kind)
        named = [id for id, _ in shown.texts]
        return [", ".join(named), " or ".join(named[-2:]), "\n".join(named)] if named[2:] else []

    return guesses


# ---------------------------------------------------------------- over two articles


def build_linked(room: Room) -> Draft:
    """Ask for a fact of what another article names."""
    language = room.language
    every = institutions(language)
    topic = every[turn(room, len(every))]
    library, number, stream = _library(room, GROUP)
    group = library.group(number, topic)
    links = [a for a in topic.attributes if a.phrase]
    at = stream.below(len(links))
    second = group[1 + at]
    fact = stream.pick(_askable(second.topic))
    question = fact.question.format(name=links[at].phrase.format(name=group[0].name))
    joint = "" if language == "zh" else " "
    suffix = _OVER[language] + question + joint + _SHORT[language]
    own = [group[0], second, *(d for d in group[1:] if d is not second)]
    return _draft(room, _laid(room, own, suffix, 2), suffix, second.values[fact.id])


def read_linked(prompt: str) -> str:
    """Find the article that is named, in it whom it names, and the answer in that one's."""
    shown = seen(prompt, "article")
    question = shown.question.split("\n")[0]
    question = question.removeprefix(_OVER[shown.language].strip()).strip()
    question = question.removesuffix(_SHORT[shown.language].split("\n")[0]).strip()
    for topic, fact, phrase in asked(shown.language, question):
        for first, link, name in linked(shown.language, phrase):
            who = _stated(shown, first, link, name)
            if who and (value := _stated(shown, topic, fact, who)):
                return value
    return ""


def _stated(shown: Seen, topic: Topic, fact: Attribute, name: str) -> str:
    openings = tuple(opening.replace("{name}", name) for opening in topic.openings)
    found = (topic.read(text) for _, text in shown.texts if text.startswith(openings))
    return next((values[fact.id] for values in found if fact.id in values), "")


_NAMES = {
    "en": re.compile(r"\b[A-Z][a-z]+ [A-Z][a-z]+\b|(?<=in )[A-Z][a-z]{5,20}\b"),
    "zh": re.compile("(?<=[是跟同])[\u4e00-\u9fff]{3}(?=[。，])|[\u4e00-\u9fff]{3}镇"),
}


def guess_value(prompt: str) -> list[str]:
    """Return all persons and towns in one answer, and the question."""
    shown = seen(prompt, "article")
    named = list(
        dict.fromkeys(_NAMES[shown.language].findall("\n".join(t for _, t in shown.texts)))
    )
    return [shown.question, *([", ".join(named)] if len(named) > 2 else [])]
