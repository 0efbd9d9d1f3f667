"""longicl/classification out of a file of texts and labels of the user's own."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synthctx.api import samples
from synthctx.baseline import baseline
from synthctx.compose import Sample, compose
from synthctx.errors import GenerationError, SuiteError
from synthctx.generation import generate
from synthctx.generators.longicl import demonstrations
from synthctx.jsonio import digest
from synthctx.store import read_rows, sample_record
from synthctx.suite import Suite
from synthctx.verification import verify
from tests.conftest import Cli
from tests.generators.samples import graded

NAME = "longicl/classification"
SAID = {
    "card_arrival": ("when will my card arrive", "the card is not here", "is the card posted"),
    "lost_card": ("I have lost my card", "somebody took my card", "my card has gone"),
    "exchange-rate": ("what rate do you use", "the rate looks wrong", "is the rate fixed"),
    "top up": ("my top up failed", "how do I add money", "can I load cash"),
}
WHEN = ("today", "again", "in Spain", "by post", "this week", "please", "at all", "for my son")
ROWS = [
    {"query": f"{text} {when}?", "intent": label, "part": "train" if at % 4 else "test"}
    for label, texts in SAID.items()
    for at, (text, when) in enumerate((t, w) for t in texts for w in WHEN)
]
GIVEN = {"text_column": "query", "label_column": "intent"}


def table(path: Path, rows: list[dict[str, Any]] = ROWS) -> str:
    """Write rows in the form that the suffix says."""
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".csv":
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    else:
        lines = [json.dumps(row) for row in rows]
        path.write_text("\n".join(lines) if path.suffix == ".jsonl" else json.dumps(rows))
    return str(path)


@pytest.fixture
def banking(tmp_path: Path) -> str:
    return table(tmp_path / "banking.csv")


def some(file: str, n: int = 4, length: str = "2k", seed: int = 3, **params: Any) -> list[Sample]:
    given = {**GIVEN, "rounds": 3, **params}
    return list(samples(NAME, length=length, n=n, seed=seed, file=file, **given))


def labelled(path: Path, pairs: list[tuple[Any, Any]]) -> str:
    return table(path, [{"query": text, "intent": label} for text, label in pairs])


def test_texts_and_labels_are_those_of_the_file_and_never_on_both_sides(banking: str) -> None:
    right = {row["query"]: row["intent"] for row in ROWS}
    made = some(banking, n=16)
    for sample in made:
        seen = demonstrations(sample.prompt)
        assert [right[text] for text in seen.texts] == seen.labels
        assert set(Counter(seen.labels).values()) == {3}
        assert right[seen.queries[0]] == sample.draft.reference
        assert seen.queries[0] not in seen.texts
        assert sample.draft.floor == 0.25
        assert sample_record(sample, "")["uniqueness"] == "asserted"
        assert graded(sample, sample.draft.reference).score == 1.0
    assert set(Counter(s.draft.reference for s in made).values()) == {4}
    asked = [demonstrations(s.prompt).queries[0] for s in made]
    assert len(set(asked)) == len(asked)


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".parquet"])
def test_every_form_of_table_gives_the_same(banking: str, tmp_path: Path, suffix: str) -> None:
    other = table(tmp_path / f"banking{suffix}")
    one, two = some(banking, n=2), some(other, n=2)
    assert [s.prompt for s in one] == [s.prompt for s in two]


def test_the_split_follows_the_seed_and_nothing_else(banking: str) -> None:
    first = [s.draft.suffix for s in some(banking)]
    assert first == [s.draft.suffix for s in some(banking, length="4k", rounds=5, order="grouped")]
    assert first != [s.draft.suffix for s in some(banking, seed=4)]
    shares = [len(demonstrations(some(banking, 1, "8k", rounds=r)[0].prompt).texts) for r in (1, 7)]
    assert shares == [4, 28]


def test_versions_ask_the_same_after_other_demonstrations(banking: str) -> None:
    test: dict[str, Any] = {"task": NAME, "length": "2k", "samples": 2, "versions": 2}
    test["params"] = {**GIVEN, "file": banking, "rounds": 3}
    suite = Suite.from_document({"name": "v", "seed": 5, "tests": [test]})
    made = [compose(row) for row in suite.rows()]
    assert made[0].draft.suffix == made[1].draft.suffix != made[2].draft.suffix
    assert made[0].context != made[1].context


def test_a_column_can_say_what_is_asked(banking: str) -> None:
    asked = {row["query"] for row in ROWS if row["part"] == "test"}
    for sample in some(banking, n=24, split_column="part"):
        seen = demonstrations(sample.prompt)
        assert seen.queries[0] in asked
        assert not asked & set(seen.texts)
    with pytest.raises(SuiteError, match=r"Did you mean 'test'\? In it are: test, train"):
        some(banking, split_column="part", question_split="tests")


def test_opaque_labels_are_made_up_words_one_for_each(banking: str) -> None:
    plain, hidden = some(banking, n=4), some(banking, n=4, opaque=True)
    names: dict[str, set[str]] = {}
    for one, other in zip(plain, hidden, strict=True):
        shown, seen = demonstrations(one.prompt), demonstrations(other.prompt)
        assert shown.texts == seen.texts
        for name, label in zip(shown.labels, seen.labels, strict=True):
            names.setdefault(name, set()).add(label)
        assert not any(f"Category: {label}" in other.prompt for label in SAID)
    assert [len(labels) for labels in names.values()] == [1] * 4
    assert len(set.union(*names.values())) == 4


def test_orders_and_depths_hold_for_a_file_too(banking: str) -> None:
    for depth in (0.0, 0.5, 1.0):
        (sample,) = samples(
            NAME, length="2k", n=1, seed=3, depth=depth, file=banking, rounds=3, **GIVEN
        )
        # four labels: between the other three are two places
        assert all(abs(piece.depth - depth) < 0.2 for piece in sample.evidence)
    (grouped,) = some(banking, n=1, order="grouped")
    labels = demonstrations(grouped.prompt).labels
    assert labels == sorted(labels, key=labels.index)


def test_what_is_wrong_is_listed(tmp_path: Path, banking: str) -> None:
    base = [(f"text {i} of {label}", label) for i in range(4) for label in ("a", "b")]
    for pairs, wanted in (
        ([*base, ("", "a")], r"row 9: text is empty"),
        ([*base, ("new", "A"), ("more", "b_")], r"row 9: label 'A' is 'a' of row 1[\s\S]*row 10"),
        ([*base, ("Text 0 of A.", "a")], r"row 9: the same text as row 1[\s\S]*duplicates=drop"),
        ([*base, ("text 0  of a", "b")], r"row 9: the same text as row 1, but 'b' here, 'a' there"),
        ([*base, ("new", "c"), ("more", "c")], r"label 'c': 1 demonstration, needed are 3"),
        ([(f"text {i}", "a") for i in range(9)], r"has one label .* needed are 2 to 2,000"),
        ([*base, ("new", "x" * 101)], r"row 9: the label has 101 characters, at most 100"),
    ):
        with pytest.raises(SuiteError, match=wanted):
            some(labelled(tmp_path / "bad.csv", pairs))
    with pytest.raises(SuiteError, match=r"no column 'label'.* Columns: query, intent, part"):
        some(banking, label_column="label")
    with pytest.raises(SuiteError, match="no file or folder"):
        some("nowhere.csv")


def test_labels_that_the_rule_cannot_tell_apart_need_other_names(tmp_path: Path) -> None:
    pairs = [(f"text {i} of {label}", label) for i in range(6) for label in ("c", "c++")]
    path = labelled(tmp_path / "languages.csv", pairs)
    with pytest.raises(SuiteError, match=r"differ in nothing but .*opaque=true"):
        some(path, n=2)
    assert {s.draft.reference for s in some(path, n=2, opaque=True)}.isdisjoint({"c", "c++"})


def test_repeated_texts_can_be_dropped(tmp_path: Path) -> None:
    pairs = [(f"text {i} of {label}", label) for i in range(6) for label in ("a", "b")]
    rows = [{"query": t, "intent": label, "part": "train"} for t, label in pairs]
    rows += [{"query": f"asked {i}", "intent": "ab"[i % 2], "part": "test"} for i in range(4)]
    rows += [{"query": "Text 0 of a", "intent": "a", "part": "test"}]
    rows += [{"query": "torn", "intent": label, "part": "train"} for label in "ab"]
    path = table(tmp_path / "repeats.csv", rows)
    with pytest.raises(SuiteError, match="2 problems"):
        some(path, split_column="part")
    made = some(path, n=4, split_column="part", duplicates="drop")
    assert {demonstrations(s.prompt).queries[0] for s in made} == {f"asked {i}" for i in range(4)}
    assert not any("torn" in s.prompt for s in made)


def test_too_few_questions_or_demonstrations_say_how_many_there_are(banking: str) -> None:
    # of 24 rows a label a fifth, 5, are questions
    assert len(some(banking, n=20)) == 20
    with pytest.raises(GenerationError, match=r"20 questions .* sample 21 would need one more"):
        some(banking, n=21)
    with pytest.raises(GenerationError, match=r"have 19 demonstrations each.*-p rounds=19 or less"):
        some(banking, n=1, rounds=None, length="8k")
    (full,) = some(banking, n=1, rounds=None, length="1k")
    assert 0 <= full.shortfall <= full.draft.body.item_tokens  # type: ignore[union-attr]
    with pytest.raises(SuiteError, match=r"label 'top up': 19 demonstrations, needed are 20"):
        some(banking, n=1, rounds=20)


def test_texts_of_several_lines_and_without_blanks(tmp_path: Path) -> None:
    said = {"天气": "今天{}下雨了", "交通": "地铁{}又晚点了", "饮食": "这家{}面馆很好吃"}
    pairs = [(f"{text.format(i)}\n\n真的", label) for i in range(9) for label, text in said.items()]
    path = labelled(tmp_path / "zh.jsonl", pairs)
    made = some(path, n=3, rounds=4)
    for sample in made:
        seen = demonstrations(sample.prompt)
        assert len(seen.texts) == 12
        assert seen.queries[0].endswith(" 真的")
        assert sample.task.read(sample.prompt) == sample.draft.reference
    assert baseline(made).linear == 1.0


def test_the_baseline_has_a_ceiling(banking: str) -> None:
    few, many = baseline(some(banking, n=20, rounds=1)), baseline(some(banking, n=20, rounds=19))
    assert few.ceiling == many.ceiling == many.linear
    assert few.ceiling is not None
    assert few.linear < few.ceiling
    # the labels of this file say what they mean; made-up ones do not
    assert baseline(some(banking, n=20, rounds=1, opaque=True)).names <= 0.5


def test_a_bench_remembers_the_file_and_notices_a_change(
    banking: str, tmp_path: Path, cli: Cli
) -> None:
    flags = ["--task", NAME, "--length", "2k", "--samples", "4", "--seed", "1"]
    params = [f"file={banking}", "text_column=query", "label_column=intent", "rounds=3"]
    flags += [word for param in params for word in ("-p", param)]
    cli("generate", *flags, "-o", "b")
    manifest = json.loads((tmp_path / "b" / "manifest.json").read_text())
    assert list(manifest["corpus"]) == [banking]
    assert verify(tmp_path / "b").failures == []
    rows = [row for part in (tmp_path / "b" / "samples").iterdir() for row in read_rows(part)]
    assert {row["uniqueness"] for row in rows} == {"asserted"}
    assert "ceiling" in cli("baseline", NAME, "--length", "2k", *flags[4:]).out
    table(Path(banking), [*ROWS, {"query": "one more", "intent": "top up", "part": "train"}])
    assert "corpus file" in cli("generate", *flags, "-o", "b", code=2).err


def test_a_bench_is_the_same_with_two_workers(banking: str, tmp_path: Path) -> None:
    test: dict[str, Any] = {"task": NAME, "length": "2k", "samples": 4}
    test["params"] = {**GIVEN, "file": banking, "rounds": 3, "opaque": True}
    suite = Suite.from_document({"name": "w", "seed": 5, "tests": [test]})
    bench = generate(suite, tmp_path / "one", workers=2)
    again = [digest(sample_record(compose(row), suite.canary)) for row in suite.rows()]
    rows = sorted(digest(row) for part in bench.parts("samples") for row in read_rows(part))
    assert rows == sorted(again)


def test_labels_of_one_row_leave_no_question(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("text,label\none,a\ntwo,b\n")
    with pytest.raises(SuiteError, match="one row of each label: none is left for a question"):
        some(str(file), n=1, rounds=1, text_column="text", label_column="label")


def test_a_baseline_of_texts_without_words(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    rows = [
        f"{one}{two}{three},{label}"
        for label, mood in (("glad", "😀😁😂"), ("sad", "😢😭😞"))
        for one in mood
        for two in mood
        for three in mood
    ]
    file.write_text("text,label\n" + "\n".join(rows), encoding="utf-8")
    given: dict[str, Any] = {"text_column": "text", "label_column": "label", "split_column": None}
    found = baseline(some(str(file), n=8, rounds=8, **given))
    assert found.linear == found.nearest == found.ceiling == 1.0
