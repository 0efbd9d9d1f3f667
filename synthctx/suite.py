"""A suite: what is to be generated, from a YAML or JSON file or from flags."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from synthctx.errors import SuiteError, UnknownName, did_you_mean
from synthctx.jsonio import canonical, digest
from synthctx.tasks import Row, Task, get_task
from synthctx.yamlio import GivenTwice, strict_loader

_LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*([kKmM]?)")
_FACTOR = {"": 1, "k": 1024, "m": 1024 * 1024}
_GRID = re.compile(r"\s*([0-9.eE+-]+)\s*:\s*([0-9.eE+-]+)\s*:\s*(\d+)\s*")


def parse_length(value: int | str) -> int:
    """Return a length in tokens: 4096, "4096", "4k" (= 4096), "1M" (= 1048576).

    Raises:
        SuiteError: it is not a positive whole number of tokens.
    """
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    match = _LENGTH.fullmatch(value.strip()) if isinstance(value, str) else None
    if match:
        tokens = float(match[1]) * _FACTOR[match[2].lower()]
        if tokens == int(tokens) and tokens > 0:
            return int(tokens)
    raise SuiteError(f"length {value!r} is not a positive number of tokens; write 4096, 4k or 1M")


def format_length(tokens: int) -> str:
    """Return a length as people write it: 4096 -> "4k", 1048576 -> "1M", 5000 -> "5000", 0 -> "0k".

    A length of 0 is that of recorded tests with nothing around the evidence (BABILong's 0k).
    """
    for factor, letter in ((1024 * 1024, "M"), (1024, "k")):
        if tokens >= factor and tokens % factor == 0:
            return f"{tokens // factor}{letter}"
    return str(tokens) if tokens else "0k"


def parse_depths(value: Any) -> list[float]:
    """Return depths 0..1: a number, a list, "from:to:points", or {scale, points}.

    The scale "sigmoid" is Kamradt's: points crowd at both ends; ends are exactly 0 and 1.

    Raises:
        SuiteError: a depth is no number or outside 0..1.
    """
    if isinstance(value, Mapping):
        points = int(value["points"])
        line = _spaced(0.0, 1.0, points)
        return line if value["scale"] == "linear" else [_sigmoid(d) for d in line]
    if isinstance(value, str):
        grid = _GRID.fullmatch(value)
        if grid:
            return [_depth(d) for d in _spaced(float(grid[1]), float(grid[2]), int(grid[3]))]
        if "," in value:
            return [d for part in value.split(",") for d in parse_depths(part)]
        try:
            return [_depth(float(value))]
        except ValueError:
            raise SuiteError(
                f"depth {value!r} is not a share 0..1; write 0.5, 0,0.5,1 or 0:1:5"
            ) from None
    if isinstance(value, list):
        return [d for part in value for d in parse_depths(part)]
    return [_depth(value)]


def _spaced(low: float, high: float, points: int) -> list[float]:
    if points < 1:
        raise SuiteError(f"a depth grid needs at least 1 point, given {points}")
    if points == 1:
        return [low]
    return [round(low + (high - low) * i / (points - 1), 6) for i in range(points)]


def _sigmoid(d: float) -> float:
    if d in (0.0, 1.0):
        return d
    return round(1 / (1 + math.exp(-10 * (d - 0.5))), 6)


def _depth(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise SuiteError(f"depth {value!r} is not a share of the context between 0 and 1")
    return float(value)


@lru_cache(maxsize=1)
def suite_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a suite file."""
    text = resources.files("synthctx").joinpath("suite.schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


@dataclass(frozen=True)
class Test:
    """One entry of a suite, complete and checked."""

    task: Task
    params: dict[str, Any]
    languages: list[str]
    lengths: list[int]
    depths: list[float | None]
    samples: int
    versions: int
    haystack: dict[str, Any]
    max_output_tokens: int | None


@dataclass(frozen=True)
class Suite:
    """A checked suite.

    Attributes:
        document: canonical form: defaults filled in, lengths as numbers, depths as lists.
        tests: its entries.
    """

    document: dict[str, Any]
    tests: tuple[Test, ...]

    @classmethod
    def from_file(cls, path: str | Path, changes: Mapping[str, Any] | None = None) -> Suite:
        """Read a suite file; a bare name such as "demo.yaml" may also be a shipped suite.

        Args:
            path: a YAML or JSON file.
            changes: what is to be otherwise, such as {"length": "4k"}; see `overrides`.

        Raises:
            SuiteError: not there, not readable, or wrong; every problem in one message.
        """
        from synthctx.overrides import changed

        name = str(path)
        return cls.from_document(changed(read_suite(name), changes or {}, name), name)

    @classmethod
    def from_document(cls, document: Any, where: str = "suite") -> Suite:
        """Check a suite given as plain data.

        Raises:
            SuiteError: something is wrong; every problem in one message, each with its place.
        """
        problems, broken = _schema_problems(document)
        tests, more = _tests(document, broken)
        problems += [*more, *_request_problems(document)]
        if problems:
            raise SuiteError(f"{where} has {_count(problems)}:\n  " + "\n  ".join(problems))
        return cls(_canonical(document, tests), tuple(tests))

    @property
    def name(self) -> str:
        """Return the suite's name."""
        return str(self.document["name"])

    @cached_property
    def id(self) -> str:
        """Return a digest of the canonical document."""
        return digest(self.document)

    @property
    def canary(self) -> str:
        """Return the string by which this bench can be traced in training data."""
        made = {name: value for name, value in self.document.items() if name != "request"}
        return f"synthctx-canary-{digest(['canary', made], 16)}"

    def rows(self) -> Iterator[Row]:
        """Yield the rows in order: test, language, length, depth, index, version."""
        document = self.document
        for test in self.tests:
            for language in test.languages:
                for length in test.lengths:
                    for depth in test.depths:
                        for index in range(test.samples):
                            for version in range(test.versions):
                                yield Row(
                                    seed=document["seed"],
                                    task=test.task.id,
                                    task_version=test.task.version,
                                    language=language,
                                    length=length,
                                    depth=depth,
                                    index=index,
                                    version=version,
                                    tokenizer=document["tokenizer"],
                                    params=test.params,
                                    haystack=test.haystack,
                                    reserve=document["reserve"],
                                    pairing=document["pairing"],
                                    max_output_tokens=test.max_output_tokens,
                                )


def read_suite(name: str) -> Any:
    """Return a suite file as plain data, not checked; a bare name may also be a shipped suite.

    Raises:
        SuiteError: it is not there, or cannot be read.
    """
    shipped = resources.files("synthctx").joinpath("suites", name)
    if Path(name).is_file():
        try:
            text = Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SuiteError(f"suite '{name}' cannot be read: {error}") from error
    elif "/" not in name and shipped.is_file():
        text = shipped.read_text(encoding="utf-8")
    else:
        known = shipped_suites()
        raise SuiteError(
            f"suite '{name}' does not exist.{did_you_mean(name, known)} Shipped: {', '.join(known)}"
        )
    return _parse(text, name)


def shipped_suites() -> list[str]:
    """Return the names of the suites that come with synthctx."""
    folder = resources.files("synthctx").joinpath("suites")
    return sorted(f.name for f in folder.iterdir() if f.name.endswith(".yaml"))


def _count(problems: list[str]) -> str:
    return "a problem" if len(problems) == 1 else f"{len(problems)} problems"


def _parse(text: str, name: str) -> Any:
    if name.endswith(".json"):
        try:
            return json.loads(text, object_pairs_hook=lambda pairs: _once(pairs, name))
        except json.JSONDecodeError as error:
            raise SuiteError(f"suite '{name}' is not JSON: {error}") from error
    import yaml

    Loader = strict_loader()
    # "0:1:5" must stay text: YAML 1.1 would read it as a number in base 60
    Loader.yaml_implicit_resolvers = {
        first: [
            (tag, pattern) for tag, pattern in pairs if not tag.endswith((":int", ":timestamp"))
        ]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    Loader.add_implicit_resolver(
        "tag:yaml.org,2002:int", re.compile(r"[-+]?[0-9]+$"), list("-+0123456789")
    )
    try:
        return yaml.load(text, Loader=Loader)
    except GivenTwice as error:
        raise SuiteError(f"suite '{name}', {error}") from error
    except yaml.YAMLError as error:
        raise SuiteError(f"suite '{name}' is not YAML: {error}") from error


def _once(pairs: list[tuple[str, Any]], name: str) -> dict[str, Any]:
    """Return a JSON object, unless a key of it is given twice."""
    found = dict(pairs)
    for key in found if len(found) < len(pairs) else ():
        if sum(key == other for other, _ in pairs) > 1:
            raise SuiteError(f"suite '{name}': '{key}' is given twice in one object")
    return found


def _place(path: Any) -> str:
    out = ""
    for part in path:
        out += f"[{part}]" if isinstance(part, int) else f".{part}" if out else str(part)
    return out or "(top)"


def _schema_problems(document: Any) -> tuple[list[str], set[int]]:
    """Return what the schema has against a document, and which tests are not fit to look into."""
    from jsonschema import Draft202012Validator

    out: list[str] = []
    broken: set[int] = set()
    errors = Draft202012Validator(suite_schema()).iter_errors(document)
    for error in sorted(errors, key=lambda e: [str(p) for p in e.absolute_path]):
        place = _place(error.absolute_path)
        path = list(error.absolute_path)
        if error.validator != "additionalProperties" and path[:1] == ["tests"] and len(path) > 1:
            broken.add(int(path[1]))
        if error.validator == "additionalProperties":
            known = error.schema["properties"]
            for name in sorted(set(error.instance) - set(known), key=str):
                inner = _place([*error.absolute_path, name])
                out.append(
                    f"{inner}: unknown key.{did_you_mean(str(name), known)} "
                    f"Allowed: {', '.join(known)}"
                )
        elif error.validator in ("anyOf", "oneOf"):
            wanted = error.schema.get("description", "another form")
            out.append(f"{place}: given {error.instance!r}; needs {wanted}")
        elif error.validator == "enum":
            hint = did_you_mean(str(error.instance), [str(v) for v in error.validator_value])
            allowed = ", ".join(map(str, error.validator_value))
            out.append(f"{place}: given {error.instance!r}.{hint} Allowed: {allowed}")
        else:
            out.append(f"{place}: {error.message}")
    return out, broken


def _request_problems(document: Any) -> list[str]:
    from synthctx.models import OURS

    request = document.get("request") if isinstance(document, dict) else None
    ours = [name for name in OURS if isinstance(request, dict) and name in request]
    return [f"request.{name}: synthctx writes this field itself" for name in ours]


def _tests(document: Any, broken: set[int]) -> tuple[list[Test], list[str]]:
    """Return the tests of a document, and what is wrong with their meaning."""
    problems: list[str] = []
    tests: list[Test] = []
    if not isinstance(document, dict) or not isinstance(document.get("tests"), list):
        return tests, problems
    try:
        from synthctx.tokenizers import TOKENIZERS

        TOKENIZERS.get(str(document.get("tokenizer", "tekken")).partition(":")[0])
    except UnknownName as error:
        problems.append(f"tokenizer: {error}")
    for i, entry in enumerate(document["tests"]):
        if i in broken:
            continue
        found: list[str] = []
        test = _test(entry, f"tests[{i}]", found)
        problems += found
        if test is not None and not found:
            tests.append(test)
    seen: dict[str, int] = {}
    for i, test in enumerate(tests):
        key = canonical([test.task.id, test.params, test.haystack, test.max_output_tokens])
        for language in test.languages:
            for length in test.lengths:
                for depth in test.depths:
                    cell = canonical([key, language, length, depth])
                    if cell in seen:
                        problems.append(
                            f"tests[{i}]: same cell as tests[{seen[cell]}]: {test.task.id} "
                            f"{language} length {length} depth {depth}"
                        )
                    seen[cell] = i
    return tests, problems


def _test(entry: dict[str, Any], place: str, problems: list[str]) -> Test | None:
    lengths = _collect(_as_list(entry["length"]), parse_length, f"{place}.length", problems)
    asked: list[float] | None = None
    if "depth" in entry:
        (asked,) = _collect([entry["depth"]], parse_depths, f"{place}.depth", problems) or [None]
    try:
        task = get_task(entry["task"])
    except UnknownName as error:
        problems.append(f"{place}.task: {error}")
        return None
    if "depth" in entry and not task.depth:
        problems.append(f"{place}.depth: task {task.id} has no depth; leave it out")
    params = entry.get("params", {})
    problems += task.problems(params, f"{place}.params")
    languages = _as_list(entry.get("language", task.languages[0]))
    for language in languages:
        if language not in task.languages:
            problems.append(
                f"{place}.language: task {task.id} has no '{language}'. "
                f"Allowed: {', '.join(task.languages)}"
            )
    haystack = _haystack(entry.get("haystack"), task, f"{place}.haystack", problems)
    if problems:
        return None
    default = [task.depth_default if task.depth else None]
    return Test(
        task,
        task.complete(params),
        list(dict.fromkeys(languages)),
        list(dict.fromkeys(lengths)),
        default if asked is None else list(dict.fromkeys(asked)),
        entry.get("samples", 1),
        entry.get("versions", 1),
        haystack,
        entry.get("max_output_tokens"),
    )


def _as_list(value: Any) -> list[Any]:
    if isinstance(value, str) and "," in value:
        return [part.strip() for part in value.split(",")]
    return value if isinstance(value, list) else [value]


def _collect(values: list[Any], parse: Any, place: str, problems: list[str]) -> list[Any]:
    out = []
    for value in values:
        try:
            out.append(parse(value))
        except SuiteError as error:
            problems.append(f"{place}: {error}")
    return out


def _haystack(given: Any, task: Task, place: str, problems: list[str]) -> dict[str, Any]:
    if not task.haystacks:
        if given is not None:
            problems.append(f"{place}: the context of task {task.id} is made of items, not filler")
        return {}
    spec = {"kind": task.haystacks[0]} if given is None else given
    spec = {"kind": spec} if isinstance(spec, str) else dict(spec)
    if spec["kind"] not in task.haystacks:
        hint = did_you_mean(spec["kind"], task.haystacks)
        problems.append(
            f"{place}: task {task.id} has no haystack '{spec['kind']}'.{hint} "
            f"Allowed: {', '.join(task.haystacks)}"
        )
    if spec["kind"] == "essay" and not spec.get("files"):
        problems.append(
            f"{place}: essay needs files, for example {{kind: essay, files: [book.txt]}}"
        )
    elif spec["kind"] == "essay":
        from synthctx.essay import essay_files

        try:
            essay_files(spec["files"])
        except SuiteError as error:
            problems.append(f"{place}: {error}")
    elif len(spec) > 1:
        problems.append(f"{place}: only essay takes files, column, repeat and shuffle")
    return spec


def _canonical(document: dict[str, Any], tests: list[Test]) -> dict[str, Any]:
    # left out where it is empty: suites without it have kept their ids
    request = {"request": document["request"]} if document.get("request") else {}
    return {
        **request,
        "name": document.get("name", "suite"),
        "seed": document["seed"],
        "tokenizer": document.get("tokenizer", "tekken"),
        "reserve": document.get("reserve", 0),
        "pairing": document.get("pairing", "index"),
        "tests": [
            {
                "task": t.task.id,
                "task_version": t.task.version,
                "params": t.params,
                "language": t.languages,
                "length": t.lengths,
                "depth": t.depths,
                "samples": t.samples,
                "versions": t.versions,
                "haystack": t.haystack,
                "max_output_tokens": t.max_output_tokens,
            }
            for t in tests
        ],
    }
