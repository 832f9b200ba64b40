"""The example company on each kind of store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.company import STORES, Company, found, on_sqlite
from tests.services import mariadb_database, postgres_database


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """The company on SQLite, with broken promises planted."""
    return on_sqlite(tmp_path)


@pytest.fixture(
    params=["sqlite", pytest.param("postgres", marks=pytest.mark.service), pytest.param("mariadb", marks=pytest.mark.service)]
)
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Company]:
    """The company on each dialect in turn; on PostgreSQL, Kept's own database is there too."""
    if request.param == "sqlite":
        yield on_sqlite(tmp_path)
        return
    server: sa.URL = request.getfixturevalue(f"{request.param}_service")
    fresh = postgres_database if request.param == "postgres" else mariadb_database
    with ExitStack() as stack:
        urls = {store: stack.enter_context(fresh(server)).render_as_string(hide_password=False) for store in STORES}
        state = stack.enter_context(fresh(server)).render_as_string(hide_password=False) if request.param == "postgres" else ""
        yield found(Company(folder=tmp_path, urls=urls, planted={}, state=state), "--people", "300")
