"""Two machines on one keys database: what one destroys, the other has forgotten within a second, in whatever order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event

import pytest
import sqlalchemy as sa

from kept.base.errors import KeyDestroyed, KeysUnreachable
from kept.vault import Vault, destroy, restore, rotation
from kept.vault.destruction import end_rekey, rekey, replay
from kept.vault.rotation import begin, rotate
from kept.vault.schema import KEY
from tests.stalls import stalls
from tests.vault.installations import WINDOW, Installation, Process, ended, installed, open_text, seal

pytestmark = pytest.mark.service
SECOND = 1.0


@pytest.fixture
def here(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    return installed("postgres", request, tmp_path / "here", monkeypatch)


@pytest.fixture
def there(here: Installation, tmp_path: Path) -> Installation:
    return here.elsewhere(tmp_path / "there")


def until(done: Callable[[], bool]) -> float:
    """Ask until it is so; return how many seconds before the deciding question that was, without those in which nobody got on."""
    with stalls() as stalled:
        began = time.monotonic()
        while True:
            asked = time.monotonic() - stalled.seconds
            if done():
                return asked - began
            assert asked - began < 10 * SECOND


def test_a_process_elsewhere_has_forgotten_within_a_second(here: Installation, there: Installation) -> None:
    with here.opened() as vault, there.process() as process:
        people = [f"account:{number}" for number in range(3)]
        sealed = seal(vault, *people)
        for person in people:
            assert process.ask("open", person, sealed[person]) == person
        assert not (there.home / "destroyed").exists()
        for person in people:
            destroy(vault, [person])
            assert until(partial(told, process, person, sealed[person])) < SECOND
            assert process.ask("seal", person, "back") == "key-destroyed"


def told(process: Process, person: str, sealed: str) -> bool:
    return bool(process.ask("open", person, sealed) == "key-destroyed")


def test_and_the_other_way_round_with_a_window(here: Installation, there: Installation) -> None:
    with here.opened() as vault, there.opened() as other:
        sealed = seal(vault, "account:1")
        assert open_text(other, "account:1", sealed["account:1"]) == "account:1"
        destroy(other, ["account:1"], window=WINDOW, provider="file")
        assert until(lambda: gone(vault, "account:1", sealed["account:1"])) < SECOND
        restore(vault, ["account:1"])
        assert open_text(other, "account:1", sealed["account:1"]) == "account:1"
    with there.opened() as other:  # whose file of destroyed keys still has it
        assert len(other.destroyed.entries()) == 1
        assert open_text(other, "account:1", sealed["account:1"]) == "account:1"


def gone(vault: Vault, person: str, sealed: str) -> bool:
    try:
        open_text(vault, person, sealed)
    except KeyDestroyed:
        return True
    return False


def test_both_make_the_same_peoples_keys(here: Installation, there: Installation) -> None:
    people = [f"account:{number}" for number in range(400)]
    with here.opened() as vault, there.opened() as other, ThreadPoolExecutor(2) as pool:
        first = pool.submit(vault.load, people)
        second = pool.submit(other.load, people[::-1])
        assert all(first.result()[person].id == second.result()[person].id for person in people)


@contextmanager
def paused_before(vault: Vault, statement: str) -> Iterator[tuple[Event, Event]]:
    """Hold a vault's next such statement back; yield when it was reached, and how to let it go on."""
    reached, go = Event(), Event()

    def hold(_: object, __: object, text: str, *___: object) -> None:
        if text.startswith(statement) and not reached.is_set():
            reached.set()
            assert go.wait(20)

    sa.event.listen(vault.database._engine, "before_cursor_execute", hold)
    yield reached, go
    go.set()


def test_a_destruction_that_is_slow_to_commit_is_not_passed_over(here: Installation, there: Installation) -> None:
    """On a server, events get their numbers when they are written and appear when they are committed."""
    with here.opened() as slow, here.opened() as quick, there.opened() as other, ThreadPoolExecutor(2) as pool:
        sealed = seal(quick, "account:1", "account:2")
        for person, value in sealed.items():
            assert open_text(other, person, value) == person
        with paused_before(slow, "COMMIT") as (reached, go):
            first = pool.submit(destroy, slow, ["account:1"])
            assert reached.wait(20)
            second = pool.submit(destroy, quick, ["account:2"])
            time.sleep(0.7)
            other.catch_up()
            go.set()
            assert first.result(20).keys == second.result(20).keys == 1
        for vault in (slow, quick, other):
            for person, value in sealed.items():
                assert until(partial(gone, vault, person, value)) < SECOND


def test_nobody_makes_a_new_key_for_who_is_being_destroyed(here: Installation, there: Installation) -> None:
    """A person who is being rekeyed has no current key for a moment, in which both could happen at once."""
    with here.opened() as vault, there.opened() as other, ThreadPoolExecutor(2) as pool:
        sealed = seal(vault, "account:1")
        with here.database() as connection:
            connection.execute(sa.update(KEY).values(current=False))
        with paused_before(other, "INSERT INTO kept_key") as (reached, go):
            made = pool.submit(other.load, ["account:1"])
            assert reached.wait(20)
            destroyed = pool.submit(destroy, vault, ["account:1"])
            time.sleep(0.3)
            go.set()
            assert destroyed.result(20).people == 1
            made.result(20)
        with here.database() as connection:
            assert not connection.scalar(sa.select(sa.func.count()).select_from(KEY)), "the new key was destroyed with the old"
        assert until(lambda: gone(other, "account:1", sealed["account:1"])) < SECOND
        ended(vault, "account:1", sealed["account:1"])


def test_whatever_changes_keys_waits_for_keys_that_are_being_made(
    here: Installation, there: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kept.vault.database.WAIT_SECONDS", 0.2)
    with here.opened() as vault, there.opened() as other:
        keys = vault.load([f"account:{number}" for number in range(1, 7)])
        destroy(vault, ["account:2", "account:4"], window=WINDOW, provider="file")
        rekey(vault, "account:3")
        begin(vault, "file")
        with vault.database.reading() as connection:
            old, _, new = vault.ring.keks(connection)
        forgotten = [(keys["account:6"].id, datetime.now(UTC))]
        changes: list[Callable[[], object]] = [
            lambda: destroy(vault, ["account:1"]),
            lambda: restore(vault, ["account:2"]),
            lambda: rekey(vault, "account:5"),
            lambda: end_rekey(vault, "account:3"),
            lambda: vault.readmit("account:4"),
            lambda: replay(vault, forgotten),
            lambda: begin(vault, "file"),
            lambda: rotation._rewrap_secrets(vault, old, new),
            lambda: next(rotation._rewrap_people(vault, old, new)),
        ]
        for change in changes:
            with other.database.writing(), pytest.raises(KeysUnreachable, match="was busy for too long"):
                change()
        assert len(here.key_files) == 3, "the key of the rotation that could not begin is gone"
        for change in changes:
            change()


def test_destroying_and_rotating_do_not_stand_in_each_others_way(here: Installation, there: Installation) -> None:
    people = [f"account:{number}" for number in range(1_500)]
    with here.opened() as vault, there.opened() as other, ThreadPoolExecutor(2) as pool:
        vault.load([*people, "account:stays"])
        sealed = seal(vault, "account:stays", "account:0")
        rotating = pool.submit(lambda: [rotate(other, "file") for _ in range(3)])
        destroyed = sum(destroy(vault, people[at : at + 300]).keys for at in range(0, 1_500, 300))
        assert destroyed == 1_500
        assert len(rotating.result()) == 3
        assert open_text(other, "account:stays", sealed["account:stays"]) == "account:stays"
        ended(vault, "account:0", sealed["account:0"])


def test_a_rekeyed_persons_new_values_are_under_the_new_key_everywhere_within_a_second(
    here: Installation, there: Installation
) -> None:
    with here.opened() as vault, there.opened() as other:
        seal(other, "account:1")
        old = other.load_current("account:1")
        (replaced,) = rekey(vault, "account:1")
        assert replaced == old.id

        def under_the_new_one() -> bool:
            return seal(other, "account:1")["account:1"] != "" and other.load_current("account:1").id != old.id

        assert until(under_the_new_one) < SECOND
        sealed = seal(other, "account:1")
        end_rekey(vault, "account:1")
        time.sleep(SECOND)
        assert open_text(other, "account:1", sealed["account:1"]) == "account:1"
