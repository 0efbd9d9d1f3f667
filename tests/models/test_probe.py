"""The probe finds what a server on loopback really does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from synthctx.errors import ModelError, PartlyDone
from synthctx.probe import Probed, probe
from synthctx.truncation import Calibration, Kind, fit
from tests.conftest import Cli
from tests.models.loopback import Loopback, Reply, Seen, loopback


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def probed(server: Loopback, **more: Any) -> Probed:
    settings = {"base_url": server.url, "retries": "0"}
    return probe("openai:tiny", settings=settings, **{"longest": 16384, **more})


@pytest.mark.parametrize("cut", ["refuse", "head", "tail", "middle"])
@pytest.mark.parametrize("usage", [True, False])
def test_the_window_and_the_way_of_cutting_are_found(cut: str, usage: bool) -> None:
    with loopback(window=5000, cut=cut, usage=usage) as server:
        found = probed(server)
        assert found.calls == len(server.seen) <= 40
    assert found.reports_tokens == usage
    assert found.template_overhead == (11 if usage else None)
    assert found.window_is_limit
    assert found.window is not None
    # by its count the window is right to a few tokens; by what the model remembers, to a marker
    slack = 40 if usage or cut == "refuse" else 700
    assert 4989 - 40 <= found.window <= 4989 + slack
    assert found.beyond == ("refused" if cut == "refuse" else f"cut: {cut}")
    if cut == "refuse":
        assert "maximum context length is 5000" in found.message
    assert found.repeats is True


def test_another_tokenizer_is_told_apart() -> None:
    with loopback(window=4000, cut="head", tokenizer="words") as server:
        found = probed(server)
    assert found.token_ratio is not None
    assert 0.6 < found.token_ratio < 0.95
    assert found.window_server is not None
    assert 3700 <= found.window_server <= 4000
    assert found.beyond == "cut: head"


def test_no_limit_is_reached_and_answers_differ() -> None:
    def behave(server: Loopback, seen: Seen) -> Reply | None:
        if "five sentences" in seen.prompt:
            return Reply(body=server.completion(seen, f"answer {len(server.seen)}"))
        return None

    with loopback(behave=behave) as server:
        found = probed(server, longest=4096)
    assert (found.window_is_limit, found.beyond, found.repeats) == (False, "", False)
    assert found.window is not None
    assert 4000 < found.window <= 4096


def test_calls_are_bounded_and_a_dead_server_is_said() -> None:
    with loopback(window=5000, cut="head") as server:
        assert probed(server, calls=12, longest=1 << 17).calls <= 12
        with pytest.raises(ModelError, match="at least 12 calls"):
            probed(server, calls=3)
        server.behave = lambda s, seen: Reply(500, {"error": "broken"})
        with pytest.raises(PartlyDone, match=r"64 tokens gave no answer: HTTP 500: broken"):
            probed(server)


def test_the_command_prints_a_table_or_json(cli: Cli) -> None:
    with loopback(window=3000, cut="middle") as server:
        args = ["probe", "--model", "openai:tiny", "--base-url", server.url, "--longest", "8k"]
        table = cli(*args).out
        data = json.loads(cli(*args, "--json").out)
    assert "longer prompts                 cut: middle" in table
    assert "template overhead              11 tokens" in table
    assert data["beyond"] == "cut: middle"
    assert 2940 < data["window"] <= 2989


KIND = Kind("a", "en", "tekken")


def test_what_short_prompts_say() -> None:
    assert fit([]) is None
    assert fit([(64, 75), (64, 75)]) is None
    exact = fit([(64, 75), (512, 523)])
    assert exact is not None
    assert exact == (11, 1.0, True)
    assert exact.least(1000) == 1007
    other = fit([(64, 91), (512, 651)])
    assert other is not None
    assert other.ratio == pytest.approx(1.25)
    assert other.overhead == pytest.approx(11)
    assert not other.exact


def test_kinds_that_were_not_asked_are_judged_with_care() -> None:
    points: dict[Kind, list[tuple[int, int | None]]] = {KIND: [(64, 75), (512, 523)]}
    known = Calibration(points)
    row = {"task": "a", "language": "en", "tokenizer": "tekken", "prompt_tokens": 1000}
    assert not known.cut(row, 1011)
    assert not known.cut(row, 1007)
    assert known.cut(row, 1006)
    assert not known.cut(row, None)
    assert not known.cut({**row, "task": "b"}, 950)
    assert known.cut({**row, "task": "b"}, 800)
    assert not known.cut({**row, "language": "zh"}, 10)
    assert not known.cut({**row, "prompt_tokens": None}, 10)
