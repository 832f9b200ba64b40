"""The servers that the other tests run on are found, or started, or missed with a reason."""

from __future__ import annotations

import shutil
from contextlib import closing

import psycopg
import pytest
import sqlalchemy as sa

from kept.base.questions import ReadSchema
from tests import services
from tests.connectors.stores import opened

pytestmark = pytest.mark.service


def nowhere(url: str) -> str:
    return sa.make_url(url).set(port=services._free_port()).render_as_string(hide_password=False)


def test_a_private_postgresql_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KEPT_TEST_POSTGRES_URL", raising=False)
    monkeypatch.setattr(services, "LOCAL_POSTGRES", nowhere(services.LOCAL_POSTGRES))
    if services._newest("usr/lib/postgresql/*/bin/initdb", "initdb") is None:
        with pytest.raises(services.NoServer, match="install"), services.postgres_server():
            pass
        return
    with services.postgres_server() as server:
        with services.postgres_database(server) as url, opened(url.render_as_string(hide_password=False)) as store:
            assert store.ask(ReadSchema(of="shop")).tables == ()
        port = server.port
    with pytest.raises(psycopg.OperationalError), closing(psycopg.connect(f"host=127.0.0.1 port={port} user=postgres")):
        pass


def test_a_private_mariadb_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KEPT_TEST_MARIADB_URL", raising=False)
    monkeypatch.setattr(services, "LOCAL_MARIADB", nowhere(services.LOCAL_MARIADB))
    if shutil.which("mariadb-install-db") is None:
        with pytest.raises(services.NoServer, match="install"), services.mariadb_server():
            pass
        return
    with (
        services.mariadb_server() as server,
        services.mariadb_database(server) as url,
        opened(url.render_as_string(hide_password=False)) as store,
    ):
        assert store.ask(ReadSchema(of="shop")).tables == ()


@pytest.mark.parametrize(("variable", "server"), [("KEPT_TEST_POSTGRES_URL", "postgres"), ("KEPT_TEST_MARIADB_URL", "mariadb")])
def test_a_url_that_does_not_answer_is_no_reason_to_look_elsewhere(
    monkeypatch: pytest.MonkeyPatch, variable: str, server: str
) -> None:
    local = services.LOCAL_POSTGRES if server == "postgres" else services.LOCAL_MARIADB
    monkeypatch.setenv(variable, nowhere(local))
    lend = services.postgres_server if server == "postgres" else services.mariadb_server
    with pytest.raises(services.NoServer, match=variable), lend():
        pass
