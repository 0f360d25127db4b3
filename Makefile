# One virtualenv, two hash-locked files. `requirements.txt` is what the bot needs; `requirements-dev.txt` is that and
# what its tests need. Neither names an index: pip takes the one this machine is set up for.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# What was compiled once is not compiled again by every process that a run or a test starts.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run shell test lint bench torture clean lock help

run: $(VENV)/.run
	@$(BIN)/incident-bot sandbox $(ARGS)

shell: $(VENV)/.run
	@echo "incident-bot is on the PATH of this shell; leave it with exit."
	@. $(BIN)/activate && exec "$${SHELL:-sh}"

test: $(VENV)/.dev
	@$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: $(VENV)/.dev
	@$(BIN)/python -m tests.bench $(ARGS)

torture: $(VENV)/.dev
	@$(BIN)/python -m tests.torture $(ARGS)

clean:
	rm -rf $(VENV) .sandbox .pytest_cache .mypy_cache .ruff_cache .hypothesis build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help:
	@echo "make run    the bot against a simulated Slack, with a web page           (ARGS=\"--port 8090\")"
	@echo "make shell  a shell in which incident-bot is on the PATH"
	@echo "make test   the whole suite                                              (ARGS=\"tests/oncall\")"
	@echo "make lint   ruff and mypy        make bench   every figure, measured here"
	@echo "make clean  removes what these made      make torture   kills it, and looks at what is left"

# Maintainers only: re-resolve both lock files (needs `uv` on the PATH).
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q \
	    --extra build pyproject.toml -o requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q \
	    --extra build --extra dev pyproject.toml -c requirements.txt -o requirements-dev.txt

# Each refusal is one sentence that says what to do.
SAID = $(VENV)/pip.log
INSTALL = $(BIN)/python -m pip install -q --disable-pip-version-check --retries 2 --timeout 20 2> $(SAID)
FETCHED = { echo "The packages could not be fetched ($$(grep -m1 -o 'ERROR: .*' $(SAID); true)). Is this machine online? All that pip said is in $(SAID); what is there is kept: run make again." >&2; exit 1; }

$(BIN)/python:
	@test -w . || { echo "This folder cannot be written, and its virtual environment belongs in it: copy it to one that can." >&2; exit 1; }
	@command -v $(PYTHON) >/dev/null || \
	    { echo "There is no $(PYTHON) here: install Python 3.11 or newer, or name yours: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "incident-bot needs Python 3.11 or newer; $$($(PYTHON) --version) was found. Name another: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	    echo "This Python makes no virtual environments; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

$(VENV)/.run: $(BIN)/python requirements.txt pyproject.toml
	@echo "Installing what the bot needs (once; about half a minute) ..."
	@$(INSTALL) --require-hashes -r requirements.txt || $(FETCHED)
	@$(INSTALL) --no-deps --no-build-isolation -e . || $(FETCHED)
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.txt
	@echo "Installing what the tests need (once; about half a minute) ..."
	@$(INSTALL) --require-hashes -r requirements-dev.txt || $(FETCHED)
	@touch $@
