r"""NeedleBench: several needles to be retrieved at once, and a chain of kin hidden in filler.

Source: Li et al. 2024 (arXiv:2407.11963), multi-needle retrieval and multi-needle reasoning,
second version of the published configuration (opencompass): document in tags, questions after
it; sentences to fill in, or the answer in \boxed{}.

Kept of the retrieval: eleven needles, one at each depth 0, 10, ..., 100 %, all asked for in one
question with a sentence for each to fill in; of the reasoning: a chain of 2 to 5 facts, in
random order, 10 % of the haystack between one and the next, the eldest relative of the last
person asked for. The first version of the retrieval differs in its depths (`depths` takes any
list), in a hint (`guide`), and may ask before the document (`ask`); of the reasoning, the facts
stand in their own order (`order`), and are about the real world, which a model may know: that
test is not made here.

Changed, because the published data allow shortcuts or mistakes: lengths are exact and needles
stand between sentences; everything is drawn from the seed; keys and values are all distinct,
and as many as needles; the retrieval's sentences are asked for in another order than that of
the document; the chain's facts never pile up at the end, and side branches and other families
stand in the same filler, so that who is named how often answers nothing (`branches: 0` and
`families: 0` give the published chain, whose two ends alone are named once).

The proof. Retrieval: no key or value stands inside another, and none in the filler, so a
sentence to fill in has one place where it fits. Reasoning: nobody has two stated elders, so the
way up is the only one; no name stands inside another, and none in the filler.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from synthctx.compose import DISTRACTORS, Room
from synthctx.generators._kinship import Fact, Family, different_names, spread_steps
from synthctx.generators._kinship_ask import QUESTIONS, ask, counting, grow
from synthctx.generators._kinship_read import guess_hidden, read_hidden
from synthctx.generators._needles import Theme, another, chance, draw_facts
from synthctx.streams import Stream
from synthctx.tasks import Draft, Hay, Piece, Task, register

_TAGS = {"en": "document", "zh": "文档"}
_MOST = 64

# ---------------------------------------------------------------- multi-needle retrieval

_GAP = "____"
_OPENING = {
    "en": "The document between the tags is long. Read it to the end; you are asked what it says "
    "in certain places, {n} in all.\n\n",
    "zh": "标签之间是一篇很长的文档。请从头读到尾，要问的事情一共有{n}件。\n\n",
}
_QUESTIONS = {"en": "Questions:\n{questions}\n", "zh": "问题：\n{questions}\n"}
_HINT = {
    "en": "Think first of where in the document these things are spoken of.\n",
    "zh": "请先想一想，文档里哪些地方提到了这些内容。\n",
}
_FORMS = {
    "en": "Use nothing but the document. Reply with these sentences, each on its line with its gap "
    "filled in, and nothing else:\n{forms}\n",
    "zh": "请只根据文档作答，把下面每句话的空白填好后逐行写出，不要写别的内容：\n{forms}\n",
}
_NOW = {"en": "Now write the sentences.\n", "zh": "现在请写出这些句子。\n"}
_Fact = tuple[Theme, str, str]


def _depths(room: Room) -> list[float]:
    """Return where the needles are put, in ascending order."""
    params, n = room.params, int(room.params["needles"])
    if params["depths"]:
        return sorted(map(float, params["depths"]))
    if params["placement"] == "random":
        return sorted(room.structure("places").uniform(n).tolist())
    return [i / (n - 1) for i in range(n)] if n > 1 else [0.5]


def _percent(depth: float) -> int | float:
    percent = round(100 * depth, 2)
    return int(percent) if percent == int(percent) else percent


def build_retrieval(room: Room) -> Draft:
    """Draw as many facts as there are depths; each key and value occurs in its needle alone."""
    language, depths = room.language, _depths(room)
    n = len(depths)
    themes = [theme for theme, _, _ in draw_facts(language, room.structure("evidence"), n)]
    facts = draw_facts(language, room.streams("evidence"), n, themes)
    pieces = [
        Piece(theme.needle.format(key=key, value=value), depth)
        for (theme, key, value), depth in zip(facts, depths, strict=True)
    ]
    # among facts of the same form it is the key alone that tells a needle
    values = [] if room.row.haystack["kind"] == DISTRACTORS else [value for _, _, value in facts]
    prefix, suffix = _around(room, room.structure("question").shuffled(facts))
    return Draft(
        prefix=prefix,
        body=Hay(pieces, [*(key for _, key, _ in facts), *values]),
        suffix=suffix,
        reference={
            "keywords": [value for _, _, value in facts],
            "depths": [_percent(depth) for depth in depths],
        },
        max_output_tokens=64 + 32 * len(facts),
        # who names more than he knows loses as much as he wins: one guess is the best
        floor=max(chance(theme.value, language) for theme, _, _ in facts) / len(facts),
    )


def _around(room: Room, asked: Sequence[_Fact]) -> tuple[str, str]:
    """Return what stands before and after the document."""
    language, params, tag = room.language, room.params, _TAGS[room.language]
    questions = "\n".join(theme.question.format(key=key) for theme, key, _ in asked)
    forms = "\n".join(theme.needle.format(key=key, value=_GAP) for theme, key, _ in asked)
    task = (
        _QUESTIONS[language].format(questions=questions)
        + (_HINT[language] if params["guide"] else "")
        + _FORMS[language].format(forms=forms)
    )
    opening = _OPENING[language].format(n=len(asked))
    if params["ask"] == "before":
        return f"{opening}{task}\n<{tag}>\n", f"\n</{tag}>\n\n{_NOW[language]}"
    return f"{opening}<{tag}>\n", f"\n</{tag}>\n\n{task}"


def _split(prompt: str) -> tuple[str, str]:
    """Return the document and what stands round it; a cut prompt may lack its beginning."""
    front, _, after = prompt.replace("文档>", "document>").rpartition("</document>")
    before, tag, document = front.partition("<document>")
    return (document, before + after) if tag else (front, after)


def read_retrieval(prompt: str) -> str:
    """Look for each sentence with a gap in the document, and fill it in where it is found."""
    document, around = _split(prompt)
    out = []
    for form in around.splitlines():
        head, gap, tail = form.partition(_GAP)
        at = document.find(head) if gap and head else -1
        if at >= 0:
            start = at + len(head)
            end = document.find(tail or "\n", start, start + 80)
            if end >= 0:
                out.append(head + document[start:end] + tail)
    return "\n".join(out)


def guess_retrieval(prompt: str) -> list[str]:
    """Return the sentences with their gaps open, with numbers, and all names of the document."""
    document, around = _split(prompt)
    forms = [line for line in around.splitlines() if _GAP in line]
    names = list(dict.fromkeys(re.findall(r"[A-Z][a-z]+ [A-Z][a-z]+", document)))
    numbered = [form.replace(_GAP, str(10_000 + i)) for i, form in enumerate(forms)]
    return ["\n".join(forms), "\n".join(numbered), ", ".join(names)]


# ---------------------------------------------------------------- multi-needle reasoning

_SCATTERED = {
    "en": "The document between the tags is long. Scattered in it are statements about the members "
    "of several families, in no particular order. Answer the question after it from these "
    "statements alone.\n\n",
    "zh": "标签之间是一篇很长的文档，里面零散地夹着一些陈述，没有特定顺序，讲的是几个家族的"
    "成员。请只根据这些陈述回答文档后面的问题。\n\n",
}
_ASKED = {"en": "\nQuestion: {asked}\n", "zh": "\n问题：{asked}\n"}


def spaced(depth: float, n: int, spacing: float) -> list[float]:
    """Return `n` depths so far apart, beginning with the asked one.

    They go on towards the end of the haystack; those that would lie past it are put before the
    first instead, as far apart. Where there is no room for all of them, they are as far apart
    as there is.
    """

    def gap(after: int) -> float:
        before = n - 1 - after
        room = [(1 - depth) / after] if after else []
        return round(min([spacing, *room, *([depth / before] if before else [])]), 9)

    after = max(range(n), key=lambda k: (gap(k), k))
    step = gap(after)
    down = [min(1.0, depth + step * i) for i in range(after + 1)]
    return down + [max(0.0, depth - step * i) for i in range(1, n - after)]


def _others(room: Room, links: int, first: int) -> list[Family]:
    """Return the other families: the first and every third as large as the one asked about."""
    out = []
    branches = int(room.params["branches"])
    for number in range(int(room.params["families"])):
        stream = room.streams("family", number)
        length = links + stream.between(0, 3) if number % 3 == 0 else stream.between(1, 3)
        family = Family(room.language, stream, first)
        family.line(spread_steps(stream, length))
        family.branch(stream.between(branches * length // 2, branches * length))
        first = family.end
        out.append(family)
    return out


def _in_order(facts: Sequence[Fact], order: str, stream: Stream) -> list[Fact]:
    return stream.shuffled(facts) if order == "shuffled" else list(facts)


def build_reasoning(room: Room) -> Draft:
    """Scatter a chain of kin, its family's branches and other families over the filler."""
    language, params, index = room.language, room.params, room.row.index
    links = 2 + index % 4 if params["facts"] == "mixed" else int(params["facts"])
    kind = params["question"]
    if kind == "mixed":  # at another pace than the facts, so that all go with all
        kind = QUESTIONS[index // 4 % len(QUESTIONS)]
    evidence = room.streams("evidence")
    trace = grow(language, evidence, kind, links, int(params["branches"]))
    others = _others(room, links, trace.family.end)
    everybody = others[-1].end if others else trace.family.end
    names = different_names(language, room.streams("names"), everybody)
    asked, answer = ask(trace, language, names, room.structure("question"))
    chain = _in_order(trace.chain, params["order"], room.structure("order"))
    depths = spaced(room.row.depth or 0.0, links, float(params["spacing"]))
    besides = [f for f in trace.family.facts if f not in trace.chain]
    besides += [fact for family in others for fact in family.facts]
    anywhere = room.structure("places").uniform(len(besides)).tolist()
    tag = _TAGS[language]
    return Draft(
        prefix=f"{_SCATTERED[language]}{counting(language, kind)}<{tag}>\n",
        body=Hay(
            [
                *(Piece(f.text(names), d) for f, d in zip(chain, depths, strict=True)),
                *(
                    Piece(f.text(names), d, evidence=False)
                    for f, d in zip(besides, anywhere, strict=True)
                ),
            ],
            names,
        ),
        suffix=f"\n</{tag}>\n{_ASKED[language].format(asked=asked)}",
        reference=answer,
        # spelling out one link takes about 20 tokens
        max_output_tokens=256 + 24 * links,
        rule_params={"kind": "number" if trace.is_number else "word"},
        floor=trace.floor,
    )


# ---------------------------------------------------------------- registration

_FACTS: dict[str, Any] = {
    "anyOf": [{"enum": ["mixed"]}, {"type": "integer", "minimum": 2, "maximum": 32}],
    "default": "mixed",
    "description": "facts of the chain; mixed: 2, 3, 4, 5 in turn",
}
_FEW: dict[str, Any] = {"type": "integer", "minimum": 0, "maximum": 8}

register(
    Task(
        id="needlebench/multi_retrieval",
        version=1,
        rule="needle/keyed_recall",
        summary="A fact at each of eleven depths, asked for together with sentences to fill in",
        source="Li et al. 2024 (NeedleBench), multi-needle retrieval, second version",
        scope="11 sentences (1 to 64)",
        diffusion="state what the questions ask, in their words",
        build=build_retrieval,
        read=read_retrieval,
        params={
            "needles": {"type": "integer", "minimum": 1, "maximum": _MOST, "default": 11},
            "placement": {"enum": ["spread", "random"], "default": "spread"},
            "depths": {
                "type": "array",
                "items": {"type": "number", "minimum": 0, "maximum": 1},
                "maxItems": _MOST,
                "default": [],
                "description": "a needle at each of these, in place of needles and placement",
            },
            "ask": {"enum": ["after", "before"], "default": "after"},
            "guide": {"type": "boolean", "default": False},
        },
        languages=("en", "zh"),
        haystacks=("prose", "noise", "essay", DISTRACTORS),
        depth=False,
        distractor=another,
        guesses=guess_retrieval,
    )
)
register(
    Task(
        id="needlebench/multi_reasoning",
        version=1,
        rule="boxed/exact",
        summary="A chain of kin whose facts stand far apart in a long document, among other kin",
        source="Li et al. 2024 (NeedleBench), multi-needle reasoning, second version",
        scope="2 to 32 sentences",
        diffusion="among statements of the same form, in filler",
        build=build_reasoning,
        read=read_hidden,
        params={
            "facts": _FACTS,
            "question": {"enum": ["mixed", *QUESTIONS], "default": "eldest_ancestor"},
            "spacing": {
                "type": "number",
                "exclusiveMinimum": 0,
                "maximum": 1,
                "default": 0.1,
                "description": "share of the haystack between one fact and the next",
            },
            "order": {"enum": ["shuffled", "eldest_first"], "default": "shuffled"},
            "branches": {**_FEW, "default": 1, "description": "others of the family, a fact"},
            "families": {**_FEW, "default": 3, "description": "other families"},
        },
        languages=("en", "zh"),
        haystacks=("prose", "noise", "essay"),
        guesses=guess_hidden,
    )
)
