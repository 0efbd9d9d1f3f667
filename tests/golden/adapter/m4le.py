"""M4LE: every task key has its metric, cuts and preparation among the case's params."""

from __future__ import annotations

from typing import Any

from synthctx.bleu import corpus_bleu
from synthctx.scorers.m4le import cut

from . import Case, Figures, GoldenCheck, Key, Mapper, Uncovered, one

_RULES = {
    "acc": "m4le/accuracy",
    "exact_match": "m4le/exact",
    "cls_f1": "m4le/ids",
    "rouge": "m4le/rouge",
    "bleu": "m4le/bleu",
    "qa_f1": "m4le/qa_f1",
}
_ENGLISH = {"separator": ",", "stop": "."}
_CHINESE = {"separator": "，", "stop": "。"}
_PREPARED: dict[str | None, dict[str, Any]] = {
    None: {},
    "marc_preprocess": {**_ENGLISH, "cut_reference": True},
    "mnds_news_explicit_preprocess": _ENGLISH,
    "online_shopping_preprocess": _CHINESE,
    "thucnews_explicit_preprocess": _CHINESE,
    "news2016_preprocess": {"quoted": True},
    "mnds_news_semantic_preprocess": {"stop": "."},
    "thucnews_semantic_preprocess": {"stop": "。"},
}


def check(case: Case) -> GoldenCheck | Figures:
    given = case["params"]
    metric = given.get("metric", case["task"])
    if metric not in _RULES or given.get("preprocess") not in _PREPARED:
        raise Uncovered(f"metric {metric} with {given.get('preprocess')}: no task has it")
    if isinstance(case["prediction"], list):
        return corpus(case)
    params = {"lang": given["lang"], **_PREPARED[given.get("preprocess")]}
    if given.get("end_tokens"):
        params["end_tokens"] = given["end_tokens"]
    return one(_RULES[metric], case, case["reference"], params)


def corpus(case: Case) -> Figures:
    """A bucket of translations: one figure over all of them."""
    if case["params"].get("metric") != "bleu":
        raise Uncovered("a bucket of another metric than BLEU is a plain mean")
    ends = case["params"].get("end_tokens", [])
    goals = [[g] if isinstance(g, str) else g for g in case["reference"]]
    said = [cut(text, ends) for text in case["prediction"]]
    score = case["score"]
    published = score if isinstance(score, int | float) else None
    return Figures({"bleu": corpus_bleu(said, goals, case["params"]["lang"])}, {"bleu": published})


CASES: dict[Key, Mapper] = {("M4LE", "*"): check}
