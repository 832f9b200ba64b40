"""When two e-mail addresses are one: letter case aside, and nothing that only looks alike."""

from __future__ import annotations

import unicodedata

__all__ = ["same_address", "told_apart"]


def same_address(one: str, other: str) -> bool:
    """Return whether two addresses are one. A letter meant for the one must not reach somebody else by the other.

    Letter case makes no difference, nor does the way in which an accent is written. Everything else does: a tag after a plus, and a
    letter of another script, or of another form, that only looks like the one it stands for.

    >>> same_address("Anna@Example.eu", "anna@example.EU"), same_address("anna+shop@example.eu", "anna@example.eu")
    (True, False)
    >>> same_address("\u0430nna@example.eu", "anna@example.eu"), same_address("anna@fa\u00df.example", "anna@fass.example")
    (False, False)
    """
    return told_apart(one) == told_apart(other)


def told_apart(address: str) -> str:
    """Return the form in which addresses are compared; two that a mail server could tell apart, letter case aside, stay two."""
    address = address.strip()
    if any(_poses(sign) for sign in address):
        return f"={address}"
    local, at, domain = unicodedata.normalize("NFC", "".join(map(_small, address))).rpartition("@")
    return f"{local}{at}{_written_out(domain)}"


def _poses(sign: str) -> bool:
    """Return whether a sign is only another form of Latin ones by Unicode (a full-width letter, \u00df): it equals itself alone."""
    return not sign.isascii() and unicodedata.normalize("NFKC", sign).casefold().isascii()


def _small(sign: str) -> str:
    small = sign.lower()
    return small if len(small) == 1 and small.isascii() == sign.isascii() else sign


def _written_out(domain: str) -> str:
    """Return a domain as readers see it (`xn--bcher-kva.example` is `b\u00fccher.example`), where the way back is the same."""
    if not domain.isascii():
        return domain
    try:
        shown = domain.encode("ascii").decode("idna")
        back = shown.encode("idna").decode("ascii") == domain
    except UnicodeError:
        return domain
    return unicodedata.normalize("NFC", shown) if back and not any(map(_poses, shown)) else domain
