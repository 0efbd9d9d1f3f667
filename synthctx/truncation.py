"""Whether a server has seen the whole of a prompt: its own count of tokens beside ours.

A few short prompts, asked once for each kind of text and kept beside the outputs, say what
the chat template adds and how the server's tokenizer goes with the bench's. With the same
tokenizer every lost token shows; with another, losses of more than a tenth do.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from synthctx.errors import StoreError
from synthctx.models import Answer, Request, Traits
from synthctx.store import Bench, atomic
from synthctx.tables import slug
from synthctx.tokenizers import get_tokenizer, head

FILE = "calibration.json"
COLUMNS = ["task", "language", "tokenizer", "prompt_tokens"]
_SIZES = (64, 512)  # tokens of the short prompts
KINDS = 12  # as many kinds of text are calibrated; others are judged by those of their language
_SLACK = 4  # tokens that may merge where the template and the prompt meet
_MARGIN = 0.9  # between tokenizers that differ


class Kind(NamedTuple):
    """What decides how two tokenizers go together."""

    task: str
    language: str
    tokenizer: str


class Fit(NamedTuple):
    """What a server counts for a prompt: overhead + ratio * our count."""

    overhead: float
    ratio: float
    exact: bool

    def least(self, ours: int, margin: float = _MARGIN) -> float:
        """Return the least a server may count for a whole prompt of so many of our tokens."""
        if self.exact:
            return ours + self.overhead - _SLACK
        return margin * (self.overhead + self.ratio * ours)


def fit(points: Sequence[tuple[int, int]]) -> Fit | None:
    """Return what (our count, the server's count) of two short prompts or more say."""
    known = sorted(set(points))
    if len(known) < 2:
        return None
    over = {server - ours for ours, server in known}
    if len(over) == 1 and min(over) >= 0:
        return Fit(over.pop(), 1.0, True)
    (ours, server), (more_ours, more_server) = known[0], known[-1]
    ratio = (more_server - server) / (more_ours - ours) if more_ours > ours else 1.0
    ratio = min(max(ratio, 0.2), 8.0)
    return Fit(max(0.0, server - ratio * ours), ratio, False)


@dataclass
class Calibration:
    """What is known of a model's counting on one bench.

    Attributes:
        points: of each kind (our count, the server's, None where it reports none).
        overhead: what the user says that the template adds, None: found out.
    """

    points: dict[Kind, list[tuple[int, int | None]]] = field(default_factory=dict)
    overhead: int | None = None

    def fit(self, kind: Kind) -> Fit | None:
        """Return how the server counts a kind of text, None where nothing is known."""
        if self.overhead is not None:
            return Fit(self.overhead, 1.0, True)
        found = fit(_known(self.points.get(kind, ())))
        if found is not None:
            return found
        near = [
            fit(_known(points))
            for other, points in self.points.items()
            if other.language == kind.language and other.tokenizer == kind.tokenizer
        ]
        fits = [f for f in near if f is not None]
        # of a text that was not tried, no more is said than of the one that packs best
        return min(fits, key=lambda f: f.ratio)._replace(exact=False) if fits else None

    def least(self, row: Mapping[str, Any]) -> float | None:
        """Return the least a server may count for a sample's whole prompt, None: not known."""
        found = self.fit(Kind(row["task"], row["language"], row["tokenizer"]))
        ours = row["prompt_tokens"]
        return None if found is None or ours is None else found.least(ours)

    def cut(self, row: Mapping[str, Any], seen: int | None) -> bool:
        """Say whether a server that has seen so many tokens has lost some of a sample's prompt."""
        if seen is None:
            return False
        least = self.least(row)
        return least is not None and seen < least

    @property
    def tokens(self) -> int:
        """Return the tokens that the short prompts have cost."""
        return sum(server or ours for points in self.points.values() for ours, server in points)


def _known(points: Iterable[tuple[int, int | None]]) -> list[tuple[int, int]]:
    return [(ours, server) for ours, server in points if server is not None]


def load(bench: Bench, model: str) -> Calibration | None:
    """Return what was found out about a model on a bench, None when nothing was.

    Raises:
        StoreError: the file is damaged.
    """
    path = _path(bench, model)
    if not path.is_file():
        return None
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        points = {
            Kind(p["task"], p["language"], p["tokenizer"]): [(a, b) for a, b in p["counts"]]
            for p in document["kinds"]
        }
        return Calibration(points, document["template_overhead"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"'{path}' cannot be read ({error}): remove it to ask again") from error


def save(bench: Bench, model: str, calibration: Calibration) -> None:
    """Keep what was found out beside the model's outputs."""
    kinds = [{**k._asdict(), "counts": p} for k, p in sorted(calibration.points.items())]
    document = {"template_overhead": calibration.overhead, "kinds": kinds}
    with atomic(_path(bench, model)) as temporary:
        temporary.write_text(json.dumps(document, indent=1, ensure_ascii=False), encoding="utf-8")


def _path(bench: Bench, model: str) -> Path:
    return bench.path / "outputs" / f"model={slug(model)}" / FILE


def calibrate(
    bench: Bench,
    name: str,
    traits: Traits,
    wanted: Mapping[Kind, str],
    ask: Callable[[Request], Answer],
    say: Callable[[str], None],
) -> Calibration | None:
    """Return how a model counts, asking short prompts for kinds of text that are new.

    Args:
        bench: the bench.
        name: name that the model's answers are stored under.
        traits: of the model.
        wanted: the kinds that are to be asked, each with a sample of it.
        ask: asks the model.
        say: called with a warning when a short prompt gets no answer.
    """
    if not traits.counts_tokens:
        return None
    known = load(bench, name) or Calibration()
    before = (dict(known.points), known.overhead)
    known.overhead = traits.template_overhead
    if known.overhead is None:
        for kind, text in texts(bench, wanted, known):
            points = asked_short(kind, text, traits, ask, say)
            if points:
                known.points[kind] = points
    if (known.points, known.overhead) != before:
        save(bench, name, known)
    return known


def texts(
    bench: Bench, wanted: Mapping[Kind, str], known: Calibration
) -> Iterator[tuple[Kind, str]]:
    """Yield the kinds of text that are new, as many as are calibrated, each with a text of it."""
    new = [kind for kind in wanted if kind not in known.points]
    left = set(new[: max(0, KINDS - len(known.points))])
    samples = {wanted[kind] for kind in left}
    for row in bench.prompts(["task", "language", "tokenizer"], ids=samples):
        kind = Kind(row["task"], row["language"], row["tokenizer"])
        if kind in left:
            left.remove(kind)
            yield kind, row["text"]
        if not left:
            return


def shortest(rows: Iterable[Mapping[str, Any]]) -> dict[Kind, str]:
    """Return the kinds of text of some samples, each with the id of its shortest sample."""
    best: dict[Kind, tuple[int, str]] = {}
    for row in rows:
        kind = Kind(row["task"], row["language"], row["tokenizer"])
        this = (row["prompt_tokens"], row["sample_id"])
        best[kind] = min(best.get(kind, this), this)
    return {kind: sample for kind, (_, sample) in best.items()}


def asked_short(
    kind: Kind,
    text: str,
    traits: Traits,
    ask: Callable[[Request], Answer],
    say: Callable[[str], None],
) -> list[tuple[int, int | None]]:
    """Ask the beginnings of a text: of each (our count, the server's).

    Nothing when a call fails, so that it is tried again.
    """
    out: list[tuple[int, int | None]] = []
    for ours, request in short_requests(kind, text, traits):
        found = ask(request)
        if found.error is not None:
            say(
                f"warning: a short prompt of {kind.task} gave no answer ({found.error}): whether "
                "the server cuts its prompts cannot be told"
            )
            return []
        out.append((ours, found.prompt_tokens))
    return out


def short_requests(kind: Kind, text: str, traits: Traits) -> Iterator[tuple[int, Request]]:
    """Yield requests for the beginnings of a text, each with our count of its tokens."""
    tokenizer = get_tokenizer(kind.tokenizer)
    for size in _SIZES:
        prompt = head(tokenizer, text, size)
        ours = tokenizer.count(prompt)
        yield ours, short_request(prompt, kind, ours, f"calibration {size}", traits)


def short_request(prompt: str, kind: Kind, tokens: int, what: str, traits: Traits) -> Request:
    """Return a request whose answer may have one token: only its prompt is of interest."""
    return Request(
        sample_id=what,
        prefix="",
        context=prompt,
        suffix="",
        task=kind.task,
        tokenizer=kind.tokenizer,
        # a model that reasons is given more room; it needs none here
        max_output_tokens=1 - traits.extra_output_tokens,
        prompt_tokens=tokens,
        language=kind.language,
    )
