#!/usr/bin/env bash
# Writes requirements.txt (to run) and requirements-dev.txt (to test; all of the former and more).
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
