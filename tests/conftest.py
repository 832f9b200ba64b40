"""Fixtures for every test."""

from __future__ import annotations

from tests.services import (
    mariadb_service,
    mariadb_url,
    postgres_service,
    postgres_url,
    server_url,
    sqlite_url,
    store_url,
)

__all__ = ["mariadb_service", "mariadb_url", "postgres_service", "postgres_url", "server_url", "sqlite_url", "store_url"]
