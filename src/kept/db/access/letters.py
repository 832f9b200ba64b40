"""Letters as whoever sends them sees them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from kept.db.actions.letters import SEALED_FOR
from kept.db.failures import database_errors
from kept.db.models import Letter
from kept.db.request_key import opened_key

__all__ = ["Waiting", "letters_to_send"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A letter that waits to be sent: by what it is known, of which request, its kind, and the whole of it, sealed."""

    name: str
    request: str
    kind: str
    key: str = field(repr=False)
    sealed: bytes = field(repr=False)

    def opened(self) -> bytes:
        """Return the whole of the letter. Raises IntegrityError where it does not open."""
        return opened_key(self.key).open_bytes(self.sealed, SEALED_FOR)


def letters_to_send(*, at: datetime, most: int = 20) -> tuple[Waiting, ...]:
    """Return the letters that are to be sent by now, the oldest first; those whose request has lost its key are left out."""
    with database_errors():
        due = Letter.objects.filter(next_at__lte=at).select_related("request").order_by("next_at", "id")
        due = due.only("name", "kind", "sealed", "request__ref", "request__key")[:most]
        return tuple(
            Waiting(name=one.name, request=one.request.ref, kind=one.kind, key=one.request.key, sealed=bytes(one.sealed))
            for one in due
            if one.request.key
        )
