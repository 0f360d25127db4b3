# One virtualenv, two hash-locked files. `requirements.txt` is what the bot needs; `requirements-dev.txt` is that and
# what its tests need. Neither names an index: pip takes the one this machine is set up for.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# What was compiled once is not compiled again by every process that a run or a test starts.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test lint bench torture clean lock

run: $(VENV)/.run
	@$(BIN)/incident-bot sandbox $(ARGS)

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

# Maintainers only: re-resolve both lock files (needs `uv` on the PATH).
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q \
	    --extra build pyproject.toml -o requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q \
	    --extra build --extra dev pyproject.toml -c requirements.txt -o requirements-dev.txt

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "incident-bot needs Python 3.11 or newer; $$($(PYTHON) --version) was found. Set PYTHON=python3.12, say." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(BIN)/python requirements.txt pyproject.toml
	@echo "Installing what the bot needs (once; about half a minute) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.txt
	@echo "Installing what the tests need (once; about half a minute) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
