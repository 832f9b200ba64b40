#!/bin/sh
# Makes .venv with what uv.lock pins. Run by `make setup`, which skips it while nothing changed.
set -eu

uv_version="$1"

if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=$(sh tools/find_python.sh)
    echo "Setting up .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
fi

pip() { .venv/bin/python -m pip --disable-pip-version-check -qq "$@"; }

# The group "dev" of pyproject.toml is part of it: tests and checks are for everybody who has the source.
with_uv() {
    pip install "uv==$uv_version" || pip install uv || return 1
    UV_PROJECT_ENVIRONMENT=.venv .venv/bin/uv sync --quiet --frozen --inexact --python .venv/bin/python
}

if with_uv; then
    exit 0
fi
echo "uv could not be used here; installing the same versions with pip instead, which takes a little longer." >&2
.venv/bin/python tools/pins.py >.venv/pins.txt
# shellcheck disable=SC2046  # one word a requirement
pip install --constraint .venv/pins.txt --editable . $(.venv/bin/python tools/pins.py --dev) || {
    echo "The packages could not be installed; the database and your files are untouched." >&2
    echo "Look at pip's message above (no network? no wheel for this Python?) and run make setup again." >&2
    exit 1
}
