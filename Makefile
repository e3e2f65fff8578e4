# Two commands: `make demo` and `make test`. Everything else is for comfort.
# Needs python3 (3.11 or newer), make and a C library of this decade; no Docker, no Java.

.DEFAULT_GOAL := help
.PHONY: help demo up down test lint chaos bench install install-dev schemas clean

# The newest interpreter that is known to work, or the one that PYTHON names.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
	>/dev/null 2>&1 && echo $$p && break; done)
BIN := .venv/bin
INPUTS := pyproject.toml constraints.txt
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
# For tests of a part: make test TESTS=tests/unit
TESTS ?=
# For demo and up: make demo ARGS=--keep
ARGS ?=

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: install ## Stream a year of a real retailer through the system, and prove that all arrived
	$(BIN)/parcours demo $(ARGS)

up: install ## Start broker, worker and sink; they go on running
	$(BIN)/parcours up --detach $(ARGS)

down: install ## End what `make up` started
	$(BIN)/parcours down $(ARGS)

# A file's tests share what it starts, so they stay together; much of their time is waiting.
# In the order of the tree: the many short ones come last, and fill what the long ones leave.
test: install-dev lint ## Run every check and every test
	$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(TESTS)

lint: install-dev ## Style, types, directions of imports, generated schemas, broken promises
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/parcours schemas --check

chaos: install-dev ## A million touchpoints, twenty kills, on Apache Kafka; takes long
	CHAOS_TOUCHPOINTS=1000000 CHAOS_KILLS=20 CI=true $(BIN)/pytest tests/integration/test_chaos.py

bench: install-dev ## Measure; the numbers go to bench/results/
	$(BIN)/python -m bench

schemas: install ## Write JSON Schemas and AsyncAPI again, after a change of a struct or topic
	$(BIN)/parcours schemas

install: .venv/.installed ## Install into .venv; does nothing where that is up to date

install-dev: .venv/.installed-dev

clean: ## Remove what was installed and what tools left; no data
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Parcours needs Python 3.11 or newer with its venv module \
	(on Debian: apt-get install python3 python3-venv); or name one: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.installed: .venv/bin/python $(INPUTS)
	@echo "installing into .venv (about a minute, once)"
	@$(PIP) -e '.[embedded,demo]'
	@touch $@

.venv/.installed-dev: .venv/bin/python $(INPUTS)
	@echo "installing into .venv (about a minute, once)"
	@$(PIP) -e '.[embedded,demo,dev]'
	@touch $@ .venv/.installed
