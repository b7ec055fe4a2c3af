# Two commands do everything on a fresh machine: `make run` and `make test`.
# Needs git, make and Python 3.11 or later; fetches the rest by its own lock files.

.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FRONTEND := service/frontend
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

.PHONY: help run setup test check bench lock clean

help: ## This list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: setup ## Set up what is missing, then serve on PORT (8000), data in LUJI_HOME (var)
	exec $(BIN)/luji up

setup: $(BIN)/luji $(FRONTEND)/.built service/translations/.compiled ## The environment in .venv, front end and translations built

$(VENV)/.locked: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Luji needs Python 3.11 or later; name one with PYTHON=" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	touch $@

$(BIN)/luji: $(VENV)/.locked
	echo "$(CURDIR)" > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/luji.pth"
	printf '#!/bin/sh\nexec "$(CURDIR)/$(BIN)/python" -m service.cli.main "$$@"\n' > $@
	chmod +x $@

$(FRONTEND)/.built: $(FRONTEND)/package-lock.json $(FRONTEND)/vite.config.js $(wildcard $(FRONTEND)/src/*) | $(VENV)/.locked
	.ci/with-node sh -c 'cd $(FRONTEND) && npm ci --ignore-scripts --no-audit --no-fund && npm run build'
	touch $@

service/translations/.compiled: $(wildcard service/translations/*/LC_MESSAGES/*.po) | $(VENV)/.locked
	$(BIN)/pybabel --quiet compile -d service/translations
	touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.locked
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	touch $@

test: setup $(VENV)/.dev check ## Everything; installs PostgreSQL, Redis and Chromium from Debian's packages when it may
	.ci/install-test-servers
	$(BIN)/python -m pytest -n 2 --dist worksteal

check: $(VENV)/.dev ## ruff, mypy, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup $(VENV)/.dev ## The figures of tests/bench, on SQLite and PostgreSQL
	.ci/install-test-servers
	$(BIN)/python -m tests.bench

lock: $(VENV)/.dev ## Write the lock files anew from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --extra dev pyproject.toml -o requirements-dev.lock

clean: ## Remove everything that can be built again (not your data)
	rm -rf $(VENV) $(FRONTEND)/node_modules $(FRONTEND)/.built service/static/dist service/translations/.compiled
