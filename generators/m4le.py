"""M4LE: five abilities over lists of short texts, for all of the eleven kinds of tests.

Source: Kwan et al. 2023 (arXiv:2310.19240) and the code that makes its data: one of several
texts named by its id (explicit) or by what it says (semantic), one of them (single) or more
(multiple), or the whole text (global). Kept: lists of short texts under six hexadecimal digits
or running numbers, filled up to the length; classes whose members are listed or counted, counts
of 1 to 6 dealt out in turn; the forms of the answers; English and Chinese.

The published tests join texts of other data sets, which models have read. Here all texts are
made, so that each test has one right answer that is proved (in the module that makes it):

| kind | test here | what stands for it |
|---|---|---|
| CLS+RET | explicit_single_classification | the subject of the article of an id |
| CLS+RET | explicit_multiple_retrieval | the ids of all articles on a subject |
| CLS+RET | explicit_multiple_reviews | the ids of all positive, or all negative, reviews |
| QA+RET | explicit_single_qa | a fact of the article of an id |
| TRAN+RET | explicit_single_translation | a message by its id, by a dictionary in the prompt |
| QA | semantic_single_qa | a fact of the article of which another fact is told |
| RET | semantic_single_retrieval | which article answers a question |
| SUM+RET | semantic_single_summary | which article an abstract of its facts describes |
| NLI+RET | semantic_single_continuation | which passage a given text continues |
| CLS+CNT | semantic_multiple_count | how many articles are on a subject |
| QA | semantic_multiple_qa | a fact of what another article names |
| CLS | global_classification | the subject with the most articles |
| SUM | global_summary | the product with the most positive reviews |
| TRAN | global_translation | the message that the words of all pages make, blinds left out |

Summaries and translations with a human reference are left out: their scores (ROUGE, BLEU) have
no one right answer. What else is otherwise:

- Ids are drawn from the seed, without replacement, with a letter and a digit, never like a
  number; published ones are not from the seed, and collide (9% of texts with 1,800 reviews).
- The class asked for may have no member (`none_share`), and then NONE is the answer: published,
  it is empty, and so an empty reply is right.
- Few members are asked for (1 to `members_max`), where published lists may have any number: who
  names every id would have half the score.
- No solved example goes before the text; the question says what an answer looks like.
- A problem has the same answer at every length and depth, unless `numbering` is "running".
- Nothing drawn can be a second answer: articles of the class asked for are left out, a fact is
  in one article, a state in one passage. Published distractors may hold the answer once more.
- Sums over the whole text are left out: they grow with the length, and so would the answer.

Depth: where the text that a single test asks for stands, its place being round(depth * (n - 1))
of n texts (the published places are 0, 4, 9, 14, ...); anywhere when none is asked for. Tests
over several texts have none: their texts stand anywhere. `documents` shows so many texts,
whatever room there is; by default as many as fit.

Floors: one over the number of classes or of texts, the share of texts of the leading class, the
F1 of a list of all ids or `none_share`, whichever is more; 0 for facts and translations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from synthctx.compose import Room
from synthctx.generators import (
    _m4le_cards,
    _m4le_choose,
    _m4le_code,
    _m4le_sequel,
    _m4le_whole,
)
from synthctx.generators._m4le_articles import ARTICLE_PARAMS
from synthctx.generators._m4le_list import LIST_PARAMS, whole_number
from synthctx.generators._m4le_reviews import REVIEW_PARAMS
from synthctx.tasks import Draft, Task, register

_MEMBERS = {
    "members_max": whole_number(6, 1, 200),
    "none_share": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.15},
}


class _Entry(NamedTuple):
    """One test of the family.

    Attributes:
        kind: what the paper calls it.
        single: one text is asked about, at a depth.
    """

    name: str
    kind: str
    rule: str
    summary: str
    scope: str
    diffusion: str
    build: Callable[[Room], Draft]
    read: Callable[[str], str]
    guesses: Callable[[str], list[str]]
    params: Mapping[str, Mapping[str, Any]]
    single: bool = False


_ENTRIES = (
    _Entry(
        "explicit_single_classification",
        "CLS+RET",
        "m4le/exact",
        "On which subject the article of an id is",
        "one article",
        "named by its id among articles on all subjects",
        _m4le_choose.build_single,
        _m4le_choose.read_single,
        _m4le_choose.guess_single,
        ARTICLE_PARAMS,
        single=True,
    ),
    _Entry(
        "explicit_single_qa",
        "QA+RET",
        "m4le/accuracy",
        "A fact of the article of an id",
        "one sentence of one article",
        "named by its id among articles that say the same of other things",
        _m4le_cards.build_by_id,
        _m4le_cards.read_by_id,
        _m4le_cards.guess_value,
        {},
        single=True,
    ),
    _Entry(
        "explicit_single_translation",
        "TRAN+RET",
        "m4le/exact",
        "A message by its id, translated by a dictionary in the prompt",
        "one message, and a dictionary",
        "named by its id among messages of the same words",
        _m4le_code.build_one,
        _m4le_code.read_one,
        _m4le_code.guess_one,
        _m4le_code.MESSAGE_PARAMS,
        single=True,
    ),
    _Entry(
        "semantic_single_qa",
        "QA",
        "m4le/accuracy",
        "A fact of the one article of which another fact is told in other words",
        "two sentences of one article",
        "other articles have the value that is told in another role",
        _m4le_cards.build_by_fact,
        _m4le_cards.read_by_fact,
        _m4le_cards.guess_value,
        _m4le_cards.CARD_PARAMS,
        single=True,
    ),
    _Entry(
        "semantic_single_retrieval",
        "RET",
        "m4le/exact",
        "Which article answers a question",
        "one article",
        "other articles name what it is about, and say of others what is asked",
        _m4le_cards.build_which,
        _m4le_cards.read_which,
        _m4le_cards.guess_id("article"),
        _m4le_cards.CARD_PARAMS,
        single=True,
    ),
    _Entry(
        "semantic_single_summary",
        "SUM+RET",
        "m4le/exact",
        "Which article an abstract of its facts describes",
        "two sentences of one article",
        "told in other words; other articles share one fact, or say all of something else",
        _m4le_cards.build_described,
        _m4le_cards.read_described,
        _m4le_cards.guess_id("article"),
        {**_m4le_cards.CARD_PARAMS, "facts": whole_number(2, 2, 5)},
        single=True,
    ),
    _Entry(
        "semantic_single_continuation",
        "NLI+RET",
        "m4le/exact",
        "Which passage a given text continues",
        "the last sentence of one passage",
        "told in other words; other passages end with three of its four parts, and name the fourth",
        _m4le_sequel.build,
        _m4le_sequel.read,
        _m4le_cards.guess_id("passage"),
        _m4le_sequel.SEQUEL_PARAMS,
        single=True,
    ),
    _Entry(
        "explicit_multiple_retrieval",
        "CLS+RET",
        "m4le/ids",
        "The ids of all articles on a subject, if there are any",
        "every article",
        "members stand anywhere; others mention what belongs to the subject",
        _m4le_choose.build_all_articles,
        _m4le_choose.read_all_articles,
        _m4le_choose.guess_all("article"),
        {**_MEMBERS, **ARTICLE_PARAMS},
    ),
    _Entry(
        "explicit_multiple_reviews",
        "CLS+RET",
        "m4le/ids",
        "The ids of all positive, or all negative, reviews, if there are any",
        "every review",
        "members stand anywhere; praise and blame are denied as often as said",
        _m4le_choose.build_all_reviews,
        _m4le_choose.read_all_reviews,
        _m4le_choose.guess_all("review"),
        {**_MEMBERS, **REVIEW_PARAMS},
    ),
    _Entry(
        "semantic_multiple_count",
        "CLS+CNT",
        "m4le/exact",
        "How many articles are on a subject",
        "every article",
        "members stand anywhere; others mention what belongs to the subject",
        _m4le_choose.build_count,
        _m4le_choose.read_count,
        _m4le_choose.guess_count,
        {"count_max": whole_number(6, 2, 1000), **ARTICLE_PARAMS},
    ),
    _Entry(
        "semantic_multiple_qa",
        "QA",
        "m4le/accuracy",
        "A fact of what another article names",
        "a sentence of each of two articles",
        "the second article is named by the first alone",
        _m4le_cards.build_linked,
        _m4le_cards.read_linked,
        _m4le_cards.guess_value,
        {},
    ),
    _Entry(
        "global_classification",
        "CLS",
        "m4le/exact",
        "The subject with the most articles",
        "every article",
        "the other subjects have equally many",
        _m4le_whole.build_classification,
        _m4le_whole.read_classification,
        _m4le_whole.guess_classification,
        {**_m4le_whole.LEAD_PARAMS, **ARTICLE_PARAMS},
    ),
    _Entry(
        "global_summary",
        "SUM",
        "m4le/exact",
        "The product with the most positive reviews",
        "every review",
        "others may have more reviews; praise and blame are denied as often as said",
        _m4le_whole.build_summary,
        _m4le_whole.read_summary,
        _m4le_whole.guess_summary,
        {
            "finding": {"enum": list(_m4le_whole.FINDINGS), "default": "praised"},
            **_m4le_whole.LEAD_PARAMS,
            **REVIEW_PARAMS,
        },
    ),
    _Entry(
        "global_translation",
        "TRAN",
        "m4le/exact",
        "The message that the words of all pages make, by a dictionary in the prompt",
        "every page, and a dictionary",
        "most words stand for nothing",
        _m4le_code.build_whole,
        _m4le_code.read_whole,
        _m4le_code.guess_whole,
        _m4le_code.WHOLE_PARAMS,
    ),
)

for _entry in _ENTRIES:
    register(
        Task(
            id=f"m4le/{_entry.name}",
            version=1,
            rule=_entry.rule,
            summary=_entry.summary,
            source=f"Kwan et al. 2023 (M4LE), {_entry.name.replace('_', ' ')}, {_entry.kind}",
            build=_entry.build,
            read=_entry.read,
            params={**LIST_PARAMS, **_entry.params},
            languages=("en", "zh"),
            depth=_entry.single,
            depth_default=None,
            guesses=_entry.guesses,
            scope=_entry.scope,
            diffusion=_entry.diffusion,
        )
    )
