"""Finding and opening people, answering their requests, and the staff who may."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from allauth.usersessions.models import UserSession

from kept.db.access.viewings import viewings_of
from kept.db.actions.requests import open_request
from kept.db.actions.viewings import open_person
from kept.db.models import Account, Job, LedgerEntry, Viewing
from kept.db.terms import Terms
from tests.web.site import Site

SCRIPT = "<script>alert('x')</script>"
ADDRESS = "ada@customer.example"


def entries() -> list[dict[str, object]]:
    """Return what the ledger's entries say, in order."""
    return [json.loads(bytes(entry.body)) for entry in LedgerEntry.objects.order_by("index")]


def test_what_is_searched_for_is_nowhere_in_clear(site: Site) -> None:
    asks = site.staff("support")
    answer = asks.post("/console/people/search/", {"by": "email", "term": ADDRESS})
    assert answer.status_code == 302
    assert ADDRESS not in answer["Location"]
    assert "customer.example" not in json.dumps(list(Job.objects.values()), default=str)
    assert ADDRESS not in json.dumps(entries())
    assert asks.get(answer["Location"]).status_code == 200
    assert site.staff("owner").get(answer["Location"]).status_code == 404


@pytest.mark.parametrize("body", [{}, {"by": "email"}, {"by": "name", "term": "x"}, {"by": "email", "term": "x" * 201}])
def test_a_search_for_nothing_is_not_asked(site: Site, body: dict[str, str]) -> None:
    assert site.staff("support").post("/console/people/search/", body).status_code == 200
    assert not Job.objects.exists()


@pytest.mark.parametrize("reason", ["", "because", "         x        ", "x" * 501])
def test_a_person_is_opened_with_a_reason_alone(site: Site, reason: str) -> None:
    asks = site.staff("support")
    answer = asks.post("/console/people/of/account:42/", {"reason": reason})
    assert answer.status_code == 200
    assert not Viewing.objects.exists()
    assert not Job.objects.exists()


def test_the_person_reads_who_by_role_and_why_and_the_ledger_names_nobody(site: Site) -> None:
    asks = site.staff("support")
    assert asks.post("/console/people/of/account:42/", {"reason": f"Ticket 4711 {SCRIPT}"}).status_code == 302
    seen = asks.get("/console/people/of/account:42/").content.decode()
    assert SCRIPT not in seen
    assert "Who looked" in seen
    (viewing,) = viewings_of("account:42")
    assert (viewing.role, viewing.until - viewing.at) == ("support", timedelta(minutes=30))
    opened = next(entry for entry in entries() if entry["kind"] == "person.opened")
    assert "account:42" not in json.dumps(opened)
    assert Job.objects.get().wanted == {"subject": "account:42"}
    assert asks.get("/console/people/of/account:42/counting/").status_code == 200
    assert site.staff("owner").get("/console/people/of/account:42/counting/").status_code == 404
    assert "A reason first" in site.staff("owner").get("/console/people/of/account:42/").content.decode()


def test_a_look_ends_after_half_an_hour(site: Site) -> None:
    by, earlier = site.who(role="support"), datetime.now(UTC) - timedelta(minutes=31)
    open_person(subject="account:42", reason="A ticket of theirs", at=earlier, by=by)
    asks = site.staff("support")
    assert "A reason first" in asks.get("/console/people/of/account:42/").content.decode()
    assert asks.post("/console/people/of/account:42/count/").status_code == 302
    assert not Job.objects.exists()


@pytest.mark.parametrize("subject", ["nobody", "account:", "ghost:1", SCRIPT.replace("/", ""), "x" * 300])
def test_a_person_the_map_does_not_know_is_not_there(site: Site, subject: str) -> None:
    asks = site.staff("owner")
    assert asks.get(f"/console/people/of/{subject}/").status_code == 404
    assert asks.post(f"/console/people/of/{subject}/", {"reason": "a long reason"}).status_code == 404


def asked(site: Site, *, days: int = 3) -> str:
    """Open a request with a script in its text and return its reference."""
    at = datetime.now(UTC) - timedelta(days=days)
    return open_request(
        right="access", terms=Terms(), channel="centre", note=f"Please {SCRIPT}", at=at, by=site.who(subject="account:7")
    )


def test_what_people_write_is_not_for_those_who_only_read(site: Site) -> None:
    ref = asked(site)
    for role in ("auditor", "engineer"):
        seen = site.staff(role).get(f"/console/requests/{ref}/").content.decode()
        assert "Please" not in seen
        assert "account:7" not in seen


def test_staff_are_invited_changed_suspended_and_signed_out(site: Site) -> None:
    owner = site.staff("owner")
    assert owner.post("/console/staff/invite/", {"email": f"a{SCRIPT}@x.example", "role": "owner"}).status_code == 200
    assert owner.post("/console/staff/invite/", {"email": "new@aurigen.example", "role": "auditor"}).status_code == 302
    assert "/account/login/" in site.letters[-1]
    ref = Account.objects.get(email="new@aurigen.example").ref
    assert owner.post(f"/console/staff/{ref}/role/", {"role": "king"}).status_code == 409
    assert owner.post(f"/console/staff/{ref}/role/", {"role": "engineer"}).status_code == 302
    assert owner.post(f"/console/staff/{ref}/suspend/").status_code == 302
    assert "Suspended" in owner.get("/console/staff/").content.decode()
    assert owner.post(f"/console/staff/{ref}/resume/").status_code == 302
    last = owner.post(f"/console/staff/{site.who(role='owner').ref}/role/", {"role": "auditor"})
    assert last.status_code == 409
    assert [entry["kind"] for entry in entries()] == ["staff.changed", "staff.changed", "account.suspended", "account.resumed"]


def test_a_colleagues_session_is_ended_and_a_persons_is_not(site: Site) -> None:
    support, person = site.staff("support"), site.person()
    for client, role in ((support, "support"), (person, "")):
        key = client.session.session_key
        assert key
        user = site.account(role=role, subject="" if role else "account:1")
        UserSession.objects.get_or_create(session_key=key, defaults={"user": user, "ip": "127.0.0.1", "user_agent": SCRIPT})
    owner = site.staff("owner")
    assert SCRIPT not in owner.get("/console/staff/").content.decode()
    numbers = {one.user.role: one.pk for one in UserSession.objects.select_related("user")}
    assert owner.post(f"/console/staff/sessions/{numbers['']}/end/").status_code == 404
    assert owner.post(f"/console/staff/sessions/{numbers['support']}/end/").status_code == 302
    assert support.get("/console/").status_code == 302
    assert person.get("/me/").status_code == 200
