r"""How UGMathBench's published judge takes answers out of an output, and cleans them.

All of it is plain string work, in the published order. What it does to "\frac12", ".5" or "and" is
the published judge's doing.
"""

from __future__ import annotations

import re

LONGEST = 500  # characters of an answer; several of the published steps are quadratic

_PUNCTUATION = ":./,#?$\"'ки"
_TRAILING = "([{\\" + _PUNCTUATION
_LEADING = "!)]}" + _PUNCTUATION

# ---------------------------------------------------------------- the answer in an output

_IN_BOX = (
    ("\\left", ""),
    ("\\right", ""),
    ("∶", ":"),
    ("，", ","),
    ("$", ""),
    ("\\approx", "="),
    ("\\simeq", "="),
    ("\\sim", "="),
    ("^\\prime", "'"),
    ("^{\\prime}", "'"),
    ("^\\circ", ""),
    ("%", ""),
)
_IN_BOX_PATTERNS = (
    (re.compile(r"\\(?:mathrm|mathbf)\{~?([^}]*)\}"), r"\1"),
    (re.compile(r"\\text\{(.*?)\}"), r"\1"),
    (re.compile(r"\\textbf\{(.*?)\}"), r"\1"),
    (re.compile(r"frac([^{])(.)"), r"frac{\1}{\2}"),
    (re.compile(r"sqrt([^{])"), r"sqrt{\1}"),
)
_BRACE = re.compile(r"[{}]")
_FORMULA = re.compile(r"(?:\$|\\\(|\\\[)([^$]+)(?:\$|\\\(|\\\[)")
_NUMBER = re.compile(r"-?(?:\d*\.)?\d+")
_CLAUSE = re.compile(r"[,.]|!\|?")


class TooLong(Exception):
    """An answer is longer than the published steps are followed for; never leaves the rule."""


def published_answer(output: str, strict: bool) -> str:
    """Return the answer in an output, "" for none.

    The last box behind the last "herefore"; without a box what follows "answer is" or the like.
    Not `strict`, the last formula or else the last number will do.

    Raises:
        TooLong: it is longer than the cleaning is followed for.
    """
    text = output.strip().rstrip(_TRAILING + _BLANKS)
    for mark in ("herefore", "####", "# Answer"):
        if mark in text:
            text = text.rsplit(mark, 1)[1].strip()
    if "oxed{" in text:
        return _boxed(text)
    said = _announced(text)
    if said is not None:
        return said[1:-1] if said.startswith("$") and said.endswith("$") else said
    return "" if strict else _last_formula(output)


_BLANKS = " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)


def _announced(text: str) -> str | None:
    for mark in ("is the ans", "is our ans"):
        if mark in text:
            before = text.split(mark)[-2].strip()
            return _CLAUSE.split(before)[-1].strip()
    for mark in ("answer is", "answer:", "answer :"):
        if mark in text:
            return text.rsplit(mark, 1)[1].strip()
    return None


def _last_formula(output: str) -> str:
    if len(output) > 100 * LONGEST:
        raise TooLong
    formulas = _FORMULA.findall(output)
    if formulas:
        return str(formulas[-1])
    numbers = _NUMBER.findall(output.replace(",", ""))
    return str(numbers[-1]) if numbers else ""


def _boxed(text: str) -> str:
    r"""Return the content of the last `\boxed`, cleaned; of the first, where the last is no box."""
    start = text.rfind("\\boxed")
    start = text.rfind("\\fbox") if start < 0 else start
    content = None
    if start >= 0:
        end = _balance(text, start, 0)
        if end and text.startswith("\\boxed{", start):
            content = text[start + 7 : end - 1]
    first = text.find("\\boxed{")
    if content is None and first >= 0:
        end = _balance(text, first + 7, 1)
        content = text[first + 7 : end - 1] if end else None
        content = content or None
    return text if content is None else _clean_box(content)


def _balance(text: str, start: int, depth: int) -> int:
    """Return where the braces from `start` on are balanced, 0 for never."""
    for brace in _BRACE.finditer(text, start):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return brace.end()
    return 0


def _clean_box(content: str) -> str:
    if len(content) > 10 * LONGEST:
        raise TooLong
    for old, new in _IN_BOX:
        content = content.replace(old, new)
    for pattern, replacement in _IN_BOX_PATTERNS:
        content = pattern.sub(replacement, content)
    return content.strip().strip("$").strip()


def split_list(text: str) -> list[str]:
    """Split at commas outside of brackets; a closing bracket without an opening one counts too."""
    for command, bracket in (("\\{", "("), ("\\}", ")"), ("\\rangle", ")"), ("\\langle", "(")):
        text = text.replace(command, bracket)
    pieces: list[str] = []
    depth = start = 0
    for match in _SPLITTER.finditer(text):
        if match[0] in "([<":
            depth += 1
        elif match[0] != ",":
            depth -= 1
        elif depth == 0:
            pieces.append(text[start : match.start()])
            start = match.end()
    if start < len(text):
        pieces.append(text[start:])
    return [piece.strip().strip("$").strip() for piece in pieces]


_SPLITTER = re.compile(r"[(\[<)\]>,]")


# ---------------------------------------------------------------- cleaning one answer


def clean(text: str) -> str:
    """Take punctuation off both ends: the point of ".5" too."""
    return text.strip().lstrip(_LEADING + _BLANKS).rstrip(_TRAILING + _BLANKS)


def normal_answer(text: str, kind: str) -> str:
    """Return an answer as the published judge compares it.

    Raises:
        TooLong: it is longer than the cleaning is followed for.
    """
    if kind in ("MCS", "MCM", "OE") or not text:
        return text
    if len(text) > LONGEST:
        raise TooLong
    if text[0] == "(" and text[-1] == ")" and kind in ("OL", "UOL"):
        items = split_list(text.strip("()"))
    elif text[0] == "{" and text[-1] == "}":
        items = split_list(text.strip("{}"))
    else:
        items = split_list(text)
    cleaned = [_normal_item(item.replace("\n", ""), kind) for item in items]
    return cleaned[0] if len(cleaned) == 1 else "(" + ", ".join(cleaned) + ")"


def _normal_item(item: str, kind: str) -> str:
    item = clean(item)
    truth = _boolean(item) if kind == "TF" else None
    return truth or _weekday(item) or _normal_formula(item)


def _boolean(text: str) -> str | None:
    if text in ("T", "Y"):
        return "True"
    if text in ("F", "N"):
        return "False"
    words = text.lower().strip().replace("noindent", "").split(" ")
    if "yes" in words or "true" in words:
        return "True"
    return "False" if "no" in words or "false" in words else None


_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _weekday(text: str) -> str | None:
    """Return the day a word begins like: "monotone" is Monday."""
    word = text.lower().strip()
    if " " in word:
        return None
    return next((day for day in _WEEKDAYS if word.startswith(day[:3].lower())), None)


_REMOVED = [
    *(
        "\n",
        "\t",
        "approximately",
        "'",
        '"',
        "\\$",
        "$",
        "￥",
        "£",
        "€",
        "{,}",
        "\\!",
        "\\,",
        "\\:",
    ),
    *("\\;", "\\quad", "\\qquad", "\\space", "\\thinspace", "\\medspace", "\\thickspace", "~,"),
    *("\\ ", "\\\\%", "\\%", "%", "\\left", "\\right", "^{\\circ}", "^\\circ"),
]
_REPLACED = {
    "∪": "\\cup",
    "U": "\\cup",
    "π": "\\pi",
    "∞": "\\infty",
    "∈": "\\in",
    "∩": "\\cap",
    "−": "-",
    "\\item": ",",
    "and": ",",
    ";": ",",
    "infinity": "\\infty",
    "+\\infty": "\\infty",
    "tfrac": "frac",
    "dfrac": "frac",
    "\\approx": "=",
    "\\times": "*",
    "\\cdot": "*",
    "{.": "{0.",
    " .": " 0.",
    ":": "/",
}
_STYLES = [
    *("textbf", "textit", "textsl", "texttt", "textsc", "textsf", "textrm", "mathrm", "mathbf"),
    *("mathit", "mathsf", "mathtt", "mathbb", "mathcal", "mathscr", "mathfrak", "bm", "em", "emph"),
    *("underline", "overline", "tiny", "scriptsize", "footnotesize", "small", "normalsize"),
    *("large", "Large", "LARGE", "huge", "Huge", "newline", "par", "noindent", "indent"),
    *("footnote", "cite", "ref", "label", "textsuperscript", "textsubscript", "text", "mbox"),
    "renewcommand{\\arraystretch}",
]
_ENVIRONMENTS = ["align", "align*", "center", "flushleft", "flushright"]
_ENVIRONMENTS += ["itemize", "enumerate", "description"]
_INVERSES = ["sin", "cos", "tan", "sec", "csc", "cot"]
_INVERSES += [f"{name}h" for name in _INVERSES]
_FUNCTIONS = "sin|cos|tan|cot|sec|csc|sinh|cosh|tanh|coth|sech|csch|log|ln|exp|" + "|".join(
    f"arc{name}" for name in [*_INVERSES[:6], *_INVERSES[6:]]
)
_UNITS = (
    "hour minute min sec s second day week month year meter mile kg mg g t ton nm pm um μm m cm mm "
    "dm km kilometer inch feet ft piece bit hz Hz m/s km/s m/(min^2) billion eV V C s rad rad/min "
    r"in cm^3 V/h m^2 L/min mi/hr lb a\.?m\.? (?<!\\)p\.?m\.?"
)
_UNIT_PATTERNS = [re.compile(rf"([-\d.*^{{}}]+){unit}e?s?$") for unit in _UNITS.split(" ")]
_TURN = r"{\1*\\frac{\\pi}{180}}"
_STEPS = [
    (re.compile(r"^(\d+) ?\^?\\?circ$"), r"\1"),
    (re.compile(r"(\d+) ?\^?\\?circ"), _TURN),
]
_FUNCTION_STEPS = [
    (re.compile(rf"(?<!\\)(pi\b|{_FUNCTIONS})"), r"\\\1"),
    (re.compile(rf"\\?({_FUNCTIONS})\^(\d+)"), r"\\\1^{\2}"),
    (re.compile(rf"\\?({_FUNCTIONS})(?!\^)"), r"\\\1^{1}"),
    (re.compile(r"{[a-z]?matrix}"), "{array}"),
    (re.compile(r"\\begin{array}{[lcr]*}"), r"\\begin{array}{}"),
]
_ZERO_DECIMALS = [(re.compile(r"(\d+)\.0+([^\d])"), r"\1\2"), (re.compile(r"(\d+)\.0+$"), r"\1")]
_SET = re.compile(r"[^a-z]or(?:x|[^a-z])")
_SQRT_STEPS = [
    (re.compile(r"\\?sqrt[({\[](\w+)[)}\]]"), r"\\sqrt{\1}"),
    (re.compile(r"\\?sqrt\s*(\d+)"), r"\\sqrt{\1}"),
]
_SLASH = re.compile(r"(\b\d+\..*|sqrt\(.*?\))/(\d+\..*|sqrt\(.*?\)\b)")
_GREEK = (
    "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|omicron|pi|rho|sigma|"
    "tau|upsilon|phi|chi|psi|omega|sin|cos|sec|csc|tan|cot|sinh|cosh|sech|csch|tanh|coth|log|ln|exp"
)
_NAME_OF = re.compile(
    rf"^([a-z]|[A-Z]{{2}}|\\?({_GREEK}))\^?{{?-?('|\\prime|\d)*}}?(\(-?([\d.]+|[a-z])?\))?$"
)
_PLUS_MINUS = re.compile(r"([\w.\\{}+\-*^]+?)(?:\\pm|\\mp)([\w.\\{}+\-*^]+)")
_SPELT = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
)
_IN_DIGITS = {word: str(value) for value, word in enumerate(_SPELT.split(" "), 1)}
_BRACKETS = {"\\(": "\\)", "\\[": "\\]", "\\{": "\\}", "(": ")", "[": "]", "{": "}"}


def _sub_all(steps: list[tuple[re.Pattern[str], str]], text: str) -> str:
    for pattern, replacement in steps:
        text = pattern.sub(replacement, text)
    return text


def _normal_formula(text: str) -> str:
    text = clean(text)
    for part in _REMOVED:
        text = text.replace(part, "")
    for old, new in _REPLACED.items():
        text = text.replace(old, new)
    if "\\infty" not in text:
        text = text.replace("inf", "\\infty")
    text = text.replace(" ", "")
    for style in _STYLES:
        text = _without_command(text, f"\\{style}")
    for name in _ENVIRONMENTS:
        text = text.replace(f"\\begin{{{name}}}", "").replace(f"\\end{{{name}}}", "")
    text = _sub_all(_STEPS, text.replace("rad", ""))
    for name in _INVERSES:
        text = text.replace(f"a{name}", f"arc{name}")
    text = _sub_all(_FUNCTION_STEPS, text)
    if "\\begin{array}" not in text:
        text = text.replace("\\\\", "")
    if "j" in text and "i" not in text:
        text = text.replace("j", "i")
    text = _sub_all(_ZERO_DECIMALS, text)
    for unit in _UNIT_PATTERNS:
        text = unit.sub(r"\1", text)
    return _normal_parts(f"0{text}" if text[:1] == "." else text) if text else text


def _without_command(text: str, command: str) -> str:
    """Take the first use of a command off, with the braces of its argument."""
    at = text.find(command)
    if at < 0:
        return text
    before, after = text[:at].strip(), text[at + len(command) :].strip()
    if after.startswith("{"):
        start, end = _first_pair(after, "{")
        if end >= 0:
            after = after[:start] + after[start + 1 : end] + after[end + 1 :]
    elif before.endswith("{") and "}" in after:
        before, after = before[:-1], after.replace("}", "", 1)
    return before + after


def _first_pair(text: str, left: str) -> tuple[int, int]:
    """Return where the first bracket of a kind opens and closes, -1 for never."""
    start = text.find(left)
    right, depth = _BRACKETS[left], 0
    for at in range(max(start, 0), len(text) if start >= 0 else 0):
        if text.startswith(left, at):
            depth += 1
        elif text.startswith(right, at):
            depth -= 1
        if depth == 0:
            return start, at
    return start, -1


def _without_brackets(text: str) -> str:
    """Take brackets round the whole text off, of every kind."""
    done = False
    while not done:
        done = True
        for left in _BRACKETS:
            start, end = _first_pair(text, left)
            if start == 0 and end == len(text) - len(left):
                text, done = text[len(left) : -len(left)], False
    return text


def _normal_parts(text: str) -> str:
    braces = (text.startswith("{") and text.endswith("}")) or (
        text.startswith("\\{") and text.endswith("\\}")
    )
    parts = [text]
    if braces or _SET.search(text):
        inner = _without_brackets(text).replace("or", ",").split(",")
        parts = sorted({part.strip() for part in inner})
    text = ",".join(map(_normal_part, parts))
    if "," not in text:
        text = _without_brackets(text)
    text = clean(re.sub(r"\\mid([a-z])", r"\\mid \1", _IN_DIGITS.get(text, text)))
    for sign in "<>":
        parted = any(mark in text.lower() for mark in (",", "and", "or"))
        if text.count(sign) > 1 and not parted:
            text = text.replace(sign, ",")
    return text


def _normal_part(text: str) -> str:
    text = _sub_all(_SQRT_STEPS, text)
    text = _braced_fractions(f"\\{text}" if text.startswith("frac") else text)
    text = _SLASH.sub(lambda m: f"\\frac{{{m[1]}}}{{{m[2]}}}", text)
    text = re.sub(r"^[a-z]\\in", "", text)
    if "," not in text:
        text = _without_brackets(text)
    if "\\begin{array}" not in text:
        text = _right_side(text)
    if "\\pm" in text or "\\mp" in text:
        bare = _without_brackets(text)
        parted = _PLUS_MINUS.sub(r"\1-\2,\1+\2", bare)
        text = text if parted == bare else parted
    return re.sub(r"^0+([1-9])", r"\1", text)


def _right_side(text: str) -> str:
    """Drop all but the last of equal terms, unless it is an equation between two others."""
    sides = text.split("=")
    if len(sides) > 2:
        sides = sides[-1:]
    if len(sides) == 2 and _NAME_OF.match(sides[0].strip()):
        sides = sides[1:]
    if len(sides) == 2 and not re.search("[a-zA-Z]", sides[0]):
        sides = sides[1:]
    return "=".join(sides)


def _braced_fractions(text: str) -> str:
    head, *rest = text.split("\\frac")
    pieces = [head]
    for part in rest:
        if not part.startswith("{"):
            if len(part) < 2:
                return text
            below = part[1:] if part[1] == "{" else f"{{{part[1]}}}{part[2:]}"
            part = f"{{{part[0]}}}{below}"
        pieces.append(part)
    return "\\frac".join(pieces)
