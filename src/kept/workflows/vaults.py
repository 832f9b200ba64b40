"""The vault of a privacy folder, opened so that a restored backup brings nobody back, and the record kept up with it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from kept.base.errors import ProviderUnreachable
from kept.db import access, actions
from kept.policy.load import load_settings
from kept.vault.destruction import close_windows, replay
from kept.vault.opening import make_vault, open_vault
from kept.vault.vault import Vault

__all__ = ["found_vault", "opened_vault"]


def found_vault(folder: Path, *, actor: str) -> bool:
    """Make the vault that kept.toml describes and record it; return False where there is one. Raises as `make_vault` does."""
    made = make_vault(folder)
    if made:
        vault = open_vault(folder)
        provider = load_settings(folder).vault.provider
        actions.record_vault_made(installation=vault.installation, provider=provider, at=datetime.now(UTC), actor=actor)
        vault.close()
    return made


def opened_vault(folder: Path, *, actor: str) -> Vault:
    """Return the vault, once it and Kept's record know the same destroyed keys.

    Keys that Kept remembers as destroyed and that came back with a restored keys database are destroyed again; keys that a program
    destroyed without Kept are remembered. Windows that have ended are closed. Raises as `open_vault` does.
    """
    vault = open_vault(folder)
    try:
        _keep_up(vault, actor)
    except BaseException:
        vault.close()
        raise
    return vault


def _keep_up(vault: Vault, actor: str) -> None:
    now = datetime.now(UTC)
    back = replay(vault, access.destroyed_keys())
    if back:
        actions.record_destroyed(keys=back, people=len(back), why="restored-backup", at=now, actor=actor)
    known = {key for key, _ in access.destroyed_keys()}
    unseen = [key for key in vault.destroyed_ids() if key not in known]
    if unseen:
        actions.record_destroyed(keys=unseen, people=len(unseen), why="seen", at=now, actor=actor)
    try:
        ended = close_windows(vault, now)
    except ProviderUnreachable:
        return  # the promise rotation-complete says so until it can be done
    if ended:
        actions.record_windows_closed(keys=ended, at=now, actor=actor)
