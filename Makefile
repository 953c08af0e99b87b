# Needs Python 3.11 or newer, make and a C compiler; the rest is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SHELL := bash
ARGS ?=
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help install install-dev demo test test-long screenshots checks lint format types imports messages services-stop

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: install ## Two catalogs, a worker and the web server on 127.0.0.1:8000 (ARGS=--check proves it and ends)
	@$(BIN)/python manage.py demo $(ARGS)

test: install-dev checks ## Lint, types, import rules and every test that is not long
	@echo "Tests:"
	@$(BIN)/python -m pytest $(ARGS)

test-long: install-dev ## The tests that take minutes
	@$(BIN)/python -m pytest -m long $(ARGS)

screenshots: install-dev ## A picture of every page on the demo's data, in .data/screenshots
	@$(BIN)/python -m tests.screenshots

checks: lint types imports

lint: install-dev ## Style: ruff check and format
	@echo "Style:"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: install-dev ## Types: mypy strict
	@echo "Types (about a minute the first time):"
	@$(BIN)/mypy .

imports: install-dev ## Import rules: import-linter
	@echo "Import rules:"
	@$(BIN)/lint-imports --no-cache | grep -E 'KEPT|BROKEN|Contracts|->' ; exit $${PIPESTATUS[0]}

format: install-dev ## Rewrite the code in the house style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

messages: install ## Collect the interface's messages into locale/ and compile them (needs GNU gettext)
	@$(BIN)/python manage.py messages

services-stop: install ## Stop the embedded Postgres and Redis
	@$(BIN)/python manage.py embedded stop

install: $(VENV)/.installed ## Make .venv and install what runs

install-dev: $(VENV)/.installed-dev

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is older than 3.11: run make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Making $(VENV) …"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt | $(BIN)/python
	@echo "Installing what runs (torch is the largest part, a few minutes the first time) …"
	@$(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo "Installing what checks …"
	@$(BIN)/python -m pip install --disable-pip-version-check -r requirements-dev.txt
	@touch $@
