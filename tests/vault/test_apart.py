"""Whether keys are kept apart from what they protect is tried: with the accounts, places and permissions that are really there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from kept.base.errors import Refused
from kept.base.questions import KeysApart, ProbeKeys, ReadKeys
from kept.base.verdicts import Unknown
from kept.vault.apart import probe
from kept.vault.register import VaultRegister
from tests.lending import empty_database
from tests.vault.installations import Installation, installed

STORE = "postgresql://app@127.0.0.1:5432/shop"


@pytest.fixture
def embedded(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    return installed("sqlite", request, tmp_path / "privacy", monkeypatch)


@pytest.fixture
def served(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    return installed("postgres", request, tmp_path / "privacy", monkeypatch)


@pytest.fixture
def role(served: Installation) -> Iterator[str]:
    """The application's own account, which may log in and nothing else."""
    name = f"app_{os.urandom(4).hex()}"
    execute(served, f"CREATE ROLE {name} LOGIN")
    yield name
    execute(served, f"DROP OWNED BY {name}", f"DROP ROLE {name}")


@pytest.fixture
def shop(served: Installation, role: str, postgres_service: sa.URL) -> Iterator[str]:
    """The application's store: another database of the same server, and its own account."""
    with empty_database(postgres_service) as url:
        yield url.set(username=role).render_as_string(hide_password=False)


def execute(installation: Installation, *statements: str) -> None:
    with installation.database() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def probed(installation: Installation, stores: dict[str, str], backups: dict[str, list[str]]) -> KeysApart:
    with installation.opened() as vault:
        return probe(vault, stores, backups)


# In files.


def test_in_a_file_that_nobody_else_may_use_and_no_backup_takes_along(embedded: Installation, tmp_path: Path) -> None:
    found = probed(
        embedded,
        {"app": STORE, "shop": f"sqlite:///{tmp_path / 'shop.db'}"},
        {store: [str(tmp_path / "backups")] for store in ("app", "shop")},
    )
    assert (found.faults, found.unseen) == ((), ())
    assert found.tried == (
        "2 stores are other databases than the keys",
        f"no key lies in {tmp_path / 'backups'}, which the backups of app take along",
        f"no key lies in {tmp_path / 'backups'}, which the backups of shop take along",
        "the keys database and its folder may be used by their owner alone",
    )


def test_it_is_not_said_what_the_backups_take_along(embedded: Installation) -> None:
    found = probed(embedded, {"app": STORE}, {"app": []})
    assert found.faults == ()
    assert found.unseen == ("kept.toml does not say what the backups of app take along",)


def test_a_store_whose_address_is_not_known_was_not_looked_at(embedded: Installation, tmp_path: Path) -> None:
    found = probed(embedded, {}, {"app": [str(tmp_path / "backups")]})
    assert found.faults == ()
    assert found.unseen == ("the address of the store app is not known",)


@pytest.mark.parametrize("taken", ["", "privacy", "privacy/.kept", "privacy/.kept/vault", "link"])
def test_a_backup_takes_the_keys_along(embedded: Installation, tmp_path: Path, taken: str) -> None:
    (tmp_path / "link").symlink_to(embedded.folder)
    (fault, other) = probed(embedded, {"app": STORE}, {"app": [str(tmp_path / "elsewhere"), str(tmp_path / taken)]}).faults
    assert fault.startswith(f"the backups of app take the keys along: {embedded.file} lies in ")
    assert str(embedded.home) in other


def test_a_backup_takes_the_key_files_along(embedded: Installation, tmp_path: Path) -> None:
    moved = tmp_path / "backups" / "keys"
    moved.parent.mkdir()
    (embedded.home / "keys").rename(moved)
    toml = embedded.folder / "kept.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + f'\n[vault.providers.file]\nfolder = "{moved}"\n', encoding="utf-8")
    (fault,) = probed(embedded, {"app": STORE}, {"app": [str(tmp_path / "backups")]}).faults
    assert fault == f"the backups of app take the keys along: {moved} lies in {tmp_path / 'backups'}"


def test_the_keys_stand_in_a_store(embedded: Installation, tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(embedded.file)
    found = probed(embedded, {"app": f"sqlite:///{tmp_path / 'link.db'}"}, {"app": [str(tmp_path / "backups")]})
    assert found.faults == ("the keys stand in the store app itself",)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_others_may_use_the_file(embedded: Installation, mode: int, tmp_path: Path) -> None:
    embedded.file.chmod(mode)
    (fault,) = probed(embedded, {"app": STORE}, {"app": [str(tmp_path / "backups")]}).faults
    assert fault == f"{embedded.file} may be used by other accounts than its owner (mode {mode:o})"


def test_others_may_use_its_folder(embedded: Installation, tmp_path: Path) -> None:
    embedded.home.chmod(0o750)
    (fault,) = probed(embedded, {"app": STORE}, {"app": [str(tmp_path / "backups")]}).faults
    assert "vault may be used by other accounts than its owner (mode 750)" in fault


def test_others_may_read_a_key_file(embedded: Installation) -> None:
    (file,) = embedded.key_files
    file.chmod(0o640)
    with pytest.raises(Refused, match="may be read by others than its owner"):
        embedded.open()


# On a server.


@pytest.mark.service
def test_the_applications_account_is_refused(served: Installation, role: str, shop: str) -> None:
    found = probed(served, {"app": shop, "files": "sqlite:///shop.db", "billing": "mariadb://app@127.0.0.1/billing"}, {})
    assert (found.faults, found.unseen) == ((), ())
    assert found.tried == ("3 stores are other databases than the keys", "the account of the store app was refused the keys")
    execute(served, "REVOKE CONNECT ON DATABASE current FROM PUBLIC".replace("current", str(sa.make_url(served.url).database)))
    assert probed(served, {"app": shop}, {}) == KeysApart(
        tried=("1 stores are other databases than the keys", "the account of the store app was refused the keys")
    )


@pytest.mark.service
def test_the_applications_account_may_not_even_see_the_schema(served: Installation, role: str, shop: str) -> None:
    execute(served, "REVOKE ALL ON SCHEMA public FROM PUBLIC")
    found = probed(served, {"app": shop}, {})
    assert (found.faults, found.unseen) == ((), ())


@pytest.mark.service
@pytest.mark.parametrize("granted", ["SELECT ON kept_key", "SELECT (wrapped) ON kept_key", "pg_read_all_data"])
def test_the_applications_account_can_read_the_keys(served: Installation, role: str, shop: str, granted: str) -> None:
    execute(served, f"GRANT {granted} TO {role}")
    assert probed(served, {"app": shop}, {}).faults == ("the account of the store app can read the keys",)


@pytest.mark.service
def test_one_account_for_both(served: Installation, shop: str) -> None:
    ours = sa.make_url(shop).set(username=sa.make_url(served.url).username).render_as_string(hide_password=False)
    assert probed(served, {"app": ours}, {}).faults == ("the account of the store app is the one that reads the keys",)


@pytest.mark.service
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_one_database_for_both(served: Installation, role: str, host: str) -> None:
    same = sa.make_url(served.url).set(username=role, host=host).render_as_string(hide_password=False)
    found = probed(served, {"app": same}, {})
    assert "the keys stand in the store app itself" in found.faults


@pytest.mark.service
def test_the_server_does_not_say(served: Installation, shop: str) -> None:
    nobody = sa.make_url(shop).set(username="nobody_of_that_name").render_as_string(hide_password=False)
    found = probed(served, {"app": nobody}, {})
    assert found.faults == ()
    assert found.unseen == ("whether the account of the store app can read the keys",)


@pytest.mark.service
def test_a_key_file_beside_a_server_counts_too(served: Installation, role: str, shop: str, tmp_path: Path) -> None:
    (fault,) = probed(served, {"app": shop}, {"app": [str(tmp_path)]}).faults
    assert f"{served.home} lies in {tmp_path}" in fault


# As a store that promises are asked of.


def test_the_register_answers_and_says_why_it_cannot(embedded: Installation) -> None:
    register = VaultRegister(embedded.open(), provider="file", stores={"app": STORE}, backups={"app": ()})
    answers = register.answer([ProbeKeys(), ReadKeys()])
    assert isinstance(answers.of(ProbeKeys()), KeysApart)
    embedded.file.rename(embedded.folder / "away")
    answers = register.answer([ProbeKeys(), ReadKeys()])
    for question in (ProbeKeys(), ReadKeys()):
        match answers.of(question):
            case Unknown(reason=reason, todo=todo):
                assert "is missing or may not be opened" in reason
                assert todo
            case other:
                raise AssertionError(other)
    register.close()
