"""Who has an address, on each kind of database: some take accents, widths and letter case for the same, and people do not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kept.base.names import Column
from kept.base.seals import subject_of
from kept.db import configure, disconnect
from kept.workflows.looking_up import askable, people_at, point_matches
from tests.company import Company
from tests.workflows.asking import Town

ANNA = "anna.asks@example.eu"
PLAIN = "UPDATE accounts SET email = :email, email_index = NULL WHERE id = :id"
CONTACT = "UPDATE crm_contacts SET email = :email WHERE id = (SELECT low FROM (SELECT min(id) AS low FROM crm_contacts) AS one)"


@pytest.fixture
def everywhere(anywhere: Company, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    for store, url in anywhere.urls.items():
        monkeypatch.setenv(f"AURIGEN_{store.upper()}_URL", url)
    if anywhere.state:
        monkeypatch.setenv("KEPT_DATABASE_URL", anywhere.state)
    configure(anywhere.privacy, whole=True)
    town = Town(anywhere)
    yield town
    town.world.close()
    disconnect()


def test_an_address_is_found_as_it_is_held_and_no_look_alike_is(everywhere: Town) -> None:
    held = {7: ANNA, 10: "anna.asks@fass.example", 11: "anna.asks+shop@example.eu"}
    for key, address in held.items():
        everywhere.change(PLAIN, email=address, id=key)
    everywhere.move_in(12, "sealed.person@example.eu")
    stores = everywhere.world.stores()
    for key, address in held.items():
        assert people_at(stores, address).subjects == (f"account:{key}",), address
    assert people_at(stores, "Anna.Asks@Example.EU").subjects == ("account:7",)
    assert people_at(stores, "Sealed.Person@example.eu").subjects == ("account:12",)
    for other in (
        "\u00e1nna.asks@example.eu",  # the same as anna to MariaDB
        "\uff41nna.asks@example.eu",
        "\u0430nna.asks@example.eu",
        "anna.asks@fa\u00df.example",
        "a%@example.eu",
        "anna_asks@example.eu",
        "' OR 1=1 --",
    ):
        assert people_at(stores, other).subjects == (), other


def test_in_a_plain_column_letter_case_makes_no_difference(everywhere: Town) -> None:
    """The table of contacts has plain addresses, as a salesperson wrote them."""
    everywhere.change(CONTACT, store="billing", email="Only.Here@Example.EU")
    stores = everywhere.world.stores()
    (found,) = people_at(stores, "only.here@example.eu").subjects
    assert found.partition(":")[0] != "account"
    assert people_at(stores, "nly.here@example.eu").subjects == ()


def test_answers_are_compared_in_the_forms_in_which_people_write(everywhere: Town) -> None:
    everywhere.move_in(7, ANNA)
    values: dict[str, Any] = {"name": "Ana Mar\u00eda  O'Neill", "work": "Muster & S\u00f6hne", "at": "1990-03-04 12:00:00"}
    statement = "UPDATE accounts SET full_name = :name, organisation = :work, created_at = :at WHERE id = 7"
    everywhere.change(statement, **values)
    stores, subject = everywhere.world.stores(), subject_of("account", 7)

    def right(name: str, answer: str) -> bool:
        return point_matches(stores, Column.parse(f"app.accounts.{name}"), subject, answer)

    assert all(
        right("full_name", one) for one in ("ANA MAR\u00cdA O'NEILL", "ana mar\u00eda oneill", " Ana  Mar\u00eda O\u2019Neill ")
    )
    assert not any(right("full_name", one) for one in ("", " ", "Ana", "Ana Maria O'Neill", "%", "Muster & S\u00f6hne"))
    assert all(right("created_at", one) for one in ("1990-03-04", "04.03.1990", "04/03/1990", "03/04/1990"))
    assert not any(right("created_at", one) for one in ("1990-03-05", "1990", "4711"))
    assert all(right("email", one) for one in (ANNA, ANNA.upper()))
    assert not right("email", "anna.asks@example.com")
    assert not point_matches(stores, Column.parse("app.accounts.full_name"), subject_of("account", 8), str(values["name"]))
    columns = [Column.parse(f"app.accounts.{one}") for one in ("full_name", "organisation", "job_title")]
    assert askable(stores, columns, subject, 2) == tuple(columns[:2])
    everywhere.change("UPDATE accounts SET organisation = '' WHERE id = 7")
    assert columns[1] not in askable(stores, columns, subject, 3)
    assert askable(stores, columns, "", 2) == tuple(columns[:2])
