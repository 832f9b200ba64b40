"""What goes wrong around an erasure: stores that are down, workers that die, two at once, clocks that are set back, a full disk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from kept.base.errors import Refused, TooMuchAtOnce
from kept.db.access.bundles import bundle_folder
from kept.db.actions.request_steps import Held, end_step, lease_request
from kept.db.actions.sweeps import take_sweep
from kept.db.models import Bundle, Certificate, LedgerEntry, Request, Sweep
from kept.workflows.requests import advance, work_requests_once

from .desk import Desk, Fate, Killed
from .test_ownership import ACCOUNTS, CHAIN, CHAINED, MESSAGED, MESSAGES
from .town import Base

Found = Callable[..., Desk]
DIARY = """
CREATE TABLE accounts (id INTEGER PRIMARY KEY, name VARCHAR(50), joined {moment});
CREATE TABLE notes (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES accounts (id), body VARCHAR(50), made {moment});
INSERT INTO accounts VALUES (1, 'Anna Arms', '2026-01-01 00:00:00'), (2, 'Bert Born', '2026-01-01 00:00:00');
INSERT INTO notes VALUES (1, 1, 'a', '2026-01-01 00:00:00'), (2, 1, 'b', '2026-01-01 00:00:00'), (3, 2, 'c', '2026-01-01 00:00:00');
"""
KEPT_DIARY = """
  accounts:
    what: People.
    subject: {kind: account, key: id}
    source: direct
    purposes: [service]
    retention: {keep: 10 years, after: joined}
    fields: {id: {category: user.unique_id}, name: {category: user.name}}
    not_personal: [joined]
  notes:
    what: Notes.
    source: direct
    purposes: [service]
    retention: {keep: 10 years, after: made}
    links: [{column: account_id, to: app.accounts.id}]
    fields: {body: {category: user.content}}
    not_personal: [id, made]
"""
AFTER = ([2, 3], [21], [211], [2111])
TABLES = ("accounts", "addresses", "phones", "calls")


def gone(one: Desk) -> None:
    assert tuple(one.town.ids(table) for table in TABLES) == AFTER


def runs_into(one: Desk, fate: Fate) -> str:
    """Let fate strike once; return the request, which ends nevertheless, in order."""
    ref = one.asks("account:1")
    one.world.fate = fate
    try:
        while work_requests_once(one.world):
            one.in_order(ref)
    except Killed:
        one.world.close()
    one.in_order(ref)
    one.world.fate = None
    one.later(seconds=31)
    one.work_on(ref)
    one.in_order(ref)
    return ref


CALLS: dict[str, list[str]] = {}
"""By dialect; they are the same each time."""


@pytest.fixture
def calls(desk: Found, shared: tuple[Base, Base]) -> list[str]:
    """What is asked of the stores in an erasure to which nothing happens."""
    dialect = shared[0].dialect
    if dialect not in CALLS:
        one = desk(CHAIN, CHAINED)
        one.world.fate = counting = Fate()
        ref = one.asks("account:2")
        one.work()
        assert one.stands(ref)[0] == "answered"
        CALLS[dialect] = counting.calls
    return CALLS[dialect]


@pytest.mark.parametrize("how", ["down", "killed"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("part", [0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
def test_it_ends_as_if_nothing_had_happened(desk: Found, calls: list[str], how: str, when: str, part: float) -> None:
    """A store that fails, or a worker that is gone, at this part of everything that is asked of the stores."""
    one = desk(CHAIN, CHAINED)
    fate = Fate(deadly=int(part * (len(calls) - 1)), when=when, how=how)
    ref = runs_into(one, fate)
    assert len(fate.calls) > fate.deadly
    gone(one)
    assert one.stands(ref)[0] == "answered"
    assert Certificate.objects.filter(request__ref=ref).count() == 1


@pytest.mark.parametrize("how", ["down", "killed"])
def test_what_was_done_is_told_although_nobody_could_say_so(desk: Found, calls: list[str], how: str) -> None:
    """The worker is gone between the store's word and its own note: the record counts the rows all the same."""
    one = desk(CHAIN, CHAINED)
    ref = runs_into(one, Fate(deadly=calls.index("perform"), when="after", how=how))
    gone(one)
    done = Request.objects.get(ref=ref).sweep.stores["app"]["done"]  # type: ignore[union-attr]  # it has one: it was proved
    assert done == {"app.calls": 2, "app.phones": 3, "app.addresses": 2, "app.accounts": 1}


def test_a_store_that_stays_down_is_named_and_waited_for(desk: Found) -> None:
    one = desk(CHAIN, CHAINED)
    ref = one.asks("account:1")

    class Down(Fate):
        def around(self, what: str, call: Callable[[], object]) -> object:
            self._strike()
            return None

    one.world.fate = Down()
    for _ in range(5):
        one.work()
        state, _, waits_on, waits_for = one.stands(ref)
        assert (state, waits_on, waits_for) == ("working", "store", "app")
        one.later(hours=1)
    assert len(one.town.ids("accounts")) == 3
    one.world.fate = None
    one.work_on(ref)
    gone(one)


def test_a_worker_that_was_away_writes_nothing_any_more(desk: Found) -> None:
    one = desk(CHAIN, CHAINED)
    ref = one.asks("account:1")
    leased = lease_request(at=one.at)
    assert leased is not None
    assert lease_request(at=one.at) is None, "it is leased to one"
    one.later(seconds=31)
    one.work()
    assert one.stands(ref)[0] == "answered"
    entries = LedgerEntry.objects.count()
    advance(one.world, *leased)
    assert one.stands(ref)[0] == "answered"
    assert LedgerEntry.objects.count() == entries
    with pytest.raises(Refused):
        end_step(Held(ref=ref, fence=leased[1], name="verify"), told={}, at=one.at, actor="test")


def test_a_sweep_that_was_taken_over(desk: Found) -> None:
    one = desk(CHAIN, CHAINED)
    ref = one.asks("account:1")
    to_the_sweep(one, ref)
    away = take_sweep(at=one.at)
    assert away is not None
    assert take_sweep(at=one.at) is None, "it is one worker's"
    one.later(seconds=31)
    one.work()
    assert one.stands(ref)[0] == "answered"
    assert Sweep.objects.count() == 1
    gone(one)


def to_the_sweep(one: Desk, ref: str) -> None:
    for _ in range(20):
        leased = lease_request(at=one.at, ref=ref)
        if leased is None:
            break
        advance(one.world, *leased)
    assert one.stands(ref)[1] == "erase"


def test_a_clock_that_is_set_back(desk: Found) -> None:
    one = desk(CHAIN, CHAINED)
    ref = one.asks("account:1")
    to_the_sweep(one, ref)
    one.at -= timedelta(hours=2)
    one.work()
    assert len(one.town.ids("accounts")) == 3, "nothing is due yet"
    one.later(hours=2, seconds=1)
    one.work_on(ref)
    gone(one)
    one.in_order(ref)


def test_too_much_at_once_is_done_in_smaller_lots(desk: Found) -> None:
    one = desk(MESSAGES.replace("{null}", ""), ACCOUNTS + MESSAGED.format(rule="delete"))

    class Slow(Fate):
        patient: int = 0

        def around(self, what: str, call: Callable[[], object]) -> object:
            if what == "perform":
                self.patient += 1
                if self.patient <= 2:
                    raise TooMuchAtOnce("that takes too long", store="app", todo="Fewer people.")
            return super().around(what, call)

    refs = [one.asks(f"account:{key}") for key in (1, 2, 3)]
    one.world.fate = Slow()
    one.work()
    assert {one.stands(ref)[0] for ref in refs} == {"answered"}
    assert (one.town.ids("accounts"), one.town.ids("messages")) == ([], [])


@pytest.mark.parametrize("order", [("access", "erasure"), ("erasure", "access")])
def test_two_requests_of_one_person_go_in_the_order_they_came(desk: Found, order: tuple[str, str]) -> None:
    """The access that came first is complete; the one that came later finds nobody, and never a half."""
    one = desk(DIARY, KEPT_DIARY)
    refs = {right: one.asks("account:1", right) for right in order}
    bystander = one.asks("account:2", "access")
    while work_requests_once(one.world):
        sweep = Request.objects.filter(ref=refs["erasure"], sweep__isnull=False)
        if order[0] == "access" and sweep.exists():
            assert Bundle.objects.filter(request__ref=refs["access"]).exists(), "collected before anything is erased"
    one.work_on(refs["erasure"])
    rows = {right: Request.objects.get(ref=ref).steps.get(name="find").told["rows"] for right, ref in refs.items()}
    assert rows["access"] == (3 if order[0] == "access" else 0)
    assert {one.stands(ref)[0] for ref in [*refs.values(), bystander]} == {"answered"}
    assert (one.town.ids("accounts"), one.town.ids("notes")) == ([2], [3])


def test_an_earlier_request_that_waits_for_somebody_holds_up_nobody(desk: Found) -> None:
    one = desk(CHAIN, CHAINED)
    first = one.asks("account:1", "access")
    Request.objects.filter(ref=first).update(stage="find", waits_on="staff", wake_at=one.at + timedelta(days=1))
    second = one.asks("account:1")
    one.work()
    assert one.stands(second)[0] == "answered"
    gone(one)


def test_nobody_is_held_up_by_strangers_or_by_what_has_ended(desk: Found) -> None:
    one = desk(CHAIN, CHAINED)
    first = one.asks("account:1", "access")
    Request.objects.filter(ref=first).update(stage="find", wake_at=one.at + timedelta(days=1))
    second, other = one.asks("account:1"), one.asks("account:2")
    one.work()
    assert one.stands(second)[:2] == ("working", "find")
    assert one.stands(other)[0] == "answered"
    Request.objects.filter(ref=first).update(closed_at=one.at, state="answered", stage="", wake_at=None)
    one.work()
    assert one.stands(second)[0] == "answered"


def test_there_is_no_room_for_the_copy(desk: Found) -> None:
    """Nothing is answered and nothing is lost while the folder of bundles cannot be written."""
    one = desk(DIARY, KEPT_DIARY)
    folder = bundle_folder()
    for path in folder.glob("*") if folder.is_dir() else ():
        path.unlink()
    if folder.is_dir():
        folder.rmdir()
    folder.symlink_to("/dev/full")
    ref = one.asks("account:1", "access")
    try:
        one.work()
        assert one.stands(ref)[:2] == ("working", "collect")
        assert not Bundle.objects.filter(request__ref=ref).exists()
    finally:
        folder.unlink()
    one.work_on(ref)
    assert Bundle.objects.filter(request__ref=ref).count() == 1
