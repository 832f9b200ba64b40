"""What is wrong is told in one form, and nothing that is sent can break it."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings

from kept.db.models import Request
from tests.web.api.programs import Program, program
from tests.web.api.test_keys import OPERATIONS
from tests.web.site import Site

SCRIPT = "<script>alert(1)</script>\"'`${{7*7}}"
JUNK: tuple[Any, ...] = (
    SCRIPT,
    "\0",
    "\ud800",
    "x" * 20_000,
    "\u202e\u2028",
    "' OR 1=1 --",
    10**400,
    -1,
    1.5,
    True,
    None,
    [],
    {},
    [[]],
)
BODIES = [(method, path, body) for method, path, body, _ in OPERATIONS.values() if body]


def problem(answer: Any, status: int) -> dict[str, Any]:
    """The problem document, which is whole."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    found: dict[str, Any] = json.loads(answer.content)
    assert {"type", "title", "status", "detail", "code", "changed", "todo"} <= found.keys()
    assert found["status"] == status
    return found


def test_every_kind_of_problem_has_one_form(site: Site) -> None:
    asker = program(site, role="owner")
    assert problem(Program().get("/me"), 401)["code"] == "no-key"
    assert problem(program(site, subject="account:1").get("/runs"), 403)["code"] == "not-allowed"
    for path in ("/nothing", "/", "/runs/", "/runs/99", f"/jobs/{'a' * 12}", "/policy/editions/7"):
        assert problem(asker.get(path), 404)["code"] == "not-there", path
    refused = asker.ask("PUT", "/runs", {})
    assert problem(refused, 405)["code"] == "method"
    assert refused["Allow"] == "GET, HEAD, POST"
    assert problem(asker.get("/runs", Accept="text/html"), 406)["code"] == "not-acceptable"
    assert problem(asker.ask("POST", "/requests", "right=access", kind="application/x-www-form-urlencoded"), 415)
    assert problem(asker.post("/requests", "{" + " " * 300_000 + "}"), 413)["code"] == "too-large"
    assert problem(asker.post("/held"), 409)["code"] == "refused"


def test_what_is_not_json_is_malformed(site: Site) -> None:
    asker = program(site, subject="account:1")
    for body in ("{", "nothing", b"\xff\xfe", "[" * 100_000, '{"right": "access",}'):
        assert problem(asker.post("/requests", body), 400)["code"] == "malformed"


WRONG: tuple[tuple[Any, str], ...] = (
    ({}, "#/right"),
    ({"right": "magic"}, "#/right"),
    ({"right": "access", "note": 1}, "#/note"),
    ({"right": "access", "note": "a\0b"}, "#/note"),
    ({"right": "access", "note": "x" * 4001}, "#/note"),
    ({"right": "access", "more/than~this": 1}, "#/more~1than~0this"),
    ([], "#/"),
    ('"access"', "#/"),
    ("null", "#/"),
)


def test_each_value_that_is_wrong_is_pointed_at(site: Site) -> None:
    asker = program(site, subject="account:1")
    for body, pointer in WRONG:
        found = problem(asker.post("/requests", body), 422)
        assert found["code"] == "invalid"
        assert [one["pointer"] for one in found["errors"]] == [pointer]
    assert Request.objects.count() == 0


def test_nothing_that_is_sent_breaks_anything(any_site: Site, unhurried: None) -> None:
    asker = program(any_site, role="owner")
    for (method, path, body), junk in product(BODIES, JUNK):
        for field in body:
            answer = asker.ask(method, path, {**body, field: junk}, If_Match="*")
            assert answer.status_code < 500, (path, field, junk, answer.content)
            assert "json" in answer["Content-Type"]
            assert answer["X-Content-Type-Options"] == "nosniff"
            if answer.status_code == 422:
                assert b"alert(1)" not in answer.content, "values are not said again"


def test_junk_in_an_address_is_not_there(site: Site, unhurried: None) -> None:
    asker = program(site, role="owner")
    deep = [(method, path, body) for method, path, body, _ in OPERATIONS.values() if path.count("/") > 1]
    for method, path, body in deep:
        _junk_in(asker, method, path, body)


def _junk_in(asker: Program, method: str, path: str, body: Any) -> None:
    for junk in ("%00", "%3Cscript%3E", "..%2f..%2fetc", "%F0%9F%92%A9", "x" * 2000, "1e9", "-1", "9" * 40):
        whole = path.partition("?")[0].split("/")
        for place in range(2, len(whole)):
            answer = asker.ask(method, "/".join([*whole[:place], junk, *whole[place + 1 :]]), body, If_Match="*")
            assert answer.status_code in (404, 405, 422), (whole, place, answer.content)
            assert "json" in answer["Content-Type"] or (path.startswith("/scim") and place < 3)


def test_who_asks_too_often_is_told_how_long_to_wait(site: Site) -> None:
    one, other = program(site, subject="account:1"), program(site, subject="account:2")
    with override_settings(API_READING=3, API_STRANGE=2):
        answers = [one.get("/me") for _ in range(4)]
        strange = [Program(secret="kept_none").get("/me") for _ in range(3)]
        spared = other.get("/me")
    assert [int(answer["RateLimit-Remaining"]) for answer in answers[:3]] == [2, 1, 0]
    assert problem(answers[3], 429)["code"] == "too-many"
    assert 0 < int(answers[3]["Retry-After"]) <= 60
    assert spared.status_code == 200, "each key is counted by itself"
    assert [answer.status_code for answer in strange] == [401, 401, 429]


def test_a_defect_says_nothing_of_itself(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    asker = program(site, subject="account:1")
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE kept_request")
    found = problem(asker.get("/requests"), 503)
    assert "kept_request" not in json.dumps(found)
    assert "Traceback" not in json.dumps(found)


CONTROL = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")


def test_no_operation_takes_more_than_twenty_queries(site: Site, unhurried: None) -> None:
    asker = program(site, role="owner")
    for name, (method, path, body, _) in OPERATIONS.items():
        with CaptureQueriesContext(connection) as asked:
            asker.ask(method, path, body, If_Match="*", Idempotency_Key=name)
        queries = [one["sql"] for one in asked if not one["sql"].startswith(CONTROL)]
        assert len(queries) <= 20, (path, queries)
