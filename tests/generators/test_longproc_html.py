"""Listings of made-up pages: the page decides the table, and sizes are what was asked for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

import synthctx.haystack as haystack
from synthctx.compose import Sample, compose
from synthctx.errors import GenerationError
from synthctx.generators._html_sites import sites
from synthctx.rules import grade
from synthctx.suite import Suite
from synthctx.tasks import get_task
from synthctx.tokenizers import get_tokenizer

pytestmark = pytest.mark.skipif(
    not (Path(haystack.__file__).parent / "data" / "prose_en.json").exists(),
    reason="the prose data is not there yet",
)
SITES = list(sites())


def make(length: str, depth: float = 0.5, seed: int = 1, samples: int = 1, **params: Any) -> Sample:
    return many(length, depth, seed, samples, **params)[-1]


def many(length: str, depth: float, seed: int, samples: int, **params: Any) -> list[Sample]:
    entry = {
        "task": "longproc/html_to_tsv",
        "length": [length],
        "samples": samples,
        "depth": [depth],
        "params": params,
    }
    suite = Suite.from_document({"name": "html", "seed": seed, "tests": [entry]})
    return [compose(row) for row in suite.rows()]


def table(sample: Sample) -> list[list[str]]:
    return [line.split("\t") for line in str(sample.draft.reference).split("\n")]


def right(sample: Sample) -> None:
    output = sample.task.read(sample.prompt)
    result = grade(sample.task.rule, output=output, reference=sample.draft.reference, params={})
    assert (result.score, result.paper) == (1.0, 1.0), result.explanation
    assert 0 <= sample.shortfall <= getattr(sample.draft.body, "item_tokens", 0)


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("keep", ["none", "some"])
@pytest.mark.parametrize(("length", "rows"), [("4k", 3), ("16k", 12), ("32k", 30)])
def test_the_reader_finds_the_table(site: str, keep: str, length: str, rows: int) -> None:
    for sample in many(length, 0.4, 3, 2, site=site, filter=keep, rows=rows):
        right(sample)
        assert len(table(sample)) == rows + 1
        assert len(sample.evidence) == rows


@pytest.mark.parametrize("site", SITES)
def test_two_columns_at_two_thousand_and_all_twelve(site: str) -> None:
    right(make("2k", site=site, rows=2, columns=2))
    wide = make("16k", site=site, columns=12, rows=5)
    right(wide)
    assert {len(row) for row in table(wide)} == {12}


@pytest.mark.parametrize("site", SITES)
def test_rows_are_distinct_and_cells_are_clean(site: str) -> None:
    rows = table(make("16k", site=site, rows=30))
    plain = [re.sub(r"[\W_]|\b(a|an|the)\b", "", " ".join(row).lower()) for row in rows]
    assert len(set(plain)) == len(rows)
    for cell in (cell for row in rows for cell in row):
        assert cell == "N/A" or re.search(r"\w", cell)
        assert not re.search(r"[\"\t\n<>]|&\w+;", cell)


def deepest(node: LexborNode) -> int:
    return 1 + max((deepest(c) for c in node.iter() if c.tag != "-text"), default=0)


def test_pages_are_nested_and_hidden_rows_are_not_asked_for() -> None:
    hidden = 0
    for sample in many("16k", 0.5, 5, 6):
        tree = LexborHTMLParser(sample.context)
        assert tree.body is not None
        assert deepest(tree.body) >= 5
        names = {row[0] for row in table(sample)}
        for node in tree.css('[hidden] a, [style*="display:none"] a'):
            hidden += 1
            assert " ".join(node.text().split()) not in names
    assert hidden


@pytest.mark.parametrize("target", [128, 512, 2048])
@pytest.mark.parametrize("columns", [None, 2, 7])
@pytest.mark.parametrize("keep", ["none", "some"])
def test_output_tokens_are_met(target: int, columns: int | None, keep: str) -> None:
    tokenizer = get_tokenizer("tekken")
    for sample in many("64k", 0.5, 2, 4, output_tokens=target, filter=keep, columns=columns):
        right(sample)
        count = tokenizer.count(sample.draft.reference)
        assert sample.draft.rule_params["reference_tokens"] == count
        assert abs(count - target) <= 0.1 * target
        assert sample.max_output_tokens >= 1.25 * count


def test_output_tokens_have_bounds() -> None:
    schema = get_task("longproc/html_to_tsv").params["output_tokens"]
    assert (schema["minimum"], schema["maximum"], schema["default"]) == (128, 65_536, None)
    entry = {
        "task": "longproc/html_to_tsv",
        "length": ["64k"],
        "params": {"output_tokens": 128, "columns": 12},
    }
    document = {"name": "html", "seed": 1, "tokenizer": "chars", "tests": [entry]}
    with pytest.raises(GenerationError, match="output_tokens"):
        compose(next(iter(Suite.from_document(document).rows())))


def test_the_largest_answer_is_made() -> None:
    sample = make("700k", site="flights", columns=2, output_tokens=32_768)
    right(sample)
    assert abs(get_tokenizer("tekken").count(sample.draft.reference) - 32_768) <= 3_276


def test_entries_with_a_value_at_all_can_be_asked_for() -> None:
    asked = [s for s in many("16k", 0.5, 4, 30, filter="some") if "with a value for" in s.prompt]
    assert asked
    for sample in asked:
        right(sample)
        name = re.findall(r'those with a value for "(.+)"\.$', sample.prompt, re.M)[-1]
        at = table(sample)[0].index(name)
        assert all(row[at] != "N/A" for row in table(sample))


def test_a_wrong_row_costs() -> None:
    sample = make("16k", rows=8)
    lines = str(sample.draft.reference).split("\n")
    wrong = (
        [lines[0], *lines[2:]],
        [*lines, lines[-1]],
        [lines[0], lines[2], lines[1], *lines[3:]],
        [*lines[:-1], lines[-1].replace(lines[-1].split("\t")[0], "Something else")],
        lines[1:],
    )
    for rows in wrong:
        output = "```tsv\n" + "\n".join(rows) + "\n```"
        params = dict(sample.draft.rule_params)
        result = grade(
            sample.task.rule, output=output, reference=sample.draft.reference, params=params
        )
        assert (result.score or 0.0) < 1.0


def test_a_filter_is_what_decides() -> None:
    for sample in many("16k", 0.5, 9, 8, filter="some"):
        rule = re.compile(r"^Entries: .*$", re.M)
        everything = sample.task.read(rule.sub("Entries: all of that section.", sample.prompt))
        kept = sample.task.read(sample.prompt).split("\n")
        assert set(kept) < set(everything.split("\n"))
        result = grade(
            sample.task.rule, output=everything, reference=sample.draft.reference, params={}
        )
        assert result.score is not None
        assert result.score < 1


def test_pairing_and_depth() -> None:
    early, late = make("8k", 0.0, rows=5), make("16k", 1.0, rows=5)
    assert early.draft.reference == late.draft.reference
    assert early.evidence[0].depth < 0.15
    assert late.evidence[0].depth > 0.85


def test_a_cut_prompt_is_read_without_failing() -> None:
    sample = make("8k")
    for share in (0.2, 0.6, 0.9, 1.0):
        assert isinstance(sample.task.read(sample.prompt[int(len(sample.prompt) * share) :]), str)


def test_too_many_rows_are_refused() -> None:
    with pytest.raises(GenerationError, match="too short"):
        make("2k", rows=200)


def test_hundreds_of_rows_with_hidden_and_commented_ones_among_them() -> None:
    for sample in many("128k", 0.5, 11, 3, output_tokens=8000):
        right(sample)
