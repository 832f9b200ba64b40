"""Aurigen's privacy folder loads, makes every promise, and its map is about the columns that the generator makes."""

from __future__ import annotations

from pathlib import Path

import pytest
from examples.aurigen.schema import STORES, columns_of, store_tables
from examples.aurigen.world import LITIGANT

from kept.base.names import Column
from kept.policy.load import load
from kept.policy.policy import Policy
from kept.promises.registry import terms

FOLDER = Path(__file__).parents[2] / "examples" / "aurigen" / "privacy"
PROMISED = {
    f"{chapter}.{number}"
    for chapter, last in zip(range(1, 11), (5, 6, 13, 3, 3, 1, 1, 1, 1, 4), strict=True)
    for number in range(1, last + 1)
}


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load(FOLDER, terms())


def test_every_promise_has_its_clause(policy: Policy) -> None:
    assert {clause.id for clause in policy.clauses} == PROMISED
    assert len(policy.clauses) == 38


def test_every_kind_of_promise_is_made(policy: Policy) -> None:
    assert {bound.code for bound in policy.bound} == set(terms()) - {"canary"}, (
        "nothing signs people up in an example that stands still"
    )


def test_no_clause_is_newer_than_the_policy(policy: Policy) -> None:
    assert max(clause.effective for clause in policy.clauses) == policy.effective


def test_every_mapped_column_is_there_and_every_other_is_left_out_on_purpose(policy: Policy) -> None:
    """Every column of a clean database is mapped or said not to be personal, so that a new one is noticed."""
    for store in STORES:
        for table, columns in columns_of(store_tables(store, planted=False)).items():
            entry = policy.stores[store].tables[table]
            assert sorted([*entry.fields, *entry.not_personal]) == sorted(columns), f"{store}.{table}"


def test_every_table_is_tied_to_people_and_expires(policy: Policy) -> None:
    tables = list(policy.tables())
    assert len(tables) == 13
    for mapped in tables:
        assert mapped.map.subject or mapped.map.links, str(mapped.table)
        assert mapped.map.retention, str(mapped.table)
        assert mapped.map.source, str(mapped.table)
        assert {link.to.table for link in mapped.map.links} <= {other.table for other in tables}


def test_links_cross_from_store_to_store(policy: Policy) -> None:
    crossing = {
        str(mapped.table) for mapped in policy.tables() for link in mapped.map.links if link.to.table.store != mapped.table.store
    }
    assert crossing == {
        "telemetry.usage_events",
        "telemetry.web_logs",
        "billing.invoices",
        "billing.payments",
        "billing.crm_contacts",
    }


def test_the_hold_names_the_account_that_the_generator_litigates(policy: Policy) -> None:
    (hold,) = policy.holds.values()
    assert hold.subjects == {Column.parse("app.accounts.id"): (str(LITIGANT),)}
    for table in hold.tables:
        mapped = policy.table(table)
        assert mapped is not None
        assert Column.parse("app.accounts.id") in {link.to for link in mapped.map.links}
