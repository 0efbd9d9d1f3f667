"""The countdown game, its search told line by line.

Source: LongProc (arXiv:2501.05414), countdown. Kept: four numbers of 1 to 49, targets of 10 to
50, the order of the search (pairs in the order of the list, the larger number first, + - * /,
the new number to the front), what is told of each try, two worked examples, a solution in tags.

Changed: the published instances were drawn until their search happened to be as long as a level
asks; here numbers and target are chosen so that the answer has the tokens that are asked for
(`output_tokens`). The published input is two long examples and has one length; here the puzzle
stands among others and the list fills the window. The published examples leave cases out; here
the first one has a line of every kind. The rules say everything the search needs.

One right answer: the search is fixed by the rules, so that numbers and target determine every
line of it, and it ends where the target is first reached. Each puzzle of the list has a name of
its own, and all names have one length, so that none stands inside another.

Four numbers reach about 30,000 tokens; beyond that there are five, for which the published rule
gives no credit (it wants exactly three equations), and below some 350 there are three, likewise.

A right answer is within a tenth of `output_tokens`; its exact count is kept with the sample, as
`reference_tokens` among the parameters of the rule, which passes it over.

Depth: the share of the list that stands before the puzzle.
"""

from __future__ import annotations

import re

from synthctx.compose import Room
from synthctx.countdown import Search, search, told
from synthctx.generators._longproc_search import (
    own_name,
    puzzle,
    puzzles,
    reach_of_four,
    reached,
    sizes,
)
from synthctx.generators._longproc_size import OUTPUT_TOKENS, allowance, near, no_trace, recorded
from synthctx.items import items_body, put_among
from synthctx.tasks import Draft, Task, register

_RULES = """\
In the countdown game some numbers are to be joined into a target. Two numbers at a time are \
taken out of the set, joined by +, -, * or /, and the result is put back, until one number is \
left. It has to be the target. Every number is used exactly once. Below are worked examples and \
a list of puzzles; solve the one that is asked for after the list. Search for its solution in \
the order given here, and write down every step of the search.

The search:
1. Begin with the line "# Search Procedure", then one line with the numbers, the target and all \
pairs of numbers. Pairs go by the order of the set: the first number with the second, the first \
with the third, and so on, then the second with the third, and so on to the last two.
2. Take the pairs one after the other. For each one write a line "Pick two numbers", with the \
pair and the numbers that are left, in their order. Where the set has just two numbers, there is \
no choice and no such line.
3. For a pair try the four operations in this order: larger number + smaller number, larger - \
smaller, larger * smaller, larger / smaller. Write a line "Try" for each one, which ends in what \
comes of it:
   - The quotient is not a whole number: give it with one decimal and drop the branch.
   - The division is by 0: it is an invalid operation, drop the branch.
   - The result is {limit} or more: it exceeds the maximum, drop the branch.
   - There were more than two numbers: put the result in front of the numbers that are left, and \
show the new set, the target and all its pairs; of a set of two say that just two numbers are \
left. Go on with this new set at once, and come back for the next operation when all of it has \
been tried. No set is left out because it came up before.
   - There were just two numbers: evaluate whether the result is the target. If it is not, drop \
the branch; if it is, the search is over.
4. A line of the search begins with blanks and "|- ": one blank for the first "Pick" lines, and \
one more than the line above it for each line that belongs to that one.
5. Trace back the solution, the last step first, and give its equations in the order in which \
they are worked out, in <Solution> tags, one on a line.

"""
_EXAMPLE = "Example {n}: numbers {numbers}; target {target}.\n\n{answer}\n"
_LIST = "Here are the puzzles.\n"
_SUFFIX = """
Those were the puzzles.

Solve puzzle {name}. Results of {limit} or more are dropped. Write the whole search, the way \
back and the solution, in exactly the form of the examples.
"""
_EXAMPLES = (
    ((42, 7, 49, 41), 42),  # has a line of every kind
    ((16, 1, 8, 6), 15),
    ((6, 18, 26, 50), 52),
    ((36, 1, 37, 37), 38),
)
_SMALLEST = 10  # of the targets
# an estimate is so close to what is asked before it is counted; of a short search it is rough
_CLOSE, _CLOSE_SHORT, _SHORT = 0.05, 0.15, 1500
_TRIES = 400
_NEARLY_ALL = 0.75  # of a whole tree: more than that is hardly ever told


def _prefix(examples: int, limit: int) -> str:
    shown = []
    for n, (numbers, target) in enumerate(_EXAMPLES[:examples], start=1):
        found = search(numbers, target)
        if found is not None:
            listed = ", ".join(map(str, numbers))
            text = _EXAMPLE.format(n=n, numbers=listed, target=target, answer=told(found))
            shown.append(text)
    return _RULES.format(limit=limit) + "".join(shown) + _LIST


def _many(room: Room) -> int:
    """Return how many numbers a search of the asked size needs."""
    asked, given = int(room.params["output_tokens"]), room.params["numbers"]
    if given is not None:
        return int(given)
    shortest, whole = reach_of_four(room.row.tokenizer)
    if asked > _NEARLY_ALL * whole:
        return 5
    return 3 if asked < shortest else 4


def _game(room: Room) -> tuple[tuple[int, ...], int, Search, int]:
    """Return numbers and target whose answer has the asked size, the search, and that size."""
    p, asked, n = room.params, int(room.params["output_tokens"]), _many(room)
    tokens_of = sizes(room.row.tokenizer, n)
    close = _CLOSE if asked > _SHORT else _CLOSE_SHORT
    for attempt in range(_TRIES):
        stream = room.streams("evidence", attempt)
        numbers = tuple(stream.integers(1, p["largest_number"] + 1, n).tolist())
        first = reached(numbers, p["limit"], tokens_of, asked * (1 + close))
        targets = [
            target
            for target, tokens in sorted(first.items())
            if _SMALLEST <= target <= p["largest_target"] and abs(tokens - asked) <= close * asked
        ]
        if not targets or numbers in [example for example, _ in _EXAMPLES]:
            continue
        target = stream.pick(targets)
        found = search(numbers, target, p["limit"])
        if found is not None:
            tokens = room.tokenizer.count(told(found))
            if near(tokens, asked):
                return numbers, target, found, tokens
    raise no_trace(
        room, f"no search of {n} numbers is so long; change output_tokens, numbers or limit"
    )


def build(room: Room) -> Draft:
    """Choose a game by the length of its search and hide it in a list of others."""
    p = room.params
    numbers, target, _, tokens = _game(room)
    name, out = own_name(room.streams("name")), allowance(tokens)
    prefix = _prefix(p["demonstrations"], p["limit"])
    suffix = _SUFFIX.format(name=name, limit=p["limit"])
    needed = puzzle(name, numbers, target)
    size = room.line_tokens([needed])[0]
    left = room.budget(prefix, suffix, out) - size
    if left < 0:
        raise room.too_short(
            f"rules, {p['demonstrations']} demonstrations, the puzzle and an answer of {tokens:,}"
            f" tokens need {-left:,} more; raise the length or lower output_tokens"
        )
    ranges = (p["largest_number"], (_SMALLEST, p["largest_target"]))
    stock = puzzles(room.row.tokenizer, len(numbers), *ranges)
    others, other_sizes, one_more = stock.draw(room, left)
    among = put_among(others, other_sizes, [needed], [size], [room.row.depth or 0.0])
    return Draft(
        prefix=prefix,
        body=items_body(room, among, one_more),
        suffix=suffix,
        reference={"numbers": list(numbers), "target": target, "limit": p["limit"]},
        max_output_tokens=out,
        rule_params=recorded(tokens),
    )


# ---------------------------------------------------------------- a solver of its own

_ASKED = re.compile(r"^Solve puzzle (\w+)\. Results of (\d+) or more", re.MULTILINE)
_GAME = r"^Puzzle {}: numbers ([0-9, ]+); target (\d+)\.$"


class _Solver:
    """Follows the rules of the prompt; it knows nothing of how a game was made."""

    def __init__(self, target: int, limit: int) -> None:
        self.target, self.limit = target, limit
        self.lines: list[str] = []
        self.steps: list[str] = []  # of the branch that is being tried

    @staticmethod
    def _pairs(numbers: list[int]) -> list[tuple[int, int]]:
        return [(i, j) for i in range(len(numbers)) for j in range(i + 1, len(numbers))]

    def options(self, numbers: list[int]) -> str:
        shown = ", ".join(f"({numbers[i]}, {numbers[j]})" for i, j in self._pairs(numbers))
        return f"Options for choosing two numbers: [{shown}]."

    def say(self, blanks: int, text: str) -> None:
        self.lines.append(" " * blanks + "|- " + text)

    def solve(self, numbers: list[int], blanks: int) -> bool:
        for i, j in self._pairs(numbers):
            rest = [n for k, n in enumerate(numbers) if k not in (i, j)]
            if rest:
                pair = f"({numbers[i]}, {numbers[j]})"
                text = f"Pick two numbers {pair} (numbers left: {rest}). Try possible operations."
                self.say(blanks, text)
            low, high = sorted((numbers[i], numbers[j]))
            if any(self.attempt(high, s, low, rest, blanks + bool(rest)) for s in "+-*/"):
                return True
        return False

    def attempt(self, high: int, sign: str, low: int, rest: list[int], blanks: int) -> bool:
        drop = "drop this branch."
        said = f"Try {high} {sign} {low}"
        if sign == "/" and (low == 0 or high % low):
            if low == 0:
                self.say(blanks, f"{said} (invalid operation). {drop}")
            else:
                value = f"{high / low:.1f}"
                self.say(blanks, f"{said} = {value}. {value} is a decimal, {drop}")
            return False
        ways = {"+": high + low, "-": high - low, "*": high * low, "/": high // (low or 1)}
        result = ways[sign]
        said += f" = {result}."
        if result >= self.limit:
            self.say(blanks, f"{said} {result} exceeds the maximum intermediate result, {drop}")
            return False
        self.steps.append(f"{high} {sign} {low} = {result}")
        if rest:
            now = [result, *rest]
            pairs = f". {self.options(now)}" if len(now) > 2 else ", just two numbers left."
            said += f" Add {result} to the number set. Current number set: {now}"
            self.say(blanks, f"{said}, target: {self.target}{pairs}")
            right = self.solve(now, blanks + 1)
        else:
            right = result == self.target
            verdict = f"== {self.target}, target found!" if right else f"!= {self.target}, {drop}"
            self.say(blanks, f"{said} Evaluate {result} {verdict}")
        if not right:
            self.steps.pop()
        return right


def read(prompt: str) -> str:
    """Look the puzzle up in the list and search its solution as the rules say."""
    listed = prompt.rpartition(_LIST)[2]
    asked = _ASKED.search(listed, listed.rfind("\nSolve puzzle ") + 1)
    if asked is None:
        return ""
    game = re.search(_GAME.format(asked[1]), listed, re.MULTILINE)
    if game is None:
        return ""
    numbers = [int(n) for n in game[1].split(",") if n.strip()]
    solver = _Solver(int(game[2]), int(asked[2]))
    if not 2 < len(numbers) < 6 or not solver.solve(numbers, 1):
        return ""
    steps = solver.steps
    back = [f"The step before: {step}" for step in steps[-2:0:-1]]
    return "\n".join(
        [
            "# Search Procedure",
            f"Initial number set: {numbers}, target: {game[2]}. {solver.options(numbers)}",
            *solver.lines,
            "",
            "Now we have found the target, let's trace back the solution:",
            f"Final step: {steps[-1]}",
            *back,
            f"The first step: {steps[0]}",
            "",
            "Output the solution in the required format:",
            "<Solution>",
            *steps,
            "</Solution>\n",
        ]
    )


def guesses(prompt: str) -> list[str]:
    """Return the answers of the examples, and what is asked as a search of one line."""
    shown = prompt.partition(_LIST)[0]
    return [part[part.find("#") :] for part in shown.split("Example ")[1:]]


def _whole(low: int, high: int, default: int | None) -> dict[str, object]:
    kind = ["integer", "null"] if default is None else "integer"
    return {"type": kind, "minimum": low, "maximum": high, "default": default}


register(
    Task(
        id="longproc/countdown",
        version=1,
        rule="trace/countdown",
        summary="The search of a countdown game told line by line; its length is set",
        source="Ye et al. 2025 (LongProc), countdown",
        scope="one line, a puzzle",
        diffusion="by its name, in a list of puzzles of the same form",
        build=build,
        read=read,
        params={
            "output_tokens": OUTPUT_TOKENS,
            "numbers": _whole(3, 5, None),
            "largest_number": _whole(20, 200, 49),
            "largest_target": _whole(50, 1000, 50),
            "limit": _whole(500, 20_000, 2000),
            "demonstrations": _whole(1, len(_EXAMPLES), 2),
        },
        guesses=guesses,
    )
)
