"""The rule for a search told step by step: LongProc's countdown."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from itertools import islice
from typing import Any, NamedTuple

from synthctx.countdown import (
    FEWEST_NUMBERS,
    HEADER,
    LIMIT,
    MOST_NUMBERS,
    SIGNS,
    Equation,
    Search,
    joined,
    search,
)
from synthctx.errors import ScoreError
from synthctx.rules import Grade, Params, rule, unreadable
from synthctx.scorers._trace import (
    Published,
    last_start,
    published_block,
    tag_pattern,
    tagged_blocks,
)
from synthctx.steps import compare_steps
from synthctx.text import fold


class Game(NamedTuple):
    """The numbers, the target, the first number too large, and the right search."""

    numbers: tuple[int, ...]
    target: int
    limit: int
    found: Search


# ---------------------------------------------------------------- the published rule

# The published rule hands the left side of an equation to Python. What is no arithmetic of
# numbers would raise there, or do whatever it says: there is no figure for it.
_ARITHMETIC = re.compile(r"[0-9_+\-*/%(). \t]{1,100}")


class _Raises(Exception):
    """The published rule stops the run here."""


def _python_value(text: str) -> float:
    if not _ARITHMETIC.fullmatch(text):
        raise _Raises
    try:
        return _reckoned(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, ArithmeticError, RecursionError, MemoryError):
        raise _Raises from None


def _reckoned(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    if isinstance(node, ast.UnaryOp):
        value = _reckoned(node.operand)
        return -value if isinstance(node.op, ast.USub) else value
    if not isinstance(node, ast.BinOp):
        raise _Raises
    left, right = _reckoned(node.left), _reckoned(node.right)
    match node.op:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Div():
            return left / right
        case ast.FloorDiv():
            return left // right
        case ast.Mod():
            return left % right
    return 0.0  # a power: two signs in a row, which the rule cannot read whatever it gives


def _published_equation(line: str) -> tuple[int, int, int] | None:
    """Return the two numbers and the result of a right equation, None for any other line."""
    sides = line.strip().split("=")
    if len(sides) != 2:
        return None
    value = _python_value(sides[0].partition("#")[0])
    sign = next((sign for sign in SIGNS if sign in sides[0]), None)
    parts = [] if sign is None else sides[0].split(sign)
    if len(parts) != 2:
        return None
    try:
        result = int(sides[1])
        return (int(parts[0]), int(parts[1]), result) if value == result else None
    except ValueError:
        return None


def _published_solution(solution: str, game: Game) -> bool:
    lines, numbers = solution.split("\n", 3), list(game.numbers)
    if len(lines) != 3:
        return False
    for line in lines:
        equation = _published_equation(line)
        if equation is None:
            return False
        for number in equation[:2]:
            if number not in numbers:
                return False
            numbers.remove(number)
        numbers.append(equation[2])
    return numbers[0] == game.target


def _published_progress(output: str, lines: tuple[str, ...]) -> float:
    """Return the partial accuracy: the place of the last line compared, over all but the first."""
    _, header, procedure = output.rpartition(HEADER)
    said = procedure.strip().split("\n", len(lines))
    if not header or said[0] != lines[0]:
        return 0.0
    at = -1
    for ours, right in islice(zip(said, lines, strict=False), 1, None):
        at += 1
        if ours != right and not _same_action(ours, right):
            break
    return at / (len(lines) - 1)


def _same_action(ours: str, right: str) -> bool:
    """Tell whether a line tries the same and drops it, or not, as the right one does."""
    if "|- Try" not in right or ours.split("=", 1)[0] != right.split("=", 1)[0]:
        return False
    return ("drop this branch" in ours) == ("drop this branch" in right)


def _published_score(output: str, game: Game) -> Published | None:
    """Return the published figures, None where the published scorer raises."""
    solution = published_block(output, "Solution")
    try:
        if solution is not None and _published_solution(solution, game):
            return Published(1.0, 1.0, 1.0)
    except _Raises:
        return None
    progress = _published_progress(output, game.found.lines)
    return Published(0.0, progress, float(solution is not None))


# ---------------------------------------------------------------- the strict rule

_TAG = tag_pattern("solution")
_PIECE = re.compile(r"(?:[^\n|]|\|(?!-))+")  # a line, or what stands between two "|-"
_BEFORE = " \t\r|>#*+-•`0123456789.)"  # indentation, bullet, number in a list
_STEP = re.compile(r"initial number set\b|pick two numbers\b|try(?=[ (]{1,3}-?[0-9])")
_INITIAL = "initial"
_TOKEN = re.compile(
    r"[0-9]+(?:\.[0-9]+)?|!=|[-+*/](?= ?\(?[0-9])|n't\b|"
    r"\b(?:not?\b|add|decimal|exceed|invalid|drop|found)"
)
_SIGNS = str.maketrans({"×": "*", "·": "*", "÷": "/", "≠": "!="})
_EQUATION = re.compile(
    r"\(?([0-9]{1,9}) ?([-+*/]) ?([0-9]{1,9})\)? ?= ?([0-9]{1,9})(?:[.,;! (][^0-9=+*/-]{0,80})?"
)
_EQUATIONS_END = re.compile(r"[\n;,]")
_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_LABEL = re.compile(r"\A[^=:]{0,60}:")
_BULLET = re.compile(r"\A(?:[-•*+] |\(?[0-9]{1,2}[.)] )")
_MARKUP = " *_`$'\""
_LONGEST = 1000  # of a line

Line = Equation | str  # of a solution; a text where it is no equation


def _plain(output: str) -> str:
    return fold(output).translate(_SIGNS).replace("**", " ").casefold()


def _bare(line: str) -> str:
    """Return a line without what may stand round a step."""
    return line[:_LONGEST].lstrip(_BEFORE).rstrip()


def _spelt(step: str) -> tuple[str, ...]:
    """Return a step as it is compared: what is done, with all its numbers and signs."""
    return (step[:3], *_TOKEN.findall(step))


def read_procedure(text: str) -> tuple[list[str], int]:
    """Return the steps of the last search a (plain) text tells, and where they end."""
    steps: list[str] = []
    end = 0
    for piece in _PIECE.finditer(text):
        step = _bare(piece[0])
        if _STEP.match(step):
            steps.append(step)
            end = piece.end()
    return steps[last_start([step.startswith(_INITIAL) for step in steps]) :], end


def _line(text: str) -> Line:
    words = " ".join(text[:_LONGEST].split()).strip(_MARKUP)
    match = _EQUATION.fullmatch(_BULLET.sub("", words, count=1).strip(_MARKUP))
    if match is None:
        return words
    return Equation(int(match[1]), match[2], int(match[3]), int(match[4]))


def _equations(block: str) -> list[Line]:
    """Return the lines of a tagged block that say an equation; a label may stand before one."""
    parts = _EQUATIONS_END.split(_THOUSANDS.sub("", block))
    return [_line(_LABEL.sub("", part, count=1)) for part in parts if "=" in part]


def read_solution(text: str, procedure_end: int) -> tuple[list[Line], bool]:
    """Return the solution of a (plain) text, and whether an earlier block had another one.

    The last tagged block with an equation in it, closed or not; without one, the lines after
    the procedure that are an equation and nothing else.
    """
    blocks = [_equations(block.text) for block in tagged_blocks(text, _TAG)]
    said = [lines for lines in blocks if any(isinstance(line, Equation) for line in lines)]
    if said:
        clean = {tuple(s) for s in said if all(isinstance(line, Equation) for line in s)}
        return said[-1], len(clean) > 1
    rest = _EQUATIONS_END.split(_THOUSANDS.sub("", text[procedure_end:]))
    lines = [_line(part) for part in rest if "=" in part]
    return [line for line in lines if isinstance(line, Equation)], False


def fault(solution: list[Line], game: Game) -> str:
    """Return what is wrong with a solution by the rules of the game, "" when it is right."""
    wanted = len(game.numbers) - 1
    if len(solution) != wanted:
        return f"it has {len(solution)} equations, expected {wanted}"
    numbers = list(game.numbers)
    for line in solution:
        if isinstance(line, str):
            return f"'{line[:80]}' is no equation of two whole numbers"
        for number in (line.first, line.second):
            if number not in numbers:
                return f"{line}: there is no {number} left"
            numbers.remove(number)
        result = joined(line.first, line.sign, line.second)
        if result != line.result:
            return f"{line} is wrong"
        if not 0 <= result < game.limit:
            return f"{line}: the result is out of bounds"
        numbers.append(result)
    return "" if numbers == [game.target] else f"it ends at {numbers[0]}, not {game.target}"


def _same(solution: list[Line], found: tuple[Equation, ...]) -> bool:
    ours = [line.unordered for line in solution if isinstance(line, Equation)]
    return len(ours) == len(solution) and ours == [line.unordered for line in found]


def _whole(value: Any) -> bool:
    return type(value) is int and 0 <= value < 10**6


def _reference(value: Any) -> Game:
    given: dict[str, Any] = value if isinstance(value, dict) else {}
    numbers: Any = given.get("numbers")
    target: Any = given.get("target")
    limit: Any = given.get("limit", LIMIT)
    good = isinstance(numbers, list | tuple) and all(map(_whole, numbers))
    if not good or not _whole(target) or not _whole(limit):
        raise ScoreError(
            "rule trace/countdown: the reference must hold numbers (a list), target and, if need "
            f"be, limit, all of them whole and none negative; got {str(value)[:200]!r}"
        )
    if not FEWEST_NUMBERS <= len(numbers) <= MOST_NUMBERS:
        raise ScoreError(
            f"rule trace/countdown: the reference has {len(numbers)} numbers, allowed: "
            f"{FEWEST_NUMBERS} to {MOST_NUMBERS}"
        )
    found = search(tuple(numbers), target, limit)
    if found is None:
        raise ScoreError(f"rule trace/countdown: {target} cannot be reached from {numbers}")
    return Game(tuple(numbers), target, limit, found)


_PUBLISHED = 4  # numbers of every published puzzle


@rule(
    "trace/countdown",
    3,
    source="LongProc (arXiv:2501.05414), countdown_evaluator.py and longproc_data.py",
    extracts="the steps of the last search told; the equations of the last block in <Solution> "
    "tags, closed or not",
    compares="step by step what is tried, its result and what follows; the solution by the rules",
)
def trace_countdown(output: str, reference: Any, params: Params) -> Grade:
    """Whether a target is searched step by step in the fixed order, and reached.

    Reference: `numbers` (three to five), `target` and, if it is not 2000, `limit`, the first
    number too large for a result. The search is `synthctx.countdown`'s. No params.

    The paper score is LongProc's accuracy: between the first `<Solution>` and the first
    `</Solution>` stand exactly three lines that lead to the target, whether or not anything was
    searched. Negative results and results above 2000 pass; an empty line between, a tag
    named in the prose or a block cut off fail. The left side of each line is run as Python:
    code, words, "x" for "*" or a division by zero end the published run, and the score does not
    exist; nor does it for other than four numbers, whose solution has not three lines.
    Metric `paper_partial_accuracy` is the index of the last line compared over the number of
    lines: (n-1)/n for the whole search, -1/n for its first line alone; results in it are
    not looked at, the blanks in the first line are. `paper_extraction_rate` is 1 as soon as
    both tags occur.

    The strict score is 1 when the whole search is told (each step once, in order, with every
    number in it) and a solution is given that keeps to the rules; else 0. A solution alone earns
    metric `solution`, and `as_found` when it is the one the search ends with. The search
    counts from where it was last begun; case, indentation, bullets and the words round
    the numbers do not count, nor does the way back told between search and solution.
    Further metrics: `first_error_step`, `progress`, `steps`, `in_order`.
    """
    game = _reference(reference)
    published = _published_score(output, game) if len(game.numbers) == _PUBLISHED else None
    text = _plain(output)
    told, end = read_procedure(text)
    solution, ambiguous = read_solution(text, end)
    asked = game.found.lines
    steps = compare_steps(
        list(map(_spelt, told)), [_spelt(_bare(line).casefold()) for line in asked]
    )
    wrong = fault(solution, game) if solution else "there is none"
    metrics = {
        **({} if published is None else published.companions),
        **steps.metrics,
        "solution": float(not wrong),
        "as_found": float(_same(solution, game.found.solution)),
    }
    paper = None if published is None else published.accuracy
    if not told and not solution:
        return replace(unreadable("no step and no solution is told", paper=paper), metrics=metrics)
    why = steps.explanation
    at = steps.first_error
    if at < min(len(told), len(asked)):
        why += f"; step {at + 1} is '{told[at][:120]}', expected '{asked[at].strip()[:120]}'"
    why += f"; the solution is wrong: {wrong}" if wrong else "; the solution is right"
    said = "\n".join(map(str, solution[:10])) or "\n".join(told[:10])
    flags = ("ambiguous",) if ambiguous else ()
    return Grade(float(steps.exact and not wrong), paper, metrics, said[:500], why, flags)
