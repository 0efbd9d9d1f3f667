"""Articles and reviews by class: the class of one, all of one class, and how many those are.

What a text belongs to is proved where it is made (`_m4le_articles`, `_m4le_reviews`). Which texts
a list has is decided by label before any of them is drawn: members of the class asked for are
the sample's own texts, and no other text of that class is drawn.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from synthctx.compose import Room
from synthctx.generators._m4le_articles import articles, own_article, subject_of, subjects
from synthctx.generators._m4le_list import (
    END,
    Ids,
    More,
    Own,
    anywhere,
    at_depth,
    lay_out,
    turn,
)
from synthctx.generators._m4le_read import seen
from synthctx.generators._m4le_reviews import (
    PRODUCTS,
    balance,
    own_review,
    reviews,
)
from synthctx.streams import Ints, Streams
from synthctx.tasks import Draft

_LISTED = {"en": ", ", "zh": "、"}
_STOP = {"en": ".", "zh": "。"}
_ON = {
    "en": "Below are many short articles, each under an id. Every article is on one of these "
    "subjects: {subjects}. An article may also mention things that belong to other subjects: it "
    "is on the subject to which most of the things in it belong.\n\n",
    "zh": "下面是许多篇短文，每篇前面有一个编号。每篇短文都属于以下主题之一：{subjects}。"
    "文中也可能提到属于别的主题的事物：提到的事物多数属于哪个主题，短文就属于哪个主题。\n\n",
}
REVIEWED = {
    "en": "Below are many short reviews of products, each under an id. Every judgement in a "
    "review counts as praise or as blame: to deny something bad counts as praise, to deny "
    "something good as blame. A review is positive when it has more praise than blame, else it "
    "is negative.\n\n",
    "zh": "下面是许多条商品短评，每条前面有一个编号。评论中的每句评价要么算好话，要么算坏话："
    "否认缺点算好话，否认优点算坏话。好话多于坏话的评论是好评，否则是差评。\n\n",
}


def articles_prefix(language: str) -> str:
    """Return the instruction of every test over articles."""
    return _ON[language].format(subjects=_LISTED[language].join(subjects(language)))


def _end(language: str, text: str) -> str:
    return text + _STOP[language]


# ---------------------------------------------------------------- one article

_SINGLE = {
    "en": "\n\nThese were the articles. On which subject is article {id}? Reply with the name of "
    "the subject as it is written in the list at the beginning, and nothing else.\n\nAnswer:",
    "zh": "\n\n短文到此为止。文章{id}属于哪个主题？"
    "请只回答主题的名称，照开头所列的写法，不要写别的内容。\n\n答案：",
}


def build_single(room: Room) -> Draft:
    """Ask for the subject of one article, by its id."""
    language = room.language
    names = subjects(language)
    gold = turn(room, len(names), of_version=True)
    own = Own([own_article(room, 0, gold) + END], at_depth(room, 1), 1)
    ids = Ids(room, 1)
    prefix, suffix = articles_prefix(language), _SINGLE[language]
    budget = room.budget(prefix, suffix.format(id=ids.widest), 16)
    laid = lay_out(room, "article", budget, own, _beside(room, gold), 2, ids)
    return Draft(
        prefix=prefix,
        body=laid.body,
        suffix=suffix.format(id=laid.ids[0]),
        reference=[names[gold]],
        max_output_tokens=16,
        rule_params={"lang": language, "candidates": [n for n in names if n != names[gold]]},
        # who names the subject of any article, where there are fewer of these than subjects
        floor=1 / min(len(names), laid.n),
    )


def _beside(room: Room, gold: int) -> More:
    """Return what draws articles so that all subjects, with that of one more, are as frequent."""
    every = range(len(subjects(room.language)))

    def labels(n: int) -> Ints:
        stream = room.streams("subjects")
        out = stream.shuffled([k for k in every if k != gold])
        while len(out) < n:
            out += stream.shuffled(every)
        return np.array(out[:n], dtype=np.int64)

    return _stock(room, labels)


def _stock(room: Room, labels: Callable[[int], Ints]) -> More:
    return lambda tokens: articles(room).draw(room, tokens, labels)


def read_single(prompt: str) -> str:
    """Find the article, and the subject that owns most of what it mentions."""
    shown = seen(prompt, "article")
    found = _ASKED_ID[shown.language].search(shown.question)
    text = dict(shown.texts).get(found[1], "") if found else ""
    return subject_of(shown.language, text)


_ASKED_ID = {
    "en": re.compile(r"article ([0-9A-F]{1,7})\b"),
    "zh": re.compile(r"文章([0-9A-F]{1,7})属"),
}


def guess_single(prompt: str) -> list[str]:
    """Return all subjects in one answer, and two of them."""
    names = subjects(seen(prompt, "article").language)
    return [", ".join(names), "、".join(names), " or ".join(names[:2])]


# ---------------------------------------------------------------- all of one class

_NONE = {"en": "NONE", "zh": "无"}
COMMA = {"en": ",", "zh": "，"}
_ALL_ON = {
    "en": "\n\nThese were the articles. Which of them are on the subject {what}? Reply with their "
    "ids, all of them and no others, separated by commas and with a full stop at the end; or with "
    "NONE if no article is on this subject. Write nothing else.\n\nAnswer:",
    "zh": "\n\n短文到此为止。哪些文章属于“{what}”这个主题？请回答它们的编号，既不能漏也不能多，"
    "编号之间用逗号隔开，最后加句号；如果没有一篇属于这个主题，就回答“无”。不要写别的内容。"
    "\n\n答案：",
}
_SIGN = {"en": ("negative", "positive"), "zh": ("差评", "好评")}
_ALL_SIGN = {
    "en": "\n\nThese were the reviews. Which of them are {what}? Reply with their ids, all of them "
    "and no others, separated by commas and with a full stop at the end; or with NONE if no "
    "review is {what}. Write nothing else.\n\nAnswer:",
    "zh": "\n\n评论到此为止。哪些评论是{what}？请回答它们的编号，既不能漏也不能多，"
    "编号之间用逗号隔开，最后加句号；如果一条{what}也没有，就回答“无”。不要写别的内容。\n\n答案：",
}


def _members(room: Room) -> int:
    """Return how many members the class has: none in a share of the problems, else 1 to most."""
    row, share = room.row, float(room.params["none_share"])
    start = float(Streams(["m4le none", row.seed, row.task, row.language])("start").uniform(1)[0])
    if int(start + (row.index + 1) * share) > int(start + row.index * share):
        return 0
    return turn(room, int(room.params["members_max"])) + 1


def build_all_articles(room: Room) -> Draft:
    """Ask for all articles on one subject."""
    names = subjects(room.language)
    gold, m = room.streams("class").below(len(names)), _members(room)
    own = [own_article(room, k, gold) + END for k in range(m)]
    prefix, suffix = articles_prefix(room.language), _ALL_ON[room.language]
    return _all(room, "article", own, prefix, suffix.format(what=names[gold]), _others(room, gold))


def _others(room: Room, gold: int) -> More:
    """Return what draws articles on all subjects but one, as many on each."""
    rest = [k for k in range(len(subjects(room.language))) if k != gold]
    order = np.array(room.streams("subjects").shuffled(rest), dtype=np.int64)
    return _stock(room, lambda n: order[np.arange(n) % len(order)])


def build_all_reviews(room: Room) -> Draft:
    """Ask for all positive reviews among negative ones, or the other way round."""
    good = bool(turn(room, 2))
    products = len(PRODUCTS[room.language])
    own = [own_review(room, k, good) + END for k in range(_members(room))]
    suffix = _ALL_SIGN[room.language].format(what=_SIGN[room.language][good])

    def others(tokens: int) -> tuple[list[str], Ints]:
        def labels(n: int) -> Ints:
            return 2 * room.streams("products").integers(0, products, n) + (not good)

        return reviews(room).draw(room, tokens, labels)

    return _all(room, "review", own, REVIEWED[room.language], suffix, others)


def _all(
    room: Room,
    kind: str,
    own: list[str],
    prefix: str,
    suffix: str,
    others: More,
) -> Draft:
    """Return the draft that asks for all texts of the sample's own."""
    language, m, most = room.language, len(own), int(room.params["members_max"])
    out = 32 + 12 * most
    mine = Own(own, anywhere(room, m), m or None)
    laid = lay_out(room, kind, room.budget(prefix, suffix, out), mine, others, most + 2)
    listed = COMMA[language].join(laid.ids) if m else _NONE[language]
    return Draft(
        prefix=prefix,
        body=laid.body,
        suffix=suffix,
        reference=_end(language, listed),
        max_output_tokens=out,
        rule_params={
            "separator": COMMA[language],
            "stop": _STOP[language],
            "cut_reference": True,
        },
        # who names all ids, or says always that there is none
        floor=max(2 * m / (laid.n + m), float(room.params["none_share"])),
    )


def read_all_articles(prompt: str) -> str:
    """Return the ids of the articles on the subject asked for."""
    shown = seen(prompt, "article")
    wanted = next((n for n in subjects(shown.language) if n in shown.question), None)
    found = [i for i, text in shown.texts if subject_of(shown.language, text) == wanted]
    return _listed(shown.language, found) if wanted and shown.texts else ""


def read_all_reviews(prompt: str) -> str:
    """Return the ids of the reviews of the sign asked for."""
    shown = seen(prompt, "review")
    bad, good = _SIGN[shown.language]
    if not shown.texts or (good in shown.question) == (bad in shown.question):
        return ""
    sign = 1 if good in shown.question else -1
    return _listed(
        shown.language, [i for i, t in shown.texts if sign * balance(shown.language, t) > 0]
    )


def _listed(language: str, found: list[str]) -> str:
    return _end(language, COMMA[language].join(found) or _NONE[language])


def guess_all(kind: str) -> Callable[[str], list[str]]:
    """Return what guesses a list: all ids in one answer."""

    def guesses(prompt: str) -> list[str]:
        shown = seen(prompt, kind)
        return [_listed(shown.language, [i for i, _ in shown.texts])] if shown.texts else []

    return guesses


# ---------------------------------------------------------------- how many

_COUNT = {
    "en": "\n\nThese were the articles. How many of them are on the subject {what}? Reply with the "
    "number and nothing else.\n\nAnswer:",
    "zh": "\n\n短文到此为止。属于“{what}”这个主题的文章有多少篇？"
    "请只用阿拉伯数字回答，不要写别的内容。\n\n答案：",
}


def build_count(room: Room) -> Draft:
    """Ask for the number of articles on one subject."""
    language, most = room.language, int(room.params["count_max"])
    names = subjects(language)
    gold, m = room.streams("class").below(len(names)), turn(room, most, of_version=True) + 1
    own = [own_article(room, k, gold) + END for k in range(m)]
    prefix, suffix = articles_prefix(language), _COUNT[language].format(what=names[gold])
    budget = room.budget(prefix, suffix, 16)
    mine = Own(own, anywhere(room, m), m)
    laid = lay_out(room, "article", budget, mine, _others(room, gold), most + 2)
    stop = _STOP[language]
    return Draft(
        prefix=prefix,
        body=laid.body,
        suffix=suffix,
        reference=_end(language, str(m)),
        max_output_tokens=16,
        rule_params={"lang": language, "end_tokens": [stop], "stop": stop},
        floor=1 / most,
    )


def read_count(prompt: str) -> str:
    """Count the articles on the subject asked for."""
    shown = seen(prompt, "article")
    wanted = next((n for n in subjects(shown.language) if n in shown.question), None)
    if wanted is None or not shown.texts:
        return ""
    return str(sum(subject_of(shown.language, text) == wanted for _, text in shown.texts))


def guess_count(prompt: str) -> list[str]:
    """Return the number of articles, numbers in one answer, and none."""
    n = len(seen(prompt, "article").texts)
    return [str(n), ", ".join(map(str, range(1, n + 1))), "0"]
