# Everything a person types. `make run` and `make test` need Python 3.11-3.13, make and a package index, nothing else.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not (3,11) <= sys.version_info[:2] <= (3,13))' 2>/dev/null && echo $$p && break; done)
RUN := .venv/bin
LOCAL = $(RUN)/python -m pip install --quiet --no-deps --no-build-isolation --no-index -e clients/python -e .

.PHONY: run test check bench chaos quality learning experiments behavior conversation format stubs reference lock clean

run: .venv/run  ## Set up, train a starter version if there is none, score a sample lead, serve
	@$(RUN)/python -m server.local --end-with-parent

test: .venv/dev  ## Set up and run the tests
	@$(RUN)/python -m pytest

check: .venv/dev  ## Lint, types, import contracts, protos and stubs
	@$(RUN)/ruff format --check .
	@$(RUN)/ruff check .
	@$(RUN)/mypy
	@$(RUN)/lint-imports
	@$(RUN)/python scripts/protos.py check
	@PYTHONPATH=. $(RUN)/python scripts/reference.py --check
	@PYTHONPATH=. $(RUN)/python scripts/feature_page.py --check

bench: .venv/dev  ## Speed beside an empty RPC; rewrites docs/benchmarks.md
	@$(RUN)/python tests/benchmarks/run.py

chaos: .venv/dev  ## Real processes killed, frozen and flooded; SEED=number repeats a run; rewrites docs/reliability.md
	@$(RUN)/python -m tests.e2e.chaos --long --write $(if $(SEED),--seed $(SEED))

quality: .venv/dev  ## Quality on public data where it is present; rewrites docs/quality.md
	@$(RUN)/python tests/benchmarks/quality.py

learning: .venv/dev  ## The loop on real calls, policy, drift, writes, kills; rewrites docs/learning.md (an hour)
	@$(RUN)/python -m tests.benchmarks.replay --write
	@$(RUN)/python -m tests.benchmarks.feedback_writes --write
	@$(RUN)/python -m tests.benchmarks.drift --write
	@$(RUN)/python -m tests.benchmarks.retraining_policy --write
	@$(RUN)/python -m tests.e2e.chaos --long --only learning --write

experiments: .venv/dev  ## False alarms, power, assignment, bandits, a test with known answers; rewrites docs/experiments.md
	@$(RUN)/python -m tests.benchmarks.experiments --write
	@$(RUN)/python -m tests.benchmarks.assignment --write
	@$(RUN)/python -m tests.benchmarks.bandit --write
	@$(RUN)/python -m tests.benchmarks.hillstrom --write

behavior: .venv/dev  ## Events, features, recommendations: speed, parity, quality; rewrites docs/behavior.md
	@$(RUN)/python -m tests.benchmarks.parity --write
	@$(RUN)/python -m tests.benchmarks.behavior_speed --write
	@$(RUN)/python -m tests.benchmarks.feature_reads --write
	@$(RUN)/python -m tests.benchmarks.event_writes --write
	@$(RUN)/python -m tests.benchmarks.repeat_purchase --write
	@$(RUN)/python -m tests.benchmarks.recommendation --write
	@$(RUN)/python -m tests.benchmarks.off_policy --write
	@$(RUN)/python -m tests.benchmarks.recommend_quality --write
	@$(RUN)/python -m tests.benchmarks.recommend_speed --write

conversation: .venv/dev  ## Heads, facts, masking, speed, decisions; rewrites docs/conversation.md
	@$(RUN)/python -m tests.benchmarks.conversation.heads --write
	@$(RUN)/python -m tests.benchmarks.conversation.entities --write
	@$(RUN)/python -m tests.benchmarks.conversation.pii --write
	@$(RUN)/python -m tests.benchmarks.conversation.speed --write
	@$(RUN)/python -m tests.benchmarks.actions.health_page --write
	@$(RUN)/python -m tests.benchmarks.actions.rules --write
	@$(RUN)/python -m tests.benchmarks.actions.speed --write
	@$(RUN)/python -m tests.benchmarks.actions.hillstrom --write
	@$(RUN)/python -m tests.benchmarks.actions.open_bandit --write

format: .venv/dev  ## Rewrite the sources in house style
	@$(RUN)/ruff format .
	@$(RUN)/ruff check --fix .

stubs: .venv/dev  ## Regenerate the Python stubs from the protos
	@$(RUN)/python scripts/protos.py generate

reference: .venv/dev  ## Rewrite docs/reference.md from the code
	@PYTHONPATH=. $(RUN)/python scripts/reference.py
	@PYTHONPATH=. $(RUN)/python scripts/feature_page.py

lock:  ## Pin every dependency with hashes and without addresses (needs uv)
	@sh scripts/lock.sh

clean:  ## Remove the environment and the local state
	rm -rf .venv .leadline .build

.venv/run: requirements/run.lock pyproject.toml clients/python/pyproject.toml
	@test -n "$(PYTHON)" || { echo "Leadline needs Python 3.11, 3.12 or 3.13 on PATH." >&2; exit 1; }
	@echo "Setting up Python packages (once) ..."
	@test -x $(RUN)/python || $(PYTHON) -m venv .venv || { echo "Python's venv module is missing: install it (Debian: python3-venv)." >&2; exit 1; }
	@$(RUN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.lock
	@$(LOCAL)
	@touch $@

.venv/dev: requirements/dev.lock .venv/run
	@echo "Setting up development packages (once) ..."
	@$(RUN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@touch $@
