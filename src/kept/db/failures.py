"""Turning what the database throws into errors a person can act on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.migrations.exceptions import MigrationSchemaMissing

from kept.base.errors import NOTHING_CHANGED, StoreRefused, StoreUnreachable

from .location import STORE, VARIABLE

__all__ = ["database_errors"]

WAITED = ("locked", "lock timeout", "deadlock")
READ_ONLY = ("readonly", "read-only", "permission denied")
NO_DATABASE = "file is not a database"

CANNOT_WRITE = ("cannot be written to", "Give the account that runs Kept the right to write there.")
BUSY = ("was busy for too long", "See what else is writing to it, and run the command again.")
GONE = ("cannot be used", f"See that the database is up and that {VARIABLE} (or the .kept folder) is right.")
DEFECT = ("refused a statement", "Report this; it is a defect in Kept, unless somebody changed the tables by hand.")


@contextmanager
def database_errors(changed: str = NOTHING_CHANGED) -> Iterator[None]:
    """Raise StoreRefused or StoreUnreachable instead of the database's own errors, and let go of a broken connection.

    Only operational errors are quoted (files, locks, connections); a refused row could stand in any other text.
    """
    try:
        yield
    except DatabaseError as error:
        raise _told(error, changed) from error
    except InterfaceError as error:
        raise _told(error, changed) from error


def _told(error: DatabaseError | InterfaceError, changed: str) -> StoreRefused | StoreUnreachable:
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
    said = (str(error).strip().splitlines() or [""])[0]
    family: type[StoreRefused] | type[StoreUnreachable] = StoreRefused
    if any(word in said.lower() for word in READ_ONLY):
        what, todo = CANNOT_WRITE
    elif any(word in said.lower() for word in WAITED):
        what, todo = BUSY
    elif isinstance(error, OperationalError | InterfaceError | MigrationSchemaMissing) or said == NO_DATABASE:
        family, (what, todo) = StoreUnreachable, GONE
    else:
        said, (what, todo) = type(error).__name__, DEFECT
    return family(f"Kept's own database {what} ({said})", store=STORE, changed=changed, todo=todo)
