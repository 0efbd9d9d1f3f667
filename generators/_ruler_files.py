"""Questions over documents out of a file of the user's own: SQuAD's and Hotpot's shapes.

Read are SQuAD's JSON (versions 1 and 2), Hotpot's JSON, and JSON lines, CSV, TSV or Parquet (or
a JSON list) of records with `question`, `answers` (or `answer`) and `context`. A context is one
document, or several with titles: as pairs of title and sentences, or as an object with `title`
and `sentences`, both as lists. `supporting_facts` say which of several are needed; all are where
there are none. Questions without an answer are left out. A document that comes again, as it is
or with another case, white space or punctuation at its ends, is one.

So that the needed documents alone answer, others that hold the answer (as whole words; of yes
and no nothing is to be said) are not put among them. A question that is asked again of other
documents is answered by those as well: they are not put among them either. Asked again of the
same documents, it has the answers of both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from synthctx.compose import LINE
from synthctx.documents import END, parts_add_up
from synthctx.errors import SuiteError, did_you_mean
from synthctx.records import (
    TABLE_SUFFIXES,
    Findings,
    folded,
    load_rows,
    parsed,
    read_text,
    short,
    stamp,
)
from synthctx.tokenizers import Counts, count_many, get_tokenizer

_TOGETHER = 50  # documents that are tried together
_SHAPE = (
    "needed are SQuAD's or Hotpot's JSON, or records with question, answers and context"
    f" ({', '.join(TABLE_SUFFIXES)})"
)
_UNTOLD = ("", "yes", "no")


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its answers, and the documents that go with it, by number.

    Attributes:
        needed: those with the answer.
        near: others of the same article, or given with the question.
        rivals: those that answer the same question, asked of them.
    """

    text: str
    answers: list[str]
    needed: list[int]
    near: list[int]
    rivals: list[int] = field(default_factory=list)


@dataclass
class Collection:
    """What a file holds.

    Attributes:
        documents: each in one line, or under its title.
    """

    documents: list[str]
    questions: list[Question]

    @cached_property
    def _plain(self) -> list[str]:
        return [_plain(text) for text in self.documents]

    def telling(self, question: Question) -> Callable[[int], bool]:
        """Return what says whether a document answers a question without being needed."""
        sought = [words for a in question.answers if (words := _plain(a)) not in _UNTOLD]
        pattern = re.compile("|".join(rf"(?<!\w){re.escape(a)}(?!\w)" for a in sought))
        rivals = set(question.rivals)

        def tells(k: int) -> bool:
            text = self._plain[k]
            # to look for a string is far quicker than to look for a word
            held = any(a in text for a in sought) and pattern.search(text) is not None
            return k in rivals or held

        return tells


@dataclass
class _Reading:
    """A file while it is read: what is wrong with it, and what is not."""

    wrong: Findings
    documents: list[str] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    articles: dict[str, list[int]] = field(default_factory=dict)
    found: list[tuple[str, list[str], list[int], list[int], str]] = field(default_factory=list)

    def document(self, text: str, title: str = "") -> int:
        """Return the number of a document."""
        line = " ".join(text.split())
        whole = f"{title}\n{line}" if title else line
        number = self.numbers.setdefault(folded(whole), len(self.documents))
        if number == len(self.documents):
            self.documents.append(whole)
        return number

    def collection(self) -> Collection:
        """Return what was read; questions of one article know its other documents."""
        questions = []
        for text, answers, needed, near, article in self.found:
            others = {**dict.fromkeys(near), **dict.fromkeys(self.articles.get(article, ()))}
            questions.append(
                Question(text, answers, needed, [n for n in others if n not in needed])
            )
        return Collection(self.documents, _asked_again(questions))


def _asked_again(questions: list[Question]) -> list[Question]:
    """Return questions that know of others in the same words."""
    same: dict[str, list[Question]] = {}
    for question in questions:
        same.setdefault(folded(question.text), []).append(question)
    out = []
    for question in questions:
        twins = [t for t in same[folded(question.text)] if t is not question]
        if twins:
            own = set(question.needed)
            accepted = [a for t in twins if set(t.needed) == own for a in t.answers]
            elsewhere = [n for t in twins for n in t.needed if n not in own]
            question = replace(
                question,
                answers=[*dict.fromkeys([*question.answers, *accepted])],
                rivals=[*dict.fromkeys(elsewhere)],
            )
        out.append(question)
    return out


def load(path: str) -> Collection:
    """Return what a file holds; a file that is the same as before is not read again.

    Raises:
        SuiteError: it is not there, cannot be read, or holds something else: lists all of it.
    """
    return _load(path, *stamp(path))


@lru_cache(maxsize=4)
def _load(path: str, size: int, changed: int) -> Collection:
    reading = _Reading(Findings(f"file '{path}'"))
    given = _given(path)
    if isinstance(given, dict) and isinstance(given.get("data"), list):
        _squad(reading, given["data"])
    else:
        _records(reading, path, given if isinstance(given, list) else [given])
    reading.wrong.check(_SHAPE[0].upper() + _SHAPE[1:])
    if not reading.found:
        raise SuiteError(f"file '{path}' holds no question that has an answer; {_SHAPE}")
    return reading.collection()


def _given(path: str) -> Any:
    """Return what a file holds as it is: JSON, or rows."""
    if Path(path).suffix.lower() != ".json" or Path(path).is_dir():
        try:
            return load_rows(path)
        except SuiteError as error:
            raise SuiteError(f"{error}; {_SHAPE}") from error
    try:
        return json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise SuiteError(f"file '{path}' is not readable JSON: {error}; {_SHAPE}") from error


def _squad(reading: _Reading, articles: list[Any]) -> None:
    """Read SQuAD's JSON."""
    for number, article in enumerate(articles):
        where = f"data[{number}]"
        for k, paragraph in enumerate(_list(reading, article, "paragraphs", where)):
            inside = f"{where}.paragraphs[{k}]"
            context = paragraph.get("context") if isinstance(paragraph, Mapping) else None
            if not isinstance(context, str) or not context.strip():
                reading.wrong.add(inside, "no context")
                continue
            document = reading.document(context)
            reading.articles.setdefault(where, []).append(document)
            for j, asked in enumerate(_list(reading, paragraph, "qas", inside)):
                text, answers = _asked(reading, asked, f"{inside}.qas[{j}]")
                if text and answers:
                    reading.found.append((text, answers, [document], [], where))


def _list(reading: _Reading, holder: Any, key: str, where: str) -> list[Any]:
    found = holder.get(key) if isinstance(holder, Mapping) else None
    if not isinstance(found, list):
        reading.wrong.add(where, f"no list '{key}'")
        return []
    return found


def _records(reading: _Reading, path: str, records: list[Any]) -> None:
    """Read records with question, answers and context."""
    _has_columns(path, records)
    for number, record in enumerate(records, 1):
        where = f"row {number}"
        text, answers = _asked(reading, record, where)
        context = _context(reading, record, where)
        if not text or not context:
            continue
        documents = [reading.document(*d) for d in context]
        article = str(record.get("title") or "")
        if article:
            reading.articles.setdefault(article, []).extend(documents)
        if not answers:
            continue
        titles = _titles(parsed(record.get("supporting_facts")))
        needed = [d for d, (_, title) in zip(documents, context, strict=True) if title in titles]
        if titles and not needed:
            named = short(", ".join(sorted(titles)))
            reading.wrong.add(where, f"supporting_facts name no document of the context: {named}")
        near = [d for d in documents if d not in needed] if needed else []
        reading.found.append((text, answers, needed or documents, near, article))


def _has_columns(path: str, records: list[Any]) -> None:
    known = dict.fromkeys(str(name) for r in records if isinstance(r, Mapping) for name in r)
    for names in (["question"], ["answers", "answer"], ["context"]):
        if known and not known.keys() & set(names):
            raise SuiteError(
                f"file '{path}' has no column {' or '.join(map(repr, names))}."
                f"{did_you_mean(names[0], known)} Columns: {', '.join(known)}; {_SHAPE}"
            )


def _asked(reading: _Reading, record: Any, where: str) -> tuple[str, list[str]]:
    """Return a question, "" where there is none, and its answers, [] where it has none."""
    text = record.get("question") if isinstance(record, Mapping) else None
    if not isinstance(text, str) or not text.strip():
        reading.wrong.add(where, "no question")
        return "", []
    if "answers" not in record and "answer" not in record:
        reading.wrong.add(where, "no answers")
        return "", []
    if record.get("is_impossible") in (True, "true", "True"):
        return text.strip(), []
    found = list(_answers(parsed(record.get("answers", record.get("answer")))))
    if not all(isinstance(answer, str) for answer in found):
        reading.wrong.add(where, "an answer is not a text")
        return "", []
    return " ".join(text.split()), [*dict.fromkeys(a.strip() for a in found if a.strip())]


def _answers(given: Any) -> Iterator[Any]:
    if isinstance(given, Mapping):
        yield from _answers(given.get("text"))
    elif isinstance(given, list):
        for answer in given:
            yield from _answers(answer)
    elif isinstance(given, int | float) and not isinstance(given, bool):
        yield str(given)
    elif given is not None:
        yield given


def _context(reading: _Reading, record: Any, where: str) -> list[tuple[str, str]]:
    """Return the documents of a record as (text, title), [] where there are none."""
    given = parsed(record.get("context")) if isinstance(record, Mapping) else None
    if isinstance(given, Mapping):
        titles, sentences = given.get("title"), given.get("sentences")
        if isinstance(titles, list) and isinstance(sentences, list):
            given = list(zip(titles, sentences, strict=False))
    if isinstance(given, str) and given.strip():
        return [(given, "")]
    out = []
    for entry in given if isinstance(given, list) else ():
        if isinstance(entry, str):
            out.append((entry, ""))
        elif isinstance(entry, list | tuple) and len(entry) == 2:
            title, text = entry
            out.append(("".join(text) if isinstance(text, list) else str(text), str(title)))
        else:
            reading.wrong.add(where, "the context is neither text nor titles with sentences")
            return []
    if not any(text.strip() for text, _ in out):
        reading.wrong.add(where, "no context")
    return [(text, " ".join(title.split())) for text, title in out if text.strip()]


def _titles(given: Any) -> set[str]:
    """Return the titles that supporting facts name."""
    named = given.get("title") if isinstance(given, Mapping) else given
    out = set()
    for entry in named if isinstance(named, list) else ():
        title = entry[0] if isinstance(entry, list | tuple) and entry else entry
        out.add(" ".join(str(title).split()))
    return out


@dataclass(frozen=True)
class CountedCollection:
    """A collection with the tokens of its documents.

    Attributes:
        tokens: of each document with `END` behind it, behind a heading.
        additive: every document has as many tokens among others as alone.
    """

    held: Collection
    tokens: Counts
    additive: bool


def counted(path: str, tokenizer: str, heading: str) -> CountedCollection:
    """Return a collection counted by a tokenizer."""
    return _counted(path, *stamp(path), tokenizer, heading)


@lru_cache(maxsize=8)
def _counted(path: str, size: int, changed: int, tokenizer: str, heading: str) -> CountedCollection:
    held, count = _load(path, size, changed), get_tokenizer(tokenizer)
    texts = [text + END for text in held.documents]
    tokens = count_many(count, [LINE + text for text in texts]) - count.count(LINE)
    blocks = [texts[k : k + _TOGETHER] for k in range(0, len(texts), _TOGETHER)]
    additive = all(parts_add_up(tokenizer, heading, block) for block in blocks)
    return CountedCollection(held, np.asarray(tokens, dtype=np.int64), additive)
