"""Groups of answers: NoCha's pairs, UGMathBench's versions, CFBench's constraints; HiBench."""

from __future__ import annotations

import math
from typing import Any

from synthctx.aggregates import over_pairs, over_versions, published_constraints
from synthctx.scorers.judge import published_fallback, published_verdicts

from . import Call, Case, Figures, GoldenCheck, Key, Mapper, Uncovered, one

_FOUR_DIGITS = 0.5e-4 + 1e-9
_VERSION_FIGURES = ("average", "effective", "any", "gap", "relative_gap")


def nocha(case: Case) -> Figures:
    """Pairs that a model was not asked about are not among the case's rows."""
    labels = {str(key): (true, false) for key, true, false in case["prediction"]}
    figures = over_pairs(labels)
    ours = {
        "pair_correct": float(figures.right),
        "pair_accuracy": figures.pair_accuracy,
        "claim_accuracy": figures.claim_accuracy,
    }
    return Figures(ours, case["score"])


def versions(case: Case) -> Figures:
    groups = {str(i): row for i, row in enumerate(case["prediction"])}
    figures = over_versions(groups, case["params"]["versions"], published=True)
    names = dict(zip(("aacc", "eacc", "cacc", "Delta", "RE"), _VERSION_FIGURES, strict=True))
    return Figures(
        {name: getattr(figures, ours) for name, ours in names.items()},
        {name: _finite(case["score"][name]) for name in names},
        _FOUR_DIGITS,
    )


def _finite(value: Any) -> float | None:
    number = math.nan if value is None else float(value)
    return number if math.isfinite(number) else None


def constraints(case: Case) -> Figures:
    params, score = case["params"], case["score"]
    primary = [mark == "P" for mark in params["priority(P=primary,S=secondary)"]]
    verdicts = [float(v) for v in case["prediction"]]
    figures = published_constraints(verdicts, primary, params["judge_parsing"])
    names = ("CSR", "ISR", "PSR")
    crashed = not isinstance(score, dict) or "raises" in score
    return Figures(
        dict(zip(names, figures[:3] if figures else [None] * 3, strict=True)),
        {name: None if crashed else score[name] for name in names},
    )


def _as_figures(verdicts: Any) -> dict[str, float | None]:
    """Put what a parser read into figures: how many verdicts, and each of them."""
    if not isinstance(verdicts, list):
        return {"read": None}
    read: dict[str, float | None] = {"read": float(len(verdicts))}
    return read | {str(i): float(v) for i, v in enumerate(verdicts)}


def judge_parser(case: Case) -> Figures:
    ours = published_verdicts(case["prediction"], case["reference"])
    return Figures(_as_figures(ours), _as_figures(case["score"]))


def fallback_parser(case: Case) -> Figures:
    return Figures(_as_figures(published_fallback(case["prediction"])), _as_figures(case["score"]))


def answers(case: Case) -> GoldenCheck:
    params = case["params"]
    call = Call(
        "judge/answers",
        case["reference"],
        case["prediction"],
        {
            "types": params["answer_type"],
            "options": params["options"],
            "precision": params["precision"],
            "strict_extract": params["strict_extract"],
        },
    )
    if isinstance(case["score"], bool) and call.grade().paper is None:
        raise Uncovered("the published judge needs computer algebra here")
    return one("judge/answers", case, call.reference, call.params)


_HIBENCH = {
    "list_match": "list",
    "bool_match": "bool",
    "string_match": "string",
    "number_match": "number",
    "hit_rate": "hits",
    "hierarchical_structure_match": "tree",
}


def hibench(kind: str) -> Mapper:
    def check(case: Case) -> GoldenCheck:
        sep = case["params"].get("sep", ",")
        return one("hibench/answer", case, case["reference"], {"kind": kind, "sep": sep})

    return check


CASES: dict[Key, Mapper] = {
    ("nocha", "*"): nocha,
    ("ugmathbench", "AAcc/EAcc/Delta/RE"): versions,
    ("ugmathbench", "judge"): answers,
    ("cfbench", "CSR/ISR/PSR"): constraints,
    ("cfbench", "judge parser"): judge_parser,
    ("cfbench", "fallback judge parser"): fallback_parser,
    **{("hibench", name): hibench(kind) for name, kind in _HIBENCH.items()},
}
