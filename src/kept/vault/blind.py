"""The blind index: finding the row of a sealed e-mail address without opening any.

Beside the sealed value stands a keyed hash of it, made equal first by kind (letter case, spaces, the form of a telephone number).
Each column has a key of its own, so that two columns cannot be joined by it. What it gives away: which rows hold the same value,
how often, and, to whoever has the key, whether a value that they guess is there. See docs/spec/sealed.md.
"""

from __future__ import annotations

import base64
import hmac
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Final

import phonenumbers

from kept.base.errors import Refused

from .keys import bound
from .secret import READS_KEY_MATERIAL, Secret

__all__ = ["KINDS", "BlindIndex", "INDEX_LENGTH", "made_equal"]

INDEX_BYTES: Final = 20
INDEX_LENGTH: Final = 32
"""Characters of an index value.

160 bits in base32 without padding, upper case, equal under any collation only when they are equal.
"""


def _exact(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _text(text: str) -> str:
    """Fold case and compatibility as Unicode defines it for caseless matching (D146), and spaces."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
    return " ".join(unicodedata.normalize("NFKC", folded.casefold()).split())


def _email(text: str) -> str:
    """Fold the whole address: the part before the @ may tell letters apart by the standard, and no provider that matters does."""
    local, at, domain = unicodedata.normalize("NFKC", _text(text).replace(" ", "")).rpartition("@")
    try:
        plain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        plain = domain
    return f"{local}{at}{plain}"


def _phone(text: str) -> str:
    """Write a number with its country as +491234567; one without a country by its digits alone, and what has none as a text."""
    written = "".join(str(unicodedata.decimal(sign, sign)) for sign in unicodedata.normalize("NFKC", text))
    written = re.sub(r"^0[^0-9]*0", "+", re.sub(r"^[^0-9+]+", "", written))
    digits = re.sub(r"[^0-9]", "", written)
    if not digits:
        return _text(text)
    if not written.startswith("+"):
        return digits
    try:
        formed = phonenumbers.format_number(phonenumbers.parse(written, None), phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        formed = "+" + digits
    return formed if formed == written else _phone(formed)  # read again: a trunk prefix may have stood there twice


KINDS: Final[Mapping[str, Callable[[str], str]]] = {"email": _email, "exact": _exact, "phone": _phone, "text": _text}
"""How values are made equal before they are hashed, by kind."""


def made_equal(kind: str, text: str) -> str:
    """Return the form in which equal values are the same text. Raises Refused for an unknown kind.

    >>> made_equal("email", " Ada@Example.ORG"), made_equal("phone", "0049 30 901820"), made_equal("text", "ADA  Lovelace")
    ('ada@example.org', '+4930901820', 'ada lovelace')
    """
    if kind not in KINDS:
        raise Refused(f"a blind index cannot match by {kind!r}", todo=f"Use one of: {', '.join(KINDS)}.")
    return KINDS[kind](text)


class BlindIndex:
    """The index of one column."""

    def __init__(self, master: Secret, place: str, kind: str) -> None:
        """Take the vault's index key, the name of the column and how values are made equal."""
        made_equal(kind, "")
        self._key = Secret(hmac.digest(master.material(READS_KEY_MATERIAL), bound("kept1 index", place, kind), "sha256"))
        self.kind = kind

    def of(self, value: str) -> str:
        """Return the index (32 characters, A to Z and 2 to 7) of a value; equal values have equal ones."""
        text = made_equal(self.kind, value).encode("utf-8", "surrogatepass")
        digest = hmac.digest(self._key.material(READS_KEY_MATERIAL), text, "sha256")[:INDEX_BYTES]
        return base64.b32encode(digest).decode("ascii")
