from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.base.errors import Refused
from kept.base.personal import Personal
from kept.connectors.post import Attached, Draft, compose
from kept.intake.letter import read_letter
from kept.intake.threads import message_id, ref_in, subject_tag

REF = "AbcdEFGH1234"
DRAFT = Draft(
    sender="privacy@corp.example",
    sender_name="Corp, Privacy",
    to="ann@people.example",
    subject=f"Your request {subject_tag(REF)}",
    text="Dear Ann,\n.\nwe have it.\n",
    at=datetime(2026, 11, 27, 8, 30, tzinfo=UTC),
    message_id=message_id(REF, "corp.example"),
)


def test_a_letter_says_what_was_drafted() -> None:
    long = f"<{'x' * 120}@mail.people.example>"
    draft = replace(DRAFT, in_reply_to=long, references=("<first@people.example>", long), automatic="auto-replied", language="de")
    letter = compose(draft)
    read = read_letter(letter.as_bytes())
    assert (letter["Auto-Submitted"], letter["Content-Language"]) == ("auto-replied", "de")
    assert read.sender == Personal("privacy@corp.example")
    assert read.name == Personal("Corp, Privacy")
    assert read.subject == Personal(draft.subject)
    assert read.text == Personal("Dear Ann,\n.\nwe have it.")
    assert read.in_reply_to == (long.strip("<>"),), "an id above 78 characters stays whole: Python would write it in encoded words"
    assert read.references == ("first@people.example", long.strip("<>"))
    assert read.written_at == draft.at
    assert read.automatic


def test_an_answer_to_our_letter_finds_its_request() -> None:
    answer = replace(
        DRAFT, sender=DRAFT.to, to=DRAFT.sender, subject="AW: hello", in_reply_to=DRAFT.message_id, message_id="<a@b.example>"
    )
    match = ref_in(read_letter(compose(answer).as_bytes()), "corp.example")
    assert match is not None
    assert (match.ref, match.by) == (REF, "reference")


def test_the_same_draft_is_the_same_bytes() -> None:
    draft = replace(DRAFT, attachments=(Attached(name="ä.pdf", media_type="application/pdf", content=Personal(b"%PDF" * 99)),))
    assert compose(draft).as_bytes() == compose(draft).as_bytes()
    (attachment,) = read_letter(compose(draft).as_bytes()).attachments
    assert attachment.content == Personal(b"%PDF" * 99)
    assert attachment.name == Personal("ä.pdf")


@pytest.mark.parametrize("field", ["sender", "sender_name", "to", "subject", "message_id", "in_reply_to", "language"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\x00", "\x85"])
def test_nothing_in_a_field_begins_another(field: str, end: str) -> None:
    changed: Any = {field: getattr(DRAFT, field) + end + "Bcc: eve@evil.example"}
    with pytest.raises(Refused) as error:
        compose(replace(DRAFT, **changed))
    assert "evil" not in str(error.value)


NOT_ONE = """ann
ann@
@people.example
ann@localhost
a@x.example, b@x.example
Ann <ann@x.example>
a b@x.example
"a\\"b"@x.example
a@b@x.example
ann@-x.example
a..b@x.example
<ann@x.example>
ann@x.example;"""


@pytest.mark.parametrize("to", [*NOT_ONE.split("\n"), "", "ann@x.example ", "a" * 65 + "@x.example", "a@" + "x." * 125 + "example"])
def test_what_is_not_one_address_is_refused(to: str) -> None:
    with pytest.raises(Refused, match="recipient of the letter is not one e-mail address"):
        compose(replace(DRAFT, to=to))


@pytest.mark.parametrize(
    ("to", "written"),
    [("ann@münchen.example", "ann@xn--mnchen-3ya.example"), ("राम@डाटामेल.भारत", "राम@xn--c2bd4bq1db8d.xn--h2brj9c")],
)
def test_addresses_in_other_scripts(to: str, written: str) -> None:
    assert compose(replace(DRAFT, to=to))["To"].addresses[0].addr_spec == written


@given(subject=st.text(max_size=260), text=st.text(max_size=2_000), name=st.text(max_size=60))
def test_any_text_arrives_or_is_refused(subject: str, text: str, name: str) -> None:
    try:
        letter = compose(replace(DRAFT, subject=subject, text=text, sender_name=name))
    except Refused:
        return
    read = read_letter(letter.as_bytes())
    assert read.sender == Personal(DRAFT.sender)
    assert set(letter.keys()) == set(compose(DRAFT).keys())
    assert (
        "".join(read.subject.reveal().split())[:80]
        == "".join(read_letter(f"Subject: {subject}\n\n".encode()).subject.reveal().split())[:80]
    )


def test_printing_a_draft_shows_nobody() -> None:
    assert "ann" not in repr(DRAFT).lower()
