"""Who may ask what: every operation, asked by nobody, by people, and by each role of the staff."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator

from kept.base.roles import ROLES
from kept.db.access.api_keys import key_by_secret
from kept.db.actions.api_keys import make_key, revoke_key
from kept.db.models import Account, ApiKey
from tests.web.api.programs import Program, key_of, program
from tests.web.site import Site

REF, DIGEST = "k3J9x2Lq8ZpA", "3f" * 32
ANY, OPEN = "any key", "everybody"
HOLD = {"name": "audit", "ground": "AO 147", "owner": "counsel", "review": "2099-01-01", "tables": ["billing.invoices"]}
OPERATIONS: Mapping[str, tuple[str, str, Any, str]] = {
    "readPolicy": ("GET", "/policy", None, OPEN),
    "listMarks": ("GET", "/marks", None, OPEN),
    "listEditions": ("GET", "/policy/editions", None, OPEN),
    "readEdition": ("GET", "/policy/editions/1", None, OPEN),
    "compareEditions": ("GET", "/policy/comparison?earlier=1&later=2", None, OPEN),
    "readCheckpoint": ("GET", "/ledger/checkpoint", None, OPEN),
    "readMe": ("GET", "/me", None, ANY),
    "readJob": ("GET", f"/jobs/{REF}", None, ANY),
    "listRequests": ("GET", "/requests", None, "me.read"),
    "openRequest": ("POST", "/requests", {"right": "access"}, "me.write"),
    "readRequest": ("GET", f"/requests/{REF}", None, "me.read"),
    "withdrawRequest": ("POST", f"/requests/{REF}/withdrawal", None, "me.write"),
    "readCertificate": ("GET", f"/requests/{REF}/certificate", None, "me.read"),
    "fetchExport": ("GET", f"/requests/{REF}/export", None, "me.read"),
    "listChoices": ("GET", "/choices", None, "me.read"),
    "choose": ("PUT", "/choices/communications", {"granted": True}, "me.write"),
    "readHeld": ("GET", "/held", None, "me.read"),
    "countHeld": ("POST", "/held", None, "me.write"),
    "listKeys": ("GET", "/keys", None, "me.read"),
    "makeKey": ("POST", "/keys", {"label": "x", "scopes": ["me.write"]}, "me.write"),
    "rotateKey": ("POST", f"/keys/{REF}/rotation", None, "me.write"),
    "revokeKey": ("DELETE", f"/keys/{REF}", None, "me.write"),
    "listRuns": ("GET", "/runs", None, "board.read"),
    "askForCheck": ("POST", "/runs", None, "check.run"),
    "readRun": ("GET", "/runs/1", None, "board.read"),
    "listFindings": ("GET", "/runs/1/findings", None, "board.read"),
    "listObligations": ("GET", "/obligations", None, "board.read"),
    "readMap": ("GET", "/map", None, "map.read"),
    "listHolds": ("GET", "/holds", None, "hold.read"),
    "placeHold": ("POST", "/holds", HOLD, "hold.change"),
    "reviewHold": ("POST", "/holds/no-such/review", {"review": "2099-01-01"}, "hold.change"),
    "liftHold": ("POST", "/holds/no-such/lifting", None, "hold.change"),
    "decide": ("GET", "/decisions?subject=account:1&purpose=delivery", None, "gate.ask"),
    "listPlans": ("GET", "/plans", None, "plan.read"),
    "askForPlan": ("POST", "/plans", None, "plan.propose"),
    "readPlan": ("GET", f"/plans/{DIGEST}", None, "plan.read"),
    "approvePlan": ("POST", f"/plans/{DIGEST}/approval", {}, "plan.approve"),
    "refusePlan": ("POST", f"/plans/{DIGEST}/refusal", {"why": "no"}, "plan.approve"),
    "applyPlan": ("POST", f"/plans/{DIGEST}/application", None, "plan.approve"),
    "listEntries": ("GET", "/ledger/entries", None, "ledger.read"),
    "proveEntry": ("GET", "/ledger/entries/0/proof", None, "ledger.read"),
    "listStaff": ("GET", "/staff", None, "staff.read"),
    "addStaff": ("POST", "/staff", {"email": "kim@company.example", "role": "auditor"}, "staff.change"),
    "readStaff": ("GET", f"/staff/{REF}", None, "staff.read"),
    "changeStaff": ("PATCH", f"/staff/{REF}", {"role": "support"}, "staff.change"),
    "listQueue": ("GET", "/queue", None, "request.read"),
    "readQueued": ("GET", f"/queue/{REF}", None, "request.read"),
    "takeUpRequest": ("POST", f"/queue/{REF}/start", None, "request.work"),
    "answerRequest": ("POST", f"/queue/{REF}/answer", {"answer": "Here."}, "request.work"),
    "confirmRequest": ("POST", f"/queue/{REF}/confirmation", None, "request.work"),
    "refuseRequest": ("POST", f"/queue/{REF}/refusal", {"answer": "No.", "ground": "nothing"}, "request.work"),
    "extendRequest": ("POST", f"/queue/{REF}/extension", {"reason": "Many came"}, "request.work"),
    "writeDownRequest": ("POST", "/queue", {"right": "access", "address": "ada@example.org"}, "request.work"),
    "understandRequest": ("POST", f"/queue/{REF}/right", {"right": "access"}, "request.work"),
    "choosePerson": ("POST", f"/queue/{REF}/person", {"subject": "account:1"}, "request.work"),
    "askMore": ("POST", f"/queue/{REF}/questions", {"number": 1}, "request.work"),
    "establishIdentity": ("POST", f"/queue/{REF}/identity", {"why": "Rang back"}, "request.work"),
    "enterChanges": (
        "POST",
        f"/queue/{REF}/changes",
        {"changes": [{"column": "app.accounts.full_name", "value": "Ada"}]},
        "request.work",
    ),
    "allowLarge": ("POST", f"/queue/{REF}/large", None, "plan.approve"),
    "recordOrder": ("POST", f"/queue/{REF}/orders/lanternpost", {"state": "done", "note": "Deleted."}, "request.work"),
    "liftRestriction": ("POST", f"/queue/{REF}/lifting", {"why": "It was checked"}, "request.work"),
    "keepRestriction": ("DELETE", f"/queue/{REF}/lifting", None, "request.work"),
    "assignRequest": ("POST", f"/queue/{REF}/assignment", {"to": REF}, "request.work"),
    "readCertificateOfQueued": ("GET", f"/queue/{REF}/certificate", None, "request.read"),
    "scim": ("GET", "/scim/v2/Users", None, "scim"),
    "scimJoin": ("POST", "/scim/v2/Users", {"userName": "lee@company.example"}, "scim"),
    "scimLeave": ("DELETE", f"/scim/v2/Users/{REF}", None, "scim"),
}
SCOPES = sorted({need for *_, need in OPERATIONS.values()} - {ANY, OPEN})
HOLDERS = ("owner", "engineer")
"""The roles that may have keys for what only staff may do (key.manage)."""


def may(role: str, need: str) -> bool:
    """Whether a key of somebody with this role, empty for a person, may do what needs that, by the table of roles."""
    if need in (ANY, OPEN, "me.read", "me.write"):
        return True
    if need == "scim":
        return role == "owner"
    return role in HOLDERS and need in ROLES[role].permissions


def test_the_table_names_every_operation(site: Site) -> None:
    described = json.loads(Program().get("/openapi.json").content)
    named = {one["operationId"] for methods in described["paths"].values() for one in methods.values()}
    assert named == {name for name in OPERATIONS if not name.startswith("scim")}
    for methods in described["paths"].values():
        for one in methods.values():
            need = OPERATIONS[one["operationId"]][3]
            assert one["security"] == ([{}, {"key": []}] if need == OPEN else [{"key": [] if need == ANY else [need]}])


@pytest.mark.parametrize("who", ["", "person", *ROLES])
def test_each_operation_is_for_who_may_and_nobody_else(site: Site, unhurried: None, who: str) -> None:
    asker = Program() if not who else program(site, subject="account:1") if who == "person" else program(site, role=who)
    role = "" if who == "person" else who
    for name, (method, path, body, need) in OPERATIONS.items():
        status = asker.ask(method, path, body).status_code
        if not who:
            assert status == 401 if need != OPEN else status in (200, 404), name
        elif may(role, need):
            assert status not in (401, 403, *range(500, 600)), (name, status)
        else:
            assert status == 403, (name, status)


@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_opens_what_needs_it_and_nothing_else(site: Site, unhurried: None, scope: str) -> None:
    asker = program(site, role="owner", scopes=(scope,))
    for method, path, body, need in {one[3]: one for one in OPERATIONS.values()}.values():
        refused = asker.ask(method, path, body).status_code in (401, 403)
        assert refused == (need not in (scope, ANY, OPEN)), path


def test_what_is_anothers_is_not_there(site: Site, unhurried: None) -> None:
    one, other = program(site, subject="account:1"), program(site, subject="account:2")
    ref = json.loads(one.post("/requests", {"right": "access", "note": "mine alone"}).content)["ref"]
    key = json.loads(one.get("/keys").content)["items"][0]["ref"]
    job = json.loads(one.post("/held").content)["ref"]
    for method, path in (
        ("GET", f"/requests/{ref}"),
        ("POST", f"/requests/{ref}/withdrawal"),
        ("POST", f"/keys/{key}/rotation"),
        ("DELETE", f"/keys/{key}"),
        ("GET", f"/jobs/{job}"),
    ):
        answer = other.ask(method, path)
        assert (answer.status_code, b"mine alone" in answer.content) == (404, False), path
    assert json.loads(other.get("/requests").content)["items"] == []
    assert program(site, role="owner").get(f"/jobs/{job}").status_code == 404, "what was counted of a person is theirs"
    assert one.get(f"/jobs/{job}").status_code == 200


def broken_keys(site: Site) -> Mapping[str, str]:
    """Headers that name no key in force, by what is wrong with them."""
    good = key_of(site.account(subject="account:7"))
    other = site.account(subject="account:8")
    known = key_by_secret(key_of(other), at=datetime.now(UTC))
    assert known is not None
    revoked = key_of(other)
    revoke_key(ref=revoked.split("_")[1], by=known.owner, at=datetime.now(UTC))
    yesterday = datetime.now(UTC) - timedelta(days=1)
    ended = make_key(label="x", scopes=("me.read",), by=known.owner, at=yesterday - timedelta(days=1), expires_at=yesterday)
    suspended = site.account(subject="account:9")
    secret = key_of(suspended)
    Account.objects.filter(pk=suspended.pk).update(is_active=False)
    return {
        "unknown": f"Bearer kept_{'x' * 12}_{'y' * 43}",
        "another secret": f"Bearer {good[:-1]}{'A' if good[-1] != 'A' else 'B'}",
        "revoked": f"Bearer {revoked}",
        "ended": f"Bearer {ended}",
        "suspended": f"Bearer {secret}",
        "basic": "Basic a2VwdDprZXB0",
        "empty": "Bearer ",
        "junk": "Bearer \x00\xff<script>",
    }


def test_keys_that_are_none_are_all_told_the_same(site: Site, unhurried: None) -> None:
    answers = {}
    for name, header in broken_keys(site).items():
        for path in ("/me", "/policy"):
            answer = Program().get(path, Authorization=header)
            assert answer.status_code == 401, name
            assert answer["WWW-Authenticate"].startswith("Bearer")
            answers[name, path] = answer.content
    assert len(set(answers.values())) == 1


def test_staff_without_a_second_factor_are_only_themselves(site: Site, unhurried: None) -> None:
    account = site.account(role="owner")
    asker = Program(secret=key_of(account))
    assert asker.get("/runs").status_code == 200
    Authenticator.objects.filter(user=account).delete()
    assert (asker.get("/runs").status_code, asker.get("/requests").status_code) == (403, 200)
    assert json.loads(asker.get("/me").content)["scopes"] == ["me.read", "me.write"]


def test_who_loses_the_role_loses_what_keys_did_with_it(site: Site, unhurried: None) -> None:
    account = site.account(role="engineer")
    asker = Program(secret=key_of(account))
    assert asker.get("/plans").status_code == 200
    Account.objects.filter(pk=account.pk).update(role="auditor")
    assert asker.get("/plans").status_code == 403
    assert asker.get("/me").status_code == 200


def test_a_key_makes_no_key_that_may_more_than_itself(site: Site, unhurried: None) -> None:
    owner = site.account(role="owner")
    strong = key_of(owner)
    weak = Program(secret=key_of(owner, scopes=("me.read", "me.write")))
    assert weak.post("/keys", {"label": "more", "scopes": ["staff.change"]}).status_code == 403
    assert weak.post(f"/keys/{strong.split('_')[1]}/rotation").status_code == 403
    made = json.loads(weak.post("/keys", {"label": "less", "scopes": ["me.read"], "days": 1}).content)
    asker = Program(secret=made["secret"])
    assert json.loads(asker.get("/me").content)["scopes"] == ["me.read"]
    again = json.loads(weak.post(f"/keys/{made['ref']}/rotation").content)
    assert (asker.get("/me").status_code, Program(secret=again["secret"]).get("/me").status_code) == (401, 200)
    assert weak.ask("DELETE", f"/keys/{again['ref']}").status_code == 204
    assert Program(secret=again["secret"]).get("/me").status_code == 401


def test_the_last_use_is_kept_to_the_hour(site: Site, unhurried: None) -> None:
    asker = program(site, subject="account:1")
    asker.get("/me")
    used = ApiKey.objects.get().used_at
    assert used is not None
    assert (used.minute, used.second, used.microsecond) == (0, 0, 0)
    assert datetime.now(UTC) - used < timedelta(hours=1, minutes=1)


def test_a_cookie_is_no_key(site: Site) -> None:
    assert site.person().get("/api/v1/me").status_code == 401
    assert replace(Program()).get("/me").status_code == 401
