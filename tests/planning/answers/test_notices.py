"""Letters beside the answer: every one carries the contact, and says what the law wants in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kept.base.errors import Refused
from kept.jurisdictions import law, laws
from kept.planning.answers import (
    Draft,
    extension,
    in_own_words,
    languages,
    lift_notice,
    nothing_found,
    refusal,
    remainder_gone,
    represented,
)
from kept.planning.answers.notices import grounds
from kept.rights.registry import right, rights

from .world import CONTACT, LATER, ON, facts

EU = law("eu-gdpr")
BY = date(2026, 12, 3)
GROUNDS = [
    (one, code, ground)
    for one in map(law, laws())
    for code, known in rights().items()
    for ground in grounds(known, (one,), LATER)
    if "." in ground
]


def letters(language: str) -> list[Draft]:
    access, said = right("access"), facts()
    return [
        extension(access, (EU,), said, language, ON, answer_by=BY, reason="There are a great many records."),
        nothing_found((EU,), said, language, ON, address="anna@example.org"),
        nothing_found((EU,), said, language, ON, address=""),
        refusal(right("erasure"), (EU,), "eu-gdpr.legal_claims", said, language, ON, reason="There is a lawsuit."),
        refusal(access, (), "identity", said, language, ON),
        lift_notice((EU,), said, language, ON, lifted=BY, reason="It was checked."),
        represented(said, language, answers="help@example.org"),
        represented(said, language, answers=""),
        remainder_gone(said, language, what=["Invoices.", "Payments."]),
        in_own_words(said, language, "It is so."),
    ]


@pytest.mark.parametrize("language", languages())
def test_every_letter_names_the_contact_and_the_reference_and_fills_every_place(language: str) -> None:
    for letter in letters(language):
        assert CONTACT in letter.text
        assert letter.text.endswith("Aurigen\n")
        assert "abcdefghijkl" in letter.text
        assert letter.subject
        assert "{" not in letter.subject + letter.text


def test_no_letter_goes_without_a_contact() -> None:
    bare = replace(facts(), contact=" ")
    with pytest.raises(Refused, match="contact"):
        represented(bare, "en", answers="")


def test_a_letter_does_not_show_itself_in_a_log() -> None:
    assert "anna@example.org" not in repr(letters("en")[1])


def test_nothing_found_says_the_same_of_everybody() -> None:
    one, other = (nothing_found((EU,), facts(), "en", ON, address=address).text for address in ("a@example.org", "b@example.org"))
    assert one.replace("a@example.org", "b@example.org") == other
    assert "nothing was changed" in one


@pytest.mark.parametrize(("one", "code", "ground"), GROUNDS, ids=lambda value: getattr(value, "id", value))
def test_every_ground_of_every_law_can_be_told(one: object, code: str, ground: str) -> None:
    letter = refusal(right(code), (law(ground.partition(".")[0]),), ground, facts(), "en", LATER, reason="Because of the matter.")
    item = grounds(right(code), (law(ground.partition(".")[0]),), LATER)[ground]
    assert item is not None
    assert item.text in letter.text
    assert item.citation in letter.text
    assert "Because of the matter." in letter.text
    assert "complain" in letter.text or "appeal" in letter.text or "petition" in letter.text


def test_a_refusal_says_how_to_go_on() -> None:
    text = refusal(right("erasure"), (EU,), "eu-gdpr.legal_claims", facts(), "en", ON).text
    assert "Art. 17(3)(e)" in text
    assert "you may go to court" in text
    virginia = refusal(right("erasure"), (law("us-va"),), "us-va.statutory", facts(), "en", ON).text
    assert f"How to appeal to us, which costs nothing (write to {CONTACT})" in virginia


@pytest.mark.parametrize("ground", ["", "eu-gdpr.no_time", "us-ca-ccpa.speech", "nobody"])
def test_a_refusal_needs_a_ground_of_its_laws(ground: str) -> None:
    with pytest.raises(Refused, match="no ground"):
        refusal(right("erasure"), (EU,), ground, facts(), "en", ON)


def test_more_time_needs_a_law_that_allows_it_and_a_reason() -> None:
    with pytest.raises(Refused, match="No law"):
        extension(right("contact"), (EU,), facts(), "en", ON, answer_by=BY, reason="Why not.")
    with pytest.raises(Refused, match="why"):
        extension(right("access"), (EU,), facts(), "en", ON, answer_by=BY, reason=" ")
