"""What holds for every right of every law, whenever it is asked for."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from kept.base.periods import Period
from kept.jurisdictions import Dates, Law, LawRight, Pause, breach_due, dates, law, laws
from kept.jurisdictions.arithmetic import is_off
from kept.jurisdictions.calendars import holidays_of

from .cases import DUBLIN, GREENWICH, THIRTY, asked, counted_rights, moments

RIGHTS = counted_rights()
cases = st.sampled_from(RIGHTS)
ids = st.lists(st.sampled_from(laws()), min_size=1, max_size=5, unique=True)
names = st.sampled_from(["access", "erasure", "rectification", "portability", "opt_out_sale", "objection", "grievance"])
lengths = st.integers(min_value=0, max_value=40)
calm = settings(deadline=None)


def single(case: tuple[Law, LawRight], received: datetime, *, extended: bool = False, pauses: tuple[Pause, ...] = ()) -> Dates:
    one, right = case
    return dates(laws=[one], wanted=(right.id,), received=received, promised=THIRTY, extended=extended, pauses=pauses, **DUBLIN)


@calm
@given(case=cases, received=moments, extended=st.booleans())
def test_strict_is_never_later_than_legal(case: tuple[Law, LawRight], received: datetime, *, extended: bool) -> None:
    found = single(case, received, extended=extended)
    assert found.strict.until <= found.legal.until
    assert found.strict.until > received
    assert found.strict.on <= found.legal.on


@calm
@given(case=cases, received=moments, later=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=90)))
def test_what_comes_later_is_due_no_earlier(case: tuple[Law, LawRight], received: datetime, later: timedelta) -> None:
    first, second = single(case, received), single(case, received + later)
    assert first.strict.until <= second.strict.until
    assert first.legal.until <= second.legal.until
    assert first.promised.until <= second.promised.until


@calm
@given(case=cases, received=moments)
def test_an_extension_never_shortens(case: tuple[Law, LawRight], received: datetime) -> None:
    base, longer = single(case, received), single(case, received, extended=True)
    assert (longer.strict.until > base.strict.until) == case[1].extension.allowed
    assert longer.legal.until >= base.legal.until
    assert longer.promised == base.promised
    assert longer.acknowledge == base.acknowledge


@calm
@given(ids=ids, name=names, received=moments)
def test_the_earliest_of_several_laws_wins(ids: list[str], name: str, received: datetime) -> None:
    found = asked(ids, name, received)
    each = [asked([id], name, received) for id in ids]
    stated = [one for one in each if one.strict.stated] or each
    assert found.strict.until == min(one.strict.until for one in stated)
    assert found.legal.until == min(one.legal.until for one in stated)
    confirmed = [one.acknowledge.until for one in each if one.acknowledge]
    assert (found.acknowledge and found.acknowledge.until) == min(confirmed, default=None)


@calm
@given(ids=ids, name=names, received=moments, days=st.integers(min_value=1, max_value=400))
def test_work_is_due_by_the_earlier_of_promise_and_strict(ids: list[str], name: str, received: datetime, days: int) -> None:
    found = asked(ids, name, received, promised=Period.parse(f"{days} days"))
    assert found.work_by.until == min(found.promised.until, found.strict.until)
    assert found.work_by in {found.promised, found.strict}
    assert found.promised.on == received.astimezone(ZoneInfo("Europe/Dublin")).date() + timedelta(days=days)


@calm
@given(case=st.sampled_from([case for case in RIGHTS if case[1].response.clock.roll]), received=moments)
def test_a_roll_never_lands_on_a_day_off(case: tuple[Law, LawRight], received: datetime) -> None:
    found = single(case, received).legal
    assert not is_off(found.on, holidays_of(case[0].calendar.place("IE")))


@calm
@given(received=moments, before=st.integers(min_value=1, max_value=20), length=lengths)
def test_the_days_of_a_clarification_are_added_exactly(received: datetime, before: int, length: int) -> None:
    began = received + timedelta(days=before)
    pause = Pause(cause="clarification", began=began, ended=began + timedelta(days=length))
    # in UTC, where that many times 24 hours are as many days
    base = asked(["uk-gdpr"], "access", received, where=GREENWICH)
    paused = asked(["uk-gdpr"], "access", received, pauses=(pause,), where=GREENWICH)
    assert paused.strict.on - base.strict.on == timedelta(days=length + 1)
    assert paused.legal.on >= base.legal.on
    assert paused.promised == base.promised


@calm
@given(received=moments, before=st.integers(min_value=0, max_value=20), length=lengths)
def test_time_runs_from_the_proof_of_identity(received: datetime, before: int, length: int) -> None:
    began = received + timedelta(days=before)
    pause = Pause(cause="identity", began=began, ended=began + timedelta(days=length))
    assert asked(["uk-gdpr"], "erasure", received, pauses=(pause,)).strict == asked(["uk-gdpr"], "erasure", pause.ended).strict


@calm
@given(
    case=st.sampled_from([case for case in RIGHTS if case[1].pauses is None]),
    received=moments,
    pause=st.tuples(st.sampled_from(["identity", "fee", "clarification"]), lengths, lengths),
)
def test_no_other_clock_waits(case: tuple[Law, LawRight], received: datetime, pause: tuple[str, int, int]) -> None:
    began = received + timedelta(days=pause[1])
    waited = Pause(cause=pause[0], began=began, ended=began + timedelta(days=pause[2]))  # type: ignore[arg-type]  # drawn from the causes
    assert single(case, received, pauses=(waited,)) == single(case, received)


@calm
@given(aware=moments, zone=st.timezones(), country=st.sampled_from(["IE", "IN", "US-CA", "BR"]))
def test_hours_ignore_zones_weekends_and_holidays(aware: datetime, zone: object, country: str) -> None:
    for id, notice, hours in (("eu-gdpr", "authority", 72), ("in-dpdp", "board_72h", 72), ("in-dpdp", "certin", 6)):
        found = breach_due(law(id), notice, aware=aware, zone=str(zone), country=country)
        assert found is not None
        assert found.until - aware == timedelta(hours=hours)


@calm
@given(case=cases, received=moments)
def test_every_date_says_which_rule_of_which_version_made_it(case: tuple[Law, LawRight], received: datetime) -> None:
    found = single(case, received)
    for due in (found.strict, found.legal, found.acknowledge):
        if due is not None:
            assert due.law == case[0].id
            assert due.version.startswith(case[0].version)
            assert due.rule.startswith(f"{case[1].id}: ")
