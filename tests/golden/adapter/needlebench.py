"""NeedleBench v1 and v2, NoLiMa, and Kamradt's test."""

from __future__ import annotations

from synthctx.rules import Grade

from . import Call, Case, GoldenCheck, Key, Mapper, Uncovered, one


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
}

_AGGREGATE = "an aggregate over a grid of cells, not the score of an answer"

NOT_COVERABLE: dict[Key, str] = {
    ("needlebench_v1", "overall-summary"): _AGGREGATE,
    ("needlebench_v2", "overall-summary"): _AGGREGATE,
    ("needlebench_v1", "overall-table"): _AGGREGATE,
    ("needlebench_v2", "overall-table"): _AGGREGATE,
    ("nolima", "effective-length"): "an aggregate over lengths; see the view effective_length",
    ("needlebench_v1", "ATC-choice-extract"): "the four-option form of the test is not built",
    ("needlebench_v1", "ATC-choice-circular"): "the four-option form of the test is not built",
    ("niah_kamradt", "*"): "the score is a verdict of a language model",
}
