"""Which laws there are, and which apply on a day."""

from __future__ import annotations

import pickle
import subprocess
import sys
from datetime import date

import pytest

from kept.base.errors import NotThere, Refused
from kept.jurisdictions import applying, law, laws
from kept.jurisdictions.calendars import holidays_of

TODAY = date(2026, 11, 27)


def test_laws_are_found_by_the_codes_of_the_settings() -> None:
    found = applying(("eu", "uk", "in", "us-ca", "br", "us-va", "eu"), TODAY)
    assert [one.id for one in found] == ["eu-gdpr", "uk-gdpr", "in-dpdp", "us-ca-ccpa", "br-lgpd", "us-va"]


def test_laws_are_listed_in_order() -> None:
    assert list(laws()) == sorted(laws())


def test_a_law_applies_from_its_first_day() -> None:
    assert applying(("us-al",), date(2027, 4, 30)) == ()
    assert applying(("us-al",), date(2027, 5, 1)) == (law("us-al"),)


@pytest.mark.parametrize("code", ["us", "e", "", "eu-gdpr", "fr", "EU", "../clocks"])
def test_an_unknown_code_is_told_with_the_known_ones(code: str) -> None:
    with pytest.raises(NotThere, match="No law is known for the jurisdiction") as told:
        applying(("eu", code), TODAY)
    assert all(known in told.value.todo for known in ("br", "eu", "in", "uk", "us-ca", "us-va"))


@pytest.mark.parametrize("id", ["eu", "", "../clocks", "us-zz"])
def test_an_unknown_law_is_told_with_the_known_ones(id: str) -> None:
    with pytest.raises(NotThere, match="No law is called") as told:
        law(id)
    assert all(known in told.value.todo for known in laws())


def test_only_the_laws_that_are_asked_for_are_read() -> None:
    program = (
        "from datetime import date; from kept.jurisdictions import applying, law, laws; laws();"
        "print(law.cache_info().currsize); applying(('eu', 'us-ca'), date(2026, 11, 27)); print(law.cache_info().currsize)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["0", "2"]


def test_a_right_is_given_by_the_first_name_that_the_law_knows() -> None:
    ccpa = law("us-ca-ccpa")
    right = ccpa.right(("objection", "opt_out_sale", "access"), TODAY)
    assert right is not None
    assert right.id == "opt_out_sale"
    assert ccpa.right(("objection", "restriction"), TODAY) is None
    assert ccpa.right((), TODAY) is None


def test_a_right_says_what_an_answer_needs() -> None:
    right = law("eu-gdpr").right(("access",), TODAY)
    assert right is not None
    assert [item.id for item in right.answer_contents] == [
        *("confirmation", "purposes", "categories", "recipients", "retention", "rights"),
        *("complaint", "source", "automated", "safeguards", "copy"),
    ]
    assert {ground.citation for ground in right.exceptions} >= {"Art. 12(5)(b)"}
    assert right.verification.level == "if_reasonable_doubt"
    assert "ask for an identity document by default" in right.verification.must_not
    assert right.response.citation == "Art. 12(3)"
    assert right.extension.notice_contents == ("that the period is extended", "reasons for the delay")
    assert law("us-ca-ccpa").right(("access",), TODAY).fee.free == 2  # type: ignore[union-attr]  # given above


def test_india_gives_its_rights_from_13_may_2027() -> None:
    dpdp = law("in-dpdp")
    eve, day = date(2027, 5, 12), date(2027, 5, 13)
    assert dpdp in applying(("in",), TODAY)
    for right in ("access", "rectification", "erasure", "withdraw_consent", "nominate"):
        assert dpdp.right((right,), eve) is None
        assert dpdp.right((right,), day) is not None


def test_a_grievance_in_india_changes_its_law_on_that_day() -> None:
    dpdp = law("in-dpdp")
    until, since = dpdp.right(("grievance",), date(2027, 5, 12)), dpdp.right(("grievance",), date(2027, 5, 13))
    assert until is not None
    assert since is not None
    assert (until.citation, until.response.amount, until.response.unit) == ("SPDI Rules 2011 r.5(9)", 1, "month")
    assert (since.citation, since.response.amount, since.response.unit) == ("Act s.13; Rules r.14(3)", 90, "day")


def test_complaints_go_where_the_law_of_the_day_sends_them() -> None:
    dpdp, kingdom = law("in-dpdp"), law("uk-gdpr")
    for one, eve, words in ((dpdp, date(2027, 5, 12), "Board"), (kingdom, date(2026, 6, 18), "complain to us")):
        before, after = one.complaint(eve), one.complaint(date.fromordinal(eve.toordinal() + 1))
        assert before is not None
        assert after is not None
        assert words not in before.text
        assert words in after.text


def test_every_answer_in_india_names_the_contact() -> None:
    assert law("in-dpdp").contact(date(2027, 5, 12)) is None
    duty = law("in-dpdp").contact(date(2027, 5, 13))
    assert duty is not None
    assert duty.every_answer
    assert duty.citation == "Rules r.9"
    gdpr = law("eu-gdpr").contact(TODAY)
    assert gdpr is not None
    assert not gdpr.every_answer


def test_a_law_can_be_kept_and_compared() -> None:
    one = law("uk-gdpr")
    assert pickle.loads(pickle.dumps(one)) == one
    assert hash(one) == hash(law("uk-gdpr"))
    assert len({law(id).version for id in laws()}) == len(laws())


@pytest.mark.parametrize("place", ["XX", "DE-ZZ"])
def test_a_place_without_a_calendar_is_refused(place: str) -> None:
    with pytest.raises(Refused, match="No public holidays are known"):
        holidays_of(place)
