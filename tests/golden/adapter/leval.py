"""L-Eval: closed questions by task, and the plain comparisons."""

from __future__ import annotations

from . import Case, Figures, GoldenCheck, Key, Mapper, one


def rule(id: str, **params: bool) -> Mapper:
    def check(case: Case) -> GoldenCheck:
        return one(id, case, case["reference"], params)

    return check


def rouge(case: Case) -> Figures:
    """The three parts as well, where the case has them."""
    grade = one("leval/rouge", case, case["reference"]).calls[0].grade()
    parts = case["params"].get("rouge", {})
    return Figures(
        {"mean": grade.paper, **{name: grade.metrics[name] for name in parts}},
        {"mean": case["score"], **parts},
    )


CASES: dict[Key, Mapper] = {
    ("L-Eval", "topic_retrieval_longchat"): rule("leval/exact"),
    ("L-Eval", "exact_match_raw"): rule("leval/exact"),
    ("L-Eval", "coursera"): rule("leval/choice", several=True),
    ("L-Eval", "tpo"): rule("leval/choice"),
    ("L-Eval", "quality"): rule("leval/choice"),
    ("L-Eval", "gsm100"): rule("leval/number"),
    ("L-Eval", "codeU"): rule("leval/code_output"),
    ("L-Eval", "sci_fi"): rule("leval/facts"),
    ("L-Eval", "f1"): rule("leval/f1"),
    ("L-Eval", "rouge"): rouge,
}
