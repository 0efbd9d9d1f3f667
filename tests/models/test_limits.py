"""Pace, costs, models in files, and what is wrong in an option."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from synthctx.answering import answer, plan
from synthctx.errors import ModelError, PartlyDone, SynthctxError
from synthctx.models import get_model
from synthctx.models._limits import Pace
from synthctx.store import Bench
from tests.conftest import Cli
from tests.models.loopback import Loopback, Seen, loopback
from tests.models.served import MODEL, outputs, run


def test_pace_spreads_requests_and_tokens() -> None:
    now = 0.0
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        nonlocal now
        slept.append(seconds)
        now += seconds

    requests = Pace(60, clock=lambda: now, sleep=sleep)
    for _ in range(4):
        requests.wait(10)
    assert slept == [1.0, 1.0, 1.0]
    slept.clear()
    tokens = Pace(None, 6000, clock=lambda: now, sleep=sleep)
    for size in (1000, 12000, 10):
        tokens.wait(size)
    assert slept == [10.0, 120.0]


def test_requests_per_minute_hold_on_the_wire(bench: Bench) -> None:
    with loopback() as server:
        run(bench, server, settings={"requests_per_minute": "600"})
    times = sorted(s.began for s in server.seen)
    assert len(times) == 14
    assert times[-1] - times[0] > 1.15


FILE = """
name: tiny-patient
model: tiny
base_url: {url}
api_key_env: LOOPBACK_KEY
temperature: 0.5
extra_output_tokens: 100
output_limit_field: max_completion_tokens
request:
  top_k: 1
  seed: null
  chat_template_kwargs: {{enable_thinking: false}}
prices: {{in: 1000, out: 10000}}
"""


def test_a_model_in_a_file(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOPBACK_KEY", "k-1")
    file = tmp_path / "tiny.yaml"
    with loopback() as server:
        file.write_text(FILE.format(url=server.url))
        done = answer(bench, str(file), limit=2)
    assert bench.models() == ["tiny-patient"]
    body = server.seen[-1].body
    assert body["model"] == "tiny"
    assert body["top_k"] == 1
    assert body["temperature"] == 0.5
    assert body["chat_template_kwargs"] == {"enable_thinking": False}
    assert "seed" not in body
    assert body["max_completion_tokens"] > 100
    assert server.seen[0].body["max_completion_tokens"] == 1
    assert server.seen[0].headers["authorization"] == "Bearer k-1"
    rows = outputs(bench, "tiny-patient")
    paid = sum(r["prompt_tokens"] * 1e-3 + r["completion_tokens"] * 1e-2 for r in rows)
    short = sum(get_usage(s, server) for s in server.seen[:2]) * 1e-3
    assert done.cost == pytest.approx(paid + short)


def get_usage(seen: Seen, server: Loopback) -> int:
    usage = server.model(seen).body["usage"]
    return int(usage["prompt_tokens"])


def paid(row: dict[str, Any]) -> int:
    return int(row["prompt_tokens"]) + 10 * int(row["completion_tokens"])


PRICED = {"price_in": "1000", "price_out": "10000"}


def test_the_plan_sends_nothing_and_the_cost_stops_a_run(bench: Bench) -> None:
    with loopback() as server:
        rows = plan(bench, MODEL, attempts=2, settings={"base_url": server.url, **PRICED})
        assert not server.seen
        assert [row.length for row in rows] == [1024, 2048, 4096, 0]
        assert [row.calls for row in rows] == [8, 8, 8, 24]
        samples = list(bench.samples())
        assert rows[-1].tokens_in == 2 * sum(s["prompt_tokens"] for s in samples)
        assert rows[-1].tokens_out == 2 * sum(s["max_output_tokens"] for s in samples)
        limited: dict[str, Any] = {"max_cost": 12, "settings": PRICED, "concurrency": 1}
        with pytest.raises(PartlyDone, match="could go over the highest cost of 12;"):
            run(bench, server, **limited)
        spent = sum(paid(row) for row in outputs(bench))
        assert 5 < spent / 1000 < 12
        asked = len(server.asked)
        with pytest.raises(PartlyDone, match="stopped after 0 answers"):
            run(bench, server, **limited)
        assert len(server.asked) == asked
        assert plan(bench, MODEL, settings=PRICED)[-1].calls == 12 - asked
        run(bench, server, max_cost=100, settings=PRICED)
        assert len(outputs(bench)) == 12
        with pytest.raises(PartlyDone, match="highest cost of 12"):
            run(bench, server, name="lanes", max_cost=12, settings=PRICED)
    spent = sum(paid(row) for row in outputs(bench, "lanes"))
    assert 5 < spent / 1000 <= 12
    with pytest.raises(ModelError, match="needs prices"):
        answer(bench, MODEL, max_cost=1)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("openai:", "needs a name"),
        ("openai:x?base_ulr=http://h", "Did you mean 'base_url'"),
        ("openai:x?base_url=localhost:8000", "must be like http://localhost:8000/v1"),
        ("openai:x?base_url=http://h/v1?a", "must end with its path"),
        ("openai:x?base_url=http://h:port/v1", "is not an address"),
        ("openai:x?api=responses", "api must be chat or completions"),
        ("openai:x?temperature=hot", "temperature must be a number from 0, given 'hot'"),
        ("openai:x?seed=1.5", "seed must be a whole number"),
        ("openai:x?timeout=nan", "timeout must be a number"),
        ("openai:x?price_in=1", "give both price_in and price_out"),
        ("none.yaml", "cannot be read"),
    ],
)
def test_bad_options(model: str, said: str) -> None:
    with pytest.raises(ModelError) as caught:
        get_model(model)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a", "must hold at least name"),
        ("name: [", "line 2 is not YAML"),
        ("name: x\nbase_ulr: y", "unknown field 'base_ulr'. Did you mean 'base_url'"),
        ("name: x\nrequest: [1]", "request must be a mapping"),
        ("name: x\nrequest: {stream: true}", "request may not hold stream"),
        ("name: x\nprices: {input: 1}", "prices has 'in' and 'out', not 'input'"),
        ("name: x\nseed: [1]", "seed must be a number or a text"),
        ("name: x\nprices: {in: 1}", "give both"),
    ],
)
def test_bad_files(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "m.yaml").write_text(text + "\n")
    with pytest.raises(SynthctxError) as caught:
        get_model(str(tmp_path / "m.yaml"))
    assert said in str(caught.value)


def test_flags_of_one_kind_of_model_are_not_taken_by_another(bench: Bench, cli: Cli) -> None:
    done = cli("answer", "bench", "--model", "reader:full", "--base-url", "http://h/v1", code=2)
    assert "model 'reader:full' has no setting 'base_url'. Allowed: none" in done.err


def test_what_makes_another_model_and_what_does_not(bench: Bench) -> None:
    with loopback() as server:
        first = run(bench, server)
        plain = f"{MODEL}?base_url={server.url}&price_in=1&price_out=1&timeout=9&temperature=0"
        again = answer(bench, plain)
        warm = answer(bench, f"{MODEL}?temperature=0.7&base_url={server.url}", limit=1)
    assert (first.name, again.name, warm.name) == (MODEL, MODEL, f"{MODEL}?temperature=0.7")
    assert (again.had, again.asked, warm.asked) == (12, 0, 1)
    assert again.cost is not None
    assert again.cost > 0


def test_the_highest_cost_and_the_plan_on_the_command_line(bench: Bench, cli: Cli) -> None:
    with loopback() as server:
        args = ["answer", "bench", "--model", f"{MODEL}?price_in=1000&price_out=1000"]
        args += ["--base-url", server.url]
        stopped = cli(*args, "--max-cost", "5", code=3)
        assert "with a higher one, the same command goes on" in stopped.err
        plan_now = cli(*args, "--dry-run", env={"OPENAI_API_KEY": ""})
        assert plan_now.out.splitlines()[0].split()[-1] == "cost"
        assert (
            "needs prices"
            in cli("answer", "bench", "--model", MODEL, "--max-cost", "5", code=2).err
        )
        done = cli(*args, "--max-cost", "500")
    assert "spent" in done.out
    assert "gave" in done.out
