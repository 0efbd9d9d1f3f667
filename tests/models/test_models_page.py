"""Every command that the page on models shows is run, against a server on loopback."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest

from tests.cli.test_docs import blocks
from tests.conftest import Cli
from tests.interop.test_batch import lines, served, write
from tests.models.loopback import loopback

PAGE = "docs/models.md"
URL = "http://localhost:8000/v1"


def test_commands_of_the_page(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINY_KEY", "k-1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    (file,) = blocks(PAGE, "yaml")
    (program,) = blocks(PAGE, "python")
    (tmp_path / "program.py").write_text(program)
    commands = [line for block in blocks(PAGE, "sh") for line in block.splitlines()]
    assert len(commands) == 15
    said: dict[str, str] = {}
    with loopback(window=3000, cut="head") as server:
        (tmp_path / "tiny.yaml").write_text(file.replace(URL, server.url))
        for command in commands:
            words = shlex.split(command.replace(URL, server.url).replace(":python ", ":PY "))
            words = [w.replace(":PY ", f":{shlex.quote(sys.executable)} ") for w in words]
            assert words[0] == "synthctx", command
            if words[1] == "import":
                write(tmp_path / "answers.jsonl", [served(r) for r in lines(tmp_path / "batch")])
            done = cli(*words[1:])
            said[command] = done.out + done.err
        assert "k-1" in {s.headers.get("authorization", "")[7:] for s in server.seen}
    text = "\n".join(said.values())
    assert "it cuts prompts" in text
    assert "3 prompts were cut" in text
    assert "6 scored, 3 of them to prompts that the server has not seen whole" in text
    assert "cut: head" in text
    assert "spent" in text
    plan = next(out for command, out in said.items() if "--dry-run" in command).split("\n")
    assert plan[0].split() == ["length", "calls", "tokens_in", "tokens_out", "cost"]
    assert [line.split()[0] for line in plan[1:4]] == ["1k", "4k", "all"]
    assert len(lines(tmp_path / "prompts")) == len(lines(tmp_path / "vllm")) == 6
    counts = cli("query", "bench", "select model, count(*) n from outputs group by all")
    assert counts.out.count("openai:tiny") == 1
    dry = cli("answer", "bench", "--model", "reader:full", "--dry-run", "--json")
    assert [row["calls"] for row in json.loads(dry.out)] == [3, 3, 6]
