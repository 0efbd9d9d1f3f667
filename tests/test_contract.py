"""What every registered task must hold: design of a task, points 1 to 8."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from synthctx.compose import Sample, compose
from synthctx.errors import GenerationError, SuiteError
from synthctx.fill import seam
from synthctx.jsonio import digest
from synthctx.rules import grade
from synthctx.store import context_record, read_rows, sample_record, write_rows
from synthctx.suite import Suite
from synthctx.tasks import TASKS, get_task
from synthctx.tokenizers import get_tokenizer, token_starts
from tests.generators.samples import LONGER

LENGTHS = ["8k", "12k"]
NAMES = TASKS.names()


def suite_of(name: str, samples: int = 4, lengths: list[str] | None = None) -> Suite:
    task = get_task(name)
    entry: dict[str, object] = {
        "task": name,
        "length": lengths or LONGER.get(name, LENGTHS),
        "samples": samples,
        "language": list(task.languages),
    }
    if task.depth:
        entry["depth"] = [0, 0.37, 1]
    return Suite.from_document({"name": "contract", "seed": 11, "tests": [entry]})


@lru_cache(maxsize=64)
def samples_of(name: str) -> tuple[Sample, ...]:
    return tuple(compose(row) for row in suite_of(name).rows())


def strict(sample: Sample, output: str) -> float:
    result = grade(
        sample.task.rule,
        output=output,
        reference=sample.draft.reference,
        params=dict(sample.draft.rule_params),
    )
    return result.score or 0.0


def mean(values: Iterator[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed)


def test_there_are_the_named_families() -> None:
    assert {
        "adaleval/tsort",
        "longicl/classification",
        "longproc/html_to_tsv",
        "needlebench/ancestral_trace",
        "needlebench/single_retrieval",
        "niah/single",
        "ruler/niah_single_1",
    } <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_same_bytes_twice_and_alone_and_elsewhere(name: str) -> None:
    shortest = LONGER.get(name, LENGTHS)[0]
    rows = list(suite_of(name, samples=2, lengths=[shortest]).rows())
    here = [digest([sample_record(s := compose(r), ""), s.context]) for r in rows]
    backwards = [digest([sample_record(s := compose(r), ""), s.context]) for r in reversed(rows)]
    assert here == backwards[::-1]
    script = (
        "import json, sys\n"
        "from synthctx.suite import Suite\n"
        "from synthctx.compose import compose\n"
        "from synthctx.jsonio import digest\n"
        "from synthctx.store import sample_record\n"
        "suite = Suite.from_document(json.loads(sys.argv[1]))\n"
        "print(json.dumps([digest([sample_record(s := compose(r), ''), s.context])"
        " for r in suite.rows()]))\n"
    )
    task = get_task(name)
    entry = {"task": name, "length": shortest, "samples": 2, "language": list(task.languages)}
    if task.depth:
        entry["depth"] = [0, 0.37, 1]
    document = json.dumps({"name": "contract", "seed": 11, "tests": [entry]})
    done = subprocess.run(
        [sys.executable, "-c", script, document],
        env={**os.environ, "PYTHONHASHSEED": "4711", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == here


@pytest.mark.parametrize("name", NAMES)
def test_exact_budget_and_depth_when_counted_again(name: str) -> None:
    tokenizer = get_tokenizer("tekken")
    for sample in samples_of(name):
        marks = [seam(sample.prompt, p.char_start) for p in sample.evidence]
        total, starts = token_starts(tokenizer, sample.prompt, marks)
        assert total == sample.prompt_tokens
        assert starts == [p.token_start for p in sample.evidence]
        body = sample.draft.body
        allowed = getattr(body, "item_tokens", 0)
        assert 0 <= sample.shortfall <= allowed, f"short by {sample.shortfall}, allowed {allowed}"
        assert sample.draft.prefix.endswith("\n")
        assert sample.draft.suffix.startswith("\n")
        asked = sample.row.depth
        if asked is not None and sample.task.haystacks:
            half_a_sentence = 30 / sample.context_tokens
            assert abs(sample.evidence[0].depth - asked) <= half_a_sentence
        for piece in sample.evidence:
            assert 0 <= piece.depth <= 1
            assert sample.prompt[piece.char_start : piece.char_end].strip()


@pytest.mark.parametrize("name", NAMES)
def test_the_reader_sees_the_prompt_alone_and_is_right(name: str) -> None:
    for sample in samples_of(name):
        result = grade(
            sample.task.rule,
            output=sample.task.read(sample.prompt),
            reference=sample.draft.reference,
            params=dict(sample.draft.rule_params),
        )
        assert result.score == 1.0, result.explanation
        # published F1 scores divide by a little more than the count
        assert result.paper is None or result.paper > 1 - 1e-6, result.explanation


@pytest.mark.parametrize("name", NAMES)
def test_cheap_answers_stay_at_the_floor(name: str) -> None:
    samples = samples_of(name)
    floor = mean(s.draft.floor for s in samples)
    slack = 0.0 if floor == 0 else 2 * (floor * (1 - floor) / len(samples)) ** 0.5
    for fixed in ("", "  \n ", "I do not know.", "42", "the", "A"):
        assert mean(strict(s, fixed) for s in samples) <= floor + slack, fixed
    assert mean(strict(s, s.draft.suffix) for s in samples) <= floor + slack, "the question"
    assert mean(strict(s, s.draft.prefix) for s in samples) <= floor + slack, "the instruction"
    assert mean(strict(s, s.context) for s in samples) == 0, "the whole context"
    assert mean(strict(s, s.prompt) for s in samples) == 0, "the whole prompt"
    for sample in samples[:6]:
        for guess in sample.task.guesses(sample.prompt):
            assert strict(sample, guess) <= sample.draft.floor, guess[:200]


@pytest.mark.parametrize("name", NAMES)
def test_another_samples_answer_is_wrong(name: str) -> None:
    samples = samples_of(name)
    pairs = [
        (one, other)
        for one in samples
        for other in samples
        if one.draft.reference != other.draft.reference and one.row.language == other.row.language
    ][:30]
    assert pairs, "all samples have the same reference"
    scores = [strict(one, other.task.read(other.prompt)) for one, other in pairs]
    assert max(scores) < 1.0


@pytest.mark.parametrize("name", NAMES)
def test_without_the_evidence_the_reader_is_at_the_floor(name: str) -> None:
    samples = samples_of(name)
    floor = mean(s.draft.floor for s in samples)
    slack = 3 * (max(floor, 0.01) / len(samples)) ** 0.5

    def cut(sample: Sample) -> str:
        prompt = sample.prompt
        for piece in sorted(sample.evidence, key=lambda p: -p.char_start):
            prompt = prompt[: piece.char_start] + prompt[piece.char_end :]
        return prompt

    assert mean(strict(s, s.task.read(cut(s))) for s in samples) <= floor + slack


@pytest.mark.parametrize("name", NAMES)
def test_the_reader_never_fails_on_what_a_window_leaves(name: str) -> None:
    for sample in samples_of(name)[:3]:
        for share in (0.0, 0.1, 0.5, 0.9):
            cut = sample.prompt[int(len(sample.prompt) * (1 - share)) :]
            assert isinstance(sample.task.read(cut), str)


# the reference goes on at a greater length where it ends at a smaller one
GROWING = {"infinitebench/math_calc": "one result for each number of the text"}

# the answer is a number out of those shown, the evidence is the same at every length
NUMBERED = {"adaleval/best_answer": "a greater length shows more candidates"}


@pytest.mark.parametrize("name", NAMES)
def test_pairing_keeps_the_problem_over_lengths_and_depths(name: str) -> None:
    groups: dict[tuple[str, int], set[str]] = {}
    ids: dict[tuple[str, int], set[str]] = {}
    suffixes: dict[tuple[str, int], set[str]] = {}
    for sample in samples_of(name):
        key = (sample.row.language, sample.row.index)
        reference = sample.draft.reference
        if name in GROWING:
            reference = reference[:20]
        if name in NUMBERED:
            reference = sorted(sample.prompt[p.char_start : p.char_end] for p in sample.evidence)
        groups.setdefault(key, set()).add(json.dumps(reference))
        ids.setdefault(key, set()).add(sample.row.group_id)
        suffixes.setdefault(key, set()).add(sample.draft.suffix)
    assert all(len(references) == 1 for references in groups.values())
    assert all(len(group_ids) == 1 for group_ids in ids.values())
    assert all(len(questions) == 1 for questions in suffixes.values())
    everywhere = [s.row.sample_id for s in samples_of(name)]
    assert len(set(everywhere)) == len(everywhere)


# the test says why the answer may occur outside the evidence
ELSEWHERE = {
    "adaleval/best_answer": "the answer is the number of a candidate, its heading",
    "adaleval/tsort": "the answer is an order, not a string of the text",
    "infinitebench/code_run": "the answer is worked out of the evidence, it stands nowhere",
    "infinitebench/math_calc": "the answer is worked out of the evidence, number by number",
    "infinitebench/math_find": "a short number stands inside longer ones",
    "longbench/passage_count": "the answer is a count, not a string of the text",
    "longbench/passage_retrieval": "the answer is the number of a paragraph, its heading",
    "longproc/countdown": "the answer is worked out of the puzzle, it stands nowhere",
    "longproc/html_to_tsv": "the page repeats items in sections that are not asked for",
    "longproc/pseudo_to_code": "the code is worked out of the pseudocode, it stands nowhere",
    "longproc/travel_planning": "the search is worked out of the flights, it stands nowhere",
    "longproc/path_traversal": "the answer is a list of hops, which the guide words otherwise",
    "longproc/tom_tracking": "the answer is worked out of all steps, it stands nowhere",
    "m4le/explicit_multiple_retrieval": "the ids are listed in one string, they stand apart",
    "m4le/explicit_multiple_reviews": "the ids are listed in one string, they stand apart",
    "m4le/explicit_single_classification": "the answer is a subject, which no article names",
    "m4le/explicit_single_translation": "the answer is worked out by a dictionary",
    "m4le/global_classification": "the answer is a subject, which no article names",
    "m4le/global_summary": "the answer is a product, which many reviews name",
    "m4le/global_translation": "the answer is worked out by a dictionary",
    "m4le/semantic_multiple_count": "the answer is a count, not a string of the text",
    "needlebench/ancestral_trace": "persons stand in several statements, distances in none",
    "needlebench/multi_reasoning": "persons stand in several statements, distances in none",
}


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ELSEWHERE])
def test_the_answer_occurs_in_the_evidence_alone(name: str) -> None:
    for sample in samples_of(name):
        reference = sample.draft.reference
        if isinstance(reference, dict):
            named = reference.get("keyword") or reference.get("keywords")
            reference = named or list(reference.values())
        answers = [reference] if isinstance(reference, str) else reference
        inside = [sample.prompt[p.char_start : p.char_end] for p in sample.evidence]
        found = [sum(text.count(answer) for text in inside) for answer in answers]
        # of several forms of one answer the text has one at least
        assert any(found) if sample.task.rule == "match/any" else all(found)
        for answer, times in zip(answers, found, strict=True):
            assert sample.context.count(answer) == times
            assert answer not in sample.draft.prefix + sample.draft.suffix


@pytest.mark.parametrize("name", NAMES)
def test_junk_params_are_refused(name: str) -> None:
    task = get_task(name)
    with pytest.raises(SuiteError, match="no such parameter"):
        task.complete({"no_such_thing": 1})
    for param in task.params:
        with pytest.raises(SuiteError, match=param):
            task.complete({param: {"junk": [1]}})
    for param, schema in task.params.items():
        assert "default" in schema, param
    assert set(task.complete({})) == set(task.params)


@pytest.mark.parametrize("name", NAMES)
def test_too_short_a_length_says_so(name: str) -> None:
    row = next(iter(suite_of(name, lengths=["60"]).rows()))
    with pytest.raises(GenerationError, match="too short"):
        compose(row)


@pytest.mark.parametrize("name", NAMES)
def test_json_and_parquet_round_trip(name: str, tmp_path: Path) -> None:
    samples = samples_of(name)[:3]
    records = [sample_record(s, "canary") for s in samples]
    contexts = [context_record(s) for s in samples]
    assert json.loads(json.dumps(records)) == records
    write_rows(tmp_path / "samples.parquet", "samples", records)
    write_rows(tmp_path / "contexts.parquet", "contexts", contexts)
    assert list(read_rows(tmp_path / "samples.parquet")) == records
    assert list(read_rows(tmp_path / "contexts.parquet")) == contexts
