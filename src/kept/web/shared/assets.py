"""Styles, scripts and pictures, and the address that changes whenever one of them does."""

from __future__ import annotations

import hashlib
from pathlib import Path

__all__ = ["STATIC", "digest_of_assets"]

STATIC = Path(__file__).parent / "static"


def digest_of_assets() -> str:
    """Return 12 hex digits over the names and bytes of every file: browsers may keep what stands under them for ever."""
    total = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            total.update(path.relative_to(STATIC).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:12]
