"""People whom the company's own application signs in: their account, made where there is none."""

from __future__ import annotations

from datetime import datetime

from kept.base.errors import NotAllowed
from kept.db.models import Account

from .action import action, record

__all__ = ["enter_by_handover"]


@action
def enter_by_handover(*, subject: str, at: datetime) -> Account:
    """Return the account of a person of the stores, made without an e-mail address where there is none.

    Raises NotAllowed for staff, who need more than another application's word, and for an account that is suspended.
    """
    account, is_new = Account.objects.get_or_create(subject=subject, defaults={"email": ""})
    if account.role or not account.is_active:
        raise NotAllowed("This account is not opened by a hand-over", todo="Sign in here.")
    if is_new:
        account.set_unusable_password()
        account.save(update_fields=["password"])
        record("account.linked", at=at, actor=f"account {account.ref}", account=account.ref, how="handover")
    return account
