SHELL := bash
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help run test test-slow test-spark bench soak sample lock format clean

VENV := .venv/bin
PORT ?= 8501
SECONDS := 300
CODE := dashboard metrics sample_data tests
# Python writes bytecode, so that dozens of processes do not compile the same source again.
unexport PYTHONDONTWRITEBYTECODE
# Fills the Numba cache. In a fresh clone all workers and servers would otherwise compile at the same time.
COMPILED = $(VENV)/common-ground evaluate sample_data/*.parquet --bootstrap 200 >/dev/null 2>&1 || true
# A killed worker is an error and is not restarted, because it would be killed by the same test again.
SPREAD := --dist loadfile --no-loadscope-reorder --max-worker-restart 0

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /\1|/' | awk -F'|' '{printf "make %-11s %s\n", $$1, $$2}'

run: ## start the app on the sample, or on your files: make run FILES="a.csv b.csv" PORT=8501
	@MAKE_GOAL=$@ .ci/env.sh run
	@exec $(VENV)/common-ground open $(FILES) --port $(PORT)

test: ## run all checks: format, lint, types, imports, tests, a real browser
	@MAKE_GOAL=$@ .ci/env.sh dev
	@[[ "$(TESTS)" == *"not browser"* ]] || .ci/chromium.sh
	@$(VENV)/ruff format --check .
	@$(VENV)/ruff check .
	@$(VENV)/lint-imports --no-logo
	@log=$$(mktemp); $(VENV)/mypy $(CODE) >$$log 2>&1 & types=$$!; trap "kill $$types 2>/dev/null; rm -f $$log" EXIT; \
		$(COMPILED); $(VENV)/python -m pytest -n 3 $(SPREAD) $(TESTS); tests=$$?; \
		wait $$types || { cat $$log; exit 1; }; exit $$tests

test-slow: ## run more cases of the tests: examples, files, hostile names, a web server in front
	@MAKE_GOAL=$@ .ci/env.sh dev
	@.ci/chromium.sh
	@.ci/nginx.sh
	@$(COMPILED); SLOW_TESTS=1 $(VENV)/python -m pytest -m "slow or hypothesis" -n 2 $(SPREAD)

test-spark: ## check that a Spark cluster counts the same tally; installs PySpark, and Java if it is missing
	@MAKE_GOAL=$@ .ci/env.sh dev
	@.ci/spark.sh
	@SPARK_TESTS=1 $(VENV)/python -m pytest tests/spark

bench: ## measure time and memory, as ratios within one run
	@MAKE_GOAL=$@ .ci/env.sh dev
	@$(VENV)/python -m tests.bench

soak: ## search for faults: property tests with random seeds and 20 times the examples, fuzzed readers, a server under load for SECONDS=300
	@MAKE_GOAL=$@ .ci/env.sh dev
	@HYPOTHESIS_PROFILE=soak SLOW_TESTS=1 $(VENV)/python -m pytest -m "hypothesis and not spark" -n 2 --dist worksteal
	@$(VENV)/python -m tests.soak $(SECONDS)

sample: ## make the sample data again
	@MAKE_GOAL=$@ .ci/env.sh run
	@$(VENV)/python -m sample_data.make

lock: ## pin the newest compatible releases, with hashes, for Python 3.11 to 3.13
	@MAKE_GOAL=$@ .ci/env.sh dev
	@.ci/lock.sh

format: ## format the code, and fix lint errors automatically if possible
	@MAKE_GOAL=$@ .ci/env.sh dev
	@$(VENV)/ruff format .
	@$(VENV)/ruff check --fix .

clean: ## remove the environment, the caches and the builds
	@rm -rf .venv build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +
