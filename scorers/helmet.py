"""HELMET's rules: recall of given strings, answers with its post-processing, rankings."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from synthctx.errors import ScoreError
from synthctx.forms import any_form, named_grade, one_of, read_kind, strings
from synthctx.overlap import (
    Overlap,
    normalise_answer,
    rouge_l,
    rouge_lsum,
    rouge_tokens,
    token_f1,
)
from synthctx.recall import recall
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.stems import stem
from synthctx.text import fold, is_denied, last_declaration

_SOURCE = "HELMET (arXiv:2410.02694), data.py and utils.py"

# ---------------------------------------------------------------- recall of given strings


@rule(
    "recall/substrings",
    1,
    source=_SOURCE + ", load_ruler; SCBench (arXiv:2412.10319) compute_scores.py, string_match_all",
    extracts="the declared answer, or the whole output when it is as short as answers are",
    compares="share of the references named as whole words or numbers, less the rivals named",
)
def recall_substrings(output: str, reference: Any, params: Params) -> Grade:
    """Share of the references that the answer names, as HELMET and SCBench count it for RULER.

    Reference: a list of strings, or one string. Params: `published`: "helmet" (default) or
    "scbench"; `kind` and `candidates` as in match/all.

    The paper score is the share of references whose lower case is a substring of the lower-cased
    output: "44444444" holds 4444444, run together all are found, an echo has everything. A
    plain string is walked through by character, so that "cab" has all of "ABC". SCBench
    rounds the share of each answer to two digits.

    The strict score is match/all's: whole words and numbers, and each other thing of the same
    kind that is named takes one back; a plain string is one reference.
    """
    references = strings(reference, "recall/substrings")
    published = one_of(params, "published", ("helmet", "scbench"), "recall/substrings")
    pieces = list(reference)
    lower = output.lower()
    paper = sum(piece.lower() in lower for piece in pieces) / len(pieces) if pieces else None
    if paper is not None and published == "scbench":
        paper = round(paper, 2)
    kind, candidates = read_kind(params, "recall/substrings")
    named = recall(output, references, kind=kind, candidates=candidates)
    return named_grade(named, named.score, paper)


# ---------------------------------------------------------------- answers

_METRICS = ("substring_exact_match", "exact_match", "f1")
_ROUGE = ("rougeL_f1", "rougeL_recall", "rougeLsum_f1", "rougeLsum_recall")
_READINGS = ("both", "parsed", "whole")
_ALONE = frozenset(("yes", "no", "noanswer"))


def published_reading(output: str, prefix: str) -> str:
    """Return what follows the first prefix up to the end of its line, else the first line."""
    mark = re.compile(re.escape(prefix), re.IGNORECASE)
    found = mark.search(output)
    line = output[found.end() if found else 0 :].split("\n", 1)[0].strip()
    again = mark.match(line)
    return line[again.end() :].strip() if again else line


def _published_f1(said: str, wanted: str) -> float:
    if said != wanted and (said in _ALONE or wanted in _ALONE):
        return 0.0
    return token_f1(said.split(), wanted.split())


def _stems(text: str) -> list[str]:
    tokens = rouge_tokens(text)
    forms = {token: stem(token) if len(token) > 3 else token for token in set(tokens)}
    return [forms[token] for token in tokens]


def _stemmed_sentences(text: str) -> list[list[str]]:
    return [_stems(line) for line in text.split("\n") if line]


def published_metrics(output: str, answers: Sequence[str], rouge: bool) -> dict[str, float]:
    """Return HELMET's figures of a text, each the best over the answers."""
    said, wanted = normalise_answer(output), [normalise_answer(answer) for answer in answers]
    figures = {
        "substring_exact_match": float(any(goal in said for goal in wanted)),
        "exact_match": float(said in wanted),
        "f1": max(_published_f1(said, goal) for goal in wanted),
    }
    if not rouge:
        return figures
    words, lines = _stems(output), _stemmed_sentences(output)
    found: dict[str, list[Overlap]] = {
        "rougeL": [rouge_l(words, _stems(answer)) for answer in answers],
        "rougeLsum": [rouge_lsum(lines, _stemmed_sentences(answer)) for answer in answers],
    }
    for name, overlaps in found.items():
        figures[name + "_f1"] = max(each.f1 for each in overlaps)
        figures[name + "_recall"] = max(each.recall for each in overlaps)
    return figures


def _published_answer(
    output: str, answers: Sequence[str], prefix: str, reading: str, rouge: bool
) -> dict[str, float]:
    parsed = published_reading(output, prefix)
    texts = {"both": (output, parsed), "parsed": (parsed,), "whole": (output,)}[reading]
    figures = [published_metrics(text, answers, rouge) for text in dict.fromkeys(texts)]
    return {name: max(each[name] for each in figures) for name in figures[0]}


def _flat(reference: Any) -> Any:
    """Return a list of lists of answers as one list."""
    if isinstance(reference, list | tuple) and reference and isinstance(reference[0], list | tuple):
        return [answer for part in reference if isinstance(part, list | tuple) for answer in part]
    return reference


@rule(
    "helmet/answer",
    2,
    source=_SOURCE + ", default_post_process, load_json_kv and load_icl",
    extracts="the declared answer, or the whole output when it is as short as answers are",
    compares="any of the answers is named as a whole, and no other answer",
)
def helmet_answer(output: str, reference: Any, params: Params) -> Grade:
    """HELMET's short answers: QA, the value of a key, the label of a text.

    Reference: the answer, or a list of forms of it. Params: `metric`: "substring_exact_match"
    (default), "exact_match", "f1", "rougeL_f1", "rougeL_recall", "rougeLsum_f1" or
    "rougeLsum_recall"; `prefix`, what the model is to write before its answer: "Answer:"
    (default; HELMET has "corresponding value:" for json_kv, "label:" for ICL); `reading`: "both"
    (default), "parsed" (ICL) or "whole"; `kind` and `candidates` as in match/all, for ICL the
    other labels.

    The paper score is the metric of the whole output, or of what follows the first prefix in its
    line (else of the first line), whichever is higher, so that a wrong answer after "Parisian" has
    Paris. Punctuation and articles are taken off first: identifiers match without their hyphens, a
    longer one and "142" contain the right one, "3.5" is 35, and an answer "the" is in anything.
    With F1 "yes", "no" and "noanswer" must be all there is. Metrics: `paper_` and the name of
    each figure, those of ROUGE (with a stemmer) when the metric is one of them.

    The strict score is 1 when an answer is named as a whole word, number or identifier, not
    denied, not offered with another, whatever the metric; yes and no must not both be said.
    """
    answers = strings(_flat(reference), "helmet/answer")
    metric = one_of(params, "metric", _METRICS + _ROUGE, "helmet/answer")
    reading = one_of(params, "reading", _READINGS, "helmet/answer")
    prefix = params.get("prefix", "Answer:")
    if not isinstance(prefix, str) or not prefix:
        raise ScoreError(f"rule helmet/answer: param prefix must be a text, got {prefix!r}")
    figures = _published_answer(output, answers, prefix, reading, metric in _ROUGE)
    metrics = {f"paper_{name}": figure for name, figure in figures.items()}
    grade = any_form(output, answers, params, "helmet/answer", figures[metric])
    return replace(grade, metrics=metrics)


# ---------------------------------------------------------------- rankings

_BRACKETS = str.maketrans(dict.fromkeys("[]:"))
_CHAIN = re.compile(r"\d+(?:\s*>\s*\d+)*")
_WORD = re.compile(r"[^\W_](?:[\w.-]*\w)?")
_NUMBERED = re.compile(r"^[ \t]{0,8}[0-9]{1,4}[.)][ \t]{1,4}(?=\S)", re.MULTILINE)
_BETWEEN = re.compile(
    r"(?:[\s,;>|&\"'`*#()\[\]{}=:、，→-]|\b(?:id|ids|doc|document|and|then)\b)*+", re.IGNORECASE
)
_LONGEST_GAP = 60
_LONGEST = 10_000  # of an output, plus many times the length of all names
_MANY_TIMES = 10


class _Judged(NamedTuple):
    """How relevant each document is, and how many places of a ranking count."""

    labels: dict[str, int]
    depth: int


def published_ranking(output: str) -> list[str]:
    """Return the longest chain "n > n > n" once brackets, colons and "id" are gone, no repeats."""
    text = output.translate(_BRACKETS).lower().replace("id", "")
    longest = max((match[0] for match in _CHAIN.finditer(text)), key=len, default="")
    if not longest:
        return [text]
    return list(dict.fromkeys(number.strip() for number in longest.split(">")))


def ndcg(ranking: Sequence[str], judged: _Judged) -> float:
    """Return the normalised discounted gain of a ranking; what is not judged gains nothing."""
    gains = [max(0, judged.labels.get(name, 0)) for name in ranking[: judged.depth]]
    best = sorted((max(0, label) for label in judged.labels.values()), reverse=True)
    ideal = _discounted(best[: judged.depth])
    return _discounted(gains) / ideal if ideal else 0.0


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(place + 2) for place, gain in enumerate(gains))


def read_ranking(output: str, names: Sequence[str]) -> list[str]:
    """Return the longest list of known documents that an answer declares, the last of equals.

    A list goes on as long as nothing but separators stands between two names; an unknown
    name in it keeps its place, as "". An output far longer than a ranking must declare it.
    """
    text = fold(output)
    limit = _LONGEST + _MANY_TIMES * sum(map(len, names))
    end = text[-limit:]
    declared = last_declaration(end)
    known = {fold(name).casefold(): name for name in names}
    places = [] if declared is None else [end[declared[1] :]]
    for place in [*places, text] if len(text) <= limit else places:
        best: list[str] = []
        for chain in _chains(_NUMBERED.sub("", place), known):
            if sum(map(bool, chain)) >= max(1, sum(map(bool, best))):
                best = chain
        if best:
            return best
    return []


def _chains(text: str, known: dict[str, str]) -> list[list[str]]:
    """Part the names in a text into lists; numbers that are no name keep a place in theirs."""
    chains: list[list[str]] = []
    end = -1
    for match in _WORD.finditer(text):
        word = match[0].casefold()
        name = known.get(word) or known.get(word.removeprefix("id"))
        if name is None and not match[0].isdecimal():
            continue
        if name is not None and is_denied(text, match.start()):
            continue
        gap = text[end : match.start()] if 0 <= match.start() - end <= _LONGEST_GAP else ""
        if chains and gap and _BETWEEN.fullmatch(gap):
            chains[-1].append(name or "")
        else:
            chains.append([name or ""])
        end = match.end()
    return chains


def _judged(reference: Any, params: Params) -> _Judged:
    pairs = list(reference.items()) if isinstance(reference, dict) else reference
    good = isinstance(pairs, list | tuple) and all(
        isinstance(pair, list | tuple)
        and len(pair) == 2
        and isinstance(pair[0], str)
        and re.fullmatch(r"-?[0-9]{1,3}", str(pair[1])) is not None
        for pair in pairs
    )
    if not good or not pairs:
        raise ScoreError(
            "rule rank/ndcg: the reference must be a list of [id, label] with a whole number as "
            f"label, or an object of them, got {str(reference)[:200]!r}"
        )
    depth = params.get("k", 10)
    if type(depth) is not int or depth < 1:
        raise ScoreError(f"rule rank/ndcg: param k is {depth!r}, allowed: a whole number from 1")
    return _Judged({name: int(label) for name, label in pairs}, depth)


@rule(
    "rank/ndcg",
    1,
    source=_SOURCE + ", load_msmarco_rerank, with trec_eval",
    extracts="the longest list of known document ids that the answer declares",
    compares="normalised discounted gain of its first k places",
)
def rank_ndcg(output: str, reference: Any, params: Params) -> Grade:
    """Documents ranked by how relevant they are: NDCG@k.

    Reference: a list of [id, label] for all documents, the label a whole number, or an object id
    -> label. Params: `k`, 10 unless given.

    The paper score takes the longest text of the form "n > n > n" out of the output, once brackets,
    colons and every "id" are gone: "11, 17, 12" is a ranking of one, a first list of longer
    numbers beats a corrected one, and a repeated id keeps its first place at no
    cost. It is rounded to five digits.

    The strict score takes a list with any separators, one a line too, after the last
    declaration. An unknown id takes a place, and so does one that was named before.
    Metrics: `ranked` (different known ids), `unknown`, `repeated`.
    """
    judged = _judged(reference, params)
    paper = round(ndcg(published_ranking(output), judged), 5)
    if not any(label > 0 for label in judged.labels.values()):
        return unreadable("no document of the reference is relevant", paper=paper)
    ranking = read_ranking(output, list(judged.labels))
    if not ranking:
        return unreadable("no document is named where a ranking stands", paper=paper)
    known: set[str] = set()
    once: list[str] = []
    for name in ranking:
        once.append("" if name in known else name)
        known.add(name)
    known.discard("")
    unknown = ranking.count("")
    metrics = {
        "ranked": float(len(known)),
        "unknown": float(unknown),
        "repeated": float(len(ranking) - len(known) - unknown),
    }
    why = f"{len(known)} of {len(judged.labels)} documents are ranked"
    said = " > ".join(name or "?" for name in ranking[:40])[:500]
    return Grade(ndcg(once, judged), paper, metrics, said, why)
