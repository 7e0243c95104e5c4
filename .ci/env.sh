#!/usr/bin/env bash
# Creates .venv and installs the packages of a lock:  .ci/env.sh run|dev
# A copy of the lock records what was installed, so a second call installs nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

kind=${1:-run}
case $kind in
    run) lock=.ci/locks/run.txt ;;
    dev) lock=.ci/locks/dev.txt ;;
    *) echo "usage: .ci/env.sh run|dev" >&2; exit 64 ;;
esac

venv=.venv
python=$venv/bin/python
stamps=$venv/.installed
fits='import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] < (3, 14))'
unset PYTHONHOME PYTHONPATH
export PIP_DISABLE_PIP_VERSION_CHECK=1

# A virtual environment contains absolute paths. It is created again if it was moved or its Python is gone.
usable() {
    [ -x "$python" ] && "$python" -c "$fits" 2>/dev/null && "$python" -m pip --version >/dev/null 2>&1
}
moved() {
    [ -f "$stamps/folder" ] && [ "$(cat "$stamps/folder")" != "$PWD" ]
}

make_venv() {
    local candidate version found='' failed=''
    for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do
        # A name on the PATH may be a shim without Python. Running the name shows whether it works.
        "$candidate" -c "$fits" >/dev/null 2>&1 || continue
        version=$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        found="$found $candidate ($version)"
        rm -rf "$venv"
        if "$candidate" -m venv "$venv" >/dev/null 2>&1 && usable; then
            echo "Made $venv with $candidate ($version)."
            return 0
        fi
        failed=${failed:-$version}
        rm -rf "$venv"
    done
    if [ -z "$found" ]; then
        echo "Common Ground must run on Python 3.11, 3.12 or 3.13, got none of them on the PATH." >&2
        echo "Install one (on Debian or Ubuntu: apt install python3 python3-venv), or name it:" >&2
        echo "  make ${MAKE_GOAL:-run} PYTHON=/path/to/python3.12" >&2
    else
        echo "A virtual environment could not be made with:$found." >&2
        echo "On Debian or Ubuntu install the missing part (apt install python$failed-venv) and try again," >&2
        echo "or name another Python: make ${MAKE_GOAL:-run} PYTHON=/path/to/python3.12" >&2
    fi
    return 1
}

if moved || ! usable; then
    make_venv
fi
mkdir -p "$stamps"

# The dev lock includes the run lock, so an environment for tests can also run the app.
fresh() {
    cmp -s .ci/locks/run.txt "$stamps/run.txt" || return 1
    [ "$kind" = run ] || cmp -s .ci/locks/dev.txt "$stamps/dev.txt"
}

# Shows the progress: on a terminal for every package, in a log for every 25th. Errors are shown in full.
install() {
    local log every=25
    log=$(mktemp)
    [ -t 1 ] && every=1
    # Only wheels are installed, because building any other package would run its code.
    if "$python" -m pip install --progress-bar off --require-hashes --only-binary :all: -r "$lock" 2>&1 | tee "$log" |
        awk -v total="$(grep -c '^[a-zA-Z].*==' "$lock")" -v every="$every" '
            /^Collecting/ && ++n % every == 0 {
                printf "%s  %d of about %d packages are downloaded", (every == 1 ? "\r" : ""), n, total
                if (every > 1) print ""
                fflush()
            }
            /^Installing collected/ { print (every == 1 ? "\n" : "") "  installing them ..."; fflush() }'
    then
        rm -f "$log"
        return 0
    fi
    cat "$log" >&2
    rm -f "$log"
    return 1
}

if ! fresh; then
    echo "Installing $lock (a minute or a few the first time) ..."
    install
    cp .ci/locks/run.txt "$stamps/"
    if [ "$kind" = dev ]; then
        cp .ci/locks/dev.txt "$stamps/"
    else
        rm -f "$stamps/dev.txt"
    fi
fi

if ! cmp -s pyproject.toml "$stamps/pyproject.toml" || [ ! -x "$venv/bin/common-ground" ]; then
    # The lock includes the build back-end, so nothing is downloaded here.
    "$python" -m pip install --quiet --no-index --no-deps --no-build-isolation --editable .
    cp pyproject.toml "$stamps/"
fi
printf '%s' "$PWD" >"$stamps/folder"
