"""Ending sessions, in one's own name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.apps import apps

from kept.base.errors import NotThere
from kept.base.roles import Who
from kept.db.access.sessions import session_ref

from .action import action, record

__all__ = ["end_other_sessions", "end_session"]


@action
def end_session(*, ref: str, by: Who, at: datetime) -> None:
    """End one session of whoever asks: its next request is nobody's. Raises NotThere."""
    found = [one for one in _own(by) if session_ref(one.session_key) == ref]
    if not found:
        raise NotThere("There is no such session", todo="Load the list of your sessions again.")
    _end(found, by=by, at=at)


@action
def end_other_sessions(*, current: str, by: Who, at: datetime) -> int:
    """End every session of whoever asks but the one with this key, and return how many that were."""
    others = [one for one in _own(by) if one.session_key != current]
    if others:
        _end(others, by=by, at=at)
    return len(others)


def _own(by: Who) -> list[Any]:
    rows = apps.get_model("usersessions", "UserSession")._default_manager
    return list(rows.filter(user_id=by.account)) if by.account else []


def _end(sessions: Iterable[Any], *, by: Who, at: datetime) -> None:
    ended = [one.session_key for one in sessions]
    apps.get_model("sessions", "Session")._default_manager.filter(session_key__in=ended).delete()
    apps.get_model("usersessions", "UserSession")._default_manager.filter(session_key__in=ended).delete()
    record("session.ended", at=at, actor=by.actor, sessions=len(ended))
