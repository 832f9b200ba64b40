"""Mailboxes that people's letters come into: one by IMAP, one as a Maildir."""

from __future__ import annotations

from .mailbox import Mailbox, Taken
from .opening import open_mailbox

__all__ = ["Mailbox", "Taken", "open_mailbox"]
