"""Single facts to be hidden in a document: sentences, questions, and what they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from synthctx.names import people, words
from synthctx.streams import Stream


@dataclass(frozen=True)
class Theme:
    """One kind of fact: its sentence, its question, and what key and value are drawn from."""

    needle: str
    question: str
    key: str
    value: str


THEMES = {
    "en": (
        Theme(
            "The {key} archive is looked after by {value}.",
            "Who looks after the {key} archive?",
            "title",
            "person",
        ),
        Theme(
            "The summer house of {key} stands in {value}.",
            "In which place does the summer house of {key} stand?",
            "person",
            "place",
        ),
        Theme(
            "The gift that {key} made to the town museum was the {value}.",
            "Which object did {key} give to the town museum?",
            "person",
            "thing",
        ),
        Theme(
            "The locker that {key} rents at the old station has the number {value}.",
            "Which number does the locker that {key} rents have?",
            "person",
            "number",
        ),
        Theme(
            "Each winter the ferry {key} is laid up in {value}.",
            "In which place is the ferry {key} laid up each winter?",
            "title",
            "place",
        ),
        Theme(
            "The portrait in the {key} hall was painted by {value}.",
            "Who painted the portrait in the {key} hall?",
            "title",
            "person",
        ),
    ),
    "zh": (
        Theme("看管{key}钥匙的人是{value}。", "看管{key}钥匙的人是谁？", "title", "person"),
        Theme("{key}的避暑小屋盖在{value}。", "{key}的避暑小屋盖在什么地方？", "person", "place"),
        Theme(
            "{key}送给镇博物馆的礼物是{value}。",
            "{key}送给镇博物馆的礼物是什么？",
            "person",
            "thing",
        ),
        Theme(
            "{key}在老车站租用的储物柜编号是{value}。",
            "{key}在老车站租用的储物柜编号是多少？",
            "person",
            "number",
        ),
        Theme(
            "每年冬天，{key}号渡船都停在{value}。",
            "每年冬天，{key}号渡船都停在什么地方？",
            "title",
            "place",
        ),
        Theme("为{key}题写匾额的人是{value}。", "为{key}题写匾额的人是谁？", "title", "person"),
    ),
}
# Keys and values that are neither names nor numbers are put together out of parts, one word
# of each; "+" joins a word to the one before it.
_ADJECTIVES, _NOUNS = words()
_PARTS: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "title": (" ".join(_ADJECTIVES).title(), " ".join(_NOUNS).title()),
        "place": (
            "Nether Upper Great Little East West Old New",
            "Alder Bracken Cald Dunli Elver Farrow Gran Hollin Inver Jarro Kester Linton Marl Ox "
            "Pen Quill Raven Salt Thorn Ulver Venn Wex Yarrow Zel Cran Dove Hather Tarrow",
            "+moor +by +stow +mere +ford +wick +bury +ley +howe +bridge +scar +holm +combe +dale",
        ),
        "thing": (
            "carved painted folding hinged engraved miniature polished dented",
            "walnut copper ivory silver ebony pewter marble bronze jade maple porcelain cedar",
            "lantern compass fiddle goblet mirror spindle easel flute chessboard inkwell globe "
            "weathercock casket candlestick",
        ),
    },
    "zh": {
        "title": (
            "听 观 望 枕 临 抱 揽 拂",
            "雨 雪 月 涛 泉 风 云 松",
            "书院 茶馆 戏楼 染坊 会馆 粮仓 学堂 客栈",
        ),
        "place": (
            "青 白 清 长 云 石 松 竹 柳 南 北 东",
            "溪 岭 湾 桥 崖 泉 浦 塘",
            "古镇 新镇 小镇 上村 下村 新村 古寨 上寨 下寨 古渡 新渡",
        ),
        "thing": (
            "镂空 双耳 圆口 描金 八角 细纹 錾花 仿古",
            "青铜 紫檀 白玉 黄铜 乌木 红木 琥珀 水晶 青石 黄杨 象牙",
            "香炉 笔筒 砚台 灯笼 罗盘 屏风 茶壶 花瓶 风铃 镇纸 妆匣",
        ),
    },
}
_NUMBERS = (10_000, 99_999)


def draw(kind: str, language: str, stream: Stream) -> str:
    """Return a key or a value of a kind."""
    if kind == "person":
        return people(language, stream, 1)[0]
    if kind == "number":
        return str(stream.between(*_NUMBERS))
    chosen = [stream.pick(part.split()) for part in _PARTS[language][kind]]
    return "".join(chosen) if language == "zh" else " ".join(chosen).replace(" +", "")


def chance(kind: str, language: str) -> float:
    """Return the chance of guessing a value of a kind (of a name: none worth stating)."""
    if kind == "number":
        return 1 / (_NUMBERS[1] - _NUMBERS[0] + 1)
    return 0.0 if kind == "person" else 1 / prod(len(p.split()) for p in _PARTS[language][kind])


def another(stream: Stream, language: str, params: Mapping[str, Any]) -> str:
    """Return the sentence of a fact about something else (a distractor)."""
    theme = stream.pick(THEMES[language])
    key, value = draw(theme.key, language, stream), draw(theme.value, language, stream)
    return theme.needle.format(key=key, value=value)


def draw_facts(
    language: str, stream: Stream, n: int, given: Sequence[Theme] = ()
) -> list[tuple[Theme, str, str]]:
    """Return `n` facts (theme, key, value), the themes in turn, or as given.

    No key or value stands inside another, whichever facts they are of.
    """
    themes: list[Theme] = []
    taken: list[str] = []
    out: list[tuple[Theme, str, str]] = []
    for i in range(n):
        if i % len(THEMES[language]) == 0:
            themes = stream.shuffled(THEMES[language])
        theme = given[i] if given else themes[i % len(themes)]
        key = _fresh(theme.key, language, stream, taken)
        value = _fresh(theme.value, language, stream, taken)
        out.append((theme, key, value))
    return out


def _fresh(kind: str, language: str, stream: Stream, taken: list[str]) -> str:
    while True:
        drawn = draw(kind, language, stream)
        if not any(drawn in other or other in drawn for other in taken):
            taken.append(drawn)
            return drawn
