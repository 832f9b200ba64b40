"""Checkpoints (C2SP tlog-checkpoint): what a log signs about itself - its name, its size and the root of its tree."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from .hashing import HASH_BYTES
from .notes import NoteError, Signer, Verifier, open_note

__all__ = ["Checkpoint"]

SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A log of this `origin` had `size` leaves under this `root` (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the note's text: three lines, the root in base64."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode('ascii')}\n"

    def signed(self, signer: Signer) -> str:
        """Return the signed note."""
        return signer.sign(self.text())

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the text of a checkpoint; further lines are allowed and ignored. Raises NoteError."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
            raise NoteError("a checkpoint has three lines: origin, size and root")
        if not SIZE.fullmatch(lines[1]):
            raise NoteError("the size of a checkpoint is a number without leading zeros")
        return cls(origin=lines[0], size=int(lines[1]), root=_root(lines[2]))

    @classmethod
    def open(cls, note: str, verifier: Verifier) -> Checkpoint:
        """Read a signed checkpoint. Raises NoteError where the key did not sign it."""
        return cls.parse(open_note(note, verifier))


def _root(line: str) -> bytes:
    try:
        root = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        raise NoteError("the root of a checkpoint is base64") from None
    if len(root) != HASH_BYTES:
        raise NoteError(f"the root of a checkpoint has {HASH_BYTES} bytes")
    return root
