from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest

from kept.base.errors import NotThere, Refused
from kept.db import access
from kept.db.access.editions import edition, edition_in_force, edition_span, editions, newest_edition
from kept.db.actions.editions import digest_of_edition, publish_edition
from kept.policy.comparing import Wording

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def wording(
    id: str = "1", text: str = "Twelve months.", version: int = 1, day: str = "2025-01-15", *, material: bool = True
) -> Wording:
    return Wording(id=id, title="How long", version=version, effective=date.fromisoformat(day), material=material, text=text)


def publish(*clauses: Wording, day: str = "2026-01-01", at: datetime = NOW, **more: Any) -> int:
    said = {"title": "Policy", "version": "1", "introduction": "We promise.", **more}
    return publish_edition(effective=date.fromisoformat(day), clauses=clauses, at=at, actor="test", **said)


def entries() -> list[dict[str, Any]]:
    found = [orjson.loads(body) for body in access.entries()]
    return [one["facts"] for one in found if one["kind"] == "policy.published"]


@pytest.mark.usefixtures("folder")
def test_what_was_published_can_be_read_and_is_in_the_ledger() -> None:
    first = (wording(), wording("2"))
    assert publish(*first) == 1
    assert publish(wording(text="Six months.", version=2, day="2026-12-01"), wording("2"), version="2") == 2
    known = edition(1)
    assert (known.clauses, known.version, known.effective) == (first, "1", date(2026, 1, 1))
    assert known.digest == digest_of_edition("Policy", "1", date(2026, 1, 1), "We promise.", first)
    assert [one.number for one in editions()] == [2, 1]
    assert [one.number for one in edition_span(1, 2)] == [1, 2]
    assert entries() == [
        {"edition": 1, "digest": known.digest, "effective": "2026-01-01", "material": []},
        {"edition": 2, "digest": edition(2).digest, "effective": "2026-12-01", "material": ["1"]},
    ]
    for missing in (0, 3):
        with pytest.raises(NotThere):
            edition(missing)
        with pytest.raises(NotThere):
            edition_span(1, missing)


@pytest.mark.usefixtures("folder")
def test_it_is_in_force_from_its_day_on() -> None:
    assert edition_in_force(NOW.date()) is None
    publish(wording(), day="2027-01-01")
    assert edition_in_force(NOW.date()) == newest_edition()  # the first is shown before its day
    publish(wording(text="Six months.", version=2, day="2027-03-01"), day="2027-02-01")
    assert edition(2).effective == date(2027, 3, 1)  # the edition waits for its clause
    assert [edition_in_force(day).number for day in (date(2027, 2, 28), date(2027, 3, 1))] == [1, 2]  # type: ignore[union-attr]  # there is one


BEFORE = (wording(), wording("2", version=4))


REFUSED: tuple[tuple[Sequence[Wording], str], ...] = (
    (BEFORE, "Nothing in the policy changed"),
    ((wording(text="Six months.", day="2026-12-01"), BEFORE[1]), "Clause 1 was reworded and still has version 1"),
    ((wording(), wording("2", version=3)), "Clause 2 goes down from version 4 to 3"),
    ((wording(text="Six months.", version=2, day="2026-11-26"), BEFORE[1]), "a day that is past"),
    ((*BEFORE, wording("3", day="2026-11-26")), "Clause 3 would have changed on 2026-11-26"),
    ((wording(text="Six months."), wording("2", version=1)), r"\(and 2 more\)"),
)


@pytest.mark.usefixtures("folder")
def test_it_is_refused() -> None:
    publish(*BEFORE)
    for clauses, words in REFUSED:
        with pytest.raises(Refused, match=words):
            publish(*clauses)
    assert len(editions()) == len(entries()) == 1


@pytest.mark.usefixtures("folder")
def test_a_clause_that_comes_back_keeps_counting() -> None:
    publish(*BEFORE)
    publish(wording())
    with pytest.raises(Refused, match="Clause 2 goes down from version 4 to 1"):
        publish(wording(), wording("2", "Again.", 1, "2026-12-01"))
    with pytest.raises(Refused, match="still has version 4"):
        publish(wording(), wording("2", "Again.", 4, "2026-12-01"))
    assert publish(wording(), wording("2", "Again.", 5, "2026-12-01")) == 3


@pytest.mark.usefixtures("folder")
def test_a_change_of_the_introduction_alone_takes_effect_today() -> None:
    publish(*BEFORE)
    publish(*BEFORE, introduction="We still promise.")
    assert edition(2).effective == NOW.date()
    assert entries()[-1]["material"] == []
