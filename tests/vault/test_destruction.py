"""A destroyed key is gone: from memory, from the keys database's own files, and from a backup that somebody restores."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
import sqlalchemy as sa

from kept.base.errors import KeptError, KeyDestroyed, ProviderUnreachable, Refused
from kept.vault import Vault, destroy, restore
from kept.vault.destroyed import DestroyedFile
from kept.vault.destruction import close_windows, end_rekey, ended_windows, rekey
from kept.vault.format import from_text, parse
from kept.vault.register import read_keys
from kept.vault.rotation import rotate
from kept.vault.schema import ESCROW, KEK, KEY
from tests.vault.installations import KEYS, WINDOW, Installation, Process, alive, ended, installed, open_text, seal, states


@pytest.fixture(params=KEYS)
def installation(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    return installed(request.param, request, tmp_path / "privacy", monkeypatch)


def test_it_never_opens_again_here_nor_in_a_process_with_a_warm_cache(installation: Installation) -> None:
    with installation.opened() as vault, installation.process() as process:
        people = [f"account:{number}" for number in range(20)]
        sealed = seal(vault, *people)
        for person in people:
            assert process.ask("open", person, sealed[person]) == person
        for person in people[1:]:
            assert destroy(vault, [person]).keys == 1
            assert process.ask("open", person, sealed[person]) == "key-destroyed"
            assert process.ask("seal", person, "back") == "key-destroyed"
            ended(vault, person, sealed[person])
        assert process.ask("open", people[0], sealed[people[0]]) == people[0]
        assert process.ask("destroy", [people[0]]) == 1
        ended(vault, people[0], sealed[people[0]])
    with installation.opened() as vault:
        ended(vault, people[3], sealed[people[3]])


def test_ten_thousand_people_unknown_people_and_twice(installation: Installation) -> None:
    people = [f"account:{number}" for number in range(10_000)]
    with installation.opened() as vault:
        keys = vault.load([*people, "account:stays"])
        sealed = seal(vault, "account:9999", "account:stays")
        done = destroy(vault, (person for person in [*people, "account:nobody", "account:0"]))
        assert (done.people, done.keys, done.without, done.until) == (10_000, 10_000, 1, None)
        assert set(done.ids) == {keys[person].id for person in people}
        assert done.shredded is installation.embedded
        ended(vault, "account:9999", sealed["account:9999"])
        assert open_text(vault, "account:stays", sealed["account:stays"]) == "account:stays"
        again = destroy(vault, people)
        assert (again.people, again.keys, again.without, again.ids) == (0, 0, 10_000, ())
        assert destroy(vault, []).keys == 0
        assert destroy(vault, ["account:nobody"]).without == 1
        assert seal(vault, "account:nobody"), "of whom nothing was destroyed"
        assert read_keys(vault).destroyed == 10_000
    assert len(DestroyedFile(installation.home / "destroyed").entries()) == 10_000


def test_a_key_that_is_being_fetched_while_it_is_destroyed_is_not_kept(installation: Installation) -> None:
    """A thread stands between its SELECT and keeping the key."""
    with installation.opened() as vault, installation.opened() as other:
        sealed = seal(vault, "account:1", "account:2", "account:3", "account:4")
        fetches: dict[str, Callable[[], object]] = {
            "account:1": lambda: open_text(vault, "account:1", sealed["account:1"]),
            "account:2": lambda: seal(vault, "account:2"),
            "account:3": lambda: vault.warm(ids(sealed)),
        }
        for person, fetch in fetches.items():
            vault.cache.clear()
            said: list[object] = []
            fetched, go = Event(), Event()
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(vault, "people", Slow(vault, fetched, go))
                thread = Thread(target=lambda fetch=fetch, said=said: said.append(outcome(fetch)))
                thread.start()
                assert fetched.wait(20)
                destroy(other, [person])
                vault.look()
                go.set()
                thread.join(20)
            ended(vault, person, sealed[person])
            assert vault.cache.current(person) is None
            assert not said or isinstance(said[0], KeyDestroyed | None), "one who asked before it was over may have been told"
            assert open_text(vault, "account:4", sealed["account:4"]) == "account:4"


def ids(sealed: dict[str, str]) -> dict[bytes, str]:
    return {parse(from_text(value)).key_id: person for person, value in sealed.items()}


def outcome(do: Callable[[], object]) -> object:
    try:
        return do()
    except KeptError as error:
        return error


class Slow:
    """People's keys, found and then held back until it is said to go on."""

    def __init__(self, vault: Vault, fetched: Event, go: Event) -> None:
        """Wrap the real ones."""
        self._people, self._fetched, self._go = vault.people, fetched, go

    def __getattr__(self, name: str) -> object:
        """Wait behind whatever fetches keys."""
        real = getattr(self._people, name)
        if name not in ("find", "by_id"):
            return real

        def slow(*words: object) -> object:
            found = real(*words)
            self._fetched.set()
            assert self._go.wait(20)
            return found

        return slow


def test_a_key_that_is_being_fetched_while_it_is_rekeyed_seals_nothing(installation: Installation) -> None:
    with installation.opened() as vault, installation.opened() as other:
        sealed = seal(vault, "account:1")
        vault.cache.clear()
        said: list[object] = []
        fetched, go = Event(), Event()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(vault, "people", Slow(vault, fetched, go))
            thread = Thread(target=lambda: said.append(outcome(lambda: seal(vault, "account:1")["account:1"])))
            thread.start()
            assert fetched.wait(20)
            rekey(other, "account:1")
            vault.look()
            go.set()
            thread.join(20)
        end_rekey(other, "account:1")
        assert open_text(vault, "account:1", str(said[0])) == "account:1", "it was sealed under the new key"
        with pytest.raises(KeyDestroyed):
            open_text(vault, "account:1", sealed["account:1"])


# With a window.


def test_brought_back_while_the_window_is_open_and_not_afterwards(installation: Installation) -> None:
    with installation.opened() as vault, installation.process() as process:
        sealed = seal(vault, "account:1", "account:2")
        assert process.ask("open", "account:1", sealed["account:1"]) == "account:1"
        done = destroy(vault, ["account:1", "account:2"], window=WINDOW, provider="file")
        assert done.until is not None
        assert timedelta(days=14) < done.until - datetime.now(UTC) <= timedelta(days=15)
        assert done.until.timetz() == time(tzinfo=UTC), "windows end at midnight"
        ended(vault, "account:1", sealed["account:1"])
        assert process.ask("open", "account:1", sealed["account:1"]) == "key-destroyed"

        assert len(restore(vault, ["account:1", "account:1"])) == 1
        assert open_text(vault, "account:1", sealed["account:1"]) == "account:1"
        assert process.ask("open", "account:1", sealed["account:1"]) == "account:1"
        assert process.ask("seal", "account:1", "back").startswith("kept1:")
        with pytest.raises(Refused, match="no key of theirs"):
            restore(vault, ["account:1"])
        assert not close_windows(vault, datetime.now(UTC))

        over(installation)
        with pytest.raises(Refused, match="its window is closed"):
            restore(vault, ["account:2"])
        assert [kek.state for kek in ended_windows(vault, datetime.now(UTC))] == ["escrow"]
        assert len(installation.key_files) == 2
        assert close_windows(vault, datetime.now(UTC)) == 1
        assert close_windows(vault, datetime.now(UTC)) == 0
        assert states(installation) == ["active", "destroyed"]
        assert {path.stem for path in installation.key_files} == alive(installation)
        ended(vault, "account:2", sealed["account:2"])
        assert open_text(vault, "account:1", sealed["account:1"]) == "account:1"


def over(installation: Installation) -> None:
    """Let the time of every window pass."""
    with installation.database() as connection:
        connection.execute(sa.update(KEK).where(KEK.c.state == "escrow").values(until=datetime.now(UTC) - timedelta(seconds=1)))


def test_one_escrow_key_a_day_and_rotation_leaves_it_alone(installation: Installation) -> None:
    with installation.opened() as vault:
        sealed = seal(vault, "account:1", "account:2")
        destroy(vault, ["account:1"], window=WINDOW, provider="file")
        destroy(vault, ["account:2"], window=WINDOW, provider="file")
        assert states(installation) == ["active", "escrow"]
        rotate(vault, "file")
        assert len(restore(vault, ["account:1", "account:2", "account:nobody"])) == 2
        assert open_text(vault, "account:2", sealed["account:2"]) == "account:2"
        with installation.database() as connection:
            assert not connection.scalar(sa.select(sa.func.count()).select_from(ESCROW))
            assert set(connection.scalars(sa.select(KEY.c.kek))) == {3}


def test_destroyed_with_a_window_and_then_for_good(installation: Installation) -> None:
    with installation.opened() as vault:
        sealed = seal(vault, "account:1")
        destroy(vault, ["account:1"], window=WINDOW, provider="file")
        assert destroy(vault, ["account:1"]).keys == 0
        with pytest.raises(Refused, match="no key of theirs"):
            restore(vault, ["account:1"])
        ended(vault, "account:1", sealed["account:1"])


def test_whoever_was_let_in_anew_keeps_their_own_key(installation: Installation) -> None:
    with installation.opened() as vault:
        old = seal(vault, "account:1")["account:1"]
        with pytest.raises(Refused, match="no key of a person of that name was destroyed"):
            vault.readmit("account:1")
        destroy(vault, ["account:1"], window=WINDOW, provider="file")
        vault.readmit("account:1")
        with pytest.raises(Refused):
            vault.readmit("account:1")
        new = seal(vault, "account:1")["account:1"]
        assert open_text(vault, "account:1", new) == "account:1"
        with pytest.raises(KeyDestroyed):
            open_text(vault, "account:1", old)
        with pytest.raises(Refused, match="let in anew"):
            restore(vault, ["account:1"])
        assert open_text(vault, "account:1", new) == "account:1"
        assert len(list(vault.destroyed_ids())) == 1
        destroy(vault, ["account:1"])
        ended(vault, "account:1", new)
        vault.readmit("account:1")
        assert seal(vault, "account:1")


TRANSIT = "kept-01234567-0123456789abcdef"


def test_a_window_that_cannot_be_closed_does_not_keep_the_vault_shut(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = '\n[vault.providers.transit]\nurl = "http://127.0.0.1:1"\ntoken = "env:TOKEN"\n'
    monkeypatch.setenv("TOKEN", "not-a-token")
    installation = installed("sqlite", request, tmp_path / "privacy", monkeypatch, more=away)
    with installation.opened() as vault:
        sealed = seal(vault, "account:1", "account:2")
        destroy(vault, ["account:1"], window=WINDOW, provider="file")
    over(installation)
    with installation.database() as connection:
        connection.execute(sa.update(KEK).where(KEK.c.state == "escrow").values(provider="transit", reference=TRANSIT))
    status = Process(installation.folder.parent, "kept", 0, "vault", "status")
    assert status.hear()[0] == 0
    status.close()
    assert states(installation) == ["active", "escrow"]
    with installation.opened() as vault:
        with pytest.raises(ProviderUnreachable):
            close_windows(vault, datetime.now(UTC))
        assert open_text(vault, "account:2", sealed["account:2"]) == "account:2"


# What is left on the disk.


@pytest.fixture
def embedded(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    return installed("sqlite", request, tmp_path / "privacy", monkeypatch)


def left(installation: Installation, wrapped: Iterable[bytes]) -> int:
    """Return how many of these wrapped keys stand in any file of the vault, in the journal for instance."""
    files = [path.read_bytes() for path in installation.home.rglob("*") if path.is_file()]
    assert any(b"SQLite format 3" in raw[:20] for raw in files)
    return sum(any(one in raw for raw in files) for one in wrapped)


def wrapped_in(installation: Installation, table: sa.Table) -> dict[bytes, bytes]:
    with installation.database() as connection:
        return {row.tag: row.wrapped for row in connection.execute(sa.select(table.c.tag, table.c.wrapped))}


def test_not_a_byte_of_a_destroyed_key_is_left_in_the_files(embedded: Installation) -> None:
    people = [f"account:{number}" for number in range(300)]
    with embedded.opened() as vault, embedded.opened() as other:
        vault.load([*people, "account:stays"])
        other.load(people[:5])
        wrapped = wrapped_in(embedded, KEY)
        stays = wrapped.pop(vault.people.tag("account:stays"))
        assert left(embedded, [stays, *wrapped.values()]) == 301
        assert destroy(vault, people).shredded
        assert left(embedded, wrapped.values()) == 0
        assert left(embedded, [stays]) == 1
        rotate(vault, "file")
        assert left(embedded, [stays]) == 0, "as it was wrapped before the rotation"


def test_not_a_byte_of_an_escrowed_key_is_left_once_its_window_is_closed(embedded: Installation) -> None:
    with embedded.opened() as vault:
        seal(vault, "account:1", "account:2", "account:3")
        destroy(vault, ["account:1", "account:2", "account:3"], window=WINDOW, provider="file")
        wrapped = wrapped_in(embedded, ESCROW)
        assert left(embedded, wrapped.values()) == 3
        destroy(vault, ["account:1"])
        assert left(embedded, [wrapped[vault.people.tag("account:1")]]) == 0
        restore(vault, ["account:2"])
        over(embedded)
        close_windows(vault, datetime.now(UTC))
        assert left(embedded, wrapped.values()) == 0


def test_the_file_of_destroyed_keys_bears_with_crashes_and_other_accounts(tmp_path: Path) -> None:
    at = datetime(2026, 11, 26, 12, 0, 0, 123456, tzinfo=UTC)
    file, keys = DestroyedFile(tmp_path / "destroyed"), [bytes([number]) * 32 for number in range(6)]
    assert (file.count(), file.entries(), file.newest()) == (0, [], [])
    file.add(keys[:2], at)
    with file.path.open("ab") as out:
        out.write(b"ab" * 20)  # cut by a crash
    file.add(keys[2:4], at + timedelta(days=1))
    with file.path.open("ab") as out:
        out.write(b"\0" * 80 + b"\n")  # what a file system may leave
    file.add([keys[4]], at)
    file.forget([keys[0], keys[5]], at)
    file.add([], at)
    assert file.entries() == [(keys[1], at), *((key, at + timedelta(days=1)) for key in keys[2:4]), (keys[4], at)]
    assert file.path.stat().st_mode & 0o777 == 0o600
    DestroyedFile(tmp_path / "missing" / "destroyed").add(keys, at)
    DestroyedFile(tmp_path).add(keys, at)
    for number in range(600):
        file.add([number.to_bytes(32, "big")], at)
    assert [key for key, _ in file.newest()][-1] == (599).to_bytes(32, "big")
    assert len(file.newest()) in (499, 500)
    DestroyedFile(Path("/dev/full")).add(keys, at)  # the disk is full: the keys are destroyed all the same
