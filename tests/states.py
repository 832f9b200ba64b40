"""Kept's own database with its tables in it: made once a process, and copied where a test does not look at how they are made.

Making them takes half a second, and two with those of the pages. A copy knows no keys: the first who uses it makes them.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from django.db import connections

from kept.db import configure
from kept.db.models import KeyFingerprint
from tests.lending import made_database

__all__ = ["lay_state", "postgres_state"]


def lay_state(folder: Path, *, whole: bool = False) -> None:
    """Put the file into a privacy folder that has none; `whole` with the tables that only pages need."""
    home = folder / ".kept"
    home.mkdir(mode=0o700)
    shutil.copy(_file(whole), home / "state.sqlite3")


@contextmanager
def postgres_state(server: sa.URL, *, whole: bool = False) -> Iterator[sa.URL]:
    """Lend the URL of a PostgreSQL database with the tables; `whole` as above."""
    with made_database(server, f"state {whole}", partial(_make, whole=whole)) as url:
        yield url


@cache
def _file(whole: bool) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="kept-state-"))
    atexit.register(shutil.rmtree, folder)
    made = folder / "state.sqlite3"
    _make(f"sqlite:///{made}", whole=whole)
    made.chmod(0o600)
    return made


def _make(url: str, *, whole: bool) -> None:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setenv("KEPT_DATABASE_URL", url)
        configure(Path(folder), whole=whole)
        KeyFingerprint.objects.all().delete()
        connections.close_all()
