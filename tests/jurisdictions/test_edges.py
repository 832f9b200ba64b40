"""Summer time, hours, and the ends of the calendar; and what is no moment, zone or country."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from kept.base.errors import Refused
from kept.base.periods import Period
from kept.jurisdictions import Pause, breach_due, law

from .cases import DELHI, DUBLIN, asked, at, waited

EU, UK, IN, BR = "eu-gdpr", "uk-gdpr", "in-dpdp", "br-lgpd"


def test_a_day_of_twenty_three_hours_is_a_day() -> None:
    found = asked([EU], "access", at("2026-02-28"), promised=Period.parse("29 days"))
    assert found.promised.on == date(2026, 3, 29)
    assert found.promised.until == datetime(2026, 3, 29, 23, tzinfo=UTC)


def test_a_promise_in_hours_is_an_instant() -> None:
    found = asked([EU], "access", at("2026-03-28"), promised=Period.parse("36 hours"))
    # a civil day to noon on the 29th, 11:00 in UTC since summer time began, and twelve hours more
    assert found.promised.until == datetime(2026, 3, 29, 23, tzinfo=UTC)
    assert found.promised.on == date(2026, 3, 30)


def test_a_promise_in_months_ends_with_the_month() -> None:
    assert asked([], "access", at("2028-01-31"), promised=Period.parse("1 month")).promised.on == date(2028, 2, 29)


def test_a_breach_is_told_within_hours_that_no_zone_changes() -> None:
    aware = datetime(2026, 3, 27, 23, 30, tzinfo=UTC)
    for zone, on in (("Europe/Dublin", 31), ("Asia/Kolkata", 31), ("America/New_York", 30)):
        found = breach_due(law(EU), "authority", aware=aware, zone=zone, country="IE")
        assert found is not None
        assert found.until == aware + timedelta(hours=72)
        assert (found.law, found.rule, found.version) == (EU, "breach authority: Art. 33(1)", law(EU).version)
        assert found.on == date(2026, 3, on)


def test_a_breach_in_india_is_told_to_the_board_from_phase_three_and_to_certin_today() -> None:
    today, later = datetime(2027, 5, 12, 12, tzinfo=UTC), datetime(2027, 5, 13, 12, tzinfo=UTC)
    assert breach_due(law(IN), "board_72h", aware=today, **DELHI) is None
    found, certin = (breach_due(law(IN), id, aware=later, **DELHI) for id in ("board_72h", "certin"))
    assert found is not None
    assert certin is not None
    assert (found.until - later, certin.until - later) == (timedelta(hours=72), timedelta(hours=6))
    assert breach_due(law(IN), "certin", aware=today, **DELHI) is not None
    assert breach_due(law(IN), "individuals", aware=later, **DELHI) is None
    assert breach_due(law("us-tx"), "individuals", aware=later, **DELHI) is not None


def test_the_strict_date_of_a_breach_relies_on_no_holiday() -> None:
    # 21 April is Tiradentes
    found = breach_due(law(BR), "authority", aware=at("2026-04-17"), zone="America/Sao_Paulo", country="BR")
    assert found is not None
    assert (found.on, found.until) == (date(2026, 4, 22), datetime(2026, 4, 23, 3, tzinfo=UTC))


def test_an_unknown_notice_is_refused() -> None:
    with pytest.raises(Refused, match="knows no notice"):
        breach_due(law(EU), "newspaper", aware=at("2026-03-05"), **DUBLIN)


def test_the_last_days_of_the_calendar_are_refused_and_not_wrong() -> None:
    end = datetime(9999, 12, 15, tzinfo=UTC)
    with pytest.raises(Refused, match="leaves the calendar"):
        asked([EU], "access", end)
    with pytest.raises(Refused, match="leaves the calendar"):
        breach_due(law(EU), "authority", aware=datetime(9999, 12, 31, tzinfo=UTC), **DUBLIN)
    assert asked([EU], "access", datetime(9999, 10, 1, tzinfo=UTC)).strict.on == date(9999, 11, 1)


def test_a_moment_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 3, 5, 12)  # noqa: DTZ001  # that is what is tried
    with pytest.raises(Refused, match="no time zone"):
        asked([EU], "access", naive)
    for pause in (Pause(cause="fee", began=naive, ended=at("2026-03-06")), Pause(cause="fee", began=at("2026-03-04"), ended=naive)):
        with pytest.raises(Refused, match="no time zone"):
            asked([UK], "access", at("2026-03-01"), pauses=(pause,))
    with pytest.raises(Refused, match="no time zone"):
        breach_due(law(EU), "authority", aware=naive, **DUBLIN)


def test_a_pause_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(Refused, match="before it begins"):
        asked([UK], "access", at("2026-03-01"), pauses=(waited("fee", "2026-03-06", "2026-03-05"),))


@pytest.mark.parametrize("zone", ["Europe/Delhi", "", "../etc/passwd", "Europe", "\0"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(Refused, match="No time zone is called"):
        asked([EU], "access", at("2026-03-05"), where={"zone": zone, "country": "IE"})


@pytest.mark.parametrize("country", ["Ireland", "ie", "-", "IE\n"])
def test_an_unknown_country_is_refused(country: str) -> None:
    with pytest.raises(Refused, match="is no country"):
        asked([EU], "access", at("2026-03-05"), where={"zone": "UTC", "country": country})
