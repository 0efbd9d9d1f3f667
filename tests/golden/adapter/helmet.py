"""HELMET: recall, answers with their post-processing, in-context labels, rankings."""

from __future__ import annotations

from typing import Any

from . import Call, Case, Figures, GoldenCheck, Key, Mapper

_PROCESSING: dict[str, dict[str, Any]] = {
    "json_kv": {"prefix": "corresponding value:"},
    "calculate_metrics": {"reading": "whole"},
}
_LABELLED = {"prefix": "label:", "reading": "parsed"}


def _recall(case: Case) -> GoldenCheck:
    call = Call("recall/substrings", case["reference"], case["prediction"])
    return GoldenCheck((call,), case["score"]["value"])


def _ranking(case: Case) -> Figures:
    score = case["score"]
    expected = {f"k {k}": score["all"][f"NDCG@{k}"] for k in (1, 5, 10)} | {"": score["value"]}
    calls = {
        name: Call("rank/ndcg", case["reference"], case["prediction"], {"k": int(name[2:] or 10)})
        for name in expected
    }
    return Figures({name: call.grade().paper for name, call in calls.items()}, expected)


def answer(processing: dict[str, Any]) -> Mapper:
    """Return the mapper of a task: all of HELMET's figures, and the one that the task reports."""

    def check(case: Case) -> Figures:
        score = case["score"]
        expected: dict[str, float | None] = dict(score.get("all", score))
        ours: dict[str, float | None] = {}
        for metric in expected:
            params = {**processing, "metric": metric}
            call = Call("helmet/answer", case["reference"], case["prediction"], params)
            ours[metric] = call.grade().paper
        if "metric" in score:
            ours["reported"], expected["reported"] = ours[score["metric"]], score["value"]
        return Figures(ours, expected)

    return check


_RECALLED = ("niah_mk_2", "niah_mk_3", "niah_mv", "niah_mq", "niah_s_1", "niah_s_2", "niah_s_3")
_TASKS: dict[str, Mapper] = {
    **{f"ruler_{task}": _recall for task in (*_RECALLED, "vt", "cwe", "fwe")},
    **{task: answer(_PROCESSING.get(task, {})) for task in ("json_kv", "calculate_metrics")},
    **{task: answer({}) for task in ("ruler_qa_1", "ruler_qa_2", "nq", "triviaqa", "hotpotqa")},
    "msmarco_rerank": _ranking,
}
_TASKS |= {
    f"icl_{task}": answer(_LABELLED)
    for task in ("trec_coarse", "trec_fine", "banking77", "clinic150", "nlu")
}
CASES: dict[Key, Mapper] = {("HELMET", task): mapper for task, mapper in _TASKS.items()}
