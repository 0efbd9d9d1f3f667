"""Arrow schemas of the four tables. A column is never dropped or retyped without a new version."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA_VERSION = 1
TABLES = ("contexts", "samples", "outputs", "scores")


@cache
def schema(table: str) -> pa.Schema:
    """Return the Arrow schema of a table: "contexts", "samples", "outputs" or "scores"."""
    import pyarrow as pa

    text, i64, i32, f64 = pa.string(), pa.int64(), pa.int32(), pa.float64()
    span = pa.struct([("char_start", i64), ("char_end", i64), ("token_start", i64), ("depth", f64)])
    fields: dict[str, list[tuple[str, pa.DataType]]] = {
        "contexts": [
            ("context_id", text),
            ("text", pa.large_string()),
            ("tokens", i64),
            ("characters", i64),
            ("tokenizer", text),
            ("language", text),
            ("haystack", text),
        ],
        "samples": [
            ("sample_id", text),
            ("group_id", text),
            ("conversation_id", text),
            ("turn", i32),
            ("task", text),
            ("task_version", i32),
            ("language", text),
            ("seed", i64),
            ("index", i32),
            ("version", i32),
            ("tokenizer", text),
            ("length", i64),
            ("prompt_tokens", i64),
            ("max_output_tokens", i32),
            ("depth", f64),
            ("evidence", pa.list_(span)),
            ("context_id", text),
            ("prefix", pa.large_string()),
            ("suffix", pa.large_string()),
            ("scorer", text),
            ("reference", pa.large_string()),
            ("rule_params", text),
            ("params", text),
            ("uniqueness", text),
            ("floor", f64),
            ("canary", text),
        ],
        "outputs": [
            ("sample_id", text),
            ("model", text),
            ("attempt", i32),
            ("output", pa.large_string()),
            ("reasoning", pa.large_string()),
            ("finish_reason", text),
            ("prompt_tokens", i64),
            ("completion_tokens", i64),
            ("latency_s", f64),
            ("error", text),
            ("answered_at", pa.timestamp("us", tz="UTC")),
        ],
        "scores": [
            ("sample_id", text),
            ("model", text),
            ("attempt", i32),
            ("scorer", text),
            ("scorer_version", i32),
            ("status", text),
            ("score", f64),
            ("paper", f64),
            ("metrics", pa.map_(text, f64)),
            ("extracted", text),
            ("explanation", text),
            ("flags", pa.list_(text)),
        ],
    }
    version = {"synthctx.table": table, "synthctx.schema_version": str(SCHEMA_VERSION)}
    return pa.schema([pa.field(n, t) for n, t in fields[table]], metadata=version)


def slug(model: str) -> str:
    """Return a folder-safe name of a model: its readable letters, and a digest when some were lost.

    Two different models never share a slug.
    """
    from synthctx.jsonio import text_digest

    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in model)[:80]
    return safe if safe == model and model else f"{safe}-{text_digest(model)[:8]}"
