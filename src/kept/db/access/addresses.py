"""The addresses by which a person is looked for in the stores; read for the worker that looks, and for nobody else."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from kept.base.errors import NotThere
from kept.base.personal import Personal
from kept.db.failures import database_errors
from kept.db.models import Account

__all__ = ["Addressed", "addressed"]

VERIFIED = "SELECT email FROM account_emailaddress WHERE user_id = %s AND verified ORDER BY id"
"""The table is allauth's, which a worker does not load."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """An account by its number, who it is already (empty for nobody yet), and the addresses that proved to be its owner's."""

    account: int
    subject: str
    addresses: tuple[Personal[str], ...]


def addressed(ref: str) -> Addressed:
    """Return an account with its verified addresses. Raises NotThere."""
    with database_errors():
        account = Account.objects.filter(ref=ref, is_active=True).first()
        if account is None:
            raise NotThere("There is no such account", todo="Leave it.")
        with connection.cursor() as cursor:
            cursor.execute(VERIFIED, [account.pk])
            found = tuple(Personal(str(email)) for (email,) in cursor.fetchall())
    return Addressed(account=account.pk, subject=account.subject, addresses=found)
