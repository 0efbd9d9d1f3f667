"""What a test is: rows in, drafts out, and an independent reader that sees only the prompt.

A family file in `generators/` registers one `Task` per test. `build` makes a draft of one
sample from keyed streams; the composer brings it to the exact length; `read` answers the
finished prompt without knowing the reference, and thereby proves that it can be answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from synthctx.errors import SuiteError, did_you_mean
from synthctx.jsonio import digest
from synthctx.registry import Registry
from synthctx.streams import Stream, Streams

if TYPE_CHECKING:
    from synthctx.compose import Room

Schema = Mapping[str, Any]
Uniqueness = Literal["proved", "asserted"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence of evidence and where it is asked to stand.

    Attributes:
        text: one or more whole sentences; begins with a letter and ends with a full stop.
        depth: share of haystack tokens before it, 0..1.
        evidence: False for a distractor, which the answer does not need: it is put in its
            place like evidence, but not recorded as such.
    """

    text: str
    depth: float
    evidence: bool = True


@dataclass(frozen=True, slots=True)
class Hay:
    """A body of filler that the composer makes, with evidence in it.

    Attributes:
        pieces: the evidence, and distractors of its form.
        forbidden: strings that may occur nowhere else in the haystack.
    """

    pieces: Sequence[Piece]
    forbidden: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """Tokens of a body by adding up its lines, so that it need not be read once more.

    Attributes:
        tokens: of the whole, behind a newline.
        starts: tokens before each span of evidence.
        ends: tokens up to the end of each span.
    """

    tokens: int
    starts: Sequence[int] = ()
    ends: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """A body that the task has made itself out of whole items.

    Attributes:
        text: begins with a non-blank; no longer than the room allows.
        spans: (start, end) character positions of the evidence in it, ascending.
        item_tokens: an upper bound of what one more item would have taken.
        exact: the body was filled up to the last token.
        counted: its tokens, where the task has added them up and has tried that they do add
            up with this tokenizer; else the composer reads the text itself.
    """

    text: str
    spans: Sequence[tuple[int, int]] = ()
    item_tokens: int = 0
    exact: bool = False
    counted: Counted | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """One sample before it has its length.

    Attributes:
        prefix: instruction; ends with a newline.
        body: filler to be made, or finished items.
        suffix: question; begins with a newline.
        reference: what the rule compares with (JSON).
        max_output_tokens: room kept for the answer.
        rule_params: parameters of the rule (JSON object).
        floor: expected strict score of the best guesser that has not read the context.
        uniqueness: whether the answer is proved to be the only right one, where that is not as
            the task says (a text of the user's own proves nothing).
    """

    prefix: str
    body: Hay | Body
    suffix: str
    reference: Any
    max_output_tokens: int
    rule_params: Mapping[str, Any] = field(default_factory=dict)
    floor: float = 0.0
    uniqueness: Uniqueness | None = None


@dataclass(frozen=True, slots=True)
class Demonstrations:
    """What a many-shot prompt shows: labelled texts, and the texts that it asks about.

    Attributes:
        texts: as often as they are labelled.
        labels: of each of them.
        queries: the texts that are to be labelled, in the order asked for.
        write: makes an answer of the labels of the queries.
    """

    texts: list[str]
    labels: list[str]
    queries: list[str]
    write: Callable[[Sequence[str]], str] = "\n".join


@dataclass(frozen=True, slots=True)
class Split:
    """All that a many-shot test out of a file can show and ask, as (text, label)."""

    demonstrations: list[tuple[str, str]]
    questions: list[tuple[str, str]]


@dataclass(frozen=True)
class Task:
    """A registered test.

    Attributes:
        id: `system/test`.
        version: goes up whenever any byte that it makes could change.
        rule: id of the scoring rule.
        summary: one line for the catalogue.
        source: paper and table, or code, that it follows.
        build: makes a draft; a pure function of the room's row and streams.
        read: answers a finished prompt; "" when it finds nothing to answer with.
        params: JSON Schema of each parameter, each with a default.
        languages: what it can be written in.
        haystacks: kinds of filler it takes, the first is the default; () where the body is
            made of items.
        depth: whether the place of the evidence can be asked for.
        depth_default: depth when none is asked for; None leaves it to the task.
        uniqueness: whether the answer is proved to be the only right one.
        guesses: cheap answers that need no reading of the evidence, made from a prompt; none
            may score above the floor.
        distractor: of a test with the haystack "distractors", one sentence of the needle's form
            from (stream, language, params); keys and values are drawn from the same places.
        demonstrations: of a many-shot test, what a prompt shows (for baselines).
        split: of a many-shot test that can be made out of a file, what that file holds; None
            for a row without a file.
        scope: how much evidence there is, in a few words for the catalogue.
        diffusion: how hard it is to find, in a few words.
        files: names of the params that are files or folders of the user's own (or null): they
            must be there, and a bench remembers their contents.
    """

    id: str
    version: int
    rule: str
    summary: str
    source: str
    build: Callable[[Room], Draft]
    read: Callable[[str], str]
    params: Mapping[str, Schema] = field(default_factory=dict)
    languages: tuple[str, ...] = ("en",)
    haystacks: tuple[str, ...] = ()
    depth: bool = True
    depth_default: float | None = 0.5
    uniqueness: Uniqueness = "proved"
    guesses: Callable[[str], list[str]] = lambda prompt: []
    distractor: Callable[[Stream, str, Mapping[str, Any]], str] | None = None
    demonstrations: Callable[[str], Demonstrations] | None = None
    split: Callable[[Row], Split | None] | None = None
    scope: str = ""
    diffusion: str = ""
    files: tuple[str, ...] = ()

    @cached_property
    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of this task's params object."""
        return {
            "type": "object",
            "properties": {name: dict(schema) for name, schema in self.params.items()},
            "additionalProperties": False,
        }

    def complete(self, params: Mapping[str, Any], where: str = "params") -> dict[str, Any]:
        """Return params with defaults filled in.

        Raises:
            SuiteError: a name or value is not allowed; all problems in one message.
        """
        problems = self.problems(params, where)
        if problems:
            raise SuiteError("; ".join(problems))
        return {name: params.get(name, schema["default"]) for name, schema in self.params.items()}

    def problems(self, params: Mapping[str, Any], where: str) -> list[str]:
        """Return what is wrong with params, each with its place in the suite."""
        from jsonschema import Draft202012Validator

        out = []
        for name in sorted(set(params) - set(self.params)):
            allowed = ", ".join(sorted(self.params)) or "none"
            out.append(
                f"{where}.{name}: task {self.id} has no such parameter."
                f"{did_you_mean(name, self.params)} Allowed: {allowed}"
            )
        known = {name: value for name, value in params.items() if name in self.params}
        for error in Draft202012Validator(self.schema).iter_errors(known):
            path = ".".join([where, *map(str, error.absolute_path)])
            out.append(f"{path}: {error.message} (task {self.id})")
        for name in self.files:
            file = known.get(name)
            if isinstance(file, str) and not Path(file).exists():
                inside = "" if Path(file).is_absolute() else f" in '{Path.cwd()}'"
                out.append(f"{where}.{name}: there is no file or folder '{file}'{inside}")
        return out

    def files_of(self, params: Mapping[str, Any]) -> list[str]:
        """Return the files and folders that params name."""
        return [str(params[name]) for name in self.files if params.get(name) is not None]


TASKS: Registry[Task] = Registry("task", "synthctx.generators", "synthctx.generators")


def register(task: Task) -> Task:
    """Register a task (last line of a family file)."""
    TASKS.add(task.id, task, depth=2)
    return task


def get_task(id: str) -> Task:
    """Return a task by id.

    Raises:
        UnknownName: there is none of that id.
    """
    return TASKS.get(id)


@dataclass(frozen=True)
class Row:
    """All that defines one sample. Everything else about it follows from this.

    Attributes:
        length: whole window in tokens of `tokenizer`.
        depth: asked depth 0..1, None where the task takes none.
        index: which problem of the task.
        version: which variant of the problem.
        params: complete parameters of the task.
        haystack: {"kind": ..., further settings}, {} where the body is made of items.
        reserve: tokens kept free for a chat template.
        pairing: "index": the evidence of an index is the same at all lengths and depths.
        max_output_tokens: replaces the task's own figure when not None.
    """

    seed: int
    task: str
    task_version: int
    language: str
    length: int
    depth: float | None
    index: int
    version: int
    tokenizer: str
    params: Mapping[str, Any]
    haystack: Mapping[str, Any]
    reserve: int = 0
    pairing: str = "index"
    max_output_tokens: int | None = None

    @property
    def problem(self) -> dict[str, Any]:
        """Return the key of the problem: what stays the same over lengths, depths, versions."""
        return {
            "seed": self.seed,
            "task": self.task,
            "task_version": self.task_version,
            "language": self.language,
            "index": self.index,
            "params": dict(self.params),
        }

    @property
    def drawn_from(self) -> dict[str, Any]:
        """Return the key of the problem's random streams: the same wherever its files lie."""
        problem = self.problem
        for name in get_task(self.task).files if self.params else ():
            if problem["params"].get(name) is not None:
                problem["params"][name] = "file"
        return problem

    @property
    def key(self) -> dict[str, Any]:
        """Return the key of the sample."""
        key = {
            **self.problem,
            "length": self.length,
            "depth": self.depth,
            "version": self.version,
            "tokenizer": self.tokenizer,
            "haystack": dict(self.haystack),
            "reserve": self.reserve,
            "pairing": self.pairing,
            "max_output_tokens": self.max_output_tokens,
        }
        if self.version:
            # the second way in which versions differ: they share the structure of the problem
            key["versions"] = 2
        return key

    @cached_property
    def sample_id(self) -> str:
        """Return 32 hexadecimal digits, a pure function of what defines the row."""
        return digest(self.key)

    @cached_property
    def group_id(self) -> str:
        """Return the id shared by the same problem at other lengths, depths and versions."""
        return digest({"problem": self.problem})

    def streams(self, version: int | None = None) -> Streams:
        """Return the random streams of this row, or of another version of its problem."""
        key: dict[str, Any] = {
            **self.drawn_from,
            "version": self.version if version is None else version,
        }
        if self.pairing == "none":
            key |= {"length": self.length, "depth": self.depth}
        return Streams(key)
