"""What holds of a whole list: the subject that leads, and the product that comes out best.

Classes are dealt out so that one leads in every beginning of the list, however long, by a share
of it and by two at least; the others are as many as each other. What leads therefore follows
from all texts together, is the same at every length, and no other class comes near it.

A summary with one right answer takes the place of the published ones: the product with the most
positive reviews (`finding: praised`), which is as likely to be any other when products are put
in order by how many reviews they have, so that counting names tells nothing; or the product with
the most reviews (`named`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import lru_cache
from math import ceil

import numpy as np

from synthctx.compose import Room
from synthctx.generators._m4le_articles import articles, subject_of, subjects
from synthctx.generators._m4le_choose import REVIEWED, articles_prefix
from synthctx.generators._m4le_list import More, Own, lay_out, turn, whole_number
from synthctx.generators._m4le_read import seen
from synthctx.generators._m4le_reviews import PRODUCTS, balance, product_of, reviews
from synthctx.streams import Ints
from synthctx.tasks import Draft

FINDINGS = ("praised", "named")
LEAD_PARAMS = {
    "lead": whole_number(2, 2, 1000),
    "lead_share": {"type": "number", "minimum": 0, "maximum": 0.9, "default": 0.1},
}
_OUTPUT_TOKENS = 16


class _Lead:
    """Groups dealt out so that group 0 leads in every beginning of a list.

    In the first n it is at least max(`least`, `share` of n) ahead of every other, from
    n = `least` on, and the others differ by no more than one.
    """

    def __init__(self, groups: int, share: float, least: int) -> None:
        self._others, self._share, self._least = groups - 1, share, least
        self._dealt: list[int] = []
        self._rest = 0

    def dealt(self, n: int) -> list[int]:
        """Return the groups of the first n."""
        while len(self._dealt) < n:
            size = len(self._dealt)
            ahead = size - self._rest - ceil(self._rest / self._others)
            if ahead <= max(self._least, ceil(self._share * (size + 1))):
                self._dealt.append(0)
            else:
                self._dealt.append(1 + self._rest % self._others)
                self._rest += 1
        return self._dealt[:n]


class _Praised:
    """Reviews dealt out so that product 0 leads in good ones, and has any number of all.

    Before each good review come bad ones, of the product that is farthest behind its part of all
    reviews. So the totals keep to these parts, once there are enough bad reviews to make up for
    the lead.

    Args:
        share: lead in good reviews, as a share of these.
        least: the same as a number.
        parts: of each product; they are compared with each other.
    """

    def __init__(self, share: float, least: int, parts: list[float]) -> None:
        self._lead = _lead(len(parts), share, least)
        self._bad = _bad_for_each(len(parts), share)
        self._parts = parts
        self._totals = [0] * len(parts)
        self._dealt: list[int] = []

    def dealt(self, n: int) -> list[int]:
        """Return of the first n the product, twice, and one more when good."""
        totals = self._totals
        while len(self._dealt) < n:
            good = len(self._dealt) // (1 + self._bad) + 1
            for _ in range(self._bad):
                held = [(1 + n) / part for n, part in zip(totals, self._parts, strict=True)]
                self._add(held.index(min(held)), 0)
            self._add(self._lead.dealt(good)[-1], 1)
        return self._dealt[:n]

    def _add(self, product: int, good: int) -> None:
        self._totals[product] += 1
        self._dealt.append(2 * product + good)


def _bad_for_each(products: int, share: float) -> int:
    """Return how many bad reviews go with a good one: the leader has no more than its part."""
    return 2 + ceil((products - 1) * share)


@lru_cache(maxsize=64)
def _lead(groups: int, share: float, least: int) -> _Lead:
    return _Lead(groups, share, least)


def _least_reviews(products: int, share: float, least: int) -> int:
    """Return how many reviews there must be so that the leader in good ones has not most of all."""
    bad = _bad_for_each(products, share)
    return max((1 + bad) * (least + products), products * (least + 3))


def _ahead(room: Room) -> tuple[float, int]:
    return float(room.params["lead_share"]), int(room.params["lead"])


def _gold_first(room: Room, n: int) -> Ints:
    """Return the classes in a drawn order, the one that is to lead first."""
    gold = turn(room, n, of_version=True)
    rest = room.streams("classes").shuffled([k for k in range(n) if k != gold])
    return np.array([gold, *rest], dtype=np.int64)


def _draft(
    room: Room,
    kind: str,
    texts: tuple[str, str],
    names: tuple[str, ...],
    others: More,
    least: int,
) -> tuple[Draft, int]:
    """Return the draft over a whole list, and how many texts that has."""
    prefix, suffix = texts
    budget = room.budget(prefix, suffix, _OUTPUT_TOKENS)
    laid = lay_out(room, kind, budget, Own(), others, least)
    gold = names[turn(room, len(names), of_version=True)]
    draft = Draft(
        prefix=prefix,
        body=laid.body,
        suffix=suffix,
        reference=[gold],
        max_output_tokens=_OUTPUT_TOKENS,
        rule_params={"lang": room.language, "candidates": [n for n in names if n != gold]},
    )
    return draft, laid.n


# ---------------------------------------------------------------- the subject that leads

_MOST = {
    "en": "\n\nThese were the articles. Take them all together: on which subject are there more "
    "articles than on any other? Reply with the name of the subject as it is written in the list "
    "at the beginning, and nothing else.\n\nAnswer:",
    "zh": "\n\n短文到此为止。把所有文章合在一起看，属于哪个主题的文章最多？"
    "请只回答主题的名称，照开头所列的写法，不要写别的内容。\n\n答案：",
}


def build_classification(room: Room) -> Draft:
    """Ask for the subject with the most articles."""
    names = subjects(room.language)
    order, lead = _gold_first(room, len(names)), _lead(len(names), *_ahead(room))
    texts = articles_prefix(room.language), _MOST[room.language]
    draft, n = _draft(
        room,
        "article",
        texts,
        names,
        lambda tokens: articles(room).draw(room, tokens, lambda n: order[lead.dealt(n)]),
        int(room.params["lead"]) + len(names),
    )
    # one article is on the leading subject so often
    return replace(draft, floor=lead.dealt(n).count(0) / n)


def _leader(counted: Counter[str]) -> str:
    """Return what was counted most often, "" where nothing leads."""
    most = counted.most_common(2)
    return "" if not most or (len(most) > 1 and most[0][1] == most[1][1]) else most[0][0]


def read_classification(prompt: str) -> str:
    """Find the subject of every article, and count."""
    shown = seen(prompt, "article")
    found = (subject_of(shown.language, text) for _, text in shown.texts)
    return _leader(Counter(name for name in found if name))


def guess_classification(prompt: str) -> list[str]:
    """Return all subjects in one answer, and two of them."""
    names = subjects(seen(prompt, "article").language)
    return [", ".join(names), "、".join(names), " or ".join(names[:2])]


# ---------------------------------------------------------------- what comes out best

_FOUND = {
    "en": {
        "praised": "\n\nThese were the reviews. Sum them up: which product has more positive "
        "reviews than any other? Reply with the name of the product, one of {products}, and "
        "nothing else.\n\nAnswer:",
        "named": "\n\nThese were the reviews. Sum them up: about which product are there more "
        "reviews, positive or negative, than about any other? Reply with the name of the "
        "product, one of {products}, and nothing else.\n\nAnswer:",
    },
    "zh": {
        "praised": "\n\n评论到此为止。请总结全部评论：哪种商品得到的好评最多？"
        "请只回答商品的名称（{products}之一），不要写别的内容。\n\n答案：",
        "named": "\n\n评论到此为止。请总结全部评论：不论好评差评，哪种商品的评论最多？"
        "请只回答商品的名称（{products}之一），不要写别的内容。\n\n答案：",
    },
}


def build_summary(room: Room) -> Draft:
    """Ask for the product with the most positive reviews, or with the most reviews."""
    language, finding = room.language, room.params["finding"]
    names = PRODUCTS[language]
    order, ahead = _gold_first(room, len(names)), _ahead(room)
    praised = _Praised(*ahead, (3 / 4 + room.streams("parts").uniform(len(names)) / 2).tolist())

    def labels(n: int) -> Ints:
        if finding == "praised":
            dealt = np.array(praised.dealt(n), dtype=np.int64)
            return 2 * order[dealt // 2] + dealt % 2
        good = room.streams("signs").integers(0, 2, n)
        return 2 * order[_lead(len(names), *ahead).dealt(n)] + good

    listed = ("、" if language == "zh" else ", ").join(names)
    draft, n = _draft(
        room,
        "review",
        (REVIEWED[language], _FOUND[language][finding].format(products=listed)),
        names,
        lambda tokens: reviews(room).draw(room, tokens, labels),
        _least_reviews(len(names), *ahead) if finding == "praised" else ahead[1] + len(names),
    )
    gold = labels(n) // 2 == order[0]
    return replace(draft, floor=max(1 / len(names), float(gold.mean())))


def read_summary(prompt: str) -> str:
    """Weigh every review, and count the positive ones of each product, or all."""
    shown = seen(prompt, "review")
    if not shown.texts:
        return ""
    every = "positive or negative" in shown.question or "不论" in shown.question
    counted = Counter(
        product_of(shown.language, text)
        for _, text in shown.texts
        if every or balance(shown.language, text) > 0
    )
    return _leader(Counter({name: n for name, n in counted.items() if name}))


def guess_summary(prompt: str) -> list[str]:
    """Return all products in one answer, and two of them."""
    names = PRODUCTS[seen(prompt, "review").language]
    return [", ".join(names), "、".join(names), " or ".join(names[:2])]
