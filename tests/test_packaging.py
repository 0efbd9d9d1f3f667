"""The house: what a wheel holds, that it runs from an empty environment, and who imports whom."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = {"synthctx": "synthctx", "generators": "synthctx.generators", "scorers": "synthctx.scorers"}


def modules() -> list[tuple[str, Path]]:
    """Return (room, file) of every module, each once."""
    out = []
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            inside = path.relative_to(ROOT / room).parts
            if room != "synthctx" or inside[0] not in ("generators", "scorers"):
                out.append((room, path))
    return out


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return names


def test_every_package_is_listed() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    found = set()
    for room, name in ROOMS.items():
        for path in (ROOT / room).rglob("__init__.py"):
            inside = path.parent.relative_to(ROOT / room).parts
            if room != "synthctx" or inside[:1] not in (("generators",), ("scorers",)):
                found.add(".".join([name, *inside]))
    assert set(listed) == found


@pytest.mark.parametrize(("room", "path"), modules(), ids=[str(p.name) for _, p in modules()])
def test_the_arrows_between_rooms(room: str, path: Path) -> None:
    names = imported(path)
    tops = {name.split(".")[0] for name in names}
    assert not tops & {"generators", "scorers"}, "import synthctx.generators, synthctx.scorers"
    families = {n for n in names if n.startswith(("synthctx.generators.", "synthctx.scorers."))}
    if room == "synthctx":
        assert not families, "the engine knows no family by name"
        return
    stem = path.stem.lstrip("_").split("_")[0]
    for name in families:
        module = name.split(".")[2]
        assert name.startswith(ROOMS[room]), "a family imports only the engine"
        assert module.startswith("_") or module.split("_")[0] == stem, f"{path.name} imports {name}"


@pytest.mark.parametrize(("room", "path"), modules(), ids=[str(p.name) for _, p in modules()])
def test_no_file_is_long_and_nothing_asserts(room: str, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 500
    tree = ast.parse(text)
    assert not [n.lineno for n in ast.walk(tree) if isinstance(n, ast.Assert)]


@pytest.mark.slow
def test_sdist_wheel_and_the_demo_from_an_empty_environment(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "-o", str(tmp_path / "dist"), str(ROOT)],
        check=True,
        capture_output=True,
    )
    wheel = next((tmp_path / "dist").glob("*.whl"))
    names = zipfile.ZipFile(wheel).namelist()
    assert {n.split("/")[0] for n in names if ".dist-info" not in n} == {"synthctx"}
    for wanted in ("generators/niah.py", "scorers/match.py", "suites/demo.yaml", "py.typed"):
        assert f"synthctx/{wanted}" in names
    # the wheel itself into a new environment; its dependencies are those of this one
    venv.create(tmp_path / "env", with_pip=False)
    python = tmp_path / "env" / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", str(wheel)],
        check=True,
        capture_output=True,
    )
    site = next((tmp_path / "env" / "lib").glob("python*/site-packages"))
    here = next(p for p in sys.path if p.endswith("site-packages"))
    # a .pth line, not PYTHONPATH: our own editable install must not be seen
    (site / "dependencies.pth").write_text(here + "\n")
    script = "import synthctx, sys; print(synthctx.__file__)"
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH",)}
    where = subprocess.run(
        [python, "-c", script], cwd=tmp_path, env=env, check=True, capture_output=True, text=True
    )
    assert where.stdout.startswith(str(site)), where.stdout
    done = subprocess.run(
        # as `make demo`, with fewer samples
        [tmp_path / "env" / "bin" / "synthctx", "demo", "--suite", "smoke.yaml", "-o", "out"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "report.html").is_file()
    assert "report: out/report.html" in done.stdout
