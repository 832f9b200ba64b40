"""Messages of agents: signed with libsodium, as an agent signs them, and read here."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.encoding import Base64Encoder
from nacl.signing import SigningKey

from kept.intake.drp import (
    LONGEST_TO_PAIR,
    LONGEST_WINDOW,
    MOST_BYTES,
    SKEW,
    Envelope,
    Exercise,
    Fault,
    Opened,
    business_id,
    checked,
    exercise_in,
    opened,
    reason_in,
)
from kept.policy.agents import verifying_key

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
KEY = SigningKey(b"k" * 32)
PUBLIC = bytes(KEY.verify_key)
ENVELOPE = Envelope(agent="PERMIT", business="AURIGEN", longest=LONGEST_WINDOW)
MINUTES = timedelta(minutes=10)


def content(**more: Any) -> dict[str, Any]:
    return {
        "agent-id": "PERMIT",
        "business-id": "AURIGEN",
        "issued-at": NOW.isoformat(),
        "expires-at": (NOW + MINUTES).isoformat(),
        "drp.version": "0.9.4",
        "exercise": "access",
        "regime": "ccpa",
        "email": "ada@people.example",
        **more,
    }


def signed(said: Any, key: SigningKey = KEY) -> bytes:
    return bytes(key.sign(json.dumps(said).encode(), encoder=Base64Encoder))


def test_what_libsodium_signs_is_opened() -> None:
    found = opened(signed(content()), PUBLIC)
    assert isinstance(found, Opened)
    assert found.content == content()
    assert found.digest == opened(signed(content()) + b"\n", PUBLIC).digest  # type: ignore[union-attr]  # a line's end is no other message


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 403),
        (b"not base64 at all!", 400),
        (base64.b64encode(b"short"), 403),
        (signed(content(), SigningKey(b"x" * 32)), 403),
        (signed([1, 2]), 400),
        (signed("text"), 400),
        (bytes(KEY.sign(b"\xff\xfe", encoder=Base64Encoder)), 400),
        (bytes(KEY.sign(b"[" * 20_000, encoder=Base64Encoder)), 400),
        (b"A" * (MOST_BYTES + 1), 413),
    ],
)
def test_what_is_no_message_of_this_agent(body: bytes, status: int) -> None:
    found = opened(body, PUBLIC)
    assert isinstance(found, Fault)
    assert (found.status, found.fatal) == (status, True)


@given(at=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_one_bit_makes_it_nobodys(at: int, bit: int) -> None:
    raw = bytearray(base64.b64decode(signed(content())))
    raw[at % len(raw)] ^= 1 << bit
    assert isinstance(opened(base64.b64encode(bytes(raw)), PUBLIC), Fault)


@given(body=st.binary(max_size=300))
def test_whatever_is_sent_is_answered(body: bytes) -> None:
    assert isinstance(opened(body, PUBLIC), Fault)


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({}, 0),
        ({"agent-id": "OTHER"}, 403),
        ({"business-id": "OTHER"}, 403),
        ({"agent-id": None}, 403),
        ({"issued-at": "yesterday"}, 400),
        ({"issued-at": 5}, 400),
        ({"expires-at": None}, 400),
        ({"expires-at": "0001-01-01T00:00:00+14:00"}, 400),
        ({"issued-at": (NOW + SKEW + timedelta(seconds=1)).isoformat(), "expires-at": (NOW + MINUTES).isoformat()}, 400),
        ({"issued-at": (NOW + SKEW).isoformat()}, 0),
        ({"expires-at": NOW.isoformat()}, 400),
        ({"expires-at": (NOW + timedelta(seconds=1)).isoformat()}, 0),
        ({"expires-at": (NOW + timedelta(days=45)).isoformat()}, 0),
        ({"expires-at": (NOW + LONGEST_WINDOW + timedelta(seconds=1)).isoformat()}, 400),
        ({"issued-at": "2026-11-27T09:00:00", "expires-at": "2026-11-27T09:10:00"}, 0),
        ({"issued-at": "2026-11-27T10:00:00+01:00", "expires-at": "20261127T101000+0100"}, 0),
        ({"drp.version": "1.0"}, 0),
        ({"drp.version": "0.9"}, 0),
        ({"drp.version": "0.8"}, 400),
        ({"drp.version": 0.9}, 400),
    ],
)
def test_from_whom_for_whom_and_when(more: Mapping[str, Any], status: int) -> None:
    found = checked(content(**more), ENVELOPE, at=NOW)
    assert (found.status if found else 0) == status


@pytest.mark.parametrize(("minutes", "message"), [(15, ""), (61, "expires-at is more than an hour after issued-at")])
def test_what_asks_for_a_token_is_good_for_an_hour_at_most(minutes: int, message: str) -> None:
    said = content(**{"expires-at": (NOW + timedelta(minutes=minutes)).isoformat()})
    found = checked(said, replace(ENVELOPE, longest=LONGEST_TO_PAIR), at=NOW)
    assert (found.message if found else "") == message


def test_only_a_clock_that_is_ahead_is_worth_another_try() -> None:
    later = content(**{"issued-at": (NOW + MINUTES).isoformat(), "expires-at": (NOW + 2 * MINUTES).isoformat()})
    late = content(**{"expires-at": NOW.isoformat()})
    found = [checked(one, ENVELOPE, at=NOW) for one in (later, late)]
    assert [one.fatal for one in found if one] == [False, True]


@pytest.mark.parametrize(
    ("action", "right"),
    [
        ("access", "access"),
        ("access:categories", "access"),
        ("access:specific", "access"),
        ("deletion", "erasure"),
        ("sale:opt_out", "opt-out"),
        ("sale:opt-out", "opt-out"),
        ("sale:opt_in", ""),
        ("portability", ""),
        (["access"], ""),
        (None, ""),
    ],
)
def test_each_action_is_a_right(action: Any, right: str) -> None:
    found = exercise_in(content(exercise=action))
    assert (found.right if isinstance(found, Exercise) else "") == right


def test_what_is_asked_keeps_people_out_of_what_is_wanted() -> None:
    said = content(name="Ada", phone_number="+15550100", **{"agent-request-id": "r-1"}, relationships=["customer"])
    found = exercise_in(said | {"status_callback": "https://agent.example/status", "nonsense": 1})
    assert isinstance(found, Exercise)
    assert found.wanted == {"drp": "access", "regime": "ccpa"}
    assert found.person == {"name": "Ada", "email": "ada@people.example", "phone_number": "+15550100"}
    assert (found.reference, found.relationships, found.callback) == ("r-1", ("customer",), "https://agent.example/status")
    assert "ada" not in repr(found).lower()


@pytest.mark.parametrize(
    ("more", "vouched"),
    [
        ({}, False),
        ({"email_verified": True}, True),
        ({"email_verified": False}, False),
        ({"email": None, "name": "Ada", "email_verified": True}, False),
        ({"phone_number": "+15550100", "phone_number_verified": True}, False),
    ],
)
def test_only_an_address_that_the_agent_verified_counts(more: Mapping[str, Any], vouched: bool) -> None:
    found = exercise_in(content(**more))
    assert isinstance(found, Exercise)
    assert found.vouched is vouched


@pytest.mark.parametrize(
    "more",
    [
        {"email": "ada@people.example, eve@people.example"},
        {"email": 7},
        {"email": None},
        {"email_verified": "true"},
        {"name": "x" * 301},
        {"name": "a\0b"},
        {"address": {"street_address": ["x"]}},
        {"address": "x" * 2_001},
        {"relationships": "customer"},
        {"relationships": [{}]},
        {"relationships": ["x"] * 51},
        {"agent-request-id": 7},
        {"status_callback": "ftp://agent.example/"},
        {"status_callback": "https://agent.example/\r\nX: y"},
        {"regime": "CCPA, please"},
        {"drp.version": None},
    ],
)
def test_what_is_not_taken(more: Mapping[str, Any]) -> None:
    found = exercise_in(content(**more))
    assert isinstance(found, Fault)
    assert (found.status, found.fatal) == (400, True)
    assert "@" not in found.message.replace("name@example.org", "")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)
)


@given(more=st.dictionaries(st.sampled_from([*content(), "address", "name", "relationships", "status_callback"]), JSON))
def test_whatever_was_signed_is_answered(more: dict[str, Any]) -> None:
    assert isinstance(checked(content() | more, ENVELOPE, at=NOW), Fault | None)
    assert isinstance(exercise_in(content() | more), Exercise | Fault)
    assert isinstance(reason_in(more), str | Fault)


def test_reasons() -> None:
    assert reason_in({}) == ""
    assert reason_in({"reason": "changed my mind"}) == "changed my mind"
    assert isinstance(reason_in({"reason": 5}), Fault)


@pytest.mark.parametrize("text", ["", "short", "é", base64.b64encode(b"x" * 31).decode(), base64.b64encode(b"x" * 33).decode()])
def test_what_is_no_key(text: str) -> None:
    assert verifying_key(text) is None


def test_a_key_is_what_libsodium_writes() -> None:
    assert verifying_key(KEY.verify_key.encode(Base64Encoder).decode()) == PUBLIC


@given(name=st.text())
def test_an_id_is_capitals_and_underscores(name: str) -> None:
    assert set(business_id(name)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ_")
