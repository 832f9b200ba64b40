from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kept.base.roles import nobody
from kept.base.verdicts import Mark
from kept.db.access.marks import current_marks, mark_turns, strips
from kept.db.actions.runs import Found, record_run
from kept.db.models import Turn

START = datetime(2026, 3, 1, 6, tzinfo=UTC)
LETTERS = {"k": Mark.KEPT, "b": Mark.BROKEN, "u": Mark.UNKNOWN}


def run(day: float, *, imagined: bool = False, marks: Mapping[str, str] | None = None, **more: str) -> int:
    """Record a check: `c1="kb"` is a clause with a finding that is kept and one that is broken."""
    at = START + timedelta(days=day)
    found = [
        Found(clause=clause, code="retention", about=f"app.t{number}", mark=LETTERS[letter], reason="seen")
        for clause, letters in {**(marks or {}), **more}.items()
        for number, letter in enumerate(letters)
    ]
    return record_run(policy="0" * 64, findings=found, at=at, actor="test", judged_by=at if imagined else None)


def held() -> dict[str, tuple[str, float]]:
    return {one.clause: (one.mark.value, (one.since - START) / timedelta(days=1)) for one in current_marks().by_clause.values()}


@pytest.mark.usefixtures("folder")
def test_a_mark_holds_since_the_check_that_first_found_it() -> None:
    assert current_marks().run is None
    run(0, c1="k", c2="kb")
    run(1, c1="kk", c2="kb")
    last = run(2, c1="u", c2="bb", c3="k")
    assert held() == {"c1": ("unknown", 2), "c2": ("broken", 0), "c3": ("kept", 2)}
    assert (current_marks().run, current_marks().checked_at) == (last, START + timedelta(days=2))
    assert Turn.objects.count() == 4


@pytest.mark.usefixtures("folder")
def test_an_imagined_day_turns_nothing() -> None:
    first = run(0, c1="k")
    run(1, imagined=True, c1="b")
    assert held() == {"c1": ("kept", 0)}
    assert current_marks().run == first
    assert strips(2, nobody, until=date(2026, 3, 2)) == {"c1": ("kept", "")}


@pytest.mark.usefixtures("folder")
def test_a_clause_that_is_no_longer_checked_has_no_mark() -> None:
    run(0, c1="k", c2="k")
    run(1, c2="k")
    assert held() == {"c2": ("kept", 0)}
    run(2, c1="k", c2="k")
    assert held() == {"c1": ("kept", 2), "c2": ("kept", 0)}
    told = [(one.clause, one.before, one.after) for one in mark_turns()]
    assert told[:2] == [("c1", None, Mark.KEPT), ("c1", Mark.KEPT, None)]


@pytest.mark.usefixtures("folder")
def test_turns_know_what_was_before_the_oldest_that_is_told() -> None:
    for day, letter in enumerate("kbuk"):
        run(day, c1=letter)
    assert [(one.before, one.after) for one in mark_turns(limit=2)] == [(Mark.UNKNOWN, Mark.KEPT), (Mark.BROKEN, Mark.UNKNOWN)]
    assert mark_turns()[-1].before is None


@pytest.mark.usefixtures("folder")
def test_a_strip_shows_the_worst_of_each_day() -> None:
    run(-9, c1="b", gone="k")
    run(-8, c1="k")
    run(0, c1="k")
    run(0.2, c1="b")
    run(0.4, c1="k")
    run(2, c1="u", c2="k")
    run(5, c1="b")
    found = strips(4, nobody, until=date(2026, 3, 4))
    assert found == {"c1": ("broken", "", "unknown", ""), "c2": ("", "", "kept", "")}


@pytest.mark.usefixtures("folder")
def test_reading_takes_few_queries_however_many_checks() -> None:
    for day in range(12):
        run(day, marks={f"c{number}": "kb"[day % 2] for number in range(20)})
    for read, most in ((current_marks, 2), (mark_turns, 2), (lambda: strips(365, nobody, until=date(2026, 3, 12)), 3)):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            read()
        assert len(queries) <= most
