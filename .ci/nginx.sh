#!/usr/bin/env bash
# Sees to it that there is an nginx for the test behind a web server; where there is none, it is left out.
set -euo pipefail

if command -v nginx >/dev/null || [ -x /usr/sbin/nginx ]; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing nginx for the test behind a web server ..."
    export DEBIAN_FRONTEND=noninteractive
    if apt-get -qq update && apt-get -qq install -y --no-install-recommends nginx-light >/dev/null; then
        exit 0
    fi
fi
echo "There is no nginx, and it could not be installed from here: its test is left out." >&2
