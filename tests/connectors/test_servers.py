"""What servers have and files have not: partitions, roles, other sessions, and being down."""

from __future__ import annotations

import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
import sqlalchemy as sa

from kept.base.changes import Anonymise, Coarsen, DeleteRows, DropPartition, Null, Redact, Revoke
from kept.base.conditions import Condition, Equals, Everything, Finds, NoClock, Older, OneOf, StartsWith, Uncoarse
from kept.base.errors import CannotAnswer, PlanIsStale, SourceError, StoreRefused, StoreUnreachable
from kept.base.ports import Preview, Selection
from kept.base.questions import CountRows, Grant, Locate, Look, ReadGrants, ReadSchema
from kept.base.verdicts import Unknown
from kept.connectors import open_store
from tests.connectors.stores import NOW, Store, number, opened, visit_columns, visits
from tests.services import postgres_database
from tests.stalls import stalls

pytestmark = pytest.mark.service

JANUARY, FEBRUARY, MARCH = (datetime(2025, month, 1, tzinfo=UTC) for month in (1, 2, 3))
DAYS = [(f"2025-{month:02}-{day:02} 12:00:00") for month in (1, 2, 3) for day in range(1, 29)]


def make_parts(store: Store, by: str = "columns") -> None:
    if store.dialect == "postgresql":
        store.make(
            "CREATE TABLE logs (id bigint, at timestamptz NOT NULL, ip text) PARTITION BY RANGE (at)",
            "CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM (MINVALUE) TO ('2025-02-01 00:00:00+00')",
            "CREATE TABLE logs_2 PARTITION OF logs FOR VALUES FROM ('2025-02-01 00:00:00+00') TO ('2025-03-01 00:00:00+00')",
            'CREATE TABLE "logs 3" PARTITION OF logs DEFAULT',
        )
    else:
        expression = {"columns": "RANGE COLUMNS (at)", "days": "RANGE (TO_DAYS(at))", "epoch": "RANGE (UNIX_TIMESTAMP(at))"}[by]
        bound = {"columns": "'{}'", "days": "TO_DAYS('{}')", "epoch": "UNIX_TIMESTAMP('{} 00:00:00')"}[by]
        kind = "TIMESTAMP" if by == "epoch" else "DATETIME"
        parts = f"PARTITION logs_1 VALUES LESS THAN ({bound.format('2025-02-01')}),"
        parts += f"PARTITION logs_2 VALUES LESS THAN ({bound.format('2025-03-01')}), PARTITION `logs 3` VALUES LESS THAN "
        parts += "(MAXVALUE)" if by == "columns" else "MAXVALUE"
        with store.engine.begin() as connection:
            connection.exec_driver_sql("SET time_zone = '+00:00'")
            connection.exec_driver_sql(
                f"CREATE TABLE logs (id bigint, at {kind} NOT NULL, ip text) PARTITION BY {expression} ({parts})"
            )
    with store.engine.begin() as connection:
        rows = [{"id": at, "at": day, "ip": "203.0.113.7"} for at, day in enumerate(DAYS)]
        connection.execute(sa.text("INSERT INTO logs (id, at, ip) VALUES (:id, CAST(:at AS " + cast_of(store) + "), :ip)"), rows)


def cast_of(store: Store) -> str:
    return "timestamp" if store.dialect == "postgresql" else "datetime"


def test_partitions_are_seen_and_dropped(server: Store) -> None:
    make_parts(server)
    table = server.table("logs")
    schema = server.ask(ReadSchema(of="shop"))
    assert [info.table.name for info in schema.tables] == ["logs"]
    info = schema.table(table)
    assert info.partitioned_by == "at"
    assert [(part.name, part.lower, part.upper) for part in sorted(info.partitions, key=lambda part: part.name, reverse=True)] == [
        ("logs_2", FEBRUARY, MARCH),
        ("logs_1", None, FEBRUARY),
        ("logs 3", None if server.dialect == "postgresql" else MARCH, None),
    ]
    change = DropPartition(table=table, partition="logs_1", rows=28)
    preview = server.connector.preview(change)
    assert isinstance(preview, Preview)
    assert (preview.total, preview.touched) == (84, 28)
    with pytest.raises(PlanIsStale, match="28 rows, more than the 27"):
        server.connector.perform(DropPartition(table=table, partition="logs_1", rows=27))
    assert server.connector.perform(change).rows == 28
    assert server.connector.perform(change).rows == 0
    assert server.connector.perform(DropPartition(table=table, partition="logs 3", rows=28)).rows == 28
    assert server.count("logs") == 28
    assert isinstance(server.connector.preview(change), Unknown)


def test_rows_of_a_partitioned_table_are_changed(server: Store) -> None:
    make_parts(server)
    table = server.table("logs")
    if server.dialect == "postgresql":
        coarsen = Coarsen(table=table, column="ip", kind="ip", where=Older(column="at", cutoff=MARCH), rows=56)
        assert server.connector.perform(coarsen).rows == 56
        assert server.count("logs", Uncoarse(column="ip", kind="ip")) == 28
        assert server.ask(Look(column=table.column("ip"), kinds=("ip",), sample=40)).rows > 0
        redact = Redact(table=table, column="ip", kinds=("ip",), where=Everything(), rows=84)
        assert server.connector.perform(redact).remaining == 0
    delete = DeleteRows(table=table, where=Older(column="at", cutoff=FEBRUARY), rows=28)
    assert server.connector.perform(delete).rows == 28
    assert server.connector.perform(Null(table=table, columns=("ip",), where=Everything(), rows=56)).rows == 56


@pytest.mark.parametrize("by", ["days", "epoch"])
def test_mariadb_shows_bounds_of_computed_partitions(mariadb: Store, by: str) -> None:
    make_parts(mariadb, by)
    info = mariadb.ask(ReadSchema(of="shop")).table(mariadb.table("logs"))
    assert info.partitioned_by == "at"
    assert [(part.lower, part.upper) for part in info.partitions] == [(None, FEBRUARY), (FEBRUARY, MARCH), (MARCH, None)]


def test_a_partition_can_be_asked_for_by_name(postgres: Store) -> None:
    make_parts(postgres)
    assert postgres.count("logs_2") == 28


@contextmanager
def role(store: Store, *rights: str) -> Iterator[str]:
    """A role of the server with a right or two, gone afterwards."""
    name = f"kept_{uuid.uuid4().hex[:10]}"
    written = f'"{name}"' if store.dialect == "postgresql" else f"'{name}'@'%%'"
    created = "CREATE ROLE" if store.dialect == "postgresql" else "CREATE USER"
    with_login = " LOGIN PASSWORD 'kept'" if store.dialect == "postgresql" else " IDENTIFIED BY 'kept'"
    store.make(f"{created} {written}{with_login}", *(f"GRANT {right} TO {written}" for right in rights))
    try:
        yield name if store.dialect == "postgresql" else f"{name}@%"
    finally:
        if store.dialect == "postgresql":
            store.make(f"GRANT {written} TO CURRENT_USER", f"DROP OWNED BY {written}", f"DROP ROLE {written}")
        else:
            store.make(f"DROP USER {written}")


def rights_of(store: Store, name: str) -> list[tuple[str, str, str]]:
    grants = store.ask(ReadGrants(of="shop"))
    assert name in grants.roles
    return [(grant.right, grant.table, grant.via) for grant in grants.grants if grant.role == name and grant.via != "PUBLIC"]


def test_rights_are_read_and_revoked(server: Store) -> None:
    server.make("CREATE TABLE a (id int, secret int)", "CREATE TABLE b (id int)")
    on = "" if server.dialect == "postgresql" else f"{sa.make_url(server.url).database}."
    with role(server, f"SELECT, DELETE ON {on}a", f"UPDATE (secret) ON {on}a", f"INSERT ON {on}b") as name:
        assert rights_of(server, name) == [("delete", "a", ""), ("insert", "b", ""), ("select", "a", ""), ("update", "a", "")]
        server.connector.perform(Revoke(store="shop", role=name, right="delete", table=server.table("a")))
        server.connector.perform(Revoke(store="shop", role=name, right="update", table=server.table("a")))
        server.connector.perform(Revoke(store="shop", role=name, right="insert", table=server.table("b")))
        server.connector.perform(Revoke(store="shop", role=name, right="insert", table=server.table("b")))
        assert rights_of(server, name) == [("select", "a", "")]
        with pytest.raises(CannotAnswer, match="knows no right"):
            server.connector.perform(Revoke(store="shop", role=name, right="all; DROP TABLE a", table=server.table("a")))
        assert server.count("a") == 0


def test_inherited_rights_name_their_role(server: Store) -> None:
    server.make("CREATE TABLE a (id int)")
    group = f"kept_group_{uuid.uuid4().hex[:8]}"
    on = "" if server.dialect == "postgresql" else f"{sa.make_url(server.url).database}."
    server.make(f"CREATE ROLE {group}", f"GRANT SELECT ON {on}a TO {group}")
    try:
        with role(server) as name:
            written = f'"{name}"' if server.dialect == "postgresql" else f"'{name.removesuffix('@%')}'@'%%'"
            server.make(f"GRANT {group} TO {written}")
            assert ("select", "a", group) in rights_of(server, name)
    finally:
        if server.dialect == "postgresql":
            server.make(f"GRANT {group} TO CURRENT_USER", f"DROP OWNED BY {group}")
        server.make(f"DROP ROLE {group}")


def test_rights_of_everyone_reach_every_role(postgres: Store) -> None:
    postgres.make("CREATE TABLE a (id int)", "GRANT SELECT ON a TO PUBLIC")
    with role(postgres) as name:
        grants = postgres.ask(ReadGrants(of="shop"))
        assert Grant(role="PUBLIC", right="select", table="a") in grants.grants
        assert Grant(role=name, right="select", table="a", via="PUBLIC") in grants.grants
        postgres.connector.perform(Revoke(store="shop", role="PUBLIC", right="select", table=postgres.table("a")))
        assert not [grant for grant in postgres.ask(ReadGrants(of="shop")).grants if "PUBLIC" in (grant.role, grant.via)]


def test_rights_over_the_whole_store_have_no_table(server: Store) -> None:
    if server.dialect == "postgresql":
        with role(server) as name:
            server.make(f'GRANT CREATE ON SCHEMA public TO "{name}"')
            assert ("create", "", "") in rights_of(server, name)
            server.connector.perform(Revoke(store="shop", role=name, right="create"))
            assert rights_of(server, name) == []
        return
    with role(server, f"DELETE ON {sa.make_url(server.url).database}.*", "SELECT ON *.*") as name:
        assert rights_of(server, name) == [("delete", "", ""), ("select", "", "")]
        server.connector.perform(Revoke(store="shop", role=name, right="delete"))
        server.connector.perform(Revoke(store="shop", role=name, right="select"))
        assert rights_of(server, name) == []


def test_a_refused_right_is_unknown_and_names_the_table(server: Store) -> None:
    server.make("CREATE TABLE seen (id int)", "CREATE TABLE hidden (id int)", "INSERT INTO seen VALUES (1)")
    on = "" if server.dialect == "postgresql" else f"{sa.make_url(server.url).database}."
    with role(server, f"SELECT ON {on}seen") as name:
        url = sa.make_url(server.url).set(username=name.removesuffix("@%"), password="kept")
        with opened(url.render_as_string(hide_password=False)) as store:
            assert store.count("seen") == 1
            reason = store.unknown(CountRows(table=store.table("hidden")))
            assert "shop.hidden" in reason
            with pytest.raises(StoreRefused, match=r"refused the right to use shop\.seen"):
                store.connector.perform(DeleteRows(table=store.table("seen"), where=Everything(), rows=1))
            if server.dialect == "mariadb":
                assert "may not see" in store.unknown(ReadGrants(of="shop"))
    assert server.count("seen") == 1


def test_a_server_that_is_down_is_unknown_for_every_question(server_url: str) -> None:
    with closing(socket.socket()) as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = sa.make_url(server_url).set(port=nobody.getsockname()[1], password="hush-hush")
        with opened(url.render_as_string(hide_password=False)) as store:
            questions = [ReadSchema(of="shop"), CountRows(table=store.table("t")), ReadGrants(of="shop")]
            reasons = [store.unknown(question) for question in questions]
            assert all("no connection to the store shop" in reason for reason in reasons), reasons
            assert "hush-hush" not in str(reasons)
            assert store.ask(Locate(of="shop")).on_this_machine
            assert isinstance(store.connector.preview(DeleteRows(table=store.table("t"), where=Everything(), rows=1)), Unknown)
            with pytest.raises(StoreUnreachable, match="nothing was changed"):
                store.connector.perform(DeleteRows(table=store.table("t"), where=Everything(), rows=1))
            with pytest.raises(StoreUnreachable):
                list(store.connector.read(Selection(table=store.table("t"), columns=("id",), where=Everything())))


def test_a_wrong_password_is_told_without_it(server: Store) -> None:
    with role(server) as name:
        url = sa.make_url(server.url).set(username=name.removesuffix("@%"), password="hush-hush", database="no_such_database_here")
        with opened(url.render_as_string(hide_password=False)) as store:
            reason = store.unknown(ReadSchema(of="shop"))
            assert "shop" in reason
            assert "hush" not in reason


def test_a_connection_is_lent_again_while_it_is_fresh(server: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    first = number(server)
    assert number(server) == first
    monkeypatch.setattr("kept.connectors.sql.pools.IDLE_SECONDS", 0.05)
    time.sleep(0.1)
    second = number(server)
    assert second != first
    monkeypatch.setattr("kept.connectors.sql.pools.IDLE_SECONDS", 60.0)
    assert number(server) == second


def test_a_connection_that_was_cut_while_it_lay_there_is_made_anew(server: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    server.create("visits", *visit_columns(), rows=visits(20))
    assert server.count("visits") == 20
    first = number(server)
    server.make(f"SELECT pg_terminate_backend({first})" if server.dialect == "postgresql" else f"KILL {first}")
    monkeypatch.setattr("kept.connectors.sql.pools.QUIET_SECONDS", 0.0)
    assert server.count("visits") == 20
    second = number(server)
    assert second != first
    assert number(server) == second, "one that answers is lent again"


def test_questions_cannot_write(server: Store) -> None:
    server.make("CREATE TABLE t (n int)", "INSERT INTO t VALUES (1)")
    access = server.connector._access  # type: ignore[attr-defined]  # the transaction is what is tested
    with pytest.raises(SourceError, match="only be read"), access.reading("t") as connection:
        connection.execute(sa.text("DELETE FROM t"))
    assert server.count("t") == 1


def test_a_question_that_takes_too_long_is_unknown(server_url: str) -> None:
    with opened(server_url, timeout_seconds=0.05) as store:
        store.create("visits", *visit_columns(), rows=visits(3_000))
        sleeping = "CASE WHEN pg_sleep(0.001) IS NULL THEN 1 ELSE 0 END" if store.dialect == "postgresql" else "SLEEP(0.001)"
        store.make(f"CREATE VIEW slow AS SELECT visits.*, {sleeping} AS slept FROM visits")
        slow = CountRows(table=store.table("slow"), where=Equals(column="slept", value=1))
        assert "longer than the time limit" in store.unknown(slow)


def test_a_row_another_session_holds_is_waited_for(server: Store) -> None:
    table = server.create("visits", *visit_columns(), rows=visits(2_000))
    change = DeleteRows(table=server.table("visits"), where=Everything(), rows=2_000)
    held = threading.Event()

    def hold() -> None:
        with server.engine.begin() as other:
            other.execute(sa.update(table).values(note="held").where(table.c.id == 1_500))
            held.set()
            time.sleep(2.5)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    with stalls() as stalled:
        receipt = server.connector.perform(change)
    thread.join()
    assert (receipt.rows, receipt.remaining) == (2_000, 0)
    assert receipt.slowest_batch < 1.0 + stalled.seconds


def test_batches_let_others_through(server: Store) -> None:
    """While a large delete runs, another session changes a row of the same table again and again and never waits a second."""
    table = server.create("visits", *visit_columns(), rows=visits(60_000))
    old = Older(column="at", cutoff=NOW - timedelta(days=100))
    rows = server.count("visits", old)
    waits: list[float] = []
    done = threading.Event()

    def touch() -> None:
        while not done.is_set():
            begun = time.monotonic()
            with server.engine.begin() as other:
                other.execute(sa.update(table).values(note=str(begun)).where(table.c.id == 5))
            waits.append(time.monotonic() - begun)

    thread = threading.Thread(target=touch)
    thread.start()
    with stalls() as stalled:
        try:
            receipt = server.connector.perform(DeleteRows(table=server.table("visits"), where=old, rows=rows))
        finally:
            done.set()
            thread.join()
    assert (receipt.rows, receipt.remaining) == (rows, 0)
    assert receipt.batches > 1
    assert receipt.slowest_batch < 1.0 + stalled.seconds
    assert waits
    assert max(waits) < 1.5 + stalled.seconds


def test_names_in_other_schemas_are_their_own(postgres: Store) -> None:
    postgres.make('CREATE SCHEMA "Odd one"', 'CREATE TABLE "Odd one".t (id int primary key, at date)', "CREATE TABLE t (id int)")
    postgres.make("INSERT INTO \"Odd one\".t VALUES (1, '2020-01-01'), (2, '2030-01-01')")
    odd = postgres.table("t", "Odd one")
    assert {info.table for info in postgres.ask(ReadSchema(of="shop")).tables} == {odd, postgres.table("t")}
    old = Older(column="at", cutoff=NOW)
    assert postgres.ask(CountRows(table=odd, where=old)) == 1
    assert postgres.connector.perform(DeleteRows(table=odd, where=old, rows=1)).rows == 1
    assert postgres.count("t") == 0


def test_postgresql_types_are_met_as_they_are(postgres: Store) -> None:
    postgres.make(
        "CREATE TYPE mood AS ENUM ('glad', 'sad')",
        "CREATE DOMAIN moment AS timestamptz",
        "CREATE TABLE t (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), ip inet, net cidr, body jsonb, raw bytea, feels mood, "
        "at moment, day date, local timestamp, tags text[], fixed char(6), yes boolean)",
        "INSERT INTO t (ip, net, body, raw, feels, at, day, local, tags, fixed, yes) VALUES ('203.0.113.7', '10.0.0.0/8', "
        """'{"from": "203.0.113.7"}', 'a@example.org', 'glad', '-infinity', '2025-12-31', '2025-12-31 23:00', '{a}', 'ab', true)""",
    )
    present: list[Condition] = [
        Equals(column="feels", value="glad"),
        Equals(column="fixed", value="ab"),
        Equals(column="yes", value=True),
        StartsWith(column="feels", prefix="gl"),
        Older(column="at", cutoff=NOW),
        Older(column="day", cutoff=NOW),
        Older(column="local", cutoff=NOW),
        Uncoarse(column="ip", kind="ip"),
        Finds(column="body", kinds=("ip",)),
        Finds(column="raw", kinds=("email",)),
    ]
    absent: list[Condition] = [
        Equals(column="id", value="not a uuid"),
        OneOf(column="fixed", keys=("a\x00b",)),
        NoClock(column="at"),
    ]
    assert [postgres.count("t", condition) for condition in [*present, *absent]] == [1] * len(present) + [0] * len(absent)
    (row,) = postgres.connector.read(Selection(table=postgres.table("t"), columns=("id", "at", "ip"), where=Everything()))
    assert row["at"].reveal() == "-infinity"
    key = str(row["id"].reveal())
    assert postgres.count("t", OneOf(column="id", keys=(key, *(str(uuid.uuid4()) for _ in range(1_500))))) == 1
    table = postgres.table("t")
    assert postgres.connector.perform(Coarsen(table=table, column="ip", kind="ip", where=Everything(), rows=1)).rows == 1
    assert postgres.connector.perform(Redact(table=table, column="body", kinds=("ip",), where=Everything(), rows=1)).rows == 1
    assert postgres.scalar("SELECT host(ip) || ' ' || (body ->> 'from') FROM t") == "203.0.113.0 [redacted: ip]"
    assert postgres.scalar("SELECT count(*) FROM t") == 1


def test_text_without_an_encoding_is_read(postgres_service: sa.URL) -> None:
    with postgres_database(postgres_service, options="ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0") as made:
        url = made.render_as_string(hide_password=False)
        with closing(psycopg.connect(url, autocommit=True)) as administrator:
            administrator.execute("CREATE TABLE t (id int PRIMARY KEY, v text)")
            administrator.execute("INSERT INTO t VALUES (1, E'\\xff\\xfe 203.0.113.7'), (2, 'plain')")
        with opened(url) as store:
            table = store.table("t")
            assert store.ask(Look(column=table.column("v"), kinds=("ip",))).hits == {"ip": 1}
            assert len(list(store.connector.read(Selection(table=table, columns=("v",), where=Everything())))) == 2


def test_mariadb_zero_dates_have_no_clock(mariadb: Store) -> None:
    mariadb.make(
        "CREATE TABLE t (id int PRIMARY KEY, at datetime, day date)",
        "SET SESSION sql_mode = ''",
        "INSERT INTO t VALUES (1, '0000-00-00', '0000-00-00'), (2, '2020-01-01', '2020-01-01')",
        "INSERT INTO t VALUES (3, NULL, NULL), (4, '2030-01-01', '2030-01-01')",
    )
    for column in ("at", "day"):
        assert mariadb.count("t", Older(column=column, cutoff=NOW)) == 1
        assert mariadb.count("t", NoClock(column=column)) == 2
    assert len(list(mariadb.connector.read(Selection(table=mariadb.table("t"), columns=("at", "day"), where=Everything())))) == 4


def test_mariadb_collations_do_not_blur_what_is_changed(mariadb: Store) -> None:
    mariadb.make(
        "CREATE TABLE t (id int PRIMARY KEY, v varchar(50) CHARACTER SET latin1 COLLATE latin1_swedish_ci, n varchar(20))",
        "INSERT INTO t VALUES (1, 'Ada', '7abc'), (2, 'ada', '7'), (3, 'ada ', '8'), (4, 'Ad\u00e4', '9')",
    )
    assert mariadb.count("t", StartsWith(column="v", prefix="ada")) == 2
    assert mariadb.count("t", StartsWith(column="v", prefix="Ad\u00e4")) == 1
    assert mariadb.count("t", Equals(column="n", value=7)) == 1
    assert mariadb.count("t", OneOf(column="v", keys=("nobody", "ADA", *map(str, range(2_000))))) == 3
    change = Anonymise(table=mariadb.table("t"), columns=("v",), where=StartsWith(column="v", prefix="Ada"), rows=1)
    assert mariadb.connector.perform(change).rows == 1


def test_mariadb_tables_that_cannot_take_back_are_counted_first(mariadb: Store) -> None:
    mariadb.make("CREATE TABLE t (id int PRIMARY KEY, note text) ENGINE = MyISAM")
    mariadb.make("INSERT INTO t SELECT seq, 'call 203.0.113.7' FROM seq_1_to_500")
    delete = DeleteRows(table=mariadb.table("t"), where=Finds(column="note", kinds=("ip",)), rows=300)
    with pytest.raises(PlanIsStale):
        mariadb.connector.perform(delete)
    left = mariadb.count("t")
    assert left >= 200
    assert mariadb.connector.perform(DeleteRows(table=mariadb.table("t"), where=Everything(), rows=left)).rows == left


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("db.abc123.eu-central-1.rds.amazonaws.com", "eu-central-1"),
        ("c.xyz.cn-north-1.rds.amazonaws.com.cn", "cn-north-1"),
        ("ep-a-b-1.eu-west-2.aws.neon.tech", "eu-west-2"),
        ("aws-0-us-east-1.pooler.supabase.com", "us-east-1"),
        ("a.b.europe-west3.sql.goog", "europe-west3"),
        ("db.westeurope.cloudapp.azure.com", "westeurope"),
        ("shop.postgres.database.azure.com", ""),
        ("db.example.org", ""),
    ],
)
def test_a_host_gives_its_region_away(host: str, region: str) -> None:
    for scheme in ("postgresql", "mariadb"):
        store = open_store("shop", f"{scheme}://kept:hush@{host}/shop", timeout_seconds=1.0)
        found = store.answer([Locate(of="shop")]).of(Locate(of="shop"))
        assert not isinstance(found, Unknown)
        assert (found.host, found.region, found.on_this_machine) == (host, region, False)


@pytest.mark.parametrize(
    "url", ["postgresql:///shop", "postgresql://localhost/shop", "mariadb://127.0.0.1:3307/shop", "postgresql://[::1]/shop"]
)
def test_loopback_is_this_machine(url: str) -> None:
    found = open_store("shop", url, timeout_seconds=1.0).answer([Locate(of="shop")]).of(Locate(of="shop"))
    assert not isinstance(found, Unknown)
    assert found.on_this_machine
