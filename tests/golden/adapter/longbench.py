"""LongBench: every metric function, and eval.py's best over references of the first line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from . import Case, GoldenCheck, Key, Mapper, one

_FEW_SHOT = ("trec", "triviaqa", "samsum", "lsht")
_RULES: dict[str, tuple[str, dict[str, Any]]] = {
    "passage_count": ("number/count", {}),
    "passage_retrieval_en": ("retrieval/paragraph", {"language": "en"}),
    "passage_retrieval_zh": ("retrieval/paragraph", {"language": "zh"}),
    "trec": ("label/longbench", {}),
    "lsht": ("label/longbench", {}),
    "lcc": ("code/similarity", {}),
    "repobench-p": ("code/similarity", {}),
}
_RULES |= {
    task: ("qa/f1", {})
    for task in (
        "narrativeqa",
        "qasper",
        "multifieldqa_en",
        "hotpotqa",
        "2wikimqa",
        "musique",
        "triviaqa",
    )
}
# metrics.py imports rouge; what was recorded came from rouge_chinese in its place
_ROUGE = {"package": "rouge-chinese"}
_CHINESE = {"published": "longbench-zh"}
_RULES |= {task: ("rouge/l", _ROUGE) for task in ("gov_report", "qmsum", "multi_news", "samsum")}
_RULES |= {task: ("rouge/l", _ROUGE | _CHINESE) for task in ("dureader", "vcsum")}
_RULES |= {"multifieldqa_zh": ("qa/f1", dict(_CHINESE))}


def mapper(task: str) -> Mapper:
    rule, fixed = _RULES[task]

    def check(case: Case) -> GoldenCheck:
        given = case["params"]
        params = dict(fixed)
        if rule == "label/longbench":
            params["labels"] = given["all_classes"]
        if rule == "code/similarity" and "fuzz_backend" in given:
            params["backend"] = given["fuzz_backend"].removeprefix("python-").lower()
        if given.get("function") != "scorer":
            return one(rule, case, case["reference"], params)
        if task in _FEW_SHOT:
            params["first_line"] = True
        # eval.py rounds percents to two digits
        return replace(one(rule, case, case["reference"], params), tolerance=0.5001e-4)

    return check


CASES: dict[Key, Mapper] = {("LongBench", task): mapper(task) for task in _RULES}
