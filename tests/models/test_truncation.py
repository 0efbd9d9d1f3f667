"""Prompts that a server cuts without saying so are found."""

from __future__ import annotations

import pytest

from synthctx.analytics import connect
from synthctx.scoring import score, troubles
from synthctx.store import Bench
from tests.conftest import Cli
from tests.models.loopback import loopback
from tests.models.served import MODEL, flags, lengths, outputs, run


@pytest.mark.parametrize("cut", ["head", "tail", "middle"])
@pytest.mark.parametrize("tokenizer", ["tekken", "words"])
def test_cut_prompts_are_found(bench: Bench, cut: str, tokenizer: str) -> None:
    window = 2500 if tokenizer == "tekken" else 1700
    said: list[str] = []
    with loopback(window=window, cut=cut, tokenizer=tokenizer) as server:
        done = run(bench, server, say=said.append)
        calibrations = len(server.seen) - len(server.asked)
        run(bench, server, attempts=2)
    assert calibrations == len(server.seen) - len(server.asked) == 2
    assert done.cut == 4
    assert len(said) == 1
    assert f"has seen {window} tokens of sample" in said[0]
    assert "it cuts prompts" in said[0]
    score(bench)
    long = {i for i, length in lengths(bench).items() if length == 4096}
    assert {i for i, f in flags(bench).items() if "truncated_prompt" in f} == long
    assert troubles(bench, MODEL).cut == 8
    with connect(bench) as connection:
        from synthctx.analytics.connect import named_query

        summary = connection.sql(named_query("summary")).to_arrow_table().to_pylist()
    assert summary[0]["truncated_prompt"] == 4


def test_a_prompt_that_only_the_template_makes_too_long(bench: Bench) -> None:
    """The usual case: the prompt fills the window, and the template pushes its head out."""
    longest = max(r["prompt_tokens"] for r in bench.samples(["prompt_tokens"]))
    with loopback(window=longest, cut="head") as server:
        assert run(bench, server).cut == 4
    with loopback(window=longest + 11, cut="head") as server:
        assert run(bench, server, name="whole").cut == 0


def test_an_overhead_that_is_given_is_not_asked_for(bench: Bench) -> None:
    with loopback(window=2500, cut="tail") as server:
        assert run(bench, server, settings={"template_overhead": "11"}).cut == 4
    assert server.asked == server.seen


def test_a_server_that_reports_no_tokens(bench: Bench, cli: Cli) -> None:
    with loopback(usage=False) as server:
        done = cli("answer", "bench", "--model", MODEL, "--base-url", server.url)
    assert "prompts that it cuts cannot be found" in done.err
    assert {row["prompt_tokens"] for row in outputs(bench)} == {None}
    assert "scored\n" in cli("score", "bench").out
