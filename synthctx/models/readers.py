"""Built-in readers: baselines that need no weights and see only the prompt.

They use a task's own solver on what they keep of the prompt, so they say what truncation or
retrieval alone would reach on a test. They never see the reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from synthctx.errors import ModelError, SuiteError
from synthctx.models import MODELS, Answer, Model, Request, Settings, setting
from synthctx.suite import parse_length
from synthctx.tasks import get_task
from synthctx.tokenizers import get_tokenizer, head, tail

Cut = Callable[[Request], str]


@dataclass(frozen=True)
class Reader:
    """A reader: cuts the prompt in its own way, then solves what is left."""

    cut: Cut

    def answer(self, request: Request) -> Answer:
        """Answer with the task's solver on the cut prompt."""
        kept = self.cut(request)
        output = get_task(request.task).read(kept)
        count = get_tokenizer(request.tokenizer).count
        return Answer(output, prompt_tokens=count(kept), completion_tokens=count(output))


@dataclass(frozen=True)
class Constant:
    """Always gives the same answer."""

    text: str

    def answer(self, request: Request) -> Answer:
        """Return the constant."""
        return Answer(self.text)


def _window(tokens: int) -> Cut:
    return lambda r: tail(get_tokenizer(r.tokenizer), r.prompt, tokens)


def _ends(tokens: int) -> Cut:
    def cut(request: Request) -> str:
        tokenizer = get_tokenizer(request.tokenizer)
        if tokenizer.count(request.prompt) <= tokens:
            return request.prompt
        front = head(tokenizer, request.prompt, tokens // 2)
        return front + "\n" + tail(tokenizer, request.prompt, tokens - tokens // 2)

    return cut


_CHUNK = 600  # characters
_BREAK = re.compile(r"(?<=\n)|(?<=[.!?])(?=\s)|(?<=[。！？])")


def chunks(text: str, size: int = _CHUNK) -> list[str]:
    """Cut a text into runs of whole lines or sentences of no more than `size` characters.

    What is longer, such as a record of many items on one line, is cut at commas or blanks.
    """
    out: list[str] = []
    current = ""
    for part in _BREAK.split(text):
        while len(current) + len(part) > size:
            if current:
                out.append(current)
                current = ""
                continue
            end = _cut(part, size)
            out.append(part[:end])
            part = part[end:]
        current += part
    return [*out, current] if current else out


def _cut(part: str, size: int) -> int:
    """Return where a part that is too long is cut, so that the first piece has `size` at most."""
    for mark in (", ", " ", ",", "，"):
        at = part.rfind(mark, size // 2, size)
        if at >= 0:
            return at + len(mark)
    return size


def _retrieval(k: int) -> Cut:
    def cut(request: Request) -> str:
        from sklearn.feature_extraction.text import TfidfVectorizer

        pieces = chunks(request.context)
        if len(pieces) <= k:
            return request.prompt
        # character n-grams serve Chinese, codes and names alike
        vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
        matrix = vectors.fit_transform(pieces)
        similarity = (matrix @ vectors.transform([request.suffix]).T).toarray().ravel()
        best = sorted(sorted(range(len(pieces)), key=lambda i: (-similarity[i], i))[:k])
        return request.prefix + "\n".join(pieces[i] for i in best) + request.suffix

    return cut


def _tokens(name: str, text: str) -> int:
    try:
        return parse_length(text)
    except SuiteError as error:
        raise ModelError(f"model 'reader:{name}': {error}") from error


def reader(what: str, settings: Settings) -> Model:
    """Baselines without weights: full, window?tokens=N, ends?tokens=N, retrieval?k=N, none.

    Raises:
        ModelError: there is no such reader, or a setting is not its own.
    """
    model = f"reader:{what}"
    if what == "full":
        setting(settings, {}, model)
        return Reader(lambda request: request.prompt)
    if what == "none":
        setting(settings, {}, model)
        return Reader(lambda request: request.prefix + request.suffix)
    if what in ("window", "ends"):
        tokens = _tokens(what, setting(settings, {"tokens": "8k"}, model)["tokens"])
        return Reader(_window(tokens) if what == "window" else _ends(tokens))
    if what == "retrieval":
        k = setting(settings, {"k": "8"}, model)["k"]
        if not k.isdigit() or int(k) < 1:
            raise ModelError(
                f"model 'reader:retrieval': k must be a whole number from 1, given {k!r}"
            )
        return Reader(_retrieval(int(k)))
    if what == "constant":
        return Constant(setting(settings, {"text": "I do not know."}, model)["text"])
    raise ModelError(
        f"unknown reader '{what}'. Allowed: full, window?tokens=N, ends?tokens=N, "
        "retrieval?k=N, none, constant?text=T"
    )


MODELS.add("reader", reader)
