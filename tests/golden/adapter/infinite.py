"""InfiniteBench and SCBench, which took over some of its scorers and changed others."""

from __future__ import annotations

from . import Call, Case, Figures, GoldenCheck, Key, Mapper, one

RULES = {
    "passkey": "infinite/digits",
    "number_string": "infinite/digits",
    "kv_retrieval": "infinite/kv",
    "kv_retrieval_prefix": "infinite/kv",
    "code_run": "infinite/code_run",
    "code_debug": "infinite/code_debug",
    "math_find": "infinite/math_find",
    "math_calc": "infinite/math_calc",
    "longbook_choice_eng": "infinite/choice",
    "longdialogue_qa_eng": "infinite/dialogue",
    "longbook_qa_eng": "infinite/qa_eng",
    "longbook_qa_chn": "infinite/qa_chn",
    "longbook_sum_eng": "rouge/lsum",
}


def mapper(rule: str) -> Mapper:
    def check(case: Case) -> GoldenCheck:
        return one(rule, case, case["reference"], scale=case["params"]["scale"])

    return check


# the tasks of SCBench whose scorer is InfiniteBench's to the letter
_UNCHANGED = (
    "passkey",
    "number_string",
    "code_run",
    "code_debug",
    "longbook_choice_eng",
    "longbook_qa_eng",
    "longbook_qa_chn",
)
_KV = ("kv_retrieval", "kv_retrieval_prefix", "kv_retrieval_both", "scbench_kv_compressible")
SCBENCH = {
    **{task: RULES[task] for task in _UNCHANGED},
    **dict.fromkeys(_KV, "scbench/kv"),
    "math_find": "scbench/number",
    "math_calc": "scbench/values",
    "longdialogue_qa_eng": "scbench/any",
    "scbench_many_shot": "scbench/any",
    "scbench_summary": "rouge/lsum",
    "longbook_sum_eng": "rouge/lsum",
}


def _tracking(case: Case) -> GoldenCheck:
    params = {"published": "scbench"}
    return one("recall/substrings", case, case["reference"], params, case["params"]["scale"])


def _repoqa(case: Case) -> Figures:
    """The published figures, one threshold after the other, and how near the best is."""
    given, score = case["params"], case["score"]
    name = f"pass@1@{given['threshold']}"
    params = {key: given[key] for key in ("truth", "threshold", "language") if key in given}
    grade = Call("scbench/repoqa", case["reference"], case["prediction"], params).grade()
    ours = {name: grade.paper, "similarity": grade.metrics.get("paper_similarity")}
    return Figures(ours, {key: score[key] for key in ours})


CASES: dict[Key, Mapper] = {
    **{("InfiniteBench", task): mapper(rule) for task, rule in RULES.items()},
    **{("SCBench", task): mapper(rule) for task, rule in SCBENCH.items()},
    ("SCBench", "scbench_vt"): _tracking,
    ("SCBench", "scbench_repoqa"): _repoqa,
}

NOT_COVERABLE: dict[Key, str] = {
    ("InfiniteBench", "unknown_task"): "an unknown task: an error of ours too, not a score",
}
