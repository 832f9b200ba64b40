"""Hidden at once and gone soon, and how soon is published. Case 18."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from kept.base.verdicts import Broken, Kept, Verdict
from kept.db.models import Request, Restraint
from kept.db.request_key import subject_digest
from kept.workflows.check import check_stores

from .desk import Desk, Fate
from .test_ownership import CHAIN, CHAINED

Found = Callable[..., Desk]
PROMISES = 'clauses:\n  "1":\n    promises:\n      - promise: answered-in-time\n'


@dataclass(slots=True, kw_only=True)
class NothingGoes(Fate):
    """The store answers whatever it is asked, and lets nothing be changed."""

    def around(self, what: str, call: Callable[[], object]) -> object:
        """Do a call, but no change."""
        if what == "perform":
            self._strike()
        return call()


@pytest.fixture(autouse=True)
def nobody_hidden(state: Path) -> None:
    """Begin where nobody asked for anything yet."""
    Restraint.objects.all().delete()


def hidden(person: str) -> set[str]:
    return set(Restraint.objects.filter(subject=subject_digest(person), until__isnull=True).values_list("kind", flat=True))


def published(one: Desk) -> Verdict:
    """Return what the policy's page says of the promise."""
    (one.town.folder / "promises.yaml").write_text(PROMISES)
    stores = one.town.stores().connectors
    return next(found.verdict for found in check_stores(one.town.policy, stores, now=one.at).findings)


def test_people_are_hidden_while_their_erasure_waits(desk: Found) -> None:
    """Before anything else is done, and until it is: whatever the erasure waits for."""
    one = desk(CHAIN, CHAINED)
    one.world.fate = NothingGoes()
    ref = one.asks("account:1")
    one.work()
    assert one.stands(ref)[2:] == ("store", "app")
    assert len(one.town.ids("accounts")) == 3
    assert hidden("account:1") == {"erasing"}
    assert hidden("account:2") == set()
    since = Restraint.objects.get(subject=subject_digest("account:1"), until__isnull=True).since
    assert since - Request.objects.get(ref=ref).received_at < timedelta(minutes=1)
    one.later(hours=30)
    one.world.fate = None
    one.work_on(ref)
    assert one.town.ids("accounts") == [2, 3]
    assert hidden("account:1") == {"erased"}, "and whoever comes back is hidden still"


def test_how_soon_is_published(desk: Found) -> None:
    """Nine people, each gone an hour later than the one before, and one whose store was down for four days."""
    one = desk(CHAIN.replace("(3, 'Cleo Cook');", ", ".join(f"({key}, 'x')" for key in range(3, 13)) + ";"), CHAINED)
    assert isinstance(published(one), Kept)
    for key in range(1, 11):
        one.world.fate = NothingGoes()
        ref = one.asks(f"account:{key}")
        one.work()
        one.later(hours=96 if key == 10 else key)
        one.world.fate = None
        one.work_on(ref)
    kept = published(one)
    assert isinstance(kept, Kept)
    assert "from hidden to gone, of 10 erasures, half took at most 0.2, nine in ten 0.4, and the longest 4.0 days" in kept.evidence


def test_an_erasure_that_is_never_done_is_past_its_date(desk: Found) -> None:
    """What has not gone yet is in no figure of how soon things go; it breaks the promise instead."""
    one = desk(CHAIN, CHAINED)
    one.world.fate = NothingGoes()
    one.asks("account:1")
    one.work()
    one.later(days=40)
    broken = published(one)
    assert isinstance(broken, Broken)
    assert "1 request past its date" in broken.reason
