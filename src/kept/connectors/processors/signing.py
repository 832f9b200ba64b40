"""Signing requests and checking answers with HTTP Message Signatures (RFC 9421) and Content-Digest (RFC 9530), HMAC-SHA-256.

A narrow profile: one signature named `kept`, always over the same parts, so that there is nothing to negotiate or to strip.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from kept.base.periods import SKEW
from kept.base.personal import Personal

__all__ = ["ANSWER", "content_digest", "is_signed", "signature", "signature_base", "signed", "verifies"]

LABEL: Final = "kept"
ANSWER: Final = ("@status", "content-digest", "idempotency-key")
"""What the signature of an answer covers: it cannot be moved to another status, body or order."""
SAID: Final = re.compile(
    rf'{LABEL}=(\("@status" "content-digest" "idempotency-key"\);'
    r'created=(\d{1,12});keyid="[A-Za-z0-9._-]{1,64}";alg="hmac-sha256")'
)


def content_digest(body: bytes) -> str:
    """Return the value of a Content-Digest header (RFC 9530 section 2).

    >>> content_digest(b'{"hello": "world"}')
    'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:'
    """
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def signature_base(parts: Sequence[tuple[str, str]], parameters: str) -> bytes:
    """Return what is signed (RFC 9421 section 2.5): each part on a line, and the parameters last."""
    lines = [f'"{name}": {value}' for name, value in parts]
    return "\n".join([*lines, f'"@signature-params": {parameters}']).encode()


def signature(key: bytes, base: bytes) -> bytes:
    """Return the HMAC-SHA-256 (RFC 9421 section 3.3.3), 32 bytes."""
    return hmac.new(key, base, hashlib.sha256).digest()


def signed(key: Personal[str], parts: Sequence[tuple[str, str]], *, at: datetime, key_id: str) -> dict[str, str]:
    """Return the headers Signature-Input and Signature over these parts, each a name and its value; the key is UTF-8 text."""
    names = " ".join(f'"{name}"' for name, _ in parts)
    created = int(at.astimezone(UTC).timestamp())
    parameters = f'({names});created={created};keyid="{key_id}";alg="hmac-sha256"'
    made = base64.b64encode(signature(key.reveal().encode(), signature_base(parts, parameters))).decode()
    return {"Signature-Input": f"{LABEL}={parameters}", "Signature": f"{LABEL}=:{made}:"}


def is_signed(headers: Mapping[str, str]) -> bool:
    """Return whether an answer claims to be signed; header names are in small letters."""
    return "signature" in headers or "signature-input" in headers


def verifies(key: Personal[str], headers: Mapping[str, str], *, status: int, body: bytes, ref: str, at: datetime) -> bool:
    """Return whether an answer carries our profile's signature, over this status, body and order, not five minutes old or ahead."""
    said = SAID.fullmatch(headers.get("signature-input", ""))
    found = re.fullmatch(rf"{LABEL}=:([A-Za-z0-9+/=]{{44}}):", headers.get("signature", ""))
    if said is None or found is None or abs(at.timestamp() - int(said[2])) > SKEW.total_seconds():
        return False
    parts = zip(ANSWER, (str(status), content_digest(body), ref), strict=True)
    try:
        given = base64.b64decode(found[1], validate=True)
    except binascii.Error:
        return False
    digest = headers.get("content-digest", "")
    made = signature(key.reveal().encode(), signature_base(tuple(parts), said[1]))
    return digest == content_digest(body) and hmac.compare_digest(given, made)
