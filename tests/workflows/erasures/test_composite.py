"""Foreign keys of two columns, and such as name none: what needs what is seen before the store refuses. Case 15."""

from __future__ import annotations

from .conftest import Found
from .test_ownership import ACCOUNTS, PEOPLE
from .town import erased_text

ORDERS = (
    PEOPLE
    + """
CREATE TABLE orders (shop INTEGER NOT NULL, nr INTEGER NOT NULL, account_id INTEGER REFERENCES accounts (id), street VARCHAR(50),
  PRIMARY KEY (shop, nr));
CREATE TABLE refunds (id INTEGER PRIMARY KEY, shop INTEGER{null}, nr INTEGER{null}, paid_at {moment}, note VARCHAR(50),
  FOREIGN KEY (shop, nr) REFERENCES orders (shop, nr){rule});
INSERT INTO orders VALUES (1, 1, 1, 'Elm'), (1, 2, 1, 'Oak'), (2, 1, 1, 'Ash'), (2, 2, 2, 'Fir');
INSERT INTO refunds VALUES (10, 1, 2, '2026-02-01 00:00:00', 'a'), (11, 2, 1, '2012-02-01 00:00:00', 'b');
INSERT INTO refunds VALUES (12, 2, 2, '2012-02-01 00:00:00', 'c');
"""
)
ORDERED = (
    ACCOUNTS
    + """
  orders: {what: O., purposes: [service], links: [{column: account_id, to: app.accounts.id}],
    fields: {street: {category: user.contact.address}}, not_personal: [shop, nr]}
"""
)
REFUNDED = """
  refunds:
    what: R.
    purposes: [service]
    RULE
    links: []
    fields: {note: {category: user.content}}
"""
LAW = "retention: {keep: 1 year, after: paid_at, at_least: {keep: 10 years, law: a law}}"


def orders(null: str = " NOT NULL", rule: str = "") -> str:
    return ORDERS.replace("{null}", null).replace("{rule}", rule)


def test_a_row_that_is_needed_by_two_columns_stays_as_a_husk(found: Found) -> None:
    """Only the very pair counts: the shop of one refund and the number of another are no order that anybody needs."""
    town = found(orders(), ORDERED)
    done = town.erase("account:1")
    assert done.left == {("orders", "needed"): 2, ("accounts", "needed"): 1}
    rows = {row[:2]: row[2:] for row in town.app.rows("orders")}
    assert set(rows) == {(1, 2), (2, 1), (2, 2)}
    assert all(erased_text(rows[key][1]) for key in ((1, 2), (2, 1)))
    assert rows[2, 2] == (2, "Fir")
    assert town.app.rows("refunds", "id, shop, nr") == [(10, 1, 2), (11, 2, 1), (12, 2, 2)]
    town.app.run("DELETE FROM refunds WHERE id = 10;\n")
    assert town.erase("account:1").left == {("orders", "needed"): 1, ("accounts", "needed"): 1}
    assert town.app.rows("orders", "shop, nr") == [(2, 1), (2, 2)]
    town.app.run("DELETE FROM refunds WHERE id = 11;\n")
    assert town.erase("account:1").left == {}
    assert (town.app.rows("orders", "shop, nr"), town.ids("accounts")) == ([(2, 2)], [2, 3])


def test_rows_that_a_law_keeps_need_what_they_point_to_by_two_columns(found: Found) -> None:
    """A refund of this year is kept, and its order with it; what no law keeps any more goes on being nobody's but the shop's."""
    town = found(orders(), ORDERED + REFUNDED.replace("RULE", LAW).replace("[]", "[{column: shop, to: app.orders.shop}]"))
    done = town.erase("account:1")
    assert done.left[("refunds", "law")] == 1
    assert done.left[("orders", "needed")] == 1
    assert town.app.rows("refunds", "id, shop, nr")[0] == (10, 1, 2)
    assert (1, 2) in town.app.rows("orders", "shop, nr")
    assert (1, 1) not in town.app.rows("orders", "shop, nr")


def test_a_tie_of_two_columns_that_may_be_empty_is_cut(found: Found) -> None:
    """And only that of the rows that go: an order of the same number in another shop keeps its refund."""
    town = found(orders(null=""), ORDERED)
    assert town.erase("account:1").left == {}
    assert town.app.rows("orders", "shop, nr") == [(2, 2)]
    rows = {row[0]: row[1:] for row in town.app.rows("refunds", "id, shop, nr")}
    assert None in rows[10]
    assert None in rows[11]
    assert rows[12] == (2, 2)


def test_what_the_store_does_by_itself_over_two_columns(found: Found) -> None:
    town = found(orders(rule=" ON DELETE CASCADE"), ORDERED)
    assert town.erase("account:1").left == {}
    assert town.app.rows("refunds", "id") == [(12,)]
    assert town.app.rows("orders", "shop, nr") == [(2, 2)]


def test_a_foreign_key_that_names_no_column(found: Found) -> None:
    """It means the other table's primary key."""
    town = found("", "")
    to = "accounts (id)" if town.app.dialect == "mariadb" else "accounts"
    script = PEOPLE + (
        f"CREATE TABLE notes (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL, FOREIGN KEY (account_id) REFERENCES {to});\n"
        "INSERT INTO notes VALUES (1, 1), (2, 2);\n"
    )
    town = found(script, ACCOUNTS)
    assert town.erase("account:1").left == {("accounts", "needed"): 1}
    assert town.ids("accounts") == [1, 2, 3]
    town.erase("account:3")
    assert town.ids("accounts") == [1, 2]
