"""Batches out and in: the form of OpenAI's Batch API and of vLLM's run-batch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from synthctx.answering import answer
from synthctx.errors import ModelError, PartlyDone, StoreError
from synthctx.generation import generate
from synthctx.interop import batch
from synthctx.scoring import score
from synthctx.store import Bench, read_rows
from synthctx.suite import Suite
from synthctx.tasks import get_task
from synthctx.tokenizers import get_tokenizer
from tests.conftest import Cli
from tests.models.loopback import loopback

MODEL = "openai:tiny"
OVERHEAD = 7  # tokens of the chat template


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    entry = {"task": "niah/single", "length": ["1k", "2k"], "samples": 4}
    return generate(Suite.from_document({"seed": 3, "tests": [entry]}), tmp_path / "bench")


def everything(folder: Path) -> list[dict[str, Any]]:
    files = sorted(folder.glob("part-*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def lines(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of samples, without those that ask short prompts."""
    return [row for row in everything(folder) if "short-" not in row.get("custom_id", "")]


def served(line: dict[str, Any], window: int = 10**6, **change: Any) -> dict[str, Any]:
    """Return what a batch service makes of a request, or with a change of it."""
    body = line["body"]
    prompt = body["messages"][0]["content"] if "messages" in body else body["prompt"]
    text = get_task("niah/single").read(prompt)
    seen = min(window, get_tokenizer("tekken").count(prompt) + OVERHEAD)
    choice: dict[str, Any] = {"index": 0, "finish_reason": "stop"}
    if "messages" in body:
        choice["message"] = {"role": "assistant", "content": text}
    else:
        choice["text"] = text
    answer = {"choices": [choice], "usage": {"prompt_tokens": seen, "completion_tokens": 4}}
    response = {"status_code": 200, "request_id": "r", "body": answer}
    row = {"id": "b", "custom_id": line["custom_id"], "response": response, "error": None}
    return {**row, **change}


def write(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(r if isinstance(r, str) else json.dumps(r) + "\n" for r in rows))
    return path


def outputs(bench: Bench, name: str = MODEL) -> list[dict[str, Any]]:
    return [r for p in bench.model_parts("outputs", name) for r in read_rows(p)]


@pytest.mark.parametrize("form", ["openai-batch", "vllm-batch"])
def test_out_and_in_again(bench: Bench, tmp_path: Path, form: str) -> None:
    done = batch.export(bench, form, tmp_path / "out", model=MODEL, attempts=2)
    assert (done.rows, len(done.files), done.had) == (16, 1, 0)
    rows = lines(tmp_path / "out")
    assert len({row["custom_id"] for row in rows}) == 16
    for row in rows:
        assert set(row) == {"custom_id", "method", "url", "body"}
        assert (row["method"], row["url"]) == ("POST", "/v1/chat/completions")
        assert len(row["custom_id"]) <= 64
        assert row["custom_id"].isascii()
        assert set(row["body"]) == {"model", "messages", "max_tokens", "temperature", "seed"}
    # services answer in any order
    file = write(tmp_path / "answers.jsonl", [served(row) for row in reversed(rows)])
    found = batch.take(bench, form, [file], model=MODEL, attempts=2)
    assert (found.stored, found.missing) == (16, 0)
    assert batch.take(bench, form, [file], model=MODEL, attempts=2).had == 16
    assert len(outputs(bench)) == 16
    ours = {row["sample_id"]: row["prompt_tokens"] for row in bench.samples()}
    for row in outputs(bench):
        assert row["prompt_tokens"] == ours[row["sample_id"]] + OVERHEAD
    score(bench)
    scores = [r["score"] for p in bench.model_parts("scores", MODEL) for r in read_rows(p)]
    assert scores == [1.0] * 16


def test_a_batch_sends_what_a_run_would_send(bench: Bench, tmp_path: Path) -> None:
    with loopback() as server:
        settings = {"base_url": server.url}
        answer(bench, MODEL, settings=settings, name="run", concurrency=1)
        batch.export(bench, "openai-batch", tmp_path / "out", model=MODEL)
        assert [row["body"] for row in lines(tmp_path / "out")] == [s.body for s in server.asked]


def test_prompts_that_a_batch_has_cut_are_found(bench: Bench, tmp_path: Path) -> None:
    done = batch.export(bench, "openai-batch", tmp_path / "out", model=MODEL)
    assert (done.rows, done.short) == (8, 2)
    answers = [served(row, window=1500) for row in everything(tmp_path / "out")]
    found = batch.take(bench, "openai-batch", [write(tmp_path / "a.jsonl", answers)], model=MODEL)
    assert (found.stored, found.strange, found.unreadable) == (8, 0, 0)
    score(bench)
    lengths = {row["sample_id"]: row["length"] for row in bench.samples()}
    rows = [r for p in bench.model_parts("scores", MODEL) for r in read_rows(p)]
    cut = {(lengths[row["sample_id"]], "truncated_prompt" in row["flags"]) for row in rows}
    assert cut == {(1024, False), (2048, True)}
    # what is known is not asked again, and nothing is where the user has said it
    bench.model_parts("outputs", MODEL)[0].unlink()
    assert batch.export(bench, "openai-batch", tmp_path / "again", model=MODEL).short == 0
    told = f"{MODEL}?template_overhead=7"
    assert batch.export(bench, "openai-batch", tmp_path / "told", model=told).short == 0


def test_files_keep_their_limits(bench: Bench, tmp_path: Path) -> None:
    by_rows = batch.export(bench, "openai-batch", tmp_path / "a", model=MODEL, max_rows=3)
    assert [len(f.read_text().splitlines()) for f in by_rows.files] == [3, 3, 3, 1]
    assert [f.name for f in by_rows.files] == [f"part-0000{n}.jsonl" for n in range(4)]
    by_bytes = batch.export(bench, "openai-batch", tmp_path / "b", model=MODEL, max_bytes=20_000)
    sizes = [f.stat().st_size for f in by_bytes.files]
    assert len(sizes) > 2
    assert max(sizes) <= 20_000
    assert lines(tmp_path / "a") == lines(tmp_path / "b")
    with pytest.raises(StoreError, match="holds part files already"):
        batch.export(bench, "openai-batch", tmp_path / "a", model=MODEL)
    with pytest.raises(StoreError, match="alone makes a line of"):
        batch.export(bench, "openai-batch", tmp_path / "c", model=MODEL, max_bytes=6000)
    assert not list((tmp_path / "c").glob("*"))


def test_what_is_missing_is_said_and_exported_again(bench: Bench, tmp_path: Path) -> None:
    batch.export(bench, "openai-batch", tmp_path / "out", model=MODEL)
    rows = lines(tmp_path / "out")
    failed = {"status_code": 429, "request_id": "r", "body": {"error": {"message": "busy"}}}
    answers = write(
        tmp_path / "answers.jsonl",
        [
            served(rows[0]),
            served(rows[1], response=failed),
            served(rows[2], custom_id="f" * 32 + "-0"),
            served(rows[2], custom_id="no id of ours"),
            "not JSON\n",
            '{"id": "no custom_id"}\n',
        ],
    )
    expired = {"code": "batch_expired", "message": "This request could not be executed in time."}
    errors = write(tmp_path / "errors.jsonl", [served(rows[3], response=None, error=expired)])
    with pytest.raises(PartlyDone) as caught:
        batch.take(bench, "openai-batch", [answers, errors], model=MODEL)
    said = str(caught.value)
    for part in (
        "1 answers stored",
        "2 calls that failed",
        "2 lines that cannot be read",
        "2 lines of another bench",
        "7 answers still missing",
        "answers.jsonl:2: HTTP 429",
    ):
        assert part in said
    again = batch.export(bench, "openai-batch", tmp_path / "again", model=MODEL)
    assert (again.rows, again.had) == (7, 1)


VLLM_ERRORS = [
    ({"response": {"status_code": 400, "body": None}, "error": "too long"}, "HTTP 400: error"),
    ({"response": {"status_code": 400, "body": None}, "error": {"message": "m"}}, "HTTP 400"),
    ({"response": None, "error": None}, "no body"),
    ({"response": "text", "error": None}, "no body"),
    ({"response": {"status_code": 200, "body": {"choices": []}}, "error": None}, "no choices"),
]


@pytest.mark.parametrize(("row", "said"), VLLM_ERRORS)
def test_errors_in_all_their_forms(row: dict[str, Any], said: str) -> None:
    found = batch.answer_in(row)
    assert found.output is None
    assert said in str(found.error)


def test_an_answer_of_reasoning_alone_is_an_answer() -> None:
    message = {"content": None, "reasoning_content": "hm"}
    body = {"choices": [{"message": message, "finish_reason": "length"}]}
    found = batch.answer_in({"response": {"status_code": 200, "body": body}, "error": None})
    assert (found.output, found.reasoning, found.finish_reason) == ("", "hm", "length")


def test_json_lines_for_other_tools(bench: Bench, tmp_path: Path) -> None:
    batch.export(bench, "jsonl", tmp_path / "out")
    rows = lines(tmp_path / "out")
    assert len(rows) == 8
    for row in rows:
        answer_there = get_task(row["task"]).read(row["prompt"])
        assert row["reference"][0] in answer_there
        assert row["scorer"].startswith("match/")
    recorded = [{"sample_id": r["sample_id"], "output": r["reference"][0]} for r in rows]
    file = write(tmp_path / "o.jsonl", recorded)
    assert answer(bench, f"replay:{file}").asked == 8


def test_what_cannot_be_done_is_said(bench: Bench, tmp_path: Path, cli: Cli) -> None:
    out = tmp_path / "out"
    with pytest.raises(ModelError, match="needs a model"):
        batch.export(bench, "openai-batch", out)
    with pytest.raises(ModelError, match="given 'reader:full'"):
        batch.export(bench, "openai-batch", out, model="reader:full")
    with pytest.raises(ModelError, match="chat completions only"):
        batch.export(bench, "vllm-batch", out, model=f"{MODEL}?api=completions")
    file = write(tmp_path / "other.jsonl", [{"custom_id": "x"}])
    with pytest.raises(StoreError, match="these answers are of another bench"):
        batch.take(bench, "openai-batch", [file], name="x")
    with pytest.raises(StoreError, match="there is no file"):
        batch.take(bench, "openai-batch", [tmp_path / "none"], name="x")
    bad = cli("export", "bench", "--to", "openai-bach", "-o", "out", code=2)
    assert "unknown form 'openai-bach'. Did you mean 'openai-batch'?" in bad.err
    assert "give the files" in cli("import", "bench", "--from", "vllm-batch", code=2).err
    none = cli("import", "bench", "other.jsonl", "--from", "vllm-batch", code=2)
    assert "give the --model that was asked, or a --name" in none.err
    assert not out.exists()


def test_completions_go_to_their_own_address(bench: Bench, tmp_path: Path) -> None:
    batch.export(bench, "openai-batch", tmp_path / "out", model=f"{MODEL}?api=completions")
    rows = lines(tmp_path / "out")
    assert {row["url"] for row in rows} == {"/v1/completions"}
    file = write(tmp_path / "a.jsonl", [served(row) for row in rows])
    assert batch.take(bench, "openai-batch", [file], name="plain").stored == 8
