"""Needles of one's own in a haystack: rows of question, needle and accepted answers.

Source: the needle test of G. Kamradt (2023), in which needle, question and haystack are whatever
one gives it, and a language model judges the answer. Kept: one needle at the asked depth of any
haystack, the question behind it. Changed: lengths are exact, and an answer counts by rule, when
it names one of the accepted forms.

With the param `file`, a table with the columns `question`, `needle` and `answers` (or `answer`;
a list, or one form), each row is a needle of its own, asked once, in an order that the seed
gives. The file is checked as a whole before anything is made (see `_checked`). That the filler
does not answer the question otherwise is as the file says: asserted; none of the forms that
stand in the needle stands in the rest of the haystack. A version of such a problem is the same
needle in another haystack.

Without a file, the needles are dates on which somebody did something, which have several forms.
The proof: the person of the question occurs in the needle alone, and the needle states one date,
which in none of its forms stands in the filler.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from synthctx.compose import Room
from synthctx.errors import GenerationError, SuiteError
from synthctx.names import people
from synthctx.records import Findings, load_records, record_of, stamp
from synthctx.streams import Stream
from synthctx.tasks import Draft, Hay, Piece, Task, register

_PREFIX = {
    "en": "A long text stands between the two marks. Read it with care: a question about one "
    "detail of it comes afterwards.\n\n<text>\n",
    "zh": "两个标记之间是一篇长文。请仔细阅读，文后会就其中一个细节提问。\n\n<文章>\n",
}
_SUFFIX = {
    "en": "\n</text>\n\nQuestion: {question}\nAnswer in one line, with the answer alone.\n",
    "zh": "\n</文章>\n\n问题：{question}\n请只用一行写出答案。\n",
}
_END = {"en": ".", "zh": "。"}
_OUTPUT_TOKENS = 64
_COMMON = 0.5  # share of a haystack's paragraphs that may hold an answer

# ---------------------------------------------------------------- dates

_DEEDS = {
    "en": (
        ("{who} rowed across the lake for the first time on {date}.", "rowed across the lake"),
        ("{who} opened the reading room at the mill on {date}.", "opened the reading room"),
        ("{who} planted the lime tree in the market square on {date}.", "planted the lime tree"),
        ("{who} gave the last concert in the old chapel on {date}.", "gave the last concert"),
        ("{who} took over the ferry office on {date}.", "took over the ferry office"),
    ),
    "zh": (
        ("{who}第一次划船过湖是在{date}。", "第一次划船过湖"),
        ("{who}在磨坊开办阅览室是在{date}。", "在磨坊开办阅览室"),
        ("{who}在集市广场种下椴树是在{date}。", "在集市广场种下椴树"),
        ("{who}接管渡口事务所是在{date}。", "接管渡口事务所"),
    ),
}
_ASKED = {
    "en": "According to the text, on which date was it that {who} {deed}?",
    "zh": "根据文章，{who}{deed}是在哪年哪月哪日？",
}
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_YEARS = (1850, 1949)


@dataclass(frozen=True)
class _Needle:
    """A question, the sentence that answers it, and the forms that are accepted."""

    question: str
    text: str
    answers: tuple[str, ...]


def _dated(language: str, same: Stream, stream: Stream) -> _Needle:
    """Draw a deed, of all versions of a problem the same, a person and a date."""
    template, deed = same.pick(_DEEDS[language])
    who = people(language, stream, 1)[0]
    year, month, day = stream.between(*_YEARS), stream.between(1, 12), stream.between(1, 28)
    numeric = f"{year}-{month:02}-{day:02}"
    name = _MONTHS[month - 1]
    written = [f"{day} {name} {year}", f"{name} {day}, {year}"]
    if language == "zh":
        written = [f"{year}年{month}月{day}日"]
    forms = (*written, numeric)
    question = _ASKED[language].format(who=who, deed=deed)
    return _Needle(question, template.format(who=who, date=forms[0]), (who, *forms))


# ---------------------------------------------------------------- a file


@lru_cache(maxsize=8)
def _checked(path: str, size: int, changed: int) -> list[_Needle]:
    """Return the needles of a file.

    Raises:
        SuiteError: a cell is empty, a question stands in two rows, a needle is no sentence, or
            an answer is not in its needle but in its question; lists them all.
    """
    columns = {name: name for name in ("question", "needle", "answers", "answer")}
    rows = load_records(path, columns, optional=("answers", "answer"))
    if all(row["answers"] is None and row["answer"] is None for row in rows):
        raise SuiteError(f"file '{path}' has neither a column 'answers' nor a column 'answer'")
    found = Findings(f"file '{path}'")
    out = []
    for row in rows:
        name = "answer" if row["answers"] is None else "answers"
        question, text = found.text(row, "question"), " ".join(found.text(row, "needle").split())
        answers = tuple(dict.fromkeys(found.texts(row, name)))
        if text and not text[0].isalnum():
            found.add(row, f"the needle does not begin with a letter: {text[:40]!r}")
        if text and text[-1] not in ".。" and not text[-1].isalnum():
            found.add(row, f"the needle does not end with a full stop: {text[-40:]!r}")
        if text and answers and not any(_stands(a, text) for a in answers):
            found.add(row, f"none of the answers stands in the needle: {', '.join(answers)}")
        for answer in answers:
            if question and _stands(answer, question):
                found.add(row, f"the question gives the answer away: {answer!r}")
        out.append(_Needle(" ".join(question.split()), text, answers))
    found.repeated([(row, n.question) for row, n in zip(rows, out, strict=True)], "question")
    found.check("Needed are the columns question, needle (one sentence) and answers")
    return out


def _stands(answer: str, text: str) -> bool:
    return " ".join(answer.casefold().split()) in text.casefold()


def _seldom(room: Room, answers: tuple[str, ...], path: str) -> None:
    """Say so where the haystack holds an answer nearly everywhere: it must stand nowhere in it."""
    pool = room.pool()
    sections = pool.at_least(1).sections.tolist()
    for answer in answers:
        if sum(answer in section for section in sections) > _COMMON * len(sections):
            raise GenerationError(
                f"task {room.row.task}: the answer '{answer}' of file '{path}' stands in most "
                f"paragraphs of the haystack '{pool.name}', and may stand in none: give a longer "
                "answer, or another haystack"
            )


# ---------------------------------------------------------------- the task


def build(room: Room) -> Draft:
    """Put a needle of the file, or one of a date, into the haystack."""
    path, language = room.params["file"], room.language
    if path is None:
        needle = _dated(language, *room.both("evidence"))
        forbidden, answers = needle.answers, list(needle.answers[1:])
    else:
        needles = _checked(path, *stamp(path))
        needle = needles[record_of(room.row, len(needles), path, "needles")]
        forbidden = tuple(a for a in needle.answers if a in needle.text)
        _seldom(room, forbidden, path)
        answers = list(needle.answers)
    text = needle.text + (_END[language] if needle.text[-1].isalnum() else "")
    most = max(room.fixed(answer) for answer in answers)
    return Draft(
        prefix=_PREFIX[language],
        body=Hay([Piece(text, room.row.depth or 0.0)], forbidden),
        suffix=_SUFFIX[language].format(question=needle.question),
        reference=answers,
        max_output_tokens=max(_OUTPUT_TOKENS, 32 + most),
        uniqueness=None if path is None else "asserted",
    )


_QUESTION = re.compile(r"\n(?:Question: |问题：)(.+)\n.+\n?\Z")
_DATE = r"([0-9]{1,2} [A-Z][a-z]+ [0-9]{4}|[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日)"


def read(prompt: str) -> str:
    """Find the sentence that says on which date the asked person did the asked thing."""
    asked = _QUESTION.search(prompt, max(0, prompt.rfind("\n\n")))
    if asked is None:
        return ""
    language = "en" if asked[1].isascii() else "zh"
    for template, deed in _DEEDS[language]:
        pattern = re.escape(_ASKED[language].format(who="\0", deed=deed))
        who = re.fullmatch(pattern.replace("\0", "(.+)"), asked[1])
        if who:
            head, _, tail = template.format(who=who[1], date="\0").partition("\0")
            stated = re.search(re.escape(head) + _DATE + re.escape(tail), prompt)
            return stated[1] if stated else ""
    return ""


def guesses(prompt: str) -> list[str]:
    """Return the years that dates have, and who is asked about."""
    asked = _QUESTION.search(prompt, max(0, prompt.rfind("\n\n")))
    years = ", ".join(str(year) for year in range(_YEARS[0], _YEARS[1] + 1))
    return [years, f"1 January {_YEARS[0]}", asked[1] if asked else ""]


register(
    Task(
        id="niah/own",
        version=1,
        rule="match/any",
        summary="A needle of your own file (question, needle, answers), or a date, in filler text",
        source="Kamradt 2023, Needle In A Haystack",
        scope="one sentence",
        diffusion="as the file has it; a date in the question's words",
        build=build,
        read=read,
        params={"file": {"type": ["string", "null"], "minLength": 1, "default": None}},
        languages=("en", "zh"),
        haystacks=("prose", "noise", "essay"),
        guesses=guesses,
        files=("file",),
    )
)
