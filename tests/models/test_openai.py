"""Models behind a server: a real HTTP server on loopback that behaves well and badly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from synthctx.analytics import connect
from synthctx.answering import answer
from synthctx.errors import ModelError, PartlyDone
from synthctx.models import get_model
from synthctx.models._retry import Again, asked_wait, tried
from synthctx.scoring import score
from synthctx.store import Bench
from tests.conftest import Cli
from tests.models.loopback import Loopback, Reply, Seen, context_of, loopback
from tests.models.served import KEY, MODEL, everything_written, outputs, run

# ---------------------------------------------------------------- what is sent and kept


@pytest.mark.parametrize("api", ["chat", "completions"])
def test_a_bench_is_answered_and_scored(bench: Bench, api: str) -> None:
    with loopback() as server:
        done = run(bench, server, settings={"api": api})
    assert (done.asked, done.failed, done.cut) == (12, 0, 0)
    first = server.asked[0]
    assert first.path == ("/v1/chat/completions" if api == "chat" else "/v1/completions")
    wanted = {"model": "tiny", "temperature": 0.0, "seed": 0}
    assert {name: first.body[name] for name in wanted} == wanted
    assert "stream" not in first.body
    assert first.headers["authorization"] == f"Bearer {KEY}"
    ours = {r["sample_id"]: r for r in bench.samples()}
    for row in outputs(bench):
        sample = ours[row["sample_id"]]
        assert row["prompt_tokens"] == sample["prompt_tokens"] + server.overhead
        assert row["completion_tokens"] > 0
        assert row["finish_reason"] == "stop"
        assert row["latency_s"] > 0
    score(bench)
    with connect(bench) as connection:
        means = connection.sql("select avg(score), count(*) from results").fetchall()
    assert means == [(1.0, 12)]


def test_calls_are_kept_under_way_and_those_of_one_context_follow_each_other(
    bench: Bench,
) -> None:
    with loopback(delay=0.1) as server:
        run(bench, server, attempts=2, concurrency=3)
    assert server.peak == 3
    assert len(server.asked) == 24
    assert {s.body["seed"] for s in server.asked} == {0, 1}
    by_context: dict[str, list[Seen]] = {}
    for seen in server.asked:
        by_context.setdefault(context_of(seen), []).append(seen)
    for first, second in by_context.values():
        assert second.began >= first.ended - 0.01
        between = [s for s in server.asked if first.began < s.began < second.began]
        assert len(between) <= 6  # no lane has gone on to another context meanwhile


def test_one_call_at_a_time_when_asked(bench: Bench) -> None:
    with loopback(delay=0.02) as server:
        run(bench, server, concurrency=1)
    assert server.peak == 1
    with pytest.raises(ModelError, match="concurrency must be at least 1, given 0"):
        run(Bench(bench.path), server, name="other", concurrency=0)


# ---------------------------------------------------------------- what goes wrong


def once_each(*replies: Reply) -> Any:
    """Return a behaviour: each prompt meets all the replies in turn, then the model."""
    met: dict[str, int] = {}

    def behave(server: Loopback, seen: Seen) -> Reply | None:
        if seen.calibrates:
            return None
        with server.lock:
            number = met.get(context_of(seen), 0)
            met[context_of(seen)] = number + 1
        return replies[number] if number < len(replies) else None

    return behave


def test_what_may_pass_is_tried_again(bench: Bench) -> None:
    trouble = [
        Reply(500, {"error": {"message": "out of memory"}}),
        Reply(drop=True),
        Reply(raw=b'{"choices": [{"message": {"con'),
        Reply(200, {"error": {"message": "upstream", "code": 503}}),
        Reply(delay=1.0, body={}),
    ]
    with loopback(behave=once_each(*trouble)) as server:
        done = run(bench, server, limit=2, settings={"timeout": "0.5"})
    assert (done.asked, done.failed) == (2, 0)
    assert len(server.asked) == 2 * (len(trouble) + 1)


def test_retry_after_is_honoured(bench: Bench) -> None:
    throttle = Reply(429, {"error": {"message": "slow down"}}, headers={"Retry-After": "1"})
    with loopback(behave=once_each(throttle)) as server:
        run(bench, server, limit=1)
    first, second = server.asked
    assert second.began - first.ended >= 0.99


def test_waits_are_keyed_grow_and_follow_the_server() -> None:
    def waits(key: Any, failure: Again) -> list[float]:
        slept: list[float] = []

        def fail() -> None:
            raise failure

        with pytest.raises(Again):
            tried(fail, key, retries=8, backoff=1.0, sleep=slept.append)
        return slept

    one = waits(["a", 0], Again("busy"))
    assert one == waits(["a", 0], Again("busy"))
    assert one != waits(["b", 0], Again("busy"))
    for number, wait in enumerate(one):
        longest = min(60.0, 2.0**number)
        assert longest / 2 <= wait <= longest
    assert all(7 <= wait <= 7.25 for wait in waits("a", Again("busy", 7.0)))
    with pytest.raises(PartlyDone, match="asks to wait 86400 seconds"):
        waits("a", Again("HTTP 429: quota", 86400.0))


def test_retry_after_in_all_its_forms() -> None:
    assert asked_wait({"retry-after": "12"}) == 12
    assert asked_wait({"retry-after-ms": "250"}) == 0.25
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert 25 < (asked_wait({"retry-after": later}) or 0) <= 30
    assert asked_wait({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0
    for text in ("", "soon", "-5", "nan", "inf"):
        assert asked_wait({"retry-after": text}) is None


def always(reply: Reply) -> Any:
    return lambda server, seen: reply


def no_answer(body: Any) -> Any:
    return lambda server, seen: None if seen.calibrates else Reply(body=body)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"choices": []}, "has no choices"),
        ({"choices": None}, "has no choices"),
        ({"choices": ["text"]}, "has no choices"),
        ({"choices": [{"message": None}]}, "neither a message nor a text"),
        ({"choices": [{"message": {"content": 5}}]}, "of the kind int"),
        ({"error": {"message": "no such adapter"}}, "no such adapter"),
        ({"error": "broken"}, "broken"),
        ([1, 2], "not a JSON object"),
    ],
)
def test_answers_that_are_none_are_failed_calls(bench: Bench, body: Any, said: str) -> None:
    with loopback(behave=no_answer(body)) as server, pytest.raises(PartlyDone, match=said):
        run(bench, server, limit=2, settings={"retries": "1"})
    assert {row["output"] for row in outputs(bench)} == {None}
    score(bench)
    with connect(bench) as connection:
        assert connection.sql("select distinct status from scores").fetchall() == [("failed",)]


@pytest.mark.parametrize(
    ("message", "output", "reasoning"),
    [
        ({"content": None, "refusal": "I will not."}, "I will not.", None),
        ({"content": None, "reasoning_content": "Let me see."}, "", "Let me see."),
        ({"content": "7", "reasoning": "Short."}, "7", "Short."),
        ({"content": None, "tool_calls": [{"id": "x"}]}, "", None),
        ({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, "ab", None),
        (
            {"content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "b"}]},
            "b",
            "hm",
        ),
    ],
)
def test_odd_answers_are_answers(
    bench: Bench, message: Any, output: str, reasoning: str | None
) -> None:
    usage = {"prompt_tokens": 2**70, "completion_tokens": True}
    choices = [{"message": message, "finish_reason": 12}]
    with loopback(behave=no_answer({"choices": choices, "usage": usage})) as server:
        assert run(bench, server, limit=1).failed == 0
    (row,) = outputs(bench)
    assert (row["output"], row["reasoning"], row["finish_reason"]) == (output, reasoning, None)
    assert (row["prompt_tokens"], row["completion_tokens"]) == (None, None)


def test_a_hostile_body_is_an_error_and_no_more(bench: Bench) -> None:
    bodies = [b"[" * 200_000, b"\xff\xfe", b"", b"9" * 10_000]
    for number, raw in enumerate(bodies):
        reply = Reply(raw=raw)
        with loopback(behave=always(reply)) as server, pytest.raises(PartlyDone, match="not JSON"):
            run(bench, server, limit=1, name=f"m{number}", settings={"retries": "0"})


@pytest.mark.parametrize("status", [301, 401, 403, 404])
def test_what_is_wrong_for_every_call_stops_the_run(bench: Bench, status: int) -> None:
    reply = Reply(status, {"error": {"message": "not here"}}, headers={"Location": "http://x/"})
    said = f"HTTP {status}: not here; check"
    with loopback(behave=always(reply)) as server, pytest.raises(ModelError, match=said):
        run(bench, server)
    assert len(server.seen) == 1
    assert not (bench.path / "outputs").exists() or not list((bench.path / "outputs").iterdir())


def test_a_server_that_is_not_there(bench: Bench) -> None:
    with loopback() as server:
        pass
    with pytest.raises(PartlyDone, match=r"no connection to http.*the same command goes on"):
        run(bench, server, settings={"retries": "1"})


def test_a_prompt_that_is_refused_is_a_failed_call(bench: Bench) -> None:
    with loopback(window=2200) as server:
        with pytest.raises(PartlyDone, match=r"4 of 12 calls .* maximum context length is 2200"):
            run(bench, server)
        server.window = None
        assert run(bench, server).asked == 4


# ---------------------------------------------------------------- the key


def test_the_key_is_in_no_file_and_no_message(bench: Bench, cli: Cli, tmp_path: Path) -> None:
    def echo(server: Loopback, seen: Seen) -> Reply | None:
        held = seen.headers["authorization"]
        if len(server.asked) % 2 or seen.calibrates:
            return Reply(body=server.completion(seen, f"I was sent {held}", reasoning=held))
        return Reply(400, {"error": {"message": f"cannot use {held}"}})

    with loopback(behave=echo) as server:
        done = cli("answer", "bench", "--model", MODEL, "--base-url", server.url, code=3)
        assert "cannot use Bearer [key]" in done.err
        server.behave = lambda s, seen: Reply(401, {"error": seen.headers["authorization"]})
        args = ["--model", MODEL, "--base-url", server.url, "--name", "x"]
        refused = cli("answer", "bench", *args, code=2)
    assert "OPENAI_API_KEY is sent" in refused.err
    texts = [done.out, done.err, refused.out, refused.err]
    written = [t.encode() for t in texts] + list(everything_written(tmp_path))
    assert any(b"[key]" in text for text in written)
    assert not [text for text in written if KEY.encode() in text]
    assert KEY not in repr(get_model(f"{MODEL}?base_url={server.url}").__dict__)


def test_keys_come_from_the_environment_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match="a key is never a setting") as caught:
        get_model("openai:x?api_key=sk-given-away")
    assert "given-away" not in str(caught.value)
    with pytest.raises(ModelError, match="must hold no user or password") as caught:
        get_model("openai:x?base_url=http://me:given-away@h/v1")
    assert "given-away" not in str(caught.value)
    file = tmp_path / "m.yaml"
    file.write_text("name: x\napi_key: sk-given-away\n")
    with pytest.raises(ModelError, match="no key stands in a file") as caught:
        get_model(str(file))
    assert "given-away" not in str(caught.value)
    monkeypatch.setenv("OTHER_KEY", "two words")
    with loopback() as server:
        for variable, said in (("NONE_SUCH", "is not set"), ("OTHER_KEY", "holds blanks")):
            with pytest.raises(ModelError, match=said):
                run(bench, server, settings={"api_key_env": variable})
        monkeypatch.delenv("OPENAI_API_KEY")
        run(bench, server, limit=1)
    assert "authorization" not in server.asked[0].headers
    with pytest.raises(ModelError, match="OPENAI_API_KEY, which holds the key, is not set"):
        answer(bench, "openai:x")
