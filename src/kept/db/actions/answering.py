"""What staff do with people's requests: take one up, confirm it, write its answer, extend its time, refuse it with a ground.

Staff never end a request: they move it on to where the worker writes to the person and closes it. So nothing is closed before its
proof, and no answer is lost between two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from kept.base.errors import NotAllowed, NotThere, Refused
from kept.base.roles import Who
from kept.db.grounds import grounds_for, rights_given
from kept.db.models import Account, Request
from kept.db.models.request import RequestState
from kept.db.notices import Voice, letterhead
from kept.db.request_key import opened_key
from kept.db.terms import Terms, columns_of, dates_of, pauses_of
from kept.jurisdictions import Law, law
from kept.planning.answers import extension, refusal
from kept.rights.registry import right as right_of

from .action import action, record
from .letters import write_notice
from .requests import OPEN, locked_request

__all__ = [
    "LONGEST_ANSWER",
    "LONGEST_REASON",
    "MOST_CHANGES",
    "TOO_LARGE",
    "allow_large",
    "assign_request",
    "confirm_request",
    "enter_changes",
    "extend_request",
    "refuse_request",
    "take_up_request",
    "write_answer",
]

LONGEST_ANSWER = 10_000
LONGEST_REASON = 200
MOST_CHANGES = 50
TOO_LARGE = "would touch"
"""What stands in the sentence of an erasure that stopped before it took a large share of a table."""


@action
def take_up_request(*, ref: str, at: datetime, by: Who) -> None:
    """Say that one is at a request, also where a colleague was.

    Raises NotAllowed, NotThere; Refused where it has ended, or is one's own already.
    """
    request = _still(ref, by)
    if request.taken_by == by.actor:
        raise Refused("This request is yours already", todo="Go on with it.")
    _give(request, by.actor, at, by)


@action
def assign_request(*, ref: str, to: str, at: datetime, by: Who) -> None:
    """Give a request to a colleague, by their account's reference.

    Raises NotAllowed, NotThere; Refused where it has ended, or they may not work on it.
    """
    request = _still(ref, by)
    found = Account.objects.filter(ref=to).first()
    colleague = Who(ref=to, role=found.role, vouched=True) if found and found.is_active else None
    if colleague is None or not colleague.may("request.work"):
        raise Refused("They may not work on requests", todo="Choose somebody whose role may.")
    if request.taken_by == colleague.actor:
        raise Refused("This request is theirs already", todo="Let them go on with it.")
    _give(request, colleague.actor, at, by)


@action
def confirm_request(*, ref: str, at: datetime, by: Who) -> None:
    """Say that what a request wants may be done, such as the new values of a rectification; the worker goes on with it.

    Nothing happens a second time. Raises NotAllowed, NotThere; Refused where it does not wait for that, or has no new values.
    """
    request = _at_stage(ref, by, "confirm", "wait for a confirmation")
    if request.wanted.get("confirmed"):
        return
    if not opened_key(request.key).open_facts(request.said, "said").get("changes"):
        raise Refused("Nobody has said what is to be written", todo="Enter the new values first, or refuse the request.")
    request.wanted = {**request.wanted, "confirmed": by.actor}
    _wake(request, at)
    record("request.confirmed", at=at, actor=by.actor, request=ref, right=request.right)


@action
def enter_changes(*, ref: str, changes: Sequence[Mapping[str, str]], at: datetime, by: Who) -> None:
    """Write down, sealed, what a rectification that came in words is to change: each a `column` and its new `value`.

    Whoever calls has seen to it that the columns can be put right. Nothing is written into a store before it is confirmed. Raises
    NotAllowed, NotThere; Refused where it does not wait for that, or is confirmed already.
    """
    request = _at_stage(ref, by, "confirm", "wait for new values")
    if request.wanted.get("confirmed"):
        raise Refused("This request is confirmed already", todo="Wait until the worker has written the new values.")
    wanted = [{"column": one["column"], "value": one["value"]} for one in changes]
    if not 0 < len(wanted) <= MOST_CHANGES:
        raise Refused(f"A request changes one to {MOST_CHANGES} columns", todo="Enter the new values that the person gave.")
    key = opened_key(request.key)
    said = key.open_facts(request.said, "said")
    if said.get("changes") == wanted:
        raise Refused("These values are entered already", todo="Confirm them, or change them.")
    request.said, request.changed_at = key.seal_facts({**said, "changes": wanted}, "said"), at
    request.save(update_fields=["said", "changed_at"])
    record("request.changes", at=at, actor=by.actor, request=ref, right=request.right, columns=len(wanted))


@action
def allow_large(*, ref: str, at: datetime, by: Who) -> None:
    """Say that an erasure may take the large share of a table at which it stopped; everybody's in its sweep goes on.

    Raises NotAllowed, NotThere; Refused where it did not stop at that, or somebody said so already.
    """
    if not by.may("plan.approve"):
        raise NotAllowed("You may not let an erasure take so much", todo="Ask somebody who may approve plans.")
    request = Request.objects.select_for_update(of=("self",)).filter(ref=ref).first()
    if request is None:
        raise NotThere("There is no such request", todo="Look through the list of requests.")
    stopped = request.steps.filter(name="erase", state="failed", error__contains=TOO_LARGE).exists()
    if request.state not in OPEN or request.stage != "erase" or request.waits_on != "staff" or not stopped:
        raise Refused("This request did not stop at a large share of a table", todo="Load its page again to see how it stands.")
    request.wanted = {**request.wanted, "large": by.actor}
    _wake(request, at)
    if request.sweep_id is not None:
        Request.objects.filter(sweep_id=request.sweep_id, stage="erase").update(
            wake_at=at, waits_on="", waits_for="", changed_at=at
        )
    record("erasure.allowed", at=at, actor=by.actor, request=ref, right=request.right)


@action
def write_answer(*, ref: str, answer: str, at: datetime, by: Who) -> None:
    """Write what the person reads, where a request waits for words of somebody; the worker sends it and closes the request.

    Raises NotAllowed, NotThere; Refused where it does not wait for that, nothing is said, or it is too long.
    """
    request = _at_stage(ref, by, "write", "wait for an answer in words")
    request.outcome = _sealed(request, _written(answer))
    _wake(request, at)
    record("request.written", at=at, actor=by.actor, request=ref, right=request.right)


@action
def refuse_request(*, ref: str, ground: str, answer: str, voice: Voice, at: datetime, by: Who) -> None:
    """Refuse a request on a ground that a law of its has, or the house; the worker sends it and closes the request.

    What the person reads is the ground with its article, what is written beside it, how to complain to which authority, and the
    contact. Raises NotAllowed, NotThere; Refused where it has ended, is being erased already, or the ground is none of its.
    """
    request = _still(ref, by)
    if request.sweep_id is not None:
        raise Refused("What was asked to be erased is being erased already", todo="Wait for its proof.")
    if request.ground:
        raise Refused("This request is refused already", todo="Wait until the person is told.")
    right, head, day = right_of(request.right), letterhead(request, voice), request.received_at.date()
    known = grounds_for(request.laws, request.right, day)
    if ground not in known:
        raise Refused("That is no ground for a refusal of this request", todo=f"Choose one of {', '.join(known)}.")
    letter = refusal(right, _laws(request), ground, head, request.language, day, reason=_written(answer))
    request.outcome, request.ground = _sealed(request, letter.text), ground[:50]
    request.stage, request.leased_until, request.fence = "answer", None, request.fence + 1  # whatever a worker is at is over
    _wake(request, at)
    request.restraints.filter(until__isnull=True, kind="erasing").update(until=at)
    record("request.refusal", at=at, actor=by.actor, request=ref, right=request.right, ground=ground)


@action
def extend_request(*, ref: str, reason: str, terms: Terms, voice: Voice, at: datetime, by: Who) -> None:
    """Take the longer time that a law allows, counted from the start; the person is told why, at once (GDPR Art. 12(3)).

    Raises NotAllowed, NotThere; Refused where it has ended, was extended before, no law allows it, or its first time is over.
    """
    request = _still(ref, by)
    day = request.received_at.date()
    if request.extended:
        raise Refused("The time of this request was extended already", todo="Answer it in that time.")
    if not any(given.extension.allowed for _, given in rights_given(request.laws, request.right, day)):
        raise Refused("No law of this request's allows more time", todo="Answer it in the time there is.")
    if at > request.strict_by:
        raise Refused("The first time of this request is over, and can be extended no more", todo="Answer it now.")
    why = _reason(reason)
    found = dates_of(terms, request.right, request.received_at, extended=True, pauses=pauses_of(request.pauses, at), now=at)
    for name, value in columns_of(found).items():
        setattr(request, name, value)
    request.extended, request.changed_at, request.escalated_at = why, at, None
    request.save()
    _tell_extended(request, voice, at, by.actor)
    facts = {"strict_by": request.strict_by.date().isoformat(), "legal_by": request.legal_by.date().isoformat()}
    record("request.extended", at=at, actor=by.actor, request=ref, right=request.right, **facts)


def _give(request: Request, to: str, at: datetime, by: Who) -> None:
    request.state, request.taken_by, request.changed_at = RequestState.WORKING, to, at
    request.save(update_fields=["state", "taken_by", "changed_at"])
    record("request.taken", at=at, actor=by.actor, request=request.ref, right=request.right, to=to)


def _still(ref: str, by: Who) -> Request:
    if not by.may("request.work"):
        raise NotAllowed("You may not work on requests", todo="Ask an owner for the role that may.")
    return locked_request(ref)


def _at_stage(ref: str, by: Who, stage: str, wanted: str) -> Request:
    request = _still(ref, by)
    if request.stage != stage:
        raise Refused(f"This request does not {wanted}", todo="Load its page again to see how it stands.")
    return request


def _wake(request: Request, at: datetime) -> None:
    """Let the worker look at a request again: what it waited for is there."""
    request.state, request.wake_at, request.changed_at = RequestState.WORKING, at, at
    request.waits_on = request.waits_for = ""
    request.save()


def _tell_extended(request: Request, voice: Voice, at: datetime, actor: str) -> None:
    """Keep a letter to the person, where letters reach them; the privacy centre says the same."""
    address = opened_key(request.key).open(request.address, "address") if request.key else ""
    if not address:
        return
    head, right, day = letterhead(request, voice), right_of(request.right), request.received_at.date()
    answer_by, reason = request.work_by.date(), request.extended
    draft = extension(right, _laws(request), head, request.language, day, answer_by=answer_by, reason=reason)
    write_notice(request, draft, voice=voice, to=address, at=at, actor=actor)


def _laws(request: Request) -> list[Law]:
    return [law(id) for id in request.laws]


def _sealed(request: Request, text: str) -> str:
    return opened_key(request.key).seal(text, "outcome") if request.key else text


def _reason(text: str) -> str:
    if not text.strip() or len(text.strip()) > LONGEST_REASON or not text.strip().isprintable():
        raise Refused(
            "The person must be told why", todo=f"Give a reason in at most {LONGEST_REASON} characters, without their data."
        )
    return text.strip()


def _written(text: str) -> str:
    if not text.strip():
        raise Refused("The person must be told something", todo="Write what they will read.")
    if len(text) > LONGEST_ANSWER or "\0" in text:
        raise Refused(f"The answer is no text of at most {LONGEST_ANSWER:,} characters", todo="Say it in fewer words.")
    return text.strip()
