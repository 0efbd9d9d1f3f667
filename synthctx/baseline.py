"""What classifiers learn from a many-shot test's demonstrations: can it be learned at all?

A linear model over TF-IDF shows that the demonstrations suffice; the same model on shuffled
labels, the nearest demonstration and the names of the labels alone show that nothing cheaper
does.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from synthctx.compose import Sample
from synthctx.errors import SuiteError
from synthctx.jsonio import canonical
from synthctx.rules import grade
from synthctx.streams import Stream


@dataclass(frozen=True, slots=True)
class Baseline:
    """Shares of queries answered right, 0..1.

    Attributes:
        linear: linear support vectors on TF-IDF of the demonstrations.
        shuffled: the same, labels dealt out at random.
        nearest: label of the most similar demonstration (cosine of TF-IDF).
        majority: the most frequent label, the first of them on a tie.
        names: the label whose name is most like the query.
        shots: demonstrations a label, on average.
    """

    samples: int
    labels: int
    shots: float
    linear: float
    shuffled: float
    nearest: float
    majority: float
    names: float


def baseline(samples: Iterable[Sample]) -> Baseline:
    """Fit the classifiers on what each sample's prompt shows, and answer its query.

    Samples that show the same demonstrations, in whatever order, share one fit.

    Raises:
        SuiteError: the task shows no demonstrations, or there are no samples.
    """
    groups: dict[str, list[tuple[Sample, str]]] = {}
    shown: dict[str, tuple[list[str], list[str]]] = {}
    for sample in samples:
        if sample.task.demonstrations is None:
            raise SuiteError(f"task {sample.task.id} shows no demonstrations to learn from")
        seen = sample.task.demonstrations(sample.prompt)
        pairs = sorted(zip(seen.texts, seen.labels, strict=True))
        key = canonical(pairs)
        shown[key] = ([t for t, _ in pairs], [label for _, label in pairs])
        groups.setdefault(key, []).append((sample, seen.query))
    if not groups:
        raise SuiteError("a baseline needs at least one sample")
    right: Counter[str] = Counter()
    total = 0
    for key, members in groups.items():
        texts, labels = shown[key]
        answers = _answers(texts, labels, [query for _, query in members])
        for at, (sample, _) in enumerate(members):
            total += 1
            for name, given in answers.items():
                right[name] += _right(sample, given[at])
    _, labels = next(iter(shown.values()))
    kinds = len(set(labels))
    shares = {name: right[name] / total for name in answers}
    return Baseline(samples=total, labels=kinds, shots=len(labels) / kinds, **shares)


def _right(sample: Sample, answer: str) -> bool:
    draft = sample.draft
    result = grade(
        sample.task.rule, output=answer, reference=draft.reference, params=draft.rule_params
    )
    return result.score == 1.0


def _answers(texts: list[str], labels: list[str], queries: list[str]) -> dict[str, list[str]]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    words = TfidfVectorizer(sublinear_tf=True)
    seen, asked = words.fit_transform(texts), words.transform(queries)
    shuffled = Stream(canonical(["baseline", labels]).encode()).shuffled(labels)
    names = sorted(set(labels))
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4)).fit(names)
    likeness = (letters.transform(queries) @ letters.transform(names).T).toarray()
    similar = (asked @ seen.T).toarray()

    def learned(targets: list[str]) -> list[str]:
        with warnings.catch_warnings():
            # few shots a label is what is asked here, not a mistaken regression
            warnings.filterwarnings("ignore", message="The number of unique classes")
            return list(LinearSVC(random_state=0).fit(seen, targets).predict(asked))

    return {
        "linear": learned(labels),
        "shuffled": learned(shuffled),
        "nearest": [labels[i] for i in similar.argmax(axis=1)],
        "majority": [Counter(labels).most_common(1)[0][0]] * len(queries),
        "names": [names[i] for i in likeness.argmax(axis=1)],
    }
