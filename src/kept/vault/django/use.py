"""Which vault a Django project's models use: as `use_vault` was told, or as the setting KEPT says."""

from __future__ import annotations

from threading import Lock
from typing import Any

from django.conf import settings

from kept.base.errors import Refused
from kept.vault.opening import open_vault
from kept.vault.orm_values import InUse
from kept.vault.vault import Vault

__all__ = ["in_use", "use_vault"]

_lock = Lock()
_told: list[InUse] = []


def use_vault(vault: Vault, *, store: str, clear_rows: bool = False) -> None:
    """Seal this project's models under a vault; `store` is the name of their database in Kept's map.

    With `clear_rows`, lookups also find rows that are still in the clear, before `kept vault seal` has run: the searched value then
    goes to the database as it is, beside its blind index. Call it in an AppConfig's `ready`; calling it again replaces the vault.
    """
    with _lock:
        _told[:] = [InUse(vault=vault, store=store, clear_rows=clear_rows)]


def in_use() -> InUse:
    """Return the vault in use; where `use_vault` was not called, that of the setting, opened when it is first needed.

    `KEPT = {"folder": "privacy", "store": "app", "clear_rows": False}`. Raises Refused where neither says it, and as
    `open_vault` does.
    """
    if _told:
        return _told[0]
    said: dict[str, Any] | None = getattr(settings, "KEPT", None)
    if not said or not {"folder", "store"} <= set(said):
        raise Refused(
            "no vault is in use for this project's models",
            todo='Set KEPT = {"folder": …, "store": …}, or call kept.vault.django.use_vault when the program starts.',
        )
    with _lock:
        if not _told:
            clear_rows = bool(said.get("clear_rows", False))
            _told.append(InUse(vault=open_vault(said["folder"]), store=said["store"], clear_rows=clear_rows))
        return _told[0]
