"""Rotate: every key under a new key-encryption key, the old one destroyed, and a receipt in the ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from kept.base.ports import Progress, silent
from kept.db import actions
from kept.policy.load import load_settings
from kept.vault.rotation import Rotated
from kept.vault.rotation import rotate as rotate_keys

from .vaults import opened_vault

__all__ = ["rotate"]


def rotate(folder: Path, *, actor: str, progress: Progress = silent) -> Rotated:
    """Rotate the vault of a privacy folder. Run again after a crash, it finishes what is left.

    Raises ProviderUnreachable or KeysUnreachable; every key stays readable, and the ledger holds the intent.
    """
    vault = opened_vault(folder, actor=actor)
    try:
        actions.record_vault_intent(what="rotate", people=0, at=datetime.now(UTC), actor=actor)
        rotated = rotate_keys(vault, load_settings(folder).vault.provider, progress=progress)
        actions.record_rotated(
            keys=rotated.keys, old=rotated.old, new=rotated.new, gone_at=rotated.gone_at, at=datetime.now(UTC), actor=actor
        )
    finally:
        vault.close()
    return rotated
