#!/usr/bin/env bash
# Installs nginx for the test behind a web server. The test is skipped without nginx.
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
echo "nginx is missing and could not be installed, so its test is skipped." >&2
