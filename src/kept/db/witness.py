"""Remembering, outside the database, the last checkpoint that was seen to hold: a log cut short is noticed by it."""

from __future__ import annotations

import contextlib
import os

from kept.ledger.checkpoints import Checkpoint
from kept.ledger.notes import NoteError

from .keys import Keys

__all__ = ["read", "remember"]


def read(keys: Keys) -> Checkpoint | None:
    """Return the checkpoint that was seen last, None where there is none, or none that our key signed."""
    try:
        return Checkpoint.open(keys.witness.read_text("utf-8"), keys.signer.verifier)
    except (OSError, UnicodeDecodeError, NoteError):
        return None


def remember(keys: Keys, note: str) -> None:
    """Replace the file by this note. A folder that cannot be written keeps what it had: this memory is a help, not a duty."""
    fresh = keys.witness.with_name(f"{keys.witness.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        fresh.write_text(note, "utf-8")
        fresh.replace(keys.witness)
