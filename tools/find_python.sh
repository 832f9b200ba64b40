#!/bin/sh
# Prints the Python that Kept is set up with: 3.13, 3.12 or 3.11, newest first, then any newer one.
# A Python without venv or ensurepip is passed over; when nothing is left, says what to install. KEPT_PYTHON names one outright.
set -eu

works() { # the version is right (a pyenv shim may exist and not run)
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

bare=""
for name in ${KEPT_PYTHON:-python3.13 python3.12 python3.11 python3 python3.14 python}; do
    command -v "$name" >/dev/null 2>&1 || continue
    works "$name" || continue
    if "$name" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        "$name" -c 'import sys; print(sys.executable)'
        exit 0
    fi
    bare="$bare $name"
done

if [ -n "$bare" ]; then
    echo "Found$bare, but without venv and ensurepip, which Kept needs to make its own environment; nothing was changed." >&2
    echo "On Debian or Ubuntu: apt-get install python3-venv. Elsewhere install a Python from python.org." >&2
else
    echo "Kept needs Python 3.11 or newer and found none; nothing was changed." >&2
    echo "Install one (Debian or Ubuntu: apt-get install python3 python3-venv), or name one: make setup KEPT_PYTHON=/path/to/python3.12" >&2
fi
exit 1
