"""The solvers of questions about kin: parse statements, follow them, count generations.

Statements stand one a line, or scattered among the sentences of a document.

It shares nothing with the maker but the list of kin terms.
"""

from __future__ import annotations

import re

from synthctx.generators._kinship import TERMS

Elders = dict[str, tuple[str, int]]

_NAME = r"[A-Z][A-Za-z]+ [A-Z][A-Za-z]+"
_STEPS = {
    term: steps for kinds in TERMS.values() for (steps, _), terms in kinds.items() for term in terms
}
_TERM = {
    language: "|".join(sorted((t for ts in kinds.values() for t in ts), key=len, reverse=True))
    for language, kinds in TERMS.items()
}
# In English possession tells who is younger; the elder is the other name.
_EN_YOUNGER = re.compile(
    rf"(?P<a>{_NAME})'s (?P<ta>{_TERM['en']})\b|\b(?P<tb>{_TERM['en']}) of (?P<b>{_NAME})"
    rf"|(?P<c>{_NAME}) has {_NAME} as (?P<tc>{_TERM['en']})\b"
)
_ZH_OF = rf"(?P<younger>.{{3}})的(?P<term>{_TERM['zh']})"
_ZH_FACTS = (
    re.compile(rf"(?:.*，)?(?P<elder>.{{3}})是{_ZH_OF}[。，].*"),
    re.compile(rf"(?:.*，)?{_ZH_OF}(?:是|名叫)(?P<elder>.{{3}})。"),
    re.compile(rf"作为{_ZH_OF}，(?P<elder>.{{3}})一直.*"),
)
_ANY_TERM = re.compile("|".join(_TERM.values()))
_SENTENCE_END = re.compile(r"""(?<=[.!?。！？])["'”’)\]」』]*\s*|\n+""")
_ASKED_NAME = rf"({_NAME}|[\u3400-\u9fff]{{3}})"
_ELDEST = re.compile(rf"eldest ancestor of {_ASKED_NAME}\?|{_ASKED_NAME}最年长的祖先")
_ANCESTOR = re.compile(
    rf"ancestor of {_ASKED_NAME}, .*exactly (\d+) gen|{_ASKED_NAME}的第.*代祖先.*往上数(\d+)代"
)
_DESCENDANT = re.compile(
    rf"descendant of {_ASKED_NAME}, .*exactly (\d+) gen|{_ASKED_NAME}的第.*代后代.*往下数(\d+)代"
)
_DISTANCE = re.compile(
    rf"between {_ASKED_NAME} and {_ASKED_NAME}\?|{_ASKED_NAME}和{_ASKED_NAME}之间"
)


def parse(line: str) -> tuple[str, str, int] | None:
    """Return (elder, younger, generations) as a line states them, None when it does not."""
    for pattern in _ZH_FACTS:
        if found := pattern.fullmatch(line):
            return found["elder"], found["younger"], _STEPS[found["term"]]
    found = _EN_YOUNGER.search(line)
    if found is None:
        return None
    younger = found["a"] or found["b"] or found["c"]
    term = found["ta"] or found["tb"] or found["tc"]
    others = [name for name in re.findall(_NAME, line) if name != younger]
    return (others[0], younger, _STEPS[term]) if others else None


def statements(prompt: str) -> tuple[list[tuple[str, str, int]], str]:
    """Return the parsed statements of a prompt, and what stands after them."""
    front, _, after = prompt.replace("陈述>", "statements>").rpartition("</statements>")
    lines = front.rpartition("<statements>")[2].splitlines()
    return [fact for line in lines if (fact := parse(line))], after


def upwards(elders: Elders, person: str) -> dict[str, int]:
    """Return a person and all stated above, nearest first, with the generations above."""
    out, above = {person: 0}, 0
    while person in elders:
        person, steps = elders[person]
        above += steps
        if person in out:
            break
        out[person] = above
    return out


def downwards(elders: Elders, person: str, distance: int) -> list[str]:
    """Return all who are stated to be exactly so many generations below a person."""
    children: dict[str, list[tuple[str, int]]] = {}
    for younger, (elder, steps) in elders.items():
        children.setdefault(elder, []).append((younger, steps))
    out, open_ = [], [(person, 0)]
    while open_:
        who, below = open_.pop()
        if below == distance:
            out.append(who)
        elif below < distance:
            open_ += [(child, below + steps) for child, steps in children.get(who, [])]
    return out


def _groups(found: re.Match[str]) -> list[str]:
    return [group for group in found.groups() if group]


def answer_of(elders: Elders, question: str) -> str:
    """Return the answer to a question of either language, "" when the facts do not hold it."""
    if found := _ELDEST.search(question):
        line = list(upwards(elders, _groups(found)[0]))
        return line[-1] if len(line) > 1 else ""
    if found := _ANCESTOR.search(question):
        person, n = _groups(found)
        return next((who for who, above in upwards(elders, person).items() if above == int(n)), "")
    if found := _DESCENDANT.search(question):
        person, n = _groups(found)
        below = downwards(elders, person, int(n))
        return below[0] if len(below) == 1 else ""
    if found := _DISTANCE.search(question):
        a, b = _groups(found)
        distance = upwards(elders, a).get(b) or upwards(elders, b).get(a)
        return str(distance) if distance else ""
    return ""


def _read(facts: list[tuple[str, str, int]], question: str) -> str:
    answer = answer_of({younger: (elder, steps) for elder, younger, steps in facts}, question)
    return f"\\boxed{{{answer}}}" if answer else ""


def _guess(facts: list[tuple[str, str, int]], question: str) -> list[str]:
    names = list(dict.fromkeys(name for elder, younger, _ in facts for name in (elder, younger)))
    asked = [name for name in names if name in question]
    return [*(f"\\boxed{{{name}}}" for name in asked), f"\\boxed{{{', '.join(names)}}}"]


def read_trace(prompt: str) -> str:
    """Parse every statement, follow the relations, and count generations."""
    return _read(*statements(prompt))


def guess_trace(prompt: str) -> list[str]:
    """Return the asked persons, and all persons of the statements in one box."""
    return _guess(*statements(prompt))


def hidden(prompt: str) -> tuple[list[tuple[str, str, int]], str]:
    """Return the statements among the sentences of a document, and what stands after it."""
    front, _, after = prompt.replace("文档>", "document>").rpartition("</document>")
    sentences = _SENTENCE_END.split(front.rpartition("<document>")[2])
    likely = (s for s in sentences if _ANY_TERM.search(s))
    return [fact for sentence in likely if (fact := parse(sentence))], after


def read_hidden(prompt: str) -> str:
    """Do the same with statements that are scattered in a document."""
    return _read(*hidden(prompt))


def guess_hidden(prompt: str) -> list[str]:
    """Return the asked persons, and all persons of the scattered statements in one box."""
    return _guess(*hidden(prompt))
