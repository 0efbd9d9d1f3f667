"""The comment for a pull request: what it says, that it renders, that nothing gets out of it."""

from __future__ import annotations

import itertools
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from synthctx.analytics.comparison import compare_models
from synthctx.analytics.connect import connect
from synthctx.analytics.markdown import LIMIT, as_markdown, code
from synthctx.errors import SuiteError, UnknownName
from synthctx.store import Bench, read_rows, write_rows
from tests.conftest import Cli
from tests.engine.test_analytics import sample, scored, simulate

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = "a|b`c`` <img src=x onerror=alert(1)> [l](http://evil.example) @team #12 $x$ www.x.y \\"


def parsed(text: str) -> list[Token]:
    """Parse as GitHub does: CommonMark with tables, HTML let through."""
    return MarkdownIt("commonmark").enable("table").parse(text)


def inline(tokens: list[Token]) -> list[Token]:
    return [child for token in tokens for child in token.children or []]


def tables(tokens: list[Token]) -> list[list[list[str]]]:
    """Return the tables as rows of cells, code without its fences."""
    found: list[list[list[str]]] = []
    for token in tokens:
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type == "inline" and token.level > 2 and found:
            found[-1][-1].append("".join(c.content for c in token.children or []))
    return found


@pytest.fixture(scope="module")
def comment(tmp_path_factory: pytest.TempPathFactory) -> str:
    return as_markdown(simulate(tmp_path_factory.mktemp("comment") / "bench"))


# ---------------------------------------------------------------- what it says


def test_what_the_comment_says(comment: str) -> None:
    assert comment.startswith("<!-- synthctx -->\n\n### `simulated`: 2 models on 1 test\n")
    assert (
        "> - `short`: **3 calls** failed, **3 samples** without a score, of 36 samples" in comment
    )
    assert comment.index("[!WARNING]") < comment.index("- **`good/1`**: passes 100.0 [24.8, 100.0]")
    assert "**`short`**: passes 80.0 [24.3, 98.0] %; effective length not resolved" in comment
    assert "**`short` against `good/1`**: no difference shown on 1 test." in comment
    assert comment.count("<details>") == comment.count("</details>") == 2
    assert "![" not in comment


def test_every_table_parses(comment: str) -> None:
    main, pair, lengths, worst = tables(parsed(comment))
    for table in (main, pair, lengths, worst):
        assert len({len(row) for row in table}) == 1
    assert main[0][:4] == ["test", "model", "cut", "failed"]
    # what failed stands first
    assert main[1][:4] == ["sim/one", "short", "", "3"]
    assert main[1][-1] == "30/36"
    assert main[2][:4] == ["sim/one", "good/1", "", ""]
    assert pair[1][:3] == ["sim/one", "short", "no difference shown"]
    assert pair[1][4:] == ["0", "6", "30", "0.5"]
    assert lengths[0] == ["model", "4k", "32k", "128k"]
    assert lengths[2][0] == "short"
    assert lengths[2][3].startswith("0.0 [")
    assert worst[1][0] == "sim/one, 128k, depth 0 %"
    assert worst[1][3:] == ["2/4", '["x"]', "x", "because"]
    assert len(worst) == 1 + 3


def test_prompts_that_were_cut_come_first(tmp_path: Path) -> None:
    bench = simulate(tmp_path / "b")
    path = bench.model_parts("scores", "good/1")[0]
    rows = [{**row, "metrics": [], "flags": ["truncated_prompt"]} for row in read_rows(path)]
    write_rows(path, "scores", rows)
    text = as_markdown(bench)
    assert "> - `good/1`: **36 prompts** cut by the server, of 36 samples" in text
    main, _, lengths, _ = tables(parsed(text))
    assert main[1][1:4] == ["good/1", "36", ""]
    assert lengths[1][1].endswith("(cut)")


def three_models(path: Path) -> Bench:
    """Models that are right on 10, 40 and 39 of 40 samples of two tests."""
    bench = Bench(path)
    rows = [sample(4096, None, i, task) for task in ("t/one", "t/two") for i in range(40)]
    write_rows(bench.part("samples", 0), "samples", rows)
    for model, right in (("old", 10), ("new", 40), ("newer", 39)):
        scores = [scored(r["sample_id"], model, float(r["index"] < right)) for r in rows]
        write_rows(bench.next_model_part("scores", model), "scores", scores)
    bench.write_manifest({"suite": {"name": "three"}, "seed": 1})
    return bench


def test_all_others_against_one(tmp_path: Path) -> None:
    bench = three_models(tmp_path / "b")
    assert "against" not in as_markdown(bench)
    text = as_markdown(bench, against="new", title="Nightly")
    assert text.split("\n")[2].startswith("### `Nightly`: 3 models on 2 tests")
    assert "worse on 2 comparisons, no difference shown on 2 comparisons." in text
    pair = tables(parsed(text))[1]
    assert [row[:3] for row in pair[1:3]] == [["t/one", "old", "worse"], ["t/two", "old", "worse"]]
    assert pair[1][3].startswith("-75.0 [")
    assert pair[1][4:7] == ["0", "30", "40"]
    with connect(bench) as connection:
        p = min(pair.p for pair in compare_models(connection, models=["new", "old"]))
    assert float(pair[1][7]) == pytest.approx(4 * p, rel=0.1)  # Holm over four lines
    with pytest.raises(UnknownName, match="Did you mean 'newer'"):
        as_markdown(bench, against="neuer")


def test_what_is_not_whole_is_said(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "b")
    rows = [sample(4096, None, 0, task) for task in ("t/one", "t/two", "t/three")]
    write_rows(bench.part("samples", 0), "samples", rows)
    for model, share in (("most", rows), ("least", rows[2:])):
        scores = [scored(row["sample_id"], model, 1.0) for row in share]
        write_rows(bench.next_model_part("scores", model), "scores", scores)
    name = "recorded/by/another.parquet"
    bench.write_manifest({"suite": {"name": name}, "seed": 1, "status": "imported"})
    text = as_markdown(bench)
    assert "### `another.parquet`: 2 models on 3 tests" in text
    assert "> - `least`: **2 tests** without any score, of 3 samples" in text
    assert (
        "**`most` against `least`**: no difference shown on 1 test; 2 more have no sample" in text
    )
    assert "**`most`**: passes 100.0 % (mean of 3 tests); effective length" in text
    assert "weakest" not in text, "of those that pass everything"
    bench.write_manifest({"suite": {"name": name}, "seed": 1, "status": "partial"})
    assert f"> - not all samples are generated yet: `{name}`" in as_markdown(bench)


def test_a_bench_without_scores_says_so(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "b")
    write_rows(bench.part("samples", 0), "samples", [sample(4096, None, 0)])
    bench.write_manifest({"suite": {"name": "x"}})
    assert "There are no outputs yet." in as_markdown(bench)
    failed = [scored("sim/one-4096-None-0", "m", None)]
    write_rows(bench.next_model_part("scores", "m"), "scores", failed)
    text = as_markdown(bench)
    assert "There are no scores." in text
    assert "**1 call** failed" in text
    with pytest.raises(SuiteError, match="no other model than 'm'"):
        as_markdown(bench, against="m")


# ---------------------------------------------------------------- nothing gets out


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    bench = simulate(tmp_path / "b")
    path = bench.model_parts("scores", "short")[0]
    rows = [
        {**row, "metrics": [], "model": HOSTILE, "extracted": HOSTILE, "explanation": HOSTILE}
        for row in read_rows(path)
    ]
    write_rows(bench.next_model_part("scores", HOSTILE), "scores", rows)
    tokens = parsed(as_markdown(bench, title=HOSTILE, against=HOSTILE))
    for table in tables(tokens):
        assert len({len(row) for row in table}) == 1
    kinds = {token.type for token in inline(tokens)}
    assert not kinds & {"link_open", "image", "em_open"}
    ours = re.compile(r"</?(details|summary|sub)>|<!-- synthctx -->")
    for token in [*tokens, *inline(tokens)]:
        if token.type in ("html_block", "html_inline"):
            assert "<" not in ours.sub("", token.content), token.content
    outside = "".join(t.content for t in inline(tokens) if t.type == "text")
    for sign in ("@", "http", "www", "<", "$", "#"):
        assert sign not in outside


@given(st.text(st.characters(codec="utf-8"), max_size=40) | st.text("`|\\ <@$\n", max_size=12))
def test_a_code_span_is_one_cell_and_one_line(text: str) -> None:
    span = code(text)
    (table,) = tables(parsed(f"| a | b |\n| -- | -- |\n| {span} | x |\n"))
    assert [len(row) for row in table] == [2, 2]
    assert table[1][1] == "x"
    children = inline(parsed(f"| a | b |\n| -- | -- |\n| {span} | x |\n"))
    assert [c.type for c in children] == [
        "text",
        "text",
        "code_inline" if span != "–" else "text",
        "text",
    ]
    assert len(span.splitlines()) == 1


def test_a_name_without_signs_is_itself() -> None:
    assert code("openai/gpt-4.1:mini") == "`openai/gpt-4.1:mini`"
    assert code("a|b") == "`a\\|b`"
    assert code("`") == "`` ` ``"
    assert code("x" * 100, 10) == "`xxxxxxxxx…`"
    assert code("a\u202eb\x1b[0m\u200b") == "`a b [0m`"
    assert code("\x00") == "–"


# ---------------------------------------------------------------- never too long


def test_however_large_the_bench(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "b")
    tests = [f"t/{'長' * 60}{i}" for i in range(30)]
    rows = [sample(n, None, 0, t) for t, n in itertools.product(tests, (4096, 8192, 16000))]
    write_rows(bench.part("samples", 0), "samples", rows)
    for i in range(26):
        model = f"{i:02} " + "𝕞`|" * 40
        more: dict[str, Any] = {"explanation": "𝕞|" * 300, "flags": ["truncated_prompt"]}
        scores = [scored(row["sample_id"], model, 0.0, **more) for row in rows]
        write_rows(bench.next_model_part("scores", model), "scores", scores)
    bench.write_manifest({"suite": {"name": "𝕊" * 500}, "seed": 1})
    text = as_markdown(bench, against=model)
    assert LIMIT * 0.5 < len(text.encode()) <= LIMIT
    assert "more rows" in text
    assert "more models" in text
    assert "more tests" in text
    tokens = parsed(text)
    for table in tables(tokens):
        assert len({len(row) for row in table}) == 1
    assert text.count("<details>") == text.count("</details>")


# ---------------------------------------------------------------- the command


def test_the_comment_on_the_command_line(cli: Cli, tmp_path: Path, comment: str) -> None:
    simulate(tmp_path / "b")
    page = (ROOT / "docs" / "comments.md").read_text(encoding="utf-8")
    (commands,) = re.findall(r"```sh\n(.*?)```", page, re.S)
    pictures, written, shown, both = (
        cli(*shlex.split(line)[1:]) for line in commands.replace("bench", "b").splitlines()
    )
    assert written.out == "comment: comment.md\n"
    assert (tmp_path / "comment.md").read_text(encoding="utf-8") == comment
    assert "**`short` against `good/1`**" in shown.out
    assert pictures.out == "pictures: 4 in pictures\n"
    assert both.out == "pictures: 4 in pictures\ncomment: comment.md\nreport: report.html\n"
    assert (tmp_path / "report.html").stat().st_size > 100_000
    wrong = cli("report", "b", "--markdown", "-", "--against", "shirt", code=2)
    assert "Did you mean 'short'" in wrong.err
    assert "--against is for --markdown" in cli("report", "b", "--against", "short", code=2).err
