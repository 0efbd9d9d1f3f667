"""Exact counts for the vocabularies of well-known models, at every length and any depth."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from synthctx.api import samples
from synthctx.compose import Sample, compose
from synthctx.fill import fill, seam
from synthctx.generation import generate
from synthctx.haystack import get_pool
from synthctx.streams import Streams
from synthctx.suite import Suite
from synthctx.tasks import Piece
from synthctx.tokenizers import TOKENIZERS, Counts, get_tokenizer, token_starts
from synthctx.verification import verify
from tests.vocabularies import NAMES, vocabulary

LENGTHS = ("1k", "5000", "32k", "128k")


def recount(sample: Sample) -> tuple[int, list[int]]:
    """Count a prompt again as one string, and the tokens before each piece of evidence."""
    marks = [seam(sample.prompt, p.char_start) for p in sample.evidence]
    return token_starts(get_tokenizer(sample.row.tokenizer), sample.prompt, marks)


def holds(sample: Sample) -> bool:
    """Tell whether a sample is of its exact length, its evidence where it is said to be."""
    total, starts = recount(sample)
    near = abs(sample.evidence[0].depth - (sample.row.depth or 0)) * sample.context_tokens <= 25
    told = [p.token_start for p in sample.evidence]
    return total == sample.prompt_tokens and sample.shortfall == 0 and starts == told and near


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_prose(name: str, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer = vocabulary(name, monkeypatch)
    for length in LENGTHS if name in ("tekken", "cl100k", "o200k") else LENGTHS[:3]:
        made = samples(
            "needlebench/single_retrieval",
            length=length,
            depth=[0, 0.31, 1],
            seed=2,
            language=language,
            tokenizer=tokenizer.name,
        )
        assert all(map(holds, made)), length


@pytest.mark.parametrize("name", NAMES)
def test_noise_and_essay(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer = vocabulary(name, monkeypatch)
    for length in ("1k", "16k"):
        made = samples(
            "ruler/niah_single_1", length=length, depth="0:1:4", seed=2, tokenizer=tokenizer.name
        )
        assert all(map(holds, made)), length
    book = tmp_path / "book.md"
    book.write_text(
        "\n\n".join(
            f'On day {i} the keeper said: "No wind (again)!" He wrote {i * 37}, then slept... '
            f"Was it dull? {'Very. ' * (i % 5)}The naïve gull — unmoved — watched."
            for i in range(900)
        ),
        encoding="utf-8",
    )
    hay = {"kind": "essay", "files": [str(book)]}
    for length in ("1k", "20k"):
        made = samples(
            "niah/single",
            length=length,
            depth="0:1:4",
            seed=2,
            tokenizer=tokenizer.name,
            haystack=hay,
        )
        assert all(map(holds, made)), length


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_one_to_64_pieces(name: str, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer = vocabulary(name, monkeypatch)
    said = {"en": "Locker {i} holds the badge {i}.", "zh": "{i}号柜里放着徽章{i}。"}[language]
    pool = get_pool(tokenizer.name, "prose", language)
    before = "Read this.\n"
    first = tokenizer.count(before)
    for count in (1, 7, 64):
        for spread in (0.0, 0.5, 1.0):
            depths = [spread * i / count + (1 - spread) * 0.4 for i in range(count)]
            pieces = [Piece(said.format(i=8000 + i), d) for i, d in enumerate(depths)]
            filled = fill(pool, Streams([count]), "hay", 9000, pieces, before=before)
            text = before + filled.text
            marks = [seam(text, p.char_start + len(before)) for p in filled.placed]
            total, starts = token_starts(tokenizer, text, marks)
            assert total == first + 9000
            assert starts == [first + p.token_start for p in filled.placed]
            for piece, placed in zip(pieces, filled.placed, strict=True):
                assert filled.text[placed.char_start : placed.char_end] == piece.text


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "task",
    [
        "adaleval/tsort",
        "longicl/classification",
        "longproc/html_to_tsv",
        "needlebench/ancestral_trace",
    ],
)
def test_items_are_never_over(name: str, task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer = vocabulary(name, monkeypatch)
    for sample in samples(task, length=["8k", "9001"], seed=2, n=2, tokenizer=tokenizer.name):
        total, starts = recount(sample)
        assert total == sample.prompt_tokens
        assert starts == [p.token_start for p in sample.evidence]
        assert 0 <= sample.shortfall <= getattr(sample.draft.body, "item_tokens", 0)


@pytest.mark.slow
@pytest.mark.parametrize(("length", "language"), [("1M", "zh"), ("10M", "en")])
def test_millions_of_tokens(length: str, language: str) -> None:
    (sample,) = samples(
        "needlebench/single_retrieval", length=length, depth=0.62, seed=2, language=language
    )
    assert holds(sample)


# ---------------------------------------------------------------- a tokenizer that does not add up


class Pairs:
    """Counts two characters as one token, wherever they stand: sentences never add up."""

    name = "pairs"
    sha256 = "0"

    def count(self, text: str) -> int:
        return (len(text) + 1) // 2

    def ends(self, text: str) -> Counts:
        ends = np.arange(2, len(text) + 2, 2, dtype=np.int64)
        return np.minimum(ends, len(text))


@pytest.fixture
def pairs() -> Iterator[str]:
    if "pairs" not in TOKENIZERS.names():
        TOKENIZERS.add("pairs", lambda argument: Pairs())
    yield "pairs"


def test_counts_that_do_not_add_up_are_met_all_the_same_and_said(
    pairs: str, tmp_path: Path
) -> None:
    entries = [
        {"task": "niah/single", "length": ["3k", "20k"], "depth": [0, 0.4, 1]},
        {"task": "longicl/classification", "length": "20k", "params": {"labels": 28}},
    ]
    suite = Suite.from_document({"seed": 3, "tokenizer": pairs, "tests": entries})
    for row in suite.rows():
        sample = compose(row)
        assert recount(sample)[0] == sample.prompt_tokens
        assert 0 <= sample.shortfall <= getattr(sample.draft.body, "item_tokens", 0)
    bench = generate(suite, tmp_path / "b")
    notes = bench.manifest()["notes"]
    assert len(notes) == 2
    assert "counts of pairs do not add up" in notes[0]
    assert "niah/single" in notes[0] + notes[1]
    assert verify(bench).failures == []


def test_nothing_is_noted_where_counts_add_up(tmp_path: Path) -> None:
    entries = [{"task": t, "length": "8k"} for t in ("niah/single", "adaleval/tsort")]
    bench = generate(Suite.from_document({"seed": 3, "tests": entries}), tmp_path / "b")
    assert bench.manifest()["notes"] == []
