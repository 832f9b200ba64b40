"""Every test in this folder runs on SQLite and on PostgreSQL, on a database of its own, with Kept configured as in real use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import sqlalchemy as sa
from django.db import connections

from kept.db import configure
from tests.states import lay_state, postgres_state

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
    """Point KEPT_DATABASE_URL at a database with Kept's tables, or leave it unset for the SQLite file in the folder."""
    if request.param == "sqlite":
        monkeypatch.delenv("KEPT_DATABASE_URL", raising=False)
        yield None
        return
    server = sa.make_url(request.getfixturevalue("postgresql"))
    with postgres_state(server, whole="whole" in request.fixturenames) as made:
        url = made.render_as_string(hide_password=False)
        monkeypatch.setenv("KEPT_DATABASE_URL", url)
        yield url


@pytest.fixture
def folder(request: pytest.FixtureRequest, database_url: str | None, tmp_path: Path) -> Iterator[Path]:
    """Return a privacy folder whose state is in use."""
    home, whole = tmp_path / "privacy", "whole" in request.fixturenames
    home.mkdir()
    if database_url is None:
        lay_state(home, whole=whole)
    configure(home, whole=whole)
    yield home
    connections.close_all()


@pytest.fixture
def whole(folder: Path) -> None:
    """Asked for where a test needs the tables of the pages too."""


@pytest.fixture
def empty_postgresql(postgresql: str) -> AbstractContextManager[str]:
    """Return a context that makes an empty PostgreSQL database and yields its URL."""
    return fresh_postgresql(postgresql)
