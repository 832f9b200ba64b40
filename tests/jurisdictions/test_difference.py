"""A change of law: what moved, and what only has another version."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import date

from kept.jurisdictions import dates, difference, law

from .cases import DUBLIN, THIRTY, asked, at

CA, EU = "us-ca-ccpa", "eu-gdpr"


def test_a_change_of_law_shows_what_moved() -> None:
    old = asked([EU], "access", at("2026-03-05"))
    gdpr = law(EU)
    right = gdpr.right(("access",), date(2026, 3, 5))
    assert right is not None
    shorter = replace(right, response=replace(right.response, amount=20, unit="day"))
    changed = replace(gdpr, version="changed", rights=(shorter,))
    new = dates(laws=[changed], wanted=("access",), received=at("2026-03-05"), promised=THIRTY, **DUBLIN)
    found = difference(old, new)
    assert [(one.which, one.moved) for one in found] == [("strict", True), ("legal", True)]
    assert [one.after and one.after.on for one in found] == [date(2026, 3, 25), date(2026, 3, 25)]
    assert found[0].before == old.strict
    assert difference(old, old) == ()


def test_a_new_version_that_makes_the_same_dates_is_told_apart() -> None:
    old = asked([CA], "access", at("2026-03-05"))
    changed = replace(law(CA), version="changed")
    new = dates(laws=[changed], wanted=("access",), received=at("2026-03-05"), promised=THIRTY, **DUBLIN)
    assert [(one.which, one.moved) for one in difference(old, new)] == [("strict", False), ("legal", False), ("acknowledge", False)]


def test_a_confirmation_that_is_no_longer_asked_for_has_moved() -> None:
    old, new = asked([CA], "access", at("2026-03-05")), asked(["us-va"], "access", at("2026-03-05"))
    gone = difference(old, new)[-1]
    assert (gone.which, gone.after, gone.moved) == ("acknowledge", None, True)
    back = difference(new, old)[-1]
    assert (back.before, back.moved) == (None, True)


def test_dates_can_be_kept() -> None:
    found = asked([EU, CA], "access", at("2026-03-05"))
    assert pickle.loads(pickle.dumps(found)) == found
