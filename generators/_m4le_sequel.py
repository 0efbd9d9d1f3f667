"""The passage that a given text continues, told by the state in which it leaves things.

Every passage ends by saying which waggon stood where in the evening, with how many sacks, crates
or barrels of what. States are counted through once, in an order of their own (a bijection): no
two passages of a stock have the same, the sample's own is in no stock, and a decoy differs from
it in one of the four parts. The continuation takes up the whole state in other words, so that
one passage alone fits it.

Of the middle of the day every passage tells one part; a decoy tells there the part that it has
not in the evening. So decoys hold all words of the state that is asked for, and which passage
shares the most words with the continuation tells nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache

from synthctx.compose import Room
from synthctx.generators._m4le_list import END, Dice, Own, Shelf, at_depth, lay_out, whole_number
from synthctx.generators._m4le_read import seen
from synthctx.streams import Streams
from synthctx.tasks import Draft

State = tuple[int, int, int, int]  # waggon, place, load, number - 2

_PARTS = {
    "en": (
        "hay waggon,milk float,handcart,ox cart,brewer's dray,mail van,tip lorry,red tractor,"
        "farm sledge,coal cart,grey bus,pedlar's van,horse tram,rail trolley,green truck,"
        "three-wheeler,covered waggon,dog cart,tandem trailer,timber carriage",
        "by the old mill,at the toll gate,behind the chapel,under the viaduct,at the ford,"
        "beside the well,near the brickworks,in the quarry,at the pier,by the weir,"
        "outside the smithy,at the crossroads,in front of the inn,below the dam,"
        "next to the orchard,at the customs house,by the lime kiln,beside the sea wall,"
        "at the pump house,behind the tannery",
        "sacks of rye,crates of apples,barrels of tar,bales of wool,boxes of nails,"
        "jars of vinegar,bundles of reeds,baskets of plums,cans of paint,bags of salt,"
        "rolls of canvas,kegs of cider,chests of tea,loads of gravel,coils of wire,"
        "sheets of tin,blocks of ice,hampers of linen,tubs of lard,cases of glass",
    ),
    "zh": (
        "干草车,牛奶车,手推车,牛车,运酒马车,邮车,翻斗车,红拖拉机,农用雪橇,运煤车,灰色大客车,货郎车,"
        "马拉轨车,轨道平车,绿卡车,三轮车,带篷马车,狗拉车,双挂拖车,运木大车",
        "老磨坊旁,关卡前,小教堂后面,高架桥下,浅滩边,水井旁,砖窑附近,采石场里,码头上,拦河坝边,"
        "铁匠铺外,十字路口,客栈门前,水坝下游,果园旁边,海关楼前,石灰窑边,海堤上,泵房边,"
        "制革坊后面",
        "袋黑麦,箱苹果,桶柏油,捆羊毛,盒铁钉,罐米醋,捆芦苇,筐李子,听油漆,包食盐,卷帆布,坛苹果酒,"
        "匣茶叶,堆砾石,盘铁丝,张白铁皮,块冰,篮亚麻布,盆猪油,打玻璃杯",
    ),
}
_NUMBERS = 58  # two to fifty-nine
_SIZE = 20 * 20 * 20 * _NUMBERS
_STRIDE = 274_177  # a prime that does not divide the size
_STOCKED = _SIZE * 3 // 4
_ENDS = {
    "en": [
        "At dusk the {w} stood {p} with {n} {l} on it.",
        "When the lamps were lit, the {w} had stopped {p}, and there were {n} {l} on it.",
        "The day closed with the {w} {p}, loaded with {n} {l}.",
    ],
    "zh": [
        "傍晚，{w}停在{p}，上面装着{n}{l}。",
        "掌灯的时候，{w}歇在{p}，上面放着{n}{l}。",
        "这一天结束时，{w}留在{p}，载着{n}{l}。",
    ],
}
# what of the day before the evening one part tells: waggon, place, load, number
_NOON = {
    "en": [
        "At noon they had met the {w}.",
        "At noon they had halted {p}.",
        "At noon they had still carried {l}.",
        "At noon they had paid a toll of {n} pence.",
    ],
    "zh": [
        "中午遇到过{w}。",
        "中午在{p}停过。",
        "中午装的还是几{l}。",
        "中午交了{n}文过路费。",
    ],
}
_SEQUEL = {
    "en": [
        "Nobody had touched the {n} {l} overnight; early next morning the {w} was still {p}, "
        "wet with dew.",
        "In the morning the {n} {l} were counted again, and only then did the {w} move on from "
        "where it had been left {p}.",
    ],
    "zh": [
        "夜里没有人动过那{n}{l}；第二天清早，{w}还在{p}，上面蒙着一层露水。",
        "早上又把那{n}{l}点了一遍，昨晚停在{p}的{w}这才重新上路。",
    ],
}
_IDLE = {
    "en": [
        "The road was dry and dusty.",
        "A dog barked somewhere across the water.",
        "The driver wiped his forehead and lit a pipe.",
        "Two children ran alongside for a while.",
        "There was a smell of smoke in the air.",
        "Swallows were flying low.",
        "The clerk entered everything in his book.",
        "A rope had to be tightened on the way.",
        "The toll was paid in small coins.",
        "From far away one could hear a bell.",
        "The wind turned towards evening.",
        "No one asked where it was going.",
        "The track was narrow and full of stones.",
        "An old woman waved from a window.",
    ],
    "zh": [
        "路面又干，尘土又多。",
        "水对岸有条狗在叫。",
        "赶路的人擦了擦额头，点上烟斗。",
        "两个孩子跟着跑了一段。",
        "空气里有一股烟味。",
        "燕子飞得很低。",
        "管账的把一切都记在本子上。",
        "半路上不得不停下来紧了紧绳子。",
        "过路费是用零钱付的。",
        "远处传来钟声。",
        "快到晚上时风向变了。",
        "没有人问要去哪里。",
        "路又窄，石头又多。",
        "一位老太太在窗口挥手。",
    ],
}
SEQUEL_PARAMS = {"decoys": whole_number(4, 0, 40), "sentences": whole_number(4, 1, 12)}
_PREFIX = {
    "en": "Below are many passages, each under an id. They come from different stories, and each "
    "ends with how matters stood in the evening. Read them; a question follows.\n\n",
    "zh": "下面是许多个片段，每个前面有一个编号。它们出自不同的故事，每个片段的结尾都交代了傍晚时的"
    "情形。请先阅读，之后有一个问题。\n\n",
}
_SUFFIX = {
    "en": "\n\nThese were the passages. One of the stories goes on like this: “{text}” Which "
    "passage comes directly before it? Reply with the id of that passage, and nothing else."
    "\n\nAnswer:",
    "zh": "\n\n片段到此为止。其中一个故事接下来是这样写的：“{text}”它紧接在哪一个片段之后？"
    "请只回答那个片段的编号，不要写别的内容。\n\n答案：",
}
_ONES = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
_ONES += " sixteen seventeen eighteen nineteen"
_TENS = ("twenty", "thirty", "forty", "fifty")


@lru_cache(maxsize=4)
def parts(language: str) -> tuple[list[str], list[str], list[str]]:
    """Return the waggons, places and loads that there are."""
    waggons, places, loads = (words.split(",") for words in _PARTS[language])
    return waggons, places, loads


@lru_cache(maxsize=4)
def number_words(language: str) -> list[str]:
    """Return the numbers from two on in words."""
    out = []
    for n in range(2, 2 + _NUMBERS):
        tens, ones = divmod(n, 10)
        if language == "zh":
            word = ("" if tens < 2 else "零一二三四五"[tens]) + "十" * bool(tens)
            out.append((word + "零一二三四五六七八九"[ones] * bool(ones)) if n != 2 else "两")
        elif n < 20:
            out.append(_ONES.split()[n - 1])
        else:
            out.append(_TENS[tens - 2] + (f"-{_ONES.split()[ones - 1]}" if ones else ""))
    return out


def state_of(number: int) -> State:
    """Return the state of a number below the number of states; no two have the same."""
    rest, waggon = divmod(number * _STRIDE % _SIZE, 20)
    rest, place = divmod(rest, 20)
    count, load = divmod(rest, 20)
    return waggon, place, load, count


def _told(language: str, form: str, state: State) -> str:
    waggons, places, loads = parts(language)
    waggon, place, load, count = state
    return form.format(
        w=waggons[waggon], p=places[place], l=loads[load], n=number_words(language)[count]
    )


def passage(
    language: str, state: State, sentences: int, dice: Dice, noon: tuple[int, State] | None = None
) -> str:
    """Return a passage of so many sentences, the last of which tells the state.

    Args:
        language: of the passage.
        state: in the evening.
        sentences: how many; from two on, one tells a part of the state at noon.
        dice: what to draw with.
        noon: which part, and the state; another than in the evening when None.
    """
    part, before = noon or _other_noon(state, dice)
    told = dice.sample(_IDLE[language], max(0, sentences - 2))
    if sentences > 1:
        told.insert(dice.below(len(told) + 1), _told(language, _NOON[language][part], before))
    told.append(_told(language, dice.pick(_ENDS[language]), state))
    return ("" if language == "zh" else " ").join(told)


def _other_noon(state: State, dice: Dice) -> tuple[int, State]:
    """Return a part, and a state that differs from that of the evening in it."""
    part = dice.below(4)
    return part, _decoy(state, part, dice)


def sequel(language: str, state: State, dice: Dice) -> str:
    """Return what continues a passage that ends in a state."""
    told = [_told(language, dice.pick(_SEQUEL[language]), state), *dice.sample(_IDLE[language], 2)]
    return ("" if language == "zh" else " ").join(told)


def _decoy(state: State, part: int, dice: Dice) -> State:
    """Return a state that differs in one part."""
    sizes = (20, 20, 20, _NUMBERS)
    changed = list(state)
    changed[part] = (state[part] + 1 + dice.below(sizes[part] - 1)) % sizes[part]
    return changed[0], changed[1], changed[2], changed[3]


def _decoys(state: State, n: int, dice: Dice) -> list[tuple[int, State]]:
    """Return `n` states, no two the same, each with the part in which it differs; parts in turn."""
    out: list[tuple[int, State]] = []
    while len(out) < n:
        near = len(out) % 4, _decoy(state, len(out) % 4, dice)
        if near not in out:
            out.append(near)
    return out


@lru_cache(maxsize=16)
def _passages(tokenizer: str, language: str, seed: int, sentences: int) -> Shelf:
    streams = Streams(["m4le passages", 1, language, seed, sentences])

    def make(number: int) -> str:
        return passage(language, state_of(number), sentences, Dice(streams("passage", number)))

    return Shelf(make, size=_STOCKED)


def build(room: Room) -> Draft:
    """Show passages, and ask after which of them a text goes on."""
    language, sentences = room.language, int(room.params["sentences"])
    dice = Dice(room.streams("evidence"))
    state = state_of(_STOCKED + room.streams("state").below(_SIZE - _STOCKED))
    texts = [passage(language, state, sentences, dice) + END]
    for part, decoy in _decoys(state, int(room.params["decoys"]), dice):
        texts.append(passage(language, decoy, sentences, dice, (part, state)) + END)
    own = Own(texts, at_depth(room, len(texts)), 1)
    prefix = _PREFIX[language]
    suffix = _SUFFIX[language].format(text=sequel(language, state, dice))
    shelf = _passages(room.row.tokenizer, language, room.row.seed, sentences)
    laid = lay_out(
        room,
        "passage",
        room.budget(prefix, suffix, 16),
        own,
        lambda tokens: shelf.draw(room, tokens),
        len(texts) + 2,
    )
    return Draft(
        prefix=prefix,
        body=laid.body,
        suffix=suffix,
        reference=[laid.ids[0]],
        max_output_tokens=16,
        rule_params={"lang": language, "end_tokens": ["。" if language == "zh" else "."]},
        floor=1 / laid.n,
    )


# ---------------------------------------------------------------- reading


@lru_cache(maxsize=8)
def _patterns(language: str, sequels: bool) -> list[re.Pattern[str]]:
    """Return what sentences that tell a state look like."""
    choices = dict(zip("wpl", parts(language), strict=True)) | {"n": number_words(language)}
    out = []
    for form in (_SEQUEL if sequels else _ENDS)[language]:
        looks = re.escape(form)
        for slot, words in choices.items():
            either = "|".join(sorted(map(re.escape, words), key=len, reverse=True))
            looks = looks.replace(r"\{" + slot + r"\}", f"(?P<{slot}>{either})")
        out.append(re.compile(looks))
    return out


def stated(language: str, text: str, sequels: bool = False) -> tuple[str, ...]:
    """Return the parts of the state that a text tells, () where it tells none."""
    for pattern in _patterns(language, sequels):
        if match := pattern.search(text):
            return tuple(match[slot] for slot in "wpln")
    return ()


def read(prompt: str) -> str:
    """Return the id of the passage that ends in the state which the continuation takes up."""
    shown = seen(prompt, "passage")
    wanted = stated(shown.language, shown.question, sequels=True)
    return next((i for i, t in shown.texts if wanted and stated(shown.language, t) == wanted), "")
