"""Rekeying: old values and new ones open until its end, old ones never after; where files are sealed too, it must be told."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from kept.base.errors import KeyDestroyed, KeysUnreachable, ProviderUnreachable, Refused
from kept.vault import Vault, destroy, restore
from kept.vault.destruction import end_rekey, rekey
from kept.vault.schema import KEY
from tests.vault.installations import KEYS, WINDOW, Death, Died, Installation, ended, installed, open_text, seal

ADA = "account:1"


@pytest.fixture(params=KEYS)
def installation(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    return installed(request.param, request, tmp_path / "privacy", monkeypatch)


def keys_of(vault: Vault, person: str) -> int:
    with vault.database.reading() as connection:
        return len(connection.execute(sa.select(KEY.c.id).where(KEY.c.tag == vault.people.tag(person))).all())


def test_old_and_new_open_until_the_end_and_the_old_never_after(installation: Installation) -> None:
    with installation.opened() as vault, installation.process() as process:
        old = seal(vault, ADA)[ADA]
        assert process.ask("open", ADA, old) == ADA
        first = vault.load_current(ADA)
        assert rekey(vault, ADA) == (first.id,)
        assert rekey(vault, ADA) == (first.id,), "begun is begun"
        new = seal(vault, ADA)[ADA]
        elsewhere = process.ask("seal", ADA, "new")
        assert new[:40] == elsewhere[:40] != old[:40], "the key's id stands in front"
        for value, text in ((old, ADA), (new, ADA), (elsewhere, "new")):
            assert open_text(vault, ADA, value) == text
            assert process.ask("open", ADA, value) == text
        assert not vault.open_key(first.id, ADA).current
        assert end_rekey(vault, ADA) == (first.id,)
        assert end_rekey(vault, ADA) == ()
        assert process.ask("open", ADA, old) == "key-destroyed"
        with pytest.raises(KeyDestroyed):
            open_text(vault, ADA, old)
        assert process.ask("open", ADA, new) == ADA
        assert open_text(vault, ADA, elsewhere) == "new"
        assert keys_of(vault, ADA) == 1
        assert list(vault.destroyed_ids()) == [first.id]


def test_nobody_to_rekey(installation: Installation) -> None:
    with installation.opened() as vault:
        with pytest.raises(Refused, match="nothing was ever sealed"):
            rekey(vault, ADA)
        seal(vault, ADA)
        destroy(vault, [ADA])
        with pytest.raises(Refused, match="or their key was destroyed"):
            rekey(vault, ADA)


def test_files_keep_the_old_key_until_it_is_said_that_they_are_done(installation: Installation) -> None:
    with installation.opened() as vault:
        files = vault.files("app.uploads.name")
        sealed = io.BytesIO()
        with files.writer(ADA, sealed) as writer:
            writer.write(b"a file")
        (old,) = rekey(vault, ADA)
        with pytest.raises(Refused, match="files were sealed under the key") as caught:
            end_rekey(vault, ADA)
        assert "--files-done" in caught.value.todo
        sealed.seek(0)
        assert files.reader(ADA, sealed).read() == b"a file"
        assert end_rekey(vault, ADA, files_done=True) == (old,)
        sealed.seek(0)
        with pytest.raises(KeyDestroyed):
            files.reader(ADA, sealed)


def test_a_destroyed_person_takes_both_keys_along_and_back(installation: Installation) -> None:
    with installation.opened() as vault:
        old = seal(vault, ADA)[ADA]
        rekey(vault, ADA)
        new = seal(vault, ADA)[ADA]
        done = destroy(vault, [ADA], window=WINDOW, provider="file")
        assert (done.people, done.keys) == (1, 2)
        for value in (old, new):
            ended(vault, ADA, value)
        assert len(restore(vault, [ADA])) == 2
        assert open_text(vault, ADA, old) == open_text(vault, ADA, new) == ADA
        end_rekey(vault, ADA)
        assert open_text(vault, ADA, new) == ADA


def test_without_the_provider_the_old_key_stays_and_the_next_value_makes_the_new_one(installation: Installation) -> None:
    with installation.opened() as vault:
        sealed = seal(vault, ADA)[ADA]

        def refuse(*_: object) -> None:
            raise sa.exc.OperationalError("", {}, Exception("could not connect"))

        engine = vault.database._engine
        sa.event.listen(engine, "before_cursor_execute", only("INSERT INTO kept_key", refuse))
        with pytest.raises(KeysUnreachable) as caught:
            rekey(vault, ADA)
        assert caught.value.changed == "the old key stays readable, and the next value makes the new one"
        assert open_text(vault, ADA, sealed) == ADA
    with installation.opened() as vault:
        new = seal(vault, ADA)[ADA]
        assert len(rekey(vault, ADA)) == 1
        end_rekey(vault, ADA)
        assert open_text(vault, ADA, new) == ADA


def only(statement: str, do: Callable[[], None]) -> Callable[..., None]:
    """Do something before a statement that begins so."""
    return lambda *words: do() if str(words[2]).startswith(statement) else None


@pytest.mark.parametrize("once", [True, False], ids=["fails", "dies"])
def test_it_dies_at_every_call_and_is_finished_by_running_it_again(installation: Installation, once: bool) -> None:
    with installation.opened() as vault:
        sealed = seal(vault, ADA)[ADA]
        death = Death().watch(vault)
        rekey(vault, ADA)
        end_rekey(vault, ADA)
        sealed = seal(vault, ADA)[ADA]
    assert death.moments > 15
    for at in range(1, death.moments + 1, (1 if installation.embedded else 3) + once):
        with installation.opened() as vault:
            Death(at, once=once).watch(vault)
            try:
                rekey(vault, ADA)
                end_rekey(vault, ADA)
            except (Died, KeysUnreachable, ProviderUnreachable):
                pass
        with installation.opened() as vault:
            half_way = seal(vault, ADA)[ADA]
            assert open_text(vault, ADA, half_way) == ADA
            rekey(vault, ADA)
            assert open_text(vault, ADA, half_way) == ADA
            before, sealed = sealed, seal(vault, ADA)[ADA]
            end_rekey(vault, ADA)
            assert open_text(vault, ADA, sealed) == ADA
            with pytest.raises(KeyDestroyed):
                open_text(vault, ADA, before)
            assert keys_of(vault, ADA) == 1
