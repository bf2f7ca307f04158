# Everything runs in a virtual environment of its own, .venv, which the first target makes.
# `make help` lists the targets.

PYTHON ?= python3
VENV ?= .venv
PEERS ?= .venv-peers
ARGS ?=
MINUTES ?= 60

BIN := $(VENV)/bin
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --quiet
RUN := PYTHONNOUSERSITE=1 $(BIN)/python

# A change in any of these installs (and compiles) again; a change in a Python file does not,
# because the install is editable.
BUILD_INPUTS := pyproject.toml setup.py $(wildcard cython_kernels/* cython_kernels/models/*) \
	$(wildcard pyNN_brainscales_emu/_kernels/*.pxd)

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow scenarios sanitize fuzz lint docs benchmark peers clean
.DELETE_ON_ERROR:
.SECONDARY:

help: ## list the targets
	@echo "make TARGET [ARGS='...'] [PYTHON=python3.12]"
	@sed -n 's/^\([a-z-]*\):[^#]*## /  \1|/p' $(firstword $(MAKEFILE_LIST)) | column -t -s '|' \
		2>/dev/null || sed -n 's/^\([a-z-]*\):[^#]*## /  \1: /p' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.with-examples ## train on handwritten digits with the emulated wafer in the loop
	$(RUN) examples/in_the_loop_training.py $(ARGS)

test: $(VENV)/.with-test ## run the tests
	$(RUN) -m pytest -m "not slow" -n 2 $(ARGS)

test-slow: $(VENV)/.with-test ## run the long studies
	$(RUN) -m pytest -m slow --timeout 3600 $(ARGS)

scenarios: $(VENV)/.with-test ## run PyNN's own system tests on both substrates
	PYTHONPATH=tests $(RUN) tests/pynn_scenarios.py $(ARGS)

sanitize: $(VENV)/.with-test ## run the tests of the kernels with memory checks (GCC)
	.ci/sanitize $(VENV) $(ARGS)

fuzz: $(VENV)/.with-test ## look for faults with random input for an hour (MINUTES=60)
	@end=$$(( $$(date +%s) + 60 * $(MINUTES) )); \
	while [ $$(date +%s) -lt $$end ]; do \
		HYPOTHESIS_PROFILE=fuzz $(RUN) -m pytest tests/fuzz -q -n 2 --timeout 0 $(ARGS) || exit 1; \
	done

lint: $(VENV)/.with-lint ## check style and types
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/cython-lint cython_kernels pyNN_brainscales_emu/_kernels

docs: $(VENV)/.with-docs ## build the documentation into docs/_build/html
	$(RUN) -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

benchmark: $(VENV)/.with-test ## run the benchmarks; each prints a table and a JSON line
	@for script in benchmarks/[a-z]*.py; do \
		echo "== $$script"; $(RUN) $$script $(ARGS) || exit 1; \
	done

peers: $(PEERS)/.installed ## install the simulators that benchmarks compare with into .venv-peers

clean: ## remove the environment and everything that was built
	rm -rf $(VENV) $(PEERS) build dist output docs/_build docs/api/generated *.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -f pyNN_brainscales_emu/_kernels/*.so
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The package is installed by now, so this adds what the extra needs and compiles nothing.
$(VENV)/.with-%: $(VENV)/.installed
	@echo "installing what the extra '$*' needs"
	@$(PIP) 'pyNN-brainscales-emu[$*]'
	@touch $@

$(VENV)/.installed: $(VENV)/.created $(BUILD_INPUTS)
	@echo "compiling and installing the package into $(VENV)"
	@$(PIP) --editable .
	@touch $@

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 or newer is needed, and '$(PYTHON)' is not:"; $(PYTHON) --version; \
		echo "Name another one: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11"; exit 1; }
	@command -v "$${CC:-cc}" >/dev/null 2>&1 || { \
		echo "A C compiler is needed, and '$${CC:-cc}' was not found."; \
		echo "Install one (Debian, Ubuntu: apt install gcc libc6-dev), or name it: CC=..."; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV) || { \
		echo "Python's module venv does not work (Debian, Ubuntu: apt install python3-venv)."; exit 1; }
	@touch $@

# One after the other, so that a simulator without a wheel for this machine leaves the others there.
$(PEERS)/.installed: benchmarks/peers.txt
	@$(PYTHON) -m venv $(PEERS)
	@missing=; for package in $$(grep '^[A-Za-z]' $<); do \
		echo "installing $$package"; \
		PIP_DISABLE_PIP_VERSION_CHECK=1 $(PEERS)/bin/python -m pip install --quiet \
			--constraint $< "$$package" || missing="$$missing $$package"; \
	done; test -z "$$missing" || { echo "not installed:$$missing"; exit 1; }
	@touch $@
