r"""Text tools that rules share: folding, whole-word search, numbers, declared answers.

All of them take hostile text: no exception, and time linear in its length.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import NamedTuple


class Span(NamedTuple):
    """A piece of a text and where it lies (`text[start:end]`)."""

    text: str
    start: int
    end: int


class Number(NamedTuple):
    """A number in a text: as written, its value, and where it lies (sign included)."""

    text: str
    value: Decimal
    start: int
    end: int


# ---------------------------------------------------------------- folding

_ZERO_WIDTH = (
    "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff"
)
_FOLDED = str.maketrans(
    {
        **dict.fromkeys(_ZERO_WIDTH, None),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u300c\u300d\u300e\u300f\u2033", '"'),
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4", "'"),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212\ufe58\ufe63", "-"),
        **dict.fromkeys("\u2014\u2015", " - "),
    }
)
# Normalising is quadratic in a run of combining marks, so it is done piece by piece. An
# ASCII character composes with nothing before it: a cut in front of one changes nothing.
_PIECE = re.compile(r"[\s\S]{1,512}(?=[\x00-\x7f]|\Z)|[\s\S]{1,512}")


def fold(text: str) -> str:
    """Return the text in NFKC, without zero-width characters, quotes and dashes unified.

    A full-width digit or letter becomes the plain one, every minus and hyphen "-", every
    double quote (Chinese corner brackets too) '"'. A long dash parts words, so it gets blanks.
    """
    if text.isascii():
        return text
    text = text.translate(_FOLDED)
    return "".join(unicodedata.normalize("NFKC", piece) for piece in _PIECE.findall(text))


def lowered(text: str) -> str:
    """Return a text with its case folded, every character still at its place."""
    folded = text.casefold()
    if len(folded) == len(text):
        return folded
    return "".join(f if len(f := char.casefold()) == 1 else char for char in text)


# ---------------------------------------------------------------- words


def is_cjk(char: str) -> bool:
    """Tell whether a character belongs to a script written without blanks."""
    return (
        "\u2e80" <= char <= "\u9fff"
        or "\uac00" <= char <= "\ud7af"
        or "\uf900" <= char <= "\ufaff"
        or "\U00020000" <= char <= "\U0003ffff"
    )


def bounded_find(text: str, needle: str) -> list[int]:
    """Return the starts of all places where a needle stands as a whole word or number.

    A hyphen or an underscore between two letters or digits joins them into one word. A digit
    at the needle's edge also needs: no sign ("-7" is not 7, "item-7" is), no decimals
    ("7.5"), no further thousands group ("1,234" is not 234). A full stop at the end of a
    sentence is fine. Chinese, Japanese and Korean characters bound any word, and
    are bounded by anything. The case counts: fold it before, where it should not.
    """
    if not needle:
        return []
    found: list[int] = []
    at = text.find(needle)
    while at >= 0:
        if _free_left(text, at, needle) and _free_right(text, at + len(needle), needle):
            found.append(at)
        at = text.find(needle, at + 1)
    return found


def _wordlike(char: str) -> bool:
    return char.isalnum() and not is_cjk(char)


def _free_left(text: str, at: int, needle: str) -> bool:
    if not _wordlike(needle[0]) or at == 0:
        return True
    char = text[at - 1]
    before = text[at - 2] if at > 1 else " "
    if _wordlike(char):
        return False
    if not needle[0].isdecimal():
        return not (char in "-_" and _wordlike(before))
    if char == "-":
        return before.isalpha()
    if char == "_":
        return not _wordlike(before)
    if char == ".":
        return not (before.isdecimal() or before.isspace())
    return not (char == "," and before.isdecimal() and _digit_run(needle, 0) == 3)


def _free_right(text: str, end: int, needle: str) -> bool:
    if not _wordlike(needle[-1]) or end >= len(text):
        return True
    char = text[end]
    after = text[end + 1] if end + 1 < len(text) else " "
    if _wordlike(char):
        return False
    if not needle[-1].isdecimal():
        return not (char in "-_" and _wordlike(after))
    if char in "-_" or char == ".":
        return not after.isdecimal()
    group = needle[-4:]
    opens = not (len(group) == 4 and group.isdecimal())
    return not (char == "," and opens and _digit_run(text, end + 1) == 3)


def _digit_run(text: str, start: int) -> int:
    """Return how many digits stand at `start`, 4 for any more."""
    end = start
    while end < len(text) and end < start + 4 and text[end].isdecimal():
        end += 1
    return end - start


# ---------------------------------------------------------------- numbers

_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_MOST_DIGITS = 400  # nobody asks for a longer number, and reading one takes quadratic time


def numbers(text: str) -> list[Number]:
    """Return the numbers of a (folded) text in order.

    "1,234,567.5" is one number, "3,17,4" are three, "1.2.3" is none, and so are digits that
    touch a letter ("A3", "4f1b"). A "-" is a sign unless a letter or digit stands before it.
    """
    found: list[Number] = []
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        if end - start > _MOST_DIGITS * 2 and "," not in match[0]:
            continue
        if start and (_wordlike(text[start - 1]) or text[start - 1] == "_"):
            continue
        if end < len(text) and (_wordlike(text[end]) or text[end] == "_"):
            continue
        found += _split_number(text, match[0], start)
    return found


def _split_number(text: str, chunk: str, start: int) -> list[Number]:
    parts = [chunk]
    if len(chunk) > _MOST_DIGITS or not _GROUPED.fullmatch(chunk):
        parts = chunk.split(",")
    found: list[Number] = []
    at = start
    for part in parts:
        end = at + len(part)
        digits = part.replace(",", "")
        if len(digits) <= _MOST_DIGITS and _PLAIN.fullmatch(digits):
            first = at - 1 if _is_sign(text, at) else at
            value = Decimal(("-" if first < at else "") + digits)
            found.append(Number(text[first:end], value, first, end))
        at = end + 1
    return found


def _is_sign(text: str, at: int) -> bool:
    if at == 0 or text[at - 1] != "-":
        return False
    return at == 1 or not _wordlike(text[at - 2])


# ---------------------------------------------------------------- boxes

_BRACE = re.compile(r"\\(?:boxed|fbox)\s{0,8}\{|\\[{}]|[{}]")


def boxed_spans(text: str) -> list[Span]:
    r"""Return the contents of all `\boxed{...}` with balanced braces, in order.

    Of boxes in boxes only the outermost; a box that is never closed is none. `\fbox` and
    a blank before the brace are taken too.
    """
    opened: list[int] = []
    closed: list[tuple[int, int]] = []
    for match in _BRACE.finditer(text):
        token = match[0]
        if token == "}":
            start = opened.pop() if opened else 0
            if start > 0:
                closed.append((start, match.start()))
        elif token == "{":
            opened.append(-1)
        elif token[1] not in "{}":
            opened.append(match.end())
    outermost: list[tuple[int, int]] = []
    for start, end in reversed(closed):  # by falling end: a box inside another comes after it
        if not outermost or end < outermost[-1][0]:
            outermost.append((start, end))
    return [Span(text[start:end], start, end) for start, end in reversed(outermost)]


# ---------------------------------------------------------------- declared answers

_SAYS = r"(?:[:：=]|\b(?:is|are|was|would\s{1,3}be|should\s{1,3}be|must\s{1,3}be)\b\s{0,3}:?)"
_MARK = re.compile(
    r"\bresponse\s{0,3}[:：]|"
    r"\b(?:answers?|correction|conclusion|therefore|thus|hence)\b"
    r"[^\n.:：=!?。]{0,40}?" + _SAYS + "|"
    r"\b(?:return(?:ed)?\s{1,3}value|result|output)\b[^\n.:：=!?。]{0,40}?" + _SAYS + "|"
    r"\b(?:is|are)\s{0,3}[:：]\s{0,3}\n|"
    r"(?:答案|最终结果|结论|更正)[^\n.:：。，,]{0,20}?(?:应该是|应为|就是|是|为|[:：])|"
    r"\b答\s{0,3}[:：]|"
    r"(?:^|\n)\s{0,3}####(?!#)|"
    r"\b(?:no|wait|actually|rather|scratch that|i mean)\b[,:;.!]?\s{1,3}"
    r"(?:(?:no|wait|actually)\b[,:;.!]?\s{0,3})?"
    r"(?:(?:it|that|this)(?:'s|\s{1,3}is|\s{1,3}was|\s{1,3}should\s{1,3}be)\b|(?=[-+]?[0-9]))|"
    r"(?:不对|不，|等等|其实)[，,]?\s{0,3}(?:应该是|应为|是)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<![:：])\n|[。！？]|[.!?](?=[\s\"')\]*]|$)")
_TITLE = re.compile(r"(?:\b(?:Dr|Mr|Mrs|Ms|St|Prof|Jr|Sr|vs)|\b[A-Z]\w{1,30} [A-Z])$")
_LONGEST_SENTENCE = 2000
_WRAPPING = " \t\r\n\"'`*_.,;:!?~$()[]{}<>。，；：！？、（）【】《》"


def strip_wrapping(text: str) -> str:
    """Return a text without the quotes, brackets, markup and punctuation round it."""
    return text.strip(_WRAPPING)


def last_declaration(text: str) -> tuple[str, int] | None:
    r"""Return what follows the last explicit declaration of an answer, and where it starts.

    A declaration is "answer: x", "the final answer is x", "答案是x", "#### x" or a box; so
    is a correction ("No, wait, it is x"). What it declares runs to the end of the sentence
    or line, or is the next line that is not empty. None when there is no declaration, or
    none with something behind it.
    """
    last: tuple[str, int] | None = None
    marks = [match.end() for match in _MARK.finditer(text)]
    while marks and last is None:
        last = _sentence_from(text, marks.pop())
    box = next((b for b in reversed(boxed_spans(text)) if b.text.strip()), None)
    if box is not None and (last is None or box.end > last[1]):
        return (box.text.strip(), box.start)
    return last


def _sentence_from(text: str, start: int) -> tuple[str, int] | None:
    window = text[start : start + _LONGEST_SENTENCE]
    lead = len(window) - len(window.lstrip(" \t\r\n*_`:："))
    stop = at = lead
    while (end := _SENTENCE_END.search(window, at)) is not None:
        stop = end.start()
        if end[0] != "." or _TITLE.search(window[max(lead, stop - 40) : stop]) is None:
            break
        at = end.end()
    said = window[lead : stop if end is not None else len(window)]
    return (said.strip(), start + lead) if strip_wrapping(said) else None


# ---------------------------------------------------------------- reading an answer


class Reading(NamedTuple):
    """The part of an output that counts as its answer.

    Attributes:
        text: where to look; "" when the output is no answer.
        declared: it follows an explicit declaration.
        too_long: there is no declaration, and far more text than an answer has.
    """

    text: str
    declared: bool
    too_long: bool


_NEXT_TURN = re.compile(
    r"(?:\n|[.!?。]\s)\s{0,8}(?:#{1,4}\s|\*\*)?(?:question|context|问题)\s{0,3}[:：]", re.IGNORECASE
)


def own_turn(text: str, limit: int = 1000) -> str:
    """Return an output up to where it asks itself another question, as base models do."""
    turn = _NEXT_TURN.search(text[: 8 * limit])
    if turn is None or not strip_wrapping(text[: turn.start()]):
        return text
    return text[: turn.start() + 1]


def read_answer(text: str, limit: int = 1000, *, to_end: bool = False) -> Reading:
    """Return the part of a (folded) output that counts as its answer.

    That is what the last declaration declares (with `to_end`, all from there on: the answer
    is a list); without a declaration the whole output, if that is as short as answers are.
    An output far longer than an answer which declares nothing (the context echoed, every
    candidate named) answers nothing, and a declaration deep inside a very long one is part of
    what it echoes: the last `8 * limit` characters are searched, then the first `limit`.
    What follows once the output asks itself another question is left out. A character of a
    script without blanks counts twice.
    """
    text = own_turn(text, limit)
    declared = last_declaration(text[-8 * limit :])
    if declared is not None:
        declared = (declared[0], declared[1] + max(0, len(text) - 8 * limit))
    elif len(text) > 8 * limit:
        declared = last_declaration(text[:limit])
    if declared is not None:
        said, start = declared
        rest = text[start:] if to_end else said
        return Reading("", True, True) if _wider(rest, 3 * limit) else Reading(rest, True, False)
    return undeclared_answer(text, limit)


def undeclared_answer(text: str, limit: int = 1000) -> Reading:
    """Return a whole output as its answer, or nothing when it is longer than answers are."""
    text = own_turn(text, limit)
    if _wider(text, limit):
        return Reading("", False, True)
    return Reading(text, False, False)


def _wider(text: str, limit: int) -> bool:
    if len(text) > limit or text.isascii():
        return len(text) > limit
    return len(text) + sum(map(is_cjk, text)) > limit


_DENIAL = re.compile(
    r"(?:\b(?:not|never|neither|nor|except|instead of|rather than)|n't|不是|并非|不在|而非)"
    r"\s{0,3}(?:(?:the|a|an|in|at|one)\s{1,3}){0,2}[\"'*(]{0,3}$",
    re.IGNORECASE,
)
_OR_BEFORE = re.compile(
    r"(?:\bor\s{1,3}(?:(?:the|a|an)\s{1,3})?|或者?)[\"'*(]{0,3}$", re.IGNORECASE
)
_OR_AFTER = re.compile(r"[\"'*)]{0,3}(?:,?\s{1,3}or\s{1,3}|\s{0,3}或)(?!so\b|equal)", re.IGNORECASE)


def is_denied(text: str, start: int) -> bool:
    """Tell whether what stands at `start` is denied ("not the lantern")."""
    return _DENIAL.search(text[max(0, start - 40) : start]) is not None


def is_hedged(text: str, start: int, end: int) -> bool:
    """Tell whether the span is one of several offered ("the lantern or the compass")."""
    before = text[max(0, start - 20) : start]
    return bool(_OR_BEFORE.search(before) or _OR_AFTER.match(text[end : end + 20]))


# ---------------------------------------------------------------- verdicts

_VERDICTS = dict.fromkeys(("yes", "true", "是", "正确", "对"), True)
_VERDICTS |= dict.fromkeys(("no", "false", "否", "不是", "错误", "不正确", "不对"), False)
_VERDICT = re.compile(
    r"(?<![\w-])(?:yes|no|true|false)(?![\w-])|不是|不正确|不对|正确|错误|是(?!否)|(?<!是)否|对(?=\W|\Z)"
)
_BEFORE_VERDICT = " \t\r\n\"'`*_([{<>,.:-#"


class Verdict(NamedTuple):
    """A yes (true) or no (false), or None, why there is none, and whether both were offered."""

    value: bool | None
    why: str = ""
    ambiguous: bool = False


def stated_verdict(text: str) -> Verdict:
    """Return the verdict of a (folded) answer: yes or no, true or false, 是 or 否.

    That is the word it begins with, else the only kind of verdict in it. "Not true" is false.
    """
    lower = lowered(text)
    found = list(_VERDICT.finditer(lower))
    if not found:
        return Verdict(None, "no verdict was found")
    first = found[0]
    if is_hedged(lower, first.start(), first.end()):
        return Verdict(None, "one verdict or the other is offered", True)
    values = [_VERDICTS[m[0]] is not is_denied(lower, m.start()) for m in found]
    if len(set(values)) == 1 or not lower[: first.start()].strip(_BEFORE_VERDICT):
        return Verdict(values[0])
    return Verdict(None, "both verdicts are given", True)
