"""Every answer has what every law wants in it, or is not sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from kept.base.errors import Refused
from kept.jurisdictions import Law, law, laws
from kept.planning.answers import Done, Draft, draft, fillers, languages
from kept.planning.answers.fillers import filler
from kept.rights.registry import right, rights

from .world import CONTACT, FULL, LATER, ON, WORDS, facts

EVERY = tuple(law(id) for id in laws())
EU, UK, INDIA, CALIFORNIA, BRAZIL = (law(id) for id in ("eu-gdpr", "uk-gdpr", "in-dpdp", "us-ca-ccpa", "br-lgpd"))
ITEMS = sorted({(given.id, item.id, one.id) for one in EVERY for given in one.rights for item in given.answer_contents})
GIVEN = [(one, code) for one in EVERY for code, known in rights().items() if one.right(known.law, LATER)]


def drafted(code: str, *given: Law, language: str = "en", on: date = ON, **more: Any) -> Draft:
    return draft(right(code), given, facts(**more), language, on)


@pytest.mark.parametrize(("given", "item", "one"), ITEMS)
def test_every_item_of_every_law_has_a_filler(given: str, item: str, one: str) -> None:
    """A new law fails here until somebody has written what its items say."""
    assert filler(given, item) is not None, f"nobody says what {item} of {given} in {one} is filled with"


def test_no_filler_is_left_over() -> None:
    wanted = {item for _, item, _ in ITEMS} | {f"{given}.{item}" for given, item, _ in ITEMS}
    assert set(fillers()) <= wanted


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize(("one", "code"), GIVEN, ids=lambda value: getattr(value, "id", value))
def test_every_right_of_every_law_can_be_answered(one: Law, code: str, language: str) -> None:
    answer = drafted(code, one, language=language, on=LATER)
    given = one.right(right(code).law, LATER)
    assert given is not None
    assert [item.id for item in answer.items] == [item.id for item in given.answer_contents]
    assert all(item.text for item in answer.items)
    for item in answer.items:
        for paragraph in item.text.split("\n\n"):
            assert paragraph.strip() in answer.text
    assert CONTACT in answer.text
    assert answer.text.endswith("Aurigen\n")
    complaint = one.complaint(LATER)
    assert complaint is not None
    assert complaint.text in answer.text
    assert one.authority in answer.text
    assert "{" not in answer.text


@pytest.mark.parametrize("code", sorted(rights()))
def test_all_laws_at_once_say_everything_once(code: str) -> None:
    paragraphs = drafted(code, *EVERY, on=LATER).text.strip().split("\n\n")
    assert len(paragraphs) == len(set(paragraphs))


@pytest.mark.parametrize("code", sorted(rights()))
def test_where_no_law_gives_the_right_it_is_answered_all_the_same(code: str) -> None:
    answer = drafted(code)
    assert not answer.items
    assert CONTACT in answer.text
    assert "You may complain to the data protection authority" in answer.text


def test_an_access_answer_says_what_article_15_wants() -> None:
    text = drafted("access", EU).text
    for said in (
        "Running the service you signed up for (on the basis of: our contract with you)",
        "- your name",
        "- Tillerbase Inc. (United States): Keeps the list of business customers",
        "What people ask the models: 2 years, counted from",
        "to have your data corrected, erased, restricted",
        "You may complain to the supervisory authority where you live",
        "- from another system (tillerbase)",
        "No decision about you that matters is taken by a machine alone",
        "Standard contractual clauses, with an assessment of the transfer",
        "https://privacy.aurigen.example/ask/follow/secret/",
        "JSON and CSV",
    ):
        assert said in text


def test_an_erasure_answer_says_what_stays_and_until_when() -> None:
    text = drafted("erasure", EU, CALIFORNIA).text
    assert "- What people ask: 41 records" in text
    assert "- Invoices: 3 records, because a law requires it (Fiscal Code § 147); it goes by itself by 1 January 2033" in text
    assert "- Lanternpost ApS: has done it" in text
    assert "gone after 35 days" in text
    assert "We did what you asked for, in part." in text
    everything = drafted("erasure", EU, CALIFORNIA, done=replace(FULL, kept=(), keys=0)).text
    assert "Nothing was kept." in everything
    assert "We did what you asked for, in full." in everything
    assert "keys" not in everything


def test_hindi_says_it_in_hindi() -> None:
    answer = drafted("erasure", EU, language="hi-IN")
    assert answer.subject == "आपके अनुरोध का हमारा उत्तर"
    assert "1 जनवरी 2033 तक" in answer.text


MISSING: list[tuple[str, Law, dict[str, Any], str]] = [
    ("erasure", EU, {"said": {"backups": None}}, "backups"),
    ("access", EU, {"said": {"decisions": " "}}, "automated"),
    ("access", UK, {"said": {"decisions": ""}}, "as_eu"),
    ("access", CALIFORNIA, {"said": {"sold": ""}}, "sold_shared"),
    ("access", EU, {"done": replace(FULL, copy=None)}, "copy"),
    ("portability", EU, {"done": replace(FULL, copy=None)}, "format"),
    ("access", EU, {"sources": (("direct", ""), ("", ""))}, "source"),
    ("access", EU, {"purposes": ()}, "purposes"),
    ("access", INDIA, {"categories": ()}, "summary"),
    ("access", EU, {"contact": " "}, "the contact"),
    ("complaint", UK, {"done": Done()}, "outcome"),
    ("contact", EU, {"done": Done()}, "what was done"),
]


@pytest.mark.parametrize(("code", "one", "more", "missing"), MISSING, ids=[f"{case[1].id}-{case[3]}" for case in MISSING])
def test_an_answer_without_its_contents_is_not_sent(code: str, one: Law, more: dict[str, Any], missing: str) -> None:
    with pytest.raises(Refused, match=missing) as refused:
        drafted(code, one, on=LATER, **more)
    assert WORDS not in str(refused.value)
    assert "secret" not in str(refused.value)


def test_retention_that_is_not_said_is_missing() -> None:
    said = facts()
    nothing = replace(said, retention=(replace(said.retention[0], period=None), *said.retention[1:]))
    with pytest.raises(Refused, match=r"retention \(eu-gdpr, Art. 15\(1\)\(d\)\)"):
        draft(right("access"), (EU,), nothing, "en", ON)


def test_a_transfer_without_safeguard_is_missing() -> None:
    said = facts()
    bare = tuple(replace(one, safeguard="") for one in said.recipients)
    with pytest.raises(Refused, match="safeguards"):
        draft(right("access"), (EU,), replace(said, recipients=bare), "en", ON)
    at_home = replace(said, recipients=tuple(one for one in said.recipients if not one.away))
    assert "does not leave the place it is kept in: European Union" in draft(right("access"), (EU,), at_home, "en", ON).text


def test_a_law_with_an_item_nobody_knows_stops_the_answer() -> None:
    given = EU.right(("access",), ON)
    assert given is not None
    strange = replace(given, answer_contents=(replace(given.answer_contents[0], id="horoscope"),))
    with pytest.raises(Refused, match="horoscope"):
        draft(right("access"), (replace(EU, rights=(strange,)),), facts(), "en", ON)
