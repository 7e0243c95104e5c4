#!/usr/bin/env bash
# Writes .ci/locks/: run.txt (to run), dev.txt (to test; all of the former and more) and spark.txt
# (to run with the extra of that name).
# The newest releases that fit are pinned for every supported Python, and no host is named.
# With KEEP=1, what is pinned stays as it is, and only what is new is added.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

upgrade=--upgrade
[ -z "${KEEP:-}" ] || upgrade=

compile() {
    .venv/bin/python -m uv --quiet --no-config pip compile pyproject.toml \
        --universal --python-version 3.11 --generate-hashes $upgrade \
        --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" "$@"
}

compile --group build --output-file .ci/locks/run.txt
compile --group dev --constraint .ci/locks/run.txt --output-file .ci/locks/dev.txt
compile --extra spark --constraint .ci/locks/dev.txt --output-file .ci/locks/spark.txt
