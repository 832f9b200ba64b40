from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.connectors.stores import Store, opened


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A fresh store of each dialect in turn, with nothing in it."""
    with opened(store_url) as one:
        yield one


@pytest.fixture
def server(server_url: str) -> Iterator[Store]:
    with opened(server_url) as one:
        yield one


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Store]:
    with opened(sqlite_url) as one:
        yield one


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[Store]:
    with opened(postgres_url) as one:
        yield one


@pytest.fixture
def mariadb(mariadb_url: str) -> Iterator[Store]:
    with opened(mariadb_url) as one:
        yield one
