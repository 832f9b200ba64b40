"""Sealed values under attack: cut, changed, moved, re-labelled, forged. None opens, and each ends in an error of Kept's own."""

from __future__ import annotations

import hmac
import random
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kept.base.errors import KeptError, KeyDestroyed, SealBroken, UnknownFormat, UnknownKey
from kept.vault import Field, Vault, destroy, make_vault, open_vault
from kept.vault.format import BODY, HEAD, NONCE, OVERHEAD, PREFIX, from_text, to_text
from kept.vault.keys import EXPAND, PersonKey, bound
from kept.vault.secret import READS_KEY_MATERIAL, Secret
from tests.vault.conftest import KEPT_TOML

PLACE, ADA, BOB = "app.accounts.email", "account:42", "account:43"
VALUE = b"ada@example.org"
SEVERAL = settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def field(vault: Vault) -> Field:
    """A column, and two people who have keys."""
    found = vault.field(PLACE)
    for subject in (ADA, BOB):
        found.seal(subject, b"")
    return found


def closed(call: Callable[..., Any], *arguments: Any) -> KeptError:
    """See that a value does not open, and return why."""
    with pytest.raises(KeptError) as caught:
        call(*arguments)
    assert VALUE.decode() not in str(caught.value)
    return caught.value


@settings(SEVERAL, max_examples=100)
@given(st.binary(max_size=200), st.text(max_size=20), st.text(max_size=20) | st.integers(0, 9).map(str))
@example(b"", "\ud800", "\udfff")
def test_it_opens_as_it_was_sealed(field: Field, value: bytes, person: str, row: str) -> None:
    sealed = field.seal(person, value, row)
    assert len(sealed) == OVERHEAD + len(value)
    assert value not in sealed[BODY:] or len(value) < 6
    assert field.open(person, sealed, row) == value
    assert field.open(person, from_text(to_text(sealed)), row) == value


@SEVERAL
@given(st.text(st.characters()))
@example("\ud800\udc00 \udcff")
def test_any_text_comes_back(field: Field, value: str) -> None:
    assert field.open_text(ADA, field.seal_text(ADA, value)) == value


def test_ten_megabytes_come_back(field: Field) -> None:
    value = random.Random(1).randbytes(10_000_000)
    sealed = field.seal(ADA, value)
    assert field.open(ADA, from_text(to_text(sealed))) == value
    middle = len(sealed) // 2
    closed(field.open, ADA, sealed[:middle] + bytes([sealed[middle] ^ 1]) + sealed[middle + 1 :])


@pytest.mark.parametrize("value", [b"\xff", b"ada\x80@example.org", b"\xc0\xaf", b"\xf5\x80\x80\x80"])
def test_bytes_that_are_no_text_are_refused_as_a_text(field: Field, value: bytes) -> None:
    error = closed(field.open_text, ADA, to_text(field.seal(ADA, value)))
    assert isinstance(error, UnknownFormat)
    assert "was sealed as bytes" in error.happened
    assert error.__context__ is None


def test_cut_anywhere_it_does_not_open(field: Field) -> None:
    sealed = field.seal(ADA, VALUE)
    text = to_text(sealed)
    for end in range(len(sealed)):
        error = closed(field.open, ADA, sealed[:end])
        assert isinstance(error, UnknownFormat if end < OVERHEAD else SealBroken)
        closed(field.open, ADA, sealed[end + 1 :])
    for end in range(len(text)):
        closed(field.open_text, ADA, text[:end])


@pytest.mark.parametrize("cold", [False, True])
def test_with_any_bit_flipped_it_does_not_open(vault: Vault, field: Field, cold: bool) -> None:
    sealed = field.seal(ADA, VALUE, "7")
    for bit in range(0, len(sealed) * 8, 5 if cold else 1):
        if cold:
            vault.cache.clear()
        flipped = bytearray(sealed)
        flipped[bit // 8] ^= 1 << bit % 8
        error = closed(field.open, ADA, bytes(flipped), "7")
        expected = UnknownFormat if bit < 8 * len(PREFIX) else UnknownKey if bit < 8 * HEAD else SealBroken
        assert isinstance(error, expected), bit
    assert field.open(ADA, sealed, "7") == VALUE


@pytest.mark.parametrize("length", [15, 16, 17])
def test_with_any_bit_of_its_text_flipped_it_does_not_open(field: Field, length: int) -> None:
    text = field.seal_text(ADA, "a" * length)
    for bit in range(len(text) * 8):
        flipped = bytearray(text.encode())
        flipped[bit // 8] ^= 1 << bit % 8
        closed(field.open_text, ADA, flipped.decode("latin-1"))


def test_something_added_anywhere_it_does_not_open(field: Field) -> None:
    sealed = field.seal(ADA, VALUE)
    for place in range(len(sealed) + 1):
        closed(field.open, ADA, sealed[:place] + b"\0" + sealed[place:])


def test_moved_to_another_person_column_or_row_it_does_not_open(vault: Vault, field: Field) -> None:
    columns = {place: vault.field(place) for place in (PLACE, "app.accounts.name", "app.account.semail", "")}
    people, rows = (ADA, BOB, "account:4", "account:nobody"), ("", "7", "77", "07", " 7")
    for person, row in product(people[:3], rows):
        sealed = field.seal(person, VALUE, row)
        for place, other, where in product(columns, people, rows):
            if (place, other, where) == (PLACE, person, row):
                assert columns[place].open(other, sealed, where) == VALUE
            else:
                assert isinstance(closed(columns[place].open, other, sealed, where), SealBroken)


def test_a_value_in_a_warm_cache_does_not_open_once_another_process_destroyed_its_key(field: Field, privacy: Path) -> None:
    sealed, other = field.seal(ADA, VALUE), open_vault(privacy)
    try:
        destroy(other, [ADA])
        assert isinstance(closed(field.open, ADA, sealed), KeyDestroyed)
        destroy(other, [BOB])
        assert isinstance(closed(field.seal, BOB, VALUE), KeyDestroyed)
    finally:
        other.close()


def test_an_error_names_the_column(field: Field) -> None:
    sealed = field.seal(ADA, VALUE)
    assert PLACE in closed(field.open, ADA, sealed[:-1] + bytes([sealed[-1] ^ 1])).happened
    assert PLACE in closed(field.open_text, ADA, to_text(field.seal(ADA, b"\xff"))).happened
    assert (field.place, repr(field)) == (PLACE, f"Field('{PLACE}')")


def test_under_another_label_it_does_not_open(vault: Vault, field: Field) -> None:
    ada, bob = field.seal(ADA, VALUE), field.seal(BOB, VALUE)
    for sealed in (bob[:HEAD] + ada[HEAD:], ada[:HEAD] + bob[HEAD:], ada[:BODY] + bob[BODY:], bob[:BODY] + ada[BODY:]):
        for subject in (ADA, BOB):
            assert isinstance(closed(field.open, subject, sealed), SealBroken)
    assert isinstance(closed(field.open, ADA, PREFIX + bytes(32) + ada[HEAD:]), UnknownKey)
    assert isinstance(closed(field.open, ADA, PREFIX + key_of(vault, ADA)[1] + ada[HEAD:]), UnknownKey)


def key_of(vault: Vault, subject: str) -> tuple[bytes, bytes]:
    """Return a person's key id and the key that seals their fields."""
    both = hmac.digest(vault.load_current(subject).root().material(READS_KEY_MATERIAL), EXPAND, "sha512")
    return both[:32], both[32:]


def times(a: int, b: int) -> int:
    """Multiply in GCM's field of 2^128 elements."""
    product = 0
    for bit in range(127, -1, -1):
        product ^= b if a >> bit & 1 else 0
        b = b >> 1 ^ (0xE1 << 120 if b & 1 else 0)
    return product


def inverse(a: int) -> int:
    """Return a to the power of 2^128 - 2."""
    result = 1 << 127
    for _ in range(127):
        a = times(a, a)
        result = times(result, a)
    return result


def tag_of(key: bytes, nonce: bytes, about: bytes, ciphertext: bytes) -> tuple[int, int]:
    """Return GCM's tag as the standard writes it, and the hash key."""
    block = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    hash_key, mask = (int.from_bytes(block.update(one)) for one in (bytes(16), nonce + bytes([0, 0, 0, 1])))
    padded = b"".join(part + bytes(-len(part) % 16) for part in (about, ciphertext))
    padded += (len(about) * 8).to_bytes(8, "big") + (len(ciphertext) * 8).to_bytes(8, "big")
    tag = 0
    for at in range(0, len(padded), 16):
        tag = times(tag ^ int.from_bytes(padded[at : at + 16]), hash_key)
    return tag ^ mask, hash_key


def test_a_ciphertext_that_two_keys_take_opens_for_one_person_only(vault: Vault, field: Field) -> None:
    """AES-GCM does not commit to its key: what is made here passes under Ada's and under Bob's. The head decides whose it is."""
    nonce, people = bytes(range(NONCE)), (ADA, BOB)
    keys = [key_of(vault, subject)[1] for subject in people]
    abouts = [field.about(vault.load_current(subject)) for subject in people]
    tags, hash_keys = zip(*(tag_of(key, nonce, about, bytes(16)) for key, about in zip(keys, abouts, strict=True)), strict=True)
    weights = times(hash_keys[0], hash_keys[0]) ^ times(hash_keys[1], hash_keys[1])
    block = times(tags[0] ^ tags[1], inverse(weights)).to_bytes(16)
    forged = block + tag_of(keys[0], nonce, abouts[0], block)[0].to_bytes(16)
    values = [AESGCM(key).decrypt(nonce, forged, about) for key, about in zip(keys, abouts, strict=True)]
    assert values[0] != values[1], "both keys take it, and it says something else under each"
    for mine, other, value in ((ADA, BOB, values[0]), (BOB, ADA, values[1])):
        sealed = vault.load_current(mine).head + nonce + forged
        assert field.open(mine, sealed) == value
        assert isinstance(closed(field.open, other, sealed), SealBroken)
    closed(field.open, ADA, PREFIX + bytes(32) + nonce + forged)


def test_of_another_version_or_installation_it_does_not_open(field: Field, tmp_path: Path) -> None:
    sealed = field.seal(ADA, VALUE)
    for digit in b"023456789":
        error = closed(field.open, ADA, b"kept%c:" % digit + sealed[6:])
        assert isinstance(error, UnknownFormat)
        assert f"format {chr(digit)}" in error.happened
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "kept.toml").write_text(KEPT_TOML, encoding="utf-8")
    make_vault(tmp_path / "other")
    other = open_vault(tmp_path / "other")
    try:
        assert isinstance(closed(other.field(PLACE).open, ADA, sealed), UnknownKey)
        assert isinstance(closed(field.open, ADA, other.field(PLACE).seal(ADA, VALUE)), UnknownKey)
    finally:
        other.close()


names = st.text(st.sampled_from("a:.\0\1\2\4\u00e9\u00c3\u00a9\udcc3\udca9\ud83d\udd11\U0001f511"), max_size=12)


@st.composite
def alike(draw: st.DrawFn) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Draw two triples that are one text cut at different places, or in different normal forms of a sort."""
    whole = draw(names)
    cuts = [sorted(draw(st.tuples(*[st.integers(0, len(whole))] * 2))) for _ in range(2)]
    first, second = ((whole[:a], whole[a:b], whole[b:]) for a, b in cuts)
    if draw(st.booleans()):
        return first, tuple(part.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape") for part in second)
    return first, second


def bound_to(vault: Vault, subject: str, place: str, row: str) -> bytes:
    return vault.field(place).about(PersonKey(Secret(bytes(32)), subject), row)


@SEVERAL
@given(alike() | st.tuples(st.tuples(names, names, names), st.tuples(names, names, names)))
@example((("\udcc3\udca9", "", ""), ("\u00e9", "", "")))
@example((("a", "b", "c"), ("a\0\0\0\1b", "", "c")))
@example((("a", "", "\0\0\0\1b"), ("a", "b", "")))
@example((("", "", "\ud83d\udd11"), ("", "", "\U0001f511")))
def test_no_two_names_are_bound_alike(vault: Vault, both: tuple[tuple[str, str, str], tuple[str, str, str]]) -> None:
    assert (bound_to(vault, *both[0]) == bound_to(vault, *both[1])) is (both[0] == both[1])
    assert (bound(*both[0]) == bound(*both[1])) is (both[0] == both[1])
    assert (vault.people.tag(both[0][0]) == vault.people.tag(both[1][0])) is (both[0][0] == both[1][0])


def test_a_row_that_is_not_named_is_the_empty_row(field: Field) -> None:
    key = field._vault.load_current(ADA)
    for sealed in (
        field.seal(ADA, VALUE),
        field.seal(ADA, VALUE, ""),
        field.seal_with(key, VALUE),
        field.seal_with(key, VALUE, ""),
    ):
        assert (field.open(ADA, sealed), field.open(ADA, sealed, "")) == (VALUE, VALUE)
    assert field.open(ADA, field.seal_with(key, VALUE, "7"), "7") == VALUE
    assert [PersonKey(Secret(bytes(32)), ADA, current=current).current for current in (True, False)] == [True, False]
    assert PersonKey(Secret(bytes(32)), ADA).current is True


def mutated(seed: int, count: int, whole: bytes) -> Iterator[bytes]:
    dice = random.Random(seed)
    for _ in range(count):
        raw = bytearray(whole)
        for _ in range(dice.randint(1, 5)):
            place = dice.randrange(len(raw) + 1)
            raw[place : place + dice.choice([0, 1, 1, 8, 40])] = dice.randbytes(dice.choice([0, 1, 1, 8, 40]))
        yield bytes(raw)


def test_thousands_of_changed_values_do_not_open(field: Field) -> None:
    sealed = field.seal(ADA, VALUE)
    for raw in mutated(4711, 2_000, sealed):
        if raw != sealed:
            closed(field.open, ADA, raw)
    text = to_text(sealed).encode()
    for raw in mutated(4712, 2_000, text):
        if raw != text:
            closed(field.open_text, ADA, raw.decode("latin-1"))


@SEVERAL
@given(st.sampled_from([b"", PREFIX, b"head"]), st.binary(max_size=90), st.text(max_size=20))
def test_bytes_of_any_kind_do_not_open(field: Field, start: bytes, rest: bytes, person: str) -> None:
    head = field._vault.load_current(ADA).head if start == b"head" else start
    closed(field.open, person, head + rest)
    closed(field.open, ADA, head + rest)
    closed(field.open_text, ADA, (head + rest).decode("latin-1"))
