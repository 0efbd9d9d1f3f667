"""Fields that a suite wants in each request."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from synthctx.answering import answer
from synthctx.errors import SuiteError
from synthctx.generation import generate
from synthctx.interop.batch import export
from synthctx.store import Bench
from synthctx.suite import Suite
from tests.models.loopback import loopback
from tests.models.served import run

FIELDS = {"chat_template_kwargs": {"enable_thinking": False}, "top_k": 1}


@pytest.fixture
def with_fields(tmp_path: Path) -> Bench:
    entry = {"task": "niah/single", "length": "1k", "samples": 2}
    document = {"seed": 3, "request": FIELDS, "tests": [entry]}
    return generate(Suite.from_document(document), tmp_path / "fields")


def test_fields_of_the_suite_are_in_every_request(with_fields: Bench, tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    with loopback() as server:
        own.write_text(f"name: own\nbase_url: {server.url}\nrequest: {{top_k: 5}}\n")
        run(with_fields, server)
        answer(with_fields, str(own))
    assert len(server.asked) == 4
    for seen in server.asked:
        assert seen.body["chat_template_kwargs"] == FIELDS["chat_template_kwargs"]
        assert seen.body["top_k"] == (5 if seen.body["model"] == "own" else 1)


def test_a_batch_has_the_fields_of_the_suite(with_fields: Bench, tmp_path: Path) -> None:
    made = export(with_fields, "openai-batch", tmp_path / "batch", model="openai:tiny")
    lines = [json.loads(line) for file in made.files for line in file.read_text().splitlines()]
    assert [line["body"]["top_k"] for line in lines] == [1] * (made.rows + made.short)


def test_fields_change_no_sample_and_are_checked(with_fields: Bench, tmp_path: Path) -> None:
    entry = {"task": "niah/single", "length": "1k", "samples": 2}
    plain = generate(Suite.from_document({"seed": 3, "tests": [entry]}), tmp_path / "plain")
    assert plain.manifest()["fingerprint"] == with_fields.manifest()["fingerprint"]
    wrong = {"seed": 3, "request": {"messages": [], "stream": True}, "tests": [entry]}
    with pytest.raises(SuiteError, match=r"request\.messages: synthctx writes(.|\n)*stream"):
        Suite.from_document(wrong)
