"""LongProc's programs in C++: judged by an interpreter of ours, where that is certain."""

from __future__ import annotations

from synthctx.rules import get_rule
from synthctx.scorers.code_pseudo import OUTSIDE

from . import Case, Figures, Uncovered


def _code(case: Case) -> Figures:
    item = case["item"]
    reference = {"program": item["reference_output"], "tests": item["testcases"]}
    params = {"language": "cpp"}
    grade = get_rule("code/pseudo").grade(case["prediction"], reference, params)
    if grade.paper is None:
        raise Uncovered(f"{OUTSIDE}, or its behaviour is left open by the language")
    ours = {
        "accuracy": grade.paper,
        "partial_accuracy": grade.paper,
        "extraction_rate": grade.metrics["paper_extraction_rate"],
    }
    return Figures(ours, case["score"])


CASES = {("longproc", "pseudo_to_code"): _code}
