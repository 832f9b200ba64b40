"""Letters that come in: each opens a request, joins the one it answers, or tells that a letter of ours did not arrive.

By whatever channel a request comes, its clock runs from its receipt, and it is verified in the same way; here a letter only becomes
such a request.
"""

from __future__ import annotations

import logging
import os
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, Literal, TypeAlias

from kept.base.addresses import same_address
from kept.base.errors import Refused, SourceError
from kept.connectors.mailbox import Mailbox, open_mailbox
from kept.db.access.cases import Case, case_of_worker
from kept.db.actions.requests import LONGEST_NOTE, Coming, Particulars
from kept.db.actions.taking_in import Incoming, acknowledge_request, keep_reply, letter_bounced, take_request
from kept.intake.addresses import bare_address
from kept.intake.classify import CONTACT, Guess, classify
from kept.intake.letter import Letter, read_letter
from kept.intake.threads import ref_in

from .linking import followed
from .wording import received
from .world import World

__all__ = ["Polled", "Taken", "acknowledge", "poll", "received_in", "take_in"]

log = logging.getLogger(__name__)

What: TypeAlias = Literal["request", "reply", "bounce", "ignored", "known"]
STORE: Final = "mailbox"
OLDEST: Final = timedelta(days=30)
"""How long a letter may have lain in the mailbox by the word of the mail server that took it."""
RECEIVED = re.compile(rb"(?:\A|\n)Received:((?:[^\n]|\n[ \t]){1,4000})", re.IGNORECASE)
LANGUAGE = re.compile(r"clearly \(([a-z]{2})\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a letter: it opened the request `ref`, joined it, told of a letter that did not arrive, or came to nothing.

    `known` was taken in before; `ignored` was written by a program, or by ourselves.
    """

    what: What
    ref: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """How many letters a look into the mailbox found, how many opened a request, and how many are left for the next look."""

    letters: int = 0
    requests: int = 0
    left: int = 0


def take_in(world: World, raw: bytes, *, channel: str = "email", received_at: datetime, cut: bool = False) -> Taken:
    """Take in one letter; return what became of it. Taken in again, nothing happens.

    `cut` where `raw` is only its beginning. A letter that joins or tells of nothing opens a request: of the right that it clearly
    asks for, else a question until staff have said which right it is. Raises Refused for a channel that is none.
    """
    letter = read_letter(raw)
    incoming = Incoming(key=letter.key, raw=raw, attachments=len(letter.attachments))
    if letter.bounce is not None:
        return _bounced(world, letter)
    if letter.automatic or _is_ours(world, letter):
        return Taken(what="ignored")
    joined = _joined(world, letter, incoming)
    if joined is not None:
        return joined
    ref = take_request(
        _coming(letter, channel, received_at, cut=cut), incoming, terms=world.terms, at=world.now(), actor=world.actor
    )
    if not ref:
        return Taken(what="known")
    acknowledge(world, case_of_worker(ref))
    return Taken(what="request", ref=ref)


def poll(world: World) -> Polled:
    """Take in what waits in the mailbox of kept.toml; nothing happens where it names none.

    A letter is marked as done only once what came of it is written down. Raises SourceError where the mailbox does not answer.
    """
    said = world.settings.requests.mailbox
    if said is None:
        return Polled()
    url = os.environ.get(said.variable, "")
    if not url:
        happened = f"the environment variable {said.variable} is not set"
        raise SourceError(happened, store=STORE, todo="Set it to the mailbox's URL: imaps://account:password@host/INBOX.")
    mailbox = open_mailbox(url)
    try:
        return _emptied(world, mailbox)
    finally:
        mailbox.close()


def acknowledge(world: World, case: Case) -> bool:
    """Confirm to the person that their request was received, once; return whether that letter was written now.

    Requests that came by letter are always confirmed, others where a law that applies wants it (`acknowledge` among the dates).
    """
    wanted = case.channel == "email" or "acknowledge" in case.dates
    if case.acknowledged or not wanted or bare_address(case.address) is None:
        return False
    return acknowledge_request(
        ref=case.ref, to=case.address, at=world.now(), post=lambda secret: _write_receipt(world, case, secret)
    )


def received_in(raw: bytes, now: datetime) -> datetime:
    """Return when our own mail server took a letter, by the topmost Received field, which it wrote; `now` where it does not say.

    The clock starts when the letter reached the company, not when somebody looked. A moment to come, or long ago, is not believed.
    """
    found = RECEIVED.search(raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0])
    said = found[1].decode("ascii", "replace").rpartition(";")[2] if found else ""
    try:
        moment = parsedate_to_datetime(" ".join(said.split()))
    except (ValueError, TypeError, OverflowError, IndexError):
        return now
    at = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    return at if now - OLDEST <= at <= now else now


def _emptied(world: World, mailbox: Mailbox) -> Polled:
    letters = requests = left = 0
    for one in mailbox.letters():
        raw, letters = one.raw.reveal(), letters + 1
        try:
            taken = take_in(world, raw, received_at=received_in(raw, world.now()), cut=one.cut)
        except Refused as error:  # this letter alone; the others are not kept back
            log.warning("a letter could not be taken in: %s", error)
            left += 1
            continue
        mailbox.done(one)
        requests += taken.what == "request"
    return Polled(letters=letters, requests=requests, left=left)


def _coming(letter: Letter, channel: str, received_at: datetime, *, cut: bool) -> Coming:
    """Return the request that a letter makes: a question with a guess, where no rule is sure."""
    guess = classify(letter)
    sure = guess.sure and not cut and guess.right != "none"
    words = letter.new.reveal() or letter.text.reveal()
    note = f"{letter.subject.reveal()}\n\n{words}".strip()
    return Coming(
        right=guess.right if sure else CONTACT,
        channel=channel,
        address=letter.sender.reveal() if letter.sender else "",
        note=note[:LONGEST_NOTE],
        language=_language(guess),
        received_at=received_at,
        particulars=Particulars(wanted={} if sure else {"guess": guess.right}),
    )


def _language(guess: Guess) -> str:
    """Return the language in which the letter asks, where it is one; nothing else says in which it is to be answered."""
    found = {language for one in guess.why for language in LANGUAGE.findall(one)}
    return found.pop() if len(found) == 1 else ""


def _joined(world: World, letter: Letter, incoming: Incoming) -> Taken | None:
    """Put a letter beside the open request that it answers; None where it names none, or is not from that request's person."""
    match = ref_in(letter, _sender(world).rpartition("@")[2])
    if match is None or letter.sender is None:
        return None
    sender = letter.sender.reveal()
    kept = keep_reply(ref=match.ref, sender=sender, letter=incoming, at=world.now(), actor=world.actor)
    if kept is None:
        return Taken(what="known")
    return Taken(what="reply", ref=match.ref) if kept else None


def _bounced(world: World, letter: Letter) -> Taken:
    told = letter.bounce
    for failure in told.failures if told is not None else ():
        if told is not None and letter_bounced(
            message_id=told.message_id,
            recipient=failure.recipient.reveal(),
            permanent=failure.permanent,
            at=world.now(),
            actor=world.actor,
        ):
            return Taken(what="bounce")
    return Taken(what="ignored")


def _is_ours(world: World, letter: Letter) -> bool:
    return letter.sender is not None and same_address(letter.sender.reveal(), _sender(world))


def _sender(world: World) -> str:
    return world.settings.web.sender or world.settings.company.contact


def _write_receipt(world: World, case: Case, secret: str) -> None:
    link = followed(world, f"/ask/follow/{secret}/")
    words = received(case, world.settings.company, link=link, asks=not case.verified and case.right.verified)
    to = replace(case, language=words.language)
    world.post(to, kind="acknowledgement", subject=words.subject, text=words.text)
