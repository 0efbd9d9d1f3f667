"""Finding out what a server really takes: its window, how it cuts, what its template adds."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from synthctx.errors import ModelError, PartlyDone
from synthctx.models import Answer, Model, Request, Settings, close, get_model, traits_of
from synthctx.streams import Streams
from synthctx.tokenizers import Tokenizer, get_tokenizer, head
from synthctx.truncation import Fit, Kind, fit, short_request

_KIND = Kind("probe", "en", "")
_SHORT = (64, 512)
_FIRST = 1024
_MARKS = 9
_ANSWER_TOKENS = 256
_REPEATS = 3
_MARGIN = 0.95  # between tokenizers that differ: the filler is alike throughout
_BEYOND = 1.6  # of the window: far enough for the cut to take several markers
_ASK = (
    "The text below holds codes of the form MARK-123456. When it ends, write down every code "
    "that you have seen, one a line, and nothing else.\n\n"
)
_ASK_AGAIN = "\n\nWrite down every code of the form MARK-123456 that stands in the text above.\n"
_CODE = re.compile(r"MARK-(\d{6})")
_OPEN = "Write five sentences about a lighthouse keeper who finds a letter.\n"


@dataclass
class Probed:
    """What a probe has found; tokens are those of the tokenizer that it was measured with.

    Attributes:
        model: who was asked.
        tokenizer: what tokens are counted by.
        calls: made in all.
        reports_tokens: whether the server says how many tokens it has seen.
        template_overhead: tokens that its template adds, None where it does not say.
        token_ratio: its tokens for one of ours.
        window: the longest prompt that was taken whole, None when even the shortest was not.
        window_server: the same by the server's own count.
        window_is_limit: False when nothing longer than `window` was tried.
        beyond: what happens above the window: "refused", "cut: head", "cut: tail",
            "cut: middle", "cut", or "" when that was not reached.
        message: what the server says when it refuses.
        repeats: whether answers at temperature 0 were the same, None when there were none.
    """

    model: str
    tokenizer: str
    calls: int = 0
    reports_tokens: bool = False
    template_overhead: int | None = None
    token_ratio: float | None = None
    window: int | None = None
    window_server: int | None = None
    window_is_limit: bool = False
    beyond: str = ""
    message: str = ""
    repeats: bool | None = None

    def rows(self) -> list[dict[str, Any]]:
        """Return the findings as rows of a small table."""
        window = "none" if self.window is None else f"{self.window} tokens"
        if self.window is not None and not self.window_is_limit:
            window = f"at least {window}"
        if self.window_server is not None:
            window += f" ({self.window_server} by the server's count)"
        unknown = "unknown: the server does not report its tokens"
        overhead = unknown if self.template_overhead is None else f"{self.template_overhead} tokens"
        if self.token_ratio is not None and abs(self.token_ratio - 1) > 0.001:
            overhead += f", and {self.token_ratio:.2f} of its tokens for one of {self.tokenizer}"
        repeats = {None: "unknown: no answer", True: "yes", False: "no"}[self.repeats]
        beyond = {"refused": f"refused: {self.message}", "": "not reached"}
        return [
            {"what": "window", "found": window},
            {"what": "longer prompts", "found": beyond.get(self.beyond, self.beyond)},
            {"what": "template overhead", "found": overhead},
            {"what": "same answers at temperature 0", "found": repeats},
            {"what": "calls", "found": str(self.calls)},
        ]


@dataclass(frozen=True)
class _Seen:
    """How one long prompt was taken."""

    whole: bool
    tokens: int
    refused: str = ""
    server: int | None = None
    marks: list[bool] = field(default_factory=list)


def probe(
    model: str,
    *,
    settings: Settings | None = None,
    tokenizer: str = "tekken",
    longest: int = 131072,
    calls: int = 40,
    say: Callable[[str], None] | None = None,
) -> Probed:
    """Find out what a model's server really takes, with a bounded number of calls.

    Args:
        model: as of `answer`.
        settings: settings of the model that go before its own.
        tokenizer: what tokens are counted by.
        longest: no longer prompt is tried.
        calls: no more calls are made.
        say: called with each step.

    Raises:
        ModelError: the model is not usable, or the numbers are too small.
        PartlyDone: the server gives no answer even to short prompts.
    """
    if calls < 12 or longest < 2 * _FIRST:
        raise ModelError(f"a probe needs at least 12 calls and {2 * _FIRST} tokens to look at")
    the_model = get_model(model, settings)
    try:
        return _Probe(the_model, model, get_tokenizer(tokenizer), longest, calls, say).run()
    finally:
        close(the_model)


class _Probe:
    def __init__(
        self,
        model: Model,
        name: str,
        tokenizer: Tokenizer,
        longest: int,
        calls: int,
        say: Callable[[str], None] | None,
    ) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._longest = longest
        self._left = calls
        self._say = say or (lambda text: None)
        self._fit: Fit | None = None
        self._text = _filler(tokenizer, longest)
        self.found = Probed(name, tokenizer.name)

    def run(self) -> Probed:
        self._short()
        self._repeat()
        self._window()
        return self.found

    def _ask(self, request: Request) -> Answer:
        self._left -= 1
        self.found.calls += 1
        return self._model.answer(request)

    def _short(self) -> None:
        """Ask short prompts: what the template adds."""
        points: list[tuple[int, int]] = []
        for size in _SHORT:
            prompt = head(self._tokenizer, self._text, size)
            ours = self._tokenizer.count(prompt)
            traits = traits_of(self._model)
            answer = self._ask(short_request(prompt, _KIND, ours, f"probe short {size}", traits))
            if answer.error is not None:
                raise PartlyDone(f"a prompt of {ours} tokens gave no answer: {answer.error}")
            if answer.prompt_tokens is not None:
                points.append((ours, answer.prompt_tokens))
        self._fit = fit(points)
        if self._fit is not None:
            self.found.reports_tokens = True
            self.found.template_overhead = round(self._fit.overhead)
            self.found.token_ratio = self._fit.ratio
            if not self._fit.exact:
                self._fit = self._fit_of_marked(self._fit)

    def _fit_of_marked(self, found: Fit) -> Fit:
        """Return how the server counts prompts with markers, whose figures are no prose."""
        prompt, _ = self._marked(_SHORT[-1])
        ours = self._tokenizer.count(prompt)
        traits = traits_of(self._model)
        answer = self._ask(short_request(prompt, _KIND, ours, "probe markers", traits))
        if answer.prompt_tokens is None:
            return found
        return found._replace(overhead=answer.prompt_tokens - found.ratio * ours)

    def _repeat(self) -> None:
        """Ask the same several times."""
        outputs = set()
        for _ in range(_REPEATS):
            answer = self._ask(self._request(_OPEN, "probe repeat", 64))
            if answer.error is not None:
                return
            outputs.add((answer.output, answer.reasoning))
        self.found.repeats = len(outputs) == 1

    def _window(self) -> None:
        """Double until a prompt is not taken whole, then halve what lies between."""
        low, high = 0, 0
        size = _FIRST
        failed: _Seen | None = None
        while not high and self._left > 2:
            seen = self._look(size)
            if seen.whole:
                low = size
                self._keep(seen)
                if size >= self._longest:
                    return
                size = min(2 * size, self._longest)
            else:
                high, failed = size, seen
        while high - low > max(16, low // 200) and self._left > 2:
            middle = (low + high) // 2
            seen = self._look(middle)
            if seen.whole:
                low = middle
                self._keep(seen)
            else:
                high, failed = middle, seen
        if failed is not None:
            self.found.window_is_limit = True
            self._beyond(low or high, failed)

    def _keep(self, seen: _Seen) -> None:
        self.found.window, self.found.window_server = seen.tokens, seen.server

    def _beyond(self, window: int, failed: _Seen) -> None:
        """See what becomes of a prompt that is clearly too long."""
        if failed.refused:
            self.found.beyond, self.found.message = "refused", failed.refused
            return
        seen = self._look(min(int(window * _BEYOND), self._longest))
        self.found.beyond = "cut" if seen.refused else _how(seen.marks)

    def _look(self, size: int) -> _Seen:
        """Ask one prompt of so many tokens with markers from its beginning to its end."""
        prompt, codes = self._marked(size)
        request = self._request(prompt, f"probe {size}", _ANSWER_TOKENS)
        tokens = request.prompt_tokens or 0
        answer = self._ask(request)
        if answer.error is not None:
            self._say(f"{size} tokens: refused: {answer.error}")
            return _Seen(False, tokens, refused=answer.error)
        got = set(_CODE.findall((answer.output or "") + (answer.reasoning or "")))
        marks = [code in got for code in codes]
        if self._fit is not None and answer.prompt_tokens is not None:
            # what the server counts is surer than what the model remembers
            whole = answer.prompt_tokens >= self._fit.least(tokens, margin=_MARGIN)
        else:
            whole = marks[0] and marks[-1] and marks[len(marks) // 2]
        self._say(f"{size} tokens: {'whole' if whole else 'cut'}, {sum(marks)}/{_MARKS} markers")
        return _Seen(whole, tokens, server=answer.prompt_tokens, marks=marks)

    def _request(self, prompt: str, what: str, room: int) -> Request:
        count = self._tokenizer.count(prompt)
        request = short_request(prompt, _KIND, count, what, traits_of(self._model))
        return replace(request, max_output_tokens=room)

    def _marked(self, size: int) -> tuple[str, list[str]]:
        """Return a prompt of just under `size` tokens, and its codes in order."""
        codes = [f"{c:06d}" for c in Streams(["probe", size])("codes").integers(0, 10**6, _MARKS)]
        fixed = _ASK + "".join(f"\nMARK-{c}\n" for c in codes) + _ASK_AGAIN
        room = size - self._tokenizer.count(fixed) - 2 * _MARKS
        text = head(self._tokenizer, self._text, max(room, 0))
        step = len(text) / (_MARKS - 1)
        parts = [_ASK]
        for number, code in enumerate(codes):
            parts.append(f"\nMARK-{code}\n")
            parts.append(text[round(number * step) : round((number + 1) * step)])
        return "".join([*parts, _ASK_AGAIN]), codes


def _how(marks: list[bool]) -> str:
    """Return how a prompt was cut, by the markers that are left."""
    if not any(marks) or all(marks):
        return "cut"
    if not marks[0] and marks[-1]:
        return "cut: head"
    if marks[0] and not marks[-1]:
        return "cut: tail"
    return "cut: middle" if marks[0] and marks[-1] else "cut"


def _filler(tokenizer: Tokenizer, tokens: int) -> str:
    """Return a text of at least so many tokens, without figures."""
    lines = []
    count = 0
    stream = Streams(["probe"])("filler")
    while count < tokens:
        words = stream.sample(_WORDS, 9)
        line = " ".join(words).capitalize() + ".\n"
        lines.append(line)
        count += tokenizer.count(line)
    return "".join(lines)


_PROSE = (
    "the harbour was quiet and a few boats lay along wall while two men spoke of weather "
    "their nets hung over rail gulls walked on stones as if they had nowhere to go "
    "someone lit lamp in window above shop where bread rope candles were sold each morning"
)
_WORDS = tuple(_PROSE.split())
