# The whole set-up is `make run` and `make test`; every other target only saves time.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
LOCK := .venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-header --no-emit-index-url --no-emit-find-links --upgrade

CLIENTS := .venv-clients/bin

.PHONY: run test check lint types unit fuzz openapi clients screenshots bench chaos schema fidelity lock sbom audit clean

run: .venv/runtime ## environment made, server up on SQLite, demo credentials printed
	@exec $(BIN)/alfred-mock serve

test: lint ## everything that must hold before a change lands
	@$(MAKE) --no-print-directory --jobs=2 types unit

check: lint ## the same in a minute: without PostgreSQL, processes, SDKs, generated requests
	@$(MAKE) --no-print-directory --jobs=2 types unit \
	  SOME='-m "not postgres and not process and not sdk and not generated"'

lint: .venv/development ## formatting, lint, who may import whom
	@echo "== lint"
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "run '$(BIN)/ruff format .'"; exit 1; }
	@$(BIN)/lint-imports --no-logo >.venv/imports.log || { cat .venv/imports.log; exit 1; }

types: .venv/development ## strict type checks
	@echo "== types"
	@$(BIN)/mypy

unit: .venv/development .venv/chromium ## all tests, on SQLite and PostgreSQL
	@echo "== tests"
	@$(BIN)/pytest -n auto --dist worksteal -q $(SOME)

fuzz: .venv/development ## generated requests for long, from another seed each time; EXAMPLES=200
	@ALFRED_MOCK_TEST_EXAMPLES=$(or $(EXAMPLES),200) $(BIN)/pytest -q -n auto tests/contract/test_generated.py

openapi: .venv/development ## renew the golden copies of the OpenAPI documents, saying what breaks clients
	@$(BIN)/python -m tests.contract.golden

clients: .venv/development .venv-clients/made ## clients of five generators, compiled and run; takes minutes
	@$(BIN)/python -m tests.generated_clients $(CLIENTS)

screenshots: .venv/development .venv/chromium ## the pictures of the console in docs/screenshots
	@$(BIN)/python -m tests.control.console.shots

bench: .venv/development ## this server beside its peers; QUICK=1 for the short run
	@$(BIN)/python -m benchmarks

chaos: .venv/development ## what is acknowledged survives every fault; ROUNDS=20, QUICK=1
	@$(BIN)/python -m benchmarks.chaos --rounds $(or $(ROUNDS),1)

schema: .venv/development ## record what the migrations make of a new SQLite database
	@$(BIN)/python -m tests.database.sqlite_schema

fidelity: .venv/development ## make docs/fidelity.md of docs/fidelity.yaml and the observations
	@$(BIN)/python -m tests.docs.fidelity_page

lock: ## pin every dependency anew, with hashes and without addresses
	@test -d .venv-lock || { $(PYTHON) -m venv .venv-lock && .venv-lock/bin/pip install -q uv==0.13.9; }
	@$(LOCK) --group build --output-file requirements/build.txt
	@$(LOCK) pyproject.toml --output-file requirements/runtime.txt
	@$(LOCK) pyproject.toml --group dev --constraints requirements/runtime.txt \
	  --output-file requirements/development.txt
	@$(LOCK) pyproject.toml --all-extras --constraints requirements/development.txt \
	  --output-file requirements/extras.txt

sbom: ## the components of an installation, as CycloneDX JSON, in dist/sbom.json
	@test -d .venv-sbom || { $(PYTHON) -m venv .venv-sbom && .venv-sbom/bin/pip install -q cyclonedx-bom==7.5.0; }
	@mkdir -p dist
	@.venv-sbom/bin/cyclonedx-py requirements requirements/runtime.txt --pyproject pyproject.toml \
	  --output-reproducible --output-file dist/sbom.json

audit: ## known advisories against what is pinned; asks the network, so no part of `test`
	@test -d .venv-audit || { $(PYTHON) -m venv .venv-audit && .venv-audit/bin/pip install -q pip-audit==2.9.0; }
	@.venv-audit/bin/pip-audit --disable-pip --require-hashes --requirement requirements/runtime.txt \
	  --requirement requirements/development.txt --requirement requirements/build.txt

clean: ## remove what the other targets made
	rm -rf .venv .venv-lock .venv-audit .venv-clients .venv-sbom .mypy_cache .pytest_cache .ruff_cache .hypothesis dist

.venv-clients/made: tests/generated_clients/requirements.txt tests/generated_clients/node/package-lock.json
	@echo "== installing the generators"
	@$(PYTHON) -m venv .venv-clients
	@$(CLIENTS)/python -m pip install --quiet --disable-pip-version-check -r tests/generated_clients/requirements.txt
	@! command -v npm >/dev/null || npm ci --loglevel=error --prefix tests/generated_clients/node
	@touch $@

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "alfred-mock needs Python 3.11 or newer; say which with 'make PYTHON=python3.12 ...'"; exit 1; }
	@echo "== making the environment in .venv"
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/runtime: .venv/python requirements/runtime.txt requirements/build.txt pyproject.toml
	@echo "== installing what the server needs (a minute the first time, nothing the next)"
	@$(INSTALL) --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

# A browser for the tests of the console, where it can be had; without it they are skipped, and say so.
.venv/chromium: .venv/python
	@command -v chromium >/dev/null || test "$$(id -u)" != 0 || ! command -v apt-get >/dev/null || { \
	  echo "== installing Chromium for the tests of the console (a minute the first time)"; \
	  timeout 300 sh -c 'apt-get -qq update; apt-get -qq --yes --no-install-recommends install \
	      chromium fonts-dejavu-core fonts-liberation' \
	    </dev/null >.venv/chromium.log 2>&1; } || echo "== no Chromium: see .venv/chromium.log"
	@touch $@

.venv/development: .venv/runtime requirements/development.txt
	@echo "== installing what the tests need (a minute the first time, nothing the next)"
	@$(INSTALL) --require-hashes -r requirements/development.txt
	@touch $@
