"""Needles, questions and haystacks out of files of one's own."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from synthctx.compose import Sample
from synthctx.errors import StoreError, SuiteError, SynthctxError
from synthctx.generation import generate, samples
from synthctx.suite import Suite
from synthctx.verification import verify
from tests.generators.samples import graded, made

NEEDLES: list[dict[str, Any]] = [
    {
        "question": "Where is the key of the boathouse kept?",
        "needle": "The key of the boathouse hangs behind the third oar",
        "answers": ["behind the third oar", "third oar"],
    },
    {
        "question": "Who repaired the church clock?",
        "needle": "Mrs Ellery repaired the church clock in autumn.",
        "answers": ["Mrs Ellery", "Ellery"],
    },
    {
        "question": "What does the night ferry cost?",
        "needle": "The night ferry costs 1,457 crowns.",
        "answers": "1,457 crowns",
    },
]


def write(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def needle(index: int = 0, **given: Any) -> Sample:
    params = {"file": given.pop("file", None)}
    more = {"length": 2048, "depth": 0.5, "tokenizer": "tekken", "haystack": {"kind": "prose"}}
    return made("niah/own", params, seed=3, index=index, **{**more, **given})


# ---------------------------------------------------------------- needles


def test_each_needle_of_a_file_is_asked_once(tmp_path: Path) -> None:
    file = write(tmp_path / "n.jsonl", NEEDLES)
    asked = []
    for index in range(len(NEEDLES)):
        for depth in (0.0, 0.5, 1.0):
            sample = needle(index, file=file, depth=depth)
            assert sample.shortfall == 0
            (place,) = sample.evidence
            assert abs(place.depth - depth) < 0.05
            stated = sample.prompt[place.char_start : place.char_end]
            row = next(r for r in NEEDLES if r["question"] in sample.draft.suffix)
            assert stated == str(row["needle"]).removesuffix(".") + "."
            answers = row["answers"] if isinstance(row["answers"], list) else [row["answers"]]
            assert sample.draft.reference == answers
            assert sample.draft.uniqueness == "asserted"
            for answer in answers:
                assert graded(sample, answer).score == 1.0
                assert sample.context.count(answer) == stated.count(answer)
            assert graded(sample, "nobody knows").score == 0.0
            assert graded(sample, sample.prompt).score == 0.0
            assert sample.task.read(sample.prompt) == ""
        asked.append(sample.draft.suffix)
    assert len(set(asked)) == len(NEEDLES)
    with pytest.raises(SynthctxError, match="has 3 needles, sample 4 would need one more"):
        needle(3, file=file)


@pytest.mark.parametrize("tokenizer", ["words", "chars"])
@pytest.mark.parametrize("kind", ["prose", "noise"])
def test_needles_in_other_haystacks_and_tokenizers(
    tokenizer: str, kind: str, tmp_path: Path
) -> None:
    file = write(tmp_path / "n.jsonl", NEEDLES)
    sample = needle(file=file, tokenizer=tokenizer, haystack={"kind": kind}, length=4096)
    assert sample.shortfall == 0
    chinese = needle(tokenizer=tokenizer, haystack={"kind": kind}, length=4096, language="zh")
    assert graded(chinese, chinese.task.read(chinese.prompt)).score == 1.0


def test_every_form_of_a_date_is_right_and_another_date_is_wrong() -> None:
    for language in ("en", "zh"):
        for index in range(6):
            sample = needle(index, language=language)
            for form in sample.draft.reference:
                assert graded(sample, form).score == 1.0
            other = needle(index + 6, language=language)
            assert graded(sample, other.draft.reference[0]).score == 0.0
            read = sample.task.read(sample.prompt)
            assert read == sample.draft.reference[0]
            half = sample.prompt[len(sample.prompt) // 2 :]
            assert sample.task.read(half) in ("", read)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no question": ({"question": " "}, "row 2: question is empty"),
    "no answer": ({"answers": []}, "row 2: answers is empty"),
    "no sentence": ({"needle": "Ellery did it!"}, "row 2: the needle does not end with a full"),
    "a quote first": ({"needle": '"Ellery."'}, "row 2: the needle does not begin with a letter"),
    "another answer": ({"answers": "Mr Brown"}, "row 2: none of the answers stands in the needle"),
    "given away": ({"question": "Did Mrs Ellery?"}, "row 2: the question gives the answer away"),
    "asked twice": (
        {"question": "where is the key of the boathouse kept"},
        "row 2: the same question as row 1",
    ),
    "an object": ({"answers": {"text": "Ellery"}}, "row 2: answers is neither a text nor a list"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_needle_is_named_before_anything_is_written(kind: str, tmp_path: Path) -> None:
    change, message = WRONG[kind]
    rows = [NEEDLES[0], {**NEEDLES[1], **change}, {**NEEDLES[2], "answers": ""}]
    file = write(tmp_path / "n.jsonl", rows)
    with pytest.raises(SuiteError) as caught:
        generate(suite_of("niah/own", file), tmp_path / "b")
    assert message in str(caught.value)
    assert "row 3: answers is empty" in str(caught.value)
    assert not (tmp_path / "b").exists()


def test_an_answer_that_the_haystack_is_full_of(tmp_path: Path) -> None:
    rows = [{"question": "Which word?", "needle": "The word is the.", "answer": "the"}]
    file = write(tmp_path / "n.jsonl", rows)
    with pytest.raises(SynthctxError, match=r"the answer 'the' of file .* in most paragraphs"):
        needle(file=file)
    write(tmp_path / "m.jsonl", [{"question": "Which?", "needle": "This one."}])
    with pytest.raises(SuiteError, match="neither a column 'answers' nor a column 'answer'"):
        needle(file=str(tmp_path / "m.jsonl"))


# ---------------------------------------------------------------- questions

WORDS = (
    *("barn", "hay", "roof", "gate", "yard", "lane"),
    *("well", "mill", "ford", "hill", "pond", "tree"),
)


def page(k: int, owner: str, extra: str = "") -> dict[str, Any]:
    filler = " ".join(f"The {WORDS[(k + i) % 12]} is old." for i in range(12 + k % 5))
    return {
        "question": f"Who owns house {k}?",
        "answer": owner,
        "context": f"House {k} is owned by {owner}. {extra} {filler}",
    }


def suite_of(task: str, file: str, n: int = 1, length: Any = 2048) -> Suite:
    entry = {"task": task, "length": length, "samples": n, "params": {"file": file}}
    return Suite.from_document({"seed": 3, "tests": [entry]})


def test_other_documents_with_the_answer_are_left_out(tmp_path: Path) -> None:
    rows = [page(k, f"Ada {name}") for k, name in enumerate(WORDS)]
    rows += [
        page(100 + k, f"Bo {name}", f"ADA  {name} lives here.") for k, name in enumerate(WORDS)
    ]
    rows += [page(200 + k, f"Cy {name}", f"Ada {name}s live here.") for k, name in enumerate(WORDS)]
    file = write(tmp_path / "q.jsonl", rows)
    for sample in samples(suite_of("ruler/qa_1", file, n=20)):
        (answer,) = sample.draft.reference
        whole = re.compile(rf"\b{answer}\b", re.IGNORECASE)
        body = " ".join(sample.context.split())
        assert len(whole.findall(body)) == 1, answer


def test_a_question_that_other_documents_answer_as_well(tmp_path: Path) -> None:
    rows = [{**page(k, f"Ada {name}"), "question": "Who owns it?"} for k, name in enumerate(WORDS)]
    rows += [page(100 + k, f"Bo {name}") for k, name in enumerate(WORDS)]
    rows.append({**rows[0], "answer": "Ada"})
    file = write(tmp_path / "q.jsonl", rows)
    seen = 0
    for sample in samples(suite_of("ruler/qa_1", file, n=len(rows), length=1024)):
        if "Who owns it?" not in sample.draft.suffix:
            continue
        seen += 1
        assert len(re.findall("owned by Ada", sample.context)) == 1
        if "Ada barn" in sample.draft.reference:
            assert sorted(sample.draft.reference) == ["Ada", "Ada barn"]
    assert seen == 13


def test_yes_and_no_leave_nothing_out(tmp_path: Path) -> None:
    rows = [{**page(k, f"Ada {name}", "No, yes."), "answer": "yes"} for k, name in enumerate(WORDS)]
    file = write(tmp_path / "q.jsonl", rows)
    (sample,) = samples(suite_of("ruler/qa_1", file, length=700))
    assert sample.context.count("owned by") > 3


def test_documents_that_differ_by_case_and_blanks_are_one(tmp_path: Path) -> None:
    rows = [page(k, f"Ada {name}") for k, name in enumerate(WORDS)]
    rows += [
        {**r, "question": "Whose?" + r["question"], "context": r["context"].upper() + " "}
        for r in rows
    ]
    file = write(tmp_path / "q.jsonl", rows)
    with pytest.raises(
        SynthctxError, match=r"all 12 of them take [0-9,]+ tokens \(tekken\), [0-9,]+ are left"
    ):
        list(samples(suite_of("ruler/qa_1", file, length=8192)))


def test_too_few_documents_are_counted_with_those_left_out(tmp_path: Path) -> None:
    rows = [page(k, "Ada Hill") for k in range(12)] + [page(50, "Bo Ford")]
    rows = [{**row, "context": row["context"] + f" Page {k}."} for k, row in enumerate(rows)]
    file = write(tmp_path / "q.jsonl", rows)
    with pytest.raises(SynthctxError, match=r"all 13 of them .* \(11 hold the answer and are left"):
        list(samples(suite_of("ruler/qa_1", file, n=13, length=1500)))


# ---------------------------------------------------------------- what a bench remembers


@pytest.mark.parametrize(("task", "length"), [("ruler/qa_1", 400), ("niah/own", 400)])
def test_a_file_makes_the_same_prompts_wherever_it_lies(
    task: str, length: int, tmp_path: Path
) -> None:
    rows = NEEDLES if task == "niah/own" else [page(k, f"Ada {k}") for k in range(12)]
    prompts = []
    for folder in ("here", "there"):
        (tmp_path / folder).mkdir()
        file = write(tmp_path / folder / "x.jsonl", rows)
        prompts.append([s.prompt for s in samples(suite_of(task, file, n=3, length=length))])
    assert prompts[0] == prompts[1]


def test_a_bench_notices_that_a_file_has_changed(tmp_path: Path) -> None:
    file = write(tmp_path / "n.jsonl", NEEDLES)
    suite = suite_of("niah/own", file, n=3)
    bench = generate(suite, tmp_path / "b")
    assert verify(bench).failures == []
    assert list(bench.manifest()["corpus"]) == [file]
    again = generate(suite, tmp_path / "c")
    assert again.manifest()["fingerprint"] == bench.manifest()["fingerprint"]
    write(tmp_path / "n.jsonl", NEEDLES[::-1])
    failures = [f.what for f in verify(tmp_path / "b").failures]
    assert f"corpus file '{file}' has changed since the bench was made" in failures
    with pytest.raises(StoreError, match="other contents: corpus file"):
        generate(suite, tmp_path / "b")


def test_a_folder_as_a_haystack_and_what_becomes_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    for k in range(3):
        text = "\n\n".join(f"Day {k}.{i} was calm. The post came late." for i in range(150))
        (folder / f"{k}.txt").write_text("\ufeff" + text, encoding="utf-8")
    entry = {
        "task": "niah/own",
        "length": 1024,
        "params": {"file": write(tmp_path / "n.jsonl", NEEDLES)},
        "haystack": {"kind": "essay", "files": [str(folder)]},
    }
    suite = Suite.from_document({"seed": 3, "tests": [entry]})
    bench = generate(suite, tmp_path / "b", store="recipe")
    assert verify(bench).failures == []
    (row,) = bench.prompts()
    assert "Day " in row["text"]
    assert "\ufeff" not in row["text"]
    (folder / "3.txt").write_text("One more day.")
    with pytest.raises(StoreError, match=r"corpus file .*3\.txt' is new since the bench was made"):
        list(type(bench)(bench.path).prompts())
    (folder / "3.txt").unlink()
    (folder / "2.txt").unlink()
    with pytest.raises(StoreError, match=r"2\.txt' is gone since"):
        list(type(bench)(bench.path).prompts())
    (folder / "1.txt").write_bytes(b"caf\xe9")
    with pytest.raises(SynthctxError, match=r"haystack file .* is not UTF-8: byte 3 \(line 1\)"):
        list(samples(suite))


def test_headings_in_a_haystack_do_not_keep_a_length_from_being_met(tmp_path: Path) -> None:
    """Behind a heading the question has one token more or less than behind a full stop."""
    paragraphs = [
        f"On day {day} the boat left. It carried {day * 7 % 50 + 3} crates. Nobody saw it return."
        for day in range(1, 151)
    ]
    for k in range(3):
        text = f"# Letter {k}\n\n" + "\n\n".join(paragraphs[50 * k : 50 * k + 50])
        (tmp_path / f"{k}.md").write_text(text)
    file = write(tmp_path / "n.jsonl", NEEDLES)
    hay = {"kind": "essay", "files": [str(tmp_path / f"{k}.md") for k in range(3)]}
    for length in range(1000, 1040):
        sample = needle(length % 3, file=file, length=length, haystack=hay, depth=0.0)
        assert sample.shortfall == 0
