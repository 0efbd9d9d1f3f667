"""LongProc: tables out of web pages; its procedures stand in modules of their own."""

from __future__ import annotations

import math

from synthctx.rules import Grade

from . import Call, Case, GoldenCheck


def _html_to_tsv(case: Case) -> GoldenCheck:
    published = case["score"]

    def f1(grade: Grade) -> float | None:
        """Return the F1, or no number at all when one of its companions disagrees."""
        for name in ("precision", "recall", "extraction_rate"):
            if not math.isclose(grade.metrics[f"paper_{name}"], published[name], abs_tol=1e-9):
                return math.nan
        return grade.paper

    call = Call("table/rows", case["item"]["reference_output"], case["prediction"])
    return GoldenCheck((call,), published["f1"], figure=f1)


CASES = {("longproc", "html_to_tsv"): _html_to_tsv}
