"""M4LE's and L-Eval's rules, and what they stand on, beyond the recorded cases."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from synthctx.arithmetic import Dialect, close, evaluate, free_variables
from synthctx.bleu import corpus_bleu, published_words, smoothed_bleu
from synthctx.errors import ScoreError
from synthctx.options import read_options, says_none
from synthctx.rules import RULES, Grade, grade
from synthctx.scorers._leval import published_code_output, published_digits, published_options
from synthctx.scorers.m4le import TASKS, cut, within_quotes


def graded(rule: str, output: str, reference: Any, **params: Any) -> Grade:
    return grade(rule, output=output, reference=reference, params=params)


# ---------------------------------------------------------------- M4LE


def test_every_task_names_a_rule_that_takes_its_params() -> None:
    assert len(TASKS) >= 36
    for task in TASKS.values():
        assert task.rule in RULES.names()
        text = (
            "3F90AA" if task.rule in ("m4le/ids", "m4le/exact") else "a lamp on the hill at night"
        )
        result = graded(task.rule, text, [text], **task.params)
        assert result.score == 1.0, task
        if "cut_reference" not in task.params:
            assert result.paper == pytest.approx(1.0), task


@pytest.mark.parametrize(
    ("output", "ends", "left"),
    [
        ("one. two\nthree", ["\n", "."], "one"),
        (" one ", [], "one"),
        ("\none", [",", "\n"], "one"),
        ("\none", ["\n"], ""),
        ("a, b", [","], "a"),
        ("乙。甲", ["。"], "乙"),
    ],
)
def test_cuts_go_one_after_another(output: str, ends: list[str], left: str) -> None:
    assert cut(output, ends) == left


def test_quotes() -> None:
    assert within_quotes('so: " a lamp" and "b"') == "a lamp"
    assert within_quotes("no quotes ") == "no quotes "
    assert within_quotes('"open') == "open"


def test_options_with_their_letter() -> None:
    forms = ["B. a lantern"]
    for output, score in [
        ("B", 1),
        ("b. A LANTERN", 1),
        ("The answer is (B).", 1),
        ("a lantern", 1),
        ("C. a bell", 0),
        ("B or C", 0),
        ("a bell", 0),
    ]:
        assert graded("m4le/accuracy", output, forms).score == score, output


@pytest.mark.parametrize(
    ("output", "score"),
    [("No.", 1), ("no, they are not", 1), ("yes", 0), ("yes and no", 0), ("nothing", 0), ("", 0)],
)
def test_yes_or_no(output: str, score: float) -> None:
    assert graded("m4le/accuracy", output, ["no"]).score == score


def test_ids_of_another_form() -> None:
    result = graded("m4le/ids", "The reviews are: item 7, item 12", ["item 7, item 12, item 30"])
    assert result.score == pytest.approx(0.8)
    assert result.metrics == pytest.approx({"precision": 1.0, "recall": 2 / 3})


def test_a_word_is_no_id() -> None:
    assert graded("m4le/ids", "The facade of 1A2B3C", ["1A2B3C"]).score == 1.0
    assert graded("m4le/ids", "FACADE, 1A2B3C", ["1A2B3C"]).score == pytest.approx(2 / 3)


def test_a_long_list_that_is_declared() -> None:
    ids = [f"{number:05X}A" for number in range(300)]
    listed = ",".join(ids)
    assert graded("m4le/ids", listed, [listed]).score == 1.0
    everything = ",".join(f"{number:05X}B" for number in range(3000))
    few = graded("m4le/ids", everything, ["00001B"])
    assert few.score == 0.0
    assert "shotgun" in few.flags


def test_the_best_reference_counts() -> None:
    goals = ["a bell rang at noon", "a lamp was lit at night"]
    for rule in ("m4le/rouge", "m4le/bleu", "m4le/qa_f1", "leval/f1", "leval/rouge"):
        result = graded(rule, goals[1], goals)
        assert result.score == 1.0, rule
        assert result.paper == pytest.approx(1.0), rule


def test_a_reference_of_nothing() -> None:
    assert graded("m4le/rouge", "a lamp", ["", "a lamp"]).paper == 1.0
    assert graded("m4le/rouge", "a lamp", [""]).paper == 0.0
    assert graded("m4le/bleu", "a lamp", [""]).paper is None


@pytest.mark.parametrize(
    ("rule", "reference", "params"),
    [
        ("m4le/accuracy", [], {}),
        ("m4le/accuracy", 7, {}),
        ("m4le/accuracy", "x", {"end_tokens": [""]}),
        ("m4le/exact", ["x"], {"stop": 3}),
        ("m4le/ids", ["x"], {"separator": ""}),
        ("m4le/ids", ["x"], {"cut_reference": "yes"}),
        ("m4le/rouge", ["x"], {"lang": "fr"}),
        ("m4le/bleu", [1], {}),
        ("leval/exact", "", {}),
        ("leval/exact", ["x", " "], {"candidates": 3}),
        ("leval/choice", "", {}),
        ("leval/choice", "A", {"several": 1}),
        ("leval/number", "none", {}),
        ("leval/code_output", "'", {}),
        ("leval/facts", "True", {}),
        ("leval/facts", "maybe [fact: True]", {}),
        ("leval/f1", None, {}),
    ],
)
def test_bad_references_and_params(rule: str, reference: Any, params: dict[str, Any]) -> None:
    with pytest.raises(ScoreError, match=rule):
        graded(rule, "x", reference, **params)


# ---------------------------------------------------------------- BLEU


def test_published_words() -> None:
    assert published_words("It's 3.5 km, i.e. far-off.", "en") == (
        ["It's", "3.5", "km", ",", "i", ".", "e", ".", "far-off", "."]
    )
    assert published_words("灯塔abc 3.5。", "zh") == ["灯", "塔", "abc", "3.5", "。"]
    assert published_words("5-6 a&amp;b", "en") == ["5", "-", "6", "a", "&", "b"]


def test_corpus_bleu_adds_up_before_it_divides() -> None:
    said = ["the lamp was lit at dusk", "a bell"]
    goals = [["the lamp was lit at dusk"], ["the old bell"]]
    both = corpus_bleu(said, goals)
    assert both is not None
    assert both == pytest.approx(
        (7 / 8 * 5 / 6 * 4 / 4 * 3 / 3) ** 0.25 * 2.718281828459045 ** (1 - 9 / 8)
    )
    assert corpus_bleu([said[0]], [goals[0]]) == 1.0
    assert corpus_bleu([said[1]], [goals[1]]) == 0.0
    assert corpus_bleu([], []) is None
    assert corpus_bleu(["x"], [[]]) is None


def test_smoothed_bleu() -> None:
    assert smoothed_bleu(["lamp"], ["lamp"]) == 1.0
    assert smoothed_bleu([], ["lamp"]) == 0.0
    assert smoothed_bleu(["bell"], ["lamp"]) == 0.0
    text = ["the", "lamp", "was", "lit", "at", "dusk", "by", "an", "old", "keeper"]
    assert smoothed_bleu(text, text) == 1.0
    assert smoothed_bleu(text * 5, text) < 0.3
    assert smoothed_bleu(text[:3], text) < 0.15


# ---------------------------------------------------------------- arithmetic


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3/4", Fraction(3, 4)),
        ("\\frac{1}{2}+\\frac13", Fraction(5, 6)),
        ("-2^2", Fraction(-4)),
        ("2^{-3}", Fraction(1, 8)),
        ("2**10", Fraction(1024)),
        ("2^3^2", Fraction(512)),
        ("2\\frac{1}{2}", Fraction(5, 2)),
        ("1,234.5", Fraction(2469, 2)),
        ("1.5e3", Fraction(1500)),
        ("50\\%", Fraction(1, 2)),
        ("|-3|", Fraction(3)),
        ("5!", Fraction(120)),
        ("\\sqrt[3]{27}", Fraction(3)),
        ("√16", Fraction(4)),
        ("(2)(3)", Fraction(6)),
        ("3(4 - 1) × 2", Fraction(18)),
        ("\\left(1+2\\right) \\div 3", Fraction(1)),
        ("4^{1/2}", Fraction(2)),
    ],
)
def test_exact_values(text: str, value: Fraction) -> None:
    assert evaluate(text) == value
    assert isinstance(evaluate(text), Fraction)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2\\pi", 6.283185307179586),
        ("\\sin(\\pi/6)", 0.5),
        ("\\sin^2(1)+\\cos^2(1)", 1.0),
        ("\\log_2 8", 3.0),
        ("ln(e^2)", 2.0),
        ("exp(0)", 1.0),
        ("2^{0.5}", 1.4142135623730951),
        ("∞", float("inf")),
    ],
)
def test_real_values(text: str, value: float) -> None:
    assert evaluate(text) == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "1/0", "\\sqrt{-1}", "(1", "1)", "2 3", "1..2", "9^{9^{9^9}}", "\\ln(0)"),
        *("infinity", "(" * 500, "\\sqrt" * 200, "2^" * 300 + "2", "1+" * 600 + "1", "101!"),
        *("\\sin^{-1}(1)", "+"),
    ],
)
def test_what_has_no_value(text: str) -> None:
    assert evaluate(text) is None


def test_variables() -> None:
    assert evaluate("2x^2+y", {"x": Fraction(3), "y": Fraction(1)}) == 19
    assert set(free_variables("2x^2+y e") or ()) == {"x", "y"}
    assert free_variables("2+") is None
    strict = Dialect(euler=False, lenient=False)
    assert set(free_variables("e", strict) or ()) == {"e"}
    assert evaluate("2^3^2", dialect=strict) is None
    assert evaluate("pi", dialect=strict) is None


def test_closeness() -> None:
    assert close(Fraction(1001, 10), Fraction(100), 1e-3)
    assert not close(Fraction(1002, 10), Fraction(100), 1e-3)
    assert close(0.0005, Fraction(0), 1e-3)
    assert not close(float("inf"), 1.0, 0.5)
    assert close(float("inf"), float("inf"), 0.0)
    assert not close(Fraction(10) ** 400, 1.0, 0.5)


# ---------------------------------------------------------------- options


@pytest.mark.parametrize(
    ("output", "letters"),
    [
        ("C", "C"),
        ("c.", "C"),
        ("(C) a lantern", "C"),
        ("**C**", "C"),
        ("选C", "C"),
        ("Option C", "C"),
        ("By the story, C", "C"),
        ("Because A is wrong, C", "C"),
        ("A and C", "AC"),
        ("The answer is C. A bell rang.", "C"),
        ("Answer: A, C, D", "ACD"),
        ("A keeper lit it", ""),
        ("C or D", ""),
        ("A or C, hard to tell", ""),
        ("not C", ""),
        ("", ""),
        ("CAB driver", ""),
        ("Cats", ""),
        ("no idea", ""),
        ("x" * 5000, ""),
    ],
)
def test_options(output: str, letters: str) -> None:
    assert read_options(output).letters == letters


def test_none_is_said() -> None:
    assert says_none("None of the reviews.")
    assert says_none("没有")
    assert not says_none("nonetheless 4E91C0")
    assert not says_none("")


# ---------------------------------------------------------------- L-Eval


@pytest.mark.parametrize(
    ("output", "several", "read"),
    [
        ("", False, "None"),
        ("BC", False, "BC"),
        ("CB", False, "C"),
        ("x", False, "A"),
        ("CB", True, "BC"),
        ("CBX", True, "BC"),
        ("C. yes and D. no", True, "CD"),
        ("the D", True, "D"),
        ("xDCx", True, "DC"),
        ("none. Question A.", True, "A"),
    ],
)
def test_published_options(output: str, several: bool, read: str) -> None:
    assert published_options(output, several) == read


def test_published_digits() -> None:
    assert published_digits("The answer is $1,204.50") == "1204"
    assert published_digits("so 12 apples cost 30 cents\n\n99") == "30"
    assert published_digits("no digits") == ""
    assert published_digits("The answer is unknown: 5") == ""


def test_published_code_output() -> None:
    assert published_code_output("a b c d e f g", "x") == "d e f g"
    assert published_code_output("so the final output is 1 2 3 4 5 6", "x") == " 1 2 3"


@pytest.mark.parametrize(
    ("output", "reference", "score"),
    [
        ("```\n[1, 2]\n```", "[1, 2]", 1),
        ("f([2, 1]) gives [1, 2]", "[1, 2]", 1),
        ("[1, 2", "[1, 2]", 0),
        ("{'a': 1}", '{"a": 1}', 1),
        ("{'a': 1, 'b': 2}", '{"a": 1}', 0),
        ("[1.0, 2.50]", "[1, 2.5]", 1),
        ("True", "True", 1),
        ("The result is True", "True", 1),
        ("False", "True", 0),
        ("line one\nline two", "line one\nline two", 1),
        ("-3", "3", 0),
        ("(1, 2) and not [1, 2]", "[1, 2]", 0),
    ],
)
def test_code_outputs(output: str, reference: str, score: float) -> None:
    assert graded("leval/code_output", output, reference).score == score


@pytest.mark.parametrize(
    ("output", "score"),
    [
        ("True. [fact: false]", 1),
        ("The claim is true by the story [fact: it is false]", 1),
        ("not true [fact: False]", 0.5),
        ("True [Fact: False]", 1),
        ("False [fact: True]", 0),
    ],
)
def test_facts(output: str, score: float) -> None:
    assert graded("leval/facts", output, "True [fact: False]").score == score
