"""The tables of Aurigen's three databases, as SQLAlchemy Core describes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeEngine

__all__ = ["STORES", "store_tables"]

STORES = ("app", "telemetry", "billing")

BIG: TypeEngine[int] = BigInteger().with_variant(Integer, "sqlite")
WHEN = DateTime(timezone=True)
JSON_TEXT = JSON()
EMAIL, NAME = String(600), String(800)
"""An address has at most 254 characters and a name, here, 200; once sealed they take up to 425 and 650 (more for other scripts)."""
INDEX = String(32)
"""A blind index: the rows are found by it once the address is sealed."""


def store_tables(store: str, *, planted: bool, partitioned: bool = False) -> MetaData:
    """Return the tables of one store, in an order that foreign keys allow.

    `planted` adds the column that nobody documented, `partitioned` makes usage_events partitionable by its clock.
    """
    tables = MetaData()
    match store:
        case "app":
            _people(tables)
            _content(tables)
            _support(tables, planted=planted)
        case "telemetry":
            _telemetry(tables, partitioned=partitioned)
        case "billing":
            _billing(tables)
        case _:
            raise ValueError(f"{store!r} is not a store of Aurigen; expected one of {', '.join(STORES)}")
    return tables


def columns_of(tables: MetaData) -> Mapping[str, Sequence[str]]:
    """Return the names of the columns of every table, in order."""
    return {table.name: [column.name for column in table.columns] for table in tables.sorted_tables}


def _id() -> Column[int]:
    return Column("id", BIG, primary_key=True, autoincrement=False)


def _account(*, nullable: bool = False, on_delete: str | None = None) -> Column[int]:
    return Column("account_id", BIG, ForeignKey("accounts.id", ondelete=on_delete), nullable=nullable, index=True)


def _people(tables: MetaData) -> None:
    Table(
        "accounts",
        tables,
        _id(),
        Column("email", EMAIL, nullable=False, unique=True),
        Column("email_index", INDEX, unique=True),
        Column("full_name", NAME, nullable=False),
        Column("organisation", String(120)),
        Column("job_title", String(80)),
        Column("status", String(12), nullable=False),
        Column("data_region", String(8), nullable=False),
        Column("settings", JSON_TEXT, nullable=False),
        Column("password_hash", String(120), nullable=False),
        Column("adult_confirmed_at", WHEN, nullable=False),
        Column("created_at", WHEN, nullable=False),
        Column("closed_at", WHEN, index=True),
    )
    Table(
        "sessions",
        tables,
        _id(),
        _account(),
        Column("token_hash", String(64), nullable=False),
        Column("network", String(45), nullable=False),
        Column("agent", String(300), nullable=False),
        Column("created_at", WHEN, nullable=False),
        Column("expires_at", WHEN, nullable=False),
    )
    Table(
        "api_keys",
        tables,
        _id(),
        _account(),
        Column("label", String(60), nullable=False),
        Column("secret_hash", String(64), nullable=False),
        Column("status", String(12), nullable=False),
        Column("created_at", WHEN, nullable=False),
        Column("ended_at", WHEN),
    )
    Table(
        "newsletter",
        tables,
        _id(),
        _account(nullable=True, on_delete="SET NULL"),
        Column("email", EMAIL, nullable=False, unique=True),
        Column("email_index", INDEX, unique=True),
        Column("full_name", NAME),
        Column("status", String(12), nullable=False),
        Column("notice_version", String(12), nullable=False),
        Column("subscribed_at", WHEN, nullable=False),
        Column("unsubscribed_at", WHEN),
    )


def _content(tables: MetaData) -> None:
    Table(
        "prompts",
        tables,
        _id(),
        _account(),
        Column("feature", String(20), nullable=False),
        Column("model", String(30), nullable=False),
        Column("body", Text, nullable=False),
        Column("special_grant_at", WHEN),
        Column("created_at", WHEN, nullable=False),
    )
    Table(
        "files",
        tables,
        _id(),
        _account(),
        Column("name", NAME, nullable=False),
        Column("media_type", String(60), nullable=False),
        Column("bytes", BIG, nullable=False),
        Column("sha256", String(64), nullable=False),
        Column("excerpt", Text),
        Column("created_at", WHEN, nullable=False),
    )


def _support(tables: MetaData, *, planted: bool) -> None:
    undocumented = [Column("caller_phone", String(40))] if planted else []
    Table(
        "tickets",
        tables,
        _id(),
        _account(),
        Column("requester_email", EMAIL, nullable=False),
        Column("subject", NAME, nullable=False),
        Column("status", String(12), nullable=False),
        Column("opened_at", WHEN, nullable=False),
        Column("closed_at", WHEN),
        *undocumented,
    )
    Table(
        "ticket_messages",
        tables,
        _id(),
        Column("ticket_id", BIG, ForeignKey("tickets.id"), nullable=False, index=True),
        _account(),
        Column("author", String(10), nullable=False),
        Column("body", Text, nullable=False),
        Column("sent_at", WHEN, nullable=False),
    )


def _telemetry(tables: MetaData, *, partitioned: bool) -> None:
    events = Table(
        "usage_events",
        tables,
        _id(),
        Column("account_id", BIG, nullable=False),
        Column("at", WHEN, nullable=False, primary_key=partitioned),
        Column("feature", String(30), nullable=False),
        Column("status_code", SmallInteger, nullable=False),
        Column("duration_ms", Integer, nullable=False),
        Column("network", String(45), nullable=False),
        Column("agent", String(300), nullable=False),
        Column("region", String(8), nullable=False),
        postgresql_partition_by="RANGE (at)" if partitioned else None,
    )
    logs = Table(
        "web_logs",
        tables,
        _id(),
        Column("at", WHEN),
        Column("account_id", BIG),
        Column("network", String(45), nullable=False),
        Column("agent", String(300), nullable=False),
        Column("method", String(8), nullable=False),
        Column("path", String(200), nullable=False),
        Column("status_code", SmallInteger, nullable=False),
    )
    for table in (events, logs):
        Index(f"{table.name}_at", table.c.at)
        Index(f"{table.name}_account_id", table.c.account_id)


def _billing(tables: MetaData) -> None:
    Table(
        "invoices",
        tables,
        _id(),
        Column("number", String(20), nullable=False, unique=True),
        Column("account_id", BIG, nullable=False, index=True),
        Column("billed_name", String(120), nullable=False),
        Column("billed_email", String(254), nullable=False),
        Column("street", String(120), nullable=False),
        Column("postal_code", String(16), nullable=False),
        Column("city", String(80), nullable=False),
        Column("country", String(2), nullable=False),
        Column("currency", String(3), nullable=False),
        Column("total", Numeric(10, 2), nullable=False),
        Column("issued_at", WHEN, nullable=False, index=True),
    )
    Table(
        "payments",
        tables,
        _id(),
        Column("invoice_id", BIG, ForeignKey("invoices.id"), nullable=False, index=True),
        Column("account_id", BIG, nullable=False, index=True),
        Column("method", String(10), nullable=False),
        Column("card_last4", String(4)),
        Column("iban", String(34)),
        Column("amount", Numeric(10, 2), nullable=False),
        Column("paid_at", WHEN, nullable=False),
    )
    Table(
        "crm_contacts",
        tables,
        _id(),
        Column("external_id", String(24), nullable=False, unique=True),
        Column("email", String(254), nullable=False, index=True),
        Column("full_name", String(120), nullable=False),
        Column("organisation", String(120), nullable=False),
        Column("job_title", String(80)),
        Column("created_at", WHEN, nullable=False),
        Column("last_touch_at", WHEN, nullable=False, index=True),
    )
