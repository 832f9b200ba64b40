"""A database that was lent before is as a new one, or is lent no more."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from kept.db import configure, disconnect
from kept.db.models import KeyFingerprint
from tests.lending import empty_database
from tests.services import postgres_database
from tests.states import lay_state, postgres_state

pytestmark = pytest.mark.service

SEEN = """
    SELECT 'schema', nspname, nspowner::regrole::text, nspacl::text FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_t%'
    UNION ALL SELECT 'relation', relname, '', '' FROM pg_class
        WHERE oid >= 16384 AND relnamespace <> 'pg_toast'::regnamespace
    UNION ALL SELECT 'function', proname, '', '' FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT 'object', oid::text, '', '' FROM pg_largeobject_metadata
    UNION ALL SELECT 'trigger', evtname, '', '' FROM pg_event_trigger
    ORDER BY 1, 2
"""
EMPTIED = (
    "CREATE TABLE one (id serial PRIMARY KEY, at timestamptz); INSERT INTO one (at) VALUES (now())",
    'CREATE SCHEMA "Odd one"; CREATE TYPE "Odd one".mood AS ENUM (\'well\'); CREATE VIEW "Odd one".seen AS SELECT * FROM one',
    "CREATE FUNCTION two() RETURNS int LANGUAGE sql AS 'SELECT 2'",
    "CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';"
    "CREATE EVENT TRIGGER t ON ddl_command_start EXECUTE FUNCTION e()",
    "DROP SCHEMA public CASCADE",
)
NOT_EMPTIED = (
    "SELECT lo_create(0)",
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''1MB''', current_database()); END $$",
    "DO $$ BEGIN EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', current_database()); END $$",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
)


def connected(url: sa.URL) -> psycopg.Connection:
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


def seen(url: sa.URL) -> list[tuple[str, ...]]:
    with connected(url) as inside:
        return inside.execute(SEEN.encode()).fetchall()


@pytest.mark.parametrize("statement", EMPTIED)
def test_a_database_that_was_emptied_is_as_a_new_one(postgres_service: sa.URL, statement: str) -> None:
    with empty_database(postgres_service) as first, connected(first) as inside:
        inside.execute(EMPTIED[0].encode())
        if statement != EMPTIED[0]:
            inside.execute(statement.encode())
    with empty_database(postgres_service) as again, postgres_database(postgres_service) as new:
        assert again.database == first.database
        assert seen(again) == seen(new)


@pytest.mark.parametrize("statement", NOT_EMPTIED)
def test_what_cannot_be_emptied_is_lent_no_more(postgres_service: sa.URL, statement: str) -> None:
    with empty_database(postgres_service) as first, connected(first) as inside:
        inside.execute(statement.encode())
    with empty_database(postgres_service) as again, postgres_database(postgres_service) as new:
        assert again.database != first.database
        assert seen(again) == seen(new)


def test_two_at_once_have_two(postgres_service: sa.URL) -> None:
    with empty_database(postgres_service) as one, empty_database(postgres_service) as other:
        assert one.database != other.database


@pytest.mark.parametrize("whole", [False, True])
def test_a_copy_of_kepts_own_database_is_what_is_made_in_an_empty_one(
    postgres_service: sa.URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: bool
) -> None:
    with empty_database(postgres_service) as empty, postgres_state(postgres_service, whole=whole) as copy:
        found = []
        for name, url in (("made", empty), ("copied", copy)):
            (tmp_path / name).mkdir()
            monkeypatch.setenv("KEPT_DATABASE_URL", url.render_as_string(hide_password=False))
            configure(tmp_path / name, whole=whole)
            found.append((seen(url), KeyFingerprint.objects.count()))
            disconnect()
        assert found[0] == found[1]
    fingerprints = set()
    for name in ("one", "other"):
        monkeypatch.delenv("KEPT_DATABASE_URL", raising=False)
        (tmp_path / name).mkdir()
        lay_state(tmp_path / name, whole=whole)
        configure(tmp_path / name, whole=whole)
        fingerprints |= set(KeyFingerprint.objects.values_list("fingerprint", flat=True))
        disconnect()
    assert len(fingerprints) == 4, "each copy has keys of its own"
