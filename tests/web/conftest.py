"""A site a test: the example company's privacy folder, copied, with a state database that was migrated once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import caches
from django.test import override_settings

from kept.db import configure
from tests.pages import ROOT
from tests.states import postgres_state
from tests.web.site import Site


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A privacy folder whose state database has every table, and keys."""
    folder = tmp_path_factory.mktemp("founded") / "privacy"
    shutil.copytree(ROOT / "examples" / "aurigen" / "privacy", folder, ignore=shutil.ignore_patterns(".kept"))
    configure(folder, whole=True)
    return folder


@pytest.fixture
def site(founded: Path, tmp_path: Path) -> Iterator[Site]:
    """The pages over a folder of the test's own, with Kept's state in SQLite."""
    folder = tmp_path / "privacy"
    shutil.copytree(founded, folder)
    yield from _at(folder)


@pytest.fixture(params=["sqlite", "postgres"])
def any_site(request: pytest.FixtureRequest, founded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The same with Kept's state in SQLite and in PostgreSQL: for what a database could do differently."""
    folder = tmp_path / "privacy"
    if request.param == "sqlite":
        shutil.copytree(founded, folder)
        yield from _at(folder)
        return
    shutil.copytree(founded, folder, ignore=shutil.ignore_patterns(".kept"))
    with postgres_state(request.getfixturevalue("postgres_service"), whole=True) as url:
        monkeypatch.setenv("KEPT_DATABASE_URL", url.render_as_string(hide_password=False))
        yield from _at(folder)


def _at(folder: Path) -> Iterator[Site]:
    configure(folder, whole=True)
    caches["process"].clear()
    with override_settings(FOLDER=folder, HOME=folder / ".kept", EMAIL_FILE_PATH=str(folder / ".kept" / "mail")):
        yield Site(folder=folder)
