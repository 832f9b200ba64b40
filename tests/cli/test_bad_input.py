"""Whatever is wrong ends in a clear error or an unknown, with exit code 2; nothing is lost and no traceback is shown.

`Shop.kept` itself fails on a traceback, and on an error that Kept did not foresee.
"""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import uuid
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from tests.cli.shop import TABLES, TODAY, Shop, opened, script
from tests.company import KEPT
from tests.lending import empty_database

WRONG = [
    ("promises.yaml", "promise: documented", "promise: documentd", "promises.yaml:9:18: 'documentd' is not a promise"),
    ("promises.yaml", "keep: 24 months", "kep: 24 months", "promises.yaml:18:9: unknown key 'kep'. Did you mean 'keep'?"),
    (
        "promises.yaml",
        "keep: 24 months",
        "keep: 50000 years",
        "promises.yaml:18:15: keep: '50000 years' is longer than any promise",
    ),
    ("promises.yaml", '"2.1":', '"1.1":', "promises.yaml:15:3: the key '1.1' is already given on line 6"),
    ("promises.yaml", "purposes: [service]", "tables: [app.nope]", "promises.yaml:19:18: the map has no table 'app.nope'"),
    ("policy.md", 'id: "2.1"', 'id: "1.1"', "policy.md:34:1: clause '1.1' is already on line 14"),
    ("kept.toml", "env:APP_DATABASE_URL", "postgresql://u:hush@h/x", "kept.toml:14:7: url: this must name an environment variable"),
    ("map/app.yaml", "region: eu", "region: [eu]", "map/app.yaml:6:9: region: expected a text, found a list"),
]


@pytest.mark.parametrize(("file", "was", "becomes", "says"), WRONG, ids=[one[2] for one in WRONG])
def test_a_wrong_folder_is_told_with_file_line_and_column(shop: Shop, file: str, was: str, becomes: str, says: str) -> None:
    shop.change(file, was, becomes)
    ran = shop.kept("check")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert f"privacy/{says}" in ran.stderr
    assert "hush" not in ran.stderr


def test_every_error_of_a_folder_is_told_at_once(shop: Shop) -> None:
    shop.change("promises.yaml", "promise: documented", "promise: documentd")
    shop.change("map/app.yaml", "category: user.name", "category: usr.name")
    (shop.privacy / "purposes.yaml").write_bytes(b"\xff\xfe\0")
    told = shop.kept("plan").stderr.splitlines()
    assert {line.removeprefix("error: ").split(":")[0] for line in told} == {
        "privacy/promises.yaml",
        "privacy/purposes.yaml",
        "privacy/map/app.yaml",
    }


URLS = [
    ("", "the environment variable APP_DATABASE_URL is not set"),
    ("oracle://u:hush@h/x", "a URL that begins with oracle://"),
    ("postgresql://u:hush@127.0.0.1:9/x", "no connection to the store app (connection refused)"),
    ("mysql://u:hush@127.0.0.1:9/x?nope=1", "options that its driver does not know: nope"),
    ("postgresql://u:hush@127.0.0.1:port/x", "the URL of the store app cannot be read"),
    ("sqlite:////nowhere/at/all.sqlite3", "no connection to the store app (no such file, or no right to open it)"),
]


@pytest.mark.parametrize(("url", "says"), URLS, ids=[one[0] or "none" for one in URLS])
def test_a_store_that_is_away_is_unknown(tmp_path: Path, url: str, says: str) -> None:
    shop = opened(tmp_path, url=url or "none")
    check = shop.kept("check", APP_DATABASE_URL=url)
    assert check.returncode == 2
    assert says in check.stdout
    assert "✗ broken 0" in check.stdout
    assert "hush" not in check.stdout + check.stderr


def test_a_store_that_is_away_cannot_be_scanned(shop: Shop) -> None:
    scan = shop.kept("scan", "app", APP_DATABASE_URL="postgresql://u:hush@127.0.0.1:9/x")
    assert (scan.returncode, scan.stdout) == (2, "")
    assert "no connection to the store app (connection refused)" in scan.stderr
    assert scan.stderr.count("nothing was changed") == 1
    assert "hush" not in scan.stderr


def test_a_store_that_goes_away_before_apply_loses_nothing(shop: Shop) -> None:
    assert shop.kept("plan", "--as-of", TODAY).returncode == 1
    away = shop.kept("apply", "--as-of", TODAY, APP_DATABASE_URL="postgresql://u:hush@127.0.0.1:9/x")
    assert away.returncode == 2
    assert "nothing was changed" in away.stderr
    assert '"unfinished_plans": []' in shop.kept("status", "--format", "json").stdout, "a refused plan was never begun"
    assert shop.kept("apply", "--as-of", TODAY).returncode == 0


@pytest.mark.service
def test_a_store_that_refuses_a_right_is_unknown(postgres_service: sa.URL, tmp_path: Path) -> None:
    with empty_database(postgres_service) as url:
        shop = opened(tmp_path, url=url.render_as_string(hide_password=False))
        role = f"kept_test_{uuid.uuid4().hex[:12]}"
        tables = TABLES.replace("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30)\n", "")
        tables = tables.replace("NULL FROM n", "NULL FROM generate_series(1, 30) AS n (i)")
        libpq = url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(libpq, autocommit=True) as owner:
            owner.execute(tables.replace("'active', NULL FROM", "'active', NULL::timestamp FROM").encode())
            owner.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'hush'".encode())
            owner.execute(f"GRANT SELECT ON events TO {role}".encode())
        try:
            refused = url.set(username=role, password="hush").render_as_string(hide_password=False)
            ran = shop.kept("check", "--as-of", TODAY, APP_DATABASE_URL=refused)
            assert ran.returncode in (1, 2)
            assert "the store refused the right to use app.accounts. Grant the right to Kept's account." in ran.stdout
            assert "3 rows of app.events older than 1 year" in ran.stdout, "what may be seen is still judged"
            assert "hush" not in ran.stdout + ran.stderr
            plan = shop.kept("plan", "--as-of", TODAY, APP_DATABASE_URL=refused)
            assert plan.returncode == 1
            apply = shop.kept("apply", "--as-of", TODAY, APP_DATABASE_URL=refused)
            assert apply.returncode == 2
            assert "the store refused the right to use app.events" in apply.stdout + apply.stderr
            with psycopg.connect(libpq) as owner:
                assert owner.execute("SELECT count(*) FROM events").fetchone() == (30,)
        finally:
            with psycopg.connect(libpq, autocommit=True) as owner:
                owner.execute(f"REVOKE ALL ON events FROM {role}".encode())
                owner.execute(f"DROP ROLE {role}".encode())


NAMES = """store: app
region: eu
tables:
  Order:
    what: Orders.
    subject: {kind: customer, key: "my id"}
    source: direct
    purposes: [service]
    retention: {keep: 24 months, after: "closed; at"}
    fields:
      "my id": {category: user.unique_id, erasure: keep}
      "e\\"mail": {category: user.contact.email}
      "ip address": {category: user.device.ip_address, coarse: ip}
  "x'); DROP TABLE t; --":
    what: Lines of orders.
    links: [{column: "select", to: app.Order."my id"}]
    source: automatic
    purposes: [reliability]
    retention: {keep: 12 months, after: "2024"}
    fields:
      "select": {category: user.unique_id.pseudonymous}
      "näme %s :x": {category: user.name}
"""
QUOTED = """
CREATE TABLE "Order" ("my id" INTEGER PRIMARY KEY, "e""mail" TEXT, "ip address" TEXT, "closed; at" TIMESTAMP);
CREATE TABLE "x'); DROP TABLE t; --"
    (id INTEGER PRIMARY KEY, "select" INTEGER REFERENCES "Order" ("my id"), "näme %s :x" TEXT, "2024" TIMESTAMP);
CREATE TABLE t (id INTEGER);
INSERT INTO "Order" VALUES (1, 'a@example.com', '203.0.113.7', '2020-01-01 00:00:00'),
    (2, 'b@example.com', '203.0.113.9', '2026-11-01 00:00:00');
INSERT INTO "x'); DROP TABLE t; --" VALUES (1, 1, 'Ann Lee', '2020-01-01 00:00:00'), (2, 2, 'Bo Lee', '2026-11-01 00:00:00'),
    (3, 2, 'Bo Lee', '2020-01-01 00:00:00');
"""


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.service)])
def test_names_that_need_quoting_go_through_the_whole_loop(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    url = ""
    if kind == "postgres":
        url = request.getfixturevalue("postgres_url")
        with psycopg.connect(url, autocommit=True) as store:
            store.execute(QUOTED.encode())
    shop = opened(tmp_path, tables=QUOTED, url=url)
    shop.write("map/app.yaml", NAMES + 'not_personal: ["t"]\n')
    shop.change("promises.yaml", "      - promise: documented ", "      - promise: coarse-network\n      - promise: documented ")
    shop.change("promises.yaml", "user.telemetry,", "user.telemetry, user.device.ip_address,")
    assert shop.kept("scan", "app").returncode == 1
    check = shop.kept("check", "--as-of", TODAY)
    assert check.returncode == 1
    assert "? unknown 0" in check.stdout
    assert '2 rows of app."x\'); DROP TABLE t; --" older than 1 year' in check.stdout
    assert shop.kept("plan", "--as-of", TODAY, "--allow-share", "1").returncode == 1
    apply = shop.kept("apply", "--as-of", TODAY)
    assert apply.returncode == 0, apply.stdout + apply.stderr
    assert shop.kept("check", "--as-of", TODAY, "--format", "sarif").returncode == 0
    asked = ('SELECT "my id", "ip address" FROM "Order"', 'SELECT id FROM "x\'); DROP TABLE t; --"', "SELECT count(*) FROM t")
    assert found(shop, asked) == [[(2, "203.0.113.0")], [(2,)], [(0,)]]


def found(shop: Shop, statements: tuple[str, ...]) -> list[list[tuple[object, ...]]]:
    if shop.url.startswith("sqlite"):
        with closing(sqlite3.connect(shop.folder / "app.sqlite3")) as store:
            return [store.execute(statement).fetchall() for statement in statements]
    with psycopg.connect(shop.url) as server:
        return [server.execute(statement.encode()).fetchall() for statement in statements]


STRANGE = """
INSERT INTO accounts VALUES (100, 'a' || char(0) || 'b', 'ok', 'active', NULL);
INSERT INTO accounts VALUES (101, CAST(x'ff00fe41' AS TEXT), x'ff00fe', 'active', NULL);
INSERT INTO accounts VALUES (102, printf('%.*c', 1000000, 'x') || ' zoe@example.com', 'ok', 'active', NULL);
INSERT INTO events VALUES (100, 100, CAST(x'c328' AS TEXT), '2024-01-01 00:00:00');
INSERT INTO events VALUES (101, 101, char(0), '2024-01-01 00:00:00');
"""


def test_strange_texts_are_looked_at_counted_and_deleted(shop: Shop) -> None:
    script(shop.folder / "app.sqlite3", STRANGE)
    scan = shop.kept("scan", "app", "--full")
    assert scan.returncode == 1
    assert "zoe@" not in scan.stdout
    assert "5 rows of app.events older than 1 year" in shop.kept("check", "--as-of", TODAY).stdout
    assert shop.kept("plan", "--as-of", TODAY, "--allow-share", "1").returncode == 1
    assert shop.kept("apply", "--as-of", TODAY).returncode == 0
    assert found(shop, ("SELECT count(*) FROM events", "SELECT count(*) FROM accounts")) == [[(27 - 1,)], [(32,)]]


@pytest.mark.parametrize(
    ("clock", "value", "says"),
    [
        ("TEXT", "'tuesday'", "app.events.happened_at holds text, not a time"),
        ("TIMESTAMP", "'2024-13-45 99:99:99'", "30 rows of app.events will never expire: app.events.happened_at holds no time"),
    ],
)
def test_a_clock_that_holds_no_time_is_never_kept_and_never_deletes(tmp_path: Path, clock: str, value: str, says: str) -> None:
    shop = opened(tmp_path, tables=TABLES.replace("happened_at TIMESTAMP", f"happened_at {clock}"))
    script(tmp_path / "app.sqlite3", f"UPDATE events SET happened_at = {value}; DELETE FROM accounts WHERE id = 30")
    ran = shop.kept("check", "--as-of", TODAY)
    assert ran.returncode == (1 if clock == "TIMESTAMP" else 2)
    assert says in ran.stdout
    shop.kept("plan", "--as-of", TODAY, "--allow-share", "1")
    shop.kept("apply", "--as-of", TODAY)
    assert found(shop, ("SELECT count(*) FROM events",)) == [[(30,)]]


def test_an_empty_database_has_nothing_new_and_keeps_nothing(tmp_path: Path) -> None:
    shop = opened(tmp_path, tables="SELECT 1")
    scan = shop.kept("scan", "app")
    assert (scan.returncode, scan.stdout.strip()) == (0, "0 of 0 columns in 0 tables look personal; 0 perhaps: --all")
    ran = shop.kept("check")
    assert ran.returncode == 1
    assert "2 map entries without a column: app.accounts, app.events" in ran.stdout
    assert "app.accounts is mapped and is not there" in ran.stdout


@pytest.mark.parametrize("content", [b"\0\1\2" * 3000, b'{"kept_plan": 1, "digest": "", "plan": {}}', b"[" * 100_000])
def test_what_is_no_plan_is_refused(shop: Shop, content: bytes) -> None:
    (shop.folder / "kept-plan.json").write_bytes(content)
    ran = shop.kept("apply")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "nothing was changed" in ran.stderr


def test_no_plan_a_folder_and_another_companys_plan(shop: Shop, tmp_path: Path) -> None:
    assert "there is no plan file kept-plan.json" in shop.kept("apply").stderr
    assert shop.kept("apply", ".").returncode == 2
    (tmp_path / "other").mkdir()
    other = opened(tmp_path / "other")
    other.change("kept.toml", "Example Ltd", "Other Ltd")
    assert other.kept("plan", "--as-of", TODAY).returncode == 1
    ran = shop.kept("apply", "other/kept-plan.json", "--as-of", TODAY)
    assert ran.returncode == 2
    assert "nothing was changed" in ran.stderr
    assert found(shop, ("SELECT count(*) FROM events",)) == [[(30,)]]


def test_a_folder_that_is_none(shop: Shop) -> None:
    (shop.folder / "loop").symlink_to("loop")
    for name in ("loop", "nowhere", "."):
        ran = shop.kept("check", "--folder", name)
        assert ran.returncode == 2
        assert f"{name} is no privacy folder: it holds no kept.toml; nothing was changed" in ran.stderr
    assert shop.kept("check", "--folder", "app.sqlite3").returncode == 2
    assert shop.kept("init", "loop").returncode == 2
    assert not (shop.folder / ".kept").exists()


def test_files_that_cannot_be_read_or_written(shop: Shop) -> None:
    (shop.folder / "binary").write_bytes(b"\xff\xfe\0")
    for words in (
        ("apply", "binary"),
        ("import", "fides", "binary", "--store", "app"),
        ("import", "erased", "app.accounts.id", "binary"),
        ("verify", ".", "--since", "binary"),
        ("verify", "."),
        ("plan", "-o", "no/such/folder/plan.json"),
        ("check", "-o", "no/such/folder/report.txt"),
        ("scan", "app", "-o", "/proc/nothing"),
        ("init", "/proc/nothing"),
        ("ledger", "export", "/proc/nothing"),
    ):
        ran = shop.kept(*words)
        assert ran.returncode == 2, words
        assert ran.stderr.startswith("error: "), words


def state(shop: Shop) -> Path:
    return shop.privacy / ".kept" / "state.sqlite3"


def test_a_state_database_that_is_newer_is_left_alone(shop: Shop) -> None:
    shop.kept("status")
    script(state(shop), "INSERT INTO django_migrations (app, name, applied) VALUES ('kept', '0999_later', '2030-01-01')")
    for words in (("check",), ("plan",), ("status",), ("ledger", "key")):
        ran = shop.kept(*words)
        assert (ran.returncode, ran.stdout) == (2, "")
        assert "was made by a newer Kept" in ran.stderr


def test_a_state_database_that_is_none_or_elsewhere(shop: Shop) -> None:
    shop.kept("status")
    state(shop).write_bytes(b"garbage" * 1000)
    ran = shop.kept("status")
    assert ran.returncode == 2
    assert "Kept's own database cannot be used (file is not a database)" in ran.stderr
    for url in ("nonsense", "postgresql://u:hush@127.0.0.1:9/x", "mysql://u:hush@h/x", "sqlite:////proc/nothing"):
        ran = shop.kept("status", KEPT_DATABASE_URL=url)
        assert ran.returncode == 2
        assert "Kept's own database cannot be" in ran.stderr
        assert "hush" not in ran.stderr


def test_lost_keys_are_told(shop: Shop) -> None:
    shop.kept("check")
    shutil.rmtree(shop.privacy / ".kept" / "keys")
    ran = shop.kept("check")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "is missing; nothing was changed" in ran.stderr


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may write anywhere")
def test_a_folder_and_a_state_database_that_cannot_be_written(shop: Shop) -> None:
    unprivileged = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []

    def kept(*words: str) -> subprocess.CompletedProcess[str]:
        command = [*unprivileged, *KEPT, *words]
        return subprocess.run(command, cwd="/", env=shop.environment, capture_output=True, text=True, check=False)

    reachable(shop.folder)
    shutil.rmtree(shop.privacy / ".kept")
    shop.privacy.chmod(0o555)
    ran = kept("check", "--folder", str(shop.privacy))
    shop.privacy.chmod(0o755)
    assert ran.returncode == 2
    assert "cannot be made (Permission denied); nothing was changed" in ran.stderr

    shop.kept("check")
    for path in (shop.privacy / ".kept", *(shop.privacy / ".kept").rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    ran = kept("check", "--folder", str(shop.privacy))
    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr
    assert ran.stderr.startswith("error: ")


def reachable(folder: Path) -> None:
    """Let another account pass through the folders that pytest made for this one alone."""
    for path in (folder, *folder.parents):
        if path.stat().st_uid == os.geteuid() and path != Path("/"):
            path.chmod(path.stat().st_mode | 0o555)


NO_CACHE = {"PYTHONDONTWRITEBYTECODE": "1"}
"""On a full disk Python would leave half a module behind in its cache, for every later run to stumble over."""


def test_a_full_disk_ends_in_an_error_and_apply_run_again_finishes(shop: Shop) -> None:
    assert shop.kept("plan", "--as-of", TODAY).returncode == 1
    shop.kept("check", "--as-of", TODAY)
    told = []
    for size in (1_000, 70_000, 100_000):
        command = [*KEPT, "apply", "--as-of", TODAY]
        ran = subprocess.run(
            ["prlimit", f"--fsize={size}", *command],
            cwd=shop.folder,
            env={**shop.environment, **NO_CACHE},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in ran.stderr
        assert "defect:" not in ran.stderr
        if ran.returncode == 2:
            told.append(ran.stderr or ran.stdout)
            rows = found(shop, ("SELECT count(*) FROM events",))
            assert rows == [[(30,)]] or "nothing was changed" not in ran.stderr, ran.stderr
    assert told, "the disk was never full"
    assert shop.kept("apply", "--as-of", TODAY).returncode == 0
    assert found(shop, ("SELECT count(*) FROM events", "SELECT count(*) FROM accounts")) == [[(26,)], [(29,)]]
    assert shop.kept("ledger", "export", "ledger").returncode == 0
    assert shop.kept("verify", "ledger").returncode == 0


def test_a_full_disk_leaves_no_half_file(shop: Shop) -> None:
    shop.kept("plan", "--as-of", TODAY)
    before = (shop.folder / "kept-plan.json").read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    command = ["prlimit", "--fsize=100", *KEPT, "init", "second"]
    environment = {**shop.environment, **NO_CACHE}
    ran = subprocess.run(command, cwd=shop.folder, env=environment, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "cannot be written (File too large); nothing was changed" in ran.stderr
    assert [path for path in (shop.folder / "second").rglob("*") if path.is_file()] == []
    assert (shop.folder / "kept-plan.json").read_bytes() == before
    assert resource.getrlimit(resource.RLIMIT_FSIZE) == (soft, hard)


def test_a_terminal_that_knows_no_ticks_shows_question_marks(shop: Shop) -> None:
    ran = shop.kept("check", "--as-of", TODAY, PYTHONIOENCODING="ascii")
    assert ran.returncode == 1
    assert "? broken 2" in ran.stdout
    for columns in ("wide", "0"):
        assert shop.kept("status", COLUMNS=columns).returncode == 0
