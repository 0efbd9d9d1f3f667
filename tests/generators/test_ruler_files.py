"""Questions out of files of one's own: every shape that is read, and what is said of the rest."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synthctx.errors import StoreError, SuiteError, SynthctxError
from synthctx.generation import generate, samples
from synthctx.store import sample_record
from synthctx.suite import Suite
from synthctx.verification import verify
from tests.generators.test_ruler_qa import (
    LINKED,
    SINGLE,
    evidence,
    item_tokens,
    make,
    score,
    shown,
)

COLOURS = ("red", "blue", "green", "white", "black", "grey", "brown", "amber", "pink", "golden")
FACTS = [(f"the {colour} barn", f"{n} sheep") for n, colour in enumerate(COLOURS, 100)]


def context(what: str, count: str, k: int) -> str:
    return (
        f"Nobody  has painted {what} for years.\nIn it live {count}, and they are fed twice a "
        f'day. "Barn {k}" stands on the gate. ' + f"Sentence {k} is about hay. " * (3 + k % 3)
    )


def records() -> list[dict[str, Any]]:
    return [
        {
            "title": f"barns {k % 2}",
            "question": f"What lives in {what}?",
            "answers": {"text": [count, count.split()[0]], "answer_start": [3, 3]},
            "context": context(what, count, k),
        }
        for k, (what, count) in enumerate(FACTS)
    ]


def squad() -> dict[str, Any]:
    articles = [
        {
            "title": r["title"],
            "paragraphs": [
                {
                    "context": r["context"],
                    "qas": [
                        {
                            "question": r["question"],
                            "id": r["question"],
                            "answers": [
                                {"text": a, "answer_start": 1} for a in r["answers"]["text"]
                            ],
                            "is_impossible": False,
                        },
                        {"question": "Why?", "id": "no", "answers": [], "is_impossible": True},
                    ],
                }
            ],
        }
        for r in records()
    ]
    return {"version": "v2.0", "data": articles}


def hotpot() -> list[dict[str, Any]]:
    out = []
    for k, (what, count) in enumerate(FACTS):
        others = [(f"Barn {j}", [context(*FACTS[j], j)]) for j in range(len(FACTS)) if j != k][:4]
        pair = [
            (f"Farm {k}", [f"Farm {k} owns {what}. ", "It is old."]),
            (f"Barn {k}", [context(what, count, k)]),
        ]
        out.append(
            {
                "_id": str(k),
                "question": f"What lives in the barn that Farm {k} owns?",
                "answer": count,
                "supporting_facts": [[f"Farm {k}", 0], [f"Barn {k}", 1]],
                "context": [*others, *pair],
            }
        )
    return out


def columns(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same as the data sets of Hugging Face have it: lists instead of pairs."""
    return [
        {
            **row,
            "context": {
                "title": [t for t, _ in row["context"]],
                "sentences": [s for _, s in row["context"]],
            },
            "supporting_facts": {
                "title": [t for t, _ in row["supporting_facts"]],
                "sent_id": [n for _, n in row["supporting_facts"]],
            },
        }
        for row in rows
    ]


def as_json(path: Path, rows: Any) -> None:
    path.write_text(json.dumps(rows), encoding="utf-8")


def as_jsonl(path: Path, rows: Any) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def as_parquet(path: Path, rows: Any) -> None:
    pq.write_table(pa.Table.from_pylist(rows), path)


def as_csv(path: Path, rows: Any) -> None:
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(
            {k: v if isinstance(v, str) else json.dumps(v) for k, v in row.items()} for row in rows
        )


Write = Callable[[Path, Any], None]
FILES: dict[str, tuple[str, Write, Any]] = {
    "squad": ("x.json", as_json, squad()),
    "list": ("x.json", as_json, records()),
    "jsonl": ("x.jsonl", as_jsonl, records()),
    "csv": ("x.csv", as_csv, records()),
    "parquet": ("x.parquet", as_parquet, records()),
    "hotpot": ("x.json", as_json, hotpot()),
    "hotpot columns": ("x.parquet", as_parquet, columns(hotpot())),
    "hotpot jsonl": ("x.jsonl", as_jsonl, columns(hotpot())),
    "hotpot csv": ("x.csv", as_csv, hotpot()),
}


def written(tmp_path: Path, kind: str) -> str:
    name, write, rows = FILES[kind]
    write(tmp_path / name, rows)
    return str(tmp_path / name)


@pytest.mark.parametrize("kind", FILES)
def test_questions_of_a_file(kind: str, tmp_path: Path) -> None:
    file = written(tmp_path, kind)
    task = LINKED if "hotpot" in kind else SINGLE
    seen = set()
    for index in range(len(FACTS)):
        sample = make(task, index, length=700, depth=1.0, file=file)
        record = sample_record(sample, "")
        assert record["uniqueness"] == "asserted"
        assert 0 <= sample.shortfall <= item_tokens(sample)
        needed = evidence(sample)
        answer = sample.draft.reference[0]
        assert len(needed) == (2 if "hotpot" in kind else 1)
        assert any(f"In it live {answer}, and they" in text for text in needed)
        assert not any("Why?" in text for text in needed)
        assert len(sample.draft.reference) == (1 if "hotpot" in kind else 2)
        assert max(p.depth for p in sample.evidence) > 0.7
        assert len(shown(sample)) == len(set(shown(sample))) >= 3
        assert score(sample, answer) == 1.0
        seen.add(sample.draft.suffix)
    assert len(seen) == len(FACTS)
    assert sample_record(make(task), "")["uniqueness"] == "proved"


def test_documents_of_the_same_article_come_first(tmp_path: Path) -> None:
    file = written(tmp_path, "jsonl")
    for index in range(6):
        sample = make(SINGLE, index, length=430, file=file, same_topic=20)
        numbers = [int(m[1]) for d in shown(sample) if (m := re.search(r"Barn (\d+)", d))]
        gold = re.search(r"Barn (\d+)", evidence(sample)[0])
        assert gold is not None
        assert all(n % 2 == int(gold[1]) % 2 for n in numbers)


def suite_of(file: str, task: str = SINGLE, n: int = 4, length: Any = 700) -> Suite:
    entry = {"task": task, "length": length, "samples": n, "params": {"file": file}}
    return Suite.from_document({"name": "own", "seed": 3, "tests": [entry]})


@pytest.mark.parametrize("kind", ["squad", "hotpot"])
def test_a_bench_of_a_file_verifies_and_knows_its_contents(kind: str, tmp_path: Path) -> None:
    file = written(tmp_path, kind)
    suite = suite_of(file, LINKED if kind == "hotpot" else SINGLE)
    stored = generate(suite, tmp_path / "stored")
    recipe = generate(suite, tmp_path / "recipe", store="recipe")
    assert list(stored.manifest()["corpus"]) == [file]
    assert stored.manifest()["fingerprint"] == recipe.manifest()["fingerprint"]
    assert verify(stored).failures == []
    assert [r["text"] for r in recipe.prompts()] == [r["text"] for r in stored.prompts()]
    assert [s.prompt for s in samples(suite)] == [
        r["prefix"] + r["text"] + r["suffix"] for r in stored.prompts()
    ]
    changed = FILES[kind][2]
    Path(file).write_text(json.dumps(changed) + "\n", encoding="utf-8")
    with pytest.raises(StoreError, match="has changed since"):
        list(type(recipe)(recipe.path).prompts())
    with pytest.raises(StoreError, match="other contents"):
        generate(suite, tmp_path / "stored")
    Path(file).unlink()
    with pytest.raises(StoreError, match="no file"):
        list(type(recipe)(recipe.path).prompts())


WRONG: dict[str, tuple[str, str, str]] = {
    "no json": ("x.json", "{", "not readable JSON"),
    "another json": ("x.json", '{"rows": []}', "no column 'question'. Columns: rows"),
    "a word": ("x.json", '"word"', "row 1: no question"),
    "no paragraphs": ("x.json", '{"data": [{"title": "x"}]}', r"data\[0\]: no list 'paragraphs'"),
    "no context": (
        "x.json",
        '{"data": [{"paragraphs": [{"qas": []}]}]}',
        r"data\[0\].paragraphs\[0\]: no context",
    ),
    "no questions": ("x.json", '{"data": []}', "holds no question"),
    "no answers": (
        "x.jsonl",
        '{"question": "q", "context": "c"}\n',
        "no column 'answers' or 'answer'. Columns: question, context",
    ),
    "no text": ("x.jsonl", '{"question": "q", "answer": "a"}\n', "no column 'context'"),
    "a number as context": (
        "x.jsonl",
        '{"question": "q", "answer": "a", "context": [7]}\n',
        "neither text nor titles",
    ),
    "no such title": (
        "x.jsonl",
        '{"question": "q", "answer": "a", "context": [["t", ["s"]]],'
        ' "supporting_facts": [["u", 0]]}\n',
        "supporting_facts name no document",
    ),
    "broken lines": ("x.jsonl", "{\n", "not a readable JSON lines file"),
    "another kind": ("x.txt", "hello", "none of"),
    "no parquet": ("x.parquet", "hello", "not a readable Parquet file"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_file_is_refused_before_anything_is_written(kind: str, tmp_path: Path) -> None:
    name, text, message = WRONG[kind]
    (tmp_path / name).write_text(text, encoding="utf-8")
    suite = suite_of(str(tmp_path / name))
    with pytest.raises(SuiteError, match=message) as caught:
        generate(suite, tmp_path / "bench")
    assert name in str(caught.value)
    assert "eeded are SQuAD's or Hotpot's" in str(caught.value)
    assert not (tmp_path / "bench").exists()


def test_all_that_is_wrong_in_a_file_is_listed(tmp_path: Path) -> None:
    rows = [
        {"question": "q", "answer": "a", "context": "c"},
        {"question": "", "answer": "a", "context": "c"},
        {"question": "q", "answer": "a", "context": []},
    ]
    (tmp_path / "x.json").write_text(json.dumps(rows))
    with pytest.raises(SuiteError) as caught:
        generate(suite_of(str(tmp_path / "x.json")), tmp_path / "bench")
    assert str(caught.value).splitlines()[:3] == [
        f"file '{tmp_path / 'x.json'}' has 2 problems:",
        "  row 2: no question",
        "  row 3: no context",
    ]


def test_too_little_in_a_file(tmp_path: Path) -> None:
    file = written(tmp_path, "squad")
    for n, length, message in (
        (11, 700, "has 10 questions with an answer, sample 11"),
        (1, 32_000, "too few documents for length 32,000: all 10 of them"),
        (1, [700, 9000], "too few documents for length 9,000"),
        (1, 150, "too short"),
    ):
        with pytest.raises(SynthctxError, match=message):
            generate(suite_of(file, n=n, length=length), tmp_path / "bench")
        assert not (tmp_path / "bench").exists()
    with pytest.raises(SuiteError, match=r"tests\[0\].params.file: there is no file"):
        suite_of(str(tmp_path / "nowhere.json"))
    with pytest.raises(SuiteError, match="there is no file"):
        make(SINGLE, file=str(tmp_path / "nowhere.json"))
