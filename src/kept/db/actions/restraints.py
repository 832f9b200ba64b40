"""What may no longer be done with a person's data, from the moment this is written: the gate decides by it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kept.base.errors import NotAllowed, NotThere, Refused
from kept.base.roles import Who
from kept.db.models import Request, Restraint
from kept.db.notices import Voice, notice
from kept.db.request_key import opened_key, subject_digest

from .action import action, record
from .letters import keep_letter

__all__ = ["LONGEST_WHY", "lift_restraint", "lift_restriction", "place_restraints"]

LONGEST_WHY = 1_000


@action
def place_restraints(
    *, request: str, subjects: Sequence[str], kind: str, purposes: Sequence[str] = ("",), at: datetime, actor: str
) -> int:
    """Write down what a request takes away, for all it is about (`account:42`); return how many were new.

    The ledger, which anybody may read, says the same where it is about nobody the company knows.
    """
    asked = Request.objects.filter(ref=request).first()
    new = 0
    for subject in subjects:
        for purpose in purposes or ("",):
            wanted = {"subject": subject_digest(subject), "kind": kind, "purpose": purpose, "until": None}
            _, is_new = Restraint.objects.get_or_create(**wanted, defaults={"since": at, "request": asked})
            new += is_new
    named = [purpose for purpose in purposes if purpose]
    record("restraint.placed", at=at, actor=actor, request=request, what=kind, purposes=named)
    return new


@action
def lift_restraint(*, subject: str, kind: str, purpose: str = "", at: datetime, by: Who) -> int:
    """Lift a restraint; return how many there were. A person lifts their own objections; restrictions are lifted by staff, who
    have told the person before (GDPR Art. 18(3)). Raises NotAllowed.
    """
    if by.subject != subject and not by.may("request.work"):
        raise NotAllowed(
            "You may not lift what somebody else asked for", todo="Ask an owner for the role that may work on requests."
        )
    if by.subject == subject and not by.may("request.work") and kind in ("erasing", "erased"):
        raise NotAllowed("An erasure is taken back by withdrawing its request", todo="Withdraw the request.")
    lifted = Restraint.objects.filter(subject=subject_digest(subject), kind=kind, purpose=purpose, until__isnull=True).update(
        until=at
    )
    if lifted:
        record("restraint.lifted", at=at, actor=by.actor, what=kind, purpose=purpose)
    return lifted


@action
def lift_restriction(*, ref: str, why: str, voice: Voice, at: datetime, by: Who) -> int:
    """Lift what a request for a restriction put in force; return how many restraints there were.

    The letter that tells the person so, and why, is written first, in the same transaction (GDPR Art. 18(3)). Raises NotAllowed,
    NotThere; Refused where nothing of it is in force, no reason is given, or there is no address to tell the person at.
    """
    if not by.may("request.work"):
        raise NotAllowed("You may not work on requests", todo="Ask an owner for the role that may.")
    request = Request.objects.select_for_update().filter(ref=ref).first()
    if request is None:
        raise NotThere("There is no such request", todo="Look through the list of requests.")
    held = request.restraints.filter(kind="restricted", until__isnull=True)
    if not held.exists():
        raise Refused("Nothing of this request is restricted any more", todo="Load its page again to see how it stands.")
    said = why.strip()
    if not said or len(said) > LONGEST_WHY or "\0" in said:
        raise Refused(f"Say in at most {LONGEST_WHY} characters why it is lifted", todo="Write what the person will read.")
    to = opened_key(request.key).open(request.address, "address") if request.key else ""
    if not to:
        raise Refused("There is no address to tell the person at", todo="Tell them in another way before it is lifted.")
    text = (
        f"The restriction that you asked for ({request.ref}) is lifted now, and what it covers may be used again.\n\n"
        f"Why: {said}\n\nIf you do not agree, write to us: {voice.contact}\n\n{voice.company}\n"
    )
    written = notice(voice, to=to, subject=f"Your request {request.ref}: the restriction ends", text=text, at=at, language="en")
    name, content = written.message_id, written.content
    keep_letter(request=ref, incoming=False, message_id=name, kind="notice", content=content, at=at, actor=by.actor)
    lifted = held.update(until=at)
    record("restraint.lifted", at=at, actor=by.actor, request=ref, what="restricted", purpose="")
    return lifted
