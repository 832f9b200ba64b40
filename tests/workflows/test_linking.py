"""Letters with links are not written where nothing says where the pages are; the rest goes on."""

from __future__ import annotations

import logging
from threading import Event

import pytest

from kept.workflows.intake import acknowledge
from kept.workflows.linking import followed
from kept.workflows.working import work
from tests.workflows.asking import Town

CONFIRM = "/ask/confirm/x/"


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing says where the pages are."""
    monkeypatch.delenv("KEPT_ADDRESS")


def test_nobody_is_sent_a_link_that_leads_nowhere(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = town.asks()
    town.step(ref)
    assert town.letters(ref) == []
    assert town.waits(ref) == ("staff", "A letter with a link cannot be written: kept.toml has no url under [web]")
    monkeypatch.setenv("KEPT_ADDRESS", "http://localhost:8000/")
    town.later(days=1, minutes=1)
    town.step(ref)
    (sent,) = town.letters(ref)
    assert "http://localhost:8000/ask/confirm/" in town.text(sent)


def test_what_was_received_is_confirmed_without_a_link(town: Town) -> None:
    ref = town.asks("opt-out", channel="email")
    case = town.step(ref)
    (receipt,) = town.receipts(ref)
    assert ref in town.text(receipt)
    assert "/ask/" not in town.text(receipt)
    assert not acknowledge(town.world, case)


def test_what_kept_toml_says_comes_first(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    assert followed(town.world, CONFIRM) == ""
    monkeypatch.setenv("KEPT_ADDRESS", "http://localhost:8000/")
    assert followed(town.world, CONFIRM) == "http://localhost:8000/ask/confirm/x/"
    path = town.company.privacy / "kept.toml"
    path.write_text(path.read_text() + '\n[web]\nurl = "https://privacy.aurigen.example/"\n')
    assert followed(town.world, CONFIRM) == "https://privacy.aurigen.example/ask/confirm/x/"


@pytest.mark.parametrize(("address", "warned"), [("", 1), ("http://localhost:8000/", 0)])
def test_a_worker_says_so_when_it_begins(
    town: Town, address: str, warned: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("KEPT_ADDRESS", address)
    stop = Event()
    stop.set()
    with caplog.at_level(logging.WARNING):
        work(town.company.privacy, stop)
    assert sum("has no url under [web]" in one.getMessage() for one in caplog.records) == warned
