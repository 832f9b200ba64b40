"""Forgetting the second factors of somebody who lost them."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from kept.base.errors import NotThere
from kept.db.models import Account

from .action import action, record

__all__ = ["forget_factors"]

DELETE = "DELETE FROM mfa_authenticator WHERE user_id = %s"
"""The table is the sign-in library's; a process without pages knows it only by name."""


@action
def forget_factors(*, email: str, at: datetime, by: str) -> int:
    """Forget an account's second factors and its password, end its sessions, and return how many factors it had.

    `by` is the actor of the command line. Raises NotThere where no account has this address.
    """
    account = Account.objects.select_for_update().filter(email__iexact=email).first()
    if account is None:
        raise NotThere("No account has this address", todo="Look through the list of staff in the console.")
    account.set_unusable_password()  # another mark of no password: every session was bound to the old one
    account.save(update_fields=["password"])
    with connection.cursor() as cursor:
        cursor.execute(DELETE, [account.pk])
        count = int(cursor.rowcount)
    record("factor.forgotten", at=at, actor=by, account=account.ref, factors=count)
    return count
