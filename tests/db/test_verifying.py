"""Showing that a request is one's own, on each database: links, questions, staff; limits, clocks, and letters taken in once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.db import connections

from kept.base.errors import KeptError, NotAllowed, NotThere, Refused
from kept.base.roles import Who
from kept.db import access, configure
from kept.db.access.cases import case_of_worker
from kept.db.access.verifying import challenges_of_worker, followed_request, link_state, points_asked
from kept.db.actions.letters import keep_letter, letter_sent
from kept.db.actions.pausing import pause_clock, resume_clock
from kept.db.actions.requests import Coming, Particulars, receive_request
from kept.db.actions.taking_in import (
    MOST_LETTERS_A_DAY,
    Incoming,
    acknowledge_request,
    ask_in_public,
    confirm_right,
    keep_reply,
    letter_bounced,
    take_request,
)
from kept.db.actions.verifying import (
    GOOD_FOR,
    MOST_A_DAY,
    MOST_TRIES,
    Offer,
    answer_points,
    ask_points,
    choose_person,
    confirm_challenge,
    judge_points,
    keep_candidates,
    offer_challenge,
    pass_link,
)
from kept.db.models import Challenge, Letter, Request
from kept.db.notices import Voice
from kept.db.request_key import opened_key
from kept.db.terms import Terms

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ANNA = "anna@example.eu"
STAFF = Who(ref="abcdefghijkl", role="support", vouched=True)
AUDITOR = Who(ref="abcdefghijkl", role="auditor", vouched=True)
EU, UK = Terms(jurisdictions=("eu",)), Terms(jurisdictions=("uk",), zone="Europe/London", country="GB")

pytestmark = pytest.mark.usefixtures("folder")


@dataclass(slots=True)
class Desk:
    """Keeps what letters would say."""

    secrets: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    def __call__(self, secret: str, number: int) -> None:
        self.secrets.append(secret)
        self.numbers.append(number)


def asks(right: str = "access", *, address: str = ANNA, terms: Terms = EU, at: datetime = NOW, **said: Any) -> str:
    coming = Coming(right=right, channel="email", address=address, received_at=at, particulars=Particulars(said=said))
    return receive_request(coming, terms=terms, at=at, actor="test")


def offered(ref: str, desk: Desk, *, at: datetime = NOW, **more: Any) -> bool:
    offer = Offer(**{"way": "link", "to": ANNA, "until": at + GOOD_FOR, **more})
    return offer_challenge(offer, ref=ref, at=at, actor="test", post=desk)


def questioned(ref: str, *, at: datetime = NOW) -> str:
    desk = Desk()
    assert offered(ref, desk, at=at, way="points", asked=("app.accounts.full_name", "app.accounts.phone"))
    return desk.secrets[0]


def kinds() -> list[str]:
    return [orjson.loads(body)["kind"] for body in access.entries()]


def judged(ref: str, *, right: bool, subject: str = "", at: datetime = NOW, post: Callable[[int], object] = print) -> bool:
    last = challenges_of_worker(ref)[-1]
    return judge_points(ref=ref, challenge=last.id, right=right, subject=subject, at=at, actor="test", post=post)


def test_a_link_verifies_once_and_only_its_own_request() -> None:
    first, other, desk = asks(), asks("erasure"), Desk()
    assert offered(first, desk)
    secret = desk.secrets[0]
    assert len(secret) >= 43
    assert secret not in str(Challenge.objects.values())
    assert link_state(secret, at=NOW) == "open"
    assert Request.objects.get(ref=first).verified == ""  # looking changed nothing
    assert pass_link(secret=secret, at=NOW + timedelta(hours=1)) == "met"
    assert pass_link(secret=secret, at=NOW + timedelta(hours=2)) == "met"
    row = Request.objects.get(ref=first)
    assert (row.verified, row.verified_at, row.wake_at) == ("link", NOW + timedelta(hours=1), NOW + timedelta(hours=1))
    assert Request.objects.get(ref=other).verified == ""
    assert kinds().count("request.verified") == 1
    assert ANNA not in str([*access.entries()])


def test_a_link_that_is_none_or_over_verifies_nothing() -> None:
    ref, desk = asks(), Desk()
    offered(ref, desk)
    for secret in ("", "x", "\u0430" * 43, desk.secrets[0][:-1], desk.secrets[0] + "A"):
        with pytest.raises(NotThere):
            pass_link(secret=secret, at=NOW)
        with pytest.raises(NotThere):
            link_state(secret, at=NOW)
    assert pass_link(secret=desk.secrets[0], at=NOW + GOOD_FOR) == "ended"
    assert link_state(desk.secrets[0], at=NOW + GOOD_FOR) == "ended"
    assert Request.objects.get(ref=ref).verified == ""


def test_a_link_answers_no_questions_and_questions_are_no_link() -> None:
    ref, desk = asks(), Desk()
    offered(ref, desk)
    secret = questioned(ref)
    with pytest.raises(NotThere):
        pass_link(secret=secret, at=NOW)
    with pytest.raises(NotThere):
        points_asked(desk.secrets[0], at=NOW)


def test_where_questions_are_to_follow_the_link_alone_verifies_nothing() -> None:
    ref, desk = asks(), Desk()
    offered(ref, desk, points=3)
    assert pass_link(secret=desk.secrets[0], at=NOW) == "met"
    row = Request.objects.get(ref=ref)
    assert (row.verified, row.wake_at) == ("", NOW)
    assert challenges_of_worker(ref)[0].passed_at == NOW


def test_one_address_gets_few_letters_a_day_however_it_is_written_and_whoever_asks() -> None:
    desk = Desk()
    sent = [offered(asks(address=one), desk, to=one) for one in [ANNA, ANNA.upper(), *[ANNA] * MOST_A_DAY]]
    assert sent == [True] * MOST_A_DAY + [False] * 2
    assert len(desk.secrets) == MOST_A_DAY
    assert offered(asks(address="other@example.eu"), desk, to="other@example.eu")
    assert offered(asks(), desk, at=NOW + timedelta(days=1, minutes=1))


def test_a_challenge_without_its_letter_is_not_there() -> None:
    ref = asks()

    def fails(secret: str, number: int) -> None:
        raise Refused("The letter could not be written", todo="See why.")

    with pytest.raises(Refused):
        offer_challenge(Offer(way="link", to=ANNA, until=NOW + GOOD_FOR), ref=ref, at=NOW, actor="test", post=fails)
    assert challenges_of_worker(ref) == ()
    assert Request.objects.get(ref=ref).address_digest == ""


def test_right_answers_verify_as_the_person_and_are_forgotten() -> None:
    ref = asks()
    secret = questioned(ref)
    told = {"app.accounts.full_name": "Anna Muster", "app.accounts.phone": "1", "app.accounts.password": "no"}
    assert answer_points(secret=secret, answers=told, at=NOW) == "waiting"
    assert answer_points(secret=secret, answers=told, at=NOW) == "waiting"
    row = Challenge.objects.get(way="points")
    assert "Anna" not in row.answers
    assert challenges_of_worker(ref)[-1].answers == {"app.accounts.full_name": "Anna Muster", "app.accounts.phone": "1"}
    assert not judged(ref, right=True, subject="account:1")
    row.refresh_from_db()
    case = case_of_worker(ref)
    assert (row.answers, case.verified, case.subject) == ("", "points", "account:1")
    assert points_asked(secret, at=NOW).standing == "met"


def test_wrong_answers_are_counted_and_staff_decide_in_the_end() -> None:
    ref = asks()
    secret = questioned(ref)
    letters: list[int] = []
    for turn in range(1, MOST_TRIES + 1):
        assert answer_points(secret=secret, answers={}, at=NOW) == "waiting"
        assert judged(ref, right=False, post=letters.append) is (turn < MOST_TRIES)
        assert points_asked(secret, at=NOW).left == MOST_TRIES - turn
    assert letters == [1, 2, 3]
    assert answer_points(secret=secret, answers={}, at=NOW) == "ended"
    assert Request.objects.get(ref=ref).verified == ""
    again = asks()
    assert not offered(again, Desk(), way="points", asked=("app.accounts.phone",))  # nor by another request of the same day
    confirm_challenge(ref=ref, why="spoke with them on the telephone", at=NOW, by=STAFF)
    case = case_of_worker(ref)
    assert (case.verified, case.said["confirmed"]) == ("staff", "spoke with them on the telephone")


@pytest.mark.parametrize("answer", ["x" * 301, "a\0b"])
def test_an_answer_that_is_no_short_text_is_refused(answer: str) -> None:
    secret = questioned(asks())
    with pytest.raises(Refused) as caught:
        answer_points(secret=secret, answers={"app.accounts.phone": answer}, at=NOW)
    assert answer not in str(caught.value)


@pytest.mark.parametrize("way", ["agent", "guardian"])
def test_an_agent_without_an_address_of_the_person_is_confirmed_by_staff_who_may(way: str) -> None:
    ref = asks("access", **dict[str, Any]({way: {"name": "Somebody Else"}}))
    assert offered(ref, Desk(), way=way, to="")
    for by in (Who(), AUDITOR):
        with pytest.raises(NotAllowed):
            confirm_challenge(ref=ref, why="saw it", at=NOW, by=by)
    with pytest.raises(Refused):
        confirm_challenge(ref=ref, why="  ", at=NOW, by=STAFF)
    assert not confirm_challenge(ref=ref, why="saw the mandate", at=NOW, by=STAFF)
    with pytest.raises(Refused):
        confirm_challenge(ref=ref, why="saw the mandate", at=NOW, by=STAFF)
    assert Request.objects.get(ref=ref).verified == ""
    assert confirm_challenge(ref=ref, why="called them", at=NOW, by=replace(STAFF, ref="mnopqrstuvwx"))
    assert Request.objects.get(ref=ref).verified == way
    with pytest.raises(Refused):
        confirm_challenge(ref=ref, why="saw the mandate", at=NOW, by=STAFF)


@pytest.mark.parametrize(("language", "says"), [("", "somebody who says"), ("hi", "आपकी ओर से")])
def test_whom_an_agent_speaks_for_is_told_in_the_language_of_the_request(language: str, says: str) -> None:
    said = {"agent": {"name": "Help Ltd"}, "person": {"email": ANNA}}
    coming = Coming(right="access", channel="email", address="help@example.org", language=language, received_at=NOW)
    coming = replace(coming, particulars=Particulars(said=said))
    ref = receive_request(coming, terms=EU, at=NOW, actor="test")
    voice = Voice(company="Aurigen", contact="privacy@aurigen.example")
    assert not confirm_challenge(ref=ref, why="saw the mandate", at=NOW, by=STAFF, voice=voice)
    one = Letter.objects.get(request__ref=ref)
    letter = message_from_bytes(opened_key(one.request.key).open_bytes(bytes(one.sealed), "letter"), policy=SMTP)
    assert letter["To"] == ANNA
    for part in (says, ref, "help@example.org", "privacy@aurigen.example"):
        assert part.lower() in letter.get_content().lower()


def test_nobody_lets_questions_be_asked_for_an_opt_out() -> None:
    for right in ("opt-out", "limit", "contact", "complaint"):
        ref = asks(right)
        assert Request.objects.get(ref=ref).verified == "not-needed"
        with pytest.raises(Refused):
            ask_points(ref=ref, number=3, at=NOW, by=STAFF)
    ref = asks()
    with pytest.raises(NotAllowed):
        ask_points(ref=ref, number=2, at=NOW, by=AUDITOR)
    for number in (0, 4):
        with pytest.raises(Refused):
            ask_points(ref=ref, number=number, at=NOW, by=STAFF)
    ask_points(ref=ref, number=2, at=NOW, by=STAFF)
    assert Request.objects.get(ref=ref).wanted["points"] == 2


def test_staff_choose_among_those_who_were_found_and_nobody_else() -> None:
    ref = asks()
    keep_candidates(ref=ref, fence=0, subjects=["account:1", "account:2"])
    assert "account:1" not in str(Request.objects.values())
    for subject, by, error in (("account:3", STAFF, Refused), ("account:1", AUDITOR, NotAllowed)):
        with pytest.raises(error):
            choose_person(ref=ref, subject=subject, at=NOW, by=by)
    choose_person(ref=ref, subject="account:2", at=NOW, by=STAFF)
    assert case_of_worker(ref).subject == "account:2"
    with pytest.raises(Refused):
        keep_candidates(ref=ref, fence=7, subjects=["account:9"])


def test_in_the_united_kingdom_the_clock_runs_from_the_day_that_identity_was_shown() -> None:
    ref = asks(terms=UK)
    before = Request.objects.get(ref=ref)
    later = NOW + timedelta(days=5)
    assert pause_clock(ref=ref, why="identity", terms=UK, at=NOW, actor="test")
    assert pause_clock(ref=ref, why="identity", terms=UK, at=NOW, actor="test")  # again, nothing new
    assert resume_clock(ref=ref, why="identity", terms=UK, at=later, actor="test")
    assert not resume_clock(ref=ref, why="identity", terms=UK, at=later, actor="test")
    after = Request.objects.get(ref=ref)
    assert after.strict_by - before.strict_by >= timedelta(days=4)
    assert after.promised_by == before.promised_by
    assert after.received_at == before.received_at
    assert after.pauses == [{"why": "identity", "from": NOW.isoformat(), "to": later.isoformat()}]
    assert [kind for kind in kinds() if kind in ("request.paused", "request.resumed")] == ["request.paused", "request.resumed"]


def test_where_no_law_lets_the_clock_stand_still_it_does_not() -> None:
    california = Terms(jurisdictions=("us-ca",), zone="America/Los_Angeles", country="US")
    ref = asks(terms=california)
    before = Request.objects.get(ref=ref)
    assert not pause_clock(ref=ref, why="identity", terms=california, at=NOW, actor="test")
    after = Request.objects.get(ref=ref)
    assert (after.pauses, after.work_by, after.legal_by) == ([], before.work_by, before.legal_by)


LETTER = Incoming(key="a" * 64, raw=b"From: anna@example.eu\r\n\r\nPlease delete it all.")


def taken(letter: Incoming = LETTER, right: str = "erasure", at: datetime = NOW, **more: Any) -> str:
    coming = Coming(right=right, channel="email", address=ANNA, note="…", received_at=at, **more)
    return take_request(coming, letter, terms=EU, at=at, actor="test")


def test_a_letter_opens_one_request_however_often_it_comes() -> None:
    ref = taken()
    assert ref
    assert [taken() for _ in range(3)] == ["", "", ""]
    assert Request.objects.count() == 1
    kept = Letter.objects.get()
    assert b"delete" not in bytes(kept.sealed)
    assert case_of_worker(ref).key.open_bytes(bytes(kept.sealed), "letter") == LETTER.raw


def test_many_workers_take_a_letter_in_once(folder: Path) -> None:
    asks()  # the secret of the pages is there by then

    def take(_: int) -> str:
        configure(folder)
        try:
            return taken()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        refs = [ref for ref in pool.map(take, range(24)) if ref]
    assert len(refs) == 1
    assert (Request.objects.count(), Letter.objects.count()) == (2, 1)


def test_a_letter_joins_a_request_of_its_own_sender_alone() -> None:
    ref = taken()
    Request.objects.update(wake_at=NOW + timedelta(days=3))
    reply = Incoming(key="b" * 64, raw=b"one more thing")
    for sender in ("eve@example.eu", "\u0430nna@example.eu", "anna+x@example.eu", ""):
        assert keep_reply(ref=ref, sender=sender, letter=reply, at=NOW, actor="test") is False
    assert keep_reply(ref="nothing", sender=ANNA, letter=reply, at=NOW, actor="test") is False
    assert keep_reply(ref=ref, sender="Anna@Example.eu", letter=reply, at=NOW, actor="test") is True
    assert keep_reply(ref=ref, sender=ANNA, letter=reply, at=NOW, actor="test") is None
    assert Request.objects.get(ref=ref).wake_at == NOW
    assert sorted(Letter.objects.values_list("kind", flat=True)) == ["reply", "request"]


def test_only_a_letter_of_ours_to_that_recipient_can_bounce() -> None:
    ref = taken()
    name = f"kept.{ref}.x@k.example"
    keep_letter(request=ref, incoming=False, message_id=f"<{name}>", kind="question", content=b"x", at=NOW, actor="test")
    told: dict[str, Any] = {"message_id": name, "permanent": True, "at": NOW, "actor": "test"}
    assert not letter_bounced(recipient=ANNA, **told)  # it was not even sent yet
    letter_sent(name=Letter.objects.get(incoming=False).name, at=NOW, actor="test")
    assert not letter_bounced(recipient="eve@example.eu", **told)
    assert not letter_bounced(recipient=ANNA, **{**told, "message_id": "nothing"})
    assert letter_bounced(recipient=ANNA, **told)
    row = Request.objects.get(ref=ref)
    assert (row.wanted["bounced"], row.closed_at) == (["question"], None)


def test_a_receipt_is_confirmed_once_and_not_without_end() -> None:
    def confirmed(ref: str) -> bool:
        def post(secret: str) -> None:
            keep_letter(
                request=ref, incoming=False, message_id=ref, kind="acknowledgement", content=secret.encode(), at=NOW, actor="test"
            )

        return acknowledge_request(ref=ref, to=ANNA, at=NOW, post=post)

    refs = [taken(replace(LETTER, key=f"{number:064}")) for number in range(MOST_LETTERS_A_DAY + 2)]
    assert [confirmed(ref) for ref in refs] == [True] * MOST_LETTERS_A_DAY + [False] * 2
    assert not confirmed(refs[0])
    key = case_of_worker(refs[0]).key
    secret = key.open_bytes(bytes(Letter.objects.get(request__ref=refs[0], incoming=False).sealed), "letter").decode()
    assert followed_request(secret).ref == refs[0]
    for wrong in ("", secret[:-1], refs[0]):
        with pytest.raises(NotThere):
            followed_request(wrong)


def test_what_nobody_was_sure_of_gets_its_clock_from_its_receipt() -> None:
    ref = taken(right="contact", particulars=Particulars(wanted={"guess": "erasure"}))
    sure = taken(replace(LETTER, key="c" * 64))
    later = NOW + timedelta(days=9)
    with pytest.raises(NotAllowed):
        confirm_right(ref=ref, right="erasure", terms=EU, at=later, by=AUDITOR)
    with pytest.raises(Refused):
        confirm_right(ref=ref, right="nonsense", terms=EU, at=later, by=STAFF)
    confirm_right(ref=ref, right="erasure", terms=EU, at=later, by=STAFF)
    rows = {row.ref: row for row in Request.objects.all()}
    for name in ("right", "stage", "verified", "received_at", "dates", "work_by", "legal_by", "promised_by", "strict_by"):
        assert getattr(rows[ref], name) == getattr(rows[sure], name), name
    assert rows[ref].wanted == {}
    assert rows[ref].wake_at == later
    with pytest.raises(Refused):
        confirm_right(ref=ref, right="access", terms=EU, at=later, by=STAFF)


def test_a_question_that_is_one_stays_one_and_an_opt_out_is_never_verified() -> None:
    question, out = taken(right="contact"), taken(replace(LETTER, key="d" * 64), right="contact")
    confirm_right(ref=question, right="contact", terms=EU, at=NOW, by=STAFF)
    confirm_right(ref=out, right="opt-out", terms=EU, at=NOW, by=STAFF)
    assert Request.objects.get(ref=question).right == "contact"
    row = Request.objects.get(ref=out)
    assert (row.right, row.stage, row.verified) == ("opt-out", "identify", "not-needed")


@pytest.mark.parametrize("address", ["anna", "anna@", "a@b@c.example", "anna@example.eu\nBcc: eve@example.eu", "x" * 300 + "@x.eu"])
def test_what_is_no_address_is_not_taken_from_the_public_page(address: str) -> None:
    with pytest.raises(Refused) as caught:
        ask_in_public(Coming(right="access", channel="centre", address=address), terms=EU, at=NOW)
    assert address not in str(caught.value)
    assert Request.objects.count() == 0


def test_no_error_here_holds_a_value() -> None:
    ref = asks()
    secret = questioned(ref)
    for wrong in (
        lambda: answer_points(secret=secret, answers={"x": ANNA * 90}, at=NOW),
        lambda: choose_person(ref=ref, subject="account:4711", at=NOW, by=STAFF),
        lambda: ask_in_public(Coming(right="access", channel="centre", address="anna@@"), terms=EU, at=NOW),
    ):
        with pytest.raises(KeptError) as caught:
            wrong()
        assert not any(one in str(caught.value) for one in ("anna", "4711"))
