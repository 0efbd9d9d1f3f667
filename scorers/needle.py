"""NeedleBench's rules: one needle, several needles, and reasoning over needles (v1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rapidfuzz.distance import Levenshtein

from synthctx.errors import ScoreError
from synthctx.forms import look_for
from synthctx.recall import Recall
from synthctx.rules import Grade, Params, rule, unreadable

_SOURCE = "NeedleBench (arXiv:2407.11963), opencompass"


def _graded(named: Recall, paper: float | None, metrics: Mapping[str, float]) -> Grade:
    if named.reading.too_long:
        return unreadable(named.explanation, *named.flags, paper=paper)
    extracted = named.reading.text.strip()[:500]
    return Grade(named.score, paper, metrics, extracted, named.explanation, named.flags)


def _text_field(reference: Any, name: str, rule_id: str) -> str:
    value = reference.get(name, "") if isinstance(reference, Mapping) else reference
    if not isinstance(value, str):
        raise ScoreError(
            f"rule {rule_id}: the reference must be a string or an object with the strings "
            f"keyword and needle, got {reference!r}"
        )
    return value


def _published(params: Params, rule_id: str) -> str:
    version = params.get("published", "v2")
    if version not in ("v1", "v2"):
        raise ScoreError(f"rule {rule_id}: published is {version!r}, allowed: v1, v2")
    return str(version)


def needle_similarity(output: str, needle: str, trim: bool) -> float:
    """Return v1's edit similarity of output and needle, 0..1, without any white space.

    With `trim` the output is cut at 1.2 times the needle's length, and after the first
    occurrence of the needle's last character past 0.8 times of it.
    """
    said, wanted = "".join(output.split()), "".join(needle.split())
    if trim and wanted:
        said = said[: int(1.2 * len(wanted))]
        end = said.find(wanted[-1], int(0.8 * len(wanted)))
        if end >= 0:
            said = said[: end + 1]
    longest = max(len(said), len(wanted))
    return 1 - Levenshtein.distance(said, wanted) / longest if longest else 1.0


@rule(
    "needle/keyword",
    2,
    source=_SOURCE + " needlebench(_v2)/origin.py",
    extracts="the declared answer, or the whole output when it is as short as answers are",
    compares="whether the needle's keyword is named as whole words",
)
def needle_keyword(output: str, reference: Any, params: Params) -> Grade:
    """Single retrieval: whether the keyword of the needle is named.

    Reference: {"keyword": ..., "needle": ...} or the keyword alone. Params: `published`:
    "v2" (default) or "v1"; `use_trim` (v1); `candidates`: keywords of other needles.

    The paper score is 1 when the keyword is a case-sensitive substring of the output ("112"
    holds "12", "not the lantern" holds it, an empty keyword is always held); otherwise v2
    gives 0 and v1 a fifth of the edit similarity with the needle, white space left out.

    The strict score wants the keyword as whole words in any case, not denied ("no lantern"), not
    offered with others. An output that declares nothing and is far longer than an answer is none.
    """
    keyword = _text_field(reference, "keyword", "needle/keyword")
    needle = _text_field(reference, "needle", "needle/keyword") or keyword
    paper = float(keyword in output)
    if not paper and _published(params, "needle/keyword") == "v1":
        paper = 0.2 * needle_similarity(output, needle, bool(params.get("use_trim", False)))
    if not keyword.strip():
        return unreadable("the keyword is empty", paper=paper)
    named = look_for(output, [keyword], candidates=list(params.get("candidates", [])))
    return _graded(named, paper, {})


@rule(
    "needle/keyed_recall",
    2,
    source=_SOURCE + " needlebench(_v2)/parallel.py",
    extracts="the output from its last declaration on, or all of it when it is short enough",
    compares="share of the keywords named as whole words, less the rivals named",
)
def needle_keyed_recall(output: str, reference: Any, params: Params) -> Grade:
    """Multi retrieval: the share of the keywords that are named.

    Reference: {"keywords": [...], "depths": [...]}, depths being the percentages where the
    needles were put. Params: `candidates`: keywords of other needles.

    The paper score adds 1 at a keyword's depth when it is a case-sensitive substring, and
    takes the mean over the distinct depths: keywords beyond the depths are dropped, depths
    beyond the keywords count 0 (20 depths with 13 needles end at 65 %), and of two needles
    at one depth both are added (the published figure then exceeds 100 %; ours stops at 1).

    The strict score is the share of the keywords named as whole words, less one for each
    other listed; words one after the other without a sentence round them are a list too.
    """
    if not isinstance(reference, Mapping):
        raise ScoreError(
            "rule needle/keyed_recall: the reference must be an object with the lists keywords "
            f"and depths, got {reference!r}"
        )
    keywords = [str(k) for k in reference.get("keywords", ())]
    depths = list(reference.get("depths", ()))
    at_depth: dict[Any, float] = dict.fromkeys(depths, 0.0)
    for keyword, depth in zip(keywords, depths, strict=False):
        at_depth[depth] += keyword in output
    sums = {f"depth_{depth}": found for depth, found in at_depth.items()}
    average = sum(at_depth.values()) / len(at_depth) if at_depth else None
    paper = None if average is None else min(1.0, average)
    if not keywords:
        return unreadable("there are no keywords", paper=paper)
    metrics = sums if average is None else {**sums, "published_average": average}
    named = look_for(output, keywords, candidates=list(params.get("candidates", [])))
    return _graded(named, paper, metrics)


@rule(
    "needle/words",
    2,
    source=_SOURCE + " needlebench/multi.py",
    extracts="the declared answer, or the whole output when it is as short as answers are",
    compares="whether the whole answer is named",
)
def needle_words(output: str, reference: Any, params: Params) -> Grade:
    """Multi-needle reasoning, v1: whether the answer is named.

    Reference: a string. Params: `candidates`: other possible answers.

    The paper score is the share of the answer's blank-separated words that are substrings
    of the lower-cased output ("peak quell" and "Speaker Quellington" are right for "Quell
    Peak"; a Chinese answer is one word).

    The strict score wants the answer as a whole, in its order, as whole words.
    """
    answer = _text_field(reference, "answer", "needle/words")
    words = answer.lower().split()
    lower = output.lower()
    paper = sum(word in lower for word in words) / len(words) if words else 0.0
    if not words:
        return unreadable("the reference is empty", paper=paper)
    named = look_for(output, [answer], candidates=list(params.get("candidates", [])))
    return _graded(named, paper, {})
