"""E-mail addresses, one at a time and strictly: where it is unclear whose address it is, there is none."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["LONGEST_ADDRESS", "bare_address", "sender_of"]

LONGEST_ADDRESS: Final = 254
"""RFC 5321 section 4.5.3.1.3: 256 octets with the angle brackets."""
LONGEST_LOCAL: Final = 64
LONGEST_FROM: Final = 2_000
LABEL = r"[^\W_](?:[\w\-]{0,61}[^\W_])?"
LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~\-]+(?:\.[\w!#$%&'*+/=?^`{|}~\-]+)*\Z")
LATIN_LOCAL, MARKS = re.compile(r"[\x21-\x7e]+\Z"), re.compile(r"[\u0300-\u036f\u0900-\u0dff\u200c\u200d]")
DOMAIN = re.compile(rf"(?:{LABEL}\.)+{LABEL}\Z")
COMMENT = re.compile(r"\s*\([^()]*\)\s*\Z")


def bare_address(text: str) -> str | None:
    """Return the one address that the text is, as it is written, or None.

    Only what can be sent to: a local part without quotes, a domain with a dot. Other scripts may stand in both (RFC 6531).
    White space, controls, a second `@` and anything longer than 254 octets are refused, so nothing of it can end a header.
    """
    local, at, domain = text.rpartition("@")
    if not at or len(text.encode("utf-8", "replace")) > LONGEST_ADDRESS or len(local.encode("utf-8", "replace")) > LONGEST_LOCAL:
        return None
    # Vowel signs of Indian scripts and accents are no word characters for `re`, and are parts of words all the same.
    if not LOCAL.match(MARKS.sub("x", local)) or not DOMAIN.match(MARKS.sub("x", domain)):
        return None
    return text


def sender_of(value: str) -> tuple[str | None, str]:
    """Return the address and the name in the value of a From header, before its encoded words are read.

    None for the address where there are several, none, or a name that holds another address than the one that counts: whoever
    answers must not have to guess.
    """
    value = value.strip()[:LONGEST_FROM]
    value = COMMENT.sub("", value)
    if not value.endswith(">"):
        return bare_address(value), ""
    before, _, inside = value[:-1].rpartition("<")
    name = before.strip()
    quoted = len(name) > 1 and name.startswith('"') and name.endswith('"') and not re.search(r'(?<!\\)"', name[1:-1])
    plain = re.sub(r"\\(.)", r"\1", name[1:-1]) if quoted else name
    if not quoted and ("<" in name or '"' in name or ("@" in name and name.casefold() != inside.strip().casefold())):
        return None, ""
    return bare_address(inside.strip()), plain
