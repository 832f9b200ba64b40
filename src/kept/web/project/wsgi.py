"""The door the server knocks at: `kept.web.project.wsgi:application`. Importing it opens the state of the folder in KEPT_FOLDER."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

from django.core.wsgi import get_wsgi_application

from kept.db import configure_pages

__all__ = ["application"]

configure_pages(Path(os.environ.get("KEPT_FOLDER", ".")))
application = get_wsgi_application()


def _ask_once() -> None:
    """Ask for the first page, so that nobody waits for the second that loading addresses and templates takes."""
    environment: dict[str, Any] = {"HTTP_HOST": "localhost"}
    setup_testing_defaults(environment)
    for _ in application(environment, lambda *_: None):  # type: ignore[arg-type]  # what is written goes nowhere
        pass


_ask_once()
