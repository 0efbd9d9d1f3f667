"""Pseudocode translated line by line into code.

Source: LongProc (arXiv:2501.05414), pseudo_to_code. Kept: one line of pseudocode for one line
of code, indentation and all; a program that reads an input and writes an output; graded by what
it writes for inputs that are not shown.

Changed. Language: a small part of Python (`synthctx.minilang`) in place of C++, so that nothing
is compiled or run natively. Pseudocode: its forms are few, fixed and stated in full, with a
worked example, so that there is one right meaning; published lines are free notes of people.
Programs: made up (published: from public contests, up to ten of them for one problem), and end
by construction. Sizes: the length of the answer (`output_tokens`, met within 10 %) has nothing
to do with the length of the prompt, which is filled up with other programs in the same form.
Which of them is asked for is said behind the document; `depth` is where it lies.

The answer is the only one up to what a program does: every form has one meaning, and programs
are graded by interpretation. A program may have 250,000 characters: 64k tokens and more with
the usual vocabularies.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import count
from typing import Any

from synthctx.compose import Room
from synthctx.errors import GenerationError
from synthctx.generators._longproc_programs import Line, Maker, code_text, pseudo_text
from synthctx.generators._longproc_programs_read import read_program
from synthctx.items import Stock, items_body, put_among
from synthctx.minilang import MOST_CHARACTERS
from synthctx.names import word_keys, words
from synthctx.streams import Stream, Streams
from synthctx.tasks import Draft, Task, register

_PREFIX = """\
Below are programs in pseudocode, each with a name. You are asked to translate one of them, line \
by line, into a small language that looks like Python. Each line of pseudocode has exactly one of \
these forms and becomes exactly one line of code; E, F are expressions, C, D are conditions:

read a whole number into x | x = int(input())
read whole numbers into v | v = list(map(int, input().split()))
let x be E | x = E
let v be an empty list | v = []
add E to x | x += E
take E away from x | x -= E
multiply x by E | x *= E
reduce x modulo E | x %= E
append E to v | v.append(E)
put E into item F of v | v[F] = E
swap items E and F of v | v[E], v[F] = v[F], v[E]
for i from 2 to 6, both included: | for i in range(2, 7):
for each t in v: | for t in v:
while C: | while C:
if C: | if C:
otherwise, if C: | elif C:
otherwise: | else:
leave the loop | break
go on with the next turn | continue
define f of x and y: | def f(x, y):
give back E | return E
write E | print(E)
write E and then F | print(E, F)

An expression is a number, a name, or one of these; items are counted from 0:

the sum of E and F | E + F
the difference of E and F | E - F
the product of E and F | E * F
the quotient of E and F | E // F
the remainder of E and F | E % F
the larger of E and F | max(E, F)
the smaller of E and F | min(E, F)
the absolute value of E | abs(E)
the length of v | len(v)
item E of v | v[E]
the result of f for E and F | f(E, F)

A condition is one of these:

E is less than F | E < F
E is at most F | E <= F
E is greater than F | E > F
E is at least F | E >= F
E is equal to F | E == F
E is not equal to F | E != F
both C and D | C and D
either C or D | C or D

An expression inside another gets brackets where the other is one of the first five forms: "the \
remainder of the sum of x and 3 and 7" is (x + 3) % 7. A block is indented by two blanks, in the \
pseudocode and in the code.

For example, the program

{pseudo}
becomes

```python
{code}```

Programs and notes (the notes mean nothing):
"""
_SUFFIX = """

Now translate program {name} line by line, all of it and no other. Answer with the code alone, \
in one block:

```python
...
```
"""
_EXAMPLE = (
    Line(0, "read a whole number into n", "n = int(input())"),
    Line(0, "read whole numbers into v", "v = list(map(int, input().split()))"),
    Line(0, "define mix of x and y:", "def mix(x, y):"),
    Line(1, "if the remainder of x and 2 is equal to 0:", "if x % 2 == 0:"),
    Line(2, "give back the sum of the product of x and 3 and y", "return (x * 3) + y"),
    Line(1, "give back the absolute value of the difference of x and y", "return abs(x - y)"),
    Line(0, "let s be item 0 of v", "s = v[0]"),
    Line(0, "for i from 1 to 4, both included:", "for i in range(1, 5):"),
    Line(1, "add the result of mix for i and s to s", "s += mix(i, s)"),
    Line(1, "reduce s modulo 97", "s %= 97"),
    Line(1, "if both s is greater than n and i is not equal to 3:", "if s > n and i != 3:"),
    Line(2, "write s and then the larger of n and i", "print(s, max(n, i))"),
    Line(0, "write the length of v", "print(len(v))"),
)
_MINIMUM, _MAXIMUM = 128, 65_536
_NEAR, _FULL = 0.97, 1.04  # of the tokens asked for
_MISSES, _TRIES = 8, 12
_CHARACTERS = MOST_CHARACTERS - 600
_INPUTS = 5
_SHOWN_NAMES = 48_000  # names of other programs; what is left names the asked ones
_IN_BLOCK = 40
_NOTES = 400


# ---------------------------------------------------------------- the program asked for


def _program(room: Room) -> tuple[list[Line], int]:
    """Return a program with as many tokens of code as asked for, and how many those are.

    Raises:
        GenerationError: there is none.
    """
    target = room.params["output_tokens"]
    for attempt in range(_TRIES):
        lines = _grown(room, room.streams("evidence", attempt), target)
        code = code_text(lines).rstrip("\n")
        tokens = room.tokenizer.count(code)
        if len(code) > _CHARACTERS:
            raise GenerationError(
                f"longproc/pseudo_to_code: a program of {target:,} output_tokens"
                f" ({room.tokenizer.name}) has more than the {_CHARACTERS:,} characters that can be"
                " graded: ask for fewer"
            )
        if abs(tokens - target) <= 0.08 * target:
            return lines, tokens
    raise GenerationError(
        f"longproc/pseudo_to_code: no program of {target:,} output_tokens was found"
        f" ({room.tokenizer.name})"
    )


def _grown(room: Room, stream: Stream, target: int) -> list[Line]:
    maker = Maker(stream)
    lines, last = maker.opening(), maker.closing()
    total, misses = sum(room.line_tokens([code_text(lines), code_text([last])])), 0
    characters = 0
    while total < _NEAR * target and characters < MOST_CHARACTERS:
        more = maker.section() if misses < _MISSES else maker.short()
        text = code_text(more)
        size = room.line_tokens([text])[0]
        if total + size > _FULL * target:
            misses += 1
            if misses > 8 * _MISSES:
                break
            continue
        misses = 0 if misses < _MISSES else misses
        lines += more
        total += size
        characters += len(text)
    return [*lines, last]


def _inputs(stream: Stream) -> list[list[str]]:
    """Return inputs; among them are all numbers that conditions of programs compare with."""
    near = stream.shuffled(range(23, 38))
    out = []
    for number in range(_INPUTS):
        values = [*near[number::_INPUTS], *(stream.between(1, 60) for _ in range(5))]
        values = stream.shuffled(values)
        out.append([str(stream.between(3, 40)), " ".join(map(str, values))])
    return out


def _shown(name: str, lines: list[Line]) -> str:
    return f"Program {name}:\n{pseudo_text(lines)}End of program {name}.\n"


# ---------------------------------------------------------------- what else the document holds


@lru_cache(maxsize=1)
def _names() -> list[str]:
    """Return all names of programs in a fixed random order."""
    adjectives, nouns = words()
    return word_keys(Streams(["programs"])("names"), len(adjectives) * len(nouns))


@lru_cache(maxsize=8)
def _others(tokenizer: str) -> Stock:
    streams = Streams(["programs", 1])

    def make(block: int) -> list[str]:
        out = []
        for number in range(block * _IN_BLOCK, (block + 1) * _IN_BLOCK):
            stream = streams("program", number)
            maker = Maker(stream)
            lines = maker.opening()
            for _ in range(stream.between(1, 3)):
                lines += maker.section()
            again, at = divmod(number, _SHOWN_NAMES)
            name = _names()[at] + (f"-{again}" if again else "")
            out.append(_shown(name, [*lines, maker.closing()]))
        return out

    return Stock(make)


@lru_cache(maxsize=8)
def _notes(tokenizer: str) -> Stock:
    numbers = count(1001)
    streams = Streams(["notes on programs", 1])

    def make(block: int) -> list[str]:
        stream = streams("block", block)
        nouns = words()[1]
        return [
            f"Note {next(numbers)}: kept with the {stream.pick(nouns)} papers.\n"
            for _ in range(_NOTES)
        ]

    return Stock(make)


# ---------------------------------------------------------------- the test


def build(room: Room) -> Draft:
    """Make a program of the size asked for and put it among others."""
    lines, size = _program(room)
    name = room.streams("name").pick(_names()[_SHOWN_NAMES:])
    shown = _shown(name, lines)
    tests = [[given, None] for given in _inputs(room.streams("inputs"))]
    prefix = _PREFIX.format(pseudo=pseudo_text(_EXAMPLE), code=code_text(_EXAMPLE))
    suffix = _SUFFIX.format(name=name)
    out = size * 5 // 4 + 64
    tokens = room.line_tokens([shown])
    left = room.budget(prefix, suffix, out) - tokens[0]
    if left < 0:
        raise room.too_short(f"the forms, a program and its code of {size:,} tokens")
    programs, sizes, _ = _others(room.row.tokenizer).draw(room, left, "others")
    notes, note_sizes, one_more = _notes(room.row.tokenizer).draw(room, left - sum(sizes), "notes")
    order = room.streams("order").permutation(len(programs) + len(notes)).tolist()
    items, item_sizes = [*programs, *notes], [*sizes, *note_sizes]
    among = put_among(
        [items[i] for i in order],
        [item_sizes[i] for i in order],
        [shown],
        tokens,
        [room.row.depth or 0.0],
    )
    return Draft(
        prefix=prefix,
        body=items_body(room, among, one_more),
        suffix=suffix,
        reference={"program": code_text(lines).rstrip("\n"), "tests": tests},
        max_output_tokens=out,
        rule_params={"fuel": 400_000 + 2_000 * len(lines), "reference_tokens": size},
    )


def read(prompt: str) -> str:
    """Translate the asked program by the forms."""
    return read_program(prompt)


def guesses(prompt: str) -> list[str]:
    """Return the code of the example, and the asked program as it stands."""
    name = prompt.rpartition("Now translate program ")[2].partition(" ")[0]
    asked = prompt.partition(f"Program {name}:\n")[2].partition("End of program")[0]
    return [code_text(_EXAMPLE), f"```python\n{asked}```"]


def _params() -> dict[str, Any]:
    size = {"type": "integer", "minimum": _MINIMUM, "maximum": _MAXIMUM, "default": 512}
    return {"output_tokens": size}


register(
    Task(
        id="longproc/pseudo_to_code",
        version=1,
        rule="code/pseudo",
        summary="Pseudocode of one program translated line by line, graded by what it does",
        source="Ye et al. 2025 (LongProc), pseudo_to_code",
        scope="one program, every line",
        diffusion="among programs that look alike",
        build=build,
        read=read,
        params=_params(),
        guesses=guesses,
    )
)
