"""What the strict figures of the rules written first hold against an adversary.

Bounds of words and numbers, signs, denials, corrections, several answers.
"""

from __future__ import annotations

from typing import Any

import pytest

from synthctx.forms import listed, look_for, said_yes_or_no, settled
from synthctx.rules import grade

NUMBER = ["4815162"]
UUID = "0c2f6a4e-1b7d-4f60-9a3c-5d8e7f601234"
OTHER = "9e8d7c6b-5a49-4382-b716-05f4e3d2c1b0"
KETTLE = {"keyword": "kettle", "needle": "The thing left in the attic is a kettle."}
DOOR = {"keyword": "12", "needle": "The number on the door is 12."}
KEYED = {"keywords": ["kettle", "drum", "saddle"], "depths": [0, 50, 100]}
ORDER = [3, 1, 4, 2]
BANK = {"labels": ["card_arrival", "lost_card", "change_pin", "top_up?"]}
PAIRS = {"Mara Voss": "person-artist", "Oslo": "location-city"}
ROOM = {"task": "qa1", "question": "Where is Sandra?"}
VERDICT = {"task": "qa6", "question": "Is Sandra in the garden?"}
ROUTE = {"task": "qa19", "question": "How do you go from the garden to the office?"}
TABLE = "item\tprice\nlamp\t-5\ndesk\t40"

# rule, reference, params, outputs that are right, outputs that are wrong
JUDGED: list[tuple[str, Any, dict[str, Any], list[str], list[str]]] = [
    (
        "match/all",
        NUMBER,
        {},
        [
            "It is 4815162, not 4815163.",
            "Not 4815163 but 4815162.",
            "4815162 (not 4815163)",
            "不是1111111，而是4815162。",
            "The answer is 1111111. Sorry, I meant 4815162.",
            "I do not think it is 1111111. It is 4815162.",
            "1111111: 4815162",
            "The number is 4815162, as stated.",
            "+4815162",
            "$4815162.",
            "4815\x07162",
        ],
        [
            "−4815162",
            "0x4815162",
            "4815162_1",
            "4815162e5",
            "4815162-4815170",
            "4815162还是4815163",
            "I don't think it is 4815162.",
            "It can't be 4815162.",
            "It's not 4815162; it's 1111111.",
            "The answer is 4815162. Sorry, I meant 1111111.",
            "答案不是4815162",
            "答案是4815162，不对，应该是1111111",
            "The numbers are 4815162, 1111111 and 2222222.",
            "It is 4815162 and 1111111",
            "4815162 is wrong.",
        ],
    ),
    (
        "match/all",
        [UUID],
        {},
        [
            UUID.replace("-", "‐"),
            f"{{{UUID}}}",
            f"urn:uuid:{UUID}",
            f"The value for {OTHER} is {UUID}.",
        ],
        [UUID[:-1], UUID.replace("-", ""), UUID * 2, f"{UUID} or {OTHER}", f"not {UUID}"],
    ),
    (
        "match/all",
        ["cat", "log", "pen"],
        {},
        ["The words cat log pen", "cat log pen", "ｃａｔ; log; pen", "Words: cat, log & pen"],
        [
            "hat dog ten cat log pen",
            "The words are cat hat log dog pen ten",
            "cat & log & pen & hat & dog & ten",
            "no cat, no log, no pen",
            "cat-log-pen",
            "catlogpen",
        ],
    ),
    (
        "match/any",
        ["no"],
        {},
        ["No.", "No, it isn't", "The answer is no", "It is not yes but no"],
        [
            "I have no idea.",
            "There is no doubt.",
            "Yes and no.",
            "Yes. No.",
            "Not no.",
            "nope",
            "It is not known.",
        ],
    ),
    (
        "match/any",
        ["yes"],
        {},
        ["Yes, there is no doubt.", "YES", "Definitely yes"],
        ["Not yes.", "I would not say yes.", "yes/no", "yesterday", "It can't be yes."],
    ),
    (
        "match/any",
        ["Oslo", "Oslo, Norway", "Christiania"],
        {},
        [
            "Oslo, Norway",
            "Christiania (Oslo)",
            "Oslo, Norway's capital",
            "OSLO!",
            "It isn't Rome but Oslo",
        ],
        ["Oslo and Bergen", "Bergen, Oslo", "Oslo, Bergen, Paris", "Oslo-Bergen", "Oslo is wrong."],
    ),
    ("match/any", ["42"], {}, ["42", "It is 42."], ["42, 43", "42\n43", "42 and 43", "-42", "4.2"]),
    (
        "match/nolima",
        ["Mira"],
        {},
        ["Mira's", "MIRA", "Mira, who sings", "Iris. No, wait, it is Mira"],
        ["Mira, Iris", "Mira\nIris", "Iris or Mira", "Mira Iris Tom Ada Ned", "not Mira", ""],
    ),
    (
        "needle/keyword",
        KETTLE,
        {},
        ["a kettle, not a candle", "not a candle but a kettle", "'Kettle'", "The attic: kettle"],
        [
            "anything but a kettle",
            "There is no kettle.",
            "没有kettle",
            "a tea-kettle",
            "kettles",
            "kettle and candle",
            "The thing left in the attic is a kettle, a candle and a drum.",
            "kettle candle mirror drum lamp clock",
        ],
    ),
    (
        "needle/keyword",
        DOOR,
        {},
        ["12", "１２", "door 12"],
        ["12.5", "012", "12th", "1,012", "12,000", "12, 13, 14, 15", "-12", "12 or 13"],
    ),
    (
        "needle/keyed_recall",
        KEYED,
        {},
        ["1. kettle\n2. drum\n3. saddle", "kettle drum saddle", "kettle、drum、saddle"],
        ["kettle candle drum mirror saddle lamp jar", "kettles, drums", "not a kettle, no drum"],
    ),
    (
        "needle/words",
        "Lake Orrin",
        {},
        ["lake  orrin", "It is Lake Orrin, not Lake Tarn."],
        [
            "Lake Orrington",
            "Lake of Orrin",
            "not Lake Orrin",
            "Lake Orrin and Lake Tarn",
            "orrin lake",
        ],
    ),
    (
        "boxed/exact",
        "Nora Quist",
        {},
        [
            "\\boxed{Nora Quist}, not \\boxed{Tom Hale}",
            "\\boxed{Tom Hale}\nWait, the answer is Nora Quist.",
            "\\boxed{Nora\\;Quist}",
            "\\boxed{「Nora Quist」}",
            "\\boxed{Nora Quist}. There is no doubt.",
            "\\boxed{Nora Quist}\n\nThe answer is the eldest of all.",
            "\\boxed{Nora Quist}" * 9,
        ],
        [
            "\\boxed{Tom Hale} or \\boxed{Nora Quist}",
            "$\\boxed{Tom Hale}$, $\\boxed{Nora Quist}$",
            "\\boxed{Tom Hale}\n\\boxed{Nora Quist}",
            "either Tom Hale or \\boxed{Nora Quist}",
            "not \\boxed{Nora Quist}",
            "\\boxed{Nora Quist} is wrong.",
            "\\boxed{Nora Quist} No, wait, it is Tom Hale.",
            "\\boxed{not Nora Quist}",
            "答案不是Nora Quist",
        ],
    ),
    (
        "boxed/exact",
        "9",
        {},
        ["\\boxed{+9}", "\\boxed{9.0}", "\\boxed{n = 9}", "\\boxed{9 \\text{ steps}}", "答案是9"],
        [
            "\\boxed{9/2}",
            "\\boxed{\\frac{9}{9}}",
            "\\boxed{9 + 9}",
            "\\boxed{9-9}",
            "\\boxed{3^9}",
            "\\boxed{\\sqrt{9}}",
            "\\boxed{9\\times 9}",
            "\\boxed{>9}",
            "\\boxed{- 9}",
            "\\boxed{9 or more}",
            "\\boxed{at least 9}",
            "\\boxed{9\\%}",
            "\\boxed{not 9}",
            "\\boxed{不是9}",
            "The answer is not 9",
            "答案不是9",
        ],
    ),
    (
        "choice/index",
        "A3",
        {"n": 6},
        [
            "not A4 but A3",
            "A4 is wrong, A3 is right",
            "I first chose A4, but then I choose A3",
            "选A3",
        ],
        [
            "I would not choose A3",
            "I don't pick A3.",
            "never select A3",
            "A3 is not the answer",
            "Answer: A3-A6",
            "Answer: A1 to A6",
            "Neither A3 nor A4",
            "答案不是A3",
            "A3.5",
            "BA3",
        ],
    ),
    (
        "sequence/permutation",
        ORDER,
        {"n": 4},
        [
            "正确顺序是3142",
            "3-1-4-2",
            "3 - 1 - 4 - 2",
            "- 3\n- 1\n- 4\n- 2",
            "The answer is [3,1,4,2]; [1,2,3,4] is wrong",
            "[1,2,3,4] is wrong; the right one is [3,1,4,2]",
        ],
        [
            "[3, -1, 4, 2]",
            "3 -1 4 -2",
            "[1,2,3,4], [3,1,4,2]",
            "[1,2,3,4]\n[3,1,4,2]",
            "[3,1,4,2] is wrong",
            "答案不是[3,1,4,2]",
            "31425",
        ],
    ),
    (
        "label/exact",
        "card_arrival",
        BANK,
        ["The intent is not lost_card but card_arrival", "答案是card_arrival", "Card-Arrival"],
        [
            "答案不是card_arrival",
            "card_arrival / lost_card",
            "card_arrival、lost_card",
            "cardarrival",
        ],
    ),
    ("label/exact", "-1", {"labels": ["-1", "1"]}, ["-1", "(-1)", "−1."], ["1", "+1"]),
    (
        "label/exact",
        "高兴",
        {"labels": ["高兴", "悲伤"]},
        ["标签是高兴。", "标签：高兴"],
        ["不高兴", "不是高兴", "高兴或悲伤", "高兴、悲伤"],
    ),
    (
        "label/micro_f1",
        PAIRS,
        {},
        [
            "* **Mara Voss**: person-artist\n* **Oslo**: location-city",
            '"Mara Voss": "person-artist"\n"Oslo": "location-city"',
            "Mara Voss: person-artist; Oslo: location-city",
            "Mara Voss：person-artist\nOslo：location-city",
        ],
        ["Mara Voss: location-city\nOslo: person-artist", "MaraVoss: person-artist"],
    ),
    (
        "label/micro_f1",
        ["per:boss", "per:title"],
        {},
        ["per:boss、per:title", "The relations are per:boss and per:title", "per:boss & per:title"],
        ["per:bosses, per:titles", "per:title, per:boss", "per:boss per:title"],
    ),
    (
        "label/babilong",
        "garden",
        ROOM,
        ["not in the office but in the garden", "She is in the garden.", "答案是garden"],
        [
            "She can't be in the garden.",
            "答案不是garden",
            "rose-garden",
            "bathroom. bedroom. hallway. kitchen. office. garden.",
        ],
    ),
    ("label/babilong", "garden", {"published": "old"}, ["the garden"], ["garden, office, kitchen"]),
    (
        "label/babilong",
        "no",
        VERDICT,
        ["No, she is in the office", "no"],
        ["No idea", "I would not say no", "nobody", "yes and no", "I cannot say"],
    ),
    ("label/babilong", "yes", VERDICT, ["Yes, there is no doubt"], ["not yes", "Yes. No.", "eyes"]),
    (
        "label/babilong",
        "n,e",
        ROUTE,
        ["go north and then go east", "n -> e", "North, then east."],
        ["n,e,s", "n,n,e", "s,n,e", "not n,e", "n,e or e,n", "n,ew"],
    ),
    (
        "infinite/digits",
        "60417",
        {},
        ["The pass key is 60417 (not 60418)", "密钥是60417。", "60,417"],
        ["minus 60417", "负60417", "60417.0", "答案不是60417", "60417, 60418, 60419", "a60417"],
    ),
    ("infinite/kv", UUID, {}, [f"**{UUID}**", f"<{UUID}>"], [f"not {UUID}", f"{UUID}, {OTHER}"]),
    (
        "infinite/code_run",
        -7,
        {},
        ["minus 7", "f(3) = - 7", "负7", "-7.0", "The answer is -8. No, wait, it is -7."],
        ["- 7.5", "7", "Answer: -7, 3, 4", "Answer: -7 and 3", "答案不是-7", "It isn't -7"],
    ),
    (
        "infinite/math_find",
        42,
        {},
        ["1. 42", "It is 41. No, wait, 42.", "４２"],
        ["minus 42", "42, 43, 44", "42 or 43", "42.5", "142"],
    ),
    (
        "infinite/math_calc",
        [3, 8, 6, 2],
        {},
        [
            "The 4 values are 3, 8, 6, 2",
            "1. 3\n2. 8\n3. 6\n4. 2",
            "Answer: 1, 1\nCorrection: 3, 8, 6, 2",
            "3、8、6、2",
        ],
        ["-3, 8, 6, 2", "0,1,2,3,4,5,6,7,8,9", ""],
    ),
    (
        "infinite/code_debug",
        ["load_rows", "B"],
        {},
        [
            "选B",
            "not C but B",
            "option b",
            "I think it is B",
            "load_rows",
            "C is wrong, B is right",
        ],
        [
            "B or C",
            "B and C",
            "B, C",
            "B/C",
            "Answer: B C",
            "B is wrong, C is right",
            "B不对",
            "答案不是B",
            "A. a\nB. load_rows\nC. c\nD. d",
            "load_rows is wrong",
            "load_rows_fast",
        ],
    ),
    (
        "infinite/choice",
        ["a grey mare", "B"],
        {},
        ["It's B.", "I think B", "A grey mare", "(B) a grey mare"],
        ["B; C", "B or C", "Both of them", "Bob did it", "not a grey mare", "A mare"],
    ),
    (
        "infinite/dialogue",
        ["RUTH AMES", "RUTH"],
        {},
        ["Ruth Ames (Ruth)", "It is Ruth, not Tom", "Ruth, the nurse"],
        ["Ruth Ames and Tom", "Ruth Ames or Tom", "Ruth, Tom", "Ruth\nTom", "Tom Ames", "Ruthless"],
    ),
    (
        "infinite/qa_eng",
        ["Oslo"],
        {},
        ["The answer is Bergen. No, wait, it is Oslo."],
        ["not Oslo", "It isn't Oslo", "Oslo or Bergen", "Oslovia"],
    ),
    ("infinite/qa_eng", ["yes"], {}, ["Yes."], ["no", "yes and no", "not yes"]),
    (
        "infinite/qa_chn",
        ["山下的旧磨坊"],
        {},
        ["答案是山下的旧磨坊"],
        ["不是山下的旧磨坊", "答案不是山下的旧磨坊", "山下的旧磨坊或桥"],
    ),
    (
        "table/rows",
        TABLE,
        {},
        ['item\tprice\n"lamp"\t"-5"\ndesk\t40', TABLE.replace("-5", "−５"), TABLE + "\n\nDone."],
        ["item\tprice\nlamp\t5\ndesk\t4.0", "item\tprice\n", "lamp, -5\ndesk, 40"],
    ),
]
ONE_BY_ONE = [
    pytest.param(rule, reference, params, output, score, id=f"{rule} {score:.0f} {output[:40]!r}")
    for rule, reference, params, right, wrong in JUDGED
    for outputs, score in ((right, 1.0), (wrong, 0.0))
    for output in outputs
]


@pytest.mark.parametrize(("rule", "reference", "params", "output", "score"), ONE_BY_ONE)
def test_judged(
    rule: str, reference: Any, params: dict[str, Any], output: str, score: float
) -> None:
    result = grade(rule, output=output, reference=reference, params=params)
    assert result.score == pytest.approx(score), result.explanation


# ---------------------------------------------------------------- the parts


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("Yes.", "yes"),
        ("No, never.", "no"),
        ("Not yes.", None),
        ("I can't say no", None),
        ("yes and no", None),
        ("no doubt", None),
        ("The answer is yes, not no.", "yes"),
        ("Ｙｅｓ", "yes"),
        ("", None),
    ],
)
def test_said_yes_or_no(output: str, said: str | None) -> None:
    assert said_yes_or_no(output) == said


def test_what_is_denied_in_favour_of_another_is_left_out() -> None:
    assert settled("It is not a drum but a kettle.") == "It is  a kettle."
    assert settled("It isn't 3.5 but 4") == "It is 4"
    assert settled("not only a drum but a kettle") == "not only a drum but a kettle"
    assert settled("答案不是鼓,而是铜壶") == "答案是铜壶"
    assert settled("nothing to see") == "nothing to see"


def test_words_one_after_the_other_are_a_list() -> None:
    words = ["oak", "elm"]
    assert listed("oak ash elm", words) == "oak, ash, elm"
    assert listed("The words oak elm ash", words) == "The words oak, elm, ash"
    assert listed("The oak and the elm fell", words) == "The oak and the elm fell"
    assert listed("Mira Holt always served soup", ["soup"]) == "Mira Holt always served soup"
    long = "Oslo " * 20_000
    assert len(listed(long, ["oslo"])) > len(long)


def test_one_more_word_may_explain_an_answer() -> None:
    assert look_for("The capital is Lima, Peru.", ["Lima"]).rivals == 0
    assert look_for("The capital is Lima, Peru and Oslo.", ["Lima"]).rivals == 2
