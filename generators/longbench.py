"""LongBench: how many passages differ, and from which passage an abstract comes.

Source: Bai et al. 2024 (arXiv:2308.14508), passage_count, passage_retrieval_en and
passage_retrieval_zh. Kept: numbered paragraphs, the parts of the prompts, 32 tokens for the
answer, the forms of the answers ("Paragraph 3", "段落3"); a retrieval paragraph of about 250
words. Changed: how the published items were made is not in their repository, and their passages
are pages that models have read; here passages are articles out of a library, the length is met
up to one paragraph, and the right answer follows from how the sample was made.

passage_count: so many different passages (`unique_min` to `unique_max`, each number as often),
some of them shown again and again until the window is full, shuffled. Passages differ in all
their facts; near duplicates (`near_duplicates`, none as published) are another passage but for
one fact, and count. There are always more paragraphs than the largest possible answer, so that
the number of the last paragraph is never right. Copies stand anywhere, side by side, or as far
from each other as can be (`copies`). The proof: the texts are counted as they are made, one set
of values each, and no value is in two passages (see `documents`); near duplicates take one
value that no other has.

passage_retrieval: the abstract tells facts of the passage again in other words and names nothing
else of it. Each of these facts also stands in another passage (`decoys` each), but no other
passage has more than one of them: looking up one value is not enough. What a passage is about
does not tell it either: decoys, and a share of all others, are about the same kinds of things.
The proof: values are of one document, and a decoy takes over one. Paragraphs are numbered on
from a number that belongs to the problem ("Paragraph 48213"), not from 1: so the answer stays
the same at every length and depth, and no number is likelier than another. With `numbering:
from_one`, the published way, the answer depends on length and depth.

Depth: of retrieval, where the paragraph stands; anywhere when none is asked for. A count has
none.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np

from synthctx.compose import Room
from synthctx.documents import (
    END,
    Document,
    Library,
    Pile,
    joined,
    library_of,
    passages,
)
from synthctx.errors import GenerationError, SuiteError
from synthctx.items import Among
from synthctx.streams import Stream
from synthctx.tasks import Body, Draft, Task, register
from synthctx.topics import Attribute, retold, topics

_HEADING = {"en": "Paragraph {}:\n", "zh": "段落{}：\n"}
_NUMBERED = {
    "en": re.compile(r"^Paragraph (\d{1,7}):\n", re.MULTILINE),
    "zh": re.compile(r"^段落(\d{1,7})：\n", re.MULTILINE),
}
_OUTPUT_TOKENS = 32
COPIES = ("shuffled", "adjacent", "far")
NUMBERINGS = ("continued", "from_one")

# ---------------------------------------------------------------- count

_COUNT_PREFIX = {
    "en": "Some of the numbered paragraphs below are copies of others. Find out how many different "
    "paragraphs there are: read them all, and count every text once, however often it is shown. "
    "Two paragraphs are the same only when every word and number below the heading is.\n\n",
    "zh": "下面编了号的段落中，有些是另一些的重复。请通读全部段落，数一数不同的段落有多少个："
    "同一段文字无论出现几次，只算一个。只有标题以下的文字和数字完全一样，才算相同的段落。\n\n",
}
_COUNT_SUFFIX = {
    "en": "\n\nThese were the paragraphs. How many different ones are there when copies are left "
    "out? Reply with one number such as 2, 34 or 560, and nothing else.\n\nNumber:",
    "zh": "\n\n段落到此为止。去掉重复之后，一共有多少个不同的段落？"
    "请只用阿拉伯数字回答，例如2、34或560，不要写别的内容。\n\n数目：",
}


def _articles(library: Library, first: int, n: int) -> list[Document]:
    """Return the passage of `n` documents from a number on, about what those of a stock are."""
    every = topics(library.language)
    return [library.document(k, every[k % len(every)]) for k in range(first, first + n)]


def _own(library: Library, stream: Stream, articles: int, n: int) -> int:
    """Return the first number of so many passages, and as many numbers more, in no stock.

    It is one with which a passage of a stock could begin, so that the topics of a passage do
    not tell it from those of a stock.
    """
    first = library.own(stream, articles * (n + 1) + n)
    return first + -first % articles


def _altered(library: Library, stream: Stream, number: int, passage: list[Document]) -> Document:
    """Return an article of a passage with one fact otherwise: that of the document `number`."""
    old = stream.pick(passage)
    fact = stream.pick(old.topic.attributes)
    other = library.document(number, old.topic).values[fact.id]
    text = old.text.replace(old.values[fact.id], other)
    return replace(old, values={**old.values, fact.id: other}, text=text)


def _different(room: Room, unique: int) -> list[str]:
    """Return so many different passages, near duplicates last."""
    stream, library = room.streams("passages"), library_of(room.language, room.row.seed)
    articles, near = int(room.params["articles"]), float(room.params["near_duplicates"])
    altered = min(unique - 1, round(near * unique))
    own = unique - altered
    first = _own(library, stream, articles, unique)
    made = [_articles(library, first + k * articles, articles) for k in range(own)]
    for k in range(altered):
        passage = made[stream.below(own)]
        new = _altered(library, stream, first + own * articles + k, passage)
        made.append([new if old.name == new.name else old for old in passage])
    return [joined(room.language, passage) for passage in made]


def _sequence(room: Room, unique: int, most: int) -> list[int]:
    """Return each passage once, then so many copies, some passages more often than others."""
    stream = room.streams("copies")
    shares = np.cumsum(0.2 + stream.uniform(unique))
    again = np.searchsorted(shares, stream.uniform(most) * shares[-1], side="right")
    return [*range(unique), *again.tolist()]


def _arranged(room: Room, sequence: list[int], unique: int) -> list[int]:
    """Return the passages in the order in which they are shown."""
    shown = np.array(sequence)[room.streams("order").permutation(len(sequence))]
    copies, ranks = room.params["copies"], np.zeros(len(shown), dtype=np.int64)
    if copies == "adjacent":
        ranks = room.streams("turn").permutation(unique)[shown]
    elif copies == "far":  # the first of all, then the second of all that have one, ...
        seen: Counter[int] = Counter()
        for at, passage in enumerate(shown.tolist()):
            ranks[at] = seen[passage]
            seen[passage] += 1
    out: list[int] = shown[np.argsort(ranks, kind="stable")].tolist()
    return out


def build_count(room: Room) -> Draft:
    """Show some passages again and again."""
    language, params = room.language, room.params
    low, high = int(params["unique_min"]), int(params["unique_max"])
    if low > high:
        raise SuiteError(f"task {room.row.task}: unique_min {low} is above unique_max {high}")
    unique = room.streams("evidence").between(low, high)
    prefix, suffix = _COUNT_PREFIX[language], _COUNT_SUFFIX[language]
    budget = room.budget(prefix, suffix, _OUTPUT_TOKENS)
    texts = [text + END for text in _different(room, unique)]
    tokens = room.line_tokens(texts)
    pile = Pile(room, _HEADING[language], budget)
    sequence = _sequence(room, unique, max(budget, 0) // min(tokens) + 1)
    fitted = pile.add([texts[k] for k in sequence], [tokens[k] for k in sequence])
    if fitted <= high:
        raise room.too_short(
            f"{high + 1} paragraphs are needed for a count of up to {high}, {fitted} fit into"
            f" {max(budget, 0):,} tokens; raise the length or lower unique_max"
        )
    shown = _arranged(room, sequence[:fitted], unique)
    among = Among([texts[k] for k in shown], [tokens[k] for k in shown], [])
    return Draft(
        prefix=prefix,
        body=_whole(pile.body(among)),
        suffix=suffix,
        reference=unique,
        max_output_tokens=_OUTPUT_TOKENS,
        floor=1 / (high - low + 1),
    )


def _whole(body: Body) -> Body:
    """Return a body all of which is evidence."""
    counted = body.counted and replace(body.counted, starts=[0], ends=[body.counted.tokens])
    return replace(body, spans=[(0, len(body.text))], counted=counted)


def _paragraphs(prompt: str) -> tuple[str, list[tuple[str, str]]]:
    """Return the language of a prompt, and number and text of its paragraphs."""
    language = "zh" if _NUMBERED["zh"].search(prompt) else "en"
    parts = _NUMBERED[language].split(prompt)[1:]
    texts = [text.partition(END)[0] for text in parts[1::2]]
    return language, list(zip(parts[::2], texts, strict=True))


def read_count(prompt: str) -> str:
    """Count the texts; "" when the front is cut off."""
    _, shown = _paragraphs(prompt)
    if not shown or shown[0][0] != "1":
        return ""
    return str(len({text for _, text in shown}))


def guess_count(prompt: str) -> list[str]:
    """Return the number of paragraphs, and all numbers up to it."""
    _, shown = _paragraphs(prompt)
    numbers = [number for number, _ in shown]
    return [*numbers[-1:], ", ".join(numbers[-40:]), "0"]


# ---------------------------------------------------------------- retrieval

_RETRIEVAL_PREFIX = {
    "en": "Numbered paragraphs follow, and after them the abstract of one of them. Find out which "
    "paragraph the abstract was made of.\n\n",
    "zh": "下面是一些编了号的段落，段落之后是其中一个段落的摘要。请找出摘要出自哪一个段落。\n\n",
}
_RETRIEVAL_SUFFIX = {
    "en": "\n\nThese were the paragraphs. This is the abstract of one of them:\n\n{abstract}\n\n"
    'From which paragraph was it made? Reply in the form "Paragraph N", with its number for N, '
    "and write nothing else.\n\nAnswer:",
    "zh": "\n\n段落到此为止。下面是其中一个段落的摘要：\n\n{abstract}\n\n"
    "它出自哪一个段落？请只按“段落N”的形式回答，N换成该段落的编号，不要写别的内容。\n\n答案：",
}
_ABSTRACT = re.compile(r"\n\n([^\n]+)\n\n[^\n]+\n\n[^\n]+\Z")
_ANSWER = {"en": "Paragraph {}", "zh": "段落{}"}
_LOWEST, _HIGHEST = 20_000, 89_999  # numbers of paragraphs that are asked for
_FEWEST = 4  # paragraphs

Told = tuple[Document, Attribute]


def _told(stream: Stream, passage: list[Document], n: int) -> list[Told]:
    """Return the facts of an abstract, from as many articles of the passage as can be."""
    order = stream.shuffled(passage)
    facts = [stream.shuffled(document.topic.attributes) for document in order]
    at = [(k % len(order), k // len(order)) for k in range(n)]
    return [(order[i], facts[i][j]) for i, j in at]


def _decoys(
    room: Room, library: Library, gold: list[Document], told: list[Told], first: int
) -> list[str]:
    """Return passages like the right one that have one of the facts each, from a number on."""
    out = []
    for document, fact in told * int(room.params["decoys"]):
        shared = {fact.id: document.values[fact.id]}
        out.append(
            joined(
                room.language,
                [
                    library.document(first + k, d.topic, values=shared if d is document else {})
                    for k, d in enumerate(gold)
                ],
            )
        )
        first += len(gold)
    return out


def build_retrieval(room: Room) -> Draft:
    """Tell some facts of one passage again, and hide it among passages that share one."""
    language, params, stream = room.language, room.params, room.streams("evidence")
    articles, facts, heading = int(params["articles"]), int(params["facts"]), _HEADING[language]
    library = library_of(language, room.row.seed)
    first = _own(library, stream, articles, 1 + facts * int(params["decoys"]))
    gold = _articles(library, first, articles)
    told = _told(stream, gold, facts)
    retold = [f.restated.format(value=d.values[f.id]) for d, f in stream.shuffled(told)]
    number = stream.between(_LOWEST, _HIGHEST)
    prefix = _RETRIEVAL_PREFIX[language]
    abstract = ("" if language == "zh" else " ").join(retold)
    suffix = _RETRIEVAL_SUFFIX[language].format(abstract=abstract)
    budget = room.budget(prefix, suffix, _OUTPUT_TOKENS)
    from_one = params["numbering"] == "from_one"
    pile = Pile(room, heading, budget, 1 if from_one else number)
    own = [joined(language, gold), *_decoys(room, library, gold, told, first + articles)]
    texts = [text + END for text in own]
    fitted = pile.add(texts, room.line_tokens(texts))
    if fitted == len(texts):
        pile.add(*passages(room, articles).draw(room, pile.left, "passages"))
    if len(pile.texts) < max(_FEWEST, len(texts)):
        raise room.too_short(
            f"{max(_FEWEST, len(texts))} paragraphs are needed, {len(pile.texts)} fit into"
            f" {max(budget, 0):,} tokens; raise the length or lower articles or decoys"
        )
    depth = room.row.depth
    depths = [room.structure("depth").uniform(1).tolist()[0] if depth is None else depth]
    among = pile.among(1, depths, room.streams("order"))
    begin = 1 if from_one else number - among.needed[0]
    if begin < 1:
        raise GenerationError(
            f"task {room.row.task}: length {room.row.length:,} is too long for {_HIGHEST:,}"
            " numbers; raise articles, or set numbering to from_one"
        )
    return Draft(
        prefix=prefix,
        body=pile.body(among, begin),
        suffix=suffix,
        reference=_ANSWER[language].format(begin + among.needed[0]),
        max_output_tokens=_OUTPUT_TOKENS,
        rule_params={"language": language},
        floor=1 / len(among.items),  # the numbers can be seen without reading a paragraph
    )


def read_retrieval(prompt: str) -> str:
    """Find the one paragraph that has more than one of the values of the abstract."""
    abstract = _ABSTRACT.search(prompt, max(0, len(prompt) - 4000))
    if abstract is None:
        return ""
    language, shown = _paragraphs(prompt)
    values = retold(language, abstract[1])
    held = [sum(value in text for value in values) for _, text in shown]
    most = max(held, default=0)
    if most < 2 or held.count(most) != 1:
        return ""
    return _ANSWER[language].format(shown[held.index(most)][0])


def guess_retrieval(prompt: str) -> list[str]:
    """Return all paragraphs in one answer, and the form of the answer as it is asked for."""
    language, shown = _paragraphs(prompt)
    named = [_ANSWER[language].format(number) for number, _ in shown]
    return [", ".join(named), " or ".join(named[-2:]), _ANSWER[language].format("N")]


def _whole_number(default: int, low: int, high: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": low, "maximum": high, "default": default}


register(
    Task(
        id="longbench/passage_count",
        version=1,
        rule="number/count",
        summary="How many different passages there are among copies of them",
        source="Bai et al. 2024 (LongBench), passage_count",
        scope="the whole text",
        diffusion="every passage is to be compared with every other",
        build=build_count,
        read=read_count,
        params={
            "unique_min": _whole_number(5, 1, 2000),
            "unique_max": _whole_number(20, 2, 2000),
            "articles": _whole_number(1, 1, 20),
            "near_duplicates": {"type": "number", "minimum": 0, "maximum": 1, "default": 0},
            "copies": {"enum": list(COPIES), "default": COPIES[0]},
        },
        languages=("en", "zh"),
        depth=False,
        guesses=guess_count,
    )
)
register(
    Task(
        id="longbench/passage_retrieval",
        version=1,
        rule="retrieval/paragraph",
        summary="From which numbered paragraph an abstract was made",
        source="Bai et al. 2024 (LongBench), passage_retrieval_en and passage_retrieval_zh",
        scope="two or three sentences of one paragraph",
        diffusion="told in other words; other paragraphs share one fact each",
        build=build_retrieval,
        read=read_retrieval,
        params={
            "facts": _whole_number(3, 2, 3),
            "articles": _whole_number(3, 1, 20),
            "decoys": _whole_number(1, 0, 5),
            "numbering": {"enum": list(NUMBERINGS), "default": NUMBERINGS[0]},
        },
        languages=("en", "zh"),
        depth_default=None,
        guesses=guess_retrieval,
    )
)
