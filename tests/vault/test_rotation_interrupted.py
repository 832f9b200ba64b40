"""Rotation when something comes in between: another rotation, a service that is down, a death at any call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from kept.base.errors import IntegrityError, KeysUnreachable, ProviderUnreachable
from kept.vault import Vault
from kept.vault import rotation as rotation_module
from kept.vault.database import KeysDatabase, url_of
from kept.vault.providers.provider import Provider
from kept.vault.providers.registry import connect
from kept.vault.rotation import begin, rotate
from kept.vault.schema import KEY
from kept.vault.secret import Secret
from tests.vault.installations import KEYS, PLACE, Death, Died, Installation, alive, installed, states
from tests.vault.test_rotation import filled, finished, see


@pytest.fixture(params=KEYS)
def installation(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    return installed(request.param, request, tmp_path / "privacy", monkeypatch)


class Between:
    """Does something once, in the middle of a call of the provider."""

    def __init__(self, provider: Provider, call: str, do: Callable[[], object]) -> None:
        """Wrap the real provider."""
        self._provider, self._call, self._do = provider, call, do
        self.done = False

    @classmethod
    def of(cls, vault: Vault, call: str, do: Callable[[], object]) -> Between:
        """Wrap the provider that a vault has in use."""
        vault.ring._providers["file"] = between = cls(vault.ring.provider("file"), call, do)
        return between

    def _now(self, call: str) -> None:
        if call == self._call and not self.done:
            self.done = True
            self._do()

    def make(self, installation: str) -> str:
        """Make a key."""
        return self._provider.make(installation)

    def wrap(self, reference: str, keys: Sequence[Secret], about: Sequence[bytes]) -> list[bytes]:
        """Wrap, and be slow about it."""
        self._now("wrap")
        return self._provider.wrap(reference, keys, about)

    def unwrap(self, reference: str, wrapped: Sequence[bytes], about: Sequence[bytes]) -> list[Secret]:
        """Unwrap, and be slow about it."""
        self._now("unwrap")
        return self._provider.unwrap(reference, wrapped, about)

    def destroy(self, reference: str) -> None:
        """Destroy."""
        self._provider.destroy(reference)

    def close(self) -> None:
        """Close the real one."""
        self._provider.close()


def forgetful(vault: Vault, other: Vault) -> Callable[[], object]:
    """Return a whole rotation by another process, after which this process's provider has no key in memory either."""

    def do() -> None:
        rotate(other, "file")
        vault.ring.provider("file").close()

    return do


@pytest.mark.parametrize("call", ["wrap", "unwrap"])
def test_a_rotation_begins_and_ends_between_reading_a_key_and_using_it(installation: Installation, call: str) -> None:
    with installation.opened() as vault, installation.opened() as other:
        sealed = filled(vault, 2)
        vault.cache.clear()
        between = Between.of(vault, call, forgetful(vault, other))
        field = vault.field(PLACE)
        if call == "unwrap":
            assert field.open_text("account:0", sealed["account:0"]) == "account:0"
            assert field.open_text("account:1", field.seal_text("account:1", "anew")) == "anew"
        else:
            assert other.field(PLACE).open_text("account:new", field.seal_text("account:new", "new")) == "new"
        assert between.done
    see(installation, sealed)


def test_a_key_service_that_is_down_is_not_taken_for_a_rotation(installation: Installation) -> None:
    with installation.opened() as vault, installation.opened() as other:
        sealed = filled(vault, 2)
        vault.cache.clear()

        def down() -> None:
            rotate(other, "file")
            raise ProviderUnreachable("the service does not answer", store="vault", todo="Wait.")

        Between.of(vault, "unwrap", down)
        assert vault.field(PLACE).open_text("account:0", sealed["account:0"]) == "account:0", "rows moved, so it was asked again"
        for path in installation.key_files:
            path.unlink()
        vault.ring.provider("file").close()
        with pytest.raises(ProviderUnreachable):
            vault.field(PLACE).open_text("account:1", sealed["account:1"])
        with pytest.raises(ProviderUnreachable):
            vault.field(PLACE).seal_text("account:2", "new")


def test_a_vault_is_opened_while_a_rotation_ends(installation: Installation) -> None:
    with installation.opened() as other:
        sealed = filled(other, 1)
        between = Between(connect("file", {}, installation.home), "unwrap", lambda: rotate(other, "file"))
        database = KeysDatabase(url_of(installation.url))
        vault = Vault(database=database, connect=lambda _: between, folder=installation.home)
        assert between.done
        assert vault.field(PLACE).open_text("account:0", sealed["account:0"]) == "account:0"
        vault.close()
    see(installation, sealed)


@pytest.mark.parametrize("call", ["wrap", "unwrap"])
def test_two_rotations_at_once_are_one(installation: Installation, call: str) -> None:
    with installation.opened() as vault, installation.opened() as other:
        sealed = filled(vault, 10)
        Between.of(vault, call, forgetful(vault, other))
        rotate(vault, "file")
    see(installation, sealed)
    assert states(installation) == ["destroyed", "active"]
    assert {path.stem for path in installation.key_files} == alive(installation)


def test_rotations_of_many_threads_at_once(installation: Installation) -> None:
    with installation.opened() as vault, installation.opened() as other:
        sealed = filled(vault, 200)
        with ThreadPoolExecutor(6) as pool:
            rotated = list(pool.map(lambda number: rotate((vault, other)[number % 2], "file"), range(6)))
    assert rotated
    see(installation, sealed)
    assert set(states(installation)) == {"destroyed", "active"}
    assert {path.stem for path in installation.key_files} == alive(installation)


class Wrong(Between):
    """A provider that wraps something else than it was given."""

    def wrap(self, reference: str, keys: Sequence[Secret], about: Sequence[bytes]) -> list[bytes]:
        """Wrap another key in the place of the last."""
        return super().wrap(reference, [*keys[:-1], Secret.random()] if keys else [], about)


def test_a_provider_that_wraps_wrongly_is_caught(installation: Installation) -> None:
    with installation.opened() as vault:
        sealed = filled(vault, 5)
        begin(vault, "file")
        finish_secrets(vault)
        Wrong.of(vault, "", lambda: None)
        with pytest.raises(IntegrityError, match="did not come out as it went in"):
            rotate(vault, "file")
    with installation.database() as connection:
        assert set(connection.scalars(sa.select(KEY.c.kek))) == {1}, "nothing was stored"
    with installation.opened() as vault:
        finished(vault, sealed)
    see(installation, sealed)


def finish_secrets(vault: Vault) -> None:
    """Do the first step of a rotation that was begun."""
    with vault.database.reading() as connection:
        old, new = vault.ring.keks(connection)
    assert next(rotation_module._rewrap(vault, old, new)) == 2


def counted(installation: Installation) -> int:
    """Return how many moments a rotation has in which it can die."""
    with installation.opened() as vault:
        death = Death().watch(vault)
        rotate(vault, "file")
        return death.moments


def orphans(installation: Installation) -> int:
    """Remove key files that the keys database does not know; return how many there were."""
    known = alive(installation)
    left = [path for path in installation.key_files if path.stem not in known]
    for path in left:
        path.unlink()
    return len(left)


def test_it_dies_at_every_call_and_is_finished_by_running_it_again(installation: Installation) -> None:
    with installation.opened() as vault:
        sealed = filled(vault, 2)
    left = []
    for at in range(1, counted(installation) + 1, 1 if installation.embedded else 2):
        with installation.opened() as vault:
            Death(at).watch(vault)
            with pytest.raises(Died):
                rotate(vault, "file")
        with installation.opened() as vault:
            finished(vault, sealed)
        left.append(orphans(installation))
    see(installation, sealed)
    assert len(left) > (35 if installation.embedded else 17)
    assert set(left) == {0, 1}
    made_and_not_written_down = left.index(1)
    assert left == [0] * made_and_not_written_down + [1] * sum(left) + [0] * (len(left) - made_and_not_written_down - sum(left))


def test_it_fails_at_every_call_and_leaves_no_key_behind(installation: Installation) -> None:
    with installation.opened() as vault:
        sealed = filled(vault, 2)
    told, left = 0, []
    for at in range(1, counted(installation) + 1, 2 if installation.embedded else 3):
        with installation.opened() as vault:
            death = Death(at, once=True).watch(vault)
            try:
                rotate(vault, "file")
            except (KeysUnreachable, ProviderUnreachable):
                told += 1
            assert death.came
            finished(vault, sealed)
        left.append(orphans(installation))
    see(installation, sealed)
    assert told > (12 if installation.embedded else 8)
    assert sum(left) <= 1, "one where it is not known whether the database took it"
