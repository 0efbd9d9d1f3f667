"""The command line, driven as a user drives it: in its own process, in an empty folder."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tests.conftest import Cli

MAIN = ["--task", "niah/single", "--length", "4k,32k", "--depth", "0:1:5", "--seed", "7"]
QUERY = "select task, length, avg(score) from results group by all order by all"


def test_the_main_job(cli: Cli) -> None:
    made = cli("generate", *MAIN, "-o", "b").out
    fingerprint = made.strip().rsplit(" ", 1)[1]
    assert len(fingerprint) == 32
    assert f"10 of 10 samples hold, fingerprint {fingerprint}" in cli("verify", "b").out
    cli("answer", "b", "--model", "reader:full")
    cli("score", "b")
    rows = cli("query", "b", QUERY, "--format", "csv").out.splitlines()[1:]
    assert rows == ["niah/single,4096,1.0", "niah/single,32768,1.0"]
    cli("answer", "b", "--model", "reader:window?tokens=8k")
    cli("score", "b")
    query = "select length, depth, score from results where model like '%window%' order by all"
    window = cli("query", "b", query, "--format", "csv").out.splitlines()[1:]
    right = {tuple(line.split(",")[:2]) for line in window if line.endswith("1.0")}
    assert right == {("4096", d) for d in ("0.0", "0.25", "0.5", "0.75", "1.0")} | {
        ("32768", "1.0")
    }
    report = cli("report", "b", "-o", "report.html")
    assert "report.html" in report.out


def test_show_prints_exactly_what_a_model_is_sent(cli: Cli, tmp_path: Path) -> None:
    cli("generate", "--task", "niah/single", "--length", "2k", "--seed", "1", "-o", "b")
    row = cli("query", "b", "select sample_id, prefix, suffix from samples", "--format", "json")
    sample = json.loads(row.out)[0]
    raw = cli("show", "b", sample["sample_id"], "--raw").out
    assert raw.startswith(sample["prefix"])
    assert raw.endswith(sample["suffix"])
    made = cli("show", "niah/single", "--length", "2k", "--seed", "1", "--raw").out
    assert made == raw
    short = cli("show", "b", sample["sample_id"][:8]).out
    assert "evidence  1 at depth" in short
    record = json.loads(cli("show", "b", sample["sample_id"], "--json").out)
    start, end = record["evidence"][0]["char_start"], record["evidence"][0]["char_end"]
    assert json.loads(record["reference"])[0] in raw[start:end]


def test_show_highlights_the_evidence_on_a_terminal(cli: Cli) -> None:
    shown = cli("show", "niah/single", "--length", "8k", env={"FORCE_COLOR": "1"}).out
    assert "\x1b[30m\x1b[43m" in shown
    assert "characters ...]" in shown


def test_lists_are_printed_for_people_and_programs(cli: Cli) -> None:
    for what in ("tasks", "rules", "models", "tokenizers", "suites"):
        assert cli(what).out.strip()
        assert json.loads(cli(what, "--json").out)
    assert "ruler/niah_single_1" in cli("tasks", "ruler/*").out
    rule = cli("rules", "match/all").out.splitlines()
    assert rule[0] == "match/all"
    assert [line.split()[0] for line in rule[1:]] == ["version", "source", "extracts", "compares"]
    assert json.loads(cli("schema").out)["type"] == "object"


def test_grade_takes_any_tabular_file(cli: Cli, tmp_path: Path) -> None:
    rows = [("It was 1234567.", "1234567"), ("12345678", "1234567"), ("", "1234567")]
    lines = [json.dumps({"answer": a, "gold": g}) for a, g in rows]
    (tmp_path / "o.jsonl").write_text("\n".join(lines))
    columns = ["--output-column", "answer", "--reference-column", "gold"]
    done = cli("grade", "o.jsonl", "--rule", "match/all", *columns, "-o", "g.csv", "--json")
    summary = json.loads(done.out)
    assert (summary["rows"], summary["unreadable"]) == (3, 1)
    assert summary["score"] == pytest.approx(1 / 3)
    assert summary["paper"] == pytest.approx(2 / 3)
    assert len((tmp_path / "g.csv").read_text().splitlines()) == 4
    one = cli(
        "grade", "--rule", "match/all", "--output", "It was 1234567.", "--reference", "1234567"
    )
    assert "score       1.0" in one.out


BAD = [
    (
        ["generate", "--task", "niah/singel", "--seed", "1", "-o", "x"],
        "Did you mean 'niah/single'?",
    ),
    (["generate", *MAIN[:4], "--depth", "2", "--seed", "1", "-o", "x"], "depth 2.0 is not a share"),
    (["generate", *MAIN[:4], "--depth", "0:2:3", "--seed", "1", "-o", "x"], "depth 2.0 is not"),
    (["generate", *MAIN[:2], "--length", "-4k", "--seed", "1", "-o", "x"], "length '-4k' is not"),
    (["generate", *MAIN[:2], "--length", "50", "--seed", "1", "-o", "x"], "length 50 is too short"),
    (["generate", *MAIN[:2], "-o", "x"], "give --seed"),
    (["generate", "-o", "x"], "give a suite file, or --task"),
    (
        ["generate", "--task", "ruler/vt", "--task", "niah/single", "--seed", "1", "-o", "x"],
        "given 2 times (ruler/vt, niah/single); a suite file holds several tests",
    ),
    (["generate", "demo.yaml", "-p", "a=1", "-o", "x"], "params cannot be changed from outside"),
    (["generate", "demo.yaml", "--task", "ruler/vt", "-o", "x"], "has no test for task 'ruler/vt'"),
    (["generate", "demo.yaml", "--length", "0", "-o", "x"], "tests[6].length: length '0' is not"),
    (["generate", *MAIN, "-o", "/proc/nowhere/x"], "cannot write"),
    (
        ["generate", *MAIN, "--tokenizer", "tiktoken:o200k_base", "-o", "x"],
        "not in the local cache",
    ),
    (["generate", *MAIN, "--tokenizer", "hf:none.json", "-o", "x"], "cannot read tokenizer file"),
    (["generate", *MAIN, "-p", "key", "-o", "x"], "not of the form key=value"),
    (["generate", *MAIN, "--workers", "0", "-o", "x"], "workers must be at least 1"),
    (["verify", "nowhere"], "there is no folder 'nowhere'"),
    (["answer", ".", "--model", "reader:full"], "is not a bench"),
    (["answer", "nowhere", "--model", "reader:full"], "there is no folder"),
    (["score", "nowhere"], "there is no folder"),
    (["query", "nowhere", "select 1"], "there is no folder"),
    (["report", "nowhere"], "there is no folder"),
    (["show", "niah/singel"], "Did you mean 'niah/single'?"),
    (["grade", "none.csv", "--rule", "match/all"], "there is no file"),
    (["grade", "none.csv", "--rule", "match/al"], "Did you mean 'match/all'?"),
    (["tasks", "nothing*"], "unknown task"),
    (["genrate"], "Did you mean 'generate'?"),
]


@pytest.mark.parametrize(("args", "said"), BAD, ids=[" ".join(a)[:60] for a, _ in BAD])
def test_bad_input_is_one_clear_line_and_nothing_is_written(
    cli: Cli, tmp_path: Path, args: list[str], said: str
) -> None:
    done = cli(*args, code=2, env={"TIKTOKEN_CACHE_DIR": str(tmp_path / "cache")})
    assert said in done.err
    assert done.out == ""
    assert not (tmp_path / "x").exists()


def test_missing_columns_and_damaged_parquet_are_named(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text("answer,gold\n1,1\n")
    missing = cli("grade", "o.csv", "--rule", "match/all", "--output-column", "anser", code=2)
    assert "no column 'anser'. Did you mean 'answer'?" in missing.err
    (tmp_path / "o.parquet").write_bytes(b"PAR1 this is no Parquet")
    damaged = cli("grade", "o.parquet", "--rule", "match/all", code=2)
    assert "'o.parquet' is not a readable Parquet file" in damaged.err
    cli("generate", "--task", "niah/single", "--length", "2k", "--seed", "1", "-o", "b")
    part = tmp_path / "b" / "samples" / "part-00000.parquet"
    part.write_bytes(part.read_bytes()[:-100])
    for args in (
        ["answer", "b", "--model", "reader:full"],
        ["query", "b", "select 1 from samples"],
    ):
        assert "part-00000.parquet" in cli(*args, code=2).err
    assert cli("verify", "b", code=1).out.count("samples/part-00000.parquet")


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    assert "cannot write" in cli("generate", *MAIN, "-o", "locked/b", code=2).err


def test_verify_says_which_rows_fail(cli: Cli, tmp_path: Path) -> None:
    cli("generate", "--task", "niah/single", "--length", "2k", "--seed", "1", "-o", "b")
    manifest = tmp_path / "b" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"seed": 1', '"seed": 2'))
    done = cli("verify", "b", code=1)
    assert "manifest: has been changed" in done.out
    assert "failures in" in done.out


def test_help_is_light(cli: Cli) -> None:
    """--help imports none of the heavy libraries; wall time is measured in benchmarks."""
    heavy = {"numpy", "pyarrow", "duckdb", "sklearn", "jsonschema", "tiktoken", "faker", "rich"}
    script = (
        "import sys\nfrom synthctx.cli.main import run\nrun(['--help'])\n"
        f"print('LOADED', sorted({heavy!r} & set(sys.modules)))"
    )
    import subprocess

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert "Commands" in done.stdout
    assert "LOADED []" in done.stdout
