"""What Aurigen's support desk sees of one person: the company's own program, which reads sealed columns by typed fields.

    python -m examples.aurigen.support ada@example.org --privacy privacy --app sqlite:///app.sqlite3

The person is found by the blind index of their address, or by `--account`. It reads a backup as well: give it that one's URL.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import BigInteger, ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from kept.base.errors import KeptError
from kept.vault import open_vault
from kept.vault.sqlalchemy import Sealed, sealed, use_vault

from .writing import open_engine

__all__ = ["Account", "Prompt", "main"]

SHOWN = 60


class Base(DeclarativeBase):
    """The company's models, as far as the support desk needs them."""


class Account(Base):
    """A person."""

    __tablename__ = "accounts"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    email: Sealed[str] = sealed(kind="account", person="id", index="email")
    full_name: Sealed[str] = sealed(kind="account", person="id")
    prompts: Mapped[list[Prompt]] = relationship(order_by="Prompt.id")


class Prompt(Base):
    """What the person asked a model."""

    __tablename__ = "prompts"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    body: Sealed[str] = sealed(kind="account", person="account_id")


def seen(read: Callable[[], str]) -> str:
    """Return a value, or the code of what keeps everybody from reading it."""
    try:
        text = read()
    except KeptError as error:
        return f"({error.code})"
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def main(words: Sequence[str] | None = None) -> int:
    """Show one person and return the exit code: 1 where nobody is found, or not everything can be read."""
    parser = argparse.ArgumentParser(prog="python -m examples.aurigen.support", description="Show what support sees of one person.")
    parser.add_argument("email", nargs="?", help="the person's address, written in any letter case")
    parser.add_argument("--account", type=int, help="the account's number instead")
    parser.add_argument("--privacy", type=Path, default=Path("privacy"), help="the privacy folder")
    parser.add_argument("--app", required=True, metavar="URL", help="the app's database, or a backup of it")
    asked = parser.parse_args(words)
    engine = open_engine(asked.app)
    use_vault(Base, open_vault(asked.privacy), store="app")
    which = Account.id == asked.account if asked.account is not None else Account.email == asked.email
    with Session(engine) as session:
        account = session.scalars(select(Account).where(which)).first()
        if account is None:
            print("nobody is found")
            return 1
        lines = [seen(lambda: account.full_name), seen(lambda: account.email)]
        lines += [seen(lambda prompt=prompt: prompt.body) for prompt in account.prompts[:2]]  # type: ignore[misc]  # a default binds it
    print(f"account {account.id}: {lines[0]}, {lines[1]}")
    for line in lines[2:]:
        print(f"  asked: {line}")
    return int(any(line.startswith("(key-") for line in lines))


if __name__ == "__main__":
    sys.exit(main())
