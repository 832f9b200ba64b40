"""Values of every kind: written as the specification says, by the block as one by one."""

from __future__ import annotations

import base64
import enum
import ipaddress
import json
import math
import uuid
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.base.errors import Refused
from kept.base.personal import Personal
from kept.bundles.cells import cells_of
from kept.bundles.forms import DEEPEST, TOO_DEEP, form_of, repaired
from kept.bundles.schema import KINDS
from kept.bundles.sheets import GUARDED, guarded, unguarded

any_text = st.text(st.characters())
scalars: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.decimals(),
    any_text,
    st.sampled_from(
        ["", "=1+1", "+49 30", "-5", "@x", "\t=1", "\r", "\n", "'", "\0", "\x01", "<script>", "\u202e", "a\ud800b", "＝1"]
    ),
    st.binary(),
    st.dates(),
    st.datetimes(),
    st.datetimes(timezones=st.timezones()),
    st.times(),
    st.timedeltas(),
    st.uuids(),
)
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(any_text, inner), max_leaves=8)


@given(st.lists(values, min_size=1))
def test_a_block_is_written_as_its_values_are(column: list[Any]) -> None:
    cells = cells_of(column)
    for place, value in enumerate(column):
        form = form_of(value)
        assert (cells.texts[place], cells.is_number(place)) == (form.text, form.number)
        assert (type(cells.json[place]), repr(cells.json[place])) == (type(form.json), repr(form.json))
        assert form.kind in cells.kinds
    assert cells.kinds <= {*KINDS}


@given(values)
def test_everything_becomes_strict_json(value: Any) -> None:
    text = json.dumps(repaired(form_of(value).json), allow_nan=False)
    text.encode()
    assert json.loads(text) == repaired(form_of(value).json)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (2**64 - 1, 2**64 - 1),
        (2**64, str(2**64)),
        (-(2**63) - 1, str(-(2**63) - 1)),
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
        (Decimal("1.10"), "1.10"),
        (Decimal("NaN"), "NaN"),
        (date(1815, 12, 10), "1815-12-10"),
        (date(1, 1, 1), "0001-01-01"),
        (datetime.fromisoformat("1815-12-10T01:02:03.000004"), "1815-12-10T01:02:03.000004"),
        (datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01T00:00:00+00:00"),
        (datetime(1890, 1, 1, tzinfo=timezone(timedelta(minutes=53, seconds=28))), "1889-12-31T23:06:32+00:00"),
        (time(23, 59), "23:59:00"),
        (timedelta(days=-1), -86_400.0),
        (b"\0\xff", base64.b64encode(b"\0\xff").decode()),
        (memoryview(b"ab"), "YWI="),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (ipaddress.ip_address("10.0.0.1"), "10.0.0.1"),
        ({"a": [1, {2: (b"x", math.nan)}]}, {"a": [1, {"2": ["eA==", "NaN"]}]}),
        (enum.Enum("Colour", {"RED": 3}).RED, 3),  # type: ignore[attr-defined]  # made on the spot
        (type("Text", (str,), {})("x"), "x"),
        (True, True),
    ],
)
def test_a_value_is_written_as_the_specification_says(value: object, written: object) -> None:
    assert form_of(value).json == written
    assert type(form_of(value).json) is type(written)


def test_a_number_of_more_digits_than_python_writes_is_written() -> None:
    assert form_of(10**5000).json == "1" + "0" * 5000


def test_a_value_nested_too_deep_is_cut_and_not_refused() -> None:
    deep: Any = "bottom"
    for _ in range(900):
        deep = [deep]
    written = form_of(deep).json
    for _ in range(DEEPEST + 1):
        (written,) = written
    assert written == TOO_DEEP


@pytest.mark.parametrize("value", [Personal("x"), [Personal("x")], {"a": {"b": Personal(1)}}])
def test_a_value_that_was_not_revealed_is_refused(value: object) -> None:
    with pytest.raises(Refused, match="not revealed"):
        cells_of([value])


@given(any_text)
def test_no_text_of_a_sheet_is_a_formula_and_none_is_lost(text: str) -> None:
    assert guarded(text)[:1] not in GUARDED - {"'"}
    assert unguarded(guarded(text)) == text
