"""Served models: answers kept, prompts cut on the way, calls that fail, and what it costs."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.models.loopback import Loopback, Reply, Seen, loopback
from tests.pytest_plugin.conftest import Inner

pytest_plugins = ["pytester"]

KEY = "sk-plugin-5ecre7-0123456789"
TEST = """
import pytest

@pytest.mark.synthctx(task="niah/single", length="{length}", depth=0, samples=30, at_least=0.7)
def test_retrieval(synthctx_result): ...
"""
SHORT = TEST.format(length="1k")
Ask = Callable[..., pytest.RunResult]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with loopback() as running:
        yield running


@pytest.fixture
def ask(inner: Inner, server: Loopback) -> Ask:
    def run(source: str, *args: str, settings: str = "backoff=0.001&retries=1") -> pytest.RunResult:
        model = f"openai:tiny?{settings}"
        return inner(source, "--synthctx-model", model, "--synthctx-base-url", server.url, *args)

    return run


def test_calls_are_under_way_together_and_the_verdict_saves_some(
    ask: Ask, server: Loopback
) -> None:
    server.delay = 0.01
    done = ask(SHORT, "--synthctx-concurrency=8")
    done.assert_outcomes(passed=1)
    assert 2 <= server.peak <= 8
    assert len(server.asked) == 16, "two batches of eight"
    assert KEY not in done.stdout.str()


def test_a_second_run_makes_no_calls(ask: Ask, server: Loopback, tmp_path: Path) -> None:
    kept = f"--synthctx-cache={tmp_path / 'kept'}"
    ask(SHORT, kept).assert_outcomes(passed=1)
    calls = len(server.seen)
    assert calls == 12 + 2
    done = ask("", kept)
    done.assert_outcomes(passed=1)
    assert len(server.seen) == calls, "not even to learn how the server counts"
    done.stdout.fnmatch_lines(["asked 12, saved 18 calls, 12 answers out of the cache"])
    assert KEY.encode() not in (tmp_path / "kept" / "answers.sqlite").read_bytes()
    # what changes the request, or stands elsewhere, is another answer
    ask("", kept, settings="temperature=0.7&backoff=0.001").assert_outcomes(passed=1)
    assert len(server.seen) > calls
    with loopback() as other:
        ask("", kept, "--synthctx-base-url", other.url).assert_outcomes(passed=1)
        assert len(other.asked) == 12


def test_failed_calls_are_not_kept(ask: Ask, server: Loopback, tmp_path: Path) -> None:
    kept = f"--synthctx-cache={tmp_path}"
    server.behave = lambda state, seen: Reply(400, {"error": {"message": "busy"}})
    ask(SHORT, kept).assert_outcomes(errors=1)
    server.behave = None
    ask("", kept).assert_outcomes(passed=1)


def test_damaged_answers_are_asked_again(ask: Ask, server: Loopback, tmp_path: Path) -> None:
    kept = f"--synthctx-cache={tmp_path}"
    ask(SHORT, kept).assert_outcomes(passed=1)
    calls = len(server.seen)
    with sqlite3.connect(tmp_path / "answers.sqlite") as connection:
        ids = connection.execute(
            "select key from answers where sample_id not like 'cal%' order by key limit 3"
        ).fetchall()
        for (key,), text in zip(ids, ("{", b'{"output": "\xff"}', '{"output": "7"}'), strict=True):
            connection.execute("update answers set answer = ? where key = ?", (text, key))
    connection.close()
    done = ask("", kept)
    done.assert_outcomes(passed=1)
    assert len(server.seen) == calls + 3
    done.stdout.fnmatch_lines(["an answer in the cache '*' is damaged: it is asked again"])
    assert ask("", kept).stdout.str().count("is damaged") == 0


def test_a_cache_that_cannot_be_used_costs_only_calls(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "answers.sqlite").write_bytes(b"this is no database" * 100)
    done = ask(SHORT, f"--synthctx-cache={tmp_path}")
    done.assert_outcomes(passed=1)
    done.stdout.fnmatch_lines(["the cache '*' cannot be used (*): answers are not kept"])
    (tmp_path / "file").write_text("")
    done = ask("", f"--synthctx-cache={tmp_path / 'file'}")
    done.assert_outcomes(passed=1)
    done.stdout.fnmatch_lines(["the cache '*' cannot be used (*): answers are not kept"])


@pytest.mark.parametrize("cut", ["head", "middle"])
def test_prompts_that_are_cut_are_said_first(ask: Ask, server: Loopback, cut: str) -> None:
    server.window, server.cut = 1000, cut
    depth = "0" if cut == "head" else "0.5"
    done = ask(TEST.format(length="2k").replace("depth=0", f"depth={depth}"))
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        [
            "pass rate *: failed",
            "is it the model or the pipeline? * prompts were cut on the way: of one with * tokens "
            "the server has seen 1,000",
            "asked *",
            "failed * 8/30 *22 *8 *0 *test_it.py::test_retrieval",
            "is it the model or the pipeline? 8 prompts were cut on the way: `synthctx probe` *",
        ]
    )


def test_a_server_that_counts_nothing_is_said(ask: Ask, server: Loopback) -> None:
    server.usage = False
    done = ask(SHORT)
    done.assert_outcomes(passed=1)
    done.stdout.fnmatch_lines(["the server does not say how many tokens it has seen: *"])


def every(number: int, reply: Reply) -> Callable[[Loopback, Seen], Reply | None]:
    return lambda state, seen: reply if state.asked and len(state.asked) % number == 0 else None


def test_calls_that_fail_are_missing_and_never_wrong(ask: Ask, server: Loopback) -> None:
    server.behave = every(5, Reply(400, {"error": {"message": "out of memory"}}))
    done = ask(SHORT.replace("0.7", "0.5"))
    done.assert_outcomes(passed=1)
    line = next(line for line in done.outlines if line.startswith("passed"))
    assert line.split()[1] == "1.000"
    assert int(line.split()[7]) >= 1


def test_where_the_verdict_depends_on_failed_calls_it_is_an_error(
    ask: Ask, server: Loopback
) -> None:
    server.behave = every(4, Reply(400, {"error": {"message": "out of memory"}}))
    done = ask(SHORT)
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(
        [
            "no verdict for want of coverage: * calls gave no answer, and the verdict depends on "
            "them",
            "* calls gave no answer and count neither way; the last error: *out of memory*",
            "coverage *1.000 *",
        ]
    )
    assert len(server.asked) < 30, "it stops when no verdict can come of it any more"


def test_a_server_that_is_away_is_waited_for_once(inner: Inner, server: Loopback) -> None:
    source = SHORT + SHORT.replace("test_retrieval", "test_again").replace("import pytest", "")
    model = "openai:tiny?backoff=0.001&retries=0"
    done = inner(source, "--synthctx-model", model, "--synthctx-base-url", "http://127.0.0.1:9/v1")
    done.assert_outcomes(errors=2)
    said = [line for line in done.outlines if line.startswith("no verdict: no connection to")]
    assert len(said) == 2


def test_a_wrong_key_is_said_and_stops_all(ask: Ask, server: Loopback) -> None:
    server.behave = lambda state, seen: Reply(401, {"error": {"message": f"bad key {KEY}"}})
    done = ask(SHORT + SHORT.replace("test_retrieval", "test_again").replace("import pytest", ""))
    done.assert_outcomes(errors=2)
    assert len(server.seen) == 1
    assert "check the key" in done.stdout.str()
    assert KEY not in done.stdout.str()


def test_no_call_goes_over_the_highest_cost(ask: Ask, server: Loopback) -> None:
    priced = "price_in=1000&price_out=1000&template_overhead=11"
    done = ask(SHORT, "--synthctx-max-cost=5", settings=priced)
    done.assert_outcomes(errors=1)
    assert "the next call could go over the highest cost of 5" in done.stdout.str()
    assert 0 < len(server.asked) <= 5
    done = ask(SHORT, "--synthctx-max-cost=500", settings=priced)
    done.assert_outcomes(passed=1)
    done.stdout.fnmatch_lines(["asked 12, saved 18 calls, spent 1?.????"])
    done = ask(SHORT, "--synthctx-max-cost=5", settings="backoff=0.001")
    done.assert_outcomes(errors=1)
    assert "a highest cost needs prices" in done.stdout.str()


def test_the_highest_cost_is_that_of_all_models(
    ask: Ask, server: Loopback, pytester: pytest.Pytester
) -> None:
    name = "openai:tiny?price_in=1000&price_out=1000&template_overhead=11&seed={n}&base_url={url}"
    names = [name.format(n=n, url=server.url) for n in range(2)]
    pytester.makeconftest(
        f"import pytest\n@pytest.fixture(params={names})\n"
        "def synthctx_model(request): return request.param\n"
    )
    source = SHORT.replace("samples=30, at_least=0.7", "samples=4")
    ask(source, "--synthctx-max-cost=5").assert_outcomes(passed=1, errors=1)
    assert 4 < len(server.asked) <= 5, "each alone would have asked 4"


def test_fields_that_a_suite_wants_are_sent(
    ask: Ask, server: Loopback, pytester: pytest.Pytester, tmp_path: Path
) -> None:
    pytester.makefile(
        ".ctx.yaml",
        a="seed: 1\nrequest: {top_k: 7}\ntests: [{task: niah/single, length: 1k, samples: 2}]\n",
    )
    marker = 'task="niah/single", length="1k", samples=2'
    source = f"""
    import pytest

    @pytest.mark.synthctx({marker}, request={{"top_k": 8}})
    def test_eight(): ...

    @pytest.mark.synthctx({marker})
    def test_none(): ...
    """
    kept = f"--synthctx-cache={tmp_path}"
    ask(source, kept).assert_outcomes(passed=3)
    assert [seen.body.get("top_k") for seen in server.asked] == [7, 7, 8, 8, None, None]
    ask("", kept).assert_outcomes(passed=3)
    assert len(server.asked) == 6
    done = ask(source.replace("top_k", "messages"))
    assert "request.messages: synthctx writes this field itself" in done.stderr.str()


def test_a_model_in_a_file_that_the_ini_file_names(
    inner: Inner, pytester: pytest.Pytester, server: Loopback
) -> None:
    (pytester.path / "sub").mkdir()
    pytester.makeini("[pytest]\nsynthctx_model = tiny.yaml")
    pytester.makefile(".yaml", tiny=f"name: tiny-patient\nmodel: tiny\nbase_url: {server.url}")
    (pytester.path / "sub" / "test_it.py").write_text(SHORT)
    pytester.chdir()
    done = inner("", "sub")
    done.assert_outcomes(passed=1)
    done.stdout.fnmatch_lines(["*= synthctx: tiny-patient =*"])
