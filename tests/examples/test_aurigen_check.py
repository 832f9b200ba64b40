"""What the promises find in Aurigen's databases is what was planted there: no more, no less, and nothing in a clean company."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from examples.aurigen.generate import Order, generate
from examples.aurigen.schema import STORES

from kept.base.changes import Coarsen, DeleteRows, Redact
from kept.base.ports import Connector
from kept.base.questions import Answers
from kept.base.verdicts import Mark
from kept.connectors.opening import open_store
from kept.planning.judging import Report, bind, judge, still_to_ask
from kept.policy.load import load
from kept.promises.registry import terms

FOLDER = Path(__file__).parents[2] / "examples" / "aurigen" / "privacy"
AS_OF = date(2026, 11, 23)
OF_THE_VAULT = {"sealed", "key-age", "key-separation", "rotation-complete"}
OF_THE_REGISTERS = (
    "answered-in-time",
    "contact-answered",
    "hold-reviewed",
    "no-trace-of-erased",
    "outcome-proved",
    "restriction-honoured",
    "verified-before-fulfilled",
)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def made(folder: Path, *, clean: bool = False) -> tuple[dict[str, str], dict[str, Any]]:
    """Make a small company and return its URLs and what was planted."""
    urls = {store: f"sqlite:///{folder / store}.sqlite3" for store in STORES}
    summary: Any = generate(Order(seed=7, people=300, urls=urls, as_of=AS_OF, clean=clean))
    return urls, summary["planted"]


@contextmanager
def opened(urls: dict[str, str]) -> Iterator[dict[str, Connector]]:
    stores = {store: open_store(store, url) for store, url in urls.items()}
    try:
        yield stores
    finally:
        for connector in stores.values():
            connector.close()


def checked(urls: dict[str, str]) -> Report:
    """Ask the stores in rounds and judge, as `kept check` does; nobody answers for the ledger."""
    policy = load(FOLDER, terms())
    judged, answers = bind(policy, {}), Answers()
    with opened(urls) as stores:
        for _ in range(10):
            todo = {store: questions for store, questions in still_to_ask(judged, NOW, answers).items() if store in stores}
            if not todo:
                break
            for store, questions in todo.items():
                answers.merge(stores[store].answer(questions))
    return judge(policy, judged, NOW, answers)


def broken(report: Report) -> set[str]:
    return {f"{finding.code} {finding.about}" for finding in report.findings if finding.verdict.mark is Mark.BROKEN}


def test_every_planted_break_is_found_and_nothing_else(tmp_path: Path) -> None:
    urls, planted = made(tmp_path)
    report = checked(urls)
    expected = {f"{code} {place}" for code in ("retention", "coarse-network", "special-categories") for place in planted[code]}
    expected |= {f"clock-present {place.rpartition('.')[0]}" for place in planted["clock-present"]}
    expected |= {f"{code} {place.split('.')[0]}" for code in ("documented", "region", "least-privilege") for place in planted[code]}
    assert broken(report) == expected


def test_the_remedies_touch_as_many_rows_as_were_planted(tmp_path: Path) -> None:
    urls, planted = made(tmp_path)
    rows: dict[str, Counter[str]] = {"retention": Counter(), "coarse-network": Counter(), "special-categories": Counter()}
    for finding, remedy in checked(urls).remedies():
        if isinstance(remedy, DeleteRows | Coarsen | Redact) and finding.clause != "10.2":
            rows[finding.code][finding.about] += remedy.rows
    assert rows == {code: Counter(planted[code]) for code in rows}


def test_a_clean_company_keeps_every_promise_that_can_be_seen(tmp_path: Path) -> None:
    urls, planted = made(tmp_path, clean=True)
    assert planted == {}
    report = checked(urls)
    marks = {f"{finding.code} {finding.about}": finding.verdict.mark for finding in report.findings}
    unseen = {name for name, mark in marks.items() if mark is not Mark.KEPT}
    assert {name.split()[0] for name in unseen} == {"ledger-intact", *OF_THE_VAULT, *OF_THE_REGISTERS}, (
        "here is neither a ledger nor a vault"
    )
    assert {marks[name] for name in unseen} == {Mark.UNKNOWN}


@pytest.mark.parametrize("table", ["app.tickets", "app.ticket_messages", "billing.invoices", "billing.payments"])
def test_the_lawsuit_keeps_old_rows_from_being_overdue(tmp_path: Path, table: str) -> None:
    urls, _ = made(tmp_path, clean=True)
    (verdict,) = [finding.verdict for finding in checked(urls).findings if (finding.code, finding.about) == ("retention", table)]
    assert verdict.mark is Mark.KEPT
