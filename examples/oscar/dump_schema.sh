#!/bin/sh
# Write schema.sql anew: what oscar's migrations make of an empty database, so that tests need no installation of oscar.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv=${OSCAR_VENV:-$here/../../.cache/oscar-venv}
server=${OSCAR_SERVER_URL:-postgresql://postgres@127.0.0.1:5432}
OSCAR_DATABASE_URL=$server/kept_oscar_schema
export OSCAR_DATABASE_URL

"$here/setup.sh" >/dev/null
versions=$("$venv/bin/pip" freeze | grep -iE '^(django|django-oscar|django-treebeard|django-haystack)==' | tr '\n' ' ')
{
    echo "-- Made by examples/oscar/dump_schema.sh: the schema that django-oscar's own migrations produce."
    echo "-- $versions"
    echo "-- $(pg_dump --version)"
    # \restrict carries a random token, SET lines differ between releases of pg_dump: neither belongs to the schema.
    pg_dump --schema-only --no-owner --no-privileges "$OSCAR_DATABASE_URL" | grep -vE '^(\\(un)?restrict |SET |SELECT pg_catalog|--|$)'
    # The one thing the migrations fill in that the rows of the shop point to.
    echo "INSERT INTO public.django_site (id, domain, name) VALUES (1, 'example.com', 'example.com');"
} >"$here/schema.sql"
psql "$server/postgres" -qXc 'DROP DATABASE kept_oscar_schema'
