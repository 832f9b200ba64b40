"""Where a person stands, as the gate wants to know it: what they took away, and what they agreed to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from kept.base.errors import NotAllowed
from kept.base.roles import Who
from kept.db.failures import database_errors
from kept.db.models import Choice, Restraint
from kept.db.request_key import subject_digest
from kept.gate import EVERYTHING, Consent, Standing

__all__ = ["standing_of"]


def standing_of(subject: str, *, purposes: Iterable[str], jurisdiction: str = "", by: Who) -> Standing:
    """Return where somebody (`account:42`) stands now; of somebody nobody knows there is nothing to say. Two queries by index.

    `purposes` are all that the policy has: who withdrew without naming one withdrew from each. Whatever was written down before
    this is asked counts. Raises NotAllowed for who may not ask.
    """
    if not by.may("gate.ask"):
        raise NotAllowed("You may not ask the gate", todo="Ask an owner for a key with the scope gate.ask.")
    with database_errors():
        rows = Restraint.objects.filter(subject=subject_digest(subject), until__isnull=True)
        placed = [(kind, purpose, since) for kind, purpose, since in rows.values_list("kind", "purpose", "since")]
        chosen = Choice.objects.filter(account__subject=subject).exclude(account__subject="").order_by("pk")
        choices = list(chosen.values_list("purpose", "granted", "at"))
    kinds = {kind for kind, _, _ in placed}
    consents = _consents(choices)
    for kind, purpose, since in placed:
        if kind == "withdrew":
            for one in (purpose,) if purpose else tuple(purposes):
                consents[one] = _withdrawn(consents.get(one), since)
    return Standing(
        restricted=min((since for kind, _, since in placed if kind == "restricted"), default=None),
        objections=frozenset(purpose or EVERYTHING for kind, purpose, _ in placed if kind == "objects"),
        consents=consents,
        erasing="erasing" in kinds,
        erased="erased" in kinds,
        opted_out="opted-out" in kinds,
        limited="limited" in kinds,
        jurisdiction=jurisdiction,
    )


def _consents(choices: Iterable[tuple[str, bool, datetime]]) -> dict[str, Consent]:
    """Return the last consent to each purpose, with its withdrawal; choices are in the order they were made."""
    found: dict[str, Consent] = {}
    for purpose, granted, at in choices:
        if granted:
            found[purpose] = Consent(given=at)
        elif purpose in found:
            found[purpose] = _withdrawn(found[purpose], at)
    return found


def _withdrawn(before: Consent | None, since: datetime) -> Consent:
    """Return a consent as it is after a withdrawal. One that is not known here counts as given; one given since stands, because
    the gate compares the two moments.
    """
    if before is None:
        return Consent(given=since, withdrawn=since)
    return before if before.withdrawn is not None else Consent(given=before.given, withdrawn=since)
