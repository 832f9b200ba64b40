"""Destroying people's keys, bringing them back while a window is open, and rekeying.

A destroyed key's row is gone from the keys database, its id stands in the list of destroyed keys, and every process of this machine
has forgotten it before the call returns; processes on other machines within a second. With a window, the key is first wrapped under
an escrow key that ends on the window's last day: until then it can be brought back, afterwards nobody can.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from kept.base.errors import KeysUnreachable, Refused

from .people import DESTROYED, REKEYED, REPLACED, RESTORED, handfuls
from .ring import DESTROYED as KEK_DESTROYED
from .ring import ESCROWED, Kek, about_key
from .schema import ESCROW, EVENT, KEK, KEY
from .vault import Vault

__all__ = ["Destroyed", "close_windows", "destroy", "end_rekey", "ended_windows", "rekey", "replay", "restore"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Destroyed:
    """What was destroyed: people, keys (a person being rekeyed has two), and those of whom nothing was ever sealed.

    `ids` are the destroyed keys' ids, 32 bytes each. `shredded` says whether no deleted bytes are left in the keys database's own
    files.
    """

    people: int
    keys: int
    without: int
    ids: tuple[bytes, ...]
    shredded: bool
    until: datetime | None = None


def destroy(vault: Vault, subjects: Iterable[str], *, window: timedelta | None = None, provider: str = "") -> Destroyed:
    """Destroy every key of these people. Nothing that was sealed for them can be opened again, wherever it stands, backups
    included.

    With a `window`, they can be brought back (`restore`) until it has passed; `provider` then makes the escrow key. One
    transaction: when it raises, no key was destroyed. Destroying again is done already, and not an error.
    """
    tags = list(dict.fromkeys(vault.people.tag(subject) for subject in subjects))
    escrow = _escrow_key(vault, provider, window) if window else None
    at, kept = datetime.now(UTC), 0
    with vault.database.writing(alone=True) as connection:
        if escrow is None:  # nor can those be brought back whose keys were destroyed with a window before
            kept = sum(connection.execute(sa.delete(ESCROW).where(ESCROW.c.tag.in_(some))).rowcount for some in handfuls(tags))
        else:
            rows = [row for some in handfuls(tags) for row in connection.execute(sa.select(KEY).where(KEY.c.tag.in_(some)))]
            if rows:
                connection.execute(ESCROW.insert(), _escrowed(vault, escrow, rows))
        gone = [pair for some in handfuls(tags) for pair in _remove(connection, KEY.c.tag.in_(some), DESTROYED, at)]
    ids, people = tuple(key for key, _ in gone), len({tag for _, tag in gone})
    shredded = _spread(vault, ids, at, unkept=kept)
    until = escrow.until if escrow else None
    return Destroyed(people=people, keys=len(ids), without=len(tags) - people, ids=ids, shredded=shredded, until=until)


def _remove(connection: sa.Connection, which: sa.ColumnElement[bool], what: str, at: datetime) -> list[tuple[bytes, bytes]]:
    """Delete keys and put each on the list, in the transaction that is open; return their ids and people's tags."""
    deleted = connection.execute(sa.delete(KEY).where(which).returning(KEY.c.id, KEY.c.tag))
    gone = [(bytes(row.id), bytes(row.tag)) for row in deleted]
    if gone:
        connection.execute(EVENT.insert(), [{"what": what, "key": key, "tag": tag, "at": at} for key, tag in gone])
    return gone


def _spread(vault: Vault, ids: Sequence[bytes], at: datetime, *, unkept: int = 0) -> bool:
    """Remember the ids outside the database, tell every process, and overwrite what was deleted; return whether that was done.

    The keys are destroyed already, so nothing of this raises.
    """
    vault.announce(ids)
    vault.destroyed.add(ids, at)
    return vault.database.shred() if ids or unkept else True


def _escrow_key(vault: Vault, provider: str, window: timedelta) -> Kek:
    """Return the escrow key that ends when the window closes, one a day, made where there is none."""
    until = (datetime.now(UTC) + window + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    with vault.database.reading() as connection:
        for kek in vault.ring.keks(connection):
            if kek.state == ESCROWED and kek.until == until and kek.provider == provider:
                return kek
    reference = vault.ring.provider(provider).make(vault.installation)
    now = datetime.now(UTC)
    with vault.database.writing() as connection:
        made = KEK.insert().values(provider=provider, reference=reference, state=ESCROWED, made_at=now, until=until)
        number = connection.execute(made.returning(KEK.c.id)).scalar_one()
    return Kek(number, provider, reference, ESCROWED, now, until, None)


def _escrowed(vault: Vault, escrow: Kek, rows: Sequence[Any]) -> list[dict[str, Any]]:
    about = [about_key(vault.installation, bytes(row.id), bytes(row.tag)) for row in rows]
    wrapped = vault.ring.wrap(escrow, vault.ring.people(rows, vault.installation), about)
    return [
        {"id": row.id, "tag": row.tag, "current": row.current, "kek": escrow.number, "wrapped": one, "files": row.files}
        | {"made_at": row.made_at}
        for row, one in zip(rows, wrapped, strict=True)
    ]


def restore(vault: Vault, subjects: Iterable[str]) -> tuple[bytes, ...]:
    """Bring back people's keys whose window is still open; return their ids.

    Raises Refused where there is nothing to bring back.
    """
    tags = list(dict.fromkeys(vault.people.tag(subject) for subject in subjects))
    now = datetime.now(UTC)
    open_still = sa.select(ESCROW).join(KEK, KEK.c.id == ESCROW.c.kek).where(KEK.c.state == ESCROWED, KEK.c.until > now)
    with vault.database.reading() as connection:
        rows = [row for some in handfuls(tags) for row in connection.execute(open_still.where(ESCROW.c.tag.in_(some)))]
        active = vault.ring.active(connection)
    if not rows:
        raise Refused(
            "no key of theirs can be brought back: none was destroyed, or its window is closed", todo="Nothing can be done."
        )
    about = [about_key(vault.installation, bytes(row.id), bytes(row.tag)) for row in rows]
    wrapped = vault.ring.wrap(active, vault.ring.people(rows, vault.installation), about)
    with vault.database.writing(alone=True) as connection:
        if not vault.ring.hold(connection, active):
            raise Refused("a rotation began in this moment", todo="Try again.")
        _refuse_taken(connection, tags)
        ids = [row.id for row in rows]
        if len(ids) != sum(connection.execute(sa.delete(ESCROW).where(ESCROW.c.id.in_(some))).rowcount for some in handfuls(ids)):
            raise Refused("another process brought them back, or ended their window, in this moment", todo="Look, and try again.")
        now = max([now, *_destroyed_at(connection, ids)])  # clocks differ: later than the destruction it takes back
        back = [
            {"id": row.id, "tag": row.tag, "current": row.current, "kek": active.number, "wrapped": one, "files": row.files}
            | {"made_at": row.made_at}
            for row, one in zip(rows, wrapped, strict=True)
        ]
        connection.execute(KEY.insert(), back)
        connection.execute(EVENT.insert(), [{"what": RESTORED, "key": row.id, "tag": row.tag, "at": now} for row in rows])
    vault.destroyed.forget((bytes(row.id) for row in rows), now)
    vault.announce()
    return tuple(bytes(row.id) for row in rows)


def _refuse_taken(connection: sa.Connection, tags: Sequence[bytes]) -> None:
    """Raise Refused where one of these people has a key again, after `Vault.readmit`."""
    for some in handfuls(tags):
        if connection.execute(sa.select(KEY.c.id).where(KEY.c.tag.in_(some)).limit(1)).first() is not None:
            raise Refused(
                "somebody of that name was let in anew and has a key of their own",
                todo="The key of whoever had the name before cannot be brought back.",
            )


def _destroyed_at(connection: sa.Connection, ids: Sequence[bytes]) -> Iterator[datetime]:
    for some in handfuls(ids):
        yield from connection.scalars(sa.select(EVENT.c.at).where(EVENT.c.key.in_(some)))


def ended_windows(vault: Vault, now: datetime) -> list[Kek]:
    """Return the escrow keys whose last day has passed and that still exist."""
    with vault.database.reading() as connection:
        return [kek for kek in vault.ring.keks(connection) if kek.state == ESCROWED and kek.until is not None and kek.until <= now]


def close_windows(vault: Vault, now: datetime) -> int:
    """Destroy the escrow keys whose window has ended, with what they kept; return how many people's keys that ends."""
    ended = 0
    for kek in ended_windows(vault, now):
        gone_at = vault.ring.provider(kek.provider).destroy(kek.reference)
        with vault.database.writing() as connection:
            ended += connection.execute(sa.delete(ESCROW).where(ESCROW.c.kek == kek.number)).rowcount
            connection.execute(
                sa.update(KEK).where(KEK.c.id == kek.number).values(state=KEK_DESTROYED, destroyed_at=gone_at or datetime.now(UTC))
            )
        vault.database.shred()
    return ended


def replay(vault: Vault, known: Iterable[tuple[bytes, datetime]]) -> tuple[bytes, ...]:
    """List again destroyed keys that a restored keys database does not know of, and destroy those that it brought back.

    They are given by their ids, with when each was destroyed. Return the ids of those that were back.
    """
    again: list[bytes] = []
    now = datetime.now(UTC)
    for some in handfuls(vault.unlisted(known)):
        with vault.database.writing(alone=True) as connection:
            back = [key for key, _ in _remove(connection, KEY.c.id.in_(some), DESTROYED, now)]
            never = [{"what": DESTROYED, "key": key, "tag": b"", "at": now} for key in some if key not in back]
            if never:
                connection.execute(EVENT.insert(), never)
            again += back
    if again:
        _spread(vault, again, now)
    return tuple(again)


def rekey(vault: Vault, subject: str) -> tuple[bytes, ...]:
    """Give a person a new key for what is sealed from now on; return the ids of the keys that are being replaced.

    Values under those stay readable until `end_rekey`. Called again before that, it changes nothing. Raises Refused where the
    person has no key.
    """
    tag = vault.people.tag(subject)
    with vault.database.writing(alone=True) as connection:
        rows = connection.execute(sa.select(KEY.c.id, KEY.c.current).where(KEY.c.tag == tag)).all()
        if not rows:
            raise Refused(
                "nothing was ever sealed for this person, or their key was destroyed",
                todo="See how the map names people: account:42.",
            )
        if len(rows) > 1:
            return tuple(bytes(row.id) for row in rows if not row.current)
        connection.execute(sa.update(KEY).where(KEY.c.id == rows[0].id).values(current=False))
        connection.execute(EVENT.insert().values(what=REKEYED, key=rows[0].id, tag=tag, at=datetime.now(UTC)))
    vault.announce([bytes(rows[0].id)])
    try:
        vault.load_current(subject)
    except KeysUnreachable as error:
        error.changed = "the old key stays readable, and the next value makes the new one"
        raise
    return (bytes(rows[0].id),)


def end_rekey(vault: Vault, subject: str, *, files_done: bool = False) -> tuple[bytes, ...]:
    """Destroy a person's replaced keys; return their ids. The caller has seen that no column is sealed under them any more.

    Raises Refused where files were sealed under one of them, unless the caller says that those are done.
    """
    tag, at = vault.people.tag(subject), datetime.now(UTC)
    with vault.database.writing(alone=True) as connection:
        replaced = sa.and_(KEY.c.tag == tag, sa.not_(KEY.c.current))
        if not files_done and any(connection.scalars(sa.select(KEY.c.files).where(replaced))):
            raise Refused(
                "files were sealed under the key that is being replaced, and Kept cannot see where they are",
                changed="columns are under the new key, and both keys stay",
                todo="Open and seal this person's files again, then run the command with --files-done.",
            )
        ids = tuple(key for key, _ in _remove(connection, replaced, REPLACED, at))
    _spread(vault, ids, at)
    return ids
