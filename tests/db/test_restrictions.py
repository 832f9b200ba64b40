"""A restriction is lifted only after the person was told, in their language, and had time to say no: on each database."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from kept.base.errors import Refused
from kept.base.roles import Who
from kept.db.access.standing import standing_of
from kept.db.actions.letters import letter_refused, letter_sent
from kept.db.actions.requests import Coming, receive_request
from kept.db.actions.restraints import LEAST_TOLD, TOLD_BEFORE, keep_restriction, lift_announced, lift_restriction, place_restraints
from kept.db.actions.taking_in import Incoming, keep_reply, letter_bounced
from kept.db.models import LedgerEntry, Letter, Request, Restraint
from kept.db.notices import Voice
from kept.db.request_key import opened_key
from kept.db.terms import Terms
from kept.intake.letter import read_letter
from kept.intake.threads import ref_in

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
DAY = NOW + TOLD_BEFORE
ADA, WHO = "ada@example.org", "account:7"
VOICE = Voice(company="Aurigen", contact="privacy@aurigen.example")
STAFF = Who(account=1, ref="staffAAAAAAA", role="support", vouched=True)
ENGINEER = Who(account=1, ref="x", role="engineer", vouched=True)


@pytest.fixture
def ref(folder: Path) -> str:
    """A request whose restriction is in force, with the letter that it will be lifted."""
    made = restricted()
    lift_restriction(ref=made, why="It was checked.", voice=VOICE, at=NOW, by=STAFF)
    return made


def restricted(language: str = "", address: str = ADA) -> str:
    coming = Coming(right="restriction", channel="email", address=address, language=language, received_at=NOW - timedelta(days=9))
    ref = receive_request(coming, terms=Terms(jurisdictions=("eu",)), at=NOW, actor="worker")
    place_restraints(request=ref, subjects=[WHO], kind="restricted", at=NOW - timedelta(days=8), actor="worker")
    Request.objects.filter(ref=ref).update(state="answered", stage="", closed_at=NOW - timedelta(days=8), wake_at=None)
    return ref


def the_letter() -> EmailMessage:
    one = Letter.objects.select_related("request").get(incoming=False)
    raw = opened_key(one.request.key).open_bytes(bytes(one.sealed), "letter")
    found = message_from_bytes(raw, policy=SMTP)
    assert isinstance(found, EmailMessage)
    return found


def sent(at: datetime = NOW) -> None:
    letter_sent(name=Letter.objects.get(incoming=False).name, at=at, actor="worker")


def closed() -> bool:
    return standing_of(WHO, purposes=(), by=ENGINEER).restricted is not None


def entries(kind: str) -> list[dict[str, object]]:
    found = [json.loads(bytes(entry.body)) for entry in LedgerEntry.objects.order_by("index")]
    return [one["facts"] for one in found if one["kind"] == kind]


def test_it_is_lifted_on_the_day_that_the_letter_names_and_not_before(ref: str) -> None:
    letter = the_letter()
    assert f"{DAY:%d %B %Y}".lstrip("0") in letter.get_content()
    assert "It was checked." in letter.get_content()
    sent()
    assert not lift_announced(at=DAY - timedelta(seconds=1), actor="worker")
    assert closed()
    assert not lift_announced(at=DAY, actor="worker")
    assert not closed()
    assert not lift_announced(at=DAY, actor="worker")
    assert len(entries("restraint.lifted")) == 1


def test_a_letter_that_waited_for_the_mail_server_puts_the_day_off(ref: str) -> None:
    assert not lift_announced(at=DAY, actor="worker")
    assert closed(), "the letter did not go out yet"
    sent(DAY)
    lift_announced(at=DAY + LEAST_TOLD - timedelta(seconds=1), actor="worker")
    assert closed()
    lift_announced(at=DAY + LEAST_TOLD, actor="worker")
    assert not closed()


def test_where_the_letter_is_refused_it_stays_and_staff_are_told(ref: str) -> None:
    letter_refused(name=Letter.objects.get(incoming=False).name, why="store-refused", at=NOW, actor="worker")
    assert lift_announced(at=DAY, actor="worker") == [ref]
    assert not lift_announced(at=DAY, actor="worker"), "once"
    assert closed()
    assert [one["why"] for one in entries("restraint.stays")] == ["unsent"]


@pytest.mark.parametrize(("sender", "stays"), [(ADA, True), ("eve@example.org", False)])
def test_what_the_person_answers_calls_it_off(ref: str, sender: str, *, stays: bool) -> None:
    sent()
    ours = the_letter()
    answer = EmailMessage(policy=SMTP)
    answer["From"], answer["To"], answer["Subject"] = sender, "privacy@aurigen.example", "Re: no"
    answer["In-Reply-To"], answer["Message-ID"] = ours["Message-ID"], "<1@example.org>"
    answer.set_content("No.")
    match = ref_in(read_letter(bytes(answer)), "aurigen.example")
    assert match is not None, "an answer finds its request"
    assert match.ref == ref
    incoming = Incoming(key="<1@example.org>", raw=bytes(answer))
    assert not keep_reply(ref=ref, sender=sender, letter=incoming, at=NOW, actor="worker"), "it is a request of its own"
    lift_announced(at=DAY, actor="worker")
    assert closed() is stays


def test_a_letter_that_did_not_arrive_calls_it_off(ref: str) -> None:
    sent()
    name = str(the_letter()["Message-ID"]).strip(" <>")
    assert letter_bounced(message_id=name, recipient=ADA, permanent=False, at=NOW, actor="worker")
    assert Restraint.objects.get().lift_at, "it may arrive yet"
    assert letter_bounced(message_id=name, recipient=ADA, permanent=True, at=NOW, actor="worker")
    lift_announced(at=DAY, actor="worker")
    assert closed()


def test_who_asks_again_meanwhile_stays_restricted(ref: str) -> None:
    sent()
    place_restraints(request=restricted(), subjects=[WHO], kind="restricted", at=NOW, actor="worker")
    lift_announced(at=DAY, actor="worker")
    assert closed()
    assert [one["why"] for one in entries("restraint.stays")] == ["again"]


def test_who_was_told_by_telephone_gets_no_letter_and_the_same_time(folder: Path) -> None:
    made = restricted(address="")
    with pytest.raises(Refused, match="no address"):
        lift_restriction(ref=made, why="It was checked.", voice=VOICE, at=NOW, by=STAFF)
    told = NOW.date() - timedelta(days=2)
    day = lift_restriction(ref=made, why="It was checked.", voice=VOICE, told=told, at=NOW, by=STAFF)
    assert day == datetime(2026, 12, 3, tzinfo=UTC), "a week after the end of the day on which they were told"
    assert not Letter.objects.exists()
    assert not lift_announced(at=day - timedelta(seconds=1), actor="worker")
    assert closed()
    assert not lift_announced(at=day, actor="worker")
    assert not closed()
    (said,) = entries("restraint.announced")
    assert (said["how"], said["day"]) == ("staff", "2026-12-03")


def test_who_was_told_long_ago_is_lifted_at_once_and_may_have_called_it_off(folder: Path) -> None:
    made = restricted(address="")
    told = NOW.date() - timedelta(days=8)
    assert lift_restriction(ref=made, why="It was checked.", voice=VOICE, told=told, at=NOW, by=STAFF) == NOW
    keep_restriction(ref=made, at=NOW, by=STAFF)
    lift_announced(at=NOW, actor="worker")
    assert closed()


def test_today_is_the_day_that_staff_have(folder: Path) -> None:
    """In Auckland it is tomorrow already."""
    late = NOW.replace(hour=13)
    made = restricted()
    told = late.date() + timedelta(days=1)
    assert lift_restriction(ref=made, why="x", voice=VOICE, told=told, at=late, by=STAFF).date() == told + timedelta(days=8)


@pytest.mark.parametrize("days", [-1, 11])
def test_nobody_was_told_tomorrow_nor_before_they_asked(folder: Path, days: int) -> None:
    made = restricted()
    with pytest.raises(Refused, match="cannot have been told"):
        lift_restriction(ref=made, why="x", voice=VOICE, told=NOW.date() - timedelta(days=days), at=NOW, by=STAFF)
    lift_announced(at=NOW + TOLD_BEFORE, actor="worker")
    assert closed()


def test_the_letter_is_in_the_language_of_the_person(folder: Path) -> None:
    lift_restriction(ref=restricted("hi"), why="जाँच हो गई।", voice=VOICE, at=NOW, by=STAFF)
    letter = the_letter()
    assert letter["Content-Language"] == "hi"
    assert "एक प्रतिबंध हटाया जाएगा" in letter["Subject"]
    for part in ("4 दिसंबर 2026", "जाँच हो गई।", "privacy@aurigen.example"):
        assert part in letter.get_content()
