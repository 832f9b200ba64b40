"""How keys may stand in a column of whole numbers."""

from __future__ import annotations

import pytest

from kept.base.conditions import Key
from kept.base.questions import ColumnInfo
from kept.connectors.sql.forms import forms_of
from kept.connectors.sql.sqlite import Sqlite

WHOLE = ColumnInfo(name="id", type="integer", declared="INTEGER", nullable=False)
TOP, BOTTOM = 2**63 - 1, -(2**63)


@pytest.mark.parametrize(
    ("keys", "forms"),
    [
        ([], []),
        ([3, 1, 3], [3, 1]),
        ([TOP, BOTTOM], [TOP, BOTTOM]),
        ([1, TOP + 1], [1]),
        ([BOTTOM - 1, 2], [2]),
        ([1, True], [1]),
        ([0, False, 2], [0, 2]),
        (["1", 1, "x", "+2"], [1, 2]),
    ],
)
def test_whole_numbers_are_given_once_each_and_nothing_else(keys: list[Key | bool], forms: list[int]) -> None:
    found = forms_of(Sqlite(), WHOLE, keys)
    assert found == forms
    assert {type(form) for form in found} <= {int}
