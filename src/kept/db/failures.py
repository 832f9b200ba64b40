"""Turning what the database throws into errors a person can act on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, InterfaceError, OperationalError

from kept.base.errors import NOTHING_CHANGED, StoreRefused, StoreUnreachable

from .location import STORE, VARIABLE

__all__ = ["database_errors"]

WAITED = ("locked", "lock timeout", "deadlock")
READ_ONLY = ("readonly", "read-only", "permission denied")


@contextmanager
def database_errors(changed: str = NOTHING_CHANGED) -> Iterator[None]:
    """Raise StoreRefused or StoreUnreachable instead of the database's own errors.

    Only operational errors are quoted (files, locks, connections); a refused row could stand in any other text.
    """
    try:
        yield
    except (OperationalError, InterfaceError, DatabaseError) as error:
        said = str(error).strip().splitlines()[0] if isinstance(error, OperationalError) and str(error).strip() else ""
        shown = said or type(error).__name__
        if any(word in str(error).lower() for word in READ_ONLY):
            raise StoreRefused(
                f"Kept's own database cannot be written to ({shown})",
                store=STORE,
                changed=changed,
                todo="Give the account that runs Kept the right to write there.",
            ) from error
        if any(word in said.lower() for word in WAITED):
            raise StoreRefused(
                f"Kept's own database was busy for too long ({shown})",
                store=STORE,
                changed=changed,
                todo="See what else is writing to it, and run the command again.",
            ) from error
        if said:
            raise StoreUnreachable(
                f"Kept's own database cannot be used ({shown})",
                store=STORE,
                changed=changed,
                todo=f"See that the database is up and that {VARIABLE} (or the .kept folder) is right.",
            ) from error
        raise StoreRefused(
            f"Kept's own database refused a statement ({shown})",
            store=STORE,
            changed=changed,
            todo="Report this; it is a defect in Kept, unless somebody changed the tables by hand.",
        ) from error
