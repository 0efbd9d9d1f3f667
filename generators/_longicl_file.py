"""Many-shot classification out of a table of texts and labels of the user's own.

Rows are parted into demonstrations and questions: by a column that says which (`split_column`;
rows with `question_split` in it are questions, all others demonstrations), or a share of each
label's rows drawn by the seed. What could make a test unsound is an error that lists the rows:
empty cells; labels that are equal but for case, "_", "-" or blanks; a text that stands in two
rows when folded (`duplicates: drop` keeps the first of each, a demonstration before a question,
and none of a text that has two labels); labels with fewer demonstrations than rounds asked for.
Nothing is filled up with other labels. A text is shown in one line. All versions of a problem
ask the same; their demonstrations come in other orders.

`opaque` shows made-up words for the labels, so that their names give nothing away.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from synthctx.compose import Room
from synthctx.errors import GenerationError, ScoreError, SuiteError, did_you_mean
from synthctx.generators._longicl_code import opaque, words_of
from synthctx.generators._longicl_shots import Book
from synthctx.records import Findings, Record, folded, load_records, stamp
from synthctx.rules import grade
from synthctx.streams import Streams
from synthctx.tasks import Row, Split

_MOST_LABELS = 2000
_LONGEST_LABEL = 100  # characters
_NAME = {"type": "string", "minLength": 1}

PARAMS: dict[str, dict[str, Any]] = {
    "file": {"type": ["string", "null"], "minLength": 1, "default": None},
    "text_column": {**_NAME, "default": "text"},
    "label_column": {**_NAME, "default": "label"},
    "split_column": {"type": ["string", "null"], "minLength": 1, "default": None},
    "question_split": {**_NAME, "default": "test"},
    "question_share": {"type": "number", "minimum": 0.01, "maximum": 0.9, "default": 0.2},
    "opaque": {"type": "boolean", "default": False},
    "duplicates": {"enum": ["refuse", "drop"], "default": "refuse"},
}
_OF_THE_SPLIT = tuple(name for name in PARAMS if name != "file")


@dataclass(frozen=True, eq=False)
class Table:
    """A file's texts, parted.

    Attributes:
        labels: as they are shown, in round-robin order.
        shown: the demonstrations of each label.
        questions: (text, number of its label) in the order in which they are asked.
    """

    labels: list[str]
    shown: list[list[str]]
    questions: list[tuple[str, int]]


def table_of(row: Row) -> Table:
    """Return what a row's file holds; a file that is the same as before is not read again.

    Raises:
        SuiteError: not readable, or not fit for a test: lists what is wrong.
    """
    path = row.params["file"]
    given = tuple(row.params[name] for name in _OF_THE_SPLIT)
    table = _table(path, *stamp(path), (row.seed, row.version), given)
    _enough(table, path, row.params["rounds"] or 1)
    return table


def _enough(table: Table, path: str, rounds: int) -> None:
    """Raise an error that lists the labels with fewer demonstrations than rounds."""
    found = Findings(f"file '{path}'")
    for label, shown in zip(table.labels, table.shown, strict=True):
        if len(shown) < rounds:
            count = "1 demonstration" if len(shown) == 1 else f"{len(shown)} demonstrations"
            found.add(
                f"label '{label}'", f"{count}, needed {'is' if rounds == 1 else 'are'} {rounds}"
            )
    most = min(map(len, table.shown))
    found.check(
        f"Ask for fewer rounds (-p rounds={most}), or leave out those labels" if most else ""
    )


@dataclass(frozen=True)
class _Row:
    record: Record
    text: str
    label: str
    question: bool


@lru_cache(maxsize=4)
def _table(
    path: str, size: int, changed: int, seed: tuple[int, int], given: tuple[Any, ...]
) -> Table:
    params = dict(zip(_OF_THE_SPLIT, given, strict=True))
    rows = _without_repeats(path, _rows(path, params), params["duplicates"] == "drop")
    streams, structure = Streams(["many-shot file", *seed]), Streams(["many-shot file", seed[0]])
    names = structure("labels").shuffled(sorted({row.label for row in rows}))
    if not 2 <= len(names) <= _MOST_LABELS:
        count = "one label" if len(names) == 1 else f"{len(names):,} labels"
        raise SuiteError(
            f"file '{path}' has {count} in column '{params['label_column']}', "
            f"needed are 2 to {_MOST_LABELS:,}"
        )
    number = {name: i for i, name in enumerate(names)}
    shown: list[list[str]] = [[] for _ in names]
    asked: list[list[str]] = [[] for _ in names]
    for row in rows:
        (asked if row.question else shown)[number[row.label]].append(row.text)
    for i in range(len(names)):
        if params["split_column"] is None:
            texts = structure("rows", names[i]).shuffled(shown[i])
            held = min(max(1, round(params["question_share"] * len(texts))), len(texts) - 1)
            asked[i], shown[i] = texts[:held], texts[held:]
        shown[i] = streams("demonstrations", names[i]).shuffled(shown[i])
    if not any(asked):
        raise SuiteError(
            f"file '{path}' has one row of each label: none is left for a question. Needed are "
            "two of a label at least, one of them the question"
        )
    if params["opaque"]:
        taken = words_of(row.text for row in rows)
        labels = opaque(streams("opaque"), len(names), taken)
    else:
        labels = names
        _legible(path, labels)
    return Table(labels, shown, _turns(structure, asked))


def _turns(structure: Streams, asked: list[list[str]]) -> list[tuple[str, int]]:
    """Return questions in rounds over the labels, so that each is asked for as often as it can."""
    order = structure("turn").permutation(len(asked)).tolist()
    columns = [[(text, i) for text in structure("questions", i).shuffled(asked[i])] for i in order]
    return [one for turn in zip_longest(*columns) for one in turn if one is not None]


def _rows(path: str, params: dict[str, Any]) -> list[_Row]:
    """Return the rows of a file, the demonstrations first."""
    columns = {"text": params["text_column"], "label": params["label_column"]}
    if params["split_column"] is not None:
        columns["split"] = params["split_column"]
    records = load_records(path, columns)
    found = Findings(f"file '{path}'")
    cells = [(r, found.text(r, "text"), found.text(r, "label")) for r in records]
    found.check()
    for record, _, label in cells:
        if len(label) > _LONGEST_LABEL:
            found.add(record, f"the label has {len(label)} characters, at most {_LONGEST_LABEL}")
    found.repeated(((record, label) for record, _, label in cells), "label", label=True)
    found.check("Labels must differ in more than case, '_', '-' and blanks")
    wanted = folded(params["question_split"])
    splits = [folded(str(r.get("split") or "")) == wanted for r in records]
    if params["split_column"] is not None and (all(splits) or not any(splits)):
        values = sorted({str(r["split"]) for r in records})
        raise SuiteError(
            f"file '{path}', column '{params['split_column']}': {sum(splits):,} of "
            f"{len(splits):,} rows are questions, those with '{params['question_split']}' in it."
            f"{did_you_mean(params['question_split'], values)} In it are: "
            f"{', '.join(values[:12])}; say which are questions: -p question_split=..."
        )
    rows = [
        _Row(record, " ".join(text.split()), " ".join(label.split()), question)
        for (record, text, label), question in zip(cells, splits, strict=True)
    ]
    return sorted(rows, key=lambda row: row.question)


def _without_repeats(path: str, rows: list[_Row], drop: bool) -> list[_Row]:
    """Return rows whose texts all differ when folded, or raise an error that lists the others."""
    first: dict[str, _Row] = {}
    torn: set[str] = set()
    found = Findings(f"file '{path}'")
    for row in rows:
        key = folded(row.text)
        other = first.setdefault(key, row)
        if other is row:
            continue
        if row.label == other.label:
            found.add(row.record, f"the same text as {other.record.place}: {row.text[:60]!r}")
        else:
            torn.add(key)
            label = f"'{row.label}' here, '{other.label}' there"
            found.add(row.record, f"the same text as {other.record.place}, but {label}")
    if not drop:
        found.check(
            "-p duplicates=drop keeps the first of each, a demonstration before a question, and "
            "none of a text that has two labels"
        )
    return [row for key, row in first.items() if key not in torn]


def _legible(path: str, labels: list[str]) -> None:
    """Raise an error where the rule could not tell labels apart, or would read none."""
    try:
        for label in labels:
            grade("label/exact", output="", reference=label, params={"labels": [label]})
        grade("label/exact", output="", reference=labels[0], params={"labels": labels})
    except ScoreError as error:
        raise SuiteError(
            f"file '{path}': {error}; -p opaque=true shows made-up words for them"
        ) from error


@lru_cache(maxsize=4)
def _book(tokenizer: str, template: str, table: Table) -> Book:
    labels, shown = table.labels, table.shown

    def make(number: int) -> str:
        turns, at = divmod(number, len(labels))
        return template.format(text=shown[at][turns], label=labels[at])

    return Book(labels, make, end=len(labels) * min(map(len, shown)))


def file_book(room: Room, template: str) -> Book:
    """Return the demonstrations of a row's file, as many of each label as of the others.

    Args:
        room: of the row.
        template: of a demonstration, with {text} and {label}.
    """
    return _book(room.row.tokenizer, template, table_of(room.row))


def held_out(room: Room) -> tuple[str, int]:
    """Return the text that a row asks about, and the number of its label; none comes twice.

    Raises:
        GenerationError: the file has fewer questions.
    """
    questions = table_of(room.row).questions
    if room.row.index >= len(questions):
        raise GenerationError(
            f"task {room.row.task}: file '{room.params['file']}' has {len(questions):,} questions "
            f"beside its demonstrations, sample {room.row.index + 1:,} would need one more; ask "
            "for fewer samples, or for a larger question_share"
        )
    return questions[room.row.index]


def split_of(row: Row) -> Split | None:
    """Return all demonstrations and questions of a row's file, None where it has none."""
    if row.params["file"] is None:
        return None
    table = table_of(row)
    pairs = zip(table.labels, table.shown, strict=True)
    return Split(
        [(text, label) for label, shown in pairs for text in shown],
        [(text, table.labels[at]) for text, at in table.questions],
    )
