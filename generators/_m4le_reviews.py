"""Reviews that say good and bad things, some of them by denying their opposite.

A review has `opinions` statements, each about another side of a product. A statement is good
when it uses a word of praise or denies a word of blame, bad the other way round; a denial that
stands in a statement without reaching the word ("nobody warned me, but the price is awful")
changes nothing. One side leads by `margin` statements. The bare words lead the one way or the
other by a coin of their own, so that counting words of praise and of blame tells nothing of
what a review says, and counting denials neither: only both together do.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain

from synthctx.compose import Room
from synthctx.errors import SuiteError
from synthctx.generators._m4le_list import Dice, Shelf, whole_number
from synthctx.generators._m4le_read import SENTENCE
from synthctx.streams import Streams

PRODUCTS = {
    "en": ("kettle", "lamp", "backpack", "umbrella", "bicycle", "radio", "armchair", "blanket"),
    "zh": ("水壶", "台灯", "背包", "雨伞", "自行车", "收音机", "扶手椅", "毛毯"),
}
_SIDES = {
    "en": "finish colour size shape weight packaging price delivery manual surface design"
    " material guarantee service",
    "zh": "做工 颜色 大小 外形 重量 包装 价格 送货 说明书 表面 设计 材料 保修 服务",
}
# praise, blame
_WORDS = {
    "en": (
        "excellent wonderful pleasing superb splendid delightful impressive admirable lovely"
        " outstanding",
        "awful dreadful disappointing terrible annoying dismal wretched miserable appalling lousy",
    ),
    "zh": (
        "出色 讨喜 完美 优秀 理想 上乘 称心 令人满意 让人放心 让人惊喜",
        "糟糕 差劲 离谱 蹩脚 令人失望 让人恼火 让人头疼 让人后悔 让人无语 叫人心烦",
    ),
}
# said outright, denied; {s} is the side, {w} the word
_FORMS = {
    "en": (
        [
            "The {s} is {w}.",
            "The {s} turned out to be {w}.",
            "I find the {s} {w}.",
            "Nobody had told me, but the {s} is {w}.",
            "I did not have to look twice: the {s} is {w}.",
            "My sister does not see it, yet the {s} is {w}.",
        ],
        [
            "The {s} is not {w}.",
            "The {s} is anything but {w}.",
            "Nobody could call the {s} {w}.",
            "I would not say that the {s} is {w}.",
            "The {s} is by no means {w}.",
            "It would be wrong to call the {s} {w}.",
        ],
    ),
    "zh": (
        [
            "{s}很{w}。",
            "{s}相当{w}。",
            "用下来觉得{s}真{w}。",
            "没人提醒过我，不过{s}很{w}。",
            "不用多看，{s}就是{w}。",
            "家里人不这么看，可{s}确实{w}。",
        ],
        [
            "{s}并不{w}。",
            "{s}一点也不{w}。",
            "{s}谈不上{w}。",
            "我不认为{s}{w}。",
            "说{s}{w}，那是不对的。",
            "谁也不能说{s}{w}。",
        ],
    ),
}
_OPENINGS = {
    "en": [
        "We have had this {p} for a month.",
        "I bought the {p} for my parents.",
        "The {p} was a present.",
        "After a long search I settled on this {p}.",
        "This {p} is for everyday use.",
        "My old {p} had to go.",
    ],
    "zh": [
        "这款{p}我们用了一个月。",
        "这款{p}是买给父母的。",
        "这款{p}是别人送的礼物。",
        "找了很久，最后选了这款{p}。",
        "一款日常用的{p}。",
        "原来的{p}用旧了，才换了这款{p}。",
    ],
}
_IDLE = {
    "en": [
        "It arrived on a Tuesday.",
        "We use it in the garden house.",
        "The box stands in the hall.",
        "My neighbour has the same one.",
        "The picture in the shop was smaller.",
        "More when the winter is over.",
    ],
    "zh": [
        "星期二收到的。",
        "平时放在阳台上用。",
        "箱子还摆在过道里。",
        "邻居也有一个同款。",
        "冬天过后再来补充。",
        "照片以后再发。",
    ],
}


@lru_cache(maxsize=4)
def sides(language: str) -> tuple[str, ...]:
    """Return the sides of a product that a review can be about."""
    return tuple(_SIDES[language].split())


@lru_cache(maxsize=4)
def words(language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the words of praise and those of blame."""
    praise, blame = _WORDS[language]
    return tuple(praise.split()), tuple(blame.split())


REVIEW_PARAMS = {"opinions": whole_number(5, 1, 13), "margin": whole_number(3, 1, 13)}


def _signs(dice: Dice, good: bool, n: int, ahead: int) -> list[bool]:
    """Return `n` signs in random order, the one side ahead by so many."""
    more = (n + ahead) // 2
    return dice.shuffled([good] * more + [not good] * (n - more))


def review(language: str, product: int, good: bool, opinions: int, margin: int, dice: Dice) -> str:
    """Return a review of a product that says more good than bad things, or the other way."""
    meant = _signs(dice, good, opinions, margin)
    worded = _signs(dice, bool(dice.below(2)), opinions, margin)
    adjectives, forms = words(language), _FORMS[language]
    said = [
        dice.pick(forms[means != bare]).format(s=side, w=dice.pick(adjectives[not bare]))
        for means, bare, side in zip(
            meant, worded, dice.sample(sides(language), opinions), strict=True
        )
    ]
    said.insert(dice.below(len(said) + 1), dice.pick(_IDLE[language]))
    opening = dice.pick(_OPENINGS[language]).format(p=PRODUCTS[language][product])
    return ("" if language == "zh" else " ").join([opening, *said])


def review_params(room: Room) -> tuple[int, int]:
    """Return the number of statements, and by how many one side leads.

    Raises:
        SuiteError: they are not both odd or both even, or the lead is larger.
    """
    opinions, margin = int(room.params["opinions"]), int(room.params["margin"])
    if margin > opinions or (opinions - margin) % 2:
        raise SuiteError(
            f"task {room.row.task}: of {opinions} opinions one side cannot be {margin} ahead;"
            " params.margin must be at most opinions, and both odd or both even"
        )
    return opinions, margin


def own_review(room: Room, number: int, good: bool) -> str:
    """Return a review that belongs to the problem."""
    dice = Dice(room.streams("evidence", number))
    product = dice.below(len(PRODUCTS[room.language]))
    return review(room.language, product, good, *review_params(room), dice)


def reviews(room: Room) -> Shelf:
    """Return the stock of reviews; the label is twice the product, and one more when good."""
    return _reviews(room.row.tokenizer, room.language, room.row.seed, *review_params(room))


@lru_cache(maxsize=16)
def _reviews(tokenizer: str, language: str, seed: int, opinions: int, margin: int) -> Shelf:
    streams = Streams(["m4le reviews", 1, language, seed, opinions, margin])
    labels = 2 * len(PRODUCTS[language])

    def make(number: int) -> str:
        label, dice = number % labels, Dice(streams("review", number))
        return review(language, label // 2, bool(label % 2), opinions, margin, dice)

    return Shelf(make, labels)


# ---------------------------------------------------------------- reading


@lru_cache(maxsize=4)
def _patterns(language: str) -> list[tuple[re.Pattern[str], bool]]:
    """Return what statements look like, and whether they deny their word."""
    side, word = "|".join(sides(language)), "|".join(chain(*words(language)))
    return [
        (
            re.compile(
                re.escape(form).replace(r"\{s\}", f"(?:{side})").replace(r"\{w\}", f"({word})")
            ),
            denied,
        )
        for denied, forms in zip((False, True), _FORMS[language], strict=True)
        for form in forms
    ]


def balance(language: str, text: str) -> int:
    """Return how many more good than bad things a review says."""
    total = 0
    for sentence in SENTENCE[language].split(text):
        for pattern, denied in _patterns(language):
            if match := pattern.fullmatch(sentence):
                good = (match[1] in words(language)[0]) != denied
                total += 1 if good else -1
                break
    return total


def bare_balance(language: str, text: str) -> int:
    """Return how many more words of praise than of blame a review has, denied or not."""
    praise, blame = words(language)
    return sum(map(text.count, praise)) - sum(map(text.count, blame))


def product_of(language: str, text: str) -> str:
    """Return the product that a review is about, "" where it names none."""
    opening = SENTENCE[language].split(text)[0]
    return next((p for p in PRODUCTS[language] if p in opening), "")
