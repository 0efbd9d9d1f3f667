"""M4LE's rules: substrings, equality, sets of ids, ROUGE recall, BLEU and the F1 of words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from synthctx.bleu import LANGUAGES, corpus_bleu, smoothed_bleu
from synthctx.errors import ScoreError
from synthctx.forms import any_form, one_of, strings, switched_on
from synthctx.options import read_options, says_none
from synthctx.overlap import (
    chinese_words,
    normalise_answer,
    overlap,
    rouge_l,
    strict_words,
    token_f1,
)
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.spelt import count_stated
from synthctx.text import (
    Number,
    fold,
    is_denied,
    numbers,
    read_answer,
    strip_wrapping,
)

_SOURCE = "M4LE (arXiv:2310.19240), evaluation.py"


class Task(NamedTuple):
    """How one of M4LE's tasks is scored: a rule of this module and its params."""

    rule: str
    params: dict[str, Any]


def _task(rule_name: str, lang: str, *ends: str, **more: Any) -> Task:
    params: dict[str, Any] = {"lang": lang, **more}
    return Task(f"m4le/{rule_name}", params | ({"end_tokens": list(ends)} if ends else {}))


_ENGLISH_IDS = {"separator": ",", "stop": "."}
_CHINESE_IDS = {"separator": "，", "stop": "。"}
_TRANSLATED = ("open-subtitles", "news-commentary", "tedtalks")
TASKS: dict[str, Task] = {
    **{name: _task("accuracy", "en", "\n", ".") for name in ("triviaqa", "newsqa", "duorc")},
    **{name: _task("accuracy", "en", "\n", ".") for name in ("nq-open", "hotpotqa")},
    **{name: _task("accuracy", "zh", "\n", "。") for name in ("c3", "dureader")},
    "drcd_semantic-single_qa": _task("accuracy", "zh", "\n", "。"),
    "drcd_explicit-single_ret": _task("accuracy", "en", "，", "\n"),
    "wow": _task("accuracy", "en", ",", "\n"),
    "bigpatent_global_cls": _task("accuracy", "en", ":"),
    "wikitext-103": _task("exact", "en", "."),
    "wiki2019zh": _task("exact", "zh", "。"),
    "mnds-news_explicit-single_cls+ret": _task("exact", "en"),
    "thucnews_explicit-single_cls+ret": _task("exact", "zh"),
    "mnds-news_semantic-multiple_cls+cnt": _task("exact", "en", ".", stop="."),
    "thucnews_semantic-multiple_cls+cnt": _task("exact", "zh", "。", stop="。"),
    "marc": _task("ids", "en", **_ENGLISH_IDS, cut_reference=True),
    "mnds-news_explicit-multiple_cls+ret": _task("ids", "en", **_ENGLISH_IDS),
    "online-shopping": _task("ids", "zh", **_CHINESE_IDS),
    "thucnews_explicit-multiple_cls+ret": _task("ids", "zh", **_CHINESE_IDS),
    **{name: _task("rouge", "en", "\n") for name in ("arxiv", "pubmed", "booksum", "cnnnews")},
    **{name: _task("rouge", "en", "\n") for name in ("wikihow", "bigpatent_global_sum")},
    **{name: _task("rouge", "zh", "\n", "新闻") for name in ("cnewsum", "clts+")},
    **{name: _task("rouge", "zh", "\n") for name in ("cepsum", "lcsts", "ncls")},
    "news2016": _task("rouge", "zh", "\n", quoted=True),
    **{f"{name}-zh2en": _task("bleu", "en") for name in _TRANSLATED},
    **{f"{name}-en2zh": _task("bleu", "zh") for name in _TRANSLATED},
}


# ---------------------------------------------------------------- the published cuts


def cut(output: str, end_tokens: Sequence[str]) -> str:
    """Return an output as the published script cuts it: at each end token, in order, stripped."""
    for token in end_tokens:
        output = output.split(token, 1)[0].strip()
    return output.strip()


def within_quotes(output: str) -> str:
    """Return what stands between the first double quotes, as the published script takes it."""
    if '"' not in output:
        return output
    return output.split('"', 2)[1].strip()


def _ends(params: Params, rule_id: str) -> list[str]:
    given = params.get("end_tokens", [])
    ends = strings(given, rule_id, "param end_tokens") if given else []
    if not all(ends):
        raise ScoreError(f"rule {rule_id}: an end token must not be empty, got {given!r}")
    return ends


def _lang(params: Params, rule_id: str) -> str:
    return one_of(params, "lang", LANGUAGES, rule_id)


def _mark(params: Params, name: str, default: str, rule_id: str) -> str:
    value = params.get(name, default)
    if not isinstance(value, str) or (default and not value):
        raise ScoreError(f"rule {rule_id}: {name} must be a string and not empty, got {value!r}")
    return value


# ---------------------------------------------------------------- one answer

_HEX_ID = re.compile(r"(?<![A-Za-z0-9_])[0-9A-Fa-f]{6}(?![A-Za-z0-9_])")
_CALLED = re.compile(
    r"(?:\b(?:article|passage|review|message|page|text|id|number)|文章|评论|片段|消息|散页)"
    r"[\s#:：*`\"'(]{0,4}$",
    re.IGNORECASE,
)
_OPTION = re.compile(r"\s{0,9}\(?([A-H])\s{0,3}[.)、:：．]\s{0,9}(\S[\s\S]*)")


@rule(
    "m4le/accuracy",
    2,
    source=_SOURCE + ", acc",
    extracts="the declared answer, or the whole output when it is as short as answers are",
    compares="one of the answers is named as whole words, and no other",
)
def accuracy(output: str, reference: Any, params: Params) -> Grade:
    """Whether one of the forms of an answer is given.

    Reference: a string or a list of them; "B. text" is an option with its letter. Params:
    `end_tokens`, where the published script cuts the output, in order; `candidates`, other
    answers.

    The paper score is 1 when a form is a substring, without case, of the cut output: "yes" is
    in "yesterday" and "not yes", 2 in "12"; an answer behind the first full stop or newline is
    lost, and the letter or the text of an option alone is wrong.

    The strict score wants the whole words or number, not denied, not one of a list; of an
    option its letter or its text.
    """
    forms = strings(reference, "m4le/accuracy")
    said = cut(output, _ends(params, "m4le/accuracy")).lower()
    paper = float(any(form.lower() in said for form in forms))
    options = [match for form in forms if (match := _OPTION.fullmatch(form))]
    if len(options) == len(forms):
        read = read_options(output, "ABCDEFGH")
        if read.letters or read.flags:
            right = read.letters in {match[1] for match in options}
            return Grade(float(right), paper, {}, read.letters, read.why, read.flags)
        forms = [match[2].strip() for match in options]
    wanted = [form for form in forms if form.strip()]
    if not wanted:
        return Grade(float(says_none(output)), paper, {}, None, "there is nothing to name")
    return any_form(output, wanted, params, "m4le/accuracy", paper)


@rule(
    "m4le/exact",
    3,
    source=_SOURCE + ", exact_match",
    extracts="the declared answer, or the whole output when it is as short as answers are",
    compares="the id, label or number named, numbers by value",
)
def exact(output: str, reference: Any, params: Params) -> Grade:
    """Whether the answer is the id, the label or the number asked for.

    Reference: a string or a list of its forms; a full stop at its end is left out. Params:
    `end_tokens`, where the published script cuts the output; `stop`, where it cuts the
    first form (the others are dropped then); `candidates`, the other labels.

    The paper score is equality with the cut output, in lower case: "Answer: 37B155", "3 items",
    "three" or a full stop where none is cut are wrong, "3. No, 4" is right.

    The strict score takes the label out of a sentence, numbers by value and up to twenty in
    words; another number, id or label beside it makes it wrong.
    """
    forms = strings(reference, "m4le/exact")
    said = cut(output, _ends(params, "m4le/exact")).lower()
    stop = _mark(params, "stop", "", "m4le/exact")
    golds = [forms[0].split(stop, 1)[0]] if stop else forms
    paper = float(any(gold.lower().strip() == said for gold in golds))
    wanted = [fold(form).strip().rstrip(".。") for form in forms]
    values = [number.value for form in wanted if (number := _only_number(form))]
    if all(map(_HEX_ID.fullmatch, wanted)):
        return _one_id(output, wanted, paper)
    if len(values) < len(wanted):
        return any_form(output, [w for w in wanted if w] or forms, params, "m4le/exact", paper)
    stated = count_stated(output)
    if stated.number is None:
        flags = ("ambiguous",) if stated.ambiguous else ()
        return unreadable("no one number is stated", *flags, paper=paper)
    right = stated.number.value in values
    why = f"says {stated.number.text[:80]}, asked for {wanted[0]}"
    return Grade(float(right), paper, {}, stated.number.text[:500], why)


def _one_id(output: str, wanted: Sequence[str], paper: float) -> Grade:
    reading = read_answer(fold(output))
    if reading.too_long:
        return unreadable("no id is declared in a long output", "shotgun", paper=paper)
    said = _listed(reading.text, hexadecimal=True) or _listed(output[:1000], hexadecimal=True)
    right = len(said) == 1 and said <= {form.upper() for form in wanted}
    flags = ("ambiguous",) if len(said) > 1 else ()
    shown = ", ".join(sorted(said)[:60])
    why = f"names {shown[:80] or 'no id'}, asked for {wanted[0]}"
    return Grade(float(right), paper, {}, shown or reading.text.strip()[:500], why, flags)


def _only_number(text: str) -> Number | None:
    found = numbers(text)
    return found[0] if len(found) == 1 and found[0].text == text else None


# ---------------------------------------------------------------- a set of ids

_NO_ID = frozenset(("NONE", "无"))
_BREAK = re.compile(r"[,;，；、\n]|\s(?:and|or)\s|和")


@rule(
    "m4le/ids",
    3,
    source=_SOURCE + ", cls_f1",
    extracts="all ids in the declared answer, or in the whole output when that is short",
    compares="F1 of the sets",
)
def ids(output: str, reference: Any, params: Params) -> Grade:
    """F1 of the set of ids that an answer lists.

    Reference: the ids in one string ("7BD363,F6F80F."), or a list of that; "." is none at all,
    and so is "NONE." or "无。", where the output is asked to say so.
    Params: `separator` ("," or "，") and `stop` ("." or "。") of the published script, and
    `cut_reference`, whether it cuts the reference at its stop as well.

    The paper score is the F1 of what stands between separators up to the first stop, case and
    all. Where only the output loses its full stop, a perfect list of two scores 0.5 and of one
    0; "and", blanks, another comma or a lead ("The ids are ...") spoil items; where there
    is nothing to list, the empty output scores 1 and "None" 0.

    The strict score reads six hexadecimal digits wherever they stand, in any case, not denied
    (other ids: the items of a list); unknown ones cost precision, repeats nothing. Where
    there is nothing to list, the output must say so.
    """
    given = strings(reference, "m4le/ids")
    separator = _mark(params, "separator", ",", "m4le/ids")
    stop = _mark(params, "stop", ".", "m4le/ids")
    gold = (
        given[0].split(stop, 1)[0] if switched_on(params, "cut_reference", "m4le/ids") else given[0]
    )
    asked = {item.strip() for item in gold.split(separator)}
    named = {item.strip() for item in output.split(stop, 1)[0].strip().split(separator)}
    paper = overlap(len(asked & named), len(named), len(asked)).f1
    wanted = _listed(" , ".join(given), hexadecimal=None) - _NO_ID
    hexadecimal = all(_HEX_ID.fullmatch(item) for item in wanted)
    limit = max(1000, 40 * len(wanted))
    reading = read_answer(fold(output), limit, to_end=True)
    if reading.too_long:
        return unreadable("no list is declared in a long output", "shotgun", paper=paper)
    said = _listed(reading.text, hexadecimal=hexadecimal)
    if not wanted:
        right = not said and says_none(output)
        return Grade(float(right), paper, {}, reading.text.strip()[:500], "there is none to list")
    if not said:
        return unreadable("no id is listed", paper=paper)
    return _id_grade(said, wanted, paper)


def _id_grade(said: set[str], wanted: set[str], paper: float) -> Grade:
    right = len(said & wanted)
    share = overlap(right, len(said), len(wanted))
    metrics = {"precision": share.precision, "recall": share.recall}
    flags = ("shotgun",) if len(said) > 3 * len(wanted) + 3 else ()
    why = f"{right} of {len(wanted)} ids, {len(said) - right} others"
    return Grade(share.f1, paper, metrics, ", ".join(sorted(said)[:60])[:500], why, flags)


def _called_from(text: str, start: int) -> int:
    """Return where an id begins with what it is called, as in "not article 12AB34"."""
    called = _CALLED.search(text[max(0, start - 20) : start])
    return start - len(called[0]) if called else start


def _listed(text: str, *, hexadecimal: bool | None) -> set[str]:
    """Return the ids in a text, in upper case; None for "whatever they look like"."""
    text = fold(text)
    found: set[str] = set()
    if hexadecimal is not False:
        for match in _HEX_ID.finditer(text):
            # "facade" is a word; an id has a digit, or is in capitals
            looks = match[0].isupper() or any(map(str.isdigit, match[0]))
            if looks and not is_denied(text, _called_from(text, match.start())):
                found.add(match[0].upper())
    if hexadecimal or (hexadecimal is None and found):
        return found
    items = (strip_wrapping(item.rsplit(":", 1)[-1]) for item in _BREAK.split(text))
    return {" ".join(item.upper().split()) for item in items if item}


# ---------------------------------------------------------------- free text


def _best_overlap(said: str, references: Sequence[str]) -> float:
    words = strict_words(said)
    return max(rouge_l(words, strict_words(reference)).f1 for reference in references)


def _text_grade(output: str, score: float, paper: float | None, what: str) -> Grade:
    if not strict_words(output[:10_000]) and not score:
        return unreadable("there are no words in the output", paper=paper)
    return Grade(score, paper, {}, output.strip()[:500], f"{what} {score:.3f}")


# As rouge_chinese parts a text into lines.
_SENTENCE_ENDS = (
    (re.compile("([。！？?])([^”’])"), r"\1\n\2"),
    (re.compile(r"(\.{6})([^”’])"), r"\1\n\2"),
    (re.compile("(…{2})([^”’])"), r"\1\n\2"),
    (re.compile("([。！？?][”’])([^，。！？?])"), r"\1\n\2"),
)


def rouge_lines_words(text: str) -> list[str]:
    """Return the words that the package rouge_chinese 1.0.3 counts in a text parted by blanks.

    A line of nothing but blanks is one empty word.
    """
    for ends, parted in _SENTENCE_ENDS:
        text = ends.sub(parted, text)
    lines = [line for line in text.rstrip().split("\n") if line]
    return [word for line in lines for word in " ".join(line.split()).split(" ")]


def published_recall(said: str, references: Sequence[str], lang: str) -> float:
    """Return the published ROUGE-L recall: the best over the references, 0 where any raises."""
    wanted = [reference for reference in references if reference]
    parted = [" ".join(chinese_words(t)) if lang == "zh" else t for t in [said, *wanted]]
    words, *goals = map(rouge_lines_words, parted)
    if not words or not all(goals):
        return 0.0
    return max((rouge_l(words, goal).recall for goal in goals), default=0.0)


@rule(
    "m4le/rouge",
    1,
    source=_SOURCE + ", rouge, on the package rouge_chinese 1.0.3",
    extracts="the whole output",
    compares="ROUGE-L F1 of the words, the best over the references",
)
def rouge(output: str, reference: Any, params: Params) -> Grade:
    r"""How much of a summary is that of a reference.

    Reference: a string or a list of them. Params: `lang` ("en" or "zh"); `end_tokens`, where
    the published script cuts the output; `quoted`: it takes what stands in double quotes.

    The paper score is the recall of ROUGE-L alone, over words in a row: any amount of text beside
    the summary costs nothing. It cuts before it strips, so that a newline at the start leaves
    nothing ("\n" is an end token), and all lines but the first are lost; case counts,
    and punctuation is part of a word.

    The strict score is the F1 of ROUGE-L over all words in order, width and case folded,
    Chinese by character.
    """
    references = strings(reference, "m4le/rouge")
    lang = _lang(params, "m4le/rouge")
    said = within_quotes(output) if switched_on(params, "quoted", "m4le/rouge") else output
    paper = published_recall(cut(said, _ends(params, "m4le/rouge")), references, lang)
    return _text_grade(output, _best_overlap(output, references), paper, "ROUGE-L")


@rule(
    "m4le/bleu",
    1,
    source=_SOURCE + " and utils/bleu.py",
    extracts="the whole output",
    compares="BLEU of the words with smoothing, the best over the references",
)
def bleu(output: str, reference: Any, params: Params) -> Grade:
    """How near a translation is to a reference translation.

    Reference: a string or a list of them. Params: `lang`, the language of the translation ("en"
    or "zh"); `end_tokens` as in m4le/rouge.

    The paper score is the published BLEU of this answer alone (over a bucket of answers it is
    a corpus figure: `synthctx.bleu.corpus_bleu`). Not smoothed: 0 without a run of four right
    words; case counts; Chinese is counted by character, and so is much punctuation, but not
    the characters beyond U+FFFF. It does not exist for an empty output, where the
    published code divides by zero.

    The strict score folds width and case and is smoothed, over each reference on its own.
    """
    references = strings(reference, "m4le/bleu")
    lang = _lang(params, "m4le/bleu")
    said = cut(output, _ends(params, "m4le/bleu"))
    paper = corpus_bleu([said], [references], lang)
    words = strict_words(output)
    score = max(smoothed_bleu(words, strict_words(goal)) for goal in references)
    return _text_grade(output, score, paper, "BLEU")


@rule(
    "m4le/qa_f1",
    1,
    source=_SOURCE + ", compute_f1",
    extracts="the declared answer, or the whole output when it is as short as answers are",
    compares="F1 of the words as bags, the best over the references",
)
def qa_f1(output: str, reference: Any, params: Params) -> Grade:
    """F1 of the words of a short answer.

    Reference: a string or a list of them; "" means that there is no answer. Params: `lang`;
    `end_tokens` as in m4le/accuracy.

    The paper score is SQuAD's, with words as jieba parts them in Chinese (blanks and Chinese
    punctuation are words then): "3.5" is 35, an answer of articles only is empty, and empty
    against empty is 1. The published code has it and no task uses it.

    The strict score keeps numbers whole and parts Chinese by character; where there is no
    answer, the output must say so.
    """
    references = strings(reference, "m4le/qa_f1")
    lang = _lang(params, "m4le/qa_f1")
    said = cut(output, _ends(params, "m4le/qa_f1")) if params.get("end_tokens") else output
    paper = max(_published_f1(said, goal, lang) for goal in references)
    reading = read_answer(fold(output))
    if reading.too_long:
        return unreadable("no answer is declared in a long output", "shotgun", paper=paper)
    words = strict_words(reading.text)
    score = max(token_f1(words, strict_words(goal)) for goal in references)
    if not any(map(strict_words, references)):
        score = float(says_none(output))
    grade = _text_grade(output, score, paper, "F1")
    return replace(grade, extracted=grade.extracted and reading.text.strip()[:500])


def _published_f1(said: str, wanted: str, lang: str) -> float:
    part = chinese_words if lang == "zh" else str.split
    ours, theirs = part(normalise_answer(said)), part(normalise_answer(wanted))
    return token_f1(ours, theirs) if ours and theirs else float(ours == theirs)
