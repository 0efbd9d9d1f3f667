"""Fact documents: values unique over all of them, facts that can be asked for and read back."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

import pytest

from synthctx.compose import Room
from synthctx.documents import (
    END,
    GROUP,
    Document,
    Library,
    Pile,
    _Order,
    _spaces,
    answers,
    linked_documents,
    passages,
)
from synthctx.errors import GenerationError
from synthctx.names import person_parts
from synthctx.streams import Streams
from synthctx.tasks import Row
from synthctx.tokenizers import get_tokenizer, token_starts
from synthctx.topics import asked, institutions, linked, retold, topic_named, topics
from tests.vocabularies import NAMES, vocabulary

LANGUAGES = ["en", "zh"]
HEADING = {"en": "Document {}:\n", "zh": "文档{}：\n"}


def room_of(language: str = "en", tokenizer: str = "chars", index: int = 0, seed: int = 1) -> Room:
    row = Row(seed, "x/y", 1, language, 4096, None, index, 0, tokenizer, {}, {})
    return Room(row, get_tokenizer(tokenizer), row.streams())


def some(language: str, n: int, seed: int = 1) -> list[Document]:
    library, every = Library(language, seed), topics(language)
    return [library.document(k, every[k % len(every)]) for k in range(n)]


# ---------------------------------------------------------------- values


@pytest.mark.parametrize("size", [2, 5, 64, 1000, 4097])
def test_an_order_is_a_bijection(size: int) -> None:
    order = _Order(size, Streams(["order", size])("x"))
    numbers = [order[k] for k in range(size)]
    assert sorted(numbers) == list(range(size))
    if size >= 1000:
        steps = Counter(b - a for a, b in pairwise(numbers))
        assert steps.most_common(1)[0][1] < size / 10


@pytest.mark.parametrize("language", LANGUAGES)
def test_values_of_a_kind_are_all_different(language: str) -> None:
    for kind, space in _spaces(language).items():
        step = max(1, space.size // 20_000)
        made = [space.text(k) for k in range(0, space.size, step)]
        made += [space.text(k) for k in range(2000)] + [space.text(space.size - 1)]
        numbers = {*range(0, space.size, step), *range(2000), space.size - 1}
        assert len(set(made)) == len(numbers), kind
    assert Library(language, 1).size > 200_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_value_stands_in_another_document(language: str) -> None:
    documents = some(language, 400)
    text = "\n".join(d.titled for d in documents)
    for document in documents:
        assert text.count(document.name) == document.titled.count(document.name) == 2
        for value in document.values.values():
            assert text.count(value) == document.text.count(value) == 1
    for one in _spaces(language)["town"], _spaces(language)["coined"]:
        names = sorted(one.text(k) for k in range(0, one.size, 37))
        assert not any(b.startswith(a) for a, b in pairwise(names))


def test_no_full_name_stands_in_another() -> None:
    given, family = person_parts("en")
    assert not any(b.startswith(a) for a, b in pairwise(sorted(family)))
    assert all(name[1:].islower() for name in (*given, *family))


def test_chinese_names_do_not_arise_at_seams() -> None:
    given, family = person_parts("zh")
    either = {*given, *family}
    for topic in topics("zh"):
        slots = [
            (s, "{value}") for a in topic.attributes if a.kind == "person" for s in a.statements
        ]
        if topic.named == "person":
            slots += [(s, "{name}") for s in topic.openings]
        for sentence, slot in slots:
            before, _, after = sentence.partition(slot)
            assert before[-1:] not in either, sentence
            assert after[:1] not in either, sentence
        plain = [*topic.idle, *(re.sub(r"\{\w+\}", "·", s) for s, _ in slots)]
        for sentence in plain:
            for one, two, three in zip(sentence, sentence[1:], sentence[2:], strict=False):
                assert not (one in family and two in given and three in given), sentence
    made = _spaces("zh")
    letters = {c for k in range(0, 200_000, 7) for c in made["town"].text(k)[:3]}
    coined = {c for k in range(0, 200_000, 7) for c in made["coined"].text(k)}
    assert not letters & coined
    assert not (letters | coined) & either


# ---------------------------------------------------------------- facts


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fact_is_stated_once_and_read_back(language: str) -> None:
    wordings: Counter[tuple[str, str, int]] = Counter()
    for document in some(language, 300):
        assert document.topic.read(document.text) == document.values
        assert set(document.values) == {a.id for a in document.topic.attributes}
        assert "\n" not in document.text
        assert "{" not in document.text
        for attribute in document.topic.attributes:
            value = document.values[attribute.id]
            stated = [s.format(value=value) for s in attribute.statements]
            # one may be the end of the other: the longer one that is there
            found = max((s for s in stated if s in document.text), key=len)
            wordings[document.topic.id, attribute.id, stated.index(found)] += 1
    assert len(wordings) == 2 * 5 * 10, "a wording is never used"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_asks_for_one_attribute_of_one_name(language: str) -> None:
    for document in some(language, 10):
        for attribute in document.topic.attributes:
            ways = asked(language, attribute.question.format(name=document.name))
            assert (document.topic, attribute, document.name) in ways
            assert len([w for w in ways if w[2] == document.name]) == 1
            told = attribute.restated.format(value=document.values[attribute.id])
            assert retold(language, told) == [document.values[attribute.id]]
            assert document.name not in told
            if attribute.phrase:
                phrase = attribute.phrase.format(name=document.name)
                assert (document.topic, attribute, document.name) in linked(language, phrase)
    joint = "" if language == "zh" else " "
    first, second = some(language, 2)
    facts = [(first, first.topic.attributes[0]), (second, second.topic.attributes[4])]
    told = joint.join(a.restated.format(value=d.values[a.id]) for d, a in facts)
    assert retold(language, told) == [d.values[a.id] for d, a in facts]


def test_wordings_are_not_those_of_another_attribute() -> None:
    for language in LANGUAGES:
        for topic in topics(language):
            assert len(topic.attributes) == 5
            assert len({a.id for a in topic.attributes}) == 5
            plain = [s.format(name="Xyz") for s in topic.openings] + list(topic.idle)
            for sentence in plain:
                assert topic.read(sentence) == {}
            for attribute in topic.attributes:
                assert len(attribute.statements) == 2
                for statement in attribute.statements:
                    assert topic.read(statement.format(value="Xyz")) == {attribute.id: "Xyz"}


def test_forms_of_an_answer() -> None:
    for language, kind, n in (("en", "number", 2), ("zh", "number", 1), ("zh", "town", 1)):
        document = some(language, 1)[0]
        attribute = next(a for a in document.topic.attributes if a.kind == kind)
        forms = answers(document, attribute)
        assert forms[0] == document.values[attribute.id]
        assert len(forms) == n
    number = some("en", 1)[0].values["pieces"]
    assert re.fullmatch(r"\d{3},\d{3}", number)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_group_is_linked_by_names(language: str) -> None:
    library = Library(language, 4)
    for topic in institutions(language):
        group = library.group(library.own(Streams(topic.id)("x"), GROUP), topic)
        assert len(group) == GROUP
        links = [a for a in topic.attributes if a.phrase]
        assert [d.name for d in group[1:]] == [group[0].values[a.id] for a in links]
        for link, document in zip(links, group[1:], strict=True):
            assert document.topic is topic_named(language, link.kind)
            assert document.text.count(document.name) == 1
            assert group[0].name not in document.titled


def test_a_library_has_a_key_of_its_own() -> None:
    one, again, other = (some("en", 20, seed) for seed in (1, 1, 2))
    assert one == again
    assert not {d.name for d in one} & {d.name for d in other}


# ---------------------------------------------------------------- stocks and lists


@pytest.mark.parametrize("language", LANGUAGES)
def test_stocks_of_a_sample_share_no_document_with_each_other_or_what_is_asked(
    language: str,
) -> None:
    room, library = room_of(language), Library(language, 1)
    every = topics(language)
    mixed = passages(room).draw(room, 40_000)[0]
    near = [t for topic in every for t in passages(room, topic=topic).draw(room, 8000)[0]]
    own = library.own(Streams(1)("x"), 40)
    asked_for = [library.document(own + k, every[k % 10]).text + END for k in range(40)]
    assert len({*mixed, *near, *asked_for}) == len(mixed) + len(near) + len(asked_for)
    values = [v for text in (*mixed, *near, *asked_for) for v in _values(language, text)]
    assert len(set(values)) == len(values) > 1000


def _values(language: str, text: str) -> list[str]:
    found = [topic.read(text.removesuffix(END)) for topic in topics(language)]
    return list(max(found, key=len).values())


def test_groups_are_drawn_whole() -> None:
    room = room_of()
    topic = institutions("en")[3]
    for stock in (linked_documents(room), linked_documents(room, topic)):
        drawn = stock.draw(room, 30_000)[0]
        for k in range(0, len(drawn) - GROUP, GROUP):
            first, *rest = drawn[k : k + GROUP]
            for text in rest:
                assert first.count(text.partition("\n")[0]) == 1
    assert all(topic.title.format("").strip() in text.partition("\n")[0] for text in drawn[::GROUP])


def test_a_passage_is_articles_in_one_line() -> None:
    room = room_of()
    for text in passages(room, articles=3).draw(room, 8000)[0]:
        assert text.endswith(END)
        assert "\n" not in text.removesuffix(END)
        openings = [o.partition("{name}") for t in topics("en") for o in t.openings]
        assert sum(head in text and tail in text for head, _, tail in openings) >= 3
        assert len(re.findall(r"\d{3},\d{3}", text)) == 3


def test_a_library_that_is_used_up_says_so() -> None:
    room = room_of()
    with pytest.raises(GenerationError, match="length is too long"):
        passages(room, articles=20, topic=None).draw(room, 10**9)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [*NAMES, "chars", "words"])
def test_lists_are_counted_as_they_are_read(
    name: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokenizer = vocabulary(name, monkeypatch)
    row = Row(1, "x/y", 1, language, 4096, None, 0, 0, tokenizer.name, {}, {})
    room = Room(row, tokenizer, row.streams())
    before = "Read this.\n\n"
    for budget, first in ((4000, 1), (30_000, 8), (30_000, 48_213)):
        pile = Pile(room, HEADING[language], budget, first)
        needed = [d.titled + END for d in some(language, 2)]
        assert pile.add(needed, room.line_tokens(needed)) == 2
        pile.add(*linked_documents(room).draw(room, pile.left))
        among = pile.among(2, [0.2, 1.0], room.streams("order"))
        body = pile.body(among, first)
        prompt = before + body.text
        marks = [len(before) + start for start, _ in body.spans]
        total, starts = token_starts(tokenizer, prompt, marks)
        taken = total - tokenizer.count(before)
        assert 0 <= budget - taken <= body.item_tokens
        assert [body.text[s:e] + END for s, e in body.spans] == needed
        assert body.text.startswith(HEADING[language].format(first))
        if body.counted is not None:
            assert body.counted.tokens == taken
            ahead = [s - tokenizer.count(before) for s in starts]
            assert list(body.counted.starts) == ahead
    assert (name == "sp") or body.counted is not None
