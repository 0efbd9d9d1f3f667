"""Ada-LEval's BestAnswer: one right candidate, near misses, its place, people's own files."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from synthctx.compose import Sample
from synthctx.errors import GenerationError, SuiteError
from synthctx.generation import generate
from synthctx.generators._adaleval_offers import CHOICES, THINGS, TIERS, read_value
from synthctx.generators._adaleval_wishes import (
    ATTRIBUTES,
    KINDS,
    Problem,
    choose,
    fulfilled,
    problem,
    read_question,
    scale,
    tell,
)
from synthctx.streams import Streams
from synthctx.suite import Suite
from synthctx.tasks import Body, get_task
from synthctx.tokenizers import get_tokenizer, tail
from synthctx.verification import verify
from tests.conftest import Cli
from tests.generators.samples import graded, made, scores

BEST = "adaleval/best_answer"
PUBLISHED = {1: 4, 2: 10, 4: 22, 6: 33, 8: 43, 12: 71, 16: 91, 32: 167, 64: 333, 128: 1000}


def item_tokens(sample: Sample) -> int:
    assert isinstance(sample.draft.body, Body)
    return sample.draft.body.item_tokens


def make(
    index: int = 0,
    length: int = 3000,
    tokenizer: str = "words",
    depth: float | None = None,
    **params: Any,
) -> Sample:
    return made(BEST, params, seed=5, index=index, length=length, depth=depth, tokenizer=tokenizer)


def shown(sample: Sample) -> list[tuple[str, str]]:
    parts = re.split(r"^A(\d+):\n\n", sample.context, flags=re.MULTILINE)
    assert parts[0] == ""
    return [("A" + n, text.rstrip()) for n, text in zip(parts[1::2], parts[2::2], strict=True)]


def question(sample: Sample) -> str:
    return str(re.findall(r"^Question: (.+)$", sample.prompt, re.MULTILINE)[-1])


def problems(wishes: int, near_misses: int, n: int = 12) -> list[Problem]:
    out = []
    for seed in range(n):
        stream = Streams(["problem", wishes, near_misses, seed])("evidence")
        out.append(problem(stream.pick(THINGS), stream, wishes, near_misses))
    return out


# ---------------------------------------------------------------- the proof


@pytest.mark.parametrize("wishes", range(1, 9))
def test_one_record_fulfils_all_and_others_fail_one_alone(wishes: int) -> None:
    for made_up in problems(wishes, 3):
        kept = [[w.allows(r[w.at]) for w in made_up.wishes] for r in made_up.records]
        assert kept == fulfilled(np.array(made_up.records), made_up.wishes).tolist()
        assert [all(row) for row in kept] == [True] + [False] * 3 * wishes
        failed = Counter(row.index(False) for row in kept[1:] if sum(row) == wishes - 1)
        assert failed == {k: 3 for k in range(wishes)}
        assert len({w.at for w in made_up.wishes}) == wishes
        assert len(set(made_up.names)) == len(made_up.names) == len(made_up.records)


def test_kinds_of_wishes_come_in_turn() -> None:
    for made_up in problems(8, 1):
        assert Counter(w.kind for w in made_up.wishes) == dict.fromkeys(KINDS, 2)
    seen = Counter(w.kind for made_up in problems(1, 1, 60) for w in made_up.wishes)
    assert min(seen[kind] for kind in KINDS) >= 5


def test_a_comparison_is_with_a_candidate_that_is_no_less_than_itself() -> None:
    for made_up in problems(4, 2):
        (wish,) = [w for w in made_up.wishes if w.beside]
        other = made_up.records[made_up.names.index(wish.beside)]
        assert not wish.allows(other[wish.at])
        step = abs(np.diff(scale(made_up.thing, wish.at)[:2]).item())
        assert wish.allows(other[wish.at] - step) != wish.allows(other[wish.at] + step)
        assert made_up.needed == [0, made_up.names.index(wish.beside)]


@pytest.mark.parametrize("tier", TIERS)
def test_what_is_told_is_read_again(tier: str) -> None:
    for thing in THINGS:
        for k in range(60):
            stream = Streams(["told", tier, k])("x")
            record = [stream.pick(scale(thing, at)) for at in range(ATTRIBUTES)]
            text = tell(thing, tier, stream, "Amber Heron", record)
            assert [read_value(thing, text, at) for at in range(ATTRIBUTES)] == record, text
            assert "Amber Heron" in text
            assert all(int(year) < 2020 for year in re.findall(r"(?:in|of) (\d{4})\b", text)), text


def test_the_right_record_has_numbers_from_end_to_end() -> None:
    outer = []
    for made_up in problems(8, 1, 120):
        for at in range(CHOICES, ATTRIBUTES):
            values = scale(made_up.thing, at)
            share = (made_up.records[0][at] - values[0]) / (values[-1] - values[0])
            outer.append(abs(share - 0.5) > 0.3)
    assert 0.33 < np.mean(outer) < 0.47  # two fifths, 480 of them


def test_questions_are_read_again() -> None:
    for made_up in problems(8, 1, 30):
        read = read_question(made_up.question)
        assert read is not None
        thing, wishes = read
        assert thing is made_up.thing
        by_place = {w.at: w for w in made_up.wishes}
        for wish in wishes:
            wanted = by_place.pop(wish.at)
            assert (wish.text, wish.beside, set(wish.but)) == (
                wanted.text,
                wanted.beside,
                set(wanted.but),
            )
            assert wish.beside or (wish.low, wish.high) == (wanted.low, wanted.high)
        assert by_place == {}


def test_without_one_wish_there_is_more_than_one_answer() -> None:
    """No part of the question can be left out: brute force over the candidates' own words."""
    for index in range(6):
        sample = make(index, candidates=9, constraints=4, near_misses=2, tier="computed")
        thing, wishes = read_question(question(sample)) or pytest.fail("not read")
        told = {label: text for label, text in shown(sample)}
        records = {
            label: [read_value(thing, text, at) for at in range(ATTRIBUTES)]
            for label, text in told.items()
        }

        def holds(label: str, wish: Any, records: Any = records, told: Any = told) -> bool:
            value = records[label][wish.at]
            if not wish.beside:
                return bool(wish.allows(value))
            other = next(name for name, text in told.items() if wish.beside in text)
            less = value < records[other][wish.at]
            return bool(less if wish.kind == "under" else value > records[other][wish.at])

        right = [[label for label in told if holds(label, w)] for w in wishes]
        every = set.intersection(*map(set, right))
        assert every == {sample.draft.reference}
        for three in combinations(right, 3):
            assert len(set.intersection(*map(set, three))) == 3  # and its two near misses


# ---------------------------------------------------------------- samples


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("tokenizer", ["tekken", "words", "chars"])
def test_the_reader_is_right_and_less_than_one_candidate_is_left(tier: str, tokenizer: str) -> None:
    length = 12000 if tokenizer == "chars" else 2500
    for index, params in enumerate(({}, {"candidates": 7}, {"constraints": 1})):
        for depth in (None, 0, 0.4, 1):
            sample = make(index, length, tokenizer, depth, tier=tier, **params)
            answer = sample.task.read(sample.prompt)
            assert answer == f"Answer: {sample.draft.reference}"
            assert scores(sample, answer) == (1.0, 1.0)
            longest = max(len(p) for p in sample.context.split("\n\n")) + 20
            limit = longest if tokenizer == "chars" else longest / 3
            assert 0 <= sample.shortfall <= item_tokens(sample) <= limit
            assert "candidates" not in params or len(shown(sample)) == 7


def test_the_published_numbers_of_candidates_fit() -> None:
    for thousand, n in PUBLISHED.items():
        if thousand > 16 and thousand < 128:
            continue
        wishes = 3 if n == 4 else 4
        sample = make(1, 1024 * thousand, "tekken", candidates=n, constraints=wishes)
        assert len(shown(sample)) == n == sample.draft.rule_params["n"]
        assert sample.shortfall < 300
    suite = Suite.from_file("adaleval.yaml")
    held = {t.lengths[0] // 1024: t.params["candidates"] for t in suite.tests if t.task.id == BEST}
    assert held == PUBLISHED


@pytest.mark.parametrize("depth", [None, 0, 0.5, 1])
@pytest.mark.parametrize("n", [2, 5, 12])
def test_every_label_is_right_once_in_a_round(depth: float | None, n: int) -> None:
    labels: Counter[str] = Counter()
    for index in range(n):
        sample = make(index, 1600, depth=depth, candidates=n, constraints=1)
        labels[sample.draft.reference] += 1
        order = [int(label[1:]) for label, _ in shown(sample)]
        assert sorted(order) == list(range(1, n + 1))
        assert all(b == a % n + 1 for a, b in pairwise(order))
        if depth is None:
            assert order[0] == 1
    assert labels == {f"A{k}": 1 for k in range(1, n + 1)}


@pytest.mark.parametrize("params", [{}, {"candidates": 6}])
def test_the_right_candidate_stands_at_its_depth(params: dict[str, Any]) -> None:
    for index in range(4):
        for depth in (0, 0.25, 0.5, 1):
            sample = make(index, 6000, depth=depth, **params)
            gold = dict(shown(sample))[sample.draft.reference]
            pieces = {sample.prompt[p.char_start : p.char_end]: p.depth for p in sample.evidence}
            (at,) = [d for text, d in pieces.items() if text in gold]
            assert at == pytest.approx(depth, abs=0.04)


def test_the_sample_answer_tells_no_more_than_that_it_is_wrong() -> None:
    after: dict[str, Counter[str]] = {}
    for index in range(160):
        sample = make(index, 700, candidates=4, constraints=1)
        after.setdefault(sample.draft.rule_params["sample"], Counter())[sample.draft.reference] += 1
        assert sample.draft.floor == 1 / 3
    assert len(after) == 4
    for label, right in after.items():
        assert label not in right
        assert len(right) == 3
        assert max(right.values()) < 0.55 * sum(right.values())
    two = make(candidates=2, constraints=1)
    assert (two.draft.rule_params, two.draft.floor) == ({"n": 2}, 1 / 2)
    assert re.search(r"^Answer: A[3-9]$", two.draft.prefix, re.MULTILINE)


def test_tricks_stay_at_the_floor() -> None:
    n, of = 10, 150
    for tier in ("stated", "computed"):
        right: Counter[str] = Counter()
        for index in range(of):
            sample = make(index, 1800, candidates=n, tier=tier)
            for trick, label in tricks(sample).items():
                right[trick] += label == sample.draft.reference
        floor = 1 / (n - 1)
        slack = 3 * (floor * (1 - floor) / of) ** 0.5
        assert all(times / of < floor + slack for times in right.values()), right
        assert right["first"] == right["last"] == of / n


def tricks(sample: Sample) -> dict[str, str]:
    labels, texts = zip(*shown(sample), strict=True)
    sizes = [len(text) for text in texts]
    words = TfidfVectorizer(token_pattern=r"\w+").fit_transform([question(sample), *texts])
    like = (words[1:] @ words[0].T).toarray().ravel()
    between = (words[1:] @ words[1:].T).toarray().sum(axis=1)
    return {
        "first": labels[0],
        "last": labels[-1],
        "longest": labels[int(np.argmax(sizes))],
        "shortest": labels[int(np.argmin(sizes))],
        "like the question": labels[int(np.argmax(like))],
        "like all others": labels[int(np.argmax(between))],
    }


def test_listing_candidates_does_not_pay() -> None:
    for index in range(12):
        sample = make(index, 1500, candidates=6)
        guesses = sample.task.guesses(sample.prompt)
        assert len(guesses) == 4
        assert [scores(sample, guess)[0] for guess in guesses] == [0.0] * 4


def test_instructions_kept_and_copied() -> None:
    sample = make(candidates=6)
    gold, example = sample.draft.reference, sample.draft.rule_params["sample"]
    kept = graded(sample, f"Answer: {gold}").metrics
    assert kept == {"followed": 1.0, "extractable": 1.0, "copied": 0.0}
    said = graded(sample, f"I would take {gold}.").metrics
    assert (said["followed"], said["extractable"]) == (0.0, 1.0)
    assert graded(sample, f"Answer: {example}").metrics["copied"] == 1.0
    assert graded(sample, "I cannot tell.").metrics["extractable"] == 0.0


def test_the_query_of_instructions(cli: Cli) -> None:
    cli("generate", "--task", BEST, "--length", "1k", "--samples", "4", "--seed", "1", "-o", "b")
    for model in ("reader:full", "reader:constant?text=Answer: A2", "reader:constant?text=A2!"):
        cli("answer", "b", "--model", model)
    cli("score", "b")
    rows = cli("query", "b", "--name", "instructions", "--format", "csv").out.splitlines()
    assert rows[0] == "task,model,language,length,n,followed,extractable,copied,mean"
    rates = {row.split(",")[1]: row.split(",")[4:] for row in rows[1:]}
    assert rates["reader:full"] == ["4", "1.0", "1.0", "0.0", "1.0"]
    assert rates["reader:constant?text=Answer: A2"][1:3] == ["1.0", "1.0"]
    assert float(rates["reader:constant?text=Answer: A2"][3]) > 0
    assert rates["reader:constant?text=A2!"][1:3] == ["0.0", "1.0"]


@pytest.mark.parametrize("at", ["before", "after", "both"])
def test_where_the_question_stands(at: str) -> None:
    sample = make(question_at=at, tokenizer="tekken")
    assert ("\nQuestion: " in sample.draft.prefix) == (at != "after")
    assert ("\nQuestion: " in sample.draft.suffix) == (at != "before")
    assert sample.task.read(sample.prompt) == f"Answer: {sample.draft.reference}"


def test_the_same_problem_at_every_length_and_depth() -> None:
    texts = set()
    for length, depth in ((1500, 0.2), (3000, 0.2), (3000, None), (6000, 1)):
        sample = make(3, length, depth=depth)
        texts.add((question(sample), dict(shown(sample))[sample.draft.reference]))
    assert len(texts) == 1


def test_a_window_leaves_no_wrong_answer() -> None:
    words_of = get_task(BEST).read
    for index in range(8):
        sample = make(index, question_at="after")
        for share in (0.9, 0.5, 0.2):
            cut = tail(get_tokenizer("words"), sample.prompt, int(sample.prompt_tokens * share))
            assert words_of(cut) in ("", f"Answer: {sample.draft.reference}")
    for junk in ("", "Question: ", "A1:\n\n" * 9, "Question: x\nA" + "9" * 5000 + ":\n\n"):
        assert words_of(junk) == ""
    assert choose("I want to charter a boat. Which answer names the one to take?", []) == ""


def test_what_does_not_fit_is_said() -> None:
    with pytest.raises(GenerationError, match="near misses, 5 in all, 0 fit"):
        make(length=150)
    with pytest.raises(GenerationError, match=r"of 80 candidates fit; 80 take about"):
        make(length=2000, candidates=80)
    assert len(shown(make(length=45000, tokenizer="chars", candidates=80))) == 80
    with pytest.raises(SuiteError, match="3 candidates are too few for 4 constraints"):
        make(candidates=3)
    for junk in ({"candidates": 1}, {"constraints": 9}, {"tier": "hard"}, {"near_misses": 0}):
        with pytest.raises(SuiteError):
            get_task(BEST).complete(junk)


# ---------------------------------------------------------------- files of one's own


def answered(n: int = 30) -> list[dict[str, Any]]:
    """Return questions with three answers each, one answer being two paragraphs long."""
    return [
        {
            "question": f"How do I mend pump {k}?",
            "answers": [
                f"Oil valve {k}.\n\nThen wait.",
                f"Turn wheel {k} left.",
                f"Buy pump {k}a.",
            ],
            "accepted": f"Turn wheel {k} left.",
        }
        for k in range(n)
    ]


def as_jsonl(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return str(path)


def as_rows(path: Path, rows: list[dict[str, Any]]) -> str:
    """Write a row for each answer, under other names of columns."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        out = csv.writer(handle)
        out.writerow(["Id", "Title", "Body", "accepted"])
        for k, row in enumerate(rows):
            for i, answer in enumerate(row["answers"]):
                title = row["question"] if i == 0 else ""
                out.writerow([k, title, answer, "yes" if answer == row["accepted"] else "no"])
    return str(path)


RENAMED = {"question_id_column": "Id", "question_column": "Title", "answer_column": "Body"}


def test_both_shapes_of_a_file_and_both_ways_to_name_the_accepted_one(tmp_path: Path) -> None:
    by_number = [{**row, "accepted": 2} for row in answered()]
    files: list[dict[str, Any]] = [
        {"file": as_jsonl(tmp_path / "a.jsonl", answered())},
        {"file": as_jsonl(tmp_path / "b.jsonl", by_number)},
        {"file": as_rows(tmp_path / "c.csv", answered()), **RENAMED},
    ]
    for params in files:
        asked = set()
        for index in range(6):
            sample = make(index, 400, "tekken", candidates=8, **params)
            number = re.findall(r"pump (\d+)\?", question(sample))[0]
            told = dict(shown(sample))
            assert told[sample.draft.reference] == f"Turn wheel {number} left."
            assert {f"Oil valve {number}.\n\nThen wait.", f"Buy pump {number}a."} <= {
                *told.values()
            }
            assert (len(told), sample.draft.uniqueness) == (8, "asserted")
            assert sample.added_up
            asked.add(number)
        assert len(asked) == 6


def test_as_many_answers_as_fit(tmp_path: Path) -> None:
    path = as_jsonl(tmp_path / "a.jsonl", answered())
    sample = make(0, 500, "tekken", file=path)
    assert 0 <= sample.shortfall <= item_tokens(sample) < 60
    assert len(shown(sample)) > 10
    with pytest.raises(GenerationError, match="has too few answers for length 6,000"):
        make(0, 6000, file=path)
    with pytest.raises(GenerationError, match="90 different answers, 91 candidates"):
        make(0, 6000, file=path, candidates=91)
    with pytest.raises(GenerationError, match="30 questions"):
        make(30, 500, file=path)


def test_no_candidate_equals_the_accepted_one(tmp_path: Path) -> None:
    rows = answered()
    for row in rows[:15]:
        row["answers"][1] = row["accepted"] = "Switch it off."
    for row in rows[15:]:
        row["answers"][2] = "switch it  OFF"
    for index in range(20):
        sample = make(index, 1000, file=as_jsonl(tmp_path / "a.jsonl", rows), candidates=40)
        folded = [" ".join(text.lower().split()).rstrip(".") for _, text in shown(sample)]
        assert max(Counter(folded).values()) == 1


def test_a_file_is_generated_and_verified(tmp_path: Path) -> None:
    path = as_jsonl(tmp_path / "a.jsonl", answered())
    test = {"task": BEST, "length": 500, "samples": 3, "depth": [0, 1], "params": {"file": path}}
    bench = generate(
        Suite.from_document({"name": "own", "seed": 1, "tests": [test]}), tmp_path / "b"
    )
    assert verify(bench).failures == []
    assert list(bench.manifest()["corpus"]) == [path]


def test_everything_wrong_with_a_file_is_listed(tmp_path: Path) -> None:
    rows = answered(9)
    rows[1]["accepted"] = "Pray."
    rows[2]["answers"] = rows[2]["answers"][1:2]
    rows[3]["answers"].append("turn wheel 3 LEFT")
    rows[4]["question"] = rows[0]["question"]
    rows[5]["answers"] = []
    rows[6]["question"] = " "
    rows[7]["accepted"] = 0
    rows[8]["accepted"] = [True, False, True]
    with pytest.raises(SuiteError) as caught:
        make(file=as_jsonl(tmp_path / "a.jsonl", rows))
    said = str(caught.value)
    for line in (
        "row 2: accepted is 'Pray.', neither one of the 3 answers nor the number of one, 1 to 3",
        "row 3: 'How do I mend pump 2?' has no other answer",
        "row 4: 2 answers are accepted",
        "row 4: the same answer 2 times: 'Turn wheel 3 left.'",
        "row 5: the same question as row 1",
        "row 6: answers is empty",
        "row 7: question is empty",
        "row 8: accepted is '0'",
        "row 9: 2 answers are accepted",
    ):
        assert line in said
    (tmp_path / "b.csv").write_text(
        "question_id,question,answer,accepted\n"
        "1,Why?,Because.,true\n1,,So.,1\n2,How?,Thus.,no\n2,How so?,Hm.,maybe\n3,,Yes.,yes\n",
        encoding="utf-8",
    )
    with pytest.raises(SuiteError) as caught:
        make(file=str(tmp_path / "b.csv"))
    said = str(caught.value)
    for line in (
        "row 1: 2 answers are accepted to 'Why?', not one",
        "row 3: question_id '2' has no accepted answer",
        "row 4: accepted is 'maybe', allowed are true and false",
        "row 4: question_id '2' has another question than row 3",
        "row 5: question_id '3' has no question in any row",
    ):
        assert line in said


def test_other_files_are_refused(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "c.csv").write_text("question,body\nWhy?,So.\n", encoding="utf-8")
    shown = cli("show", BEST, "--length", "1k", "-p", "file=c.csv", code=2).err
    assert "has of the columns needed question; needed are the columns question, answers" in shown
    with pytest.raises(SuiteError, match="tier is of generated candidates"):
        make(file=as_jsonl(tmp_path / "a.jsonl", answered()), tier="computed")
