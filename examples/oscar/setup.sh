#!/bin/sh
# Install django-oscar into an environment of its own, create the database, and run oscar's migrations on it.
#   OSCAR_VENV          where the environment goes          (default .cache/oscar-venv in the repository)
#   OSCAR_DATABASE_URL  the PostgreSQL database to create   (default postgresql://postgres@127.0.0.1:5432/kept_oscar)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv=${OSCAR_VENV:-$here/../../.cache/oscar-venv}
OSCAR_DATABASE_URL=${OSCAR_DATABASE_URL:-postgresql://postgres@127.0.0.1:5432/kept_oscar}
export OSCAR_DATABASE_URL

[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"

database=${OSCAR_DATABASE_URL##*/}
server=${OSCAR_DATABASE_URL%/*}/postgres
if [ -z "$(psql "$server" -AtXc "SELECT 1 FROM pg_database WHERE datname = '$database'")" ]; then
    psql "$server" -qXc "CREATE DATABASE \"$database\""
fi
PYTHONPATH=$here DJANGO_SETTINGS_MODULE=shop.settings "$venv/bin/python" -m django migrate --skip-checks --verbosity 1
