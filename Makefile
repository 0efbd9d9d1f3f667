# Two commands do everything on a fresh machine with Python 3.11 or newer:
#   make demo    the main job, offline, once everything is installed
#   make test    the tests
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test lint types check bench fingerprints clean

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.core

demo: $(VENV)/.core
	$(BIN)/synthctx demo -o demo-out

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 -q $(PYTEST_ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

check: lint types test

bench: $(VENV)/.dev
	$(BIN)/python benchmarks/compose.py

# after a task's version went up: what it makes now becomes what it must make
fingerprints: $(VENV)/.dev
	SYNTHCTX_UPDATE_FINGERPRINTS=1 $(BIN)/python -m pytest -q -p no:xdist tests/test_fingerprints.py

clean:
	rm -rf $(VENV) demo-out build dist *.egg-info
