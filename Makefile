# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Small pictures and many processes: one thread each is quicker than all fighting for the cores.
TEST_ENV := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
# A file's tests share what they set up, and windows come last in each process (see tests/conftest.py).
IN_PARALLEL := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: demo test proof check lint types floors manifest screenshots clean

demo: $(VENV)/.base
	$(BIN)/mazetrack demo --out mazetrack-demo --force

test: $(VENV)/.test
	$(TEST_ENV) $(BIN)/python -m pytest $(IN_PARALLEL)

proof: $(VENV)/.test
	$(TEST_ENV) $(BIN)/python -m pytest -m proof --timeout 3600

check: lint types floors manifest

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test
	$(BIN)/mypy

floors: $(VENV)/.test
	$(BIN)/lint-imports

manifest: $(VENV)/.test
	$(BIN)/npe2 validate napari-mazetrack --imports

$(VENV)/.venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "napari-mazetrack needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --upgrade pip
	@touch $@

$(VENV)/.base: $(VENV)/.venv pyproject.toml hatch_build.py
	$(BIN)/pip install -q -e .
	@touch $@

$(VENV)/.test: $(VENV)/.venv pyproject.toml hatch_build.py
	scripts/system_libraries.sh
	$(BIN)/pip install -q -e ".[test]"
	@touch $@ $(VENV)/.base

# The tutorial's pictures, from real windows.
TUTORIAL := sample_hidden sample_to_check correct_dark events_dark sample_label experiment_trials experiment_results

screenshots: $(VENV)/.test
	$(TEST_ENV) $(BIN)/python -m pytest tests/gui
	for name in $(TUTORIAL); do cp screenshots/$$name.png docs/images/; done

clean:
	rm -rf $(VENV) build dist mazetrack-demo screenshots .mypy_cache .ruff_cache .pytest_cache .hypothesis
