#!/usr/bin/env bash
# Writes .ci/locks/: run.txt (to run the app), dev.txt (to test it, includes run.txt) and spark.txt
# (to run it with the extra "spark").
# Pins the newest compatible releases for every supported Python, and names no package index.
# With KEEP=1, existing pins are unchanged and only new packages are added.
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
