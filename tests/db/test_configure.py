from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from kept.base.errors import Refused, SourceError, StoreRefused, StoreUnreachable
from kept.db import access, actions, configure
from kept.db.models import Request
from kept.db.upgrade import APP
from tests.company import ROOT
from tests.warm import Started

from .test_actions import AT, POLICY
from .worker import WORKER


def run_something() -> None:
    actions.record_run(policy=POLICY, findings=(), at=AT, actor="cli")


def test_the_models_and_the_migrations_agree(folder: Path) -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_configuring_again_changes_nothing(folder: Path) -> None:
    run_something()
    key = access.verifier_key()
    configure(folder)
    assert access.verifier_key() == key
    assert len(access.history()) == 1


def test_secrets_are_readable_by_their_owner_only(folder: Path) -> None:
    keys = folder / ".kept" / "keys"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in keys.iterdir()} == {
        "ledger.ed25519": 0o600,
        "tombstone.key": 0o600,
    }
    assert (folder / ".kept" / ".gitignore").read_text() == "*\n"


def test_a_ledger_is_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KEPT_DATABASE_URL", raising=False)
    monkeypatch.setenv("KEPT_LEDGER_ORIGIN", "aurigen.example/privacy")
    configure(tmp_path)
    assert access.verifier_key().startswith("aurigen.example/privacy+")
    connections.close_all()


def test_two_folders_do_not_mix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KEPT_DATABASE_URL", raising=False)
    first, second = tmp_path / "first", tmp_path / "second"
    for home in (first, second):
        home.mkdir()
        configure(home)
        assert access.history() == ()
        run_something()
    configure(first)
    assert len(access.history()) == 1
    connections.close_all()


def test_a_newer_database_is_refused(folder: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES (%s, '0999_future', CURRENT_TIMESTAMP)", [APP])
    with pytest.raises(Refused, match="0999_future"):
        configure(folder)


@pytest.mark.parametrize("name", ["ledger.ed25519", "tombstone.key"])
def test_a_missing_key_is_not_made_anew(folder: Path, name: str) -> None:
    (folder / ".kept" / "keys" / name).unlink()
    with pytest.raises(Refused, match=f"{name} is missing"):
        configure(folder)
    assert not (folder / ".kept" / "keys" / name).exists()


@pytest.mark.parametrize("name", ["ledger.ed25519", "tombstone.key"])
def test_the_keys_of_another_ledger_are_refused(folder: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.delenv("KEPT_DATABASE_URL", raising=False)
        (tmp_path / "other").mkdir()
        configure(tmp_path / "other")
    shutil.copy(tmp_path / "other/.kept/keys" / name, folder / ".kept/keys" / name)
    with pytest.raises(Refused, match="not the one this database was made with"):
        configure(folder)


def test_a_second_machine_without_the_keys_is_refused(
    postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    with request.getfixturevalue("empty_postgresql") as url:
        monkeypatch.setenv("KEPT_DATABASE_URL", url)
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
        configure(tmp_path / "one")
        with pytest.raises(Refused, match="missing"):
            configure(tmp_path / "two")
        shutil.copytree(tmp_path / "one/.kept/keys", tmp_path / "two/.kept/keys", dirs_exist_ok=True)
        configure(tmp_path / "two")
        connections.close_all()


def test_nothing_works_before_a_folder_is_chosen() -> None:
    code = "from kept.db import access; access.verifier_key()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "Refused: No privacy folder is in use" in done.stderr


@pytest.mark.parametrize(
    "url",
    ["mysql://root:secret@127.0.0.1/kept", "nonsense", "postgresql://root:secret@127.0.0.1:1/kept", "sqlite:////nowhere/at/all"],
)
def test_a_database_that_cannot_be_reached_says_so(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT_DATABASE_URL", url)
    with pytest.raises(SourceError, match="Kept's own database cannot be") as failure:
        configure(tmp_path)
    assert "secret" not in str(failure.value)
    assert failure.value.changed == "nothing was changed"
    connections.close_all()


def test_a_file_that_is_no_database_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KEPT_DATABASE_URL", raising=False)
    (tmp_path / ".kept").mkdir()
    (tmp_path / ".kept/state.sqlite3").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreUnreachable, match="file is not a database"):
        configure(tmp_path)
    connections.close_all()


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be made"):
        configure(tmp_path / "not" / "there")


def test_a_database_that_may_not_be_written_says_so_and_can_still_be_read(folder: Path) -> None:
    run_something()
    read_only = "PRAGMA query_only = 1" if connection.vendor == "sqlite" else "SET default_transaction_read_only = on"
    with connection.cursor() as cursor:
        cursor.execute(read_only)
    with pytest.raises(StoreRefused, match=r"cannot be written to .*; nothing was changed"):
        run_something()
    assert len(access.history()) == 1


def test_a_database_that_is_locked_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KEPT_DATABASE_URL", raising=False)
    configure(tmp_path)
    other = sqlite3.connect(tmp_path / ".kept/state.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 50")
    with pytest.raises(StoreRefused, match="busy"):
        run_something()
    other.close()
    run_something()
    connections.close_all()


@pytest.mark.service
def test_a_lost_connection_is_told_and_opened_again(
    request: pytest.FixtureRequest, postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with request.getfixturevalue("empty_postgresql") as url:
        monkeypatch.setenv("KEPT_DATABASE_URL", url)
        configure(tmp_path)
        killer = connections.create_connection("default")
        with killer.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        killer.close()
        with pytest.raises(StoreUnreachable):
            run_something()
        run_something()
        assert len(access.history()) == 1
        connections.close_all()


def test_processes_that_start_together_make_one_database(folder: Path, tmp_path: Path, database_url: str | None) -> None:
    home = folder
    if database_url is None:
        home = tmp_path / "fresh"
        home.mkdir()
    else:
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        shutil.rmtree(folder / ".kept")
    started = [Started([*WORKER, str(home), "run", "1", str(number)], cwd=ROOT) for number in range(4)]
    assert [worker.rest() for worker in started] == [(f"{number}-0\n".encode(), 0) for number in range(4)]
    configure(home)
    assert len(access.history()) == 4


def test_importing_opens_nothing_and_touches_no_disk(tmp_path: Path) -> None:
    code = (
        "import sys, kept.ledger; assert 'django' not in sys.modules\n"
        "import kept.db, kept.db.settings; assert 'kept.db.models' not in sys.modules\n"
        "from kept.db import access, actions, registers\n"
        "from django.db import connections; assert all(one.connection is None for one in connections.all())"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    assert list(tmp_path.iterdir()) == []


def test_requests_from_before_they_had_dates_are_carried_over(folder: Path) -> None:
    executor = MigrationExecutor(connection)
    executor.migrate([(APP, "0003_the_web")])
    former = executor.loader.project_state([(APP, "0003_the_web")]).apps
    account = former.get_model(APP, "Account").objects.create(email="ada@example.org", subject="account:7")
    made = {"right": "access", "channel": "centre", "note": "Please.", "received_at": AT, "changed_at": AT}
    former.get_model(APP, "Request").objects.create(account=account, ref="AbCdEfGhIjKl", **made)
    configure(folder)
    (request,) = Request.objects.all()
    assert (request.ref, request.note, request.key, request.account_id) == ("AbCdEfGhIjKl", "Please.", "", account.pk)
    assert request.work_by - request.received_at == timedelta(days=30)
    assert (request.stage, request.wake_at) == ("", None), "staff go on with it; no worker does"
