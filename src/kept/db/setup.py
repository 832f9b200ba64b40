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

__all__ = ["configure", "configure_pages", "disconnect", "prepare"]

SETTINGS = "kept.db.settings"
PAGES = "kept.web.project.settings"
PRIVATE = 0o700


def prepare() -> None:
    """Set Django up, if that has not been done in this process. Opens no database and touches no disk.

    A process that shows pages names their settings in DJANGO_SETTINGS_MODULE; any other gets the few that the database needs.
    """
    if not settings.configured and os.environ.get("DJANGO_SETTINGS_MODULE") != PAGES:
        os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    if not apps.ready:
        django.setup()


def configure(folder: Path, *, whole: bool = False) -> None:
    """Use the state of this privacy folder from now on, making and upgrading it where that is needed.

    The state is `.kept/` in the folder, or the database that KEPT_DATABASE_URL names; the keys are always in `.kept/keys/`. Called
    again for another folder, it switches this thread over. `whole` brings the tables that only pages need.

    Raises SourceError where the database cannot be reached or written, Refused where it is newer than this Kept, or where its keys
    are missing or not the ones it was made with.
    """
    prepare()
    home = folder.resolve() / ".kept"
    _make_private(home)
    _point_at(folder.resolve())
    bring_up_to_date(home, whole=whole)
    keys.use(home / "keys")


def configure_pages(folder: Path) -> None:
    """Set this process up to show pages, or to work for them: their settings, and `configure` with every table.

    Raises as `configure` does, PolicyErrors where kept.toml cannot be read, and Refused where Django was set up without the pages.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = PAGES
    os.environ["KEPT_FOLDER"] = str(folder.resolve())
    configure(folder, whole=True)
    if not apps.is_installed("allauth.account"):
        raise Refused("This process was set up without the pages", todo="Call configure_pages before anything else of kept.db.")


def disconnect() -> None:
    """Let go of this thread's connection; the next question opens another. A process that is forked with one open shares it."""
    connections.close_all()


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
