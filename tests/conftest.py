"""Fixtures for every test."""

from __future__ import annotations

from tests.pages import FOLDER
from tests.services import (
    mariadb_service,
    mariadb_url,
    postgres_service,
    postgres_url,
    server_url,
    sqlite_url,
    store_url,
)
from tests.spreading import pytest_xdist_make_scheduler

__all__ = [
    "FOLDER",
    "mariadb_service",
    "mariadb_url",
    "postgres_service",
    "postgres_url",
    "pytest_xdist_make_scheduler",
    "server_url",
    "sqlite_url",
    "store_url",
]
