# From a fresh clone, with Python 3.11 or newer and make: `make run` sets everything up and serves, `make test` checks everything.
# Options: make run PORT=8000 HOST=0.0.0.0; make install PYTHON=/path/to/python3.12

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
HOST ?= 127.0.0.1
PORT ?= 7860

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --no-deps --require-hashes
COMPILE := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --quiet

.PHONY: run test install install-dev lint system lock
.DELETE_ON_ERROR:

run: install
	$(BIN)/python ingest.py --if-empty corpus
	$(BIN)/python app.py --host $(HOST) --port $(PORT)

test: install-dev system lint
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

install: .venv/.installed

install-dev: .venv/.installed-dev

# The stamps say which lock file the environment was last filled from; the embedding graph is built here, once, so that no
# question waits for it.
.venv/.installed: requirements.lock | $(BIN)/python
	$(PIP) -r requirements.lock
	$(BIN)/python -c "from rag import config, embedding; embedding.prepare(config.load_settings().cache_dir)"
	@touch $@

.venv/.installed-dev: requirements-dev.lock .venv/.installed
	$(PIP) -r requirements-dev.lock
	@touch $@

$(BIN)/python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Crosscheck needs Python 3.11 or newer and \"$(PYTHON)\" is not; name one with: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; \
		exit 1; }
	"$(PYTHON)" -m venv .venv

# The browser tests need a chromium, the tests of several servers a haproxy. They are installed where that can be done without
# asking; else those tests are skipped.
system:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || browser=chromium; \
	command -v haproxy >/dev/null || proxy=haproxy; \
	[ -z "$$browser$$proxy" ] || { \
		command -v apt-get >/dev/null && { [ "$$(id -u)" = 0 ] && root= || { sudo -n true 2>/dev/null && root="sudo -n"; }; } && \
		$$root apt-get -o Acquire::Retries=1 -o Acquire::http::Timeout=20 update -qq && \
		DEBIAN_FRONTEND=noninteractive $$root apt-get install -y -qq --no-install-recommends $$browser $$proxy >/dev/null; \
	} || echo "Could not be installed here, so that their tests are skipped: $$browser $$proxy"

# Remakes both lock files from pyproject.toml, with the versions they already name where those still fit; UPGRADE=--upgrade
# takes the newest instead. Needs uv; no index address is written into them.
lock:
	@command -v uv >/dev/null || { echo "make lock needs uv: install it with pip install uv." >&2; exit 1; }
	$(COMPILE) $(UPGRADE) --extra weights --output-file requirements.lock
	$(COMPILE) $(UPGRADE) --extra otel --extra weights --group dev --constraints requirements.lock --output-file requirements-dev.lock
