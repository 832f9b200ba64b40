"""The keys database when it is not as it should be: nothing is lost, nothing is written in the clear, and it is said what to do."""

from __future__ import annotations

import json
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

from kept.base.errors import KeptError, KeysUnreachable, ProviderUnreachable, Refused, StrangeKey, UnknownFormat, UnknownKey
from kept.vault import database as database_module
from kept.vault import make_vault, open_vault
from kept.vault.schema import KEK, KEY, SECRET, VAULT
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


# Missing, damaged, another's.


def test_a_file_that_is_gone_is_not_made_anew(embedded: Installation) -> None:
    with embedded.opened() as vault:
        cached = vault.field(PLACE).seal_text("account:1", "ada")
        away = embedded.file.rename(embedded.folder / "away")
        goes_on(vault, "account:1", cached, "ada")
        waits(vault, "account:2", "is missing or may not be opened")
        for opens in (embedded.open, lambda: make_vault(embedded.folder)):
            with pytest.raises(KeysUnreachable, match="is missing, and there was one") as caught:
                opens()
            assert "Restore it from its backup" in caught.value.todo
        assert not embedded.file.exists()
        away.rename(embedded.file)
        goes_on(vault, "account:2", vault.field(PLACE).seal_text("account:2", "bob"), "bob")


def test_a_file_that_was_put_in_its_place_is_noticed_by_whoever_has_the_old_one_open(embedded: Installation) -> None:
    with embedded.opened() as vault:
        vault.field(PLACE).seal_text("account:1", "ada")
        shutil.copy(embedded.file, embedded.folder / "restored")
        (embedded.folder / "restored").replace(embedded.file)
        sealed = vault.field(PLACE).seal_text("account:2", "bob")
    with embedded.opened() as vault:
        assert vault.field(PLACE).open_text("account:2", sealed) == "bob", "the key was not written into a file without a name"


def test_no_vault_was_ever_made(tmp_path: Path) -> None:
    (tmp_path / "kept.toml").write_text(KEPT_TOML, encoding="utf-8")
    with pytest.raises(Refused, match="there is no vault yet") as caught:
        open_vault(tmp_path)
    assert "kept vault init" in caught.value.todo


def test_an_empty_file_left_by_a_killed_init_is_filled(embedded: Installation) -> None:
    embedded.file.write_bytes(b"")
    with pytest.raises(Refused, match="no vault"):
        embedded.open()
    assert make_vault(embedded.folder)
    embedded.open().close()


def test_a_file_that_is_no_database(embedded: Installation) -> None:
    for raw in (
        b"not a database at all, and long enough to be taken for one: " * 100,
        embedded.file.read_bytes()[:4000] + b"\xff" * 9000,
    ):
        embedded.file.write_bytes(raw)
        with pytest.raises(KeysUnreachable, match="is damaged") as caught:
            embedded.open()
        assert caught.value.todo == "Restore it from its backup."


@pytest.mark.parametrize("table", ["kept_key", "kept_event", "kept_secret", "kept_kek"])
def test_a_table_is_missing(installation: Installation, table: str) -> None:
    with installation.database() as connection:
        connection.execute(sa.text(f"DROP TABLE {table}" + ("" if installation.embedded else " CASCADE")))
    with pytest.raises(KeysUnreachable, match="the keys database"), installation.opened() as vault:
        vault.field(PLACE).seal_text("account:1", "ada")


def test_keys_of_the_vault_or_its_active_key_encryption_key_are_missing(installation: Installation) -> None:
    with installation.opened() as vault:
        with installation.database() as connection:
            connection.execute(sa.update(KEK).values(state="destroyed"))
        with pytest.raises(StrangeKey, match="no active key-encryption key"):
            vault.field(PLACE).seal_text("account:1", "ada")
    with installation.database() as connection:
        connection.execute(SECRET.delete().where(SECRET.c.name == "index"))
    with pytest.raises(StrangeKey, match="lacks keys of the vault's own"):
        installation.open()


def test_a_newer_format_is_left_alone(installation: Installation) -> None:
    with installation.database() as connection:
        connection.execute(sa.update(VAULT).values(format=2))
    for opens in (installation.open, lambda: make_vault(installation.folder)):
        with pytest.raises(UnknownFormat, match="has format 2, and this Kept reads format 1") as caught:
            opens()
        assert caught.value.todo == "Install the Kept that made it."


def test_older_than_the_data_nothing_is_lost_once_the_newest_is_back(installation: Installation) -> None:
    with installation.opened() as vault:
        first = vault.field(PLACE).seal_text("account:1", "ada")
    old = installation.backup()
    with installation.opened() as vault:
        second = vault.field(PLACE).seal_text("account:2", "bob")
    newest = installation.backup()
    installation.restore(old)
    with installation.opened() as vault:
        assert vault.field(PLACE).open_text("account:1", first) == "ada"
        with pytest.raises(UnknownKey) as caught:
            vault.field(PLACE).open_text("account:2", second)
        assert "restore its newest backup" in caught.value.todo
        third = vault.field(PLACE).seal_text("account:2", "with a second key")
    installation.restore(newest)
    with installation.opened() as vault:
        assert vault.field(PLACE).open_text("account:2", second) == "bob"
        with pytest.raises(UnknownKey):
            vault.field(PLACE).open_text("account:2", third)


def test_another_installations_keys_database_or_key_file(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    patch = pytest.MonkeyPatch()
    ours, others = (installed("sqlite", request, tmp_path / name, patch) for name in ("ours", "others"))
    with ours.opened() as vault:
        sealed = vault.field(PLACE).seal_text("account:1", "ada")
    (our_key,), (other_key,) = ours.key_files, others.key_files
    ours_whole = our_key.read_bytes()

    shutil.copy(other_key, our_key)
    with pytest.raises(StrangeKey, match="is not the key file it is named for"):
        ours.open()
    forged = json.loads(ours_whole) | {"key": json.loads(other_key.read_bytes())["key"]}
    our_key.write_text(json.dumps(forged), encoding="utf-8")
    with pytest.raises(StrangeKey, match="does not open under this installation's"):
        ours.open()
    our_key.write_bytes(ours_whole)

    shutil.copy(ours.file, tmp_path / "kept aside")
    shutil.copy(others.file, ours.file)
    with pytest.raises(ProviderUnreachable, match="cannot be read"):
        ours.open()
    shutil.copy(other_key, our_key.parent)
    with ours.opened() as vault, pytest.raises(UnknownKey):
        vault.field(PLACE).open_text("account:1", sealed)
    shutil.copy(tmp_path / "kept aside", ours.file)
    with ours.opened() as vault:
        goes_on(vault, "account:1", sealed, "ada")


# May not be written, is full, is busy.


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
    monkeypatch.setattr(database_module, "WAIT_SECONDS", 1.0)
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


def test_no_error_of_the_keys_database_is_raw(embedded: Installation) -> None:
    """Whatever SQLite says, what leaves is one of Kept's errors, and holds no value."""
    with embedded.opened() as vault:
        for said in ("something new", "", "database is locked", "disk I/O error", "database disk image is malformed"):
            with pytest.raises(KeptError) as caught, vault.database.reading():
                raise sa.exc.OperationalError("SELECT secret", {"key": b"secret"}, Exception(said))
            assert "secret" not in str(caught.value)
