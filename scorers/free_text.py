"""Rules for free text by common words: F1 of words, and ROUGE of summaries."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from synthctx.forms import (
    any_form,
    asks_yes_or_no,
    first_line,
    one_of,
    strict_f1,
    strings,
    switched_on,
)
from synthctx.overlap import (
    chinese_words,
    normalise_answer,
    normalise_chinese,
    rouge_l,
    rouge_l_of_sets,
    rouge_lsum,
    rouge_tokens,
    strict_words,
    token_f1,
)
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.text import (
    fold,
    own_turn,
    read_answer,
)

_LONGBENCH = "LongBench (arXiv:2308.14508), LongBench/metrics.py"
_LANGUAGES = ("longbench", "longbench-zh")
# How deep the package rouge 1.0.1 recurses within LongBench's eval.py before Python stops it,
# which eval.py takes for a 0; for Chinese one more call is on the stack.
_DEEPEST = {"longbench": 990, "longbench-zh": 989}
_EPSILON = 1e-8
_MANY_TIMES = 10
_MARGIN = 1000


# ---------------------------------------------------------------- questions


def published_words(text: str, published: str) -> list[str]:
    """Return the tokens that LongBench counts: words, or in Chinese those that jieba finds."""
    if published == "longbench":
        return normalise_answer(text).split()
    return [word for token in chinese_words(text) if (word := normalise_chinese(token))]


@rule(
    "qa/f1",
    2,
    source=_LONGBENCH + ", qa_f1_score and qa_f1_zh_score",
    extracts="the declared answer, or the whole output when it is as short as answers are",
    compares="F1 of words, the best over the references",
)
def qa_f1(output: str, reference: Any, params: Params) -> Grade:
    """A question answered in words: F1 of the words, the best over the references.

    Reference: a string or a list of them. Params: `published`: "longbench" (default) or
    "longbench-zh", which counts words as jieba parts them (the extra `zh`); `first_line`: true
    keeps the first line for the paper score, as eval.py does for few-shot data sets.

    The paper score takes the whole output, without punctuation ("3.5" is 35, "a-b" is ab) and
    articles (a reference "the" is never met), in any order, whatever is denied ("yes and no" earns
    half); a declaration before the answer costs precision, and Chinese characters
    apart, or segmented otherwise, share nothing.

    The strict score takes the declared answer and keeps numbers whole, with sign and decimals;
    Chinese counts by character. A reference that is denied, or offered with another, earns
    nothing, and neither does an echo far longer than an answer; yes and no are right or wrong.
    """
    references = strings(reference, "qa/f1")
    published = one_of(params, "published", _LANGUAGES, "qa/f1")
    text = first_line(output) if switched_on(params, "first_line", "qa/f1") else output
    said = published_words(text, published)
    paper = max(token_f1(said, published_words(r, published)) for r in references)
    if asks_yes_or_no(references):
        return any_form(output, references, {}, "qa/f1", paper)
    reading = read_answer(fold(output), max(1000, 10 * max(map(len, references))))
    if reading.too_long:
        return unreadable("no answer declared in a long output", "shotgun", paper=paper)
    score = max(strict_f1(reading.text, r) for r in references)
    why = f"F1 {score:.3f} of {len(strict_words(reading.text))} words with the nearest reference"
    return Grade(score, paper, {}, reading.text.strip()[:500], why)


# ---------------------------------------------------------------- summaries


def _summary_grade(
    output: str,
    references: Sequence[str],
    paper: float,
    strict: Callable[[str, str], float],
) -> Grade:
    """Grade a summary: all of the output up to where it asks itself the next question."""
    longest = max(map(len, references))
    if len(output) > _MANY_TIMES * (longest + _MARGIN):
        why = "the output is far longer than a summary"
        return Grade(0.0, paper, {}, output[:500], why, ("shotgun",))
    text = own_turn(fold(output))
    words = len(strict_words(text))
    if not words:
        return unreadable("no word is said", paper=paper)
    score = max(strict(text, fold(reference)) for reference in references)
    wanted = max(len(strict_words(reference)) for reference in references)
    flags = ("shotgun",) if words > _MANY_TIMES * max(wanted, 10) else ()
    why = f"ROUGE {score:.3f} of {words} words with the nearest reference"
    return Grade(score, paper, {"words": float(words)}, text.strip()[:500], why, flags)


# Where the package rouge-chinese cuts a text, in this order; a cut parts a word in two.
_CUTS = tuple(
    re.compile(pattern)
    for pattern in (
        "([。！？?])([^”’])",
        r"(\.{6})([^”’])",
        "(…{2})([^”’])",
        "([。！？?][”’])([^，。！？?])",
    )
)


def chinese_package_words(text: str) -> list[str]:
    """Return the words of a text that the package rouge-chinese 1.0.3 counts."""
    for cut in _CUTS:
        text = cut.sub(r"\1\n\2", text)
    sentences = [sentence for sentence in text.rstrip().split("\n") if sentence]
    return [word for sentence in sentences for word in " ".join(sentence.split()).split(" ")]


def published_rouge(output: str, reference: str, published: str, package: str) -> float:
    """Return ROUGE-L as LongBench reckons it; 0 where the package raises."""
    if published == "longbench-zh":
        output, reference = (" ".join(chinese_words(text)) for text in (output, reference))
    if package == "rouge":
        found = rouge_l_of_sets(output, reference, _DEEPEST[published])
        return 0.0 if found is None else found.f1
    said, wanted = (chinese_package_words(text) for text in (output, reference))
    return rouge_l(said, wanted, _EPSILON).f1


@rule(
    "rouge/l",
    1,
    source=_LONGBENCH + ", rouge_score and rouge_zh_score",
    extracts="the whole output, up to where it asks itself the next question",
    compares="F1 of the longest common subsequence of words, the best over the references",
)
def rouge_l_rule(output: str, reference: Any, params: Params) -> Grade:
    """A summary: ROUGE-L with the reference, the best of several.

    Reference: a string or a list of them. Params: `published` and `first_line` as in qa/f1;
    `package`: "rouge" (default, 1.0.1, which metrics.py imports) or "rouge-chinese" (1.0.3, which
    has the same names and may stand in its place, with other figures).

    The paper score is the package's f: case and punctuation count ("The" is not "the", "mat," is
    not "mat"), and a perfect copy is a little under 1. The package rouge parts texts at every full
    stop ("3.5" too) and counts common words as a set, so that a text said twice loses nothing and
    sentences may stand in any order. Every exception is a 0: an output without any sentence,
    and with rouge a long summary, where reading out a common subsequence of the two (about a
    thousand words together) takes the package deeper than Python recurses.

    The strict score folds case and width, takes no punctuation, keeps numbers whole, counts
    Chinese by character and every repetition as a word of its own, at any length.
    """
    references = strings(reference, "rouge/l")
    published = one_of(params, "published", _LANGUAGES, "rouge/l")
    package = one_of(params, "package", ("rouge", "rouge-chinese"), "rouge/l")
    text = first_line(output) if switched_on(params, "first_line", "rouge/l") else output
    paper = max(published_rouge(text, r, published, package) for r in references)
    return _summary_grade(
        output,
        references,
        paper,
        lambda said, wanted: rouge_l(strict_words(said), strict_words(wanted)).f1,
    )


_SENTENCE_ENDS = re.compile(r"\n|(?<=[。！？；])|(?<=[.!?;])(?=\s)")


def strict_sentences(text: str) -> list[list[str]]:
    """Return the words of each sentence or line of a text."""
    return [words for part in _SENTENCE_ENDS.split(text) if (words := strict_words(part))]


def google_sentences(text: str) -> list[list[str]]:
    """Return the tokens of each line of a text, as Google's rouge_score counts them."""
    lines = [line for line in text.split("\n") if line]
    tokens = {line: rouge_tokens(line) for line in set(lines)}
    return [tokens[line] for line in lines]


@rule(
    "rouge/lsum",
    1,
    source="InfiniteBench (arXiv:2402.13718) longbook_sum_eng and SCBench (arXiv:2412.10319) "
    "scbench_summary, compute_scores.py, with Google's rouge_score",
    extracts="the whole output, up to where it asks itself the next question",
    compares="F1 of the words in common subsequences of sentences, the best over the references",
)
def rouge_lsum_rule(output: str, reference: Any, params: Params) -> Grade:
    """A summary: ROUGE-Lsum with the reference, the best of several.

    Reference: a string or a list of them. No params.

    The paper score is rougeLsum of Google's rouge_score without its stemmer. Only lines are
    sentences, so that the same text on one line or on many has two scores; only a-z and 0-9 are
    words, so that other scripts score 0, accents part words, and "-3.5" is 3 and 5.

    The strict score parts at the ends of sentences as well as of lines, folds case and
    width, keeps numbers whole with their sign, and counts Chinese by character.
    """
    references = strings(reference, "rouge/lsum")
    said = google_sentences(output)
    paper = max(rouge_lsum(said, google_sentences(r)).f1 for r in references)
    return _summary_grade(
        output,
        references,
        paper,
        lambda text, wanted: rouge_lsum(strict_sentences(text), strict_sentences(wanted)).f1,
    )
