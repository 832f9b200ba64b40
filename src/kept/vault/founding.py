"""Making a vault, and finding the one that is there."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import NamedTuple

import sqlalchemy as sa

from kept.base.errors import ProviderUnreachable, Refused, StrangeKey, UnknownFormat

from .database import KeysDatabase
from .ring import ACTIVE, Kek, Ring, Wrapped, about_secret
from .schema import KEK, SECRET, VAULT
from .secret import Secret

__all__ = ["INDEX", "TAGS", "Found", "find", "found"]

FORMAT = 1
TAGS, INDEX = "tags", "index"


class Found(NamedTuple):
    """An installation: its number, the key for people's tags, and the key that blind indexes are derived from."""

    installation: str
    tags: Secret
    blind: Secret


def found(ring: Ring, provider: str) -> bool:
    """Make a vault in the keys database, its first key-encryption key with that provider; return False where there is one already.

    Raises ProviderUnreachable or KeysUnreachable; then there is no vault, and the call can be made again.
    """
    ring.database.make()
    if _installation(ring.database) is not None:
        return False
    installation = secrets.token_hex(16)
    holder = ring.provider(provider)
    reference = holder.make(installation)
    now, made = datetime.now(UTC), False
    try:
        kek = Kek(0, provider, reference, ACTIVE, now, None, None)
        names = (TAGS, INDEX)
        wrapped = ring.wrap(kek, [Secret.random() for _ in names], [about_secret(installation, name) for name in names])
        with ring.database.writing(alone=True) as connection:
            if connection.scalar(sa.select(VAULT.c.id)) is None:
                connection.execute(VAULT.insert().values(id=1, format=FORMAT, installation=installation, made_at=now))
                new = KEK.insert().values(provider=provider, reference=reference, state=ACTIVE, made_at=now).returning(KEK.c.id)
                number = connection.execute(new).scalar_one()
                rows = [{"name": name, "kek": number, "wrapped": one} for name, one in zip(names, wrapped, strict=True)]
                connection.execute(SECRET.insert(), rows)
                made = True
    finally:
        if not made:  # another process was faster, or the database refused: nothing is under the key that was just made
            holder.destroy(reference)
    return made


def find(ring: Ring) -> Found:
    """Return the installation in the keys database. Raises Refused where there is none, UnknownFormat for a newer one."""
    installation = _installation(ring.database)
    if installation is None:
        raise Refused("there is no vault yet", todo="Make one with `kept vault init`.")
    wanted = _secrets(ring, installation)
    while True:
        try:
            return Found(installation, *ring.unwrap(wanted))
        except (ProviderUnreachable, StrangeKey):
            again = _secrets(ring, installation)
            if again == wanted:
                raise
            wanted = again  # a rotation has wrapped them anew


def _secrets(ring: Ring, installation: str) -> list[Wrapped]:
    with ring.database.reading() as connection:
        rows = {row.name: row for row in connection.execute(sa.select(SECRET))}
    if not rows.keys() >= {TAGS, INDEX}:
        raise StrangeKey("the keys database lacks keys of the vault's own", todo="Restore it from its backup.")
    return [Wrapped(rows[name].kek, bytes(rows[name].wrapped), about_secret(installation, name)) for name in (TAGS, INDEX)]


def _installation(database: KeysDatabase) -> str | None:
    if not database.exists():
        return None
    with database.reading() as connection:
        row = connection.execute(sa.select(VAULT.c.installation, VAULT.c.format)).first()
    if row is None:
        return None
    if row.format != FORMAT:
        raise UnknownFormat(
            f"the keys database has format {row.format}, and this Kept reads format {FORMAT}", todo="Install the Kept that made it."
        )
    return str(row.installation)
