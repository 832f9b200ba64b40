"""Models of a small company that uses SQLAlchemy, with what their tests share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from kept.vault.sqlalchemy import Sealed, sealed


class Base(DeclarativeBase):
    """The company's models."""


class Account(Base):
    """A person whom the database numbers."""

    __tablename__ = "accounts"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Sealed[str] = sealed(kind="account", person="id", index="email", unique=True)
    phone: Sealed[str | None] = sealed("telephone", kind="account", person="id", index="phone")
    profile: Sealed[dict[str, Any] | None] = sealed(kind="account", person="id", json=True)
    secret: Sealed[str | None] = sealed(kind="account", person="id")
    status: Mapped[str] = mapped_column(sa.String(20), default="open")
    notes: Mapped[list[Note]] = relationship(back_populates="account")


class Note(Base):
    """What belongs to a person, and to its row."""

    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id"))
    text: Sealed[str] = sealed(kind="account", person="account_id", row="id")
    loose: Sealed[str | None] = sealed(kind="account", person="account_id")
    account: Mapped[Account | None] = relationship(back_populates="notes")


class Named:
    """A mixin: each table that takes it has a column, and a place, of its own."""

    name: Sealed[str] = sealed(kind="member", person="key", index="text")


class Member(Named, Base):
    __tablename__ = "members"
    key: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(10))
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "plain"}


class Patron(Member):
    """A member with a table of their own beside."""

    __tablename__ = "patrons"
    key: Mapped[str] = mapped_column(sa.ForeignKey("members.key"), primary_key=True)
    reason: Sealed[str] = sealed(kind="member", person="key")
    __mapper_args__ = {"polymorphic_identity": "patron"}


class Guest(Named, Base):
    __tablename__ = "guests"
    key: Mapped[str] = mapped_column(sa.String(36), primary_key=True)


def everything(engine: sa.Engine) -> str:
    """Return all that stands in every column of every table, as plain SQL sees it."""
    with engine.connect() as connection:
        tables = sa.inspect(connection).get_table_names()
        return "\n".join(repr(row) for table in tables for row in connection.execute(sa.text(f"SELECT * FROM {table}")))


def raw(engine: sa.Engine, column: str, table: str, where: str) -> Any:
    """Return one value as it stands in its column."""
    with engine.connect() as connection:
        return connection.execute(sa.text(f"SELECT {column} FROM {table} WHERE {where}")).scalar_one()


def write(engine: sa.Engine, statement: str, **values: Any) -> None:
    """Write with plain SQL, as somebody does who does not know Kept."""
    with engine.begin() as connection:
        connection.execute(sa.text(statement), values)


@contextmanager
def committed(engine: sa.Engine) -> Iterator[Session]:
    """Lend a session whose work is committed at its end."""
    with Session(engine) as session, session.begin():
        yield session
