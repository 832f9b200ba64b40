"""The whole loop on a schema that nobody here designed: django-oscar's, as its own migrations made it."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import psycopg
import pytest
from psycopg import sql

pytestmark = pytest.mark.service

Connection: TypeAlias = psycopg.Connection[tuple[object, ...]]

OSCAR = Path(__file__).parents[2] / "examples" / "oscar"
SERVER = os.environ.get("KEPT_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432")
TODAY = "2026-06-01"
PEOPLE, ORDERS = 200, 2_000

CONSTRAINTS = """
    SELECT conrelid::regclass::text || ' ' || pg_get_constraintdef(oid) || convalidated FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class AS i ON i.oid = indexrelid
    WHERE i.relnamespace = 'public'::regnamespace ORDER BY 1
"""


def new_database() -> Iterator[str]:
    """Yield the URL of a database with oscar's schema and no rows, and drop it afterwards."""
    name = f"kept_oscar_{uuid.uuid4().hex[:12]}"
    try:
        server: Connection = psycopg.connect(f"{SERVER}/postgres", autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        pytest.skip("no PostgreSQL answers at KEPT_TEST_POSTGRES (default 127.0.0.1:5432)")
    with server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            with psycopg.connect(f"{SERVER}/{name}") as connection:
                connection.execute((OSCAR / "schema.sql").read_bytes())
            yield f"{SERVER}/{name}"
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def empty_shop() -> Iterator[str]:
    yield from new_database()


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    """Filled once; the tests that share it leave it as it is."""
    for url in new_database():
        assert fill(url, people=PEOPLE, orders=ORDERS).returncode == 0
        yield url


def fill(url: str, *, people: int, orders: int, seed: int = 1) -> subprocess.CompletedProcess[str]:
    sizes = ["--people", str(people), "--orders", str(orders), "--seed", str(seed), "--today", f"{TODAY}T00:00:00+00:00"]
    return subprocess.run([sys.executable, OSCAR / "fill.py", "--url", url, *sizes], capture_output=True, text=True, check=False)


def ask(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def number(url: str, query: str) -> int:
    return int(str(ask(url, query)[0][0]))


def test_filling_puts_every_constraint_and_index_back(empty_shop: str) -> None:
    before = ask(empty_shop, CONSTRAINTS)
    assert fill(empty_shop, people=50, orders=200).returncode == 0
    assert ask(empty_shop, CONSTRAINTS) == before


def test_the_shop_goes_on_selling_after_it_was_filled(empty_shop: str) -> None:
    assert fill(empty_shop, people=50, orders=200).returncode == 0
    with psycopg.connect(empty_shop) as connection:
        connection.execute("INSERT INTO auth_group (name) VALUES ('new')")
        connection.execute("INSERT INTO payment_sourcetype (name, code) VALUES ('new', 'new')")
        connection.execute(
            "INSERT INTO catalogue_productclass (name, slug, requires_shipping, track_stock) VALUES ('', 'new', true, true)"
        )
    assert ask(empty_shop, "SELECT max(id) FROM payment_sourcetype") == [(3,)]


def test_the_same_seed_fills_the_same_shop() -> None:
    query = """SELECT md5(string_agg(t::text, '' ORDER BY id)) FROM order_order AS t
        UNION ALL SELECT md5(string_agg(t::text, '' ORDER BY id)) FROM order_shippingaddress AS t
        UNION ALL SELECT md5(string_agg(t::text, '' ORDER BY id)) FROM auth_user AS t"""
    seen = []
    for seed in (1, 1, 2):
        for url in new_database():
            assert fill(url, people=40, orders=100, seed=seed).returncode == 0
            seen.append(ask(url, query))
    assert seen[0] == seen[1] != seen[2]


def test_a_shop_with_orders_is_not_filled_again(shop: str) -> None:
    again = fill(shop, people=1, orders=1)
    assert again.returncode == 1
    assert "orders already; nothing was changed" in again.stderr
    assert number(shop, "SELECT count(*) FROM order_order") == ORDERS


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*) FROM order_order WHERE user_id IS NULL AND guest_email <> ''",
        "SELECT count(*) FROM order_order WHERE user_id IS NULL AND guest_email = ''",
        "SELECT count(*) FROM order_ordernote WHERE message ~ '\\+[0-9]{10}'",
        "SELECT count(*) FROM auth_user WHERE last_login IS NULL AND NOT is_staff",
        "SELECT count(*) FROM order_order WHERE date_placed < '2019-06-01'",
        "SELECT count(*) FROM django_admin_log WHERE object_repr LIKE '%@%'",
        "SELECT count(*) FROM wishlists_wishlistsharedemail",
    ],
)
def test_the_shop_holds_what_real_shops_hold(shop: str, query: str) -> None:
    assert number(shop, query) > 0
