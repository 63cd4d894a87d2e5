# Everything a person does with this checkout. `make` alone lists it. Set-up happens by itself and only once.
.DEFAULT_GOAL := help
STEPS := check-tests check-types check-imports check-style check-js
.PHONY: help demo check check-built $(STEPS) test postgresql docs mutants bench soak lint format lock widget wheel clean

BIN := .venv/bin
# The tests' files are in memory, where it has room and programs may run there.
IN_MEMORY := $(shell [ "$$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print ($$4 > 2000000) }')" = 1 ] && \
	! grep -q '^[^ ]* /dev/shm .*noexec' /proc/mounts && echo TMPDIR=/dev/shm)
# A file of tests stays in one process; the files that take longest come first (tests/conftest.py). Four processes keep
# two cores busy: a third of its time a browser test waits, for a timer of the widget or for a page.
IN_PROCESSES := -n 4 --dist loadfile --no-loadscope-reorder
PYTEST_ARGS ?=
MUTANTS_ARGS ?=
BENCH_ARGS ?=
SOAK_ARGS ?=
DEMO_ARGS ?=
export PYTHON BROWSERS
# What Python has compiled is kept: the tests start hundreds of processes, and each would compile all of it again.
unexport PYTHONDONTWRITEBYTECODE
# --universal: one lock for every system and every Python from 3.11 on, checked by hash at each install.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## run the shop, the widget server and a simulated StepPay here; no account needed; root gets python3-venv by apt (DEMO_ARGS="--shop-port 9080")
	@sh tools/setup.sh runtime
	@$(BIN)/widget-server demo $(DEMO_ARGS)

check: ## check format, style, types, import directions, unit and Node tests in less than a minute; no browser, no network
	@sh tools/setup.sh dev
	@$(MAKE) --no-print-directory --keep-going --output-sync=target -j 3 $(STEPS)

# The steps of `check`, the longest first: two cores are busy to the end.
check-tests:
	@$(BIN)/python -m pytest tests/unit tests/test_repository_rules.py -n 2 -q

check-types:
	@$(BIN)/mypy

check-imports:
	@$(BIN)/lint-imports

check-style:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

check-js:
	@if command -v node >/dev/null; then node --test --test-reporter=dot tests/js/*.test.mjs; \
	else echo "SKIPPED: the widget's unit tests need Node 18 or newer (on Debian: sudo apt install nodejs)."; fi

test: ## run all tests, most browser tests in Chromium alone; root gets browsers, Node, PHP and fonts by apt, BROWSERS=no none (PYTEST_ARGS="-k name")
	@sh tools/setup.sh dev
	@sh tools/setup.sh browsers
	@sh tools/setup.sh recipes
	$(IN_MEMORY) $(BIN)/python -m pytest $(IN_PROCESSES) $(PYTEST_ARGS)

postgresql: ## run the tests that use the database on a PostgreSQL of their own (apt install postgresql)
	@sh tools/setup.sh dev
	$(IN_MEMORY) TEST_DATABASE=postgresql $(BIN)/python -m pytest $(IN_PROCESSES) -o cache_dir=.pytest_cache/postgresql $(PYTEST_ARGS) tests/integration tests/attacks

mutants: ## plant small mistakes into the verdict's and the signature's code; the tests must notice 95 % (MUTANTS_ARGS=rules.py)
	@sh tools/setup.sh dev
	@$(BIN)/python -m tools.mutation_testing $(MUTANTS_ARGS)

docs: ## build the documents as a site into site/ and check every link
	@sh tools/setup.sh dev
	@$(BIN)/python -m tools.docs_site

bench: ## measure this server beside Express, Fastify, Flask and Starlette, 25 minutes (BENCH_ARGS="P1 P4 --quick")
	@sh tools/setup.sh bench
	@$(BIN)/python -m bench $(BENCH_ARGS)

soak: ## mixed traffic for 20 minutes: does anything grow? (SOAK_ARGS="--minutes 5 --database postgresql")
	@sh tools/setup.sh bench
	@$(BIN)/python -m bench.soak $(SOAK_ARGS)

lint: ## check style, types, import directions, the built widget, the reference pages and known advisories
	@sh tools/setup.sh dev
	@$(MAKE) --no-print-directory --keep-going --output-sync=target -j 2 check-types check-built check-style check-imports

check-built:
	@sh tools/widget.sh check
	@$(BIN)/python -m tools.reference_docs --check
	@$(BIN)/python -m tools.audit

format: ## put the Python files into the common style
	@sh tools/setup.sh dev
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

lock: ## renew requirements/*.txt from setup.cfg (needs uv)
	$(LOCK) requirements/build.in -o requirements/build.txt
	$(LOCK) setup.cfg -o requirements/runtime.txt
	$(LOCK) setup.cfg --extra postgresql --extra redis -c requirements/runtime.txt -o requirements/production.txt
	$(LOCK) setup.cfg --extra test --extra browser --extra lint --extra docs --extra recipes -c requirements/runtime.txt -o requirements/dev.txt
	$(LOCK) setup.cfg --extra test --extra bench -c requirements/dev.txt -o requirements/bench.txt

widget: ## rebuild static/js/widget.js (needs Node)
	@sh tools/widget.sh build

wheel: ## build dist/*.whl with its bill of materials; the same sources give the same hash
	@sh tools/wheel.sh

clean: ## remove what the commands above made, .venv too
	rm -rf .venv node_modules bench/peers/node_modules build dist reports site *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
