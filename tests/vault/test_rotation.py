"""Rotation: everything opens before, during and after; nothing is left under the old key; killed anywhere, it is finished."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from kept.base.errors import IntegrityError, KeptError, KeyDestroyed, ProviderUnreachable, StrangeKey
from kept.vault import Vault, destroy
from kept.vault import rotation as rotation_module
from kept.vault.providers.provider import Provider
from kept.vault.rotation import Rotated, begin, finish, rotate, unfinished
from kept.vault.schema import KEK, KEY, SECRET
from tests.vault.installations import KEYS, PLACE, Installation, alive, installed, states


@pytest.fixture(params=KEYS)
def installation(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    return installed(request.param, request, tmp_path / "privacy", monkeypatch)


def filled(vault: Vault, people: int) -> dict[str, str]:
    """Seal the name of each person for them."""
    field = vault.field(PLACE)
    vault.load([f"account:{number}" for number in range(people)])
    return {f"account:{number}": field.seal_text(f"account:{number}", f"account:{number}") for number in range(people)}


def see(installation: Installation, sealed: dict[str, str]) -> None:
    """See that everything opens in a process that knows nothing yet, with one active key that everything stands under."""
    with installation.opened() as vault:
        field = vault.field(PLACE)
        vault.warm({vault.people.find([person])[person].id: person for person in list(sealed)[:1]})
        assert all(field.open_text(person, value) == person for person, value in sealed.items())
        assert vault.index(PLACE, "email").of("ada@example.org")
    with installation.database() as connection:
        (active,) = connection.scalars(sa.select(KEK.c.id).where(KEK.c.state == "active"))
        assert not connection.scalar(sa.select(KEK.c.id).where(KEK.c.state == "retiring"))
        for table in (KEY, SECRET):
            assert set(connection.scalars(sa.select(table.c.kek))) <= {active}, "nothing is left under an old one"


def test_everything_is_under_a_new_key_and_the_old_one_is_gone(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation_module, "BATCH", 40)
    (old,) = installation.key_files
    told: list[tuple[str, int, int]] = []
    with installation.opened() as vault:
        sealed = filled(vault, 100)
        index = vault.index(PLACE, "email").of("ada@example.org")
        rotated = rotate(vault, "file", progress=lambda *some: told.append(some))
        assert rotated == Rotated(keys=102, old=(1,), new=2, gone_at=None)
        assert told == [("keys", 2, 102), ("keys", 42, 102), ("keys", 82, 102), ("keys", 102, 102)]
        assert vault.field(PLACE).open_text("account:1", sealed["account:1"]) == "account:1"
        assert finish(vault) == Rotated(keys=0, old=(), new=2, gone_at=None), "there is nothing to finish"
    see(installation, sealed)
    assert not old.exists()
    assert {path.stem for path in installation.key_files} == alive(installation)
    assert states(installation) == ["destroyed", "active"]
    with installation.opened() as vault:
        assert vault.index(PLACE, "email").of("ada@example.org") == index


def test_an_old_backup_of_the_keys_opens_nothing_any_more(installation: Installation) -> None:
    with installation.opened() as vault:
        sealed = filled(vault, 3)
        backup = installation.backup()
        destroy(vault, ["account:1"])
        rotate(vault, "file")
    newest = installation.backup()
    installation.restore(backup)
    (installation.home / "destroyed").unlink()
    with pytest.raises(ProviderUnreachable):
        installation.open()
    with installation.database() as connection:  # whoever has today's key-encryption key tries it on yesterday's rows
        connection.execute(sa.update(KEK).values(reference=next(iter(installation.key_files)).stem))
    with pytest.raises(StrangeKey):
        installation.open()
    installation.restore(newest)
    with installation.opened() as vault:
        assert vault.field(PLACE).open_text("account:2", sealed["account:2"]) == "account:2"
        with pytest.raises(KeyDestroyed):
            vault.field(PLACE).open_text("account:1", sealed["account:1"])


def test_another_process_reads_and_seals_all_the_while(installation: Installation, tmp_path: Path) -> None:
    with installation.opened() as vault:
        sealed = filled(vault, 300)
        some = {person: sealed[person] for person in random.Random(1).sample(sorted(sealed), 5)}
        with installation.process() as process:
            process.tell("use", some, str(tmp_path / "stop"))
            for _ in range(4):
                rotate(vault, "file")
            (tmp_path / "stop").touch()
            assert process.hear() > 0
    see(installation, sealed)


def test_new_keys_never_land_under_the_key_that_retires(installation: Installation) -> None:
    with installation.opened() as vault, installation.opened() as other:
        other.load(["account:1"])
        begin(vault, "file")
        assert unfinished(other)
        other.load(["account:2"])
        with installation.database() as connection:
            under = {row.tag: row.kek for row in connection.execute(sa.select(KEY.c.tag, KEY.c.kek))}
        assert [under[other.people.tag(person)] for person in ("account:1", "account:2")] == [1, 2]
        finish(vault)
        assert not unfinished(other)


def test_from_a_file_to_one_with_a_passphrase(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    with installation.opened() as vault:
        sealed = filled(vault, 3)
    monkeypatch.setenv("PASSPHRASE", "correct horse")
    toml = installation.folder / "kept.toml"
    plain = toml.read_text(encoding="utf-8")
    toml.write_text(f'{plain}\n[vault.providers.file]\npassphrase = "env:PASSPHRASE"\n', encoding="utf-8")
    with installation.opened() as vault:
        rotate(vault, "file")
    see(installation, sealed)
    (file,) = installation.key_files
    assert b'"sealed"' in file.read_bytes()
    assert b'"key"' not in file.read_bytes()
    toml.write_text(plain, encoding="utf-8")
    with pytest.raises(KeptError, match="a passphrase is needed"):
        installation.open()


class Promising:
    """A key service that destroys nothing at once, and says on which day it will."""

    def __init__(self, provider: Provider, day: datetime) -> None:
        """Wrap the real one."""
        self._provider, self._day = provider, day

    def __getattr__(self, name: str) -> object:
        """Do everything else as the real one does."""
        return getattr(self._provider, name)

    def destroy(self, reference: str) -> datetime:
        """Promise."""
        self._provider.destroy(reference)
        return self._day


def test_a_service_that_promises_a_day_is_believed_and_the_day_written_down(installation: Installation) -> None:
    day = datetime(2026, 12, 24, 12, tzinfo=UTC)
    with installation.opened() as vault:
        filled(vault, 2)
        vault.ring._providers["file"] = Promising(vault.ring.provider("file"), day)  # type: ignore[assignment]  # by __getattr__
        assert rotate(vault, "file").gone_at == day
        with vault.database.reading() as connection:
            assert [kek.destroyed_at for kek in vault.ring.keks(connection)] == [day, None]


def test_the_old_key_stays_while_anything_is_left_under_it(installation: Installation) -> None:
    with installation.opened() as vault:
        sealed = filled(vault, 2)
        begin(vault, "file")
        with vault.database.reading() as connection:
            (old, _) = vault.ring.keks(connection)
        with pytest.raises(IntegrityError, match="4 keys are still under the old"):
            rotation_module._destroy(vault, old)
        assert len(installation.key_files) == 2
        finish(vault)
    see(installation, sealed)


def finished(vault: Vault, sealed: dict[str, str]) -> None:
    """See that everything opens half-way, finish the rotation, and see that it opens then."""
    field = vault.field(PLACE)
    assert all(field.open_text(person, value) == person for person, value in sealed.items())
    rotate(vault, "file")
    vault.cache.clear()
    assert all(field.open_text(person, value) == person for person, value in sealed.items())
    with vault.database.reading() as connection:
        assert not [kek for kek in vault.ring.keks(connection) if kek.state == "retiring"]
