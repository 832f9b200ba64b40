"""Verification and finding out who it is, by a worker, on the example company's own stores."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings

from kept.db.access.verifying import challenges_of_worker, points_asked
from kept.db.actions.request_steps import Held
from kept.db.actions.verifying import MOST_A_DAY, answer_points, ask_points, choose_person, confirm_challenge, pass_link
from kept.db.models import Request
from kept.rights.registry import rights
from kept.workflows.outcomes import Done
from kept.workflows.steps import identify, verify
from tests.web.site import unlimited
from tests.workflows.asking import ANNA, STAFF, Town, requests_as

LINKED = re.compile(r"/ask/[a-z]+/[\w\-]+/")
ASK = 'ask = ["app.accounts.full_name", "app.accounts.organisation", "app.accounts.job_title"]'
VERIFIED = [code for code, one in rights().items() if one.verified]
NEVER = [code for code, one in rights().items() if not one.verified]


@pytest.fixture
def asking(town: Town) -> Iterator[Town]:
    """The town where kept.toml names columns that people may be asked about."""
    with requests_as(town.company, ASK):
        yield town


def test_the_way_from_an_address_to_the_person(town: Town) -> None:
    town.move_in(7, ANNA)
    ref = town.asks(address=ANNA.upper())
    case = town.step(ref)
    assert (case.stage, case.verified, town.waits(ref)[0]) == ("verify", "", "person")
    (sent,) = town.letters(ref)
    assert sent["To"].addresses[0].addr_spec.lower() == ANNA
    assert pass_link(secret=town.secret(ref), at=town.at) == "met"
    case = town.steps(ref)
    assert (case.stage, case.verified, case.subject) == ("find", "link", "account:7")


def test_the_same_letter_goes_to_whoever_has_the_address(town: Town) -> None:
    """Word for word, but for the link and the reference; and no store was opened for it."""
    town.move_in(7, ANNA)
    texts = []
    for address in (ANNA, "nobody.knows@example.eu"):
        ref = town.asks(address=address)
        town.step(ref)
        (sent,) = town.letters(ref)
        text = town.text(sent).replace(town.secret(ref), "SECRET").replace(ref, "REF")
        texts.append((text, str(sent["Subject"]).replace(ref, "REF"), len(sent.as_bytes()), town.waits(ref)))
    assert texts[0][:2] == texts[1][:2]
    assert texts[0][3] == texts[1][3]
    assert town.world._stores is None


def test_nobody_is_found_and_said_so_only_where_everything_was_looked_through(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = town.asks("opt-out", address="nobody.knows@example.eu")
    monkeypatch.delenv("AURIGEN_BILLING_URL")
    case = town.step(ref)
    assert (case.stage, town.waits(ref)) == ("identify", ("store", "billing"))
    monkeypatch.setenv("AURIGEN_BILLING_URL", town.company.urls["billing"])
    town.world.close()
    town.later(hours=2)
    case = town.step(ref)
    assert (case.stage, case.subject) == ("restrain", "")
    assert Request.objects.get(ref=ref).steps.get(name="identify").told == {"people": 0, "columns": 3}


@pytest.mark.parametrize(
    ("held", "asked", "finds"),
    [
        (ANNA, "Anna.Asks@EXAMPLE.eu", True),
        (ANNA, "anna.asks+shop@example.eu", False),
        ("anna.asks+shop@example.eu", "anna.asks+shop@example.eu", True),
        ("anna.asks+shop@example.eu", ANNA, False),
        (ANNA, "\u0430nna.asks@example.eu", False),  # Cyrillic
        (ANNA, "\uff41nna.asks@example.eu", False),  # full width: the blind index takes it for the same
        (ANNA, "anna.asks@ex\u0430mple.eu", False),
        (ANNA, "anna.asks@xn--exmple-4nf.eu", False),
        ("anna@fass.example", "anna@fa\u00df.example", False),
        ("anna@b\u00fccher.example", "anna@xn--bcher-kva.example", True),
    ],
)
def test_only_the_address_itself_is_the_person(town: Town, held: str, asked: str, *, finds: bool) -> None:
    town.move_in(7, held)
    ref = town.asks("opt-out", address=asked)
    assert town.step(ref).subject == ("account:7" if finds else "")


def test_a_look_alike_gets_its_own_letter_and_no_other(town: Town) -> None:
    """Whoever has the look-alike address confirms their own request, and nobody is found."""
    town.move_in(7, ANNA)
    posing = "\u0430nna.asks@example.eu"
    ref = town.asks(address=posing)
    town.step(ref)
    assert [one["To"].addresses[0].addr_spec for one in town.letters(ref)] == [posing]
    pass_link(secret=town.secret(ref), at=town.at)
    case = town.steps(ref)
    assert (case.stage, case.verified, case.subject) == ("find", "link", "")


def test_where_an_address_is_several_peoples_staff_choose(town: Town) -> None:
    town.move_in(7, ANNA)
    town.change("UPDATE accounts SET email = :email, email_index = NULL WHERE id = 8", email=ANNA)  # not sealed yet
    ref = town.asks("opt-out")
    case = town.step(ref)
    assert (case.stage, case.subject, town.waits(ref)[0]) == ("identify", "", "staff")
    assert case.said["candidates"] == ["account:7", "account:8"]
    assert "account" not in town.waits(ref)[1]
    choose_person(ref=ref, subject="account:8", at=town.at, by=STAFF)
    assert town.step(ref).subject == "account:8"
    town.move_in(8, "other@example.eu")


@pytest.mark.parametrize("right", NEVER)
def test_what_is_never_verified_asks_nobody_anything(asking: Town, right: str) -> None:
    ref = asking.asks(right)
    assert Request.objects.get(ref=ref).verified == "not-needed"
    asking.steps(ref, until="answer")
    assert challenges_of_worker(ref) == ()
    assert asking.letters(ref) == []
    assert "verify" not in rights()[right].stages


@pytest.mark.parametrize("right", VERIFIED)
def test_everything_else_is_verified_before_anything_is_looked_up(town: Town, right: str) -> None:
    assert rights()[right].stages[:2] == ("verify", "identify")
    ref = town.asks(right)
    assert town.step(ref).stage == "verify"
    assert town.world._stores is None


def test_somebody_who_says_nothing_is_reminded_once_and_then_refused(town: Town) -> None:
    ref = town.asks()
    town.step(ref)
    town.later(days=3, hours=13)
    town.step(ref)
    assert len(town.letters(ref)) == 2
    for _ in range(3):
        town.later(days=1)
        town.step(ref)
    assert len(town.letters(ref)) == 2
    town.later(days=1)
    case = town.step(ref)
    row = Request.objects.get(ref=ref)
    assert (row.state, row.ground, row.stage, row.wake_at) == ("refused", "identity", "", None)
    last = town.letters(ref)[-1]
    assert town.text(last).replace("\r\n", "\n") == case.outcome
    assert "ask again" in case.outcome
    assert town.world.settings.company.contact in case.outcome
    assert "supervisory authority" in case.outcome.lower() or "complain" in case.outcome.lower()
    assert pass_link(secret=town.secret(ref, 0), at=town.at) == "ended"


def test_the_reminder_and_the_first_letter_both_open_the_same_door(town: Town) -> None:
    ref = town.asks()
    town.step(ref)
    town.later(days=4)
    town.step(ref)
    assert town.secret(ref, 0) != town.secret(ref, 1)
    pass_link(secret=town.secret(ref, 0), at=town.at)
    assert town.steps(ref).verified == "link"


def test_a_worker_that_dies_in_between_writes_no_second_letter(town: Town) -> None:
    ref = town.asks()
    held = Held(ref=ref, fence=0, name="verify")
    for _ in range(3):  # the step was done, and its end was never written down
        verify.run(town.step(ref), town.world, held)
    assert len(town.letters(ref)) == 1
    pass_link(secret=town.secret(ref), at=town.at)
    case = town.steps(ref, until="identify")
    town.move_in(7, ANNA)
    for _ in range(3):
        assert isinstance(verify.run(case, town.world, held), Done)
    assert len(town.letters(ref)) == 1


def test_a_flood_of_requests_is_not_a_flood_of_letters(town: Town) -> None:
    refs = [town.asks() for _ in range(MOST_A_DAY + 3)]
    for ref in refs:
        town.step(ref)
    assert sum(len(town.letters(ref)) for ref in refs) == MOST_A_DAY
    assert town.waits(refs[-1])[0] == "time"
    town.later(days=1, hours=1)
    town.step(refs[-1])
    assert len(town.letters(refs[-1])) == 1


def known(town: Town) -> tuple[str, str]:
    """Give account 7 a name and an organisation that the test knows; both plain, as before they are sealed."""
    town.move_in(7, ANNA)
    town.change("UPDATE accounts SET full_name = 'Anna Muster-Asks', organisation = 'Muster & Söhne GmbH' WHERE id = 7")
    return "anna  MUSTER ASKS", "muster söhne  gmbh"


def asked_to(town: Town, ref: str, answers: dict[str, str]) -> Any:
    return answer_points(secret=town.secret(ref), answers=answers, at=town.at)


def to_questions(town: Town, *, address: str = ANNA) -> str:
    ref = town.asks("erasure", address=address)  # California: two for an erasure
    town.step(ref)
    pass_link(secret=town.secret(ref), at=town.at)
    town.step(ref)
    assert Request.objects.get(ref=ref).verified == ""
    return ref


def test_where_a_law_has_tiers_what_is_held_is_asked_about(asking: Town) -> None:
    name, work = known(asking)
    ref = to_questions(asking)
    secret = asking.secret(ref)
    assert points_asked(secret, at=asking.at).asked == ("app.accounts.full_name", "app.accounts.organisation")
    text = asking.text(asking.letters(ref)[-1])
    assert not any(one in text for one in ("Muster", "GmbH", "full_name"))
    assert answer_points(secret=secret, answers={"app.accounts.full_name": name, "app.accounts.organisation": work}, at=asking.at)
    case = asking.steps(ref, until="restrain")
    assert (case.stage, case.verified, case.subject) == ("restrain", "points", "account:7")


def test_wrong_answers_tell_only_that_they_are_not_enough(asking: Town) -> None:
    name, work = known(asking)
    ref = to_questions(asking)
    secret, texts = asking.secret(ref), []
    wrong: tuple[dict[str, str], ...] = ({"app.accounts.full_name": name}, {"app.accounts.organisation": work}, {})
    for answers in wrong:
        asking.later(minutes=1)
        assert answer_points(secret=secret, answers=answers, at=asking.at) == "waiting"
        asking.step(ref)
        texts.append(asking.text(asking.letters(ref)[-1]))
    assert texts[0] == texts[1] != texts[2]
    assert not any(one in "".join(texts) for one in ("name", "organisation", "Muster", "GmbH"))
    assert answer_points(secret=secret, answers={}, at=asking.at) == "ended"
    assert asking.waits(ref)[0] == "staff"
    confirm_challenge(ref=ref, why="they called from the number that we have", at=asking.at, by=STAFF)
    assert asking.steps(ref, until="restrain").verified == "staff"


def test_nobody_gets_the_same_questions_and_the_same_answer(asking: Town) -> None:
    """Whoever reads the letters of an address that nobody knows learns nothing from being asked."""
    known(asking)
    seen = []
    for address in (ANNA, "nobody.knows@example.eu"):
        ref = to_questions(asking, address=address)
        secret = asking.secret(ref)
        page = points_asked(secret, at=asking.at)
        answer_points(secret=secret, answers={"app.accounts.full_name": "Eve"}, at=asking.at)
        asking.step(ref)
        letters = [asking.text(one).replace(secret, "SECRET").replace(ref, "REF") for one in asking.letters(ref)[1:]]
        seen.append((page, letters, asking.waits(ref), points_asked(secret, at=asking.at)))
    assert seen[0] == seen[1]


def test_what_the_stores_do_not_hold_is_not_asked(asking: Town) -> None:
    known(asking)
    asking.change("UPDATE accounts SET organisation = '' WHERE id = 7")
    ref = to_questions(asking)
    assert "app.accounts.organisation" not in points_asked(asking.secret(ref), at=asking.at).asked


def test_empty_answers_never_match_what_is_empty(asking: Town) -> None:
    known(asking)
    ref = to_questions(asking)
    asking.change("UPDATE accounts SET organisation = '', full_name = ' ' WHERE id = 7")
    asked_to(asking, ref, {"app.accounts.full_name": " ", "app.accounts.organisation": ""})
    asking.step(ref)
    assert Request.objects.get(ref=ref).verified == ""


def test_staff_can_want_more_than_a_link(asking: Town) -> None:
    known(asking)
    ref = asking.asks("objection")
    ask_points(ref=ref, number=1, at=asking.at, by=STAFF)
    asking.step(ref)
    pass_link(secret=asking.secret(ref), at=asking.at)
    asking.step(ref)
    assert points_asked(asking.secret(ref), at=asking.at).asked == ("app.accounts.full_name",)


@pytest.mark.parametrize("way", ["agent", "guardian"])
def test_who_asks_for_somebody_else_waits_for_that_persons_own_word(town: Town, way: str) -> None:
    town.move_in(7, ANNA)
    said: dict[str, Any] = {way: {"name": "Help Ltd"}, "person": {"email": ANNA}}
    ref = town.asks(address="agent@help.example", **said)
    town.step(ref)
    (sent,) = town.letters(ref)
    assert sent["To"].addresses[0].addr_spec == ANNA
    pass_link(secret=town.secret(ref), at=town.at)
    case = town.steps(ref)
    assert (case.verified, case.subject, case.address) == (way, "account:7", "agent@help.example")


def test_an_agent_who_names_nobody_waits_for_staff_and_is_never_taken_for_the_person(town: Town) -> None:
    town.move_in(7, ANNA)
    ref = town.asks(address=ANNA, agent={"name": "Help Ltd"})
    town.step(ref)
    assert town.letters(ref) == []
    assert town.waits(ref)[0] == "staff"
    town.later(days=30)
    town.step(ref)
    assert town.waits(ref)[0] == "staff"
    for by in (STAFF, replace(STAFF, ref="mnopqrstuvwx")):
        confirm_challenge(ref=ref, why="saw the mandate", at=town.at, by=by)
    case = town.steps(ref)
    assert (case.verified, case.subject) == ("agent", "")


def test_the_british_clock_waits_for_the_person_and_the_promise_does_not(town: Town) -> None:
    path = Path(town.company.privacy) / "kept.toml"
    before = path.read_text()
    path.write_text(before.replace('["eu", "uk", "us-ca", "in"]', '["uk"]'))
    try:
        ref = town.asks()
        first = Request.objects.get(ref=ref)
        town.step(ref)
        town.later(days=5)
        pass_link(secret=town.secret(ref), at=town.at)
        verified = town.at
        town.later(days=1)
        town.steps(ref, until="identify")
        row = Request.objects.get(ref=ref)
    finally:
        path.write_text(before)
    assert row.pauses == [{"why": "identity", "from": first.received_at.isoformat(), "to": verified.isoformat()}]
    assert row.strict_by - first.strict_by >= timedelta(days=4)
    assert row.promised_by == first.promised_by


def test_the_steps_hold_no_value_where_people_look(town: Town) -> None:
    town.move_in(7, ANNA)
    ref = town.asks()
    town.step(ref)
    pass_link(secret=town.secret(ref), at=town.at)
    town.steps(ref)
    row = Request.objects.get(ref=ref)
    steps = [(one.name, one.told, one.error) for one in row.steps.all()]
    assert not any(one in f"{steps}{row.waits_for}{row.wanted}{row.pauses}" for one in ("anna", "account:7", "example.eu"))
    assert identify.run(town.step(ref), town.world, Held(ref=ref, fence=row.fence, name="identify")) == Done(told={"people": 1})


def test_from_the_public_page_to_the_person_through_our_own_letters(asking: Town) -> None:
    """The addresses in the letters are those of the pages: form, link, questions, how it stands."""
    name, work = known(asking)
    folder = asking.company.privacy
    with override_settings(FOLDER=folder, HOME=folder / ".kept", KEPT=unlimited()):
        browser = Client(SERVER_NAME="localhost")
        form = {"right": "erasure", "address": ANNA.title(), "note": "", "whom": "", "person": ""}
        assert browser.post("/ask/", form).status_code == 302
        asking.at, ref = datetime.now(UTC), Request.objects.get().ref
        asking.steps(ref)
        (received,) = asking.receipts(ref)
        followed, *_ = LINKED.findall(asking.text(received))
        assert ref in browser.get(followed).content.decode()
        (opened,) = LINKED.findall(asking.text(asking.letters(ref)[0]))
        assert browser.get(opened).status_code == 200
        assert browser.post(opened).status_code == 200
        asking.at = datetime.now(UTC)
        asking.steps(ref, until="restrain")
        (questions,) = LINKED.findall(asking.text(asking.letters(ref)[-1]))
        page = browser.get(questions).content.decode()
        assert page.count('name="point-') == 2
        assert not any(one in page for one in ("Muster", "account:7"))
        assert browser.post(questions, {"point-0": name, "point-1": work}).status_code == 200
        asking.at = datetime.now(UTC)
        case = asking.steps(ref, until="restrain")
        assert (case.stage, case.verified, case.subject) == ("restrain", "points", "account:7")
        assert "We go on with your request" in browser.get(questions).content.decode()
