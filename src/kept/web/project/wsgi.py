"""The door the server knocks at: `kept.web.project.wsgi:application`. Importing it opens the state of the folder in KEPT_FOLDER."""

from __future__ import annotations

import os
from pathlib import Path

from django.core.wsgi import get_wsgi_application

from kept.db import configure_pages

__all__ = ["application"]

configure_pages(Path(os.environ.get("KEPT_FOLDER", ".")))
application = get_wsgi_application()
