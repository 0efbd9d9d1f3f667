"""RULER, and its port in lm-evaluation-harness."""

from __future__ import annotations

from . import Call, Case, GoldenCheck, Key, Mapper

_ROUNDED = 0.5e-4  # percentages with two digits


def match(rule: str, published: str = "ruler") -> Mapper:
    params = {"published": published} if rule == "match/any" else {}

    def check(case: Case) -> GoldenCheck:
        references, outputs = case["reference"], case["prediction"]
        if not case["params"].get("aggregate"):
            references, outputs = [references], [outputs]
        calls = tuple(
            Call(rule, reference, output, params)
            for reference, output in zip(references, outputs, strict=True)
        )
        score = case["score"]
        expected = None if isinstance(score, dict) else score / case["params"]["scale"]
        return GoldenCheck(calls, expected, _ROUNDED + 1e-9)

    return check


CASES: dict[Key, Mapper] = {
    ("RULER", "niah"): match("match/all"),
    ("RULER", "variable_tracking"): match("match/all"),
    ("RULER", "common_words_extraction"): match("match/all"),
    ("RULER", "freq_words_extraction"): match("match/all"),
    ("RULER", "qa"): match("match/any"),
    ("lm-eval-ruler", "niah_multivalue"): match("match/all"),
    ("lm-eval-ruler", "niah_single_1"): match("match/all"),
    ("lm-eval-ruler", "ruler_qa_squad"): match("match/any", "lm-eval"),
    ("lm-eval-ruler", "ruler_qa_hotpot"): match("match/any", "lm-eval"),
}

NOT_COVERABLE: dict[Key, str] = {
    ("RULER", "leaderboard_row"): "an aggregate over lengths; see the view effective_length",
    ("lm-eval-ruler", "aggregate_metrics"): "an aggregate over samples, not a score",
}
