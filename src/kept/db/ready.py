"""Importing this sets Django up, so that `kept.db.actions` and `kept.db.access` can be imported before a folder is chosen."""

from __future__ import annotations

from .setup import prepare

__all__ = ["READY"]

prepare()

READY = True
