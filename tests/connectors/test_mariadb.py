"""What is MariaDB's own: temporary tables, and databases side by side on one server."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from kept.base.changes import Redact
from kept.base.conditions import Everything, OneOf
from kept.base.questions import CountRows, ReadSchema, Schema
from tests.connectors.stores import Store, number, opened, visit_columns, visits
from tests.services import mariadb_database

pytestmark = pytest.mark.service


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
