"""label/exact and label/micro_f1 beyond the recorded cases."""

from __future__ import annotations

from typing import Any

import pytest

from synthctx.errors import ScoreError
from synthctx.rules import Grade, grade
from synthctx.scorers.labels import normal_label

LABELS = ["vel_noma", "tir_salo", "kem-udra", "Pax Lomi", "lost_or_found"]


def exact(output: str, reference: str = "vel_noma", **params: Any) -> Grade:
    given = {"labels": LABELS, "marker": "label:", **params}
    return grade("label/exact", output=output, reference=reference, params=given)


def micro(output: str, reference: Any, **params: Any) -> Grade:
    return grade("label/micro_f1", output=output, reference=reference, params=params)


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize(
    "form",
    ["{}", "{}.", "'{}'", "**{}**", "label: {}", "Label:{}", "Answer: {}", "It is {}.", "（{}）"],
)
def test_forms_of_one_label(label: str, form: str) -> None:
    output = form.format(label)
    for said in (output, output.upper(), output.replace("_", " "), output.replace("-", "_")):
        assert exact(said, label).score == 1.0, said
        other = LABELS[LABELS.index(label) - 1]
        assert exact(said, other).score == 0.0
        assert exact(said, other).metrics["valid_label"] == 1.0


@pytest.mark.parametrize("glue", [", ", "\n", "; ", " or ", " / ", " | ", " and "])
def test_two_labels_are_ambiguous_and_all_a_shotgun(glue: str) -> None:
    two, everything = exact(glue.join(LABELS[:2])), exact(glue.join(LABELS[:4]))
    assert (two.score, two.flags) == (0.0, ("ambiguous",))
    assert (everything.score, everything.flags) == (0.0, ("shotgun",))
    assert exact("Answer: " + ", ".join(LABELS[:4])).score == 0.0


def test_the_last_declaration_wins() -> None:
    assert exact("Answer: tir_salo\nNo, wait: the answer is vel_noma").score == 1.0
    assert exact("Answer: vel_noma\nCorrection: tir_salo").score == 0.0


def test_a_reason_after_the_label() -> None:
    assert exact("vel_noma, for it names both cues").score == 1.0
    assert exact("vel_noma\nIt names both cues.").score == 1.0
    assert exact("vel_noma, unlike tir_salo").score == 1.0


def test_a_denied_label_is_none() -> None:
    assert exact("The label is not vel_noma").score == 0.0


def test_an_echo_of_the_prompt_is_no_answer() -> None:
    shown = "".join(f"query: text {i}\nlabel: {LABELS[i % 5]}\n" for i in range(30))
    echo = f"Give the label.\n{shown}query: the last\nlabel:"
    for output in (echo, shown, shown * 10):
        for label in LABELS:
            assert exact(output, label, query="the last").score == 0.0


def test_an_unknown_label_is_not_valid() -> None:
    result = exact("mir_tolo")
    assert (result.score, result.metrics["valid_label"]) == (0.0, 0.0)


def test_without_a_published_rule_there_is_no_paper_score() -> None:
    assert exact("vel_noma").paper is None


def test_normal_label() -> None:
    assert normal_label("  «Top__Up-Card?» ") == "top up card"
    assert normal_label("？！") == ""


@pytest.mark.parametrize(
    ("reference", "params"),
    [
        ("", {}),
        (3, {}),
        ("other", {}),
        ("vel_noma", {"labels": ["vel_noma", "Vel noma"]}),
        ("vel_noma", {"labels": "vel_noma"}),
        ("vel_noma", {"published": "imagenet"}),
        ("vel_noma", {"query": 5}),
    ],
)
def test_bad_references(reference: Any, params: dict[str, Any]) -> None:
    with pytest.raises(ScoreError, match="label/exact"):
        exact("x", reference, **params)


def test_counts_add_up_to_a_micro_f1() -> None:
    gold = {"Mara": "person", "Oslo": "place"}
    grades = [micro("Mara: person\nOslo: river\nRhine: river", gold), micro("Oslo: place", gold)]
    tp, fp, fn = (sum(g.metrics[name] for g in grades) for name in ("tp", "fp", "fn"))
    assert (tp, fp, fn) == (2, 2, 2)
    assert [g.score for g in grades] == pytest.approx([2 / 5, 2 / 3])


def test_slots_are_compared_by_position_unless_told_otherwise() -> None:
    gold = ["b", "a", "b"]
    assert micro("b, a, b", gold).score == 1.0
    assert micro("a, b, b", gold).score == pytest.approx(1 / 3)
    assert micro("a, b, b", gold, ordered=False).score == 1.0
    assert micro("a, b, b, b", gold, ordered=False).metrics["fp"] == 1.0


def test_every_label_listed_costs_precision() -> None:
    result = micro(", ".join(f"l{i}" for i in range(30)), ["l0", "l1"], ordered=False)
    assert result.score == pytest.approx(4 / 32)
    assert result.flags == ("shotgun",)


def test_an_empty_reading_has_its_misses() -> None:
    result = micro("?", ["a", "b"])
    assert (result.score, result.metrics["fn"], result.status) == (0.0, 2.0, "unreadable")


@pytest.mark.parametrize(
    ("reference", "params"),
    [
        ([], {}),
        ({}, {}),
        ([1], {}),
        ({"a": 1}, {}),
        (["a"], {"published": "fewnerd"}),
        ({"a": "b"}, {"published": "dialogre"}),
        (["a"], {"published": "x"}),
    ],
)
def test_bad_multi_references(reference: Any, params: dict[str, Any]) -> None:
    with pytest.raises(ScoreError, match="label/micro_f1"):
        micro("x", reference, **params)
