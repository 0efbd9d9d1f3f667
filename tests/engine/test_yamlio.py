"""A key that is given twice is refused, wherever it stands, with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from synthctx.errors import ModelError, SuiteError
from synthctx.models import get_model
from synthctx.suite import Suite
from synthctx.yamlio import GivenTwice, strict_loader
from tests.conftest import Cli

SUITE = """seed: 1
tests:
  - task: niah/single
    length: 4k
    params:
      keys: 1
    samples: 2
    length: 8k
"""


def test_a_suite_names_the_key_and_both_lines(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "twice.yaml").write_text(SUITE)
    said = cli("generate", "twice.yaml", "-o", "out", code=2).err
    assert (
        said == "synthctx: suite 'twice.yaml', line 8: 'length' is given twice, first in line 4\n"
    )
    assert not (tmp_path / "out").exists()


def test_a_json_suite_names_the_key(tmp_path: Path) -> None:
    file = tmp_path / "twice.json"
    file.write_text('{"seed": 1, "tests": [{"task": "niah/single", "length": 1, "length": 2}]}')
    with pytest.raises(SuiteError, match=r"twice\.json': 'length' is given twice in one object"):
        Suite.from_file(file)


@pytest.mark.parametrize(
    ("text", "key", "line", "first"),
    [
        ("name: a\nbase_url: http://h/v1\nname: b\n", "name", 3, 1),
        ("name: a\nrequest:\n  top_p: 1\n  'top_p': 0.9\n", "top_p", 4, 3),
        ("name: a\nrequest: {extra: {x: 1, x: 1}}\n", "x", 2, 2),
    ],
)
def test_a_model_file_names_them_too(
    tmp_path: Path, text: str, key: str, line: int, first: int
) -> None:
    file = tmp_path / "model.yaml"
    file.write_text(text)
    wanted = rf"model\.yaml', line {line}: '{key}' is given twice, first in line {first}"
    with pytest.raises(ModelError, match=wanted):
        get_model(str(file))


def test_keys_that_only_look_alike_and_merged_ones_are_kept() -> None:
    text = "base: &base {a: 1, b: 2}\nmore:\n  <<: *base\n  b: 3\n1: x\n'1': y\n? [1]\n: z\n"
    with pytest.raises(yaml.YAMLError, match="unhashable"):
        yaml.load(text, Loader=strict_loader())
    found = yaml.load(text.replace("? [1]\n: z\n", ""), Loader=strict_loader())
    assert found["more"] == {"a": 1, "b": 3}
    assert (found[1], found["1"]) == ("x", "y")
    with pytest.raises(GivenTwice):
        yaml.load("0x10: a\n16: b\n", Loader=strict_loader())
