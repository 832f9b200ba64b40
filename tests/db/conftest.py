"""Every test in this folder runs on SQLite and on PostgreSQL, on a database of its own, with Kept configured as in real use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.db import connections

from kept.db import configure

from .databases import find_postgresql, fresh_postgresql


@pytest.fixture(scope="session")
def postgresql() -> str:
    """Return the URL of a PostgreSQL server, or skip."""
    url = find_postgresql()
    if url is None:
        pytest.skip("no PostgreSQL server answers; set KEPT_TEST_POSTGRES_URL")
    return url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str | None]:
    """Point KEPT_DATABASE_URL at an empty database, or leave it unset for the SQLite file in the folder."""
    if request.param == "sqlite":
        monkeypatch.delenv("KEPT_DATABASE_URL", raising=False)
        yield None
        return
    with fresh_postgresql(request.getfixturevalue("postgresql")) as url:
        monkeypatch.setenv("KEPT_DATABASE_URL", url)
        yield url


@pytest.fixture
def folder(database_url: str | None, tmp_path: Path) -> Iterator[Path]:
    """Return a privacy folder whose state is in use."""
    home = tmp_path / "privacy"
    home.mkdir()
    configure(home)
    yield home
    connections.close_all()


@pytest.fixture
def empty_postgresql(postgresql: str) -> AbstractContextManager[str]:
    """Return a context that makes an empty PostgreSQL database and yields its URL."""
    return fresh_postgresql(postgresql)
