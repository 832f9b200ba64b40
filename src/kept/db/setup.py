"""Pointing Kept at the state of one privacy folder: Django set up once, the database brought up to date, the keys at hand."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from django.conf import settings
from django.db import connections

from kept.base.errors import Refused

from . import keys
from .location import database_of
from .upgrade import bring_up_to_date

__all__ = ["configure", "prepare"]

SETTINGS = "kept.db.settings"
PRIVATE = 0o700


def prepare() -> None:
    """Set Django up, if that has not been done in this process. Opens no database and touches no disk."""
    if not settings.configured:
        os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    if not apps.ready:
        django.setup()


def configure(folder: Path) -> None:
    """Use the state of this privacy folder from now on, making and upgrading it where that is needed.

    The state is `.kept/` in the folder, or the database that KEPT_DATABASE_URL names; the keys are always in `.kept/keys/`. Called
    again for another folder, it switches this thread over. Raises SourceError where the database cannot be reached or
    written, Refused where it is newer than this Kept, or where its keys are missing or not the ones it was made with.
    """
    prepare()
    home = folder.resolve() / ".kept"
    _make_private(home)
    _point_at(folder.resolve())
    bring_up_to_date(home)
    keys.use(home / "keys")


def _make_private(home: Path) -> None:
    try:
        home.mkdir(mode=PRIVATE, exist_ok=True)
        ignore = home / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", "ascii")
    except OSError as error:
        raise Refused(
            f"The folder {home} cannot be made ({error.strerror})", todo="Give the privacy folder, and the right to write in it."
        ) from error


def _point_at(folder: Path) -> None:
    wanted = connections.configure_settings({"default": database_of(folder, os.environ)})["default"]
    if connections.settings["default"] != wanted:
        connections.close_all()
        connections.settings["default"] = wanted
        with contextlib.suppress(AttributeError):  # this thread has not opened it yet
            del connections["default"]
    _keep_to_oneself(wanted)


def _keep_to_oneself(database: dict[str, Any]) -> None:
    """Make a new SQLite file readable by its owner alone; SQLite gives its companions the same rights."""
    path = Path(str(database["NAME"]))
    if database["ENGINE"].endswith("sqlite3") and path.parent.is_dir() and not path.exists():
        with contextlib.suppress(OSError):  # what stands in the way is told when the database is opened
            path.touch(mode=0o600)
