# Needs git, make and Python 3.11 or newer; everything else is put into .venv.
SHELL := /bin/sh
.DEFAULT_GOAL := help

UV_VERSION := 0.13.9
JOBS ?= 2
ARGS ?= --help
BIN := .venv/bin

.PHONY: help setup demo run check test test-all bench docs format

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

setup: .venv/.set-up ## Make .venv with everything Kept needs (skipped while nothing changed)

.venv/.set-up: pyproject.toml uv.lock tools/setup.sh
	@sh tools/setup.sh $(UV_VERSION)
	@touch $@

demo: setup ## Watch an example company check, mend and prove its promises
	@$(BIN)/python tools/demo.py

run: setup ## Run kept, for instance: make run ARGS="check --help"
	@$(BIN)/kept $(ARGS)

check: setup ## Look at the code without running it: format, lint, types, direction of imports, reference up to date
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	KEPT_FOLDER=own-policy $(BIN)/mypy src tests benchmarks examples tools
	$(BIN)/lint-imports
	$(BIN)/python -m tools.reference --check

test: setup ## Run the tests on SQLite and on whatever database servers are installed here
	@$(BIN)/python -m tools.servers $(BIN)/python -m pytest -n $(JOBS)

test-all: setup ## Run every check and every test; installs PostgreSQL, MariaDB and SoftHSM where they are missing
	@sh tools/services.sh
	@$(MAKE) --no-print-directory check
	@KEPT_REQUIRE_SERVICES=1 $(BIN)/python -m tools.servers --require $(BIN)/python -m pytest -n $(JOBS) -p tools.nothing_skipped

bench: setup ## Measure at a small size and write docs/benchmarks.md
	@$(BIN)/python -m tools.servers $(BIN)/python -m tools.bench

docs: setup ## Write docs/reference anew from the code
	$(BIN)/python -m tools.reference

format: setup ## Put the code into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
