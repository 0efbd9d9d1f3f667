"""How much two texts have in common: F1 of words, ROUGE, similarity by edits.

Shared by the rules that grade free text. Everything here takes hostile text: the time grows
with the length of what the model said, times that of the reference at most.
"""

from __future__ import annotations

import re
import string
from collections import Counter, deque
from collections.abc import Callable, Hashable, Sequence
from functools import cache
from typing import NamedTuple

from rapidfuzz.distance import LCSseq

from synthctx.errors import ScoreError
from synthctx.text import fold, is_cjk

_ARTICLE = re.compile(r"\b(?:a|an|the)\b")
_ARTICLES = frozenset({"a", "an", "the"})
_PUNCTUATION = str.maketrans(dict.fromkeys(string.punctuation))
_CHINESE_PUNCTUATION = str.maketrans(
    dict.fromkeys(
        string.punctuation
        + "！？｡。＂＃＄％＆＇（）＊＋，－／：；＜＝＞＠［＼］＾＿｀｛｜｝～｟｠｢｣､、〃》"
        + "「」『』【】〔〕〖〗〘〙〚〛〜〝〞〟〰〾〿–—‘’‛“”„‟…‧﹏."
    )
)
_NOT_ROUGE = re.compile("[^a-z0-9]+")
_WORD = re.compile(r"-?[0-9]+(?:[.,][0-9]+)*|\w+")
_EPSILON = 1e-8


class Overlap(NamedTuple):
    """What a text shares with a reference, over its own length and over the reference's."""

    precision: float
    recall: float
    f1: float


def overlap(common: int, said: int, wanted: int, epsilon: float = 0.0) -> Overlap:
    """Return precision, recall and F1 of `common` units; 0 where there is nothing to share.

    Args:
        common: how many units both have.
        said: how many the text has.
        wanted: how many the reference has.
        epsilon: what some published rules add to the denominator of F1.
    """
    precision = common / said if said else 0.0
    recall = common / wanted if wanted else 0.0
    below = precision + recall + epsilon
    return Overlap(precision, recall, 2 * precision * recall / below if below else 0.0)


# ---------------------------------------------------------------- words


def normalise_answer(text: str) -> str:
    """Return a text as SQuAD's rule normalises it.

    Lower case, then no ASCII punctuation ("3.5" is 35, "a-b" is ab), then no articles, single
    blanks.
    """
    return " ".join(_ARTICLE.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def normalise_chinese(text: str) -> str:
    """Return a text in lower case without ASCII and Chinese punctuation and white space."""
    return "".join(text.lower().translate(_CHINESE_PUNCTUATION).split())


def strict_words(text: str) -> list[str]:
    """Return the words of a text as our own rules count them.

    Width and case folded; a number is one word, with its sign and decimals; no articles,
    unless there is nothing else; a character of a script without blanks is a word.
    """
    found: list[str] = []
    for word in _WORD.findall(fold(text).casefold()):
        if word.isascii() or not any(map(is_cjk, word)):
            found.append(word)
        else:
            found += _parted(word)
    return [word for word in found if word not in _ARTICLES] or found


def _parted(word: str) -> list[str]:
    """Part a run of letters at every character of a script without blanks."""
    parts: list[str] = []
    start = 0
    for at, char in enumerate(word):
        if is_cjk(char):
            parts += [word[start:at], char] if at > start else [char]
            start = at + 1
    return [*parts, word[start:]] if start < len(word) else parts


def token_f1(said: Sequence[str], wanted: Sequence[str]) -> float:
    """Return the F1 of two bags of tokens, 0 when they share none."""
    common = sum((Counter(said) & Counter(wanted)).values())
    return overlap(common, len(said), len(wanted)).f1


# ---------------------------------------------------------------- ROUGE


def rouge_tokens(text: str) -> list[str]:
    """Return the tokens that Google's rouge_score counts: runs of a-z and 0-9 in lower case."""
    return [token for token in _NOT_ROUGE.split(text.lower()) if token]


def lcs_length(said: Sequence[Hashable], wanted: Sequence[Hashable]) -> int:
    """Return the length of the longest common subsequence."""
    ids = {token: number for number, token in enumerate(dict.fromkeys(wanted))}
    kept = [ids[token] for token in said if token in ids]
    return LCSseq.similarity(kept, [ids[token] for token in wanted])


def rouge_l(said: Sequence[Hashable], wanted: Sequence[Hashable], epsilon: float = 0.0) -> Overlap:
    """Return ROUGE-L of two sequences of tokens: the longest common subsequence of the whole."""
    return overlap(lcs_length(said, wanted), len(said), len(wanted), epsilon)


def rouge_n(said: Sequence[Hashable], wanted: Sequence[Hashable], n: int) -> Overlap:
    """Return ROUGE-N of two sequences of tokens: their n-grams as bags."""
    grams = [Counter(zip(*(side[i:] for i in range(n)), strict=False)) for side in (said, wanted)]
    common = sum((grams[0] & grams[1]).values())
    return overlap(common, grams[0].total(), grams[1].total())


def rouge_lsum(said: Sequence[Sequence[str]], wanted: Sequence[Sequence[str]]) -> Overlap:
    """Return ROUGE-Lsum of two texts in sentences, as Google's rouge_score reckons it.

    For each wanted sentence the places of its words that are in a longest common subsequence
    with any said sentence; each such word counts as long as both texts have one left.
    """
    left = [Counter(token for sentence in side for token in sentence) for side in (said, wanted)]
    sizes = [side.total() for side in left]
    sentences = list(dict.fromkeys(map(tuple, said)))
    hits = 0
    for goal in wanted:
        shared = _shared_places(goal, sentences)
        for place, word in enumerate(goal):
            if shared >> place & 1 and left[0][word] and left[1][word]:
                hits += 1
                left[0][word] -= 1
                left[1][word] -= 1
    return overlap(hits, *sizes)


def _shared_places(goal: Sequence[str], sentences: Sequence[Sequence[str]]) -> int:
    """Return, as bits, the places of a sentence that it shares with any of the others."""
    rows: dict[str, int] = {}
    for row, word in enumerate(goal):
        rows[word] = rows.get(word, 0) | 1 << row
    shared = 0
    for sentence in sentences:
        reach = 0
        for word in rows.keys() & set(sentence):
            reach |= rows[word]
        if reach & ~shared:
            shared |= _common_places(rows, len(goal), sentence)
    return shared


def _common_places(rows: dict[str, int], size: int, sentence: Sequence[str]) -> int:
    """Return, as bits, the places of one longest common subsequence, read from the ends.

    A common word is taken, else the goal is shortened, unless something is lost by it. Words
    that the goal has not leave the table as it is, but shorten the goal as well.
    """
    full = (1 << size) - 1
    column = full
    masks: list[int] = []
    columns: list[int] = []
    strangers: list[bool] = []  # whether words that the goal has not follow
    for word in sentence:
        mask = rows.get(word)
        if mask is not None:
            hit = column & mask
            column = ((column + hit) | (column - hit)) & full
            masks.append(mask)
            columns.append(column)
            strangers.append(False)
        elif strangers:
            strangers[-1] = True
    taken, low = 0, full
    for mask, bits, followed in reversed(list(zip(masks, columns, strangers, strict=True))):
        rise = (~bits & low).bit_length()
        if followed:
            low = (1 << rise) - 1
        match = (mask & low).bit_length()
        if match and match >= rise:
            taken |= 1 << match - 1
            rise = match - 1
        low = (1 << rise) - 1
    return taken


def rouge_l_of_sets(said: str, wanted: str, deepest: int) -> Overlap | None:
    """Return ROUGE-L as the package rouge 1.0.1 reckons it, None where that raises.

    Both texts are parted at every full stop, and words at blanks. For each pair of sentences
    one longest common subsequence is read out; what counts is the set of all words in any
    of them, over the sets of words of each text. White space alone between two full
    stops, or behind the last one, is a sentence with one empty word.

    The package raises for a text without sentences, and when reading out takes it deeper than
    Python may recurse: more than `deepest` steps.
    """
    ours, theirs = _sentences(said), _sentences(wanted)
    if not ours or not theirs:
        return None
    shared: set[str] = set()
    for goal in dict.fromkeys(theirs):
        words = goal.split(" ")
        vocabulary = set(words)
        for sentence in dict.fromkeys(ours):
            candidate = sentence.split(" ")
            deep = len(candidate) + len(words) > deepest
            if not deep and shared.issuperset(vocabulary.intersection(candidate)):
                continue
            common = _read_out(words, candidate, deepest)
            if common is None:
                return None
            shared |= common
    said_words = {word for sentence in ours for word in sentence.split(" ")}
    goal_words = {word for sentence in theirs for word in sentence.split(" ")}
    return overlap(len(shared), len(said_words), len(goal_words), _EPSILON)


def _sentences(text: str) -> list[str]:
    return [" ".join(piece.split()) for piece in text.split(".") if piece]


def _read_out(wanted: list[str], said: list[str], deepest: int) -> set[str] | None:
    """Return the words of the longest common subsequence that the package reads out.

    None when that takes too many steps. A column of the table is one integer: bit i is 0 where
    the table rises from row i to row i + 1. A word that the reference has not leaves
    the table as it is: those are only counted.
    """
    rows: dict[str, int] = {}
    for row, word in enumerate(wanted):
        rows[word] = rows.get(word, 0) | 1 << row
    full = (1 << len(wanted)) - 1
    column, others = full, 0
    # what is further from the end than that is out of reach
    columns: deque[_Column] = deque([_Column("", full, 0)], maxlen=deepest + 2)
    for word in said:
        mask = rows.get(word)
        if mask is None:
            others += 1
            continue
        hit = column & mask
        column = ((column + hit) | (column - hit)) & full
        columns.append(_Column(word, column, others))
        others = 0
    return _walk_back(wanted, list(columns), others, deepest)


class _Column(NamedTuple):
    """A word said, the table's column after it, and how many foreign words stand before it."""

    word: str
    bits: int
    others: int


def _walk_back(
    wanted: list[str], columns: list[_Column], others: int, deepest: int
) -> set[str] | None:
    """Walk from the ends of both texts: a common word is taken, else one side is shortened.

    That is the said one, unless something is lost by it and nothing by the other.
    """
    taken: set[str] = set()
    row, at, steps = len(wanted), len(columns) - 1, others
    while row and at > 0 and steps <= deepest:
        steps += 1
        word, bits, before = columns[at]
        if wanted[row - 1] == word:
            taken.add(word)
            row -= 1
        elif bits >> (row - 1) & 1 and _rises(columns[at - 1].bits, bits, row):
            row -= 1
            continue
        at -= 1
        steps += before if row else 0
    return taken if steps <= deepest else None


def _rises(left: int, right: int, row: int) -> bool:
    """Tell whether the table is higher in the right one of two columns, at a row."""
    low = (1 << row) - 1
    return (right & low).bit_count() < (left & low).bit_count()


# ---------------------------------------------------------------- Chinese words

# What jieba segments as one block; anything else it parts by character.
_BLOCK = r"\u4e00-\u9fd5a-zA-Z0-9+#&._%\-"
# In a run of characters that are in no dictionary jieba's time grows with the square of the
# run. No sentence is as long as this piece.
_PIECE = re.compile(rf"[{_BLOCK}]{{1,1000}}|[^{_BLOCK}]+")


def chinese_words(text: str) -> list[str]:
    """Return the words that jieba parts a text into, blanks and punctuation included.

    Raises:
        ScoreError: jieba is not installed.
    """
    cut = _segmenter()
    return [word for piece in _PIECE.findall(text) for word in cut(piece)]


@cache
def _segmenter() -> Callable[[str], list[str]]:
    try:
        import jieba
    except ImportError:
        raise ScoreError(
            "the published rule counts words as jieba 0.42.1 parts them, and jieba is not "
            "installed: pip install 'synthctx[zh]'"
        ) from None
    jieba.setLogLevel("WARNING")
    segment: Callable[[str], list[str]] = jieba.Tokenizer().lcut
    return segment
