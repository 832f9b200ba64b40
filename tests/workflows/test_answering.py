"""Collecting and answering, by a worker, on the example company's own stores."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest

from kept.base.errors import NotThere, Refused
from kept.base.periods import Period
from kept.base.roles import Who
from kept.db.access.bundles import bundle_folder, bundle_of, bundle_of_link, bundle_of_worker
from kept.db.access.cases import Case, case_of_worker
from kept.db.actions.answering import refuse_request, write_answer
from kept.db.actions.bundles import expire_bundles
from kept.db.actions.departing import erase_account, erase_accounts_of_ended
from kept.db.actions.request_steps import Held, lease_request
from kept.db.actions.requests import open_request, secret_digest, verify_request
from kept.db.models import Account, Bundle, Letter, Request
from kept.db.notices import Voice
from kept.ledger.certificate import verify_certificate
from kept.planning.answers import saying
from kept.workflows.exporting import sections_of
from kept.workflows.outcomes import Closed
from kept.workflows.requests import work_requests
from kept.workflows.steps import answer, collect
from tests.workflows.asking import ANNA, STAFF, Town

VOICE = Voice(company="Aurigen", contact="privacy@aurigen.example")


def asks(town: Town, right: str, key: int, *, address: str = ANNA, **said: Any) -> str:
    """Let a person ask whom staff know by sight; return the reference."""
    ref = town.asks(right, address=address, channel="staff", **said)
    verify_request(ref=ref, how="staff", subject=f"account:{key}", at=town.at, actor="test")
    return ref


def account(town: Town, key: int, **columns: Any) -> Who:
    one = Account.objects.create(subject=f"account:{key}", **columns)
    return Who(account=one.pk, ref=one.ref, subject=one.subject, role=one.role, vouched=bool(one.role))


def at_stage(town: Town, ref: str, stage: str) -> tuple[Case, Held]:
    """Take a request to a stage, and lease it there without doing it."""
    town.steps(ref, until=stage)
    leased = lease_request(at=town.at, ref=ref)
    assert leased is not None
    case = case_of_worker(ref)
    assert case.stage == stage
    return case, Held(ref=ref, fence=leased[1], name=stage)


def files() -> list[str]:
    return sorted(file.name for file in bundle_folder().iterdir())


def test_somebody_without_an_account_fetches_the_copy_by_the_link_in_the_letter(town: Town) -> None:
    ref = asks(town, "access", 5)
    work_requests(town.world)
    request = Request.objects.get(ref=ref)
    assert (request.state, request.stage) == ("answered", "")
    letter = town.letters(ref)[-1]
    secret = town.secret(ref)
    assert secret_digest(secret) == request.link
    fetched = bundle_of_link(request.link, at=town.at)
    with zipfile.ZipFile(BytesIO(b"".join(fetched.bytes()))) as whole:
        inside = whole.read("answer.txt").decode()
    assert "Your copy is what this letter lies in" in inside
    assert secret not in inside
    outcome = case_of_worker(ref).outcome
    assert secret not in outcome
    assert "it waits on the page of your request" in outcome
    assert "Running the service you signed up for" in town.text(letter)
    assert "privacy@aurigen.example" in town.text(letter)


def test_somebody_with_an_account_fetches_it_in_the_privacy_centre(town: Town) -> None:
    who = account(town, 6, email="p6@example.eu")
    ref = open_request(right="access", channel="centre", terms=town.world.terms, at=town.at, by=who)
    work_requests(town.world)
    letter = town.letters(ref)[-1]
    assert "/ask/follow/" not in town.text(letter)
    assert bundle_of(ref, by=who, at=town.at).size == Bundle.objects.get().size
    with pytest.raises(NotThere):
        bundle_of(ref, by=replace(who, account=who.account + 1), at=town.at)


def test_an_answer_written_twice_is_one_letter_whose_link_works(town: Town) -> None:
    ref = asks(town, "access", 7)
    case, held = at_stage(town, ref, "answer")
    first, again = answer.run(case, town.world, held), answer.run(case_of_worker(ref), town.world, held)
    assert isinstance(first, Closed)
    assert first == again
    assert Letter.objects.filter(request__ref=ref, kind="answer").count() == 1
    assert secret_digest(town.secret(ref)) == Request.objects.get(ref=ref).link


def test_a_copy_collected_twice_is_one_file_that_opens(town: Town) -> None:
    ref = asks(town, "access", 8)
    case, held = at_stage(town, ref, "collect")
    collect.run(case, town.world, held)
    first = files()
    (bundle_folder() / f"{ref}-0.kept").write_bytes(b"left by one that was killed")
    town.later(minutes=5)
    leased = lease_request(at=town.at, ref=ref)
    assert leased is not None
    collect.run(case, town.world, replace(held, fence=leased[1]))
    assert files() == [f"{ref}-{leased[1]}.kept"] != first
    assert zipfile.is_zipfile(BytesIO(b"".join(bundle_of_worker(ref, at=town.at).bytes())))


def test_a_worker_that_lost_its_lease_keeps_no_copy(town: Town) -> None:
    ref = asks(town, "access", 9)
    case, held = at_stage(town, ref, "collect")
    town.later(minutes=5)
    assert lease_request(at=town.at, ref=ref) is not None
    with pytest.raises(Refused, match="another worker's"):
        collect.run(case, town.world, held)
    assert not Bundle.objects.exists()


def test_nothing_found_reads_the_same_for_everybody(town: Town) -> None:
    texts = []
    for right in ("access", "erasure"):
        ref = town.asks(right, channel="staff", address="nobody@example.eu")
        verify_request(ref=ref, how="staff", at=town.at, actor="test")
        work_requests(town.world)
        assert Request.objects.get(ref=ref).state == "answered"
        texts.append(town.text(town.letters(ref)[-1]).replace(ref, "REF"))
    assert "found nothing under nobody@example.eu" in texts[0].replace("\n", " ")
    assert texts[0] == texts[1]
    assert not Bundle.objects.exists()


def test_an_answer_that_lacks_something_waits_for_staff_and_goes_on(town: Town) -> None:
    path = town.company.privacy / "kept.toml"
    whole = path.read_text()
    ref = asks(town, "erasure", 10)
    path.write_text(whole.replace('backups = "35 days"\n', ""))
    try:
        work_requests(town.world)
        on, what = town.waits(ref)
        assert on == "staff"
        assert "backups (eu-gdpr" in what
        assert not [one for one in Letter.objects.filter(request__ref=ref) if one.kind == "answer"]
    finally:
        path.write_text(whole)
    town.later(days=2)
    work_requests(town.world)
    assert Request.objects.get(ref=ref).state == "answered"


def test_an_erased_person_keeps_a_certificate_and_nothing_else(town: Town) -> None:
    who = account(town, 11, email="p11@example.eu", language="hi")
    earlier = open_request(right="access", channel="centre", terms=town.world.terms, at=town.at, by=who)
    work_requests(town.world)
    assert len(files()) == 1
    ref = open_request(right="erasure", channel="centre", terms=town.world.terms, at=town.at, by=who)
    work_requests(town.world)
    assert Request.objects.get(ref=ref).state == "answered"
    assert not Account.objects.filter(subject="account:11").exists()
    assert files() == []
    assert Bundle.objects.get(request__ref=earlier).key == ""
    with pytest.raises(NotThere):
        bundle_of_worker(earlier, at=town.at)
    letter = town.letters(ref)[-1]
    body = letter.get_body()
    assert body is not None
    assert "हमने आपका डेटा मिटा दिया" in body.get_content()
    [attached] = letter.iter_attachments()
    certified = verify_certificate(attached.get_content().decode(), None)
    assert certified.statement["request"] == ref


def test_an_export_says_in_the_language_of_the_person_what_its_tables_are(town: Town) -> None:
    town.move_in(7, "p7@example.eu")
    found, stores = town.world.follow("account:7", erasing=False), town.world.stores()
    said = {
        language: list(sections_of(found, stores, laws=("us-ca-ccpa",), portable=False, say=saying(language)))
        for language in ("en", "hi")
    }
    for language, sections in said.items():
        say = saying(language)
        assert say("export.left.secret") in {left.reason for one in sections for left in one.withheld}
        assert say("basis.contract") in {base for one in sections for why in one.facts.purposes for base in why.bases}
        assert say("source.direct") in {one.facts.source for one in sections}
        assert say("region.eu") in {one.facts.region for one in sections}
        assert {one.facts.retention.period for one in sections if one.facts.retention} >= {say.period(Period(months=24))}
    assert [one.table for one in said["en"]] == [one.table for one in said["hi"]]


def test_staff_who_are_erased_stay_staff(town: Town) -> None:
    who = account(town, 12, email="p12@example.eu", role="support")
    assert erase_account(subject=who.subject, at=town.at, actor="test")
    assert not erase_account(subject=who.subject, at=town.at, actor="test")
    assert not erase_account(subject="", at=town.at, actor="test")
    one = Account.objects.get(ref=who.ref)
    assert (one.subject, one.role) == ("", "support")


def test_whoever_no_letter_reaches_can_read_the_answer_for_a_while(town: Town) -> None:
    who = account(town, 13)
    ref = open_request(right="erasure", channel="centre", terms=town.world.terms, at=town.at, by=who)
    work_requests(town.world)
    assert Request.objects.get(ref=ref).state == "answered"
    assert not town.letters(ref)
    assert Account.objects.filter(ref=who.ref).exists()
    assert erase_accounts_of_ended(closed_before=town.at - timedelta(days=14), at=town.at, actor="worker") == 0
    town.later(days=15)
    assert erase_accounts_of_ended(closed_before=town.at - timedelta(days=14), at=town.at, actor="worker") == 1
    assert not Account.objects.filter(ref=who.ref).exists()


def test_a_refusal_is_sent_as_staff_wrote_it(town: Town) -> None:
    ref = asks(town, "erasure", 14)
    refuse_request(ref=ref, ground="eu-gdpr.legal_claims", answer="There is a lawsuit.", voice=VOICE, at=town.at, by=STAFF)
    work_requests(town.world)
    request = Request.objects.get(ref=ref)
    assert (request.state, request.ground) == ("refused", "eu-gdpr.legal_claims")
    said = town.text(town.letters(ref)[-1])
    for part in ("There is a lawsuit.", "Art. 17(3)(e)", "complain", "privacy@aurigen.example"):
        assert part in said


def test_what_somebody_wrote_goes_out_as_an_answer(town: Town) -> None:
    for right in ("contact", "complaint"):
        ref = town.asks(right, channel="email")
        work_requests(town.world)
        assert town.waits(ref)[0] == "staff"
        write_answer(ref=ref, answer="The form is mended.", at=town.at, by=STAFF)
        work_requests(town.world)
        assert Request.objects.get(ref=ref).state == "answered"
        assert "The form is mended." in town.text(town.letters(ref)[-1])


def test_an_opt_out_is_answered_whether_anybody_is_known_or_not(town: Town) -> None:
    ref = town.asks("opt-out", address="nobody@example.eu")
    work_requests(town.world)
    assert Request.objects.get(ref=ref).state == "answered"
    assert "not sold, and not shared" in town.text(town.letters(ref)[-1])


def test_a_copy_ends_when_its_time_is_over(town: Town) -> None:
    ref = asks(town, "access", 15)
    work_requests(town.world)
    folder = town.company.privacy
    assert expire_bundles(folder=folder, at=town.at + timedelta(days=13), actor="worker") == 0
    assert len(files()) == 1
    assert expire_bundles(folder=folder, at=town.at + timedelta(days=15), actor="worker") == 1
    assert files() == []
    assert Bundle.objects.get(request__ref=ref).key == ""
    assert expire_bundles(folder=folder, at=town.at + timedelta(days=15), actor="worker") == 0
    with pytest.raises(NotThere):
        bundle_of_link(Request.objects.get(ref=ref).link, at=town.at)


def test_a_file_that_could_not_be_deleted_is_deleted_the_next_time(town: Town) -> None:
    ref = asks(town, "access", 16)
    work_requests(town.world)
    Bundle.objects.filter(request__ref=ref).update(key="")
    assert len(files()) == 1
    expire_bundles(folder=town.company.privacy, at=town.at, actor="worker")
    assert files() == []
    assert Bundle.objects.get(request__ref=ref).file == ""


def test_a_copy_whose_time_ended_before_the_answer_is_made_again(town: Town) -> None:
    ref = asks(town, "access", 17)
    town.steps(ref, until="answer")
    expire_bundles(folder=town.company.privacy, at=town.at + timedelta(days=15), actor="worker")
    assert files() == []
    town.later(days=15)
    work_requests(town.world)
    assert Request.objects.get(ref=ref).state == "answered"
    assert "found nothing" not in town.text(town.letters(ref)[-1])
    assert zipfile.is_zipfile(BytesIO(b"".join(bundle_of_link(Request.objects.get(ref=ref).link, at=town.at).bytes())))
