"""Cutting what is connected to an account."""

from __future__ import annotations

from datetime import datetime

from django.apps import apps

from kept.base.errors import NotThere, Refused
from kept.base.roles import Who
from kept.db.access.connections import connection_ref

from .action import action, record

__all__ = ["disconnect"]


@action
def disconnect(*, ref: str, by: Who, at: datetime) -> None:
    """Cut one connection of whoever asks. Raises NotThere; Refused where nothing would be left to sign in with."""
    rows = apps.get_model("socialaccount", "SocialAccount")._default_manager
    own = list(rows.filter(user_id=by.account)) if by.account else []
    found = next((one for one in own if connection_ref(one.provider, one.uid) == ref), None)
    if found is None:
        raise NotThere("There is no such connection", todo="Load the list again.")
    verified = apps.get_model("account", "EmailAddress")._default_manager.filter(user_id=by.account, verified=True)
    if len(own) == 1 and not verified.exists():
        raise Refused("You could not sign in any more without it", todo="Add an e-mail address to your account first.")
    found.delete()
    record("connection.cut", at=at, actor=by.actor, account=by.ref)
