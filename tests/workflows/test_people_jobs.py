"""Finding a person in the stores by a verified address, and counting what is held of them: on the example company."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from allauth.account.models import EmailAddress

from kept.base.errors import NotThere
from kept.base.roles import Who
from kept.db import configure
from kept.db.access.holdings import holdings_of
from kept.db.access.jobs import KnownJob, job_by_ref
from kept.db.actions.jobs import ask_for_job
from kept.db.models import Account, Job
from kept.vault import open_vault
from kept.workflows.check import clock
from kept.workflows.working import work_once
from tests.company import Company


@pytest.fixture
def company(made: Company, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    for store, url in made.urls.items():
        monkeypatch.setenv(f"AURIGEN_{store.upper()}_URL", url)
    configure(made.privacy, whole=True)
    yield made
    Account.objects.all().delete()
    Job.objects.all().delete()


def read(company: Company, store: str, statement: str) -> list[tuple[Any, ...]]:
    engine = sa.create_engine(company.urls[store])
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(sa.text(statement))]
    engine.dispose()
    return rows


def address_of(company: Company, key: int) -> str:
    vault = open_vault(company.privacy)
    sealed = read(company, "app", f"SELECT email FROM accounts WHERE id = {key}")[0][0]
    opened = sealed
    if sealed.startswith("kept1:"):
        opened = vault.field("app.accounts.email").open_text(f"account:{key}", sealed)
    vault.close()
    return str(opened)


def account(email: str, *, verified: bool = True) -> Who:
    made = Account.objects.create(email=email)
    EmailAddress.objects.create(user=made, email=email, verified=verified, primary=True)
    return Who(account=made.pk, ref=made.ref)


def done(company: Company, kind: str, key: str, wanted: dict[str, Any], by: Who) -> KnownJob:
    ref = ask_for_job(kind=kind, key=key, wanted=wanted, by=by, at=clock())
    assert work_once(company.privacy)
    return job_by_ref(ref, by=by)


def identified(company: Company, by: Who) -> tuple[KnownJob, str]:
    job = done(company, "identify", by.ref, {"account": by.ref}, by)
    return job, Account.objects.get(pk=by.account).subject


def known_person(company: Company) -> int:
    """Return somebody with rows in every store, whose address is theirs alone."""
    sql = "SELECT account_id FROM usage_events GROUP BY account_id ORDER BY count(*) DESC LIMIT 1"
    return int(read(company, "telemetry", sql)[0][0])


def test_a_person_is_found_by_their_verified_address(company: Company) -> None:
    key = known_person(company)
    email = address_of(company, key)
    job, subject = identified(company, account(email.upper()))
    assert job.state == "done", job.error
    assert job.result == {"found": "one", "columns": job.result["columns"] if job.result else 0}
    assert subject == f"account:{key}"
    row = Job.objects.get(ref=job.ref)
    assert email.lower() not in f"{row.wanted}{row.result}{row.key}{row.actor}{row.doing}".lower()


def test_an_address_that_nobody_verified_finds_nobody(company: Company) -> None:
    job, subject = identified(company, account(address_of(company, known_person(company)), verified=False))
    assert job.result == {"found": "no-address", "columns": 0}
    assert subject == ""


def test_a_person_who_has_an_account_already_is_not_given_to_another(company: Company) -> None:
    key = known_person(company)
    Account.objects.create(email="first@aurigen.example", subject=f"account:{key}")
    job, subject = identified(company, account(address_of(company, key)))
    assert job.result is not None
    assert job.result["found"] == "taken"
    assert subject == ""


def test_nobody_is_found_where_nobody_is(company: Company) -> None:
    job, subject = identified(company, account("nobody-at-all@elsewhere.example"))
    assert job.result is not None
    assert (job.result["found"], subject) == ("none", "")
    assert job.result["columns"] == 3


def test_two_people_with_one_address_are_several(company: Company) -> None:
    key = known_person(company)
    email = address_of(company, key)
    other = read(company, "app", f"SELECT id FROM accounts WHERE id <> {key} LIMIT 1")[0][0]
    vault = open_vault(company.privacy)
    index = vault.index("app.accounts.email", "email").of(email)
    vault.close()
    company.execute("app", f"UPDATE accounts SET email_index = '{index}' WHERE id = {other}")
    try:
        job, subject = identified(company, account(email))
    finally:
        company.execute("app", f"UPDATE accounts SET email_index = NULL WHERE id = {other}")
    assert job.result is not None
    assert (job.result["found"], subject) == ("several", "")


def test_without_the_vault_nobody_is_said_to_be_nobody(company: Company, tmp_path: Path) -> None:
    vault = company.privacy / ".kept" / "vault"
    shutil.move(vault, tmp_path / "vault")
    try:
        job, subject = identified(company, account("nobody-at-all@elsewhere.example"))
    finally:
        shutil.move(tmp_path / "vault", vault)
    assert job.state == "failed"
    assert "vault" in job.error
    assert subject == ""


def test_what_is_held_is_counted_in_every_store(company: Company) -> None:
    key = known_person(company)
    by = account("x@elsewhere.example")
    job = done(company, "holdings", f"account:{key}", {"subject": f"account:{key}"}, by)
    assert job.state == "done", job.error
    me = Who(account=by.account, ref=by.ref, subject=f"account:{key}")
    found = holdings_of(f"account:{key}", by=me)
    assert found is not None
    counted = {f"{one.store}.{one.table}": one.rows for one in found.counted}
    assert found.unknown == ()
    for store, tables in {
        "app": ("sessions", "api_keys", "prompts", "files", "tickets", "newsletter"),
        "telemetry": ("usage_events", "web_logs"),
        "billing": ("invoices", "payments"),
    }.items():
        for table in tables:
            want = read(company, store, f"SELECT count(*) FROM {table} WHERE account_id = {key}")[0][0]
            if table == "payments":
                sql = f"account_id = {key} OR invoice_id IN (SELECT id FROM invoices WHERE account_id = {key})"
                want = read(company, store, f"SELECT count(*) FROM payments WHERE {sql}")[0][0]
            assert counted[f"{store}.{table}"] == want, table
    assert counted["app.accounts"] == 1
    assert counted["telemetry.usage_events"] > 0
    email = address_of(company, key)
    engine = sa.create_engine(company.urls["billing"])
    with engine.connect() as connection:
        contacts = connection.execute(sa.text("SELECT count(*) FROM crm_contacts WHERE lower(email) = lower(:it)"), {"it": email})
        assert counted["billing.crm_contacts"] == contacts.scalar_one()
    engine.dispose()
    region = read(company, "app", f"SELECT data_region FROM accounts WHERE id = {key}")[0][0]
    assert found.jurisdictions == (region,)
    assert "@" not in str(job.result)


def test_a_store_that_is_away_is_not_counted_and_says_so(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AURIGEN_TELEMETRY_URL")
    by = account("x@elsewhere.example")
    job = done(company, "holdings", "account:1", {"subject": "account:1"}, by)
    assert job.result is not None
    assert {one["store"] for one in job.result["unknown"]} == {"telemetry"}
    assert "AURIGEN_TELEMETRY_URL" in job.result["unknown"][0]["reason"]
    assert "telemetry" not in {one["store"] for one in job.result["counted"]}


@pytest.mark.parametrize("subject", ["", "account:", "nothing:1", "account", "' OR 1=1 --", "robot:1; DROP TABLE accounts"])
def test_a_kind_of_person_that_the_map_does_not_know_is_refused(company: Company, subject: str) -> None:
    job = done(company, "holdings", subject[:90] or "none", {"subject": subject}, account("x@elsewhere.example"))
    assert job.state == "failed"
    assert "kind of person" in job.error


def test_a_key_that_is_no_number_counts_nothing(company: Company) -> None:
    job = done(company, "holdings", "odd", {"subject": "account:1 OR 1=1"}, account("x@elsewhere.example"))
    assert job.result is not None
    assert sum(one["rows"] for one in job.result["counted"]) == 0


def test_counts_are_shown_to_the_person_alone(company: Company) -> None:
    for by in (Who(), Who(account=7, ref="x", subject="account:2"), Who(account=7, ref="x", role="auditor", vouched=True)):
        with pytest.raises(NotThere):
            holdings_of("account:1", by=by)
    assert holdings_of("account:1", by=Who(account=7, ref="x", role="support", vouched=True)) is None


def test_a_person_whose_address_is_sealed_is_found_by_the_blind_index(company: Company) -> None:
    """The example has columns that are still plain, and after a row is sealed it is found by its index alone."""
    key, vault = known_person(company), open_vault(company.privacy)
    email = "sealed.person@elsewhere.example"
    before = read(company, "app", f"SELECT email, email_index FROM accounts WHERE id = {key}")[0]
    sealed = vault.field("app.accounts.email").seal_text(f"account:{key}", email)
    index = vault.index("app.accounts.email", "email").of(email)
    vault.close()
    company.execute("app", f"UPDATE accounts SET email = '{sealed}', email_index = '{index}' WHERE id = {key}")
    try:
        job, subject = identified(company, account("Sealed.Person@Elsewhere.example"))
    finally:
        put_back = "NULL" if before[1] is None else f"'{before[1]}'"
        company.execute("app", f"UPDATE accounts SET email = '{before[0]}', email_index = {put_back} WHERE id = {key}")
    assert job.result is not None
    assert (job.result["found"], subject) == ("one", f"account:{key}")
