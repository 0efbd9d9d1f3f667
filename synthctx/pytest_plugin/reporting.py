"""What is shown: the report of one test, and the table at the end of a run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from synthctx.analytics.sequential import samples_to_decide
from synthctx.pytest_plugin.results import Answered, Result
from synthctx.suite import format_length

_WORST = 3
_SHOWN = 160  # characters of a model's output
# controls, what turns the direction of writing, lone surrogates, and letters that nobody sees
_HIDDEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff"
    r"\U000e0000-\U000e007f]"
)


def plain(text: str, limit: int = _SHOWN, characters: int = 0) -> str:
    """Return a foreign text on one line, without characters that a terminal acts on.

    Args:
        text: the text.
        limit: so many of its characters are shown.
        characters: that it has in all, where `text` is only its beginning.
    """
    short = text if len(text) <= limit else text[:limit]
    shown = _HIDDEN.sub(lambda m: {"\n": "\\n", "\t": " "}.get(m[0], "\ufffd"), short)
    characters = max(characters, len(text))
    return shown + (f"… ({characters:,} characters)" if characters > limit else "")


def headline(result: Result) -> str:
    """Return in one line what came of a test."""
    if result.missing:
        return f"no verdict for want of coverage: {result.missing}"
    said = rate_of(result)
    if result.at_least is not None:
        said += f", at least {result.at_least:g} is asked for: {verdict_of(result)}"
    elif result.regressed:
        said += ": regressed"
    return said + (_decided_by(result) if result.verdict == "undecided" else "")


def _decided_by(result: Result) -> str:
    """Return how many samples would decide, were the pass rate the one that is seen."""
    if result.at_least is None or result.rate is None:
        return ""
    needed = samples_to_decide(result.at_least, result.rate, confidence=result.confidence)
    if needed is None or needed <= result.most:
        return ""
    return f"; at this rate about {needed:,} samples would decide"


def verdict_of(result: Result) -> str:
    """Return the verdict in a word."""
    if result.missing:
        return "coverage"
    if result.verdict != "failed" and result.regressed:
        return "regressed"
    return result.verdict or "measured"


def rate_of(result: Result) -> str:
    """Return the pass rate with its interval."""
    if result.rate is None:
        return "no answers"
    said = f"pass rate {result.rate:.3f} ({result.passed} of {result.answered}"
    if result.interval is None:
        return said + ")"
    low, high = result.interval
    return said + f"; {low:.3f} to {high:.3f}, each bound sure to {result.confidence:.6g})"


def report(result: Result) -> str:
    """Return the report of a test that has not passed: short, the pipeline's faults first."""
    lines = [headline(result), *_pipeline(result), *_compared(result), _asked(result)]
    wrong = result.failures
    if wrong:
        worst = wrong[:_WORST]
        shown = f"the worst {len(worst)} of them" if len(wrong) > len(worst) else "all of them"
        lines.append(f"{len(wrong)} wrong, {shown}:")
        for one in worst:
            lines += _sample(one)
    return "\n".join(lines)


def _asked(result: Result) -> str:
    said = f"asked {result.asked} of {result.most} samples of {result.model}"
    if result.saved:
        said += f", {result.saved} calls saved"
    if result.cached:
        said += f", {result.cached} answers out of the cache"
    return said


def _pipeline(result: Result) -> Iterator[str]:
    """Yield what went wrong on the way, which is not the model's fault."""
    if result.failed_calls:
        yield (
            f"{result.failed_calls} calls gave no answer and count neither way; the last error: "
            f"{plain(result.last_error, 300)}"
        )
    if result.cut_prompts:
        cut = next(one for one in result.samples if one.cut)
        seen = 0 if cut.seen is None else cut.seen
        yield (
            f"is it the model or the pipeline? {result.cut_prompts} of {result.asked} prompts were "
            f"cut on the way: of one with {cut.prompt_tokens:,} tokens the server has seen {seen:,}"
        )


def _compared(result: Result) -> Iterator[str]:
    found = result.compared
    if found is None:
        return
    said = (
        f"beside the baseline ({plain(found.model)}): {found.lost} lost, {found.gained} gained of "
        f"{found.pairs} samples, one-sided p = {found.p:.3g}"
    )
    if found.missing:
        said += f"; {found.missing} samples are not in the baseline"
    yield said


def _sample(one: Answered) -> Iterator[str]:
    row = one.row
    where = [row.task, row.language, format_length(row.length)]
    if row.depth is not None:
        where.append(f"depth {row.depth:g}")
    yield f"  {', '.join(where)}, problem {row.index}, sample {one.sample_id[:12]}"
    yield f"    expected   {plain(one.expected)}"
    yield f"    extracted  {'nothing' if one.extracted is None else _quoted(one.extracted)}"
    yield f"    why        {plain(one.explanation, 240)}"
    yield f"    output     {_quoted(one.output, characters=one.output_characters)}"
    yield f"    prompt     {_quoted(one.prompt_head[:60])} ... {_quoted(one.prompt_tail[-100:])}"


def _quoted(text: str, characters: int = 0) -> str:
    return f'"{plain(text, characters=characters)}"'


# ---------------------------------------------------------------- from process to process


def summary(result: Result) -> dict[str, Any]:
    """Return what the controller of a run needs to know, as plain data."""
    low, high = result.interval or (None, None)
    compared = result.compared
    return {
        "model": plain(result.model),
        "verdict": verdict_of(result),
        "rate": result.rate,
        "low": low,
        "high": high,
        "at_least": result.at_least,
        "confidence": result.confidence,
        "asked": result.asked,
        "most": result.most,
        "saved": result.saved,
        "cut_prompts": result.cut_prompts,
        "failed_calls": result.failed_calls,
        "cached": result.cached,
        "cost": result.cost,
        "pairs": None if compared is None else compared.pairs,
        "lost": None if compared is None else compared.lost,
        "gained": None if compared is None else compared.gained,
        "p": None if compared is None else compared.p,
        "not_in_baseline": None if compared is None else compared.missing,
    }


def properties(found: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return a summary as JUnit properties."""
    return [(f"synthctx_{name}", value) for name, value in found.items() if value is not None]


# ---------------------------------------------------------------- the table

Row = Mapping[str, Any]
_COLOURS = {"passed": "green", "failed": "red", "regressed": "red", "coverage": "red"}


def colour(verdict: str) -> str:
    """Return the colour of a verdict."""
    return _COLOURS.get(verdict, "yellow")


def table(rows: Sequence[tuple[str, Row]]) -> list[list[str]]:
    """Return the table of a run, its head first; columns without anything to say are left out."""
    head = ["verdict", "rate", "interval", "at least", "asked", "saved", "cut", "no answer"]
    with_baseline = any(found["p"] is not None for _, found in rows)
    if with_baseline:
        head += ["lost", "gained", "p", "not in baseline"]
    return [[*head, "test"], *([*_cells(found, with_baseline), test] for test, found in rows)]


def _cells(found: Row, with_baseline: bool) -> Iterator[str]:
    yield str(found["verdict"])
    yield _figure(found["rate"])
    low, high = found["low"], found["high"]
    yield "-" if low is None or high is None else f"{low:.3f}..{high:.3f}"
    yield "-" if found["at_least"] is None else f"{found['at_least']:g}"
    yield f"{found['asked']}/{found['most']}"
    for name in ("saved", "cut_prompts", "failed_calls"):
        yield str(found[name])
    if with_baseline:
        yield from ("-" if found[n] is None else str(found[n]) for n in ("lost", "gained"))
        yield "-" if found["p"] is None else f"{found['p']:.2g}"
        yield "-" if found["not_in_baseline"] is None else str(found["not_in_baseline"])


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def aligned(cells: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table; figures to the right, the verdict and the test to the left."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        padded = [cell.rjust(width) for cell, width in zip(line, widths, strict=True)]
        yield "  ".join([line[0].ljust(widths[0]), *padded[1:-1], line[-1]])


def totals(rows: Iterable[Row]) -> list[str]:
    """Return what a run has saved, cost and not seen, in a few lines."""
    found = list(rows)
    asked, saved, cached = (sum(r[n] for r in found) for n in ("asked", "saved", "cached"))
    said = f"asked {asked}, saved {saved} calls"
    if cached:
        said += f", {cached} answers out of the cache"
    costs = [row["cost"] for row in found if row["cost"] is not None]
    if costs:
        said += f", spent {sum(costs):.4f}"
    lines = [said]
    cut = sum(row["cut_prompts"] for row in found)
    if cut:
        lines.append(
            f"is it the model or the pipeline? {cut} prompts were cut on the way: "
            "`synthctx probe` finds what the server takes"
        )
    compared = [row for row in found if row["pairs"] is not None]
    if compared and not any(row["pairs"] for row in compared):
        lines.append("nothing was compared: none of these samples is in the baseline")
    return lines
