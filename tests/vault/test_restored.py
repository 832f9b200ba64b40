"""A keys database, or the vault's whole folder, is restored from a backup: nobody who was destroyed is back."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from kept.base.errors import KeyDestroyed, UnknownKey
from kept.vault import destroy, restore
from kept.vault.destruction import replay
from tests.company import KEPT
from tests.vault.installations import KEYS, WINDOW, Installation, ended, installed, open_text, seal
from tests.warm import run


@pytest.fixture(params=KEYS)
def installation(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    return installed(request.param, request, tmp_path / "privacy", monkeypatch)


def test_a_restored_keys_database_brings_nobody_back(installation: Installation) -> None:
    with installation.opened() as vault:
        sealed = seal(vault, "account:1", "account:2", "account:3")
        backup = installation.backup()
        late = seal(vault, "account:4")
        destroy(vault, ["account:1", "account:4"])
        destroy(vault, ["account:2"], window=WINDOW, provider="file")
        restore(vault, ["account:2"])
    installation.restore(backup)
    with installation.opened() as vault:
        ended(vault, "account:1", sealed["account:1"])
        with pytest.raises(KeyDestroyed):
            open_text(vault, "account:4", late["account:4"])
        assert open_text(vault, "account:2", sealed["account:2"]) == "account:2", "who was brought back stays"
        assert open_text(vault, "account:3", sealed["account:3"]) == "account:3"
        assert sorted(vault.destroyed_ids()) == sorted(key for key, _ in vault.destroyed.entries())
        before = vault.events()
    with installation.opened() as vault:
        assert vault.events() == before, "opening again does nothing"


def test_a_backup_from_between_an_undone_destruction_and_the_next(installation: Installation) -> None:
    with installation.opened() as vault:
        sealed = seal(vault, "account:1", "account:2")
        destroy(vault, ["account:1", "account:2"], window=WINDOW, provider="file")
        restore(vault, ["account:1", "account:2"])
        backup = installation.backup()
        destroy(vault, ["account:1"])
        known = vault.destroyed.entries()
    installation.restore(backup)
    with installation.opened() as vault:
        ended(vault, "account:1", sealed["account:1"])
        assert open_text(vault, "account:2", sealed["account:2"]) == "account:2"
    (installation.home / "destroyed").unlink()
    installation.restore(backup)
    with installation.opened() as vault:
        assert open_text(vault, "account:1", sealed["account:1"]) == "account:1", "nobody remembers"
        assert len(replay(vault, known)) == 1
        ended(vault, "account:1", sealed["account:1"])


def test_a_backup_that_lists_as_many_destroyed_keys_as_the_file(installation: Installation) -> None:
    """Other machines destroy too, and their lines stand in files of their own."""
    with installation.opened() as vault:
        sealed = seal(vault, "account:1", "account:2")
        file = installation.home / "destroyed"
        destroy(vault, ["account:2"])
        file.unlink()
        backup = installation.backup()
        destroy(vault, ["account:1"])
    installation.restore(backup)
    with installation.opened() as vault:
        assert vault.events() == 2
        ended(vault, "account:1", sealed["account:1"])


def test_a_program_that_runs_while_a_backup_is_restored_forgets_everything(installation: Installation) -> None:
    with installation.opened() as vault, installation.opened() as other:
        sealed = seal(vault, *(f"account:{number}" for number in range(9)))
        backup = installation.backup()
        destroy(vault, ["account:0", "account:1", "account:2"])
        vault.look()
        late = seal(vault, "account:late")["account:late"]
        installation.restore(backup)
        assert destroy(other, ["account:5", "account:0", "account:6", "account:7"]).keys == 4
        for number in (0, 5, 6, 7):
            ended(vault, f"account:{number}", sealed[f"account:{number}"])
        with pytest.raises(UnknownKey):
            open_text(vault, "account:late", late)
        assert open_text(vault, "account:8", sealed["account:8"]) == "account:8"


def kept(installation: Installation, *words: str) -> str:
    """Run a command as a person would, beside the privacy folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KEPT_")} | {"KEPT_ACTOR": "test"}
    ran = run([*KEPT, *words], cwd=installation.folder.parent, env=environment)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def entries(installation: Installation) -> list[dict[str, Any]]:
    """Return what the ledger says about the vault, once it was verified."""
    export = installation.folder.parent / "ledger"
    kept(installation, "ledger", "export", str(export))
    kept(installation, "verify", str(export))
    found: list[dict[str, Any]] = []
    for bundle in sorted(path for path in (export / "tile" / "entries").rglob("*") if path.is_file()):
        raw = bundle.read_bytes()
        while raw:
            size = int.from_bytes(raw[:2])
            found.append(json.loads(raw[2 : 2 + size]))
            raw = raw[2 + size :]
    return [{"kind": entry["kind"], **entry["facts"]} for entry in found if entry["kind"].startswith("vault.")]


def test_kepts_own_record_destroys_again_what_came_back_with_the_whole_folder(installation: Installation) -> None:
    with installation.opened() as vault:
        sealed = seal(vault, "account:1", "account:2")
    aside, rows = installation.folder.parent / "aside", installation.backup()
    shutil.copytree(installation.home, aside)
    with installation.opened() as vault:
        destroy(vault, ["account:1"])
    assert "1 keys were destroyed" in kept(installation, "vault", "status")
    shutil.rmtree(installation.home)
    shutil.copytree(aside, installation.home)
    installation.restore(rows)
    with installation.opened() as vault:
        assert open_text(vault, "account:1", sealed["account:1"]) == "account:1", "the folder does not remember"
        assert "1 keys were destroyed" in kept(installation, "vault", "status")
        ended(vault, "account:1", sealed["account:1"])
        assert open_text(vault, "account:2", sealed["account:2"]) == "account:2"
    kept(installation, "vault", "status")
    said = [(entry["why"], entry["keys"], entry["new"]) for entry in entries(installation)]
    assert said == [("seen", 1, 1), ("restored-backup", 1, 0)]
