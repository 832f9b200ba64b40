"""The example company on each kind of store, and with a worker in it whose clock is the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa

from kept.db import configure
from kept.db.access.bundles import bundle_folder
from kept.db.models import Account, Job, Request, Restraint
from tests.company import PAGES, STORES, Company, found, on_sqlite
from tests.lending import empty_database
from tests.services import mariadb_database
from tests.workflows.asking import Town, requests_as


@pytest.fixture(autouse=True)
def pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Say where the pages are, as `kept serve` does: letters with links are not written otherwise."""
    monkeypatch.setenv("KEPT_ADDRESS", PAGES)


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
    fresh = empty_database if request.param == "postgres" else mariadb_database
    with ExitStack() as stack:
        urls = {store: stack.enter_context(fresh(server)).render_as_string(hide_password=False) for store in STORES}
        state = stack.enter_context(fresh(server)).render_as_string(hide_password=False) if request.param == "postgres" else ""
        yield found(Company(folder=tmp_path, urls=urls, planted={}, state=state), "--people", "300")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The company that the tests of a module share."""
    return on_sqlite(tmp_path_factory.mktemp("company"), pages=True)


@pytest.fixture
def requests_said() -> tuple[str, ...]:
    """What kept.toml says about requests."""
    return ()


@pytest.fixture
def town(made: Company, requests_said: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """The shared company with a clock of the test's own; what was asked, and what came of it, is taken away again."""
    for store, url in made.urls.items():
        monkeypatch.setenv(f"AURIGEN_{store.upper()}_URL", url)
    configure(made.privacy, whole=True)
    with requests_as(made, *requests_said):
        town = Town(made)
        yield town
    town.world.close()
    for left in (Restraint, Request, Account, Job):
        left.objects.all().delete()
    for file in bundle_folder().glob("*"):
        file.unlink()
