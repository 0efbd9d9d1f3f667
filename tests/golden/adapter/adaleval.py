"""Ada-LEval: the order of parts, and the best of n answers."""

from __future__ import annotations

import json

from . import Case, GoldenCheck, one


def _tsort(case: Case) -> GoldenCheck:
    reference = case["reference"]
    return one(
        "sequence/permutation",
        case,
        json.loads(reference) if isinstance(reference, str) else reference,
    )


def _best_answer(case: Case) -> GoldenCheck:
    return one("choice/index", case, case["reference"], {"n": case["params"]["num_choice"]})


CASES = {("Ada-LEval", "tsort"): _tsort, ("Ada-LEval", "bestanswer"): _best_answer}
