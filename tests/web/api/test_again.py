"""Requests with an Idempotency-Key: done once, whatever happens to the first."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

from django.db import connections

from kept.db.actions.replies import ABANDONED, REMEMBERED, begin_reply, end_reply
from kept.db.models import ApiKey, Reply, Request
from tests.web.api.programs import Program, program
from tests.web.site import Site

WISH = {"right": "access", "note": "once"}
KEY = {"label": "made once", "scopes": ["me.read"]}


def test_the_same_again_is_answered_again_and_done_once(site: Site) -> None:
    asker = program(site, subject="account:1")
    first, again = (asker.post("/keys", KEY, Idempotency_Key="one") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert ("Idempotent-Replayed" in first, again["Idempotent-Replayed"]) == (False, "true")
    assert again["Content-Type"] == first["Content-Type"]
    assert ApiKey.objects.count() == 2
    secret = json.loads(first.content)["secret"]
    assert not any(secret in row.body for row in Reply.objects.all()), "a secret is kept by nobody, this table included"


def test_another_request_under_the_same_name_is_refused(site: Site) -> None:
    asker, other = program(site, subject="account:1"), program(site, subject="account:2")
    assert asker.post("/requests", WISH, Idempotency_Key="one").status_code == 201
    answer = asker.post("/requests", {"right": "erasure"}, Idempotency_Key="one")
    assert (answer.status_code, json.loads(answer.content)["code"]) == (422, "key-used")
    assert asker.post("/held", Idempotency_Key="one").status_code == 422
    assert other.post("/requests", WISH, Idempotency_Key="one").status_code == 201, "names are each key's own"
    assert Request.objects.count() == 2


def test_a_refusal_is_remembered_as_well(site: Site) -> None:
    asker = program(site, subject="account:1")
    first, again = (asker.post("/requests", {"right": "none"}, Idempotency_Key="bad") for _ in range(2))
    assert (first.status_code, again.status_code, first.content) == (422, 422, again.content)
    assert again["Content-Type"] == "application/problem+json"


def test_a_name_that_is_none_is_refused(site: Site) -> None:
    asker = program(site, subject="account:1")
    for name in ("", "x" * 256, "tab\there", "späße"):
        assert asker.post("/requests", WISH, Idempotency_Key=name).status_code == 400
    assert Request.objects.count() == 0


def test_while_the_first_is_at_work_the_second_waits(site: Site) -> None:
    asker = program(site, subject="account:1")
    asker.post("/requests", WISH, Idempotency_Key="one")
    Reply.objects.update(status=0, body="")
    answer = asker.post("/requests", WISH, Idempotency_Key="one")
    assert (answer.status_code, json.loads(answer.content)["code"], answer["Retry-After"]) == (409, "at-work", "1")
    Reply.objects.update(at=datetime.now(UTC) - ABANDONED - timedelta(seconds=1))
    assert asker.post("/requests", WISH, Idempotency_Key="one").status_code == 201, "the first died; this one may try"
    assert asker.post("/requests", WISH, Idempotency_Key="one")["Idempotent-Replayed"] == "true"


def test_a_day_later_the_name_is_free(site: Site) -> None:
    asker = program(site, subject="account:1")
    asker.post("/requests", WISH, Idempotency_Key="one")
    Reply.objects.update(at=datetime.now(UTC) - REMEMBERED)
    answer = asker.post("/requests", {"right": "erasure"}, Idempotency_Key="one")
    assert (answer.status_code, "Idempotent-Replayed" in answer) == (201, False)


def test_whoever_was_taken_for_dead_does_not_answer_for_the_living(site: Site) -> None:
    program(site, subject="account:1")
    key, at = ApiKey.objects.get().ref, datetime.now(UTC)
    later = at + ABANDONED + timedelta(seconds=1)
    assert begin_reply(key=key, name="a", asked="b", at=at).standing == "begun"
    assert begin_reply(key=key, name="a", asked="b", at=later).standing == "begun"
    assert not end_reply(key=key, name="a", begun=at, status=201, body="of the first")
    assert end_reply(key=key, name="a", begun=later, status=201, body="of the second")
    assert begin_reply(key=key, name="a", asked="b", at=later).body == "of the second"


def _ask(asker: Program, together: Barrier) -> int:
    try:
        together.wait(10)
        return asker.post("/keys", KEY, Idempotency_Key="one").status_code
    finally:
        connections.close_all()


def test_of_two_at_once_one_does_it(any_site: Site) -> None:
    asker, together = program(any_site, subject="account:1"), Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        statuses = sorted(pool.map(lambda _: _ask(asker, together), range(2)))
    assert ApiKey.objects.filter(label="made once").count() == 1
    assert statuses in ([201, 201], [201, 409]), "done once, and answered twice or asked to wait"
    assert asker.post("/keys", KEY, Idempotency_Key="one").status_code == 201
    assert ApiKey.objects.filter(label="made once").count() == 1
