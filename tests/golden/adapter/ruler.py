"""RULER, and its port in lm-evaluation-harness."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from synthctx.grids import Lengths, at_one_length, over_lengths

from . import Call, Case, Figures, GoldenCheck, Key, Mapper, Uncovered

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


# ---------------------------------------------------------------- the published table

_HALF = 0.05  # half a unit of the last digit: all figures of the table have one decimal
_EPS = 1e-9
_MEANS = {"avg": "average", "wavg_inc": "longer", "wavg_dec": "shorter"}


def leaderboard(case: Case) -> Figures:
    """Compare a row of the published table with what its own scores give.

    Every figure must agree within half a unit of its last digit. The scores of the row
    are rounded too, each to within half a unit, and so is any weighted mean of them; a printed
    mean up to one whole unit away from ours may therefore have been taken of the unrounded
    scores, and further away than that no scores that round to those of the row give it.
    Both are slips of the table, not of ours, as long as our figure is what the definition
    gives (computed here once more, in fractions): then the rest of the row must agree, and the
    row is reported as uncovered, with the slips by name. One mean of a row may be a misprint;
    two are a disagreement, and fail.
    """
    lengths, row_scores = case["reference"]["lengths"], case["prediction"]
    if len(row_scores) < len(lengths) or None in row_scores:
        raise Uncovered(f"{case['params']['model']}: not run at all lengths, no means to compare")
    scores = dict(zip(lengths, row_scores, strict=True))
    ours = over_lengths(scores, case["reference"]["threshold"])
    row = _Row(case, ours, scores)
    row.compare_means()
    row.compare_lengths(case["reference"]["threshold"])
    figures = Figures(row.ours, row.printed, _HALF + _EPS)
    if row.slips and figures.agrees():
        raise Uncovered(f"{case['params']['model']}: " + "; ".join(row.slips))
    return figures


class _Row:
    """The figures of a row that can be compared, and the slips of the rest."""

    def __init__(self, case: Case, figures: Lengths, scores: Mapping[int, float]) -> None:
        self.figures, self.scores, self.score = figures, scores, case["score"]
        self.ours: dict[str, float | None] = {}
        self.printed: dict[str, float | None] = {}
        self.slips: list[str] = []

    def _compare(self, name: str, ours: float | None, printed: float | None) -> None:
        self.ours[name], self.printed[name] = ours, printed

    def compare_means(self) -> None:
        misprints = 0
        for name, mean in _defined_means(self.scores).items():
            printed, ours = self.score[name], getattr(self.figures, _MEANS[name])
            if printed is None:
                continue
            away = abs(printed - mean)
            misprint = away > 2 * _HALF + _EPS
            misprints += misprint
            if away <= _HALF + _EPS or abs(ours - mean) > _EPS or misprints > 1:
                self._compare(name, ours, printed)
            elif misprint:
                self.slips.append(f"{name} {printed} is out of reach of the row ({mean:.2f})")
            else:
                self.slips.append(f"{name} {printed} needs the unrounded scores ({mean:.2f})")

    def compare_lengths(self, threshold: float) -> None:
        passes = {n: score >= threshold for n, score in self.scores.items()}
        claimed = _tokens(self.score["effective"])
        effective = max((n for n, passed in passes.items() if passed), default=None)
        right = self.figures.passes == passes and self.figures.effective == effective
        for (n, passed), said in zip(passes.items(), self.score["passes"], strict=True):
            if said == passed or not right:
                self._compare(f"passes {n}", float(self.figures.passes[n]), float(said))
            else:
                self.slips.append(f"{self.scores[n]} at {n} is {'' if said else 'not '}marked")
        if not self.score["effective"]:
            return
        if claimed == effective or not right:
            self._compare("effective", self.figures.effective, claimed)
        else:
            at = "no length" if claimed is None else f"{self.scores.get(claimed)} at {claimed}"
            self.slips.append(f"claims {self.score['effective']}, with {at} for {threshold}")


def _defined_means(scores: Mapping[int, float]) -> dict[str, float]:
    """Return the three means as the README defines them, weights 1 to n by growing length."""
    values = [Fraction(str(scores[n])) for n in sorted(scores)]
    weights = range(1, len(values) + 1)
    rising = sum(w * v for w, v in zip(weights, values, strict=True))
    falling = sum(w * v for w, v in zip(reversed(weights), values, strict=True))
    means = (sum(values) / len(values), rising / sum(weights), falling / sum(weights))
    return dict(zip(_MEANS, map(float, means), strict=True))


def _tokens(label: str) -> int | None:
    """Return the length a label names, None for "<4K": shorter than all (or for no label)."""
    if not label or label.startswith("<"):
        return None
    return int(label.strip("> ").upper().removesuffix("K")) * 1024


def one_length(case: Case) -> Figures:
    """The published mean of no samples is -1."""
    mean = at_one_length(case["prediction"]).mean
    return Figures({"mean": -1.0 if mean is None else mean}, {"mean": case["score"]})


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
    ("RULER", "leaderboard_row"): leaderboard,
    ("lm-eval-ruler", "aggregate_metrics"): one_length,
}
