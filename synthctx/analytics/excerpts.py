"""Samples of the worst cells, each with what the model was sent around the evidence.

Bounded three ways: in number of samples, in characters of each, and in how much stored or composed
text is gone through for them. What is left out says why, so that a page never grows or hangs with
its bench.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from synthctx.analytics.gathered import Row, rows_of
from synthctx.errors import StoreError, SynthctxError
from synthctx.places import RemotePath
from synthctx.store import Bench, read_rows

if TYPE_CHECKING:
    import duckdb

SAMPLES = 300
A_CELL = 3  # samples of one cell
STORED_BYTES = 2 << 30  # of contexts read
COMPOSED_TOKENS = 40_000_000
HEAD, TAIL, AROUND, PIECE, PIECES = 420, 700, 160, 400, 6
ENDS = 4000  # characters of prefix and suffix that are looked at
SHORT, LONG = 400, 900  # characters of a short text (reference, extracted) and of an output

PLAIN, EVIDENCE, QUESTION, GAP = range(4)
Part = tuple[int, str]

# The lowest answers of every cell; of every model and test the worst cells first, so that one
# model that fails everywhere does not take all the room.
_PICKED = """
with wrong as (
    select c.model, s.task, s.language, s.length, s.depth, c.score, c.sample_id, c.attempt
    from scores c join samples s using (sample_id)
    where c.score is null or not passes(c.score)
),
ranked as (
    select *, row_number() over (
        partition by model, task, language, length, depth
        order by score nulls last, sample_id, attempt
    ) as place
    from wrong
),
kept as (select * from ranked where place <= $a_cell),
placed as (
    select k.*, dense_rank() over (
        partition by k.model, k.task order by c.mean nulls last, k.language, k.length, k.depth
    ) as cell
    from kept k
    join cells c
        on c.model = k.model and c.task = k.task and c.language is not distinct from k.language
        and c.length = k.length and c.depth is not distinct from k.depth
)
select model, sample_id, attempt from placed
order by place, cell, score nulls last, task, model, sample_id
limit $samples
"""
_TEXTS = """
select c.model, s.task, coalesce(s.language, '') as language, s.length, s.depth, c.sample_id,
    c.attempt, c.score, c.paper, c.status, c.flags, left(c.extracted, $short) as extracted,
    left(c.explanation, $short) as explanation, left(s.reference, $ends) as reference,
    case when s.rule_params <> '{}' then left(s.rule_params, $short) end as params,
    s.index, s.version, s.context_id, s.evidence[:$pieces] as evidence, len(s.evidence) as pieces,
    left(s.prefix, $ends) as prefix, length(s.prefix) as prefix_length,
    right(s.suffix, $ends) as suffix, length(s.suffix) as suffix_length
from scores c
join samples s using (sample_id)
join picked p on p.sample_id = c.sample_id and p.model = c.model and p.attempt = c.attempt
"""
_SAID = """
select o.model, o.sample_id, o.attempt, arg_max(left(o.output, $long), o.at) as output,
    arg_max(length(o.output), o.at) as characters,
    arg_max(left(o.error, $short), o.at) as error
from (
    select *, coalesce(answered_at, timestamptz '1970-01-01 00:00:00+00') as at from outputs
) o
join picked p on p.sample_id = o.sample_id and p.model = o.model and p.attempt = o.attempt
group by all
"""


class Excerpt(NamedTuple):
    """A sample of a cell: figures and texts of its answer, and what the model was sent.

    Attributes:
        row: columns of the sample and of its score, texts shortened; `output` and `error`.
        prompt: parts of the prompt in order: plain, evidence, question, or a gap (how long).
        why: why there is no prompt, "" where there is one.
    """

    row: Row
    prompt: list[Part]
    why: str


def excerpts(
    connection: duckdb.DuckDBPyConnection, benches: Sequence[Bench], samples: int = SAMPLES
) -> list[Excerpt]:
    """Return samples of the worst cells: the lowest of every cell first, then the next lowest.

    Args:
        connection: one with the views.
        benches: where the prompts are, in the order in which the connection has them.
        samples: as many at most.
    """
    connection.execute(
        f"create or replace temp table picked as {_PICKED}",
        {"samples": samples, "a_cell": A_CELL},
    )
    values = {"short": SHORT, "pieces": PIECES, "ends": ENDS}
    rows = rows_of(connection, _TEXTS, values)
    said = {
        (row["model"], row["sample_id"], row["attempt"]): row
        for row in rows_of(connection, _SAID, {"long": LONG, "short": SHORT})
    }
    order = {key: n for n, key in enumerate(connection.execute("from picked").fetchall())}
    rows.sort(key=lambda row: order[row["model"], row["sample_id"], row["attempt"]])
    texts = _Texts(benches, rows)
    found = []
    for row in rows:
        answer = said.get((row["model"], row["sample_id"], row["attempt"]), {})
        row |= {name: answer.get(name) for name in ("output", "characters", "error")}
        found.append(Excerpt(row, *texts.of(row)))
    return found


# ---------------------------------------------------------------- the texts of contexts


class _Texts:
    """Parts of the prompts of rows; every context is gone through once and let go."""

    def __init__(self, benches: Sequence[Bench], rows: Sequence[Row]) -> None:
        self._parts: dict[str, list[Part]] = {}
        self._why: dict[str, str] = {}
        wanted = {row["sample_id"]: row for row in rows if row["context_id"]}
        for bench in benches:
            here = {i: row for i, row in wanted.items() if i not in self._parts}
            if here:
                self._read(bench, here)

    def of(self, row: Row) -> tuple[list[Part], str]:
        """Return the parts of a row's prompt, and why there are only its head and its end."""
        found = self._parts.get(row["sample_id"])
        if found is not None:
            return found, ""
        why = self._why.get(row["sample_id"], "the bench holds no contexts")
        ends = [(PLAIN, (row["prefix"] or "")[:HEAD]), (QUESTION, (row["suffix"] or "")[-TAIL:])]
        if not any(text for _, text in ends):
            return [], why
        return [ends[0], (GAP, why), ends[1]], why

    def _take(self, row: Row, text: str) -> None:
        self._parts[row["sample_id"]] = parts_of(row, text)

    def _read(self, bench: Bench, rows: Mapping[str, Row]) -> None:
        try:
            recipes = self._stored(bench, rows)
            if recipes:
                self._composed(bench, recipes)
        except SynthctxError as error:
            for key in rows:
                self._why.setdefault(key, str(error))

    def _stored(self, bench: Bench, rows: Mapping[str, Row]) -> dict[str, Row]:
        """Read stored contexts; return the rows of those that have to be composed."""
        contexts: dict[str, list[Row]] = {}
        for row in rows.values():
            contexts.setdefault(row["context_id"], []).append(row)
        recipes: dict[str, Row] = {}
        left = STORED_BYTES
        for path in bench.parts("contexts"):
            for group, size in _groups_with(path, contexts):
                if size > left:
                    for row in _rows_in(path, group, contexts):
                        self._why[row["sample_id"]] = "left out, the texts are long"
                    continue
                left -= size
                for found in read_rows(path, ["context_id", "text"], [group]):
                    for row in contexts.get(found["context_id"], ()):
                        if found["text"] is None:
                            recipes[row["sample_id"]] = row
                        else:
                            self._take(row, found["text"])
        return recipes

    def _composed(self, bench: Bench, rows: Mapping[str, Row]) -> None:
        """Compose contexts again, byte for byte; those over the budget are left out."""
        from synthctx.compose import compose
        from synthctx.jsonio import text_digest
        from synthctx.recipes import suite_of

        names = ("task", "language", "length", "depth", "index", "version")
        wanted = {tuple(row[n] for n in names) for row in rows.values()}
        left = COMPOSED_TOKENS
        for made in suite_of(bench.manifest()).rows():
            if tuple(getattr(made, n) for n in names) not in wanted:
                continue  # its id, a digest, is not even computed
            row = rows.get(made.sample_id)
            if row is None:
                continue
            if made.length > left:
                self._why[made.sample_id] = "left out, it would take long to compose it again"
                continue
            left -= made.length
            text = compose(made).context
            if text_digest(text) == row["context_id"]:
                self._take(row, text)
            else:
                self._why[made.sample_id] = "the context comes out otherwise than it did"


def _groups_with(path: Path, contexts: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    """Yield the row groups that hold some of the contexts, with the bytes of their texts."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path.open() if isinstance(path, RemotePath) else path) as file:
            names = file.schema_arrow.names
            for group in range(file.num_row_groups):
                ids = file.read_row_group(group, ["context_id"])["context_id"].to_pylist()
                if not contexts.keys().isdisjoint(ids):
                    column = file.metadata.row_group(group).column(names.index("text"))
                    yield group, column.total_uncompressed_size
    except (OSError, ValueError, pa.ArrowException) as error:
        raise StoreError(f"'{path}' cannot be read: {error}") from error


def _rows_in(path: Path, group: int, contexts: Mapping[str, list[Row]]) -> Iterator[Row]:
    for found in read_rows(path, ["context_id"], [group]):
        yield from contexts.get(found["context_id"], ())


# ---------------------------------------------------------------- the parts of a prompt


def parts_of(row: Row, text: str) -> list[Part]:
    """Return head, evidence with its surroundings, and question of a prompt, with the gaps.

    Args:
        row: evidence (positions in the prompt), head of the prefix and end of the suffix, with
            `prefix_length` and `suffix_length` of the whole ones.
        text: the context.
    """
    before, after = row["prefix_length"] or 0, row["suffix_length"] or 0
    length = before + len(text) + after
    spans = [
        (e["char_start"], min(e["char_end"], e["char_start"] + PIECE)) for e in row["evidence"]
    ]
    question = length - min(after, TAIL)
    keep = [(0, HEAD), (question - AROUND, length)]
    keep += [(start - AROUND, end + AROUND) for start, end in spans]
    out: list[Part] = []
    at = 0
    seen = _seen(row, before, before + len(text), length)
    for start, end in _merged(keep, length):
        for first, last in seen:
            a, b = max(start, first), min(end, last)
            if a < b:
                if a > at:
                    out.append((GAP, f"{a - at:,} characters"))
                out += _marked(row, text, (a, b), spans, question)
                at = b
    return out


def _seen(row: Row, first: int, last: int, length: int) -> list[tuple[int, int]]:
    """Return what is at hand of a prompt: of a very long prefix or suffix only one end."""
    prefix, suffix = len(row["prefix"] or ""), len(row["suffix"] or "")
    return [(0, prefix), (first, last), (length - suffix, length)]


def _merged(keep: Iterable[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for start, end in sorted((max(0, s), min(length, e)) for s, e in keep):
        if out and start <= out[-1][1] + 40:  # a gap of a few words says less than the words
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        elif start < end:
            out.append((start, end))
    return out


def _marked(
    row: Row, text: str, kept: tuple[int, int], spans: list[tuple[int, int]], question: int
) -> Iterator[Part]:
    start, end = kept
    cuts = {start, end, question, *(place for span in spans for place in span)}
    places = sorted(place for place in cuts if start <= place <= end)
    for a, b in itertools.pairwise(places):
        marked = any(s <= a and b <= e for s, e in spans)
        kind = EVIDENCE if marked else QUESTION if a >= question else PLAIN
        yield kind, _slice(row, text, a, b)


def _slice(row: Row, text: str, start: int, end: int) -> str:
    """Return a stretch of prefix + text + suffix, of which only head and end are at hand."""
    before, whole = row["prefix_length"] or 0, (row["prefix_length"] or 0) + len(text)
    prefix, suffix = row["prefix"] or "", row["suffix"] or ""
    cut = (row["suffix_length"] or 0) - len(suffix)
    return (
        prefix[start : min(end, before)]
        + text[max(0, start - before) : max(0, end - before)]
        + suffix[max(0, start - whole - cut) : max(0, end - whole - cut)]
    )


def reference_text(value: str | None) -> str:
    """Return a reference as people read it, shortened: a JSON text without its quotes."""
    if value is None:
        return ""
    try:
        found = json.loads(value)
    except json.JSONDecodeError:
        found = None  # a long one, of which the end is not at hand
    text = found if isinstance(found, str) else value
    return text if len(text) <= SHORT else text[:SHORT] + " …"
