# Two commands matter: `make run` and `make test`. Both set up what they need first.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PORT   ?= 8501

.PHONY: run test test-long test-browser test-spark explore lint types bench setup setup-dev setup-spark pins chromium clean

run: setup
	@$(BIN)/python -m geo sample --if-absent >/dev/null
	@$(BIN)/python -m geo serve --port $(PORT)

setup: $(VENV)/.installed

$(VENV)/.installed: requirements.txt geo/layers/offline.py
	@$(PYTHON) -c 'import sys; sys.exit("Piste needs Python 3.11 or newer, this is %d.%d; set PYTHON=python3.11" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(BIN)/python -m geo assets
	@touch $@

setup-dev: $(VENV)/.installed-dev

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# Only for engine.name = "spark" in config.toml; about 500 MB, and Java 17 beside it.
setup-spark: $(VENV)/.installed-spark

$(VENV)/.installed-spark: $(VENV)/.installed requirements-spark.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-spark.txt
	@command -v java >/dev/null 2>&1 || test -x "$$JAVA_HOME/bin/java" || echo "Spark needs Java 17 or newer: install it, e.g. your system's package 'default-jre-headless'." >&2
	@touch $@

# The browser tests drive the system's Chromium; nothing is downloaded from a vendor.
chromium:
	@if command -v chromium >/dev/null 2>&1; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	else \
		echo "The browser tests need Chromium: install your system's package 'chromium' and run make test again." >&2; exit 1; \
	fi

# On as many cores as there are, four at most: each worker builds the sample.
test: setup-dev
	@$(BIN)/python -m pytest -m "not slow and not browser" -n auto --maxprocesses 4 --dist worksteal

# What people see and do, in a real browser; one test at a time, so that a busy server is no fault.
test-browser: setup-dev chromium
	@$(BIN)/python -m pytest -m browser

# Laws on many random worlds, and other long tests.
test-long: setup-dev
	@$(BIN)/python -m pytest -m slow -n auto --maxprocesses 4 --dist worksteal

# Here a missing Spark is a failure; in `make test` it is only skipped.
test-spark: setup-dev setup-spark
	@PISTE_SPARK=required $(BIN)/python -m pytest tests/spark

# New random examples for every law; the gate repeats the same ones.
explore: setup-dev
	@PISTE_HYPOTHESIS=explore $(BIN)/python -m pytest tests/laws

lint: setup-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: setup-dev
	@$(BIN)/mypy

bench: setup-dev chromium
	@for part in bench/*.py; do PYTHONPATH=. $(BIN)/python $$part || exit 1; done

pins: setup-dev
	@$(BIN)/pip install --quiet pip-tools
	@$(BIN)/pip-compile --quiet --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements.txt requirements.in
	@$(BIN)/pip-compile --quiet --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements-dev.txt requirements-dev.in
	@$(BIN)/pip-compile --quiet --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements-spark.txt requirements-spark.in

clean:
	rm -rf $(VENV) static/vendor .pytest_cache .mypy_cache .ruff_cache .hypothesis
