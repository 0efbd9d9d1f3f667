r"""Questions about kin: how generations are counted, an example, what is asked and answered.

Answers are proved by the shape of a family: everybody has one stated elder at most, so the
way up from a person is the only one, and generations add up along it. A descendant is asked
for only where branches are kept away from that generation.
"""

from __future__ import annotations

from dataclasses import dataclass

from synthctx.generators._kinship import Fact, Family, chinese_number, ordinal, spread_steps
from synthctx.streams import Stream

QUESTIONS = ("eldest_ancestor", "nth_ancestor", "nth_descendant", "relationship_distance")
# {example}: an answer that is worked out, {form}: what is to be put in the box
COUNTING = {
    "en": (
        "Counting: a father or mother is 1 generation above the child, a grandfather or "
        "grandmother 2 generations above the grandchild; along a line of descent generations "
        "add up. A person's eldest ancestor is reached by following the stated relations "
        "upwards until nobody older is stated.\n\n"
        "An example. Statements: Halvo is Oriel's father. The mother of Bastan is called Oriel. "
        "Quenna has Bastan as grandfather.\n{example}\n\n"
        "Write the final answer, {form}, in \\boxed{{}}.\n\n"
    ),
    "zh": (
        "辈分的算法：父母比子女高1代，祖父母、外祖父母比孙辈高2代；沿着同一血脉，代数逐段相加。"
        "一个人最年长的祖先，是沿着陈述中的关系一直往上找，直到再也没有更年长的人为止。\n\n"
        "例如，已知陈述：阿禾是阿岚的父亲。阿松的母亲名叫阿岚。阿竹的祖父是阿松。\n{example}\n\n"
        "请把最终答案（{form}）写在\\boxed{{}}里。\n\n"
    ),
}
_EXAMPLES = {
    "en": {
        "eldest_ancestor": "Question: Who is the eldest ancestor of Quenna? Above Quenna stands "
        "the grandfather Bastan, above Bastan the mother Oriel, above Oriel the father Halvo, and "
        "nobody is stated above Halvo: \\boxed{Halvo}",
        "nth_ancestor": "Question: Who is the ancestor of Quenna exactly 3 generations above? "
        "Bastan is 2 above Quenna, and Oriel 1 above Bastan, together 3: \\boxed{Oriel}",
        "nth_descendant": "Question: Who is the descendant of Oriel exactly 3 generations below? "
        "Bastan is 1 below Oriel, and Quenna 2 below Bastan, together 3: \\boxed{Quenna}",
        "relationship_distance": "Question: How many generations lie between Quenna and Oriel? "
        "Bastan is 2 above Quenna, and Oriel 1 above Bastan, together 3: \\boxed{3}",
    },
    "zh": {
        "eldest_ancestor": "问题：阿竹最年长的祖先是谁？阿竹的祖父是阿松，阿松的母亲是阿岚，"
        "阿岚的父亲是阿禾，再往上没有别人：\\boxed{阿禾}",
        "nth_ancestor": "问题：阿竹往上数3代的祖先是谁？阿松比阿竹高2代，阿岚比阿松高1代，"
        "合起来是3代：\\boxed{阿岚}",
        "nth_descendant": "问题：阿岚往下数3代的后代是谁？阿松比阿岚低1代，阿竹比阿松低2代，"
        "合起来是3代：\\boxed{阿竹}",
        "relationship_distance": "问题：阿竹和阿岚之间相差几代？阿松比阿竹高2代，阿岚比阿松高1代，"
        "合起来是3代：\\boxed{3}",
    },
}
_ASKED = {
    "en": {
        "eldest_ancestor": "Who is the eldest ancestor of {a}?",
        "nth_ancestor": "Who is the {nth}-generation ancestor of {a}, that is, the one exactly "
        "{n} generations above?",
        "nth_descendant": "Who is the {nth}-generation descendant of {a}, that is, the one "
        "exactly {n} generations below?",
        "relationship_distance": "How many generations lie between {a} and {b}?",
    },
    "zh": {
        "eldest_ancestor": "{a}最年长的祖先是谁？",
        "nth_ancestor": "{a}的第{nth}代祖先（也就是正好往上数{n}代的那一位）是谁？",
        "nth_descendant": "{a}的第{nth}代后代（也就是正好往下数{n}代的那一位）是谁？",
        "relationship_distance": "{a}和{b}之间相差几代？",
    },
}
_FORMS = {"en": ("a full name", "a whole number"), "zh": ("完整姓名", "阿拉伯数字")}


def counting(language: str, kind: str) -> str:
    """Return how generations are counted, with an example of a kind of question."""
    form = _FORMS[language][kind == "relationship_distance"]
    return COUNTING[language].format(example=_EXAMPLES[language][kind], form=form)


@dataclass(frozen=True)
class Trace:
    """The family that is asked about, and the part of its line between the two persons.

    Attributes:
        upper: the elder end of the chain; lower: the younger end.
        chain: the facts that lead from one to the other.
        distance: generations between them.
    """

    kind: str
    family: Family
    upper: int
    lower: int
    chain: tuple[Fact, ...]

    @property
    def distance(self) -> int:
        """Return the generations between the two ends."""
        return sum(f.steps for f in self.chain)

    @property
    def is_number(self) -> bool:
        """Say whether the answer is a number of generations."""
        return self.kind == "relationship_distance"

    @property
    def floor(self) -> float:
        """Return what a guess reaches: distances are uniform on links..2*links, names many."""
        return 1 / (len(self.chain) + 1) if self.is_number else 0.0


def grow(language: str, stream: Stream, kind: str, links: int, branches: int = 1) -> Trace:
    """Grow the family that is asked about: a line longer than the chain, then branches.

    Args:
        language: of the kin terms.
        stream: where the draws come from.
        kind: one of `QUESTIONS`.
        links: facts of the chain.
        branches: persons at most that are hung on members, for each fact of the line; with
            none of them the line is the chain alone.
    """
    over = 0 if kind == "eldest_ancestor" or not branches else stream.between(1, 3)
    under = stream.between(1, 3) if branches else 0
    family = Family(language, stream, 0)
    steps = spread_steps(stream, links)
    line = family.line([*spread_steps(stream, over), *steps, *spread_steps(stream, under)])
    if kind == "nth_descendant":
        family.bar(line[over], line[over:], sum(steps))
    facts = tuple(family.facts[over : over + links])
    most = branches * (len(line) - 1)
    family.branch(stream.between(most // 2, most))
    return Trace(kind, family, line[over], line[over + links], facts)


def ask(trace: Trace, language: str, names: list[str], stream: Stream) -> tuple[str, str]:
    """Return the question and its answer."""
    upper, lower = names[trace.upper], names[trace.lower]
    a, b, answer = {
        "eldest_ancestor": (lower, "", upper),
        "nth_ancestor": (lower, "", upper),
        "nth_descendant": (upper, "", lower),
        "relationship_distance": (*stream.shuffled([upper, lower]), str(trace.distance)),
    }[trace.kind]
    n = trace.distance
    nth = ordinal(n) if language == "en" else chinese_number(n)
    return _ASKED[language][trace.kind].format(a=a, b=b, n=n, nth=nth), answer
