"""The vault as a thing that can be asked and changed: the store named `vault`. It answers about keys and never gives one out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from kept.base.changes import VAULT, Change, PersonChange, RotateKeys
from kept.base.errors import KeptError, KeysUnreachable, Refused
from kept.base.names import Table
from kept.base.ports import Preview, Progress, Receipt, Row, Selection, silent
from kept.base.questions import Answers, KeyEncryptionKey, KeysState, ProbeKeys, Question, ReadKeys
from kept.base.verdicts import Unknown

from .apart import probe
from .destruction import close_windows
from .people import DESTROYED
from .ring import DESTROYED as KEK_DESTROYED
from .ring import ESCROWED
from .rotation import finish, rotate, unfinished
from .schema import ESCROW, EVENT, KEY, SECRET
from .vault import Vault

__all__ = ["VaultRegister", "read_keys"]


class VaultRegister:
    """The connector of the store `vault`. It rotates keys when a plan says so."""

    def __init__(self, vault: Vault, *, provider: str, stores: Mapping[str, str], backups: Mapping[str, Sequence[str]]) -> None:
        """Take the vault, who makes new key-encryption keys, and by store its URL and the folders its backups take along."""
        self._vault = vault
        self._provider = provider
        self._stores = stores
        self._backups = backups

    @property
    def store(self) -> str:
        """`vault`."""
        return VAULT

    def answer(self, questions: Sequence[Question[Any]], *, progress: Progress = silent) -> Answers:  # noqa: ARG002 - the port's shape
        """Answer ReadKeys and ProbeKeys; Unknown to anything else."""
        return Answers({question: self._answer(question) for question in questions})

    def _answer(self, question: Question[Any]) -> Any:
        try:
            match question:
                case ReadKeys():
                    return read_keys(self._vault)
                case ProbeKeys():
                    return probe(self._vault, self._stores, self._backups)
                case _:
                    return Unknown(reason=f"the vault does not answer {type(question).__name__}")
        except KeptError as error:
            return Unknown(reason=error.happened, todo=error.todo)

    def preview(self, change: Change) -> Preview | Unknown:
        """Say how many keys a rotation would put under a new key-encryption key."""
        if not isinstance(change, RotateKeys):
            return Unknown(reason=f"the vault's keys can be rotated, and not changed by {type(change).__name__}")
        try:
            with self._vault.database.reading() as connection:
                keys = sum(int(connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0) for table in (KEY, SECRET))
        except KeysUnreachable as error:
            return Unknown(reason=error.happened, todo=error.todo)
        return Preview(total=keys, touched=keys)

    def perform(self, change: Change, *, progress: Progress = silent) -> Receipt:
        """Rotate, or finish what was begun. Raises Refused for any other change."""
        if not isinstance(change, RotateKeys):
            raise Refused(f"the vault's keys can be rotated, and not changed by {type(change).__name__}", todo="Plan again.")
        close_windows(self._vault, datetime.now(UTC))
        rotated = (
            finish(self._vault, progress=progress) if change.finish else rotate(self._vault, self._provider, progress=progress)
        )
        return Receipt(rows=rotated.keys, batches=1, remaining=int(unfinished(self._vault)))

    def perform_together(self, changes: Sequence[PersonChange], *, patient: bool = False) -> tuple[int, ...]:  # noqa: ARG002 - the port's shape
        """Raise Refused: a person's key is destroyed by `kept.vault.destroy`, not changed."""
        raise Refused("the vault holds keys, and no rows of people that could be changed", todo="Plan again.")

    def make_anew(self, changed: Collection[Table]) -> tuple[Table, ...]:  # noqa: ARG002 - the port's shape
        """Return nothing: nothing here holds copies of rows."""
        return ()

    def read(self, selection: Selection) -> Iterator[Row]:
        """Raise Refused: keys are not handed out."""
        raise Refused(f"{selection.table} is the vault's own and is not handed out", todo="Ask another store.")

    def read_many(self, selections: Sequence[Selection]) -> Iterator[tuple[Selection, Iterator[Row]]]:
        """Yield each selection; reading its rows raises Refused."""
        for selection in selections:
            yield selection, self.read(selection)

    def close(self) -> None:
        """Close the vault."""
        self._vault.close()


def read_keys(vault: Vault) -> KeysState:
    """Return which keys there are. Raises KeysUnreachable."""
    with vault.database.reading() as connection:
        keks = vault.ring.keks(connection)
        under = {kek.number: _count(connection, kek.number) for kek in keks}
        people, oldest = connection.execute(sa.select(sa.func.count(sa.distinct(KEY.c.tag)), sa.func.min(KEY.c.made_at))).one()
        replaced = connection.scalar(sa.select(sa.func.count()).select_from(KEY).where(sa.not_(KEY.c.current)))
        gone = sa.select(sa.func.count(sa.distinct(EVENT.c.key))).where(EVENT.c.what == DESTROYED)
        destroyed = connection.scalar(gone)
        since = max((kek.made_at for kek in keks if kek.state not in (ESCROWED, KEK_DESTROYED)), default=None)
        dead = connection.scalar(gone.where(EVENT.c.at >= since)) if since else 0
    return KeysState(
        encrypting=tuple(
            KeyEncryptionKey(
                number=kek.number,
                provider=kek.provider,
                made_at=kek.made_at,
                state=kek.state,
                keys=under[kek.number],
                until=kek.until,
                destroyed_at=kek.destroyed_at,
            )
            for kek in keks
        ),
        people=int(people),
        oldest=oldest,
        destroyed=int(destroyed or 0),
        replaced=int(replaced or 0),
        dead=int(dead or 0),
    )


def _count(connection: sa.Connection, number: int) -> int:
    counted = (sa.select(sa.func.count()).select_from(table).where(table.c.kek == number) for table in (KEY, SECRET, ESCROW))
    return sum(int(connection.scalar(one) or 0) for one in counted)
