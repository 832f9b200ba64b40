"""Opening and closing what people owe."""

from __future__ import annotations

from datetime import date, datetime
from hashlib import sha256

from kept.db.models import Obligation

from .action import action, record

__all__ = ["close_obligation", "open_obligation"]


@action
def open_obligation(*, finding: str, title: str, owner: str, due: date, wanted: str, at: datetime, actor: str) -> bool:
    """Open an obligation for a finding; return False where one of this title is open for it already, which is then left alone.

    The ledger gets a digest of finding and title, and the due date.
    """
    key = _key(finding, title)
    values = {"finding": finding, "title": title, "owner": owner, "due": due, "wanted": wanted, "opened_at": at}
    _, is_new = Obligation.objects.get_or_create(key=key, closed_at=None, defaults=values)
    if is_new:
        record("obligation.opened", at=at, actor=actor, obligation=key, due=due.isoformat())
    return is_new


@action
def close_obligation(*, finding: str, evidence: str, at: datetime, actor: str, title: str | None = None) -> int:
    """Close the open obligations of a finding (only the one of that title, where given); return how many were closed."""
    still_open = Obligation.objects.select_for_update().filter(finding=finding, closed_at=None)
    if title is not None:
        still_open = still_open.filter(title=title)
    closed = 0
    for obligation in still_open:
        obligation.closed_at = at
        obligation.evidence = evidence
        obligation.save(update_fields=["closed_at", "evidence"])
        shown = sha256(evidence.encode("utf-8", "surrogatepass")).hexdigest()
        record("obligation.closed", at=at, actor=actor, obligation=obligation.key, evidence=shown)
        closed += 1
    return closed


def _key(finding: str, title: str) -> str:
    return sha256(f"{finding}\n{title}".encode("utf-8", "surrogatepass")).hexdigest()
