"""How it is established that a request is the person's own: ways are offered, met, tried in vain, and confirmed by staff.

A secret stands in a letter and nowhere else; what is kept of it is its SHA-256. Nothing here says whether an address is known: the
same letter goes to any, and no page looks into a store.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final, Literal, TypeAlias

from django.db.models import Count, Sum

from kept.base.addresses import told_apart
from kept.base.errors import NotAllowed, NotThere, Refused
from kept.base.roles import Who
from kept.db.keys import current
from kept.db.models import Challenge, Request
from kept.db.notices import Voice, letterhead
from kept.db.request_key import opened_key, subject_digest
from kept.planning.answers import represented
from kept.rights.registry import right as right_of

from .action import action, record
from .letters import write_notice
from .requests import OPEN, locked_request, secret_digest, verify_request

__all__ = [
    "BY_LINK",
    "GOOD_FOR",
    "LONGEST_POINT",
    "MOST_A_DAY",
    "MOST_POINTS",
    "MOST_TRIES",
    "Met",
    "Offer",
    "address_digest",
    "answer_points",
    "ask_points",
    "choose_person",
    "confirm_challenge",
    "judge_points",
    "keep_candidates",
    "offer_challenge",
    "pass_link",
]

GOOD_FOR: Final = timedelta(days=7)
MOST_TRIES: Final = 3
MOST_POINTS: Final = 3
"""11 CCR 7062(c): three pieces of information for what is most sensitive; nobody asks for more."""
MOST_A_DAY: Final = 5
"""Letters with a link that one address gets in a day, whoever asks for them."""
LONGEST_POINT: Final = 300
BY_LINK: Final = ("link", "agent", "guardian")
"""Ways that a person meets by opening a link and pressing a button."""
DAY: Final = timedelta(days=1)
SEALED_FOR: Final = "points"

Met: TypeAlias = Literal["met", "ended", "waiting"]
"""What came of meeting a challenge: it is met (now, or before), it can be met no more, or somebody is to look at it."""


def address_digest(address: str) -> str:
    """Return the keyed hash by which letters to one address are counted; empty for none."""
    if not address:
        return ""
    return hmac.digest(current().tombstone, f"address {told_apart(address)}".encode("utf-8", "surrogatepass"), sha256).hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A way to show that a request is one's own, open until a moment. Where `to` is empty there is no letter, and staff confirm it.

    `points` is how many questions follow once a link is opened; `asked` are the columns of questions that are asked now.
    """

    way: str
    to: str = field(repr=False)
    until: datetime
    asked: tuple[str, ...] = ()
    points: int = 0


@action
def offer_challenge(offer: Offer, *, ref: str, at: datetime, actor: str, post: Callable[[str, int], object]) -> bool:
    """Offer a way; return False, and do nothing, where its address had enough such letters in a day.

    `post(secret, number)` writes the letter, in the same transaction: the letter and the challenge are both there or neither is.
    Raises NotThere; Refused where the request has ended.
    """
    request = locked_request(ref)
    digest = address_digest(offer.to)
    if offer.to and _had_enough(digest, at):
        return False
    secret = secrets.token_urlsafe(32)
    number = request.challenges.count()
    request.challenges.create(
        way=offer.way,
        digest=secret_digest(secret) if offer.to else "",
        asked=list(offer.asked),
        made_at=at,
        until=offer.until,
    )
    request.address_digest = digest
    if offer.way in BY_LINK:
        request.wanted = {**request.wanted, "points": offer.points}
    request.save(update_fields=["address_digest", "wanted"])
    if offer.to:
        post(secret, number)
    asked = len(offer.asked)
    record("challenge.offered", at=at, actor=actor, request=ref, right=request.right, how=offer.way, questions=asked)
    return True


@action
def pass_link(*, secret: str, at: datetime, actor: str = "person") -> Met:
    """Meet the challenge whose link somebody opened; where no questions are to follow, the request is verified by that.

    A link works once. Raises NotThere for a secret that is none.
    """
    found = _challenge(secret, BY_LINK)
    if found.passed_at:
        return "met"
    if _over(found, at):
        return "ended"
    if found.request.wanted.get("points"):
        Challenge.objects.filter(pk=found.pk).update(passed_at=at)
        _wake(found.request, at)
        record("challenge.met", at=at, actor=actor, request=found.request.ref, right=found.request.right, how=found.way)
    else:
        verify_request(ref=found.request.ref, how=found.way, at=at, actor=actor, challenge=found.pk)
    return "met"


@action
def answer_points(*, secret: str, answers: Mapping[str, str], at: datetime, actor: str = "person") -> Met:
    """Take somebody's answers, sealed, and let a worker compare them; nothing is taken while earlier ones are compared.

    `answers` is by column. Raises NotThere for a secret that is none; Refused for an answer that is too long.
    """
    found = _challenge(secret, ("points",))
    if any(len(one) > LONGEST_POINT or "\0" in one for one in answers.values()):
        raise Refused(f"An answer is no text of at most {LONGEST_POINT} characters", todo="Write only what was asked for.")
    if found.passed_at or found.answers:
        return "met" if found.passed_at else "waiting"
    if _over(found, at):
        return "ended"
    said = {column: answers.get(column, "") for column in found.asked}
    sealed = opened_key(found.request.key).seal_facts(said, SEALED_FOR)
    Challenge.objects.filter(pk=found.pk).update(answers=sealed)
    _wake(found.request, at)
    record("challenge.answered", at=at, actor=actor, request=found.request.ref, right=found.request.right)
    return "waiting"


@action
def judge_points(
    *, ref: str, challenge: int, right: bool, subject: str, at: datetime, actor: str, post: Callable[[int], object]
) -> bool:
    """Keep whether answers were those held, and forget them; return whether the person may try again.

    Right ones verify the request as `subject`'s; after MOST_TRIES wrong ones the challenge has failed and staff decide.
    `post(number)` writes the letter that says it was not enough, in the same transaction. Raises NotThere, Refused.
    """
    request = locked_request(ref)
    found = request.challenges.select_for_update().get(pk=challenge)
    found.answers = ""
    if right:
        found.save(update_fields=["answers"])
        verify_request(ref=ref, how="points", at=at, actor=actor, subject=subject, challenge=challenge)
        return False
    found.attempts += 1
    if found.attempts >= MOST_TRIES:
        found.failed_at = at
    found.save(update_fields=["answers", "attempts", "failed_at"])
    post(found.attempts)
    record("challenge.missed", at=at, actor=actor, request=ref, right=request.right, tries=found.attempts)
    return found.failed_at is None


@action
def ask_points(*, ref: str, number: int, at: datetime, by: Who) -> None:
    """Let the person be asked about what is held, beside the link: where staff doubt with reason who it is (GDPR Art. 12(6)).

    Raises NotAllowed, NotThere; Refused where the request is verified, is never to be, or has ended.
    """
    request = _of_staff(ref, by)
    if request.verified or not right_of(request.right).verified:
        raise Refused("It is established whose request this is, or nobody may ask", todo="Go on with it.")
    if not 1 <= number <= MOST_POINTS:
        raise Refused(f"People are asked one to {MOST_POINTS} questions", todo="Name a number between them.")
    if request.wanted.get("points") == number or request.challenges.filter(way="points").exists():
        raise Refused("The person is asked that already", todo="Wait for what they answer.")
    request.wanted = {**request.wanted, "points": number}
    request.save(update_fields=["wanted"])
    _wake(request, at)
    record("challenge.wanted", at=at, actor=by.actor, request=ref, right=request.right, questions=number)


@action
def confirm_challenge(*, ref: str, why: str, at: datetime, by: Who, voice: Voice | None = None) -> bool:
    """Say that staff established whose request it is: they saw the mandate, know the guardian, or spoke with the person.

    Where somebody acts for the person, two of the staff must say so, one after the other, and the person whose address was given is
    told after the first, by `voice`. True once it is established. `why` is kept sealed with the request. Raises NotAllowed,
    NotThere; Refused where it ended, is verified, no reason is given, or the same one says it again.
    """
    request = _of_staff(ref, by)
    if request.verified or not right_of(request.right).verified:
        raise Refused("It is established already whose request this is", todo="Go on with it.")
    if not why.strip() or len(why) > LONGEST_POINT or "\0" in why:
        raise Refused(f"Say in at most {LONGEST_POINT} characters how you established it", todo="Write what you saw.")
    key = opened_key(request.key)
    said = key.open_facts(request.said, "said")
    last = request.challenges.order_by("-pk").first()
    how = _acting(said, last)
    first = request.wanted.get("vouched_by", "")
    if how != "staff" and first == by.actor:
        raise Refused("You said so already, and it takes a second person", todo="Ask a colleague to look at it too.")
    alone = how != "staff" and not first
    request.said = key.seal_facts({**said, "vouched" if alone else "confirmed": why.strip()}, "said")
    if alone:
        request.wanted = {**request.wanted, "vouched_by": by.actor}
    request.save(update_fields=["said", "wanted"])
    if alone:
        record("challenge.vouched", at=at, actor=by.actor, request=ref, right=request.right, how=how)
        _tell_represented(request, said, voice, at, by.actor)
    else:
        verify_request(ref=ref, how=how, at=at, actor=by.actor, challenge=last.pk if last else 0)
    return not alone


@action
def keep_candidates(*, ref: str, fence: int, subjects: Sequence[str]) -> None:
    """Keep, sealed, whom an address could be, for staff to choose among. Raises NotThere, Refused."""
    request = locked_request(ref)
    if request.fence != fence:
        raise Refused(f"The request {ref} is another worker's by now", todo="Leave it to that one.")
    key = opened_key(request.key)
    said = key.open_facts(request.said, "said")
    if said.get("candidates") != list(subjects):
        request.said = key.seal_facts({**said, "candidates": list(subjects)}, "said")
        request.save(update_fields=["said"])


@action
def choose_person(*, ref: str, subject: str, at: datetime, by: Who) -> None:
    """Say which of those who were found a request is about. Raises NotAllowed, NotThere; Refused where it is none of them."""
    request = _of_staff(ref, by)
    key = opened_key(request.key)
    if request.subject or subject not in key.open_facts(request.said, "said").get("candidates", []):
        raise Refused("This is none of the people that were found for the request", todo="Choose one of them.")
    request.subject, request.subject_digest = key.seal(subject, "subject"), subject_digest(subject)
    request.save(update_fields=["subject", "subject_digest"])
    _wake(request, at)
    record("request.identified", at=at, actor=by.actor, request=ref, right=request.right)


def _acting(said: Mapping[str, Any], last: Challenge | None) -> str:
    """Return agent or guardian where somebody acts for the person, else staff."""
    acts = next((one for one in ("agent", "guardian") if said.get(one)), "")
    return acts or (last.way if last is not None and last.way in ("agent", "guardian") else "staff")


def _tell_represented(request: Request, said: Mapping[str, Any], voice: Voice | None, at: datetime, actor: str) -> None:
    """Keep a letter to the person, where their address was given: that somebody acts for them, and where the answer goes."""
    person = said.get("person")
    to = str(person.get("email", "")) if isinstance(person, Mapping) else ""
    if voice is None or not to:
        return
    answers = opened_key(request.key).open(request.address, "address")
    draft = represented(letterhead(request, voice), request.language, answers=answers)
    write_notice(request, draft, voice=voice, to=to, at=at, actor=actor)


def _challenge(secret: str, ways: Sequence[str]) -> Challenge:
    """Return the challenge of a secret, its request locked first, as everybody locks them. Raises NotThere."""
    known = Challenge.objects.filter(digest=secret_digest(secret), way__in=ways) if secret else Challenge.objects.none()
    request = Request.objects.select_for_update().filter(pk__in=known.values("request_id")).first()
    found = known.select_for_update().filter(request=request).first() if request else None
    if request is None or found is None:
        raise NotThere("This link is not one of ours", todo="Copy the whole of it from our letter.")
    found.request = request
    return found


def _had_enough(digest: str, at: datetime) -> bool:
    """Return whether an address had as many letters with links, or answered wrongly as often, as it may in a day."""
    lately = Challenge.objects.filter(request__address_digest=digest, made_at__gt=at - DAY).exclude(digest="")
    told = lately.aggregate(letters=Count("pk"), wrong=Sum("attempts"))
    return told["letters"] >= MOST_A_DAY or (told["wrong"] or 0) >= MOST_TRIES


def _over(found: Challenge, at: datetime) -> bool:
    ended = found.request.state not in OPEN or bool(found.request.verified)
    return ended or at >= found.until or found.failed_at is not None


def _of_staff(ref: str, by: Who) -> Request:
    if not by.may("request.work"):
        raise NotAllowed("You may not work on requests", todo="Ask an owner for the role that may.")
    return locked_request(ref)


def _wake(request: Request, at: datetime) -> None:
    """Let a worker look at the request, whose row is locked, now."""
    request.wake_at, request.waits_on, request.waits_for, request.changed_at = at, "", "", at
    request.save(update_fields=["wake_at", "waits_on", "waits_for", "changed_at"])
