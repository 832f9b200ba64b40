"""Whether the keys live apart from what they protect: tried, as far as trying is possible, and not taken from a document.

Four things are looked at. The keys database is not one of the company's stores. Neither it nor the key files lie in a folder that a
store's backups take along. On disk, nobody but their owner may use them. On a server, each store's own account is used to read the
keys, and must be refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from kept.base.questions import KeysApart

from .database import DRIVERS
from .providers.file import FileProvider
from .ring import DESTROYED
from .vault import Vault

__all__ = ["probe"]

CONNECT_SECONDS = 5
SAME_PLACE = ("localhost", "127.0.0.1", "::1", "")
DEFAULT_PORT = 5432
WHERE = sa.text(
    "SELECT nspname FROM pg_namespace JOIN pg_class ON relnamespace = pg_namespace.oid WHERE pg_class.oid = 'kept_key'::regclass"
)


def probe(vault: Vault, stores: Mapping[str, str], backups: Mapping[str, Sequence[str]]) -> KeysApart:
    """Return what was tried and what is wrong.

    `stores` are the stores' URLs, `backups` the folders that each one's backups take along.
    """
    tried: list[str] = []
    faults = vault.database.faults()
    unseen = [f"the address of the store {name} is not known" for name in backups if name not in stores]
    urls = {name: sa.make_url(url) for name, url in stores.items()}
    for name, url in urls.items():
        if _place(url) == _place(vault.database.url):
            faults.append(f"the keys stand in the store {name} itself")
    tried.append(f"{len(urls)} stores are other databases than the keys")
    _backups(vault, urls, backups, tried, faults, unseen)
    if vault.database.embedded:
        tried.append("the keys database and its folder may be used by their owner alone")
    else:
        _accounts(vault, urls, tried, faults, unseen)
    return KeysApart(tried=tuple(tried), faults=tuple(faults), unseen=tuple(unseen))


def _place(url: sa.URL) -> tuple[object, ...]:
    kind = url.get_backend_name()
    if kind == "sqlite":
        return kind, str(Path(str(url.database)).resolve())
    host = "localhost" if (url.host or "") in SAME_PLACE else url.host
    return kind, host, url.port or DEFAULT_PORT, url.database


def _backups(
    vault: Vault,
    urls: Mapping[str, sa.URL],
    backups: Mapping[str, Sequence[str]],
    tried: list[str],
    faults: list[str],
    unseen: list[str],
) -> None:
    """Look whether a backup of a store would take the keys along."""
    ours = [path.resolve() for path in (vault.database.path, vault.folder, *_key_folders(vault)) if path is not None]
    for name in urls:
        folders = backups.get(name, ())
        if not folders and vault.database.embedded:
            unseen.append(f"kept.toml does not say what the backups of {name} take along")
        for folder in folders:
            place = Path(folder).resolve()
            tried.append(f"no key lies in {place}, which the backups of {name} take along")
            faults += [
                f"the backups of {name} take the keys along: {path} lies in {place}" for path in ours if path.is_relative_to(place)
            ]


def _key_folders(vault: Vault) -> list[Path]:
    """Return the folders, beside the vault's own, in which key files lie."""
    with vault.database.reading() as connection:
        names = {kek.provider for kek in vault.ring.keks(connection) if kek.state != DESTROYED}
    providers = [vault.ring.provider(name) for name in sorted(names)]
    found = [provider.folder for provider in providers if isinstance(provider, FileProvider)]
    return [folder for folder in found if not folder.resolve().is_relative_to(vault.folder.resolve())]


def _accounts(vault: Vault, urls: Mapping[str, sa.URL], tried: list[str], faults: list[str], unseen: list[str]) -> None:
    """Try to read the keys as each store's account."""
    ours = vault.database.url
    with vault.database.reading() as connection:
        schema = str(connection.scalar(WHERE))  # an account that may not use the schema would be told that there is no such table
    wrapped = sa.select(sa.table("kept_key", sa.column("wrapped", sa.LargeBinary), schema=schema)).limit(1)
    for name, url in urls.items():
        if url.get_backend_name() != ours.get_backend_name():
            continue
        if (url.username, url.host) == (ours.username, ours.host):
            faults.append(f"the account of the store {name} is the one that reads the keys")
            continue
        match _can_read(ours.set(username=url.username, password=url.password), wrapped):
            case True:
                faults.append(f"the account of the store {name} can read the keys")
            case False:
                tried.append(f"the account of the store {name} was refused the keys")
            case None:
                unseen.append(f"whether the account of the store {name} can read the keys")


def _can_read(url: sa.URL, wrapped: sa.Select[Any]) -> bool | None:
    """Return whether an account can read people's wrapped keys; None when the server did not say."""
    engine = sa.create_engine(
        url.set(drivername=DRIVERS["postgresql"]),
        poolclass=sa.NullPool,
        hide_parameters=True,
        connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": "kept-vault-probe"},
    )
    try:
        with engine.connect() as connection:
            connection.execute(wrapped)
        return True
    except sa.exc.DBAPIError as error:
        said = str(error.orig).lower()
        refused = (
            "permission denied",
            "authentication failed",
            "no pg_hba.conf entry",
            "does not have connect privilege",
            "not permitted",
        )
        return False if any(sign in said for sign in refused) else None
    finally:
        engine.dispose()
