"""The files of the laws: each is what the schema says, and what the arithmetic relies on is there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from kept.jurisdictions import law, laws
from kept.jurisdictions.calendars import Holidays, holidays_of
from kept.jurisdictions.reading import clocks

from .cases import every_right

FOLDER = files("kept.jurisdictions")
COUNTED = {"hour", "day", "business_day", "month"}
OPT_OUTS = {
    "opt_out_sale",
    "opt_out_targeted_ads",
    "opt_out_profiling",
    "limit_sensitive",
    "objection_marketing",
    "withdraw_consent",
}


def tree(id: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(FOLDER.joinpath("laws", f"{id}.yaml").read_text(encoding="utf-8"))
    return found


def named(tree: Any, key: str) -> Iterator[Any]:
    """Yield every value of that key, however deep."""
    if isinstance(tree, dict):
        yield from (value for name, value in tree.items() if name == key)
        tree = list(tree.values())
    if isinstance(tree, list):
        for one in tree:
            yield from named(one, key)


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    found = json.loads(FOLDER.joinpath("schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found)


def test_there_are_twenty_seven_laws() -> None:
    assert len(laws()) == 27


@pytest.mark.parametrize("id", laws())
def test_every_file_is_what_the_schema_says(id: str, schema: Draft202012Validator) -> None:
    assert [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in schema.iter_errors(tree(id))] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("rights", 1, "response", "amount"), None),
        (("rights", 1, "response", "amount"), 0),
        (("rights", 1, "response", "unit"), "fortnight"),
        (("rights", 1, "effective_from"), "soon"),
        (("rights", 1, "extension", "amount"), None),
        (("rights", 1, "pause"), {"identity": "stop", "in_law": True, "text": "x", "citation": "x"}),
        (("rights", 1, "pause"), {"in_law": True, "text": "x", "citation": "x"}),
        (("code",), "Europe"),
        (("complain",), []),
        (("holidays",), {}),
    ],
)
def test_the_schema_sees_what_is_wrong(path: tuple[str | int, ...], value: object, schema: Draft202012Validator) -> None:
    wrong: Any = tree("eu-gdpr")
    inner = wrong
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    assert not schema.is_valid(wrong)


@pytest.mark.parametrize("id", laws())
def test_a_file_is_found_by_its_code(id: str) -> None:
    one = law(id)
    assert one.id == id
    assert id == one.code or id.startswith(f"{one.code}-")


@pytest.mark.parametrize("id", laws())
def test_every_clock_is_known(id: str) -> None:
    there = tree(id)
    assert {there["default_clock"], *named(there, "clock")} <= clocks().keys()


@pytest.mark.parametrize("id", laws())
def test_no_right_is_given_twice_on_one_day(id: str) -> None:
    for first in law(id).rights:
        again = [one for one in law(id).rights if one.id == first.id and one.given(first.effective_from)]
        assert again == [first]
        assert first.effective_from >= law(id).in_force_from
        assert first.effective_until is None or first.effective_until > first.effective_from


@pytest.mark.parametrize("id", laws())
def test_an_extension_counts_what_the_answer_counts(id: str) -> None:
    for right in law(id).rights:
        assert not right.extension.allowed or right.extension.unit == right.response.unit
        limits = (right.response, right.response.at_most, right.acknowledge)
        assert all((limit.unit in COUNTED) == (limit.amount is not None) for limit in limits if limit)
        assert all(limit.unit == "day" for limit in limits if limit and limit.clock.day_counts and limit.amount)


@pytest.mark.parametrize("id", laws())
def test_one_way_to_complain_is_told_on_every_day(id: str) -> None:
    one = law(id)
    assert one.authority
    assert one.complaint(one.in_force_from - timedelta(days=1)) is None
    for start in (complaint.effective_from for complaint in one.complaints):
        there = [each for each in one.complaints if each.effective_from <= start and (each.effective_until or date.max) > start]
        assert there == [one.complaint(start)]
    assert one.complaint(date(9999, 12, 31)) is not None


def test_the_holidays_of_every_place_that_a_law_names_are_known() -> None:
    places = {place for id in laws() for place in (*law(id).calendar.where, law(id).calendar.otherwise) if place}
    assert len(places) == 34
    christmas = {place for place in places if date(2026, 12, 25) in holidays_of(place)}
    assert christmas == places


def test_no_place_has_no_holidays() -> None:
    assert date(2026, 12, 25) not in Holidays(place="")


def test_an_opt_out_is_never_verified() -> None:
    levels = {right.verification.level for _, right in every_right() if right.id in OPT_OUTS}
    assert levels == {"forbidden", "none"}
    assert {right.verification.level for id, right in every_right() if id == "us-ca-ccpa" and right.id in OPT_OUTS} == {"forbidden"}


def test_only_the_union_and_the_kingdom_let_a_clock_pause() -> None:
    assert {id for id in laws() for right in law(id).rights if right.pauses} == {"eu-gdpr", "uk-gdpr"}
