"""Ending a session of somebody on the staff."""

from __future__ import annotations

from datetime import datetime

from django.apps import apps

from kept.base.errors import NotAllowed, NotThere
from kept.base.roles import Who

from .action import action, record

__all__ = ["end_staff_session"]


@action
def end_staff_session(*, number: int, at: datetime, by: Who) -> None:
    """Sign a member of staff out of one browser. Raises NotAllowed; NotThere for what is no session of the staff's."""
    if not by.may("staff.change"):
        raise NotAllowed("You may not end a colleague's session", todo="Ask an owner.")
    found = apps.get_model("usersessions", "UserSession")._default_manager.select_related("user").exclude(user__role="")
    session = found.filter(pk=number).first()
    if session is None:
        raise NotThere("There is no such session", todo="Load the list of staff again: it may have ended by itself.")
    apps.get_model("sessions", "Session")._default_manager.filter(session_key=session.session_key).delete()
    account = session.user.ref
    session.delete()
    record("session.ended", at=at, actor=by.actor, account=account, sessions=1)
