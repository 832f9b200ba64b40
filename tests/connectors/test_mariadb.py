"""What is MariaDB's own: connections that are lent again, and databases side by side on one server."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from kept.base.changes import Redact
from kept.base.conditions import Everything, OneOf
from kept.base.questions import CountRows, ReadSchema, Schema
from kept.connectors.sql.connector import SqlConnector
from tests.connectors.stores import Store, opened, visit_columns, visits
from tests.services import mariadb_database

pytestmark = pytest.mark.service


def number(store: Store) -> int:
    """Return the server's number of the connection that the connector is lent next."""
    assert isinstance(store.connector, SqlConnector)
    with store.connector._access.connected("a test") as connection:
        return int(connection.exec_driver_sql("SELECT CONNECTION_ID()").scalar_one())


def test_a_connection_is_lent_again_and_one_that_was_cut_is_made_anew(mariadb: Store) -> None:
    mariadb.create("visits", *visit_columns(), rows=visits(20))
    assert mariadb.count("visits") == 20
    first = number(mariadb)
    assert mariadb.count("visits") == 20
    assert number(mariadb) == first
    mariadb.make(f"KILL {first}")
    assert mariadb.count("visits") == 20
    assert number(mariadb) != first


def test_keys_that_were_staged_go_with_their_connection(mariadb: Store) -> None:
    mariadb.create("visits", *visit_columns(), rows=visits(50))
    first = number(mariadb)
    many = OneOf(column="who", keys=tuple(range(40, 5_000)))
    assert mariadb.ask(CountRows(table=mariadb.table("visits"), where=many)) == 10
    assert number(mariadb) != first


def test_new_values_go_with_their_connection(mariadb: Store) -> None:
    mariadb.create("visits", *visit_columns(), rows=visits(50))
    first = number(mariadb)
    change = Redact(table=mariadb.table("visits"), column="note", kinds=("ip",), where=Everything(), rows=50)
    assert mariadb.connector.perform(change).remaining == 0
    assert number(mariadb) != first


def test_a_table_of_the_same_name_in_another_database_is_another_table(mariadb: Store, mariadb_service: sa.URL) -> None:
    with mariadb_database(mariadb_service) as url, opened(url.render_as_string(hide_password=False)) as other:
        for store, columns in ((mariadb, "id int PRIMARY KEY, name text"), (other, "id int PRIMARY KEY, name int, more int")):
            store.make(
                f"CREATE TABLE people ({columns})",
                "CREATE TABLE orders (id int PRIMARY KEY, who int, CONSTRAINT of_whom FOREIGN KEY (who) REFERENCES people (id)"
                f" ON DELETE {'CASCADE' if store is mariadb else 'RESTRICT'})",
            )
        for store, shown, rule in ((mariadb, ["id", "name"], "cascade"), (other, ["id", "name", "more"], "restrict")):
            schema = store.ask(ReadSchema(of="shop"))
            assert isinstance(schema, Schema)
            tables = {table.table.name: table for table in schema.tables}
            assert [column.name for column in tables["people"].columns] == shown
            assert [key.on_delete for key in tables["orders"].foreign_keys] == [rule]
