"""Searches for a person: what was searched for is forgotten as soon as it was looked up."""

from __future__ import annotations

from kept.db.models import Job

from .action import action

__all__ = ["forget_search"]


@action
def forget_search(*, term: str) -> bool:
    """Take the sealed search term out of the job that carries it; return False where none does."""
    return bool(Job.objects.filter(kind="find", wanted__term=term).update(wanted={}))
