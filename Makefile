# Two commands on a fresh machine with Python 3.11 or later, pip and make:
#
#     make run     the window on the sample database (without a display: the same work, to out/)
#     make test    lint, types, import contracts, all tests
#
# Both make .venv from requirements.lock first. PY=python3.12 chooses another Python, VENV=folder another place.
# ARGS goes to pytest: make pytest ARGS="tests/cli -n 2".

PY ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; exit; }; done; echo none)
VENV ?= .venv
PYTHON := $(VENV)/bin/python
PIP := $(PYTHON) -m pip --disable-pip-version-check --no-input -q
LOCKED := $(VENV)/.locked
INSTALLED := $(VENV)/.installed

.PHONY: run test lint types contracts pytest test-faults test-nightly test-window bench docs lock wheel clean
.NOTPARALLEL:

run: $(INSTALLED)
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname)" = Darwin ]; then \
		$(PYTHON) .ci/system_packages.py display && $(PYTHON) -m steward_app --sample; \
	else \
		echo "There is no display here, so the tour runs without a window and writes to out/." >&2; \
		$(PYTHON) .ci/system_packages.py qt && $(VENV)/bin/steward tour --out out; \
	fi

test: lint types contracts pytest

lint: $(INSTALLED)
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check

types: $(INSTALLED)
	$(PYTHON) -m mypy

contracts: $(INSTALLED)
	$(VENV)/bin/lint-imports

pytest: export QT_QPA_PLATFORM = offscreen
pytest: $(INSTALLED)
	@$(PYTHON) .ci/system_packages.py qt
	@$(PYTHON) .ci/system_packages.py servers || echo "The tests that need it are skipped." >&2
	$(PYTHON) -m pytest -q $(ARGS)

# Every point of every fault test, instead of the sample that `make test` takes.
test-faults: export QT_QPA_PLATFORM = offscreen
# In memory where there is room: SQLite waits for each sync, and a thousand restarts wait for thousands.
test-faults: export PYTEST_DEBUG_TEMPROOT ?= $(shell [ "$$(df -kP /dev/shm 2>/dev/null | awk 'END {print $$4}')" -gt 4000000 ] 2>/dev/null && echo /dev/shm)
test-faults: $(INSTALLED)
	@$(PYTHON) .ci/system_packages.py servers || echo "The tests that need it are skipped." >&2
	$(PYTHON) -m pytest -q -m faults --all-faults --timeout=3600 $(ARGS)

# What is generated from seeds, with many times the seeds that `make test` takes.
test-nightly: $(INSTALLED)
	@$(PYTHON) .ci/system_packages.py servers || echo "The tests that need it are skipped." >&2
	$(PYTHON) -m pytest -q tests/services/audit --many-seeds --timeout=3600 $(ARGS)

# A steward's tasks in the whole window, on a screen of its own with a real pointer and keyboard (Xvfb).
test-window: $(INSTALLED)
	@$(PYTHON) .ci/system_packages.py display
	$(PYTHON) tests/end_to_end/xvfb.py $(ARGS)

bench: $(INSTALLED)
	@for script in benchmarks/bench_*.py; do echo "$$script"; $(PYTHON) $$script || exit 1; done

# docs/cli.md and docs/json.md, from the commands and the types of their documents.
docs: $(INSTALLED)
	$(PYTHON) docs/reference.py

# The newest versions that pyproject.toml allows, with hashes and without any address.
lock: $(INSTALLED)
	$(PIP) install --no-build-isolation -e ".[lock]"
	$(PYTHON) -m uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --extra dev pyproject.toml -o requirements.lock
	@! grep -nEi 'https?:|file:|index-url|find-links' requirements.lock \
		|| { echo "requirements.lock holds an address; it must not." >&2; exit 1; }

wheel: $(INSTALLED)
	$(PYTHON) -m hatchling build -t wheel -d dist

clean:
	rm -rf out dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find steward_app tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

# A stamp is written last, so that an interrupted installation is begun afresh and not taken for a finished one.
$(LOCKED): requirements.lock
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "Python 3.11 or later is needed; name yours: make PY=/path/to/python3" >&2; exit 1; }
	@$(PY) .ci/system_packages.py venv
	@echo "Installing into $(VENV) with $$($(PY) --version) ..." >&2
	@if [ -e $(VENV)/.unfinished ] || ! $(PYTHON) -m pip --version >/dev/null 2>&1; then $(PY) -m venv --clear $(VENV); fi
	@touch $(VENV)/.unfinished
	$(PIP) install --require-hashes -r requirements.lock
	@rm $(VENV)/.unfinished
	@touch $@

$(INSTALLED): $(LOCKED) pyproject.toml
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@
