"""The privacy centre: whose pages they are, what they refuse, what they leave in the ledger."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kept.base.roles import Who
from kept.db.access.ledger import entries
from kept.db.access.sessions import session_ref
from kept.db.actions.jobs import ask_for_job, end_job, take_job
from kept.db.actions.requests import open_request
from kept.db.models import Account, ApiKey, Choice, Job, Request, Viewing
from kept.db.terms import Terms
from tests.web.site import Site

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
PAGES = (
    "",
    "held/",
    "artifacts/",
    "choices/",
    "receipts/",
    "requests/",
    "looked/",
    "sessions/",
    "apps/",
    "keys/",
    "preferences/",
    "complaint/",
    "delete/",
)
SCRIPT = "<script>alert('x')</script>"
MOST_QUERIES = 12
LARGEST = 100_000


def kinds() -> list[str]:
    return [json.loads(body)["kind"] for body in entries()]


def counted(asks: Who, rows: int = 7) -> None:
    """Put a count into the record, as the worker does."""
    ref = ask_for_job(kind="holdings", key=asks.subject, wanted={"subject": asks.subject}, by=asks, at=NOW)
    take_job(at=NOW)
    result = {
        "counted": [{"store": "app", "table": "accounts", "rows": 1}, {"store": "app", "table": "prompts", "rows": rows}],
        "unknown": [{"store": "telemetry", "table": "web_logs", "reason": f"away {SCRIPT}", "todo": "Wait."}],
        "jurisdictions": ["in"],
    }
    end_job(ref=ref, attempt=1, result=result, at=NOW)


def furnished(site: Site, subject: str = "account:1") -> Who:
    """Give a person something of everything, scripts in every text."""
    asks = site.who(subject=subject)
    counted(asks)
    browser = site.person(subject)
    for path, fields in (
        ("requests/new/rectification/", {"note": SCRIPT}),
        ("complaint/", {"note": SCRIPT}),
        ("keys/make/", {"label": SCRIPT, "scopes": ["me.read"], "days": "90"}),
    ):
        assert browser.post(f"/me/{path}", fields).status_code in (200, 302), path
    flip(browser, "communications")
    Viewing.objects.create(subject=subject, role="support", reason=SCRIPT, at=NOW, until=NOW)
    return asks


def flip(browser: Client, purpose: str) -> None:
    """Click the one button of a purpose, sending what its form holds."""
    page = browser.get("/me/choices/").content.decode()
    found = re.search(rf'<form method="post" action="/me/choices/{purpose}/">(.*?)</form>', page, re.DOTALL)
    assert found
    fields = dict(re.findall(r'name="(notice|granted)" value="([^"]*)"', found[1]))
    assert browser.post(f"/me/choices/{purpose}/", fields)["Location"] == "/me/choices/"


@pytest.mark.parametrize("page", PAGES)
def test_each_page_is_its_persons_and_holds_what_it_must(site: Site, page: str) -> None:
    furnished(site)
    assert site.visitor().get(f"/me/{page}").status_code == 302
    browser = site.person("account:1")
    with CaptureQueriesContext(
        connection,
    ) as seen:
        answer = browser.get(f"/me/{page}")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert len(seen) <= MOST_QUERIES, [one["sql"] for one in seen]
    assert len(answer.content) < LARGEST
    assert text.count("<h1") == 1
    assert SCRIPT not in text
    assert "style=" not in text
    assert "no-store" in answer["Cache-Control"]


def test_the_pages_of_somebody_who_is_nobody_yet(site: Site) -> None:
    browser = site.person("", email="new@elsewhere.example")
    for page in PAGES:
        assert browser.get(f"/me/{page}").status_code == 200, page
    assert "Look for me" in browser.get("/me/").content.decode()
    assert browser.post("/me/identify/").status_code == 302
    job = Job.objects.get(kind="identify")
    assert job.wanted == {"account": Account.objects.get(email="new@elsewhere.example").ref}
    assert "new@elsewhere.example" not in f"{job.wanted}{job.key}{job.actor}"
    assert "Waiting for its turn" in browser.get("/me/").content.decode()
    assert browser.post("/me/held/count/")["Location"] == "/me/"
    assert not Job.objects.filter(kind="holdings").exists()


def test_counting_is_asked_for_once_and_shown(site: Site) -> None:
    browser = site.person("account:1")
    for _ in range(2):
        assert browser.post("/me/held/count/")["Location"] == "/me/held/"
    job = Job.objects.get(kind="holdings")
    assert job.wanted == {"subject": "account:1"}
    part = browser.get(f"/me/jobs/{job.ref}/", headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert "HX-Refresh" not in part
    job.delete()
    counted(site.who(subject="account:1"))
    done = Job.objects.get(kind="holdings")
    assert browser.get(f"/me/jobs/{done.ref}/", headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    text = browser.get("/me/held/").content.decode()
    assert "7 entries of yours" in text
    assert "could not be counted" in text
    assert "Your consent" in text  # in India running the service stands on consent, and this person lives there
    assert "7" in browser.get("/me/artifacts/").content.decode()


def refs(asks: Who) -> dict[str, str]:
    key = ApiKey.objects.get(account_id=asks.account)
    return {
        "choice": Choice.objects.filter(account_id=asks.account).latest("pk").ref,
        "request": Request.objects.filter(account_id=asks.account).latest("pk").ref,
        "key": key.ref,
        "job": Job.objects.filter(asked_by=asks.account).latest("pk").ref,
    }


OTHERS: tuple[tuple[str, str, str], ...] = (
    ("get", "receipts/{}/", "choice"),
    ("get", "receipts/{}/receipt.json", "choice"),
    ("get", "requests/{}/", "request"),
    ("get", "requests/{}/record.json", "request"),
    ("post", "requests/{}/withdraw/", "request"),
    ("post", "keys/{}/rotate/", "key"),
    ("post", "keys/{}/revoke/", "key"),
    ("get", "jobs/{}/", "job"),
)


@pytest.mark.parametrize(("method", "path", "what"), OTHERS)
def test_what_is_somebody_elses_is_not_there(site: Site, method: str, path: str, what: str) -> None:
    theirs = refs(furnished(site, "account:2"))
    before = (Request.objects.values_list("state", flat=True).first(), ApiKey.objects.get().revoked_at)
    for browser in (site.person("account:1"), site.staff("auditor") if what != "job" else site.person("account:3")):
        call: Callable[[str], Any] = getattr(browser, method)
        assert call(f"/me/{path.format(theirs[what])}").status_code == 404
        assert call(f"/me/{path.format('nothing-here')}").status_code == 404
    owner = site.person("account:2")
    call = getattr(owner, method)
    assert (Request.objects.values_list("state", flat=True).first(), ApiKey.objects.get().revoked_at) == before
    assert call(f"/me/{path.format(theirs[what])}").status_code in (200, 302)
    nobody = getattr(site.visitor(), method)(f"/me/{path.format(theirs[what])}")
    assert (nobody.status_code, nobody["Location"].split("?")[0]) == (302, "/account/login/")


def test_sessions_of_somebody_else_do_not_end(site: Site) -> None:
    mine, theirs = site.person("account:1"), site.person("account:2")
    owner = Account.objects.get(subject="account:2")
    UserSession.objects.create(user=owner, ip="203.0.113.0", user_agent="", session_key=str(theirs.session.session_key))
    ref = session_ref(str(theirs.session.session_key))
    assert mine.post(f"/me/sessions/{ref}/end/").status_code == 404
    assert theirs.get("/me/").status_code == 200


def tracked(browser: Client, agent: str, address: str) -> UserSession:
    """Write a browser's session down as signing in does, with what it sends."""
    key = browser.session.session_key
    return UserSession.objects.create(
        user=Account.objects.get(subject="account:1"), ip=address, user_agent=agent, session_key=str(key)
    )


def test_a_session_is_coarse_and_can_be_ended(site: Site) -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    here, there, third = (site.person("account:1") for _ in range(3))
    here.get("/me/")
    row = tracked(there, agent, "203.0.113.77")
    tracked(third, SCRIPT, "2001:db8:1:2::3")
    tracked(here, agent, "203.0.113.9")
    row.refresh_from_db()
    assert (row.ip, row.user_agent) == ("203.0.113.0", "Firefox on Linux")
    text = here.get("/me/sessions/").content.decode()
    assert text.count("Sign this one out") == 2
    for seen in ("Firefox on Linux", "203.0.113.0/24", "2001:db8:1::/48", "Another program"):
        assert seen in text
    assert here.post(f"/me/sessions/{session_ref(row.session_key)}/end/").status_code == 302
    assert there.get("/me/").status_code == 302
    assert third.get("/me/").status_code == 200
    assert here.post("/me/sessions/end-others/").status_code == 302
    assert third.get("/me/").status_code == 302
    assert here.get("/me/").status_code == 200
    assert kinds().count("session.ended") == 2


def test_opting_out_takes_what_opting_in_takes(site: Site) -> None:
    browser = site.person("account:1")
    shapes = []
    for _ in range(2):
        page = browser.get("/me/choices/").content.decode()
        form = re.search(r'<form method="post" action="/me/choices/communications/">(.*?)</form>', page, re.DOTALL)
        assert form
        shapes.append((len(re.findall("<button", form[1])), len(re.findall("<input", form[1]))))
        assert "<select" not in form[1]
        flip(browser, "communications")
    assert shapes[0] == shapes[1]
    assert [one.granted for one in Choice.objects.order_by("pk")] == [True, False]
    assert kinds().count("choice.made") == 2
    asks = site.who(subject="account:1")
    raw = b"".join(body for body in entries() if b"choice.made" in body)
    assert asks.ref.encode() not in raw
    assert b'"actor":"hmac:' in raw


@pytest.mark.parametrize(
    ("purpose", "fields", "status"),
    [
        ("nothing", {"granted": "yes"}, 404),
        ("delivery", {"granted": "yes"}, 404),
        ("communications", {"granted": "yes"}, 409),
        ("communications", {"granted": "yes", "notice": "0" * 64}, 409),
        ("communications", {"granted": SCRIPT, "notice": "x" * 9000}, 409),
    ],
)
def test_a_choice_that_was_not_offered_is_not_taken(site: Site, purpose: str, fields: dict[str, str], status: int) -> None:
    assert site.person("account:1").post(f"/me/choices/{purpose}/", fields).status_code == status
    assert not Choice.objects.exists()


def test_the_browsers_signal_is_a_no_once_and_a_later_choice_stands(site: Site) -> None:
    browser = site.person("account:1")
    flip(browser, "communications")
    text = browser.get("/me/choices/", headers={"Sec-GPC": "1"}).content.decode()
    assert "Global Privacy Control" in text
    latest = {one.purpose: (one.granted, one.channel) for one in Choice.objects.order_by("pk")}
    assert latest == {"communications": (False, "gpc"), "preferences": (False, "gpc")}
    flip(browser, "communications")
    again = site.person("account:1")
    for page in ("", "choices/", "receipts/"):
        assert again.get(f"/me/{page}", headers={"Sec-GPC": "1"}).status_code == 200
    assert Choice.objects.filter(purpose="communications").latest("pk").granted
    assert Choice.objects.filter(channel="gpc").count() == 2
    site.visitor().get("/", headers={"Sec-GPC": "1"})
    assert Choice.objects.count() == 4


def test_a_receipt_can_be_kept(site: Site) -> None:
    browser = site.person("account:1")
    flip(browser, "communications")
    choice = Choice.objects.get()
    answer = browser.get(f"/me/receipts/{choice.ref}/receipt.json")
    assert answer["Content-Disposition"] == f'attachment; filename="receipt-{choice.ref}.json"'
    receipt = json.loads(answer.content)
    assert (receipt["version"], receipt["consentReceiptID"]) == ("KI-CR-v1.1.0", choice.ref)
    assert receipt["event"]["privacy_notice"]["sha256"] == choice.notice
    assert "Newsletters" in receipt["event"]["privacy_notice"]["words"]
    assert "@" not in receipt["piiPrincipalId"]


def test_a_request_is_opened_followed_and_taken_back(site: Site) -> None:
    browser = site.person("account:1")
    place = browser.post("/me/export/")["Location"]
    again = browser.post("/me/export/", follow=True)
    assert again.redirect_chain[-1][0] == place
    assert "already" in again.content.decode()
    assert Request.objects.count() == 1
    text = browser.get(place).content.decode()
    assert "We are at it." in text
    assert "You will have our answer by" in text
    assert 'aria-current="step"' in text
    assert json.loads(browser.get(f"{place}record.json").content)["right"] == "portability"
    assert browser.post(f"{place}withdraw/")["Location"] == place
    assert browser.post(f"{place}withdraw/").status_code == 409
    assert [one for one in kinds() if one.startswith("request.")] == ["request.opened", "request.withdrawn"]
    assert browser.post("/me/export/")["Location"] != place


def test_deleting_everything_asks_once_more(site: Site) -> None:
    browser = site.person("account:1")
    page = browser.get("/me/delete/").content.decode()
    assert "Taxes Consolidation Act" in page
    assert not Request.objects.exists()
    assert browser.post("/me/delete/").status_code == 302
    assert Request.objects.get().right == "erasure"
    assert "under way" in browser.get("/me/delete/").content.decode()


@pytest.mark.parametrize(
    ("right", "fields", "status"),
    [
        ("everything", {}, 404),
        ("complaint", {}, 404),
        ("erasure", {}, 404),
        ("access", {"note": "x" * 4_001}, 422),
        ("access", {"note": "a\0b"}, 422),
        ("rectification", {}, 422),
        ("restriction", {"ground": "mood"}, 422),
        ("objection", {"purposes": "everything"}, 422),
        ("objection", {}, 422),
        ("nomination", {"name": "Ada"}, 422),
    ],
)
def test_a_request_that_makes_no_sense_opens_nothing(site: Site, right: str, fields: dict[str, str], status: int) -> None:
    answer = site.person("account:1").post(f"/me/requests/new/{right}/", fields)
    assert answer.status_code == status
    assert not Request.objects.exists()


def test_staff_may_write_down_a_letter_and_nobody_else(site: Site) -> None:
    person = site.who(subject="account:1")
    ref = open_request(right="access", terms=Terms(), channel="staff", by=site.who(role="support"), account=person.ref, at=NOW)
    assert Request.objects.get(ref=ref).account_id == person.account


def test_a_key_is_shown_once_replaced_and_ended(site: Site) -> None:
    browser = site.person("account:1")
    shown = browser.post("/me/keys/make/", {"label": "mine", "scopes": ["me.read"], "days": "0"})
    secret = re.search(r"kept_[A-Za-z0-9]{12}_[A-Za-z0-9_-]{43}", shown.content.decode())
    assert secret
    assert "no-store" in shown["Cache-Control"]
    assert secret[0] not in browser.get("/me/keys/").content.decode()
    key = ApiKey.objects.get()
    other = browser.post(f"/me/keys/{key.ref}/rotate/").content.decode()
    assert secret[0] not in other
    key.refresh_from_db()
    assert key.revoked_at is not None
    new = ApiKey.objects.get(revoked_at=None)
    assert browser.post(f"/me/keys/{new.ref}/revoke/").status_code == 302
    assert browser.post(f"/me/keys/{new.ref}/rotate/").status_code == 409
    assert [one for one in kinds() if one.startswith("key.")] == ["key.made", "key.rotated", "key.revoked"]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"label": "a", "scopes": ["staff.change"], "days": "90"},
        {"label": "a", "scopes": [], "days": "90"},
        {"label": "  ", "scopes": ["me.read"], "days": "90"},
        {"label": "x" * 101, "scopes": ["me.read"], "days": "90"},
        {"label": "a", "scopes": ["me.read"], "days": "9999"},
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(site: Site, fields: dict[str, Any]) -> None:
    assert site.person("account:1").post("/me/keys/make/", fields).status_code == 422
    assert not ApiKey.objects.exists()


def test_a_connection_is_cut_unless_it_is_the_only_way_in(site: Site) -> None:
    account = site.account(subject="account:1")
    SocialAccount.objects.create(user=account, provider="acme", uid="their-name", extra_data={})
    browser = site.person("account:1")
    page = browser.get("/me/apps/").content.decode()
    found = re.search(r"/me/apps/[0-9a-f]{16}/disconnect/", page)
    assert found
    assert "their-name" not in page
    assert site.person("account:2").post(found[0]).status_code == 404
    EmailAddress.objects.filter(user=account).update(verified=False)
    assert browser.post(found[0]).status_code == 409
    EmailAddress.objects.filter(user=account).update(verified=True)
    assert browser.post(found[0]).status_code == 302
    assert not SocialAccount.objects.exists()


def test_preferences_are_kept_with_the_account(site: Site) -> None:
    browser = site.person("account:1")
    assert browser.post("/me/preferences/", {"language": "en", "theme": "dark"}).status_code == 302
    assert 'data-theme="dark"' in browser.get("/me/").content.decode()
    assert browser.post("/me/preferences/", {"language": "xx", "theme": SCRIPT}).status_code == 422
    assert Account.objects.get(subject="account:1").theme == "dark"
    assert json.loads(browser.get("/me/preferences/preferences.json").content) == {"language": "en", "theme": "dark"}


def test_who_looked_is_told_to_the_person_alone(site: Site) -> None:
    Viewing.objects.create(subject="account:1", role="support", reason="Ticket 12 asks about invoices", at=NOW, until=NOW)
    assert "Ticket 12" in site.person("account:1").get("/me/looked/").content.decode()
    assert "Ticket 12" not in site.person("account:2").get("/me/looked/").content.decode()
    assert "Nobody has looked" in site.person("", email="a@elsewhere.example").get("/me/looked/").content.decode()


@pytest.mark.parametrize(
    "path", ["held/count/", "identify/", "export/", "requests/x/withdraw/", "sessions/end-others/", "keys/make/"]
)
def test_what_changes_something_is_never_a_link(site: Site, path: str) -> None:
    assert site.person("account:1").get(f"/me/{path}").status_code == 405


def test_choices_and_requests_are_kept_by_any_database(any_site: Site) -> None:
    browser = any_site.person("account:1")
    flip(browser, "communications")
    browser.get("/me/", headers={"Sec-GPC": "1"})
    for _ in range(2):
        browser.post("/me/export/")
    browser.post("/me/keys/make/", {"label": "mine", "scopes": ["me.read"], "days": "0"})
    browser.post("/me/sessions/end-others/")
    assert browser.post("/me/held/count/").status_code == 302
    for page in PAGES:
        assert browser.get(f"/me/{page}").status_code == 200, page
    assert (Choice.objects.count(), Request.objects.count(), ApiKey.objects.count()) == (3, 1, 1)
