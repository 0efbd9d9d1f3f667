"""What asking a model costs: before, while and after it is asked."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from synthctx.errors import ModelError

if TYPE_CHECKING:
    from synthctx.models import Answer, Request


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of a million tokens, in whatever currency the user thinks in.

    Attributes:
        input: of the prompt.
        output: of the answer.
    """

    input: float
    output: float

    def of(self, prompt_tokens: int, output_tokens: int) -> float:
        """Return what so many tokens cost."""
        return (prompt_tokens * self.input + output_tokens * self.output) / 1e6


@dataclass(frozen=True, slots=True)
class Planned:
    """The calls of one length that are still to be made.

    Attributes:
        length: asked window.
        calls: how many.
        tokens_in: of their prompts, by the bench's tokenizer.
        tokens_out: at most, of their answers.
        cost: at most, None without prices.
    """

    length: int
    calls: int
    tokens_in: int
    tokens_out: int
    cost: float | None


def planned(
    rows: Iterable[Mapping[str, Any]], prices: Prices | None, extra_in: int, extra_out: int
) -> Iterator[Planned]:
    """Yield what calls come to, for each length and then (length 0) for all.

    Args:
        rows: of each sample its length, prompt_tokens, max_output_tokens and calls.
        prices: of the model.
        extra_in: tokens that each prompt has beyond its own.
        extra_out: room that each answer has beyond what its sample asks for.
    """
    sums: dict[int, list[int]] = {}
    for row in rows:
        calls = row["calls"]
        for key in (row["length"] or 0, -1):
            total = sums.setdefault(key, [0, 0, 0])
            total[0] += calls
            total[1] += calls * ((row["prompt_tokens"] or 0) + extra_in)
            total[2] += calls * ((row["max_output_tokens"] or 0) + extra_out)
    for key in [*sorted(k for k in sums if k >= 0), -1]:
        calls, tokens_in, tokens_out = sums.get(key, [0, 0, 0])
        cost = None if prices is None else prices.of(tokens_in, tokens_out)
        yield Planned(max(key, 0), calls, tokens_in, tokens_out, cost)


class Budget:
    """Counts what a run spends, and lets no call begin that could take it over its limit.

    Args:
        prices: of the model, None when they are not known.
        limit: what may be spent, with what was spent before; None is without limit.

    Raises:
        ModelError: a limit without prices, or one that is not positive.
    """

    def __init__(self, prices: Prices | None, limit: float | None = None) -> None:
        if limit is not None and prices is None:
            raise ModelError("a highest cost needs prices: give price_in and price_out")
        if limit is not None and not limit > 0:
            raise ModelError(f"the highest cost must be above 0, given {limit:g}")
        self.prices = prices
        self.limit = limit
        self.spent = 0.0
        self.stopped = False
        self._reserved = 0.0
        self._change = threading.Condition()

    def admit(self, request: Request, extra_out: int) -> bool:
        """Keep the most that a call can cost free; say whether there is so much.

        Calls that are under way may turn out cheaper: they are waited for.
        """
        if self.prices is None:
            return True
        most = self._most(request, extra_out)
        with self._change:
            while not self.stopped:
                if self.limit is None or self.spent + self._reserved + most <= self.limit:
                    self._reserved += most
                    return True
                if self._reserved <= 0:
                    self.stopped = True
                    break
                self._change.wait()
            self._change.notify_all()
        return False

    def settle(self, request: Request, extra_out: int, found: Answer | None) -> None:
        """Put what a call has cost in the place of what was kept free; None: it came to nothing."""
        if self.prices is None:
            return
        with self._change:
            # what is left when all is settled is rounding
            self._reserved = max(0.0, self._reserved - self._most(request, extra_out))
            if self._reserved < 1e-12:
                self._reserved = 0.0
            if found is not None:
                self.spent += self.cost(found, request.prompt_tokens)
            self._change.notify_all()

    def cost(self, found: Answer, prompt_tokens: int | None) -> float:
        """Return what an answer has cost; where a server says nothing, its letters are counted.

        Args:
            found: the answer.
            prompt_tokens: of its prompt, by the bench's tokenizer.
        """
        if self.prices is None or found.output is None:
            return 0.0
        return self.prices.of(
            found.prompt_tokens if found.prompt_tokens is not None else prompt_tokens or 0,
            found.completion_tokens
            if found.completion_tokens is not None
            else guessed_tokens(found.output, found.reasoning),
        )

    def _most(self, request: Request, extra_out: int) -> float:
        prices = self.prices or Prices(0, 0)
        return prices.of(request.prompt_tokens or 0, request.max_output_tokens + extra_out)


def guessed_tokens(output: str | None, reasoning: str | None) -> int:
    """Return about how many tokens texts are, where nobody has counted them."""
    return (len((output or "").encode()) + len((reasoning or "").encode())) // 3
