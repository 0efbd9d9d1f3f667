"""InfiniteBench, and the tasks that SCBench took over unchanged."""

from __future__ import annotations

from . import Case, GoldenCheck, Key, Mapper, one

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
}


def mapper(rule: str) -> Mapper:
    def check(case: Case) -> GoldenCheck:
        return one(rule, case, case["reference"], scale=case["params"]["scale"])

    return check


CASES: dict[Key, Mapper] = {
    ("InfiniteBench", task): mapper(rule) for task, rule in RULES.items()
} | {
    ("SCBench", task): mapper(RULES[task])
    for task in ("passkey", "code_run", "longbook_choice_eng", "longbook_qa_chn")
}

_ROUGE = "ROUGE-Lsum of free summaries: no test of ours has such an answer"
_OTHER = "SCBench's own variant of the scorer; its tests are not built"

NOT_COVERABLE: dict[Key, str] = {
    ("InfiniteBench", "longbook_sum_eng"): _ROUGE,
    ("InfiniteBench", "unknown_task"): "an unknown task: an error of ours too, not a score",
    ("SCBench", "scbench_summary"): _ROUGE,
    ("SCBench", "scbench_repoqa"): "similarity of code by BLEU: no test of ours has such an answer",
    ("SCBench", "*"): _OTHER,
}
