"""People's own data: tables of records, books and folders of documents, and what is wrong there.

`load_records` reads a table under the names that a task uses for its columns, `load_texts` a
book, a folder of documents or a table with a column of text. Both keep what they have read until
the file changes. `Findings` collects everything that is wrong with somebody's data, so that one
message says it all; `folded` is the form in which two texts, or two labels, count as the same.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthctx.errors import GenerationError, SuiteError, SynthctxError, did_you_mean
from synthctx.paragraphs import blocks_of, joined, paragraphs_of
from synthctx.streams import Streams

if TYPE_CHECKING:
    from synthctx.tasks import Row

TEXT_SUFFIXES = (".txt", ".md")
TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl", ".json", ".parquet")
_SHOWN = 20  # problems that a message lists
_SHORT = 60  # characters of a text in a message
_NUMBER = re.compile(r"([0-9]+)")


class Record(dict[str, Any]):
    """A row of a table under a task's own names of columns. Not to be changed: it is kept.

    Attributes:
        row: its number in the file, from 1; the header line of a table is not counted.
        written: the cells that were read as JSON, as they stand in the file.
    """

    __slots__ = ("row", "written")

    def __init__(self, row: int, cells: Mapping[str, Any]) -> None:
        super().__init__({name: parsed(cell) for name, cell in cells.items()})
        self.row = row
        self.written = {name: cells[name] for name in cells if self[name] is not cells[name]}

    @property
    def place(self) -> str:
        """Return how the row is called in messages."""
        return f"row {self.row}"


def load_records(
    path: str | Path, columns: Mapping[str, str], *, optional: Iterable[str] = ()
) -> list[Record]:
    """Return the rows of a table, each with its columns under a task's own names.

    Args:
        path: a file as of `interop.tabular.read_table`, in UTF-8 with or without a byte order
            mark.
        columns: name that the task uses -> name of the column in the file.
        optional: names that the task uses for which there need be no column; those cells are
            None. A cell of a list or an object in a table without types is read as JSON.

    Raises:
        SuiteError: not there, not readable, without rows, or a column is missing; says which
            columns there are.
    """
    file = Path(path)
    if file.is_dir():
        raise SuiteError(f"'{file}' is a folder; needed is one file of records")
    names = tuple(sorted(columns.items()))
    return list(_records(str(file), *stamp(file), names, frozenset(optional)))


def stamp(file: str | Path) -> tuple[int, int]:
    """Return a file's size and time, by which a file that is the same as before is known."""
    try:
        status = Path(file).stat()
    except FileNotFoundError as error:
        raise SuiteError(f"there is no file '{file}'") from error
    except OSError as error:
        raise SuiteError(f"file '{file}' cannot be read: {error.strerror}") from error
    return status.st_size, status.st_mtime_ns


@lru_cache(maxsize=16)
def _records(
    path: str, size: int, changed: int, names: tuple[tuple[str, str], ...], optional: frozenset[str]
) -> list[Record]:
    rows = load_rows(path)
    known = dict.fromkeys(name for row in rows for name in row)
    for ours, column in names:
        if column not in known and ours not in optional:
            given = "" if ours == column else f" (for '{ours}')"
            raise SuiteError(
                f"file '{path}' has no column '{column}'{given}.{did_you_mean(column, known)} "
                f"Columns: {', '.join(known)}"
            )
    return [
        Record(number, {ours: row.get(column) for ours, column in names})
        for number, row in enumerate(rows, 1)
    ]


def load_rows(path: str | Path) -> list[dict[str, Any]]:
    """Return the rows of a table as they stand in it.

    Raises:
        SuiteError: not there, not readable, or without rows.
    """
    from synthctx.interop.tabular import read_table

    if Path(path).is_dir():
        raise SuiteError(f"'{path}' is a folder; needed is one file of records")
    stamp(path)
    try:
        rows = list(read_table(path))
    except SynthctxError as error:
        if isinstance(error.__cause__, UnicodeDecodeError):
            read_text(path)  # says at which byte of the whole file
        raise SuiteError(str(error)) from error
    if not rows:
        raise SuiteError(f"file '{path}' has no rows")
    return rows


def parsed(value: Any) -> Any:
    """Return a cell of a table, read as JSON where it is a list or an object of it."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def read_text(path: str | Path) -> str:
    """Return the text of a UTF-8 file, without its byte order mark.

    Raises:
        SuiteError: not readable, or in another encoding: names the byte and its line.
    """
    try:
        raw = Path(path).read_bytes()
        return raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except OSError as error:
        raise SuiteError(f"file '{path}' cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        # the position is counted without the byte order mark
        at = error.start + (3 if raw.startswith(b"\xef\xbb\xbf") else 0)
        wide = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
        hint = "; it looks like UTF-16" if wide else ""
        line = raw.count(b"\n", 0, at) + 1
        raise SuiteError(
            f"file '{path}' is not UTF-8: byte {at:,} (line {line:,}) is "
            f"0x{raw[at]:02x}{hint}. Save it as UTF-8"
        ) from error


def natural(name: str) -> list[tuple[int, int, str]]:
    """Return a sorting key under which "part 2" comes before "part 10"."""
    parts = _NUMBER.split(name)
    return [(1, int(p), p) if p.isdecimal() else (2, 0, p) for p in parts if p]


def files_in(folder: str | Path, suffixes: Iterable[str]) -> list[Path]:
    """Return the files of a folder and its subfolders that have one of some suffixes.

    Hidden files and folders are left out; the order is the natural one of names.
    """
    root, allowed = Path(folder), tuple(suffixes)
    found = [
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.suffix.lower() in allowed and path.is_file()
    ]
    shown = [name for name in found if not any(part.startswith(".") for part in name.split("/"))]
    return [root / name for name in sorted(shown, key=lambda name: (natural(name), name))]


def text_files(folder: str | Path) -> list[Path]:
    """Return the .txt and .md files of a folder and its subfolders, as of `files_in`.

    Raises:
        SuiteError: there are none.
    """
    found = files_in(folder, TEXT_SUFFIXES)
    if not found:
        raise SuiteError(f"folder '{folder}' has no file of {', '.join(TEXT_SUFFIXES)}")
    return found


def path_digest(path: str | Path) -> str:
    """Return the sha256 of a file's bytes, or of the names and bytes of a folder's documents.

    Raises:
        SuiteError: a folder without documents.
        OSError: not readable.
    """
    if Path(path).is_dir():
        parts = [(f.relative_to(path).as_posix(), f) for f in text_files(path)]
        lines = [f"{_sha256(file)} {name}\n" for name, file in sorted(parts)]
        return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
    return _sha256(Path(path))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def record_of(row: Row, n: int, path: str, what: str) -> int:
    """Return which of `n` records of a file a sample's index has: each once, as the seed orders.

    Args:
        row: of the sample; all lengths, depths and versions of a problem have the same record.
        n: how many there are.
        path: of the file, for the message.
        what: what they are, for the message: "questions".

    Raises:
        GenerationError: there are fewer records than samples are asked for.
    """
    if row.index >= n:
        raise GenerationError(
            f"task {row.task}: file '{path}' has {n:,} {what}, sample {row.index + 1:,} would "
            "need one more; ask for fewer samples"
        )
    key = {name: value for name, value in row.drawn_from.items() if name != "index"}
    return int(Streams(key)("questions").permutation(n)[row.index])


# ---------------------------------------------------------------- books and folders


@dataclass(frozen=True, slots=True)
class Text:
    """A text in its paragraphs, each in one line.

    Attributes:
        name: where it is from, for messages: a file, or a row of a table.
    """

    name: str
    paragraphs: tuple[str, ...]


def load_texts(path: str | Path, column: str = "text") -> list[Text]:
    """Return texts with their paragraphs: of a book one, of a folder or a table several.

    Paragraphs are parted by blank lines (or page ends). Left out are headings, bare numerals,
    running headers that come again and again, and rules (a cell of a table is taken as it is);
    and, of all texts together, every paragraph that is like an earlier one when `folded`. A text
    without any is left out.

    Args:
        path: a book (.txt or .md), a folder of such documents (with its subfolders, in natural
            order of name), or a table as of `load_records` with a column of text.
        column: that column.

    Raises:
        SuiteError: not there, not readable, not UTF-8, or nothing is left.
    """
    where = Path(path)
    if where.is_dir():
        files = text_files(where)
        found = _documents(str(where), tuple((str(f), *stamp(f)) for f in files))
    elif where.suffix.lower() in TEXT_SUFFIXES:
        found = _documents("", ((str(where), *stamp(where)),))
    elif where.is_file() and where.suffix.lower() not in TABLE_SUFFIXES:
        known = ", ".join((*TEXT_SUFFIXES, *TABLE_SUFFIXES))
        raise SuiteError(f"'{where}' is neither a folder nor one of {known}")
    else:
        found = _rows_of_text(str(where), *stamp(where), column)
    if not found:
        raise SuiteError(f"'{where}' holds no paragraph of text beside headings and repetitions")
    return list(found)


@lru_cache(maxsize=4)
def _documents(root: str, files: tuple[tuple[str, int, int], ...]) -> tuple[Text, ...]:
    names = [Path(file).relative_to(root).as_posix() if root else file for file, _, _ in files]
    texts = [paragraphs_of(read_text(file)) for file, _, _ in files]
    return _new_ones(zip(names, texts, strict=True))


@lru_cache(maxsize=4)
def _rows_of_text(path: str, size: int, changed: int, column: str) -> tuple[Text, ...]:
    rows = load_records(path, {column: column})
    found = Findings(f"file '{path}'")
    for row in rows:
        if not isinstance(row[column], str | None):
            found.add(row, f"{column} is not a text but {short(row[column])}")
    found.check()
    return _new_ones((row.place, map(joined, blocks_of(row[column] or ""))) for row in rows)


def _new_ones(texts: Iterable[tuple[str, Iterable[str]]]) -> tuple[Text, ...]:
    """Return texts without the paragraphs that were there before."""
    seen: set[str] = set()
    out = []
    for name, paragraphs in texts:
        kept = []
        for paragraph in paragraphs:
            if (key := folded(paragraph)) not in seen:
                seen.add(key)
                kept.append(paragraph)
        if kept:
            out.append(Text(name, tuple(kept)))
    return tuple(out)


# ---------------------------------------------------------------- what is wrong with it


def folded(text: str, label: bool = False) -> str:
    """Return the form in which texts that say the same are equal.

    That is Unicode's NFKC without case, white space as single blanks, and no punctuation at the
    ends; of a label, "_" and "-" are blanks as well.
    """
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    if label:
        text = text.replace("_", " ").replace("-", " ")
    text = " ".join(text.split())
    start, end = 0, len(text)
    while start < end and _outer(text[start]):
        start += 1
    while end > start and _outer(text[end - 1]):
        end -= 1
    return text[start:end] or text  # "?!" is itself


def _outer(character: str) -> bool:
    return character == " " or unicodedata.category(character).startswith("P")


def _number(value: float) -> str:
    """Return a number as a text: a whole one as such, "" for none (a table's empty cell)."""
    if isinstance(value, float):
        return "" if value != value else str(int(value)) if value.is_integer() else str(value)
    return str(value)


def short(text: object) -> str:
    """Return a value in quotes for a message, cut where it is long."""
    line = " ".join(str(text).split())
    return f"'{line}'" if len(line) <= _SHORT else f"'{line[: _SHORT - 3]}...'"


class Findings:
    """What is wrong with somebody's data, place by place.

    Args:
        what: what was read, for the first line: "file 'x.csv'".
    """

    def __init__(self, what: str) -> None:
        self.what = what
        self._found: list[tuple[int, str]] = []

    def add(self, place: str | Record, problem: str) -> None:
        """Remember a problem of a row or of another place ("": of the whole)."""
        row, where = (place.row, place.place) if isinstance(place, Record) else (0, place)
        self._found.append((row, f"{where}: {problem}" if where else problem))

    @property
    def lines(self) -> list[str]:
        """Return all problems, those of rows in the order of rows, each once."""
        found = sorted(self._found, key=lambda problem: problem[0])
        return list(dict.fromkeys(line for _, line in found))

    def text(self, record: Record, name: str) -> str:
        """Return a cell as a text without white space at its ends; "" is a problem."""
        value = record.written.get(name, record.get(name))
        if isinstance(value, bool | int | float):
            value = _number(value)
        if value is None or (isinstance(value, str) and not value.strip()):
            self.add(record, f"{name} is empty")
        elif not isinstance(value, str):
            self.add(record, f"{name} is not a text but {short(value)}")
        else:
            return value.strip()
        return ""

    def texts(self, record: Record, name: str) -> list[str]:
        """Return a cell as one or more texts, none of them empty; [] is a problem."""
        value = record.get(name)
        given = value if isinstance(value, list | tuple) else [value]
        plain = [_number(v) if isinstance(v, int | float) else v for v in given if v is not None]
        if any(not isinstance(v, str) for v in plain):
            self.add(record, f"{name} is neither a text nor a list of texts: {short(value)}")
            return []
        out = [v.strip() for v in plain if v.strip()]
        if not out:
            self.add(record, f"{name} is empty")
        return out

    def repeated(
        self, texts: Iterable[tuple[str | Record, str]], what: str, label: bool = False
    ) -> None:
        """Remember the places whose texts are the same when folded.

        Args:
            texts: (place, text).
            what: what they are, for the message: "text".
            label: whether they are labels; those may stand in many rows in one spelling, but
                not in two.
        """
        seen: dict[str, tuple[str, str]] = {}
        spellings: set[str] = set()
        for place, text in texts:
            where = place.place if isinstance(place, Record) else place
            if label and text in spellings:
                continue
            spellings.add(text)
            key = folded(text, label)
            if key not in seen:
                seen[key] = (where, text)
                continue
            first, spelt = seen[key]
            same = f"{what} {short(text)} is {short(spelt)} of {first} in another spelling"
            self.add(place, same if label else f"the same {what} as {first}: {short(text)}")

    def __bool__(self) -> bool:
        return bool(self._found)

    def check(self, hint: str = "") -> None:
        """Raise one error that lists all problems, if there are any.

        Args:
            hint: said at the end: what would be right.

        Raises:
            SuiteError: there are problems; the first 20, and how many more.
        """
        lines = self.lines
        if not lines:
            return
        count = "1 problem" if len(lines) == 1 else f"{len(lines):,} problems"
        more = [f"... and {len(lines) - _SHOWN:,} more"] if len(lines) > _SHOWN else []
        shown = "".join(f"\n  {line}" for line in [*lines[:_SHOWN], *more])
        raise SuiteError(f"{self.what} has {count}:{shown}" + (f"\n{hint}" if hint else ""))
