"""What every holder of key-encryption keys must do.

A file of this folder says `NAME`, `TITLE` (a sentence), `OPTIONS` (each option of `[vault.providers.NAME]` with what it means),
`SECRETS` (those that must name an environment variable), and offers `connect(options, folder)`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from kept.vault.secret import Secret

__all__ = ["Connect", "Provider"]


class Provider(Protocol):
    """Holds key-encryption keys, which never leave it, and wraps people's keys under them.

    Every method raises ProviderUnreachable when the service does not answer or says no, and WrongPassphrase where one is wrong;
    then nothing was made, wrapped or destroyed. `reference` is the provider's own name for one key-encryption key (at most 200
    characters).
    """

    def make(self, installation: str) -> str:
        """Make a new 256-bit key-encryption key for this installation (32 hex digits) and return its reference."""

    def wrap(self, reference: str, keys: Sequence[Secret], about: Sequence[bytes]) -> list[bytes]:
        """Return each key sealed under the key-encryption key, bound to what it is about (authenticated, not secret)."""

    def unwrap(self, reference: str, wrapped: Sequence[bytes], about: Sequence[bytes]) -> list[Secret]:
        """Return each key. Raises StrangeKey when one does not open: another installation's, another key's, or changed."""

    def destroy(self, reference: str) -> datetime | None:
        """Destroy a key-encryption key; one that is gone already is done. Return when it is gone for good, None for now."""

    def close(self) -> None:
        """Let go of connections and of whatever is in memory."""


class Connect(Protocol):
    """What a provider's file offers as `connect`."""

    def __call__(self, options: Mapping[str, str], folder: Path) -> Provider:
        """Return the provider, which need not have connected yet. `folder` is the vault's own, for what must lie on disk."""
