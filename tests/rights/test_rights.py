from __future__ import annotations

import pytest

from kept.base.errors import Refused
from kept.jurisdictions import law, laws
from kept.rights.registry import right, rights
from kept.workflows.requests import stages


def test_every_right_that_the_issue_of_rights_names_is_there() -> None:
    assert set(rights()) == {
        "access",
        "complaint",
        "contact",
        "erasure",
        "limit",
        "nomination",
        "objection",
        "opt-out",
        "portability",
        "rectification",
        "restriction",
        "withdrawal",
    }


def test_a_right_is_named_as_some_law_names_it() -> None:
    given = {one.id for code in laws() for one in law(code).rights}
    for one in rights().values():
        assert set(one.law) <= given, one.code
        assert one.law or one.code == "contact", "a question is no right of any law"


def test_every_stage_of_every_right_can_be_run() -> None:
    for one in rights().values():
        assert set(one.stages) <= set(stages()), one.code


def test_opt_outs_are_never_verified_and_nothing_else_that_gives_out_or_changes_data_is_unverified() -> None:
    assert not right("opt-out").verified
    assert not right("limit").verified
    for one in rights().values():
        touches = {"find", "collect", "rectify", "erase", "record"} & set(one.stages)
        if touches:
            assert one.verified, one.code
            assert one.stages.index("verify") < min(one.stages.index(stage) for stage in one.stages if stage in touches)


def test_what_is_taken_away_is_taken_away_before_anything_else_is_done_with_it() -> None:
    for one in rights().values():
        if one.restrains:
            later = [one.stages.index(stage) for stage in ("find", "erase", "processors", "answer") if stage in one.stages]
            assert one.stages.index("restrain") < min(later), one.code


def test_stages_follow_each_other_to_the_end() -> None:
    for one in rights().values():
        seen, stage = [], one.after("")
        while stage:
            seen.append(stage)
            stage = one.after(stage)
        assert tuple(seen) == one.stages


def test_a_request_whose_stage_is_gone_begins_again() -> None:
    access = right("access")
    assert access.resumed("a-stage-of-last-year") == "verify"
    assert access.resumed("collect") == "collect"
    assert access.after("a-stage-of-last-year") == access.stages[1]


def test_a_right_that_is_none_is_refused_with_those_that_are() -> None:
    with pytest.raises(Refused, match="erasure"):
        right("forgetting")
