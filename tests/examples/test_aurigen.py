"""The example company: the same seed makes the same rows, and what it says it planted is what plain SQL finds."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
from examples.aurigen.generate import Order, generate, main
from examples.aurigen.schema import STORES
from examples.aurigen.texts import SPECIAL
from examples.aurigen.writing import open_engine
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import OperationalError
from stdnum import iban as iban_number

AS_OF = date(2026, 11, 23)
SMALL = 400
SERVERS = {
    "postgresql": os.environ.get("KEPT_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432"),
    "mariadb": os.environ.get("KEPT_TEST_MARIADB", "mariadb://root@127.0.0.1:3306"),
}
OPEN = "a.status IN ('active', 'suspended')"

# What breaks a promise, in plain SQL; the days are months counted back from AS_OF, by hand. {held} leaves the lawsuit's rows out.
OVERDUE: Mapping[str, tuple[str, str]] = {
    "app.accounts": ("app", f"SELECT count(*) FROM accounts a WHERE closed_at < '2024-11-23' AND NOT {OPEN}"),
    "app.sessions": ("app", "SELECT count(*) FROM sessions WHERE expires_at < '2026-10-24'"),
    "app.api_keys": ("app", "SELECT count(*) FROM api_keys WHERE ended_at < '2026-08-25' AND status <> 'active'"),
    "app.newsletter": ("app", "SELECT count(*) FROM newsletter WHERE unsubscribed_at < '2026-10-24' AND status = 'unsubscribed'"),
    "app.prompts": (
        "app",
        f"SELECT count(*) FROM prompts p JOIN accounts a ON a.id = p.account_id WHERE a.closed_at < '2024-11-23' AND NOT {OPEN}",
    ),
    "app.files": (
        "app",
        f"SELECT count(*) FROM files f JOIN accounts a ON a.id = f.account_id WHERE a.closed_at < '2024-11-23' AND NOT {OPEN}",
    ),
    "app.tickets": ("app", "SELECT count(*) FROM tickets t WHERE closed_at < '2024-11-23' AND {held}"),
    "app.ticket_messages": (
        "app",
        "SELECT count(*) FROM ticket_messages m JOIN tickets t ON t.id = m.ticket_id WHERE t.closed_at < '2024-11-23' AND {held}",
    ),
    "billing.invoices": ("billing", "SELECT count(*) FROM invoices t WHERE issued_at < '2020-11-23' AND {held}"),
    "billing.payments": (
        "billing",
        "SELECT count(*) FROM payments p JOIN invoices t ON t.id = p.invoice_id WHERE t.issued_at < '2020-11-23' AND {held}",
    ),
    "billing.crm_contacts": ("billing", "SELECT count(*) FROM crm_contacts WHERE last_touch_at < '2024-11-23'"),
    "telemetry.usage_events": ("telemetry", "SELECT count(*) FROM usage_events WHERE at < '2025-11-23'"),
    "telemetry.web_logs": ("telemetry", "SELECT count(*) FROM web_logs WHERE at < '2025-11-23'"),
}
CLOCKLESS = {
    "app.newsletter.unsubscribed_at": (
        "app",
        "SELECT count(*) FROM newsletter WHERE unsubscribed_at IS NULL AND status = 'unsubscribed'",
    ),
    "app.accounts.closed_at": ("app", f"SELECT count(*) FROM accounts a WHERE closed_at IS NULL AND NOT {OPEN}"),
    "app.tickets.closed_at": ("app", "SELECT count(*) FROM tickets WHERE closed_at IS NULL AND status <> 'open'"),
    "app.api_keys.ended_at": ("app", "SELECT count(*) FROM api_keys WHERE ended_at IS NULL AND status <> 'active'"),
    "telemetry.web_logs.at": ("telemetry", "SELECT count(*) FROM web_logs WHERE at IS NULL"),
}
NETWORKS = (("app", "sessions"), ("telemetry", "usage_events"), ("telemetry", "web_logs"))
FAMILY = re.compile(r"[A-Z][a-z]+ on [A-Za-z]+")


def order(folder: Path, **changes: Any) -> Order:
    settings: dict[str, Any] = {"seed": 7, "people": SMALL, "as_of": AS_OF}
    settings["urls"] = {store: f"sqlite:///{folder / store}.sqlite3" for store in STORES}
    return Order(**(settings | changes))


@contextmanager
def connected(urls: Mapping[str, str]) -> Iterator[dict[str, Connection]]:
    engines = {store: open_engine(urls[store]) for store in STORES}
    links = {store: engine.connect() for store, engine in engines.items()}
    try:
        yield links
    finally:
        for store in STORES:
            links[store].close()
            engines[store].dispose()


def one(connection: Connection, query: str) -> int:
    return int(connection.execute(text(query)).scalar_one())


def found(links: Mapping[str, Connection]) -> dict[str, Counter[str]]:
    """Count what breaks each promise, without any help from the generator."""
    seen: dict[str, Counter[str]] = {
        code: Counter() for code in ("retention", "clock-present", "coarse-network", "special-categories")
    }
    for table, (store, query) in OVERDUE.items():
        seen["retention"][table] = one(links[store], query.format(held="t.account_id <> 42"))
    for column, (store, query) in CLOCKLESS.items():
        seen["clock-present"][column] = one(links[store], query)
    for store, table in NETWORKS:
        rows = links[store].execute(text(f"SELECT network, agent FROM {table}")).all()
        seen["coarse-network"][f"{store}.{table}.network"] = sum(_is_full(network) for network, _ in rows)
        seen["coarse-network"][f"{store}.{table}.agent"] = sum(not FAMILY.fullmatch(agent) for _, agent in rows)
    said = {sentence for sentences in SPECIAL.values() for sentence in sentences}
    prompts = links["app"].execute(text("SELECT body FROM prompts WHERE special_grant_at IS NULL")).scalars()
    seen["special-categories"]["app.prompts.body"] = sum(body in said for body in prompts)
    wrong = one(links["app"], "SELECT count(*) FROM accounts WHERE data_region NOT IN ('eu', 'uk')")
    seen["region"] = Counter({"app.accounts.data_region": wrong})
    columns = {column["name"] for column in inspect(links["app"]).get_columns("tickets")}
    called = one(links["app"], "SELECT count(caller_phone) FROM tickets") if "caller_phone" in columns else 0
    seen["documented"] = Counter({"app.tickets.caller_phone": called})
    return {code: +counts for code, counts in seen.items() if +counts}


def _is_full(network: str) -> bool:
    address = ip_address(network)
    return bool(int(address) & ((1 << (8 if address.version == 4 else 80)) - 1))


def sums(urls: Mapping[str, str]) -> dict[str, str]:
    """Return a digest of the rows of every table, in order of id."""
    digests = {}
    with connected(urls) as links:
        for store, connection in links.items():
            for table in inspect(connection).get_table_names():
                rows = connection.execute(text(f"SELECT * FROM {table} ORDER BY id")).all()
                digests[f"{store}.{table}"] = hashlib.sha256(repr([tuple(row) for row in rows]).encode()).hexdigest()
    return digests


def planted(summary: Mapping[str, Any]) -> dict[str, Counter[str]]:
    """Return what the summary says, file modes aside."""
    return {code: Counter(places) for code, places in summary["planted"].items() if code != "least-privilege"}


@pytest.mark.parametrize("seed", [1, 7, 2026])
def test_planted_counts_are_what_sql_finds(tmp_path: Path, seed: int) -> None:
    asked = order(tmp_path, seed=seed)
    summary = generate(asked)
    with connected(asked.urls) as links:
        assert found(links) == planted(summary)
        counted = {f"{store}.{table}" for store in STORES for table in inspect(links[store]).get_table_names()}
        assert counted == set(summary["rows"])  # type: ignore[call-overload]  # the summary is made for JSON
        for name, number in summary["rows"].items():  # type: ignore[attr-defined]  # as above
            store, table = name.split(".")
            assert one(links[store], f"SELECT count(*) FROM {table}") == number


def test_every_kind_of_break_is_planted(tmp_path: Path) -> None:
    said = planted(generate(order(tmp_path)))
    assert set(said) == {"retention", "clock-present", "coarse-network", "special-categories", "region", "documented"}
    assert set(said["retention"]) == set(OVERDUE)
    assert min(number for counts in said.values() for number in counts.values()) > 0


def test_a_clean_company_breaks_nothing(tmp_path: Path) -> None:
    asked = order(tmp_path, clean=True)
    summary = generate(asked)
    assert summary["planted"] == {}
    with connected(asked.urls) as links:
        assert found(links) == {}
    assert {stat.S_IMODE((tmp_path / f"{store}.sqlite3").stat().st_mode) for store in STORES} == {0o600}


def test_the_telemetry_file_is_open_to_everyone_when_planted(tmp_path: Path) -> None:
    summary: Any = generate(order(tmp_path))
    modes = {store: stat.S_IMODE((tmp_path / f"{store}.sqlite3").stat().st_mode) for store in STORES}
    assert modes == {"app": 0o600, "telemetry": 0o644, "billing": 0o600}
    readers = sum(bool(modes["telemetry"] & bit) for bit in (stat.S_IRGRP, stat.S_IROTH))
    assert summary["planted"]["least-privilege"] == {"telemetry": readers}


def test_an_account_closed_thirty_months_ago_is_there_with_what_it_left(tmp_path: Path) -> None:
    asked = order(tmp_path)
    generate(asked)
    with connected(asked.urls) as links:
        closed = links["app"].execute(text("SELECT id FROM accounts WHERE closed_at = '2024-05-23 00:00:00'")).scalars().all()
        assert len(closed) == 1
        assert one(links["app"], f"SELECT count(*) FROM api_keys WHERE account_id = {closed[0]}") == 1
        assert one(links["app"], f"SELECT count(*) FROM sessions WHERE account_id = {closed[0]}") == 1


@pytest.mark.parametrize("clean", [True, False])
def test_the_lawsuit_holds_rows_that_would_be_overdue(tmp_path: Path, clean: bool) -> None:
    asked = order(tmp_path, clean=clean)
    summary: Any = generate(asked)
    with connected(asked.urls) as links:
        held = {
            table: one(links[store], query.format(held="t.account_id = 42"))
            for table, (store, query) in OVERDUE.items()
            if "{held}" in query
        }
    assert held == summary["held"]
    assert min(held.values()) > 0


def test_the_same_seed_makes_the_same_rows_and_another_seed_others(tmp_path: Path) -> None:
    asked = {name: order(tmp_path / name, seed=seed) for name, seed in (("a", 7), ("b", 7), ("c", 8))}
    summaries = {}
    for name, each in asked.items():
        (tmp_path / name).mkdir()
        summaries[name] = generate(each)
    digests = {name: sums(each.urls) for name, each in asked.items()}
    assert digests["a"] == digests["b"]
    assert summaries["a"] == summaries["b"]
    assert all(digests["a"][table] != digests["c"][table] for table in digests["a"])


def test_it_is_as_large_as_it_was_asked_to_be(tmp_path: Path) -> None:
    summary: Any = generate(order(tmp_path, people=2_500, rows=60_000))
    assert sum(summary["rows"].values()) == 60_000
    assert summary["rows"]["app.accounts"] == 2_500


def test_impossible_sizes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="too few for 400 people; the least is"):
        generate(order(tmp_path, rows=500))
    with pytest.raises(ValueError, match="99 people are too few"):
        generate(order(tmp_path, people=99, replace=True))


def test_tables_in_the_way_are_left_alone(tmp_path: Path) -> None:
    generate(order(tmp_path))
    before = sums(order(tmp_path).urls)
    with pytest.raises(FileExistsError, match=r"already holds accounts.*nothing was changed"):
        generate(order(tmp_path, seed=8))
    assert sums(order(tmp_path).urls) == before
    generate(order(tmp_path, seed=8, replace=True))
    assert sums(order(tmp_path).urls) != before


def test_numbers_of_people_pass_the_checks_of_their_kind(tmp_path: Path) -> None:
    asked = order(tmp_path)
    generate(asked)
    with connected(asked.urls) as links:
        phones = links["app"].execute(text("SELECT caller_phone FROM tickets WHERE caller_phone IS NOT NULL")).scalars().all()
        accounts = links["billing"].execute(text("SELECT iban FROM payments WHERE iban IS NOT NULL")).scalars().all()
    assert phones
    assert accounts
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(phone)) for phone in phones)
    assert all(iban_number.is_valid(account) for account in accounts)


def test_children_point_to_rows_that_are_there(tmp_path: Path) -> None:
    asked = order(tmp_path)
    generate(asked)
    with connected(asked.urls) as links:
        assert links["app"].execute(text("PRAGMA foreign_key_check")).all() == []
        assert links["billing"].execute(text("PRAGMA foreign_key_check")).all() == []
        people = set(links["app"].execute(text("SELECT id FROM accounts")).scalars())
        for store, table in (("telemetry", "usage_events"), ("telemetry", "web_logs"), ("billing", "invoices")):
            query = text(f"SELECT DISTINCT account_id FROM {table} WHERE account_id IS NOT NULL")
            assert set(links[store].execute(query).scalars()) <= people


def test_the_command_writes_what_it_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--people", "100", "--as-of", "2026-11-23", "--planted", str(tmp_path / "planted.json")]
    words += [word for store in STORES for word in (f"--{store}", f"sqlite:///{tmp_path / store}.sqlite3")]
    assert main(words) == 0
    printed = json.loads(capsys.readouterr().out)
    assert json.loads((tmp_path / "planted.json").read_text()) == printed
    assert printed["rows"]["app.accounts"] == 100
    assert main(words) == 2
    assert "--replace" in capsys.readouterr().err


@pytest.fixture(params=sorted(SERVERS))
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give the URL of a fresh database on a real server, dropped afterwards."""
    base, name = SERVERS[request.param], f"aurigen_test_{secrets.token_hex(4)}"
    engine = open_engine(f"{base}/{'postgres' if request.param == 'postgresql' else 'mysql'}")
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except OperationalError as error:
        engine.dispose()
        pytest.skip(f"no {request.param} lets us in (KEPT_TEST_POSTGRES, KEPT_TEST_MARIADB): {type(error).__name__}")
    yield f"{base}/{name}"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"DROP DATABASE {name}"))
    engine.dispose()


@pytest.mark.service
@pytest.mark.parametrize("partitions", [False, True])
def test_servers_hold_the_same_rows(server: str, tmp_path: Path, partitions: bool) -> None:
    asked = order(tmp_path, urls=dict.fromkeys(STORES, server), partitions=partitions)
    summary: Any = generate(asked)
    here: Any = generate(order(tmp_path))
    assert summary["rows"] == here["rows"]
    assert planted(summary) == planted(here)
    with connected(asked.urls) as links:
        assert found(links) == planted(summary)
        for name, number in summary["rows"].items():
            assert one(links["app"], f"SELECT count(*) FROM {name.split('.')[1]}") == number
        assert _partitions(links["telemetry"]) == (21 if partitions else 0)


def _partitions(connection: Connection) -> int:
    if connection.dialect.name == "postgresql":
        return one(connection, "SELECT count(*) FROM pg_inherits WHERE inhparent = 'usage_events'::regclass")
    return one(
        connection,
        "SELECT count(partition_name) FROM information_schema.partitions"
        " WHERE table_schema = database() AND table_name = 'usage_events'",
    )
