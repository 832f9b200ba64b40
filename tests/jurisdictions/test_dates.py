"""The dates of a request: the traps of the law, one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from kept.base.periods import Period
from kept.jurisdictions import Dates, TimeLimit, dates, law
from kept.jurisdictions.calendars import HOLIDAYS_VERSION
from kept.jurisdictions.law import Cause

from .cases import DELHI, DUBLIN, THIRTY, asked, at, waited

CA, EU, UK, IN, BR = "us-ca-ccpa", "eu-gdpr", "uk-gdpr", "in-dpdp", "br-lgpd"


def days_of(found: Dates) -> tuple[str, str, str]:
    return found.promised.on.isoformat(), found.strict.on.isoformat(), found.legal.on.isoformat()


# Trap 1: "30 days" breaks the law in February and in Brazil.


def test_thirty_days_are_too_many_in_february() -> None:
    found = asked([EU], "erasure", at("2026-01-31"))
    assert days_of(found) == ("2026-03-02", "2026-02-28", "2026-03-02")
    assert found.work_by == found.strict


def test_thirty_days_are_too_many_in_brazil() -> None:
    found = asked([BR], "access", at("2026-04-06"))
    assert days_of(found) == ("2026-05-06", "2026-04-21", "2026-04-22")
    assert found.work_by.law == BR


def test_immediately_is_by_the_end_of_the_next_day_and_may_wait_for_monday() -> None:
    found = asked([BR], "erasure", at("2026-02-06"))
    assert days_of(found) == ("2026-03-08", "2026-02-07", "2026-02-09")


def test_thirty_days_are_too_many_for_an_opt_out_in_california() -> None:
    found = asked([CA], "opt_out_sale", at("2026-06-29"))
    # the strict date counts 3 July, the holiday; the legal one does not
    assert days_of(found) == ("2026-07-29", "2026-07-20", "2026-07-21")


def test_a_shorter_promise_rules_the_work() -> None:
    found = asked([EU], "access", at("2026-03-05"), promised=Period.parse("10 days"))
    assert days_of(found) == ("2026-03-15", "2026-04-05", "2026-04-07")
    assert found.work_by == found.promised
    assert (found.promised.law, found.promised.rule) == ("", "promised within 10 days")


# Trap 8: California's clock starts on receipt, the Kingdom's waits for proof of identity.


def test_one_inbox_has_opposite_clocks() -> None:
    waits = (waited("identity", "2026-03-02", "2026-03-20"),)
    calm, waiting = (asked([CA], "access", at("2026-03-01"), pauses=pauses) for pauses in ((), waits))
    assert waiting == calm
    assert days_of(calm) == ("2026-03-31", "2026-04-14", "2026-04-15")
    kingdom = asked([UK], "access", at("2026-03-01"), pauses=waits)
    assert days_of(kingdom) == ("2026-03-31", "2026-04-20", "2026-04-20")
    assert asked([UK, CA], "access", at("2026-03-01"), pauses=waits).strict == calm.strict


def test_california_counts_the_day_of_receipt_in_the_strict_reading_only() -> None:
    found = asked([CA], "erasure", at("2026-01-15"))
    assert (found.strict.on, found.legal.on) == (date(2026, 2, 28), date(2026, 3, 1))
    longer = asked([CA], "erasure", at("2026-01-15"), extended=True)
    assert (longer.strict.on, longer.legal.on) == (date(2026, 4, 14), date(2026, 4, 15))
    assert longer.strict.rule == "erasure: 11 CCR 7021(b)"


def test_other_states_do_not_count_it() -> None:
    found = asked(["us-va"], "erasure", at("2026-01-15"))
    assert found.strict.on == found.legal.on == date(2026, 3, 1)


def test_the_kingdom_stops_the_clock_for_a_clarification() -> None:
    waits = (waited("clarification", "2026-06-12", "2026-06-19"),)
    found = asked([UK], "access", at("2026-06-10"), pauses=waits)
    assert (found.strict.on, found.legal.on) == (date(2026, 7, 18), date(2026, 7, 20))
    # only access: no other right waits for a clarification
    assert asked([UK], "erasure", at("2026-06-10"), pauses=waits).strict.on == date(2026, 7, 10)


def test_the_kingdom_waits_for_a_fee_and_then_for_a_clarification() -> None:
    waits = (waited("clarification", "2026-06-18", "2026-06-21"), waited("fee", "2026-06-11", "2026-06-20"))
    # the month runs from 20 June; of the clarification only 21 June is inside it
    assert asked([UK], "access", at("2026-06-10"), pauses=waits).strict.on == date(2026, 7, 21)


def test_pauses_are_taken_in_the_order_of_time() -> None:
    # the first adds eight days, without which the second would come too late
    waits = (waited("clarification", "2026-07-12", "2026-07-15"), waited("clarification", "2026-06-12", "2026-06-19"))
    assert asked([UK], "access", at("2026-06-10"), pauses=waits).strict.on == date(2026, 7, 22)


def test_proof_that_was_there_before_changes_nothing() -> None:
    early = (waited("identity", "2026-06-01", "2026-06-05"),)
    assert asked([UK], "access", at("2026-06-10"), pauses=early) == asked([UK], "access", at("2026-06-10"))


@pytest.mark.parametrize("cause", ["identity", "fee", "clarification"])
def test_asking_once_the_time_has_run_out_revives_nothing(cause: Cause) -> None:
    late = (waited(cause, "2026-07-15", "2026-07-30"),)
    found = asked([UK], "access", at("2026-06-10"), pauses=late)
    assert (found.strict.on, found.legal.on) == (date(2026, 7, 10), date(2026, 7, 10))


def test_asking_on_the_last_day_is_still_in_time() -> None:
    last = (waited("clarification", "2026-07-10", "2026-07-12"),)
    assert asked([UK], "access", at("2026-06-10"), pauses=last).strict.on == date(2026, 7, 13)


def test_a_period_that_no_holiday_moves_names_no_calendar() -> None:
    assert asked([CA], "access", at("2026-03-05")).legal.version == law(CA).version


def test_what_only_guidance_accepts_moves_the_legal_date_alone() -> None:
    waits = (waited("identity", "2026-03-02", "2026-03-20"),)
    found = asked([EU], "access", at("2026-03-02"), pauses=waits)
    assert (found.strict.on, found.legal.on) == (date(2026, 4, 2), date(2026, 4, 20))
    assert asked([EU], "erasure", at("2026-03-02"), pauses=waits).legal.on == date(2026, 4, 2)


# Trap 9: an extension counts from the start.


def test_an_extension_counts_from_the_start() -> None:
    found = asked([EU], "access", at("2026-01-31"), extended=True)
    assert (found.strict.on, found.legal.on) == (date(2026, 4, 30), date(2026, 4, 30))
    assert found.strict.rule == "access: Art. 12(3)"
    assert found.promised.on == date(2026, 3, 2)


def test_an_extension_that_no_law_allows_changes_nothing() -> None:
    assert asked([BR], "access", at("2026-01-31"), extended=True) == asked([BR], "access", at("2026-01-31"))


def test_the_law_without_an_extension_still_binds() -> None:
    found = asked([EU, BR], "access", at("2026-01-31"), extended=True)
    assert (found.strict.law, found.strict.on) == (BR, date(2026, 2, 15))


# India: rights without a period, from 13 May 2027.


def test_where_the_law_gives_no_period_the_promise_stands_in() -> None:
    found = asked([IN], "access", at("2027-05-13"))
    assert found.strict == found.legal
    assert (found.strict.on, found.strict.until) == (found.promised.on, found.promised.until)
    assert (found.strict.law, found.strict.stated) == (IN, False)
    assert found.strict.rule == "access: no period in law (Act s.11; Rules r.14)"
    assert found.strict.version == law(IN).version


def test_a_law_without_a_period_does_not_outdo_one_that_has_it() -> None:
    found = asked([IN, CA], "access", at("2027-06-01"))
    assert (found.strict.law, found.strict.on, found.strict.stated) == (CA, date(2027, 7, 15), True)


def test_of_several_laws_without_a_number_the_first_is_named() -> None:
    named = [asked(laws, "withdraw_consent", at("2027-06-01")).strict for laws in ([IN, EU], [EU, IN])]
    assert [(due.law, due.rule, due.stated) for due in named] == [
        (IN, "withdraw_consent: no period in law (Act s.6(6))", False),
        (EU, "withdraw_consent: no period in law (Art. 7(3))", False),
    ]


def test_before_that_no_law_gives_the_right() -> None:
    # noon in UTC on 12 May is 12 May in Delhi; half past six in the evening in UTC is the 13th there
    before = dates(laws=[law(IN)], wanted=("access",), received=at("2027-05-12"), promised=THIRTY, **DELHI)
    assert (before.strict.law, before.strict.rule, before.strict.stated) == ("", "no law gives this right", False)
    assert before.strict.on == before.promised.on == date(2027, 6, 11)
    evening = datetime(2027, 5, 12, 18, 30, tzinfo=UTC)
    after = dates(laws=[law(IN)], wanted=("access",), received=evening, promised=THIRTY, **DELHI)
    assert (after.strict.law, after.promised.on) == (IN, date(2027, 6, 12))


def test_without_any_law_there_is_still_the_promise() -> None:
    found = asked([], "access", at("2026-01-31"))
    assert found.strict.on == found.legal.on == found.promised.on == date(2026, 3, 2)
    assert found.acknowledge is None


def test_a_grievance_in_india_has_a_month_today_and_ninety_days_later() -> None:
    assert asked([IN], "grievance", at("2026-11-30")).strict.on == date(2026, 12, 30)
    assert asked([IN], "grievance", at("2027-06-01")).strict.on == date(2027, 8, 30)


# What is confirmed, and by when.


def test_receipt_is_confirmed_where_a_law_asks_for_it() -> None:
    assert asked([EU], "access", at("2026-12-18")).acknowledge is None
    found = asked([EU, CA], "access", at("2026-12-18")).acknowledge
    assert found is not None
    # ten business days, of which the strict reading takes Christmas and New Year's Day for two
    assert (found.on, found.law, found.rule) == (date(2027, 1, 1), CA, "access: 11 CCR 7021(a)")


def test_a_complaint_in_the_kingdom_is_confirmed_within_thirty_days_of_which_the_first_counts() -> None:
    found = asked([UK], "grievance", at("2026-06-20"))
    assert found.acknowledge is not None
    assert found.acknowledge.on == date(2026, 7, 19)
    assert found.strict.stated is False
    assert asked([UK], "grievance", at("2026-06-18")).acknowledge is None


def test_a_word_with_an_outer_bound_is_counted() -> None:
    assert asked([EU], "objection_marketing", at("2026-03-05")).strict.on == date(2026, 4, 5)
    assert asked([UK], "objection_marketing", at("2026-03-05")).strict.on == date(2026, 4, 5)
    assert asked([EU], "withdraw_consent", at("2026-03-05")).strict.stated is False


def test_at_once_without_a_bound_is_the_day_itself() -> None:
    gdpr = law(EU)
    first = gdpr.right(("access",), date(2026, 3, 5))
    assert first is not None
    at_once = replace(first, response=TimeLimit(amount=None, unit="immediate", clock=first.response.clock, citation="Art. 0"))
    found = dates(laws=[replace(gdpr, rights=(at_once,))], wanted=("access",), received=at("2026-03-05"), promised=THIRTY, **DUBLIN)
    assert (found.strict.on, found.legal.on, found.strict.rule) == (date(2026, 3, 5), date(2026, 3, 5), "access: Art. 0")


# Whose day, and whose holidays.


def test_the_day_is_that_of_the_establishment() -> None:
    late = datetime(2026, 1, 30, 23, 30, tzinfo=UTC)
    dublin = asked([EU], "access", late)
    delhi = asked([EU], "access", late, where=DELHI)
    assert (dublin.strict.on, delhi.strict.on) == (date(2026, 2, 28), date(2026, 2, 28))
    assert dublin.promised.on + timedelta(days=1) == delhi.promised.on
    assert dublin.strict.until == datetime(2026, 3, 1, tzinfo=UTC)
    assert delhi.strict.until == datetime(2026, 2, 28, 18, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("country", "legal"),
    [
        ("IE", date(2026, 4, 7)),
        ("DE-BY", date(2026, 4, 7)),
        ("IN", date(2026, 4, 6)),
        ("US-CA", date(2026, 4, 6)),
        ("", date(2026, 4, 6)),
    ],
)
def test_holidays_are_those_of_a_member_state_or_none(country: str, legal: date) -> None:
    found = asked([EU], "access", at("2026-03-05"), where={"zone": "UTC", "country": country})
    assert (found.strict.on, found.legal.on) == (date(2026, 4, 5), legal)
    member = country in {"IE", "DE-BY"}
    assert found.legal.version == law(EU).version + (f"+{HOLIDAYS_VERSION}" if member else "")
    assert found.strict.version == law(EU).version


def test_a_part_of_a_country_has_its_own_holidays() -> None:
    # 6 January is a holiday in Bavaria and not in Berlin
    where = [asked([EU], "access", at("2025-12-06"), where={"zone": "UTC", "country": one}).legal.on for one in ("DE-BY", "DE-BE")]
    assert where == [date(2026, 1, 7), date(2026, 1, 6)]


@pytest.mark.parametrize(
    ("received", "country", "legal"),
    [
        # Christmas Day is a Friday, and Boxing Day's holiday the Monday after
        ("2026-11-25", "IE", "2026-12-29"),
        ("2026-11-25", "GB-SCT", "2026-12-29"),
        # Easter Monday is a bank holiday in England, which stands for the whole where no part is named, and not in Scotland
        ("2026-03-06", "GB", "2026-04-07"),
        ("2026-03-06", "GB-SCT", "2026-04-06"),
        # Saint Andrew's Day is one in Scotland alone
        ("2026-10-30", "GB", "2026-11-30"),
        ("2026-10-30", "FR", "2026-11-30"),
        ("2026-10-30", "GB-SCT", "2026-12-01"),
    ],
)
def test_the_kingdom_rolls_by_its_own_bank_holidays(received: str, country: str, legal: str) -> None:
    assert asked([UK], "access", at(received), where={"zone": "UTC", "country": country}).legal.on.isoformat() == legal
