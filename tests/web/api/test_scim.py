"""Joiners and leavers as a company's directory tells of them: the subset of RFC 7643 and 7644 that Kept has."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session

from kept.base.roles import ROLES
from kept.db.access import entries
from kept.db.models import Account
from tests.web.api.programs import Program, key_of, program
from tests.web.site import Site

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
KIM = {"schemas": [USER], "userName": "Kim@company.example", "externalId": "e-17", "name": {"givenName": "Kim"}, "active": True}


@pytest.fixture
def directory(site: Site) -> Program:
    return program(site, role="owner", scopes=("scim",))


def body(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/scim+json"
    found: dict[str, Any] = json.loads(answer.content)
    return found


def wrong(answer: Any, status: int, kind: str | None = None) -> None:
    found = body(answer, status)
    assert found["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert (found["status"], found.get("scimType")) == (str(status), kind)


def scim(asker: Program, method: str, path: str, sent: Any = None, **headers: str) -> Any:
    return asker.ask(method, f"/scim/v2{path}", sent, kind="application/scim+json", **headers)


def patched(asker: Program, ref: str, *operations: Mapping[str, Any], **headers: str) -> Any:
    return scim(asker, "PATCH", f"/Users/{ref}", {"schemas": [PATCH], "Operations": list(operations)}, **headers)


def test_a_joiner_is_made_found_and_read(directory: Program) -> None:
    made = scim(directory, "POST", "/Users", KIM)
    found = body(made, 201)
    assert found["userName"] == "kim@company.example"
    assert (found["externalId"], found["active"], found["roles"]) == ("e-17", True, [])
    assert made["Location"] == found["meta"]["location"] == f"http://localhost/scim/v2/Users/{found['id']}"
    assert made["ETag"] == found["meta"]["version"]
    assert "name" not in found, "what Kept does not need it does not keep"
    for filter in (
        'userName eq "KIM@company.example"',
        'externalId eq "e-17"',
        f'id eq "{found["id"]}"',
        f'{USER}:USERNAME EQ "kim@company.example"',
    ):
        listed = body(directory.ask("GET", f"/scim/v2/Users?filter={filter}"), 200)
        assert [one["id"] for one in listed["Resources"]] == [found["id"]], filter
        assert listed["totalResults"] == 1
    assert body(scim(directory, "GET", f"/Users/{found['id']}"), 200) == found
    wrong(scim(directory, "POST", "/Users", KIM), 409, "uniqueness")
    wrong(scim(directory, "POST", "/Users", {**KIM, "userName": "lee@company.example"}), 409, "uniqueness")


def test_a_filter_that_is_not_known_says_so(directory: Program) -> None:
    for filter in ('userName sw "k"', "userName eq k", 'title eq "x"', 'userName eq "a" or id eq "b"', 'id eq "\\x"'):
        wrong(directory.ask("GET", f"/scim/v2/Users?filter={filter}"), 400, "invalidFilter")


def test_users_come_in_pages_that_count_from_one(directory: Program) -> None:
    for number in range(4):
        scim(directory, "POST", "/Users", {"schemas": [USER], "userName": f"n{number}@company.example"})
    first = body(scim(directory, "GET", "/Users?startIndex=1&count=2"), 200)
    last = body(scim(directory, "GET", "/Users?startIndex=5&count=2"), 200)
    none = body(scim(directory, "GET", "/Users?startIndex=-3&count=0"), 200)
    assert (first["totalResults"], first["itemsPerPage"], first["startIndex"]) == (5, 2, 1)
    assert [one["userName"] for one in last["Resources"]] == ["n3@company.example"]
    assert (none["totalResults"], none["startIndex"], none["Resources"]) == (5, 1, [])
    few = body(scim(directory, "GET", "/Users?attributes=userName"), 200)
    assert all(one.keys() == {"schemas", "id", "userName"} for one in few["Resources"])
    search = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "startIndex": 2,
        "count": 2,
        "attributes": ["userName"],
    }
    for path in ("/.search", "/Users/.search"):
        found = body(scim(directory, "POST", path, search), 200)
        assert [one["userName"] for one in found["Resources"]] == ["n0@company.example", "n1@company.example"]
        wrong(scim(directory, "POST", path, {**search, "filter": 7}), 400, "invalidFilter")
        wrong(scim(directory, "POST", path, {**search, "count": "many"}), 400, "invalidValue")
    less = body(scim(directory, "GET", "/Users?excludedAttributes=roles,meta"), 200)
    assert "meta" not in less["Resources"][0]


@pytest.fixture
def kim(directory: Program) -> str:
    return str(body(scim(directory, "POST", "/Users", {**KIM, "roles": [{"value": "support"}]}), 201)["id"])


ROLE = "roles"
START = {**KIM, "roles": [{"value": "support"}]}


CHANGES: tuple[tuple[Any, Mapping[str, Any]], ...] = (
    ([{"op": "replace", "path": "active", "value": False}], {"active": False}),
    ([{"op": "Replace", "path": "active", "value": "False"}], {"active": False}),
    (
        [{"op": "replace", "value": {"active": False, "userName": "k2@company.example"}}],
        {"active": False, "userName": "k2@company.example"},
    ),
    ([{"op": "add", "path": ROLE, "value": [{"value": "auditor"}]}], {"role": "auditor"}),
    ([{"op": "replace", "path": 'roles[primary eq "True"].value', "value": "engineer"}], {"role": "engineer"}),
    ([{"op": "remove", "path": ROLE}], {"role": ""}),
    ([{"op": "remove", "path": 'roles[value eq "support"]'}], {"role": ""}),
    ([{"op": "remove", "path": "externalId"}], {"externalId": None}),
    ([{"op": "replace", "path": f"{USER}:externalId", "value": "e-18"}], {"externalId": "e-18"}),
    ([{"op": "replace", "path": "name.givenName", "value": "K"}], {}),
    ([{"op": "add", "path": ROLE, "value": "auditor"}, {"op": "remove", "path": 'roles[value eq "auditor"]'}], {"role": ""}),
)


def test_a_change_is_taken_as_directories_send_it(directory: Program, kim: str) -> None:
    for operations, expected in CHANGES:
        body(scim(directory, "PUT", f"/Users/{kim}", START), 200)
        _change(directory, kim, operations, expected)


def _change(directory: Program, kim: str, operations: Any, expected: Mapping[str, Any]) -> None:
    before = body(scim(directory, "GET", f"/Users/{kim}"), 200)
    after = body(patched(directory, kim, *operations), 200)
    found = {**after, "role": after["roles"][0]["value"] if after["roles"] else ""}
    assert {name: found.get(name) for name in expected} == dict(expected)
    assert (after["meta"]["version"] != before["meta"]["version"]) == bool(expected)


NO_CHANGES: tuple[tuple[Any, str], ...] = (
    ([], "invalidSyntax"),
    ([{"op": "destroy", "path": "active"}], "invalidSyntax"),
    ([{"op": "remove"}], "noTarget"),
    ([{"op": "remove", "path": 'roles[value eq "owner"]'}], "noTarget"),
    ([{"op": "remove", "path": "userName"}], "mutability"),
    ([{"op": "replace", "path": "height", "value": 2}], "invalidPath"),
    ([{"op": "replace", "path": "active", "value": "perhaps"}], "invalidValue"),
    ([{"op": "replace", "path": "roles", "value": [{"value": "king"}]}], "invalidValue"),
    ([{"op": "replace", "path": "roles", "value": ["owner", "auditor"]}], "invalidValue"),
    ([{"op": "replace", "path": "roles", "value": [{"value": {}}]}], "invalidValue"),
    ([{"op": "replace", "path": "userName", "value": "not an address"}], "invalidValue"),
    ([{"op": "replace", "path": "externalId", "value": "a\0b"}], "invalidValue"),
    (
        [{"op": "replace", "path": "active", "value": False}, {"op": "replace", "path": "roles", "value": "king"}],
        "invalidValue",
    ),
)


def test_a_change_that_is_none_changes_nothing(directory: Program, kim: str) -> None:
    before = scim(directory, "GET", f"/Users/{kim}").content
    for operations, kind in NO_CHANGES:
        wrong(patched(directory, kim, *operations), 400, kind)
    assert scim(directory, "GET", f"/Users/{kim}").content == before


def test_what_is_no_resource_says_so(directory: Program) -> None:
    for sent in ("{", "[]", "null", '"x"', "[" * 50_000):
        wrong(scim(directory, "POST", "/Users", sent), 400, "invalidSyntax")


def test_a_put_says_all_and_leaves_what_it_does_not_say(directory: Program, kim: str) -> None:
    found = body(
        scim(directory, "PUT", f"/Users/{kim}", {"schemas": [USER], "userName": "kim@company.example", "active": False}), 200
    )
    assert (found["active"], found["roles"], found["externalId"]) == (False, [{"value": "support"}], "e-17")
    found = body(scim(directory, "PUT", f"/Users/{kim}", {**KIM, "roles": []}), 200)
    assert (found["active"], found["roles"]) == (True, [])
    wrong(scim(directory, "PUT", f"/Users/{kim}", {**KIM, "schemas": ["urn:other"]}), 400, "invalidSyntax")


def test_suspending_ends_sessions_and_keys_for_good(site: Site, directory: Program, kim: str) -> None:
    account = Account.objects.get(ref=kim)
    browser = site.signed_in(account, factor=True)
    UserSession.objects.create(user=account, session_key=browser.session.session_key, ip="127.0.0.1", user_agent="x")
    key = Program(secret=key_of(account))
    assert (browser.get("/me/").status_code, key.get("/me").status_code) == (200, 200)
    patched(directory, kim, {"op": "replace", "path": "active", "value": False})
    assert (browser.get("/me/").status_code, key.get("/me").status_code) == (302, 401)
    patched(directory, kim, {"op": "replace", "path": "active", "value": True})
    assert browser.get("/me/").status_code == 302, "a session that ended does not come back"
    assert not Session.objects.exists()


def test_a_leaver_is_gone_and_the_record_stays(directory: Program, kim: str) -> None:
    assert scim(directory, "DELETE", f"/Users/{kim}").status_code == 204
    for method, sent in (("GET", None), ("DELETE", None), ("PUT", KIM)):
        wrong(scim(directory, method, f"/Users/{kim}", sent), 404)
    left = Account.objects.get(ref=kim)
    assert (left.role, left.is_active) == ("", False)
    written = b"".join(entries())
    assert b'"kind":"staff.left"' in written
    assert not re.search(rb"kim@|e-17", written), "the ledger names nobody"
    back = body(scim(directory, "POST", "/Users", KIM), 201)
    assert (back["id"], back["active"]) == (kim, True)


def test_people_are_none_of_the_directorys_business(site: Site, directory: Program) -> None:
    person = site.account(subject="account:1", email="pat@people.example")
    wrong(scim(directory, "GET", f"/Users/{person.ref}"), 404)
    assert body(scim(directory, "GET", '/Users?filter=userName eq "pat@people.example"'), 200)["totalResults"] == 0
    joined = body(scim(directory, "POST", "/Users", {"schemas": [USER], "userName": "pat@people.example"}), 201)
    assert joined["id"] == person.ref
    assert scim(directory, "DELETE", f"/Users/{person.ref}").status_code == 204
    person.refresh_from_db()
    assert (person.role, person.is_active) == ("", True), "who leaves the staff keeps their privacy centre"


def test_the_last_owner_stays(directory: Program) -> None:
    ref = body(scim(directory, "GET", "/Users"), 200)["Resources"][0]["id"]
    wrong(scim(directory, "DELETE", f"/Users/{ref}"), 409)
    wrong(patched(directory, ref, {"op": "replace", "path": "active", "value": False}), 409)
    wrong(patched(directory, ref, {"op": "remove", "path": "roles"}), 409)


def test_a_change_of_another_version_is_refused(directory: Program, kim: str) -> None:
    tag = scim(directory, "GET", f"/Users/{kim}")["ETag"]
    changed = patched(directory, kim, {"op": "remove", "path": "roles"}, If_Match=tag)
    assert body(changed, 200)["meta"]["version"] == changed["ETag"] != tag
    wrong(patched(directory, kim, {"op": "replace", "path": "active", "value": False}, If_Match=tag), 412)
    wrong(scim(directory, "DELETE", f"/Users/{kim}", If_Match=tag), 412)
    assert scim(directory, "GET", f"/Users/{kim}", If_None_Match=changed["ETag"]).status_code == 304


def test_what_is_asked_again_is_answered_again(directory: Program) -> None:
    first, again = (scim(directory, "POST", "/Users", KIM, Idempotency_Key="one") for _ in range(2))
    assert (first.content, again["Idempotent-Replayed"]) == (again.content, "true")
    for _ in range(2):
        wrong(scim(directory, "POST", "/Users", {}, Idempotency_Key="two"), 400, "invalidValue")


def test_it_says_what_it_can(directory: Program) -> None:
    can = body(scim(directory, "GET", "/ServiceProviderConfig"), 200)
    assert (can["patch"]["supported"], can["bulk"]["supported"], can["etag"]["supported"]) == (True, False, True)
    types = body(scim(directory, "GET", "/ResourceTypes"), 200)["Resources"]
    assert [(one["endpoint"], one["schema"]) for one in types] == [("/Users", USER)]
    assert body(scim(directory, "GET", "/ResourceTypes/User"), 200) == types[0]
    schema = body(scim(directory, "GET", f"/Schemas/{USER}"), 200)
    roles = next(one for one in schema["attributes"] if one["name"] == "roles")
    assert roles["subAttributes"][0]["canonicalValues"] == list(ROLES)
    assert body(scim(directory, "GET", "/Schemas"), 200)["Resources"] == [schema]
    for path in ("/Groups", "/Bulk", "/Schemas/urn:x", "/ResourceTypes/Group", "/Users/nobody", "/"):
        wrong(scim(directory, "GET", path), 404)
    wrong(scim(directory, "DELETE", "/Users"), 405)
    wrong(directory.ask("POST", "/scim/v2/Users", "<x/>", kind="application/xml"), 415)


def test_only_an_owners_key_of_that_scope_may(site: Site) -> None:
    wrong(scim(Program(), "GET", "/Users"), 401)
    wrong(scim(program(site, role="owner", scopes=("staff.read", "staff.change")), "GET", "/Users"), 403)
    for role in ROLES:
        expected = 200 if role == "owner" else 403
        assert scim(program(site, role=role), "GET", "/Users").status_code == expected, role
    assert program(site, role="owner", scopes=("scim",)).get("/staff").status_code == 403, "and nothing besides"
