"""People are told once when what had stayed of their erasure is gone, and before their address is forgotten: on each database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from kept.db import configure
from kept.db.actions.forgetting import forget_erasures
from kept.db.actions.letters import letter_sent
from kept.db.actions.remainders import tell_of_gone
from kept.db.actions.requests import Coming, receive_request
from kept.db.models import AgentRequest, Letter, Remainder, Request
from kept.db.notices import Voice
from kept.db.request_key import opened_key
from kept.db.terms import Terms
from kept.db.upgrade import APP

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
VOICE = Voice(company="Aurigen", contact="privacy@aurigen.example")
NAMED = {"billing.invoices": "Invoices.", "billing.payments": "Payments."}

pytestmark = pytest.mark.usefixtures("folder")


def erased(address: str = "ada@example.org", language: str = "") -> Request:
    coming = Coming(right="erasure", channel="email", address=address, language=language, received_at=NOW - timedelta(days=90))
    ref = receive_request(coming, terms=Terms(jurisdictions=("eu",)), at=NOW, actor="worker")
    Request.objects.filter(ref=ref).update(state="answered", stage="", closed_at=NOW - timedelta(days=60), wake_at=None)
    return Request.objects.get(ref=ref)


def stayed(request: Request, table: str, rule: str, *, gone: bool) -> Remainder:
    return Remainder.objects.create(
        request=request, table=table, why="law", rule=rule, rows=2, gone_at=NOW if gone else None, look_at=None if gone else NOW
    )


def tell() -> int:
    return tell_of_gone(voice=VOICE, named=NAMED, at=NOW, actor="worker")


def text() -> str:
    one = Letter.objects.select_related("request").get()
    return opened_key(one.request.key).open_bytes(bytes(one.sealed), "letter").decode()


def test_one_letter_says_what_is_gone_and_no_second_one() -> None:
    request = erased()
    for table in ("billing.payments", "billing.invoices"):
        stayed(request, table, "a law", gone=True)
    assert tell() == 1
    assert "Invoices and Payments" in text()
    assert request.ref in text()
    assert tell() == 0
    assert Letter.objects.count() == 1


def test_a_table_of_which_something_still_stays_is_not_told_as_gone() -> None:
    request = erased()
    stayed(request, "billing.invoices", "a law", gone=True)
    other = stayed(request, "billing.invoices", "a hold", gone=False)
    assert tell() == 0
    Remainder.objects.filter(pk=other.pk).update(gone_at=NOW)
    assert tell() == 1
    assert "Invoices" in text()


@pytest.mark.parametrize("address", ["", "ada@example.org\nBcc: all@example.org"])
def test_whom_no_letter_reaches_is_asked_for_once_and_forgotten(address: str) -> None:
    request = erased(address)
    stayed(request, "billing.invoices", "a law", gone=True)
    assert forget_erasures(closed_before=NOW, at=NOW, actor="worker") == 0
    assert tell() == 0
    assert forget_erasures(closed_before=NOW, at=NOW, actor="worker") == 1


def test_the_address_is_forgotten_only_after_the_letter_went_out() -> None:
    stayed(erased(language="hi"), "billing.invoices", "a law", gone=True)
    assert forget_erasures(closed_before=NOW, at=NOW, actor="worker") == 0, "nobody was told yet"
    assert tell() == 1
    assert "Content-Language: hi" in text()
    assert forget_erasures(closed_before=NOW, at=NOW, actor="worker") == 0, "the letter waits"
    letter_sent(name=Letter.objects.get().name, at=NOW, actor="worker")
    assert forget_erasures(closed_before=NOW, at=NOW, actor="worker") == 1
    assert tell() == 0


def test_an_erasure_that_is_still_at_it_is_left_alone() -> None:
    request = erased()
    stayed(request, "billing.invoices", "a law", gone=True)
    Request.objects.update(stage="erase")
    assert tell() == 0
    Request.objects.update(stage="")
    assert tell() == 1


def test_nobody_is_told_after_an_upgrade_what_went_before_it(folder: Path) -> None:
    executor = MigrationExecutor(connection)
    executor.migrate([(APP, "0004_rights")])
    former = executor.loader.project_state([(APP, "0004_rights")]).apps
    days = dict.fromkeys(("received_at", "changed_at", "promised_by", "strict_by", "legal_by", "work_by"), NOW)
    request = former.get_model(APP, "Request").objects.create(right="erasure", channel="agent", ref="AbCdEfGhIjKl", **days)
    before = {"request": request, "table": "billing.invoices", "why": "law", "rows": 2}
    former.get_model(APP, "Remainder").objects.create(rule="one", gone_at=NOW, **before)
    former.get_model(APP, "Remainder").objects.create(rule="another", **before)
    former.get_model(APP, "AgentRequest").objects.create(request=request, agent="PERMIT", message="x")
    configure(folder)
    assert dict(Remainder.objects.values_list("rule", "told_at")) == {"one": NOW, "another": None}
    assert AgentRequest.objects.get().tell_at is not None, "whether it wants news is looked at once"
    assert tell() == 0
