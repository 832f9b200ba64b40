"""The blind index: equal values are found however they are written, and nothing is equal that is not."""

from __future__ import annotations

import re
import string
import unicodedata
from itertools import combinations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kept.base.errors import Refused
from kept.vault import BlindIndex, Vault
from kept.vault.blind import INDEX_LENGTH, KINDS, made_equal
from kept.vault.secret import Secret

PLACE = "app.accounts.email"
MASTER = Secret(bytes(range(32)))

EQUAL = {
    "email": [
        [
            "ada@example.org",
            "Ada@Example.ORG",
            " ada@example.org\t",
            "ADA@EXAMPLE.ORG",
            "ada @ example.org",
            "ada@example\N{IDEOGRAPHIC FULL STOP}org",
        ],
        [
            "ada@example.org",
            "\uff41\uff44\uff41\uff20\uff45\uff58\uff41\uff4d\uff50\uff4c\uff45\uff0e\uff4f\uff52\uff47",
            "\xa0ada@example.org\u2003",
        ],
        [
            "ada@m\u00fcller.example",
            "ada@mu\u0308ller.example",
            "ADA@M\u00dcLLER.EXAMPLE",
            "ada@xn--mller-kva.example",
            "Ada@XN--MLLER-KVA.example",
        ],
        ["zo\u00eb@example.org", "zoe\u0308@example.org", "ZO\u00cb@EXAMPLE.ORG"],
        ["\u03c3\u03c2@example.org", "\u03a3\u03a3@example.org", "\u03c3\u03c3@example.org"],
        ["ada@\u4f8b\u3048.\u30c6\u30b9\u30c8", "ada@xn--r8jz45g.xn--zckzah"],
    ],
    "phone": [
        [
            "+49 30 901820",
            "0049 30 901820",
            "+4930901820",
            "+49 (0)30 90 18 20",
            "0049-30-901820",
            "\uff0b49 30 901820",
            "(+49) 30/901820",
        ],
        [
            "+49 30 901820",
            "00 49 30 901820",
            "(0049) 30 901820",
            "+\u0664\u0669 30 901820",
            "tel:+49-30-901820",
            " +49\xa030\u2009901820 ",
        ],
        ["+1 415 555 2671", "001 (415) 555-2671", "+1-415-555-2671", "+1.415.555.2671"],
        ["030 901820", "030-90 18 20", "(030) 901820", "030/901820", "\uff10\uff13\uff10901820"],
        ["+39 06 69812345", "0039 06 69812345"],
    ],
    "text": [
        ["Ada Lovelace", "ada  lovelace", " ADA\tLOVELACE\n", "\uff21\uff24\uff21 Lovelace", "Ada\xa0Lovelace"],
        ["Stra\u00dfe", "STRASSE", "strasse", "STRA\u1e9eE"],
        ["\u00eb", "e\u0308", "\u00cb"],
        ["\ufb01n", "FIN", "fin"],
        ["\u1f83\u0301", "\u1f03\u0301\u0345"],
        ["\u03aa\u0301", "\u0399\u0308\u0301", "\u0390", "\u03ca\u0301", "\u1fd3"],
    ],
    "exact": [["Zo\u00eb", "Zoe\u0308"], ["\uac00", "\u1100\u1161"]],
}
DIFFERENT = {
    "email": [
        "ada@example.org",
        "ada@example.com",
        "ad@example.org",
        "a.da@example.org",
        "ada+1@example.org",
        "ada@sub.example.org",
        "ada",
        "@a",
        "ada@a@b",
    ],
    "phone": [
        "+4930901820",
        "+4930901821",
        "+493090182",
        "030901820",
        "30901820",
        "+130901820",
        "ada",
        "none",
        "n/a",
        "+",
        "0",
        "00",
        "+0",
    ],
    "text": ["ada", "ad", "adab", "a da", "\u00e5da", "ada.", "\u0430da", ""],
    "exact": ["ada", "Ada", " ada", "ada ", "a  da", "a da", "\uff41da", "\ufb01", "fi", "\u212b", ""],
}


@pytest.mark.parametrize(("kind", "same"), [(kind, same) for kind, lists in EQUAL.items() for same in lists])
def test_equal_values_have_one_index(kind: str, same: list[str]) -> None:
    index = BlindIndex(MASTER, PLACE, kind)
    assert len({made_equal(kind, value) for value in same}) == 1
    assert len({index.of(value) for value in same}) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_different_values_have_different_ones(kind: str) -> None:
    index = BlindIndex(MASTER, PLACE, kind)
    assert len({index.of(value) for value in DIFFERENT[kind]}) == len(DIFFERENT[kind])
    groups = [made_equal(kind, same[0]) for same in EQUAL[kind]]
    assert all(one != other for one, other in combinations(dict.fromkeys(groups), 2))


def test_two_columns_kinds_or_vaults_cannot_be_joined(vault: Vault) -> None:
    places = [PLACE, "app.accounts.emai", "app.accounts.email2", "shop.accounts.email", "app.accounts", ""]
    several = [BlindIndex(MASTER, place, kind) for place in places for kind in KINDS]
    several += [vault.index(PLACE, "exact"), BlindIndex(Secret(bytes(32)), PLACE, "exact")]
    assert len({index.of("ada@example.org") for index in several}) == len(several)
    assert vault.index(PLACE, "exact").of("a") == vault.index(PLACE, "exact").of("a")


def test_place_and_kind_cannot_be_shifted_into_each_other() -> None:
    assert BlindIndex(MASTER, "app.a.bexact", "text").of("x") != BlindIndex(MASTER, "app.a.b", "exact").of("x")


@settings(max_examples=300)
@given(st.sampled_from(sorted(KINDS)), st.text(st.characters()))
@example("text", "\ud800")
@example("email", "\udcff@\udcff")
@example("phone", "+\ud800")
def test_an_index_is_32_letters_and_digits_of_any_text(kind: str, value: str) -> None:
    found = BlindIndex(MASTER, PLACE, kind).of(value)
    assert re.fullmatch(r"[A-Z2-7]{32}", found)
    assert len(found) == INDEX_LENGTH == 32
    assert BlindIndex(MASTER, PLACE, kind).of(made_equal(kind, value)) == found


def test_an_index_says_nothing_of_its_value() -> None:
    index = BlindIndex(MASTER, PLACE, "exact")
    several = [index.of(sign) for sign in string.printable]
    for place in range(INDEX_LENGTH):
        assert len({one[place] for one in several}) > 20


folding = "\u00df\u1e9e\u0130\u0131\u03a3\u03c2\u03aa\u0345\u0301\u0308\u1f83\u1ff3\ufb01\u212a\u2126\u00b4\u2002\u3000\u00adaA@. "


@settings(max_examples=500)
@given(st.sampled_from(["email", "exact", "text"]), st.text(folding, max_size=8) | st.text(max_size=20))
@example("text", "\u03aa\u0301")
@example("text", "a\u1f83\u0301")
@example("email", "a\u00b4b@c")
@example("email", "a@\u00b4")
def test_made_equal_again_nothing_changes(kind: str, value: str) -> None:
    once = made_equal(kind, value)
    assert made_equal(kind, once) == once
    assert made_equal(kind, unicodedata.normalize("NFD", value)) == once
    assert made_equal(kind, unicodedata.normalize("NFC", value)) == once


numbers = st.from_regex(r"(\+|00|0 0|\(00\)|0|)[0-9]{1,3}[ /()-]?(\(0\))?[0-9 ./()-]{0,14}( ?x[0-9]{1,3})?", fullmatch=True)


@settings(max_examples=500, deadline=None)
@given(numbers | st.text("0123456789+ ()-/.x;=#\u0664\uff0b\uff10t", max_size=16))
@example("0000123")
@example("(0)0123")
@example("+43 00 4073")
@example("0037088004256001613")
def test_a_number_made_equal_again_does_not_change(value: str) -> None:
    once = made_equal("phone", value)
    assert made_equal("phone", once) == once
    assert made_equal("phone", f" {value}\t") == once
    assert re.fullmatch(r"\+?[0-9]+", once) or not re.search(r"[1-9\u0664]", value)


@given(st.text(string.ascii_letters + string.digits, min_size=1), st.from_regex(r"[a-z]{1,20}\.[a-z]{2,5}", fullmatch=True))
def test_addresses_that_differ_in_more_than_case_differ(local: str, domain: str) -> None:
    address = f"{local}@{domain}"
    assert made_equal("email", address.swapcase()) == made_equal("email", address) == address.lower()
    assert made_equal("email", f"x{address}") != made_equal("email", address) != made_equal("email", f"{address}x")


@pytest.mark.parametrize("kind", ["", "Email", "EMAIL", "email ", "__class__", "name", "none"])
def test_an_unknown_kind_is_refused_and_the_known_ones_are_named(vault: Vault, kind: str) -> None:
    for call in (lambda: vault.index(PLACE, kind), lambda: made_equal(kind, "x"), lambda: BlindIndex(MASTER, PLACE, kind)):
        with pytest.raises(Refused, match="cannot match by") as caught:
            call()
        assert caught.value.todo == "Use one of: email, exact, phone, text."


@pytest.mark.parametrize(
    "value", ["a" * 1_000_000, "+" + "1" * 100_000, "x@" + "a." * 50_000, "\u0345" * 50_000, "@" * 100_000, "0" * 100_000]
)
def test_a_monstrous_value_takes_no_time(value: str) -> None:
    for kind in KINDS:
        assert len(BlindIndex(MASTER, PLACE, kind).of(value)) == INDEX_LENGTH
