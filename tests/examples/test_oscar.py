"""The whole loop on a schema that nobody here designed: django-oscar's, as its own migrations made it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from tests.lending import empty_database
from tests.warm import run

pytestmark = pytest.mark.service

OSCAR = Path(__file__).parents[2] / "examples" / "oscar"
TODAY = "2026-06-01"
PEOPLE, ORDERS = 200, 2_000

CONSTRAINTS = """
    SELECT conrelid::regclass::text || ' ' || pg_get_constraintdef(oid) || convalidated FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class AS i ON i.oid = indexrelid
    WHERE i.relnamespace = 'public'::regnamespace ORDER BY 1
"""
PRINT = """
    SELECT md5(string_agg(t::text, '' ORDER BY id)) FROM order_order AS t
    UNION ALL SELECT md5(string_agg(t::text, '' ORDER BY id)) FROM order_shippingaddress AS t
    UNION ALL SELECT md5(string_agg(t::text, '' ORDER BY id)) FROM auth_user AS t
"""


def ask(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def number(url: str, query: str) -> int:
    return int(str(ask(url, query)[0][0]))


def fill(url: str, *, people: int, orders: int, seed: int = 1) -> subprocess.CompletedProcess[str]:
    sizes = ["--people", str(people), "--orders", str(orders), "--seed", str(seed), "--today", f"{TODAY}T00:00:00+00:00"]
    return subprocess.run([sys.executable, OSCAR / "fill.py", "--url", url, *sizes], capture_output=True, text=True, check=False)


def migrated(url: str) -> str:
    with psycopg.connect(url) as connection:
        connection.execute((OSCAR / "schema.sql").read_bytes())
    return url


@pytest.fixture
def empty_shop(postgres_url: str) -> str:
    return migrated(postgres_url)


@pytest.fixture(scope="module")
def shop(postgres_service: sa.URL) -> Iterator[str]:
    """Filled once; the tests that share it leave it as it is."""
    with empty_database(postgres_service) as url:
        text = migrated(url.render_as_string(hide_password=False))
        assert fill(text, people=PEOPLE, orders=ORDERS).returncode == 0
        yield text


# The fill


def test_filling_puts_every_constraint_and_index_back(empty_shop: str) -> None:
    before = ask(empty_shop, CONSTRAINTS)
    assert fill(empty_shop, people=50, orders=200).returncode == 0
    assert ask(empty_shop, CONSTRAINTS) == before


def test_the_shop_goes_on_selling_after_it_was_filled(empty_shop: str) -> None:
    assert fill(empty_shop, people=50, orders=200).returncode == 0
    with psycopg.connect(empty_shop) as connection:
        connection.execute("INSERT INTO auth_group (name) VALUES ('new')")
        connection.execute("INSERT INTO payment_sourcetype (name, code) VALUES ('new', 'new')")
    assert ask(empty_shop, "SELECT max(id) FROM payment_sourcetype") == [(3,)]


def test_the_same_seed_fills_the_same_shop(postgres_service: sa.URL) -> None:
    seen = []
    for seed in (1, 1, 2):
        with empty_database(postgres_service) as made:
            url = migrated(made.render_as_string(hide_password=False))
            assert fill(url, people=40, orders=100, seed=seed).returncode == 0
            seen.append(ask(url, PRINT))
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


# The loop

OLD_ORDERS = "FROM order_order WHERE date_placed < '2020-06-01'"
YOUNG_BILLS = """
    SELECT md5(string_agg(b::text, '' ORDER BY b.id)) FROM order_billingaddress AS b
    JOIN order_order AS o ON o.billing_address_id = b.id WHERE o.date_placed >= '2020-06-01'
"""
UNFORGOTTEN = "FROM auth_user WHERE coalesce(last_login, date_joined) >= '2024-06-01' OR is_staff"


@dataclass
class Loop:
    """A shop and the commands that were run on it, as a person would type them."""

    url: str
    home: Path
    before: dict[str, list[tuple[object, ...]]] = field(default_factory=dict)
    ran: dict[str, subprocess.CompletedProcess[str]] = field(default_factory=dict)

    def kept(self, name: str, *arguments: str, dated: bool = True) -> None:
        """Run a command in the folder above the privacy folder and keep what it said under a name."""
        environment = {**os.environ, "OSCAR_DATABASE_URL": self.url, "KEPT_ACTOR": "test", "COLUMNS": "200"}
        day = ["--as-of", TODAY] if dated else []
        command = [sys.executable, "-c", "from kept.cli.main import main; main()", *arguments, *day]
        self.ran[name] = run(command, cwd=self.home, env=environment)

    def told(self, name: str) -> str:
        """Return everything a command wrote."""
        return self.ran[name].stdout + self.ran[name].stderr


@pytest.fixture(scope="module")
def loop(postgres_service: sa.URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    """Check, plan, apply, do what is a person's to do, plan and apply again: run once, looked at by several tests."""
    home = tmp_path_factory.mktemp("oscar")
    shutil.copytree(OSCAR / "privacy", home / "privacy", ignore=shutil.ignore_patterns(".kept"))
    with empty_database(postgres_service) as made:
        shopped = Loop(url=migrated(made.render_as_string(hide_password=False)), home=home)
        assert fill(shopped.url, people=PEOPLE, orders=ORDERS).returncode == 0
        for name, query in (("bills", YOUNG_BILLS), ("people", f"SELECT count(*) {UNFORGOTTEN}"), ("constraints", CONSTRAINTS)):
            shopped.before[name] = ask(shopped.url, query)
        shopped.kept("check", "check", "--format", "json")
        shopped.kept("careful plan", "plan")
        shopped.before["after careful plan"] = ask(shopped.url, "SELECT count(*) FROM order_order")
        shopped.kept("plan", "plan", "--allow-share", "1", "-o", "first.json")
        shopped.kept("apply", "apply", "first.json")
        with psycopg.connect(shopped.url) as connection:
            connection.execute("UPDATE auth_user SET last_login = date_joined WHERE last_login IS NULL")
        shopped.kept("second plan", "plan", "--allow-share", "1", "-o", "second.json")
        shopped.kept("second apply", "apply", "second.json")
        shopped.kept("last check", "check", "--format", "json")
        shopped.kept("last plan", "plan")
        shopped.kept("export", "ledger", "export", "record", dated=False)
        shopped.kept("verify", "verify", "record", dated=False)
        yield shopped


def broken(report: str) -> set[str]:
    return {finding["promise"] for finding in json.loads(report)["findings"] if finding["mark"] == "broken"}


def test_the_shop_breaks_what_its_policy_promises(loop: Loop) -> None:
    assert loop.ran["check"].returncode == 1, loop.told("check")
    assert broken(loop.ran["check"].stdout) == {"retention", "clock-present", "special-categories", "least-privilege"}


def test_a_plan_that_touches_most_of_the_shop_needs_a_yes(loop: Loop) -> None:
    assert loop.ran["careful plan"].returncode == 2
    assert "more than 30% of" in loop.told("careful plan")
    assert loop.before["after careful plan"] == [(ORDERS,)]


def test_the_first_apply_leaves_only_what_a_person_must_find_out(loop: Loop) -> None:
    assert loop.ran["plan"].returncode == 1, loop.told("plan")
    assert loop.ran["apply"].returncode == 1, loop.told("apply")
    assert "clock-present" in loop.told("apply")
    assert "✗ broken  §2.2" not in loop.told("apply")


def test_in_the_end_every_promise_is_kept_and_nothing_is_left_to_do(loop: Loop) -> None:
    assert loop.ran["second apply"].returncode == 0, loop.told("second apply")
    assert loop.ran["last check"].returncode == 0
    assert broken(loop.ran["last check"].stdout) == set()
    assert loop.ran["last plan"].returncode == 0
    assert "Nothing to do" in loop.told("last plan")


def test_the_record_verifies(loop: Loop) -> None:
    assert loop.ran["export"].returncode == 0, loop.told("export")
    assert loop.ran["verify"].returncode == 0, loop.told("verify")


GONE = [
    f"SELECT count(*) {OLD_ORDERS}",
    "SELECT count(*) FROM order_line AS l JOIN order_order AS o ON o.id = l.order_id WHERE o.date_placed < '2020-06-01'",
    "SELECT count(*) FROM auth_user WHERE last_login < '2024-06-01' AND NOT is_staff",
    "SELECT count(*) FROM order_ordernote WHERE date_created < '2024-06-01'",
    "SELECT count(*) FROM basket_basket WHERE date_created < '2025-06-01'",
    "SELECT count(*) FROM communication_email WHERE date_sent < '2025-06-01'",
    "SELECT count(*) FROM django_session WHERE expire_date < '2026-05-02'",
    "SELECT count(*) FROM reviews_productreview WHERE date_created < '2023-06-01' AND (user_id IS NOT NULL OR email LIKE '%@%')",
    "SELECT count(*) FROM order_ordernote WHERE message LIKE '%depression%'",
    # An address whose order is gone, or older than two years, says nothing of anybody any more.
    """SELECT count(*) FROM order_billingaddress AS b WHERE NOT EXISTS (SELECT FROM order_order WHERE billing_address_id = b.id)
        AND (first_name <> 'erased-' OR line1 <> 'erased-' OR search_text <> 'erased-')""",
    """SELECT count(*) FROM order_shippingaddress AS a WHERE NOT EXISTS (SELECT FROM order_order AS o
            WHERE o.shipping_address_id = a.id AND o.date_placed >= '2024-06-01')
        AND (first_name <> 'erased-' OR notes NOT IN ('', 'erased-') OR phone_number NOT IN ('', 'erased-'))""",
]


@pytest.mark.parametrize("query", GONE)
def test_what_was_promised_is_so_when_the_database_is_asked_without_kept(loop: Loop, query: str) -> None:
    assert number(loop.url, query) == 0


def test_what_may_stay_is_as_it_was(loop: Loop) -> None:
    assert ask(loop.url, YOUNG_BILLS) == loop.before["bills"]
    assert ask(loop.url, f"SELECT count(*) {UNFORGOTTEN}") == loop.before["people"]
    assert number(loop.url, "SELECT count(*) FROM catalogue_product") == 40


def test_an_order_outlives_the_customer_and_no_customer_becomes_a_guest(loop: Loop) -> None:
    assert number(loop.url, "SELECT count(*) FROM order_order WHERE user_id IS NULL AND guest_email = ''") > 0
    assert number(loop.url, "SELECT count(*) FROM order_order WHERE guest_email = 'erased-'") == 0


def test_the_schema_is_as_the_migrations_made_it(loop: Loop) -> None:
    assert ask(loop.url, CONSTRAINTS) == loop.before["constraints"]


def test_no_value_of_a_person_is_in_what_was_said_or_written(loop: Loop) -> None:
    said = "".join(map(loop.told, loop.ran)) + "".join(path.read_text(errors="replace") for path in loop.home.glob("*.json"))
    said += "".join(path.read_text(errors="replace") for path in (loop.home / "record").rglob("*") if path.is_file())
    assert "@example." not in said
    assert "+44207946" not in said
