"""Where letters go: to the mail server that kept.toml names, or into files where none is named."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from kept.base.errors import Refused
from kept.policy.settings import Settings

__all__ = ["mail_settings"]

SECONDS = 20
PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


def mail_settings(settings: Settings, home: Path, environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Return Django's settings for mail. Raises Refused where the variable is unset or holds no mail server's URL.

    `smtp://host`, `smtp+tls://user:password@host:587` (STARTTLS) and `smtps://…` are understood.
    """
    sender = {"DEFAULT_FROM_EMAIL": settings.web.sender or settings.company.contact}
    if settings.web.mail is None:
        return {
            **sender,
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": str(home / "mail"),
        }
    variable = settings.web.mail.variable
    url = urlsplit(environment.get(variable, ""))
    if url.scheme not in PORTS or not url.hostname:
        raise Refused(
            f"The variable {variable} holds no mail server's URL",
            todo="Set it to smtp://host, smtp+tls://user:password@host:587 or smtps://user:password@host.",
        )
    return {
        **sender,
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": url.hostname,
        "EMAIL_PORT": url.port or PORTS[url.scheme],
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_TLS": url.scheme == "smtp+tls",
        "EMAIL_USE_SSL": url.scheme == "smtps",
        "EMAIL_TIMEOUT": SECONDS,
    }
