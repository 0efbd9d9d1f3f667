"""What classifiers learn from a many-shot test's demonstrations: can it be learned at all?

A linear model over TF-IDF shows that the demonstrations suffice; the same model on shuffled
labels, the nearest demonstration and the names of the labels alone show that nothing cheaper
does. What is learned from and asked about are the labelled texts of a test: messages, names,
what is said of a pair.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from synthctx.compose import Sample
from synthctx.errors import SuiteError
from synthctx.jsonio import canonical
from synthctx.rules import grade
from synthctx.streams import Stream
from synthctx.tasks import Demonstrations, Split


@dataclass(frozen=True, slots=True)
class Baseline:
    """Mean strict scores of answers, 0..1: shares answered right, where one label is asked for.

    Attributes:
        samples: how many were answered.
        labels: how many different ones are shown.
        shots: demonstrations a label, on average.
        linear: linear support vectors on TF-IDF of the demonstrations.
        shuffled: the same, labels dealt out at random.
        nearest: label of the most similar demonstration (cosine of TF-IDF).
        majority: the most frequent label, the first of them on a tie.
        names: the label whose name is most like the query.
        ceiling: of a test out of a file, the share of all its questions that the linear model
            answers right that has learned all its demonstrations, not only those shown; None
            without a file.
    """

    samples: int
    labels: int
    shots: float
    linear: float
    shuffled: float
    nearest: float
    majority: float
    names: float
    ceiling: float | None


def baseline(samples: Iterable[Sample]) -> Baseline:
    """Fit the classifiers on what each sample's prompt shows, and answer its query.

    Samples that show the same demonstrations, in whatever order, share one fit.

    Raises:
        SuiteError: the task shows no demonstrations, or there are no samples.
    """
    groups: dict[str, list[tuple[Sample, Demonstrations]]] = {}
    first: Sample | None = None
    for sample in samples:
        if sample.task.demonstrations is None:
            raise SuiteError(f"task {sample.task.id} shows no demonstrations to learn from")
        first = first or sample
        seen = sample.task.demonstrations(sample.prompt)
        key = canonical(sorted(zip(seen.texts, seen.labels, strict=True)))
        groups.setdefault(key, []).append((sample, seen))
    if first is None:
        raise SuiteError("a baseline needs at least one sample")
    scores: dict[str, float] = {}
    for members in groups.values():
        for name, found in _scores(members).items():
            scores[name] = scores.get(name, 0.0) + found
    total = sum(map(len, groups.values()))
    labels = next(iter(groups.values()))[0][1].labels
    kinds = len(set(labels))
    split = first.task.split(first.row) if first.task.split is not None else None
    return Baseline(
        samples=total,
        labels=kinds,
        shots=len(labels) / kinds,
        ceiling=None if split is None else ceiling(split),
        **{name: score / total for name, score in scores.items()},
    )


def ceiling(split: Split) -> float:
    """Return the share of a file's questions that a linear model answers right.

    It has learned all demonstrations of the file: more than that is hardly to be had from them.
    """
    texts, labels = zip(*split.demonstrations, strict=True)
    queries, right = zip(*split.questions, strict=True)
    given = _Learner(list(texts), list(labels), list(queries)).linear(list(labels))
    hits = sum(bool(a == b) for a, b in zip(given, right, strict=True))
    return hits / len(right)


def _scores(members: list[tuple[Sample, Demonstrations]]) -> dict[str, float]:
    """Return the summed scores of each classifier on samples with the same demonstrations."""
    pairs = sorted(zip(members[0][1].texts, members[0][1].labels, strict=True))
    queries = [query for _, seen in members for query in seen.queries]
    learner = _Learner([t for t, _ in pairs], [label for _, label in pairs], queries)
    out = {}
    for name, answers in learner.answers().items():
        given = iter(answers)
        out[name] = sum(
            _score(sample, seen.write([next(given) for _ in seen.queries]))
            for sample, seen in members
        )
    return out


def _score(sample: Sample, answer: str) -> float:
    draft = sample.draft
    result = grade(
        sample.task.rule, output=answer, reference=draft.reference, params=draft.rule_params
    )
    return result.score or 0.0


class _Learner:
    """Texts with their labels, and texts that are to be labelled, as vectors."""

    def __init__(self, texts: list[str], labels: list[str], queries: list[str]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        # words as a label's own language has them; of a text without any, its characters
        pattern = _WORD if any(re.search(_WORD, text.lower()) for text in texts) else r"\S"
        words = TfidfVectorizer(sublinear_tf=True, token_pattern=pattern)
        self.labels, self.queries = labels, queries
        self.seen = words.fit_transform(texts)
        self.asked = words.transform(queries)

    def linear(self, targets: list[str]) -> list[str]:
        """Return what linear support vectors answer that have learned some labels."""
        from sklearn.svm import LinearSVC

        if len(set(targets)) == 1:
            return targets[:1] * len(self.queries)
        with warnings.catch_warnings():
            # few shots a label is what is asked here, not a mistaken regression
            warnings.filterwarnings("ignore", message="The number of unique classes")
            return list(LinearSVC(random_state=0).fit(self.seen, targets).predict(self.asked))

    def answers(self) -> dict[str, list[str]]:
        """Return what each classifier answers to the queries."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        labels, names = self.labels, sorted(set(self.labels))
        letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4)).fit(names)
        likeness = letters.transform(self.queries) @ letters.transform(names).T
        similar = (self.asked @ self.seen.T).toarray()
        shuffled = Stream(canonical(["baseline", labels]).encode()).shuffled(labels)
        return {
            "linear": self.linear(labels),
            "shuffled": self.linear(shuffled),
            "nearest": [labels[i] for i in similar.argmax(axis=1)],
            "majority": [Counter(labels).most_common(1)[0][0]] * len(self.queries),
            "names": [names[i] for i in likeness.toarray().argmax(axis=1)],
        }


# two letters or digits and more, as scikit-learn has it; of a script without blanks, each one
_WORD = r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|\b\w\w+\b"
