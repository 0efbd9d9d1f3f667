"""The plugin's options and ini settings; light, because every pytest run loads it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

UNDECIDED = ("xfail", "fail", "more")
CONFIDENCE = 0.95
# name, what its value is called, help
_OPTIONS = (
    (
        "model",
        "NAME",
        "Who is asked: whatever `synthctx answer --model` takes (openai:NAME, a YAML file, "
        "command:PROGRAM, replay:FILE, reader:window?tokens=8k ...). Without one, and without a "
        "fixture synthctx_model, synthctx tests are skipped.",
    ),
    ("base-url", "URL", "Server of openai:NAME, such as http://localhost:8000/v1."),
    ("cache", "DIR", "Keep answers there and do not ask for them again (default: kept nowhere)."),
    (
        "baseline",
        "FILE",
        "Also fail where the model is worse than this record on the same samples: what "
        "--synthctx-record has written (.jsonl, .parquet, .csv), or a bench with scores. Asks "
        "every sample.",
    ),
    ("baseline-model", "NAME", "Which model of the baseline, where it holds several."),
    (
        "undecided",
        "|".join(UNDECIDED),
        "What an undecided verdict is: xfail (the default), fail, or more: ask up to four times "
        "as many samples, then xfail.",
    ),
    ("confidence", "SHARE", f"Confidence of each verdict (default {CONFIDENCE:g})."),
    ("concurrency", "N", "Calls under way at a time (default 4 for a served model)."),
    (
        "record",
        "FILE",
        "Write the score of every sample there (.jsonl, .parquet or .csv), for "
        "--synthctx-baseline. Asks every sample.",
    ),
    (
        "max-cost",
        "AMOUNT",
        "Make no call that could take the cost of the run over this; needs the model's prices.",
    ),
)


def add_options(parser: pytest.Parser) -> None:
    """Add the options, each with an ini setting of the same name."""
    group = parser.getgroup("synthctx", "synthctx: long-context tests of language models")
    for name, value, text in _OPTIONS:
        dest = f"synthctx_{name.replace('-', '_')}"
        group.addoption(f"--synthctx-{name}", dest=dest, metavar=value, default=None, help=text)
        parser.addini(dest, f"As --synthctx-{name}.", type="string", default="")


@dataclass(frozen=True)
class Settings:
    """What the user has set, checked.

    Attributes:
        model: name of who is asked, None when nobody is named.
        base_url: address of its server.
        cache: folder of kept answers.
        baseline: record or bench to compare with.
        baseline_model: which model of it.
        undecided: what an undecided verdict is, one of `UNDECIDED`.
        confidence: of each verdict.
        concurrency: calls under way, None: the model's own.
        record: file that scores are written to.
        max_cost: of the whole run, in the currency of the prices.
    """

    model: str | None = None
    base_url: str | None = None
    cache: Path | None = None
    baseline: Path | None = None
    baseline_model: str | None = None
    undecided: str = "xfail"
    confidence: float = CONFIDENCE
    concurrency: int | None = None
    record: Path | None = None
    max_cost: float | None = None

    @property
    def asks_all(self) -> bool:
        """Say whether every sample is asked, sure or not: a paired test needs that."""
        return self.baseline is not None or self.record is not None


def read_settings(config: pytest.Config) -> Settings:
    """Return the settings of a run.

    Raises:
        pytest.UsageError: a value is not allowed.
    """
    one = _Reader(config)
    return Settings(
        model=one.model("model"),
        base_url=one.text("base_url"),
        cache=one.path("cache"),
        baseline=one.path("baseline", there=True),
        baseline_model=one.text("baseline_model"),
        undecided=one.choice("undecided", UNDECIDED) or "xfail",
        confidence=one.number("confidence", "above 0.5, up to 0.999999", 0.5, 0.999999)
        or CONFIDENCE,
        concurrency=one.whole("concurrency"),
        record=one.record("record"),
        max_cost=one.number("max_cost", "above 0", 0.0, 1e15),
    )


class _Reader:
    """Reads one setting after another: the option first, then the ini file."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def text(self, name: str) -> str | None:
        """Return a setting as it stands; an empty option takes away what the ini file says."""
        given = self._config.getoption(f"synthctx_{name}")
        return (str(self._config.getini(f"synthctx_{name}")) if given is None else given) or None

    def path(self, name: str, there: bool = False) -> Path | None:
        text = self.text(name)
        if text is None:
            return None
        path = self._folder(name) / Path(text).expanduser()
        # what an ini file names may come later, and is no matter for runs that do not need it
        if there and self._by_option(name) and not path.exists():
            raise self._wrong(name, f"there is no '{path}'")
        return path

    def record(self, name: str) -> Path | None:
        path = self.path(name)
        allowed = (".jsonl", ".parquet", ".csv")
        if path is not None and path.suffix not in allowed:
            raise self._wrong(name, f"'{path}' ends with none of {', '.join(allowed)}")
        return path

    def model(self, name: str) -> str | None:
        """Return a model's name; a file that it names is looked for where paths are."""
        text = self.text(name)
        if text is None or self._by_option(name):
            return text
        kind, colon, rest = text.rpartition("replay:")
        file, mark, settings = rest.partition("?")
        if kind or not (colon or (":" not in text and file.endswith((".yaml", ".yml")))):
            return text
        # as short as it can be: it is the name that tables and records show
        path = os.path.relpath(self._folder(name) / file, self._config.invocation_params.dir)
        return f"{colon}{path}{mark}{settings}"

    def choice(self, name: str, allowed: tuple[str, ...]) -> str | None:
        text = self.text(name)
        if text is not None and text not in allowed:
            from synthctx.errors import did_you_mean

            hint = did_you_mean(text, allowed)
            raise self._wrong(name, f"given '{text}'.{hint} Allowed: {', '.join(allowed)}")
        return text

    def number(self, name: str, wanted: str, above: float, most: float) -> float | None:
        text = self.text(name)
        try:
            value = None if text is None else float(text)
        except ValueError:
            value = float("nan")
        if value is not None and not above < value <= most:
            raise self._wrong(name, f"given '{text}', allowed is a number {wanted}")
        return value

    def whole(self, name: str) -> int | None:
        text = self.text(name)
        if text is not None and not (text.isdecimal() and int(text) >= 1):
            raise self._wrong(name, f"given '{text}', allowed is a whole number from 1")
        return None if text is None else int(text)

    def _folder(self, name: str) -> Path:
        """Return what a path is relative to: where pytest was called, or the ini file's folder."""
        if not self._by_option(name) and self._config.inipath is not None:
            return self._config.inipath.parent
        return self._config.invocation_params.dir

    def _wrong(self, name: str, why: str) -> Exception:
        import pytest

        option = f"--synthctx-{name.replace('_', '-')}"
        said = option if self._by_option(name) else f"ini setting synthctx_{name}"
        return pytest.UsageError(f"{said}: {why}")

    def _by_option(self, name: str) -> bool:
        return self._config.getoption(f"synthctx_{name}") is not None
