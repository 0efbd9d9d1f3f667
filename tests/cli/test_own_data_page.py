"""The page on people's own data: its files are made, its commands run, its messages are real."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from synthctx.cli.main import run

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "own-data.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`(\w+\.(?:csv|jsonl|yaml))`")
FILES = ("csv", "jsonl", "yaml")
Capture = pytest.CaptureFixture[str]


def test_the_page_of_own_data_runs_from_top_to_bottom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """In one process: a command of its own for each would take longer than all they do."""
    monkeypatch.chdir(tmp_path)
    text, at, seen = PAGE.read_text(encoding="utf-8"), 0, []
    for block in BLOCK.finditer(text):
        kind, body = block.groups()
        seen.append(kind)
        if kind in FILES:  # the file that the text before it has named last
            (tmp_path / NAMED.findall(text, at, block.start())[-1]).write_text(body, "utf-8")
        elif kind == "python":
            exec(compile(body, "own-data.md", "exec"), {})
        elif kind == "sh":
            for command in body.splitlines():
                check(command, capsys)
        else:
            assert kind == "error"
            compare(body, capsys)
        at = block.end()
    assert [seen.count(kind) >= n for kind, n in (("sh", 8), ("error", 4), ("csv", 5))] == [
        True
    ] * 3


def ran(command: str, code: int, capsys: Capture) -> tuple[str, str]:
    """What a command writes on both streams."""
    program, *words = shlex.split(command)
    assert program == "synthctx"
    capsys.readouterr()
    found = run(words)
    out, err = capsys.readouterr()
    assert found == code, f"{command}\n{out}\n{err}"
    return out, err


def check(command: str, capsys: Capture) -> None:
    """Run a command and look for what the page says of it."""
    out, _ = ran(command, 0, capsys)
    if command.startswith("synthctx show niah/single"):
        assert "proved" in out
    elif command.startswith("synthctx show") and " -p file=" in command:
        assert "asserted" in out
    elif command.startswith("synthctx verify"):
        assert "22 of 22 samples hold" in out
    elif command.startswith("synthctx stats"):
        assert "average 0.667, effective 0.667, gap 0.000, ratio 0.00" in out


def compare(body: str, capsys: Capture) -> None:
    """Run each command of a block, and compare what it says on the error stream."""
    parts = re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]
    assert parts
    for part in parts:
        command, _, said = part.partition("\n")
        assert ran(command, 2, capsys) == ("", said)
