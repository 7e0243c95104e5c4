#!/usr/bin/env bash
# Writes requirements.txt (to run), requirements-dev.txt (to test; all of the former and more) and
# requirements-spark.txt (to run with the extra of that name).
# The newest releases that fit are pinned for every supported Python, and no host is named.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

compile() {
    .venv/bin/python -m uv --quiet --no-config pip compile pyproject.toml \
        --universal --python-version 3.11 --generate-hashes --upgrade \
        --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" "$@"
}

compile --group build --output-file requirements.txt
compile --group dev --constraint requirements.txt --output-file requirements-dev.txt
compile --extra spark --constraint requirements-dev.txt --output-file requirements-spark.txt
