# Two commands are enough: `make run` (the page) and `make test`. Both set up what they need first.
#
#   PYTHON    the Python the environment is made with, 3.11 or newer
#   PIP_ARGS  further arguments of pip install, for example an index with CPU builds of torch
#   TESTS     what pytest is given, for example TESTS=tests/unit

PYTHON ?= python3
PIP_ARGS ?=
TESTS ?=

BIN := .venv/bin
READY := .venv/.set-up

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup models run demo test check format browser

help:
	@echo "make run      set up, get the models, serve the page"
	@echo "make test     set up, get the models, run all tests"
	@echo "make demo     the whole journey on a sample project, in the terminal"
	@echo "make check    format, lint, types, import contracts, tests"
	@echo "make models   get and verify the three embedded models"
	@echo "make setup    the environment in .venv, nothing else"
	@echo "make format   put the code into its format"
	@echo "make browser  install what the browser tests need (Debian, as root or with sudo)"

setup: $(READY)

# Done once; again when the dependencies change.
$(READY): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
	  echo "There is no '$(PYTHON)' here. InstructUI needs Python 3.11 or newer:" >&2; \
	  echo "install it, or name one: make $(or $(MAKECMDGOALS),setup) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "InstructUI needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) -V 2>&1)." >&2; \
	  echo "Name another one: make $(or $(MAKECMDGOALS),setup) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' cannot make environments (Debian: apt-get install python3-venv)." >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check $(PIP_ARGS) -c constraints.txt -e '.[dev]'
	@touch $@

models: setup
	$(BIN)/instruct-ui models get

run: setup models
	@exec $(BIN)/instruct-ui serve

demo: setup models
	@exec $(BIN)/instruct-ui demo

# On a build server (CI=true) a skipped browser test is a failure, so there Chromium is installed.
test: setup models $(if $(filter true,$(CI)),browser)
	$(BIN)/python -m pytest $(TESTS)

check: setup models
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest $(TESTS)

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Never fails: the tests themselves say what is missing.
browser:
	@if command -v chromium || command -v chromium-browser || command -v google-chrome; then :; \
	elif ! command -v apt-get >/dev/null; then \
	  echo "No Chromium, and no apt-get to install it with: install it by hand for the browser tests." >&2; \
	elif [ "$$(id -u)" = 0 ]; then \
	  apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y chromium fonts-noto-cjk || \
	  echo "Chromium could not be installed." >&2; \
	elif sudo -n true 2>/dev/null; then \
	  sudo apt-get update && sudo DEBIAN_FRONTEND=noninteractive apt-get install -y chromium fonts-noto-cjk || \
	  echo "Chromium could not be installed." >&2; \
	else \
	  echo "No Chromium. For the browser tests: sudo apt-get install chromium fonts-noto-cjk" >&2; \
	fi
