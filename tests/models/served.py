"""What tests of served models share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from synthctx.answering import Answered, answer
from synthctx.store import Bench, read_rows
from tests.models.loopback import Loopback

MODEL = "openai:tiny"
KEY = "sk-loopback-5ecre7-0123456789"


def run(bench: Bench, server: Loopback, model: str = MODEL, **more: Any) -> Answered:
    settings = {"base_url": server.url, "backoff": "0.01", **more.pop("settings", {})}
    return answer(bench, model, settings=settings, **more)


def outputs(bench: Bench, model: str = MODEL) -> list[dict[str, Any]]:
    return [r for p in bench.model_parts("outputs", model) for r in read_rows(p)]


def flags(bench: Bench, model: str = MODEL) -> dict[str, list[str]]:
    rows = [r for p in bench.model_parts("scores", model) for r in read_rows(p)]
    return {row["sample_id"]: row["flags"] for row in rows}


def lengths(bench: Bench) -> dict[str, int]:
    return {r["sample_id"]: r["length"] for r in bench.samples(["sample_id", "length"])}


def everything_written(folder: Path) -> Iterator[bytes]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.read_bytes()
            if path.suffix == ".parquet":
                for row in read_rows(path):
                    yield repr(row).encode()
