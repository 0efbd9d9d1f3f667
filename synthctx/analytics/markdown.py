"""The results as a comment for a pull request: GitHub's Markdown, never too long for it.

Names and answers come from models and servers: they stand in code spans, where nothing is a
link, a mention, a formula or HTML. GitHub takes 65,536 characters; every part has its share of
60,000 bytes, and says how many rows it left out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Container, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthctx.analytics.comparison import Comparison, compare_models, holm
from synthctx.analytics.connect import connect
from synthctx.analytics.effective import RULER, Effective
from synthctx.analytics.gathered import (
    Row,
    Together,
    Trouble,
    cells_of,
    rows_of,
    several_languages,
    together,
)
from synthctx.analytics.gathered import troubles as troubles_of
from synthctx.analytics.stats import Statistics, statistics_of
from synthctx.analytics.wording import bench_names, counted, depth_name, title_of, unfinished
from synthctx.errors import SuiteError, unknown
from synthctx.store import Bench, atomic
from synthctx.suite import format_length

if TYPE_CHECKING:
    import duckdb

LIMIT = 60_000  # bytes, of GitHub's 65,536 characters
_SHARES = {
    "troubles": 3_000,
    "verdicts": 9_000,
    "main": 16_000,
    "comparison": 9_000,
    "lengths": 14_000,
    "worst": 6_000,
}
_NAME, _TEXT = 60, 120  # characters shown of a name, and of what a model said
_WORST = 5
_LEVEL = 0.05
_MARK = "<!-- synthctx -->"  # by which a workflow finds its comment again, to replace it
_SAID = ("reference", "extracted", "explanation")
_EXAMPLE = """
select s.reference, c.extracted, c.explanation, c.status
from scores c join samples s using (sample_id)
where c.model = $model and s.task = $task and coalesce(s.language, '') = $language
    and s.length = $length and s.depth is not distinct from $depth and not passes(c.score)
order by c.score, c.sample_id, c.attempt limit 1
"""


def write_markdown(
    bench: str | Path | Bench,
    path: str | Path,
    *,
    more: Sequence[str | Path | Bench] = (),
    title: str | None = None,
    against: str | None = None,
) -> Path:
    """Write the results of a bench, or of several together, as Markdown; return the file's path.

    Args:
        bench: the bench folder.
        path: the file to write.
        more: further benches; a sample that stands in several is counted once.
        title: heading, by default the suite's name.
        against: see `as_markdown`.

    Raises:
        StoreError: there is no bench, or the file cannot be written.
        UnknownName: there is no model of the name `against`.
    """
    text = as_markdown(bench, more=more, title=title, against=against)
    with atomic(Path(path)) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return Path(path)


def as_markdown(
    bench: str | Path | Bench,
    *,
    more: Sequence[str | Path | Bench] = (),
    title: str | None = None,
    against: str | None = None,
) -> str:
    """Return the results of a bench, or of several together, as Markdown of at most 60,000 bytes.

    What went wrong before a model could answer comes first, then a line for each model, the main
    table, two models compared, lengths and the worst cells (folded away).

    Args:
        bench: the bench folder.
        more: further benches; a sample that stands in several is counted once.
        title: heading, by default the suite's name.
        against: the model that all others are compared with; without it two models are
            compared when there are two.

    Raises:
        StoreError: there is no bench.
        UnknownName: there is no model of the name `against`.
        SuiteError: there is no other model than `against`.
    """
    benches = [Bench.open(b) for b in (bench, *more)]
    manifests = [b.manifest() for b in benches]
    names = bench_names(benches, manifests)
    partial = unfinished(names, manifests)
    with connect(*benches) as connection:
        parts = _parts(connection, title or title_of(names), against, partial)
    return "\n\n".join([_MARK, *(part for part in parts if part), _how(manifests)]) + "\n"


def _parts(
    connection: duckdb.DuckDBPyConnection, name: str, against: str | None, partial: Sequence[str]
) -> list[str]:
    cells = cells_of(connection)
    rows = statistics_of(connection)
    models = sorted({row["model"] for row in cells})
    if against is not None and against not in models:
        raise unknown("model in this bench", against, models)
    if against is not None and len(models) == 1:
        raise SuiteError(f"there is no other model than '{against}' to compare it with")
    tests = {(row.task, row.language) for row in rows}
    size = f"{counted(len(models), 'model')} on {counted(len(tests), 'test')}"
    parts = [f"### {code(name, 80)}: {size}"]
    if not models:
        return [f"### {code(name, 80)}", "There are no outputs yet."]
    warning = _warning(troubles_of(connection, cells), partial)
    if any(row.scored for row in rows):
        pairs = _compared(connection, models, against)
        return [
            *parts,
            warning,
            _verdicts(rows, list(together(rows, (RULER,)))),
            _main(rows, cells),
            _comparison(pairs, len({task for task, _ in tests}) * (len(models) - 1)),
            _lengths(rows, cells),
            _worst(connection, rows, cells),
        ]
    return [*parts, warning, "There are no scores."]


# ---------------------------------------------------------------- text that stays text


def code(text: str, limit: int = _NAME) -> str:
    """Return text as a code span that holds nothing but this text, in tables too.

    One line, at most so many characters; what can not be seen is left out.
    """
    shown = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in str(text)[:4000])
    shown = " ".join(shown.split())
    if len(shown) > limit:
        shown = shown[: limit - 1] + "…"
    # in a table "\|" is a stroke even within code; a backslash before it must stay away from it
    shown = shown.replace("\\|", "\\ |").replace("|", "\\|").rstrip("\\")
    if not shown:
        return "–"
    fence = "`"
    while fence in shown:
        fence += "`"
    space = " " if "`" in (shown[0], shown[-1]) else ""
    return f"{fence}{space}{shown}{space}{fence}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], share: int) -> str:
    """Return a table with as many rows as its share of bytes holds; numbers stand to the right."""
    lines = [_line(heads), _line([":--" if h.islower() and h in _NAMES else "--:" for h in heads])]
    left, out = share - sum(len(line.encode()) + 1 for line in lines), 0
    for row in rows:
        line = _line(row)
        left -= len(line.encode()) + 1
        if left < 0:
            out += 1
        else:
            lines.append(line)
    note = f"\n\n… and {counted(out, 'more row')}" if out else ""
    return "\n".join(lines) + note


_NAMES = ("test", "model", "cell", "verdict", "said", "why", "right")


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _folded(summary: str, body: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}"


def _range(value: Any) -> str:
    if value is None:
        return "–"
    return f"{_percent(value.value)} [{_percent(value.low)}, {_percent(value.high)}]"


def _test(task: str, language: str, several: Container[str]) -> str:
    return f"{code(task)} {code(language, 12)}" if task in several and language else code(task)


# ---------------------------------------------------------------- the parts


def _warning(found: Sequence[Trouble], partial: Sequence[str]) -> str:
    """Say what is no fault of a model, where there is any."""
    lines, left = [], _SHARES["troubles"]
    if partial:
        names = ", ".join(code(name) for name in partial[:8])
        lines.append(f"> - not all samples are generated yet: {names}")
        left -= len(lines[0].encode()) + 1
    for trouble in found:
        said = [
            f"**{counted(n, what)}** {ending}"
            for n, what, ending in (
                (trouble.cut, "prompt", "cut by the server"),
                (trouble.failed, "call", "failed"),
                (trouble.absent, "test", "without any score"),
                (trouble.missing, "sample", "without a score"),
            )
            if n
        ]
        line = f"> - {code(trouble.model)}: {', '.join(said)}, of {counted(trouble.n, 'sample')}"
        line += f"; most often {code(trouble.errors[0][0], _TEXT)}" if trouble.errors else ""
        left -= len(line.encode()) + 1
        if said and left > 0:
            lines.append(line)
    if not lines:
        return ""
    head = "> [!WARNING]\n> Scores are of what was answered, and of prompts as they came through."
    return "\n".join([head, ">", *lines])


def _verdicts(rows: Sequence[Statistics], groups: Sequence[Together]) -> str:
    """Return one line for each model."""
    whole = {group.model: group for group in groups if group.kind == "all"}
    lines, left, out = [], _SHARES["verdicts"], 0
    for model in sorted({row.model for row in rows}):
        own = [row for row in rows if row.model == model and row.rate]
        line = f"- **{code(model)}**: {_verdict(own, whole.get(model))}"
        left -= len(line.encode()) + 1
        if left > 0:
            lines.append(line)
        else:
            out += 1
    if out:
        lines.append(f"- … and {counted(out, 'more model')}")
    return "\n".join(lines)


def _verdict(own: Sequence[Statistics], whole: Together | None) -> str:
    if not own:
        return "no scores"
    weakest = min(own, key=lambda row: (row.rate.value if row.rate else 1.0, row.task))
    if len(own) == 1 or whole is None:
        return f"passes {_range(weakest.rate)} %; {_reach(weakest.effective)}"
    tests = f"{whole.tests} of " * (whole.tests < whole.asked) + counted(whole.asked, "test")
    said = f"passes {_percent(whole.rate)} % (mean of {tests}); {_reach(whole.effective)}"
    rate = weakest.rate.value if weakest.rate else 1.0
    return said if rate == 1 else f"{said}; weakest on {code(weakest.task)}, {_percent(rate)} %"


def _reach(effective: dict[str, Effective]) -> str:
    found = effective.get(RULER.name)
    none = "no effective length: no length that all of them have"
    return none if found is None else f"effective length {found.text}"


def _main(rows: Sequence[Statistics], cells: Sequence[Row]) -> str:
    counts: dict[tuple[str, str, str], tuple[int, int]] = {}
    for cell in cells:
        key = (cell["task"], cell["language"], cell["model"])
        cut, failed = counts.get(key, (0, 0))
        counts[key] = (cut + cell["truncated_prompt"], failed + cell["failed"])
    trouble = any(sum(count) for count in counts.values())
    partial = any(r.rate and r.score and abs(r.rate.value - r.score.value) > 5e-4 for r in rows)
    several = several_languages(rows)
    heads = ["test", "model", *(["cut", "failed"] if trouble else [])]
    heads += ["pass rate, % [95 %]", *(["score, %"] if partial else [])]
    heads += [f"effective length ({RULER.value:g})", "scored"]

    def count(row: Statistics) -> tuple[int, int]:
        return counts.get((row.task, row.language or "", row.model), (0, 0))

    body = []
    for row in sorted(rows, key=lambda r: (-sum(count(r)), r.task, r.language or "", r.model)):
        found = row.effective.get(RULER.name)
        line = [_test(row.task, row.language, several), code(row.model)]
        line += [f"{n:,}" if n else "" for n in count(row)] if trouble else []
        line += [_range(row.rate), *([_score(row)] if partial else [])]
        body.append([*line, found.text if found else "–", f"{row.scored:,}/{row.n:,}"])
    return _table(heads, body, _SHARES["main"])


def _score(row: Statistics) -> str:
    return _percent(row.score.value if row.score else None)


def _compared(
    connection: duckdb.DuckDBPyConnection, models: Sequence[str], against: str | None
) -> list[Comparison]:
    """Return the pairs to show, the model compared first, Holm's correction over all."""
    if against is None and len(models) != 2:
        return []
    base = against or models[0]
    pairs: list[Comparison] = []
    for model in models:
        if model != base:
            pairs += compare_models(connection, models=[base, model])
    turned = [pair if pair.model_b == base else _turned(pair) for pair in pairs]
    corrected = holm([pair.p for pair in turned])
    return [pair._replace(p_holm=p) for pair, p in zip(turned, corrected, strict=True)]


def _turned(pair: Comparison) -> Comparison:
    found = pair.difference
    turned = found and found._replace(value=-found.value, low=-found.high, high=-found.low)
    return pair._replace(
        model_a=pair.model_b,
        model_b=pair.model_a,
        only_a=pair.only_b,
        only_b=pair.only_a,
        difference=turned,
    )


def _comparison(pairs: Sequence[Comparison], asked: int) -> str:
    """Return who is better; `asked` comparisons there would be had all answered everything."""
    if not pairs:
        return ""
    words = {-1: "worse", 0: "no difference shown", 1: "better"}
    signs = [_sign(pair) for pair in pairs]
    models = sorted({pair.model_a for pair in pairs})
    what = "test" if len(models) == 1 else "comparison"
    said = ", ".join(
        f"{words[s]} on {counted(signs.count(s), what)}" for s in (-1, 1, 0) if s in signs
    )
    if asked > len(pairs):
        said += f"; {asked - len(pairs):,} more have no sample in common"
    who = code(models[0]) if len(models) == 1 else counted(len(models), "model")
    order = sorted(zip(signs, pairs, strict=True), key=lambda p: (p[0] or 2, p[1].p_holm, p[1][:2]))
    body = [
        [
            code(pair.task),
            code(pair.model_a),
            words[sign],
            _range(pair.difference),
            f"{pair.only_a:,}",
            f"{pair.only_b:,}",
            f"{pair.n:,}",
            f"{pair.p_holm:.2g}",
        ]
        for sign, pair in order
    ]
    heads = ["test", "model", "verdict", "difference, points [95 %]"]
    heads += ["only it", "only the other", "both answered", "p (Holm)"]
    table = _table(heads, body, _SHARES["comparison"])
    return f"**{who} against {code(pairs[0].model_b)}**: {said}.\n\n{table}"


def _sign(pair: Comparison) -> int:
    if pair.p_holm >= _LEVEL:
        return 0
    return (pair.only_a > pair.only_b) - (pair.only_a < pair.only_b)


def _lengths(rows: Sequence[Statistics], cells: Sequence[Row]) -> str:
    """Return a table of pass rates by length for each test, folded away."""
    cut = {
        (c["task"], c["language"], c["model"], c["length"]) for c in cells if c["truncated_prompt"]
    }
    several = several_languages(rows)
    tables, left, out = [], _SHARES["lengths"], 0
    for task, language in sorted({(row.task, row.language or "") for row in rows}):
        own = [r for r in rows if (r.task, r.language or "") == (task, language) and r.lengths]
        lengths = sorted({length for row in own for length in row.lengths})
        heads = ["model", *map(format_length, lengths)]
        key = (task, language)
        body = [
            [code(r.model), *(_at(r, n, (*key, r.model, n) in cut) for n in lengths)] for r in own
        ]
        if left < 600 + 12 * len(lengths):
            out += 1
            continue
        table = f"{_test(task, language, several)}\n\n{_table(heads, body, left - 300)}"
        left -= len(table.encode()) + 2
        tables.append(table)
    note = [f"… and {counted(out, 'more test')}"] if out else []
    return _folded("Pass rate by length, % [95 %]", "\n\n".join([*tables, *note]))


def _at(row: Statistics, length: int, cut: bool) -> str:
    found = row.lengths.get(length)
    return (_range(found.rate) if found else "–") + (" (cut)" if cut else "")


def _worst(
    connection: duckdb.DuckDBPyConnection, rows: Sequence[Statistics], cells: Sequence[Row]
) -> str:
    """Return the cells that are surely worst, each with an answer that is wrong."""
    short = [c for c in cells if c["scored"] and c["pass_rate"] < 1]
    # where cells are as bad, a short context weighs heavier than a long one
    short.sort(key=lambda c: (c["hi"], c["mean"], c["length"], c["task"], c["model"]))
    if not short:
        return "No answer that was scored falls short."
    several = several_languages(rows)
    body = []
    for cell in short[:_WORST]:
        names = ("model", "task", "language", "length", "depth")
        examples = rows_of(connection, _EXAMPLE, {name: cell[name] for name in names})
        wrong = examples[0] if examples else {}
        depth = "" if cell["depth"] is None else f", depth {depth_name(cell['depth'])}"
        test = _test(cell["task"], cell["language"], several)
        place = f"{test}, {format_length(cell['length'])}{depth}"
        rate = f"{_percent(cell['pass_rate'])} [{_percent(cell['lo'])}, {_percent(cell['hi'])}]"
        row = [place, code(cell["model"]), rate, f"{cell['scored']:,}/{cell['n']:,}"]
        body.append([*row, *(code(wrong.get(name) or "", _TEXT) for name in _SAID)])
    heads = ["cell", "model", "pass rate, % [95 %]", "scored", "right", "said", "why"]
    table = _table(heads, body, _SHARES["worst"])
    note = "Each with the first of its worst answers: what was right, what was read out of it."
    return _folded(f"The {counted(len(body), 'worst cell')}", f"{table}\n\n{note}")


def _how(manifests: Sequence[Row]) -> str:
    facts = {
        "synthctx": [m.get("versions", {}).get("synthctx") for m in manifests],
        "seed": [m.get("seed") for m in manifests],
        "lengths in tokens of": [m.get("tokenizer", {}).get("name") for m in manifests],
        "fingerprint": [m.get("fingerprint") for m in manifests],
    }
    said = []
    for name, values in facts.items():
        known = dict.fromkeys(str(value) for value in values if value is not None)
        if known:
            said.append(f"{name} {', '.join(code(value) for value in list(known)[:8])}")
    return (
        "<sub>An answer passes when it is fully right. Intervals are at 95 % and know which "
        "samples share a problem. Effective length: the longest up to which every mean score "
        f"reaches {RULER.value:g}; not resolved: these samples leave open which of those in "
        f"brackets.{' ' if said else ''}{'; '.join(said)}"
        "</sub>"
    )
