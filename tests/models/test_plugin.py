"""A model of another distribution, found by its entry point."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Cli

MODULE = '''
from synthctx.models import MODELS, Answer

class Shout:
    def __init__(self, what):
        self.what = what

    def answer(self, request):
        return Answer(self.what.upper())

def shout(what, settings):
    """Says one thing, loudly."""
    return Shout(what)

MODELS.add("shout", shout)
'''


def test_an_entry_point_adds_a_kind_of_model(cli: Cli, tmp_path: Path) -> None:
    site = tmp_path / "site"
    info = site / "shouting-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "shouting.py").write_text(MODULE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shouting\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[synthctx.models]\nshout = shouting\n")
    env = {"PYTHONPATH": str(site)}
    assert "Says one thing, loudly." in cli("models", env=env).out
    cli("generate", "--task", "niah/single", "--length", "1k", "--seed", "1", "-o", "b")
    assert "shout:hey gave 1 answers" in cli("answer", "b", "--model", "shout:hey", env=env).out
    rows = cli("query", "b", "select output from outputs", "--format", "csv").out
    assert rows.splitlines()[1] == "HEY"
    assert "unknown model 'shout'" in cli("answer", "b", "--model", "shout:hey", code=2).err
