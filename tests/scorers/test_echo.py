"""Echoing the context earns nothing, wherever the needle lies in it."""

from __future__ import annotations

from typing import Any

import pytest

from synthctx.rules import grade

EN = "The harbour was quiet in the morning, and {n} boats lay at the quay. "
ZH = "清晨的港口很安静，码头边停着{n}条船。"
NEEDLES: dict[str, tuple[str, str, Any]] = {
    "number": ("match/all", "The number kept for Mira Holt is 4815162. ", ["4815162"]),
    "word": ("match/all", "Mira Holt always served barley soup. ", ["barley soup"]),
    "any": ("match/any", "Mira Holt always served barley soup. ", ["barley soup", "soup"]),
    "nolima": ("match/nolima", "Actually, Mira lives next to the opera house. ", ["Mira"]),
    "keyword": (
        "needle/keyword",
        "The gift that Mira Holt made was the brass kettle. ",
        {"keyword": "brass kettle", "needle": "The gift that Mira Holt made was the brass kettle."},
    ),
    "keyword zh": (
        "needle/keyword",
        "米拉送给镇博物馆的礼物是铜壶。",
        {"keyword": "铜壶", "needle": "米拉送给镇博物馆的礼物是铜壶。"},
    ),
    "keyed": (
        "needle/keyed_recall",
        "Mira gave a kettle and a drum. ",
        {"keywords": ["kettle", "drum"], "depths": [0, 100]},
    ),
    "words": ("needle/words", "They met at Lake Orrin. ", "Lake Orrin"),
    "boxed": ("boxed/exact", "Nora Quist is the mother of Tom Hale. ", "Nora Quist"),
    "digits": ("infinite/digits", "The pass key is 60417. Remember it. ", "60417"),
    "dialogue": ("infinite/dialogue", "RUTH: who goes there? ", ["RUTH"]),
}


@pytest.mark.parametrize("sentences", [40, 3000])
@pytest.mark.parametrize("depth", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("name", NEEDLES)
def test_echo(name: str, depth: float, sentences: int) -> None:
    rule, needle, reference = NEEDLES[name]
    filler = [(ZH if name.endswith("zh") else EN).format(n=n) for n in range(sentences)]
    filler.insert(round(depth * sentences), needle)
    echo = "".join(filler)
    for output in (echo, echo + "\n\nQuestion: which one is it?\nAnswer:"):
        assert grade(rule, output=output, reference=reference).score == 0.0


@pytest.mark.parametrize("name", NEEDLES)
def test_the_needle_alone_is_an_answer(name: str) -> None:
    rule, needle, reference = NEEDLES[name]
    output = needle if rule != "boxed/exact" else "\\boxed{Nora Quist}"
    assert grade(rule, output=output, reference=reference).score == 1.0
