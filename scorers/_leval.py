"""What L-Eval's published scripts take out of an output, and how they compare it."""

from __future__ import annotations

import re
from string import punctuation

OPTIONS = "ABCD"
PARTLY = 0.25
FACT_MARK = "[fact:"

# ---------------------------------------------------------------- the published comparison

_PUNCTUATION = str.maketrans(dict.fromkeys(punctuation))
_ARTICLE = re.compile(r"\b(?:a|an|the)\b")


def normal(text: str) -> str:
    """Return a text without punctuation and lower-case articles; its case is kept."""
    return " ".join(_ARTICLE.sub(" ", text.translate(_PUNCTUATION)).split())


def published_match(said: str, gold: str) -> float:
    """Return the published figure of an answer: 1, 0, or 0.25 for a part of the right options.

    A gold of nothing but the letters A to D is compared as options, any other by value where
    both are numbers for Python, else by containment without case and blanks.
    """
    options = normal(gold)
    if set(options) <= set(OPTIONS):
        plain = normal(said)
        return 1.0 if plain == options else PARTLY * (set(plain) <= set(options))
    try:
        return float(float(said) == float(gold))
    except ValueError:
        return float(gold.lower().replace(" ", "") in said.lower().replace(" ", ""))


# ---------------------------------------------------------------- options

_LEADING_OPTION = re.compile(r"[A-D](?=[\s.)])")


def published_options(output: str, several: bool) -> str:
    """Return the options that the published script reads; "A" where it finds none.

    An output that is a part of "ABCD" is taken as it is. With one right option it is the first
    capital A to D anywhere; else the run of them at the start, or with one alone there all
    that a blank, full stop or bracket follows.
    """
    if not output.strip():
        return "None"
    if output in OPTIONS:
        return output
    if not several:
        first = next((char for char in output if char in OPTIONS), None)
        if first is not None:
            return first
    lead = output[: len(output) - len(output.lstrip(OPTIONS))]
    if len(lead) > 1:
        return "".join(sorted(set(lead)))
    rest = output[len(lead) :].split("Question", 1)[0]
    found = "".join(sorted({*lead, *_LEADING_OPTION.findall(rest)}))
    return found or _first_run(rest) or "A"


def _first_run(text: str) -> str:
    """Return the first run of letters A to D of a text, as it is."""
    start = next((i for i, char in enumerate(text) if char in OPTIONS), len(text))
    tail = text[start:]
    return tail[: len(tail) - len(tail.lstrip(OPTIONS))]


# ---------------------------------------------------------------- a number

_ANSWER_IS = re.compile(r"The answer is (\S+)")


def published_digits(text: str) -> str:
    """Return the digits that the published script reads as the number of a text.

    They are those of the word behind "The answer is", else of the last word of the first
    paragraph with a digit, up to a full stop. Signs and all else between digits are dropped.
    """
    match = _ANSWER_IS.search(text)
    words = [match[1]] if match else reversed(text.split("\n\n", 1)[0].split(" "))
    for word in words:
        if match or any(map(str.isdigit, word)):
            return "".join(char for char in word.split(".", 1)[0] if char.isdigit())
    return ""


# ---------------------------------------------------------------- the output of code

_BLANKS = re.compile(r"\s+")
_ALWAYS_DELETED = (",", "'", "\\", ".0")
_DELETED = ("will be", "of the code", "is", "would be", "the value of", "the result of", "printed")
_CLOSED_UP = (("] [", "]["), ("[ [", "[["), ("] ]", "]]"))


def published_code_gold(text: str) -> str:
    """Return a code output as the published script prepares it."""
    text = _BLANKS.sub(" ", text)
    for part in _ALWAYS_DELETED:
        text = text.replace(part, "")
    for apart, together in _CLOSED_UP:
        text = text.replace(apart, together)
    return text


def published_code_output(output: str, gold: str) -> str:
    """Return the words of an output in which the published script looks for the gold."""
    words_asked = len(gold.split()) + 3
    text = published_code_gold(output)
    for part in _DELETED:
        text = text.replace(part, "")
    if "the final output" in text:
        return " ".join(_BLANKS.split(text.rsplit("the final output", 1)[1])[:words_asked])
    return " ".join(_BLANKS.split(text)[-words_asked:])


# ---------------------------------------------------------------- true or false, twice


def published_facts(text: str) -> tuple[str, str] | None:
    """Return both parts as the published code parts them; the last character is dropped."""
    parts = text.split(FACT_MARK, 2)
    return (parts[0].strip(), _without_last(parts).strip()) if len(parts) > 1 else None


def _without_last(parts: list[str]) -> str:
    return parts[1][:-1]


def published_boolean(text: str) -> str:
    for word in text.split():
        for value in ("true", "false"):
            if value in word:
                return value
    return "<error>"
