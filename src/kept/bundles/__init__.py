"""The sealed export for a person: one file, sealed as it is written, out of which the person downloads a signed ZIP.

Nothing here asks a store: rows and files come in as iterators, in the clear, and leave sealed. docs/spec/bundle.md has the form.
"""

from .parts import (
    About,
    Column,
    Controller,
    Facts,
    FileItem,
    Left,
    Letter,
    Purpose,
    Recipient,
    Retention,
    Section,
    Written,
)
from .sealing import open_range, plain_size, sealed_size
from .verifying import Verified, verify_bundle
from .words import Words, words_in
from .writing import clear_unfinished, write_bundle

__all__ = [
    "About",
    "Column",
    "Controller",
    "Facts",
    "FileItem",
    "Left",
    "Letter",
    "Purpose",
    "Recipient",
    "Retention",
    "Section",
    "Verified",
    "Words",
    "Written",
    "clear_unfinished",
    "open_range",
    "plain_size",
    "sealed_size",
    "verify_bundle",
    "words_in",
    "write_bundle",
]
