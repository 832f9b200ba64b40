"""Django's settings for Kept's own database."""

from __future__ import annotations

SECRET_KEY = "unused"  # noqa: S105 - nothing is signed with it yet
INSTALLED_APPS = ["kept.db"]
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
