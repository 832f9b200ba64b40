"""The text of a statement is byte for byte what Python's own json writes without spaces: others recompute it."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kept.ledger.certificate import canonical

PLAIN = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text()
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(st.dictionaries(st.text(), VALUES))
def test_a_statement_is_written_as_json_writes_it(statement: dict[str, Any]) -> None:
    assert canonical(statement) == json.dumps(statement, separators=(",", ":"), sort_keys=True, ensure_ascii=False) + "\n"
