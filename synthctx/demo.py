"""The demonstration: the whole path, offline, with readers that need no weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from synthctx.answering import answer
from synthctx.errors import StoreError
from synthctx.generation import generate
from synthctx.scoring import score
from synthctx.suite import Suite
from synthctx.verification import verify

READERS = ("reader:full", "reader:window?tokens=8k", "reader:retrieval?k=8")
_QUERY = """
select task, model, round(avg(score), 3) as score, count(*) as n
from results group by all order by all
"""


def run(output: str | Path, suite: str = "demo.yaml", *, say: Callable[[str], None]) -> Path:
    """Generate, verify, answer, score and report; return where the report lies.

    Args:
        output: folder for the bench and the report.
        suite: suite file.
        say: called with each line of what happens.

    Raises:
        StoreError: the bench does not verify (it was changed by someone), or cannot be written.
    """
    from synthctx.analytics import connect
    from synthctx.analytics.report import write_report

    folder = Path(output)
    bench = generate(Suite.from_file(suite), folder / "bench")
    manifest = bench.manifest()
    say(f"generated {manifest['rows']['samples']} samples, fingerprint {manifest['fingerprint']}")
    checked = verify(bench)
    if checked.failures:
        first = checked.failures[0]
        raise StoreError(f"'{bench.path}' does not verify: {first.where}: {first.what}")
    say(f"verified {checked.checked} samples: lengths, evidence, answers")
    for reader in READERS:
        done = answer(bench, reader)
        say(f"{reader}: {done.asked + done.had} answers")
    score(bench)
    with connect(bench.path) as connection:
        rows = connection.execute(_QUERY).fetchall()
    width = max(len(row[0]) for row in rows)
    models = max(len(row[1]) for row in rows)
    say("")
    for task, model, mean, n in rows:
        say(f"{task:<{width}}  {model:<{models}}  {mean:.3f}  (n = {n})")
    return write_report(bench.path, folder / "report.html")
