# A bare `make` lists the targets. Each does the set-up it needs, from git, make and Python 3.11 or newer alone.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOCKED := $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes
EVERY_CORE := --numprocesses auto --maxprocesses 8 --dist worksteal
IN_MEMORY := .ci/in-memory
UV := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## create .venv with the pinned dependencies and emailops itself

$(READY): pyproject.toml .ci/build.lock .ci/requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit("emailops needs Python 3.11 or newer, and $(PYTHON) is %s: make PYTHON=python3.12 $(or $(MAKECMDGOALS),setup)" % sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@$(PYTHON) -c 'import sys; print("setting up $(VENV) with Python", sys.version.split()[0], "from", sys.executable + "; another one: make PYTHON=PATH")'
	@$(PYTHON) -m venv --clear $(VENV)
	@$(LOCKED) -r .ci/build.lock
	@$(LOCKED) --no-build-isolation -r .ci/requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

demo: $(READY) ## twenty seconds of the whole idea over real HTTP, on a copy
	@$(BIN)/python -m tests.demo

test: lint types ## lint, types, import contracts and the tests that are short; about two minutes
	@$(IN_MEMORY) $(BIN)/python -m pytest $(EVERY_CORE) -m "not slow"
	@echo "left to make test-extra: what takes longer, pages in a real browser, the Groovy, Ruby, the official clients from npm, and ours under each Python"

test-extra: $(READY) ## all tests that take longer: walks, kills, long tables, a browser, Groovy, Ruby, npm, each Python; installs what they need
	@.ci/extra
	@$(LOCKED) -r .ci/extra.lock
	@$(MAKE) --no-print-directory test-slow
	@$(BIN)/python -m pytest tests/browser tests/extra

test-slow: $(READY) ## of test-extra, the tests that need nothing more than make test does
	@$(IN_MEMORY) $(BIN)/python -m pytest $(EVERY_CORE) -m slow

lint: $(READY) ## ruff and the import contracts
	@$(BIN)/ruff check --no-cache --quiet .
	@$(BIN)/ruff format --no-cache --quiet --check .
	@$(BIN)/lint-imports --no-cache > $(VENV)/lint-imports.log || { cat $(VENV)/lint-imports.log; exit 1; }

types: $(READY) ## mypy, strict
	@$(BIN)/mypy --no-error-summary --cache-dir $(VENV)/.mypy_cache
	@$(BIN)/mypy --no-error-summary --cache-dir $(VENV)/.mypy_cache_clients --config-file emailops/clients/pyproject.toml \
		-p emailops.clients

check: $(READY) ## validate this repository's own state
	@$(BIN)/emailops validate

bench: $(READY) ## the speed budgets, as ratios measured in one run
	@$(BIN)/python -m tests.bench

clients: $(READY) ## build the wheel that apps and scripts install, into dist/
	@cd emailops/clients && $(abspath $(BIN))/python -m hatchling build -t wheel -d $(CURDIR)/dist

hostile: $(READY) ## hostile answers, streams, paths and settings of Git, all of each table; about ten minutes
	@HOSTILE=1 $(BIN)/python -m pytest $(EVERY_CORE) tests/hostile

crash-test: $(READY) ## an apply killed, cut and stopped everywhere, with both ledgers; about five minutes
	@$(BIN)/python -m tests.crash

mutants: $(READY) ## a sample of small bugs put into the code; at most 5 of 100 may pass the tests
	@$(BIN)/python -m tests.mutants

golden: $(READY) ## write the golden files anew; read the difference before you commit it
	@$(BIN)/python -m pytest -q tests/generate tests/policy/test_words.py tests/questions tests/render --golden
	@git diff --stat -- tests

schemas: $(READY) ## write the schema of generated files anew, from the formats and sources
	@$(BIN)/python -m tests.schemas

docs: $(READY) ## write anew what is made in README and docs/: output, tables, fields.md, the flow
	@$(BIN)/python -m tests.docs

pictures: $(READY) ## photograph the comment and the inbox for README, in Chromium
	@.ci/extra
	@$(BIN)/python -m tests.docs.pictures

lock: ## pin the dependencies anew (needs uv)
	@uv pip compile $(UV) --all-extras pyproject.toml -o .ci/requirements.lock
	@uv pip compile $(UV) --extra mailchimp -c .ci/requirements.lock pyproject.toml -o .ci/runtime.lock
	@printf 'hatchling\nsetuptools\n' | uv pip compile $(UV) -c .ci/requirements.lock - -o .ci/build.lock
	@printf 'pyarrow\n' | uv pip compile $(UV) -c .ci/requirements.lock - -o .ci/extra.lock

.PHONY: help setup demo test test-extra test-slow lint types check bench clients hostile crash-test mutants golden schemas docs pictures lock
