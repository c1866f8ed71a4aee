# The two commands: `make run` and `make test`. Everything they need is made on the way, and again only when a lock changes.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin

export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_RETRIES ?= 10
export npm_config_fetch_retries ?= 6
export PYTHONWARNINGS ?= ignore::SyntaxWarning
unexport PYTHONDONTWRITEBYTECODE  # or each of the many processes compiles the whole house for itself

PYTHON_STAMP := $(VENV)/.installed
NODE_STAMP := node_modules/.installed
ASSETS_STAMP := node_modules/.bundled
TEXTS_STAMP := $(VENV)/.texts

# Throwaway databases lie in memory where there is room: making and dropping thousands of files is slow work for a disk.
# Those of the browser tests lie on the disk: some of them are killed, to see what it has kept.
MEMORY := $(shell df -Pm /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 >= 8000' | grep -q . && ! grep -q '/dev/shm .*noexec' /proc/mounts && echo /dev/shm)
PYTEST := $(if $(MEMORY),TMPDIR=$(MEMORY)) $(BIN)/pytest

.PHONY: run test lint types screens bench seed lock audit messages setup prepared clean

setup:
	@$(MAKE) --no-print-directory --jobs 2 prepared

prepared: $(PYTHON_STAMP) $(NODE_STAMP) $(ASSETS_STAMP) $(TEXTS_STAMP)
	@:

run: setup  ## everything up: servers, migrations, demo portal, web, worker, live updates
	@exec $(BIN)/python -m saas.run

test: setup  ## lint, types, every test, the browser tests; the suite's own summary comes last
	$(MAKE) --no-print-directory --jobs 2 --output-sync lint types
	$(BIN)/python -m infra.local.chromium
	$(BIN)/python -m infra.local.caddy
	$(PYTEST) -n 3 --dist loadscope --no-loadscope-reorder tests -m "not bench and not e2e"
	$(BIN)/pytest -n 2 --dist loadscope --no-loadscope-reorder tests/e2e -m e2e

lint: $(PYTHON_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --quiet --lint billing infra modules saas tenants
	$(BIN)/lint-imports

types: $(PYTHON_STAMP)
	$(BIN)/mypy .

screens: setup  ## a PNG of every page and state in a real browser, in .local/screens; says what it left out and what is wrong
	$(BIN)/python -m infra.local.chromium
	$(BIN)/python -m saas.run screens

bench: setup  ## the figures of infra/docs/speed.md, measured here
	cd tests/bench && npm ci --no-audit --no-fund --loglevel=error
	$(BIN)/pytest -n 0 -q -s -m bench tests/bench

seed: setup  ## demo data for a portal: make seed PORTAL=acme
	$(BIN)/python -m saas.run seed $(PORTAL)

messages: $(PYTHON_STAMP)  ## gather every string to translate into each app's locale folder
	DJANGO_SETTINGS_MODULE=saas.settings.test $(BIN)/python manage.py messages update

lock: $(PYTHON_STAMP)  ## requirements*.in -> requirements*.txt, package.json -> package-lock.json
	$(BIN)/pip-compile $(LOCK_FLAGS) --output-file requirements.txt requirements.in
	$(BIN)/pip-compile $(LOCK_FLAGS) --output-file requirements-dev.txt requirements-dev.in
	npm install --package-lock-only
	cd tests/bench && npm install --package-lock-only

audit: setup  ## known faults in the locked packages; needs a network, and fails without an answer (infra/docs/audits.md)
	$(BIN)/python -m infra.deploy.audit

LOCK_FLAGS := --quiet --generate-hashes --allow-unsafe --strip-extras --no-header --no-annotate \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links

$(PYTHON_STAMP): requirements.txt requirements-dev.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing Python packages: a minute or two, once."
	@$(BIN)/pip install --quiet --no-compile --require-hashes -r requirements.txt -r requirements-dev.txt
	@touch $@

$(NODE_STAMP): package.json package-lock.json
	@echo "Installing packages of the interface."
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# Icons are found by name in templates and Python, so the bundle is made again when any of them changes.
SOURCES := $(shell find infra modules tenants billing saas \( -path '*/assets/*' -o -name '*.html' -o -name '*.py' \) -type f)

$(ASSETS_STAMP): $(NODE_STAMP) $(SOURCES)
	@npm run --silent build
	@touch $@

$(TEXTS_STAMP): $(PYTHON_STAMP) $(shell find infra modules tenants billing saas -name '*.po')
	@DJANGO_SETTINGS_MODULE=saas.settings.test $(BIN)/python manage.py messages compile
	@touch $@

clean:
	rm -rf $(VENV) node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
