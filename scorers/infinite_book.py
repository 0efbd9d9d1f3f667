"""InfiniteBench's rules for questions on books and dialogues."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from synthctx.errors import ScoreError
from synthctx.forms import any_form, asks_yes_or_no, settled, strict_f1
from synthctx.overlap import strict_words
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.text import fold, read_answer

_SOURCE = "InfiniteBench (arXiv:2402.13718), src/compute_scores.py"
_BREAKS = str.maketrans(dict.fromkeys("\n:\"'.,?!{}", " "))
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = str.maketrans(dict.fromkeys(string.punctuation))
_CHINESE_PUNCTUATION = str.maketrans(
    dict.fromkeys(
        string.punctuation
        + "！？｡。＂＃＄％＆＇（）＊＋，－／：；＜＝＞＠［＼］＾＿｀｛｜｝～｟｠｢｣､、〃》"
        + "「」『』【】〔〕〖〗〘〙〚〛〜〝〞〟〰〾〿–—‘’‛“”„‟…‧﹏."
    )
)


def _answers(reference: Any, rule_id: str) -> list[str]:
    given = [reference] if isinstance(reference, str) else reference
    if not isinstance(given, list | tuple) or not all(isinstance(a, str) for a in given):
        raise ScoreError(
            f"rule {rule_id}: the reference must be a string or a list of them, got {reference!r}"
        )
    return list(given)


def english_tokens(text: str) -> list[str]:
    """Return the words of a text without punctuation and articles, as SQuAD normalises them."""
    return _ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split()


def chinese_tokens(text: str) -> list[str]:
    """Return the characters of a text without punctuation and white space."""
    return list("".join(text.lower().translate(_CHINESE_PUNCTUATION).split()))


def f1(said: Sequence[str], wanted: Sequence[str]) -> float:
    """Return the F1 score of two bags of tokens."""
    common = sum((Counter(said) & Counter(wanted)).values())
    return 2 * common / (len(said) + len(wanted)) if common else 0.0


def _f1_grade(
    output: str,
    references: list[str],
    published: Callable[[str], list[str]],
    rule_id: str,
) -> Grade:
    if not references:
        return unreadable("the list of references is empty", paper=0.0)
    said = published(output)
    paper = max(f1(said, published(reference)) for reference in references)
    if asks_yes_or_no(references):
        return any_form(output, references, {}, rule_id, paper)
    reading = read_answer(settled(fold(output)))
    if reading.too_long:
        return unreadable("no answer declared in a long output", "shotgun", paper=paper)
    score = max(strict_f1(reading.text, reference) for reference in references)
    why = f"F1 {score:.3f} of {len(strict_words(reading.text))} words with the nearest reference"
    return Grade(score, paper, {}, reading.text.strip()[:500], why)


@rule(
    "infinite/qa_eng",
    2,
    source=_SOURCE + ", longbook_qa_eng",
    extracts="the declared answer, or the whole output when it is as short as answers are",
    compares="F1 of words, the best over the references",
)
def qa_eng(output: str, reference: Any, params: Params) -> Grade:
    """En.QA: F1 of words.

    Reference: a list of answers. The paper score takes the whole output, lower-cased, without
    punctuation ("3.5" is 35) and articles. The strict score takes the declared answer, and
    keeps numbers whole, with sign and decimals; a reference that is denied, or offered with
    another, earns nothing, and yes and no are right or wrong.
    """
    references = _answers(reference, "infinite/qa_eng")
    return _f1_grade(output, references, english_tokens, "infinite/qa_eng")


@rule(
    "infinite/qa_chn",
    2,
    source=_SOURCE + ", longbook_qa_chn",
    extracts="the declared answer, or the whole output when it is as short as answers are",
    compares="F1 of characters and whole numbers, the best over the references",
)
def qa_chn(output: str, reference: Any, params: Params) -> Grade:
    """Zh.QA: F1 of characters.

    Reference: a list of answers. The paper score takes the whole output without punctuation
    and white space ("3.5" is 35 and 53), in any order of characters. The strict score takes the
    declared answer, width folded, with a number as one word, and nothing for a reference that is
    denied or offered with another.
    """
    references = _answers(reference, "infinite/qa_chn")
    return _f1_grade(output, references, chinese_tokens, "infinite/qa_chn")


@rule(
    "infinite/dialogue",
    2,
    source=_SOURCE + ", longdialogue_qa_eng",
    extracts="the declared answer, or the whole output when it is as short as answers are",
    compares="any form of the name is named as whole words",
)
def dialogue(output: str, reference: Any, params: Params) -> Grade:
    """En.Dia: whose name was blanked out of a script.

    Reference: a list of forms of the name, the usual one first.

    The paper score knows only the first form, which must be one of the blank-separated words
    in capitals: a name of two words is never found, a list of all names always. The strict
    score takes any form as whole words, not denied and beside no other name.
    """
    forms = _answers(reference, "infinite/dialogue")
    if not forms:
        return unreadable("the list of references is empty")
    words = output.translate(_BREAKS).split()
    paper = float(forms[0] in (word.upper() for word in words))
    return any_form(output, forms, {"kind": "word"}, "infinite/dialogue", paper, beside=False)
