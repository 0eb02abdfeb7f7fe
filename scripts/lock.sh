#!/bin/sh
# Pins every dependency with hashes and without download addresses. Needs uv; nobody else does.
set -e
cd "$(dirname "$0")/.."
FLAGS="-q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header
  --no-annotate --no-emit-package leadline --no-emit-package leadline-backend
  --extra server --extra encoder --extra training --extra workers --extra local --extra postgres --extra tracing"
# shellcheck disable=SC2086
uv pip compile $FLAGS pyproject.toml requirements/build.in -o requirements/run.lock
# shellcheck disable=SC2086
uv pip compile $FLAGS --group dev pyproject.toml requirements/build.in -c requirements/run.lock -o requirements/dev.lock
# Flower has an image of its own: nobody else installs it.
# shellcheck disable=SC2086
uv pip compile $FLAGS --extra flower pyproject.toml requirements/build.in -c requirements/run.lock -o requirements/flower.lock
