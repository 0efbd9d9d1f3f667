"""Figures over groups of answers: versions of a problem, pairs of claims, batches, checklists.

A rule grades one answer; what a benchmark reports over several that belong together is computed
here, from plain scores. Denominators are fixed: a member that is missing (None, or not in
its group at all) counts as wrong, and its group is named in the result. Where published code
does otherwise, `published=True` gives its figure; None stands for one that it cannot compute.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from synthctx.errors import ScoreError

Score = float | None


class Batch(NamedTuple):
    """A mean, over how many, and how many of them were missing (and counted as 0)."""

    mean: float | None
    size: int
    missing: int


def batch_mean(scores: Sequence[Score], expected: int | None = None) -> Batch:
    """Return the mean score of a batch: sum of the scores over the number asked for.

    Used for LongGenBench (arXiv:2410.04199; K questions in one reply), LongWriter
    (arXiv:2408.07055; S_l over prompts) and any other plain mean.

    Args:
        scores: one per answer, None for one that is missing.
        expected: how many there should be; the number of scores when None.

    Raises:
        ScoreError: there are more scores than expected.
    """
    size = len(scores) if expected is None else expected
    if len(scores) > size:
        raise ScoreError(f"a batch of {size} cannot have {len(scores)} scores")
    known = [score for score in scores if score is not None]
    return Batch(_share(sum(known), size), size, size - len(known))


def degradation(alone: Sequence[Score], together: Sequence[Score]) -> float | None:
    """Return how much is lost when the same questions are asked in one prompt.

    LongGenBench (arXiv:2410.04199): accuracy one question a prompt, minus accuracy with K of
    them in one. Both sequences are over the same questions.

    Raises:
        ScoreError: the two are not over the same number of questions.
    """
    if len(alone) != len(together):
        raise ScoreError(
            f"both must be over the same questions, got {len(alone)} and {len(together)} scores"
        )
    before, after = batch_mean(alone).mean, batch_mean(together).mean
    return None if before is None or after is None else before - after


# ---------------------------------------------------------------- versions of one problem


class Versions(NamedTuple):
    """Figures over problems that were asked in several versions.

    Attributes:
        average: AAcc, the mean over all problems and versions.
        effective: EAcc, the share of problems right in every version.
        any: CAcc, the share of problems right in at least one version.
        gap: Delta, AAcc - EAcc.
        relative_gap: RE, Delta / EAcc; None where EAcc is 0.
        groups: how many problems there are.
        incomplete: the problems with a version missing.
    """

    average: float | None
    effective: float | None
    any: float | None
    gap: float | None
    relative_gap: float | None
    groups: int
    incomplete: tuple[str, ...]


def over_versions(
    groups: Mapping[str, Sequence[Score]],
    versions: int,
    *,
    right: float = 1.0,
    published: bool = False,
) -> Versions:
    """Return average and effective accuracy over groups of versions, and the gap between them.

    UGMathBench (arXiv:2501.13766), eval_rule.py. Any grouping will do: a version may be another
    depth, length or wording of the same problem.

    A missing version counts as wrong. Published: missing rows leave the sums, a problem is
    right throughout when its remaining rows are, and EAcc and CAcc are over the problems
    that have a first version.

    Args:
        groups: the scores of each problem's versions in order, None for a missing one.
        versions: how many versions each problem should have.
        right: the least score that counts as right.
        published: reproduce the published treatment of missing versions.

    Raises:
        ScoreError: a group has more scores than there are versions.
    """
    marks = {key: [_mark(s, right) for s in scores] for key, scores in groups.items()}
    for key, row in marks.items():
        if len(row) > versions:
            raise ScoreError(f"group '{key}' has {len(row)} scores for {versions} versions")
    incomplete = tuple(
        key for key, row in marks.items() if len(row) < versions or any(m is None for m in row)
    )
    if published:
        return _published_versions(list(marks.values()), incomplete)
    total = len(marks)
    if not total or versions < 1:
        return Versions(None, None, None, None, None, total, incomplete)
    whole = sum(len(row) == versions and all(row) for row in marks.values())
    hits = sum(mark is True for row in marks.values() for mark in row)
    some = sum(any(row) for row in marks.values())
    figures = (Fraction(hits, total * versions), Fraction(whole, total), Fraction(some, total))
    return _with_gap(*figures, total, incomplete)


def _mark(score: Score, right: float) -> bool | None:
    return None if score is None else score >= right


def _published_versions(rows: list[list[bool | None]], incomplete: tuple[str, ...]) -> Versions:
    present = [[mark for mark in row if mark is not None] for row in rows]
    present = [row for row in present if row]
    first = sum(bool(row) and row[0] is not None for row in rows)
    if not first:
        return Versions(None, None, None, None, None, len(rows), incomplete)
    average = Fraction(sum(map(sum, present)), sum(map(len, present)))
    whole, some = sum(map(all, present)), sum(map(any, present))
    return _with_gap(average, Fraction(whole, first), Fraction(some, first), len(rows), incomplete)


def _with_gap(
    average: Fraction, effective: Fraction, some: Fraction, total: int, incomplete: tuple[str, ...]
) -> Versions:
    gap = average - effective
    relative = float(gap / effective) if effective else None
    return Versions(
        float(average), float(effective), float(some), float(gap), relative, total, incomplete
    )


# ---------------------------------------------------------------- pairs of claims


class Pairs(NamedTuple):
    """Figures over pairs of a true and a false claim.

    Attributes:
        right: how many pairs have both labels right.
        pair_accuracy: the share of pairs with both labels right.
        claim_accuracy: the share of claims with the right label.
        said_true: the share of the labels given that are "true": the bias.
        pairs: how many pairs there are.
        incomplete: the pairs with a label missing or unreadable.
    """

    right: int
    pair_accuracy: float | None
    claim_accuracy: float | None
    said_true: float | None
    pairs: int
    incomplete: tuple[str, ...]


def over_pairs(labels: Mapping[str, tuple[bool | None, bool | None]]) -> Pairs:
    """Return pair accuracy: both the true claim and its false twin are judged rightly.

    NoCha (arXiv:2406.16264), README. A coin reaches 0.25, a constant answer 0. An unreadable
    label (None) is wrong. The published figures leave out the pairs that a model was not asked
    about or refused: leave them out of `labels` to reproduce those.

    Args:
        labels: for each pair the label given to its true claim and to its false claim.
    """
    total = len(labels)
    flat = [label for pair in labels.values() for label in pair]
    given = [label for label in flat if label is not None]
    incomplete = tuple(key for key, pair in labels.items() if None in pair)
    if not total:
        return Pairs(0, None, None, None, 0, incomplete)
    right = sum(pair[0] is True and pair[1] is False for pair in labels.values())
    claims = sum((pair[0] is True) + (pair[1] is False) for pair in labels.values())
    said_true = sum(given) / len(given) if given else None
    return Pairs(right, right / total, claims / (2 * total), said_true, total, incomplete)


# ---------------------------------------------------------------- constraints of one instruction


class Constraints(NamedTuple):
    """Whether an answer meets the constraints of its instruction.

    Attributes:
        csr: the share of constraints met.
        isr: 1 when all are met, else 0.
        psr: 1 when all primary ones and enough of the secondary ones are met, else 0.
        missing: how many verdicts are missing.
    """

    csr: float
    isr: float
    psr: float
    missing: int


_ENOUGH = Fraction(4, 5)


def over_constraints(verdicts: Sequence[bool | None], primary: Sequence[bool]) -> Constraints:
    """Return CFBench's three figures of one answer, from exact fractions.

    CFBench (arXiv:2408.01122). PSR is 0 when a primary constraint fails; else the primary ones
    weigh one half and the mean of the secondary ones the other, and 0.8 must be reached; with
    primary ones only it is 1, with secondary ones only their mean must reach 0.8.
    A missing verdict (None) is a constraint that is not met.

    Raises:
        ScoreError: there are no constraints, or not one priority for each verdict.
    """
    if not verdicts or len(verdicts) != len(primary):
        raise ScoreError(
            f"one priority for each verdict and at least one of them, got {len(verdicts)} "
            f"verdicts and {len(primary)} priorities"
        )
    met = [verdict is True for verdict in verdicts]
    csr = Fraction(sum(met), len(met))
    first = [m for m, p in zip(met, primary, strict=True) if p]
    second = [m for m, p in zip(met, primary, strict=True) if not p]
    share = Fraction(sum(second), len(second)) if second else Fraction(1)
    reached = share if not first else (1 + share) / 2
    psr = float(all(first) and reached >= _ENOUGH)
    return Constraints(float(csr), float(csr == 1), psr, verdicts.count(None))


def published_constraints(
    verdicts: Sequence[float], primary: Sequence[bool], parsed: str = "1"
) -> Constraints | None:
    """Return CFBench's three figures as code/evalaute.py computes them.

    CSR is rounded to two digits before ISR and PSR look at it (200 of 201 is all of them), and
    0.8 must be exceeded. With `parsed` "0" (only some lines of the judge could be read) the
    verdicts are those read, and PSR looks at CSR alone; with "-1" (none) PSR is 0.
    None where the published code raises: no verdicts, or not one for each priority.
    """
    if not verdicts or (parsed == "1" and len(verdicts) != len(primary)):
        return None
    csr = _two_digits(sum(verdicts) / len(verdicts))
    isr = float(csr >= 1)
    if parsed != "1":
        return Constraints(csr, isr, float(parsed == "0" and csr > 0.8), 0)
    first = [v for v, p in zip(verdicts, primary, strict=True) if p]
    second = [v for v, p in zip(verdicts, primary, strict=True) if not p]
    if 0 in first:
        psr = False
    elif not second:
        psr = True
    elif not first:
        psr = csr > 0.8
    else:
        psr = 0.5 + 0.5 * _two_digits(sum(second) / len(second)) > 0.8
    return Constraints(csr, isr, float(psr), 0)


def _two_digits(value: float) -> float:
    return round(value * 100) / 100  # numpy's way; Python's own goes by the exact decimal


# ---------------------------------------------------------------- long outputs with demands


class Followed(NamedTuple):
    """What one long answer did of what it was asked to write.

    Attributes:
        demands: how many (block, content) demands the prompt makes.
        asked: how many of them are on blocks that the answer has.
        met: how many of them are met.
        completion: the share of the blocks that the answer has.
        words: how long it is.
        pieces: into how many pieces its separator parts it.
    """

    demands: int
    asked: int
    met: int
    completion: float
    words: int = 0
    pieces: int = 0


class Instructions(NamedTuple):
    """Figures over long answers; STIC-1 is None when no demand was on a written block."""

    demands: int
    asked: int
    met: int
    asked_share: float | None
    stic1: float | None
    stic2: float | None
    completion: float | None
    words: float | None
    published_words: float | None


def over_instructions(answers: Iterable[Followed]) -> Instructions:
    """Return CR, STIC-1 and STIC-2 over long answers.

    Spinning the Golden Thread (arXiv:2409.02076), results/static.ipynb. Demands are pooled over
    all answers: STIC-1 is met / asked, which an answer that stops early does not lower; STIC-2
    is met / demands. CR is the mean completion. `words` is the mean length of all answers,
    `published_words` that of those with more than 40 pieces and more than 2000 words.
    """
    rows = list(answers)
    demands = sum(row.demands for row in rows)
    asked = sum(row.asked for row in rows)
    met = sum(row.met for row in rows)
    long = [row.words for row in rows if row.pieces > 40 and row.words > 2000]
    return Instructions(
        demands,
        asked,
        met,
        _share(asked, demands),
        _share(met, asked),
        _share(met, demands),
        _share(sum(row.completion for row in rows), len(rows)),
        _share(sum(row.words for row in rows), len(rows)),
        _share(sum(long), len(long)),
    )


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


# ---------------------------------------------------------------- weighted checklists


class Checklists(NamedTuple):
    """Figures over items that were judged point by point.

    Attributes:
        mean: the mean weighted score in 0..1.
        rescaled: the published scale, on which 0.75 everywhere is 0 and nothing at all -300.
        size: over how many items.
        dropped: the ids of those that could not be scored.
        kept: the places of those that were.
    """

    mean: float | None
    rescaled: float | None
    size: int
    dropped: tuple[str, ...]
    kept: tuple[int, ...]


def over_checklists(
    items: Sequence[tuple[str, Sequence[object], Sequence[float]]], *, published: bool = False
) -> Checklists:
    """Return HelloBench's score over items that were judged point by point.

    HelloBench (arXiv:2409.16191), results/scripts/compute.py: the sum of score x weight over
    the points of an item, the mean over items, (100 x mean - 75) x 4. Of items with the same id
    the first counts. An item with another number of points than weights, or with a score
    that is no number in 0..1, cannot be scored: it counts as 0, published it leaves the mean.

    Args:
        items: for each its id, the scores of its points, and their weights.
        published: leave out items that cannot be scored; weights are used as given, in percent.
    """
    seen: set[str] = set()
    values: list[float] = []
    dropped: list[str] = []
    kept: list[int] = []
    for place, (key, given, weights) in enumerate(items):
        if key in seen:
            continue
        seen.add(key)
        scores = [score for score in map(_unit_score, given) if score is not None]
        if len(given) != len(weights) or len(scores) != len(given) or not sum(weights):
            dropped.append(key)
            continue
        whole = 100.0 if published else sum(weights)
        values.append(sum(s * w for s, w in zip(scores, weights, strict=True)) / whole)
        kept.append(place)
    size = len(values) if published else len(seen)
    mean = _share(sum(values), size)
    rescaled = None if mean is None else (100 * mean - 75) * 4
    return Checklists(mean, rescaled, size, tuple(dropped), tuple(kept))


def _unit_score(value: object) -> float | None:
    if not isinstance(value, int | float | str):
        return None
    try:
        score = float(value)
    except ValueError:
        return None
    return score if 0 <= score <= 1 else None
