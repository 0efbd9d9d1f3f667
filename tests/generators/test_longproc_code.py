"""Pseudocode of one program among others: one right program, and sizes as asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from synthctx.compose import Sample, compose
from synthctx.errors import GenerationError, SuiteError
from synthctx.generators._longproc_programs import Maker, code_text, pseudo_text
from synthctx.minilang import parse
from synthctx.minirun import run
from synthctx.rules import Grade, grade
from synthctx.streams import Streams
from synthctx.suite import Suite
from synthctx.tasks import get_task
from synthctx.tokenizers import get_tokenizer

TASK = "longproc/pseudo_to_code"


def samples(
    length: int = 8192,
    number: int = 1,
    depth: float = 0.5,
    tokenizer: str = "tekken",
    seed: int = 5,
    **params: object,
) -> list[Sample]:
    test = {
        "task": TASK,
        "length": [length],
        "samples": number,
        "depth": [depth],
        "params": params,
    }
    document = {"name": "code", "seed": seed, "tokenizer": tokenizer, "tests": [test]}
    return [compose(row) for row in Suite.from_document(document).rows()]


def graded(sample: Sample, output: str) -> Grade:
    return grade(
        sample.task.rule,
        output=output,
        reference=sample.draft.reference,
        params=dict(sample.draft.rule_params),
    )


@pytest.mark.parametrize("size", [128, 200, 512, 1000, 2048, 4096, 8192, 65_536])
def test_the_program_is_as_long_as_asked_for(size: int) -> None:
    tokenizer = get_tokenizer("tekken")
    for sample in samples(4096 + 6 * size, 4 if size < 10_000 else 1, output_tokens=size):
        count = tokenizer.count(sample.draft.reference["program"])
        assert sample.draft.rule_params["reference_tokens"] == count
        assert abs(count - size) <= 0.1 * size
        assert sample.max_output_tokens >= 1.25 * count
        assert 0 <= sample.shortfall <= getattr(sample.draft.body, "item_tokens", 0) < 40
        output = sample.task.read(sample.prompt)
        assert graded(sample, output).score == 1.0
        assert output == f"```python\n{sample.draft.reference['program']}\n```"


@pytest.mark.parametrize(
    ("tokenizer", "size", "length"), [("words", 600, 6000), ("chars", 3000, 30_000)]
)
def test_other_tokenizers(tokenizer: str, size: int, length: int) -> None:
    for sample in samples(length, 3, tokenizer=tokenizer, output_tokens=size):
        count = get_tokenizer(tokenizer).count(sample.draft.reference["program"])
        assert abs(count - size) <= 0.1 * size
        assert graded(sample, sample.task.read(sample.prompt)).score == 1.0


def test_beyond_what_can_be_graded_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synthctx.generators.longproc_code._CHARACTERS", 3000)
    with pytest.raises(GenerationError, match="characters that can be graded"):
        samples(60_000, output_tokens=8192)
    with pytest.raises(SuiteError, match="output_tokens"):
        samples(output_tokens=100)
    assert get_task(TASK).params["output_tokens"]["default"] == 512


def test_programs_end_without_a_fault_and_far_from_the_fuel() -> None:
    for sample in samples(30_000, 4, output_tokens=4096):
        fuel = sample.draft.rule_params["fuel"]
        program = parse(sample.draft.reference["program"])
        steps = 0
        for given, _ in sample.draft.reference["tests"]:
            outcome = run(program, "\n".join(given) + "\n", fuel)
            assert outcome.failure is None
            steps += outcome.steps
        assert 3 * steps < fuel


def test_each_line_of_pseudocode_is_a_line_of_code_with_one_meaning() -> None:
    meaning: dict[str, str] = {}
    kinds = set()
    for number in range(60):
        maker = Maker(Streams(["test"])("program", number))
        lines = [*maker.opening(), *maker.section(), *maker.section(), maker.closing()]
        pseudo, code = pseudo_text(lines), code_text(lines)
        assert pseudo.count("\n") == code.count("\n") == len(lines)
        for said, meant in zip(pseudo.split("\n"), code.split("\n"), strict=True):
            assert meaning.setdefault(said, meant) == meant
            assert re.match(" *", said)[0] == re.match(" *", meant)[0]  # type: ignore[index]
            kinds.add(" ".join(said.split()[:1]))
    assert len(kinds) >= 16


def test_every_form_that_occurs_is_stated() -> None:
    sample = samples(30_000, output_tokens=4096)[0]
    stated = sample.draft.prefix
    said = sample.prompt.partition("Programs and notes")[2]
    for phrase in set(re.findall(r"the [a-z]+(?: value)? of", said)):
        assert phrase in stated or phrase == "the loop of"
    for first in set(re.findall(r"^ *([a-z]+)", said, re.M)) - {"python"}:
        assert re.search(rf"^{first}\b", stated, re.M), first


MUTATIONS = (
    *((" + ", " - "), (" - ", " + "), (" * ", " + "), (" == ", " != "), (" != ", " == ")),
    *(("+=", "-="), ("-=", "+="), ("max(", "min("), ("min(", "max("), ("break", "continue")),
)


def mutants(program: str) -> Iterator[str]:
    lines = program.split("\n")
    for at, line in enumerate(lines):
        changed = [line.replace(a, b, 1) for a, b in MUTATIONS if a in line]
        changed += [
            f"{line[: m.start()]}{int(m[0]) + 1}{line[m.end() :]}"
            for m in re.finditer(r"\b\d+\b", line)
        ]
        if not line.endswith(":"):
            changed.append(" " * (len(line) - len(line.lstrip())) + "pass")
        for one in changed:
            yield "\n".join([*lines[:at], one, *lines[at + 1 :]])


def test_a_wrong_line_shows() -> None:
    passed = tried = 0
    for sample in samples(4096, 5, output_tokens=256, seed=8):
        for mutant in mutants(sample.draft.reference["program"]):
            tried += 1
            passed += graded(sample, mutant).score == 1.0
    assert tried > 300
    assert passed <= 0.06 * tried  # some changes make no difference at all


def test_another_spelling_is_right_and_what_stands_there_is_not() -> None:
    for sample in samples(number=4):
        program = sample.draft.reference["program"]
        wide = re.sub(r"^( +)", lambda m: m[0] * 2, program, flags=re.M)
        assert graded(sample, "Here it is:\n```\n" + wide + "\n```\n").score == 1.0
        assert graded(sample, re.sub(r"(\w+) \+= (\w+)$", r"\1 = \1 + \2", program)).score == 1.0
        for guess in sample.task.guesses(sample.prompt):
            assert graded(sample, guess).score == 0.0
        half = program[: len(program) // 2].rpartition("\n")[0]
        assert graded(sample, half).score == 0.0


def test_depth_and_pairing() -> None:
    early, late = samples(8192, depth=0.0)[0], samples(16_384, depth=1.0)[0]
    assert early.draft.reference == late.draft.reference
    assert early.evidence[0].depth < 0.1
    assert late.evidence[0].depth > 0.9
    name = re.findall("Now translate program ([^ ]+) line", late.prompt)[-1]
    assert late.prompt.count(f"Program {name}:") == 1


def test_names_of_programs_are_different() -> None:
    names = re.findall(r"^Program (.+):$", samples(120_000)[0].prompt, re.M)
    assert len(names) == len(set(names)) > 200


def test_too_short_and_cut() -> None:
    with pytest.raises(GenerationError, match="too short"):
        samples(1500)
    sample = samples()[0]
    for share in (0.1, 0.5, 0.9, 1.0):
        assert isinstance(sample.task.read(sample.prompt[int(len(sample.prompt) * share) :]), str)
    assert sample.task.read(sample.prompt.replace("End of program", "Beginning of")) == ""
