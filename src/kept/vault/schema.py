"""The tables of the keys database. It holds wrapped keys and keyed hashes of people's names, and nothing else about anybody.

| table | a row is |
| --- | --- |
| `kept_vault` | this installation: its number, which every wrapped key is bound to |
| `kept_kek` | a key-encryption key, by its provider's reference |
| `kept_key` | a person's wrapped key; `tag` is the keyed hash of the person's name, `files` says that files were sealed under it |
| `kept_secret` | a wrapped key of the vault's own: for tags, for the blind index |
| `kept_event` | a key that was destroyed, replaced or brought back, in order; what other processes read to keep up |
| `kept_escrow` | a destroyed person's key under an escrow key, until the window closes |
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

__all__ = ["ESCROW", "EVENT", "KEK", "KEY", "METADATA", "SECRET", "VAULT", "Moment"]


class Moment(sa.TypeDecorator[datetime]):
    """A moment with a time zone; stored in UTC without one, which SQLite and PostgreSQL sort alike."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's shape
        """Write in UTC."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's shape
        """Read as UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


METADATA = sa.MetaData()
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")

VAULT = sa.Table(
    "kept_vault",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("format", sa.Integer, nullable=False),
    sa.Column("installation", sa.String(32), nullable=False),
    sa.Column("made_at", Moment, nullable=False),
)
KEK = sa.Table(
    "kept_kek",
    METADATA,
    sa.Column("id", NUMBER, primary_key=True),
    sa.Column("provider", sa.String(40), nullable=False),
    sa.Column("reference", sa.String(200), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("made_at", Moment, nullable=False),
    sa.Column("until", Moment),
    sa.Column("destroyed_at", Moment),
    sa.Index(
        "kept_one_active",
        "state",
        unique=True,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    ),
)
KEY = sa.Table(
    "kept_key",
    METADATA,
    sa.Column("id", sa.LargeBinary(32), primary_key=True),
    sa.Column("tag", sa.LargeBinary(32), nullable=False, index=True),
    sa.Column("current", sa.Boolean, nullable=False),
    sa.Column("kek", NUMBER, sa.ForeignKey("kept_kek.id"), nullable=False, index=True),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
    sa.Column("files", sa.Boolean, nullable=False, default=False),
    sa.Column("made_at", Moment, nullable=False),
    sa.Index("kept_one_current", "tag", unique=True, sqlite_where=sa.text("current"), postgresql_where=sa.text("current")),
)
SECRET = sa.Table(
    "kept_secret",
    METADATA,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("kek", NUMBER, sa.ForeignKey("kept_kek.id"), nullable=False),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
)
EVENT = sa.Table(
    "kept_event",
    METADATA,
    sa.Column("id", NUMBER, primary_key=True),
    sa.Column("what", sa.String(10), nullable=False),
    sa.Column("key", sa.LargeBinary(32), nullable=False, index=True),
    sa.Column("tag", sa.LargeBinary(32), nullable=False, index=True),
    sa.Column("at", Moment, nullable=False),
    sqlite_autoincrement=True,
)
ESCROW = sa.Table(
    "kept_escrow",
    METADATA,
    sa.Column("id", sa.LargeBinary(32), primary_key=True),
    sa.Column("tag", sa.LargeBinary(32), nullable=False, index=True),
    sa.Column("current", sa.Boolean, nullable=False),
    sa.Column("kek", NUMBER, sa.ForeignKey("kept_kek.id"), nullable=False),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
    sa.Column("files", sa.Boolean, nullable=False, default=False),
    sa.Column("made_at", Moment, nullable=False),
)
