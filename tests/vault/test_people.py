"""People's keys: one each, however many make it at once; in memory no more than was said; none without the provider."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Barrier

import pytest
import sqlalchemy as sa

from kept.base.errors import KeyDestroyed, KeysUnreachable, ProviderUnreachable, SealBroken, StrangeKey, WrongPassphrase
from kept.vault import Vault, destroy
from kept.vault.cache import KeyCache
from kept.vault.keys import PersonKey
from kept.vault.schema import KEY
from kept.vault.secret import Secret
from tests.vault.installations import KEYS, PLACE, Death, Installation, installed


@pytest.fixture(params=KEYS)
def installation(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    return installed(request.param, request, tmp_path / "privacy", monkeypatch)


def counted(installation: Installation) -> int:
    with installation.database() as connection:
        return int(connection.scalar(sa.select(sa.func.count()).select_from(KEY)) or 0)


def test_many_processes_at_once_make_one_key_a_person(installation: Installation) -> None:
    people = [f"account:{number}" for number in range(300)]
    with ExitStack() as stack:
        started = [installation.process() for _ in range(3)]
        processes = [stack.enter_context(process) for process in started]
        start = time.time() + 0.1
        for number, process in enumerate(processes):
            process.tell("seal_all", random.Random(number).sample(people, len(people)), start)
        sealed = [process.hear() for process in processes]
    assert counted(installation) == len(people)
    with installation.opened() as vault:
        field = vault.field(PLACE)
        for values in sealed:
            assert all(field.open_text(person, values[person]) == person for person in people)


def test_more_threads_than_connections_make_one_key_a_person(installation: Installation) -> None:
    people = [f"account:{number}" for number in range(40)]
    together = Barrier(40)
    with installation.opened() as vault, installation.opened() as other:

        def seal(number: int) -> list[tuple[str, str]]:
            field = (vault if number % 2 else other).field(PLACE)
            mine = random.Random(number).sample(people, len(people))
            together.wait()
            return [(person, field.seal_text(person, person)) for person in mine]

        with ThreadPoolExecutor(40) as pool:
            sealed = [pair for some in pool.map(seal, range(40)) for pair in some]
        assert counted(installation) == len(people)
        assert all(other.field(PLACE).open_text(person, value) == person for person, value in sealed)


def test_twenty_thousand_people_at_once(installation: Installation) -> None:
    people = [f"account:{number}" for number in range(20_000 if installation.embedded else 4_000)]
    with installation.opened() as vault:
        vault.cache.most = 1_000
        keys = vault.load(people)
        assert [keys[person].subject for person in people] == people
        assert len({key.id for key in keys.values()}) == counted(installation) == len(people)
        assert len(vault.cache) == 1_000
        assert all(key.id == keys[person].id for person, key in vault.load(people[::40]).items())


@contextmanager
def caching(installation: Installation, most: int) -> Iterator[Vault]:
    """Lend the vault with a cache of that size, as kept.toml would have it."""
    path = installation.folder / "kept.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("[vault]", f"[vault]\ncache = {most}"), encoding="utf-8")
    with installation.opened() as vault:
        yield vault


@pytest.mark.parametrize("most", [0, 1, 7])
def test_a_cache_smaller_than_the_batch(vault: Vault, privacy: Path, most: int) -> None:
    with caching(Installation(folder=privacy, url="sqlite://"), most) as small:
        field = small.field(PLACE)
        people = [f"account:{number}" for number in range(60)]
        assert list(small.load(people)) == people
        sealed = {person: field.seal_text(person, person) for person in people}
        assert all(field.open_text(person, value) == person for person, value in sealed.items())
        assert len(small.cache) == max(1, most)
        assert len(small.cache._by_subject) <= max(1, most), "keys are held by person as well"
    assert repr(small) == "Vault(0 keys in memory)"


def key_of(person: str) -> PersonKey:
    return PersonKey(Secret.random(), person)


def test_the_key_that_was_used_longest_ago_goes_first() -> None:
    cache = KeyCache(3)
    keys = [key_of(f"account:{number}") for number in range(4)]
    for key in keys[:3]:
        cache.put(key, current=True)
    assert cache.known(keys[0].head) is keys[0]
    cache.put(keys[3], current=True)
    assert cache.current("account:1") is None
    assert cache.known(keys[1].head) is None
    assert [cache.current(f"account:{number}") for number in (0, 2, 3)] == [keys[0], keys[2], keys[3]]


def test_a_replaced_key_leaves_and_its_successor_stays() -> None:
    cache = KeyCache(5)
    old, new = key_of("account:1"), key_of("account:1")
    cache.put(old, current=True)
    cache.put(new, current=True)
    cache.drop([old.id])
    assert cache.current("account:1") is new
    assert cache.known(old.head) is None
    cache.drop([new.id, old.id])
    assert cache.current("account:1") is None
    assert len(cache) == 0


MEMORY = """
import os
from kept.vault.keys import PersonKey
from kept.vault.secret import Secret
def used():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
before = used()
keys = [PersonKey(Secret.random(), f"account:{number}") for number in range(10_000)]
print((used() - before) // len(keys))
"""


def test_a_key_takes_about_three_kilobytes() -> None:
    if not Path("/proc/self/statm").exists():
        return  # only Linux says so cheaply, and only there is it said
    ran = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    assert 1_000 < int(ran.stdout) < 4_000


def test_nobody_gets_a_key_where_one_of_them_was_destroyed(installation: Installation) -> None:
    with installation.opened() as vault:
        vault.load(["account:1"])
        destroy(vault, ["account:1"])
        with pytest.raises(KeyDestroyed, match="a person whose key was destroyed"):
            vault.load(["account:2", "account:1"])
        with pytest.raises(KeyDestroyed):
            vault.field(PLACE).seal_text("account:1", "back")
    assert counted(installation) == 0


# What somebody with rights on the keys database, and none on the key-encryption key, can do.


def test_a_wrapped_key_copied_between_people_opens_nothing(installation: Installation) -> None:
    with installation.opened() as vault:
        field = vault.field(PLACE)
        sealed = {person: field.seal_text(person, person) for person in ("account:1", "account:2")}
        tags = {person: vault.people.tag(person) for person in sealed}
    with installation.database() as connection:
        wrapped = connection.scalar(sa.select(KEY.c.wrapped).where(KEY.c.tag == tags["account:2"]))
        connection.execute(sa.update(KEY).where(KEY.c.tag == tags["account:1"]).values(wrapped=wrapped))
    with installation.opened() as vault:
        with pytest.raises(StrangeKey):
            vault.field(PLACE).open_text("account:1", sealed["account:1"])
        with pytest.raises(StrangeKey):
            vault.field(PLACE).seal_text("account:1", "under the other's key")
        assert vault.field(PLACE).open_text("account:2", sealed["account:2"]) == "account:2"


def test_a_row_given_to_another_person_opens_nothing(installation: Installation) -> None:
    with installation.opened() as vault:
        sealed = vault.field(PLACE).seal_text("account:1", "ada")
        tags = [vault.people.tag(person) for person in ("account:1", "account:2")]
    with installation.database() as connection:
        connection.execute(sa.update(KEY).where(KEY.c.tag == tags[0]).values(tag=tags[1]))
    with installation.opened() as vault:
        with pytest.raises(StrangeKey):
            vault.field(PLACE).open_text("account:2", sealed)
        with pytest.raises(StrangeKey):
            vault.field(PLACE).seal_text("account:2", "under a stolen key")
        with pytest.raises(SealBroken):
            vault.field(PLACE).open_text("account:1", sealed)


def test_a_value_moved_to_another_person_does_not_open_cached_or_not(installation: Installation) -> None:
    with installation.opened() as vault:
        sealed = vault.field(PLACE).seal_text("account:1", "ada")
        vault.load(["account:2"])
        for _ in range(2):
            with pytest.raises(SealBroken, match="another person"):
                vault.field(PLACE).open_text("account:2", sealed)
            vault.cache.clear()


# The provider is down.


@contextmanager
def without_its_key_file(installation: Installation, vault: Vault) -> Iterator[None]:
    """Take the key file away, and from the memory of the provider too: a key service that does not answer."""
    (file,) = installation.key_files
    away = file.rename(installation.folder / "away")
    vault.ring.provider("file").close()
    yield
    away.rename(file)


def test_without_the_provider_cached_keys_go_on_and_new_people_wait(installation: Installation) -> None:
    with installation.opened() as vault:
        field = vault.field(PLACE)
        cached, uncached = field.seal_text("account:1", "ada"), field.seal_text("account:2", "bob")
        vault.cache.drop([vault.load_current("account:2").id])
        with without_its_key_file(installation, vault):
            assert field.open_text("account:1", cached) == "ada"
            assert field.open_text("account:1", field.seal_text("account:1", "anew")) == "anew"
            for person in ("account:2", "account:3"):
                with pytest.raises(ProviderUnreachable, match="nothing was changed"):
                    field.seal_text(person, "waits")
            with pytest.raises(ProviderUnreachable):
                field.open_text("account:2", uncached)
            with pytest.raises(ProviderUnreachable):
                installation.open()
            assert counted(installation) == 2
        assert field.open_text("account:2", uncached) == "bob"
        assert field.open_text("account:3", field.seal_text("account:3", "now")) == "now"


def test_a_wrong_passphrase_opens_no_vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.setenv("PASSPHRASE", "right")
    options = '\n[vault.providers.file]\npassphrase = "env:PASSPHRASE"\n'
    installation = installed("sqlite", request, tmp_path / "privacy", monkeypatch, more=options)
    with installation.opened() as vault:
        sealed = vault.field(PLACE).seal_text("account:1", "ada")
        monkeypatch.setenv("PASSPHRASE", "wrong")
        with pytest.raises(WrongPassphrase, match="nothing was changed"):
            installation.open()
        assert vault.field(PLACE).open_text("account:1", sealed) == "ada", "whoever has it open goes on"
    monkeypatch.delenv("PASSPHRASE")
    with pytest.raises(Exception, match="PASSPHRASE"):
        installation.open()


def test_whatever_fails_while_a_key_is_made_no_value_is_lost(installation: Installation) -> None:
    with installation.opened() as vault:
        counting = Death().watch(vault)
        vault.field(PLACE).seal_text("account:0", "counts")
    assert counting.moments > 10
    failed = 0
    with installation.opened() as other:
        for at in range(1, counting.moments + 1):
            person = f"account:{at}"
            with installation.opened() as vault:
                Death(at, once=True).watch(vault)
                field = vault.field(PLACE)
                try:
                    sealed = field.seal_text(person, "goes on")  # what failed was only how a connection was given back
                except (KeysUnreachable, ProviderUnreachable):
                    failed += 1
                    assert vault.cache.current(person) is None, "a key that may not be stored must not seal"
                    sealed = field.seal_text(person, "goes on")
            assert other.field(PLACE).open_text(person, sealed) == "goes on"
    assert failed > 6
