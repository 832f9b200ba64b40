from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.base.errors import Refused
from kept.ledger.entries import Entry, refusal

AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
words = st.from_regex(r"[a-z][a-z_]{0,20}", fullmatch=True)
plain = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | words


def entry(**facts: Any) -> Entry:
    return Entry(kind="step.done", at=AT, actor="cli", facts=facts)


@given(st.dictionaries(words, plain | st.lists(plain) | st.dictionaries(words, plain)))
def test_a_body_is_canonical_json(facts: dict[str, Any]) -> None:
    body = Entry(kind="step.done", at=AT, actor="cli", facts=facts).body()
    read = json.loads(body)
    assert json.dumps(read, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == body
    assert read == {"kind": "step.done", "at": "2026-03-01T12:30:00Z", "actor": "cli", "facts": facts}


def test_a_moment_is_written_in_utc() -> None:
    abroad = datetime(2026, 3, 1, 18, 0, 0, 5, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert json.loads(Entry(kind="a", at=abroad, actor="cli").body())["at"] == "2026-03-01T12:30:00.000005Z"
    with pytest.raises(Refused, match="without a time zone"):
        Entry(kind="a", at=abroad.replace(tzinfo=None), actor="cli").body()


@pytest.mark.parametrize(
    "text",
    [
        "app.public.events",
        'shop."weird name".id',
        "§5.2",
        "erased-people-stay-gone",
        "2026-03-01",
        "2026-03-01T12:30:00Z",
        "ab" * 16,
        "sha256:" + "01" * 32,
        "events_20260101",
        "shop.straße",
        "1.2.3",
        "",
    ],
)
def test_facts_pass(text: str) -> None:
    assert refusal(text) == ""
    entry(name=text).body()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ana@example.com", "@"),
        ("Ana Example", "free text"),
        ('shop."a".b c', "free text"),
        ("+44-20-7946-0958", "telephone"),
        ("447946095812", "nine digits"),
        ("user_447946095812", "nine digits"),
        ("4111-1111-1111-1111", "telephone"),
        ("203.0.113.7", "network|telephone"),
        ("ip:203.0.113.7", "network"),
        ("2001:db8::7", "network"),
        ("9f4e1c1e-7a51-4f0e-9d5f-0d8c9a1b2c3d", "UUID"),
        ("line\nbreak", "control"),
        ("x" * 201, "200"),
    ],
)
def test_what_may_be_about_a_person_does_not_pass(text: str, why: str) -> None:
    for facts in ({"name": text}, {"name": [text]}, {"name": {"key": text}}, {"name": {text: 1}}):
        with pytest.raises(Refused, match=why) as failure:
            entry(**facts).body()
        assert text not in str(failure.value)
    with pytest.raises(Refused, match="actor"):
        Entry(kind="a", at=AT, actor=text).body()


@pytest.mark.parametrize(
    "fact", [1.5, date(2026, 1, 1), b"bytes", 2**53, -(2**53), [2**53], [[1]], {"a": {"b": 1}}, {1: 2.0}, object()]
)
def test_what_is_no_fact_does_not_pass(fact: Any) -> None:
    with pytest.raises(Refused, match="name"):
        entry(name=fact).body()


@pytest.mark.parametrize("kind", ["", "Step", "step done", "a@b", "step."])
def test_a_kind_is_a_dotted_code(kind: str) -> None:
    with pytest.raises(Refused, match="kind"):
        Entry(kind=kind, at=AT, actor="cli").body()


def test_a_key_that_is_no_word_is_not_repeated() -> None:
    with pytest.raises(Refused) as failure:
        entry(**{"ana@example.com": 1}).body()
    assert "ana" not in str(failure.value)


def test_an_entry_too_long_for_a_bundle_is_refused() -> None:
    with pytest.raises(Refused, match="65535"):
        entry(names=["x" * 199] * 400).body()
