"""What may no longer be done with a person's data, from the moment this is written: the gate decides by it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from django.db.models import QuerySet

from kept.base.errors import NotAllowed, NotThere, Refused
from kept.base.roles import Who
from kept.db.models import Letter, Request, Restraint
from kept.db.notices import Voice, letterhead
from kept.db.request_key import opened_key, subject_digest
from kept.jurisdictions import law
from kept.planning.answers import lift_notice

from .action import action, record
from .letters import write_notice

__all__ = [
    "LEAST_TOLD",
    "LONGEST_WHY",
    "TOLD_BEFORE",
    "call_off_lifting",
    "keep_restriction",
    "lift_announced",
    "lift_restraint",
    "lift_restriction",
    "place_restraints",
]

LONGEST_WHY = 1_000
TOLD_BEFORE: Final = timedelta(days=7)
"""How long before it is lifted a person is told of it: the law says before, and a letter wants time to be read and answered."""
LEAST_TOLD: Final = timedelta(days=3)
"""How long ago the letter must have gone out on that day; where it waited for a mail server, the restriction stays longer."""
MOST: Final = 100
EARLIEST_ZONE: Final = timedelta(hours=12)
LATEST_ZONE: Final = timedelta(hours=14)
"""How far the calendars of the world are behind UTC, and ahead of it: staff write down the day that they have."""


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
            found, is_new = Restraint.objects.get_or_create(**wanted, defaults={"since": at, "request": asked})
            new += is_new
            if found.lift_at is not None and found.request is not None:  # they ask again for what was about to be lifted
                call_off_lifting(found.request.restraints.all(), request=found.request, why="again", at=at, actor=actor)
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
def lift_restriction(*, ref: str, why: str, voice: Voice, told: date | None = None, at: datetime, by: Who) -> datetime:
    """Announce that what a request for a restriction put in force will be lifted; return from when on it may be.

    The person is told before, with the day and the reason (GDPR Art. 18(3)); what they answer until then calls it off, and
    `lift_announced` lifts it. `told` is the day on which staff told them in another way, by post or telephone: no letter is
    written then. Raises NotAllowed, NotThere; Refused where nothing of it is in force, it is announced already, no reason is
    given, the day is none on which they can have been told, or there is neither a day nor an address to tell the person at.
    """
    request, held = _in_force(ref, by)
    if held.filter(lift_at__isnull=False).exists():
        raise Refused("The person was told already that it will be lifted", todo="Wait for the day that the letter names.")
    said = why.strip()
    if not said or len(said) > LONGEST_WHY or "\0" in said:
        raise Refused(f"Say in at most {LONGEST_WHY} characters why it is lifted", todo="Write what the person will read.")
    if told is None:
        lift_at = at + TOLD_BEFORE
        letter = _announce(request, said, lift_at, voice=voice, at=at, actor=by.actor)
    else:
        lift_at, letter = max(at, _after(request, told, at) + TOLD_BEFORE), ""
    held.update(lift_at=lift_at, lift_letter=letter)
    how, day = "letter" if letter else "staff", lift_at.date().isoformat()
    record("restraint.announced", at=at, actor=by.actor, request=ref, what="restricted", how=how, day=day)
    return lift_at


def _announce(request: Request, why: str, lift_at: datetime, *, voice: Voice, at: datetime, actor: str) -> str:
    """Keep the letter that tells of it, to be sent; return its name."""
    to = opened_key(request.key).open(request.address, "address") if request.key else ""
    if not to:
        raise Refused("There is no address to tell the person at", todo="Tell them in another way, and say on which day you did.")
    laws = [law(id) for id in request.laws]
    draft = lift_notice(laws, letterhead(request, voice), request.language, at.date(), lifted=lift_at.date(), reason=why)
    return write_notice(request, draft, voice=voice, to=to, at=at, actor=actor)


def _after(request: Request, told: date, at: datetime) -> datetime:
    """Return the end of the day on which a person was told. Raises Refused for one before they asked, or one to come, wherever on
    Earth staff and the person are.
    """
    if not (request.received_at - EARLIEST_ZONE).date() <= told <= (at + LATEST_ZONE).date():
        raise Refused(
            "On that day the person cannot have been told",
            todo="Give the day on which you told them, today at the latest.",
        )
    return datetime.combine(told + timedelta(days=1), time(), UTC)


@action
def keep_restriction(*, ref: str, at: datetime, by: Who) -> None:
    """Call off that a restriction will be lifted. Raises NotAllowed, NotThere; Refused where nobody announced that."""
    request, held = _in_force(ref, by)
    if not call_off_lifting(held, request=request, why="staff", at=at, actor=by.actor):
        raise Refused("Nobody announced that this restriction will be lifted", todo="Load its page again to see how it stands.")


def call_off_lifting(held: QuerySet[Restraint], *, request: Request, why: str, at: datetime, actor: str) -> int:
    """Let these restraints of a request stay in force, in the transaction that is open; return of how many lifting was announced.

    `why` is staff, reply, bounce, unsent or again.
    """
    stay = held.filter(lift_at__isnull=False, until__isnull=True).update(lift_at=None, lift_letter="")
    if stay:
        record("restraint.stays", at=at, actor=actor, request=request.ref, what="restricted", why=why)
    return stay


@action
def lift_announced(*, at: datetime, actor: str) -> Sequence[str]:
    """Lift the restrictions whose day has come and whose letter went out at least `LEAST_TOLD` ago.

    Returns the references of requests whose letter the mail server refused: their restrictions stay, and staff must see to them.
    """
    due = Restraint.objects.filter(until__isnull=True, lift_at__lte=at).values("request")
    untold: list[str] = []
    for request in Request.objects.filter(pk__in=due).select_for_update().order_by("id")[:MOST]:
        held = request.restraints.filter(until__isnull=True, lift_at__lte=at)
        by_letter = held.exclude(lift_letter="")
        letters = Letter.objects.filter(name__in=by_letter.values("lift_letter"), incoming=False)
        lost = by_letter.exists() and not letters.exists()
        if lost or letters.filter(sent_at__isnull=True, next_at__isnull=True).exists():
            call_off_lifting(held, request=request, why="unsent", at=at, actor=actor)
            untold.append(request.ref)
        elif not letters.exclude(sent_at__lte=at - LEAST_TOLD).exists():
            held.update(until=at)
            record("restraint.lifted", at=at, actor=actor, request=request.ref, what="restricted", purpose="")
    return untold


def _in_force(ref: str, by: Who) -> tuple[Request, QuerySet[Restraint]]:
    """Return a request, locked, and the restrictions in force that it asked for. Raises NotAllowed, NotThere, Refused."""
    if not by.may("request.work"):
        raise NotAllowed("You may not work on requests", todo="Ask an owner for the role that may.")
    request = Request.objects.select_for_update().filter(ref=ref).first()
    if request is None:
        raise NotThere("There is no such request", todo="Look through the list of requests.")
    held = request.restraints.filter(kind="restricted", until__isnull=True)
    if not held.exists():
        raise Refused("Nothing of this request is restricted any more", todo="Load its page again to see how it stands.")
    return request, held
