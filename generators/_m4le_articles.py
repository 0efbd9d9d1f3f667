"""Articles whose subject is the one to which most of what they mention belongs.

Each of twelve subjects owns twelve things; no thing is owned twice, none occurs inside another
or in any other sentence. An article mentions `cues` different things of its own subject,
`cues - margin` of a rival, and one each of two others where there is a rival at all: its own
subject leads by `margin`, which is at least 2, so that it is the only right one however a single
thing is taken.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from synthctx.compose import Room
from synthctx.errors import SuiteError
from synthctx.generators._m4le_list import Dice, Shelf, whole_number
from synthctx.streams import Streams

SUBJECTS = {
    "en": {
        "sailing": "rudder mainsail keel bowsprit jib tiller halyard spinnaker regatta foresail"
        " yacht moorings",
        "baking": "dough yeast croissant crust pastry oven flour brioche muffin rolling-pin"
        " baguette kneading",
        "beekeeping": "beehive honeycomb apiary beeswax nectar swarm hive-frame pollen queen-bee"
        " royal-jelly bee-colony stinger",
        "astronomy": "telescope comet nebula asteroid galaxy supernova eclipse planet meteor"
        " quasar constellation starlight",
        "weaving": "loom shuttle warp weft yarn spindle tapestry bobbin treadle linen-thread"
        " brocade selvedge",
        "carpentry": "chisel sawdust dovetail mortise plywood workbench lathe hammer mallet"
        " plank varnish fretsaw",
        "railways": "locomotive railcar timetable buffer-stop ticket-inspector level-crossing"
        " railway-tunnel freight-train sleeping-car signal-box shunting track-gauge",
        "chess": "bishop rook pawn checkmate castling endgame gambit stalemate grandmaster"
        " chessboard zugzwang queenside",
        "football": "goalkeeper penalty-kick offside referee striker corner-kick midfielder"
        " free-kick red-card crossbar dribbling throw-in",
        "medicine": "surgeon vaccine diagnosis bandage stethoscope fever prescription"
        " antibiotic anaesthetic patient thermometer scalpel",
        "geology": "basalt granite volcano sediment fossil lava limestone earthquake quartz"
        " magma sandstone mineral",
        "law": "verdict lawsuit witness jury defendant courtroom prosecutor plaintiff statute"
        " subpoena attorney bailiff",
    },
    "zh": {
        "航海": "船舵 主帆 龙骨 桅杆 缆绳 船锚 舵手 甲板 罗盘 风帆 灯塔 航线",
        "烘焙": "面团 酵母 面粉 烤箱 面包 蛋糕 糕点 擀面杖 奶油 发酵 饼干 酥皮",
        "养蜂": "蜂箱 蜂巢 蜂蜡 花蜜 蜂王 工蜂 雄蜂 花粉 蜂群 蜂刺 喷烟器 采蜜",
        "天文": "望远镜 彗星 星云 小行星 银河 超新星 日食 流星 星座 月相 光年 黑洞",
        "纺织": "织机 梭子 经线 纬线 纱锭 挂毯 棉纱 织锦 踏板 绸缎 布匹 染缸",
        "木工": "凿子 锯末 榫头 卯眼 刨花 工作台 刨子 锤子 木板 清漆 墨斗 胶合板",
        "铁路": "机车 铁轨 车厢 时刻表 道口 检票员 隧道 货运列车 卧铺 信号灯 枕木 站台",
        "象棋": "楚河 汉界 弃子 长将 当头炮 棋盘 残局 开局 和棋 卧槽马 棋谱 过河卒",
        "足球": "守门员 点球 越位 裁判 前锋 角球 中场 任意球 红牌 横梁 带球 边线球",
        "医学": "外科 疫苗 诊断 绷带 听诊器 发烧 处方 抗生素 麻醉 病人 体温计 手术刀",
        "地质": "玄武岩 花岗岩 火山 沉积物 化石 熔岩 石灰岩 地震 石英 岩浆 砂岩 矿脉",
        "法律": "判决 诉讼 证人 陪审团 被告 法庭 检察官 原告 法条 传票 律师 法警",
    },
}
_OPENINGS = {
    "en": [
        "This is the shortened record of an evening talk.",
        "The following was printed in a local paper.",
        "A reader has sent in these notes.",
        "What is told here took place last spring.",
        "The text goes back to a conversation on a bus.",
        "Some remarks about a small exhibition in the town hall.",
        "These lines were found in an old diary.",
        "The club has put its yearly letter on the notice board.",
    ],
    "zh": [
        "这是一次晚间讲座的简要记录。",
        "下面的文字曾登在一份地方小报上。",
        "这些笔记是一位读者寄来的。",
        "这里讲的事发生在去年春天。",
        "这篇短文源自公共汽车上的一次闲谈。",
        "镇上办了一个小展览，以下是几点感想。",
        "这几行字是在一本旧日记里发现的。",
        "协会把每年一封的公开信贴在了布告栏上。",
    ],
}
_MENTIONS = {
    "en": [
        "One whole paragraph of it dealt with the {c}.",
        "Most of the questions were about the {c}.",
        "A drawing showed the {c} from two sides.",
        "For many it was the first time that they heard of the {c}.",
        "Somebody told a long story about the {c}.",
        "The speaker kept coming back to the {c}.",
        "A boy in the second row wanted to know more about the {c}.",
        "There was some disagreement over the {c}.",
        "The word that was underlined twice is {c}.",
        "Nothing was explained as carefully as the {c}.",
        "A photograph of the {c} went from hand to hand.",
        "In the end everyone wanted to talk about the {c}.",
        "Two pages had been written about the {c} alone.",
        "The {c} came up again after the break.",
        "Without the {c}, it was said, nothing would make sense.",
        "An old saying about the {c} made people laugh.",
        "The part about the {c} could have been longer.",
        "Hardly anyone had thought about the {c} before.",
    ],
    "zh": [
        "其中整整一段讲的是{c}。",
        "大家问得最多的是{c}。",
        "有一张图从两面画出了{c}。",
        "不少人是头一回听说{c}。",
        "有人讲了一个关于{c}的长故事。",
        "主讲人一再说到{c}。",
        "第二排的一个男孩想多了解一点{c}。",
        "说到{c}，意见并不一致。",
        "下面画了两道线的词是{c}。",
        "解释得最仔细的就是{c}。",
        "一张{c}的照片在大家手里传来传去。",
        "到最后人人都想谈谈{c}。",
        "单是{c}就写了两页。",
        "休息之后又提起了{c}。",
        "据说少了{c}，一切都无从谈起。",
        "一句关于{c}的老话把大家逗笑了。",
        "关于{c}的那部分本可以再长一些。",
        "以前几乎没有人想过{c}。",
    ],
}
_IDLE = {
    "en": [
        "It was raining outside.",
        "Coffee was handed round at eight.",
        "The hall was full to the last seat.",
        "Some left early to catch their bus.",
        "The next meeting is on a Thursday.",
        "A small collection was made at the door.",
        "The microphone did not work at first.",
        "Children were let in for nothing.",
        "Nobody took down the names.",
        "The chairs had to be brought from next door.",
    ],
    "zh": [
        "外面下着雨。",
        "八点钟给大家上了咖啡。",
        "大厅里座无虚席。",
        "有些人为了赶车提前走了。",
        "下次聚会定在一个星期四。",
        "门口摆了一个募捐的小盒子。",
        "话筒起初不响。",
        "孩子可以免费入场。",
        "没有人记下名字。",
        "椅子只好从隔壁搬来。",
    ],
}
ARTICLE_PARAMS = {"cues": whole_number(5, 2, 12), "margin": whole_number(3, 2, 12)}


@lru_cache(maxsize=4)
def subjects(language: str) -> tuple[str, ...]:
    """Return the names of the subjects."""
    return tuple(SUBJECTS[language])


@lru_cache(maxsize=4)
def cue_words(language: str) -> tuple[tuple[str, ...], ...]:
    """Return the things that each subject owns."""
    return tuple(
        tuple(word.replace("-", " ") for word in words.split())
        for words in SUBJECTS[language].values()
    )


def article(language: str, subject: int, cues: int, margin: int, dice: Dice) -> str:
    """Return an article on a subject."""
    owned = cue_words(language)
    others = dice.sample([k for k in range(len(owned)) if k != subject], 3)
    mentioned = dice.sample(owned[subject], cues)
    if cues > margin:
        mentioned += dice.sample(owned[others[0]], cues - margin)
        mentioned += [dice.pick(owned[k]) for k in others[1:]]
    forms = _MENTIONS[language]
    first = dice.sample(forms, min(len(forms), len(mentioned)))
    more = [dice.pick(forms) for _ in mentioned[len(first) :]]
    sentences = [f.replace("{c}", c) for f, c in zip(first + more, mentioned, strict=True)]
    sentences = dice.shuffled(sentences + dice.sample(_IDLE[language], 2))
    joint = "" if language == "zh" else " "
    return joint.join([dice.pick(_OPENINGS[language]), *sentences])


def own_article(room: Room, number: int, subject: int) -> str:
    """Return an article that belongs to the problem."""
    cues, margin = article_params(room)
    return article(room.language, subject, cues, margin, Dice(room.streams("evidence", number)))


def article_params(room: Room) -> tuple[int, int]:
    """Return how many things an article mentions of its subject, and by how many it leads."""
    cues, margin = int(room.params["cues"]), int(room.params["margin"])
    if margin > cues:
        raise SuiteError(f"task {room.row.task}: params.margin {margin} is above cues {cues}")
    return cues, margin


def articles(room: Room) -> Shelf:
    """Return the stock of articles; the label is the subject."""
    return _articles(room.row.tokenizer, room.language, room.row.seed, *article_params(room))


@lru_cache(maxsize=16)
def _articles(tokenizer: str, language: str, seed: int, cues: int, margin: int) -> Shelf:
    streams, n = (
        Streams(["m4le articles", 1, language, seed, cues, margin]),
        len(subjects(language)),
    )

    def make(number: int) -> str:
        return article(language, number % n, cues, margin, Dice(streams("article", number)))

    return Shelf(make, n)


# ---------------------------------------------------------------- reading


@lru_cache(maxsize=4)
def _owners(language: str) -> dict[str, int]:
    return {word: k for k, words in enumerate(cue_words(language)) for word in words}


@lru_cache(maxsize=4)
def _cues(language: str) -> re.Pattern[str]:
    words = "|".join(sorted(map(re.escape, _owners(language)), key=len, reverse=True))
    return re.compile(words if language == "zh" else rf"\b(?:{words})\b")


def subject_of(language: str, text: str) -> str:
    """Return the subject that owns most of what a text mentions, "" where none leads."""
    owners = _owners(language)
    votes = Counter(owners[word] for word in _cues(language).findall(text)).most_common(2)
    if not votes or (len(votes) > 1 and votes[0][1] == votes[1][1]):
        return ""
    return subjects(language)[votes[0][0]]
