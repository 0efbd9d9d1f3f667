"""NeedleBench v1 and v2, NoLiMa, and Kamradt's test."""

from __future__ import annotations

from synthctx.circular import Turn, published_circular
from synthctx.grids import (
    NEEDLEBENCH_V1,
    NEEDLEBENCH_V2,
    Cell,
    over_lengths,
    published_grid,
    published_table,
    share_of,
)
from synthctx.rules import Grade

from . import Call, Case, Figures, GoldenCheck, Key, Mapper, Uncovered, one

_SIX_DIGITS = 0.5e-6 + 1e-9


def crashed(case: Case) -> bool:
    return isinstance(case["score"], dict) and "raises" in case["score"]


def single(published: str) -> Mapper:
    """S-RT and v1's open tracing: the reference is the needle, a star and the keyword."""

    def check(case: Case) -> GoldenCheck:
        needle, star, rest = case["reference"].partition("*")
        if not star:
            raise Uncovered("reference without a keyword: the published scorer crashes on it")
        reference = {"needle": needle, "keyword": rest.split("*")[0]}
        params = {"published": published, **case["params"]}
        score = case["score"]["score"] if isinstance(case["score"], dict) else case["score"]
        call = Call("needle/keyword", reference, case["prediction"], params)
        return GoldenCheck((call,), score / 100)

    return check


def published_average(grade: Grade) -> float | None:
    return grade.metrics.get("published_average", grade.paper)


def recall(case: Case) -> GoldenCheck:
    references, outputs = case["reference"], case["prediction"]
    if isinstance(references, str):
        references, outputs = [references], [outputs]
    if crashed(case):
        raise Uncovered("malformed or no references: the published scorer crashes on them")
    calls = []
    for reference, output in zip(references, outputs, strict=True):
        keywords, _, depths = reference.partition("#")
        fields = {"keywords": keywords.split("*"), "depths": depths.split("*")}
        calls.append(Call("needle/keyed_recall", fields, output))
    expected = case["score"]["average_score"] / 100
    return GoldenCheck(tuple(calls), expected, 1e-9, published_average)


def words(case: Case) -> GoldenCheck:
    if crashed(case):
        raise Uncovered("malformed reference: the published scorer crashes on it")
    answer = case["reference"].split("*")[0]
    call = Call("needle/words", answer, case["prediction"])
    return GoldenCheck((call,), case["score"]["score"] / 100)


def boxed(case: Case) -> GoldenCheck:
    if case["reference"] == "None":
        params = {"kind": "word"}
    else:
        params = {}
    call = Call("boxed/exact", case["reference"], case["prediction"], params)
    return GoldenCheck((call,), case["score"]["score"] / 100)


def nolima(case: Case) -> GoldenCheck:
    if crashed(case):
        raise Uncovered("unknown metric: an error of ours too, not a score")
    return one("match/nolima", case, case["reference"], {"metric": case["params"]["metric"]})


# ---------------------------------------------------------------- four options, turned round


def option(case: Case) -> Figures:
    """Ask the rule, with each option as the right one, which of them the published code reads."""
    options = case["params"]["options"]
    found: dict[str, float | None] = {}
    for letter in options:
        call = Call("choice/letter", letter, case["prediction"], {"options": options})
        found[letter] = call.grade().paper
    read = case["score"]["extracted"]
    return Figures(found, {letter: float(letter == read) for letter in options})


def circular(case: Case) -> Figures:
    answers, references = case["prediction"], [r.split("--") for r in case["reference"]]
    if len(answers) != len(references) or any(len(parts) != 3 for parts in references):
        raise Uncovered("answers without a reference, or malformed ones: not turns of a question")
    figures = published_circular(
        [
            Turn(key, order, right, said)
            for (key, right, order), said in zip(references, answers, strict=True)
        ]
    )
    if figures is None or crashed(case):
        return Figures({"raises": figures and 1.0}, {"raises": None if crashed(case) else 1.0})
    ours = {
        "acc_4": figures.accuracy,
        "acc_1": figures.unturned,
        "perf_4": figures.perfect,
        "perf_1": figures.unturned_at_least[-1],
        "vote_4": figures.vote,
        "vote_1": figures.unturned_vote,
        **{f"more_4_{n}": share for n, share in enumerate(figures.at_least)},
        **{f"more_1_{n}": share for n, share in enumerate(figures.unturned_at_least)},
        **{f"prior_{letter}": share for letter, share in figures.letters.items()},
    }
    return Figures({name: 100 * share for name, share in ours.items()}, case["score"])


# ---------------------------------------------------------------- grids, tables, lengths

_TASKS = {"S-RT": "origin(S-RT)", "M-RT": "parallel(M-RT)", "M-RS": "multi(M-RS)"}

# The lengths that are run, and those that the table asks for, where the two are not the same
_OTHER_LENGTHS = {
    "needlebench_v2_200k_summarizer": (
        [1000, *range(25_000, 200_001, 25_000)],
        [16_000, 48_000, 80_000, 112_000, 128_000, 144_000, 176_000, 200_000],
    ),
    "needlebench_v2_1000k_summarizer": (
        [1000, *range(125_000, 1_000_001, 125_000)],
        [*range(20_000, 1_000_001, 140_000)],
    ),
}


def summary(case: Case) -> Figures:
    """A list holds the cells of a task in order; a null in it is a cell that is dropped."""
    params = case["params"]
    tasks = {
        task: {Cell(place, 0.0): score for place, score in enumerate(params[task])}
        for task in NEEDLEBENCH_V1
        if params[task] is not None
    }
    weights = NEEDLEBENCH_V2 if params["mean"] else NEEDLEBENCH_V1
    cells = published_grid(tasks, weights).cells
    expected = dict(enumerate(case["score"]["per_cell"]))
    return Figures(
        {str(place): cells.get(Cell(place, 0.0)) for place in expected},
        {str(place): score for place, score in expected.items()},
    )


def table(weights_of_version: str) -> Mapper:
    """The figures of a task are the same at all of its lengths."""
    weights = NEEDLEBENCH_V2 if weights_of_version == "v2" else NEEDLEBENCH_V1

    def check(case: Case) -> Figures:
        params = case["params"]
        ran, asked = _OTHER_LENGTHS.get(params["summarizer"], ([1000], [1000]))
        tasks = {
            task: {length: params[name] for length in ran}
            for task, name in _TASKS.items()
            if params[name] is not None
        }
        overall = published_table(tasks, weights, asked)
        return Figures({"overall": overall}, {"overall": case["score"]["overall"]}, _SIX_DIGITS)

    return check


def _thousands(label: str) -> int | None:
    """Return the length a label names, None for "<1K": shorter than all."""
    return None if label.startswith("<") else int(label.strip("> ").upper().removesuffix("K"))


def effective(case: Case) -> Figures:
    params = case["params"]
    scores = {_thousands(label): score for label, score in params["scores"].items()}
    threshold = share_of(params["base"], params["threshold_ratio"])
    figures = over_lengths({n: s for n, s in scores.items() if n is not None}, threshold)
    return Figures(
        {"effective": figures.effective},
        {"effective": _thousands(case["score"]["effective_length"])},
    )


CASES: dict[Key, Mapper] = {
    ("needlebench_v1", "S-RT"): single("v1"),
    ("needlebench_v1", "ATC-open"): single("v1"),
    ("needlebench_v2", "S-RT"): single("v2"),
    ("needlebench_v1", "M-RT"): recall,
    ("needlebench_v2", "M-RT"): recall,
    ("needlebench_v1", "M-RS"): words,
    ("needlebench_v2", "M-RS"): boxed,
    ("needlebench_v2", "ATC"): boxed,
    ("nolima", "one-hop/two-hop QA"): nolima,
    ("nolima", "effective-length"): effective,
    ("needlebench_v1", "ATC-choice-extract"): option,
    ("needlebench_v1", "ATC-choice-circular"): circular,
    ("needlebench_v1", "overall-summary"): summary,
    ("needlebench_v2", "overall-summary"): summary,
    ("needlebench_v1", "overall-table"): table("v1"),
    ("needlebench_v2", "overall-table"): table("v2"),
}

NOT_COVERABLE: dict[Key, str] = {
    ("niah_kamradt", "*"): "the score is the recorded verdict, 1 to 10, of a language model that "
    "judged the answer by a rubric: the test has no scorer by rule",
}
