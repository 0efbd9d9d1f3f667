r"""NeedleBench: one needle in a long document, and a chain of kin among many statements.

Source: Li et al. 2024 (arXiv:2407.11963), single retrieval and the ancestral trace challenge,
second version of the published configuration (opencompass): document in tags, question after
it with a sentence to fill in; the answer of a trace in \boxed{}.

Changed, because the published data allow shortcuts or mistakes: lengths are exact and needles
stand between sentences; needles are drawn from a large space instead of a fixed file; in the
trace the chain is hidden among side branches and other families of the same shape, so that
counting how often a name occurs answers nothing, and ancestors and descendants that are asked
for are not always the end of the chain; ordinals are right; examples use names that no sample
can hold.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np

from synthctx.compose import DISTRACTORS, Room
from synthctx.generators._clans import clans_of, own_names
from synthctx.generators._kinship_ask import QUESTIONS, Trace, ask, counting, grow
from synthctx.generators._kinship_read import guess_trace, read_trace
from synthctx.generators._needles import THEMES, another, chance, draw
from synthctx.tasks import Body, Counted, Draft, Hay, Piece, Task, register

# ---------------------------------------------------------------- single retrieval

_GAP = "____"
_SINGLE = {
    "en": (
        "The document between the tags is long. Read it to the end; one question about it "
        "follows.\n\n<document>\n",
        "\n</document>\n\nQuestion: {question}\nUse nothing but the document. Reply with this "
        "sentence, its gap filled in, and nothing else:\n{form}\n",
    ),
    "zh": (
        "标签之间是一篇很长的文档。请从头读到尾，文档后面有一个相关的问题。\n\n<文档>\n",
        "\n</文档>\n\n问题：{question}\n请只根据文档作答，把下面这句话的空白填好后原样写出，"
        "不要写别的内容：\n{form}\n",
    ),
}


def build_single(room: Room) -> Draft:
    """Draw a theme, a key and a value, both of which occur in the needle alone."""
    language = room.language
    same, stream = room.both("evidence")
    theme = same.pick(THEMES[language])
    key = draw(theme.key, language, stream)
    value = draw(theme.value, language, stream)
    needle = theme.needle.format(key=key, value=value)
    # among facts of the same form it is the key alone that tells the needle
    forbidden = (key,) if room.row.haystack["kind"] == DISTRACTORS else (key, value)
    prefix, suffix = _SINGLE[language]
    return Draft(
        prefix=prefix,
        body=Hay([Piece(needle, room.row.depth or 0.0)], forbidden),
        suffix=suffix.format(
            question=theme.question.format(key=key),
            form=theme.needle.format(key=key, value=_GAP),
        ),
        reference={"keyword": value, "needle": needle},
        max_output_tokens=128,  # one sentence, and room for a model that says a little more
        rule_params={"published": "v2"},
        floor=chance(theme.value, language),
    )


def read_single(prompt: str) -> str:
    """Look for the sentence with the gap in the document, and fill it in."""
    document, _, after = re.sub("</文档>", "</document>", prompt).rpartition("</document>")
    forms = [line for line in after.splitlines() if _GAP in line]
    if not forms:
        return ""
    head, _, tail = forms[-1].partition(_GAP)
    found = re.search(re.escape(head) + r"([^.。\n]{1,80})" + re.escape(tail), document)
    return found[0] if found else ""


def guess_single(prompt: str) -> list[str]:
    """Return the sentence with its gap open, and with the asked key in it."""
    form = prompt.rstrip("\n").rpartition("\n")[2]
    return [form, form.replace(_GAP, form.partition(_GAP)[0])]


# ---------------------------------------------------------------- ancestral trace

_INTRODUCTION = {
    "en": (
        "The statements between the tags come in no particular order and are about the members "
        "of several families. Answer the question after them from these statements alone.\n\n"
    ),
    "zh": "标签之间的陈述没有特定顺序，讲的是几个家族的成员。请只根据这些陈述回答后面的问题。\n\n",
}
_OPEN = {"en": "<statements>\n", "zh": "<陈述>\n"}
_TRACE_SUFFIX = {
    "en": "\n</statements>\n\nQuestion: {asked}\n",
    "zh": "\n</陈述>\n\n问题：{asked}\n",
}


def _lines(
    room: Room, trace: Trace, names: list[str], budget: int
) -> tuple[list[str], list[int], int]:
    """Return the statements that fit, own ones first, their tokens, and those of one more."""
    own = [fact.text(names) + "\n" for fact in trace.family.facts]
    sizes = room.line_tokens(own)
    left = budget - sum(sizes)
    links = len(trace.chain) + 2
    others, counts, one_more = clans_of(room, links).draw(room, left)
    if len(others) < len(own):
        needed = 2 * sum(sizes)
        raise room.too_short(
            f"a chain of {len(trace.chain)} facts, its branches and as many facts of other "
            f"families take about {needed:,} tokens, {max(budget, 0):,} are free; "
            "raise the length or lower facts"
        )
    return own + others, sizes + counts, one_more


def build_trace(room: Room) -> Draft:
    """Hide a chain of kin among its family's branches and other families."""
    language, kind, links = room.language, room.params["question"], int(room.params["facts"])
    if kind == "mixed":
        kind = QUESTIONS[room.row.index % len(QUESTIONS)]
    trace = grow(language, room.streams("evidence"), kind, links)
    names = own_names(language, room.streams("names"), trace.family.end)
    asked, answer = ask(trace, language, names, room.structure("question"))
    prefix = _INTRODUCTION[language] + counting(language, kind) + _OPEN[language]
    suffix = _TRACE_SUFFIX[language].format(asked=asked)
    # Spelling out one link takes about 20 tokens; a model that may not do so cannot trace.
    max_output_tokens = 512 + 24 * links
    budget = room.budget(prefix, suffix, max_output_tokens)
    lines, sizes, one_more = _lines(room, trace, names, budget)
    place = {fact: i for i, fact in enumerate(trace.family.facts)}
    # two tokens of the budget are the engine's allowance for seams
    body = _shuffled(room, lines, sizes, [place[f] for f in trace.chain], one_more + 2)
    return Draft(
        prefix=prefix,
        body=body,
        suffix=suffix,
        reference=answer,
        max_output_tokens=max_output_tokens,
        rule_params={"kind": "number" if trace.is_number else "word"},
        floor=trace.floor,
    )


def _shuffled(
    room: Room, lines: list[str], sizes: list[int], needed: list[int], item_tokens: int
) -> Body:
    """Return the statements in random order, one a line, and where the needed ones stand."""
    order = room.structure("order").permutation(len(lines))
    shown = [lines[i] for i in order.tolist()]
    chars = np.concatenate([[0], np.cumsum([len(line) for line in shown])])
    tokens = np.concatenate([[0], np.cumsum(np.array(sizes)[order])])
    at = np.sort(np.flatnonzero(np.isin(order, needed)))
    text = "".join(shown).removesuffix("\n")
    body = Body(text, [(int(chars[i]), int(chars[i + 1]) - 1) for i in at], item_tokens)
    if not room.adds_up(lines[:60]):
        return body
    total = int(tokens[-2]) + room.line_tokens([shown[-1].removesuffix("\n")])[0]
    # without the newline a line has one token less, be it one of its own or not
    counted = Counted(total, tokens[at].tolist(), (tokens[at + 1] - 1).tolist())
    return replace(body, counted=counted)


_FACTS: dict[str, Any] = {"type": "integer", "minimum": 2, "maximum": 512, "default": 8}

register(
    Task(
        id="needlebench/single_retrieval",
        version=3,
        rule="needle/keyword",
        summary="One fact in a long document, asked for with a sentence to fill in",
        source="Li et al. 2024 (NeedleBench), single retrieval, second version",
        scope="one sentence",
        diffusion="states what the question asks, in its words",
        build=build_single,
        read=read_single,
        languages=("en", "zh"),
        haystacks=("prose", "noise", "essay", DISTRACTORS),
        distractor=another,
        guesses=guess_single,
    )
)
register(
    Task(
        id="needlebench/ancestral_trace",
        version=3,
        rule="boxed/exact",
        summary="A chain of kin among statements about many families, to be followed to its end",
        source="Li et al. 2024 (NeedleBench), ancestral trace challenge, second version",
        scope="2 to 512 statements",
        diffusion="among statements of the same form, in no order",
        build=build_trace,
        read=read_trace,
        params={"facts": _FACTS, "question": {"enum": ["mixed", *QUESTIONS], "default": "mixed"}},
        languages=("en", "zh"),
        depth=False,
        guesses=guess_trace,
    )
)
