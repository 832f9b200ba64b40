from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.base.errors import Refused
from kept.intake.letter import Letter, read_letter
from kept.intake.threads import Match, message_id, ref_in, subject_tag

REF, OTHER, DOMAIN = "AbcdEFGH1234", "zzzzZZZZ9999", "corp.example"


def letter(head: str) -> Letter:
    return read_letter(f"From: ann@people.example\n{head}\n\nhello".encode())


@given(
    ref=st.text(string.ascii_letters + string.digits, min_size=12, max_size=12), turn=st.text(string.digits, min_size=1, max_size=9)
)
def test_what_we_send_finds_its_way_back(ref: str, turn: str) -> None:
    written = message_id(ref, DOMAIN, turn)
    assert written == message_id(ref, DOMAIN, turn)
    for head in (f"In-Reply-To: {written}", f"References: <x@y.example> {written}"):
        assert ref_in(letter(head), DOMAIN) == Match(ref=ref, by="reference")
    assert ref_in(letter(f"Subject: AW: Your request {subject_tag(ref)}"), DOMAIN) == Match(ref=ref, by="tag")


def test_turns_are_told_apart() -> None:
    assert message_id(REF, DOMAIN, "1") != message_id(REF, DOMAIN, "2")


@pytest.mark.parametrize(
    "head",
    [
        "Subject: hello",
        "Subject: [request AbcdEFGH123]",
        "Subject: [request AbcdEFGH12345]",
        f"Subject: [request {REF}] [request {OTHER}]",
        f"In-Reply-To: {message_id(REF, 'evil.example')}",
        f"In-Reply-To: <kept.{REF}.0@corp.example.evil.example>",
        f"In-Reply-To: <xkept.{REF}.0@corp.example>",
        "In-Reply-To: <kept.short.0@corp.example>",
    ],
)
def test_what_belongs_to_no_request(head: str) -> None:
    assert ref_in(letter(head), DOMAIN) is None


def test_what_is_answered_counts_before_the_subject_and_the_nearest_before_the_rest() -> None:
    tagged = f"Subject: [request {OTHER}]\nIn-Reply-To: {message_id(REF, DOMAIN)}"
    assert ref_in(letter(tagged), DOMAIN) == Match(ref=REF, by="reference")
    both = f"References: {message_id(OTHER, DOMAIN)} {message_id(REF, DOMAIN)}"
    assert ref_in(letter(both), DOMAIN) == Match(ref=REF, by="reference")


def test_the_domain_may_be_written_in_capitals() -> None:
    assert ref_in(letter(f"In-Reply-To: {message_id(REF, 'CORP.Example')}"), DOMAIN) == Match(ref=REF, by="reference")


def test_a_report_belongs_where_its_letter_does() -> None:
    read = letter(f"X-Failed-Recipients: ann@people.example\nIn-Reply-To: {message_id(REF, DOMAIN)}")
    assert read.bounce is not None
    assert ref_in(read, DOMAIN) == Match(ref=REF, by="reference")


@pytest.mark.parametrize(
    ("ref", "domain", "turn"),
    [
        ("short", DOMAIN, "0"),
        (REF, "corp", "0"),
        (REF, "corp.example>\r\nBcc: x", "0"),
        (REF, DOMAIN, "a b"),
        (REF, DOMAIN, ""),
        (REF, "", "0"),
    ],
)
def test_nothing_else_makes_an_id(ref: str, domain: str, turn: str) -> None:
    with pytest.raises(Refused):
        message_id(ref, domain, turn)
