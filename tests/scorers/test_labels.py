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


def test_more_labels_than_asked_cost_precision_and_all_of_them_everything() -> None:
    two_more = micro("l0, l1, l2, l3", ["l0", "l1"], ordered=False)
    assert two_more.score == pytest.approx(4 / 6)
    assert two_more.flags == ()
    many = micro(", ".join(f"l{i}" for i in range(30)), ["l0", "l1"], ordered=False)
    assert (many.score, many.flags) == (0.0, ("shotgun",))
    every = micro("l0, l1, l2, l3", ["l0", "l1"], labels=[f"l{i}" for i in range(4)])
    assert (every.score, every.flags) == (0.0, ("shotgun",))


def test_a_key_with_two_labels_has_none() -> None:
    gold = {"Mara Voss": "vel_noma", "Oslo": "tir_salo"}
    both = micro("Mara Voss: vel_noma\nMara Voss: tir_salo\nOslo: tir_salo", gold)
    assert (both.metrics["tp"], both.metrics["fp"], both.metrics["fn"]) == (1, 2, 1)
    every = "\n".join(f"{key}: {label}" for key in gold for label in LABELS)
    assert micro(every, gold).score == 0.0


def test_the_published_tacred_is_an_f1_of_one_label() -> None:
    known = {"published": "tacred", "labels": LABELS}
    right = micro(LABELS[0], LABELS[0], **known)
    assert right.score == 1.0
    assert right.paper == pytest.approx(1.0, abs=1e-7)
    assert micro(LABELS[0].upper(), LABELS[0], **known).paper == 0.0
    assert micro(LABELS[1], LABELS[0], **known).paper == 0.0


PLACES = {"labels": [f"l{i}" for i in range(9)], "places": [i / 10 for i in range(9)]}


def test_how_late_a_wrong_label_stands() -> None:
    early, late = exact("l0", "l4", **PLACES).metrics, exact("l8", "l4", **PLACES).metrics
    assert (early["wrong_labels"], early["late_labels"], early["label_rank"]) == (1, 0, 0.5 / 8)
    assert (late["wrong_labels"], late["late_labels"], late["label_rank"]) == (1, 1, 7.5 / 8)
    # of eight that would be wrong, two are the last quarter
    assert early["late_by_chance"] == late["late_by_chance"] == 0.25
    ranks = [exact(f"l{i}", "l4", **PLACES).metrics["label_rank"] for i in range(9) if i != 4]
    assert sum(ranks) / 8 == pytest.approx(0.5)
    right, junk = exact("l4", "l4", **PLACES).metrics, exact("who knows", "l4", **PLACES).metrics
    assert right["wrong_labels"] == junk["wrong_labels"] == 0
    assert "wrong_labels" not in exact("l0", "l4", labels=PLACES["labels"]).metrics


def test_how_late_the_wrong_labels_of_several_stand() -> None:
    listed = micro("l8, l1, l0", ["l7", "l1", "l2"], **PLACES).metrics
    assert (listed["wrong_labels"], listed["late_labels"], listed["late_by_chance"]) == (2, 1, 0.5)
    keyed = micro("a: l8\nb: l1\nc: l0", {"a": "l7", "b": "l1"}, **PLACES).metrics
    assert (keyed["wrong_labels"], keyed["late_labels"]) == (1, 1)


@pytest.mark.parametrize("places", [[0.1], "early", [0.1] * 8 + ["late"], 3])
def test_places_must_be_a_number_for_each_label(places: object) -> None:
    with pytest.raises(ScoreError, match="places must be a number for each of the 9 labels"):
        exact("l0", "l4", **{**PLACES, "places": places})


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


# ---------------------------------------------------------------- as models answer


@pytest.mark.parametrize(
    "output",
    [
        "**Label:** vel_noma",
        r"vel\_noma",
        "<answer>vel_noma</answer>",
        r"\boxed{\text{vel\_noma}}",
        "1. vel_noma",
        "vel_noma (it names both cues)",
        "vel_noma - both cues are in it",
        "The answer is vel_noma because it shares a cue with tir_salo.",
        "I think it's vel_noma",
        'The last message belongs to the category "vel_noma".',
        "It holds 'pisenal', which matches vel_noma.",
        "Vel_noma is the category.",
        "The cues are those of tir_salo and vel_noma.\n\n**Label:** vel_noma",
    ],
)
def test_a_label_in_the_forms_of_models(output: str) -> None:
    assert exact(output).score == 1.0, exact(output).explanation
    assert exact(output, "tir_salo").score == 0.0


@pytest.mark.parametrize(
    "output",
    [
        "It does not belong to the category vel_noma",
        "vel_noma (or tir_salo)",
        "vel_noma (60 %), tir_salo (40 %)",
        "1. vel_noma\n2. tir_salo",
        "The category vel_noma or the category tir_salo",
    ],
)
def test_a_label_that_is_not_settled_on(output: str) -> None:
    assert exact(output).score == 0.0


SLOTS = ["vel_noma", "tir_salo", "kem-udra"]


@pytest.mark.parametrize(
    "output",
    [
        "**Relations:** vel_noma, tir_salo, kem-udra",
        "(Ann, Bob): vel_noma, (Cid, Dan): tir_salo, (Eve, Fay): kem-udra",
        "- (Ann, Bob): vel_noma\n- (Cid, Dan): tir_salo\n- (Eve, Fay): kem-udra",
        "Ann and Bob: vel_noma\nCid and Dan: tir_salo\nEve and Fay: kem-udra",
        "Pairs: (Ann, Bob), (Cid, Dan)\nRelations: vel_noma, tir_salo, kem-udra",
        "Both share a patev, which tells Pax Lomi.\n\nRelations: vel_noma, tir_salo, kem-udra",
        "vel_noma, tir_salo, kem-udra\nExplanation: the patev, the gonunep",
        r"vel\_noma, tir\_salo, kem-udra",
    ],
)
def test_slots_in_the_forms_of_models(output: str) -> None:
    said = micro(output, SLOTS, labels=LABELS, marker="Relations:")
    assert said.score == 1.0, said.extracted
    turned = micro(output, SLOTS[::-1], labels=LABELS, marker="Relations:")
    assert turned.metrics["tp"] == 1


def test_a_slot_that_is_no_label_keeps_its_place_and_a_second_thought_counts() -> None:
    known = {"labels": LABELS, "marker": "Relations:"}
    assert micro("no_label, tir_salo, kem-udra", SLOTS, **known).metrics["tp"] == 2
    assert micro("tir_salo, no_label, kem-udra", SLOTS, **known).metrics["tp"] == 1
    assert micro("tir_salo\nno_label\nkem-udra", SLOTS, **known).metrics["tp"] == 1
    thought = micro("vel_noma\nOr it could be called: Pax Lomi", "vel_noma", **known)
    assert thought.metrics["fp"] == 1


PAIRS = {"Fetig Zodap": "vel_noma", "Rigad Kakerir": "tir_salo"}


@pytest.mark.parametrize(
    "output",
    [
        "Fetig Zodap - vel_noma\nRigad Kakerir - tir_salo",
        "Fetig Zodap → vel_noma\nRigad Kakerir → tir_salo",
        "| Name | Type |\n|---|---|\n| Fetig Zodap | vel_noma |\n| Rigad Kakerir | tir_salo |",
        "Fetig Zodap is vel_noma.\nRigad Kakerir is tir_salo.",
        '{"Fetig Zodap": "vel_noma", "Rigad Kakerir": "tir_salo"}',
        "Fetig Zodap: vel_noma (both cues)\nRigad Kakerir: tir_salo",
        "Fetig Zodap: vel_noma\nRigad Kakerir: tir_salo\n\nNote: types are inferred",
        "Cues:\n- pisenal: kem-udra\n\n**Answer:**\nFetig Zodap: vel_noma\nRigad Kakerir: tir_salo",
    ],
)
def test_pairs_in_the_forms_of_models(output: str) -> None:
    said = micro(output, PAIRS, labels=LABELS)
    assert said.score == 1.0, said.extracted
    turned = dict(zip(PAIRS, reversed(PAIRS.values()), strict=True))
    assert micro(output, turned, labels=LABELS).score == 0.0


def test_pairs_that_nobody_asked_for_cost_precision() -> None:
    more = "Fetig Zodap: vel_noma\nRigad Kakerir: tir_salo\nFoo Bar: kem-udra"
    assert micro(more, PAIRS, labels=LABELS).score == pytest.approx(0.8)
    assert micro("Fetig: vel_noma\nRigad: tir_salo", PAIRS, labels=LABELS).score == 0.0
    both = "Fetig Zodap: vel_noma\nFetig Zodap - tir_salo\nRigad Kakerir: tir_salo"
    assert micro(both, PAIRS, labels=LABELS).metrics["tp"] == 1
