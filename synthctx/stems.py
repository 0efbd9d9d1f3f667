"""Porter's stems of English words, as NLTK cuts them: Google's rouge_score counts those.

M. F. Porter, An algorithm for suffix stripping, Program 14(3), 1980, with NLTK's changes: a few
irregular forms, "ies" and "ied" of four letters, y to i behind consonants only, and some
endings more. A word in the sense of the conditions is one in lower case.
"""

from __future__ import annotations

from collections.abc import Callable

_IRREGULAR = {
    "skies": "sky",
    "dying": "die",
    "lying": "lie",
    "tying": "tie",
    "innings": "inning",
    "outings": "outing",
    "cannings": "canning",
}
_KEPT = "sky news inning outing canning howe proceed exceed succeed"
_STEMS = _IRREGULAR | {word: word for word in _KEPT.split()}

# Endings with what takes their place, in the order in which they are tried: the first one that
# the word has decides, and what stands before it must hold at least one vowel and consonant.
_SECOND = """
    ational:ate tional:tion enci:ence anci:ance izer:ize bli:ble alli:al entli:ent eli:e ousli:ous
    ization:ize ation:ate ator:ate alism:al iveness:ive fulness:ful ousness:ous aliti:al iviti:ive
    biliti:ble fulli:ful
"""
_THIRD = "icate:ic ative: alize:al iciti:ic ical:ic ful: ness:"
# Endings that go where two such pairs stand before them.
_FOURTH = """
    al ance ence er ic able ible ant ement ment ent ion ou ism ate iti ous ive ize
"""


def _pairs(table: str) -> list[tuple[str, str]]:
    return [(ending, new) for ending, _, new in (entry.partition(":") for entry in table.split())]


_SECOND_ENDINGS, _THIRD_ENDINGS, _FOURTH_ENDINGS = _pairs(_SECOND), _pairs(_THIRD), _FOURTH.split()


def _shape(word: str) -> str:
    """Return "v" for each vowel and "c" for each consonant; y is a vowel behind a consonant."""
    shape: list[str] = []
    for letter in word:
        if letter in "aeiou":
            shape.append("v")
        elif letter == "y" and shape:
            shape.append("c" if shape[-1] == "v" else "v")
        else:
            shape.append("c")
    return "".join(shape)


def _measure(word: str) -> int:
    """Return how often a consonant follows a vowel."""
    return _shape(word).count("vc")


def _is_short(word: str) -> bool:
    """Tell whether a word ends like "hop": consonant, vowel, consonant but w, x and y."""
    shape = _shape(word)
    return (shape.endswith("cvc") and word[-1] not in "wxy") or shape == "vc"


def _plural(word: str) -> str:
    if word.endswith("ies"):
        return word[:-1] if len(word) == 4 else word[:-2]
    if word.endswith("sses"):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _past(word: str) -> str:
    if word.endswith("ied"):
        return word[:-1] if len(word) == 4 else word[:-2]
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) else word
    for ending in ("ed", "ing"):
        if word.endswith(ending) and "v" in _shape(word.removesuffix(ending)):
            return _mended(word.removesuffix(ending))
    return word


def _mended(word: str) -> str:
    """Return what "ed" or "ing" was taken off with the e it lost, or without the letter it won."""
    if word.endswith(("at", "bl", "iz")):
        return word + "e"
    if len(word) > 1 and word[-1] == word[-2] and _shape(word)[-1] == "c":
        return word if word[-1] in "lsz" else word[:-1]
    return word + "e" if _measure(word) == 1 and _is_short(word) else word


def _final_y(word: str) -> str:
    consonant = word.endswith("y") and len(word) > 2 and _shape(word)[-2] == "c"
    return word[:-1] + "i" if consonant else word


def _second(word: str) -> str:
    while word.endswith("alli") and _measure(word[:-4]):
        word = word[:-2]
    if word.endswith("logi") and not any(word.endswith(e) for e, _ in _SECOND_ENDINGS):
        return word[:-1] if _measure(word[:-3]) else word
    return _replaced(word, _SECOND_ENDINGS)


def _replaced(word: str, endings: list[tuple[str, str]]) -> str:
    for ending, new in endings:
        if word.endswith(ending):
            root = word.removesuffix(ending)
            return root + new if _measure(root) else word
    return word


def _fourth(word: str) -> str:
    for ending in _FOURTH_ENDINGS:
        if word.endswith(ending):
            root = word.removesuffix(ending)
            goes = _measure(root) > 1 and (ending != "ion" or root[-1] in "st")
            return root if goes else word
    return word


def _last_letter(word: str) -> str:
    if word.endswith("e"):
        measure = _measure(word[:-1])
        if measure > 1 or (measure == 1 and not _is_short(word[:-1])):
            word = word[:-1]
    return word[:-1] if word.endswith("ll") and _measure(word[:-1]) > 1 else word


_STEPS: tuple[Callable[[str], str], ...] = (
    _plural,
    _past,
    _final_y,
    _second,
    lambda word: _replaced(word, _THIRD_ENDINGS),
    _fourth,
    _last_letter,
)


def stem(word: str) -> str:
    """Return the stem of a word in lower case."""
    if word in _STEMS:
        return _STEMS[word]
    if len(word) > 2:
        for step in _STEPS:
            word = step(word)
    return word
