"""Values that say nothing of a person, and what is chosen of a person to be said."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.base.errors import Refused
from kept.base.personal import Personal
from kept.connectors.processors import Acknowledgement, Correction, Identifier, recorded
from kept.connectors.processors.choosing import hashed, may_be_asked, morning_after, next_look, told
from kept.connectors.processors.orders import FINAL, their_reference
from kept.policy.processors import KnownBy

from .benches import AT, EMAIL, EMAIL_SHA256, SUBJECT, asking, order


def acknowledged(state: Any = "sent", raw: bytes = b"raw") -> Acknowledgement:
    return Acknowledgement.of(state, at=AT, raw=raw, words=("http-202",), until=AT + timedelta(days=1), their_ref="T-1")


def test_nothing_of_a_person_is_printed() -> None:
    said = repr(order(corrections=(Correction(what="name", value=Personal("Augusta")),))) + repr(acknowledged(raw=EMAIL.encode()))
    assert not any(value in said for value in (EMAIL, SUBJECT, "Augusta", "234567"))


def test_the_evidence_is_over_what_they_sent() -> None:
    assert acknowledged(raw=b"abc").evidence.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize("state", sorted(FINAL))
def test_a_last_state_is_not_looked_at_again(state: str) -> None:
    assert acknowledged(state).until is None
    assert acknowledged("accepted").until is not None


@pytest.mark.parametrize("ref", ["", "short", "x" * 65, "ada@example.org-0000", "../../0000000000000", "0123456789abcdef\n"])
def test_an_order_without_a_reference_of_ours_is_none(ref: str) -> None:
    with pytest.raises(ValueError, match="16 to 64"):
        order(ref=ref)


def test_an_order_knows_its_zone() -> None:
    with pytest.raises(ValueError, match="with the zone"):
        order(asked=datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("T-17", "T-17"),
        (17, "17"),
        (None, ""),
        ("", ""),
        (True, None),
        (["T"], None),
        ("ada.lovelace@example.org", None),
        ("ref-for-ACCOUNT:4711", None),
        ("a b", None),
        ("x" * 129, None),
        ("Ada", "Ada"),
    ],
)
def test_a_reference_that_might_name_the_person_is_withheld(given_: object, kept: str | None) -> None:
    expected = ("", ("reference-withheld",)) if kept is None else (kept, ())
    assert their_reference(given_, order()) == expected


def test_a_short_value_is_a_name_only_by_itself() -> None:
    short = order(identifiers=(Identifier(kind="subject", value=Personal("17")),))
    assert their_reference("T-2017", short) == ("T-2017", ())
    assert their_reference("17", short) == ("", ("reference-withheld",))


def test_an_answer_by_letter_is_recorded() -> None:
    found = recorded(acknowledged(), state="done", at=AT + timedelta(days=3), raw=b"a letter", their_ref="CASE-9")
    assert (found.state, found.their_ref, found.until, found.raw) == ("done", "CASE-9", None, b"a letter")
    assert found.evidence.words == ("recorded-by-staff", "was-sent")
    assert found.evidence.sha256 == hashlib.sha256(b"a letter").hexdigest()
    assert recorded(acknowledged(), state="accepted", at=AT, raw=b"", their_ref="no good").their_ref == "T-1"
    with pytest.raises(ValueError, match="no such state"):
        recorded(acknowledged(), state="finished", at=AT, raw=b"")  # type: ignore[arg-type]  # that is the point


def test_only_what_the_processor_knows_people_by_is_told() -> None:
    found = told("posts", asking("http", "https://posts.example"), order())
    assert [(one.kind, one.form, one.value.reveal()) for one in found] == [
        ("email", "plain", EMAIL),
        ("customer", "plain", SUBJECT),
    ]


def test_a_hash_is_over_the_trimmed_small_letters() -> None:
    """As `printf ada.lovelace@example.org | sha256sum` has it."""
    assert hashed(Personal(f" {EMAIL}\n")).reveal() == EMAIL_SHA256
    knows = (KnownBy(kind="email", form="sha-256"),)
    [one] = told("posts", asking("http", "https://posts.example", knows=knows), order())
    assert (one.form, one.value.reveal()) == ("sha-256", EMAIL_SHA256)


def test_the_same_is_told_once() -> None:
    twice = order(identifiers=(*order().identifiers, *order().identifiers))
    assert len(told("posts", asking("http", "https://posts.example"), twice)) == 2


def test_a_processor_that_cannot_find_the_person_is_not_asked() -> None:
    nobody = order(identifiers=(Identifier(kind="phone", value=Personal("1234567")), Identifier(kind="email", value=Personal(""))))
    with pytest.raises(Refused, match="has nothing of it") as caught:
        told("posts", asking("http", "https://posts.example"), nobody)
    assert "1234567" not in str(caught.value)
    with pytest.raises(Refused, match="has nothing of it"):
        told("posts", asking("http", "https://posts.example"), order(), takes={("email", "sha-256"): "sha256"})


def test_a_right_the_processor_is_not_told_of_is_refused() -> None:
    with pytest.raises(Refused, match="is not told of the right access"):
        may_be_asked("posts", asking("http", "https://posts.example"), order(right="access"))
    restricting = asking("ddrf", "https://posts.example", rights=("erasure", "restriction"))
    with pytest.raises(Refused, match="has no word for the right restriction"):
        may_be_asked("posts", restricting, order(right="restriction"), able=("erasure",))


@pytest.mark.parametrize(
    ("said", "days"),
    [
        (None, 1),
        ("2026-11-29T08:00:00+00:00", 2),
        ("2026-11-29T08:00:00Z", 2),
        ("2026-11-29T08:00:00", 1),
        ("2026-11-26T08:00:00Z", 1),
        ("2126-11-29T08:00:00Z", 1),
        ("soon", 1),
        (7, 1),
    ],
)
def test_the_next_look_is_when_they_say_within_reason(said: object, days: int) -> None:
    assert next_look(AT, said) == AT + timedelta(days=days)


@given(st.text(max_size=30))
def test_the_next_look_is_always_ahead(said: str) -> None:
    assert AT < next_look(AT, said) <= AT + timedelta(days=30)


def test_by_the_morning_after_there_should_be_an_answer() -> None:
    assert morning_after(order()).isoformat() == "2026-12-28T00:00:00+00:00"
