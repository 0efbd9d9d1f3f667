"""The rule for pseudocode turned into code: LongProc's pseudo_to_code, without running any."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from synthctx.errors import ScoreError
from synthctx.minicpp.program import FUEL as CPP_FUEL
from synthctx.minicpp.program import Verdict, bare, judge
from synthctx.minilang import MOST_CHARACTERS, NotInLanguage, parse
from synthctx.minirun import FUEL as MINI_FUEL
from synthctx.minirun import run
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.steps import compare_steps

_LANGUAGES = ("mini", "cpp")
_PUBLISHED_TESTS = 10
OUTSIDE = "outside the interpreted part of C++"


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked for: a right program, and what it writes for which input."""

    program: str
    tests: tuple[tuple[str, str], ...]


# ---------------------------------------------------------------- the published rule


def published_program(output: str) -> str | None:
    """Return what stands between the first ```cpp or ```c++ and the last ```, if both do."""
    text = output.replace("```c++", "```cpp")
    start = text.find("```cpp")
    end = text.rfind("```")
    return text[start + len("```cpp") : end] if 0 <= start < end else None


def published_verdict(output: str, task: Task, fuel: int) -> Verdict:
    """Say what the published scorer finds: whether the first ten outputs are right, to the byte."""
    program = published_program(output)
    if program is None:
        return Verdict(False, "there is no fence ```cpp that is closed")
    return judge(program, _bytes(task.tests[:_PUBLISHED_TESTS]), fuel)


def _bytes(tests: Sequence[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(given.encode(), wanted.encode()) for given, wanted in tests]


# ---------------------------------------------------------------- the strict rule

_FENCE = re.compile(r"^[ \t]{0,8}```[ \t]{0,3}([A-Za-z+]{0,12})[ \t]{0,8}\r?$", re.MULTILINE)
_TAGS = frozenset(("cpp", "c++", "c", "cc", "cxx", "python", "py", "mini"))
_WORD = re.compile(r'"(?:[^"\\\n]|\\.){0,300}"|' + r"'(?:[^'\\\n]|\\.){0,300}'|\w+|[^\w\s]")


def read_program(output: str) -> str:
    """Return the program an output gives: the last fenced block, or all of it without a fence.

    A block whose fence names a language comes before one without; a block that is never closed
    is taken too.
    """
    blocks: list[tuple[bool, str]] = []
    tag, start = "", -1
    for fence in _FENCE.finditer(output):
        if start >= 0:
            blocks.append((tag in _TAGS, output[start : fence.start()]))
        closes = start >= 0 and not fence[1]
        tag, start = ("", -1) if closes else (fence[1].casefold(), fence.end())
    if start >= 0:
        blocks.append((tag in _TAGS, output[start:]))
    blocks = [block for block in blocks if block[1].strip()]
    if not blocks:
        return output.strip("\r\n")
    named = [text for has_tag, text in blocks if has_tag]
    return named[-1] if named else blocks[-1][1]


def program_lines(program: str, language: str) -> list[str]:
    """Return the lines of a program as they are compared: words one blank apart, no comments."""
    if language == "cpp":
        program = re.sub(r"//[^\n]*|/\*[^*]{0,2000}\*/", "", program)
    lines: list[str] = []
    for line in program.split("\n"):
        words = _WORD.findall(line)
        if language == "mini" and "#" in words:
            words = words[: words.index("#")]
        if words:
            indent = len(line) - len(line.lstrip()) if language == "mini" else 0
            lines.append(" " * indent + " ".join(words))
    return lines


@dataclass(frozen=True, slots=True)
class _Found:
    """How a program fared: None when that is not certain, why, and how many tests it passed."""

    passed: bool | None
    why: str
    tests: int


def _run_mini(program: str, task: Task, fuel: int) -> _Found:
    try:
        parsed = parse(program)
    except NotInLanguage as error:
        return _Found(False, f"it is no program of the language: {error}", 0)
    passed, why = 0, ""
    for number, (given, wanted) in enumerate(task.tests, 1):
        outcome = run(parsed, given, fuel)
        if outcome.failure is None and _same(outcome.output, wanted):
            passed += 1
        elif not why:
            why = f"test {number}: {outcome.failure or 'the output differs'}"
        fuel -= outcome.steps
    right = passed == len(task.tests)
    return _Found(right, f"all {passed} tests pass" if right else why, passed)


def _same(output: str, wanted: str) -> bool:
    encoded = (text.encode("utf-8", "replace") for text in (output, wanted))
    return bare(next(encoded)) == bare(next(encoded))


def _run_cpp(program: str, task: Task, fuel: int) -> _Found:
    verdict = judge(program, _bytes(task.tests), fuel, loose=True)
    if verdict.passed is not None:
        return _Found(verdict.passed, verdict.why, verdict.tests)
    if program_lines(program, "cpp") == program_lines(task.program, "cpp"):
        return _Found(True, "it is the reference, word by word", len(task.tests))
    return _Found(None, f"{OUTSIDE}: {verdict.why}", verdict.tests)


# ---------------------------------------------------------------- reference and params


def _lines(value: Any) -> str | None:
    """Return lines as one text that ends with a line break, None when they are none."""
    if not isinstance(value, list) or not all(isinstance(line, str) for line in value):
        return None
    return "\n".join(value) + "\n"


def _is_test(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2 and _lines(value[0]) is not None


def _reference(value: Any, language: str, fuel: int) -> Task:
    program = value.get("program") if isinstance(value, dict) else None
    tests = value.get("tests") if isinstance(value, dict) else None
    if (
        not isinstance(program, str)
        or not program.strip()
        or not isinstance(tests, list)
        or not tests
        or not all(map(_is_test, tests))
    ):
        raise ScoreError(
            "rule code/pseudo: the reference must hold program, a text, and tests, a list of at "
            f"least one [lines of input, lines of output], got {str(value)[:200]!r}"
        )
    if language == "cpp":
        outputs = [_lines(wanted) for _, wanted in tests]
    else:
        outputs = _written(program, tests, fuel)
    if None in outputs:
        raise ScoreError("rule code/pseudo: a test has no lines of output")
    given = [_lines(lines) or "" for lines, _ in tests]
    return Task(program, tuple(zip(given, [out or "" for out in outputs], strict=True)))


def _written(program: str, tests: list[Any], fuel: int) -> list[str | None]:
    """Return what the reference writes for each test, which must be what the test says."""
    try:
        parsed = parse(program)
    except NotInLanguage as error:
        raise ScoreError(f"rule code/pseudo: the reference is no program: {error}") from None
    outputs: list[str | None] = []
    for number, (lines, wanted) in enumerate(tests, 1):
        outcome = run(parsed, _lines(lines) or "", fuel)
        said = _lines(wanted)
        if outcome.failure is not None or (said is not None and not _same(outcome.output, said)):
            raise ScoreError(
                f"rule code/pseudo: the reference fails its own test {number}: "
                f"{outcome.failure or 'it writes something else'}"
            )
        outputs.append(outcome.output)
    return outputs


@rule(
    "code/pseudo",
    3,
    source="LongProc (arXiv:2501.05414), longproc_data.py, eval_pseudo_to_code",
    extracts="the last fenced program, closed or not; without a fence the whole output",
    compares="what it writes for every test, run by an interpreter of ours; then line by line",
)
def code_pseudo(output: str, reference: Any, params: Params) -> Grade:
    """Whether pseudocode was turned into a program that does the same.

    Reference: `program`, a right program, and `tests`, each [lines of input, lines of output];
    in the small language the output may be null: it is what the program writes. Params:
    `language`: "mini" (the small language of `synthctx.minilang`, default) or "cpp"; `fuel`:
    how many steps all tests together may take. Nothing is ever compiled or run natively.

    The paper score is LongProc's accuracy, which exists for C++ only: what stands between the
    first ```cpp or ```c++ and the last ``` is compiled and must write, for the first ten
    tests, exactly the expected bytes. A missing, unclosed or upper-case fence is 0, two fences
    or the program given twice do not compile, a trailing blank is wrong, a single wrong output
    takes all, and it is not line by line. It is None where the program lies outside the
    part of C++ that is interpreted, does what the language leaves open, or takes too many steps;
    0 for compile errors that are certain. Metric `paper_extraction_rate`.

    The strict score is 1 when the program passes all tests (not only ten) when interpreted,
    blanks at the ends of lines aside, else 0. Of several fenced programs the last counts.
    A C++ program that is not interpreted counts only if it is the reference word by word, else
    it is unreadable. Metrics: `tests_passed`, a share; `first_error_step`, `progress`, `steps`,
    `in_order` over the lines of code, beside those of the reference.
    """
    language = params.get("language", "mini")
    fuel = params.get("fuel", CPP_FUEL if language == "cpp" else MINI_FUEL)
    if language not in _LANGUAGES or not isinstance(fuel, int) or fuel < 1:
        raise ScoreError(
            f"rule code/pseudo: language {language!r}, fuel {fuel!r}; allowed: {_LANGUAGES}, and "
            "a whole number from 1 on"
        )
    task = _reference(reference, language, fuel)
    paper: float | None = None
    metrics: dict[str, float] = {}
    outside = ""
    if language == "cpp":
        verdict = published_verdict(output, task, fuel)
        paper = None if verdict.passed is None else float(verdict.passed)
        outside = f"; no paper score, {OUTSIDE}: {verdict.why}" if paper is None else ""
        metrics["paper_extraction_rate"] = float(published_program(output) is not None)
    program = read_program(output)
    if not program.strip() or len(program) > MOST_CHARACTERS:
        why = "there is no program, or one that is too long"
        grade = unreadable(why + outside, paper=paper)
        return replace(grade, metrics={**metrics, "tests_passed": 0.0})
    found = (_run_cpp if language == "cpp" else _run_mini)(program, task, fuel)
    lines, asked = (program_lines(text, language) for text in (program, task.program))
    steps = compare_steps(lines, asked)
    metrics |= {"tests_passed": found.tests / len(task.tests), **steps.metrics}
    why = f"{found.why}; line by line: {steps.explanation}{outside}"
    if found.passed is None:
        return replace(unreadable(why, paper=paper), metrics=metrics)
    return Grade(float(found.passed), paper, metrics, program[:500], why)
