"""The keys database when it may not be written, is full or is busy: what is in memory goes on, nothing is half done."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from kept.base.errors import KeysUnreachable
from kept.vault import database as database_module
from kept.vault import make_vault, open_vault
from kept.vault.schema import KEY
from tests.vault.conftest import KEPT_TOML
from tests.vault.installations import KEYS, PLACE, Installation, goes_on, installed, waits


@pytest.fixture(params=KEYS)
def installation(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    return installed(request.param, request, tmp_path / "privacy", monkeypatch)


@pytest.fixture
def embedded(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    return installed("sqlite", request, tmp_path / "privacy", monkeypatch)


@pytest.fixture
def served(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    return installed("postgres", request, tmp_path / "privacy", monkeypatch)


UNPRIVILEGED = """
import os, sys
from kept.base.errors import KeptError
from kept.vault import open_vault
if os.geteuid() == 0:
    os.setegid(65534)
    os.seteuid(65534)
try:
    vault = open_vault(sys.argv[1])
    print(vault.field("app.accounts.email").open_text("account:1", sys.argv[2]))
    vault.field("app.accounts.email").seal_text("account:2", "waits")
except KeptError as error:
    print(error.code, error.happened)
"""


@pytest.mark.parametrize(
    ("of_file", "of_folder", "said"),
    [
        (0o400, 0o700, ["ada", "keys-unreachable the keys database may not be written"]),
        (0o000, 0o700, ["keys-unreachable the keys database is missing or may not be opened"]),
        (0o600, 0o000, ["keys-unreachable the keys database may not be used (Permission denied)"]),
        (0o400, 0o500, ["keys-unreachable the keys database may not be written"]),
    ],
)
def test_an_account_without_rights(of_file: int, of_folder: int, said: list[str]) -> None:
    folder = Path(tempfile.mkdtemp())  # outside of pytest's, which others may not enter
    try:
        (folder / "kept.toml").write_text(KEPT_TOML, encoding="utf-8")
        make_vault(folder)
        vault = open_vault(folder)
        sealed = vault.field(PLACE).seal_text("account:1", "ada")
        vault.close()
        if os.geteuid() == 0:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, 65534, 65534)
        home = folder / ".kept" / "vault"
        (home / "keys.sqlite3").chmod(of_file)
        home.chmod(of_folder)
        ran = subprocess.run([sys.executable, "-c", UNPRIVILEGED, str(folder), sealed], capture_output=True, text=True, check=True)
        assert ran.stdout.splitlines() == said
    finally:
        (folder / ".kept" / "vault").chmod(0o700)
        shutil.rmtree(folder)


@pytest.mark.service
def test_a_role_without_rights(served: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    with served.opened() as vault:
        sealed = vault.field(PLACE).seal_text("account:1", "ada")
    role = f"reads_{os.urandom(4).hex()}"
    with served.database() as connection:
        connection.execute(sa.text(f"CREATE ROLE {role} LOGIN"))
    try:
        monkeypatch.setenv("KEYS_URL", sa.make_url(served.url).set(username=role).render_as_string(hide_password=False))
        with pytest.raises(KeysUnreachable):
            served.open()
        with served.database() as connection:
            connection.execute(sa.text(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"))
        with served.opened() as vault:
            goes_on(vault, "account:1", sealed, "ada")
            waits(vault, "account:2", "may not be written")
    finally:
        with served.database() as connection:
            connection.execute(sa.text(f"DROP OWNED BY {role}"))
            connection.execute(sa.text(f"DROP ROLE {role}"))


def test_a_full_disk(embedded: Installation) -> None:
    with embedded.opened() as vault:
        sealed = vault.field(PLACE).seal_text("account:1", "ada")
        vault.database.close()
        pages = [30]
        sa.event.listen(vault.database._engine, "checkout", lambda raw, *_: raw.execute(f"PRAGMA max_page_count = {pages[0]}"))
        with pytest.raises(KeysUnreachable, match="is full") as caught:
            vault.load([f"account:{number}" for number in range(2_000)])
        assert "Make room" in caught.value.todo
        goes_on(vault, "account:1", sealed, "ada")
        assert len(vault.cache) == 1, "keys that were not stored are not used"
        pages[0] = 10_000
        assert len(vault.load([f"account:{number}" for number in range(2_000)])) == 2_000


@contextmanager
def writing(installation: Installation) -> Iterator[None]:
    """Write to the keys database and do not come to an end."""
    engine = sa.create_engine(sa.make_url(database_module.url_of(installation.url)), poolclass=sa.NullPool)
    with engine.connect() as connection:
        if installation.embedded:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(database_module.ORDER)))
        yield
        connection.rollback()


def test_locked_by_another_writer(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "WAIT_SECONDS", 0.3)
    with installation.opened() as vault:
        sealed = vault.field(PLACE).seal_text("account:1", "ada")
        vault.cache.clear()
        with writing(installation):
            goes_on(vault, "account:1", sealed, "ada")
            waits(vault, "account:2", "was busy for too long")
        goes_on(vault, "account:2", vault.field(PLACE).seal_text("account:2", "bob"), "bob")


def test_more_threads_than_connections_for_too_long(embedded: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    with embedded.opened() as vault:
        vault.database._engine.pool._timeout = 0.1  # type: ignore[attr-defined]  # no test waits for half a minute
        lent = [vault.database._engine.connect() for _ in range(15)]
        waits(vault, "account:1", "was busy for too long")
        for connection in lent:
            connection.close()


def test_a_reader_that_is_stuck_does_not_hold_up_who_destroys(embedded: Installation) -> None:
    engine = sa.create_engine(embedded.url, poolclass=sa.NullPool)
    with embedded.opened() as vault, engine.connect() as stuck:
        vault.load(["account:1"])
        stuck.exec_driver_sql("BEGIN")
        stuck.execute(sa.select(KEY)).all()
        vault.load(["account:2"])
        began = time.monotonic()
        assert not vault.database.shred()
        assert time.monotonic() - began < 10
        stuck.rollback()
        assert vault.database.shred()
