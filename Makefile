# Every verb works from a fresh clone with Python >= 3.11, make and a package index.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CANDIDATES := python3 python3.13 python3.12 python3.11 python3.14 python
PYTHON ?=
UV := $(shell command -v uv 2>/dev/null)
WORKERS ?= auto
DEMO ?= demo-world

# Numeric libraries would otherwise start threads that only wait for each other.
export OMP_NUM_THREADS := 1

LOCK := requirements/dev.txt
REFERENCE := $(wildcard docs/reference/*.md)
COG := $(BIN)/cog -I docs/reference
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --doctest-modules src/modelowners tests

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all check fix docs bench lock clean

help:
	@echo "make demo          run the main job on real data with one declared fault"
	@echo "make test          everything that takes seconds: unit to scenarios, doctests"
	@echo "make test-all      the same and what takes minutes"
	@echo "make check         format, lint, types, import contracts, reference, changelog"
	@echo "make fix           format, sort, regenerate the reference"
	@echo "make docs          build the documentation; open it on a terminal"
	@echo "make bench NAME=x  run benchmarks/x; write benchmarks/results/x.json"
	@echo "make lock          resolve requirements/dev.txt anew (needs uv)"
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

demo: $(READY)
	@$(BIN)/modelowners demo --folder $(DEMO)

test: $(READY)
	@$(PYTEST) -m "not slow and not taxi"

test-all: $(READY)
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

lock:
	@test -n "$(UV)" || { echo "make lock needs uv on the path" >&2; exit 2; }
	@$(UV) pip compile pyproject.toml --group dev --extra demo --extra postgres --universal \
	  --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
	  --quiet -o $(LOCK)

clean:
	@rm -rf $(VENV) docs/_build build dist .pytest_cache .mypy_cache .ruff_cache \
	  .hypothesis .import_linter_cache .coverage
	@find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
