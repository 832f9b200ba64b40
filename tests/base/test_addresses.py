"""One address, or two that look alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.base.addresses import same_address, told_apart

ASCII = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)
ANY = st.text(max_size=30)


@pytest.mark.parametrize(
    "other",
    [
        "\u0430nna@example.eu",  # a Cyrillic a
        "ann\u0430@example.eu",
        "anna@ex\u0430mple.eu",  # a homoglyph domain
        "anna@xn--exmple-4nf.eu",  # the same, as the name servers know it
        "\uff41nna@example.eu",  # a full-width a, which Unicode's compatibility makes an a
        "anna@\uff45xample.eu",
        "anna@example\u3002eu",  # a full stop that IDNA 2003 maps to a dot
        "anna+shop@example.eu",
        "an.na@example.eu",
        "anna@example.eu.attacker.example",
        "anna@example.com",
        "anna@sub.example.eu",
        "an\u00adna@example.eu",
        "anna\u200b@example.eu",
        "anna@example.eu\u200d",
        "anna",
        "",
    ],
)
def test_what_only_looks_alike_is_another_address(other: str) -> None:
    assert not same_address("anna@example.eu", other)
    assert same_address(other, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("anna@fa\u00df.example", "anna@fass.example"),
        ("\u212aarl@example.eu", "karl@example.eu"),
        ("\u017fara@example.eu", "sara@example.eu"),
        ("\u0131da@example.eu", "ida@example.eu"),
        ("\ufb01n@example.eu", "fin@example.eu"),
    ],
)
def test_what_case_folding_makes_equal_is_another_address(one: str, other: str) -> None:
    """The hole of password resets by "the same" address (CVE-2019-19844) stays shut."""
    assert one.casefold() == other.casefold() or not same_address(one, other)
    assert not same_address(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna@Example.EU", "anna@example.eu"),
        (" anna@example.eu ", "anna@example.eu"),
        ("\u00c4nne@example.eu", "\u00e4nne@example.eu"),
        ("e\u0301va@example.eu", "\u00e9va@example.eu"),
        ("anna@b\u00fccher.example", "anna@xn--bcher-kva.example"),
        ("anna@B\u00dcCHER.example", "anna@b\u00fccher.example"),
        ("अन्ना@उदाहरण.example", "अन्ना@उदाहरण.example"),
    ],
)
def test_letter_case_and_ways_of_writing_are_the_same(one: str, other: str) -> None:
    assert same_address(one, other)
    assert same_address(other, one)


@given(ASCII, ASCII)
def test_latin_addresses_are_the_same_exactly_where_small_letters_are(one: str, other: str) -> None:
    if not (one + other).lower().count("xn--"):
        assert same_address(one, other) == (one.lower() == other.lower())


@given(ANY)
def test_the_form_is_stable_and_never_ends_in_an_error(text: str) -> None:
    assert same_address(text, text)
    assert told_apart(text) == told_apart(text.strip())


@given(ASCII, ANY.filter(lambda text: not text.isascii()))
def test_an_address_in_another_script_is_never_a_latin_one(latin: str, other: str) -> None:
    if other.strip().isascii() or "xn--" in latin.lower():
        return
    assert not same_address(latin, other)
