#!/usr/bin/env bash
# Installs what Spark needs if it is missing: Java 17 or newer, and PySpark in .venv.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

java=${JAVA_HOME:+$JAVA_HOME/bin/}java

# The major version is the number before the first dot, as in "17.0.9" and "21". For Java 8 it is 1.
fits() {
    local version
    version=$("$java" -version 2>&1 | sed -nE '1s/.*"([0-9]+).*/\1/p') || return 1
    [ "${version:-0}" -ge 17 ]
}

if ! fits && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Java for the Spark tests ..."
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update && apt-get -qq install -y --no-install-recommends default-jre-headless >/dev/null || true
fi
if ! fits; then
    cat >&2 <<'MESSAGE'
The Spark tests need Java 17 or newer, and it could not be installed from here.
Install it (on Debian: apt install default-jre-headless), or name one with JAVA_HOME=/path/to/java.
MESSAGE
    exit 1
fi

# A copy of the lock records what was installed, as in .ci/env.sh.
lock=.ci/locks/spark.txt stamp=.venv/.installed/spark.txt
if ! cmp -s "$lock" "$stamp" || ! .venv/bin/python -c "import pyspark" 2>/dev/null; then
    echo "Installing $lock ..."
    PIP_DISABLE_PIP_VERSION_CHECK=1 .venv/bin/python -m pip install --quiet --require-hashes --only-binary :all: --no-binary pyspark -r "$lock"
    cp "$lock" "$stamp"
fi
