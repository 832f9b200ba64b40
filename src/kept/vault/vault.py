"""The vault: a key per person, kept in memory while it is used, and gone from every process when it is destroyed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock, RLock
from time import monotonic
from typing import Final, NamedTuple

import sqlalchemy as sa

from kept.base.errors import KeyDestroyed, KeysUnreachable, Refused, SealBroken, UnknownKey

from . import founding
from .blind import BlindIndex
from .cache import KeyCache
from .database import KeysDatabase
from .destroyed import DestroyedFile
from .field import Field
from .files import FileField
from .forks import after_fork
from .format import PREFIX
from .keys import PersonKey
from .people import DESTROYED, READMITTED, REKEYED, REPLACED, RESTORED, People, handfuls
from .providers.provider import Provider
from .ring import Ring
from .schema import EVENT, KEY
from .signal import Signal

__all__ = ["CACHED", "USED", "Vault"]

CACHED: Final = 10_000
"""People's keys in memory where nothing is said: some 30 MB."""
USED: Final = "signal"
"""The file that is there once a vault was opened."""
LOOK_SECONDS: Final = 0.5
"""How often a process asks the keys database for news, whatever the signal of its machine says."""
STALE_SECONDS: Final = 30.0
"""How long keys in memory go on while a keys database that other machines may share cannot be asked for news."""


class Event(NamedTuple):
    """What happened to a key. All of it together is how an event is known again in a database that was restored."""

    number: int
    key: bytes
    what: str
    at: datetime


EVENTS: Final = sa.select(EVENT.c.id, EVENT.c.key, EVENT.c.what, EVENT.c.at)


class Vault:
    """One installation's vault. Safe to use from many threads, and after a fork. `kept.vault.open_vault` opens it.

    `view` and `seen` say whether the keys changed on this machine since this process last looked; `next_look` is when (by the
    monotonic clock) the keys database is to be asked for changes made on other machines.
    """

    def __init__(self, *, database: KeysDatabase, connect: Callable[[str], Provider], folder: Path, cached: int = CACHED) -> None:
        """Open the vault in a keys database. Raises Refused where there is none, KeysUnreachable, ProviderUnreachable."""
        self.database = database
        self.folder = folder
        self.ring = Ring(database, connect)
        found = founding.find(self.ring)
        self.installation = found.installation
        self._blind = found.blind
        self.people = People(database, self.ring, found.installation, found.tags)
        self.cache = KeyCache(cached)
        self.destroyed = DestroyedFile(folder / "destroyed")
        self._signal = Signal(folder / USED)
        self.view = self._signal.view
        self._lock = RLock()
        after_fork(self._forked)
        self._epoch = 0
        self._event = self._last_event()
        self.seen = self._signal.value()
        self._heard = monotonic()
        self._alone = database.embedded and self._signal.shared
        self.next_look = self._heard + LOOK_SECONDS

    def _forked(self) -> None:
        self._lock = RLock()
        self.cache.lock = Lock()

    def field(self, place: str) -> Field:
        """Return the column `store.table.column`, to seal and open its values."""
        return Field(self, place)

    def files(self, place: str) -> FileField:
        """Return the place whose files are sealed, as a rule the column that names them."""
        return FileField(self, place)

    def index(self, place: str, kind: str) -> BlindIndex:
        """Return the blind index of a column: `kind` is email, phone, text or exact. Raises Refused for another kind."""
        return BlindIndex(self._blind, place, kind)

    # What follows is for keys that are not in memory.

    def look(self) -> None:
        """Catch up where something changed; what `Field` does inline, because it does it for every value."""
        if self.view[0] != self.seen or monotonic() > self.next_look:
            self.catch_up()

    def open_key(self, key_id: bytes, subject: str) -> PersonKey:
        """Return the key of that id, from memory or not. Raises as `load_known` does."""
        key = self.cache.known(PREFIX + key_id)
        return key if key is not None and key.subject == subject else self.load_known(key_id, subject)

    def load_current(self, subject: str) -> PersonKey:
        """Return the key that a person's new values are sealed under, making it where there is none."""
        return self.load([subject])[subject]

    def load(self, subjects: Sequence[str]) -> dict[str, PersonKey]:
        """Return and keep the current keys of people, made where there are none; in rounds of some hundred at a time."""
        epoch = self._epoch
        known = {subject: key for subject in subjects if (key := self.cache.current(subject)) is not None}
        missing = [subject for subject in dict.fromkeys(subjects) if subject not in known]
        found = self.people.find(missing) if missing else {}
        absent = [subject for subject in missing if subject not in found]
        if absent:
            found |= self.people.make(absent)
        if not self._keep(found.values(), epoch, current=True):
            return self.load(subjects)
        return known | found

    def load_known(self, key_id: bytes, subject: str) -> PersonKey:
        """Return the key of that id. Raises KeyDestroyed, UnknownKey, or SealBroken when it is another person's."""
        epoch = self._epoch
        found = self.people.by_id({key_id: subject}).get(key_id)
        if found is None:
            raise self._why_not(key_id)
        return found if self._keep([found], epoch, current=False) else self.load_known(key_id, subject)

    def warm(self, key_ids: Mapping[bytes, str]) -> None:
        """Fetch keys that values are about to be opened with, given with the person each should belong to.

        The rest stays unknown.
        """
        epoch = self._epoch
        missing = {key_id: subject for key_id, subject in key_ids.items() if self.cache.known(PREFIX + key_id) is None}
        if missing:
            self._keep(self.people.by_id(missing).values(), epoch, current=False)

    def _keep(self, keys: Iterable[PersonKey], epoch: int, *, current: bool) -> bool:
        """Keep keys in memory; return False where one was destroyed or replaced while they were fetched, which is not kept."""
        listed = list(keys)
        with self._lock, self.cache.lock:
            same = self._unchanged(listed) if self._epoch != epoch else listed
            for key in same:
                self.cache.put(key, current=current)
        return len(same) == len(listed)

    def _unchanged(self, keys: Sequence[PersonKey]) -> list[PersonKey]:
        still: dict[bytes, bool] = {}
        for some in handfuls(key.id for key in keys):
            with self.database.reading() as connection:
                rows = connection.execute(sa.select(KEY.c.id, KEY.c.current).where(KEY.c.id.in_(some)))
                still |= {bytes(row.id): bool(row.current) for row in rows}
        return [key for key in keys if still.get(key.id) is key.current]

    def _why_not(self, key_id: bytes) -> KeyDestroyed | UnknownKey | SealBroken:
        """Return the error for a key that is not to be had."""
        with self.database.reading() as connection:
            owned = connection.scalar(sa.select(KEY.c.id).where(KEY.c.id == key_id))
            said = sa.select(EVENT.c.what).where(EVENT.c.key == key_id, EVENT.c.what != READMITTED).order_by(EVENT.c.id.desc())
            last = connection.scalars(said).first()
        if owned is not None:
            return SealBroken(
                "a value is sealed under another person's key than that of its row", todo="Find out who moved it; restore the row."
            )
        if last in (DESTROYED, REPLACED):
            return KeyDestroyed(
                "the key that a value was sealed under was destroyed", todo="Nobody can open it again; delete or empty the value."
            )
        return UnknownKey(
            "a value is sealed under a key that the keys database does not know",
            todo="The keys database is older than the data, or another's: restore its newest backup. The data is whole.",
        )

    # What follows keeps this process up with the others.

    def catch_up(self) -> None:
        """Forget the keys that were destroyed or replaced since this process last looked. Raises KeysUnreachable.

        Where another machine may have changed something and the keys database does not answer, keys in memory go on for 30 seconds;
        where this machine's signal says that something was changed, they do not.
        """
        with self._lock:
            seen = int(self.view[0])
            try:
                news, event = self._news()
            except KeysUnreachable:
                if seen != self.seen or (not self._alone and monotonic() - self._heard > STALE_SECONDS):
                    raise
                self.next_look = monotonic() + LOOK_SECONDS
                return
            self._forget(news)
            self._event, self.seen, self._heard = event, seen, monotonic()
            self.next_look = self._heard + LOOK_SECONDS

    def announce(self, gone: Sequence[bytes] = ()) -> None:
        """Forget keys here, and tell every process of this machine that keys were changed. Asks nobody, so it does not fail."""
        self._forget(gone)
        self._signal.move()

    def _forget(self, gone: Sequence[bytes] | None) -> None:
        """Forget keys, or every key; what is being fetched in this moment is looked at again before it is kept."""
        if gone is not None and not gone:
            return
        with self._lock, self.cache.lock:
            self._epoch += 1
            if gone is None:
                self.ring.forget()
                self.cache.clear()
            else:
                self.cache.drop(gone)

    def _news(self) -> tuple[list[bytes] | None, Event | None]:
        """Return the keys that are gone since the last event, and the newest event.

        None in place of the keys where that event is not there any more: another keys database was put in the place of this one.
        """
        last = self._event
        since = EVENTS.where(EVENT.c.id >= last.number) if last is not None else EVENTS
        with self.database.reading() as connection:
            events = [Event(*row) for row in connection.execute(since.order_by(EVENT.c.id))]
        if last is not None and (not events or events.pop(0) != last):
            return None, self._last_event()
        return [one.key for one in events if one.what in (DESTROYED, REKEYED, REPLACED)], events[-1] if events else last

    def _last_event(self) -> Event | None:
        with self.database.reading() as connection:
            row = connection.execute(EVENTS.order_by(EVENT.c.id.desc()).limit(1)).first()
        return None if row is None else Event(*row)

    def unlisted(self, known: Iterable[tuple[bytes, datetime]]) -> list[bytes]:
        """Return those of these destroyed keys that the keys database does not list as such: it is older than their destruction.

        A key that was brought back after the moment given is listed: it was destroyed once, and is rightly there.
        """
        missing: list[bytes] = []
        for some in handfuls(known):
            said = EVENTS.where(EVENT.c.key.in_([key for key, _ in some]), EVENT.c.what != READMITTED).order_by(EVENT.c.id)
            with self.database.reading() as connection:
                last = {one.key: one for one in (Event(*row) for row in connection.execute(said))}
            for key, at in some:
                one = last.get(key)
                if one is None or (one.what not in (DESTROYED, REPLACED) and one.at < at):
                    missing.append(key)
        return missing

    def destroyed_ids(self) -> Iterator[bytes]:
        """Yield the ids of every key that was destroyed and not brought back."""
        last = sa.select(sa.func.max(EVENT.c.id)).where(EVENT.c.what != READMITTED).group_by(EVENT.c.key)
        with self.database.reading() as connection:
            said = sa.select(EVENT.c.key).where(EVENT.c.id.in_(last), EVENT.c.what.in_((DESTROYED, REPLACED)))
            yield from (bytes(key) for key in connection.scalars(said))

    def events(self) -> int:
        """Return how many lines the file of destroyed keys would have if it held all that the keys database lists."""
        with self.database.reading() as connection:
            listed = sa.select(sa.func.count()).select_from(EVENT).where(EVENT.c.what.in_((DESTROYED, REPLACED, RESTORED)))
            return int(connection.execute(listed).scalar_one())

    def readmit(self, subject: str) -> None:
        """Let a person have a new key although one of that name was destroyed: a new person was given an old number.

        What was sealed before stays closed. Raises Refused where no key of that name was destroyed.
        """
        tag = self.people.tag(subject)
        with self.database.writing(alone=True) as connection:
            said = sa.select(EVENT.c.what, EVENT.c.key).where(
                EVENT.c.tag == tag, EVENT.c.what.in_((DESTROYED, RESTORED, READMITTED))
            )
            last = connection.execute(said.order_by(EVENT.c.id.desc())).first()
            if last is None or last.what != DESTROYED:
                raise Refused("no key of a person of that name was destroyed", todo="Nothing needs to be done; seal as usual.")
            connection.execute(EVENT.insert().values(what=READMITTED, key=last.key, tag=tag, at=datetime.now(UTC)))

    def close(self) -> None:
        """Forget every key and let go of every connection."""
        with self._lock, self.cache.lock:
            self.cache.clear()
        self.ring.close()
        self.database.close()
        self._signal.close()

    def __repr__(self) -> str:
        """Show how many keys are in memory; a tool that reports errors may ask while the vault is being opened."""
        return f"Vault({len(self.cache)} keys in memory)" if hasattr(self, "cache") else "Vault(not open)"
