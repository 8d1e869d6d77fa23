# Every verb of the project. State lives in var/, the tools in .venv/.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help run split test check format bench protos clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/installed ## Start the gateway in one process, with a demo key
	@exec $(BIN)/grokgate serve all --demo

split: .venv/installed ## Start the gateway as one process a service, with a demo key
	@exec $(BIN)/grokgate serve split --demo

test: .venv/installed-dev ## Run every test
	$(BIN)/pytest --numprocesses auto --maxprocesses 8 --dist loadfile

check: .venv/installed-dev ## Check format, lint and types; change nothing
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest -q tests/project

format: .venv/installed-dev ## Rewrite the code in the house's format
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

bench: .venv/installed-dev ## Measure what the gateway adds and print its tables
	$(BIN)/python -m tests.bench

protos: .venv/installed-dev ## Compile the contracts
	$(BIN)/python protos/compile.py

clean: ## Remove what make made, but not var/
	rm -rf .venv dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find protos -name '*_pb2*' -delete

.venv/bin/python:
	@command -v $(PYTHON) >/dev/null || \
		{ echo "grokgate needs Python 3.11 or newer: install python3, or name one with make PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "grokgate needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V). Name another with make PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "grokgate needs Python's venv module: install it (on Debian and Ubuntu: apt install python3-venv)"; exit 1; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25'

SOURCES := pyproject.toml hatch_build.py protos/compile.py $(shell find protos -name '*.proto')

.venv/installed: .venv/bin/python $(SOURCES)
	@echo "Installing grokgate into .venv ..."
	@$(INSTALL) --editable '.[sandbox]'
	@touch $@

.venv/installed-dev: .venv/bin/python $(SOURCES)
	@echo "Installing grokgate and its development tools into .venv ..."
	@$(INSTALL) --editable '.[dev]'
	@touch $@ .venv/installed
