"""Sweeps of as many people as are ever taken together: leased, kept, begun, proved, certified. On SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kept.base.errors import Refused
from kept.db import access
from kept.db.actions.certificates import certify_sweep
from kept.db.actions.request_steps import keep_lease, lease_request
from kept.db.actions.sweeps import MOST_TOGETHER, Kept, Swept, begin_sweep, close_sweep, take_sweep
from kept.db.models import Certificate, Request, RequestStep, Sweep
from kept.db.request_key import new_key, opened_key
from kept.ledger.certificate import verify_certificate

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
pytestmark = pytest.mark.usefixtures("folder")


def due(many: int, *, closed: bool = False) -> None:
    """Make erasures that are due."""
    key = new_key()
    each = {"right": "erasure", "channel": "centre", "stage": "erase", "state": "working", "key": key.wrapped()}
    moments = dict.fromkeys(("promised_by", "strict_by", "legal_by", "work_by"), NOW + timedelta(days=30))
    moments |= dict.fromkeys(("received_at", "changed_at", "wake_at"), NOW)
    moments |= {"closed_at": NOW} if closed else {}
    trail = key.seal_facts({"people": ["account:1"], "words": [["name", "Ada Asks"]]}, "trail")
    Request.objects.bulk_create([Request(**each, **moments, trail=trail) for _ in range(many)], batch_size=200)


def taken(many: int = MOST_TOGETHER) -> Swept:
    swept = take_sweep(at=NOW, most=many)
    assert swept is not None
    return swept


def begun(many: int) -> Swept:
    swept = taken(many)
    ref = begin_sweep(swept=swept, trail={"values": {}}, at=NOW, actor="worker")
    return Swept(ref=ref, state="found", requests=swept.requests)


def trail_of(ref: str) -> dict[str, object]:
    row = Request.objects.get(ref=ref)
    return opened_key(row.key).open_facts(row.trail, "trail")


def test_the_lease_of_the_largest_sweep_is_kept() -> None:
    due(MOST_TOGETHER + 1)
    swept = taken()
    refs, fences = [ref for ref, _ in swept.requests], [fence for _, fence in swept.requests]
    assert len(refs) == MOST_TOGETHER
    assert keep_lease(refs=refs, fences=fences, at=NOW + 9 * SECOND)
    assert Request.objects.filter(leased_until=NOW + 39 * SECOND, wake_at=NOW + 39 * SECOND).count() == MOST_TOGETHER
    assert not keep_lease(refs=refs, fences=[*fences[:-1], fences[-1] - 1], at=NOW + 18 * SECOND)
    assert Request.objects.filter(leased_until=NOW + 48 * SECOND).count() == MOST_TOGETHER - 1


def test_nobody_takes_an_erasure_alone_or_twice() -> None:
    due(3)
    first, second = taken(2), taken(2)
    assert lease_request(at=NOW) is None
    assert take_sweep(at=NOW) is None
    assert len({ref for swept in (first, second) for ref, _ in swept.requests}) == 3


def test_the_whole_sweep_is_certified_at_once_and_goes_on() -> None:
    due(3)
    swept = begun(3)
    close_sweep(swept=swept, kept=[], told={"rows": 7}, at=NOW, actor="worker")
    statements = {ref: {"what": "erasure", "request": ref} for ref, _ in swept.requests}
    certify_sweep(statements, sweep=swept.ref, keeping_trail=[swept.requests[0][0]], at=NOW, actor="worker")
    assert set(Request.objects.values_list("stage", flat=True)) == {"answer"}
    for one in Certificate.objects.select_related("request"):
        assert verify_certificate(one.text, None).statement["request"] == one.request.ref
    assert Certificate.objects.count() == 3
    steps = RequestStep.objects.order_by("id").values_list("name", "state")
    assert sorted(steps) == sorted([(name, "done") for name in ("erase", "processors", "certify")] * 3)
    assert trail_of(swept.requests[0][0])
    assert trail_of(swept.requests[1][0]) == {}
    written = [body.decode() for body in access.entries()]
    assert [sum(kind in body for body in written) for kind in ("erasure.begun", "erasure.proved", "erasure.certified")] == [3, 3, 3]


def test_what_a_worker_has_taken_up_is_left_to_it() -> None:
    due(2)
    swept = begun(2)
    close_sweep(swept=swept, kept=[], told={}, at=NOW, actor="worker")
    leased = lease_request(at=NOW)
    assert leased is not None
    certify_sweep({ref: {} for ref, _ in swept.requests}, sweep=swept.ref, keeping_trail=[], at=NOW, actor="worker")
    assert Request.objects.get(ref=leased[0]).stage == "processors"
    assert Certificate.objects.exclude(request__ref=leased[0]).count() == Certificate.objects.count() == 1


def test_nobody_takes_up_what_is_certified_in_a_moment() -> None:
    due(2)
    swept = begun(2)
    close_sweep(swept=swept, kept=[], told={}, wake_at=NOW + 30 * SECOND, at=NOW, actor="worker")
    assert lease_request(at=NOW) is None
    certify_sweep({ref: {} for ref, _ in swept.requests}, sweep=swept.ref, keeping_trail=[], at=NOW, actor="worker")
    assert Certificate.objects.count() == 2
    assert lease_request(at=NOW) is not None, "the answer is due at once"


def test_what_nobody_certified_is_taken_up_after_a_while() -> None:
    due(2)
    close_sweep(swept=begun(2), kept=[], told={}, wake_at=NOW + 30 * SECOND, at=NOW, actor="worker")
    assert lease_request(at=NOW + 29 * SECOND) is None
    assert lease_request(at=NOW + 30 * SECOND) is not None


def test_a_trail_stays_as_it_is_unless_something_else_is_known_now() -> None:
    due(2)
    swept = begun(2)
    first, second = (ref for ref, _ in swept.requests)
    kept = Kept(request=first, table="app.bills", why="law", rule="a law", rows=1, until=None, look_at=NOW)
    values = {"values": {"app.bills.id": [["1", "account:1"]]}}
    close_sweep(swept=swept, kept=[kept], trails={first: values["values"]}, told={}, at=NOW, actor="worker")
    assert trail_of(first) == {"people": ["account:1"], "words": [["name", "Ada Asks"]], **values}
    assert trail_of(second) == {"people": ["account:1"], "words": [["name", "Ada Asks"]]}


def test_a_request_that_had_ended_ends_again_without_a_trail() -> None:
    due(1, closed=True)
    swept = begun(1)
    close_sweep(swept=swept, kept=[], told={}, at=NOW, actor="worker")
    row = Request.objects.get()
    assert (row.stage, row.wake_at, row.trail) == ("", None, "")
    certify_sweep({row.ref: {}}, sweep=swept.ref, keeping_trail=[], at=NOW, actor="worker")
    assert not Certificate.objects.exists()


def test_a_sweep_that_another_worker_took_up_is_not_begun_twice() -> None:
    due(1)
    swept = taken(1)
    again = take_sweep(at=NOW + 31 * SECOND)
    assert again is not None
    with pytest.raises(Refused, match="another worker"):
        begin_sweep(swept=swept, trail={}, at=NOW, actor="worker")
    assert not Sweep.objects.exists()
