"""People's own data: tables, books and folders as they are read, and what is said of bad ones."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synthctx.errors import GenerationError, SuiteError
from synthctx.essay import essay_files
from synthctx.records import (
    Findings,
    folded,
    load_records,
    load_texts,
    path_digest,
    read_text,
    record_of,
    text_files,
)
from synthctx.tasks import Row, get_task

ROWS = [
    {"text": "It rained, then it stopped.", "label": "wet_day", "tags": ["a", "b"]},
    {"text": "Snow lay\non the hills.", "label": "cold_day", "tags": ["c"]},
]


def as_csv(path: Path, delimiter: str = ",") -> None:
    lines = ["text,label,tags".replace(",", delimiter)]
    for row in ROWS:
        cells = [row["text"], row["label"], json.dumps(row["tags"])]
        lines.append(delimiter.join('"' + str(c).replace('"', '""') + '"' for c in cells))
    path.write_text("\ufeff" + "\r\n".join(lines), encoding="utf-8")


WRITERS: dict[str, Callable[[Path], Any]] = {
    ".csv": as_csv,
    ".tsv": lambda path: as_csv(path, "\t"),
    ".jsonl": lambda path: path.write_text(
        "\ufeff" + "\n\n".join(map(json.dumps, ROWS)), encoding="utf-8"
    ),
    ".json": lambda path: path.write_text(json.dumps(ROWS), encoding="utf-8-sig"),
    ".parquet": lambda path: pq.write_table(pa.Table.from_pylist(ROWS), path),
}


@pytest.mark.parametrize("suffix", WRITERS)
def test_every_kind_of_table_gives_the_same_records(suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"x{suffix}"
    WRITERS[suffix](file)
    rows = load_records(file, {"said": "text", "tags": "tags", "more": "none"}, optional=["more"])
    expected = [{"said": row["text"], "tags": row["tags"], "more": None} for row in ROWS]
    assert rows == expected
    assert [row.row for row in rows] == [1, 2]
    assert (
        load_records(file, {"said": "text", "tags": "tags", "more": "none"}, optional=["more"])[0]
        is (rows[0])
    )


def test_a_file_that_has_changed_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text('{"text": "one"}\n')
    assert load_records(file, {"text": "text"}) == [{"text": "one"}]
    file.write_text('{"text": "two"}\n')
    os.utime(file, ns=(1, 1))
    assert load_records(file, {"text": "text"}) == [{"text": "two"}]


REFUSED = {
    "a missing column": ("x.csv", b"text,lable\na,b\n", "no column 'label'. Did you mean 'lable'"),
    "a comma too many": ("x.csv", b"text,label\na, b,c\n", "row 1: more cells than the header"),
    "no rows": ("x.csv", b"text,label\n", "has no rows"),
    "no objects": ("x.json", b"[1]", "row 1: not a JSON object"),
    "no list": ("x.json", b'{"text": 1}', "not a JSON list"),
    "no JSON": ("x.json", b"[", "not readable JSON"),
    "a broken line": ("x.jsonl", b'{"text": "a"}\n{', "not a readable JSON lines file"),
    "another encoding": ("x.csv", b"text,label\nok,a\ncaf\xe9,b\n", "byte 19 (line 3) is 0xe9"),
    "a long number": ("x.json", b"[" + b"9" * 5000 + b"]", "not readable JSON"),
    "another kind": ("x.xlsx", b"PK", "is none of .parquet, .csv, .jsonl, .tsv, .json"),
    "no Parquet": ("x.parquet", b"PAR1", "not a readable Parquet file"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_table_that_cannot_be_read_is_refused(kind: str, tmp_path: Path) -> None:
    name, raw, message = REFUSED[kind]
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(SuiteError) as caught:
        load_records(tmp_path / name, {"text": "text", "label": "label"})
    assert message in str(caught.value)
    assert name in str(caught.value)


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="is a folder; needed is one file"):
        load_records(tmp_path, {})
    for load in (lambda path: load_records(path, {}), load_texts):
        with pytest.raises(SuiteError, match="there is no file"):
            load(tmp_path / "none.csv")
    (tmp_path / "x.pdf").write_text("x")
    with pytest.raises(SuiteError, match=r"neither a folder nor one of \.txt"):
        load_texts(tmp_path / "x.pdf")


@pytest.mark.parametrize("mark", [";", "\t"])
def test_a_spreadsheet_with_other_marks_than_commas(mark: str, tmp_path: Path) -> None:
    lines = [f"text{mark}label", f'"a{mark} b, c"{mark}x', f"d, e{mark}y"]
    (tmp_path / "X.CSV").write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    rows = load_records(tmp_path / "X.CSV", {"text": "text", "label": "label"})
    assert rows == [{"text": f"a{mark} b, c", "label": "x"}, {"text": "d, e", "label": "y"}]


def test_texts_that_look_like_lists_and_numbers(tmp_path: Path) -> None:
    cells = ["[12]", '{"a": 1}', "1.0"]
    (tmp_path / "x.csv").write_text(
        "a\n" + "\n".join(f'"{c.replace(chr(34), chr(34) * 2)}"' for c in cells)
    )
    rows, found = load_records(tmp_path / "x.csv", {"a": "a"}), Findings("x")
    assert [found.text(row, "a") for row in rows] == cells
    assert found.texts(rows[0], "a") == ["12"]
    (tmp_path / "x.jsonl").write_text('{"a": 2.0}\n{"a": 2.5}\n{"a": NaN}\n{"a": true}\n')
    rows = load_records(tmp_path / "x.jsonl", {"a": "a"})
    assert [found.text(row, "a") for row in rows] == ["2", "2.5", "", "True"]
    assert found.lines == ["row 3: a is empty"]


def test_a_broken_line_is_counted_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"a": 1}\n\n{"a": \n')
    with pytest.raises(SuiteError, match="line 3, column 7: Expecting value"):
        load_records(tmp_path / "x.jsonl", {"a": "a"})


def test_an_essay_folder_is_read_as_any_other(tmp_path: Path) -> None:
    for name in ("part 10.txt", "part 2.md", ".part 1.txt", "b.csv", "c.pdf", "package.json"):
        (tmp_path / name).write_text("text\nOne.")
    names = [Path(name).name for name in essay_files([str(tmp_path)])]
    assert names == ["b.csv", "part 2.md", "part 10.txt"]


# ---------------------------------------------------------------- books and folders

BOOK = """\ufeffThe Ferry
=========

By A. Nobody

CHAPTER I

The ferry left at six,
and nobody was on it.

- 12 -
\f
THE FERRY 13
So it turned round. “Too early,” said the pilot.

THE FERRY 14

## 2. The Return

It was back by seven.

III.

So it  turned round. “Too early,” said the pilot!

* * *

Chapter 4. The Bridge

THE FERRY 15

The bridge was opened next year.
"""


def test_a_book_is_its_paragraphs(tmp_path: Path) -> None:
    file = tmp_path / "ferry.txt"
    file.write_bytes(BOOK.replace("\n", "\r\n").encode("utf-8"))
    (book,) = load_texts(file)
    assert book.paragraphs == (
        "The ferry left at six, and nobody was on it.",
        "So it turned round. “Too early,” said the pilot.",
        "It was back by seven.",
        "The bridge was opened next year.",
    )
    assert load_texts(file)[0] is book


WRAPPED = """\
The Project Gutenberg eBook of The Lock

*** START OF THE PROJECT GUTENBERG EBOOK THE LOCK ***

THE LOCK

I

Nobody had seen the keeper of the lock since the evening of the flood, and {n} men
went out to look,
he said.

"I--"

{n} men went out to look for the boat of the keeper, which had been built in the year
{year}.

The keeper was told of it at {n}, and nobody in the whole house asked him what he
did.

The Lock {n}
"Nobody asked me," said the keeper of the lock, and there was nothing to be said
he said.

*** END OF THE PROJECT GUTENBERG EBOOK THE LOCK ***

You may copy it, give it away or re-use it.
"""


def test_no_sentence_of_a_hard_wrapped_book_loses_its_end(tmp_path: Path) -> None:
    start, _, rest = WRAPPED.partition("I\n\n")
    body, end, licence = rest.partition("*** END")
    pages = "".join(body.format(n=n, year=1857 + n) for n in range(3))
    (tmp_path / "x.txt").write_text(start + "I\n\n" + pages + end + licence)
    (book,) = load_texts(tmp_path / "x.txt")
    text = "\n".join(book.paragraphs)
    assert text.count("he said.") == 3 + 1  # what is the same throughout is there once
    assert all(f"built in the year {1857 + n}." in text for n in range(3))
    assert text.count("what he did.") == 3
    assert '"I--"' in book.paragraphs
    assert "The Lock" not in text
    assert "THE LOCK" not in text
    assert "copy it" not in text


def test_lines_of_chinese_are_joined_without_a_blank(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("第一章\n\n渡船六点离岸，\n船上没有人。\n", encoding="utf-8")
    (book,) = load_texts(tmp_path / "x.txt")
    assert book.paragraphs == ("渡船六点离岸，船上没有人。",)


def test_a_folder_is_read_in_natural_order(tmp_path: Path) -> None:
    for name, text in {
        "part 10.txt": "The tenth part.",
        "part 2.md": "# Two\n\nThe second part.\n\nThe end.",
        "b/part 1.txt": "The end.\n\nThe first of b.",
        ".hidden/x.txt": "Nobody reads this.",
        "notes.pdf": "Nor this.",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    texts = load_texts(tmp_path)
    # a paragraph of an earlier text is not there again
    assert [(t.name, t.paragraphs) for t in texts] == [
        ("b/part 1.txt", ("The end.", "The first of b.")),
        ("part 2.md", ("The second part.",)),
        ("part 10.txt", ("The tenth part.",)),
    ]
    before = path_digest(tmp_path)
    (tmp_path / "notes.pdf").write_text("Something else.")
    assert path_digest(tmp_path) == before
    (tmp_path / "part 10.txt").rename(tmp_path / "part 11.txt")
    renamed = path_digest(tmp_path)
    (tmp_path / "part 11.txt").write_text("The eleventh part.")
    assert len({before, renamed, path_digest(tmp_path)}) == 3
    assert load_texts(tmp_path)[-1].paragraphs == ("The eleventh part.",)


def test_cells_of_a_table_are_taken_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    cells = ["A HEADLINE", "One.\n\nTwo.", "one", "a headline!", ""]
    file.write_text("\n".join(json.dumps({"body": cell}) for cell in cells))
    texts = load_texts(file, column="body")
    assert [(t.name, t.paragraphs) for t in texts] == [
        ("row 1", ("A HEADLINE",)),
        ("row 2", ("One.", "Two.")),
    ]
    with pytest.raises(SuiteError, match="no column 'text'"):
        load_texts(file)
    file.write_text('{"body": ["a"]}')
    with pytest.raises(SuiteError, match="row 1: body is not a text"):
        load_texts(file, column="body")


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"One.\n\nTw\xf6.\n", "byte 8 (line 3) is 0xf6. Save it as UTF-8"),
        ("\ufeffOne.".encode("utf-16"), "byte 0 (line 1) is 0xff; it looks like UTF-16"),
        (b"\xef\xbb\xbfOne\xff", "byte 6 (line 1) is 0xff"),
    ],
)
def test_another_encoding_is_named_with_its_place(raw: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_bytes(raw)
    with pytest.raises(SuiteError) as caught:
        load_texts(tmp_path / "x.txt")
    assert message in str(caught.value)
    with pytest.raises(SuiteError, match="cannot be read"):
        read_text(tmp_path)


@pytest.mark.parametrize("text", ["", "CHAPTER I\n\n12\n\n* * *\n", "# Only\n## Headings\n"])
def test_a_book_without_paragraphs(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.md").write_text(text)
    with pytest.raises(SuiteError, match="holds no paragraph"):
        load_texts(tmp_path / "x.md")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SuiteError, match=r"has no file of \.txt, \.md"):
        text_files(tmp_path / "empty")


def test_long_runs_of_anything_take_no_long_time(tmp_path: Path) -> None:
    for run in (" \n", "\n", "-", "= ", "(", "\t", "i", '"', "\f", "#"):
        (tmp_path / "x.txt").write_text(run * 100_000 + "\n\nA sentence, at last.\n")
        assert load_texts(tmp_path / "x.txt")[0].paragraphs[-1] == "A sentence, at last."


# ---------------------------------------------------------------- findings


@pytest.mark.parametrize(
    ("one", "other", "label"),
    [
        ("Straße", "STRASSE", False),
        ("ﬁne  Day.", "fine day", False),
        ("“Yes!”", "yes", False),
        ("a\u00a0b\n c", "A B C", False),
        ("Card_Arrival", "card-arrival", True),
        (" new  class?", "New_Class", True),
    ],
)
def test_texts_that_say_the_same_fold_to_the_same(one: str, other: str, label: bool) -> None:
    assert folded(one, label) == folded(other, label)
    assert folded(folded(one, label), label) == folded(one, label)


def test_texts_that_do_not() -> None:
    assert folded("a_b") != folded("a-b")
    assert folded("ab") != folded("a b")
    assert folded("?!") == "?!"
    assert folded("10") != folded("100")


def test_findings_are_listed_by_row_and_counted(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("text,label\n" + "".join(f"same,l {k}\n" for k in range(30)))
    rows = load_records(file, {"text": "text", "label": "label"})
    found = Findings("file 'x.csv'")
    found.check()
    assert not found
    found.repeated([(row, row["text"]) for row in rows], "text")
    found.add(rows[0], "label is odd")
    found.add(rows[0], "label is odd")
    found.add("", "too few labels")
    with pytest.raises(SuiteError) as caught:
        found.check("Needed are more")
    lines = str(caught.value).splitlines()
    assert lines[0] == "file 'x.csv' has 31 problems:"
    assert lines[1:4] == [
        "  too few labels",
        "  row 1: label is odd",
        "  row 2: the same text as row 1: 'same'",
    ]
    assert len(lines) == 23
    assert lines[-2:] == ["  ... and 11 more", "Needed are more"]


def test_labels_in_two_spellings_are_found_once_each() -> None:
    found = Findings("x")
    labels = ["New_Class", "new class", "New_Class", "new class", "other"]
    found.repeated([(f"row {k}", label) for k, label in enumerate(labels, 1)], "label", label=True)
    assert found.lines == ["row 2: label 'new class' is 'New_Class' of row 1 in another spelling"]


def test_cells_as_texts(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    cells: list[Any] = [" a ", 7, ["a", " b", "", None, 3], "", None, {"a": 1}, [[1]]]
    file.write_text(json.dumps([{"cell": cell} for cell in cells]))
    rows, found = load_records(file, {"cell": "cell"}), Findings("x")
    assert [found.text(row, "cell") for row in rows] == ["a", "7", "", "", "", "", ""]
    assert len(found.lines) == 5
    more = Findings("x")
    lists = [["a"], ["7"], ["a", "b", "3"], [], [], [], []]
    assert [more.texts(row, "cell") for row in rows] == lists
    assert [line.split(":")[0] for line in more.lines] == ["row 4", "row 5", "row 6", "row 7"]


def test_each_record_is_had_once_over_the_indexes() -> None:
    def row(index: int, **more: Any) -> Row:
        task = get_task("niah/own")
        given = {"seed": 3, "length": 2048, "depth": 0.5, "version": 0, **more}
        return Row(
            task=task.id,
            task_version=1,
            language="en",
            index=index,
            tokenizer="tekken",
            params={"file": "x"},
            haystack={"kind": "prose"},
            **given,
        )

    numbers = [record_of(row(i), 9, "x.csv", "needles") for i in range(9)]
    assert sorted(numbers) == list(range(9))
    assert numbers != list(range(9))
    assert numbers == [
        record_of(row(i, length=999, version=2), 9, "x", "needles") for i in range(9)
    ]
    assert numbers != [record_of(row(i, seed=4), 9, "x", "needles") for i in range(9)]
    with pytest.raises(GenerationError, match=r"'x.csv' has 9 needles, sample 10 would need"):
        record_of(row(9), 9, "x.csv", "needles")
