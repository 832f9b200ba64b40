"""The Django app."""

from __future__ import annotations

from django.apps import AppConfig

__all__ = ["KeptConfig"]


class KeptConfig(AppConfig):
    """Kept's one Django app; its tables begin with `kept_`."""

    name = "kept.db"
    label = "kept"
    default_auto_field = "django.db.models.BigAutoField"
