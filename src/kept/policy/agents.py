"""The keys of authorised agents, as kept.toml writes them."""

from __future__ import annotations

import base64
import binascii
from typing import Final

__all__ = ["verifying_key"]

KEY: Final = 32


def verifying_key(text: str) -> bytes | None:
    """Return the 32 bytes of an Ed25519 verifying key in base64; None for what is none."""
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == KEY else None
