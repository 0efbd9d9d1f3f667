"""An independent translator: it knows the forms that the prompt states, and nothing else."""

from __future__ import annotations

import re

_ASKED = re.compile(r"^Now translate program ([a-z]+-[a-z]+(?:-\d+)?) line by line", re.M)
_WORD = re.compile(r"\w+|[^\w\s]")
_BINARY = {
    "sum": "+",
    "difference": "-",
    "product": "*",
    "quotient": "//",
    "remainder": "%",
}
_CHOICE = {"larger": "max", "smaller": "min"}
_DEEPEST = 30


class _Unknown(Exception):
    """A line has none of the stated forms."""


class _Words:
    """The words of a line, read from left to right."""

    def __init__(self, line: str) -> None:
        self.words: list[str] = _WORD.findall(line)
        self.at = 0

    def take(self) -> str:
        if self.at >= len(self.words):
            raise _Unknown
        self.at += 1
        return self.words[self.at - 1]

    def expect(self, text: str) -> None:
        for word in text.split():
            if self.take() != word:
                raise _Unknown

    def at_end(self) -> bool:
        return self.at == len(self.words)

    def follows(self, text: str) -> bool:
        """Pass over some words if they come next."""
        words = text.split()
        found = self.words[self.at : self.at + len(words)] == words
        self.at += len(words) if found else 0
        return found

    # ------------------------------------------------------------ expressions

    def value(self, depth: int = 0) -> tuple[str, bool]:
        """Return an expression, and whether it needs brackets inside another."""
        if depth > _DEEPEST:
            raise _Unknown
        word = self.take()
        if word == "item":
            place = self.plain(depth)
            self.expect("of")
            return f"{self.take()}[{place}]", False
        if word != "the":
            return word, False
        kind = self.take()
        if kind == "absolute":
            self.expect("value of")
            return f"abs({self.plain(depth)})", False
        if kind == "result":
            self.expect("of")
            function = self.take()
            self.expect("for")
            left = self.plain(depth)
            self.expect("and")
            return f"{function}({left}, {self.plain(depth)})", False
        self.expect("of")
        if kind == "length":
            return f"len({self.take()})", False
        if kind in _CHOICE:
            left = self.plain(depth)
            self.expect("and")
            return f"{_CHOICE[kind]}({left}, {self.plain(depth)})", False
        if kind not in _BINARY:
            raise _Unknown
        left = self.bracketed(depth)
        self.expect("and")
        return f"{left} {_BINARY[kind]} {self.bracketed(depth)}", True

    def plain(self, depth: int = 0) -> str:
        return self.value(depth + 1)[0]

    def bracketed(self, depth: int) -> str:
        text, open_ = self.value(depth + 1)
        return f"({text})" if open_ else text

    def condition(self, depth: int = 0) -> str:
        if depth > _DEEPEST:
            raise _Unknown
        for word, sign in (("both", "and"), ("either", "or")):
            if self.follows(word):
                left = self.condition(depth + 1)
                self.expect(sign)
                return f"{left} {sign} {self.condition(depth + 1)}"
        left = self.plain()
        self.expect("is")
        for text, sign in (
            ("less than", "<"),
            ("at most", "<="),
            ("greater than", ">"),
            ("at least", ">="),
            ("equal to", "=="),
            ("not equal to", "!="),
        ):
            if self.follows(text):
                return f"{left} {sign} {self.plain()}"
        raise _Unknown

    # ------------------------------------------------------------ statements

    def statement(self) -> str:
        """Return a line of code."""
        first = self.take()
        if first in ("let", "add", "take", "multiply", "reduce", "put", "swap", "append"):
            return self._change(first)
        if first in ("for", "while", "if", "otherwise", "define"):
            head = self._head(first)
            self.expect(":")
            return head + ":"
        if first == "read":
            if self.follows("a whole number into"):
                return f"{self.take()} = int(input())"
            self.expect("whole numbers into")
            return f"{self.take()} = list(map(int, input().split()))"
        if first == "write":
            values = [self.plain()]
            while self.follows("and then"):
                values.append(self.plain())
            return f"print({', '.join(values)})"
        if first == "give":
            self.expect("back")
            return f"return {self.plain()}"
        if first == "leave":
            self.expect("the loop")
            return "break"
        if first == "go":
            self.expect("on with the next turn")
            return "continue"
        raise _Unknown

    def _change(self, first: str) -> str:
        if first in ("let", "multiply", "reduce"):
            name = self.take()
            self.expect({"let": "be", "multiply": "by", "reduce": "modulo"}[first])
            if first == "let" and self.follows("an empty list"):
                return f"{name} = []"
            return f"{name} {dict(let='=', multiply='*=', reduce='%=')[first]} {self.plain()}"
        if first == "swap":
            self.expect("items")
            one = self.plain()
            self.expect("and")
            other = self.plain()
            self.expect("of")
            name = self.take()
            return f"{name}[{one}], {name}[{other}] = {name}[{other}], {name}[{one}]"
        value = self.plain()
        if first == "put":
            self.expect("into item")
            place = self.plain()
            self.expect("of")
            return f"{self.take()}[{place}] = {value}"
        self.expect("away from" if first == "take" else "to")
        name = self.take()
        if first == "append":
            return f"{name}.append({value})"
        return f"{name} {'-=' if first == 'take' else '+='} {value}"

    def _head(self, first: str) -> str:
        if first == "for" and self.follows("each"):
            name = self.take()
            self.expect("in")
            return f"for {name} in {self.take()}"
        if first == "for":
            name = self.take()
            self.expect("from")
            low = self.plain()
            self.expect("to")
            high = self.plain()
            self.expect(", both included")
            end = str(int(high) + 1) if high.isdecimal() else f"{high} + 1"
            return f"for {name} in range({low}, {end})"
        if first == "define":
            name = self.take()
            self.expect("of")
            one = self.take()
            self.expect("and")
            return f"def {name}({one}, {self.take()})"
        if first == "otherwise":
            return f"elif {self.condition()}" if self.follows(", if") else "else"
        return f"{first} {self.condition()}"


def read_program(prompt: str) -> str:
    """Return the code of the program that a prompt asks for, "" when it is not there."""
    questions = list(_ASKED.finditer(prompt))
    if not questions:
        return ""
    asked = questions[-1]
    head, foot = f"Program {asked[1]}:\n", f"End of program {asked[1]}.\n"
    start = prompt.find(head)
    end = prompt.find(foot.rstrip("\n"), start)
    if start < 0 or end < 0:
        return ""
    lines = []
    for line in prompt[start + len(head) : end].splitlines():
        words = _Words(line)
        try:
            code = words.statement()
        except _Unknown:
            return ""
        if not words.at_end():
            return ""
        lines.append(" " * (len(line) - len(line.lstrip())) + code)
    return "```python\n" + "\n".join(lines) + "\n```"
