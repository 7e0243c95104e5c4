#!/usr/bin/env bash
# Installs Chromium for the browser tests if it is missing. tests/running.py searches the same places.
set -euo pipefail

for candidate in ${CHROMIUM:-chromium chromium-browser google-chrome-stable google-chrome}; do
    if "$candidate" --version >/dev/null 2>&1; then
        exit 0
    fi
done

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium for the browser tests ..."
    export DEBIAN_FRONTEND=noninteractive
    if apt-get -qq update && apt-get -qq install -y --no-install-recommends chromium >/dev/null; then
        exit 0
    fi
fi

cat >&2 <<'MESSAGE'
The browser tests need Chromium, and it could not be installed from here.
Install it (on Debian: apt install chromium), or name one with CHROMIUM=/path/to/chromium,
or leave these tests out: make test TESTS="-m 'not browser'"
MESSAGE
exit 1
