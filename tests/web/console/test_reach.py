"""Who may open which page of the console, and who may change what."""

from __future__ import annotations

from django.test import Client

from kept.base.roles import ROLES
from kept.db.models import LedgerEntry
from tests.web.site import Site

EVERYBODY = ("", "person", *ROLES)
READ = {
    "/console/": "board.read",
    "/console/?mark=broken": "board.read",
    "/console/clause/5.2/": "board.read",
    "/console/map/": "map.read",
    "/console/map/app/accounts/": "map.read",
    "/console/plans/": "plan.read",
    "/console/ledger/": "ledger.read",
    "/console/ledger/0/": "ledger.read",
    "/console/ledger/0/proof.json": "ledger.read",
    "/console/holds/": "hold.read",
    "/console/requests/": "request.read",
    "/console/people/": "person.find",
    "/console/people/of/account:42/": "person.open",
    "/console/people/found/nothing/": "person.find",
    "/console/people/of/account:42/counting/": "person.open",
    "/console/jobs/nothing/": "board.read",
    "/console/plans/nothing/": "plan.read",
    "/console/requests/nothing/": "request.read",
    "/console/requests/nothing/progress/": "request.read",
    "/console/requests/nothing/certificate.txt": "request.read",
    "/console/requests/nothing/letters/1/": "request.work",
    "/console/staff/": "staff.read",
    "/console/settings/": "settings.read",
}
"""Each page, and the permission that opens it."""
CHANGE = {
    "/console/check/": "check.run",
    "/console/clause/5.2/close/": "plan.propose",
    "/console/plans/make/": "plan.propose",
    "/console/plans/{digest}/approve/": "plan.approve",
    "/console/plans/{digest}/refuse/": "plan.approve",
    "/console/plans/{digest}/apply/": "plan.approve",
    "/console/requests/nothing/take/": "request.work",
    "/console/requests/nothing/answer/": "request.work",
    "/console/requests/nothing/refuse/": "request.work",
    "/console/requests/nothing/confirm/": "request.work",
    "/console/requests/nothing/extend/": "request.work",
    "/console/holds/place/": "hold.change",
    "/console/holds/nothing/review/": "hold.change",
    "/console/holds/nothing/lift/": "hold.change",
    "/console/people/search/": "person.find",
    "/console/people/of/account:42/count/": "person.open",
    "/console/staff/invite/": "staff.change",
    "/console/staff/nobody/role/": "staff.change",
    "/console/staff/nobody/suspend/": "staff.change",
    "/console/staff/nobody/resume/": "staff.change",
    "/console/staff/sessions/1/end/": "staff.change",
}
"""Each form, and the permission that may send it."""


def browser(site: Site, role: str) -> Client:
    """Return a browser of nobody, of a person, or of a member of staff."""
    client = site.visitor() if not role else site.person() if role == "person" else site.staff(role)
    client.defaults["REMOTE_ADDR"] = f"10.0.0.{EVERYBODY.index(role)}"  # limits count by address
    return client


def test_a_page_opens_for_those_who_may_and_nobody_else(site: Site) -> None:
    site.staff("owner").post("/console/check/")  # an entry for the ledger
    for role in EVERYBODY:
        asks, permissions = browser(site, role), ROLES[role].permissions if role in ROLES else frozenset()
        for path, permission in READ.items():
            there = 404 if "nothing" in path or "counting" in path else 200
            wanted = there if permission in permissions else 302 if not role else 403
            assert asks.get(path).status_code == wanted, (role, path)


def test_a_form_is_taken_from_those_who_may_and_nobody_else(site: Site) -> None:
    for role in EVERYBODY:
        asks, permissions = browser(site, role), ROLES[role].permissions if role in ROLES else frozenset()
        before = LedgerEntry.objects.count()
        for path, permission in CHANGE.items():
            status = asks.post(path.format(digest="0" * 64)).status_code
            if permission in permissions:
                assert status in (200, 302, 404, 409), (role, path, status)
            else:
                assert status == (302 if not role else 403), (role, path, status)
            assert asks.get(path.format(digest="0" * 64)).status_code in (302, 403, 405), (role, path)
        assert role not in ("", "person", "auditor") or LedgerEntry.objects.count() == before


def test_staff_without_a_second_factor_are_led_to_set_one_up(site: Site) -> None:
    asks = site.signed_in(site.account(role="owner"))
    answer = asks.get("/console/")
    assert (answer.status_code, answer["Location"]) == (302, "/account/second-factor/")


def test_the_navigation_shows_what_the_role_may_open(site: Site) -> None:
    seen = site.staff("support").get("/console/").content.decode()
    assert 'href="/console/people/"' in seen
    assert 'href="/console/requests/"' in seen
    for hidden in ("plans", "ledger", "map", "staff", "settings", "holds"):
        assert f'href="/console/{hidden}/"' not in seen


def test_an_auditor_sees_no_button_that_changes(site: Site) -> None:
    asks = site.staff("auditor")
    for path, permission in READ.items():
        if permission.endswith(".read") and not path.endswith(".json"):
            seen = asks.get(path).content.decode().split("<main")[1].split("</main>")[0]
            assert 'method="post"' not in seen, path


ODD = (
    "/console/ledger/99999999999999999999999/",
    "/console/ledger/?before=999999999999999999999",
    "/console/ledger/?before=-1&kind=%00",
    "/console/ledger/?kind=<script>alert(1)</script>",
    "/console/?mark=<script>alert(1)</script>",
    "/console/jobs/%00/",
    "/console/plans/%00/",
    "/console/plans/<script>/",
    "/console/requests/%00/",
    "/console/requests/%F0%9F%94%92/",
    "/console/requests/?after=%00",
    "/console/requests/?after=2026-01-01T00:00:00%2B00:00 99999999999999999999999",
    "/console/requests/?after=9999-12-31T23:59:59%2B00:00 1",
    "/console/requests/?right=<script>alert(1)</script>&state=x&waits_on=%00",
    "/console/requests/nothing/letters/99999999999999999999999/",
    "/console/clause/%00/",
    "/console/map/app/%00/",
    "/console/map/..%2F../x/",
    "/console/people/of/account:%00/",
    "/console/people/found/%00/",
)
"""Addresses that nobody means."""


def test_odd_addresses_are_answered_plainly(any_site: Site) -> None:
    asks = any_site.staff("owner")
    for path in ODD:
        answer = asks.get(path)
        assert answer.status_code in (200, 404), (path, answer.status_code)
        assert "<script>alert" not in answer.content.decode()
    for path, permission in READ.items():
        if permission.endswith(".read"):
            assert asks.get(path).status_code in (200, 404), path
