"""Up to which length a model holds: three definitions, each with what the data leave open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from synthctx.analytics.intervals import pass_rate
from synthctx.analytics.resampling import Problems
from synthctx.errors import SuiteError
from synthctx.grids import over_lengths, share_of
from synthctx.suite import format_length

_OUT_OF_REACH = 2.0  # above every score
# what the data say of one length at one level: 1 above, -1 below, 0 open
Verdict = Callable[[int, float], int]


class Threshold(NamedTuple):
    """What a mean score must reach.

    Attributes:
        value: the score, or with `relative` the share of the base score.
        relative: whether it is a share of the base: the best mean of the three shortest lengths.
    """

    value: float
    relative: bool = False

    @property
    def name(self) -> str:
        """Return the name that the view effective_length has for it."""
        return f"{self.value:g} of base" if self.relative else f"absolute {self.value:g}"


RULER = Threshold(0.856)
NOLIMA = Threshold(0.85, relative=True)


class Effective(NamedTuple):
    """The longest tested length up to which every mean reaches a threshold, and how sure that is.

    Attributes:
        threshold: which threshold.
        needed: the score it stands for; for a relative one, as estimated.
        length: the estimate; None when the shortest tested length falls short.
        low: the data show that the means reach it up to here; None when not even at the shortest.
        high: the data leave open no longer one; None when they show that no length reaches it.
        published: as papers count: the longest length that reaches it, dips before it or not.
        tested: the lengths with answers.
    """

    threshold: Threshold
    needed: float
    length: int | None
    low: int | None
    high: int | None
    published: int | None
    tested: tuple[int, ...]

    @property
    def resolved(self) -> bool:
        """Say whether the data leave one length only."""
        return self.low == self.high

    @property
    def text(self) -> str:
        """Return it in words: "32k", "at least 128k", "not resolved (4k to 32k)"."""
        if self.resolved:
            return self._name(self.length)
        low = self._name(self.low)
        return f"not resolved ({low} to {self._name(self.high)})"

    def _name(self, length: int | None) -> str:
        if length is None:
            return "below " + format_length(self.tested[0])
        return ("at least " if length == self.tested[-1] else "") + format_length(length)


def effective_length(
    by_length: Mapping[int, Problems], threshold: Threshold, confidence: float = 0.95
) -> Effective | None:
    """Return up to which tested length a model's mean scores reach a threshold.

    RULER (arXiv:2404.06654): 0.856 absolute; NoLiMa (arXiv:2502.05167): 0.85 of the base score;
    or any other.

    The interval holds the true length (that of the true means) at the confidence asked for. Its
    lower end goes up from the shortest length as long as the lower bounds of the means reach the
    threshold: a fixed sequence, which needs no correction. Its upper end lies before the first
    length whose upper bound falls short, Holm's correction over the lengths. For a share of the
    base, bounds are those of mean - share x base by Zou and Donner 2008 out of both intervals,
    as if independent, which is cautious for problems that are the same at all lengths. A base of
    0 is no base: no length reaches a share of it. With a single length there is none to hold
    against its base, which leaves all open.

    None when no length has answers.

    Raises:
        SuiteError: the threshold is not within 0..1.
    """
    if not 0 <= threshold.value <= 1:
        raise SuiteError(f"the threshold {threshold.value} is not between 0 and 1")
    known = {n: p for n, p in sorted(by_length.items()) if len(p.totals)}
    if not known:
        return None
    means = {n: p.mean for n, p in known.items()}
    base = max(list(known)[:3], key=lambda n: means[n])
    needed = share_of(means[base], threshold.value) if threshold.relative else threshold.value
    based = not threshold.relative or means[base] > 0
    figures = over_lengths(means, needed if based else _OUT_OF_REACH)
    if threshold.relative:
        verdict = _against_base(known, base, threshold.value)
    else:
        verdict = _against(known, threshold.value)
    low, high = _bounds(list(known), verdict, confidence)
    return Effective(
        threshold, float(needed), figures.unbroken, low, high, figures.effective, tuple(known)
    )


def _against(known: Mapping[int, Problems], value: float) -> Verdict:
    def verdict(length: int, confidence: float) -> int:
        found = pass_rate(known[length], confidence)
        if found is None:
            return 0
        return int(found.low >= value) - int(found.high < value)

    return verdict


def _against_base(known: Mapping[int, Problems], base: int, share: float) -> Verdict:
    def verdict(length: int, confidence: float) -> int:
        here, there = pass_rate(known[length], confidence), pass_rate(known[base], confidence)
        if here is None or there is None:
            return 0
        if length == base:  # reaches a share of itself, where that is shown to be more than 0
            return int(len(known) > 1 and there.low > 0)
        margin = here.value - share * there.value
        down = ((here.value - here.low) ** 2 + (share * (there.high - there.value)) ** 2) ** 0.5
        up = ((here.high - here.value) ** 2 + (share * (there.value - there.low)) ** 2) ** 0.5
        return int(margin - down >= 0) - int(margin + up < 0)

    return verdict


def _bounds(
    lengths: list[int], verdict: Verdict, confidence: float
) -> tuple[int | None, int | None]:
    low: int | None = None
    for length in lengths:
        if verdict(length, confidence) != 1:
            break
        low = length
    # Holm: all that fall short at the level for so many lengths go out, then the level is eased
    left = list(lengths)
    while left:
        level = 1 - (1 - confidence) / len(left)
        kept = [n for n in left if verdict(n, level) != -1]
        if len(kept) == len(left):
            break
        left = kept
    fallen = next((i for i, n in enumerate(lengths) if n not in left), len(lengths))
    high = lengths[fallen - 1] if fallen else None
    return low, high
