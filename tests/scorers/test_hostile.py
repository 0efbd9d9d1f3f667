"""No output makes any rule raise, leave 0..1, change its mind or take more than linear time."""

from __future__ import annotations

import gc
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synthctx.rules import RULES, Grade, get_rule, grade

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "rules"
EXAMPLES: dict[str, dict[str, Any]] = {}
for _path in sorted(FOLDER.glob("*.json")):
    for _case in json.loads(_path.read_text(encoding="utf-8")):
        EXAMPLES.setdefault(_case["rule"], _case)

BAITS = {
    "empty": "",
    "blanks": " \t\r\n \u3000\u200b",
    "brackets": "[" * 5_000_000,
    "braces": "{" * 5_000_000,
    "boxes": "\\boxed{" * 300_000,
    "balanced boxes": "\\boxed{" * 100_000 + "1" + "}" * 100_000,
    "nested json": '{"answer":' * 100_000 + "1" + "}" * 100_000,
    "nested list": "[" * 200_000 + "1" + "]" * 200_000,
    "control characters": "".join(map(chr, range(32))) * 3_000,
    "nul": "\x00" * 100_000,
    "one letter": "a" * 100_000 + "!",
    "one digit": "9" * 1_000_000,
    "many numbers": "1,22.5 -7 " * 100_000,
    "grouped numbers": "1,234," * 100_000,
    "declarations": "answer: " * 100_000,
    "empty declarations": "The answer is:\n" * 50_000,
    "letters and colons": "A: " * 100_000,
    "list": "word, " * 100_000,
    "lines": "x = y\n" * 100_000,
    "arrows": "a -> b -> " * 50_000,
    "quotes": "\"'" * 200_000,
    "backticks": "```\n" * 100_000,
    "angle brackets": "<a><b " * 100_000,
    "pipes": "|-|" * 100_000,
    "tabs": "\t" * 500_000,
    "combining marks": "e" + "\u0301\u0316" * 100_000,
    "ligature": "\ufdfa" * 100_000,
    "chinese": "答案是" * 100_000,
    "surrogates": "\ud800answer: \udfff" * 1_000,
}
FRAGMENTS = ["answer", "is", ":", "\n", " ", "7", "-", ".", ",", "[", "]", "{", "}", "\\boxed{"]
FRAGMENTS += [
    "A",
    "B",
    "no",
    "wait",
    "it",
    '"',
    "'",
    "\\",
    "->",
    "|",
    "```",
    "答案",
    "是",
    "。",
    "ß",
]
DOUBLED = {
    name: BAITS[name][: len(BAITS[name]) // 4]
    for name in ("declarations", "list", "many numbers", "lines", "boxes", "chinese", "arrows")
}


def check(result: Grade) -> None:
    for figure in (result.score, result.paper):
        assert figure is None or 0.0 <= figure <= 1.0
    assert result.score is not None
    assert result.status in ("scored", "unreadable")
    assert "rule_error" not in result.flags, result.explanation


def both(rule: str, output: str, first: Grade | None = None) -> Grade:
    """Grade twice with the bare function, which hides nothing, and once as users do."""
    example = EXAMPLES[rule]
    reference, params = example["reference"], example.get("params", {})
    clean = output.encode("utf-8", "replace").decode("utf-8")
    bare = first or get_rule(rule).grade(clean, reference, params)
    assert bare == get_rule(rule).grade(clean, reference, params)
    check(bare)
    graded = grade(rule, output=output, reference=reference, params=params)
    check(graded)
    return graded


def seconds(rule: str, output: str) -> float:
    example = EXAMPLES[rule]
    gc.disable()  # a collection of other tests' garbage is not part of it
    start = time.process_time()
    get_rule(rule).grade(output, example["reference"], example.get("params", {}))
    took = time.process_time() - start
    gc.enable()
    return took


@pytest.mark.parametrize("rule", RULES.names())
def test_bait(rule: str) -> None:
    example = EXAMPLES[rule]
    for name, bait in BAITS.items():
        start = time.process_time()
        result = get_rule(rule).grade(
            bait.encode("utf-8", "replace").decode("utf-8"),
            example["reference"],
            example.get("params", {}),
        )
        took = time.process_time() - start
        check(result)
        # far above what any takes, far below what more than linear time would
        assert took < 20.0, f"{name}: {took:.1f} s"
        if len(bait) <= 300_000:
            both(rule, bait, result)


@pytest.mark.parametrize("rule", RULES.names())
def test_time_grows_with_the_length_only(rule: str) -> None:
    for name, bait in DOUBLED.items():
        once = min(seconds(rule, bait) for _ in range(3))
        if once < 0.01:
            continue
        twice = min(seconds(rule, bait * 2) for _ in range(3))
        assert twice < 4 * once + 0.05, f"{name}: {once:.3f} s, {twice:.3f} s for twice of it"


@pytest.mark.parametrize("rule", RULES.names())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(output=st.text(alphabet=st.characters(), max_size=300))
def test_any_text(rule: str, output: str) -> None:
    both(rule, output)


@pytest.mark.parametrize("rule", RULES.names())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    pieces=st.lists(
        st.sampled_from(FRAGMENTS),
        max_size=40,
    )
)
def test_fragments_of_answers(rule: str, pieces: list[str]) -> None:
    example = EXAMPLES[rule]["output"]
    both(rule, "".join(pieces))
    both(rule, "".join(pieces) + example)


@pytest.mark.parametrize("rule", RULES.names())
def test_reasoning_is_taken_off(rule: str) -> None:
    example = EXAMPLES[rule]
    kept = {"reference": example["reference"], "params": example.get("params", {})}
    hidden = grade(rule, output=f"<think>{example['output']}</think>", **kept)
    assert hidden.score == 0.0
    assert "empty" in hidden.flags
    shown = grade(rule, output=f"<think>hm [1] answer: x</think>{example['output']}", **kept)
    assert shown.score == example["score"]
