"""Agents are told how their requests stand, at the address that they named: once for each state, and until they take it."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from kept.connectors.callbacks import Caller
from kept.db.access.agents import request_of_agent, status_of
from kept.db.actions.agents import MOST_TRIES, Asking, open_by_agent, take_news, withdraw_by_agent
from kept.db.models import AgentRequest, LedgerEntry, Request
from kept.intake.drp import Exercise
from kept.workflows.telling import tell_agents
from tests.connectors.processors.benches import Authority, Bench, Reply, calling, serving
from tests.workflows.asking import Town

KEY = b64encode(bytes(range(32))).decode()
KNOWN = ("[requests.agents.PERMIT]", 'name = "Permit"', f'key = "{KEY}"')
EXERCISE = Exercise(right="opt-out", version="1.0", wanted={}, person={"name": "Ada"}, reference="r-1")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def requests_said() -> tuple[str, ...]:
    """Let kept.toml know the agent."""
    return KNOWN


@pytest.fixture
def reply() -> Reply:
    """What the agent's server answers; a test changes it."""
    return Reply()


@pytest.fixture
def bench(authority: Authority, reply: Reply) -> Iterator[Bench]:
    with serving(lambda _: reply, tls=authority.server("localhost")) as bench:
        yield bench


@pytest.fixture
def caller(authority: Authority) -> Caller:
    """A caller that may speak to this machine."""
    return calling(authority)


def opened(town: Town, bench: Bench | None, *, path: str = "/news") -> AgentRequest:
    """Let the agent ask for somebody; it wants news where it has a server."""
    url = f"https://localhost:{bench.url.rpartition(':')[2]}{path}" if bench else ""
    message = sha256(f"{path} {AgentRequest.objects.count()} {LedgerEntry.objects.count()}".encode()).hexdigest()
    asking = Asking(agent="PERMIT", name="Permit", key="", message=message)
    number = open_by_agent(replace(EXERCISE, callback=url), asking, terms=town.world.terms, at=town.at)
    return AgentRequest.objects.select_related("request").get(number=number)


def moved(one: AgentRequest, **how: Any) -> None:
    Request.objects.filter(pk=one.request_id).update(**how)


def kinds() -> list[str]:
    found = [json.loads(bytes(entry.body))["kind"] for entry in LedgerEntry.objects.order_by("index")]
    return [kind for kind in found if kind in ("agent.told", "agent.untold")]


def test_each_state_is_told_once_as_the_agent_would_read_it(town: Town, bench: Bench, caller: Caller) -> None:
    before = len(kinds())
    one = opened(town, bench)
    town.later(minutes=1)
    assert tell_agents(town.world, caller) == 0, "the state at the start is what the agent was answered"
    for state in ("working", "answered"):
        moved(one, state=state, closed_at=town.at if state == "answered" else None)
        town.later(minutes=1)
        assert tell_agents(town.world, caller) == 1
        assert bench.asked[-1].object() == status_of(request_of_agent(one.number, agent="PERMIT"))
        town.later(minutes=1)
        assert tell_agents(town.world, caller) == 0
    assert [asked.object()["status"] for asked in bench.asked] == ["in_progress", "fulfilled"]
    assert bench.asked[-1].object()["agent_request_id"] == "r-1"
    assert kinds()[before:] == ["agent.told", "agent.told"]
    one.refresh_from_db()
    assert one.tell_at is None, "it has ended, and is looked at no more"


def test_what_is_taken_back_is_told_as_well(town: Town, bench: Bench, caller: Caller) -> None:
    one = opened(town, bench)
    withdraw_by_agent(number=one.number, agent="PERMIT", reason="", at=town.at)
    town.later(minutes=1)
    assert tell_agents(town.world, caller) == 1
    assert bench.asked[0].object()["status"] == "revoked"


def test_a_server_that_fails_is_told_later_and_later_and_only_the_newest(
    town: Town, bench: Bench, caller: Caller, reply: Reply
) -> None:
    one = opened(town, bench)
    moved(one, state="working")
    reply.status = 503
    town.later(minutes=1)
    assert tell_agents(town.world, caller) == 0
    waits = []
    for _ in range(12):
        one.refresh_from_db()
        assert one.tell_at is not None
        waits.append(one.tell_at - town.at)
        town.at = one.tell_at - timedelta(seconds=1)
        assert tell_agents(town.world, caller) == 0
        town.at = one.tell_at
        asked = len(bench.asked)
        assert tell_agents(town.world, caller) == 0
        assert len(bench.asked) == asked + 1
    assert waits[:4] == [timedelta(minutes=2 ** (power + 1)) for power in range(4)]
    assert max(waits) == timedelta(hours=6)
    moved(one, state="refused", ground="identity", closed_at=town.at)
    reply.status = 200
    town.later(hours=6)
    assert tell_agents(town.world, caller) == 1
    assert bench.asked[-1].object()["reason"] == "insuf_verification"


def test_one_that_never_answers_is_given_up(town: Town, bench: Bench, caller: Caller, reply: Reply) -> None:
    before = len(kinds())
    one = opened(town, bench)
    moved(one, state="working")
    AgentRequest.objects.update(tries=MOST_TRIES - 1)
    reply.status = 500
    town.later(minutes=1)
    tell_agents(town.world, caller)
    one.refresh_from_db()
    assert one.tell_at is None
    assert kinds()[before:] == ["agent.untold"]


def test_one_failure_spares_the_rest_of_a_server(town: Town, bench: Bench, caller: Caller, reply: Reply) -> None:
    for path in ("/one", "/two"):
        moved(opened(town, bench, path=path), state="working")
    reply.status = 500
    town.later(minutes=1)
    assert tell_agents(town.world, caller) == 0
    assert len(bench.asked) == 1
    assert list(AgentRequest.objects.values_list("tries", flat=True)) == [1, 1]


def test_a_worker_that_dies_meanwhile_loses_nothing(town: Town, bench: Bench, caller: Caller) -> None:
    moved(opened(town, bench), state="working")
    town.later(minutes=1)
    (taken,) = take_news(at=town.at, most=5)
    assert b"in_progress" in taken.body
    assert tell_agents(town.world, caller) == 0, "it is leased"
    town.later(minutes=6)
    assert tell_agents(town.world, caller) == 1


def test_nobody_is_told_who_did_not_want_it_or_is_known_no_more(town: Town, bench: Bench, caller: Caller) -> None:
    without = opened(town, None)
    assert without.tell_at is None
    forgotten, strange = opened(town, bench), opened(town, bench)
    moved(forgotten, state="answered", key="", said="")
    town.later(minutes=1)
    assert tell_agents(town.world, caller) == 0
    forgotten.refresh_from_db()
    assert forgotten.tell_at is None
    moved(strange, state="working")
    path = town.company.privacy / "kept.toml"
    path.write_text(path.read_text().replace("\n".join(KNOWN), ""))
    town.later(minutes=1)
    assert tell_agents(town.world, caller) == 0
    strange.refresh_from_db()
    assert strange.tell_at is None
    assert bench.asked == []


def test_by_itself_nothing_is_told_into_a_network(town: Town, bench: Bench) -> None:
    one = opened(town, bench)
    moved(one, state="working")
    town.later(minutes=1)
    assert tell_agents(town.world) == 0
    assert bench.asked == []
    one.refresh_from_db()
    assert one.tries == 1
