"""Messages in a made-up language, and the dictionary that the prompt gives.

A translation with one right answer takes the place of the published ones, which need human text
and BLEU. Every word of the code stands for one plain word; the dictionary is dealt out anew for
each problem, so that no word can be known beforehand. Of one message, by its id: word by word.
Of the whole text: every page has one word of the code in it, and most of those words stand for
nothing (blinds, as ciphers have them); what is left, in order, is the message.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from synthctx.compose import Room
from synthctx.generators._m4le_list import (
    END,
    Dice,
    Ids,
    Own,
    Shelf,
    at_depth,
    in_turn,
    lay_out,
    whole_number,
)
from synthctx.generators._m4le_read import seen
from synthctx.names import words
from synthctx.streams import Stream, Streams
from synthctx.tasks import Draft
from synthctx.topics import data

_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"
_NOTHING = {"en": "(nothing)", "zh": "（空）"}
MESSAGE_PARAMS = {"words": whole_number(5, 2, 20), "book": whole_number(40, 20, 300)}
WHOLE_PARAMS = {**MESSAGE_PARAMS, "blinds": whole_number(16, 1, 200)}
_BLANK = {"en": " ", "zh": "、"}


@lru_cache(maxsize=32)
def code_words(seed: int, n: int) -> tuple[str, ...]:
    """Return different made-up words; those for fewer are the first of those for more."""
    stream = Streams(["m4le code", 1, seed])("words")
    out: dict[str, None] = {}
    while len(out) < n:
        out.setdefault("".join(stream.pick(k) for k in (_CONSONANTS, _VOWELS) * 2) + "n")
    return tuple(out)


@lru_cache(maxsize=4)
def plain_words(language: str) -> tuple[str, ...]:
    """Return the plain words that there are, none of which stands inside another."""
    every = data()["zh"]["nouns"] if language == "zh" else words()[1]
    return tuple(w for w in every if not any(w != other and other in w for other in every))


def _book(stream: Stream, language: str, code: tuple[str, ...]) -> dict[str, str]:
    """Return what each word of the code stands for."""
    plain = stream.sample(plain_words(language), len(code))
    return dict(zip(code, plain, strict=True))


def _reference(language: str, book: dict[str, str], message: list[str]) -> list[str]:
    """Return the translation, first as it is asked for, then with other marks in between."""
    told = [book[word] for word in message]
    joints = ["、", "", "，", " ", ",", ", "] if language == "zh" else [" ", ", ", "、", "，"]
    joints += ["\n", " - "]
    return [joint.join(told) for joint in joints]


def _rule_params(language: str, book: dict[str, str], message: list[str]) -> dict[str, Any]:
    """Return the params of the rule: any other word of the dictionary makes an answer wrong."""
    used = {book[word] for word in message}
    return {"lang": language, "candidates": [w for w in book.values() if w not in used]}


# ---------------------------------------------------------------- one message

_ONE = {
    "en": "Messages in a secret language follow, each under an id. Every word of the language "
    "stands for one English word, and the order of words is kept. This is the dictionary:\n\n"
    "{entries}\n\nAnd these are the messages:\n\n",
    "zh": "下面是一些用密语写的消息，每条前面有一个编号。密语的每个词对应一个中文词，词序不变。"
    "密语词典如下：\n\n{entries}\n\n消息如下：\n\n",
}
_ASK_ONE = {
    "en": "\n\nThese were the messages. Translate message {id} by the dictionary, word by word. "
    "Reply with the English words alone, in order, separated by blanks.\n\nAnswer:",
    "zh": "\n\n消息到此为止。请按词典逐词翻译消息{id}。"
    "请只写出对应的中文词，保持原来的顺序，用顿号隔开。\n\n答案：",
}


@lru_cache(maxsize=16)
def _messages(tokenizer: str, seed: int, n: int, book: int) -> Shelf:
    code, streams = code_words(seed, book), Streams(["m4le messages", 1, seed, n, book])

    def make(number: int) -> str:
        return " ".join(Dice(streams("message", number)).sample(code, n)) + "."

    return Shelf(make)


def _limit(n: int) -> int:
    return 16 + 8 * n


def build_one(room: Room) -> Draft:
    """Ask for the translation of one message, by its id."""
    language, params, row = room.language, room.params, room.row
    n, code = int(params["words"]), code_words(row.seed, int(params["book"]))
    stream = room.streams("evidence")
    book, message = _book(stream, language, code), stream.sample(code, n)
    lines = [f"{word} = {book[word]}" for word in stream.shuffled(code)]
    prefix = _ONE[language].format(entries="\n".join(lines))
    ids = Ids(room, 1)
    shelf = _messages(row.tokenizer, row.seed, n, len(code))
    laid = lay_out(
        room,
        "message",
        room.budget(prefix, _ASK_ONE[language].format(id=ids.widest), _limit(n)),
        Own([" ".join(message) + "." + END], at_depth(room, 1), 1),
        lambda tokens: shelf.draw(room, tokens),
        2,
        ids,
    )
    return Draft(
        prefix=prefix,
        body=laid.body,
        suffix=_ASK_ONE[language].format(id=laid.ids[0]),
        reference=_reference(language, book, message),
        max_output_tokens=_limit(n),
        rule_params=_rule_params(language, book, message),
    )


_ENTRY = re.compile("^([a-z]+) = ([^\n]+)$", re.MULTILINE)
_MESSAGE_ID = re.compile(r"(?:message |消息)([0-9A-F]{1,7})(?:[ 。])")


def read_one(prompt: str) -> str:
    """Look up every word of the message in the dictionary."""
    shown = seen(prompt, "message")
    found = _MESSAGE_ID.search(shown.question)
    text = dict(shown.texts).get(found[1], "") if found else ""
    return _translated(shown.language, dict(_ENTRY.findall(shown.before)), text.strip(".").split())


def _translated(language: str, book: dict[str, str], message: list[str]) -> str:
    if not message or any(word not in book for word in message):
        return ""
    return _BLANK[language].join(book[word] for word in message)


def guess_one(prompt: str) -> list[str]:
    """Return words of the dictionary: all, the first, the last, and one."""
    shown = seen(prompt, "message")
    return _from_the_book(shown.language, dict(_ENTRY.findall(shown.before)))


def _from_the_book(language: str, book: dict[str, str]) -> list[str]:
    plain = [word for word in book.values() if word != _NOTHING[language]]
    blank = _BLANK[language]
    return [blank.join(plain), blank.join(plain[:5]), blank.join(plain[-5:]), *plain[:1]]


# ---------------------------------------------------------------- the whole text

_ALL = {
    "en": "Below are the loose pages of a notebook, in their order, each under an id. Every page "
    "has one word of a secret language in quotes. Most of these words stand for nothing and were "
    "put in to mislead; the others stand for one English word each. This is the dictionary:\n\n"
    "{entries}\n\nAnd these are the pages:\n\n",
    "zh": "下面是一本笔记的散页，按原来的顺序排列，每页前面有一个编号。"
    "每一页都有一个加了引号的密语词。这些词大多没有意思，是用来迷惑人的；其余的每个词对应一个中文词。密语词典如下：\n\n"
    "{entries}\n\n散页如下：\n\n",
}
_ASK_ALL = {
    "en": "\n\nThese were the pages. Translate the notebook as a whole: look up the word of every "
    "page, leave out those that stand for nothing, and keep the order. {n} words remain. Reply "
    "with these English words alone, in order, separated by blanks.\n\nAnswer:",
    "zh": "\n\n散页到此为止。请翻译整本笔记：逐页查出密语词的意思，略去没有意思的词，保持顺序。"
    "最后剩下{n}个词。请只写出这些中文词，按顺序用顿号隔开。\n\n答案：",
}
_PAGES = {
    "en": [
        "Someone had scratched “{c}” into the window frame.",
        "The parrot said “{c}” and went back to sleep.",
        "On the back of the ticket it said “{c}”.",
        "The guide whispered “{c}” when nobody was near.",
        "In chalk, on the third step, stood “{c}”.",
        "The word of the day was “{c}”.",
        "She hummed a tune with nothing but “{c}” for its words.",
        "A boy called “{c}” across the yard and ran off.",
    ],
    "zh": [
        "窗框上有人刻了“{c}”。",
        "鹦鹉说了声“{c}”，又睡着了。",
        "车票背面写着“{c}”。",
        "四下无人时，向导低声说了句“{c}”。",
        "第三级台阶上用粉笔写着“{c}”。",
        "当天的暗号是“{c}”。",
        "她哼的小调，歌词只有一个“{c}”。",
        "一个男孩隔着院子喊了声“{c}”，就跑开了。",
    ],
}
_AROUND = {
    "en": [
        "It had snowed a little in the night.",
        "We had soup and bread at noon.",
        "The train was late again.",
        "My boots are still wet.",
        "The lake lay perfectly still.",
        "I slept badly and rose early.",
        "The inn was almost empty.",
        "Towards evening the fog came back.",
        "I must remember to write home.",
        "The path went uphill all day.",
    ],
    "zh": [
        "夜里下了一点雪。",
        "中午喝汤，吃面包。",
        "火车又晚点了。",
        "我的靴子还没干。",
        "湖面平静极了。",
        "夜里没睡好，起得很早。",
        "客栈里几乎没有人。",
        "快到傍晚，雾又起来了。",
        "要记得给家里写信。",
        "这一天一直在走上坡路。",
    ],
}


def _page(language: str, word: str, dice: Dice) -> str:
    before, after = dice.sample(_AROUND[language], 2)
    middle = dice.pick(_PAGES[language]).replace("{c}", word)
    return ("" if language == "zh" else " ").join([before, middle, after])


@lru_cache(maxsize=16)
def _pages(tokenizer: str, language: str, seed: int, blinds: int, book: int) -> Shelf:
    """Return the stock of pages with words that stand for nothing."""
    code = code_words(seed, book + blinds)[book:]
    streams = Streams(["m4le pages", 1, language, seed, blinds, book])

    def make(number: int) -> str:
        dice = Dice(streams("page", number))
        return _page(language, dice.pick(code), dice)

    return Shelf(make)


def build_whole(room: Room) -> Draft:
    """Ask for the message that the words of all pages make."""
    language, params, row = room.language, room.params, room.row
    n, size, blinds = int(params["words"]), int(params["book"]), int(params["blinds"])
    code = code_words(row.seed, size + blinds)
    stream = room.streams("evidence")
    book, message = _book(stream, language, code[:size]), stream.sample(code[:size], n)
    nothing = dict.fromkeys(code[size:], _NOTHING[language])
    entries = [f"{word} = {meaning}" for word, meaning in (book | nothing).items()]
    prefix = _ALL[language].format(entries="\n".join(stream.shuffled(entries)))
    suffix = _ASK_ALL[language].format(n=n)
    dice = Dice(room.streams("pages"))
    shelf = _pages(row.tokenizer, language, row.seed, blinds, size)
    laid = lay_out(
        room,
        "page",
        room.budget(prefix, suffix, _limit(n)),
        Own([_page(language, word, dice) + END for word in message], in_turn(room, n), n),
        lambda tokens: shelf.draw(room, tokens),
        2 * n,
    )
    return Draft(
        prefix=prefix,
        body=laid.body,
        suffix=suffix,
        reference=_reference(language, book, message),
        max_output_tokens=_limit(n),
        rule_params=_rule_params(language, book, message),
    )


_WORD = re.compile("“([a-z]+)”")


def read_whole(prompt: str) -> str:
    """Look up the word of every page, and leave out what stands for nothing."""
    shown = seen(prompt, "page")
    book = dict(_ENTRY.findall(shown.before))
    found = [m[1] for _, text in shown.texts if (m := _WORD.search(text))]
    nothing = _NOTHING[shown.language]
    return _translated(shown.language, book, [w for w in found if book.get(w, "") != nothing])


def guess_whole(prompt: str) -> list[str]:
    """Return words of the dictionary: all, the first, the last, and one."""
    shown = seen(prompt, "page")
    return _from_the_book(shown.language, dict(_ENTRY.findall(shown.before)))
