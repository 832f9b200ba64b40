"""Django's settings for Kept's own database. Importing this opens nothing and touches no disk.

`KEPT_DATABASE_URL` names the database (sqlite:///… or postgresql://…); without it, Kept keeps a SQLite file in the privacy folder,
which `kept.db.configure` fills in.
"""

from __future__ import annotations

import os
import secrets

from .location import IN_MEMORY, database_at

SECRET_KEY = secrets.token_hex(32)  # Kept's own database needs none: nothing is signed with it, so a new one a process will do.
INSTALLED_APPS = ["kept.db"]
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGGING_CONFIG = None
DATABASES = {"default": database_at(os.environ.get("KEPT_DATABASE_URL") or IN_MEMORY)}
