"""Letters that come in: what becomes of each, once and only once, and the same clock and verification as by every other way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kept.base.errors import SourceError
from kept.connectors.mailbox import Taken as InHand
from kept.connectors.mailbox.maildir import MaildirMailbox
from kept.db.access.cases import case_of_worker
from kept.db.access.verifying import followed_request
from kept.db.actions.letters import letter_sent
from kept.db.actions.requests import CHANNELS, Coming, receive_request
from kept.db.actions.taking_in import ask_in_public, confirm_right
from kept.db.models import Letter, Request
from kept.workflows.intake import acknowledge, poll, received_in, take_in
from tests.workflows.asking import ANNA, LINK, STAFF, START, Town, letter

ERASE = "Please delete all my personal data under Article 17 GDPR."
MAILBOX = 'mailbox = "env:AURIGEN_MAILBOX"'


@pytest.fixture
def requests_said() -> tuple[str, ...]:
    return (MAILBOX,)


@pytest.fixture
def maildir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Maildir that kept.toml's mailbox is."""
    folder = tmp_path / "mail"
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True)
    monkeypatch.setenv("AURIGEN_MAILBOX", f"maildir://{folder}")
    return folder


def lay(folder: Path, raw: bytes, name: str = "1") -> None:
    (folder / "new" / name).write_bytes(raw)


def waiting(folder: Path) -> int:
    return len(list((folder / "new").iterdir()))


def only() -> Request:
    return Request.objects.get()


def test_a_clear_letter_opens_the_request_it_asks_for(town: Town) -> None:
    taken = take_in(town.world, letter(ERASE, subject="Erasure"), received_at=START - timedelta(hours=3))
    row = only()
    assert (taken.what, taken.ref) == ("request", row.ref)
    assert (row.right, row.channel, row.received_at, row.verified) == ("erasure", "email", START - timedelta(hours=3), "")
    case = case_of_worker(row.ref)
    assert (case.address, ERASE in case.note, case.wanted) == (ANNA, True, {})
    assert town.all_letters(row.ref, incoming=True)[0]["Subject"] == "Erasure"
    assert not any(one in str(Request.objects.values()) for one in (ANNA, "delete all"))


def test_the_receipt_is_confirmed_with_what_was_understood_and_by_when(town: Town) -> None:
    take_in(town.world, letter(ERASE), received_at=START)
    row = only()
    (sent,) = town.all_letters(row.ref)
    text = town.text(sent)
    assert sent["To"].addresses[0].addr_spec == ANNA
    assert sent["Auto-Submitted"] == "auto-generated"
    assert row.ref in text
    assert f"{row.work_by:%B %Y}" in text
    assert "Erasure" in text
    assert town.world.settings.company.contact in text
    link = LINK.search(text)
    assert link is not None
    followed = followed_request(link[1])
    assert (followed.ref, followed.outcome) == (row.ref, "")
    for _ in range(2):
        assert not acknowledge(town.world, case_of_worker(row.ref))
        take_in(town.world, letter(ERASE), received_at=START)
    assert len(town.all_letters(row.ref)) == 1
    letter_sent(name=Letter.objects.get(incoming=False).name, at=town.at, actor="test")
    assert only().acknowledged_at == town.at


def test_an_unclear_letter_waits_for_somebody_and_loses_no_day(town: Town) -> None:
    take_in(town.world, letter("I have seen your new site and wonder about things.", subject="Hello"), received_at=START)
    row = only()
    assert (row.right, "guess" in row.wanted, row.verified) == ("contact", True, "not-needed")
    town.step(row.ref)
    assert town.waits(row.ref)[0] == "staff"
    town.later(days=6)
    confirm_right(ref=row.ref, right="access", terms=town.world.terms, at=town.at, by=STAFF)
    after, direct = only(), town.asks("access")
    assert (after.right, after.stage, after.received_at) == ("access", "verify", START)
    assert after.work_by < Request.objects.get(ref=direct).work_by
    assert town.step(row.ref).stage == "verify"
    assert town.waits(row.ref)[0] == "person"


@pytest.mark.parametrize(
    "raw",
    [
        letter("I am away until Monday.", subject="Automatic reply: My data", more="Auto-Submitted: auto-replied\r\n"),
        letter(ERASE, more="Precedence: junk\r\n"),
        letter(ERASE, sender="MAILER-DAEMON@example.eu"),
        letter(ERASE, more="X-Autoreply: yes\r\n"),
        letter(ERASE, more="Return-Path: <>\r\n"),
        letter(ERASE, sender="Aurigen <privacy@aurigen.example>"),
    ],
)
def test_a_program_gets_no_answer_and_opens_nothing(town: Town, raw: bytes) -> None:
    assert take_in(town.world, raw, received_at=START).what == "ignored"
    assert Request.objects.count() == 0


def test_a_reply_joins_its_request_by_its_own_sender_alone(town: Town) -> None:
    take_in(town.world, letter(ERASE), received_at=START)
    ref = only().ref
    ours = town.all_letters(ref)[0]["Message-ID"]
    answers = f"In-Reply-To: {ours}\r\n"
    tagged = f"Re: We received your request [request {ref}]"
    assert take_in(town.world, letter("One more thing.", more=answers), received_at=START).ref == ref
    assert take_in(town.world, letter("And another.", subject=tagged), received_at=START).what == "reply"
    assert Letter.objects.filter(request__ref=ref, kind="reply").count() == 2
    for stranger in ("Eve <eve@example.eu>", "Anna <\u0430nna.asks@example.eu>", "Anna <anna.asks+x@example.eu>"):
        raw = letter(ERASE, sender=stranger, subject=tagged, more=answers)
        taken = take_in(town.world, raw, received_at=START)
        assert (taken.what, taken.ref != ref) == ("request", True)
    assert Letter.objects.filter(request__ref=ref, incoming=True).count() == 3


def test_a_reply_to_a_request_that_has_ended_is_a_new_one(town: Town) -> None:
    take_in(town.world, letter(ERASE), received_at=START)
    ref = only().ref
    Request.objects.update(state="answered", closed_at=town.at, stage="", wake_at=None)
    answers = f"In-Reply-To: {town.all_letters(ref)[0]['Message-ID']}\r\n"
    taken = take_in(town.world, letter(ERASE, subject="Still there", more=answers), received_at=START)
    assert (taken.what, taken.ref != ref) == ("request", True)


def test_a_letter_of_ours_that_did_not_arrive_is_told_where_it_belongs(town: Town) -> None:
    take_in(town.world, letter(ERASE), received_at=START)
    ref = only().ref
    letter_sent(name=Letter.objects.get(incoming=False).name, at=town.at, actor="test")
    report = (
        "From: MAILER-DAEMON@example.eu\r\nTo: privacy@aurigen.example\r\nSubject: Undelivered\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; example.eu\r\n\r\n"
        f"Final-Recipient: rfc822; {ANNA}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {town.all_letters(ref)[0]['Message-ID']}\r\n\r\n--b--\r\n"
    )
    assert take_in(town.world, report.encode(), received_at=START).what == "bounce"
    assert only().wanted["bounced"] == ["acknowledgement"]
    forged = report.replace(ANNA, "eve@example.eu")
    assert take_in(town.world, forged.encode(), received_at=START).what == "ignored"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0" * 500,
        b"no head at all",
        b"From: a@b.example, c@d.example\r\n\r\nwho am I?",
        b"From: \xff\xfe\r\nSubject: \xff\r\n\r\n\xff",
        letter("x" * 300_000),
        letter(ERASE, sender="Anna <anna.asks@example.eu>\r\nBcc: eve@example.eu"),
    ],
)
def test_junk_is_taken_in_calmly_and_never_answered_to_two(town: Town, raw: bytes) -> None:
    taken = take_in(town.world, raw, received_at=START)
    assert taken.what in ("request", "ignored")
    for row in Request.objects.all():
        for sent in town.all_letters(row.ref):
            assert len(sent["To"].addresses) == 1
            assert "eve@" not in str(sent["To"])
            assert sent["Bcc"] is None


def test_the_mailbox_is_emptied_and_each_letter_counts_once(town: Town, maildir: Path) -> None:
    lay(maildir, letter(ERASE), "1")
    lay(maildir, letter(ERASE), "2")  # the same letter, by two ways
    lay(maildir, letter("Please send me a copy of all my personal data.", sender="Bo <bo@example.eu>"), "3")
    polled = poll(town.world)
    assert (polled.letters, polled.requests, polled.left, waiting(maildir)) == (3, 2, 0, 0)
    assert sorted(Request.objects.values_list("right", flat=True)) == ["access", "erasure"]
    assert poll(town.world).letters == 0


def test_a_worker_killed_before_the_letter_is_marked_takes_it_in_once(
    town: Town, maildir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(maildir, letter(ERASE))

    class Killed(BaseException):
        pass

    def dies(self: MaildirMailbox, taken: InHand) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(MaildirMailbox, "done", dies)
        with pytest.raises(Killed):
            poll(town.world)
    assert (waiting(maildir), Request.objects.count()) == (1, 1)
    assert poll(town.world).requests == 0
    assert (waiting(maildir), Request.objects.count(), len(town.all_letters(only().ref))) == (0, 1, 1)


def test_a_letter_stays_in_the_mailbox_until_it_is_written_down(town: Town, maildir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay(maildir, letter(ERASE))
    policy = town.company.privacy / "policy.md"
    text = policy.read_text()
    policy.write_text("---\nbroken: [")
    try:
        with pytest.raises(Exception, match="policy"):
            poll(town.world)
    finally:
        policy.write_text(text)
    assert (waiting(maildir), Request.objects.count()) == (1, 0)
    monkeypatch.delenv("AURIGEN_MAILBOX")
    with pytest.raises(SourceError, match="AURIGEN_MAILBOX"):
        poll(town.world)


def test_the_clock_starts_when_our_server_took_the_letter() -> None:
    now = datetime(2026, 3, 9, 9, tzinfo=UTC)
    ours = b"Received: from x by mx.aurigen.example;\r\n Sat, 7 Mar 2026 10:00:00 +0100\r\n"
    theirs = b"Received: from y by x; Sun, 1 Mar 2020 10:00:00 +0000\r\n"
    rest = b"From: a@b.example\r\n\r\nReceived: by nobody; Fri, 6 Mar 2026 10:00:00 +0000\r\n"
    assert received_in(ours + theirs + rest, now) == datetime(2026, 3, 7, 9, tzinfo=UTC)
    for wrong in (b"", theirs, ours.replace(b"2026", b"2027"), b"Received: by x; yesterday\r\n", b"Received: \xff;\xff\r\n"):
        assert received_in(wrong + rest, now) == now


def test_every_channel_has_the_same_clock_and_the_same_verification(town: Town) -> None:
    """The privacy centre, programs, letters, agents, staff and the public page; at one moment, for one right."""
    at, terms = town.at, town.world.terms
    refs = {
        channel: receive_request(
            Coming(right="erasure", channel=channel, address=f"{channel}@example.eu"), terms=terms, at=at, actor="test"
        )
        for channel in CHANNELS
    }
    refs["public"] = ask_in_public(Coming(right="erasure", channel="centre", address="public@example.eu"), terms=terms, at=at)
    raw = letter(ERASE, sender="mail@example.eu")
    refs["letter"] = take_in(town.world, raw, received_at=at).ref
    later = letter("Hm.", sender="hm@example.eu")
    refs["unclear"] = take_in(town.world, later, received_at=at).ref
    confirm_right(ref=refs["unclear"], right="erasure", terms=terms, at=at + timedelta(days=3), by=STAFF)
    town.later(days=3)
    seen = set()
    for name, ref in refs.items():
        row = Request.objects.get(ref=ref)
        town.step(ref)
        asked = [
            (str(one["Subject"]).replace(ref, ""), town.text(one).replace(town.secret(ref), "").replace(ref, ""))
            for one in town.all_letters(ref)
            if "confirm" in str(one["Subject"])
        ]
        dates = (row.received_at, row.promised_by, row.strict_by, row.legal_by, row.work_by, str(row.dates))
        seen.add((*dates, row.stage, row.verified, tuple(asked), town.waits(ref)))
        assert len(asked) == 1, name
    assert len(seen) == 1
