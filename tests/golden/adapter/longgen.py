"""Long outputs: Spinning the Golden Thread, LongGenBench (Liu et al.), LongWriter, HelloBench."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from synthctx.aggregates import Followed, over_checklists, over_instructions
from synthctx.scorers.length import longwriter_words, treebank_tokens
from synthctx.scorers.longgen import (
    SEPARATOR,
    block_of_date,
    demand_ids,
    published_blocks,
)
from synthctx.scorers.longgen_questions import published_batch

from . import Call, Case, Figures, GoldenCheck, Key, Mapper, Uncovered, one

_FOUR_DIGITS = 0.5e-4 + 1e-9

# ---------------------------------------------------------------- Spinning the Golden Thread

_DEMANDS = ("checks_once", "checks_range", "checks_periodic")
_RESULTS = ("results_once", "results_range", "results_periodic")


def _ids(numbers: Iterable[int]) -> dict[str, float | None]:
    return {f"block {number}": 1.0 for number in numbers}


def completion(case: Case) -> Figures:
    """The rate is the rule's paper score; the ids are what its parser finds."""
    reference, prefix = case["reference"], case["params"]["prefix"]
    params = {"unit": reference["type"], "prefix": prefix}
    call = Call("longgen/blocks", {"blocks": reference["number"]}, case["prediction"], params)
    blocks = published_blocks((prefix + case["prediction"]).split(SEPARATOR), reference["type"])
    paper, score = call.grade().paper, case["score"]
    return Figures(
        {"rate": paper} | _ids(blocks or ()),
        {"rate": score["completion_rate"] / 100} | _ids(score["block_ids"]),
    )


def duplicates(case: Case) -> Figures:
    """Two pieces with one id: which text is kept."""
    blocks = published_blocks(case["prediction"], case["params"]["type"]) or {}
    return Figures(dict.fromkeys(blocks.values(), 1.0), {case["score"]: 1.0})


def asked_checks(case: Case) -> Figures:
    blocks = published_blocks(case["prediction"].split(SEPARATOR), case["params"]["type"]) or {}
    asked = [int(number) for number in case["reference"] if int(number) in blocks]
    return Figures(_ids(asked), _ids(case["score"]["asked_ids"]))


def _followed(item: Mapping[str, Any]) -> Followed:
    blocks = published_blocks(item["output_blocks"], item["type"]) or {}
    size = item["number"]
    return Followed(
        demands=sum(len(item.get(name, {})) for name in _DEMANDS),
        asked=sum(len(item.get(name, {})) for name in _RESULTS),
        met=sum(v == "yes" for name in _RESULTS for v in item.get(name, {}).values()),
        completion=sum(1 <= number <= size for number in blocks) / size,
        words=item.get("word_count", 0),
        pieces=len(item["output_blocks"]),
    )


def stic(case: Case) -> Figures:
    figures = over_instructions(map(_followed, case["params"]["items"]))
    score = dict(case["score"])
    score["CR"] = score["CR"] / 100
    ours = {
        "total_checks": figures.demands,
        "total_results": figures.asked,
        "total_yes": figures.met,
        "ratio_results_checks": figures.asked_share,
        "STIC1": figures.stic1,
        "STIC2": figures.stic2,
        "average_word_count": figures.published_words,
        "CR": figures.completion,
    }
    return Figures(ours, score)


def expansion(case: Case) -> Figures:
    params, score, checks = case["params"], case["score"], case["reference"]
    size, periodic = params["number"], params["periodic"]
    ranged = demand_ids({"range": params["range"]}, size)
    every = demand_ids({"start": periodic["start"], "every": periodic["interval"]}, size)
    agrees = set(map(str, ranged)) == set(checks["checks_range"])
    agrees &= set(map(str, every)) == set(checks["checks_periodic"])

    def figures(ranged: list[int], every: list[int], agrees: bool) -> dict[str, float | None]:
        return {
            "agrees": float(agrees),
            **{f"range {number}": 1.0 for number in ranged},
            **{f"periodic {number}": 1.0 for number in every},
        }

    return Figures(
        figures(ranged, every, agrees),
        figures(score["range_ids"], score["periodic_ids"], score["formula_agrees"]),
    )


def weeks(case: Case) -> Figures:
    date = case["params"]["date"]
    ours = {"menu_week": block_of_date(date, "plain"), "diary_iso_week": block_of_date(date, "iso")}
    return Figures(ours, case["score"])


def grid(case: Case) -> Figures:
    width = case["params"].get("width", 10)  # the 16K set's city; the 32K set's is 19 wide
    ours = demand_ids({"point": case["params"]["xy"], "width": width}, width * width)[0]
    return Figures({"block": ours}, {"block": case["score"]})


# ---------------------------------------------------------------- LongGenBench (Liu et al.)


def item(kind: str) -> Mapper:
    def check(case: Case) -> GoldenCheck:
        return one("longgen/item", case, case["reference"], {"kind": kind})

    return check


def batch(kind: str, first: int) -> Mapper:
    """The counts as well as the ratio, which the rule gives as its paper score."""

    def check(case: Case) -> Figures:
        golds, questions = case["reference"], case["params"].get("questions", [])
        params = {"kind": kind, "first": first, "questions": questions}
        call = Call("longgen/questions", golds, case["prediction"], params)
        counted = published_batch(case["prediction"], golds, kind, questions)
        score = case["score"] if isinstance(case["score"], dict) else {}
        number = "num_q" if kind == "number" else "num_q_parsed"
        return Figures(
            {
                "ratio": call.grade().paper,
                number: None if counted is None else counted.questions,
                "correct": None if counted is None else counted.correct,
            },
            {name: score.get(name) for name in ("ratio", number, "correct")},
            _FOUR_DIGITS,
        )

    return check


# ---------------------------------------------------------------- LongWriter, HelloBench


def _text_of(words: int) -> str:
    return "word " * words


def length_score(case: Case) -> GoldenCheck:
    call = {**case, "prediction": _text_of(case["prediction"])}
    return one("length/target", call, case["reference"], scale=100)


def mean_length_score(case: Case) -> GoldenCheck:
    calls = tuple(
        Call("length/target", required, _text_of(words))
        for required, words in zip(case["reference"], case["prediction"], strict=True)
    )
    return GoldenCheck(calls, case["score"] / 100)


def word_count(case: Case) -> Figures:
    return Figures({"words": longwriter_words(case["prediction"])}, {"words": case["score"]})


# How many points the checklist of each category has.
_POINTS = dict.fromkeys(
    [
        "travel",
        "Tech",
        "Sport",
        "Science",
        "music",
        "health",
        "write",
        "book",
        "food",
        "movie",
        "long_dialogue",
    ],
    7,
)
_POINTS |= dict.fromkeys(
    [
        "blogs",
        "academic_article",
        "report",
        "news",
        "question_generation",
        "character_creation",
        "script_write",
        "report_write",
        "science_problem_solve",
        "academic_write",
        "guide_generation",
        "creative_write",
        "question_answering",
        "curriculum_development",
        "continue_write",
        "idea_generation",
        "data_analysis",
        "rewrite",
        "explanation",
    ],
    6,
)
_POINTS |= dict.fromkeys(
    [
        "continuation",
        "imitative_writing",
        "style_transfer",
        "story_writing",
        "keyword_writing",
        "screenplay_writing",
        "argumentative_writing",
        "roleplaying_writing",
    ],
    5,
)


def checklists(case: Case) -> Figures:
    """A category's weights sum to 100: with one score on all points they do not matter."""
    items = []
    for one_item in case["params"]["items"]:
        points = [p["evaluation_score"] for p in one_item["checklist_wise_evaluation"]]
        size = _POINTS.get(one_item["cat"])
        if size is None:
            raise Uncovered("a category whose checklist is not known here")
        if len({str(p) for p in points}) > 1:
            raise Uncovered("the points differ: the categories' fitted weights are not held here")
        items.append((str(one_item["id"]), points, [100 / size] * size))
    figures = over_checklists(items, published=True)
    responses = [case["params"]["items"][place]["response"] for place in figures.kept]
    lengths = [treebank_tokens(response) for response in responses]
    score = figures.rescaled
    if score is not None and not case["params"].get("rescale", True):
        score = score / 4 + 75
    published = case["score"] if isinstance(case["score"], dict) else {}
    return Figures(
        {"score": score, "avg_length": sum(lengths) / len(lengths) if lengths else None},
        {name: published.get(name) for name in ("score", "avg_length")},
        1e-6,
    )


CASES: dict[Key, Mapper] = {
    ("sgt_longgenbench", "CR"): completion,
    ("sgt_longgenbench", "parse_blocks duplicate policy"): duplicates,
    ("sgt_longgenbench", "asked checks"): asked_checks,
    ("sgt_longgenbench", "STIC"): stic,
    ("sgt_longgenbench", "check expansion"): expansion,
    ("sgt_longgenbench", "date to week"): weeks,
    ("sgt_longgenbench", "block number"): grid,
    ("longgenbench_dominic", "gsm8k item"): item("number"),
    ("longgenbench_dominic", "mmlu item"): item("letter"),
    ("longgenbench_dominic", "gsm8k batch"): batch("number", 9),
    ("longgenbench_dominic", "mmlu batch"): batch("letter", 6),
    ("longwriter", "S_l"): length_score,
    ("longwriter", "mean S_l"): mean_length_score,
    ("longwriter", "count_words"): word_count,
    ("hellobench", "overall score and mean length"): checklists,
}
