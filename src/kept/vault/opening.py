"""Opening the vault of a privacy folder, and making one."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from kept.base.changes import VAULT as STORE
from kept.base.errors import KeysUnreachable, Refused
from kept.policy.load import load_settings
from kept.policy.settings import Settings

from . import founding
from .database import KeysDatabase, url_of
from .destruction import replay
from .hygiene import forbid_core_dumps
from .providers.provider import Provider
from .providers.registry import connect
from .ring import Ring
from .vault import USED, Vault

__all__ = ["keys_url", "make_vault", "open_vault", "vault_exists"]


def open_vault(folder: Path | str) -> Vault:
    """Return the vault of a privacy folder, as its kept.toml describes it.

    Keys that are on this machine's list of destroyed keys and came back with a restored backup are destroyed again before anything
    can be opened. Raises PolicyErrors, Refused where there is no vault, KeysUnreachable, ProviderUnreachable.
    """
    path = Path(folder)
    settings = load_settings(path)
    if not settings.vault.core_dumps:
        forbid_core_dumps()
    database = _database(path, settings)
    try:
        _refuse_lost(path, database)
        vault = Vault(
            database=database, connect=partial(_provider, path, settings), folder=_home(path), cached=settings.vault.cache
        )
        if vault.unlisted(vault.destroyed.newest()) or vault.destroyed.count() > vault.events():
            replay(vault, vault.destroyed.entries())
    except BaseException:
        database.close()
        raise
    return vault


def make_vault(folder: Path | str) -> bool:
    """Make the vault that kept.toml describes; return False where there is one. Raises as `open_vault` does."""
    path = Path(folder)
    settings = load_settings(path)
    database = _database(path, settings)
    _refuse_lost(path, database)
    _home(path).mkdir(mode=0o700, parents=True, exist_ok=True)
    ring = Ring(database, partial(_provider, path, settings))
    try:
        return founding.found(ring, settings.vault.provider)
    finally:
        ring.close()
        ring.database.close()


def vault_exists(folder: Path | str) -> bool:
    """Return whether the privacy folder has a vault. Raises KeysUnreachable where that cannot be told."""
    path = Path(folder)
    database = _database(path, load_settings(path))
    try:
        return database.exists()
    finally:
        database.close()


def keys_url(folder: Path, settings: Settings) -> str:
    """Return where the keys database is. Raises Refused when the variable that should say so is not set."""
    if settings.vault.keys is None:
        return f"sqlite:///{_home(folder) / 'keys.sqlite3'}"
    found = os.environ.get(settings.vault.keys.variable)
    if not found:
        variable = settings.vault.keys.variable
        raise Refused(
            f"the environment variable {variable}, which [vault] keys names, is not set", todo=f"Set {variable} to the URL."
        )
    return found


def _database(folder: Path, settings: Settings) -> KeysDatabase:
    return KeysDatabase(url_of(keys_url(folder, settings)))


def _refuse_lost(folder: Path, database: KeysDatabase) -> None:
    """Raise KeysUnreachable where a vault was used and its keys database is gone: a new one in its place would open nothing."""
    if not database.there() and (_home(folder) / USED).exists():
        raise KeysUnreachable(
            f"the keys database {database.path} is missing, and there was one",
            store=STORE,
            todo=f"Restore it from its backup. If nothing sealed is left anywhere, remove {_home(folder)} and make a new vault.",
        )


def _home(folder: Path) -> Path:
    return folder.resolve() / ".kept" / "vault"


def _provider(folder: Path, settings: Settings, name: str) -> Provider:
    return connect(name, settings.vault.providers.get(name, {}), _home(folder))
