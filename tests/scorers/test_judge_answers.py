"""judge/answers beyond the recorded cases."""

from __future__ import annotations

from typing import Any

import pytest

from synthctx.errors import ScoreError
from synthctx.rules import Grade, get_rule, grade
from synthctx.scorers._ugmath import published_verdict, several_options, single_option
from synthctx.scorers._ugmath_text import normal_answer, published_answer, split_list


def judged(answer: str, gold: str | list[str], kind: str | list[str], **params: Any) -> Grade:
    golds = [gold] if isinstance(gold, str) else gold
    kinds = [kind] if isinstance(kind, str) else kind
    output = f"So the final answer is $\\boxed{{{answer}}}$."
    return grade("judge/answers", output=output, reference=golds, params={"types": kinds, **params})


def scores(answer: str, gold: str | list[str], kind: str | list[str]) -> tuple[Any, Any]:
    result = judged(answer, gold, kind)
    return result.score, result.paper


# ---------------------------------------------------------------- the published judge's reading


@pytest.mark.parametrize(
    ("output", "strict", "answer"),
    [
        ("\\boxed{5}", True, "5"),
        ("\\boxed{1} and \\boxed{2}", True, "2"),
        ("\\fbox{5}", True, ""),
        ("\\boxed{5", True, "\\boxed{5"),
        ("\\boxed{}", True, ""),
        ("\\boxed{\\text{yes}\\frac12 \\%}", True, "yes\\frac{1}{2} \\"),
        ("Therefore, x. Therefore the answer is 7.", True, "7"),
        ("\\boxed{5}. Therefore done", True, ""),
        ("I think 7 is the answer", True, "I think 7"),
        ("well, 7 is our answer", True, "7"),
        ("answer: $8$ or so", True, "$8$ or so"),
        ("#### 12", True, ""),
        ("#### 12", False, "12"),
        ("we get $x$ or $3y$ at last", False, "3y"),
        ("costs 1,200 or -.5 then", False, "-.5"),
        ("nothing", False, ""),
        ("boxed{4}", True, "boxed{4}"),
    ],
)
def test_published_answer(output: str, strict: bool, answer: str) -> None:
    assert published_answer(output, strict) == answer


@pytest.mark.parametrize(
    ("text", "kind", "normal"),
    [
        (".5", "NV", "5"),
        ("5.000", "NV", "5"),
        ("x = 5", "NV", "5"),
        ("a=b=c", "EX", "c"),
        ("5 cm", "NV", "5"),
        ("7 and 8", "UOL", "7,8"),
        ("five", "NV", "5"),
        ("zero", "NV", "zero"),
        ("monotone", "OE", "monotone"),
        ("monotone", "EX", "Monday"),
        ("Yes, it is", "TF", "(True, itis)"),
        ("\\dfrac{1}{2}", "NV", "\\frac{1}{2}"),
        ("sin(x)", "EX", "\\sin^{1}(x)"),
        ("2\\pm 1", "NV", "2-1,2+1"),
        ("{3,1,2}", "UOL", "(3, 1, 2)"),
        ("(-inf, 2]", "INT", "(-\\infty,2]"),
        ("30^\\circ", "NV", "30"),
        ("x=2 or x=1", "NV", "1,2"),
    ],
)
def test_normal_answer(text: str, kind: str, normal: str) -> None:
    assert normal_answer(text, kind) == normal


def test_split_list() -> None:
    assert split_list("1, (2, 3), \\{4, 5\\}") == ["1", "(2, 3)", "(4, 5)"]
    assert split_list("a),b") == ["a),b"]
    assert split_list("") == []


def test_published_options() -> None:
    assert single_option("B: a lamp", "B", ())
    assert not single_option("(B)", "B", ())
    assert single_option("b", "B", ["A", "B"])
    assert several_options("C, A", "AC", ())
    assert not several_options("AAC", "AC", ())


def test_what_is_decided_for_certain() -> None:
    def verdict(said: str, gold: str, kind: str) -> bool | None:
        return published_verdict(f"\\boxed{{{said}}}", [gold], [kind], [[]], [1e-3], True)

    assert verdict("x+1", "x+1", "EX") is True
    assert verdict("x+1", "1+x", "EX") is None
    assert verdict("x+1", "7", "NV") is False
    assert verdict("1/3", "0.33333", "EX") is True
    assert verdict("1.55\\times 10^{3}", "1500", "NV") is True
    assert verdict("1.55\\times 10^{4}", "1500", "NV") is False
    assert verdict("-\\infty", "-\\infty", "EX") is True
    assert verdict("(x+1)^2=4", "(x+1)^2=4", "EQ") is True
    assert verdict("x" * 3000, "x", "EX") is None


# ---------------------------------------------------------------- the strict comparison


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("\\sqrt{8}", "2\\sqrt{2}", 1),
        ("3\\frac{1}{2}", "3.5", 1),
        ("12 \\text{ km}", "12", 1),
        ("x \\approx 2.5", "2.5", 1),
        ("f(x) = 4", "4", 1),
        ("1.5e3", "1500", 1),
        ("e^2", "7.38906", 1),
        ("2 or 3", "2", 0),
        ("2, 3", "2", 0),
        ("-2", "2", 0),
        ("20", "2", 0),
        ("2.01", "2", 0),
        ("two", "2", 0),
        ("\\infty", "\\infty", 1),
        ("1{,}450", "1450", 1),
    ],
)
def test_numbers(answer: str, gold: str, score: float) -> None:
    assert judged(answer, gold, "NV").score == score


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("x^2-1", "(x-1)(x+1)", 1),
        ("\\frac{1}{x}", "x^{-1}", 1),
        ("2\\sin(x)\\cos(x)", "\\sin(2x)", 1),
        ("x^2+1", "(x-1)(x+1)", 0),
        ("y", "x", 0),
        ("3", "x", 0),
        ("y = 3x", "3x", 1),
        ("\\ln(x)+\\ln(y)", "\\ln(xy)", 1),
    ],
)
def test_expressions(answer: str, gold: str, score: float) -> None:
    assert judged(answer, gold, "EX").score == score


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("y = 2x+1", "2x - y + 1 = 0", 1),
        ("2y = 4x + 2", "y = 2x+1", 1),
        ("y = 2x+2", "y = 2x+1", 0),
        ("0 = 0", "y = 2x+1", 0),
        ("2x+1", "y = 2x+1", 0),
    ],
)
def test_equations(answer: str, gold: str, score: float) -> None:
    assert judged(answer, gold, "EQ").score == score


@pytest.mark.parametrize(
    ("answer", "gold", "kind", "score"),
    [
        ("(0, \\frac{1}{2}]", "(0, 0.5]", "INT", 1),
        ("(0, 1) \\cup [2, \\infty)", "[2, infinity) U (0,1)", "INT", 1),
        ("(0,1)", "(0,1)\\cup(2,3)", "INT", 0),
        ("0<x<1", "(0,1)", "INT", 0),
        ("No", "False", "TF", 1),
        ("True or False", "True", "TF", 0),
        ("C", "C", "MCS", 1),
        ("\\text{C}", "C", "MCS", 1),
        ("C, D", "C", "MCS", 0),
        ("none", "NONE", "MCS", 1),
        ("A and C", "AC", "MCM", 1),
        ("A", "AC", "MCM", 0),
        ("ABCDEF", "AC", "MCM", 0),
        ("\\langle 1, 2 \\rangle", "(1,2)", "OL", 1),
        ("(1/2, true)", "(0.5, T)", "OL", 1),
        ("(1, 2)", "(1, 2, 3)", "OL", 0),
        ("((1,2),(3,4))", "((1, 2), (3, 4))", "OL", 1),
        ("(3, 1, 1)", "(1, 3, 1)", "UOL", 1),
        ("(3, 3, 1)", "(1, 3, 1)", "UOL", 0),
        ("The median", "median", "OE", 1),
        ("median and mean", "median", "OE", 0),
    ],
)
def test_other_types(answer: str, gold: str, kind: str, score: float) -> None:
    assert judged(answer, gold, kind).score == score


def test_several_blanks() -> None:
    kinds = ["NV", "INT", "MCS"]
    golds = ["1200", "(0, 1)", "B"]
    assert judged("1,200, (0,1), B", golds, kinds).score == 1.0
    part = judged("1200, (0,1), C", golds, kinds)
    assert part.score == 0.0
    assert part.metrics["blanks"] == pytest.approx(2 / 3)
    assert judged("1200, (0,1)", golds, kinds).score == 0.0
    assert judged("1200, (0,1), B, B", golds, kinds).score == 0.0


@pytest.mark.parametrize(
    ("output", "score"),
    [
        ("\\boxed{5} No, wait, it is 7.", 1),
        ("\\boxed{7}. Hence the proof is complete.", 1),
        ("The answer is 7.", 1),
        ("7", 1),
        ("", 0),
        ("long " * 2000, 0),
        ("\\boxed{7} " + "long " * 2000 + "\\boxed{7}", 1),
        ("\\boxed{" + "7" * 3000 + "}", 0),
    ],
)
def test_where_the_answer_stands(output: str, score: float) -> None:
    assert grade("judge/answers", output=output, reference=["7"], params={}).score == score


def test_numbers_of_any_size_do_no_harm() -> None:
    for answer in ("9^{9^{9^9}}", "(" * 400, "1/0", "0^{-1}", "10^{400}", "\\sqrt" * 100, "1e999"):
        result = get_rule("judge/answers").grade(f"\\boxed{{{answer}}}", ["7"], {"types": ["NV"]})
        assert result.score == 0.0
        for kind in ("EX", "EQ", "INT", "OL", "UOL"):
            get_rule("judge/answers").grade(f"\\boxed{{{answer}}}", ["7"], {"types": [kind]})


@pytest.mark.parametrize(
    ("reference", "params"),
    [
        ([], {}),
        ([7], {}),
        (["7"], {"types": []}),
        (["7"], {"types": ["XX"]}),
        (["7"], {"types": "NV"}),
        (["7"], {"options": [1]}),
        (["7"], {"options": [[], []]}),
        (["7"], {"precision": -1}),
        (["7"], {"precision": "small"}),
        (["7"], {"strict_extract": 1}),
    ],
)
def test_bad_references_and_params(reference: Any, params: dict[str, Any]) -> None:
    with pytest.raises(ScoreError, match="judge/answers"):
        grade("judge/answers", output="\\boxed{7}", reference=reference, params=params)
