"""The worked examples of `vectors.yaml`, by the bare arithmetic and through the clocks with real calendars."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from kept.jurisdictions import Calendar, Pause, Pauses, TimeLimit, law
from kept.jurisdictions.arithmetic import add_business_days, add_days, add_hours, add_months, roll, stretch
from kept.jurisdictions.counting import Rule, count, event
from kept.jurisdictions.law import Unit
from kept.jurisdictions.reading import clocks

VECTORS: Final[list[dict[str, Any]]] = yaml.safe_load(Path(__file__).with_name("vectors.yaml").read_text(encoding="utf-8"))[
    "vectors"
]
PLACES: Final = {"eu": "IE", "uk": "GB-ENG", "us": "US-CA", "br": "BR", "in": ""}
UNITS: Final[dict[str, Unit]] = {"months": "month", "days": "day", "business": "business_day", "hours": "hour"}


def test_there_are_twenty_nine_examples() -> None:
    assert len({vector["id"] for vector in VECTORS}) == 29


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_the_arithmetic_makes_of_a_day_what_the_law_does(vector: dict[str, Any]) -> None:
    assert bare(vector).isoformat() == expected(vector).isoformat()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_the_clocks_do_so_with_real_calendars(vector: dict[str, Any]) -> None:
    args, clock = vector["args"], clocks()[vector["clock"]]
    pauses: tuple[Pause, ...] = ()
    if "pause_start" in args:
        pauses = (Pause(cause="clarification", began=noon(args["pause_start"]), ended=noon(args["pause_end"])),)
    rule = Rule(
        law=replace(law("eu-gdpr"), calendar=Calendar(otherwise=PLACES[vector["clock"][:2]])),
        name="example",
        limit=TimeLimit(amount=args["n"], unit=UNITS[vector["op"].split("_")[0]], clock=clock, citation=""),
        pauses=Pauses(effects=(("clarification", "suspend"),), in_law=True, text="", citation=""),
    )
    start = datetime.fromisoformat(args["from"])
    both = count(rule, event(start if start.tzinfo else noon(args["from"]), "UTC", "XX", pauses))
    assert both is not None
    strict, legal = both
    wanted = expected(vector)
    if isinstance(wanted, datetime):
        assert strict.until == legal.until == wanted
    else:
        # `months` without a roll is the strict reading of a clock that rolls
        assert (strict.on if vector["op"] == "months" else legal.on) == wanted


def noon(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(12), tzinfo=UTC)


def expected(vector: dict[str, Any]) -> date:
    text = vector["expect"]
    return datetime.fromisoformat(text).astimezone(UTC) if "T" in text else date.fromisoformat(text)


def bare(vector: dict[str, Any]) -> date:
    args, holidays = vector["args"], {date.fromisoformat(day) for day in vector.get("holidays", ())}
    op, n = vector["op"], args["n"]
    if op == "hours":
        return add_hours(datetime.fromisoformat(args["from"]), n)
    start = date.fromisoformat(args["from"])
    match op:
        case "months":
            return add_months(start, n)
        case "months_roll":
            return roll(add_months(start, n), holidays)
        case "months_pause":
            wait = (date.fromisoformat(args["pause_start"]), date.fromisoformat(args["pause_end"]))
            return roll(stretch(add_months(start, n), [wait]), holidays)
        case "days":
            return add_days(start, n)
        case "days_roll":
            return roll(add_days(start, n), holidays)
        case "business_days":
            return add_business_days(start, n, holidays)
        case _:
            raise AssertionError(op)


def test_an_hour_is_an_hour_when_summer_time_begins() -> None:
    start = datetime.fromisoformat("2026-03-28T12:00:00+01:00")
    assert add_hours(start, 72) - start == timedelta(hours=72)
