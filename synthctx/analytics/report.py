"""The results as one self-contained HTML page: no network, light and dark, any screen."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthctx.analytics.connect import connect
from synthctx.analytics.excerpts import PIECES, SAMPLES, excerpts
from synthctx.analytics.gathered import COMPARED, Gathered, gather
from synthctx.analytics.page import data_of, script_json, threshold_title
from synthctx.analytics.wording import bench_names, counted, title_of, unfinished
from synthctx.store import Bench, atomic
from synthctx.suite import format_length

if TYPE_CHECKING:
    import jinja2

Row = dict[str, Any]

SCRIPTS = ("base", "tables", "summary", "heatmaps", "charts", "tests", "compare", "cells", "start")
_SUITE = 12_000  # characters of a suite that are shown
_MODELS = 8  # models whose commands are shown


def write_report(
    bench: str | Path | Bench,
    path: str | Path,
    *,
    more: Sequence[str | Path | Bench] = (),
    title: str | None = None,
    threshold: float | None = None,
) -> Path:
    """Write the report of a bench, or of several together; return its path.

    Args:
        bench: the bench folder.
        path: the HTML file to write.
        more: further benches; a sample that stands in several is counted once.
        title: heading, by default the suite's name.
        threshold: a third threshold of the effective length, beside 0.856 and 0.85 of the base.

    Raises:
        StoreError: there is no bench, a file in it is damaged, or the page cannot be written.
        SuiteError: the threshold is not within 0..1.
    """
    benches = [Bench.open(b) for b in (bench, *more)]
    manifests = [b.manifest() for b in benches]
    names = bench_names(benches, manifests)
    with connect(*benches) as connection:
        gathered = gather(connection, threshold=threshold)
        data = data_of(connection, gathered, excerpts(connection, benches))
    context = {
        "title": title or title_of(names),
        "facts": _facts(manifests, gathered),
        "benches": [_bench(*one) for one in zip(benches, manifests, names, strict=True)],
        "partial": unfinished(names, manifests),
        "troubles": [t for t in gathered.troubles if t.serious or t.partial],
        "serious": any(t.serious for t in gathered.troubles),
        "unread": [t for t in gathered.troubles if t.unreadable or t.unfinished],
        "samples": sum(t.n for t in gathered.troubles),
        "gathered": gathered,
        "thresholds": [(threshold_title(t), t) for t in gathered.thresholds],
        "commands": _commands(benches, manifests, gathered.models),
        "command": _command(benches, Path(path), title, threshold),
        "limits": {"samples": SAMPLES, "pieces": PIECES, "compared": COMPARED},
        "data": script_json(data),
    }
    with atomic(Path(path)) as temporary:
        temporary.write_text(_page(context), encoding="utf-8")
    return Path(path)


def _page(context: Row) -> str:
    environment = _environment()
    environment.globals |= {
        "length_name": format_length,
        "styles": _template("report.css"),
        "scripts": "\n".join(_template(f"{name}.js") for name in SCRIPTS),
        "plotly": _plotly(),
    }
    page: str = environment.get_template("report.html.j2").render(context)
    return page


def _environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("synthctx.analytics", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"grouped": "{:,}".format, "counted": counted}
    return environment


def _template(name: str) -> str:
    return resources.files("synthctx.analytics").joinpath("templates", name).read_text("utf-8")


@cache
def _plotly() -> str:
    """Return plotly.js, packed: a third of its size, and the page is there before it is."""
    from plotly.offline import get_plotlyjs

    packed = gzip.compress(get_plotlyjs().encode("utf-8"), 9, mtime=0)
    return base64.b64encode(packed).decode("ascii")


def _facts(manifests: Sequence[Row], gathered: Gathered) -> list[tuple[str, str]]:
    def each(*keys: str) -> str:
        values: list[str] = []
        for manifest in manifests:
            value: Any = manifest
            for key in keys:
                value = value.get(key) if isinstance(value, dict) else None
            if value is not None:
                values.append(str(value))
        return ", ".join(dict.fromkeys(values))

    asked = max((t.n for t in gathered.troubles), default=None)
    counted = sum(int(m.get("rows", {}).get("samples") or 0) for m in manifests)
    samples = counted if asked is None else asked
    lengths = [format_length(n) for n in gathered.lengths]
    spread = lengths[0] + (f" to {lengths[-1]}" if len(lengths) > 1 else "") if lengths else ""
    facts = [
        ("models", f"{len(gathered.models):,}"),
        ("tests", f"{len({(row.task, row.language) for row in gathered.statistics}):,}"),
        ("samples", f"{samples:,}"),
        ("answers scored", f"{sum(t.scored for t in gathered.troubles):,}"),
        ("lengths", spread),
        ("in tokens of", each("tokenizer", "name")),
        ("seed", each("seed")),
        ("fingerprint", each("fingerprint")),
        ("synthctx", each("versions", "synthctx")),
    ]
    return [(name, value) for name, value in facts if value]


def _bench(bench: Bench, manifest: Row, name: str) -> Row:
    """Return what the page says of one bench: where from, versions, and its suite."""
    tokenizer = manifest.get("tokenizer") or {}
    suite = json.dumps(_suite(manifest["suite"]), indent=1, ensure_ascii=False)
    facts = {
        "folder": str(bench.path),
        "samples": f"{(manifest.get('rows') or {}).get('samples') or 0:,}",
        "seed": manifest.get("seed"),
        "fingerprint": manifest.get("fingerprint"),
        "tokenizer": tokenizer.get("name"),
        "sha256 of the tokenizer": tokenizer.get("sha256"),
        "versions": ", ".join(f"{k} {v}" for k, v in (manifest.get("versions") or {}).items()),
    }
    return {
        "name": name,
        "facts": [(key, str(value)) for key, value in facts.items() if value not in (None, "")],
        "suite": suite if len(suite) <= _SUITE else suite[:_SUITE] + "\n…",
        "imported": manifest.get("status") == "imported",
    }


def _suite(document: Any) -> Any:
    """Return the suite of a manifest as `generate` takes it: no versions, no empty settings."""
    if not isinstance(document, dict) or not isinstance(document.get("tests"), list):
        return document
    tests = [
        {k: v for k, v in test.items() if k != "task_version" and v not in (None, {}, [None])}
        for test in document["tests"]
    ]
    return {**document, "tests": tests}


def _commands(benches: Sequence[Bench], manifests: Sequence[Row], models: Sequence[str]) -> str:
    """Return what makes the benches again, up to the report."""
    import shlex

    lines = []
    for number, (bench, manifest) in enumerate(zip(benches, manifests, strict=True), 1):
        if manifest.get("status") == "imported" or "tests" not in manifest["suite"]:
            continue
        name = f"suite-{number}.json" if len(benches) > 1 else "suite.json"
        path = str(bench.path)
        had = [m for m in models if bench.model_parts("outputs", m)]
        said = [["synthctx", "answer", path, "--model", model] for model in had[:_MODELS]]
        words = [["synthctx", "generate", name, "-o", path], *said, ["synthctx", "score", path]]
        lines += [shlex.join(command) for command in words]
        lines += [f"# and {len(had) - _MODELS} more models"] if len(had) > _MODELS else []
    return "\n".join(lines)


def _command(
    benches: Sequence[Bench], path: Path, title: str | None, threshold: float | None
) -> str:
    import shlex

    words = ["synthctx", "report", *(str(b.path) for b in benches), "-o", str(path)]
    words += [] if title is None else ["--title", title]
    words += [] if threshold is None else ["--threshold", f"{threshold:g}"]
    return shlex.join(words)
