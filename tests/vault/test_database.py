"""The keys database when it is not as it should be: nothing is lost, nothing is written in the clear, and it is said what to do."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from kept.base.errors import KeptError, KeysUnreachable, ProviderUnreachable, Refused, StrangeKey, UnknownFormat, UnknownKey
from kept.vault import founding, make_vault, open_vault
from kept.vault.database import KeysDatabase, url_of
from kept.vault.providers.registry import connect
from kept.vault.ring import Ring
from kept.vault.schema import KEK, METADATA, SECRET, VAULT
from tests.vault.conftest import KEPT_TOML
from tests.vault.installations import KEYS, PLACE, Installation, alive, goes_on, installed, waits


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


def test_many_at_once_make_one_vault(installation: Installation) -> None:
    with installation.database() as connection:
        METADATA.drop_all(connection)
    for path in installation.key_files:
        path.unlink()
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _: make_vault(installation.folder), range(6)))
    assert sorted(made) == [False] * 5 + [True]
    assert {path.stem for path in installation.key_files} == alive(installation)
    assert len(installation.key_files) == 1
    with installation.opened() as vault:
        goes_on(vault, "account:1", vault.field(PLACE).seal_text("account:1", "ada"), "ada")


def test_a_vault_that_cannot_be_made_leaves_no_key_behind(installation: Installation) -> None:
    with installation.database() as connection:
        connection.execute(VAULT.delete())
        connection.execute(SECRET.delete())
        connection.execute(KEK.delete())
    for path in installation.key_files:
        path.unlink()
    database = KeysDatabase(url_of(installation.url))
    sa.event.listen(database._engine, "before_cursor_execute", refuse_secrets)
    with pytest.raises(KeysUnreachable):
        founding.found(Ring(database, lambda name: connect(name, {}, installation.home)), "file")
    database.close()
    assert installation.key_files == []
    assert make_vault(installation.folder)


def refuse_secrets(_: object, __: object, statement: str, *___: object) -> None:
    if statement.startswith("INSERT INTO kept_secret"):
        raise sa.exc.OperationalError("", {}, Exception("server closed the connection unexpectedly"))


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


def test_no_error_of_the_keys_database_is_raw(embedded: Installation) -> None:
    """Whatever SQLite says, what leaves is one of Kept's errors, and holds no value."""
    with embedded.opened() as vault:
        for said in ("something new", "", "database is locked", "disk I/O error", "database disk image is malformed"):
            with pytest.raises(KeptError) as caught, vault.database.reading():
                raise sa.exc.OperationalError("SELECT secret", {"key": b"secret"}, Exception(said))
            assert "secret" not in str(caught.value)
