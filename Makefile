# Every verb works from a fresh clone with Python >= 3.11, make and a package index.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CANDIDATES := python3 python3.13 python3.12 python3.11 python3.14 python
PYTHON ?=
UV := $(shell command -v uv 2>/dev/null)
WORKERS ?= auto
DEMO ?= demo-world
TUTORIAL ?= tutorial-world

# Numeric libraries would otherwise start threads that only wait for each other.
export OMP_NUM_THREADS := 1

LOCK := requirements/dev.txt

# A real MLflow to test against, apart from ours: it wants other versions.
MLFLOW := .tools/mlflow
MLFLOW_LOCK := requirements/mlflow.txt
MLFLOW_READY := $(MLFLOW)/.ready
REFERENCE := $(wildcard docs/reference/*.md)
COG := $(BIN)/cog -I docs/reference
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --doctest-modules src/modelowners tests

.DEFAULT_GOAL := help
.PHONY: help setup mlflow-env demo tutorial serve pictures test test-all check fix docs bench lock clean

help:
	@echo "make demo          run the main job on real data with one declared fault"
	@echo "make tutorial      a bad promotion, rolled back and measured, on a real MLflow server"
	@echo "make serve         the pages on the demo's world, until Ctrl-C"
	@echo "make test          everything that takes seconds: unit to scenarios, doctests"
	@echo "make test-all      the same and what takes minutes"
	@echo "make check         format, lint, types, import contracts, reference, changelog"
	@echo "make fix           format, sort, regenerate the reference"
	@echo "make docs          build the documentation; open it on a terminal"
	@echo "make bench NAME=x  run benchmarks/x; write benchmarks/results/x.json"
	@echo "make mlflow-env    install the MLflow that test-all tests against"
	@echo "make pictures      take the pictures of the pages anew (needs a Chromium)"
	@echo "make lock          resolve requirements/*.txt anew (needs uv)"
	@echo "make clean         remove what the other verbs made"

setup: $(READY)

$(VENV)/pyvenv.cfg:
	@for python in $(if $(PYTHON),"$(PYTHON)",$(CANDIDATES)); do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "Making $(VENV) with $$("$$python" --version)" >&2; \
	    exec "$$python" -m venv $(VENV); \
	  fi; \
	done; \
	echo "No Python >= 3.11 found (looked for: $(if $(PYTHON),$(PYTHON),$(CANDIDATES)))." >&2; \
	echo "Install one, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1

$(READY): $(VENV)/pyvenv.cfg $(LOCK) pyproject.toml
	@echo "Installing $(LOCK) into $(VENV); this happens once" >&2
ifneq ($(UV),)
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r $(LOCK)
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
else
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
endif
	@touch $@

mlflow-env: $(MLFLOW_READY)

$(MLFLOW_READY): $(MLFLOW_LOCK) | $(READY)
	@echo "Installing $(MLFLOW_LOCK) into $(MLFLOW); this happens once" >&2
	@test -x $(MLFLOW)/bin/python || $(BIN)/python -m venv $(MLFLOW)
ifneq ($(UV),)
	@$(UV) pip install --quiet --python $(MLFLOW)/bin/python --require-hashes -r $(MLFLOW_LOCK)
else
	@$(MLFLOW)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(MLFLOW_LOCK)
endif
	@touch $@

demo: $(READY)
	@$(BIN)/modelowners demo --folder $(DEMO)

tutorial: $(READY) mlflow-env
	@$(BIN)/python docs/tutorials/rollback/tutorial.py --mlflow $(MLFLOW) --folder $(TUTORIAL)

serve: $(READY)
	@test -f $(DEMO)/modelowners.yaml || $(BIN)/modelowners demo --folder $(DEMO)
	@cd $(DEMO) && exec $(abspath $(BIN))/modelowners --as ines serve --as-of 2013-11-11T07:30

test: $(READY)
	@$(PYTEST) -m "not slow and not taxi"

test-all: $(READY) mlflow-env
	@$(PYTEST)

check: $(READY)
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-cache >$(VENV)/contracts.txt || { cat $(VENV)/contracts.txt; exit 1; }
ifneq ($(REFERENCE),)
	@$(COG) --check --diff --verbosity 0 $(REFERENCE)
endif
	@$(BIN)/towncrier build --draft --version next >/dev/null
	@test -n "$$(ls changelog.d CHANGELOG.md 2>/dev/null)"
	@echo "Format, lint, types, import contracts, reference and changelog are in order."

fix: $(READY)
	@$(BIN)/ruff check --quiet --fix . || true
	@$(BIN)/ruff format --quiet .
ifneq ($(REFERENCE),)
	@$(COG) -r $(REFERENCE)
endif

docs: $(READY)
	@$(BIN)/sphinx-build -n -W --keep-going -q -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"
	@if [ -t 1 ] && [ -z "$$CI" ]; then $(BIN)/python -m webbrowser "file://$(CURDIR)/docs/_build/html/index.html"; fi

bench: $(READY)
	@test -n "$(NAME)" || { echo "Name one: make bench NAME=startup or NAME=diagnosis"; exit 2; } >&2
	@exec $(BIN)/python "benchmarks/$(NAME)$(if $(wildcard benchmarks/$(NAME).py),.py)" $(ARGS)

pictures: $(READY)
	@$(BIN)/python docs/pictures.py

lock:
	@test -n "$(UV)" || { echo "make lock needs uv on the path" >&2; exit 2; }
	@$(UV) pip compile pyproject.toml --group dev --extra demo --extra postgres --universal \
	  --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
	  --quiet -o $(LOCK)
	@$(UV) pip compile requirements/mlflow.in --universal \
	  --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
	  --quiet -o $(MLFLOW_LOCK)

clean:
	@rm -rf $(VENV) .tools docs/_build build dist .pytest_cache .mypy_cache .ruff_cache \
	  .hypothesis .import_linter_cache .coverage
	@find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
