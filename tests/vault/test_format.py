"""The form of a sealed value: one form and no other, and whatever is not it is refused in Kept's own words."""

from __future__ import annotations

import base64
import random
import sys
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kept.base.errors import KeptError, UnknownFormat
from kept.base.seals import SEALED_PREFIX
from kept.vault.format import (
    BODY,
    HEAD,
    KEY_ID,
    NONCE,
    OVERHEAD,
    PREFIX,
    TAG,
    from_text,
    looks_sealed,
    parse,
    sealed_length,
    to_text,
)

SEALED = PREFIX + bytes(range(OVERHEAD - len(PREFIX) + 5))
TEXT = to_text(SEALED)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def test_the_parts_stand_where_the_specification_says() -> None:
    assert (KEY_ID, NONCE, TAG, HEAD, BODY, OVERHEAD) == (32, 12, 16, 38, 50, 66)
    assert SEALED_PREFIX.encode() == PREFIX == b"kept1:"
    raw = PREFIX + b"i" * 32 + b"n" * 12 + b"ciphertext" + b"t" * 16
    assert parse(raw) == (PREFIX + b"i" * 32, b"i" * 32, b"n" * 12, b"ciphertext" + b"t" * 16)
    assert to_text(raw) == "kept1:" + base64.b64encode(raw[6:]).decode().rstrip("=")


@given(st.binary(min_size=60, max_size=200))
def test_both_forms_are_one_value(rest: bytes) -> None:
    sealed = PREFIX + rest
    text = to_text(sealed)
    assert from_text(text) == sealed
    assert set(text[6:]) <= set(ALPHABET)
    assert looks_sealed(sealed)
    assert looks_sealed(text)
    assert (sealed_length(len(rest) - 60, text=False), sealed_length(len(rest) - 60, text=True)) == (len(sealed), len(text))


def test_cut_at_every_length_it_is_none() -> None:
    shortest = PREFIX + bytes(OVERHEAD - len(PREFIX))
    for end in range(OVERHEAD):
        with pytest.raises(UnknownFormat):
            parse(shortest[:end])
        assert not looks_sealed(shortest[:end])
    assert parse(shortest).ciphertext == bytes(TAG)
    text = to_text(shortest)
    for end in range(len(text)):
        assert not looks_sealed(text[:end])
        with pytest.raises(UnknownFormat):
            parse(from_text(text[:end]))
    assert looks_sealed(text)


def test_a_cut_one_says_so_and_how_long_it_is() -> None:
    with pytest.raises(UnknownFormat, match="was cut: 65 bytes are fewer than 66") as caught:
        parse(SEALED[:65])
    assert caught.value.todo.startswith("Restore")


LENGTHS = (60, 61, 62, 63, 100)
"""Bytes behind the prefix; every length of base64's last group is among them."""
BEHIND = (
    "=",
    "==",
    "===",
    "====",
    "A=",
    "A==",
    "AA==",
    "=A",
    "A",
    "AA",
    "AAA",
    "AAAA",
    " ",
    "\n",
    "\r\n",
    "\0",
    "\t",
    "-",
    "_",
    "\u200b",
    "\ufeff",
)


@pytest.mark.parametrize("length", LENGTHS)
def test_a_value_has_one_text(length: int) -> None:
    """Whatever else readers of base64 take for the same bytes is refused: nobody can write one value in two ways."""
    raw = PREFIX + bytes(range(255 - length, 255))
    text = to_text(raw)
    for other in [
        *(text[:-1] + last for last in ALPHABET),
        *(text + behind for behind in BEHIND),
        *(text[:end] for end in range(6, len(text))),
    ]:
        try:
            found = from_text(other)
        except UnknownFormat:
            continue
        assert to_text(found) == other
        assert (found == raw) == (other == text)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("behind", [behind for behind in BEHIND if behind.strip("A")])
def test_nothing_may_stand_behind_it(length: int, behind: str) -> None:
    with pytest.raises(UnknownFormat):
        from_text(to_text(PREFIX + bytes(length)) + behind)


LOOK_ALIKE = {
    "k": "\u043a\uff4b\u212a\u1d0b",
    "e": "\u0435\uff45",
    "p": "\u0440\uff50",
    "t": "\uff54",
    "1": "\uff11l\u0661",
    ":": "\uff1a\ua789",
}


def test_nothing_that_looks_like_it_is_taken_for_it() -> None:
    for place, sign in enumerate(TEXT):
        strange = LOOK_ALIKE.get(sign, "") if place < len(PREFIX) else "-_=.,\u0391\uff21\u00c5\u2160\u0661\u200d\ud800\U000e0041"
        for other in [*strange, *(unicodedata.normalize(form, sign + "\u0301") for form in ("NFC", "NFD"))]:
            with pytest.raises(UnknownFormat):
                from_text(TEXT[:place] + other + TEXT[place + 1 :])
    for blank in (" ", "\n", "\r", "\t", "\0", "\v", "\xa0", "\u2028", "=", "-", "_"):
        for place in range(len(TEXT) + 1):
            with pytest.raises(UnknownFormat):
                from_text(TEXT[:place] + blank + TEXT[place:])


def test_every_bit_of_a_text_flipped_is_refused_or_another_value() -> None:
    raw = TEXT.encode()
    for bit in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        text = flipped.decode("latin-1")
        if looks_sealed(text):
            assert from_text(text) != SEALED
            assert to_text(from_text(text)) == text


@pytest.mark.parametrize("start", ["kept2:", "kept0:", "kept9:"])
def test_another_version_is_told_from_no_version(start: str) -> None:
    for wrong in (start.encode() + SEALED[6:], start.encode()):
        with pytest.raises(UnknownFormat, match=rf"format {start[4]}, and this Kept reads format 1") as caught:
            parse(wrong)
        assert caught.value.todo == "Install the Kept that wrote it."
    with pytest.raises(UnknownFormat, match=f"format {start[4]}"):
        from_text(start + TEXT[6:])


@pytest.mark.parametrize(
    "start",
    [
        "",
        "k",
        "kept1",
        "kept1;",
        "kept:1",
        "kept10:",
        "keptx:",
        "KEPT1:",
        "Kept1:",
        " kept1:",
        "kept\u0661:",
        "kept\u00b2:",
        "kept1f:",
        "\ud800",
    ],
)
def test_what_was_never_sealed_is_told(start: str) -> None:
    with pytest.raises(UnknownFormat, match="a value is not sealed") as caught:
        from_text(start + TEXT[6:])
    assert caught.value.todo.startswith("Seal the column")
    with pytest.raises(UnknownFormat, match="a value is not sealed"):
        parse(start.encode("utf-8", "surrogatepass") + SEALED[6:])


def test_no_error_repeats_the_value() -> None:
    for text in (
        "ada@example.org",
        "kept1:ada@example.org",
        "kept1:YWRhQGV4YW1wbGUub3Jn",
        "kept2:ada@example.org",
        "ada@exam\ud800",
    ):
        with pytest.raises(UnknownFormat) as caught:
            parse(from_text(text))
        assert not [sign for sign in ("ada", "YWRh") if sign in str(caught.value)]
        assert caught.value.__cause__ is None


texts = (
    st.text(max_size=120)
    | st.text(ALPHABET + "=\n", max_size=150)
    | st.text("kept12:f", max_size=8)
    | st.characters(categories=["Cs"])
)


@settings(max_examples=500)
@given(st.sampled_from(["", SEALED_PREFIX, "kept2:", "kept", TEXT[:60]]), texts)
@example(SEALED_PREFIX, "A")
@example(SEALED_PREFIX, "====")
def test_any_text_is_one_value_or_refused(start: str, rest: str) -> None:
    try:
        raw = from_text(start + rest)
    except KeptError:
        return
    assert to_text(raw) == start + rest


@settings(max_examples=500)
@given(st.sampled_from([b"", PREFIX, b"kept2:", b"kept", SEALED[:60]]), st.binary(max_size=120))
def test_any_bytes_are_four_parts_or_refused(start: bytes, rest: bytes) -> None:
    raw = start + rest
    try:
        found = parse(raw)
    except KeptError:
        assert not (raw.startswith(PREFIX) and len(raw) >= OVERHEAD)
        return
    assert found.head == PREFIX + found.key_id
    assert found.head + found.nonce + found.ciphertext == raw
    assert [len(part) for part in found] == [HEAD, KEY_ID, NONCE, len(raw) - BODY]


def test_thousands_of_changed_texts_are_one_value_or_refused() -> None:
    dice = random.Random(4711)  # so that a failure can be seen again
    for _ in range(5_000):
        text = list(TEXT)
        for _ in range(dice.randint(1, 4)):
            place = dice.randrange(len(text) + 1)
            text[place : place + dice.randint(0, 3)] = chr(dice.choice([dice.randrange(128), dice.randrange(sys.maxunicode + 1)]))
        changed = "".join(text)
        if looks_sealed(changed):
            assert to_text(from_text(changed)) == changed
