"""People's own text as filler: files and folders, cut into paragraphs and sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from synthctx.errors import SuiteError, SynthctxError
from synthctx.records import TABLE_SUFFIXES, TEXT_SUFFIXES, files_in, read_text

_IN_FOLDERS = (*TEXT_SUFFIXES, ".parquet", ".csv", ".jsonl")  # .json there is often no text
_PARAGRAPH_END = re.compile(r"\n\s*\n")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+|(?<=[。！？])[”』」）]*")


def split_sentences(paragraph: str, language: str) -> list[str]:
    """Split a paragraph into sentences at full stops, without any download."""
    text = ("" if language == "zh" else " ").join(paragraph.split())
    out, at = [], 0
    for match in _SENTENCE_END.finditer(text):
        out.append(text[at : match.end()].strip())
        at = match.end()
    out.append(text[at:].strip())
    return [s for s in out if s]


def essay_files(files: Sequence[str]) -> list[str]:
    """Return the text files of a list of files and folders, those of a folder in natural order.

    Hidden files and folders are left out.

    Raises:
        SuiteError: one does not exist, is of no known kind, or a folder has none.
    """
    known = (*TEXT_SUFFIXES, *TABLE_SUFFIXES)
    out: list[str] = []
    for name in files:
        path = Path(name)
        if path.is_dir():
            found = files_in(path, _IN_FOLDERS)
            if not found:
                allowed = ", ".join(_IN_FOLDERS)
                raise SuiteError(f"haystack folder '{name}' has no file of {allowed}")
            out.extend(map(str, found))
        elif not path.is_file():
            raise SuiteError(f"haystack file '{name}' does not exist")
        elif path.suffix.lower() not in known:
            raise SuiteError(f"haystack file '{name}' is none of {', '.join(known)}")
        else:
            out.append(name)
    return out


def essay_paragraphs(files: Sequence[str], language: str, column: str) -> list[list[str]]:
    """Return the paragraphs of the user's files as lists of sentences.

    Args:
        files: .txt, .md, .parquet, .csv or .jsonl files, or folders of them.
        language: "zh" splits without blanks.
        column: which column of the tables holds text.

    Raises:
        SuiteError: a file cannot be read, or there is no text.
    """
    out = []
    for name in essay_files(files):
        for text in _texts(name, column):
            for paragraph in _PARAGRAPH_END.split(text):
                if sentences := split_sentences(paragraph, language):
                    out.append(sentences)
    if not out:
        raise SuiteError(f"the haystack files hold no text: {', '.join(files)}")
    return out


def _texts(name: str, column: str) -> Iterator[str]:
    path = Path(name)
    if path.suffix.lower() in TEXT_SUFFIXES:
        try:
            yield read_text(path)
        except SuiteError as error:
            raise SuiteError(f"haystack {error}") from error
        return
    from synthctx.interop.tabular import read_table

    try:
        for row in read_table(path, [column]):
            yield str(row[column] or "")
    except SynthctxError as error:
        raise SuiteError(f"haystack file {error}") from error
