"""Another process of the same company: python -m tests.vault.elsewhere add|read PRIVACY URL."""

from __future__ import annotations

import sys

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kept.base.errors import KeptError
from kept.vault import open_vault
from kept.vault.sqlalchemy import use_vault
from tests.engines import engine_of
from tests.vault.accounts import Account, Base, Note, committed

NOTES = 20


def main(what: str, privacy: str, url: str) -> None:
    """Add notes of person 1, or read their e-mail address each time a line comes in."""
    use_vault(Base, open_vault(privacy), store="app")
    engine = engine_of(url)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    if what == "add":
        sys.stdin.readline()
        for number in range(NOTES):
            with committed(engine) as session:
                session.add(Note(account_id=1, text=f"note {number}"))
        return
    with Session(engine) as session:
        account = session.scalars(sa.select(Account).where(Account.id == 1)).one()
        for _ in sys.stdin:
            try:
                said = account.email
            except KeptError as error:
                said = error.code
            sys.stdout.write(f"{said}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
