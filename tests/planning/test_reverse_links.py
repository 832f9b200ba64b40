"""A row that is owned by the row that points to it: an order's address, in a schema where addresses know no order."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Literal

from kept.base.changes import Anonymise, DeleteRows
from kept.base.conditions import Older, Through
from kept.base.names import Table
from kept.base.periods import Period
from kept.base.questions import ColumnInfo, ForeignKey, Schema, TableInfo
from kept.planning.following import Following, follow
from kept.policy.datamap import FieldMap, Link, RetentionRule, StoreMap, TableMap
from kept.policy.policy import Policy
from kept.policy.settings import Company, EnvReference, Settings, StoreSettings
from kept.policy.taxonomy import Category

ORDERS = Table(store="shop", name="orders")
ADDRESSES = Table(store="shop", name="addresses")
NOW = datetime(2026, 6, 1, tzinfo=UTC)
OLD = Older(column="placed", cutoff=datetime(2020, 6, 1, tzinfo=UTC))
OF_OLD = Through(column="id", to=ORDERS, key="address_id", where=OLD)

SCHEMA = Schema(
    tables=(
        TableInfo(
            table=ADDRESSES,
            columns=(
                ColumnInfo(name="id", type="integer", declared="bigint", nullable=False),
                ColumnInfo(name="line", type="text", declared="text", nullable=False),
            ),
            key=("id",),
        ),
        TableInfo(
            table=ORDERS,
            columns=(
                ColumnInfo(name="id", type="integer", declared="bigint", nullable=False),
                ColumnInfo(name="placed", type="timestamp", declared="timestamptz", nullable=False),
                ColumnInfo(name="address_id", type="integer", declared="bigint", nullable=True),
            ),
            key=("id",),
            foreign_keys=(ForeignKey(columns=("address_id",), to=ADDRESSES, to_columns=("id",)),),
        ),
    )
)


def followed(change: DeleteRows, erasure: Literal["delete", "anonymise"]) -> Following:
    addresses = TableMap(
        what="Where an order was sent",
        fields={"line": FieldMap(category=Category(key="user.contact.address"))},
        links=(Link(column="id", to=ORDERS.column("address_id")),),
        erasure=erasure,
    )
    orders = TableMap(what="Orders", fields={}, retention=RetentionRule(keep=Period(months=72), after="placed"))
    policy = Policy(
        title="",
        version="1",
        effective=date(2026, 1, 1),
        clauses=(),
        bound=(),
        purposes={},
        stores={"shop": StoreMap(store="shop", region="uk", tables={"orders": orders, "addresses": addresses})},
        settings=Settings(
            company=Company(name="", contact=""), stores={"shop": StoreSettings(url=EnvReference(variable="SHOP_DATABASE_URL"))}
        ),
        digest="",
    )
    return follow(change, policy, SCHEMA, NOW)


def test_an_address_is_anonymised_before_the_order_that_leads_to_it_goes() -> None:
    following = followed(DeleteRows(table=ORDERS, where=OLD, rows=1), "anonymise")
    assert following.obstacles == ()
    assert following.before == (Anonymise(table=ADDRESSES, columns=("line",), where=OF_OLD, rows=0),)


def test_an_address_that_should_be_deleted_with_its_order_is_refused_rather_than_lost() -> None:
    # The foreign key lets no address go before its order, and once the order is gone nothing leads to the address any more.
    following = followed(DeleteRows(table=ORDERS, where=OLD, rows=1), "delete")
    assert len(following.obstacles) == 1
    assert "let the map anonymise them" in following.obstacles[0]


def test_a_tie_is_not_cut_where_it_alone_finds_the_rows_that_are_to_go() -> None:
    following = followed(DeleteRows(table=ADDRESSES, where=OF_OLD, rows=1), "anonymise")
    assert following.before == ()
    assert len(following.obstacles) == 1
