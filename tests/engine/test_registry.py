"""One family for one name, everything where everything is asked for, plugins always."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from synthctx.errors import SynthctxError, UnknownName
from synthctx.registry import Registry
from synthctx.tasks import TASKS

PACKAGE = "families_of_a_test"
FAMILY = "from families_of_a_test import MINE\nMINE.add('{name}', {value})\n"


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry[int]]:
    folder = tmp_path / PACKAGE
    folder.mkdir()
    text = "from synthctx.registry import Registry\n"
    (folder / "__init__.py").write_text(text + f"MINE = Registry('thing', 'none', '{PACKAGE}')\n")
    for module, name, value in (
        ("needle", "needle/one", 1),
        ("needle_more", "needle/two", 2),
        ("long_icl", "long-icl/three", 3),
        ("elsewhere", "odd/four", 4),
    ):
        (folder / f"{module}.py").write_text(FAMILY.format(name=name, value=value))
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module(PACKAGE).MINE
    for name in [n for n in sys.modules if n.startswith(PACKAGE)]:
        del sys.modules[name]


def _imported() -> set[str]:
    return {n.removeprefix(f"{PACKAGE}.") for n in sys.modules if n.startswith(f"{PACKAGE}.")}


def test_a_name_imports_its_family_alone(registry: Registry[int]) -> None:
    assert registry.get("needle/two") == 2
    assert _imported() == {"needle", "needle_more"}
    assert registry.get("long-icl/three") == 3
    assert "elsewhere" not in _imported()


def test_a_module_of_another_name_is_found_too(registry: Registry[int]) -> None:
    assert registry.get("odd/four") == 4
    assert registry.names() == ["long-icl/three", "needle/one", "needle/two", "odd/four"]


def test_an_unknown_name_is_held_against_all(registry: Registry[int]) -> None:
    with pytest.raises(UnknownName, match=r"Did you mean 'odd/four'"):
        registry.get("odd/for")
    for name in ("/", "", "../needle", "needle/", "needle"):
        with pytest.raises(UnknownName):
            registry.get(name)


def test_a_name_given_twice_names_both_places(registry: Registry[int], tmp_path: Path) -> None:
    (tmp_path / PACKAGE / "needle_twice.py").write_text(FAMILY.format(name="needle/one", value=9))
    with pytest.raises(SynthctxError, match=r"twice: .*needle\.py:2 and .*needle_twice\.py:2"):
        registry.get("needle/one")


def test_the_built_in_tests_lie_where_their_names_say() -> None:
    """Otherwise one name would import everything: right, but slow."""
    for name in TASKS.names():
        module = Path(TASKS.origin(name).rpartition(":")[0]).stem.lstrip("_")
        family = name.partition("/")[0].replace("-", "_")
        assert module.startswith(family), f"{name} is registered in {module}.py"
