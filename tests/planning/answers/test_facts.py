"""What answers are filled from, read from a policy."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from kept.base.names import Column
from kept.base.periods import Period
from kept.planning.answers import Done, Facts, facts_of
from kept.policy.datamap import FieldMap, Link, RetentionRule, TableMap
from kept.policy.settings import Transfer
from kept.policy.taxonomy import Category
from tests.planning.memory import policy_of

from .world import ON, RECEIVED, policy

NAME = FieldMap(category=Category(key="user.name.first"))


def facts(*tables: str, place: str = "", on: date = ON) -> Facts:
    wanted = tables or None
    return facts_of(policy(), ref="abc", received=RECEIVED, on=on, done=Done(), tables=wanted, place=place)


def test_only_what_is_held_of_the_person_is_told() -> None:
    found = facts("app.newsletter")
    assert [one.title for one in found.purposes] == ["Newsletters and product news"]
    assert [one.name for one in found.recipients] == ["Lanternpost ApS"]
    assert found.sources == (("direct", ""),)
    assert found.regions == ("eu",)
    assert len(found.retention) == 1
    assert not facts("app.nothing").found


def test_categories_are_told_broadly_and_once() -> None:
    assert len(facts().categories) == len(set(facts().categories))
    assert all(one.count(".") == 1 for one in facts().categories)


def test_a_processor_that_is_not_used_yet_receives_nothing() -> None:
    names = {one.name for one in facts().recipients}
    assert "Quietbell Oy" not in names
    assert "Quietbell Oy" in {one.name for one in facts(on=date(2027, 2, 1)).recipients}


def test_bases_are_those_of_the_place() -> None:
    def bases(place: str) -> tuple[str, ...]:
        return facts("app.accounts", place=place).purposes[0].bases

    assert bases("") == ("contract",)
    assert bases("in") == ("consent",)


def test_the_law_that_keeps_longer_is_told() -> None:
    assert "(6 years)" in facts("billing.invoices").retention[0].law


def test_a_table_without_a_period_goes_with_what_it_belongs_to() -> None:
    people = TableMap(what="People.", fields={"id": NAME}, retention=RetentionRule(keep=Period(months=24), after="closed_at"))
    pets = TableMap(
        what="Pets.", fields={"name": NAME}, links=(Link(column="owner", to=Column.parse("shop.people.id"), kind="owned"),)
    )
    stray = TableMap(what="Strays.", fields={"name": NAME})
    read = policy_of({"people": people, "pets": pets, "strays": stray})
    found = {one.what: one for one in facts_of(read, ref="", received=ON, on=ON, done=Done()).retention}
    assert (found["Pets."].period, found["Pets."].above) == (Period(months=24), "People.")
    assert found["Strays."].period is None


def test_tables_that_point_at_each_other_come_to_an_end() -> None:
    one = TableMap(what="One.", fields={}, links=(Link(column="b", to=Column.parse("shop.two.id")),))
    two = TableMap(what="Two.", fields={}, links=(Link(column="a", to=Column.parse("shop.one.id")),))
    read = policy_of({"one": one, "two": two})
    assert {found.period for found in facts_of(read, ref="", received=ON, on=ON, done=Done()).retention} == {None}


def test_a_safeguard_counts_while_it_holds() -> None:
    read = policy()
    transfers = (
        Transfer(origin="eu", destination="us", mechanism="standard-contractual-clauses", record="x", until=date(2026, 12, 1)),
    )
    bare = {name: replace(one, safeguard="") for name, one in read.processors.items()}
    read = replace(read, processors=bare, settings=replace(read.settings, transfers=transfers))

    def guard(on: date) -> str:
        found = facts_of(read, ref="", received=ON, on=on, done=Done(), tables=["billing.crm_contacts"])
        return next(one.safeguard for one in found.recipients if one.region == "us")

    assert guard(ON) == "standard-contractual-clauses"
    assert guard(date(2026, 12, 1)) == ""
