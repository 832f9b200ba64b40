"""The Data Rights Protocol through its door: agents sign, ask, look and take back, and learn nothing about anybody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connections
from django.test import override_settings
from nacl.signing import SigningKey

from kept.db.models import AgentRequest, AgentToken, LedgerEntry, Request
from kept.db.models.request import RequestState
from kept.db.request_key import opened_key
from kept.db.terms import columns_of, dates_of
from kept.web.shared.policy import current_terms
from tests.web.api.agents import Agent, said, status_in
from tests.web.site import Site, unlimited

NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def mounted(unhurried: None) -> Iterator[None]:
    with override_settings(ROOT_URLCONF="tests.web.api.agents", KEPT=unlimited()):
        yield


def known(site: Site, *agents: Agent) -> None:
    """Write agents into kept.toml, and let each get its token."""
    path = site.folder / "kept.toml"
    path.write_text(path.read_text("utf-8") + "".join(agent.toml for agent in agents), "utf-8")
    for agent in agents:
        assert agent.pair().status_code == 200


@pytest.fixture
def agent(site: Site) -> Agent:
    made = Agent()
    known(site, made)
    return made


def opened_by(answer: Any) -> Request:
    return AgentRequest.objects.select_related("request").get(number=status_in(answer)["request_id"]).request


def test_from_the_token_to_the_end(any_site: Site) -> None:
    agent = Agent()
    known(any_site, agent)
    assert agent.ask("GET", "/v1/agent/PERMIT").content == b"{}"
    found = status_in(agent.exercise("access", name="Ada", **{"agent-request-id": "r-1"}))
    assert (found["status"], found["agent_request_id"]) == ("open", "r-1")
    assert status_in(agent.status(found["request_id"])) == found
    assert status_in(agent.revoke(found["request_id"]))["status"] == "revoked"
    assert status_in(agent.revoke(found["request_id"]))["status"] == "revoked", "taking back twice is taking back once"
    assert status_in(agent.status(found["request_id"]))["status"] == "revoked"
    request = AgentRequest.objects.get().request
    assert (request.state, request.closed_at is not None, request.wake_at) == (RequestState.WITHDRAWN, True, None)
    kinds = [json.loads(bytes(entry.body))["kind"] for entry in LedgerEntry.objects.order_by("index")]
    assert kinds == ["agent.token", "request.opened", "request.withdrawn"]


def test_it_answers_the_protocols_reference_agent(site: Site) -> None:
    """OSIRAA gives a request 45 days, wants news over http, writes ids with digits, and sends no type with what it takes back."""
    path = site.folder / "kept.toml"
    path.write_text(path.read_text("utf-8").replace("[requests]", '[requests]\nbusiness = "Test_Entry_007"', 1), "utf-8")
    agent = Agent(id="CR_AA_DRP_ID_001")
    path.write_text(path.read_text("utf-8") + agent.toml, "utf-8")
    now = datetime.now(UTC)
    about = {"agent-id": agent.id, "business-id": "Test_Entry_007", "issued-at": str(now)}
    paired = agent.ask("POST", f"/v1/agent/{agent.id}", agent.signed({**about, "expires-at": str(now + timedelta(minutes=15))}))
    agent.token = json.loads(paired.content)["token"]
    asked = {
        **about,
        "expires-at": str(now + timedelta(days=45)),
        "drp.version": "0.9.3",
        "exercise": "access:categories",
        "regime": "voluntary",
        "relationships": [],
        "status_callback": "http://127.0.0.1:8001/update_status",
        "name": "Lovelace, Ada",
        "email": "ada@people.example",
        "email_verified": False,
        "phone_number": "+12125550100",
        "phone_number_verified": False,
        "address": "1 Main St, Albany, NY 12207, United States",
        "address_verified": False,
    }
    found = status_in(agent.ask("POST", "/v1/data-rights-request", agent.signed(asked)))
    assert found["status"] == "open"
    assert found["processing_details"].endswith("News goes to https addresses alone, and yours is none: ask here.")
    assert AgentRequest.objects.get().tell_at is None
    assert said(agent.ask("POST", "/v1/data-rights-request", agent.signed(asked))) == (409, True), "forty-five days long"
    assert status_in(agent.status(found["request_id"])) == found
    back = agent.ask("DELETE", f"/v1/data-rights-request/{found['request_id']}", agent.signed({"reason": "no"}), kind="")
    assert status_in(back)["status"] == "revoked"


def test_it_is_a_request_like_any_other(agent: Agent) -> None:
    answer = agent.exercise("deletion", name="Ada", relationships=["customer"], status_callback="https://agent.example/s")
    request = opened_by(answer)
    assert (request.right, request.channel, request.state, request.stage) == ("erasure", "agent", "received", "verify")
    assert request.wanted == {"drp": "deletion", "regime": "ccpa"}
    same_clock = columns_of(dates_of(current_terms(), "erasure", request.received_at))
    assert (request.work_by, request.legal_by) == (same_clock["work_by"], same_clock["legal_by"])
    assert status_in(answer)["expected_by"] == request.work_by.replace(microsecond=0).isoformat().replace("+00:00", "Z")
    key = opened_key(request.key)
    assert key.open(request.address, "address") == "ada@people.example"
    told = key.open_facts(request.said, "said")
    assert told["person"] == {"name": "Ada", "email": "ada@people.example"}
    assert told["agent"] == {
        "id": "PERMIT",
        "name": "Permit",
        "reference": "",
        "callback": "https://agent.example/s",
        "relationships": ["customer"],
    }


@pytest.mark.parametrize(
    ("action", "more", "verified"),
    [
        ("access", {}, ""),
        ("access", {"email_verified": True}, "agent"),
        ("deletion", {}, ""),
        ("deletion", {"email_verified": False, "power_of_attorney": "https://agent.example/mandate"}, ""),
        ("sale:opt_out", {}, "not-needed"),
        ("sale:opt_out", {"email_verified": True}, "not-needed"),
    ],
)
def test_the_agents_key_says_nothing_of_the_person(agent: Agent, action: str, more: dict[str, Any], verified: str) -> None:
    assert opened_by(agent.exercise(action, **more)).verified == verified


def test_nothing_says_whether_somebody_is_known(agent: Agent, site: Site) -> None:
    site.account(email="known@people.example", subject="account:1")

    def shape(email: str) -> list[dict[str, Any]]:
        first = status_in(agent.exercise("access", email=email))
        return [
            {**one, "request_id": "", "received_at": "", "expected_by": ""}
            for one in (first, status_in(agent.status(first["request_id"])))
        ]

    assert shape("known@people.example") == shape("nobody@people.example")


def test_a_message_works_once(agent: Agent) -> None:
    message = agent.signed(agent.about(exercise="deletion", email="ada@people.example"))
    assert agent.ask("POST", "/v1/data-rights-request/", message).status_code == 200
    assert said(agent.ask("POST", "/v1/data-rights-request", message)) == (409, True)
    assert said(agent.ask("POST", "/v1/data-rights-request", message + b"\n")) == (409, True)
    assert Request.objects.count() == 1
    again = agent.signed(agent.about())
    assert [agent.ask("POST", "/v1/agent/PERMIT", again).status_code for _ in range(2)] == [200, 403]


def test_a_message_that_comes_five_times_at_once_is_taken_once(any_site: Site) -> None:
    agent = Agent()
    known(any_site, agent)
    message = agent.signed(agent.about(exercise="access", email="ada@people.example"))

    def send(_: int) -> int:
        try:
            return agent.ask("POST", "/v1/data-rights-request", message).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as threads:
        answers = sorted(threads.map(send, range(5)))
    assert answers == [200, 409, 409, 409, 409]
    assert Request.objects.count() == AgentRequest.objects.count() == 1


def test_another_agent_sees_and_ends_nothing(site: Site) -> None:
    one, other = Agent(), Agent(id="OTHER_AGENT")
    known(site, one, other)
    number = status_in(one.exercise())["request_id"]
    not_theirs, not_there = other.status(number), other.status(str(uuid4()))
    assert said(not_theirs) == said(not_there) == (403, False)
    assert not_theirs.content == not_there.content
    assert said(other.revoke(number)) == (403, False)
    assert said(other.ask("GET", "/v1/agent/PERMIT")) == (403, True)
    stolen = one.signed(one.about(exercise="deletion", email="ada@people.example"))
    assert said(other.ask("POST", "/v1/data-rights-request", stolen)) == (403, True), "signed by one, sent by another"
    forged = other.signed(one.about(exercise="deletion", email="ada@people.example"))
    assert said(other.ask("POST", "/v1/data-rights-request", forged)) == (403, True), "another's id"
    assert Request.objects.get().state == RequestState.RECEIVED


@pytest.mark.parametrize(
    ("more", "status", "fatal"),
    [
        ({"business-id": "OTHER"}, 403, True),
        ({"expires-at": (NOW - timedelta(days=1)).isoformat()}, 400, True),
        ({"issued-at": (NOW + timedelta(days=1)).isoformat()}, 400, False),
        ({"exercise": "sale:opt_in"}, 400, True),
        ({"drp.version": "0.7"}, 400, True),
        ({"email": "no address"}, 400, True),
    ],
)
def test_what_is_not_taken(agent: Agent, more: dict[str, Any], status: int, fatal: bool) -> None:
    content = agent.about(exercise="access", email="ada@people.example") | more
    assert said(agent.ask("POST", "/v1/data-rights-request", agent.signed(content))) == (status, fatal)
    assert not Request.objects.exists()


@pytest.mark.parametrize("how", ["another key", "another id", "no agent", "not signed", "another business", "expired"])
def test_no_token_and_no_word_for_whoever_is_not_the_agent(agent: Agent, how: str) -> None:
    asked = replace(agent, id="NOBODY") if how == "no agent" else agent
    about = agent.about()
    match how:
        case "another key":
            body = replace(agent, key=SigningKey.generate()).signed(about)
        case "another id":
            body = agent.signed(about | {"agent-id": "OTHER"})
        case "not signed":
            body = json.dumps(about).encode()
        case "another business":
            body = agent.signed(about | {"business-id": "OTHER"})
        case "expired":
            body = agent.signed(about | {"expires-at": NOW.isoformat()})
        case _:
            body = agent.signed(about)
    answer = asked.ask("POST", f"/v1/agent/{asked.id}", body)
    assert (answer.status_code, answer.content) == (403, b"")
    assert AgentToken.objects.count() == 1


def test_a_token_ends_with_the_next_one_and_with_its_key(agent: Agent, site: Site) -> None:
    first = agent.token
    assert agent.pair().status_code == 200
    assert said(agent.ask("GET", "/v1/agent/PERMIT", token=first)) == (401, False)
    assert agent.ask("GET", "/v1/agent/PERMIT").status_code == 200
    path = site.folder / "kept.toml"
    whole = path.read_text("utf-8")
    path.write_text(whole.replace(agent.toml, Agent().toml), "utf-8")
    assert said(agent.exercise()) == (401, False), "the company wrote another key down"
    path.write_text(whole.replace(agent.toml, ""), "utf-8")
    assert said(agent.exercise()) == (401, False), "the company knows the agent no more"
    path.write_text(whole, "utf-8")
    assert agent.exercise().status_code == 200


@pytest.mark.parametrize("token", ["", "wrong", "é", "kept_k3J9x2Lq8ZpA_" + "x" * 43])
def test_no_token(agent: Agent, token: str) -> None:
    agent.token = token
    for answer in (agent.exercise(), agent.status(str(uuid4())), agent.revoke(str(uuid4())), agent.ask("GET", "/v1/agent/PERMIT")):
        assert said(answer) == (401, False)
        assert answer["WWW-Authenticate"].startswith("Bearer")
    assert token not in [one.digest for one in AgentToken.objects.all()]


@pytest.mark.parametrize(
    ("state", "ground", "status", "reason"),
    [
        ("working", "", "in_progress", None),
        ("answered", "", "fulfilled", None),
        ("withdrawn", "", "revoked", None),
        ("refused", "identity", "denied", "insuf_verification"),
        ("refused", "nothing", "denied", "insuf_verification"),
        ("refused", "us-ca-ccpa.unfounded_or_excessive", "denied", "too_many_requests"),
        ("refused", "us-ca-ccpa.fraud", "denied", "suspected_fraud"),
        ("refused", "us-ca-ccpa.legal", "denied", "claim_not_covered"),
        ("refused", "", "denied", "other"),
    ],
)
def test_where_it_stands_in_the_protocols_words(agent: Agent, state: str, ground: str, status: str, reason: str | None) -> None:
    number = status_in(agent.exercise())["request_id"]
    ended = NOW if state in ("answered", "refused", "withdrawn") else None
    Request.objects.update(state=state, ground=ground, closed_at=ended)
    found = status_in(agent.status(number))
    assert (found["status"], found.get("reason")) == (status, reason)
    if ended and state != "withdrawn":
        assert said(agent.revoke(number)) == (409, False)


def test_what_the_agent_can_tell_the_person(agent: Agent) -> None:
    number = status_in(agent.exercise())["request_id"]
    Request.objects.update(state="working", waits_on="person", extended="Many requests came at once")
    details = status_in(agent.status(number))["processing_details"]
    assert "confirm" in details
    assert "Many requests came at once" in details


def test_what_is_destroyed_is_told_no_more(agent: Agent) -> None:
    number = status_in(agent.exercise(**{"agent-request-id": "r-1"}))["request_id"]
    Request.objects.update(key="", state="answered", closed_at=NOW)
    assert "agent_request_id" not in status_in(agent.status(number))


def test_addresses_and_methods(agent: Agent) -> None:
    assert said(agent.ask("PUT", "/v1/data-rights-request", b"x")) == (405, False)
    assert said(agent.ask("GET", "/v1/data-rights-request")) == (405, False)
    assert said(agent.ask("GET", "/v1/data-rights-request/no-uuid")) == (404, False)
    assert said(agent.ask("GET", "/v2/anything")) == (404, False)
    assert said(agent.ask("POST", "/v1/data-rights-request", b"A" * 70_000)) == (413, True)
    assert said(agent.ask("DELETE", f"/v1/data-rights-request/{status_in(agent.exercise())['request_id']}", b"not signed!")) == (
        400,
        True,
    )


def test_limits(agent: Agent) -> None:
    settings.API_CHANGING, settings.API_STRANGE = 2, 3
    assert [agent.exercise().status_code for _ in range(3)] == [200, 200, 429]
    answers = [replace(agent, token="wrong").status(str(uuid4())).status_code for _ in range(4)]
    assert answers[-1] == 429
    assert int(replace(agent, token="wrong").exercise()["Retry-After"]) <= 60
