"""Real database servers for the tests.

In order: the URL in KEPT_TEST_POSTGRES_URL or KEPT_TEST_MARIADB_URL; a server on this machine that lets its administrator in
without a password; a server started from installed binaries in a temporary folder, for this session, which does not wait for the
disk: it survives being killed, not the loss of power. Where none of the three is there the test is skipped, saying what is missing;
with KEPT_REQUIRE_SERVICES=1 it fails instead.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pymysql
import pytest
import sqlalchemy as sa

from tests.lending import empty_database

START_SECONDS = 60.0
LOCAL_POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"
LOCAL_MARIADB = "mariadb://root@127.0.0.1:3306/mysql"


class NoServer(Exception):
    """No server could be found or started; the message says what was missing."""


def _postgres_answers(url: sa.URL) -> bool:
    try:
        psycopg.connect(_conninfo(url), connect_timeout=3).close()
    except psycopg.Error:
        return False
    return True


def _mariadb_answers(url: sa.URL) -> bool:
    try:
        _mariadb(url).close()
    except pymysql.Error:
        return False
    return True


def _conninfo(url: sa.URL, database: str = "postgres") -> str:
    return url.set(drivername="postgresql", database=database).render_as_string(hide_password=False)


def _mariadb(url: sa.URL) -> pymysql.Connection:
    return pymysql.connect(
        host=url.host or "127.0.0.1",
        port=url.port or 3306,
        user=url.username or "root",
        password=url.password or "",
        connect_timeout=3,
        ssl_disabled=True,
        autocommit=True,
    )


def _free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _account(*names: str) -> dict[str, str | int]:
    """Return how to run a program as an unprivileged account, which servers insist on; nothing when we are one already."""
    if os.geteuid() != 0:
        return {}
    for name in (*names, "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid}
    return {}


def _wait(answers: Callable[[], bool], server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if answers():
            return
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise NoServer(f"the server did not start: {log.read_text(errors='replace')[-500:]}")


@contextmanager
def _folder(account: dict[str, str | int]) -> Iterator[Path]:
    """Lend a folder that the account owns."""
    with tempfile.TemporaryDirectory(prefix="kept-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if account:
            os.chown(folder, int(account["user"]), int(account["group"]))
        yield folder


@contextmanager
def _running(command: list[str], folder: Path, account: dict[str, str | int], answers: Callable[[], bool]) -> Iterator[None]:
    log = folder / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output, cwd=folder, **account)  # type: ignore[call-overload]  # user, group
    try:
        _wait(answers, server, log)
        yield
    finally:
        server.terminate()
        try:
            server.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _newest(pattern: str, name: str) -> str | None:
    found = sorted(Path("/").glob(pattern), key=lambda path: [int(part) for part in path.parts if part.isdigit()])
    return str(found[-1]) if found else shutil.which(name)


@contextmanager
def postgres_server() -> Iterator[sa.URL]:
    """Lend the URL of a PostgreSQL server's administrator. Raises NoServer."""
    given = os.environ.get("KEPT_TEST_POSTGRES_URL")
    url = sa.make_url(given or LOCAL_POSTGRES)
    if _postgres_answers(url):
        yield url
        return
    if given:
        raise NoServer("nothing answers at KEPT_TEST_POSTGRES_URL")
    initdb = _newest("usr/lib/postgresql/*/bin/initdb", "initdb")
    if initdb is None:
        raise NoServer("no PostgreSQL: set KEPT_TEST_POSTGRES_URL or install the package postgresql")
    account = _account("postgres")
    with _folder(account) as folder:
        cluster = folder / "cluster"
        made = [initdb, "-D", str(cluster), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
        subprocess.run(made, check=True, capture_output=True, cwd=folder, **account)  # type: ignore[call-overload]  # user, group
        port = _free_port()
        mine = url.set(port=port)
        command = [
            str(Path(initdb).with_name("postgres")),
            "-D",
            str(cluster),
            "-p",
            str(port),
            "-k",
            str(folder),
            "-h",
            "127.0.0.1",
            "-c",
            "fsync=off",
        ]
        with _running(command, folder, account, lambda: _postgres_answers(mine)):
            yield mine


@contextmanager
def mariadb_server() -> Iterator[sa.URL]:
    """Lend the URL of a MariaDB server's administrator. Raises NoServer."""
    given = os.environ.get("KEPT_TEST_MARIADB_URL")
    url = sa.make_url(given or LOCAL_MARIADB)
    if _mariadb_answers(url):
        yield url
        return
    if given:
        raise NoServer("nothing answers at KEPT_TEST_MARIADB_URL")
    server, install = _newest("usr/sbin/mariadbd", "mariadbd"), shutil.which("mariadb-install-db")
    if server is None or install is None:
        raise NoServer("no MariaDB: set KEPT_TEST_MARIADB_URL or install the package mariadb-server")
    account = _account("mysql")
    with _folder(account) as folder:
        files = folder / "files"
        made = [install, "--no-defaults", f"--datadir={files}", "--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(made, check=True, capture_output=True, cwd=folder, **account)  # type: ignore[call-overload]  # user, group
        port = _free_port()
        mine = url.set(port=port)
        command = [server, "--no-defaults", f"--datadir={files}", f"--port={port}", "--bind-address=127.0.0.1"]
        command += [f"--socket={folder / 'socket'}", f"--pid-file={folder / 'pid'}", "--skip-log-bin"]
        command += ["--innodb-flush-log-at-trx-commit=2"]
        with _running(command, folder, account, lambda: _mariadb_answers(mine)):
            yield mine


@contextmanager
def postgres_database(server: sa.URL, *, options: str = "") -> Iterator[sa.URL]:
    """Lend the URL of a new, empty database, dropped afterwards; `options` are those of CREATE DATABASE."""
    name = f"kept_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(_conninfo(server), autocommit=True) as administrator:
        administrator.execute(f'CREATE DATABASE "{name}" {options}')
    try:
        yield server.set(drivername="postgresql", database=name)
    finally:
        with psycopg.connect(_conninfo(server), autocommit=True) as administrator:
            administrator.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def mariadb_database(server: sa.URL) -> Iterator[sa.URL]:
    """Lend the URL of a new, empty database, dropped afterwards."""
    name = f"kept_test_{uuid.uuid4().hex[:12]}"
    with closing(_mariadb(server)) as administrator, administrator.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
        try:
            yield server.set(drivername="mariadb", database=name)
        finally:
            cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")


def _or_skip(missing: NoServer) -> None:
    if os.environ.get("KEPT_REQUIRE_SERVICES") == "1":
        pytest.fail(str(missing))
    pytest.skip(str(missing))


@pytest.fixture(scope="session")
def postgres_service() -> Iterator[sa.URL]:
    """The administrator's URL of a PostgreSQL server."""
    try:
        with postgres_server() as url:
            yield url
    except NoServer as missing:
        _or_skip(missing)


@pytest.fixture(scope="session")
def mariadb_service() -> Iterator[sa.URL]:
    """The administrator's URL of a MariaDB server."""
    try:
        with mariadb_server() as url:
            yield url
    except NoServer as missing:
        _or_skip(missing)


@pytest.fixture
def postgres_url(postgres_service: sa.URL) -> Iterator[str]:
    """The URL of an empty PostgreSQL database."""
    with empty_database(postgres_service) as url:
        yield url.render_as_string(hide_password=False)


@pytest.fixture
def mariadb_url(mariadb_service: sa.URL) -> Iterator[str]:
    """The URL of a fresh, empty MariaDB database."""
    with mariadb_database(mariadb_service) as url:
        yield url.render_as_string(hide_password=False)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a fresh, empty SQLite file."""
    path = tmp_path / "store.db"
    path.touch()
    return f"sqlite:///{path}"


DIALECTS = [
    pytest.param("sqlite", id="sqlite"),
    pytest.param("postgres", id="postgresql", marks=pytest.mark.service),
    pytest.param("mariadb", id="mariadb", marks=pytest.mark.service),
]


@pytest.fixture(params=DIALECTS)
def store_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, empty database, for each of the three dialects in turn."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=DIALECTS[1:])
def server_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, empty database, for each of the two servers in turn."""
    return str(request.getfixturevalue(f"{request.param}_url"))
